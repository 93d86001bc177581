"""Replacement: will CloudFormation make a new resource and remove the old one, and why.

The registry's schemas name properties that can only be set at creation, and those that sometimes
can be changed. A change of such a property is *certain* to replace where both values are known
(or are different resources), *conditional* where the schema or a condition of the template says
that it depends, *known after apply* where the new value is known only then, so might be the same.

A replaced resource has a new physical id. Whoever refers to it follows: certain through `Ref` or
an attribute that is the id, known after apply through any other attribute; through outputs and
exports into other stacks. A property that is changed through a reference and can be updated in
place is said too, for it is a change that no line of the template shows.

Sources: "Update behaviors of stack resources", "Resource type schema", "Conditions … Fn::If".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from baseline.change import (
    MISSING,
    Action,
    Change,
    Edit,
    Replacement,
    Sides,
    dotted,
    names,
)
from baseline.schema import Names, Schema, schema
from baseline.tokens import Use, canonical, has_tokens, uses

ANSWERS_FIRST = True

# Attributes that are the physical id, or hold it; they change whenever the resource is replaced.
IDENTITY_ATTRIBUTES = ("Arn", "Id", "ARN", "ID", "Name")

# Attributes that change whenever the resource is updated, though it is not replaced.
# Source: "AWS::EC2::LaunchTemplate" (return values), "AWS::CloudFormation::CustomResource".
MOVING_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "AWS::EC2::LaunchTemplate": ("LatestVersionNumber", "DefaultVersionNumber"),
    "AWS::CloudFormation::Stack": ("Outputs",),
    "AWS::CloudFormation::CustomResource": ("",),
}

# What the page of a type says though its schema does not: type, path of names, what it says.
_ALSO: Mapping[str, tuple[tuple[Names, Replacement], ...]] = {
    "AWS::Route53::RecordSet": ((("Name",), Replacement.CERTAIN),),
    "AWS::RDS::DBInstance": ((("Port",), Replacement.CONDITIONAL),),
    "AWS::ECS::Service": ((("DeploymentController",), Replacement.CONDITIONAL),),
    "AWS::ElastiCache::ReplicationGroup": ((("Engine",), Replacement.CONDITIONAL),),
    "AWS::DocDB::DBCluster": ((("EngineVersion",), Replacement.CONDITIONAL),),
    "AWS::FSx::FileSystem": ((("FileSystemTypeVersion",), Replacement.CERTAIN),),
    "AWS::Serverless::Function": ((("FunctionName",), Replacement.CERTAIN),),
    "AWS::Serverless::SimpleTable": (
        (("TableName",), Replacement.CERTAIN),
        (("PrimaryKey",), Replacement.CERTAIN),
    ),
    "AWS::Serverless::StateMachine": (
        (("Name",), Replacement.CERTAIN),
        (("Type",), Replacement.CERTAIN),
    ),
}


def answer(changes: Iterable[Change], sides: Sides) -> Iterator[Change]:
    """Changes with their replacement and its cause, and those that follow from references."""
    judged = [_judged(change, sides) for change in changes]
    return iter(_followed(judged, sides))


# ---- from a resource's own edits -----------------------------------------------------------


def _judged(change: Change, sides: Sides) -> Change:
    if change.section != "Resources":
        return change
    if change.action is Action.RENAME:
        cause = f"a new logical id is a new resource; {change.was} is removed"
        return replace(change, replacement=Replacement.CERTAIN, cause=cause)
    if change.action is not Action.UPDATE:
        return change
    known = schema(change.type)
    edits = tuple(_edit(edit, known, change, sides) for edit in change.edits)
    worst = max(edits, key=lambda edit: edit.replacement, default=None)
    found = worst.replacement if worst else Replacement.NONE
    return replace(change, edits=edits, replacement=found, cause=worst.cause if worst else "")


def _edit(edit: Edit, known: Schema, change: Change, sides: Sides) -> Edit:
    path = names(edit.path)
    if path[:1] == ("Type",):
        cause = "CloudFormation does not change the type of a resource in place"
        return replace(edit, replacement=Replacement.CERTAIN, cause=cause)
    if path[:1] != ("Properties",):
        return edit
    path = path[1:]
    hits = [
        (create_only, is_conditional)
        for paths, is_conditional in ((known.create_only, False), (known.conditional, True))
        for create_only in paths
        if create_only and _hits(create_only, path, edit)
    ]
    if known.never_updated and not hits:
        hits = [(path[:1], False)]
    for also, says in _ALSO.get(change.type, ()):
        if not hits and _hits(also, path, edit):
            hits = [(also, says is Replacement.CONDITIONAL)]
    if not hits:
        return edit
    verdicts = [
        _verdict(edit, one, is_sometimes, change, sides, known) for one, is_sometimes in hits
    ]
    found, cause = max(verdicts, key=lambda verdict: verdict[0])
    return replace(edit, replacement=found, cause=cause)


def _hits(create_only: Names, path: Names, edit: Edit) -> bool:
    """Whether an edit is inside of a create-only property, or changes one that is inside of it."""
    if path[: len(create_only)] == create_only:
        return True
    if create_only[: len(path)] != path:
        return False
    rest = create_only[len(path) :]
    return _values(edit.before, rest) != _values(edit.after, rest)


def _values(value: Any, path: Names) -> list[str]:
    """Values at a path of names, through arrays."""
    if isinstance(value, list):
        return sorted(found for one in value for found in _values(one, path))
    if not path:
        return [] if value is MISSING else [canonical(value)]
    if not isinstance(value, dict):
        return []
    if len(value) == 1 and next(iter(value)) in ("Fn::If", "Fn::Transform"):
        return [canonical(value)]
    return _values(value.get(path[0], MISSING), path[1:])


def _verdict(
    edit: Edit, create_only: Names, is_sometimes: bool, change: Change, sides: Sides, known: Schema
) -> tuple[Replacement, str]:
    name = ".".join(create_only)
    if is_sometimes:
        return Replacement.CONDITIONAL, f"{name} can be changed in place only in some cases"
    if _is_default(edit, known):
        return Replacement.CONDITIONAL, f"{name} is set to what it is by default"
    certainty, why = _certainty(edit.before, edit.after, change, sides)
    if known.never_updated and create_only not in known.create_only:
        return certainty, f"{known.type} is never updated, only made anew{why}"
    return certainty, f"{name} can only be set at creation{why}"


def _is_default(edit: Edit, known: Schema) -> bool:
    if MISSING not in (edit.before, edit.after):
        return False
    value = edit.after if edit.before is MISSING else edit.before
    default = known.default(names(edit.path)[1:])
    return default is not None and canonical(default) == canonical(value)


def _certainty(before: Any, after: Any, change: Change, sides: Sides) -> tuple[Replacement, str]:
    """How sure it is that two values differ once they are known."""
    if before is MISSING or after is MISSING:
        value = after if before is MISSING else before
        if _is_if(value) and {"Ref": "AWS::NoValue"} in value["Fn::If"][1:]:
            return Replacement.CONDITIONAL, f"; it depends on the condition {value['Fn::If'][0]}"
        return Replacement.CERTAIN, ""
    if _is_if(before) or _is_if(after):
        return _by_branches(before, after, change, sides)
    ours, theirs = list(uses(before)), list(uses(after))
    if not ours and not theirs:
        return Replacement.CERTAIN, ""
    if _same_tokens(ours, theirs) and not (len(ours) == 1 and ours[0].kind == "dynamic"):
        return Replacement.CERTAIN, ""
    if _different_things(before, ours, theirs, change, sides):
        return Replacement.CERTAIN, "; it now names another resource"
    open_ones = sorted(
        {one.name if one.kind != "import" else "an import" for one in (*ours, *theirs)}
    )
    return Replacement.AFTER_APPLY, f"; its value comes from {', '.join(open_ones)}"


def _by_branches(before: Any, after: Any, change: Change, sides: Sides) -> tuple[Replacement, str]:
    """Certain where every branch that may be taken differs, else up to the condition."""
    conditions = sorted({str(one["Fn::If"][0]) for one in (before, after) if _is_if(one)})
    aligned = _is_if(before) and _is_if(after) and len(conditions) == 1
    ours = before["Fn::If"][1:] if _is_if(before) else [before]
    theirs = after["Fn::If"][1:] if _is_if(after) else [after]
    pairs = zip(ours, theirs, strict=False) if aligned else product(ours, theirs)
    found = [
        Replacement.NONE
        if canonical(one) == canonical(other)
        else _certainty(_present(one), _present(other), change, sides)[0]
        for one, other in pairs
    ]
    if all(one is Replacement.CERTAIN for one in found):
        return Replacement.CERTAIN, ""
    why = f"; its value depends on the condition {', '.join(conditions)}"
    return Replacement.CONDITIONAL, why


def _present(value: Any) -> Any:
    return MISSING if value == {"Ref": "AWS::NoValue"} else value


def _same_tokens(ours: list[Use], theirs: list[Use]) -> bool:
    return sorted(map(str, ours)) == sorted(map(str, theirs))


def _is_if(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and "Fn::If" in value


def _different_things(
    before: Any, ours: list[Use], theirs: list[Use], change: Change, sides: Sides
) -> bool:
    """Whether the two sides name different resources of this template by their ids."""
    if len(theirs) != 1 or not _is_identity(theirs[0]) or not theirs[0].alone:
        return False
    old, new = sides.resources(change.stack, after=False), sides.resources(change.stack)
    target = theirs[0].name
    if target not in new:
        return False
    if not ours:
        return not has_tokens(before) and target not in old  # it does not exist yet
    return (
        len(ours) == 1
        and ours[0].alone
        and _is_identity(ours[0])
        and ours[0].name in old
        and ours[0].name != target
    )


def _is_identity(use: Use) -> bool:
    return use.kind == "ref" or (
        use.kind == "attribute" and use.attribute.endswith(IDENTITY_ATTRIBUTES)
    )


# ---- through references --------------------------------------------------------------------


@dataclass
class _Index:
    """Who refers to what: (stack, resource) or an export's name, to users of it."""

    users: dict[tuple[str, str], list[tuple[str, str, Use]]] = field(default_factory=dict)
    importers: dict[str, list[tuple[str, str, Use]]] = field(default_factory=dict)
    exports: dict[tuple[str, str], list[tuple[str, Use]]] = field(default_factory=dict)
    nested: dict[tuple[str, str], list[Use]] = field(default_factory=dict)


def _index(sides: Sides) -> _Index:
    found = _Index()
    for stack, template in sides.after.items():
        for name, body in sides.resources(stack).items():
            properties = body.get("Properties") if isinstance(body, Mapping) else None
            for use in uses(properties):
                if use.kind == "import":
                    found.importers.setdefault(use.name, []).append((stack, str(name), use))
                elif use.kind != "dynamic":
                    found.users.setdefault((stack, use.name), []).append((stack, str(name), use))
        outputs = template.get("Outputs")
        for output in outputs.values() if isinstance(outputs, Mapping) else ():
            export = output.get("Export") if isinstance(output, Mapping) else None
            if not isinstance(export, Mapping):
                continue
            name = next((one.name for one in uses({"Fn::ImportValue": export.get("Name")})), "")
            for use in uses(output.get("Value")):
                found.exports.setdefault((stack, use.name), []).append((name, use))
    return found


def _followed(changes: list[Change], sides: Sides) -> list[Change]:
    """Follow what is replaced, and what else moves, through every reference."""
    whole = (Action.ADD, Action.REMOVE, Action.RENAME)  # they follow nothing
    others = [one for one in changes if one.section != "Resources" or one.action in whole]
    moved = {(one.stack, one.name) for one in others if one.section == "Resources"}
    found = {
        (one.stack, one.name): one
        for one in changes
        if one.section == "Resources" and one.action not in whole
    }
    sources = deque(sorted(_sources(changes)))
    if not sources:
        return changes
    index = _index(sides)
    best: dict[tuple[str, str], Replacement] = {}
    seen: set[tuple[str, str, str, int]] = set()
    while sources:
        certainty, stack, name, kind, why = sources.popleft()
        for user_stack, user, use, said in _users(index, stack, name):
            step = _step(use, kind, Replacement(certainty), sides, stack, name)
            body = sides.resources(user_stack).get(user)
            if step is None or not isinstance(body, Mapping) or (user_stack, user) == (stack, name):
                continue
            type_name = str(body.get("Type", ""))
            mark = (user_stack, user, ".".join(use.path), step)
            if mark in seen:
                continue
            seen.add(mark)
            verdict = _through(schema(type_name), use.path, step)
            cause = f"{'.'.join(use.path)} follows {name}{said}, {why}"
            known = found.get((user_stack, user))
            if known is None and (user_stack, user) in moved:
                continue
            if known is None:
                known = _follower(user_stack, user, type_name)
            if verdict > known.replacement or (known.action is Action.FOLLOW and not known.cause):
                known = replace(known, replacement=max(verdict, known.replacement), cause=cause)
            found[user_stack, user] = known
            if verdict > best.get((user_stack, user), Replacement.NONE):
                best[user_stack, user] = verdict
                word = (
                    "which is replaced"
                    if verdict is Replacement.CERTAIN
                    else "which may be replaced"
                )
                sources.append((int(verdict), user_stack, user, "replaced", word))
    return [*found.values(), *others]


def _follower(stack: str, name: str, type_name: str) -> Change:
    return Change(
        stack=stack,
        section="Resources",
        name=name,
        type=type_name,
        action=Action.FOLLOW,
        is_known=schema(type_name).is_known,
    )


def _sources(changes: Iterable[Change]) -> Iterator[tuple[int, str, str, str, str]]:
    """Where following begins: (certainty, stack, name, what happens, in words)."""
    for one in changes:
        if one.section == "Parameters" and any(
            names(edit.path) == ("Default",) for edit in one.edits
        ):
            why = "whose default is another"
            yield int(Replacement.CONDITIONAL), one.stack, one.name, "parameter", why
        if one.section != "Resources" or one.action in (Action.ADD, Action.REMOVE):
            continue
        if one.replacement is not Replacement.NONE and one.action is not Action.RENAME:
            certain = one.replacement is Replacement.CERTAIN
            why = "which is replaced" if certain else "which may be replaced"
            yield int(one.replacement), one.stack, one.name, "replaced", why
        elif one.action is Action.UPDATE:
            yield int(Replacement.AFTER_APPLY), one.stack, one.name, "updated", "which is updated"


def _users(index: _Index, stack: str, name: str) -> Iterator[tuple[str, str, Use, str]]:
    for user_stack, user, use in index.users.get((stack, name), ()):
        yield user_stack, user, use, f".{use.attribute}" if use.attribute else ""
    for export, exported in index.exports.get((stack, name), ()):
        for user_stack, user, use in index.importers.get(export, ()):
            said = f" of {stack} through the export {export.strip(chr(34))}"
            seen = Use(use.path, exported.kind, name, exported.attribute, exported.alone)
            yield user_stack, user, seen, said


def _step(
    use: Use, kind: str, certainty: Replacement, sides: Sides, stack: str, name: str
) -> Replacement | None:
    """How sure it is that what is used changes; None where it does not."""
    if kind == "parameter":
        return Replacement.CONDITIONAL if use.kind == "ref" else None
    if kind == "replaced":
        if _is_identity(use):
            return certainty
        return Replacement.AFTER_APPLY
    if use.kind != "attribute":
        return None
    body = sides.resources(stack).get(name)
    type_name = str(body.get("Type", "")) if isinstance(body, Mapping) else ""
    if type_name.startswith("Custom::"):
        type_name = "AWS::CloudFormation::CustomResource"
    moving = any(use.attribute.startswith(one) for one in MOVING_ATTRIBUTES.get(type_name, ()))
    if moving or _property_changed(use.attribute, sides, stack, name):
        return Replacement.AFTER_APPLY
    return None


def _property_changed(attribute: str, sides: Sides, stack: str, name: str) -> bool:
    """Whether an attribute is a property by the same name that differs."""
    first = attribute.partition(".")[0]
    found = []
    for after in (False, True):
        body = sides.resources(stack, after=after).get(name)
        properties = body.get("Properties") if isinstance(body, Mapping) else None
        found.append(properties.get(first) if isinstance(properties, Mapping) else None)
    return canonical(found[0]) != canonical(found[1])


def _through(known: Schema, path: Names, step: Replacement) -> Replacement:
    """What a property that changes through a reference means for its resource."""

    def inside(paths: Iterable[Names]) -> bool:
        return any(one and path[: len(one)] == one for one in paths)

    if inside(known.create_only):
        return step
    if inside(known.conditional):
        return min(step, Replacement.CONDITIONAL)
    return Replacement.NONE


__all__ = ["ANSWERS_FIRST", "answer", "dotted"]
