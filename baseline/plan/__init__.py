"""Plan: what would make the stacks that stand into the stacks that are wanted, in which order.

A step is one change set, or one deletion. Steps stand in waves: each needs only those before it.
The hash of a step covers its template's meaning, tags, target, role, and what stood there when the
plan was made; the hash of a plan covers all its steps and what it leaves alone.

An export that goes, or that has importers left, is taken away in two steps: *expand* (what is new
comes, what is imported stays), then the importers move, then *contract*. CloudFormation refuses to
change the value of an export that is imported; such a plan is refused here, before anything begins.
What must be asked for by name (loss of data, wider access, the irreversible, stacks that go) is a
`Need`; a step with a need that nobody accepted is never begun.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any

from baseline.change import Action, Change, Changes, Replacement, Verdict
from baseline.cloud import MOST_INLINE_BYTES, SHELL, STABLE, Import
from baseline.deployed import (
    Deployed,
    Standing,
    Support,
    Target,
    exports,
    fingerprint,
    handed_in,
    imports,
    meaning,
    stateful,
)
from baseline.diff import diff_stacks
from baseline.errors import BlueprintError
from baseline.stack import Fleet, Origin, Place, Stack
from baseline.words import closest, quote

VERSION = 1
BOOTSTRAP = "-bootstrap"  # how the names of stacks end that only `baseline bootstrap` touches


class Do(StrEnum):
    """What a step does with its stack."""

    CREATE = "create"
    IMPORT = "import"
    EXPAND = "expand"
    UPDATE = "update"
    CONTRACT = "contract"
    PROTECT = "protect"
    REVERT = "revert"  # what others changed behind CloudFormation's back; see drift
    DELETE = "delete"


# What is never covered by a blanket yes.
_NAMED = (
    *(Verdict.LOSES_DATA, Verdict.MAY_LOSE_DATA, Verdict.LOSES_PART),
    *(Verdict.WIDENS_ACCESS, Verdict.IRREVERSIBLE),
)


@dataclass(frozen=True, order=True)
class Need:
    """Something that must be asked for by name; `resource` is empty for a whole stack."""

    stack: str
    resource: str
    verdict: str
    message: str

    @property
    def name(self) -> str:
        """What to put after `--accept`."""
        return f"{self.stack}/{self.resource}" if self.resource else self.stack

    def accepted_by(self, names: Collection[str]) -> bool:
        """Say whether one of the names accepts it.

        Wider access may be accepted by a pattern; what is lost for good only by its whole name.
        """
        if self.name in names:
            return True
        if self.verdict != Verdict.WIDENS_ACCESS:
            return False
        return any(fnmatchcase(self.name, one) for one in names if "*" in one)


@dataclass(frozen=True)
class Step:
    """One stack in one place, and what is done with it.

    `before` is the fingerprint of what stands there, empty for nothing; `policy` the stack policy
    that it has in the end.
    """

    stack: str
    place: Place
    do: Do
    text: str = field(default="", repr=False)
    meaning: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    before: str = ""
    id: str = ""
    role: str = ""
    bucket: str = ""
    bucket_place: Place | None = None
    policy: str = ""
    imports: tuple[Import, ...] = ()
    changes: tuple[Change, ...] = ()
    needs: tuple[Need, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, Place, Do]:
        """What tells it from every other step of a plan."""
        return (self.stack, self.place, self.do)

    @property
    def where(self) -> str:
        """The stack and its place, for people."""
        return f"{self.stack} in {self.place.account} ({self.place.region})"

    @cached_property
    def hash(self) -> str:
        """SHA-256 of all that the step would do, and of what it rests on."""
        said = [
            *(self.stack, self.place.account, self.place.region, self.do, self.meaning),
            *(sorted(self.tags.items()), self.before, self.role, self.policy),
            [[one.logical_id, one.type, sorted(one.identifier.items())] for one in self.imports],
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    @property
    def change_set(self) -> str:
        """Name of its change set: the same step finds it again, and no other step takes it."""
        return f"baseline-{self.hash[:24]}"

    def planned(self) -> frozenset[str]:
        """Logical ids of resources that it is known to touch."""
        found = {one.name for one in self.changes if one.section == "Resources"}
        found |= {one.was for one in self.changes if one.was}
        return frozenset(found | {one.logical_id for one in self.imports})


@dataclass(frozen=True)
class Mend:
    """A stack that must be mended before anything can be planned for it."""

    stack: str
    place: Place
    id: str
    do: str  # "delete the remains" or "continue the roll-back"
    why: str
    role: str = ""


@dataclass(frozen=True)
class Plan:
    """Waves of steps, what is left alone, what stands in the way, and what is not planned here."""

    organization: str
    waves: tuple[tuple[Step, ...], ...] = ()
    unchanged: tuple[tuple[str, Place, str], ...] = ()
    blocked: tuple[str, ...] = ()
    mends: tuple[Mend, ...] = ()
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    differences: Changes = field(default_factory=Changes, compare=False)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step, in order."""
        return tuple(step for wave in self.waves for step in wave)

    @property
    def needs(self) -> tuple[Need, ...]:
        """Everything that must be asked for by name."""
        return tuple(sorted({need for step in self.steps for need in step.needs}))

    @property
    def is_empty(self) -> bool:
        """Say whether everything is as wanted."""
        return not (self.waves or self.blocked or self.mends)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of every step and of all that is left alone."""
        left = [[name, one.account, one.region, mark] for name, one, mark in self.unchanged]
        said = [VERSION, [step.hash for step in self.steps], sorted(left)]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


@dataclass(frozen=True)
class Wanted:
    """What a plan is asked for: all stacks, which of them now, and what is taken over."""

    stacks: Sequence[Stack]
    chosen: Collection[str]
    imports: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    today: date | None = None
    assets: Mapping[tuple[str, str], tuple[str, int | None]] = field(default_factory=dict)


def plan(wanted: Wanted, there: Deployed) -> Plan:
    """Plan what makes there what is wanted; pure."""
    return _Planner(wanted, there).plan()


def destruction(stacks: Sequence[Stack], chosen: Collection[str], there: Deployed) -> Plan:
    """Plan to delete the chosen stacks, those that import before those that export."""
    wanted = Wanted([stack for stack in stacks if stack.name not in chosen], chosen)
    planner = _Planner(wanted, there)
    return planner.destruction({stack.name for stack in stacks} & set(chosen))


# ---- making it -----------------------------------------------------------------------------


class _Planner:
    """Gathers steps and what each must wait for; used once."""

    def __init__(self, wanted: Wanted, there: Deployed) -> None:
        self.wanted = wanted
        self.there = there
        self.organization = next((one.organization for one in wanted.stacks), "")
        self.targets: dict[Target, Stack] = {
            (place, stack.name): stack
            for stack in wanted.stacks
            if not isinstance(stack.target, Fleet) and stack.engine == "cloudformation"
            for place in stack.target
        }
        self.steps: dict[tuple[str, Place, Do], Step] = {}
        self.after: dict[tuple[str, Place, Do], set[tuple[str, Place, Do]]] = {}
        self.unchanged: list[tuple[str, Place, str]] = []
        self.blocked: list[str] = []
        self.mends: list[Mend] = []
        self.notes: list[str] = []
        self.salts: list[str] = []
        self.differences: list[Change] = []

    def plan(self) -> Plan:
        """Steps for all that is chosen, and for what is there and no longer wanted."""
        self._refuse_unknown_imports()
        sites = {self.targets[target].site for target in self._chosen()}
        gone = [
            one
            for (place, name), one in self.there.standing.items()
            if (place, name) not in self.targets
            and one.stack.is_there
            and not self._is_apart(name)
            and one.stack.tags.get("baseline:site") in sites
            and self._is_among_chosen(name)
        ]
        ready = [target for target in self._chosen() if self._is_usable(*target)]
        changes = self._changes(ready, gone)
        for place, name in ready:
            self._stack(place, name, changes.get((place, name), ()))
        for one in gone:
            if self._is_usable(one.place, one.stack.name):
                self._refuse_importers_that_stay(one)
                self._deletion(one, changes.get((one.place, one.stack.name), ()))
        self._refuse_changed_exports(changes)
        return self._made(self._skipped())

    def destruction(self, names: Collection[str]) -> Plan:
        """Steps that delete, and refusals where something that stays imports."""
        gone = {
            target: one
            for target, one in self.there.standing.items()
            if target[1] in names and one.stack.status != "DELETE_COMPLETE"
        }
        for (place, name), one in gone.items():
            if one.stack.is_busy:
                self.blocked.append(_busy(one))
                continue
            for export, importers in self._importers_of(one).items():
                stay = sorted(set(importers) - {other for where, other in gone if where == place})
                if stay:
                    self.blocked.append(
                        f"{name} in {place.account} ({place.region}): {', '.join(stay)} still "
                        f"imports {export}: destroy that too, or leave this"
                    )
            self._deletion(one, (), is_destroyed=True)
        self.organization = next(
            (one.stack.tags.get("baseline:organization", "") for one in gone.values()), ""
        )
        return self._made(())

    def _made(self, skipped: Sequence[str]) -> Plan:
        return Plan(
            organization=self.organization,
            waves=self._waves(),
            unchanged=tuple(sorted(self.unchanged)),
            blocked=tuple(sorted(set(self.blocked))),
            mends=tuple(self.mends),
            skipped=tuple(skipped),
            notes=tuple(dict.fromkeys(self.notes)),
            differences=Changes(
                tuple(sorted(self.differences, key=lambda one: one.order)),
                salt="".join(self.salts),
                stacks=max(len(self.targets), 1),
            ),
        )

    # ---- which ----------------------------------------------------------------------------

    def _chosen(self) -> list[Target]:
        return sorted(target for target in self.targets if target[1] in self.wanted.chosen)

    def _is_among_chosen(self, name: str) -> bool:
        """Say whether what is no longer wanted may be looked at: only when all of a site is."""
        left_out = {stack.name for stack in self.wanted.stacks} - set(self.wanted.chosen)
        sites = {stack.site for stack in self.wanted.stacks if stack.name in left_out}
        return not any(name.startswith(f"{self.organization}-{site}-") for site in sites)

    def _is_apart(self, name: str) -> bool:
        """Say whether a stack is bootstrap's, and this plan is not about it."""
        return name.endswith(BOOTSTRAP) and name not in self.wanted.chosen

    def _skipped(self) -> list[str]:
        return [
            f"{stack.name}: goes to a fleet (organizational units {', '.join(stack.target.units)})"
            ": not deployed by this version; deploy its template with StackSets"
            for stack in self.wanted.stacks
            if stack.name in self.wanted.chosen and isinstance(stack.target, Fleet)
        ]

    def _refuse_unknown_imports(self) -> None:
        for name, resource in self.wanted.imports:
            found = [self.targets[one] for one in self._chosen() if one[1] == name]
            if not found:
                guess = closest(name, {one[1] for one in self._chosen()})
                self.blocked.append(f"--import: {quote(name)} is no chosen stack{guess}")
            elif resource not in found[0].resources:
                guess = closest(resource, list(found[0].resources))
                self.blocked.append(f"--import: {name} has no {quote(resource)}{guess}")

    def _is_usable(self, place: Place, name: str) -> bool:
        """Say whether a step can be planned for a stack as it is; else say what is in the way."""
        one = self.there.of(place, name)
        if one is None or one.stack.status in STABLE or one.stack.status == SHELL:
            return True
        status, where = one.stack.status, f"{name} in {place.account} ({place.region})"
        role = one.stack.role
        left = [res for res in one.resources if res.status != "DELETE_COMPLETE"]
        if one.stack.is_busy:
            self.blocked.append(_busy(one))
        elif status == "ROLLBACK_COMPLETE" and not left:
            why = "its creation failed and was rolled back; nothing of it is left"
            self.mends.append(Mend(name, place, one.stack.id, "delete the remains", why, role))
        elif status == "UPDATE_ROLLBACK_FAILED":
            why = f"an update failed, and so did rolling it back ({one.stack.reason})"
            self.mends.append(Mend(name, place, one.stack.id, "continue the roll-back", why, role))
        elif status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "CREATE_FAILED"):
            names = ", ".join(f"{res.logical_id} ({res.physical_id})" for res in left) or "nothing"
            self.blocked.append(
                f"{where}: {status}, and these resources are left of it: {names}: look at each, "
                "delete the stack by hand (it may keep resources), then run again; what stays can "
                "be adopted with --import"
            )
        else:
            self.blocked.append(
                f"{where}: {status} ({one.stack.reason or 'no reason given'}): bring it to a "
                "stable state in CloudFormation, then run again"
            )
        return False

    # ---- what changes -----------------------------------------------------------------------

    def _changes(
        self, chosen: Sequence[Target], gone: Sequence[Standing]
    ) -> dict[Target, tuple[Change, ...]]:
        """Changes of each stack, each place at once, so that references across stacks count."""
        found: dict[Target, tuple[Change, ...]] = {}
        for place in sorted({one for one, _ in self.targets} | {one.place for one in gone}):
            before = {
                name: one.template
                for (where, name), one in self.there.standing.items()
                if where == place and one.is_read and not self._is_apart(name)
            }
            after = dict(before)
            for where, name in chosen:
                if where == place:
                    after[name] = self.targets[where, name].template
            for one in gone:
                if one.place == place:
                    after.pop(one.stack.name, None)
            changes = diff_stacks(before, after, today=self.wanted.today, assets=self.wanted.assets)
            self.notes += changes.notes
            self.salts.append(changes.salt)
            for change in changes:
                target = (place, change.stack)
                found[target] = (*found.get(target, ()), change)
                self.differences.append(self._placed(place, change))
        return found

    def _placed(self, place: Place, change: Change) -> Change:
        """A change for people: its stack's name tells the place, where there are several."""
        stack = next((self.targets[one] for one in self.targets if one[1] == change.stack), None)
        if stack is None or isinstance(stack.target, Fleet) or len(stack.target) < 2:
            return change
        return replace(change, stack=f"{change.stack}@{place.account}/{place.region}")

    def _stack(self, place: Place, name: str, changes: tuple[Change, ...]) -> None:
        """The steps of one stack that is wanted."""
        stack, one = self.targets[place, name], self.there.of(place, name)
        adopted = self._adopted(stack)
        wanted_policy = stack_policy(stateful(stack.template))
        if one is None or not one.stack.is_there:
            step = self._step(stack, place, Do.CREATE, stack.template, None)
            step = replace(step, changes=changes, needs=_of_new_stack(step, changes))
            if adopted:
                first = self._import(stack, place, None, adopted)
                if first is None:
                    return
                step = replace(step, do=Do.UPDATE, before=_expected(first))
            self._add(step, self._needed_by(place, stack))
            return
        edited = [change for change in changes if change.action is not Action.FOLLOW]
        if adopted and self._import(stack, place, one, adopted) is None:
            return
        if not edited and one.tags == dict(stack.tags) and not adopted:
            guarded = (one.policy or "") == wanted_policy or not wanted_policy
            if guarded and one.stack.is_protected >= bool(wanted_policy):
                self.unchanged.append((name, place, one.fingerprint))
            else:
                step = self._step(stack, place, Do.PROTECT, stack.template, one)
                note = "termination protection and stack policy are set again"
                self._add(replace(step, notes=(note,)), set())
            return
        self._update(stack, place, one, changes)

    def _update(
        self, stack: Stack, place: Place, one: Standing, changes: tuple[Change, ...]
    ) -> None:
        needs = self._needed_by(place, stack)
        step = self._step(stack, place, Do.UPDATE, stack.template, one)
        notes = _tag_notes(one.tags, stack.tags)
        step = replace(step, changes=changes, needs=tuple(needs_of(changes)), notes=notes)
        if (stack.name, place, Do.IMPORT) in self.steps:
            step = replace(step, before=_expected(self.steps[stack.name, place, Do.IMPORT]))
        kept = self._kept_exports(place, one, stack.template)
        if not kept:
            self._add(step, needs)
            return
        movers = {mover for names in kept.values() for mover in names}
        waits = {(mover, place, do) for mover in movers for do in Do}
        if not self._is_waited_for(place, one, stack):
            note = f"waits until nothing imports {', '.join(sorted(kept))}"
            self._add(replace(step, do=Do.CONTRACT, notes=(*notes, note)), needs | waits)
            return
        wider = _expanded(one.template, stack.template, kept)
        if meaning(wider) != meaning(one.template):
            first = replace(
                self._step(stack, place, Do.EXPAND, wider, one),
                changes=tuple(c for c in changes if c.action is not Action.REMOVE),
                needs=step.needs,
                notes=(f"keeps {', '.join(sorted(kept))} until nothing imports it",),
            )
            self._add(first, needs)
            step = replace(step, before=_expected(first), needs=tuple(needs_of(changes)))
            needs = {first.key}
        removed = tuple(c for c in changes if c.action is Action.REMOVE)
        note = f"takes away {', '.join(sorted(kept))}, which nothing imports any more"
        last = replace(step, do=Do.CONTRACT, changes=removed, notes=(note,))
        self._add(last, needs | waits)

    def _is_waited_for(self, place: Place, one: Standing, stack: Stack) -> bool:
        """Say whether others import what a stack only now begins to export."""
        new = exports(stack.template).keys() - exports(one.template).keys()
        return any(
            new & imports(other.template)
            for (where, name), other in self.targets.items()
            if where == place and name in self.wanted.chosen
        )

    def _kept_exports(
        self, place: Place, one: Standing, after: Mapping[str, Any]
    ) -> dict[str, tuple[str, ...]]:
        """Exports that go, and that a stack of ours imports which moves away in this plan."""
        kept: dict[str, tuple[str, ...]] = {}
        for export in exports(one.template).keys() - exports(after).keys():
            importers = self.there.importers.get((place, export), ())
            stay = [name for name in importers if export in self._imports_after(place, name)]
            if stay:
                self.blocked.append(
                    f"{one.stack.name} in {place.account} ({place.region}): {export} would go, "
                    f"but {', '.join(stay)} imports it: change that stack first, or in the same run"
                )
            elif importers:
                kept[export] = importers
        return kept

    def _imports_after(self, place: Place, name: str) -> set[str]:
        """What a stack will import once the plan is carried out."""
        target = (place, name)
        if target in self.targets and name in self.wanted.chosen:
            return imports(self.targets[target].template)
        one = self.there.of(place, name)
        if one is None or not one.is_read:
            return {export for where, export in self.there.importers if where == place}
        is_ours = one.stack.tags.get("baseline:organization") == self.organization
        if is_ours and target not in self.targets and self._is_among_chosen(name):
            return set()
        return imports(one.template)

    def _refuse_importers_that_stay(self, one: Standing) -> None:
        for export, importers in self._importers_of(one).items():
            stay = [name for name in importers if export in self._imports_after(one.place, name)]
            if stay:
                self.blocked.append(
                    f"{one.stack.name} in {one.place.account} ({one.place.region}) is no longer "
                    f"asked for, but {', '.join(stay)} imports {export} of it: change that first"
                )

    def _refuse_changed_exports(self, changes: Mapping[Target, Sequence[Change]]) -> None:
        """CloudFormation does not change the value of an export that somebody imports."""
        for (place, name), of_stack in changes.items():
            one, stack = self.there.of(place, name), self.targets.get((place, name))
            if one is None or stack is None or not one.is_read:
                continue
            replaced = {
                change.name
                for change in of_stack
                if change.section == "Resources" and change.replacement is Replacement.CERTAIN
            }
            before, after = exports(one.template), exports(stack.template)
            for export in sorted(before.keys() & after.keys()):
                importers = self.there.importers.get((place, export)) or self._ours_importing(
                    place, export
                )
                moves = before[export][1] != after[export][1]
                moves = moves or bool(_names_in(after[export][1]) & replaced)
                if importers and moves:
                    self.blocked.append(
                        f"{name} in {place.account} ({place.region}): the value of {export} would "
                        f"change while {', '.join(importers)} imports it, which CloudFormation "
                        "refuses: give what is new a name of its own beside the old, and move the "
                        "importers to it"
                    )

    def _ours_importing(self, place: Place, export: str) -> tuple[str, ...]:
        return tuple(
            name
            for (where, name), one in sorted(self.there.standing.items())
            if where == place and one.is_read and export in imports(one.template)
        )

    def _importers_of(self, one: Standing) -> dict[str, tuple[str, ...]]:
        if not one.is_read:
            return {}
        found = {}
        for export in exports(one.template):
            asked = self.there.importers.get((one.place, export), ())
            found[export] = tuple(sorted({*asked, *self._ours_importing(one.place, export)}))
        return found

    # ---- steps ------------------------------------------------------------------------------

    def _step(
        self,
        stack: Stack,
        place: Place,
        do: Do,
        template: Mapping[str, Any],
        one: Standing | None,
    ) -> Step:
        text = handed_in(_with_template(stack, template))
        support = self.there.support.get(place.account, Support())
        if len(text.encode()) > MOST_INLINE_BYTES and not support.bucket:
            self.blocked.append(
                f"{stack.name}: its template has {len(text.encode()):,} bytes; over "
                f"{MOST_INLINE_BYTES:,} it goes through a bucket: run `baseline bootstrap` for "
                f"{place.account} first"
            )
        return Step(
            stack=stack.name,
            place=place,
            do=do,
            text=text,
            meaning=meaning(template),
            tags=dict(stack.tags),
            before=one.fingerprint if one and one.stack.is_there else "",
            id=one.stack.id if one else "",
            role="" if stack.name.endswith(BOOTSTRAP) else support.role,
            bucket=support.bucket,
            bucket_place=support.place,
            policy=stack_policy(stateful(template)),
        )

    def _import(
        self, stack: Stack, place: Place, one: Standing | None, adopted: tuple[Import, ...]
    ) -> Step | None:
        """The step that only takes over: the template as it stands, and what is taken over."""
        names = {item.logical_id for item in adopted}
        there = dict(one.template) if one else {"Resources": {}}
        if one is None:
            keep = ("AWSTemplateFormatVersion", "Description")
            there |= {key: stack.template[key] for key in keep if key in stack.template}
        known = {*there["Resources"], *names}
        bodies = {name: stack.resources[name] for name in sorted(names)}
        problems = [
            f"--import: {stack.name}/{name} refers to {', '.join(sorted(missing))}, which is not "
            "there yet: take that over too, or deploy first what it needs"
            for name, body in bodies.items()
            if (missing := _names_in(body) - known)
        ]
        problems += [
            f"--import: {stack.name}/{name} has no DeletionPolicy, which CloudFormation asks of "
            "what is taken over"
            for name, body in bodies.items()
            if "DeletionPolicy" not in body
        ]
        problems += [
            f"--import: {stack.name}/{name} is in the stack already"
            for name in sorted(names & set(there["Resources"]))
        ]
        self.blocked += problems
        if problems:
            return None
        template = there | {"Resources": {**there["Resources"], **bodies}}
        step = replace(
            self._step(stack, place, Do.IMPORT, template, one),
            imports=adopted,
            tags=one.tags if one else dict(stack.tags),
            notes=tuple(f"takes over {name}" for name in sorted(names)),
        )
        self._add(step, self._needed_by(place, stack))
        return step

    def _adopted(self, stack: Stack) -> tuple[Import, ...]:
        return tuple(
            Import(resource, str(stack.resources[resource]["Type"]), identifier)
            for (name, resource), identifier in sorted(self.wanted.imports.items())
            if name == stack.name and resource in stack.resources
        )

    def _deletion(
        self, one: Standing, changes: tuple[Change, ...], *, is_destroyed: bool = False
    ) -> None:
        name, place = one.stack.name, one.place
        holds = stateful(one.template) if one.is_read else ()
        stays = _retained(one.template) if one.is_read else ()
        needs: list[Need] = list(needs_of(changes))
        if holds or not is_destroyed:
            what = f"holds {', '.join(holds)}" if holds else "is no longer asked for"
            needs.append(Need(name, "", "deletes-stack", f"the whole stack goes; it {what}"))
        notes = (f"stays in the account: {', '.join(stays)}",) if stays else ()
        step = Step(
            stack=name,
            place=place,
            do=Do.DELETE,
            before=one.fingerprint if one.is_read else "",
            id=one.stack.id,
            role=one.stack.role,
            changes=changes,
            needs=tuple(sorted(set(needs))),
            notes=notes,
        )
        before = {
            (importer, place, do)
            for importers in self._importers_of(one).values()
            for importer in importers
            for do in Do
        }
        self._add(step, before)

    def _needed_by(self, place: Place, stack: Stack) -> set[tuple[str, Place, Do]]:
        """Steps that must be done before a stack: those of what it imports, or names as `after`."""
        exporters = {
            export: target
            for target, other in self.targets.items()
            if target[0] == place
            for export in other.exports
        }
        before = {exporters[name] for name in stack.imports if name in exporters}
        before |= {target for target in self.targets if target[1] in stack.after}
        first = (Do.CREATE, Do.IMPORT, Do.EXPAND, Do.UPDATE)
        return {(name, where, do) for where, name in before for do in first}

    def _add(self, step: Step, after: set[tuple[str, Place, Do]]) -> None:
        before = {key for key in after if key[0] != step.stack or key[1] != step.place}
        if step.do is Do.UPDATE or step.do is Do.EXPAND or step.do is Do.CONTRACT:
            before.add((step.stack, step.place, Do.IMPORT))
        if step.do is Do.CONTRACT:
            before.add((step.stack, step.place, Do.EXPAND))
        self.steps[step.key] = step
        self.after[step.key] = before

    def _waves(self) -> tuple[tuple[Step, ...], ...]:
        graph = {
            key: {one for one in after if one in self.steps} for key, after in self.after.items()
        }
        sorter = TopologicalSorter(graph)
        try:
            sorter.prepare()
        except CycleError as error:
            circle = " → ".join(f"{key[2]} {key[0]}" for key in error.args[1])
            raise BlueprintError(f"steps wait for each other: {circle}") from error
        found = []
        while sorter.is_active():
            ready = sorted(sorter.get_ready())
            found.append(tuple(self.steps[key] for key in ready))
            sorter.done(*ready)
        return tuple(found)


# ---- small things --------------------------------------------------------------------------


def stack_policy(logical_ids: Iterable[str]) -> str:
    """A stack policy that keeps updates from replacing or deleting what holds data.

    Source: "Prevent updates to stack resources" (CloudFormation).
    """
    names = sorted(logical_ids)
    if not names:
        return ""
    everything = {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"}
    kept = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["Update:Replace", "Update:Delete"],
        "Resource": [f"LogicalResourceId/{name}" for name in names],
    }
    return json.dumps({"Statement": [everything, kept]}, separators=(",", ":"))


OPEN_POLICY = json.dumps(
    {
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"},
        ]
    },
    separators=(",", ":"),
)


def _with_template(stack: Stack, template: Mapping[str, Any]) -> Stack:
    """The stack with another template; what is only kept for a while says so."""
    if template is stack.template:
        return stack
    kept = Origin("kept until nothing needs it", "")
    origins = {name: stack.origins.get(name, kept) for name in template["Resources"]}
    return replace(stack, template=template, origins=origins)


def _busy(one: Standing) -> str:
    return (
        f"{one.stack.name} in {one.place.account} ({one.place.region}): {one.stack.status}: "
        "CloudFormation is at work on it: wait until it is done, then run again"
    )


def _expected(step: Step) -> str:
    """The fingerprint once a step is done; a stack that is not there yet has no id to go by."""
    return fingerprint(step.id, step.meaning, dict(sorted(step.tags.items())))


def needs_of(changes: Iterable[Change]) -> Iterator[Need]:
    """What of some changes must be asked for by name."""
    for change in changes:
        for effect in change.effects:
            if effect.verdict in _NAMED:
                yield Need(change.stack, change.name, str(effect.verdict), effect.message)


def _of_new_stack(step: Step, changes: Iterable[Change]) -> tuple[Need, ...]:
    """Needs of a stack that is new: all that it opens is one thing to accept."""
    needs = sorted(set(needs_of(changes)))
    opens = [need for need in needs if need.verdict == Verdict.WIDENS_ACCESS]
    rest = tuple(need for need in needs if need.verdict != Verdict.WIDENS_ACCESS)
    if not opens:
        return rest
    said = f"the stack is new; ways that it opens, each of them shown: {len(opens)}"
    return (*rest, Need(step.stack, "", str(Verdict.WIDENS_ACCESS), said))


def _tag_notes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    names = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return (f"tags of the stack change: {', '.join(names)}",) if names else ()


def _retained(template: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        f"{name} ({body.get('Type')})"
        for name, body in sorted(template["Resources"].items())
        if isinstance(body, Mapping)
        and body.get("DeletionPolicy") in ("Retain", "RetainExceptOnCreate")
    )


def _names_in(value: Any) -> set[str]:
    """Logical ids that something refers to, pseudo parameters aside."""
    found: set[str] = set()
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, Mapping):
            for key, child in one.items():
                if key == "Ref" and isinstance(child, str):
                    found.add(child)
                elif key == "Fn::GetAtt":
                    found.add(
                        str(
                            child[0]
                            if isinstance(child, (list, tuple))
                            else str(child).partition(".")[0]
                        )
                    )
                elif key == "Fn::Sub":
                    found |= _in_text(child if isinstance(child, str) else child[0])
                    stack.append(None if isinstance(child, str) else child[1])
                elif key == "DependsOn":
                    found |= {child} if isinstance(child, str) else set(child)
                else:
                    stack.append(child)
        elif isinstance(one, (list, tuple)):
            stack += one
    return {name for name in found if not name.startswith("AWS::")}


def _in_text(text: str) -> set[str]:
    parts = text.split("${")[1:]
    names = {part.partition("}")[0].partition(".")[0] for part in parts}
    return {name for name in names if not name.startswith("!")}


def _expanded(
    before: Mapping[str, Any], after: Mapping[str, Any], kept: Collection[str]
) -> dict[str, Any]:
    """What is wanted, and beside it the exports that are kept with all that they rest on."""
    outputs = dict(after.get("Outputs", {}))
    resources = dict(after["Resources"])
    waiting = []
    for export in sorted(kept):
        name, value = exports(before)[export]
        outputs[name] = before["Outputs"][name]
        waiting += sorted(_names_in(value))
    while waiting:
        name = waiting.pop()
        if name not in resources and name in before["Resources"]:
            resources[name] = before["Resources"][name]
            waiting += sorted(_names_in(before["Resources"][name]))
    return {**after, "Resources": resources, "Outputs": outputs}


__all__ = ["Do", "Mend", "Need", "Plan", "Step", "Wanted", "destruction", "plan", "stack_policy"]
