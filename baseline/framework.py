"""Framework: clauses that others ask for, and which of our controls meet them.

A table in `frameworks/` names controls of ours only where it is FSBP; the others name controls of
AWS Security Hub wherever a published mapping does, and ours are then those of the same row in FSBP.
So what a control of ours covers is written down once. A clause that no control meets says why, or
who answers for it. The tables hold numbers and our own titles, no text of a standard.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from baseline.errors import ProfileError
from baseline.template import Lines, plain
from baseline.words import closest, quote

HUB = "fsbp"  # the table whose clauses are the controls of Security Hub
ANSWERS = ("documents", "people", "provider")
UNSOURCED = "unsourced"

_TEXTS = ("framework", "title", "version", "as_of", "source")
_CLAUSE_TEXTS = ("clause", "title", "none", "answered_by", "source")
_CLAUSE_LISTS = ("controls", "security_hub", "unsourced_controls")


@dataclass(frozen=True)
class Clause:
    """One thing that a framework asks for."""

    number: str
    title: str
    source: str
    controls: tuple[str, ...] = ()
    security_hub: tuple[str, ...] = ()
    unsourced_controls: tuple[str, ...] = ()
    none: str = ""
    answered_by: str = ""


@dataclass(frozen=True)
class Framework:
    """A table of clauses; `as_of` is when we read what it is about."""

    name: str
    title: str
    version: str
    as_of: str
    source: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True)
class Asked:
    """A clause of a framework that asks for a control, and whether a published source says so."""

    framework: Framework
    clause: Clause
    is_sourced: bool


@cache
def frameworks() -> Mapping[str, Framework]:
    """Every framework that ships, by name."""
    found = {}
    folder = files("baseline.frameworks")
    for path in sorted(folder.iterdir(), key=lambda one: one.name):
        if path.name.endswith(".yaml"):
            found[path.name[:-5]] = read(path.read_text(encoding="utf-8"), path.name)
    return found


def framework(name: str) -> Framework:
    """One framework; an error with a suggestion where there is none of that name."""
    known = frameworks()
    if name not in known:
        guess = closest(name, known) or f": there are {', '.join(known)}"
        raise ProfileError(f"--framework: {quote(name)} is no framework{guess}")
    return known[name]


def met_by(clause: Clause) -> dict[str, bool]:
    """Our controls that meet a clause, sorted, and for each whether a published source says so."""
    hub = frameworks().get(HUB)
    rows = {row.number: row for row in hub.clauses} if hub else {}
    said = clause.source != UNSOURCED
    found = dict.fromkeys(clause.unsourced_controls, False)
    found |= dict.fromkeys(clause.controls, said)
    for number in clause.security_hub:
        for name in rows[number].controls if number in rows else ():
            found[name] = found.get(name, False) or said
    return dict(sorted(found.items()))


def controls_of(name: str) -> frozenset[str]:
    """Our controls that a framework asks for; an error where it asks for none."""
    found = {control for clause in framework(name).clauses for control in met_by(clause)}
    if not found:
        raise ProfileError(f"--framework: {name} asks for no control of ours yet")
    return frozenset(found)


@cache
def _asked() -> Mapping[str, tuple[Asked, ...]]:
    found: dict[str, list[Asked]] = {}
    for one in frameworks().values():
        for clause in one.clauses:
            for name, is_sourced in met_by(clause).items():
                found.setdefault(name, []).append(Asked(one, clause, is_sourced))
    return {name: tuple(asked) for name, asked in found.items()}


def asked_by(control: str) -> tuple[Asked, ...]:
    """Clauses of all frameworks that ask for a control."""
    return _asked().get(control, ())


def clauses(word: str) -> tuple[tuple[Framework, Clause], ...]:
    """Clauses of a number, in every framework; `cis-aws-5:1.12` means that framework only."""
    name, colon, number = word.rpartition(":")
    return tuple(
        (one, clause)
        for one in frameworks().values()
        if not colon or one.name == name
        for clause in one.clauses
        if clause.number.lower() == number.lower()
    )


# ---- reading -------------------------------------------------------------------------------


def read(text: str, file: str) -> Framework:
    """Read a table; raise `ProfileError` with every problem, as `file:line:column: what to do`."""
    raw = plain(text, file)
    lines = Lines(text)
    problems = []
    for path, problem in _problems(raw, file.removesuffix(".yaml")):
        line, column = (lines.marks(*path) or ((1, 1),))[-1]
        shown = f"{'.'.join(map(str, path))}: " if path else ""
        problems.append(f"{file}:{line}:{column}: {shown}{problem}")
    if problems:
        raise ProfileError(problems)
    return Framework(
        name=raw["framework"],
        title=raw["title"],
        version=raw["version"],
        as_of=raw["as_of"],
        source=raw["source"],
        clauses=tuple(
            Clause(
                number=row["clause"],
                title=row["title"],
                source=row.get("source", raw["source"]),
                none=row.get("none", ""),
                answered_by=row.get("answered_by", ""),
                **{name: tuple(row.get(name, ())) for name in _CLAUSE_LISTS},
            )
            for row in raw["clauses"]
        ),
    )


_Problems = Iterator[tuple[tuple[str | int, ...], str]]


def _problems(raw: Any, name: str) -> _Problems:
    if not isinstance(raw, dict):
        yield (), "a framework is a mapping"
        return
    yield from _keys(raw, (*_TEXTS, "clauses"), ())
    for key in _TEXTS:
        yield from _text(raw, key, ())
    if isinstance(raw.get("framework"), str) and raw["framework"] != name:
        yield ("framework",), f"is the name of the file: write {name}"
    rows = raw.get("clauses")
    if not isinstance(rows, list) or not rows:
        yield ("clauses",), "a list of clauses is expected here"
        return
    seen: set[Any] = set()
    for number, row in enumerate(rows):
        path = ("clauses", number)
        if not isinstance(row, dict):
            yield path, "a mapping is expected here (clause: …)"
            continue
        yield from _row(row, path)
        clause = row.get("clause")
        if isinstance(clause, str) and clause in seen:
            yield (*path, "clause"), f"{quote(clause)} stands here twice"
        seen.add(clause if isinstance(clause, str) else None)


def _row(row: dict[str, Any], path: tuple[str | int, ...]) -> _Problems:
    yield from _keys(row, (*_CLAUSE_TEXTS, *_CLAUSE_LISTS), path)
    for key in _CLAUSE_TEXTS:
        if key in row or key in ("clause", "title"):
            yield from _text(row, key, path)
    for key in _CLAUSE_LISTS:
        value = row.get(key)
        is_list = isinstance(value, list) and value and all(isinstance(one, str) for one in value)
        if key in row and not is_list:
            yield (*path, key), "a list of names is expected here"
    if not set(row) & {*_CLAUSE_LISTS, "none", "answered_by"}:
        yield path, "says neither what meets it, nor why nothing does (none, answered_by)"
    if isinstance(answers := row.get("answered_by"), str) and answers not in ANSWERS:
        yield (*path, "answered_by"), f"{quote(answers)}: one of {', '.join(ANSWERS)}"


def _keys(
    mapping: dict[str, Any], known: Collection[str], path: tuple[str | int, ...]
) -> _Problems:
    for key in mapping:
        if key not in known:
            yield (*path, key), f"unknown key{closest(str(key), known)}"


def _text(mapping: dict[str, Any], key: str, path: tuple[str | int, ...]) -> _Problems:
    value = mapping.get(key)
    if not isinstance(value, str) or not value.strip():
        yield (*path, key), "missing: add it" if value is None else "one line of text is expected"
