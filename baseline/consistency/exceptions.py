"""Exceptions: each names a control that there is, and says so where it covers much.

A pattern is wide where one of its sides says fewer than three letters of its own, the name of the
organization aside: `acme-*/Bucket`, `acme-prod-network/*`, `a*/B*`. Over what is high or critical
that must be meant, so it is written down as `wide: true`.
"""

from __future__ import annotations

from collections.abc import Iterator

from baseline.catalogue import by_name
from baseline.consistency.problem import Problem
from baseline.control import Severity
from baseline.drifted import CONTROL as DRIFT
from baseline.profile import Profile, Waiver
from baseline.words import closest, quote

FEWEST_LETTERS = 3


def problems(profile: Profile) -> Iterator[Problem]:
    """Yield what is wrong with exceptions."""
    if not profile.exceptions:
        return
    seen: set[tuple[str, str, str | None]] = set()
    for number, one in enumerate(profile.exceptions):
        path = f"exceptions.{number}"
        if (one.control == DRIFT) is not (one.drift is not None):
            yield Problem(
                path,
                f"drift belongs to {DRIFT}, and that to it: it says which drift is accepted "
                "(`baseline drift` shows it, and --accept writes it down)",
            )
        elif one.control == DRIFT:
            pass
        elif "." in one.control and one.control not in by_name():
            guess = closest(one.control, by_name()) or ": `baseline controls` lists them"
            yield Problem(f"{path}.control", f"{quote(one.control)} is no control{guess}")
        elif not one.wide and _matters(one) and is_wide(one.resource, profile.organization.name):
            yield Problem(
                f"{path}.resource",
                f"{quote(one.resource)} covers much, and {one.control} matters much: name the "
                "resource, or say wide: true beside it",
            )
        if (one.control, one.resource, one.drift) in seen:
            yield Problem(path, "stands here twice: one exception with one end is enough")
        seen.add((one.control, one.resource, one.drift))


def is_wide(pattern: str, organization: str) -> bool:
    """Say whether a pattern covers many stacks, or many resources of a stack."""
    stack, _, resource = pattern.removeprefix(f"{organization}-").rpartition("/")
    return any(
        set(side) & set("*?") and sum(letter.isalnum() for letter in side) < FEWEST_LETTERS
        for side in (stack, resource)
    )


def _matters(one: Waiver) -> bool:
    known = by_name().get(one.control)
    # The errors of cfn-lint are what CloudFormation refuses, or soon will.
    return known.severity >= Severity.HIGH if known else one.control.startswith("E")
