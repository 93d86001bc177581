"""Exports: what machines read is what their own rules allow, whatever a finding says."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline import registry
from baseline.control import Acceptance, Finding, Place, Severity
from baseline.exports import github, junit, sarif
from tests.samples import ROOT

# As published on schemastore.org, here by way of the npm package @microsoft/jest-sarif (MIT).
SCHEMA = json.loads((ROOT / "tests/schemas/sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))

ACCEPTED = Acceptance("Nightly copies, 100% new", "Head of sales", "2027-01-31", "acme.yaml:9:5")


def finding(rule: str = "storage.versioned", **changes: Any) -> Finding:
    """A finding, with changes."""
    fields: dict[str, Any] = {
        "rule": rule,
        "severity": Severity.MEDIUM,
        "message": "Box: VersioningConfiguration.Status is not Enabled",
        "stack": "acme-prod-box",
        "resource": "Box",
        "place": Place("acme/prod/box.yaml", 7, 9, "environments.prod.buckets.box", "a:b.yaml:3:5"),
        "why": "One overwrite is final.",
        "title": "Buckets keep versions",
        "fix": "enable versions",
        "path": "VersioningConfiguration.Status",
    }
    return Finding(**(fields | changes))


FINDINGS = [
    finding("a.critical", severity=Severity.CRITICAL),
    finding(severity=Severity.HIGH),
    finding(place=Place("/root/box.yaml", 1, 1)),
    finding("b.informational", severity=Severity.INFORMATIONAL),
    finding("c.unknown", severity=Severity.UNKNOWN, message="Box cannot be judged: a, b: 50%\n"),
    finding(accepted=ACCEPTED),
    finding("c.unknown", severity=Severity.UNKNOWN, accepted=ACCEPTED),
    finding("exceptions.ends-soon", notice=True, stack="", resource=""),
]

texts = st.text(st.characters(codec="utf-8"), max_size=12)
places = st.builds(Place, texts, st.integers(1, 9), st.integers(1, 9), texts, st.just("p.yaml:1:1"))
anything = st.builds(
    *(Finding, texts, st.sampled_from(Severity), texts, texts, texts, places, texts, texts, texts),
    accepted=st.none() | st.builds(Acceptance, texts, texts, texts, texts),
    notice=st.booleans(),
)


# ---- sarif ---------------------------------------------------------------------------------


@given(st.lists(anything, max_size=3))
def test_sarif_keeps_to_the_published_schema(found: list[Finding]) -> None:
    """Whatever stands in a finding."""
    log = json.loads(sarif.write(found, ["a b.yaml", "/c.yaml"]))
    jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(log)


def test_the_schema_can_say_no() -> None:
    """A log that lacks what SARIF asks for, or has more, is refused by the copy we test with."""
    log = json.loads(sarif.write(FINDINGS, []))
    validator = jsonschema.Draft4Validator(SCHEMA)
    assert validator.is_valid(log)
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert not validator.is_valid(log)
    assert not validator.is_valid({"version": "2.1.0", "runs": [{"results": []}]})


def test_sarif_points_at_template_and_profile() -> None:
    """The template's line, and as a related location the profile's."""
    run = json.loads(sarif.write(FINDINGS, ["acme/prod/box.yaml"]))["runs"][0]
    result = run["results"][1]
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "acme/prod/box.yaml"},
        "region": {"startLine": 7, "startColumn": 9},
    }
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "acme-prod-box/Box"
    (related,) = result["relatedLocations"]
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "a%3Ab.yaml"
    assert related["physicalLocation"]["region"] == {"startLine": 3, "startColumn": 5}
    assert "relatedLocations" not in run["results"][2]
    uri = run["results"][2]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "file:///root/box.yaml"


def test_sarif_says_what_state_a_finding_is_in() -> None:
    """Doubt is no pass and no failure; what is accepted is suppressed, with who and why."""
    run = json.loads(sarif.write(FINDINGS, []))["runs"][0]
    shown = [(one["level"], one["kind"], "suppressions" in one) for one in run["results"]]
    assert shown == [
        ("error", "fail", False),
        ("error", "fail", False),
        ("warning", "fail", False),
        ("note", "fail", False),
        ("none", "open", False),
        ("warning", "fail", True),
        ("none", "open", True),
        ("none", "review", False),
    ]
    (suppression,) = run["results"][5]["suppressions"]
    assert suppression["status"] == "accepted"
    assert "approved by Head of sales until 2027-01-31" in suppression["justification"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[one["ruleIndex"]]["id"] for one in run["results"]] == [
        one.rule for one in FINDINGS
    ]


def test_a_fingerprint_does_not_move_with_the_line() -> None:
    """So that code scanning knows a finding again."""
    moved = finding(place=Place("acme/prod/box.yaml", 90, 1))
    first, second = json.loads(sarif.write([finding(), moved], []))["runs"][0]["results"]
    assert first["partialFingerprints"] == second["partialFingerprints"]


# ---- junit ---------------------------------------------------------------------------------


@given(st.lists(anything, max_size=3))
def test_junit_is_xml(found: list[Finding]) -> None:
    """Also where a finding holds what XML does not allow."""
    root = ET.fromstring(junit.write(found, ["a.yaml"]))
    assert root.tag == "testsuites"


def test_junit_counts() -> None:
    """Failures, skipped ones and templates that passed, as CI servers add them up."""
    root = ET.fromstring(junit.write(FINDINGS, ["acme/prod/box.yaml", "good.yaml"]))
    suites = {suite.attrib["name"]: suite for suite in root.iter("testsuite")}
    assert list(suites) == ["acme/prod/box.yaml", "good.yaml", "/root/box.yaml"]
    assert [suites["good.yaml"].attrib[key] for key in ("tests", "failures", "skipped")] == [
        *("1", "0", "0")
    ]
    box = suites["acme/prod/box.yaml"]
    assert [box.attrib[key] for key in ("tests", "failures", "skipped")] == ["7", "3", "4"]
    assert [root.attrib[key] for key in ("tests", "failures", "errors")] == ["9", "4", "0"]
    text = next(box.iter("failure")).text
    assert text
    assert "asked for at a:b.yaml:3:5" in text
    assert any("accepted by Head of sales" in one.attrib["message"] for one in box.iter("skipped"))


# ---- github --------------------------------------------------------------------------------

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*?)::(.*)")


def unescaped(text: str) -> str:
    """As the runner reads it."""
    for code, letter in (("%3A", ":"), ("%2C", ","), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, letter)
    return text


@given(st.lists(anything, min_size=1, max_size=3))
def test_a_finding_is_one_command(found: list[Finding]) -> None:
    """Nothing that it says can end the command, or begin another."""
    lines = github.write(found, []).splitlines()
    assert len(lines) == len(found)
    for line, one in zip(lines, found, strict=True):
        match = COMMAND.fullmatch(line)
        assert match
        fields = dict(part.split("=", 1) for part in match[2].split(","))
        assert list(fields) == ["file", "line", "col", "title"]
        assert unescaped(fields["line"]) == str(one.place.line)


def test_levels_and_notes_of_commands() -> None:
    """Red for what is high, yellow for what is less, and a notice for the rest."""
    lines = github.write(FINDINGS, []).splitlines()
    assert [line.split()[0] for line in lines] == [
        *("::error", "::error", "::warning", "::notice", "::notice", "::notice", "::notice"),
        "::warning",
    ]
    assert lines[4].endswith("50%25?%0AFix: enable versions%0AAsked for at a:b.yaml:3:5")
    assert "%0AAccepted by Head of sales until 2027-01-31: Nightly copies, 100%25 new" in lines[5]
    assert "title=medium storage.versioned%3A Buckets keep versions::" in lines[2]
    assert (
        github.write([], ["a", "b"])
        == "::notice title=baseline::no findings in what was judged (2)\n"
    )


# ---- all of them ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["github", "json", "junit", "sarif"])
def test_the_same_findings_give_the_same_bytes(name: str) -> None:
    """And each ends in a newline."""
    export = registry.part("exports", name)
    assert export.write(FINDINGS, ["a.yaml"]) == export.write(FINDINGS, ["a.yaml"])
    assert export.write(FINDINGS, ["a.yaml"]).endswith("\n")
