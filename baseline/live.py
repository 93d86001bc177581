"""Live: what commands that speak to AWS ask of a person, tell, and write, in which order.

`cli` opens what they need and hands it over; tests hand over a fake cloud and its clock. What is
shown here is exactly what then runs: the plan first, each wave's change sets before it begins.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from baseline.cloud import Clock, Cloud, Event
from baseline.document import Block, Document, Items, Table, Text, Tone
from baseline.errors import CloudError, ProfileError
from baseline.kept import Cache, NoCache
from baseline.stack import Stack
from baseline.words import printable

if TYPE_CHECKING:
    from baseline.deploy import Outcome, Prepared
    from baseline.deployed import Deployed
    from baseline.drifted import Drifts
    from baseline.plan import Plan
    from baseline.plan.saved import Choices
    from baseline.profile import Profile

FOUND, REFUSED = 1, 3


class RealClock:
    """Time as the machine has it."""

    def now(self) -> float:
        """Seconds that only ever grow."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def _connect(profile: str, role: str) -> Cloud:
    from baseline.aws import connect

    return connect(profile, role)


@dataclass(frozen=True)
class World:
    """What is outside: AWS, time, and whether somebody sits at the terminal."""

    connect: Callable[[str, str], Cloud] = _connect
    clock: Clock = field(default_factory=RealClock)
    is_attended: bool | None = None

    @property
    def has_somebody(self) -> bool:
        """Say whether questions can be asked."""
        return sys.stdin.isatty() if self.is_attended is None else self.is_attended


@dataclass(frozen=True)
class Order:
    """What was asked for: the stacks of some sites, which of them, and how."""

    stacks: Sequence[Stack]
    chosen: frozenset[str]
    imports: Sequence[str] = ()
    assets: Mapping[tuple[str, str], tuple[str, int | None]] = field(default_factory=dict)
    today: date | None = None
    cache: Cache = field(default_factory=NoCache)
    minutes: int = 180


def _read(order: Order, cloud: Cloud) -> tuple[Plan, Deployed]:
    """What is there, and what would make it what is wanted."""
    from baseline.deployed import deployed
    from baseline.plan import Wanted, plan

    there = deployed(order.stacks, cloud, order.cache)
    wanted = Wanted(
        order.stacks, order.chosen, _imports(order), today=order.today, assets=order.assets
    )
    return plan(wanted, there), there


def _imports(order: Order) -> dict[tuple[str, str], dict[str, str]]:
    """`STACK/RESOURCE=IDENTIFIER`, where the identifier may be `Property=value,Property=value`."""
    from baseline.schema import schema

    found: dict[tuple[str, str], dict[str, str]] = {}
    types = {
        (stack.name, name): str(body["Type"])
        for stack in order.stacks
        for name, body in stack.resources.items()
    }
    problems = []
    for text in order.imports:
        name, _, value = text.partition("=")
        stack, _, resource = name.partition("/")
        identifier = schema(types.get((stack, resource), "")).identifier
        if not value or not resource:
            problems.append(f"--import: {printable(text)}: write STACK/RESOURCE=IDENTIFIER")
        elif "=" in value:
            pairs = (part.partition("=") for part in value.split(","))
            found[stack, resource] = {key: one for key, _, one in pairs}
        elif len(identifier) > 1:
            wanted = ",".join(f"{path[-1]}=…" for path in identifier)
            problems.append(f"--import: {name} is known by {wanted}: name all of them")
        else:
            key = identifier[0][-1] if identifier else "Id"
            found[stack, resource] = {key: value}
    if problems:
        raise ProfileError(problems)
    return found


# ---- commands ------------------------------------------------------------------------------


def diff(
    order: Order,
    cloud: Cloud,
    clock: Clock,
    form: str,
    *,
    asks_cloudformation: bool = False,
    save: tuple[Path, Choices] | None = None,
) -> int:
    """Desired against deployed; with CloudFormation's own answer, apart from ours."""
    from baseline.deploy import preview
    from baseline.diff.report import shown_as
    from baseline.plan.report import report
    from baseline.plan.saved import write

    made, _ = _read(order, cloud)
    answers = None
    if asks_cloudformation:
        with _stopped_by_sigterm():
            answers = preview(made, cloud, clock, token=f"{time.time_ns():x}")
    if form == "json":
        click.echo(shown_as(made.differences, form), nl=False)
    else:
        _show(report(made, answers), form)
    if save:
        from baseline.disk import replace as write_files

        path, choices = save
        write_files(path.parent, {path.name: write(made, choices)})
        click.echo(f"Saved: {path}. To run exactly this: baseline deploy {path}", err=True)
    return 0 if made.is_empty else FOUND


def deploy(
    order: Order,
    cloud: Cloud,
    world: World,
    accepted: Collection[str],
    *,
    yes: bool,
    refusals: Callable[[Plan, Deployed], Sequence[str]] = lambda *_: (),
) -> int:
    """Plan, show, ask, carry out; `refusals` say what keeps a saved plan from running."""
    from baseline.deploy import Limits, deploy, mend, wait_for
    from baseline.plan.report import report

    limits = Limits(stack=order.minutes * 60)
    said = _Said()
    with _stopped_by_sigterm():
        made, there = _read(order, cloud)
        busy = [
            one
            for one in there.standing.values()
            if one.stack.is_busy and one.stack.name in order.chosen
        ]
        if busy:
            wait_for(busy, cloud, world.clock, said, limits)
            made, there = _read(order, cloud)
        if made.mends:
            _show(report(made))
            if not _go_on("Mend these first?", world, yes=yes):
                return FOUND
            problems = mend(made.mends, cloud, world.clock, said, limits)
            if problems:
                raise CloudError(problems)
            made, there = _read(order, cloud)
        problems = tuple(refusals(made, there)) or made.blocked
        _show(report(made))
        if problems:
            raise CloudError(problems)
        if not made.steps:
            return FOUND if made.skipped else 0
        names = _accepted(made, accepted, world, yes=yes)
        if names is None:
            click.echo("Stopped: nothing was begun.")
            return FOUND
        outcome = deploy(made, cloud, world.clock, names, _Asks(world, yes), said, limits)
    _show(_told(outcome))
    return _code(outcome, made)


def destroy(
    order: Order, cloud: Cloud, world: World, accepted: Collection[str], *, yes: bool
) -> int:
    """Delete what was deployed; what holds data only by name."""
    from baseline.deploy import Limits, deploy, wait_for
    from baseline.deployed import deployed
    from baseline.plan import destruction
    from baseline.plan.report import report

    limits = Limits(stack=order.minutes * 60)
    said = _Said()
    with _stopped_by_sigterm():
        there = deployed(order.stacks, cloud, order.cache)
        busy = [
            one
            for one in there.standing.values()
            if one.stack.is_busy and one.stack.name in order.chosen
        ]
        if busy:
            wait_for(busy, cloud, world.clock, said, limits)
            there = deployed(order.stacks, cloud, order.cache)
        made = destruction(order.stacks, order.chosen, there)
        if not made.steps and not made.blocked:
            click.echo("Nothing of this is deployed.")
            return 0
        _show(report(made))
        if made.blocked:
            raise CloudError(made.blocked)
        names = _accepted(made, accepted, world, yes=yes)
        if names is None:
            click.echo("Stopped: nothing was begun.")
            return FOUND
        outcome = deploy(made, cloud, world.clock, names, _Asks(world, yes), said, limits)
    _show(_told(outcome))
    return _code(outcome, made)


@dataclass(frozen=True)
class Recording:
    """What is accepted, and how it is written into the profile."""

    names: Sequence[str]
    until: date
    reason: str
    approved_by: str


def drift(
    order: Order,
    cloud: Cloud,
    world: World,
    profile: tuple[Path, Profile],
    form: str,
    *,
    strict: bool,
    recording: Recording | None = None,
    revert: Collection[str] | None = None,
    yes: bool = False,
) -> int:
    """Deployed against live; what drifted is recorded as accepted, or put back, or only shown.

    `revert` are the names that are accepted for putting back; None for not putting anything back.
    """
    from baseline.drift.accept import entries, recorded
    from baseline.drift.report import report
    from baseline.exports.drift import write

    path, loaded = profile
    with _stopped_by_sigterm():
        found = _drifts(order, cloud, world, loaded)
        if form == "json":
            click.echo(write(found), nl=False)
        else:
            _show(report(found), form)
        if recording:
            from baseline.disk import replace as write_files

            new = entries(
                found, recording.names, recording.until, recording.reason, recording.approved_by
            )
            text = recorded(path.read_text(encoding="utf-8"), str(path), new)
            write_files(path.parent, {path.name: text})
            click.echo(f"Recorded in {path}: {len(new)}", err=True)
            return 0
        if revert is not None and found:
            code = _put_back(order, cloud, world, found, revert, yes=yes)
            if code:
                return code
            found = _drifts(order, cloud, world, loaded)
            _show(report(found), "text" if form == "json" else form)
    from baseline.drifted import State

    return FOUND if found or (strict and found.of(State.UNCHECKED)) else 0


def _drifts(order: Order, cloud: Cloud, world: World, profile: Profile) -> Drifts:
    from baseline.drift import Limits, drift
    from baseline.drift.accept import with_accepted

    chosen = [stack for stack in order.stacks if stack.name in order.chosen]
    limits = Limits(detection=min(order.minutes * 60, 900))
    found = drift(chosen, cloud, world.clock, order.today, limits)
    return with_accepted(found, profile.exceptions, order.today) if order.today else found


def _put_back(
    order: Order,
    cloud: Cloud,
    world: World,
    found: Drifts,
    accepted: Collection[str],
    *,
    yes: bool,
) -> int:
    """Plan, show, ask and carry out; 0 when all that could be put back was."""
    from baseline.deploy import Limits, deploy
    from baseline.deployed import deployed
    from baseline.drift.revert import reversion
    from baseline.plan.report import report

    made = reversion(found, deployed(order.stacks, cloud, order.cache))
    _show(report(made))
    if made.blocked:
        raise CloudError(made.blocked)
    names = _accepted(made, accepted, world, yes=yes)
    if names is None:
        click.echo("Stopped: nothing was begun.")
        return FOUND
    limits = Limits(stack=order.minutes * 60)
    outcome = deploy(made, cloud, world.clock, names, _Asks(world, yes), _Said(), limits)
    _show(_told(outcome))
    return _code(outcome, made)


# ---- asking and telling --------------------------------------------------------------------


class _Said:
    """Prints events, one line each, whichever thread they come from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        from baseline.deploy import in_words

        with self._lock:
            click.echo(printable(in_words(event)))


class _Asks:
    """Shows what a wave is about to do, by CloudFormation's own words, and asks."""

    def __init__(self, world: World, yes: bool) -> None:
        self._world = world
        self._yes = yes

    def __call__(self, number: int, total: int, wave: Sequence[Prepared], /) -> bool:
        from baseline.plan.report import change_set_lines

        lines = tuple(
            (
                f"{one.step.do} {one.step.where}",
                (
                    *(change_set_lines(one.change_set) if one.change_set else ()),
                    *one.notes,
                ),
            )
            for one in wave
        )
        _show(Document(f"Wave {number} of {total}", (Items(lines),)))
        if all(one.is_done for one in wave):
            return True
        return _go_on(f"Carry out wave {number} of {total}?", self._world, yes=self._yes)


def _go_on(question: str, world: World, *, yes: bool) -> bool:
    if yes:
        return True
    if not world.has_somebody:
        raise ProfileError("nobody is at the terminal to be asked: review the plan, then --yes")
    return click.confirm(question, default=False)


def _accepted(
    made: Plan, names: Collection[str], world: World, *, yes: bool
) -> frozenset[str] | None:
    """Names that were accepted, asked for one by one where somebody is there; None for no."""
    from baseline.deploy import refuse_unaccepted, unaccepted

    given = frozenset(names)
    if yes or not world.has_somebody:
        refuse_unaccepted(made, given)
        return given
    for need in unaccepted(made, given):
        if need.accepted_by(given):
            continue
        click.echo(printable(f"{need.name}: {need.verdict}: {need.message}"))
        answer = click.prompt("Type its name to accept this, or nothing to stop", default="")
        if answer.strip() != need.name:
            return None
        given |= {need.name}
    return given


def _told(outcome: Outcome) -> Document:
    """What became of every step; what failed first, with its root cause."""
    from baseline.deploy import How

    bad = [
        (f"{one.step.do} {one.step.where}: {one.how}", tuple(printable(line) for line in one.lines))
        for one in outcome.results
        if one.how in (How.FAILED, How.REFUSED, How.RUNNING)
    ]
    tone: Tone = "bad"
    blocks: list[Block] = [Items(tuple(bad), (tone,) * len(bad))] if bad else []
    rows = tuple(
        (
            one.step.stack,
            one.step.place.account,
            one.step.place.region,
            str(one.step.do),
            str(one.how),
            "" if one.how in (How.FAILED, How.REFUSED) else "; ".join(one.lines),
        )
        for one in outcome.results
    )
    blocks.append(Table(("stack", "account", "region", "step", "result", "note"), rows))
    if not outcome.is_complete:
        blocks.append(Text("Not everything was done. A second run goes on from here."))
    return Document("Done" if outcome.is_complete else "Not done", tuple(blocks))


def _code(outcome: Outcome, made: Plan) -> int:
    if outcome.is_complete:
        return FOUND if made.skipped else 0
    return FOUND if outcome.was_declined else REFUSED


def _show(document: Document, form: str = "text") -> None:
    from baseline.render import render

    click.echo(render(document, form), nl=False)


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """A runner that ends a job sends SIGTERM: it ends us as Ctrl-C does, with cleaning up."""

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


__all__ = ["Order", "Recording", "World", "deploy", "destroy", "diff", "drift"]
