"""Tokens: what in a template's value is decided only when it is deployed, and by what.

Works on any notation: raw data with `Fn::Sub` in text, and normal form alike.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

VARIABLE = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Use:
    """Something that a value leans on, and the property (names only) where it does.

    `kind` is `ref`, `attribute`, `import` (of an export's name) or `dynamic`; `name` is a logical
    id, a parameter, a pseudo parameter or an export; `alone` says that nothing stands around it.
    """

    path: tuple[str, ...]
    kind: str
    name: str
    attribute: str = ""
    alone: bool = False


def canonical(value: Any) -> str:
    """A text that two values share only if they are the same; the order of sorted arrays."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)


def is_intrinsic(value: Any) -> bool:
    """Say whether a value is a lone intrinsic function."""
    if type(value) is not dict or len(value) != 1:
        return False
    key = next(iter(value))
    return key == "Ref" or (type(key) is str and key.startswith("Fn::"))


def has_tokens(value: Any) -> bool:
    """Say whether anything in a value is decided when it is deployed."""
    if isinstance(value, dict):
        return is_intrinsic(value) or any(has_tokens(child) for child in value.values())
    if isinstance(value, list):
        return any(has_tokens(child) for child in value)
    return isinstance(value, str) and "{{resolve:" in value


def uses(value: Any, path: tuple[str, ...] = ()) -> Iterator[Use]:  # noqa: C901 - one for each
    """Everything that a value leans on."""
    stack: list[tuple[Any, tuple[str, ...], bool, frozenset[str]]] = [
        (value, path, True, frozenset())
    ]
    while stack:
        one, where, alone, local = stack.pop()
        if isinstance(one, str):
            if "{{resolve:" in one:
                yield Use(where, "dynamic", one)
        elif isinstance(one, (list, tuple)):
            stack += [(child, where, alone, local) for child in one]
        elif isinstance(one, Mapping):
            key = next(iter(one)) if len(one) == 1 else None
            if key == "Ref":
                yield Use(where, "ref", str(one[key]), "", alone)
            elif key == "Fn::GetAtt":
                name, attribute = _attribute(one[key])
                yield Use(where, "attribute", name, attribute, alone)
            elif key == "Fn::ImportValue":
                yield Use(where, "import", canonical(_unsubbed(one[key])), "", alone)
            elif key == "Fn::Sub":
                found, rest = _substituted(one[key])
                for name, attribute in found:
                    kind = "attribute" if attribute else "ref"
                    yield Use(where, kind, name, attribute)
                stack += [(child, where, False, local) for child in rest]
            elif isinstance(key, str) and key.startswith("Fn::"):
                stack.append((one[key], where, alone and key == "Fn::If", local))
            else:
                stack += [(child, (*where, str(name)), True, local) for name, child in one.items()]


def _attribute(argument: Any) -> tuple[str, str]:
    if isinstance(argument, str):
        name, _, attribute = argument.partition(".")
        return name, attribute
    if isinstance(argument, (list, tuple)) and argument:
        return str(argument[0]), ".".join(str(one) for one in argument[1:])
    return "", ""


def _substituted(argument: Any) -> tuple[list[tuple[str, str]], list[Any]]:
    """What a text to substitute in refers to, and the values given beside it."""
    given: Mapping[str, Any] = {}
    text = argument
    if isinstance(argument, (list, tuple)) and argument:
        text = argument[0]
        if len(argument) > 1 and isinstance(argument[1], Mapping):
            given = argument[1]
    found = []
    for name in VARIABLE.findall(text) if isinstance(text, str) else ():
        if name.startswith("!") or name in given:
            continue
        if "." in name and not name.startswith("AWS::"):
            head, _, attribute = name.partition(".")
            found.append((head.strip(), attribute))
        else:
            found.append((name.strip(), ""))
    return found, list(given.values())


def _unsubbed(name: Any) -> Any:
    """The name of an export, with `Fn::Sub` read as pieces so that notations agree."""
    return pieces(name)


def pieces(value: Any) -> Any:  # noqa: C901, PLR0912 - one case for each notation
    """Text with references as a list of pieces; plain text where there are none."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return value
    key, argument = next(iter(value.items()))
    found: list[Any] = []
    if key == "Fn::Sub" and isinstance(argument, str):
        for index, piece in enumerate(VARIABLE.split(argument)):
            if index % 2 == 0:
                found += [piece] if piece else []
            elif "." in piece and not piece.startswith("AWS::"):
                found.append({"Fn::GetAtt": piece.split(".", 1)})
            else:
                found.append({"Ref": piece})
    elif (
        key == "Fn::Join"
        and isinstance(argument, list)
        and len(argument) == 2
        and isinstance(argument[1], list)
    ):
        for one in argument[1]:
            if found and argument[0]:
                found.append(argument[0])
            inner = pieces(one)
            found += inner if isinstance(inner, list) else [inner]
    else:
        return value
    merged: list[Any] = []
    for one in found:
        if isinstance(one, str) and merged and isinstance(merged[-1], str):
            merged[-1] += one
        else:
            merged.append(one)
    return merged[0] if len(merged) == 1 else merged
