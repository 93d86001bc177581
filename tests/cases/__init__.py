"""Cases: how every control is seen to fail, one file per service, found by being there.

A case is the smallest bad properties, the smallest good ones, and an edit of a generated template
that makes the control fail. `test_check` runs them all, and counts that none is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any


@dataclass(frozen=True)
class Case:
    """The smallest bad and good properties, and an edit of a generated template that fails.

    Without a kind, they are all resources of an account; `told` is then the resource that is told
    of, where it is not the one that is edited.
    """

    kind: str
    bad: Mapping[str, Any]
    good: Mapping[str, Any]
    stack: str
    resource: str
    path: tuple[str | int, ...]
    value: Any
    attributes: Mapping[str, Any] | None = None
    told: str = ""


def case(
    where: tuple[str, str, str],
    bad: Mapping[str, Any],
    good: Mapping[str, Any],
    path: tuple[str | int, ...],
    value: Any,
    attributes: Mapping[str, Any] | None = None,
    told: str = "",
) -> Case:
    """A case on a resource: its type, its stack and its logical id."""
    return Case(where[0], bad, good, where[1], where[2], path, value, attributes, told)


def all_cases() -> dict[str, Case]:
    """Every case, by the name of its control."""
    found: dict[str, Case] = {}
    for module in sorted(module.name for module in iter_modules(__path__)):
        found |= import_module(f"{__name__}.{module}").CASES
    return found
