"""Registry: the folder is the registry.

A module in `blueprints/`, `controls/`, `formats/` or `exports/` is a part and its name is the
name. There is nothing to register and nothing to forget.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def names(folder: str) -> tuple[str, ...]:
    """Names of the parts in a folder of the package, sorted; none of them is imported."""
    package = import_module(f"baseline.{folder}")
    return tuple(sorted(module.name for module in iter_modules(package.__path__)))


def part(folder: str, name: str) -> ModuleType:
    """Import one part."""
    return import_module(f"baseline.{folder}.{name}")


def parts(folder: str) -> tuple[ModuleType, ...]:
    """Import every part of a folder, sorted by name."""
    return tuple(part(folder, name) for name in names(folder))
