"""Report: changes for people, worst first; one model for every format.

What happens identically in many stacks is said once, with the stacks, and those that differ from
the many are named. Long values are shortened around what differs; secrets are digests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from baseline import registry
from baseline.change import (
    MISSING,
    Action,
    Change,
    Changes,
    Edit,
    Replacement,
    Verdict,
    dotted,
)
from baseline.document import Block, Document, Folded, Heading, Items, Table, Text, Tone
from baseline.render import render
from baseline.secret import clear, redacted
from baseline.tokens import canonical

COMMENT_LIMIT = 65_000  # characters in a comment of a pull request on GitHub: 65,536
LONGEST = 72
MOST_PROPERTIES = 12
MANY = 3  # places from which on those that differ are outliers

_SIGNS = {Action.ADD: "+", Action.REMOVE: "-", Action.UPDATE: "~"}
_WORDS = {
    Action.ADD: "added",
    Action.REMOVE: "removed",
    Action.UPDATE: "changed",
    Action.RENAME: "renamed",
    Action.FOLLOW: "changes through a reference",
}
_SUMMARY = (
    (Verdict.LOSES_DATA, "loses data"),
    (Verdict.MAY_LOSE_DATA, "may lose data"),
    (Verdict.LOSES_PART, "loses part of the data"),
    (Verdict.WIDENS_ACCESS, "widens access"),
    (Verdict.IRREVERSIBLE, "cannot be taken back"),
    (Verdict.REFUSED, "would be refused"),
    (Verdict.BREAKS_CONTROL, "breaks a control"),
    (Verdict.UNJUDGED_CONTROL, "a control can no longer judge"),
    (Verdict.LEAVES_DATA, "leaves data in an unmanaged resource"),
    (Verdict.MENDS_CONTROL, "mends a control"),
)
_HEADINGS = (
    "Data",
    "Access",
    "Irreversible or refused",
    "Replacement",
    "Broken controls",
    "Other changes of resources",
    "Around the resources",
)
_TONES: tuple[Tone, ...] = ("bad", "bad", "bad", "doubtful", "doubtful", "", "quiet")


@dataclass(frozen=True)
class _Group:
    """The same change in one or more stacks."""

    changes: tuple[Change, ...]
    unlike: int = 0

    @property
    def first(self) -> Change:
        return self.changes[0]


def report(changes: Changes, *, full: bool = False, most: int | None = None) -> Document:
    """Changes as a document; `full` shortens nothing, `most` leaves out groups after so many."""
    if not changes:
        same = "No differences in meaning."
        return Document("Diff", (Text(same), *_notes(changes)))
    groups = _grouped(changes)
    blocks: list[Block] = [*_summary(changes), *_notes(changes)]
    shown = groups if most is None else groups[:most]
    for rank, heading in enumerate(_HEADINGS):
        here = [group for group in shown if group.first.rank == rank]
        if not here:
            continue
        items = tuple(_item(group, changes, full=full) for group in here)
        tones = (_TONES[rank],) * len(items)
        block = Items(items, tones)
        if rank < 5:
            blocks += [Heading(heading), block]
        else:
            blocks.append(Folded(f"{heading} ({len(items)})", (block,)))
    if len(shown) < len(groups):
        left = len(groups) - len(shown)
        blocks.append(Text(f"{left} more are left out here; `baseline diff` shows all of them."))
    return Document(_title(changes), tuple(blocks))


def comment(changes: Changes, limit: int = COMMENT_LIMIT) -> str:
    """Markdown for a pull request: the summary whole, and as many details as fit, worst first."""
    text = render(report(changes), "markdown")
    if len(text) <= limit:
        return text
    fits, most = 0, len(_grouped(changes))
    while fits < most - 1:
        middle = (fits + most) // 2
        if len(render(report(changes, most=middle), "markdown")) <= limit:
            fits = middle
        else:
            most = middle
    return render(report(changes, most=fits), "markdown")


def shown_as(changes: Changes, form: str, *, full: bool = False) -> str:
    """Changes in a format for people or for machines."""
    if form == "json":
        written: str = registry.part("exports", "changes").write(changes)
        return written
    if form == "markdown" and not full:
        return comment(changes)
    return render(report(changes, full=full), form)


def _title(changes: Changes) -> str:
    stacks = {change.stack for change in changes}
    count = len(changes)
    what = f"{count} change{'' if count == 1 else 's'}"
    return f"Diff: {what}" + (
        f" in {len(stacks)} of {changes.stacks} stacks" if changes.stacks > 1 else ""
    )


def _summary(changes: Changes) -> Iterator[Block]:
    rows: list[tuple[str, int, int]] = []
    for verdict, words in _SUMMARY:
        found = [change for change in changes if verdict in change.verdicts]
        if found:
            rows.append((words, len(found), len({change.stack for change in found})))
    for replacement in (Replacement.CERTAIN, Replacement.CONDITIONAL, Replacement.AFTER_APPLY):
        found = [change for change in changes if change.replacement is replacement]
        if found:
            words = f"replaces a resource: {replacement.word}"
            rows.append((words, len(found), len({change.stack for change in found})))
    for action in Action:
        found = [change for change in changes if change.action is action]
        if found:
            rows.append((_WORDS[action], len(found), len({change.stack for change in found})))
    if changes.stacks > 1:
        yield Table(("what", "changes", "stacks"), tuple(rows))
    else:
        yield Table(("what", "changes"), tuple((words, count) for words, count, _ in rows))


def _notes(changes: Changes) -> Iterator[Block]:
    for note in changes.notes:
        yield Text(note)


# ---- groups --------------------------------------------------------------------------------


def _grouped(changes: Changes) -> list[_Group]:
    """Changes that say the same, together, in the order of the worst."""
    found: dict[str, list[Change]] = {}
    families: dict[tuple[str, str, str], int] = {}
    for change in changes:
        found.setdefault(_same(change), []).append(change)
    for group in found.values():
        key = _family(group[0])
        families[key] = max(families.get(key, 0), len(group))
    groups = []
    for group in found.values():
        many = families[_family(group[0])]
        unlike = many if many >= MANY and len(group) * 2 <= many else 0
        groups.append(_Group(tuple(group), unlike))
    return groups


def _family(change: Change) -> tuple[str, str, str]:
    return (change.section, change.name, change.type)


def _same(change: Change) -> str:
    """A text that two changes share only if they are the same but for their places."""
    body = change.after if change.action is not Action.REMOVE else change.before
    name = change.name if change.section != "Resources" or change.was else ""
    return canonical(
        [
            *(change.section, name, change.type, change.action, change.was),
            *(int(change.replacement), _nameless(change.cause, change), change.asset),
            [[dotted(edit.path), _plain(edit.before), _plain(edit.after)] for edit in change.edits],
            [[effect.verdict, _nameless(effect.message, change)] for effect in change.effects],
            body if change.action in (Action.ADD, Action.REMOVE) else None,
        ]
    )


def _nameless(text: str, change: Change) -> str:
    return text.replace(change.name, "\0") if len(change.name) > 2 else text


def _plain(value: Any) -> Any:
    return "\0" if value is MISSING else value


# ---- one group -----------------------------------------------------------------------------


def _item(group: _Group, changes: Changes, *, full: bool) -> tuple[str, tuple[str, ...]]:
    return _head(group), tuple(_lines(group, changes, full=full))


def _head(group: _Group) -> str:
    change = group.first
    logical_ids = list(dict.fromkeys(one.name for one in group.changes))
    place = f"{change.stack}: " if change.stack and len(group.changes) == 1 else ""
    name = _some(logical_ids, 3)
    if change.section != "Resources":
        name = f"{change.section} {name}"
    if change.action is Action.RENAME:
        name = f"{change.was} → {change.name}"
    kind = f" ({change.type})" if change.type else ""
    text = f"{place}{name}{kind}: {_WORDS[change.action]}"
    if change.replacement is not Replacement.NONE and change.action is not Action.RENAME:
        text += f", replacement {change.replacement.word}"
    if len(group.changes) > 1:
        stacks = len({one.stack for one in group.changes})
        text += f", the same {len(group.changes)} times"
        text += f" in {stacks} stacks" if stacks > 1 else ""
    if group.unlike:
        text += f" (unlike {group.unlike} others)"
    return text


def _some(values: Sequence[str], most: int) -> str:
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return ", ".join(values[:most]) + more


def _lines(group: _Group, changes: Changes, *, full: bool) -> Iterator[str]:
    change = group.first
    if len(group.changes) > 1:
        one_name = len({one.name for one in group.changes}) == 1
        places = [
            one.stack if one_name else f"{one.stack}: {one.name}" if one.stack else one.name
            for one in group.changes
        ]
        yield f"in {_some(places, len(places) if full else 6)}"
        apart = dict(changes.apart).get(_family(change), ())
        if apart and len(group.changes) >= MANY and one_name:
            yield f"not in {_some(apart, len(apart) if full else 6)}"
    if change.asset:
        worth = f", worth {change.value:,}" if change.value is not None else ""
        yield f"asset: {change.asset}{worth}"
    if change.cause and change.action is not Action.RENAME:
        yield f"because {change.cause}"
    for effect in change.effects:
        yield f"{dict(_SUMMARY)[effect.verdict]}: {effect.message}"
    no_echo = change.hides_default
    if change.action is Action.ADD:
        yield from _body(change.after, "+", changes.salt, full=full, no_echo=no_echo)
    elif change.action is Action.REMOVE and full:
        yield from _body(change.before, "-", changes.salt, full=full, no_echo=no_echo)
    for edit in change.edits:
        yield _edit(edit, changes.salt, full=full, no_echo=no_echo, cause=change.cause)


def _body(body: Any, sign: str, salt: str, *, full: bool, no_echo: bool) -> Iterator[str]:
    if not isinstance(body, Mapping):
        yield f"{sign} {shown(body, salt, full=full)}"
        return
    rows = []
    for key, value in body.items():
        if key == "Properties" and isinstance(value, Mapping):
            rows += list(value.items())
        elif key != "Type":
            rows.append((key, value))
    some = rows if full else rows[:MOST_PROPERTIES]
    for key, value in some:
        hide = no_echo and key == "Default"
        yield f"{sign} {key}: {shown(value, salt, key, full=full, no_echo=hide)}"
    if len(some) < len(rows):
        yield f"{sign} … {len(rows) - len(some)} more properties"


def _edit(edit: Edit, salt: str, *, full: bool, no_echo: bool, cause: str) -> str:
    path = edit.path
    hide = no_echo and edit.known_as == "Default"
    place = dotted(path).removeprefix("Properties.")
    why = ""
    if edit.replacement is not Replacement.NONE and edit.cause != cause:
        why = f"  (replacement {edit.replacement.word}: {edit.cause})"
    sides = both(edit, salt, full=full, no_echo=hide)
    sign = _SIGNS[edit.action]
    return f"{sign} {place}: {' → '.join(side for side in sides if side is not None)}{why}"


def both(
    edit: Edit, salt: str, *, full: bool = False, no_echo: bool = False
) -> tuple[str | None, str | None]:
    """Both values of an edit as people see them; None for a side that has none."""
    before, after = clear(edit, salt, no_echo=no_echo)
    one = None if before is MISSING else words(before)
    other = None if after is MISSING else words(after)
    if one is None or other is None or full:
        return (
            one if full or one is None else _shortened(one),
            other if full or other is None else _shortened(other),
        )
    return _around(one, other)


def shown(
    value: Any, salt: str, name: str = "", *, full: bool = False, no_echo: bool = False
) -> str:
    """A value as people see it."""
    text = words(redacted(value, salt, name, no_echo=no_echo))
    return text if full else _shortened(text)


def words(value: Any) -> str:
    """A value in short notation: `!Ref X`, `${X}`, JSON for the rest."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(_short_forms(value), ensure_ascii=False, separators=(", ", ": "))


def _short_forms(value: Any) -> Any:
    if isinstance(value, dict):
        if len(value) == 1:
            key, argument = next(iter(value.items()))
            if key == "Ref" and isinstance(argument, str):
                return "${" + argument + "}"
            if key == "Fn::GetAtt" and isinstance(argument, list):
                return "${" + ".".join(map(str, argument)) + "}"
            if key == "Fn::Join" and isinstance(argument, list) and argument[:1] == [""]:
                parts = [_short_forms(one) for one in argument[1]]
                if all(isinstance(one, str) for one in parts):
                    return "".join(parts)
        return {key: _short_forms(child) for key, child in value.items()}
    return [_short_forms(child) for child in value] if isinstance(value, list) else value


def _shortened(text: str, longest: int = LONGEST) -> str:
    """A long text without its middle."""
    if len(text) <= longest:
        return text
    half = (longest - 1) // 2
    return f"{text[:half]}…{text[-half:]}"


def _around(one: str, other: str) -> tuple[str, str]:
    """Two long texts, shortened around where they differ."""
    if max(len(one), len(other)) <= LONGEST:
        return one, other
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    keep = 16
    first = max(0, start - keep)
    found = []
    for text in (one, other):
        last = min(len(text), len(text) - end + keep)
        middle = _shortened(text[first:last])
        found.append(("…" if first else "") + middle + ("…" if last < len(text) else ""))
    return found[0], found[1]


def outcome(changes: Changes, fail_on: Sequence[str]) -> list[str]:
    """Which of the things that must not happen do happen."""
    words_of = {
        "loses-data": {Verdict.LOSES_DATA, Verdict.MAY_LOSE_DATA, Verdict.LOSES_PART},
        "widens-access": {Verdict.WIDENS_ACCESS},
        "irreversible": {Verdict.IRREVERSIBLE},
        "refused": {Verdict.REFUSED},
        "breaks-controls": {Verdict.BREAKS_CONTROL, Verdict.UNJUDGED_CONTROL},
    }
    found = []
    for name in fail_on:
        if name == "replaces":
            hit = any(change.replacement is not Replacement.NONE for change in changes)
        else:
            hit = any(change.verdicts & words_of[name] for change in changes)
        if hit:
            found.append(name)
    return found


FAIL_ON = ("loses-data", "widens-access", "irreversible", "refused", "breaks-controls", "replaces")
