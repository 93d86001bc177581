"""Judge: a change set is held to the plan that somebody saw; what is beyond it must be named."""

from __future__ import annotations

from baseline.change import Replacement
from baseline.cloud import ChangeSet, CloudChange
from baseline.plan import Need, Step
from baseline.stateful import held


def judge(step: Step, found: ChangeSet) -> tuple[tuple[Need, ...], tuple[str, ...]]:
    """Hold a change set to the plan: what it would do beyond it, and what is worth saying."""
    known = {one.name: one for one in step.changes if one.section == "Resources"}
    planned = step.planned()
    beyond, notes = [], []
    for one in found.changes:
        said = ""
        change = known.get(one.logical_id)
        replaces = change is not None and change.replacement is not Replacement.NONE
        if one.action in ("Add", "Remove", "Import") and one.logical_id not in planned:
            said = f"CloudFormation would {one.action.lower()} this {one.type}"
        elif one.action == "Modify" and one.replacement == "True" and not replaces:
            said = f"CloudFormation would replace this {one.type}"
        elif one.action == "Modify" and one.replacement == "Conditional" and not replaces:
            text = f"CloudFormation may replace this {one.type}"
            if one.type in held():
                said = text
            else:
                notes.append(f"{one.logical_id}: {text}")
        elif one.action == "Modify" and one.logical_id not in planned:
            if _is_harmless(one):
                notes.append(f"{one.logical_id}: looked at again because of what it refers to")
            else:
                what = ", ".join(one.properties or one.scope) or "this"
                said = f"CloudFormation would change {what} of this {one.type}"
        if said:
            beyond.append(Need(step.stack, one.logical_id, "beyond-the-plan", said))
    return tuple(beyond), (*step.notes, *notes)


def _is_harmless(one: CloudChange) -> bool:
    """Only because of tags of the stack, or of a value that may prove to be the same."""
    return one.is_dynamic or set(one.scope) <= {"Tags"}
