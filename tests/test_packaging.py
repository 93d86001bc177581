"""Packaging: the wheel, installed far from any checkout, writes the same bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.samples import PROFILES, ROOT

pytestmark = pytest.mark.packaging

# Kept out of the copy that the wheel is built from, so that nothing built before slips in.
LEFT_OUT = (
    ".git",
    ".venv",
    ".venv-*",
    "build",
    "dist",
    "*.egg-info",
    "__pycache__",
    ".*_cache",
)


def pythons() -> list[str]:
    """Pythons of this machine that baseline runs on: this one, and newer ones where there are."""
    found = {sys.version_info[:2]: sys.executable}
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    folders += sorted(Path.home().glob(".pyenv/versions/*/bin"))
    for minor in range(11, 20):
        for folder in folders:
            path = folder / f"python3.{minor}"
            if path.is_file() and (3, minor) not in found and "shims" not in path.parts:
                found[3, minor] = str(path)
    return [path for _, path in sorted(found.items())]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a clean copy of the checkout."""
    source = tmp_path_factory.mktemp("source") / "baseline"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*LEFT_OUT))
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, source],
        check=True,
        capture_output=True,
    )
    return next(out.glob("*.whl"))


@pytest.mark.parametrize("python", pythons())
def test_the_installed_wheel_writes_the_same_bytes(
    python: str, wheel: Path, tmp_path: Path
) -> None:
    """With its own dependencies, in an empty folder, under each Python that is here."""
    environment = tmp_path / "environment"
    subprocess.run([python, "-m", "venv", environment], check=True)
    installer = [str(environment / "bin" / "python"), "-m", "pip", "--quiet"]
    installer += ["--disable-pip-version-check", "install", "--only-binary", ":all:", str(wheel)]
    subprocess.run(installer, check=True)
    empty = tmp_path / "empty"
    empty.mkdir()
    for name in PROFILES:
        shutil.copy(ROOT / "profiles" / f"{name}.yaml", empty)
        subprocess.run(
            [environment / "bin" / "baseline", "generate", f"{name}.yaml"],
            cwd=empty,
            check=True,
            capture_output=True,
        )
    assert tree(empty / "out") == tree(ROOT / "out")
    started = subprocess.run(
        [environment / "bin" / "baseline", "init"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "Wrote profile.yaml" in started.stdout
    for word, said in (("storage.versioned", "Status: Suspended"), ("cis-aws-5:1.1", "people")):
        shown = subprocess.run(
            [environment / "bin" / "baseline", "explain", word],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            text=True,
        )
        assert said in shown.stdout


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_wheel_holds_what_is_needed_and_nothing_else(wheel: Path) -> None:
    """Profiles and templates are inside; tests and generated files are not."""
    from zipfile import ZipFile

    names = set(ZipFile(wheel).namelist())
    assert {"baseline/profiles/acme.yaml", "baseline/templates/starter.yaml"} <= names
    frameworks = {path.name for path in (ROOT / "baseline" / "frameworks").glob("*.yaml")}
    assert {f"baseline/frameworks/{name}" for name in frameworks} <= names
    assert {"baseline/controls/examples.json", "baseline/cfn_lint_rules/ids.json"} <= names
    sources = {
        f"baseline/{path.relative_to(ROOT / 'baseline')}"
        for path in (ROOT / "baseline").rglob("*.py")
    }
    assert sources <= names
    assert not [name for name in names if name.startswith(("tests/", "out/"))]
