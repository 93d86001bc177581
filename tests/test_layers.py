"""The layers hold: who may import whom is read from the source, with `ast`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.samples import ROOT

GROUND = {"errors", "kept", "registry", "words"}
NOUNS = {
    *("cloud", "drifted", "permissions"),
    *("change", "framework", "grants", "schema", "secret", "stateful", "tokens"),
    *("control", "document", "engines", "policy", "profile", "protection", "regions", "resource"),
    *("source", "ssh", "stack", "systems", "template", "userdata", "worlds"),
}
PARTS = {"aws", "blueprints", "consequences", "controls", "exports", "formats", "frameworks"}
VERBS = {
    *("deploy", "deployed", "drift", "plan"),
    *("accept", "ask", "catalogue", "explain", "findings"),
    *("check", "consistency", "diff", "emit", "generate", "lint", "load", "manifest", "render"),
}
RIM = {"__main__", "cfn_lint_rules", "cli", "disk", "live", "revision", "subjects"}
ORDER = (GROUND, NOUNS, PARTS, VERBS, RIM)

# Who alone may import what; everyone else must ask them.
ONLY = {
    "boto3": {"aws"},
    "botocore": {"aws"},
    "cfnlint": {"cfn_lint_rules", "lint", "schema", "template"},
    "click": {"cli", "live"},
    "jinja2": {"formats.html", "userdata"},
    "troposphere": {"blueprints"},
    "yaml": {"load", "template"},
    "os": {"cli", "disk"},
    "shutil": {"disk"},
    "subprocess": {"revision"},  # git alone reads its own store
    "tempfile": {"disk"},
    "time": {"live"},
    "random": set[str](),
}


def modules() -> list[Path]:
    """Every source file of the package."""
    return sorted((ROOT / "baseline").rglob("*.py"))


def name_of(path: Path) -> str:
    """`blueprints.keys` for a file; a package goes by its folder."""
    parts = path.relative_to(ROOT / "baseline").with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imported(path: Path) -> Iterator[str]:
    """Whole names of all that a file imports, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                yield f"{node.module}.{alias.name}"


def ours(path: Path) -> set[str]:
    """First names, below `baseline`, of the modules of ours that a file imports."""
    found = {name.split(".")[1] for name in imported(path) if name.startswith("baseline.")}
    return found - {"__version__"}


def layer(name: str) -> int:
    """Number of the layer that a module belongs to."""
    first = name.partition(".")[0]
    return next(number for number, names in enumerate(ORDER) if first in names)


def test_every_module_has_a_layer() -> None:
    """A new module must say where it belongs, here."""
    unknown = {name_of(path).partition(".")[0] for path in modules()} - {"", *set().union(*ORDER)}
    assert not unknown


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_imports_point_down(path: Path) -> None:
    """A module imports only from its own layer or from those below."""
    name = name_of(path)
    if name:
        above = {one for one in ours(path) if layer(one) > layer(name)}
        assert not above


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_parts_of_different_kinds_never_meet(path: Path) -> None:
    """A blueprint never sees a control, nor a control a blueprint: four eyes."""
    folder = name_of(path).split(".")[0]
    if folder in PARTS:
        assert not (ours(path) & PARTS) - {folder}


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_outside_libraries_have_one_door(path: Path) -> None:
    """What touches YAML, AWS, the terminal or the disk does so in one place."""
    name = name_of(path)
    for library, allowed in ONLY.items():
        if any(one.split(".")[0] == library for one in imported(path)):
            assert name in allowed or name.split(".")[0] in allowed, f"{name} imports {library}"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_only_the_command_line_sees_aws(path: Path) -> None:
    """Verbs know the protocol; who speaks it is chosen at the rim."""
    if name_of(path).split(".")[0] not in ("aws", "live"):
        assert "aws" not in ours(path)


def test_every_module_says_what_it_is() -> None:
    """The first line of a module's docstring is `Name: what it is`, or what it holds."""
    for path in modules():
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert docstring, path
        assert ":" in docstring.splitlines()[0], path
