"""Diff: two sides of CloudFormation templates become Changes.

Pure and offline. `normal` gives what a template means, `compare` the edits between two meanings,
`renames` finds what only has another name; then each question of `consequences/` is put to the
changes, and the controls of the catalogue to both sides. A resource whose text is the same on
both sides, in templates whose mappings and conditions are, is not looked at: time goes into what
differs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from baseline import registry
from baseline.change import Action, Change, Changes, Effect, Sides, Verdict
from baseline.diff.compare import applied, edits
from baseline.diff.expand import expanded
from baseline.diff.normal import SECTIONS, Context, entry, lone, normal, word
from baseline.diff.renames import renamed
from baseline.errors import ProfileError
from baseline.schema import TEXT, Shape, schema
from baseline.template import Template

Assets = Mapping[tuple[str, str], tuple[str, int | None]]
Given = Template | Mapping[str, Any]
Templates = Mapping[str, Mapping[str, Any]]


def diff(before: Given, after: Given, *, today: date | None = None) -> Changes:
    """What makes one template into another; with a day, also which controls that breaks."""
    return diff_stacks({"": before}, {"": after}, today=today)


def diff_stacks(
    before: Mapping[str, Given],
    after: Mapping[str, Given],
    *,
    today: date | None = None,
    assets: Assets | None = None,
) -> Changes:
    """The same for many templates at once (stack name to template), with what crosses them.

    A stack that only one side has was added or removed as a whole. `assets` say what resources
    (stack and logical id) serve, and what that is worth.
    """
    names = sorted(before.keys() | after.keys())
    differing = [
        name
        for name in names
        if name not in before or name not in after or not _same_given(before[name], after[name])
    ]
    if not differing:
        return Changes(stacks=len(names))
    try:
        found = _diff(_bodies(before), _bodies(after), names, differing, today)
    except RecursionError:
        raise ProfileError(f"{', '.join(filter(None, differing))}: nested too deeply") from None
    return replace(found, changes=tuple(_valued(found, assets))) if assets else found


def _valued(changes: Changes, assets: Assets) -> Iterator[Change]:
    for one in changes:
        name, value = assets.get((one.stack, one.name), ("", None))
        yield replace(one, asset=name, value=value)


def _diff(
    before: Templates,
    after: Templates,
    names: Sequence[str],
    differing: Sequence[str],
    today: date | None,
) -> Changes:
    notes: list[str] = []
    sides = Sides(_expanded(before, differing, notes), _expanded(after, differing, notes))
    found: list[Change] = []
    for name in differing:
        one, other = sides.before.get(name, _EMPTY), sides.after.get(name, _EMPTY)
        found += _stack_changes(name, one, other)
    if not found:
        return Changes(stacks=len(names), notes=tuple(notes))
    notes += _unknown_types(found)
    for part in _questions():
        found = [_whole(one, sides) for one in part.answer(found, sides)]
    if today is not None:
        from baseline.diff.verdicts import with_controls

        found = list(with_controls(found, sides, today))
    ordered = tuple(sorted((_tidy(one) for one in found), key=lambda change: change.order))
    return Changes(
        ordered,
        tuple(notes),
        _salt(before, after, differing),
        len(names),
        tuple(_apart(ordered, sides)),
    )


def _same_given(before: Given, after: Given) -> bool:
    digests = [one.digest if isinstance(one, Template) else b"" for one in (before, after)]
    if digests[0] and digests[0] == digests[1]:
        return True
    return _same_text(_body(before), _body(after))


def _body(given: Given) -> Mapping[str, Any]:
    return given.body if isinstance(given, Template) else given


def _bodies(given: Mapping[str, Given]) -> Templates:
    return {name: _body(one) for name, one in given.items()}


MANY = 3  # stacks from which on those that differ are named
_EMPTY: Mapping[str, Any] = {"Resources": {}}


def _same_text(before: Any, after: Any) -> bool:
    """Equal as data, with true and 1 told apart, which Python's own comparison does not."""
    if before is after:
        return True
    try:
        return json.dumps(before) == json.dumps(after)
    except (TypeError, ValueError):
        return False


def _expanded(templates: Templates, names: Sequence[str], notes: list[str]) -> Templates:
    found = dict(templates)
    for name in names:
        if name in found:
            found[name], said = expanded(found[name])
            for one in said:
                note = f"{name}: {one}" if name else one
                if note not in notes:
                    notes.append(note)
    return found


def _whole(change: Change, sides: Sides) -> Change:
    """A change that came through a reference, with the resource as it is on both sides."""
    if change.action is not Action.FOLLOW or change.after is not None:
        return change
    template = sides.after[change.stack]
    body = entry("Resources", template["Resources"][change.name], Context(template))
    return replace(change, before=body, after=body)


def _apart(
    changes: Iterable[Change], sides: Sides
) -> Iterator[tuple[tuple[str, str, str], tuple[str, ...]]]:
    """For what changes in many stacks, those that have it and where it stays as it is."""
    families: dict[tuple[str, str, str], set[str]] = {}
    for one in changes:
        if one.section == "Resources":
            families.setdefault((one.section, one.name, one.type), set()).add(one.stack)
    for key, stacks in families.items():
        if len(stacks) < MANY:
            continue
        _, name, kind = key
        found = []
        for stack in sorted(sides.after.keys() - stacks):
            body = sides.resources(stack).get(name)
            if isinstance(body, Mapping) and body.get("Type") == kind:
                found.append(stack)
        if found and len(found) <= len(stacks):
            yield key, tuple(found)


def _unknown_types(found: list[Change]) -> Iterator[str]:
    unknown = sorted({one.type for one in found if one.type and not one.is_known})
    if unknown:
        yield (
            f"The registry's schemas do not know {', '.join(unknown)}: compared plainly, and "
            "whether a change replaces the resource cannot be said."
        )


def _questions() -> list[Any]:
    parts = registry.parts("consequences")
    return sorted(parts, key=lambda part: not getattr(part, "ANSWERS_FIRST", False))


def _tidy(change: Change) -> Change:
    return replace(change, effects=tuple(sorted(set(change.effects), key=_worst_first)))


_VERDICTS = list(Verdict)


def _worst_first(effect: Effect) -> tuple[int, str, str]:
    return (_VERDICTS.index(effect.verdict), effect.question, effect.message)


def _salt(before: Templates, after: Templates, names: Sequence[str]) -> str:
    """What nobody knows who has not seen both sides, and the same on every machine.

    The two sides count alike, so that a secret has one digest whichever way the diff is read.
    """
    sides = sorted(
        hashlib.sha256(
            json.dumps([side.get(name) for name in names], default=str).encode()
        ).hexdigest()
        for side in (before, after)
    )
    return "".join(sides)


# ---- one stack -----------------------------------------------------------------------------


def _stack_changes(
    stack: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Change]:
    contexts = (Context(before), Context(after))
    alike = contexts[0].same_as(contexts[1])
    for section in SECTIONS:
        yield from _section_changes(stack, section, (before, after), contexts, alike=alike)
    if {key: before.get(key) for key in before if key not in SECTIONS} != {
        key: after.get(key) for key in after if key not in SECTIONS
    }:
        one, other = lone(before, contexts[0]), lone(after, contexts[1])
        for name in sorted(one.keys() | other.keys()):
            change = _change(stack, "Template", name, one.get(name), other.get(name))
            if change:
                yield change


def _section_changes(
    stack: str,
    section: str,
    sides: tuple[Mapping[str, Any], Mapping[str, Any]],
    contexts: tuple[Context, Context],
    *,
    alike: bool,
) -> Iterator[Change]:
    raw = [_entries(side, section) for side in sides]
    if section == "Mappings":
        raw = _used(raw, sides, contexts)
    removed: dict[str, Any] = {}
    added: dict[str, Any] = {}
    for key in sorted(raw[0].keys() | raw[1].keys()):
        old, new = raw[0].get(key), raw[1].get(key)
        if key in raw[0] and key in raw[1] and alike and _same_text(old, new):
            continue
        one = entry(section, old, contexts[0]) if key in raw[0] else None
        other = entry(section, new, contexts[1]) if key in raw[1] else None
        if one is not None and other is not None and not _other_type(section, one, other):
            change = _change(stack, section, key, one, other)
            if change:
                yield change
            continue
        removed |= {key: one} if one is not None else {}
        added |= {key: other} if other is not None else {}
    yield from _gone_and_come(stack, section, removed, added)


def _gone_and_come(
    stack: str, section: str, removed: dict[str, Any], added: dict[str, Any]
) -> Iterator[Change]:
    """What only one side has: renamed, removed or added."""
    for old_name, new_name in renamed(removed, added) if section == "Resources" else ():
        if old_name != new_name:
            one, other = removed.pop(old_name), added.pop(new_name)
            made = _made(stack, section, new_name, Action.RENAME, one, other)
            yield replace(made, was=old_name)
    for key, body in removed.items():
        yield _made(stack, section, key, Action.REMOVE, body, None)
    for key, body in added.items():
        yield _made(stack, section, key, Action.ADD, None, body)


def _entries(template: Mapping[str, Any], section: str) -> dict[str, Any]:
    """Entries of a section by their names, which are text, whatever YAML made of them."""
    found = template.get(section)
    if not isinstance(found, Mapping):
        return {}
    return {str(word(name)): body for name, body in found.items()}


def _used(
    raw: list[dict[str, Any]],
    sides: tuple[Mapping[str, Any], Mapping[str, Any]],
    contexts: tuple[Context, Context],
) -> list[dict[str, Any]]:
    """Mappings that something looks up whose keys are known only when deployed."""
    if raw[0] == raw[1]:
        return [{}, {}]
    for side, context in zip(sides, contexts, strict=True):
        for section in ("Resources", "Conditions", "Outputs"):
            for body in _entries(side, section).values():
                entry(section, body, context)
    return [
        {name: body for name, body in side.items() if name in context.used_mappings}
        for side, context in zip(raw, contexts, strict=True)
    ]


def _other_type(section: str, one: Any, other: Any) -> bool:
    return section == "Resources" and one.get("Type") != other.get("Type")


def _change(stack: str, section: str, name: str, one: Any, other: Any) -> Change | None:
    if one is None or other is None:
        if one is None and other is None:
            return None
        action = Action.ADD if one is None else Action.REMOVE
        return _made(stack, section, name, action, one, other)
    shape = _body_shape(one) if section == "Resources" else TEXT
    found = edits(one, other, shape)
    if not found:
        return None
    return replace(_made(stack, section, name, Action.UPDATE, one, other), edits=found)


def _body_shape(body: Mapping[str, Any]) -> Shape:
    known = schema(str(body.get("Type", "")))
    return _BodyShape(known.shape)


class _BodyShape(Shape):
    """The shape of a resource: its properties are as the registry says, the rest is text."""

    def __init__(self, properties: Shape) -> None:
        super().__init__({}, {})
        self._of_properties = properties

    def member(self, name: str) -> Shape:
        return self._of_properties if name == "Properties" else TEXT


def _made(stack: str, section: str, name: str, action: Action, one: Any, other: Any) -> Change:
    body = one if other is None else other
    kind = str(body.get("Type", "")) if section == "Resources" and isinstance(body, dict) else ""
    return Change(
        stack=stack,
        section=section,
        name=name,
        type=kind,
        action=action,
        is_known=not kind or schema(kind).is_known,
        before=one,
        after=other,
    )


# ---- the way back --------------------------------------------------------------------------


def apply(template: Mapping[str, Any], changes: Changes) -> dict[str, Any]:
    """Make the changes of one template in its normal form; the result is in normal form."""
    found = normal(expanded(template)[0])
    direct = [change for change in changes if change.action is not Action.FOLLOW]
    for change in direct:
        place = _place(found, change)
        if change.action is Action.UPDATE:
            place[change.name] = applied(place[change.name], change.edits)
        elif change.action in (Action.REMOVE, Action.RENAME):
            place.pop(change.was or change.name, None)
    for change in direct:
        if change.action in (Action.ADD, Action.RENAME):
            _place(found, change)[change.name] = change.after
    return normal({key: value for key, value in found.items() if value or key == "Resources"})


def _place(template: dict[str, Any], change: Change) -> dict[str, Any]:
    found: dict[str, Any] = (
        template if change.section == "Template" else template.setdefault(change.section, {})
    )
    return found


__all__ = ["apply", "diff", "diff_stacks", "normal"]
