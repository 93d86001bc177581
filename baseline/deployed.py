"""Deployed: what stands in the places of some stacks, read once and at the same time.

One request lists the stacks of a place, one more for each stack brings its template; a template
that is still the text we would hand in is never parsed. Importers are asked for only where an
export would go.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from baseline.cloud import MOST_INLINE_BYTES, Cloud, DeployedStack, StackResource, together
from baseline.emit import emit
from baseline.kept import Cache, NoCache
from baseline.stack import Fleet, Place, Stack
from baseline.stateful import held
from baseline.template import read as read_template

Target = tuple[Place, str]

# What a creation that failed leaves behind, and what only its own deletion ends.
REMAINS = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "CREATE_FAILED"})


def meaning(template: Mapping[str, Any]) -> str:
    """SHA-256 of what a template means, comments and order of keys aside."""
    text = json.dumps(template, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def handed_in(stack: Stack) -> str:
    """The text that CloudFormation gets: what was reviewed, or as JSON where that is too long."""
    text = emit(stack)
    if len(text.encode()) <= MOST_INLINE_BYTES:
        return text
    compact = json.dumps(stack.template, separators=(",", ":"))
    return compact if len(compact.encode()) <= MOST_INLINE_BYTES else text


def stateful(template: Mapping[str, Any]) -> tuple[str, ...]:
    """Logical ids of resources with which data goes, sorted."""
    types = held()
    return tuple(
        sorted(
            str(name)
            for name, body in template["Resources"].items()
            if isinstance(body, Mapping) and body.get("Type") in types
        )
    )


@dataclass(frozen=True)
class Standing:
    """One stack as it stands; `policy` is asked for only where there is something to protect."""

    place: Place
    stack: DeployedStack
    text: str = field(default="", repr=False)
    policy: str = ""
    resources: tuple[StackResource, ...] = ()
    known: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)
    cache: Cache = field(default_factory=NoCache, repr=False, compare=False)

    @cached_property
    def template(self) -> Mapping[str, Any]:
        """The template as data; that which we would hand in, where the text is the same."""
        if self.known is not None:
            return self.known
        name = f"{self.stack.name} as deployed in {self.place.account} ({self.place.region})"
        return read_template(self.text.encode(), name, self.cache)

    @property
    def is_read(self) -> bool:
        """Say whether its template is known: not of a shell, nor while it is being changed."""
        return bool(self.text)

    @property
    def tags(self) -> dict[str, str]:
        """Its tags, without those that AWS keeps."""
        tags = self.stack.tags.items()
        return {key: value for key, value in sorted(tags) if not key.startswith("aws:")}

    @cached_property
    def fingerprint(self) -> str:
        """Everything of it that a plan rests on."""
        return fingerprint(self.stack.id, meaning(self.template), self.tags)


def fingerprint(stack_id: str, template_meaning: str, tags: Mapping[str, str]) -> str:
    """SHA-256 of what a plan rests on: which stack it is, what its template means, its tags."""
    text = json.dumps([stack_id, template_meaning, sorted(tags.items())])
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Support:
    """What `baseline bootstrap` made in an account; empty where it did not."""

    role: str = ""
    bucket: str = ""
    place: Place | None = None


@dataclass(frozen=True)
class Deployed:
    """What stands in every place that was looked at."""

    standing: Mapping[Target, Standing]
    support: Mapping[str, Support] = field(default_factory=dict)
    importers: Mapping[tuple[Place, str], tuple[str, ...]] = field(default_factory=dict)

    def of(self, place: Place, name: str) -> Standing | None:
        """One stack, if there is anything of it."""
        return self.standing.get((place, name))


def places(stacks: Iterable[Stack]) -> tuple[Place, ...]:
    """Every place in which one of the stacks stands, fleets aside."""
    return tuple(
        sorted(
            {one for stack in stacks if not isinstance(stack.target, Fleet) for one in stack.target}
        )
    )


def deployed(stacks: Sequence[Stack], cloud: Cloud, cache: Cache | None = None) -> Deployed:
    """Read what stands of these stacks, and what else of theirs stands in the same places."""
    where = places(stacks)
    together({place: partial(cloud.identity, place) for place in where})
    listed = together({place: partial(cloud.stacks, place) for place in where})
    wanted = {
        (place, stack.name): stack
        for stack in stacks
        if not isinstance(stack.target, Fleet)
        for place in stack.target
    }
    ours = {(stack.organization, stack.site) for stack in stacks}
    found = {
        (place, one.name): one
        for place, all_ in sorted(listed.items())
        for one in all_
        if (place, one.name) in wanted or _owner(one) in ours
    }
    jobs: dict[Target, Callable[[], Standing]] = {
        target: partial(_read, cloud, target[0], one, wanted.get(target), cache or NoCache())
        for target, one in found.items()
    }
    standing = together(jobs)
    return Deployed(
        standing=dict(sorted(standing.items())),
        support=_support(standing.values(), listed),
        importers=_importers(cloud, standing, wanted),
    )


def _owner(one: DeployedStack) -> tuple[str, str]:
    """Organization and site that a stack of ours says it is of."""
    return one.tags.get("baseline:organization", ""), one.tags.get("baseline:site", "")


def _read(
    cloud: Cloud, place: Place, one: DeployedStack, wanted: Stack | None, cache: Cache
) -> Standing:
    if not one.is_there or one.is_busy:
        return Standing(place, one)
    text = cloud.template(place, one.id)
    known = wanted.template if wanted is not None and handed_in(wanted) == text else None
    found = Standing(place, one, text, known=known, cache=cache)
    policy = cloud.policy(place, one.id) if stateful(found.template) else ""
    resources = cloud.resources(place, one.id) if one.status in REMAINS else ()
    return Standing(place, one, text, policy, resources, known, cache)


def _support(
    standing: Iterable[Standing], listed: Mapping[Place, Sequence[DeployedStack]]
) -> dict[str, Support]:
    """What bootstrap made, by the outputs of its stack."""
    organizations = {one.stack.tags.get("baseline:organization", "") for one in standing}
    found = {}
    for place, all_ in sorted(listed.items()):
        for one in all_:
            role = one.outputs.get("ExecutionRoleArn", "")
            is_ours = one.tags.get("baseline:organization", "") in organizations
            if role and is_ours and one.name.endswith("-bootstrap"):
                found[place.account] = Support(role, one.outputs.get("TemplateBucket", ""), place)
    return found


def exports(template: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    """Names that a template exports, each with its output and value; names must be plain."""
    found = {}
    outputs = template.get("Outputs")
    for name, output in outputs.items() if isinstance(outputs, Mapping) else ():
        export = output.get("Export") if isinstance(output, Mapping) else None
        exported = export.get("Name") if isinstance(export, Mapping) else None
        if isinstance(exported, str):
            found[exported] = (str(name), output.get("Value"))
    return found


def imports(value: Any) -> set[str]:
    """Names that anything in a template imports."""
    found: set[str] = set()
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, Mapping):
            name = one.get("Fn::ImportValue")
            if isinstance(name, str):
                found.add(name)
            stack += one.values()
        elif isinstance(one, (list, tuple)):
            stack += one
    return found


def _importers(
    cloud: Cloud, standing: Mapping[Target, Standing], wanted: Mapping[Target, Stack]
) -> dict[tuple[Place, str], tuple[str, ...]]:
    """Who imports what would no longer be exported, or be exported with another value."""
    jobs = {}
    for target, one in standing.items():
        if not one.is_read or one.known is not None:
            continue
        after = exports(wanted[target].template) if target in wanted else {}
        for name, (_, value) in exports(one.template).items():
            if name not in after or after[name][1] != value:
                jobs[target[0], name] = partial(cloud.importers, target[0], name)
    return together(jobs)
