"""Deploy: carry out a plan wave by wave, each step by a change set that somebody saw.

What a step rests on is read again just before its change set is made, and the change set is held
to the plan: what it would do beyond that is refused. The name of a change set is the hash of its
step, so a second run finds what an interrupted one left, and two runs of different plans never
execute each other's. Executing a change set makes CloudFormation drop every other one of the stack,
so that of two runs only one goes on and the other says so.

Nothing is said to be done that was not seen to be done: a stack still at work when time or patience
ends is `running`, and a second run picks it up.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Protocol, TypeVar

from baseline.change import Replacement
from baseline.cloud import (
    MOST_INLINE_BYTES,
    SHELL,
    STABLE,
    ChangeSet,
    ChangeSetRequest,
    Clock,
    Cloud,
    DeployedStack,
    Event,
    Kind,
    RefusedError,
    together,
)
from baseline.deploy.judge import judge
from baseline.deploy.words import STACK, explained, in_words
from baseline.deployed import Standing, fingerprint, meaning
from baseline.errors import CloudError
from baseline.plan import OPEN_POLICY, Do, Mend, Need, Plan, Step, stack_policy
from baseline.stack import Place
from baseline.template import read as read_template

SUCCESS = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "DELETE_COMPLETE"})
OURS = "baseline-"  # how the names of all our change sets begin
PREVIEW = "baseline-preview-"
# What AWS answers when somebody else was quicker.
_OVERTAKEN = frozenset(
    {
        *("InvalidChangeSetStatus", "InvalidChangeSetStatusException", "ChangeSetNotFound"),
        *("ChangeSetNotFoundException", "ValidationError", "OperationInProgressException"),
    }
)


Key = TypeVar("Key", bound=Hashable)
Got = TypeVar("Got")
StepKey = tuple[str, Place, Do]


@dataclass(frozen=True)
class Limits:
    """How long to wait, in seconds: for a change set, for a stack, and between two looks."""

    change_set: float = 900
    stack: float = 3 * 3600
    first_look: float = 1
    later_looks: float = 5


class How(StrEnum):
    """What became of a step."""

    DONE = "done"
    NOTHING = "nothing to do"
    FAILED = "failed"
    REFUSED = "refused"
    RUNNING = "still running"
    NOT_STARTED = "not started"


@dataclass(frozen=True)
class Result:
    """What became of a step, and why; the root cause first."""

    step: Step
    how: How
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of every step of a plan."""

    results: tuple[Result, ...]
    was_declined: bool = False

    @property
    def is_complete(self) -> bool:
        """Say whether everything was done."""
        return all(one.how in (How.DONE, How.NOTHING) for one in self.results)


@dataclass(frozen=True)
class Prepared:
    """A step that is ready to begin, and what CloudFormation says it would do."""

    step: Step
    change_set: ChangeSet | None = None
    notes: tuple[str, ...] = ()
    is_running: bool = False
    is_done: bool = False


class Stopped(Exception):  # noqa: N818 - not an error: somebody asked us to stop
    """We were asked to stop while we waited."""


class Confirm(Protocol):
    """Shows what is about to happen, and asks."""

    def __call__(self, number: int, total: int, wave: Sequence[Prepared], /) -> bool:
        """Say whether to go on with a wave (from 1) of so many."""


Say = Callable[[Event], None]


def unaccepted(plan: Plan, accepted: Collection[str]) -> tuple[Need, ...]:
    """What a plan needs to be asked for by name, and was not."""
    return tuple(need for need in plan.needs if not need.accepted_by(accepted))


def refuse_unaccepted(plan: Plan, accepted: Collection[str]) -> None:
    """Raise where something was not asked for by name, with all of it."""
    missing = unaccepted(plan, accepted)
    if missing:
        raise CloudError(
            [
                f"{need.name}: {need.verdict}: {need.message}: if it is meant, --accept {need.name}"
                for need in missing
            ]
        )


def deploy(
    plan: Plan,
    cloud: Cloud,
    clock: Clock,
    accepted: Collection[str],
    confirm: Confirm,
    say: Say,
    limits: Limits | None = None,
) -> Outcome:
    """Carry out a plan; raises `CloudError` before anything begins where it must not."""
    if plan.blocked:
        raise CloudError(plan.blocked)
    if plan.mends:
        raise CloudError([f"{one.stack}: {one.why}: mend it first" for one in plan.mends])
    refuse_unaccepted(plan, accepted)
    return _Deployment(cloud, clock, frozenset(accepted), say, limits or Limits()).run(
        plan, confirm
    )


def mend(
    mends: Sequence[Mend], cloud: Cloud, clock: Clock, say: Say, limits: Limits | None = None
) -> tuple[str, ...]:
    """Mend stacks, all at once; what could not be mended, in words. Plan again afterwards."""
    work = _Deployment(cloud, clock, frozenset(), say, limits or Limits())
    found = work.together({one.id: partial(work.mend, one) for one in mends})
    return tuple(problem for problem in found.values() if problem)


def wait_for(
    standing: Sequence[Standing],
    cloud: Cloud,
    clock: Clock,
    say: Say,
    limits: Limits | None = None,
) -> None:
    """Wait until stacks that are at work, perhaps for a run that was interrupted, rest again."""
    work = _Deployment(cloud, clock, frozenset(), say, limits or Limits())
    work.together({one.stack.id: partial(work.wait_for, one) for one in standing})


def preview(
    plan: Plan, cloud: Cloud, clock: Clock, token: str, limits: Limits | None = None
) -> dict[tuple[str, Place, Do], ChangeSet | str]:
    """Ask CloudFormation what each step would do; nothing of ours is left there afterwards.

    Steps of later waves may need exports that are not there yet; then there are words, not a
    change set. `token` keeps two previews at once apart.
    """
    work = _Deployment(cloud, clock, frozenset(), lambda _: None, limits or Limits())
    steps = [step for step in plan.steps if step.do not in (Do.DELETE, Do.PROTECT)]
    jobs = {step.key: partial(work.preview, step, f"{PREVIEW}{token}") for step in steps}
    return work.together(jobs)


# ---- the work ------------------------------------------------------------------------------


@dataclass
class _Deployment:
    """What one run shares; its methods run in many threads."""

    cloud: Cloud
    clock: Clock
    accepted: frozenset[str]
    say: Say
    limits: Limits
    stop: threading.Event = field(default_factory=threading.Event)
    made: dict[StepKey, tuple[Step, str]] = field(default_factory=dict)
    begun: set[StepKey] = field(default_factory=set)

    def together(self, jobs: Mapping[Key, Callable[[], Got]]) -> dict[Key, Got]:
        """Do many things at once; on Ctrl-C whoever waits is told to stop."""
        return together(jobs, self.stop.set)

    def pause(self, seconds: float) -> None:
        """Wait, unless we were asked to stop."""
        self.clock.sleep(seconds)
        if self.stop.is_set():
            raise Stopped

    def tell(self, step: Step | Mend, text: str) -> None:
        """Say something of our own."""
        self.say(Event(step.place, step.stack, text))

    # ---- waves ----------------------------------------------------------------------------

    def run(self, plan: Plan, confirm: Confirm) -> Outcome:
        """Wave by wave; after a wave with a failure nothing more is begun."""
        results: dict[StepKey, Result] = {}
        declined = False
        try:
            for number, wave in enumerate(plan.waves, 1):
                prepared, problems = self.prepared(wave)
                if problems:
                    results |= {one.step.key: one for one in problems}
                    break
                if not confirm(number, len(plan.waves), prepared):
                    declined = True
                    break
                jobs = {one.step.key: partial(self.execute, one) for one in prepared}
                found = self.together(jobs)
                results |= found
                if any(one.how not in (How.DONE, How.NOTHING) for one in found.values()):
                    break
        finally:
            self.clean()
            for step in plan.steps:
                if step.key in self.begun and self.stop.is_set():
                    self.tell(step, "goes on in AWS: run again to follow it")
        rest = (Result(step, How.NOT_STARTED) for step in plan.steps if step.key not in results)
        found_all = {**results, **{one.step.key: one for one in rest}}
        return Outcome(tuple(found_all[step.key] for step in plan.steps), declined)

    def prepared(self, wave: Sequence[Step]) -> tuple[list[Prepared], list[Result]]:
        """Every step of a wave, ready to begin; or what keeps some from it."""
        found = self.together({step.key: partial(self.prepare, step) for step in wave}).values()
        ready = [one for one in found if isinstance(one, Prepared)]
        return ready, [one for one in found if isinstance(one, Result)]

    def clean(self) -> None:
        """Delete the change sets that were made and not executed, and shells made for them."""
        for key, (step, change_set) in sorted(self.made.items()):
            if key not in self.begun:
                self.remove(step, change_set)
        self.made.clear()

    def remove(self, step: Step, change_set: str) -> None:
        """Delete one change set; trouble with that is said and changes nothing else."""
        try:
            self.cloud.delete_change_set(step.place, step.stack, change_set)
            now = self.cloud.stack(step.place, step.stack)
            if now is None or now.status != SHELL:
                return
            others = self.cloud.change_sets(step.place, now.id)
            if not any(one.id != change_set for one in others):
                self.cloud.delete(step.place, now.id)
        except CloudError as error:
            self.tell(step, f"the change set {change_set} could not be deleted: {error}")

    # ---- before ---------------------------------------------------------------------------

    def prepare(self, step: Step) -> Prepared | Result:
        """Look whether everything is as planned, and have the change set made."""
        try:
            found = self.look(step)
            if isinstance(found, (Prepared, Result)):
                return found
            if step.do in (Do.DELETE, Do.PROTECT):
                return Prepared(step)
            return self.with_change_set(step, found)
        except CloudError as error:
            return Result(step, How.FAILED, error.problems)

    def look(self, step: Step) -> Prepared | Result | DeployedStack | None:
        """What stands there, if the step can begin; else why not, or why it need not."""
        now = self.cloud.stack(step.place, step.id or step.stack)
        if now is None or not now.is_there:
            if step.do is Do.DELETE and (now is None or now.status != SHELL):
                return Prepared(step, is_done=True, notes=("it is gone already",))
            if step.before:
                return Result(step, How.REFUSED, ("the stack is gone since the plan was made",))
            return now
        if now.is_busy:
            return self.attached(step, now)
        if now.status not in STABLE and step.do is not Do.DELETE:
            return Result(step, How.REFUSED, (f"the stack is in {now.status}: plan again",))
        template = read_template(self.cloud.template(step.place, now.id).encode(), step.stack)
        means = meaning(template)
        tags = {key: one for key, one in now.tags.items() if not key.startswith("aws:")}
        marks = {fingerprint(now.id, means, tags), fingerprint("", means, tags)}
        if step.before in marks:
            return now
        if step.do is not Do.DELETE and means == step.meaning and tags == dict(step.tags):
            return Prepared(step, is_done=True, notes=("it is so already",))
        said = "what is deployed has changed since the plan was made: plan again"
        return Result(step, How.REFUSED, (said,))

    def attached(self, step: Step, now: DeployedStack) -> Prepared | Result:
        """A stack that is at work: at ours, or at something else."""
        if step.do is Do.DELETE:
            if now.status == "DELETE_IN_PROGRESS":
                return Prepared(step, is_running=True, notes=("it is being deleted already",))
        else:
            known = self.cloud.change_set(step.place, now.id, step.change_set)
            if known and known.execution in ("EXECUTE_IN_PROGRESS", "EXECUTE_COMPLETE"):
                note = "another run, or an earlier one, has begun this: it is followed"
                return Prepared(step, known, (note,), is_running=True)
        return Result(
            step, How.REFUSED, (f"{now.status}: somebody else is at work on the stack: wait",)
        )

    def with_change_set(self, step: Step, now: DeployedStack | None) -> Prepared | Result:
        """Have the change set of a step made, or find it, and hold it to the plan."""
        kind: Kind = "IMPORT" if step.do is Do.IMPORT else "UPDATE"
        if kind == "UPDATE" and (now is None or not now.is_there):
            kind = "CREATE"
        found = self.change_set(step, kind, step.change_set)
        if found.is_empty:
            self.remove(step, found.id)
            self.made.pop(step.key, None)
            note = "CloudFormation sees nothing to change"
            return Prepared(step, is_done=True, notes=(note,))
        if not found.is_ready:
            said = found.reason or f"it is {found.status}, {found.execution}"
            return Result(step, How.FAILED, (f"CloudFormation cannot plan this: {said}",))
        beyond, notes = judge(step, found)
        missing = [one for one in beyond if not one.accepted_by(self.accepted)]
        if missing:
            return Result(
                step,
                How.REFUSED,
                tuple(
                    f"{one.name}: {one.message}: more than the plan says: look at it, and if it "
                    f"is meant, --accept {one.name}"
                    for one in missing
                ),
            )
        return Prepared(step, found, notes)

    def change_set(self, step: Step, kind: Kind, name: str) -> ChangeSet:
        """The change set of this name, found or made, once CloudFormation has thought it over."""
        known = self.cloud.change_set(step.place, step.stack, name)
        if known and known.is_made and not (known.is_ready and self.is_of(step, known)):
            self.cloud.delete_change_set(step.place, step.stack, known.id)
            known = None
        if known is None:
            request = self.request(step, kind, name)
            try:
                identifier = self.cloud.create_change_set(step.place, request)
            except RefusedError as error:
                if error.code != "AlreadyExistsException":
                    raise
                identifier = name
        else:
            identifier = known.id
        self.made[step.key] = (step, identifier)
        return self.thought_over(step, identifier)

    def is_of(self, step: Step, known: ChangeSet) -> bool:
        """Say whether a change set that was left there has the template of the step."""
        text = self.cloud.template(step.place, step.stack, known.id)
        return meaning(read_template(text.encode(), step.stack)) == step.meaning

    def request(self, step: Step, kind: Kind, name: str) -> ChangeSetRequest:
        """What a change set is made of; a long template goes through the bucket."""
        if step.do is Do.REVERT:
            return ChangeSetRequest(
                stack=step.stack,
                name=name,
                kind="UPDATE",
                tags=step.tags,
                role=step.role,
                description=f"baseline: {step.do} {step.stack}",
                mode="REVERT_DRIFT",
                keeps_template=True,
            )
        url = ""
        if len(step.text.encode()) > MOST_INLINE_BYTES:
            place = step.bucket_place or step.place
            key = f"{step.stack}/{step.meaning}.yaml"
            url = self.cloud.put_template(place, step.bucket, key, step.text)
        return ChangeSetRequest(
            stack=step.stack,
            name=name,
            kind=kind,
            text="" if url else step.text,
            url=url,
            tags=step.tags,
            role=step.role,
            imports=step.imports,
            description=f"baseline: {step.do} {step.stack}",
        )

    def thought_over(self, step: Step, identifier: str) -> ChangeSet:
        """Wait until CloudFormation has made a change set, within limits."""
        until = self.clock.now() + self.limits.change_set
        while True:
            found = self.cloud.change_set(step.place, step.stack, identifier)
            if found is None:
                raise CloudError(f"{step.where}: its change set was deleted by somebody else")
            if found.is_made:
                return found
            if self.clock.now() > until:
                minutes = self.limits.change_set / 60
                raise CloudError(
                    f"{step.where}: CloudFormation did not make a change set within "
                    f"{minutes:.0f} minutes: run again"
                )
            self.pause(self.limits.first_look)

    # ---- the thing itself -----------------------------------------------------------------

    def execute(self, prepared: Prepared) -> Result:
        """Carry out one step, and see it to its end."""
        step = prepared.step
        try:
            if prepared.is_done or step.do is Do.PROTECT:
                self.settle(step)
                how = How.NOTHING if prepared.is_done else How.DONE
                return Result(step, how, prepared.notes)
            if step.do is Do.DELETE:
                return self.delete(prepared)
            return self.change(prepared)
        except Stopped:
            return Result(step, How.RUNNING, ("goes on in AWS: run again to follow it",))
        except CloudError as error:
            is_begun = step.key in self.begun
            lines = error.problems
            if is_begun:
                lines = (*lines, "it had begun, and goes on in AWS: run again to follow it")
            return Result(step, How.RUNNING if is_begun else How.FAILED, lines)

    def change(self, prepared: Prepared) -> Result:
        """Execute a change set, or follow one that is being executed."""
        step, change_set = prepared.step, prepared.change_set
        assert change_set is not None
        if prepared.is_running:
            self.begun.add(step.key)
            return self.watched(step, change_set.stack_id, change_set.id, "")
        mark = self.mark(step, change_set.stack_id)
        former = self.unlock(step)
        try:
            self.cloud.execute(step.place, change_set.stack_id, change_set.id)
        except RefusedError as error:
            if error.code not in _OVERTAKEN:
                raise
            return self.overtaken(step, error)
        self.begun.add(step.key)
        self.tell(step, f"{step.do} begins")
        result = self.watched(step, change_set.stack_id, change_set.id, mark)
        if former and result.how is How.FAILED:
            self.cloud.set_policy(step.place, change_set.stack_id, former)
        return result

    def overtaken(self, step: Step, error: RefusedError) -> Result:
        """Somebody was quicker: perhaps with the same, perhaps with something else."""
        found = self.look(step)
        if isinstance(found, Prepared):
            if found.is_running and found.change_set:
                self.begun.add(step.key)
                return self.watched(step, found.change_set.stack_id, found.change_set.id, "")
            self.settle(step)
            return Result(step, How.NOTHING, ("another run has done it",))
        if isinstance(found, Result):
            return found
        return Result(step, How.FAILED, error.problems)

    def mark(self, step: Step | Mend, stack: str) -> str:
        """The last event so far, so that only what follows is told."""
        events = self.cloud.events(step.place, stack)
        return events[-1].id if events else ""

    def watched(self, step: Step, stack: str, change_set: str, mark: str) -> Result:
        """Follow a stack to its end; then protect it, or say why it failed."""
        now, failures = self.follow(step, stack, change_set, mark)
        if now is None:
            said = f"not done within {self.limits.stack / 60:.0f} minutes: run again to follow it"
            return Result(step, How.RUNNING, (said,))
        self.begun.discard(step.key)
        self.made.pop(step.key, None)
        if now.status in SUCCESS:
            self.settle(step)
            return Result(step, How.DONE)
        return Result(step, How.FAILED, explained(now, failures))

    def follow(
        self, step: Step | Mend, stack: str, change_set: str, mark: str
    ) -> tuple[DeployedStack | None, list[Event]]:
        """Tell events until a stack rests; None for the stack where it did not within limits."""
        until = self.clock.now() + self.limits.stack
        failures: list[Event] = []
        has_ended = False
        look = self.limits.first_look
        while True:
            now = self.cloud.stack(step.place, stack)
            for event in self.cloud.events(step.place, stack, mark):
                mark = event.id
                self.say(event)
                failures += [event] if event.is_failure else []
                is_own = event.type == STACK and event.logical_id == step.stack
                has_ended |= is_own and not event.status.endswith("_IN_PROGRESS")
            if now is None:
                raise CloudError(f"{step.stack}: CloudFormation no longer knows the stack")
            if not now.is_busy and (has_ended or self.is_executed(step, stack, change_set)):
                return now, failures
            if self.clock.now() > until:
                return None, failures
            self.pause(look)
            look = min(look * 1.5, self.limits.later_looks)

    def is_executed(self, step: Step | Mend, stack: str, change_set: str) -> bool:
        """Say whether CloudFormation says so of the change set itself."""
        if not change_set:
            return False
        known = self.cloud.change_set(step.place, stack, change_set)
        return known is not None and known.execution in ("EXECUTE_COMPLETE", "EXECUTE_FAILED")

    def delete(self, prepared: Prepared) -> Result:
        """Delete a stack that was accepted by name where it holds data."""
        step = prepared.step
        now = self.cloud.stack(step.place, step.id)
        if now is None or now.status == "DELETE_COMPLETE":
            return Result(step, How.NOTHING, ("it is gone already",))
        mark = "" if prepared.is_running else self.mark(step, step.id)
        if not prepared.is_running:
            if now.is_protected:
                self.cloud.protect(step.place, step.id, on=False)
            self.cloud.delete(step.place, step.id, role=step.role)
            self.tell(step, "delete begins")
        self.begun.add(step.key)
        ended, failures = self.follow(step, step.id, "", mark)
        if ended is None:
            return Result(step, How.RUNNING, ("not gone yet: run again to follow it",))
        self.begun.discard(step.key)
        if ended.status == "DELETE_COMPLETE":
            return Result(step, How.DONE, step.notes)
        if now.is_protected:
            self.cloud.protect(step.place, step.id, on=True)
        return Result(step, How.FAILED, explained(ended, failures))

    def mend(self, one: Mend) -> str:
        """Bring a stack back to where it can be planned for; what hinders that, in words."""
        where = f"{one.stack} in {one.place.account} ({one.place.region})"
        mark = self.mark(one, one.id)
        if one.do == "delete the remains":
            self.cloud.delete(one.place, one.id, role=one.role)
        else:
            self.cloud.continue_rollback(one.place, one.id, role=one.role)
        self.tell(one, f"{one.do}: {one.why}")
        ended, failures = self.follow(one, one.id, "", mark)
        if ended is None:
            return f"{where}: {one.do}: not done yet: run again"
        if ended.status in ("DELETE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"):
            return ""
        return f"{where}: {'; '.join(explained(ended, failures))}"

    def wait_for(self, one: Standing) -> None:
        """Wait until a stack rests."""
        self.say(Event(one.place, one.stack.name, f"{one.stack.status}: waiting for its end"))
        until = self.clock.now() + self.limits.stack
        now: DeployedStack | None = one.stack
        while now is not None and now.is_busy:
            if self.clock.now() > until:
                raise CloudError(
                    f"{one.stack.name} in {one.place.account} ({one.place.region}): still "
                    f"{now.status} after {self.limits.stack / 60:.0f} minutes: run again later"
                )
            self.pause(self.limits.later_looks)
            now = self.cloud.stack(one.place, one.stack.id)

    # ---- protection -----------------------------------------------------------------------

    def settle(self, step: Step) -> None:
        """Termination protection and stack policy for what holds data."""
        now = self.cloud.stack(step.place, step.stack)
        if now is None or not now.is_there or step.do is Do.DELETE:
            return
        if step.policy and not now.is_protected:
            self.cloud.protect(step.place, now.id, on=True)
        current = self.cloud.policy(step.place, now.id) if step.policy or step.before else ""
        wanted = step.policy or (OPEN_POLICY if current else "")
        if wanted and current != wanted:
            self.cloud.set_policy(step.place, now.id, wanted)

    def unlock(self, step: Step) -> str:
        """Let the stack policy allow what was accepted, and nothing else; what it was before."""
        opened = {
            name
            for one in step.changes
            if one.replacement is not Replacement.NONE or one.after is None or one.was
            for name in (one.name, one.was)
        }
        if not opened or not step.before:
            return ""
        former = self.cloud.policy(step.place, step.stack)
        kept = _locked(former)
        if not kept & opened:
            return ""
        during = stack_policy(kept - opened) or OPEN_POLICY
        self.cloud.set_policy(step.place, step.stack, during)
        return former

    # ---- previews -------------------------------------------------------------------------

    def preview(self, step: Step, name: str) -> ChangeSet | str:
        """What CloudFormation says a step would do; its change set is deleted, come what may."""
        try:
            found = self.look(step)
            if isinstance(found, Result):
                return "; ".join(found.lines)
            if isinstance(found, Prepared):
                return "; ".join(found.notes)
            kind: Kind = "IMPORT" if step.do is Do.IMPORT else "UPDATE"
            if kind == "UPDATE" and (found is None or not found.is_there):
                kind = "CREATE"
            try:
                self.cloud.create_change_set(step.place, self.request(step, kind, name))
                made = self.thought_over(step, name)
            finally:
                self.remove(step, name)
        except Stopped:
            return "interrupted"
        except CloudError as error:
            return str(error)
        if made.is_empty:
            return "CloudFormation sees nothing to change"
        return made if made.is_ready else f"CloudFormation cannot say yet: {made.reason}"


def _locked(policy: str) -> frozenset[str]:
    """Logical ids that a stack policy of ours keeps; none of any other policy."""
    try:
        found = json.loads(policy)["Statement"][1]["Resource"]
        names = frozenset(str(one).removeprefix("LogicalResourceId/") for one in found)
    except (ValueError, KeyError, IndexError, TypeError):
        return frozenset()
    return names if stack_policy(names) == policy else frozenset()


__all__ = [
    "Confirm",
    "How",
    "Limits",
    "Outcome",
    "Prepared",
    "Result",
    "deploy",
    "in_words",
    "mend",
    "preview",
    "refuse_unaccepted",
    "unaccepted",
    "wait_for",
]
