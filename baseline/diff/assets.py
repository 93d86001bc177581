"""Assets: which asset of the profile a resource serves, and what that is worth.

A generated resource knows the path of the profile that asked for it; the entry there, or one above
it, names the asset.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from baseline.profile import Profile
from baseline.stack import Stack


def assets(
    profile: Profile, stacks: Iterable[Stack], names: Mapping[str, str]
) -> dict[tuple[str, str], tuple[str, int | None]]:
    """Stack and resource to the asset and its value; `names` are those the diff has for stacks."""
    values = {one.name: one.value for one in profile.assets}
    known: dict[str, str] = {}
    found = {}
    for stack in stacks:
        for logical_id, origin in stack.origins.items():
            if origin.path not in known:
                known[origin.path] = _asset(profile, origin.path)
            if name := known[origin.path]:
                value = values.get(name)
                whole = int(value) if value is not None else None
                found[names[stack.name], logical_id] = (name, whole)
    return found


def _asset(profile: Profile, path: str) -> str:
    here: Any = profile
    found = ""
    for step in path.split("."):
        if isinstance(here, (list, tuple)):
            here = next((one for one in here if getattr(one, "name", None) == step), None)
        else:
            here = getattr(here, step, None)
        if here is None:
            break
        name = getattr(here, "asset", None)
        if isinstance(name, str):
            found = name
    return found
