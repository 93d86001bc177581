"""Stack: one template and where it goes.

A template never knows its account: two places with the same intent get the same bytes, so one
stack has many places. What a template says is plain data here; `emit` writes it down. Comments
(purpose, profile path) are kept beside the template, not in it, so that the hash that decides
what changed covers meaning only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any, Literal

from baseline.errors import BlueprintError


@dataclass(frozen=True, order=True)
class Place:
    """An account and a region."""

    account: str
    region: str


@dataclass(frozen=True)
class Fleet:
    """Organizational units, and the regions in which each of their accounts gets the stack."""

    units: tuple[str, ...]
    regions: tuple[str, ...]


@dataclass(frozen=True)
class Origin:
    """Why a resource is there: what it is for, and the profile path that asked for it."""

    purpose: str
    path: str


@dataclass(frozen=True)
class Stack:
    """One template and where it goes; `name` is its name in CloudFormation.

    `after` names stacks that must be there first although nothing is imported from them.
    `tags` go on the stack, and CloudFormation puts them on its resources.
    """

    name: str
    organization: str
    site: str
    title: str
    template: Mapping[str, Any]
    origins: Mapping[str, Origin]
    target: tuple[Place, ...] | Fleet
    tags: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    engine: Literal["cloudformation", "settings"] = "cloudformation"

    @property
    def short_name(self) -> str:
        """Name within its environment or fleet."""
        return self.name.removeprefix(f"{self.organization}-{self.site}-")

    @property
    def file(self) -> str:
        """Path of the template below the output folder."""
        return f"{self.organization}/{self.site}/{self.short_name}.yaml"

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """Logical id to resource."""
        resources: Mapping[str, Mapping[str, Any]] = self.template["Resources"]
        return resources

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions in which the stack stands, sorted."""
        if isinstance(self.target, Fleet):
            return tuple(sorted(self.target.regions))
        return tuple(sorted({place.region for place in self.target}))

    @property
    def hash(self) -> str:
        """SHA-256 of what the template means, comments and order of keys aside."""
        text = json.dumps(self.template, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def exports(self) -> tuple[str, ...]:
        """Names that the stack exports, sorted."""
        outputs = self.template.get("Outputs", {}).values()
        return tuple(sorted(one["Export"]["Name"] for one in outputs if "Export" in one))

    @cached_property
    def imports(self) -> tuple[str, ...]:
        """Names that the stack imports, sorted."""
        return tuple(sorted(set(_imports(self.template))))


def _imports(template: Mapping[str, Any]) -> Iterator[str]:
    """Names below `Fn::ImportValue`, in no order, without recursion: every run looks for them."""
    left: list[Any] = [template]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            if "Fn::ImportValue" in value:
                yield value["Fn::ImportValue"]
            else:
                left.extend(value.values())
        elif isinstance(value, (list, tuple)):
            left.extend(value)


def waves(stacks: Iterable[Stack]) -> tuple[tuple[Stack, ...], ...]:
    """Group stacks so that each wave needs only the waves before it.

    Raises BlueprintError where something is imported that nothing exports, or where stacks
    need each other in a circle.
    """
    named = {stack.name: stack for stack in stacks}
    exporters = {export: stack.name for stack in named.values() for export in stack.exports}
    needs: dict[str, set[str]] = {}
    for stack in named.values():
        unknown = [name for name in stack.imports if name not in exporters]
        unknown += [name for name in stack.after if name not in named]
        if unknown:
            raise BlueprintError(f"{stack.name} needs {', '.join(unknown)}, which nothing gives")
        needs[stack.name] = {exporters[name] for name in stack.imports} | set(stack.after)
    sorter = TopologicalSorter(needs)
    try:
        sorter.prepare()
    except CycleError as error:
        raise BlueprintError(f"stacks need each other: {' → '.join(error.args[1])}") from error
    found = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        found.append(tuple(named[name] for name in ready))
        sorter.done(*ready)
    return tuple(found)
