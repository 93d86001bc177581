"""README: every command in it is run, and every excerpt is real."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from baseline.cli import commands
from tests.samples import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")

# Run elsewhere: this very test is part of `make test`, and packaging has tests of its own.
ELSEWHERE = {"make demo", "make test", "make bench", "pipx install .", "pip install ."}


def shell_lines() -> list[str]:
    """Commands in the README's shell blocks, comments aside."""
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    lines = (line.partition("#")[0].strip() for block in blocks for line in block.splitlines())
    return [line for line in lines if line]


def excerpts(language: str) -> list[str]:
    """Blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_every_command_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order in which a newcomer types them, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    ran = []
    for line in shell_lines():
        words = shlex.split(line)
        if words[0] == "baseline":
            done = CliRunner().invoke(commands, words[1:], standalone_mode=False)
            assert done.exception is None, (line, done.exception)
            assert not done.return_value, (line, done.output)
            ran.append(line)
        else:
            assert line in ELSEWHERE, line
    assert len(ran) >= 5


def test_make_targets_exist() -> None:
    """What the README asks make for, make knows."""
    make = shutil.which("make")
    assert make
    for line in ELSEWHERE:
        if line.startswith("make "):
            done = subprocess.run(
                [make, "--dry-run", *line.split()[1:]], cwd=ROOT, check=False, capture_output=True
            )
            assert done.returncode == 0, done.stderr


def test_the_template_excerpt_is_real() -> None:
    """Each excerpt stands in a generated template, to the letter."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "out").rglob("*.yaml")]
    found = excerpts("yaml")
    assert found
    for excerpt in found:
        assert any(excerpt in text for text in texts), excerpt


def test_the_error_excerpt_is_real(tmp_path: Path) -> None:
    """The mistake shown gives the messages shown."""
    shown = excerpts("text")[0]
    profile = tmp_path / "acme.yaml"
    text = (ROOT / "profiles" / "acme.yaml").read_text(encoding="utf-8")
    mistakes = (
        ("nat: each zone ", "nat: each zon "),
        ("lock: 90 days", "lock: 7 days"),
        ("retention: 60 days", "retension: 60 days"),
    )
    for before, after in mistakes:
        assert before in text
        text = text.replace(before, after, 1)
    profile.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "baseline", "validate", "acme.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == shown


def test_every_command_is_documented() -> None:
    """A command that the README does not name does not exist for its reader."""
    for name in commands.commands:
        assert f"baseline {name}" in README, name
