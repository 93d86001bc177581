"""Framework: tables are read strictly, and clauses and controls match both ways."""

from __future__ import annotations

import pytest

from baseline import framework
from baseline.errors import ProfileError
from baseline.framework import Clause, asked_by, clauses, controls_of, frameworks, met_by, read

GOOD = (
    'framework: tiny\ntitle: Tiny\nversion: "1.10"\nas_of: "2026-11"\nsource: The text\nclauses:\n'
    "  - {clause: 1.10, title: One, controls: [storage.versioned], source: unsourced}\n"
    "  - {clause: 1.2, title: Two, answered_by: people, none: A habit}\n"
)


def test_a_table_is_read() -> None:
    """Numbers are text, so that 1.10 is not 1.1; a clause has the table's source if none."""
    found = read(GOOD, "tiny.yaml")
    assert [one.number for one in found.clauses] == ["1.10", "1.2"]
    assert [one.source for one in found.clauses] == ["unsourced", "The text"]
    assert met_by(found.clauses[0]) == {"storage.versioned": False}
    assert found.clauses[1].answered_by == "people"


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (
            "framework: tiny",
            "framework: tinny",
            "tiny.yaml:1:1: framework: is the name of the file",
        ),
        ("title: Tiny\n", "", "tiny.yaml:1:1: title: missing: add it"),
        ("title: Tiny\n", "titel: Tiny\n", "tiny.yaml:2:1: titel: unknown key: did you mean 'ti"),
        ("title: One", "title: [One]", "tiny.yaml:7:20: clauses.0.title: one line of text"),
        ("[storage.versioned]", "x", "tiny.yaml:7:32: clauses.0.controls: a list of names"),
        ("answered_by: people", "answered_by: me", "clauses.1.answered_by: 'me': one of documents"),
        ("answered_by: people, none: A habit", "source: x", "clauses.1: says neither what meets"),
        ("clause: 1.2", "clause: 1.10", "clauses.1.clause: '1.10' stands here twice"),
        ("clause: 1.2, title: Two", "title: Two", "clauses.1.clause: missing: add it"),
        ("clauses:\n", "clauses: x\nother:\n", "clauses: a list of clauses is expected here"),
        ("[storage.versioned]", "[storage", "tiny.yaml:7:69: not YAML"),
    ],
)
def test_a_table_that_is_wrong(before: str, after: str, says: str) -> None:
    """File, line, column, path and what to do."""
    assert before in GOOD
    with pytest.raises(ProfileError) as refused:
        read(GOOD.replace(before, after), "tiny.yaml")
    assert any(says in problem for problem in refused.value.problems), refused.value.problems


def test_every_table_that_ships_is_sound() -> None:
    """They are read at the first question, so that this is the question."""
    assert frameworks()
    for name, one in frameworks().items():
        assert one.name == name
        assert one.clauses


def test_security_hub_leads_to_our_controls(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the row of FSBP; the weaker source counts."""
    hub = read(
        GOOD.replace("tiny", "fsbp")
        .replace("1.10, title: One", "S3.14, title: One")
        .replace(", source: unsourced", ""),
        "fsbp.yaml",
    )
    monkeypatch.setattr(framework, "frameworks", lambda: {"fsbp": hub})
    clause = Clause("1", "x", "a book", security_hub=("S3.14", "S3.99"))
    assert met_by(clause) == {"storage.versioned": True}
    clause = Clause("1", "x", "unsourced", security_hub=("S3.14",), unsourced_controls=("a.b",))
    assert met_by(clause) == {"a.b": False, "storage.versioned": False}


def test_clauses_and_controls_match_both_ways() -> None:
    """Whatever a clause names asks for it, and the other way round."""
    pairs = {
        (one.name, clause.number, name)
        for one in frameworks().values()
        for clause in one.clauses
        for name in met_by(clause)
    }
    names = {name for *_, name in pairs}
    assert pairs == {
        (asked.framework.name, asked.clause.number, name)
        for name in names
        for asked in asked_by(name)
    }
    for name in frameworks():
        if any(one == name for one, *_ in pairs):
            assert controls_of(name) == {control for one, _, control in pairs if one == name}


def test_a_clause_is_found_by_number() -> None:
    """In every framework, or in the one that is named."""
    everywhere = clauses("1.1")
    assert everywhere
    for one, clause in everywhere:
        assert clause.number == "1.1"
        assert clauses(f"{one.name}:1.1") == ((one, clause),)
    assert clauses("no-such:1.1") == ()


def test_a_framework_that_is_not_there() -> None:
    """A suggestion, or what there is."""
    with pytest.raises(ProfileError, match="did you mean 'cis-aws-5'"):
        controls_of("cis-aws-55")
