"""Frameworks: every clause of each standard once, in our own words, and what each row rests on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import pytest
import yaml

from baseline.check import controls
from tests.samples import ROOT

FOLDER = ROOT / "baseline" / "frameworks"
NAMES = (
    *("aws-startup", "cis-aws-3", "cis-aws-5", "fsbp"),
    *("hipaa", "iso-27001-2022", "nist-800-53-r5", "pci-dss-4"),
)
HEAD = {"framework", "title", "version", "as_of", "source", "clauses"}
ROW = {
    *("clause", "title", "source", "controls", "unsourced_controls"),
    *("security_hub", "none", "answered_by"),
}
ANSWERS = ROW - {"clause", "title", "source", "unsourced_controls"}

# How many clauses the standards have, chapter by chapter, as published.
CIS_3 = {"1": 22, "2": 9, "3": 9, "4": 16, "5": 6}
CIS_5 = {"1": 21, "2": 9, "3": 9, "4": 16, "5": 8}
HIPAA = {"164.308": 31, "164.310": 12, "164.312": 12, "164.314": 9, "164.316": 5}
ISO = {"A.5": 37, "A.6": 8, "A.7": 14, "A.8": 34}
PCI_COUNTS = (19, 11, 29, 6, 13, 19, 12, 29, 27, 27, 21, 37)
PCI = {str(n): count for n, count in enumerate(PCI_COUNTS, start=1)}
STARTUP = {"ACCT": 17, "WKLD": 15}
# NIST 800-53, release 5.2.0: base controls that are in force.
NIST = {"AC": 23, "AU": 15, "CA": 8, "CM": 14, "CP": 12, "IA": 13}
NIST |= {"IR": 9, "MP": 8, "RA": 9, "SA": 17, "SC": 47, "SI": 22}


@cache
def framework(name: str) -> Mapping[str, Any]:
    """One file, as its YAML says."""
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    read: Mapping[str, Any] = yaml.safe_load(text)
    return read


def rows(name: str) -> list[Mapping[str, Any]]:
    """Clauses of a framework, in the order of the file."""
    found: list[Mapping[str, Any]] = framework(name)["clauses"]
    return found


def numbers(name: str) -> list[str]:
    """Numbers of all clauses of a framework."""
    return [row["clause"] for row in rows(name)]


def chapters(found: Iterable[str], until: str) -> dict[str, int]:
    """How many numbers begin with each part that stands before `until`."""
    return dict(Counter(re.split(until, number, maxsplit=1)[0] for number in found))


def natural(number: str) -> list[tuple[int, str]]:
    """A key that puts 1.10 after 1.9 and AC-2(10) after AC-2(9)."""
    return [
        (int(part), "") if part.isdigit() else (-1, part)
        for part in re.findall(r"\d+|[A-Za-z]+", number)
    ]


def test_every_file_is_known() -> None:
    """No file lies in the folder that these tests do not know."""
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_head(name: str) -> None:
    """A file says what it is, which version, when it was read and from where."""
    read = framework(name)
    assert set(read) == HEAD
    assert read["framework"] == name
    assert re.fullmatch(r"20\d\d-\d\d", read["as_of"])
    assert all(isinstance(read[key], str) and read[key] for key in HEAD - {"clauses"})


@pytest.mark.parametrize("name", NAMES)
def test_rows(name: str) -> None:
    """A row has a number, a title and an answer, and no field that nobody reads."""
    for row in rows(name):
        where = f"{name} {row['clause']}"
        assert set(row) <= ROW, where
        assert ANSWERS & set(row), where
        assert isinstance(row["clause"], str), where
        assert row.get("answered_by", "people") in {"documents", "people", "provider"}, where
        assert isinstance(row.get("none", ""), str), where
        for key in ("controls", "unsourced_controls", "security_hub"):
            listed = row.get(key, ["one"])
            assert listed, where
            assert len(set(listed)) == len(listed), where


@pytest.mark.parametrize("name", NAMES)
def test_reasons(name: str) -> None:
    """Where nothing of ours and nobody else answers, the row says why; so does any other answer."""
    for row in rows(name):
        if "controls" not in row and "security_hub" not in row:
            assert row.get("none"), f"{name} {row['clause']}"
        if "answered_by" in row:
            assert row.get("none"), f"{name} {row['clause']}"


@pytest.mark.parametrize("name", NAMES)
def test_clauses_are_listed_once_and_in_order(name: str) -> None:
    """Every clause stands once, where a reader looks for it."""
    found = numbers(name)
    assert len(set(found)) == len(found)
    if name != "fsbp":  # its owner sorts by service
        assert found == sorted(found, key=natural)


@pytest.mark.parametrize("name", NAMES)
def test_titles(name: str) -> None:
    """A title is short, stands once, and is a claim rather than an order."""
    titles = [row["title"] for row in rows(name)]
    assert len(set(titles)) == len(titles), Counter(titles).most_common(3)
    for title in titles:
        assert 0 < len(title) <= 90, title
        assert title[0].isupper(), title
        assert not title.endswith("."), title
        assert not re.match(
            r"(Ensure|Do|Use(?! of)|Implement|Enable|Establish|Maintain)\b", title
        ), title
        assert not re.search(r"\b(shall|must|should)\b", title), title


@pytest.mark.parametrize("name", [name for name in NAMES if name != "fsbp"])
def test_mappings_have_a_source(name: str) -> None:
    """A row that names Security Hub says by which mapping, or that it is unsourced."""
    assert framework(name)["source"]
    for row in rows(name):
        assert "controls" not in row, "only fsbp names our controls by a published mapping"
        if "security_hub" in row:
            assert row.get("source"), f"{name} {row['clause']}"


@pytest.mark.parametrize("name", [name for name in NAMES if name != "fsbp"])
def test_security_hub_is_known(name: str) -> None:
    """Every id of Security Hub has a row in fsbp.yaml, so that it leads to our controls."""
    known = set(numbers("fsbp"))
    named = {one for row in rows(name) for one in row.get("security_hub", ())}
    assert named - known == set()


@pytest.mark.parametrize("name", NAMES)
def test_controls_exist(name: str) -> None:
    """A control that a row names is in the catalogue."""
    known = {one.name for one in controls()}
    for row in rows(name):
        named = {*row.get("controls", ()), *row.get("unsourced_controls", ())}
        assert named <= known, f"{name} {row['clause']}"


@pytest.mark.parametrize(
    ("name", "until", "published"),
    [
        ("cis-aws-3", r"\.", CIS_3),
        ("cis-aws-5", r"\.", CIS_5),
        ("hipaa", r"\(", HIPAA),
        ("iso-27001-2022", r"\.(?=\d+$)", ISO),
        ("pci-dss-4", r"\.", PCI),
        ("aws-startup", r"\.", STARTUP),
    ],
)
def test_all_clauses_are_there(name: str, until: str, published: Mapping[str, int]) -> None:
    """A standard is whole: chapter by chapter as many clauses as it has."""
    assert chapters(numbers(name), until) == published


def test_iso_is_numbered_without_a_gap() -> None:
    """Annex A has its 93 controls, and its numbers run through."""
    wanted = [f"{chapter}.{n}" for chapter, last in ISO.items() for n in range(1, last + 1)]
    assert numbers("iso-27001-2022") == wanted
    assert len(wanted) == 93


def test_nist_has_every_base_control_of_its_families() -> None:
    """Base controls are whole; an enhancement is there only because a mapping names it."""
    base = [row for row in rows("nist-800-53-r5") if "(" not in row["clause"]]
    assert chapters((row["clause"] for row in base), "-") == NIST
    for row in rows("nist-800-53-r5"):
        if "(" in row["clause"]:
            has_another_reason = row["clause"] == "IA-5(7)"  # related to CodeBuild alone
            assert "security_hub" in row or has_another_reason, row["clause"]
