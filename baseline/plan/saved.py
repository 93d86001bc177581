"""Saved: a plan in a file, which runs exactly as saved or not at all.

The file holds no template and no secret: it names the profile, what was chosen of it, and the hash
of each step. To run it, the plan is made anew and held to the file. What is already as the plan
wanted it (an interrupted run) is fine; anything else that differs is a refusal that says what.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from baseline import __version__
from baseline.deployed import Deployed, meaning
from baseline.errors import ProfileError
from baseline.plan import Do, Plan
from baseline.stack import Place

KIND = "baseline plan"
VERSION = 1


@dataclass(frozen=True)
class Choices:
    """What was asked for when a plan was made."""

    profile: str
    profile_hash: str
    environment: str | None = None
    pattern: str | None = None
    imports: tuple[str, ...] = ()


@dataclass(frozen=True)
class SavedStep:
    """A step as the file has it."""

    stack: str
    place: Place
    do: Do
    meaning: str
    hash: str


@dataclass(frozen=True)
class Saved:
    """A plan as a file has it."""

    choices: Choices
    hash: str
    steps: tuple[SavedStep, ...] = field(default_factory=tuple)


def digest(data: bytes) -> str:
    """SHA-256 of a profile's bytes."""
    return hashlib.sha256(data).hexdigest()


def write(made: Plan, choices: Choices) -> str:
    """The text of the file."""
    content = {
        "kind": KIND,
        "version": VERSION,
        "generator": f"baseline {__version__}",
        "organization": made.organization,
        "hash": made.hash,
        "choices": {**asdict(choices), "imports": list(choices.imports)},
        "steps": [
            {
                "wave": number,
                "do": str(step.do),
                "stack": step.stack,
                "account": step.place.account,
                "region": step.place.region,
                "template": step.meaning,
                "before": step.before,
                "changes": len(step.changes),
                "accept": sorted({need.name for need in step.needs}),
                "hash": step.hash,
            }
            for number, wave in enumerate(made.waves, 1)
            for step in wave
        ],
        "unchanged": [
            {"stack": name, "account": place.account, "region": place.region, "state": mark}
            for name, place, mark in made.unchanged
        ],
    }
    return json.dumps(content, indent=2) + "\n"


def is_saved(text: str) -> bool:
    """Say whether a text looks like a saved plan."""
    return text.lstrip().startswith("{") and f'"{KIND}"' in text[:200]


def read(text: str, name: str) -> Saved:
    """Read a saved plan; raise `ProfileError` where it is none."""
    try:
        content: Mapping[str, Any] = json.loads(text)
        is_ours = content["kind"] == KIND and content["version"] == VERSION
        said = dict(content["choices"])
        choices = Choices(**{**said, "imports": tuple(said["imports"])})
        steps = tuple(
            SavedStep(
                stack=one["stack"],
                place=Place(one["account"], one["region"]),
                do=Do(one["do"]),
                meaning=one["template"],
                hash=one["hash"],
            )
            for one in content["steps"]
        )
        saved = Saved(choices, str(content["hash"]), steps)
    except (ValueError, KeyError, TypeError, AttributeError):
        is_ours = False
    if not is_ours:
        raise ProfileError(
            f"{name}: no plan that this version of baseline saved: make it again with "
            "`baseline diff --deployed --save`"
        )
    return saved


def refusals(saved: Saved, made: Plan, there: Deployed, profile: bytes) -> tuple[str, ...]:
    """Everything that is not as when the plan was saved; nothing where it may run."""
    problems = []
    if digest(profile) != saved.choices.profile_hash:
        problems.append(f"{saved.choices.profile} has changed since the plan was saved")
    known = {one.hash for one in saved.steps}
    again = {one.hash for one in made.steps}
    problems += [
        f"{step.where}: the plan does not have this step as it would be now ({step.do}): its "
        "template, its target, or what is deployed has changed since the plan was saved"
        for step in made.steps
        if step.hash not in known
    ]
    problems += [
        f"{one.stack} in {one.place.account} ({one.place.region}): what is deployed is neither "
        f"what the plan found nor what it would make ({one.do})"
        for number, one in enumerate(saved.steps)
        if one.hash not in again and not _is_done(saved.steps[number:], there)
    ]
    problems += made.blocked
    if problems:
        problems.append("make the plan again with `baseline diff --deployed --save`, and review it")
    return tuple(dict.fromkeys(problems))


def _is_done(steps: tuple[SavedStep, ...], there: Deployed) -> bool:
    """Say whether what stands is what the first of these steps, or a later one of it, makes."""
    first = steps[0]
    one = there.of(first.place, first.stack)
    later = [step for step in steps if (step.stack, step.place) == (first.stack, first.place)]
    if one is None or not one.stack.is_there:
        return any(step.do is Do.DELETE for step in later)
    return one.is_read and meaning(one.template) in {step.meaning for step in later}
