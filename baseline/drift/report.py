"""Report: drift for people: what drifted, what was not checked and why, and the coverage, always.

A resource of which nobody looked at everything is counted as same only for what was looked at; the
properties that nobody could compare are named below it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from baseline.change import Verdict, dotted
from baseline.diff.report import both
from baseline.document import Block, Cell, Document, Heading, Items, Table, Text, Tone
from baseline.drift.accept import digest
from baseline.drifted import Drifts, Looked, State

_WORDS = {
    Verdict.WIDENS_ACCESS: "widens access",
    Verdict.BREAKS_CONTROL: "breaks a control",
    Verdict.UNJUDGED_CONTROL: "a control can no longer judge",
    Verdict.MENDS_CONTROL: "mends a control",
}


def report(drifts: Drifts) -> Document:
    """What drifted, what was not checked, what was not compared, and the coverage."""
    blocks: list[Block] = []
    drifted = sorted(drifts.of(State.DRIFTED), key=_worst_first)
    if drifted:
        items = tuple((_head(one), tuple(_lines(one))) for one in drifted)
        blocks.append(Items(items, tuple(_tone(one) for one in drifted)))
    unchecked = Counter((one.type, one.why) for one in drifts.of(State.UNCHECKED))
    if unchecked:
        blocks.append(Heading("Not checked"))
        rows = tuple((kind, count, why) for (kind, why), count in sorted(unchecked.items()))
        blocks.append(Table(("type", "resources", "why"), rows))
    unread = Counter((one.type, name, why) for one in drifts.looked for name, why in one.unread)
    if unread:
        blocks.append(Heading("Properties that were not compared"))
        listed = sorted(unread.items())
        found = tuple((kind, name, count, why) for (kind, name, why), count in listed)
        blocks.append(Table(("type", "property", "resources", "why"), found))
    blocks += [Text(note) for note in drifts.notes]
    blocks.append(Heading("Coverage"))
    blocks.append(_coverage(drifts))
    blocks.append(Text(summary(drifts)))
    return Document("Drift", tuple(blocks))


def summary(drifts: Drifts) -> str:
    """One line: how many resources, and what became of them."""
    counts = {state: len(drifts.of(state)) for state in State}
    asked = Counter(one for looked in drifts.looked for one in looked.asked)
    by = " and ".join(f"{name} was asked about {count}" for name, count in sorted(asked.items()))
    said = ", ".join(f"{counts[state]} {state}" for state in State)
    accepted = sum(one.accepted is not None for one in drifts.looked)
    said += f", {accepted} of the drifted accepted" if accepted else ""
    return f"{len(drifts.looked)} resources: {said}." + (f" {by}." if by else "")


def _worst_first(one: Looked) -> tuple[int, str, str, str]:
    return (
        ("bad", "doubtful", "quiet").index(_tone(one)),
        one.stack,
        one.logical_id,
        str(one.place),
    )


def _tone(one: Looked) -> Tone:
    if one.accepted:
        return "quiet"
    verdicts = one.change.verdicts if one.change else frozenset()
    if verdicts & {Verdict.WIDENS_ACCESS, Verdict.BREAKS_CONTROL}:
        return "bad"
    return "doubtful"


def _head(one: Looked) -> str:
    where = f"{one.place.account} ({one.place.region})"
    word = "accepted" if one.accepted else one.why or "drifted"
    return f"{one.name} ({one.type}) in {where}: {word}"


def _lines(one: Looked) -> Iterator[str]:
    if one.physical_id:
        yield f"it is {one.physical_id}, by the word of {_sayers(one)}"
    if one.accepted:
        by, until = one.accepted.approved_by, one.accepted.until
        yield f"accepted by {by} until {until}: {one.accepted.reason}"
    else:
        yield f"this drift is {digest(one)}"
    if one.change is None:
        return
    for effect in one.change.effects:
        yield f"{_WORDS[effect.verdict]}: {effect.message}"
    for edit in one.change.edits:
        expected, actual = both(edit, one.salt)
        path = dotted(edit.path).removeprefix("Properties.")
        yield f"{path}: expected {expected or 'nothing'}, is {actual or 'not there'}"


def _sayers(one: Looked) -> str:
    if one.status == "IN_SYNC":
        return "Cloud Control; CloudFormation's detection does not see it"
    return " and ".join(one.asked)


def _coverage(drifts: Drifts) -> Table:
    counts: dict[tuple[str, str, str], Counter[State]] = {}
    for one in drifts.looked:
        key = (one.stack, one.place.account, one.place.region)
        counts.setdefault(key, Counter())[one.state] += 1
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (*key, found.total(), *(found[state] for state in State))
        for key, found in sorted(counts.items())
    )
    columns = ("stack", "account", "region", "resources", *(str(state) for state in State))
    return Table(columns, rows)
