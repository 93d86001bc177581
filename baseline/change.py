"""Change: what becomes of one resource, or of another entry of a template; Changes: all of them.

A change holds its edits (a property path, before and after) and its effects: the answers to the
questions that `consequences/` put to it. Values are in normal form and never shown by `repr`,
because some are secrets; whoever shows one asks `baseline.secret` first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any


class Action(StrEnum):
    """What happens; `follow` is a change that comes through a reference, not from an edit."""

    ADD = "add"
    REMOVE = "remove"
    UPDATE = "update"
    RENAME = "rename"
    FOLLOW = "follow"


class Replacement(IntEnum):
    """Whether CloudFormation makes a new resource and removes the old; the worst is greatest."""

    NONE = 0
    AFTER_APPLY = 1
    CONDITIONAL = 2
    CERTAIN = 3

    @property
    def word(self) -> str:
        """As people and machines read it."""
        return ("none", "known after apply", "conditional", "certain")[self]


class Verdict(StrEnum):
    """What an effect amounts to, worst first."""

    LOSES_DATA = "loses-data"
    MAY_LOSE_DATA = "may-lose-data"
    LOSES_PART = "loses-part-of-data"
    WIDENS_ACCESS = "widens-access"
    IRREVERSIBLE = "irreversible"
    REFUSED = "refused"
    BREAKS_CONTROL = "breaks-control"
    UNJUDGED_CONTROL = "control-cannot-be-judged"
    LEAVES_DATA = "leaves-data"
    MENDS_CONTROL = "mends-control"


NEVER = "AWS::Never"  # in normal form, the condition of what is never made


class _Missing:
    """The value of a property that is not there."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False

    def __copy__(self) -> _Missing:
        return self

    def __deepcopy__(self, memo: object) -> _Missing:
        return self


MISSING = _Missing()


@dataclass(frozen=True, slots=True)
class At:
    """An element of an array: where it was, where it is, and what people know it by."""

    before: int | None
    after: int | None
    label: str

    def mirrored(self) -> At:
        """The same element, seen from the other side."""
        return At(self.after, self.before, self.label)


Path = tuple[str | At, ...]


def dotted(path: Path) -> str:
    """`Rules[expire].Status`: a path as people read it."""
    text = ""
    for step in path:
        if isinstance(step, At):
            text += f"[{step.label}]"
        else:
            text += f".{step}" if text else step
    return text


def names(path: Path) -> tuple[str, ...]:
    """The names in a path, without its elements of arrays."""
    return tuple(step for step in path if isinstance(step, str))


@dataclass(frozen=True, slots=True)
class Edit:
    """One property that differs, and whether that makes a new resource, with the reason."""

    path: Path
    before: Any = field(repr=False)
    after: Any = field(repr=False)
    replacement: Replacement = Replacement.NONE
    cause: str = ""

    @property
    def action(self) -> Action:
        """Added, removed or updated."""
        if self.before is MISSING:
            return Action.ADD
        return Action.REMOVE if self.after is MISSING else Action.UPDATE

    @property
    def known_as(self) -> str:
        """The name by which a value is known: its property's, or that of the element it is in."""
        found = names(self.path)
        name = found[-1] if found else ""
        if name not in ("Value", "value", "ParameterValue"):
            return name
        labels = [step.label for step in self.path if isinstance(step, At)]
        return labels[-1] if labels else (found[-2] if len(found) > 1 else name)


@dataclass(frozen=True, slots=True, order=True)
class Effect:
    """One answer to one question: the part that gave it, what it amounts to, and why."""

    question: str
    verdict: Verdict
    message: str
    control: str = ""


@dataclass(frozen=True)
class Change:
    """What becomes of one entry of one template.

    `section` is the part of the template (`Resources`, `Outputs` …), `was` the former name of
    what is renamed; `before` and `after` are whole bodies in normal form, None where there is none.
    """

    stack: str
    section: str
    name: str
    type: str
    action: Action
    edits: tuple[Edit, ...] = ()
    replacement: Replacement = Replacement.NONE
    cause: str = ""
    effects: tuple[Effect, ...] = ()
    was: str = ""
    is_known: bool = True
    asset: str = ""
    value: int | None = None
    before: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)
    after: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)

    @property
    def hides_default(self) -> bool:
        """Say whether it is a parameter whose value is not to be shown."""
        return self.section == "Parameters" and any(
            isinstance(body, Mapping) and str(body.get("NoEcho")).lower() == "true"
            for body in (self.before, self.after)
        )

    @property
    def verdicts(self) -> frozenset[Verdict]:
        """What its effects amount to."""
        return frozenset(effect.verdict for effect in self.effects)

    @property
    def rank(self) -> int:
        """How soon people must see it, 0 first.

        Loss of data, then wider access, replacement, broken controls, then the rest.
        """
        found = self.verdicts
        if found & {Verdict.LOSES_DATA, Verdict.MAY_LOSE_DATA, Verdict.LOSES_PART}:
            return 0
        if Verdict.WIDENS_ACCESS in found:
            return 1
        if found & {Verdict.IRREVERSIBLE, Verdict.REFUSED}:
            return 2
        if self.replacement is not Replacement.NONE:
            return 3
        if Verdict.BREAKS_CONTROL in found:
            return 4
        return 6 if self.action is Action.FOLLOW or self.section != "Resources" else 5

    @property
    def order(self) -> tuple[int, int, str, str, str]:
        """Worst first, then by place."""
        return (self.rank, -self.replacement, self.stack, self.section, self.name)


@dataclass(frozen=True)
class Changes:
    """Every change, worst first, and what must be said of how they were found.

    `salt` goes into the digests that stand for secrets: the same inputs give the same digests,
    and nobody who sees only a diff can try passwords against them.
    """

    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    salt: str = field(default="", repr=False)
    stacks: int = 1
    apart: tuple[tuple[tuple[str, str, str], tuple[str, ...]], ...] = ()

    def __bool__(self) -> bool:
        """Say whether anything differs."""
        return bool(self.changes)

    def __iter__(self) -> Iterator[Change]:
        """Walk through the changes."""
        return iter(self.changes)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.changes)


@dataclass(frozen=True)
class Sides:
    """Both sides of a comparison as they were given, for what a change alone does not say.

    Stacks by name; what is looked up often is looked up once.
    """

    before: Mapping[str, Mapping[str, Any]]
    after: Mapping[str, Mapping[str, Any]]

    def resources(self, stack: str, *, after: bool = True) -> Mapping[str, Any]:
        """Bodies of a stack's resources, as they stand, on one side."""
        found = (self.after if after else self.before).get(stack, {}).get("Resources")
        return found if isinstance(found, Mapping) else {}

    def parameters(self, stack: str, *, after: bool = True) -> Mapping[str, Any]:
        """Parameters of a stack on one side."""
        found = (self.after if after else self.before).get(stack, {}).get("Parameters")
        return found if isinstance(found, Mapping) else {}
