"""Renames: a resource that went and one that came with the same content are one, renamed.

References among the renamed are looked through, so that several that name each other are found
together. What CloudFormation does about a rename is not what people expect: it makes the new one
and then removes the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from baseline.tokens import canonical


def renamed(
    removed: Mapping[str, Mapping[str, Any]], added: Mapping[str, Mapping[str, Any]]
) -> list[tuple[str, str]]:
    """Pairs of old and new names; each name is in one pair at most."""
    kinds = {body.get("Type") for body in removed.values()}
    kinds &= {body.get("Type") for body in added.values()}
    if not kinds:
        return []
    old = _prints(removed, kinds)
    new = _prints(added, kinds)
    pairs = []
    for text, before in old.items():
        after = new.get(text, [])
        pairs += list(zip(sorted(before), sorted(after), strict=False))
    return sorted(pairs)


def _prints(bodies: Mapping[str, Mapping[str, Any]], kinds: Iterable[Any]) -> dict[str, list[str]]:
    """Content without names, to the names that have it."""
    stand_ins = {name: f"\0{body.get('Type')}" for name, body in bodies.items()}
    found: dict[str, list[str]] = {}
    for name, body in bodies.items():
        if body.get("Type") in kinds:
            text = canonical(_anonymous(body, stand_ins))
            found.setdefault(text, []).append(name)
    return found


def _anonymous(value: Any, stand_ins: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        if len(value) == 1:
            key, argument = next(iter(value.items()))
            if key == "Ref" and argument in stand_ins:
                return {key: stand_ins[argument]}
            is_attribute = key == "Fn::GetAtt" and isinstance(argument, list) and bool(argument)
            if is_attribute and isinstance(argument[0], str) and argument[0] in stand_ins:
                return {key: [stand_ins[argument[0]], *argument[1:]]}
        return {
            key: sorted(stand_ins.get(one, one) if isinstance(one, str) else "" for one in child)
            if key == "DependsOn" and isinstance(child, list)
            else _anonymous(child, stand_ins)
            for key, child in value.items()
        }
    if isinstance(value, list):
        return [_anonymous(child, stand_ins) for child in value]
    return value
