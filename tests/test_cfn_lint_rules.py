"""cfn-lint rules: cfn-lint itself loads our controls, and says what we say, where we say it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from baseline.catalogue import controls
from baseline.cfn_lint_rules.controls import rules
from baseline.control import Severity
from tests.samples import ROOT
from tests.test_judges import CHECKOV

TEMPLATE = (
    "Parameters: {{Days: {{Type: Number}}}}\nResources:\n  Box:\n    Type: AWS::S3::Bucket\n"
    "    {0}\n    Properties:\n      VersioningConfiguration: {{Status: Suspended}}\n"
    "  Log:\n    Type: AWS::Logs::LogGroup\n    Properties: {{RetentionInDays: !Ref Days}}\n"
)


def linted(folder: Path, how: str, text: str) -> list[dict[str, Any]]:
    """Findings of rules of ours, as cfn-lint's own command tells them."""
    (folder / "t.yaml").write_text(text, encoding="utf-8")
    command = [
        *(str(Path(sys.executable).parent / "cfn-lint"), "--append-rules", how),
        *("--format", "json", "--template", "t.yaml"),
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return [one for one in found if one["Rule"]["Id"][1] == "9"]


@pytest.mark.parametrize(
    "how", ["baseline.cfn_lint_rules", str(ROOT / "baseline" / "cfn_lint_rules")]
)
def test_cfn_lint_loads_them(how: str, tmp_path: Path) -> None:
    """By the name of the module or by the folder; at the line of the property."""
    found = linted(tmp_path, how, TEMPLATE.format("DeletionPolicy: Delete"))
    said = {(one["Rule"]["Id"], one["Location"]["Start"]["LineNumber"]): one for one in found}
    versioned = said["W9627", 7]
    assert versioned["Level"] == "Warning"
    assert versioned["Message"] == (
        "Box: VersioningConfiguration.Status is not Enabled (storage.versioned)"
    )
    assert ("E9615", 5) in said
    assert not any("cannot be judged" in one["Message"] for one in found)


def test_cfn_lint_honours_its_own_suppressions_there(tmp_path: Path) -> None:
    """In the editor its rules hold; `baseline lint` looks at the profile only."""
    ignored = "Metadata: {cfn-lint: {config: {ignore_checks: [W9627]}}}"
    found = linted(tmp_path, "baseline.cfn_lint_rules", TEMPLATE.format(ignored))
    assert found
    assert "W9627" not in {one["Rule"]["Id"] for one in found}


def test_every_control_over_one_resource_is_there() -> None:
    """With its title, its reason and a letter that says how much it matters."""
    by_title = {getattr(one, "shortdesc", ""): one for one in rules().values()}
    assert len(by_title) == len(rules())
    for one in controls():
        if one.over == "resource":
            rule: Any = by_title[f"{one.title} ({one.name})"]
            assert re.fullmatch(r"[EWI]9[5-9][0-9]{2}", rule.id)
            assert (rule.id[0] == "E") == (one.severity >= Severity.HIGH)
            assert rule.description == one.why


# ---- pre-commit ----------------------------------------------------------------------------


@pytest.mark.judges
def test_pre_commit_takes_the_hooks(tmp_path: Path) -> None:
    """By its own checker, which refuses a hook without an entry."""
    program = CHECKOV.parent / "pre-commit"
    if not program.exists():
        reason = f"{program} is missing: run make .venv-judges/ready"
        assert not os.environ.get("CI"), reason
        pytest.skip(reason)
    bad = tmp_path / "bad.yaml"
    bad.write_text("- id: x\n  name: x\n  language: python\n", encoding="utf-8")
    for path, code in ((ROOT / ".pre-commit-hooks.yaml", 0), (bad, 1)):
        done = subprocess.run(
            [program, "validate-manifest", path], check=False, capture_output=True, cwd=tmp_path
        )
        assert done.returncode == code, done.stdout


def test_the_hooks_for_pre_commit() -> None:
    """What its manifest asks for; each entry is a command of ours with options that it has."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [one["id"] for one in hooks] == [
        *("baseline-validate", "baseline-generate", "baseline-lint")
    ]
    for hook in hooks:
        assert set(hook) >= {"id", "name", "entry", "language", "files"}
        assert hook["language"] == "python"
        assert re.compile(hook["files"]).search("profile.yaml")
        program, *words = hook["entry"].split()
        assert program == "baseline"
        done = subprocess.run(
            [sys.executable, "-m", "baseline", *words, "--help"], check=False, capture_output=True
        )
        assert done.returncode == 0
