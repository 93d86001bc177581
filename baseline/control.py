"""Control: a rule and why it exists; Finding: a place where it is not met or cannot be judged.

A control is a plain function with a name (the claim that must hold), a title and a docstring that
says why. It gets one resource and yields what is wrong. It never knows where the resource was
reported from, which framework asks for it, or how a finding is shown. To say that a value cannot
be known from here it raises `CannotJudge`; that is a verdict of its own and never a pass. A
control whose verdict depends on the day (the age of an image) is dated: it gets the day too, and
none asks a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any

from baseline.resource import Resource, is_intrinsic

Judge = Callable[..., Iterator[str]]  # of a resource; of a resource and the day, where dated


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

    def judged(self, resource: Resource, today: date) -> Iterator[str]:
        """What is wrong with a resource, as of a day."""
        return self.judge(resource, today) if self.dated else self.judge(resource)

    @property
    def why(self) -> str:
        """Why the control exists."""
        return (self.judge.__doc__ or "").strip()


def control(
    name: str,
    title: str,
    *,
    on: str | tuple[str, ...],
    severity: Severity,
    dated: bool = False,
) -> Callable[[Judge], Control]:
    """Make a control of a function."""
    types = (on,) if isinstance(on, str) else on
    return lambda judge: Control(name, title, types, severity, judge, dated)


def literal(properties: Any, *path: str | int, default: Any = None) -> Any:
    """The value at a path, or the default where it is not there.

    Raises CannotJudge where an intrinsic function stands in the way.
    """
    value = properties
    for step in path:
        if isinstance(value, Mapping) and is_intrinsic(value):
            raise CannotJudge(f"{'.'.join(map(str, path))} is decided by {next(iter(value))}")
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return default
    if isinstance(value, Mapping) and is_intrinsic(value):
        raise CannotJudge(f"{'.'.join(map(str, path))} is decided by {next(iter(value))}")
    return value


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
class Finding:
    """A place where a rule is not met, or cannot be judged."""

    rule: str
    severity: Severity
    message: str
    stack: str
    resource: str
    place: Place
    why: str = ""

    @property
    def order(self) -> tuple[int, str, str, int, int, str]:
        """Worst first, then by rule and place."""
        place = self.place
        return (-self.severity, self.rule, place.file, place.line, place.column, self.message)
