"""Explain: why there is a control, a clause or a resource, and what meets it.

Examples are those with which the tests see every control fail and pass; they are written into the
package from there, so that they cannot lie.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from baseline.catalogue import by_name, controls
from baseline.check import Subject, examine
from baseline.control import EVERY_TYPE, Control
from baseline.document import Block, Code, Document, Heading, Items, Table, Text
from baseline.emit import emit, fragment
from baseline.errors import ProfileError
from baseline.framework import (
    Asked,
    Clause,
    Framework,
    asked_by,
    clauses,
    controls_of,
    frameworks,
    met_by,
)
from baseline.generate import generate
from baseline.kept import NoCache
from baseline.profile import Profile
from baseline.source import Source
from baseline.words import closest, quote

MOST_CLAUSES = 12  # of one framework; beyond that a count says more


def of_word(word: str) -> Document:
    """Explain a control or a clause; an error with a suggestion where it is neither."""
    one = by_name().get(word)
    if one:
        return _of_control(one)
    if word in frameworks():
        return _of_framework(frameworks()[word])
    found = clauses(word)
    if found:
        return _of_clauses(word, found)
    raise ProfileError(
        f"{quote(word)} is neither a control, nor a framework or a clause, nor STACK/RESOURCE"
        f"{closest(word, [*by_name(), *frameworks()]) or ': `baseline controls` lists controls'}"
    )


def _of_control(one: Control) -> Document:
    return Document(f"{one.name}: {one.title}", tuple(_blocks(one)))


def _blocks(one: Control) -> Iterator[Block]:
    yield Text(one.why)
    where = {
        "resource": "Looks at one resource at a time",
        "account": "Looks at all of an account together",
        "organization": "Looks at all accounts together",
    }
    facts = [
        ("severity", one.severity.word),
        ("where", f"{where[one.over]}: {_types(one)}"),
    ]
    facts += [("fix", one.remedy)] if one.remedy else []
    facts += [
        (framework.name, ", ".join(numbers))
        for framework, numbers in _numbers(asked_by(one.name)).items()
    ]
    yield Items(tuple((f"{name}: {said}", ()) for name, said in facts))
    example = examples().get(one.name)
    if example:
        yield Text("Not like this:")
        yield Code(_shown(one, example["bad"], example.get("type", "")), "yaml")
        yield Text("Like this:")
        yield Code(
            _shown(one, example["good"], example.get("type", ""), example.get("attributes")), "yaml"
        )


def _types(one: Control) -> str:
    return ", ".join("every type" if kind == EVERY_TYPE else kind for kind in one.types)


def _numbers(asked: tuple[Asked, ...]) -> dict[Framework, list[str]]:
    found: dict[Framework, list[str]] = {}
    for each in asked:
        number = each.clause.number if each.is_sourced else f"{each.clause.number} (unsourced)"
        found.setdefault(each.framework, []).append(number)
    return {
        one: numbers
        if len(numbers) <= MOST_CLAUSES
        else [*numbers[:MOST_CLAUSES], f"and {len(numbers) - MOST_CLAUSES} more"]
        for one, numbers in found.items()
    }


@cache
def examples() -> Mapping[str, Mapping[str, Any]]:
    """The smallest bad and good resource of each control, as the tests have them."""
    path = files("baseline.controls").joinpath("examples.json")
    found: Mapping[str, Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _shown(
    one: Control, example: Any, kind: str, attributes: Mapping[str, Any] | None = None
) -> str:
    """An example as it would stand in a template."""
    if one.over != "resource":
        return fragment(example)
    return fragment(
        {"Type": kind} | ({"Properties": example} if example else {}) | dict(attributes or {})
    )


def _of_clauses(word: str, found: tuple[tuple[Framework, Clause], ...]) -> Document:
    blocks: list[Block] = []
    for one, clause in found:
        lines = [f"source: {clause.source}"]
        lines += [f"not by a template: {clause.none}"] if clause.none else []
        lines += [f"answered by: {clause.answered_by}"] if clause.answered_by else []
        if clause.security_hub:
            lines.append(f"in Security Hub: {', '.join(clause.security_hub)}")
        for name, is_sourced in met_by(clause).items():
            known = by_name().get(name)
            note = "" if is_sourced else " (unsourced: we see it so)"
            lines.append(f"{name}: {known.title if known else 'not in the catalogue'}{note}")
        head = f"{one.name} {clause.number}: {clause.title} ({one.title} {one.version})"
        blocks.append(Items(((head, tuple(lines)),)))
    return Document(word, tuple(blocks))


def _of_framework(one: Framework) -> Document:
    rows = []
    for clause in one.clauses:
        met = met_by(clause)
        others = clause.answered_by or ("" if met else "nothing yet" if not clause.none else "none")
        rows.append((clause.number, clause.title, len(met), others))
    answered = sum(1 for *_, count, _ in rows if count)
    said = (
        f"{one.title} {one.version}, as of {one.as_of}: {len(rows)} clauses, of which {answered} "
        f"are met by controls. `baseline explain {one.name}:{rows[0][0]}` says by which."
    )
    table = Table(("clause", "title", "controls", "answered by"), tuple(rows))
    return Document(one.name, (table, Text(said)))


def of_resource(word: str, profile: Profile, source: Source, today: date) -> Document:
    """Explain a resource that a profile generates: who asked for it, and every verdict on it."""
    stack_name, _, logical_id = word.rpartition("/")
    stacks = {one.name: one for one in generate(profile)}
    stack = stacks.get(stack_name)
    if stack is None:
        guess = closest(stack_name, stacks) or f": there are {', '.join(stacks)}"
        raise ProfileError(f"{quote(stack_name)} is no stack{guess}")
    if logical_id not in stack.resources:
        guess = closest(logical_id, stack.resources)
        guess = guess or f": there are {', '.join(stack.resources)}"
        raise ProfileError(f"{quote(logical_id)} is no resource of {stack_name}{guess}")
    origin, body = stack.origins[logical_id], stack.resources[logical_id]
    subjects = [
        Subject(one.file, one.name, emit(one), one.template, one.origins, f"x/{one.site}")
        for one in stacks.values()
    ]
    names = {one.name for one in controls()}
    checked = examine(subjects, (), NoCache(), today, source, profile.exceptions, only=names)
    verdicts: dict[str, str] = {}
    for finding in checked.findings:
        if (finding.stack, finding.resource) == (stack_name, logical_id):
            verdicts.setdefault(finding.rule, finding.state)
    rows = tuple(
        (verdicts.get(one.name, "met"), one.severity.word, one.name, one.title)
        for one in controls()
        if body["Type"] in one.types or EVERY_TYPE in one.types
    )
    facts = (
        (f"type: {body['Type']}", ()),
        (f"purpose: {origin.purpose}", ()),
        (f"asked for by: {origin.path} ({source.at(origin.path)})", ()),
        (f"file: {stack.file}", ()),
    )
    return Document(
        word, (Items(facts), Table(("verdict", "severity", "control", "what must hold"), rows))
    )


# ---- the whole catalogue -------------------------------------------------------------------


def catalogue(framework: str | None = None) -> Document:
    """Every control, by service."""
    wanted = controls_of(framework) if framework else {one.name for one in controls()}
    rows = tuple(
        (one.name, one.severity.word, one.title, len(asked_by(one.name)))
        for one in controls()
        if one.name in wanted
    )
    table = Table(("control", "severity", "what must hold", "clauses"), rows)
    said = f"{len(rows)} controls. `baseline explain CONTROL` says why, and shows examples."
    return Document("Controls", (table, Text(said)))


def reference() -> Document:
    """Every control with all that is known of it, for the reference page."""
    blocks: list[Block] = [
        Text("Written by `make accept` from baseline/controls/; do not change it by hand."),
        *catalogue().blocks,
    ]
    for one in controls():
        blocks.append(Heading(f"{one.name}: {one.title}"))
        blocks.extend(_blocks(one))
    return Document("Controls", tuple(blocks))
