"""Verdicts: which controls of the catalogue a change breaks or mends.

The controls that judge single resources are asked about the resource before and after; one that had
nothing to say and now has is broken, one that has no more to say is mended. Where it can judge
neither side, nothing is said; where it no longer can, that is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from baseline.catalogue import controls
from baseline.change import Action, Change, Effect, Sides, Verdict
from baseline.control import CannotJudge, Control
from baseline.resource import Resource, resources

_EVERY_TYPE = "*"


def with_controls(changes: Sequence[Change], sides: Sides, today: date) -> Iterator[Change]:
    """Changes with the controls that they break or mend."""
    by_type: dict[str, list[Control]] = {}
    for one in controls():
        if getattr(one, "over", "resource") == "resource":
            for kind in one.types:
                by_type.setdefault(kind, []).append(one)
    wanted = {
        (change.stack, name)
        for change in changes
        if change.section == "Resources"
        for name in (change.name, change.was)
        if name
    }
    before, after = _resources(sides.before, wanted), _resources(sides.after, wanted)
    for change in changes:
        asked = by_type.get(change.type, []) + by_type.get(_EVERY_TYPE, [])
        if change.section != "Resources" or not asked:
            yield change
            continue
        old = before.get((change.stack, change.was or change.name))
        new = after.get((change.stack, change.name))
        if change.action is Action.REMOVE:
            new = None
        found = tuple(effect for one in asked for effect in _effects(one, old, new, today))
        yield replace(change, effects=(*change.effects, *found)) if found else change


def _resources(
    templates: Mapping[str, Mapping[str, Any]], wanted: set[tuple[str, str]]
) -> dict[tuple[str, str], Resource]:
    found = resources(dict(templates))
    return {
        (one.stack, one.logical_id): one for one in found if (one.stack, one.logical_id) in wanted
    }


def _effects(
    one: Control, old: Resource | None, new: Resource | None, today: date
) -> Iterator[Effect]:
    if new is None or (old is not None and old.type != new.type):
        return
    before = _judged(one, old, today) if old is not None else ()
    after = _judged(one, new, today)
    if after is None:
        if before == ():
            message = f"{one.name} cannot be judged any more: {one.title}"
            yield Effect("control", Verdict.UNJUDGED_CONTROL, message, one.name)
        return
    fresh = [said for said in after if said not in (before or ())]
    if fresh and len(after) >= len(before or ()):
        why = f"{one.name}: {fresh[0]}" + (f" and {len(fresh) - 1} more" if fresh[1:] else "")
        yield Effect("control", Verdict.BREAKS_CONTROL, why, one.name)
    elif before and not after:
        yield Effect("control", Verdict.MENDS_CONTROL, f"{one.name}: {one.title}", one.name)


def _judged(one: Control, resource: Resource, today: date) -> tuple[str, ...] | None:
    """What is wrong, or None where that cannot be judged."""
    try:
        return tuple(_words(said) for said in one.judged(resource, today))
    except CannotJudge:
        return None
    except Exception:  # noqa: BLE001 - a control that fails must not hide what changed
        return None


def _words(said: Any) -> str:
    """What a control says: a message, or a path and a message that goes on from it."""
    if isinstance(said, tuple):
        *_, path, message = said
        return f"{'.'.join(map(str, path))} {message}" if isinstance(path, tuple) else str(message)
    return str(said)
