"""Control: a rule and why it exists; Finding: where it is not met, accepted, or cannot be judged.

A control is a plain function with a name (the claim that must hold), a title and a docstring that
says why. It gets one resource and yields what is wrong: a message, or a path below the properties
and a message that goes on from it. It never knows where the resource was reported from, which
framework asks for it, or how a finding is shown. To say that a value cannot be known from here it
raises `CannotJudge`; that is a verdict of its own and never a pass. A control whose verdict depends
on the day (the age of an image) is dated: it gets the day too, and none asks a clock.

Three things can be looked at that are no single resource:

- `on=EVERY_TYPE` is every resource; `on=TEMPLATE` a template itself, whose properties are its
  sections (`Outputs`, `Parameters` …) and `Bytes`, the size of its text.
- `over="account"`: all resources of one account. The control yields a resource of them (None: the
  account itself) and a message, or a resource, a path and a message.
- `over="organization"`: a mapping of each account's name to its resources; it yields the same.

The last two are asked only where everything is there: a profile, or a folder with its manifest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any, Literal

from baseline.resource import Path, Resource, is_intrinsic

# What a control yields: a message, or a path and a message; of several resources, after the one.
Said = str | tuple[Path, str]
SaidOf = tuple[Resource | None, str] | tuple[Resource | None, Path, str]
Judge = Callable[..., Iterator[Any]]  # of a resource (or of many), and of the day where dated
Over = Literal["resource", "account", "organization"]

EVERY_TYPE = "*"  # what a control is on that looks at every resource
TEMPLATE = "Template"  # what a control is on that looks at a template as a whole


class Severity(IntEnum):
    """How much it matters; `unknown` is for what cannot be judged."""

    UNKNOWN = 0
    INFORMATIONAL = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5

    @property
    def word(self) -> str:
        """As people read it."""
        return self.name.lower()


class CannotJudge(Exception):  # noqa: N818 - a verdict, not an error
    """What a control needs to know is decided elsewhere, by a parameter or at run time."""


@dataclass(frozen=True)
class Control:
    """A rule: the claim, what must hold, on which resource types, and how much it matters."""

    name: str
    title: str
    types: tuple[str, ...]
    severity: Severity
    judge: Judge
    dated: bool = False
    over: Over = "resource"
    remedy: str = ""

    def judged(self, subject: Any, today: date) -> Iterator[Any]:
        """What is wrong with a resource (or with all of them), as of a day."""
        return self.judge(subject, today) if self.dated else self.judge(subject)

    @property
    def service(self) -> str:
        """The word before the dot."""
        return self.name.partition(".")[0]

    @property
    def why(self) -> str:
        """Why the control exists, on one line."""
        return " ".join((self.judge.__doc__ or "").split())

    @property
    def fix(self) -> str:
        """What to do; where the control says nothing of its own, where a good example is."""
        return self.remedy or f"`baseline explain {self.name}` shows one that is as it must be"


def control(
    name: str,
    title: str,
    *,
    on: str | tuple[str, ...],
    severity: Severity,
    dated: bool = False,
    over: Over = "resource",
    fix: str = "",
) -> Callable[[Judge], Control]:
    """Make a control of a function; `fix` says in a few words what to do."""
    types = (on,) if isinstance(on, str) else on
    return lambda judge: Control(name, title, types, severity, judge, dated, over, fix)


def literal(properties: Any, *path: str | int, default: Any = None) -> Any:
    """The value at a path, or the default where it is not there.

    Raises CannotJudge where an intrinsic function stands in the way.
    """
    value = properties
    for step in path:
        _refuse_intrinsic(value, path)
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return default
    _refuse_intrinsic(value, path)
    return value


def _refuse_intrinsic(value: Any, path: tuple[str | int, ...]) -> None:
    if is_intrinsic(value):
        function, argument = next(iter(value.items()))
        by = f"{function} {argument}" if function == "Ref" else function
        raise CannotJudge(f"{'.'.join(map(str, path))} is decided by {by}")


def is_true(value: Any) -> bool:
    """CloudFormation takes true and "true" alike."""
    return value is True or str(value).lower() == "true"


@dataclass(frozen=True)
class Place:
    """A line of a template, and the line of the profile that asked for it, where there are such."""

    file: str
    line: int = 1
    column: int = 1
    cause: str = ""
    asked_at: str = ""


@dataclass(frozen=True)
class Acceptance:
    """Who accepted a finding, why and until when; `asked_at` is the line of the profile."""

    reason: str
    approved_by: str
    until: str
    asked_at: str = ""


@dataclass(frozen=True)
class Finding:
    """A place where a rule is not met, is accepted not to be, or cannot be judged.

    `path` is the place inside the resource, as steps below its properties; `accepted` is there
    where a live exception of the profile covers it. A `notice` is for people and fails nothing.
    """

    rule: str
    severity: Severity
    message: str
    stack: str
    resource: str
    place: Place
    why: str = ""
    title: str = ""
    fix: str = ""
    path: str = ""
    accepted: Acceptance | None = None
    notice: bool = False

    @property
    def state(self) -> str:
        """`open`, `accepted`, `notice` or `cannot judge`: the words of every format."""
        if self.accepted:
            return "accepted"
        if self.notice:
            return "notice"
        return "cannot judge" if self.severity is Severity.UNKNOWN else "open"

    @property
    def order(self) -> tuple[bool, int, str, str, int, int, str]:
        """Open ones first, worst first, then by rule and place."""
        place = self.place
        rest = (self.rule, place.file, place.line, place.column, self.message)
        return (self.state in ("accepted", "notice"), -self.severity, *rest)
