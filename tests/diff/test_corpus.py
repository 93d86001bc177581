"""Corpus: pairs of templates, each with the fact of AWS's documentation that it rests on."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from baseline.change import Replacement, Verdict
from baseline.diff import apply, diff, normal
from baseline.template import read
from baseline.tokens import canonical
from tests.samples import ROOT

CORPUS = ROOT / "tests" / "corpus"
LOSS = {
    Verdict.LOSES_DATA: "yes",
    Verdict.MAY_LOSE_DATA: "maybe",
    Verdict.LOSES_PART: "part",
    Verdict.LEAVES_DATA: "leaves",
}


def corpus(name: str) -> list[dict[str, Any]]:
    """Cases of one file."""
    found: list[dict[str, Any]] = yaml.safe_load((CORPUS / f"{name}.yaml").read_text("utf-8"))
    return found


def template(text: str) -> dict[str, Any]:
    """A template from its text, or from what stands below `Resources`."""
    if "Resources" not in text:
        text = "Resources:\n" + "".join(f"  {line}\n" for line in text.splitlines())
    return read(text.encode(), "case")


EQUAL, CHANGES = corpus("equal"), corpus("changes")


def test_the_corpus_is_large_and_sourced() -> None:
    """Sixty of each, each with the page that it rests on, and none twice."""
    for cases in (EQUAL, CHANGES):
        assert len(cases) >= 60
        assert len({case["name"] for case in cases}) == len(cases)
        assert all(": " in case["fact"] for case in cases)


@pytest.mark.parametrize("case", EQUAL, ids=lambda case: case["name"])
def test_equal_in_meaning(case: dict[str, Any]) -> None:
    """Nothing is reported, either way."""
    before, after = template(case["before"]), template(case["after"])
    assert case["before"] != case["after"]
    assert [*diff(before, after)] == []
    assert [*diff(after, before)] == []


@pytest.mark.parametrize("case", CHANGES, ids=lambda case: case["name"])
def test_verdicts(case: dict[str, Any]) -> None:
    """What is replaced, what is lost, what opens: all of it, and nothing else."""
    before, after = template(case["before"]), template(case["after"])
    changes = diff(before, after)
    assert changes
    replaced = {
        one.name: one.replacement.word for one in changes if one.replacement != Replacement.NONE
    }
    assert replaced == case.get("replaced", {})
    lost = {}
    for one in changes:
        word = next((LOSS[each] for each in LOSS if each in one.verdicts), None)
        if word:
            lost[one.was or one.name] = word
    assert lost == case.get("lost", {})
    wider = sorted(one.name for one in changes if Verdict.WIDENS_ACCESS in one.verdicts)
    assert wider == sorted(case.get("widens", []))
    refused = {one.name for one in changes if Verdict.REFUSED in one.verdicts}
    assert refused >= set(case.get("refused", []))
    assert canonical(apply(before, changes)) == canonical(normal(after))
