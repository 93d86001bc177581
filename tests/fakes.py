"""Fakes: AWS in memory, with CloudFormation's states, refusals and roll-backs, and a clock.

Written from the documentation of CloudFormation, not from our code. Work takes time, which passes
only when somebody sleeps on the clock; failures are put in by name. Everything that was asked is
kept in `asked`, so that a test can say what must never have been asked.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from baseline.cloud import (
    ChangeSet,
    ChangeSetRequest,
    CloudChange,
    DeployedStack,
    DriftRun,
    Event,
    Identity,
    RefusedError,
    ResourceDrift,
    StackResource,
)
from baseline.errors import CloudError
from baseline.schema import schema
from baseline.stack import Place
from baseline.template import read

SECONDS_PER_RESOURCE = 2
KEEPS = ("Retain", "RetainExceptOnCreate")


@dataclass
class FakeClock:
    """Time that passes only when somebody sleeps; `at` runs something when it has come."""

    seconds: float = 0
    due: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    on_sleep: list[Callable[[float], None]] = field(default_factory=list)

    def now(self) -> float:
        """Seconds since the fake began."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass, and all happen that is due."""
        with self.lock:
            self.seconds += seconds
            while self.due and min(self.due, key=lambda one: one[0])[0] <= self.seconds:
                first = min(self.due, key=lambda one: one[0])
                self.due.remove(first)
                first[1]()
        for call in tuple(self.on_sleep):
            call(self.seconds)

    def at(self, seconds: float, call: Callable[[], None]) -> None:
        """Run something after so many seconds."""
        self.due.append((self.seconds + seconds, call))


@dataclass
class FakeResource:
    """One resource that is there, or was."""

    type: str
    physical_id: str
    body: dict[str, Any]
    status: str = "CREATE_COMPLETE"


@dataclass
class FakeStack:
    """One stack, as CloudFormation remembers it."""

    name: str
    id: str
    status: str
    text: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    resources: dict[str, FakeResource] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    policy: str = ""
    is_protected: bool = False
    role: str = ""
    reason: str = ""
    exports: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    changed: str = ""
    before: FakeStack | None = None  # what a roll-back goes back to

    @property
    def template(self) -> dict[str, Any]:
        """Its template as data."""
        return read(self.text.encode(), self.name) if self.text else {"Resources": {}}


@dataclass
class FakeChangeSet:
    """A change set and what it was made from."""

    request: ChangeSetRequest
    public: ChangeSet


class FakeCloud:
    """AWS in memory; an implementation of `Cloud`."""

    def __init__(self, account: str = "", seconds: float = SECONDS_PER_RESOURCE) -> None:
        self.clock = FakeClock()
        self.account = account  # the only one that the credentials are good for; any if empty
        self.seconds = seconds
        self.all: dict[Place, list[FakeStack]] = {}
        self.sets: dict[Place, list[FakeChangeSet]] = {}
        self.buckets: dict[tuple[str, str], str] = {}
        self.existing: dict[tuple[str, str], str] = {}  # (type, identifier) to physical id
        self.fails: dict[tuple[str, str], str] = {}  # (stack, logical id) to the reason
        self.fails_to_roll_back: set[str] = set()
        self.refuses: dict[str, CloudError] = {}  # method to what it raises
        self.sees_more: dict[str, tuple[CloudChange, ...]] = {}
        self.drifted: dict[str, tuple[ResourceDrift, ...]] = {}
        self.alive: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.asked: list[tuple[str, str]] = []
        self.before_execute: list[Callable[[str], None]] = []
        self.number = 0
        self.lock = self.clock.lock

    # ---- small things --------------------------------------------------------------------

    def _ask(self, method: str, about: str = "") -> None:
        self.asked.append((method, about))
        if method in self.refuses:
            raise self.refuses[method]

    def _next(self) -> int:
        self.number += 1
        return self.number

    def names_asked(self, method: str) -> list[str]:
        """What a method was asked about."""
        return [about for one, about in self.asked if one == method]

    def find(self, place: Place, name: str) -> FakeStack | None:
        """A stack by name, the one that is not deleted, or by id."""
        for one in reversed(self.all.get(place, [])):
            if one.id == name or (one.name == name and one.status != "DELETE_COMPLETE"):
                return one
        return None

    def get(self, place: Place, name: str) -> FakeStack:
        """A stack that must be there."""
        found = self.find(place, name)
        if found is None:
            raise RefusedError(f"Stack with id {name} does not exist", "ValidationError")
        return found

    def _event(self, place: Place, one: FakeStack, what: str, status: str, reason: str) -> None:
        is_stack = what == one.name
        kind = "AWS::CloudFormation::Stack" if is_stack else one.resources[what].type
        at = datetime(2026, 11, 25, tzinfo=UTC) + timedelta(seconds=self.clock.seconds)
        number = f"event-{self._next()}"
        one.events.append(Event(place, one.name, "", what, kind, status, reason, at, number))

    def _status(self, place: Place, one: FakeStack, status: str, reason: str = "") -> None:
        one.status, one.reason = status, reason
        one.changed = str(self.clock.seconds)
        self._event(place, one, one.name, status, reason)

    # ---- Cloud ---------------------------------------------------------------------------

    def identity(self, place: Place) -> Identity:
        """The account that was asked for, unless credentials are for one only."""
        self._ask("identity", place.account)
        if self.account and self.account != place.account:
            raise CloudError(f"{place.account}: the credentials are of account {self.account}")
        return Identity(place.account, f"arn:aws:iam::{place.account}:user/fake")

    def _public(self, one: FakeStack) -> DeployedStack:
        return DeployedStack(
            one.name,
            one.id,
            one.status,
            one.reason,
            dict(one.tags),
            dict(one.outputs),
            one.is_protected,
            one.role,
            one.changed,
        )

    def stacks(self, place: Place) -> tuple[DeployedStack, ...]:
        """All but deleted ones."""
        with self.lock:
            self._ask("stacks", place.account)
            all_ = self.all.get(place, [])
            return tuple(self._public(one) for one in all_ if one.status != "DELETE_COMPLETE")

    def stack(self, place: Place, name: str) -> DeployedStack | None:
        """One stack."""
        with self.lock:
            self._ask("stack", name)
            found = self.find(place, name)
            return self._public(found) if found else None

    def template(self, place: Place, stack: str, change_set: str = "") -> str:
        """As handed in."""
        with self.lock:
            self._ask("template", stack)
            if change_set:
                found = self._set(place, stack, change_set)
                assert found
                return self._text(found.request)
            return self.get(place, stack).text

    def resources(self, place: Place, stack: str) -> tuple[StackResource, ...]:
        """Resources that are and were there."""
        with self.lock:
            found = self.get(place, stack).resources.items()
            return tuple(
                StackResource(name, one.type, one.physical_id, one.status) for name, one in found
            )

    def exports(self, place: Place) -> Mapping[str, str]:
        """Every export there."""
        with self.lock:
            return {
                name: one.id
                for one in self.all.get(place, [])
                if one.status != "DELETE_COMPLETE"
                for name in one.exports
            }

    def importers(self, place: Place, export: str) -> tuple[str, ...]:
        """Who imports it."""
        with self.lock:
            self._ask("importers", export)
            return self._importers(place, export)

    def _importers(self, place: Place, export: str) -> tuple[str, ...]:
        needle = json.dumps({"Fn::ImportValue": export})
        return tuple(
            sorted(
                one.name
                for one in self.all.get(place, [])
                if one.status not in ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS")
                and needle in json.dumps(one.template)
            )
        )

    def events(self, place: Place, stack: str, since: str = "") -> tuple[Event, ...]:
        """Events after one."""
        with self.lock:
            all_ = self.get(place, stack).events
            numbers = [one.id for one in all_]
            return tuple(all_[numbers.index(since) + 1 :] if since in numbers else all_)

    def protect(self, place: Place, stack: str, *, on: bool) -> None:
        """Switch termination protection."""
        with self.lock:
            self._ask("protect" if on else "unprotect", stack)
            self.get(place, stack).is_protected = on

    def policy(self, place: Place, stack: str) -> str:
        """Stack policy."""
        with self.lock:
            self._ask("policy", stack)
            return self.get(place, stack).policy

    def set_policy(self, place: Place, stack: str, text: str) -> None:
        """Set it."""
        with self.lock:
            self._ask("set_policy", stack)
            self.get(place, stack).policy = text

    def delete(self, place: Place, stack: str, *, role: str = "") -> None:
        """Begin to delete."""
        with self.lock:
            one = self.get(place, stack)
            self._ask("delete", one.name)
            one.role = role or one.role
            if one.is_protected:
                raise RefusedError(
                    f"Stack [{one.name}] cannot be deleted while TerminationProtection is enabled",
                    "ValidationError",
                )
            self._status(place, one, "DELETE_IN_PROGRESS")
            self.clock.at(self._time(one), lambda: self._deleted(place, one))

    def _time(self, one: FakeStack) -> float:
        return self.seconds * max(len(one.resources), 1)

    def _deleted(self, place: Place, one: FakeStack) -> None:
        used = {name: self._importers(place, name) for name in one.exports}
        for name, importers in used.items():
            if importers:
                reason = f"Export {name} cannot be deleted as it is in use by {importers[0]}"
                self._status(place, one, "DELETE_FAILED", reason)
                return
        for name, resource in one.resources.items():
            if (one.name, name) in self.fails:
                self._event(place, one, name, "DELETE_FAILED", self.fails[one.name, name])
                self._status(place, one, "DELETE_FAILED", f"could not be deleted: [{name}]")
                return
            if resource.status == "DELETE_COMPLETE":
                continue
            kept = resource.body.get("DeletionPolicy") in KEEPS
            resource.status = "DELETE_SKIPPED" if kept else "DELETE_COMPLETE"
            self._event(place, one, name, resource.status, "")
        one.exports = {}
        self._status(place, one, "DELETE_COMPLETE")

    def continue_rollback(self, place: Place, stack: str, *, role: str = "") -> None:
        """Roll back again."""
        with self.lock:
            one = self.get(place, stack)
            self._ask("continue_rollback", one.name)
            one.role = role or one.role
            if one.status != "UPDATE_ROLLBACK_FAILED":
                raise RefusedError(f"{one.name} is in {one.status}", "ValidationError")
            self._status(place, one, "UPDATE_ROLLBACK_IN_PROGRESS")
            self.clock.at(self.seconds, lambda: self._rolled_back(place, one, "UPDATE"))

    # ---- change sets ---------------------------------------------------------------------

    def _text(self, request: ChangeSetRequest) -> str:
        if not request.url:
            return request.text
        return next(text for (_, key), text in self.buckets.items() if request.url.endswith(key))

    def _set(self, place: Place, stack: str, name: str) -> FakeChangeSet | None:
        for one in self.sets.get(place, []):
            if stack in (one.public.stack, one.public.stack_id) and name in (
                one.public.name,
                one.public.id,
            ):
                return one
        return None

    def create_change_set(self, place: Place, request: ChangeSetRequest) -> str:
        """Refuse what CloudFormation refuses at once; think over the rest for a while."""
        with self.lock:
            self._ask("create_change_set", request.stack)
            if len(request.text.encode()) > 51_200:
                raise RefusedError("templateBody failed to satisfy constraint", "ValidationError")
            one = self.find(place, request.stack)
            if request.kind == "UPDATE" and (one is None or one.status == "REVIEW_IN_PROGRESS"):
                raise RefusedError(f"Stack [{request.stack}] does not exist", "ValidationError")
            if request.kind == "CREATE" and one and one.status != "REVIEW_IN_PROGRESS":
                raise RefusedError(f"Stack {request.stack} already exists", "ValidationError")
            if one and (one.status.endswith("_FAILED") or one.status == "ROLLBACK_COMPLETE"):
                raise RefusedError(f"{one.name} is in {one.status} state", "ValidationError")
            if self._set(place, request.stack, request.name):
                raise RefusedError("ChangeSet already exists", "AlreadyExistsException")
            if one is None:
                one = FakeStack(
                    request.stack, f"arn:stack/{request.stack}/{self._next()}", "REVIEW_IN_PROGRESS"
                )
                self.all.setdefault(place, []).append(one)
            public = ChangeSet(
                request.name,
                f"arn:changeSet/{request.name}/{self._next()}",
                request.stack,
                one.id,
                "CREATE_PENDING",
                "UNAVAILABLE",
            )
            made = FakeChangeSet(request, public)
            self.sets.setdefault(place, []).append(made)
            self.clock.at(0.5, lambda: self._thought_over(place, made))
            return public.id

    def _thought_over(self, place: Place, made: FakeChangeSet) -> None:
        one, request = self.find(place, made.public.stack_id), made.request
        if one is None or made not in self.sets[place]:
            return
        after = read(self._text(request).encode(), request.stack)
        missing = sorted(_imports(after) - set(self.exports(place)))
        status, execution, reason = "CREATE_COMPLETE", "AVAILABLE", ""
        changes = _changes(one, after, request)
        changes += self.sees_more.get(request.stack, ())
        is_same = not changes and one.tags == dict(request.tags)
        is_same = is_same and one.template.get("Outputs") == after.get("Outputs")
        if missing:
            reason = f"No export named {missing[0]} found"
        elif is_same:
            reason = "The submitted information didn't contain changes."
        if reason:
            status, execution, changes = "FAILED", "UNAVAILABLE", ()
        made.public = replace(
            made.public, status=status, execution=execution, reason=reason, changes=changes
        )

    def change_set(self, place: Place, stack: str, name: str) -> ChangeSet | None:
        """As it stands."""
        with self.lock:
            found = self._set(place, stack, name)
            return found.public if found else None

    def change_sets(self, place: Place, stack: str) -> tuple[ChangeSet, ...]:
        """All of a stack."""
        with self.lock:
            return tuple(
                one.public
                for one in self.sets.get(place, [])
                if stack in (one.public.stack, one.public.stack_id)
            )

    def delete_change_set(self, place: Place, stack: str, change_set: str) -> None:
        """Gone."""
        with self.lock:
            self._ask("delete_change_set", stack)
            found = self._set(place, stack, change_set)
            if found and found.public.execution == "EXECUTE_IN_PROGRESS":
                raise RefusedError("it is being executed", "InvalidChangeSetStatus")
            if found:
                self.sets[place].remove(found)

    def execute(self, place: Place, stack: str, change_set: str) -> None:
        """Begin; every other change set of the stack goes."""
        for call in self.before_execute:
            call(stack)
        with self.lock:
            one = self.get(place, stack)
            self._ask("execute", one.name)
            found = self._set(place, stack, change_set)
            if found is None:
                raise RefusedError(f"ChangeSet [{change_set}] does not exist", "ChangeSetNotFound")
            if found.public.execution != "AVAILABLE":
                said = f"cannot be executed in its current status of {found.public.execution}"
                raise RefusedError(said, "InvalidChangeSetStatus")
            for other in [*self.sets[place]]:
                if other.public.stack_id == one.id and other is not found:
                    self.sets[place].remove(other)
            found.public = replace(found.public, execution="EXECUTE_IN_PROGRESS")
            kind = found.request.kind
            one.before = copy.deepcopy(one)
            if kind == "CREATE":
                one.text, one.tags = self._text(found.request), dict(found.request.tags)
            self._status(place, one, f"{kind}_IN_PROGRESS")
            size = max(len(found.public.changes), 1)
            self.clock.at(self.seconds * size, lambda: self._carried_out(place, one, found))

    def _carried_out(self, place: Place, one: FakeStack, found: FakeChangeSet) -> None:
        request, kind = found.request, found.request.kind
        text = self._text(request)
        after = read(text.encode(), one.name)
        reason = self._applied(place, one, found, after)
        if not reason:
            reason = self._exported(place, one, after)
        if reason:
            done = "EXECUTE_FAILED"
            word = {"CREATE": "ROLLBACK", "UPDATE": "UPDATE_ROLLBACK"}.get(kind, "IMPORT_ROLLBACK")
            self._status(place, one, f"{word}_IN_PROGRESS", reason)
            self.clock.at(self.seconds, lambda: self._rolled_back(place, one, kind))
        else:
            done = "EXECUTE_COMPLETE"
            one.text, one.tags = text, dict(request.tags)
            one.role = request.role or one.role
            self._status(place, one, f"{kind}_COMPLETE")
        found.public = replace(found.public, execution=done)

    def _applied(
        self, place: Place, one: FakeStack, found: FakeChangeSet, after: Mapping[str, Any]
    ) -> str:
        """Make the changes; the reason of the first that fails."""
        for change in found.public.changes:
            name = change.logical_id
            body = after["Resources"].get(name)
            verb = {"Add": "CREATE", "Modify": "UPDATE", "Remove": "DELETE"}.get(
                change.action, "IMPORT"
            )
            replaced = change.replacement == "True"
            if verb == "CREATE" or name not in one.resources:
                physical = f"{one.name}-{name}-{self._next()}"
                one.resources[name] = FakeResource(change.type, physical, dict(body or {}))
            self._event(place, one, name, f"{verb}_IN_PROGRESS", "")
            reason = self.fails.get((one.name, name), "")
            if (replaced or verb == "DELETE") and f'LogicalResourceId/{name}"' in one.policy:
                reason = "Action denied by stack policy"
            if reason:
                self._event(place, one, name, f"{verb}_FAILED", reason)
                return f"The following resource(s) failed: [{name}]."
            if verb == "DELETE":
                one.resources[name].status = "DELETE_COMPLETE"
            elif replaced:
                physical = f"{one.name}-{name}-{self._next()}"
                one.resources[name] = FakeResource(change.type, physical, dict(body or {}))
            if verb == "IMPORT":
                identifier = next(
                    "|".join(item.identifier.values())
                    for item in found.request.imports
                    if item.logical_id == name
                )
                if (change.type, identifier) not in self.existing:
                    self._event(place, one, name, "IMPORT_FAILED", f"{identifier} does not exist")
                    return f"The following resource(s) failed to import: [{name}]."
                one.resources[name].physical_id = self.existing[change.type, identifier]
            one.resources[name].body = dict(body or one.resources[name].body)
            if verb != "DELETE":
                one.resources[name].status = f"{verb}_COMPLETE"
            self._event(place, one, name, f"{verb}_COMPLETE", "")
        return ""

    def _exported(self, place: Place, one: FakeStack, after: Mapping[str, Any]) -> str:
        values = {}
        for output in after.get("Outputs", {}).values():
            name = output.get("Export", {}).get("Name")
            if name:
                text = json.dumps(output["Value"])
                for logical_id, resource in one.resources.items():
                    text = text.replace(f'"{logical_id}"', f'"{resource.physical_id}"')
                values[name] = text
        for name, value in one.exports.items():
            importers = self._importers(place, name)
            if importers and values.get(name) != value:
                verb = "updated" if name in values else "deleted"
                return f"Export {name} cannot be {verb} as it is in use by {importers[0]}"
        one.exports = values
        one.outputs = {name: str(out["Value"]) for name, out in after.get("Outputs", {}).items()}
        return ""

    def _rolled_back(self, place: Place, one: FakeStack, kind: str) -> None:
        if one.name in self.fails_to_roll_back:
            word = "ROLLBACK_FAILED" if kind == "CREATE" else "UPDATE_ROLLBACK_FAILED"
            self._status(place, one, word, "could not be rolled back")
            return
        before = one.before
        assert before
        if kind == "CREATE":
            for resource in one.resources.values():
                resource.status = "DELETE_COMPLETE"
            self._status(place, one, "ROLLBACK_COMPLETE")
            return
        one.resources, one.exports = before.resources, before.exports
        word = "UPDATE" if kind == "UPDATE" else "IMPORT"
        self._status(place, one, f"{word}_ROLLBACK_COMPLETE")

    def put_template(self, place: Place, bucket: str, key: str, text: str) -> str:
        """Keep it."""
        with self.lock:
            self._ask("put_template", bucket)
            self.buckets[bucket, key] = text
            return f"https://{bucket}.s3.{place.region}.amazonaws.com/{key}"

    # ---- drift ---------------------------------------------------------------------------

    def start_drift(self, place: Place, stack: str) -> str:
        """Begin; it takes a while."""
        with self.lock:
            one = self.get(place, stack)
            self._ask("start_drift", one.name)
            return f"{one.name}|{self.clock.seconds + self.seconds}"

    def drift_run(self, place: Place, run: str) -> DriftRun:
        """How far it is."""
        name, until = run.split("|")
        if self.clock.seconds < float(until):
            return DriftRun(run, "DETECTION_IN_PROGRESS")
        found = any(one.status != "IN_SYNC" for one in self.drifted.get(name, ()))
        assert self.find(place, name)
        return DriftRun(run, "DETECTION_COMPLETE", "DRIFTED" if found else "IN_SYNC")

    def drifts(self, place: Place, stack: str) -> tuple[ResourceDrift, ...]:
        """What was put in, and everything else in sync."""
        with self.lock:
            one = self.get(place, stack)
            known = {drift.logical_id: drift for drift in self.drifted.get(one.name, ())}
            return tuple(
                known.get(name) or ResourceDrift(name, res.type, res.physical_id, "IN_SYNC")
                for name, res in sorted(one.resources.items())
                if res.status != "DELETE_COMPLETE"
            )

    def live(self, place: Place, type_name: str, identifier: str) -> Mapping[str, Any] | None:
        """What was put in."""
        self._ask("live", f"{place.region} {type_name}")
        return self.alive.get((type_name, identifier))


def _imports(value: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(value, Mapping):
        if isinstance(value.get("Fn::ImportValue"), str):
            found.add(value["Fn::ImportValue"])
        for child in value.values():
            found |= _imports(child)
    elif isinstance(value, (list, tuple)):
        for child in value:
            found |= _imports(child)
    return found


def _changes(
    one: FakeStack, after: Mapping[str, Any], request: ChangeSetRequest
) -> tuple[CloudChange, ...]:
    """What CloudFormation would say: by properties, and through references to what is replaced."""
    old, new = one.template["Resources"], after["Resources"]
    found: dict[str, CloudChange] = {}
    imported = {item.logical_id for item in request.imports}
    for name, body in new.items():
        kind = body["Type"]
        if name not in old:
            found[name] = CloudChange("Import" if name in imported else "Add", name, kind)
        elif old[name] != body:
            before, now = old[name].get("Properties", {}), body.get("Properties", {})
            names = sorted(k for k in {*before, *now} if before.get(k) != now.get(k))
            fixed = {path[0] for path in schema(kind).create_only}
            word = "True" if fixed & set(names) else "False"
            found[name] = CloudChange(
                "Modify",
                name,
                kind,
                word,
                ("Properties",) if names else ("Metadata",),
                tuple(names),
            )
        elif one.tags != dict(request.tags) and one.text:
            found[name] = CloudChange("Modify", name, kind, "False", ("Tags",))
    for name, body in old.items():
        if name not in new:
            found[name] = CloudChange("Remove", name, body["Type"])
    replaced = {name for name, change in found.items() if change.replacement == "True"}
    for name, body in new.items():
        text = json.dumps(body)
        if name not in found and any(
            f'{{"Ref": "{other}"}}' in text or f'["{other}", ' in text for other in replaced
        ):
            found[name] = CloudChange(
                "Modify", name, body["Type"], "Conditional", ("Properties",), (), is_dynamic=True
            )
    return tuple(found[name] for name in sorted(found))
