"""Resource: one resource as controls see it, whoever reported it.

References are resolved once, across stacks: `Ref`, `Fn::GetAtt` and `Fn::ImportValue` of something
that a given stack makes become a `Reference`. Every other intrinsic stays what it is; a control
that meets one where it needs a value cannot judge, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from baseline.worlds import World, worlds

# Steps below the properties of a resource; `../DeletionPolicy` as the first is beside them.
Path = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Reference:
    """Something that another resource is or gives; `attribute` is empty for the thing itself."""

    stack: str
    resource: str
    attribute: str = ""


@dataclass(frozen=True)
class Resource:
    """One resource: where it is declared, its type, and its properties with references resolved.

    `attributes` are those beside the properties: `DeletionPolicy`, `DependsOn` and the like.
    """

    stack: str
    logical_id: str
    type: str
    properties: Mapping[str, Any]
    attributes: Mapping[str, Any]


def is_intrinsic(value: Any) -> bool:
    """Say whether a value is a lone intrinsic function, so one that nobody has resolved."""
    # A dict is nearly always what it is, and is told from the rest much faster than a Mapping.
    if not isinstance(value, (dict, Mapping)) or len(value) != 1:
        return False
    key = str(next(iter(value)))
    return key in ("Ref", "Condition") or key.startswith("Fn::")


def resources(templates: Mapping[str, Mapping[str, Any]]) -> tuple[Resource, ...]:
    """Resources of all templates (stack name to template), in their order."""
    exports = dict(_exports(templates))
    return tuple(
        _resource(stack, str(logical_id), World(body), template["Resources"], exports)
        for stack, template in templates.items()
        for logical_id, body in template["Resources"].items()
        if isinstance(body, Mapping)
    )


def variants(
    stack: str, template: Mapping[str, Any], exports: Mapping[str, Any]
) -> Iterator[tuple[tuple[tuple[str, ...], Resource], ...]]:
    """Each resource of a template, in every combination of what decides it, with what then holds.

    `exports` are those of all templates, as `exported` gives them.
    """
    declared = template["Resources"]
    for logical_id, body in declared.items():
        if isinstance(body, Mapping):
            yield tuple(
                (world.facts, _resource(stack, str(logical_id), world, declared, exports))
                for world in worlds(template, body)
            )


def exported(stack: str, template: Mapping[str, Any]) -> dict[str, Any]:
    """What a template exports: name to value, with references resolved."""
    return dict(_exports({stack: template}))


def _resource(
    stack: str, logical_id: str, world: World, declared: Iterable[str], exports: Mapping[str, Any]
) -> Resource:
    body = world.body
    properties = body.get("Properties", {})
    return Resource(
        stack=stack,
        logical_id=logical_id,
        type=str(body.get("Type", "")),
        properties=_resolve(properties, stack, declared, exports)
        if isinstance(properties, Mapping)
        else {},
        attributes={key: value for key, value in body.items() if key not in ("Type", "Properties")},
    )


def _exports(templates: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    for stack, template in templates.items():
        outputs = template.get("Outputs")
        for output in outputs.values() if isinstance(outputs, Mapping) else ():
            export = output.get("Export") if isinstance(output, Mapping) else None
            name = export.get("Name") if isinstance(export, Mapping) else None
            if isinstance(name, str):
                yield name, _resolve(output.get("Value"), stack, template["Resources"], {})


def _is_attribute(argument: Any) -> bool:
    """Say whether it is a name, and the name of an attribute, as they stand."""
    whole = isinstance(argument, list) and bool(argument)
    return whole and all(isinstance(word, str) for word in argument)


def _resolve(value: Any, stack: str, declared: Iterable[str], exports: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        if len(value) == 1:
            key, argument = next(iter(value.items()))
            if key == "Ref" and isinstance(argument, str) and argument in declared:
                return Reference(stack, argument)
            if key == "Fn::GetAtt" and _is_attribute(argument) and argument[0] in declared:
                return Reference(stack, argument[0], ".".join(argument[1:]))
            if key == "Fn::ImportValue" and isinstance(argument, str) and argument in exports:
                return exports[argument]
        return {key: _resolve(child, stack, declared, exports) for key, child in value.items()}
    if isinstance(value, (list, tuple)):
        return [_resolve(child, stack, declared, exports) for child in value]
    return value
