"""Expand: what a transform makes of a template, where that can be known without AWS.

`Fn::ForEach` over values that stand in the template is written out here. Serverless resources (SAM)
are compared as they stand unless cfn-lint's transform of them is asked for. What cannot be expanded
is left, compared plainly, and said.

Source: "Fn::ForEach", "AWS::LanguageExtensions transform", "AWS::Serverless transform".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

LOOP = "Fn::ForEach::"
MOST_LOOPS = 10_000
_SAM = "AWS::Serverless-2016-10-31"


def expanded(template: Mapping[str, Any]) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """A template with its loops written out, and what must be said of that."""
    notes: list[str] = []
    transforms = template.get("Transform")
    listed = transforms if isinstance(transforms, list) else [transforms]
    if not any(listed) or not _has_loop(template):  # loops need a transform
        found: Mapping[str, Any] = template
    else:
        budget = [MOST_LOOPS]
        found = _walk(template, {}, template, notes, budget)
        if budget[0] <= 0:
            notes.append("Fn::ForEach makes too much to be written out: compared plainly.")
            found = template
    for name in listed:
        if name == _SAM:
            said = "Serverless resources (SAM) are compared as written, not as what they become."
            notes.append(said)
        elif isinstance(name, str) and name != "AWS::LanguageExtensions":
            notes.append(f"What the transform {name} makes is known only to AWS: compared plainly.")
    return found, tuple(dict.fromkeys(notes))


def _has_loop(value: Any) -> bool:
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            for key, child in one.items():
                if type(key) is str and key.startswith(LOOP):
                    return True
                stack.append(child)
        elif isinstance(one, list):
            stack += one
    return False


def _walk(
    value: Any,
    names: Mapping[str, str],
    template: Mapping[str, Any],
    notes: list[str],
    budget: list[int],
) -> Any:
    if isinstance(value, Mapping):
        if len(value) == 1 and "Ref" in value and value["Ref"] in names:
            return names[value["Ref"]]
        found: dict[Any, Any] = {}
        for key, child in value.items():
            if isinstance(key, str) and key.startswith(LOOP):
                made = _loop(key, child, names, template, notes, budget)
                found.update(made)
            else:
                found[_filled(key, names)] = _walk(child, names, template, notes, budget)
        return found
    if isinstance(value, (list, tuple)):
        return [_walk(child, names, template, notes, budget) for child in value]
    return _filled(value, names)


def _loop(
    key: str,
    body: Any,
    names: Mapping[str, str],
    template: Mapping[str, Any],
    notes: list[str],
    budget: list[int],
) -> dict[Any, Any]:
    plain = {key: body}
    if not isinstance(body, (list, tuple)) or len(body) != 3 or not isinstance(body[0], str):
        notes.append(f"{key} is not a loop that could be written out: compared plainly.")
        return plain
    variable, collection, output = body
    values = _values(_walk(collection, names, template, notes, budget), template)
    if values is None or not isinstance(output, Mapping):
        notes.append(f"{key} goes over values known only to AWS: compared plainly.")
        return plain
    found: dict[Any, Any] = {}
    for one in values:
        budget[0] -= 1
        if budget[0] <= 0:
            return found
        made = _walk(output, {**names, variable: one}, template, notes, budget)
        found.update(made)
    return found


def _values(collection: Any, template: Mapping[str, Any]) -> list[str] | None:
    if isinstance(collection, Mapping) and list(collection) == ["Ref"]:
        parameters = template.get("Parameters")
        one = parameters.get(collection["Ref"]) if isinstance(parameters, Mapping) else None
        default = one.get("Default") if isinstance(one, Mapping) else None
        return [part.strip() for part in default.split(",")] if isinstance(default, str) else None
    if not isinstance(collection, list):
        return None
    found: list[str] = []
    for one in collection:
        if isinstance(one, (Mapping, list)):
            inner = _values(one, template)
            if inner is None:
                return None
            found += inner
        else:
            found.append(str(one))
    return found


def _filled(value: Any, names: Mapping[str, str]) -> Any:
    """Text with the loop's variables put in; `&{x}` puts in letters and digits only."""
    if not isinstance(value, str) or not names or "{" not in value:
        return value
    for name, one in names.items():
        value = value.replace("${" + name + "}", one)
        value = value.replace("&{" + name + "}", "".join(_letters(one)))
    return value


def _letters(text: str) -> Iterator[str]:
    return (letter for letter in text if letter.isalnum())
