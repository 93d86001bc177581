"""Drift: what was found of every resource, as JSON for machines; version 1 of a growing shape."""

from __future__ import annotations

import json
from typing import Any

from baseline.change import MISSING, Edit, dotted
from baseline.drifted import Drifts, Looked, State
from baseline.secret import clear

VERSION = 1


def write(drifts: Drifts) -> str:
    """Every resource with its state; secrets are digests."""
    found = {
        "version": VERSION,
        "resources": len(drifts.looked),
        "states": {str(state): len(drifts.of(state)) for state in State},
        "notes": list(drifts.notes),
        "looked": [_looked(one) for one in drifts.looked],
    }
    return json.dumps(found, indent=2) + "\n"


def _looked(one: Looked) -> dict[str, Any]:
    change = one.change
    return {
        "account": one.place.account,
        "region": one.place.region,
        "stack": one.stack,
        "resource": one.logical_id,
        "type": one.type,
        "physical_id": one.physical_id,
        "state": str(one.state),
        "why": one.why,
        "asked": list(one.asked),
        "not_compared": dict(one.unread),
        "accepted": vars(one.accepted) if one.accepted else None,
        "controls": list(one.controls),
        "effects": [
            {"verdict": str(effect.verdict), "message": effect.message, "control": effect.control}
            for effect in (change.effects if change else ())
        ],
        "edits": [_edit(edit, one.salt) for edit in (change.edits if change else ())],
    }


def _edit(edit: Edit, salt: str) -> dict[str, Any]:
    expected, actual = clear(edit, salt)
    found: dict[str, Any] = {"property": dotted(edit.path).removeprefix("Properties.")}
    if expected is not MISSING:
        found["expected"] = expected
    if actual is not MISSING:
        found["actual"] = actual
    return found
