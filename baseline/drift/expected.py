"""Expected: what a resource should look like, with what its template leaves open filled in.

What a reference is now comes from the stack itself: physical ids, outputs of stacks that export,
and for an attribute (`Fn::GetAtt`) what Cloud Control says of the resource that has it. What cannot
be filled in stays an intrinsic function; such a value is not compared, and that is said. `origins`
lead back from what was filled in to the reference that it was, so that a difference can be shown,
and put to the controls, in the words of the template.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from baseline.diff.normal import Context
from baseline.schema import TEXT
from baseline.stack import Place
from baseline.tokens import is_intrinsic

# Regions that are not of the partition `aws`, by the beginning of their names; "ARN format".
_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
_SUFFIXES = {"aws-cn": "amazonaws.com.cn"}

Attribute = Callable[[str, str], Any]  # of a logical id and an attribute; None where unknown


@dataclass(frozen=True)
class Surroundings:
    """What references of one stack lead to."""

    place: Place
    stack: str
    stack_id: str
    physical: Mapping[str, str]
    exports: Mapping[str, str]
    attribute: Attribute

    def pseudo(self, name: str) -> str | None:
        """A pseudo parameter."""
        region = self.place.region
        partition = next(
            (found for start, found in _PARTITIONS.items() if region.startswith(start)), "aws"
        )
        return {
            "AWS::AccountId": self.place.account,
            "AWS::Region": region,
            "AWS::Partition": partition,
            "AWS::StackId": self.stack_id,
            "AWS::StackName": self.stack,
            "AWS::URLSuffix": _SUFFIXES.get(partition, "amazonaws.com"),
        }.get(name)


@dataclass
class Filled:
    """Properties with references filled in, and the way back."""

    properties: Any
    origins: dict[str, Any] = field(default_factory=dict)


def filled(properties: Any, template: Mapping[str, Any], around: Surroundings) -> Filled:
    """Fill in what a resource's properties refer to."""
    found = Filled(None)
    found.properties = _filled(properties, Context(template), around, found.origins)
    return found


def _filled(value: Any, context: Context, around: Surroundings, origins: dict[str, Any]) -> Any:
    if isinstance(value, Mapping):
        if is_intrinsic(value):
            meant = context.value(value, TEXT)
            known = _known(meant, around)
            if known is None:
                return meant
            if is_intrinsic(meant) and isinstance(known, str):
                origins.setdefault(known, meant)
            return known
        return {name: _filled(child, context, around, origins) for name, child in value.items()}
    if isinstance(value, (list, tuple)):
        return [_filled(child, context, around, origins) for child in value]
    return value


def _known(value: Any, around: Surroundings) -> Any:
    """What an intrinsic function in normal form gives; None where that cannot be known."""
    if not is_intrinsic(value):
        return None if isinstance(value, str) and "{{resolve:" in value else value
    key, argument = next(iter(value.items()))
    if key == "Ref":
        return around.pseudo(argument) or around.physical.get(argument)
    if key == "Fn::GetAtt":
        return around.attribute(argument[0], ".".join(map(str, argument[1:])))
    if key == "Fn::ImportValue":
        return around.exports.get(argument) if isinstance(argument, str) else None
    if key == "Fn::Join":
        pieces = [_known(one, around) for one in argument[1]]
        if isinstance(argument[1], list) and all(isinstance(one, str) for one in pieces):
            return str(argument[0]).join(pieces)
        return None
    if key == "Fn::Select" and isinstance(argument, list) and len(argument) == 2:
        among = _known(argument[1], around)
        try:
            return among[int(argument[0])] if isinstance(among, list) else None
        except (ValueError, IndexError):
            return None
    if key == "Fn::Base64":
        inner = _known(argument, around)
        return None if inner is None else _base64(inner)
    return None


def _base64(text: Any) -> str:
    import base64

    return base64.b64encode(str(text).encode()).decode()


def as_template(value: Any, origins: Mapping[str, Any]) -> Any:
    """A value from the account, with what references gave turned back into them."""
    if isinstance(value, dict):
        if is_intrinsic(value):
            return value
        return {key: as_template(child, origins) for key, child in value.items()}
    if isinstance(value, list):
        return [as_template(child, origins) for child in value]
    return origins.get(value, value) if isinstance(value, str) else value


def patched(properties: Any, path: str, text: str | None, expected: str) -> Any:
    """Properties with one of CloudFormation's differences made; `text` is None for what is gone.

    Paths are JSON pointers into the properties; values come as text.
    """
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
    if not steps:
        return properties
    found = json.loads(json.dumps(properties))
    at: Any = found
    for step in steps[:-1]:
        inner = at.get(step) if isinstance(at, dict) else _element(at, step)
        if not isinstance(inner, (dict, list)):
            return found
        at = inner
    last = steps[-1]
    if isinstance(at, dict):
        if text is None:
            at.pop(last, None)
        else:
            at[last] = _parsed(text, at.get(last, expected))
    elif isinstance(at, list) and last.isdigit():
        index = int(last)
        if text is None:
            # Marked first, so that the places of the others stay what CloudFormation counted.
            at[index : index + 1] = [None] if index < len(at) else []
        elif index < len(at) and at[index] is not None and expected:
            at[index] = _parsed(text, at[index])
        else:
            at.append(_parsed(text, expected))
    return found


def settled(value: Any) -> Any:
    """Leave out the elements that `patched` has marked as gone."""
    if isinstance(value, dict):
        return {key: settled(child) for key, child in value.items()}
    if isinstance(value, list):
        return [settled(child) for child in value if child is not None]
    return value


def _element(at: Any, step: str) -> Any:
    if isinstance(at, list) and step.isdigit() and int(step) < len(at):
        return at[int(step)]
    return None


def _parsed(text: str, like: Any) -> Any:
    if isinstance(like, str) and not text.startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
