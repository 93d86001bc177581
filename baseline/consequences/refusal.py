"""Refusal: what CloudFormation, or the service, would refuse to do, found before it is tried.

A resource with a name of its own cannot be replaced, nor made again under another logical id,
because the new one is made before the old one goes. An export in use can neither go nor change.
A logical id never changes its type. What is protected from deletion is not deleted.

Sources: "Name type", "Fn::ImportValue", "Troubleshooting CloudFormation", "Stack refactoring".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from baseline.change import (
    MISSING,
    Action,
    Change,
    Effect,
    Replacement,
    Sides,
    Verdict,
    dotted,
    names,
)
from baseline.schema import schema
from baseline.tokens import canonical, uses

_PROTECTIONS = (
    *("DeletionProtection", "DeletionProtectionEnabled", "DisableApiTermination"),
    *("TerminationProtection", "TerminationProtectionEnabled"),
)


# Properties of which their page says that updates are not supported.
_FIXED: Mapping[str, tuple[str, ...]] = {
    "AWS::EC2::Volume": ("AvailabilityZone", "Encrypted", "KmsKeyId", "OutpostArn", "SnapshotId"),
    "AWS::CloudFormation::WaitCondition": ("Count", "Handle", "Timeout"),
}


def answer(changes: Iterable[Change], sides: Sides) -> Iterator[Change]:
    """Changes with what would be refused."""
    changes = list(changes)
    removed = {
        (one.stack, one.name): one.type
        for one in changes
        if one.section == "Resources" and one.action is Action.REMOVE
    }
    importers: dict[str, list[str]] | None = None
    for change in changes:
        found: list[Effect] = []
        if change.section == "Resources":
            found += _of_resource(change, removed)
        elif change.section == "Outputs" and change.action is not Action.ADD:
            if importers is None:
                importers = _importers(sides)
            found += _of_output(change, importers)
        yield replace(change, effects=(*change.effects, *found)) if found else change


def _of_resource(change: Change, removed: Mapping[tuple[str, str], str]) -> Iterator[Effect]:
    if change.action is Action.ADD and (change.stack, change.name) in removed:
        old = removed[change.stack, change.name]
        yield _refused(
            f"{change.name} was {old}: CloudFormation does not change the type of a logical id;"
            " give the new resource another"
        )
    name = schema(change.type).name_property
    body = change.after or {}
    properties = body.get("Properties", {})
    chosen = properties.get(name) if name and isinstance(properties, dict) else None
    if change.action is Action.RENAME:
        how = "refactor the stack (CreateStackRefactor), or import, to rename without replacing"
        if chosen is not None:
            yield _refused(
                f"{name} is taken by {change.was} until that is removed, after {change.name} is"
                f" made: {how}"
            )
    elif change.replacement is Replacement.CERTAIN and chosen is not None:
        old = (change.before or {}).get("Properties", {})
        if canonical(old.get(name) if isinstance(old, dict) else None) == canonical(chosen):
            yield _refused(
                f"a resource with a name of its own ({name}) cannot be replaced: change the name"
                " with it, or leave it out"
            )
    yield from _protected(change)
    for edit in change.edits:
        path = names(edit.path)
        if path[:1] == ("Properties",) and path[1:2] and path[1] in _FIXED.get(change.type, ()):
            yield _refused(f"{path[1]}: updates are not supported; make a new resource")


def _protected(change: Change) -> Iterator[Effect]:
    gone = change.action is Action.REMOVE or change.replacement is Replacement.CERTAIN
    policy = "DeletionPolicy" if change.action is Action.REMOVE else "UpdateReplacePolicy"
    before = change.before or {}
    body = before if change.action is Action.REMOVE else (change.after or {})
    properties = before.get("Properties", {})
    if not gone or not isinstance(properties, dict) or str(body.get(policy)).startswith("Retain"):
        return
    for name in _PROTECTIONS:
        if str(properties.get(name)).lower() in ("true", "active"):
            yield _refused(f"{name} is on, so its deletion fails until that is switched off")


def _importers(sides: Sides) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for stack, template in sides.after.items():
        for use in uses(template.get("Resources")):
            if use.kind == "import" and stack not in found.setdefault(use.name, []):
                found[use.name].append(stack)
    return found


def _of_output(change: Change, importers: Mapping[str, list[str]]) -> Iterator[Effect]:
    old = _export(change.before)
    if not old:
        return
    readers = [stack for stack in importers.get(old, ()) if stack != change.stack]
    if not readers:
        return
    moved = _export(change.after) != old
    changed = any(names(edit.path)[:1] == ("Value",) for edit in change.edits)
    if moved or changed:
        what = "removed" if moved else "changed"
        places = ", ".join(sorted(readers))
        shown = ", ".join(dotted(edit.path) for edit in change.edits) or change.name
        yield _refused(
            f"the export {old.strip(chr(34))} cannot be {what} while {places} imports it ({shown})"
        )


def _export(body: Any) -> str:
    export = body.get("Export") if isinstance(body, Mapping) else None
    name = export.get("Name", MISSING) if isinstance(export, Mapping) else MISSING
    if name is MISSING:
        return ""
    return next((use.name for use in uses({"Fn::ImportValue": name})), "")


def _refused(message: str) -> Effect:
    return Effect("refusal", Verdict.REFUSED, message)
