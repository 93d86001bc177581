"""Normal: what a template means, in one form; equal meaning gives equal data.

The form is itself a template, so making it twice changes nothing. The rules:

- Intrinsic functions stand in their long form. `Fn::Sub` and `Fn::Join` without a delimiter become
  one list of text and tokens, `{Fn::Join: ["", [...]]}`, or plain text where no token is left.
  `Fn::FindInMap`, `Fn::Select`, `Fn::Split`, `Fn::Length`, `Fn::If` and conditions are worked out
  where everything that they need stands in the template. `AWS::NoValue` is nothing.
- Scalars are what the registry's schema says: `"true"` is true where a boolean is wanted, 1 is
  "1" where text is. Where it says nothing (unknown types, properties it does not have) scalars are
  compared by their text, for CloudFormation converts them. Inside a document that CloudFormation
  passes on as it is (an open object), types are kept.
- One thing is a list of one where a list is wanted. Arrays that the schema calls unordered
  (`insertionOrder: false`) are sorted. Tags are a map. Case is folded where the schema's
  `propertyTransform` says that the service does.
- Policies: statements, actions, resources and values are sorted sets; actions, and names of
  condition keys, in small letters; `*` is `{AWS: *}`; an account's root is the account; JSON in
  text is what it says, with references inside it kept.
- What is the default anyway is left out: empty `Properties`, `DeletionPolicy: Delete` where that
  is the default, `AWSTemplateFormatVersion`, and what designers draw.

Sources: "Intrinsic function reference", "Policy evaluation logic", "IAM JSON policy elements:
Principal", "DeletionPolicy attribute".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from baseline.change import NEVER
from baseline.schema import JSON, TEXT, Shape, schema
from baseline.tokens import VARIABLE, canonical, has_tokens, is_intrinsic

NO_VALUE = {"Ref": "AWS::NoValue"}
_TAG_NAMES = frozenset(
    {"Tags", "tags", "TagList", "FileSystemTags", "UserPoolTags"}
    | {"HostedZoneTags", "HealthCheckTags", "BackupPlanTags", "BackupVaultTags", "AccessPointTags"}
)
_TAG_KEYS = (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue"))
# Properties of text type that hold JSON, whatever their type is called.
_JSON_TEXT = (
    *("Policy", "PolicyText", "Policies", "Document", "DefinitionString", "DefinitionBody"),
    *("Definition", "DashboardBody", "EventPattern", "Body", "Content", "Pattern", "Template"),
    "Schema",
)
_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
_ROOT_ARN = r"arn:aws[a-z-]*:iam::(\d{12}):root"
_HOLE = "\ue000(\\d+)\ue001"
_CONDITIONS = frozenset({"Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals", "Condition"})
_DRAWN = "AWS::CloudFormation::Designer"


class Context:
    """What values of one template lean on: its mappings, parameters and conditions."""

    def __init__(self, template: Mapping[str, Any]) -> None:
        """Look at the sections; conditions are worked out when asked for."""
        self.mappings = _section(template, "Mappings")
        self.parameters = _section(template, "Parameters")
        self.resources = _section(template, "Resources")
        self._conditions = _section(template, "Conditions")
        self._known: dict[str, Any] = {}
        self.used_mappings: set[str] = set()

    def same_as(self, other: Context) -> bool:
        """Say whether equal text means the same in both."""
        return (
            self.mappings == other.mappings
            and self._conditions == other._conditions
            and _types(self.parameters) == _types(other.parameters)
        )

    def is_list(self, name: Any) -> bool:
        """Say whether a parameter is a list."""
        one = self.parameters.get(name) if isinstance(name, str) else None
        kind = str(one.get("Type", "")) if isinstance(one, Mapping) else ""
        return kind == "CommaDelimitedList" or "List<" in kind

    def condition(self, name: Any) -> Any:
        """A condition in normal form; True or False where that is certain."""
        if not isinstance(name, str) or name not in self._conditions:
            return {"Condition": name}
        if name not in self._known:
            self._known[name] = {"Condition": name}  # met again while it is worked out: a circle
            self._known[name] = self.judged(self._conditions[name])
        return self._known[name]

    def judged(self, value: Any) -> Any:  # noqa: C901 - one case for each function
        """Work out a condition function."""
        if not isinstance(value, dict) or len(value) != 1:
            return value
        key, arguments = next(iter(value.items()))
        if key == "Condition":
            known = self.condition(arguments)
            return known if isinstance(known, bool) else {"Condition": arguments}
        if key not in _CONDITIONS or not isinstance(arguments, list):
            return {key: self.value(arguments, TEXT)}
        if key == "Fn::Equals" and len(arguments) == 2:
            left, right = (self.value(one, TEXT) for one in arguments)
            if canonical(left) == canonical(right):
                return True
            if not has_tokens(left) and not has_tokens(right):
                return False
            return {key: sorted((left, right), key=canonical)}
        found = [self.judged(one) for one in arguments]
        if key == "Fn::Not" and len(found) == 1:
            only = found[0]
            if isinstance(only, bool):
                return not only
            if isinstance(only, dict) and list(only) == ["Fn::Not"]:
                return only["Fn::Not"][0]
            return {key: found}
        if key == "Fn::Not":
            return {key: found}
        ends, passes = (False, True) if key == "Fn::And" else (True, False)
        if ends in [one for one in found if isinstance(one, bool)]:
            return ends
        left_over = _sorted_set(one for one in found if one is not passes)
        if not left_over:
            return passes
        return left_over[0] if len(left_over) == 1 else {key: left_over}

    # ---- values ----------------------------------------------------------------------------

    def value(self, value: Any, shape: Shape, name: str = "") -> Any:
        """A value in normal form."""
        if type(value) is dict or isinstance(value, Mapping):
            return self._mapping(value, shape, name)
        if isinstance(value, (list, tuple)):
            return self._list(value, shape, name)
        if shape.kind == "array" and value is not None:
            return self._list([value], shape, name)
        return self._scalar(value, shape, name)

    def _mapping(self, value: Mapping[str, Any], shape: Shape, name: str) -> Any:
        if len(value) == 1:
            key = next(iter(value))
            if key == "Ref" or (isinstance(key, str) and key.startswith("Fn::")):
                return self._wrapped(self._intrinsic(key, value[key], shape, name), shape)
        if name in _TAG_NAMES and not any(set(pair) <= value.keys() for pair in _TAG_KEYS):
            return self._tag_map(value, shape)
        if shape.kind == "array":
            return self._list([value], shape, name)
        if "Statement" in value and _is_policy(value):
            return self._policy(value)
        found = {}
        for key, child in value.items():
            if child == NO_VALUE:
                continue
            text = key if isinstance(key, str) else word(key)
            found[text] = self.value(child, shape.member(text), text)
        return {key: child for key, child in found.items() if child != NO_VALUE}

    def _tag_map(self, value: Mapping[str, Any], shape: Shape) -> Any:
        """Tags as a map; what else a tag says, such as PropagateAtLaunch, has its own shape."""
        inner = shape.items if shape.kind == "array" else TEXT
        return {
            word(key): self.value(child, TEXT if is_intrinsic(child) else inner)
            if isinstance(child, dict)
            else word(child)
            for key, child in value.items()
            if child != NO_VALUE
        }

    def _wrapped(self, value: Any, shape: Shape) -> Any:
        """One reference where a list is wanted is a list of one, unless it may be a list."""
        if shape.kind != "array" or isinstance(value, list):
            return value
        if not is_intrinsic(value):
            return self._list([value], shape, "")
        key, argument = next(iter(value.items()))
        single = key in ("Fn::Join", "Fn::Sub", "Fn::Base64", "Fn::ImportValue", "Fn::Select")
        if key == "Ref" and isinstance(argument, str) and argument != "AWS::NoValue":
            single = not self.is_list(argument) and argument != "AWS::NotificationARNs"
        if key == "Fn::GetAtt" and isinstance(argument, list):
            single = self._is_single(argument)
        return [value] if single else value

    def _is_single(self, argument: list[Any]) -> bool:
        """Whether an attribute is one value: its schema says so, or it is a stack's output."""
        body = self.resources.get(argument[0]) if argument and _is_word(argument[0]) else None
        kind = body.get("Type") if isinstance(body, Mapping) else None
        if not isinstance(kind, str) or len(argument) != 2:
            return False
        if kind == "AWS::CloudFormation::Stack":
            return True
        shape = schema(kind).shape
        for step in str(argument[1]).split("."):
            shape = shape.member(step)
        return shape.kind in ("string", "integer", "number", "boolean")

    def _list(self, value: Iterable[Any], shape: Shape, name: str) -> Any:
        inner = shape.items if shape.kind in ("array", "json") else TEXT
        if shape.kind == "json":
            inner = JSON
        found = [self.value(one, inner, name) for one in value if one != NO_VALUE]
        found = [one for one in found if one != NO_VALUE]
        if name in _TAG_NAMES:
            return _tags(found)
        if shape.kind in ("string", "integer", "number", "boolean") and len(found) == 1:
            return self._scalar(found[0], shape, name)
        if shape.unordered:
            found.sort(key=canonical)
        return found

    def _scalar(self, value: Any, shape: Shape, name: str) -> Any:
        kind = shape.kind
        if type(value) is str:
            return self._from_text(value, shape, name)
        if kind in ("string", "text"):
            return word(value) if name != "IpProtocol" else self._scalar(word(value), shape, name)
        if isinstance(value, float) and kind in ("integer", "number") and value.is_integer():
            return int(value)
        if kind == "boolean" and not isinstance(value, bool):
            return word(value)
        return value

    def _from_text(self, value: str, shape: Shape, name: str) -> Any:
        kind = shape.kind
        if kind in ("integer", "number"):
            return _number(value)
        if kind == "boolean":
            lowered = value.lower()
            return lowered == "true" if lowered in ("true", "false") else value
        may_hold_json = kind in ("json", "object") or name.endswith(_JSON_TEXT)
        if may_hold_json and value.lstrip()[:1] in ("{", "["):
            return self._parsed(value, [])
        if kind != "string":
            return value
        if name == "IpProtocol":
            return _PROTOCOLS.get(value.lower(), value.lower())
        if shape.fold and "{{resolve:" not in value:
            return value.lower() if shape.fold == "lowercase" else value.upper()
        return value

    def _parsed(self, text: str, tokens: list[Any]) -> Any:
        """A document that stands in text, with the tokens put back; the text where it is none."""
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return self._filled(text, tokens)
        if not isinstance(found, (dict, list)):
            return self._filled(text, tokens)
        return self.value(self._filled(found, tokens), JSON)

    def _filled(self, value: Any, tokens: list[Any]) -> Any:
        if isinstance(value, dict):
            return {
                re.sub(_HOLE, lambda hole: canonical(tokens[int(hole[1])]), key): self._filled(
                    child, tokens
                )
                for key, child in value.items()
            }
        if isinstance(value, list):
            return [self._filled(child, tokens) for child in value]
        if not isinstance(value, str) or not tokens:
            return value
        pieces: list[Any] = []
        for index, piece in enumerate(re.split(_HOLE, value)):
            pieces.append(tokens[int(piece)] if index % 2 else piece)
        return _concatenated(pieces)

    # ---- intrinsic functions ---------------------------------------------------------------

    def _intrinsic(self, key: str, argument: Any, shape: Shape, name: str) -> Any:
        if key == "Ref":
            return {"Ref": argument}
        handler = _HANDLERS.get(key)
        if handler is not None:
            return handler(self, argument, shape, name)
        return {key: self.value(argument, TEXT)}

    def _get_att(self, argument: Any, *_: Any) -> Any:
        if isinstance(argument, str):
            argument = argument.split(".", 1)
        if isinstance(argument, (list, tuple)) and all(isinstance(one, str) for one in argument):
            return {"Fn::GetAtt": [argument[0], ".".join(argument[1:])] if argument else []}
        return {"Fn::GetAtt": self.value(argument, TEXT)}

    def _sub(self, argument: Any, shape: Shape, name: str) -> Any:
        variables: Mapping[str, Any] = {}
        text = argument
        if isinstance(argument, (list, tuple)) and argument:
            text = argument[0]
            if len(argument) > 1 and isinstance(argument[1], Mapping):
                variables = argument[1]
        if not isinstance(text, str):
            return {"Fn::Sub": self.value(argument, TEXT)}
        pieces: list[Any] = []
        for index, piece in enumerate(VARIABLE.split(text)):
            if index % 2 == 0:
                pieces.append(piece)
            elif piece.startswith("!"):
                pieces.append("${" + piece[1:] + "}")
            elif piece in variables:
                pieces.append(self.value(variables[piece], TEXT))
            elif "." in piece and not piece.startswith("AWS::"):
                pieces.append({"Fn::GetAtt": piece.strip().split(".", 1)})
            else:
                pieces.append({"Ref": piece.strip()})
        return self._text_of(pieces, shape, name)

    def _join(self, argument: Any, shape: Shape, name: str) -> Any:
        if not isinstance(argument, (list, tuple)) or len(argument) != 2:
            return {"Fn::Join": self.value(argument, TEXT)}
        delimiter, parts = argument
        parts = self.value(parts, TEXT)
        if not isinstance(delimiter, str) or not isinstance(parts, list):
            if _is(parts, "Fn::Split") and parts["Fn::Split"][0] == delimiter:
                return parts["Fn::Split"][1]
            return {"Fn::Join": [delimiter, parts]}
        if any(
            (_is(one, "Ref") and self.is_list(one["Ref"])) or _is(one, "Fn::Split") for one in parts
        ):
            return {"Fn::Join": [delimiter, parts]}
        pieces: list[Any] = []
        for one in parts:
            pieces += [delimiter, one] if pieces else [one]
        return self._text_of(pieces, shape, name)

    def _text_of(self, pieces: list[Any], shape: Shape, name: str) -> Any:
        joined = _concatenated(pieces)
        if isinstance(joined, str):
            return self._scalar(joined, shape, name)
        if _is(joined, "Fn::Join"):
            first = joined["Fn::Join"][1][0]
            wants = shape.kind in ("json", "object") or name.endswith(_JSON_TEXT)
            if wants and isinstance(first, str) and first.lstrip()[:1] in ("{", "["):
                return self._with_holes(joined["Fn::Join"][1])
        return joined

    def _with_holes(self, pieces: list[Any]) -> Any:
        """A document in text with references inside."""
        tokens: list[Any] = []
        text = ""
        for piece in pieces:
            if isinstance(piece, str):
                text += piece
            else:
                text += f"\ue000{len(tokens)}\ue001"
                tokens.append(piece)
        return self._parsed(text, tokens)

    def _if(self, argument: Any, shape: Shape, name: str) -> Any:
        if not isinstance(argument, (list, tuple)) or len(argument) != 3:
            return {"Fn::If": self.value(argument, TEXT)}
        condition, yes, no = argument
        known = self.condition(condition)
        if isinstance(known, bool):
            return self.value(yes if known else no, shape, name)
        branches = [one if one == NO_VALUE else self.value(one, shape, name) for one in (yes, no)]
        if canonical(branches[0]) == canonical(branches[1]):
            return branches[0]
        return {"Fn::If": [condition, *branches]}

    def _find_in_map(self, argument: Any, shape: Shape, name: str) -> Any:
        found = self.value(argument, TEXT)
        if isinstance(found, list) and len(found) >= 3:
            mapping, top, second = found[:3]
            if all(isinstance(one, str) for one in (mapping, top, second)):
                try:
                    return self.value(self._looked_up(mapping, top, second), shape, name)
                except (KeyError, TypeError, StopIteration):
                    pass
            if isinstance(mapping, str):
                self.used_mappings.add(mapping)
            else:
                self.used_mappings.update(self.mappings)
        return {"Fn::FindInMap": found}

    def _looked_up(self, mapping: str, top: str, second: str) -> Any:
        """Keys of mappings are text, whatever YAML made of them."""
        found = self.mappings[mapping]
        for step in (top, second):
            found = found[next(key for key in found if word(key) == step)]
        return found

    def _select(self, argument: Any, shape: Shape, name: str) -> Any:
        if not isinstance(argument, (list, tuple)) or len(argument) != 2:
            return {"Fn::Select": self.value(argument, TEXT)}
        index, things = self.value(argument[0], TEXT), self.value(argument[1], TEXT)
        if isinstance(index, str) and index.isdecimal() and isinstance(things, list):
            number = int(index)
            certain = not any(_is(one, "Fn::If") or _is_list_like(one) for one in things)
            if number < len(things) and certain:
                return self.value(things[number], shape, name)
        return {"Fn::Select": [index, things]}

    def _split(self, argument: Any, *_: Any) -> Any:
        if isinstance(argument, (list, tuple)) and len(argument) == 2:
            delimiter, text = argument[0], self.value(argument[1], TEXT)
            is_known = isinstance(text, str) and "{{resolve:" not in text
            if is_known and isinstance(delimiter, str) and delimiter:
                return text.split(delimiter)
            return {"Fn::Split": [delimiter, text]}
        return {"Fn::Split": self.value(argument, TEXT)}

    def _get_azs(self, argument: Any, *_: Any) -> Any:
        return {
            "Fn::GetAZs": {"Ref": "AWS::Region"} if argument == "" else self.value(argument, TEXT)
        }

    def _to_json(self, argument: Any, shape: Shape, name: str) -> Any:
        found = self.value(argument, JSON)
        if shape.kind in ("json", "object") or name.endswith(_JSON_TEXT):
            return found
        if not has_tokens(found):
            return json.dumps(found, separators=(",", ":"))
        return {"Fn::ToJsonString": found}

    def _length(self, argument: Any, *_: Any) -> Any:
        found = self.value(argument, TEXT)
        if isinstance(found, list) and not any(is_intrinsic(one) for one in found):
            return len(found)
        return {"Fn::Length": found}

    def _base64(self, argument: Any, *_: Any) -> Any:
        return {"Fn::Base64": self.value(argument, TEXT)}

    # ---- policies --------------------------------------------------------------------------

    def _policy(self, value: Mapping[str, Any]) -> Any:
        found: dict[str, Any] = {"Version": "2008-10-17"}
        for key, child in value.items():
            if child != NO_VALUE:
                found[key] = self.value(child, TEXT)
        statements = found["Statement"]
        if is_intrinsic(statements):
            return found
        listed = statements if isinstance(statements, list) else [statements]
        found["Statement"] = _sorted_set(_statement(one) for one in listed if one != NO_VALUE)
        return found


_HANDLERS = {
    "Fn::GetAtt": Context._get_att,  # noqa: SLF001 - its own
    "Fn::Sub": Context._sub,  # noqa: SLF001
    "Fn::Join": Context._join,  # noqa: SLF001
    "Fn::If": Context._if,  # noqa: SLF001
    "Fn::FindInMap": Context._find_in_map,  # noqa: SLF001
    "Fn::Select": Context._select,  # noqa: SLF001
    "Fn::Split": Context._split,  # noqa: SLF001
    "Fn::GetAZs": Context._get_azs,  # noqa: SLF001
    "Fn::ToJsonString": Context._to_json,  # noqa: SLF001
    "Fn::Length": Context._length,  # noqa: SLF001
    "Fn::Base64": Context._base64,  # noqa: SLF001
}


def _is(value: Any, key: str) -> bool:
    return type(value) is dict and len(value) == 1 and key in value


def _is_word(value: Any) -> bool:
    return isinstance(value, str)


def _is_list_like(value: Any) -> bool:
    return isinstance(value, list) or _is(value, "Fn::Split") or _is(value, "Fn::GetAZs")


def _section(template: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = template.get(name)
    return found if isinstance(found, Mapping) else {}


def _types(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: one.get("Type") if isinstance(one, Mapping) else None
        for name, one in parameters.items()
    }


def word(value: Any) -> Any:
    """A scalar as CloudFormation writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str):
        return value
    return str(value)


def _number(value: str) -> Any:
    try:
        return int(value)
    except ValueError:
        pass
    try:
        number = float(value)
    except ValueError:
        return value
    if number != number or number in (float("inf"), float("-inf")):  # noqa: PLR0124 - not a number
        return value
    return int(number) if number.is_integer() else number


def _concatenated(pieces: Iterable[Any]) -> Any:
    """Text and tokens in a row; plain text, or the only token, where there is no more."""
    found: list[Any] = []
    stack = list(pieces)[::-1]
    while stack:
        piece = stack.pop()
        if _is(piece, "Fn::Join"):
            argument = piece["Fn::Join"]
            if len(argument) == 2 and argument[0] == "" and isinstance(argument[1], list):
                stack += argument[1][::-1]
                continue
        if piece == NO_VALUE:
            continue
        if not isinstance(piece, (dict, list)):
            piece = word(piece)
            if not piece:
                continue
            if found and isinstance(found[-1], str):
                found[-1] += piece
                continue
        found.append(piece)
    if not found:
        return ""
    if len(found) == 1 and (isinstance(found[0], str) or is_intrinsic(found[0])):
        return found[0]
    return {"Fn::Join": ["", found]}


def _sorted_set(values: Iterable[Any]) -> list[Any]:
    by_text = {canonical(value): value for value in values}
    return [by_text[key] for key in sorted(by_text)]


def _tags(found: list[Any]) -> Any:
    """Tags as a map; as a sorted list where keys repeat or are not known yet."""
    for key_name, value_name in _TAG_KEYS:
        if not all(isinstance(one, dict) and key_name in one for one in found):
            continue
        tags: dict[str, Any] = {}
        for one in found:
            key = one[key_name]
            if not isinstance(key, str) or key in tags or is_intrinsic(one):
                return sorted(found, key=canonical)
            rest = {name: value for name, value in one.items() if name != key_name}
            tags[key] = rest.get(value_name, "") if set(rest) <= {value_name} else rest
        return tags
    return sorted(found, key=canonical)


def _is_policy(value: Mapping[str, Any]) -> bool:
    """Say whether a mapping is a policy document: statements with an effect."""
    if not set(value) <= {"Version", "Id", "Statement"}:
        return False
    statements = value["Statement"]
    listed = statements if isinstance(statements, (list, tuple)) else [statements]
    return all(isinstance(one, Mapping) for one in listed)


def _statement(one: Any) -> Any:
    """A statement whose values have been read already."""
    if not isinstance(one, dict) or is_intrinsic(one):
        return one
    found = dict(one)
    for key in ("Action", "NotAction", "Resource", "NotResource"):
        if key in found and not is_intrinsic_list(found[key]):
            values = found[key] if isinstance(found[key], list) else [found[key]]
            if key.endswith("Action"):
                values = [one.lower() if isinstance(one, str) else one for one in values]
            found[key] = _sorted_set(values)
    for key in ("Principal", "NotPrincipal"):
        if key in found:
            found[key] = _principal(found[key])
    condition = found.get("Condition")
    if condition == {}:
        del found["Condition"]
    elif isinstance(condition, dict) and not is_intrinsic(condition):
        found["Condition"] = {
            operator: {_condition_key(key): _set_of(value) for key, value in keys.items()}
            if isinstance(keys, dict) and not is_intrinsic(keys)
            else keys
            for operator, keys in condition.items()
        }
    return found


def is_intrinsic_list(value: Any) -> bool:
    """Say whether a function decides which values there are at all."""
    return is_intrinsic(value) and not (
        "Ref" in value or "Fn::GetAtt" in value or "Fn::Join" in value or "Fn::Sub" in value
    )


def _set_of(value: Any) -> Any:
    if is_intrinsic_list(value):
        return value
    return _sorted_set(value if isinstance(value, list) else [value])


def _condition_key(key: str) -> str:
    """Names of keys are the same in any case; what follows a slash may be a tag's, and is not."""
    name, slash, rest = key.partition("/")
    return name.lower() + slash + rest


def _principal(value: Any) -> Any:
    if value == "*":
        return {"AWS": ["*"]}
    if not isinstance(value, dict) or is_intrinsic(value):
        return value
    found = {}
    for kind, who in value.items():
        if is_intrinsic_list(who):
            found[kind] = who
            continue
        values = who if isinstance(who, list) else [who]
        if kind == "AWS":
            values = [_account(one) for one in values]
        found[kind] = _sorted_set(values)
    return found


def _account(value: Any) -> Any:
    """An account by its number, where its root's ARN names it; "… elements: Principal"."""
    if isinstance(value, str):
        root = re.fullmatch(_ROOT_ARN, value)
        return root[1] if root else value
    if _is(value, "Fn::Join"):
        pieces = value["Fn::Join"][1]
        text = "".join(
            one if isinstance(one, str) else "aws" if one == {"Ref": "AWS::Partition"} else "\0"
            for one in pieces
        )
        root = re.fullmatch(_ROOT_ARN, text)
        if root:
            return root[1]
        if re.fullmatch("arn:aws[a-z-]*:iam::\0:root", text):
            return next(
                one
                for one in pieces
                if not isinstance(one, str) and one != {"Ref": "AWS::Partition"}
            )
    return value


# ---- whole entries -------------------------------------------------------------------------


def resource(body: Any, context: Context) -> dict[str, Any]:
    """A resource in normal form."""
    if not isinstance(body, Mapping):
        return {"Type": "", "Properties": body}
    kind = str(body.get("Type", ""))
    found: dict[str, Any] = {"Type": kind}
    for key, value in body.items():
        if key == "Type" or value == NO_VALUE:
            continue
        made = _part(str(key), value, kind, context)
        if made is not None and made not in ({}, []):
            found[str(key)] = made
    _drop_defaults(found, kind)
    return found


def _part(key: str, value: Any, kind: str, context: Context) -> Any:
    """An attribute of a resource; nothing where it says nothing."""
    if key == "Properties":
        found = context.value(value, schema(kind).shape)
        if isinstance(found, dict):
            return {name: one for name, one in found.items() if one or name not in _TAG_NAMES}
        return found
    if key == "DependsOn":
        return _sorted_set(value if isinstance(value, list) else [value])
    if key == "Metadata":
        return _metadata(value, context)
    if key == "Condition":
        holds = context.condition(value)
        if holds is True:
            return None
        return NEVER if holds is False else value
    return context.value(value, TEXT)


def default_policy(kind: str, properties: Any) -> str:
    """What becomes of a resource that says no DeletionPolicy; "DeletionPolicy attribute"."""
    if kind == "AWS::RDS::DBCluster":
        return "Snapshot"
    if kind == "AWS::RDS::DBInstance":
        inside = isinstance(properties, Mapping) and "DBClusterIdentifier" in properties
        return "Delete" if inside else "Snapshot"
    return "Delete"


def _drop_defaults(found: dict[str, Any], kind: str) -> None:
    if found.get("DeletionPolicy") == default_policy(kind, found.get("Properties")):
        del found["DeletionPolicy"]
    if found.get("UpdateReplacePolicy") == "Delete":
        del found["UpdateReplacePolicy"]


def _metadata(value: Any, context: Context) -> Any:
    found = context.value(value, JSON)
    if isinstance(found, dict):
        found.pop(_DRAWN, None)
    return found


def entry(section: str, body: Any, context: Context) -> Any:  # noqa: C901 - one for each section
    """An entry of another section in normal form."""
    if section == "Resources":
        return resource(body, context)
    if section == "Conditions":
        return context.judged(body)
    if section == "Parameters" and isinstance(body, Mapping):
        found = context.value(dict(body), TEXT)
        if isinstance(found, dict):
            if isinstance(found.get("AllowedValues"), list):
                found["AllowedValues"] = _sorted_set(found["AllowedValues"])
            if found.get("NoEcho") == "false":
                del found["NoEcho"]
        return found
    if section == "Outputs" and isinstance(body, Mapping):
        found = context.value(dict(body), TEXT)
        if isinstance(found, dict) and "Condition" in found:
            holds = context.condition(found["Condition"])
            if holds is True:
                del found["Condition"]
        return found
    if section == "Mappings":
        return context.value(body, TEXT)
    return _metadata(body, context)


SECTIONS = ("Resources", "Parameters", "Conditions", "Outputs", "Rules", "Mappings")
_IGNORED = frozenset({"AWSTemplateFormatVersion", *SECTIONS})


def lone(template: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """What a template says beside its sections: description, metadata, transforms."""
    found = {}
    for key, value in template.items():
        if key in _IGNORED:
            continue
        if key == "Transform":
            if value:
                found[key] = value if isinstance(value, list) else [value]
            continue
        one = _metadata(value, context)
        if one:
            found[str(key)] = one
    return found


def normal(template: Mapping[str, Any]) -> dict[str, Any]:
    """A whole template in normal form."""
    context = Context(template)
    found: dict[str, Any] = {}
    for section in SECTIONS:
        entries = {
            str(name): entry(section, body, context)
            for name, body in _section(template, section).items()
        }
        if section == "Mappings":
            entries = {name: one for name, one in entries.items() if name in context.used_mappings}
        if entries or section == "Resources":
            found[section] = entries
    return found | lone(template, context)
