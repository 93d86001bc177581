"""Rewritings: ways to write a template differently without changing what it means."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from typing import Any

from baseline.schema import Shape, schema

Rewriting = Callable[[dict[str, Any], random.Random], dict[str, Any]]


def walk(value: Any, change: Callable[[Any], Any]) -> Any:
    """A copy in which every value, innermost first, was put through a function."""
    if isinstance(value, dict):
        value = {key: walk(child, change) for key, child in value.items()}
    elif isinstance(value, list):
        value = [walk(child, change) for child in value]
    return change(value)


def in_resources(template: dict[str, Any], change: Callable[[Any, Shape], Any]) -> dict[str, Any]:
    """A copy with the properties of each resource put through a function with their shape."""
    found = dict(template)
    found["Resources"] = {
        name: body | {"Properties": change(body["Properties"], schema(body["Type"]).shape)}
        if "Properties" in body
        else body
        for name, body in template["Resources"].items()
    }
    return found


def is_function(value: Any) -> bool:
    """Whether a value is an intrinsic function."""
    return (
        isinstance(value, dict)
        and len(value) == 1
        and (next(iter(value)) == "Ref" or str(next(iter(value))).startswith("Fn::"))
    )


def shaped(
    value: Any, shape: Shape, change: Callable[[Any, Shape, str], Any], name: str = ""
) -> Any:
    """A copy of properties, each value put through a function with its shape and name."""
    if is_function(value):
        return value
    if isinstance(value, dict):
        value = {key: shaped(child, shape.member(key), change, key) for key, child in value.items()}
    elif isinstance(value, list):
        value = [shaped(child, shape.items, change, name) for child in value]
    return change(value, shape, name)


def keys_in_another_order(template: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Mappings have no order."""

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            items = list(value.items())
            rng.shuffle(items)
            return dict(items)
        return value

    found: dict[str, Any] = walk(template, change)
    return found


def scalars_as_text(template: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """What the schema calls a boolean or a number may be written as text, and text as a number."""

    def change(value: Any, shape: Shape, _: str) -> Any:
        if shape.kind == "boolean" and isinstance(value, bool):
            return str(value).lower() if rng.random() < 0.7 else value
        if shape.kind in ("integer", "number") and isinstance(value, int):
            return str(value) if rng.random() < 0.7 else value
        if shape.kind == "string" and isinstance(value, str) and value.isdigit():
            return int(value) if value == str(int(value)) else value
        return value

    return in_resources(template, lambda value, shape: shaped(value, shape, change))


def unordered_shuffled(template: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Arrays that the schema calls unordered."""

    def change(value: Any, shape: Shape, _: str) -> Any:
        if isinstance(value, list) and shape.unordered:
            return rng.sample(value, len(value))
        return value

    return in_resources(template, lambda value, shape: shaped(value, shape, change))


def lists_of_one_unwrapped(template: dict[str, Any], _: random.Random) -> dict[str, Any]:
    """One thing where a list is wanted."""

    def change(value: Any, shape: Shape, name: str) -> Any:
        is_one = isinstance(value, list) and len(value) == 1 and shape.kind == "array"
        if is_one and name != "Tags" and not isinstance(value[0], list):
            return value[0]
        return value

    return in_resources(template, lambda value, shape: shaped(value, shape, change))


def _is_policy(value: Any) -> bool:
    if not isinstance(value, dict) or not set(value) <= {"Version", "Id", "Statement"}:
        return False
    held = value.get("Statement")
    listed = held if isinstance(held, list) else [held]
    return bool(listed) and all(isinstance(one, dict) and "Effect" in one for one in listed)


def policies_shuffled(template: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Statements, actions and resources in another order; one of a list alone; other case."""

    def change(value: Any) -> Any:
        if not _is_policy(value):
            return value
        statements = value["Statement"]
        statements = statements if isinstance(statements, list) else [statements]
        found = []
        for one in rng.sample(statements, len(statements)):
            body = dict(one)
            for key in ("Action", "NotAction", "Resource", "NotResource"):
                if isinstance(body.get(key), list):
                    listed = rng.sample(body[key], len(body[key]))
                    body[key] = listed[0] if len(listed) == 1 else listed
                elif key in body and not is_function(body[key]):
                    body[key] = [body[key]]
            if isinstance(body.get("Action"), str):
                body["Action"] = body["Action"].upper()
            if body.get("Principal") == "*":
                body["Principal"] = {"AWS": "*"}
            elif body.get("Principal") == {"AWS": "*"}:
                body["Principal"] = "*"
            found.append(body)
        return value | {"Statement": found[0] if len(found) == 1 else found}

    found: dict[str, Any] = walk(template, change)
    return found


def policies_as_text(template: dict[str, Any], _: random.Random) -> dict[str, Any]:
    """A policy without references may be JSON in text."""

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: json.dumps(child, indent=1)
                if _is_policy(child)
                and "Fn::" not in json.dumps(child)
                and '"Ref"' not in json.dumps(child)
                else child
                for key, child in value.items()
            }
        return value

    found: dict[str, Any] = walk(template, change)
    return found


def joins_as_subs(template: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Text with references may be joined, or substituted in."""

    def change(value: Any) -> Any:
        if not isinstance(value, dict) or len(value) != 1:
            return value
        key, argument = next(iter(value.items()))
        if key == "Fn::Join" and isinstance(argument, list) and argument[0] == "":
            return _as_sub(argument[1]) or value
        if key == "Fn::Sub" and isinstance(argument, str):
            return {"Fn::Sub": [argument, {}]} if rng.random() < 0.5 else value
        if key == "Fn::GetAtt" and isinstance(argument, list) and rng.random() < 0.5:
            return {key: ".".join(argument)}
        return value

    found: dict[str, Any] = walk(template, change)
    return found


def _as_sub(parts: Any) -> Any:
    text = ""
    for one in parts if isinstance(parts, list) else [None]:
        if isinstance(one, str):
            text += one.replace("${", "${!")
        elif isinstance(one, dict) and list(one) == ["Ref"]:
            text += "${" + one["Ref"] + "}"
        elif isinstance(one, dict) and list(one) == ["Fn::GetAtt"]:
            got = one["Fn::GetAtt"]
            text += "${" + (got if isinstance(got, str) else ".".join(got)) + "}"
        else:
            return None
    return {"Fn::Sub": text}


def text_in_pieces(template: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Plain text may be joined from pieces, or come out of a substitution or a mapping."""
    mappings: dict[str, Any] = {}

    def change(value: Any, shape: Shape, _: str) -> Any:
        if not isinstance(value, str) or shape.kind != "string" or rng.random() < 0.6:
            return value
        if value.lstrip()[:1] in ("{", "["):
            return value
        kind = rng.randrange(4)
        middle = rng.randint(0, len(value))
        if kind == 0:
            return {"Fn::Join": ["", [value[:middle], value[middle:]]]}
        if kind == 1:
            return {"Fn::Sub": value.replace("${", "${!")}
        if kind == 2:
            return {"Fn::Select": [rng.choice([0, "0"]), [value, "x"]]}
        key = f"K{len(mappings)}"
        mappings[key] = {"value": value}
        return {"Fn::FindInMap": ["Rewritten", key, "value"]}

    found = in_resources(template, lambda value, shape: shaped(value, shape, change))
    if mappings:
        found["Mappings"] = dict(template.get("Mappings", {})) | {"Rewritten": mappings}
    return found


def absent_things(template: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """AWS::NoValue is nothing, DeletionPolicy: Delete is what happens anyway, and so on."""
    found = dict(template)
    found["AWSTemplateFormatVersion"] = "2010-09-09"
    resources = {}
    for name, declared in template["Resources"].items():
        body = dict(declared)
        properties = dict(body.get("Properties", {}))
        properties[f"Nothing{rng.randint(0, 9)}"] = {"Ref": "AWS::NoValue"}
        body["Properties"] = properties
        body.setdefault("UpdateReplacePolicy", "Delete")
        if isinstance(body.get("DependsOn"), str):
            body["DependsOn"] = [body["DependsOn"]]
        resources[name] = body
    found["Resources"] = resources
    return found


def decided_conditions(template: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """A condition that is always so decides nothing."""
    found = dict(template)
    found["Conditions"] = dict(template.get("Conditions", {}))
    del found["Conditions"]

    def change(value: Any, _: Shape, name: str) -> Any:
        if isinstance(value, (str, bool, int)) and name and rng.random() < 0.1:
            return {"Fn::If": ["Undecided", value, value]}
        return value

    found = in_resources(found, lambda value, shape: shaped(value, shape, change))
    if "Conditions" in template:
        found["Conditions"] = template["Conditions"]
    return found


REWRITINGS: Mapping[str, Rewriting] = {
    one.__name__: one
    for one in (
        keys_in_another_order,
        scalars_as_text,
        unordered_shuffled,
        lists_of_one_unwrapped,
        policies_shuffled,
        policies_as_text,
        joins_as_subs,
        text_in_pieces,
        absent_things,
        decided_conditions,
    )
}
