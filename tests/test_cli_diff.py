"""Command line of diff: files, folders, revisions and profiles; what is said, and exit codes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.samples import ROOT
from tests.test_cli import ACME, MINIMAL, run

ONE = "Resources:\n  L: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 90}}\n"
OTHER = ONE.replace("90", "30")


def git(folder: Path, *words: str) -> None:
    """Run git in a folder."""
    name = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    subprocess.run(["git", *name, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """A folder with two templates."""
    (tmp_path / "a.yaml").write_text(ONE, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(OTHER, encoding="utf-8")
    (tmp_path / "c.json").write_text(
        '{"Resources":{"L":{"Properties":{"RetentionInDays":"90"},"Type":"AWS::Logs::LogGroup"}}}',
        encoding="utf-8",
    )
    return tmp_path


def test_files(pair: Path) -> None:
    """0 for equal in meaning, 1 for different."""
    same = run(pair, "diff", "a.yaml", "c.json")
    assert (same.code, same.out) == (0, "Diff\n\nNo differences in meaning.\n")
    other = run(pair, "diff", "a.yaml", "b.yaml")
    assert other.code == 1
    assert "loses part of the data: RetentionInDays: older log events are deleted" in other.out
    assert "~ RetentionInDays: 90 → 30" in other.out


@pytest.mark.parametrize(
    ("asked", "code"),
    [("loses-data", 1), ("widens-access", 0), ("widens-access,loses-data", 1), ("loses", 2)],
)
def test_fail_on(pair: Path, asked: str, code: int) -> None:
    """Only what was asked for fails."""
    assert run(pair, "diff", "a.yaml", "b.yaml", "--fail-on", asked).code == code


def test_formats(pair: Path) -> None:
    """Machines and people read the same."""
    found = json.loads(run(pair, "diff", "a.yaml", "b.yaml", "--format", "json").out)
    assert found["changes"][0]["loses_data"] == "part"
    assert run(pair, "diff", "a.yaml", "b.yaml", "--format", "html").out.startswith("<!doctype")
    assert run(pair, "diff", "a.yaml", "b.yaml", "--format", "markdown").out.startswith("## Diff")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Resources:\n  A: [\n", "b.yaml:3:1: not YAML"),
        ("a: 1\n", "b.yaml:1:1: no template: it has no mapping called Resources"),
        ('{"Resources": {"A": {]}}', "b.yaml:1:22: not YAML"),
    ],
)
def test_unreadable(pair: Path, text: str, says: str) -> None:
    """Says where, and exits 2."""
    (pair / "b.yaml").write_text(text, encoding="utf-8")
    done = run(pair, "diff", "a.yaml", "b.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(says)


def test_what_is_not_there(pair: Path) -> None:
    """A missing file, a missing side, an empty folder."""
    assert run(pair, "diff", "a.yaml", "none.yaml").err.startswith("none.yaml: cannot be read")
    assert run(pair, "diff", "a.yaml").code == 2
    (pair / "empty").mkdir()
    assert "no template there" in run(pair, "diff", "empty", "a.yaml").err


def test_folders(pair: Path) -> None:
    """Files under the same path belong together; whole stacks come and go."""
    for side, texts in (("old", {"x": ONE, "y": ONE}), ("new", {"x": OTHER, "z": ONE})):
        (pair / side / "prod").mkdir(parents=True)
        for name, text in texts.items():
            (pair / side / "prod" / f"{name}.yaml").write_text(text, encoding="utf-8")
    done = run(pair, "diff", "old", "new")
    assert done.code == 1
    for line in ("prod/x: L", "prod/y: L", "prod/z: L", "Diff: 3 changes in 3 of 3 stacks"):
        assert line in done.out


def test_revisions(pair: Path) -> None:
    """What git had in out/, and elsewhere; nothing but revisions is passed to git."""
    out = pair / "out" / "prod"
    out.mkdir(parents=True)
    (out / "logs.yaml").write_text(ONE, encoding="utf-8")
    git(pair, "init", "-q")
    git(pair, "add", "-A")
    git(pair, "commit", "-qm", "one")
    assert run(pair, "diff", "git:HEAD").code == 0
    (out / "logs.yaml").write_text(OTHER, encoding="utf-8")
    done = run(pair, "diff", "git:HEAD")
    assert done.code == 1
    assert "prod/logs: L" not in done.err
    assert "RetentionInDays: 90 → 30" in done.out
    assert run(pair, "diff", "git:HEAD", "out").out == done.out
    assert run(pair, "diff", "git:HEAD:a.yaml", "git:HEAD:b.yaml").code == 1
    git(pair, "commit", "-qam", "two")
    assert run(pair, "diff", "git:HEAD~1", "git:HEAD").out == done.out
    for wrong in ("git:nobody", "git:--output=x", "git:", "git:HEAD:nowhere"):
        assert run(pair, "diff", wrong, "out").code == 2, wrong
    assert not (pair / "x").exists()


def test_a_profile_against_what_it_generated(tmp_path: Path) -> None:
    """With the asset that a change touches, and what that is worth."""
    assert run(tmp_path, "generate", str(ACME), "--out", "out").code == 0
    assert run(tmp_path, "diff", str(ACME), "--against", "out").code == 0
    assert run(tmp_path, "diff", str(ACME), "--against", "out/acme").code == 0
    found = sorted((tmp_path / "out" / "acme" / "prod").glob("bucket-documents.yaml"))
    text = found[0].read_text(encoding="utf-8")
    found[0].write_text(text.replace("Status: Enabled", "Status: Suspended", 1), encoding="utf-8")
    done = run(tmp_path, "diff", str(ACME), "--against", "out")
    assert done.code == 1
    assert "asset: orders, worth 2,500,000" in done.out
    assert run(tmp_path, "diff", str(MINIMAL), "--against", "out").code == 1


def test_the_example_of_a_workflow_uses_what_there_is() -> None:
    """Every option in the documentation is one that the command has."""
    text = (ROOT / "docs" / "diff.md").read_text(encoding="utf-8")
    offered = run(ROOT, "diff", "--help").out
    words = {word.strip("`,;") for word in text.split() if word.startswith(("--", "`--"))}
    ours = {word for word in words if word.strip("-")} - {"--body-file", "--edit-last"}
    assert ours
    assert not [word for word in ours if word not in offered]
