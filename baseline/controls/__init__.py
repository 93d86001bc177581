"""Controls: one file per service; plain functions that know no boto3 and no troposphere.

The second pair of eyes: nothing here is imported by a blueprint, nor the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
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
    value = literal(properties, *path)
    if value is None:
        return default
    try:
        return int(value)
    except (TypeError, ValueError):
        name = ".".join(map(str, path))
        raise CannotJudge(f"{name} is {str(value)[:40]!r}, not a number") from None


def is_given(properties: Any, name: str) -> bool:
    """Say whether a value is there, whatever it is, unless `Fn::If` decides whether it is."""
    value = properties.get(name) if isinstance(properties, Mapping) else None
    if isinstance(value, Mapping) and "Fn::If" in value:
        raise CannotJudge(f"{name} is decided by Fn::If")
    return value not in (None, "", {}, {"Ref": "AWS::NoValue"})


def is_key_of_ours(properties: Any, name: str) -> bool:
    """Say whether a key is given, and is not one that AWS keeps for everybody."""
    return is_given(properties, name) and "alias/aws/" not in str(properties[name])
