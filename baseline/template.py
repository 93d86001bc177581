"""Template: any CloudFormation text, read into one normal form.

JSON and YAML, with all short forms, become plain data with the long forms of intrinsic functions
(`!GetAtt A.B` is `{Fn::GetAtt: [A, B]}`). Aliases are shared, never expanded, and nothing in the
text is executed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from baseline.errors import ProfileError

DEEPEST = 400
MOST_VALUES = 1_000_000
_BRACKETS = re.compile(r"[\[\]{}]")
_NESTED_ON_A_LINE = re.compile(rf"(?:[-?][ \t\n]+){{{DEEPEST}}}")

MOST_BYTES = 1_048_576  # what CloudFormation accepts through S3; "CloudFormation quotas"


def read(data: bytes, name: str) -> dict[str, Any]:
    """Read a template; raise `ProfileError` with `name:line:column` where it is none."""
    if len(data) > MOST_BYTES:
        raise ProfileError(f"{name}: over {MOST_BYTES:,} bytes, more than CloudFormation accepts")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ProfileError(f"{name}:{line}:1: not UTF-8 text, so no template") from None
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else None
    except (json.JSONDecodeError, RecursionError):
        found = None  # YAML in flow style begins with a brace, too
    if found is None:
        found = _yaml(text, name)
    if _weight(found) > MOST_VALUES:
        raise ProfileError(f"{name}: aliases make more than {MOST_VALUES:,} values of it")
    if not isinstance(found, dict) or not isinstance(found.get("Resources"), dict):
        raise ProfileError(f"{name}:1:1: no template: it has no mapping called Resources")
    return found


def _yaml(text: str, name: str) -> Any:
    if _is_too_deep(text):
        raise ProfileError(f"{name}: nested deeper than {DEEPEST} levels")
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, see below
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ProfileError(f"{name}{place}: not YAML: {error.problem or 'unreadable'}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise ProfileError(f"{name}: not YAML: {error}") from None
    except RecursionError:
        raise ProfileError(f"{name}: nested too deeply") from None


def _weight(root: Any) -> int:
    """How many values there would be if aliases were written out; endless for a circle.

    Each collection is counted once, after what is in it, with a stack of our own.
    """
    weights: dict[int, int] = {}
    stack = [(root, False)]
    while stack:
        value, is_done = stack.pop()
        if not isinstance(value, (dict, list)):
            continue
        inside = list(value.values()) if isinstance(value, dict) else value
        if is_done:
            weights[id(value)] = 1 + sum(weights.get(id(child), 1) for child in inside)
        elif id(value) not in weights:
            weights[id(value)] = MOST_VALUES  # met again before it is done: a circle
            stack.append((value, True))
            stack.extend((child, False) for child in inside)
    return weights.get(id(root), 1)


def _is_too_deep(text: str) -> bool:
    """Look for nesting that would overflow the stack of YAML's composer, which is written in C.

    Brackets, and the dashes and question marks that nest on one line; nesting by indentation
    cannot go deep within `MOST_BYTES`.
    """
    depth = 0
    for bracket in _BRACKETS.finditer(text):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > DEEPEST:
            return True
    return bool(_NESTED_ON_A_LINE.search(text))


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML's safe loader, with CloudFormation's short forms, and with dates left as text."""


def _short_form(loader: Any, suffix: str, node: yaml.Node) -> Mapping[str, Any]:
    key = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {key: value}


_Loader.add_multi_constructor("!", _short_form)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_str)
