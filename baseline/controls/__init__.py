"""Controls: one file per service; plain functions that know no boto3 and no troposphere.

The second pair of eyes: nothing here is imported by a blueprint, nor the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from baseline.control import CannotJudge, literal

T = TypeVar("T")


def each(things: Iterable[T], judge: Callable[[T], Iterable[str]]) -> Iterator[str]:
    """Judge every thing, and only then say what could not be judged.

    A doubt about the first statement of a policy must not hide what is wrong with the second.
    """
    doubts = []
    for thing in things:
        try:
            yield from judge(thing)
        except CannotJudge as doubt:
            doubts.append(doubt)
    if doubts:
        raise doubts[0]


def number(properties: Any, *path: str | int, default: int = 0) -> int:
    """The whole number at a path; CloudFormation takes 7 and "7" alike."""
    value = literal(properties, *path, default=default)
    try:
        return int(value)
    except (TypeError, ValueError):
        name = ".".join(map(str, path))
        raise CannotJudge(f"{name} is {str(value)[:40]!r}, not a number") from None
