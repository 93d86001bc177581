"""Samples: the profiles that ship, and stacks made from them, for many tests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from baseline.generate import generate
from baseline.load import load, loads
from baseline.profile import Profile
from baseline.stack import Stack

ROOT = Path(__file__).parent.parent
PROFILES = ("acme", "minimal")


@cache
def profile(name: str) -> Profile:
    """A profile that ships."""
    return load(ROOT / "profiles" / f"{name}.yaml")[0]


@cache
def stacks(name: str) -> tuple[Stack, ...]:
    """Every stack of a profile that ships."""
    return generate(profile(name))


def stack(name: str, profile_name: str = "acme") -> Stack:
    """One stack by its whole name."""
    return next(one for one in stacks(profile_name) if one.name == name)


def edited(name: str, *edits: tuple[str, str]) -> tuple[Stack, ...]:
    """Stacks of a shipped profile after edits of its text, each of which must apply."""
    text = (ROOT / "profiles" / f"{name}.yaml").read_text(encoding="utf-8")
    for before, after in edits:
        assert before in text, before
        text = text.replace(before, after)
    return generate(loads(text.encode(), "edited.yaml")[0])


def properties(one: Stack, logical_id: str) -> Mapping[str, Any]:
    """Properties of one resource."""
    found: Mapping[str, Any] = one.resources[logical_id]["Properties"]
    return found


def of_type(one: Stack, kind: str) -> dict[str, Mapping[str, Any]]:
    """Resources of one type: logical id to properties."""
    return {
        logical_id: body.get("Properties", {})
        for logical_id, body in one.resources.items()
        if body["Type"] == kind
    }


def statements(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Statements of a policy by their Sid."""
    return {statement["Sid"]: statement for statement in document["Statement"]}
