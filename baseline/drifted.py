"""Drifted: what was found of every resource that should be there: same, drifted or not checked.

Drift has the type of a planned change, so that everything that is put to a change is put to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from baseline.change import Change, Verdict
from baseline.control import Acceptance
from baseline.stack import Place

CONTROL = "drift.as-deployed"  # what an exception of the profile names that accepts a drift


class State(StrEnum):
    """What becomes of a resource in the end."""

    SAME = "same"
    DRIFTED = "drifted"
    UNCHECKED = "not checked"


@dataclass(frozen=True)
class Looked:
    """One resource in one place, and what was found; `asked` names who was asked.

    `status` is the word of CloudFormation's detection, empty where it did not look. `change` leads
    from what was deployed to what is there, and `back` the other way; `unread` are properties that
    nobody could compare, each with the reason; `salt` is for the digests that stand for secrets;
    `accepted` is there where a live exception of the profile covers exactly this drift.
    """

    place: Place
    stack: str
    logical_id: str
    type: str
    physical_id: str
    state: State
    why: str = ""
    asked: tuple[str, ...] = ()
    status: str = ""
    change: Change | None = None
    back: Change | None = field(default=None, repr=False, compare=False)
    unread: tuple[tuple[str, str], ...] = ()
    salt: str = field(default="", repr=False, compare=False)
    accepted: Acceptance | None = None

    @property
    def name(self) -> str:
        """The stack and the resource."""
        return f"{self.stack}/{self.logical_id}"

    @property
    def controls(self) -> tuple[str, ...]:
        """Controls that what is there breaks, sorted."""
        effects = self.change.effects if self.change else ()
        found = {one.control for one in effects if one.verdict is Verdict.BREAKS_CONTROL}
        return tuple(sorted(found))


@dataclass(frozen=True)
class Drifts:
    """Every resource that was looked at, in order, and what must be said of how."""

    looked: tuple[Looked, ...]
    notes: tuple[str, ...] = ()

    def of(self, state: State) -> tuple[Looked, ...]:
        """Those in one state."""
        return tuple(one for one in self.looked if one.state is state)

    def __bool__(self) -> bool:
        """Say whether anything drifted that nobody has accepted."""
        return any(one.accepted is None for one in self.of(State.DRIFTED))
