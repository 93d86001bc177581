"""Schema: what CloudFormation's registry says of a resource type, read as data.

cfn-lint ships the registry's schemas. They are read here without importing cfn-lint, which takes
a second, one file for each type that is asked for, and kept for the life of the process. Only
the shipped ones count, never those that cfn-lint may have fetched on this machine: the same
templates must give the same answer everywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Names = tuple[str, ...]

CUSTOM = "AWS::CloudFormation::CustomResource"
_SIMPLE_CASE = re.compile(r"\$(lowercase|uppercase)\(([A-Za-z.]+)\)")
_SCALARS = ("string", "integer", "number", "boolean")


class Shape:
    """What a value must look like: its kind, and the shapes of what is inside.

    Kinds: `string`, `integer`, `number`, `boolean`, `array`, `object`; `json` for a document whose
    inside CloudFormation passes on with its types; `text` where nothing is known, so that scalars
    are compared by their text, as CloudFormation converts them to what a type wants.
    """

    __slots__ = ("_extra", "_items", "_node", "_properties", "_root", "fold", "kind", "unordered")

    def __init__(self, node: Mapping[str, Any], root: Mapping[str, Any]) -> None:
        """Look at one node of a schema; what is inside is looked at when asked for."""
        node = _resolved(node, root)
        self._node = node
        self._root = root
        self._properties: dict[str, Shape] | None = None
        self._items: Shape | None = None
        self._extra: Shape | None = None
        self.unordered = node.get("insertionOrder") is False
        self.fold = ""
        self.kind = _kind(node, root)

    def member(self, name: str) -> Shape:
        """Shape of a property; `text` for one that the schema does not know."""
        known = self._properties
        if known is None:
            known = self._properties = {}
        found = known.get(name)
        if found is None:
            found = known[name] = self._member(name)
        return found

    def _member(self, name: str) -> Shape:
        if self.kind == "json":
            return JSON
        for node in _options(self._node, self._root):
            properties = node.get("properties")
            if isinstance(properties, dict) and name in properties:
                return Shape(properties[name], self._root)
        for node in _options(self._node, self._root):
            for candidate in (*_values(node.get("patternProperties")), _extra(node)):
                if candidate:
                    return Shape(candidate, self._root)
        return TEXT

    @property
    def items(self) -> Shape:
        """Shape of an array's elements."""
        if self._items is None:
            nodes = (one.get("items") for one in _options(self._node, self._root))
            node = next((one for one in nodes if isinstance(one, dict)), None)
            if self.kind == "json":
                self._items = JSON
            else:
                self._items = Shape(node, self._root) if isinstance(node, dict) else TEXT
        return self._items


def _values(value: Any) -> tuple[Any, ...]:
    return tuple(value.values()) if isinstance(value, dict) else ()


def _extra(node: Mapping[str, Any]) -> Any:
    extra = node.get("additionalProperties")
    return extra if isinstance(extra, dict) else None


def _resolved(node: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow `$ref`, keeping what stands beside it."""
    beside: dict[str, Any] = {}
    for _ in range(20):
        target = node.get("$ref")
        if not isinstance(target, str) or not target.startswith("#/"):
            break
        beside = {key: value for key, value in node.items() if key != "$ref"} | beside
        found: Any = root
        for step in target[2:].split("/"):
            found = found.get(step.replace("~1", "/")) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            return {}
        node = found
    return {**node, **beside} if beside else node


def _options(
    node: Mapping[str, Any], root: Mapping[str, Any], depth: int = 0
) -> Iterator[Mapping[str, Any]]:
    """A node and every alternative that it offers."""
    yield node
    if depth < 4:
        for key in ("oneOf", "anyOf", "allOf"):
            for option in node.get(key) or ():
                if isinstance(option, dict):
                    yield from _options(_resolved(option, root), root, depth + 1)


def _kind(node: Mapping[str, Any], root: Mapping[str, Any]) -> str:  # noqa: C901 - a table
    kind = node.get("type")
    if isinstance(kind, list):
        kinds = set(kind)
        if "object" in kinds:
            return "text" if kinds & {"integer", "number", "boolean"} else "json"
        return "text" if len(kinds) > 1 else str(kind[0])
    if kind == "object":
        # A type that CloudFormation does not look into, such as a policy.
        known = ("properties", "patternProperties", "oneOf", "anyOf", "allOf")
        if not any(node.get(key) for key in known) and not _extra(node):
            return "json"
        return "object"
    if isinstance(kind, str):
        return kind
    if "properties" in node:
        return "object"
    for key in ("oneOf", "anyOf", "allOf"):
        options = [
            _resolved(option, root) for option in node.get(key) or () if isinstance(option, dict)
        ]
        kinds = {str(option.get("type")) for option in options}
        if "array" in kinds:
            return "array"
        if len(kinds) == 1 and kinds <= {*_SCALARS, "object"}:
            return str(kinds.pop())
        if any("properties" in option for option in options):
            return "object"
    return "text"


TEXT = Shape({}, {})
JSON = Shape({"type": "object"}, {})


class Schema:
    """One resource type: what can be changed in place, what cannot, and the shape of properties."""

    def __init__(self, type_name: str, data: Mapping[str, Any]) -> None:
        """Read a schema's lists of paths; shapes are made when asked for."""
        self.type = type_name
        self.is_known = bool(data)
        self.create_only = _paths(data, "createOnlyProperties")
        self.conditional = _paths(data, "conditionalCreateOnlyProperties")
        self.read_only = _paths(data, "readOnlyProperties")
        self.write_only = _paths(data, "writeOnlyProperties")
        self.identifier = _paths(data, "primaryIdentifier")
        handlers = data.get("handlers")
        self.never_updated = bool(handlers) and "update" not in (handlers or {})
        self.data = data
        self.shape = Shape(data, data) if data else TEXT
        transforms = data.get("propertyTransform")
        for path, rule in transforms.items() if isinstance(transforms, dict) else ():
            simple = _SIMPLE_CASE.fullmatch(rule) if isinstance(rule, str) else None
            if simple:
                self._leaf(path).fold = simple[1]

    def _leaf(self, path: str) -> Shape:
        shape = self.shape
        for step in path.removeprefix("/properties/").split("/"):
            shape = shape.items if step == "*" else shape.member(step)
        return shape if shape is not TEXT and shape is not JSON else Shape({}, {})

    @property
    def name_property(self) -> str:
        """The property that names the resource, if its owner may choose one."""
        if len(self.identifier) == 1 and len(self.identifier[0]) == 1:
            name = self.identifier[0][0]
            if (name,) not in self.read_only:
                return name
        last = self.type.rpartition("::")[2]
        for name in (f"{last}Name", "Name"):
            if (name,) in self.create_only:
                return name
        return ""

    def default(self, path: Names) -> Any:
        """What the schema says a property is when left out; None where it says nothing."""
        shape = self.shape
        for step in path:
            shape = shape.member(step)
            while shape.kind == "array":
                shape = shape.items
        return shape._node.get("default")  # noqa: SLF001 - of the same module


def _paths(data: Mapping[str, Any], key: str) -> tuple[Names, ...]:
    """Paths without `/properties/` and without the stars that stand for elements of arrays."""
    return tuple(
        tuple(step for step in path.split("/")[2:] if step not in ("*", "items"))
        for path in data.get(key) or ()
    )


@cache
def schema(type_name: str) -> Schema:
    """Schema of a resource type; one that is not known, if the registry does not know it."""
    if type_name.startswith("Custom::"):
        type_name = CUSTOM
    file = _file(type_name)
    if file is None:
        return Schema(type_name, {})
    data = json.loads((_folder() / "resources" / f"{file}.json").read_bytes())
    return Schema(type_name, data)


def types() -> tuple[str, ...]:
    """Names of every resource type in the registry's schemas, in any region, sorted."""
    found: set[str] = set()
    for path in sorted((_folder() / "providers").glob("*.json")):
        found.update(json.loads(path.read_bytes()))
    return tuple(sorted(found))


@cache
def _folder() -> Path:
    spec = find_spec("cfnlint")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "data" / "schemas"


def _file(type_name: str) -> str | None:
    found = _provider("us-east-1").get(type_name)
    if found is None:
        found = _elsewhere().get(type_name)
    return found


@cache
def _provider(region: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((_folder() / "providers" / f"{region}.json").read_bytes())
    return found


@cache
def _elsewhere() -> dict[str, str]:
    """Types that us-east-1 does not have, from the first region that has them."""
    found: dict[str, str] = {}
    for path in sorted((_folder() / "providers").glob("*.json")):
        for type_name, file in json.loads(path.read_bytes()).items():
            found.setdefault(type_name, file)
    return found
