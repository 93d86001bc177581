"""Catalogue: every control there is, by name and by the type that it looks at."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from baseline import registry
from baseline.control import Control


@cache
def controls() -> tuple[Control, ...]:
    """Every control of `controls/`, sorted by name."""
    found = [
        value
        for module in registry.parts("controls")
        for value in vars(module).values()
        if isinstance(value, Control)
    ]
    return tuple(sorted({one.name: one for one in found}.values(), key=lambda one: one.name))


@cache
def by_name() -> Mapping[str, Control]:
    """Every control under its name."""
    return {one.name: one for one in controls()}
