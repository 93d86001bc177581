"""Makefile: a machine that lacks something is told what to install."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.samples import ROOT

OLD = '#!/bin/sh\ncase "$*" in --version) echo Python 3.9.2;; *version_info*) exit 1;; esac\n'
BARE = '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\n'


def usable(python: str) -> tuple[int, str]:
    """Ask make whether a Python will do: exit code and what it says."""
    make = shutil.which("make")
    assert make
    done = subprocess.run(
        [make, "--no-print-directory", "usable-python", f"PYTHON={python}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (OLD, "is Python 3.9.2; baseline needs Python 3.11 or newer: install it"),
        (BARE, "has no venv: install it (Debian, Ubuntu: apt-get install python3-venv)"),
    ],
)
def test_a_python_that_will_not_do(script: str, says: str, tmp_path: Path) -> None:
    """Too old, or without venv: the message names both the trouble and the package."""
    python = tmp_path / "python"
    python.write_text(script, encoding="utf-8")
    python.chmod(0o755)
    code, said = usable(str(python))
    assert code != 0
    assert says in said


def test_no_python_at_all() -> None:
    """Nothing found is said as such, with the way to name one."""
    code, said = usable("")
    assert code != 0
    assert "make demo PYTHON=/path/to/python3" in said
