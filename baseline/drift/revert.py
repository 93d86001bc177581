"""Revert: a plan that puts back what drifted, by CloudFormation's own drift-aware change sets.

It is a plan like any other: shown, held to what it says, accepted by name where it loses data, and
carried out by `deploy`. What CloudFormation would put back is its own answer; what it does not
see (a policy added to a role that declares none) stays, and the next look says so. Source: "Using
drift-aware change sets".
"""

from __future__ import annotations

from baseline.deployed import Deployed, meaning
from baseline.drifted import Drifts, Looked, State
from baseline.plan import Do, Plan, Step, needs_of
from baseline.stack import Place


def reversion(drifts: Drifts, there: Deployed) -> Plan:
    """Plan to put back what drifted: one step for each stack, all at once."""
    groups: dict[tuple[Place, str], list[Looked]] = {}
    for one in drifts.of(State.DRIFTED):
        groups.setdefault((one.place, one.stack), []).append(one)
    steps, blocked = [], []
    for (place, name), looked in sorted(groups.items()):
        standing = there.of(place, name)
        if standing is None or not standing.stack.is_there or standing.stack.is_busy:
            blocked.append(f"{name} in {place.account} ({place.region}): it is at work or gone")
            continue
        changes = tuple(one.back for one in looked if one.back is not None)
        steps.append(
            Step(
                stack=name,
                place=place,
                do=Do.REVERT,
                text=standing.text,
                meaning=meaning(standing.template),
                tags=standing.tags,
                before=standing.fingerprint,
                id=standing.stack.id,
                role=standing.stack.role,
                policy=standing.policy,
                changes=changes,
                needs=tuple(needs_of(changes)),
                notes=tuple(_beyond(looked)),
            )
        )
    tags = next((one.stack.tags for one in there.standing.values()), {})
    return Plan(
        organization=tags.get("baseline:organization", ""),
        waves=(tuple(steps),) if steps else (),
        blocked=tuple(blocked),
    )


def _beyond(looked: list[Looked]) -> list[str]:
    """What CloudFormation did not see by itself, and so may not put back."""
    names = [one.logical_id for one in looked if one.status not in ("MODIFIED", "DELETED")]
    if not names:
        return []
    verb = "was" if len(names) == 1 else "were"
    note = (
        f"{', '.join(names)} {verb} not seen by CloudFormation's own detection, so its change set "
        "may leave that as it is: look again afterwards"
    )
    return [note]
