"""Changes: what `diff` found, as JSON for machines; version 1 of a shape that only grows.

`SCHEMA` says the shape, and a test holds the output to it. Secrets are digests here too.
"""

from __future__ import annotations

import json
from typing import Any

from baseline.change import MISSING, At, Change, Changes, Edit, dotted
from baseline.secret import clear, clear_body

VERSION = 1

_TEXT = {"type": "string"}
_VALUE: dict[str, Any] = {"description": "Any JSON; left out where there is no value."}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Changes between CloudFormation templates, by baseline diff",
    "type": "object",
    "required": ["version", "stacks", "equal", "notes", "changes"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": VERSION},
        "stacks": {"type": "integer", "description": "How many stacks were compared."},
        "equal": {"type": "boolean", "description": "True where nothing differs in meaning."},
        "notes": {"type": "array", "items": _TEXT},
        "changes": {"type": "array", "items": {"$ref": "#/$defs/change"}},
    },
    "$defs": {
        "change": {
            "type": "object",
            "required": [
                *("stack", "section", "resource", "type", "action", "replacement", "cause"),
                *("loses_data", "widens_access", "edits", "effects", "known_type"),
            ],
            "additionalProperties": False,
            "properties": {
                "stack": _TEXT,
                "section": {"type": "string", "description": "Resources, Outputs, Parameters …"},
                "resource": {"type": "string", "description": "The logical id."},
                "was": {"type": "string", "description": "The logical id before a rename."},
                "type": {"type": "string", "description": "Resource type; empty elsewhere."},
                "known_type": {"type": "boolean", "description": "Whether its schema is known."},
                "action": {"enum": ["add", "remove", "update", "rename", "follow"]},
                "replacement": {"enum": ["none", "known after apply", "conditional", "certain"]},
                "cause": {"type": "string", "description": "Why it is replaced."},
                "loses_data": {"enum": ["no", "part", "maybe", "yes"]},
                "widens_access": {"type": "boolean"},
                "asset": _TEXT,
                "value": {"type": "integer"},
                "edits": {"type": "array", "items": {"$ref": "#/$defs/edit"}},
                "effects": {"type": "array", "items": {"$ref": "#/$defs/effect"}},
                "before": _VALUE,
                "after": _VALUE,
            },
        },
        "edit": {
            "type": "object",
            "required": ["path", "steps", "action", "replacement", "cause"],
            "additionalProperties": False,
            "properties": {
                "path": {"type": "string", "description": "As people read it."},
                "steps": {
                    "type": "array",
                    "items": {
                        "anyOf": [
                            _TEXT,
                            {
                                "type": "object",
                                "description": "An element of an array: its places and its name.",
                                "properties": {
                                    "before": {"type": ["integer", "null"]},
                                    "after": {"type": ["integer", "null"]},
                                    "label": _TEXT,
                                },
                            },
                        ]
                    },
                },
                "action": {"enum": ["add", "remove", "update"]},
                "before": _VALUE,
                "after": _VALUE,
                "replacement": {"enum": ["none", "known after apply", "conditional", "certain"]},
                "cause": _TEXT,
            },
        },
        "effect": {
            "type": "object",
            "required": ["question", "verdict", "message"],
            "additionalProperties": False,
            "properties": {
                "question": {"type": "string", "description": "Which part answered."},
                "verdict": {
                    "enum": [
                        *("loses-data", "may-lose-data", "loses-part-of-data", "widens-access"),
                        *("irreversible", "refused", "breaks-control", "control-cannot-be-judged"),
                        *("leaves-data", "mends-control"),
                    ]
                },
                "message": _TEXT,
                "control": {"type": "string", "description": "The control, where one is meant."},
            },
        },
    },
}

_LOSS = (("loses-data", "yes"), ("may-lose-data", "maybe"), ("loses-part-of-data", "part"))


def write(changes: Changes) -> str:
    """Every change, worst first."""
    found = {
        "version": VERSION,
        "stacks": changes.stacks,
        "equal": not changes,
        "notes": list(changes.notes),
        "changes": [_change(one, changes.salt) for one in changes],
    }
    return json.dumps(found, indent=2, ensure_ascii=False, default=str) + "\n"


def _change(change: Change, salt: str) -> dict[str, Any]:
    no_echo = change.hides_default
    found: dict[str, Any] = {
        "stack": change.stack,
        "section": change.section,
        "resource": change.name,
        "type": change.type,
        "known_type": change.is_known,
        "action": str(change.action),
        "replacement": change.replacement.word,
        "cause": change.cause,
        "loses_data": next((word for one, word in _LOSS if one in change.verdicts), "no"),
        "widens_access": "widens-access" in change.verdicts,
        "edits": [_edit(edit, salt, no_echo=no_echo) for edit in change.edits],
        "effects": [
            {"question": one.question, "verdict": str(one.verdict), "message": one.message}
            | ({"control": one.control} if one.control else {})
            for one in change.effects
        ],
    }
    if change.was:
        found["was"] = change.was
    if change.asset:
        found["asset"] = change.asset
    if change.value is not None:
        found["value"] = change.value
    for side, body, actions in (
        ("before", change.before, ("remove", "rename")),
        ("after", change.after, ("add", "rename")),
    ):
        if body is not None and change.action in actions:
            found[side] = clear_body(body, salt, no_echo=no_echo)
    return found


def _edit(edit: Edit, salt: str, *, no_echo: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "path": dotted(edit.path),
        "steps": [
            {"before": step.before, "after": step.after, "label": step.label}
            if isinstance(step, At)
            else step
            for step in edit.path
        ],
        "action": str(edit.action),
        "replacement": edit.replacement.word,
        "cause": edit.cause,
    }
    values = clear(edit, salt, no_echo=no_echo and edit.known_as == "Default")
    sides = zip(("before", "after"), values, strict=True)
    return found | {side: value for side, value in sides if value is not MISSING}
