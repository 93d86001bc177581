"""Benchmarks of the pure core; run by `make bench`, skipped by `make test`."""

from __future__ import annotations

import json

import yaml
from pytest_benchmark.fixture import BenchmarkFixture

from baseline.diff import diff
from baseline.emit import emit
from baseline.generate import generate
from baseline.load import loads
from baseline.template import Template
from tests.benchmarks.pairs import template
from tests.samples import ROOT, profile, stacks

TEXT = (ROOT / "profiles" / "acme.yaml").read_bytes()


def test_load(benchmark: BenchmarkFixture) -> None:
    """Bytes to a checked profile."""
    assert benchmark(loads, TEXT, "acme.yaml")


def test_generate(benchmark: BenchmarkFixture) -> None:
    """A profile to stacks."""
    assert benchmark(generate, profile("acme"))


def test_emit(benchmark: BenchmarkFixture) -> None:
    """Stacks to YAML, with our emitter."""
    assert benchmark(lambda: [emit(one) for one in stacks("acme")])


def test_emit_with_library(benchmark: BenchmarkFixture) -> None:
    """The same data with PyYAML's fastest dumper, to compare."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    assert benchmark(
        lambda: [yaml.dump(dict(one.template), Dumper=dumper) for one in stacks("acme")]
    )


def test_diff(benchmark: BenchmarkFixture) -> None:
    """Two templates of 200 resources, a fifth of which differ."""
    pair = [template(200, changed=changed) for changed in (False, True)]
    assert benchmark(diff, *pair)


def test_diff_of_equal_texts(benchmark: BenchmarkFixture) -> None:
    """Known by their hash."""
    text = json.dumps(template(200, changed=False)).encode()
    assert not benchmark(diff, Template.of(text, "a"), Template.of(text, "b"))
