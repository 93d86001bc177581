"""Drift: what is really there, against what was deployed.

CloudFormation's own detection is asked first. What it cannot see, Cloud Control reads: types that
it does not support, and what was added where the template declares nothing (a policy put into a
role, a rule in a group). Both are compared by meaning, in the same normal form as templates, so
that order, defaults and notation are no drift. Every resource ends as one of three: same, drifted,
or not checked with the reason; silence is never taken for approval.

A drifted resource is a `Change` from the deployed template to the one that would describe what is
there. So the diff's questions and the controls are put to it: whether somebody opened something,
and which control is broken now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from threading import Lock
from typing import Any

from baseline.change import Action, Change, Replacement, Verdict
from baseline.cloud import (
    STABLE,
    Clock,
    Cloud,
    DeployedStack,
    RefusedError,
    ResourceDrift,
    StackResource,
    together,
)
from baseline.diff import diff_stacks
from baseline.diff.normal import Context, resource
from baseline.drift.actual import WATCHED, Merged, merged
from baseline.drift.expected import (
    Filled,
    Surroundings,
    as_template,
    filled,
    patched,
    settled,
)
from baseline.drifted import Drifts, Looked, State
from baseline.errors import ProfileError
from baseline.schema import schema
from baseline.stack import Fleet, Place, Stack
from baseline.template import read as read_template
from baseline.tokens import canonical

# What drift says something about; that a change would replace a resource is no matter here.
_TELLING = frozenset(
    {
        *(Verdict.WIDENS_ACCESS, Verdict.BREAKS_CONTROL),
        *(Verdict.UNJUDGED_CONTROL, Verdict.MENDS_CONTROL),
    }
)


@dataclass(frozen=True)
class Limits:
    """How long to wait for CloudFormation's detection, and how often to look, in seconds."""

    detection: float = 900
    first_look: float = 1
    later_looks: float = 5


def drift(
    stacks: Sequence[Stack],
    cloud: Cloud,
    clock: Clock,
    today: date | None = None,
    limits: Limits | None = None,
) -> Drifts:
    """Compare what stacks declare with what is there; with a day, also which controls that breaks.

    Nothing is changed. Raises `CloudError` where AWS cannot be asked at all.
    """
    places = sorted(
        {
            place
            for stack in stacks
            if not isinstance(stack.target, Fleet) and stack.engine == "cloudformation"
            for place in stack.target
        }
    )
    together({place: partial(cloud.identity, place) for place in places})
    listed = together({place: partial(cloud.stacks, place) for place in places})
    looking = _Looking(cloud, clock, limits or Limits(), listed)
    jobs = {
        (place, stack.name): partial(looking.stack, place, stack)
        for stack in stacks
        if not isinstance(stack.target, Fleet) and stack.engine == "cloudformation"
        for place in stack.target
    }
    found = together(jobs)
    compared = [one for seen in found.values() for one in _judged(seen, today)]
    compared += [one for stack in stacks for one in _out_of_reach(stack)]
    notes = [note for seen in found.values() for note in seen.notes]
    ordered = sorted(compared, key=lambda one: (one.place, one.stack, one.logical_id))
    return Drifts(tuple(ordered), tuple(dict.fromkeys(notes)))


def _out_of_reach(stack: Stack) -> Iterable[Looked]:
    """Resources of what goes to fleets, or is no stack of CloudFormation's."""
    if isinstance(stack.target, Fleet):
        why = f"goes to organizational units ({', '.join(stack.target.units)}) by a stack set"
        places = [Place("", region) for region in stack.regions]
    elif stack.engine != "cloudformation":
        why, places = f"its engine is {stack.engine}", list(stack.target)
    else:
        return
    for place in places:
        yield from _unchecked(place, stack, why)


def _unchecked(place: Place, stack: Stack, why: str) -> Iterable[Looked]:
    for name, body in stack.resources.items():
        yield Looked(place, stack.name, name, str(body["Type"]), "", State.UNCHECKED, why)


# ---- looking -------------------------------------------------------------------------------


@dataclass
class _Seen:
    """What was read of one stack in one place; `there` is the template of what is there."""

    place: Place
    name: str
    deployed: Mapping[str, Any] = field(default_factory=dict)
    there: dict[str, Any] = field(default_factory=dict)
    looked: list[Looked] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _Looking:
    """What one run shares; its methods run in many threads."""

    def __init__(
        self,
        cloud: Cloud,
        clock: Clock,
        limits: Limits,
        listed: Mapping[Place, Sequence[DeployedStack]],
    ) -> None:
        self._cloud = cloud
        self._clock = clock
        self._limits = limits
        self._listed = {place: {one.name: one for one in found} for place, found in listed.items()}
        self._lock = Lock()
        self._live: dict[tuple[Place, str, str], Mapping[str, Any] | None] = {}
        self._exports: dict[Place, dict[str, str]] = {}
        self._attached: dict[str, dict[str, frozenset[str]]] = {}

    def stack(self, place: Place, stack: Stack) -> _Seen:
        """Look at every resource of a stack."""
        seen = _Seen(place, stack.name)
        there = self._listed[place].get(stack.name)
        where = f"{stack.name} in {place.account} ({place.region})"
        if there is None or not there.is_there:
            seen.looked += _unchecked(place, stack, "the stack is not deployed")
            return seen
        if there.is_busy:
            seen.looked += _unchecked(place, stack, f"the stack is at work ({there.status})")
            return seen
        text = self._cloud.template(place, there.id)
        try:
            seen.deployed = read_template(text.encode(), where)
        except ProfileError as error:
            why = f"its deployed template cannot be read: {error}"
            seen.looked += _unchecked(place, stack, why)
            return seen
        resources = {
            one.logical_id: one
            for one in self._cloud.resources(place, there.id)
            if one.status != "DELETE_COMPLETE"
        }
        said = self._detected(place, there, seen)
        bodies = seen.deployed["Resources"]
        seen.there = {**seen.deployed, "Resources": dict(bodies)}
        around = self._surroundings(place, there, resources, bodies)
        for name, body in bodies.items():
            one = _Resource(
                name, body, stack.resources.get(name), resources.get(name), said.get(name)
            )
            seen.looked.append(self._resource(seen, there, around, one))
        for name, body in stack.resources.items():
            if name not in bodies:
                kind, why = str(body["Type"]), "not deployed yet"
                seen.looked.append(Looked(place, stack.name, name, kind, "", State.UNCHECKED, why))
        return seen

    # ---- CloudFormation ---------------------------------------------------------------------

    def _detected(
        self, place: Place, there: DeployedStack, seen: _Seen
    ) -> Mapping[str, ResourceDrift]:
        """What CloudFormation's drift detection says, by logical id; nothing where it fails."""
        where = f"{there.name} in {place.account} ({place.region})"
        if there.status not in STABLE:
            seen.notes.append(
                f"{where}: CloudFormation detects no drift of a stack that is {there.status}"
            )
            return {}
        try:
            run = self._cloud.start_drift(place, there.id)
        except RefusedError as error:
            _raise_if_hopeless(error)
            seen.notes.append(f"{where}: CloudFormation's drift detection did not start: {error}")
            return {}
        end = self._clock.now() + self._limits.detection
        pause = self._limits.first_look
        while True:
            found = self._cloud.drift_run(place, run)
            if found.status != "DETECTION_IN_PROGRESS":
                break
            if self._clock.now() >= end:
                seen.notes.append(
                    f"{where}: CloudFormation's drift detection was not done within "
                    f"{self._limits.detection:g} s"
                )
                return {}
            self._clock.sleep(pause)
            pause = min(pause * 1.5, self._limits.later_looks)
        if found.status == "DETECTION_FAILED":
            seen.notes.append(
                f"{where}: CloudFormation's drift detection failed for some resources: "
                f"{found.reason or 'no reason given'}"
            )
        return {one.logical_id: one for one in self._cloud.drifts(place, there.id)}

    # ---- one resource -----------------------------------------------------------------------

    def _resource(
        self, seen: _Seen, there: DeployedStack, around: Surroundings, one: _Resource
    ) -> Looked:
        physical = one.physical.physical_id if one.physical else ""
        word = one.said.status if one.said else ""
        base = Looked(seen.place, seen.name, one.name, one.type, physical, State.SAME, status=word)
        if not physical:
            return replace(base, state=State.UNCHECKED, why="the stack has no such resource")
        status = one.said.status if one.said else "NOT_CHECKED"
        asked = ("CloudFormation",) if status in ("IN_SYNC", "MODIFIED", "DELETED") else ()
        if status == "DELETED":
            seen.there["Resources"].pop(one.name)
            return replace(base, state=State.DRIFTED, why="it is gone", asked=asked)
        if status == "IN_SYNC" and one.type not in WATCHED and not one.undeclared():
            return replace(base, asked=asked)
        found = filled(one.properties(), seen.deployed, around)
        try:
            live = self._read(seen.place, one.type, _identifier(one.type, found, physical))
        except RefusedError as error:
            _raise_if_hopeless(error)
            return self._without_control(seen, base, one, found, _reason(error))
        if live is None:
            named = "Cloud Control does not know it by the name that the stack has for it"
            if status == "NOT_CHECKED" and _is_named(one.type, found):
                seen.there["Resources"].pop(one.name)
                return replace(
                    base, state=State.DRIFTED, why="it is gone", asked=("Cloud Control",)
                )
            return self._without_control(seen, base, one, found, named)
        asked = (*asked, "Cloud Control")
        said = self._compared(seen, there, one, found, live, missing_is_gone=status != "IN_SYNC")
        if one.said and status == "MODIFIED" and not said.differs:
            paths = ", ".join(difference.path for difference in one.said.differences)
            seen.notes.append(
                f"{base.name}: CloudFormation says drifted ({paths}), Cloud Control gives what "
                "means the same"
            )
        state = State.DRIFTED if said.differs else State.SAME
        return replace(base, state=state, asked=asked, unread=said.unread)

    def _without_control(
        self, seen: _Seen, base: Looked, one: _Resource, found: Filled, why: str
    ) -> Looked:
        """What can be said where only CloudFormation could be asked."""
        status = one.said.status if one.said else "NOT_CHECKED"
        asked = ("CloudFormation",)
        if one.said and status == "MODIFIED":
            live = found.properties
            for difference in one.said.differences:
                gone = difference.kind == "REMOVE"
                text = None if gone else difference.actual
                expected = "" if difference.kind == "ADD" else difference.expected
                live = patched(live, difference.path, text, expected)
            said = self._compared(seen, None, one, found, settled(live), missing_is_gone=True)
            if said.differs:
                return replace(base, state=State.DRIFTED, asked=asked, unread=said.unread)
            return replace(base, asked=asked, unread=said.unread)
        if status == "IN_SYNC":
            watched = [name for name in WATCHED.get(one.type, ()) if name not in found.properties]
            unread = tuple((name, f"undeclared, and {why}") for name in watched)
            return replace(base, asked=asked, unread=unread)
        reason = one.said.reason if one.said and one.said.reason else ""
        first = reason or "CloudFormation's drift detection does not look at the type"
        return replace(base, state=State.UNCHECKED, why=f"{first}; {why}")

    def _compared(
        self,
        seen: _Seen,
        there: DeployedStack | None,
        one: _Resource,
        found: Filled,
        live: Mapping[str, Any],
        *,
        missing_is_gone: bool,
    ) -> _Said:
        """Compare, and put what is there into the template of what is there."""
        known = schema(one.type)
        context = Context({})
        expected = resource({"Type": one.type, "Properties": found.properties}, context)
        actual = resource({"Type": one.type, "Properties": dict(live)}, context)
        wanted: Mapping[str, Any] = expected.get("Properties", {})
        tags = there.tags if there else {}
        cut: Merged = merged(
            wanted, actual.get("Properties", {}), known, tags, missing_is_gone=missing_is_gone
        )
        if one.type == "AWS::IAM::Role" and one.physical:
            self._leave_out_attached(seen.place, one.physical.physical_id, cut, wanted)
        names = wanted.keys() | cut.properties.keys()
        differing = {
            name
            for name in names
            if canonical(wanted.get(name)) != canonical(cut.properties.get(name))
            or (name in wanted) != (name in cut.properties)
        }
        if differing:
            body = dict(one.properties())
            for name in sorted(differing):
                if name in cut.properties:
                    body[name] = as_template(cut.properties[name], found.origins)
                else:
                    body.pop(name, None)
            seen.there["Resources"][one.name] = {**one.body, "Properties": body}
        return _Said(bool(differing), tuple(sorted(cut.unread.items())))

    def _leave_out_attached(
        self, place: Place, role: str, cut: Merged, wanted: Mapping[str, Any]
    ) -> None:
        """Managed policies that name a role attach themselves to it; the role then shows them."""
        found = cut.properties.get("ManagedPolicyArns")
        if not isinstance(found, list):
            return
        declared = wanted.get("ManagedPolicyArns") or []
        ours = self._policies(place)
        kept = [arn for arn in found if arn in declared or role not in ours.get(arn, ())]
        if kept:
            cut.properties["ManagedPolicyArns"] = kept
        else:
            del cut.properties["ManagedPolicyArns"]

    # ---- what is asked once -----------------------------------------------------------------

    def _policies(self, place: Place) -> Mapping[str, frozenset[str]]:
        """Managed policies of every stack of ours in an account, and the roles that each names."""
        with self._lock:
            known = self._attached.get(place.account)
        if known is None:
            jobs = {
                (where, one.id): partial(self._policies_of, where, one)
                for where, stacks in self._listed.items()
                if where.account == place.account
                for one in stacks.values()
                if one.is_there and "baseline:organization" in one.tags
            }
            found = together(jobs).values()
            known = {arn: roles for policies in found for arn, roles in policies.items()}
            with self._lock:
                self._attached[place.account] = known
        return known

    def _policies_of(self, place: Place, one: DeployedStack) -> dict[str, frozenset[str]]:
        resources = {res.logical_id: res for res in self._cloud.resources(place, one.id)}
        policies = [res for res in resources.values() if res.type == "AWS::IAM::ManagedPolicy"]
        if not policies:
            return {}
        try:
            template = read_template(self._cloud.template(place, one.id).encode(), one.name)
        except ProfileError:
            return {}
        around = self._surroundings(place, one, resources, template["Resources"])
        found = {}
        for policy in policies:
            body = template["Resources"].get(policy.logical_id, {})
            roles = filled(body.get("Properties", {}).get("Roles", []), template, around)
            named = roles.properties if isinstance(roles.properties, list) else []
            found[policy.physical_id] = frozenset(one for one in named if isinstance(one, str))
        return found

    def _read(self, place: Place, kind: str, identifier: str) -> Mapping[str, Any] | None:
        key = (place, kind, identifier)
        with self._lock:
            if key in self._live:
                return self._live[key]
        found = self._cloud.live(place, kind, identifier)
        with self._lock:
            self._live[key] = found
        return found

    def _exported(self, place: Place) -> Mapping[str, str]:
        """Values of exports there, by the outputs of the stacks that were listed."""
        with self._lock:
            known = self._exports.get(place)
        if known is None:
            ids = {one.id: one for one in self._listed[place].values()}
            known = {}
            exporting: dict[str, list[str]] = {}
            for name, stack_id in self._cloud.exports(place).items():
                exporting.setdefault(stack_id, []).append(name)
            for stack_id, names in exporting.items():
                if stack_id in ids:
                    known |= self._outputs(place, ids[stack_id], names)
            with self._lock:
                self._exports[place] = known
        return known

    def _outputs(self, place: Place, one: DeployedStack, names: Sequence[str]) -> dict[str, str]:
        text = self._cloud.template(place, one.id)
        try:
            template = read_template(text.encode(), one.name)
        except ProfileError:
            return {}
        found = {}
        for key, output in template.get("Outputs", {}).items():
            export = output.get("Export", {}).get("Name")
            if export in names and key in one.outputs:
                found[export] = one.outputs[key]
        return found

    def _surroundings(
        self,
        place: Place,
        there: DeployedStack,
        resources: Mapping[str, StackResource],
        bodies: Mapping[str, Any],
    ) -> Surroundings:
        physical = {name: one.physical_id for name, one in resources.items()}

        def attribute(name: str, path: str) -> Any:
            one = resources.get(name)
            if one is None:
                return None
            own = (bodies.get(name) or {}).get("Properties", {})
            mine = Surroundings(place, there.name, there.id, physical, {}, lambda *_: None)
            found = filled(own, {"Resources": bodies}, mine)
            try:
                live: Any = self._read(
                    place, one.type, _identifier(one.type, found, one.physical_id)
                )
            except RefusedError as error:
                _raise_if_hopeless(error)
                return None
            for step in path.split("."):
                live = live.get(step) if isinstance(live, Mapping) else None
            return live

        return Surroundings(
            place, there.name, there.id, physical, _Lazy(partial(self._exported, place)), attribute
        )


class _Lazy(dict[str, str]):
    """A mapping that is read when it is first asked."""

    def __init__(self, load: Any) -> None:
        super().__init__()
        self._load = load

    def get(self, key: str, default: Any = None) -> Any:
        return self._load().get(key, default)


@dataclass(frozen=True)
class _Resource:
    """One resource as it was deployed, as it is wanted now, and what CloudFormation says."""

    name: str
    body: Mapping[str, Any]
    wanted: Mapping[str, Any] | None
    physical: StackResource | None
    said: ResourceDrift | None

    @property
    def type(self) -> str:
        return str(self.body.get("Type", ""))

    def undeclared(self) -> dict[str, Any]:
        """Properties that are declared today and were not when the stack was deployed."""
        if self.wanted is None or self.wanted.get("Type") != self.body.get("Type"):
            return {}
        own = self.body.get("Properties", {})
        wanted = self.wanted.get("Properties", {})
        return {name: value for name, value in wanted.items() if name not in own}

    def properties(self) -> dict[str, Any]:
        return {**self.body.get("Properties", {}), **self.undeclared()}


@dataclass(frozen=True)
class _Said:
    differs: bool
    unread: tuple[tuple[str, str], ...]


def _identifier(kind: str, found: Filled, physical: str) -> str:
    """Cloud Control's name of a resource: the primary identifier, its parts joined by `|`.

    Where the parts are properties that the template gives, they are taken from there; else the
    physical id is the identifier, or its parts already. Source: "Identifying resources" (Cloud
    Control API User Guide).
    """
    parts = _named(kind, found)
    return "|".join(parts) if parts else physical


def _named(kind: str, found: Filled) -> tuple[str, ...]:
    properties = found.properties if isinstance(found.properties, Mapping) else {}
    parts = [properties.get(path[0]) for path in schema(kind).identifier if len(path) == 1]
    texts = tuple(one for one in parts if isinstance(one, str) and "{{resolve:" not in one)
    return texts if texts and len(texts) == len(schema(kind).identifier) else ()


def _is_named(kind: str, found: Filled) -> bool:
    return bool(_named(kind, found))


def _reason(error: RefusedError) -> str:
    if error.code in ("UnsupportedActionException", "TypeNotFoundException"):
        return "Cloud Control cannot read it either"
    return f"Cloud Control refused: {error}"


def _raise_if_hopeless(error: RefusedError) -> None:
    """Expired credentials will be refused everywhere: say it once, not for each resource."""
    if "Expired" in error.code:
        raise error


# ---- judging -------------------------------------------------------------------------------


def _judged(seen: _Seen, today: date | None) -> list[Looked]:
    """What was looked at, each drifted resource with its change."""
    if not seen.deployed:
        return seen.looked
    if not any(one.state is State.DRIFTED for one in seen.looked):
        return seen.looked
    deployed, there = {seen.name: seen.deployed}, {seen.name: seen.there}
    changes = diff_stacks(deployed, there, today=today)
    ahead = {one.name: _as_drift(one) for one in changes if one.section == "Resources"}
    ways = diff_stacks(there, deployed, today=today)
    back = {one.name: one for one in ways if one.section == "Resources"}
    return [
        _with_change(one, ahead.get(one.logical_id), back.get(one.logical_id), changes.salt)
        for one in seen.looked
    ]


def _with_change(one: Looked, change: Change | None, back: Change | None, salt: str) -> Looked:
    if one.state is not State.DRIFTED:
        return one
    if change is None and not one.why:
        return replace(one, state=State.SAME)  # the diff knows that both mean the same
    return replace(one, change=change, back=back, salt=salt)


def _as_drift(change: Change) -> Change:
    """A change that somebody made already: it replaces nothing and needs nobody's word."""
    return replace(
        change,
        action=Action.UPDATE if change.action is Action.FOLLOW else change.action,
        effects=tuple(one for one in change.effects if one.verdict in _TELLING),
        edits=tuple(replace(one, replacement=Replacement.NONE, cause="") for one in change.edits),
        replacement=Replacement.NONE,
        cause="",
    )
