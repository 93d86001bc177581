"""Problem: what is wrong with a profile, where, and what it may miss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from baseline.words import closest, quote


@dataclass(frozen=True)
class Problem:
    """What is wrong, where, and the path that it misses, such as `assets.orders`."""

    path: str
    text: str
    needs: str = ""


def missing(
    path: str, name: str, known: set[str], what: str, where: str, how: str
) -> Iterator[Problem]:
    """Say that a name refers to nothing: `what` it should be, `where` they are, `how` to add it."""
    if name not in known:
        guess = closest(name, known) or f": {how}"
        yield Problem(path, f"{quote(name)} is no {what}{guess}", f"{where}.{name}")
