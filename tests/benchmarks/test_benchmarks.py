"""Benchmarks of the pure core; run by `make bench`, skipped by `make test`."""

from __future__ import annotations

import yaml
from pytest_benchmark.fixture import BenchmarkFixture

from baseline.emit import emit
from baseline.generate import generate
from baseline.load import loads
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
