"""Disagreements: our judgement of templates that others could have written, beside checkov's.

Each template in `disagreements/` has one flaw, or looks as if it had one; its head says which topic
it is of, whether it is bad, and which control of ours and which check of checkov's should tell. The
agreement per topic is printed (`pytest -m judges -s`), and every disagreement is in one table.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from baseline.check import Subject, examine
from baseline.kept import NoCache
from baseline.template import read
from tests.samples import ROOT
from tests.test_judges import CHECKOV

FOLDER = ROOT / "tests" / "disagreements"

# Where checkov says otherwise than we do, and why.
EXPLAINED = {
    "identity-admin-managed": (
        "checkov asks this of policies on roles, users and groups, not of managed policies"
    ),
    "identity-admin-not-action": (
        "checkov looks for the action `*`; all actions but one are as good as all"
    ),
    "key-all-but-one": (
        "checkov looks for the principal `*`; NotPrincipal with Allow lets in everyone but one"
    ),
    "log-group-for-a-day": (
        "checkov asks whether there is an end at all; we ask for a year, as CIS and PCI DSS do"
    ),
    "ports-all-protocols": (
        "checkov compares ports; a rule of protocol -1 has none, and opens every one"
    ),
    "ports-all-protocols-number": "as ports-all-protocols, with the protocol as a number",
    "ports-ssh-in-halves": (
        "checkov looks for 0.0.0.0/0; two halves of the Internet are all of it"
    ),
    "queue-for-everyone": (
        "checkov has this check for Terraform only (CKV_AWS_168), not for CloudFormation"
    ),
    "topic-aws-key": (
        "checkov asks whether there is a key; we ask for one of ours, whose policy we can change"
    ),
    "versions-parameter-allows-good": (
        "checkov does not follow a parameter without default; its one allowed value is a good one"
    ),
}

# Where we say otherwise than a person who knows the whole organization might.
STRICTER = {
    "key-everyone-of-this-account": (
        "a condition on the account keeps strangers out, but nobody can read from it who in the "
        "account may use the key; our control asks for names"
    ),
}


@dataclass(frozen=True)
class Sample:
    """One template, what it is about, and what ours should and checkov could say."""

    name: str
    text: str
    topic: str
    bad: bool
    ours: str
    check: str


def samples() -> list[Sample]:
    """Every template with its head."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        head = dict(line[2:].split(": ", 1) for line in text.splitlines()[:4])
        found.append(
            Sample(
                path.stem, text, head["topic"], head["bad"] == "yes", head["ours"], head["checkov"]
            )
        )
    return found


def we_find(sample: Sample) -> bool:
    """Whether our control finds it; that it cannot be judged does not count as found."""
    template = read(sample.text.encode(), sample.name)
    subject = Subject(sample.name, sample.name, sample.text, template, account="x/one")
    done = examine(*([subject], ("eu-west-1",), NoCache(), date(2026, 11, 25)), only={sample.ours})
    return any(finding.state == "open" for finding in done.findings)


@pytest.mark.parametrize("sample", samples(), ids=lambda one: one.name)
def test_we_are_right(sample: Sample) -> None:
    """What is bad is found, what only looks so is not; where we are stricter, it is said."""
    assert we_find(sample) == (sample.bad or sample.name in STRICTER)
    assert not (sample.bad and sample.name in STRICTER)


@pytest.fixture(scope="module")
def they_find() -> set[tuple[str, str]]:
    """Template and check, for each that failed in checkov."""
    if not CHECKOV.exists():
        reason = f"{CHECKOV} is missing: run make .venv-judges/ready"
        assert not os.environ.get("CI"), reason
        pytest.skip(reason)
    done = subprocess.run(
        [
            *(str(CHECKOV), "--directory", str(FOLDER), "--framework", "cloudformation"),
            *("--skip-download", "--output", "json", "--quiet", "--compact"),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={name: os.environ[name] for name in os.environ if not name.lower().endswith("_proxy")}
        | {"LOG_LEVEL": "CRITICAL"},
    )
    report = json.loads(done.stdout)
    assert report["summary"]["parsing_errors"] == 0
    return {
        (Path(one["file_path"]).stem, one["check_id"]) for one in report["results"]["failed_checks"]
    }


@pytest.mark.judges
def test_every_disagreement_is_explained(they_find: set[tuple[str, str]]) -> None:
    """By name, and none is explained that is not there; agreement is printed by topic."""
    agree: Counter[str] = Counter()
    total: Counter[str] = Counter()
    differ = set()
    for sample in samples():
        same = we_find(sample) == ((sample.name, sample.check) in they_find)
        total[sample.topic] += 1
        agree[sample.topic] += same
        if not same:
            differ.add(sample.name)
    for topic in sorted(total):
        print(f"{topic:40} {agree[topic]:2} of {total[topic]:2}")  # noqa: T201
    print(f"{'all':40} {agree.total():2} of {total.total():2}")  # noqa: T201
    assert differ == set(EXPLAINED)
    assert all(len(reason) > 40 for reason in EXPLAINED.values())


def test_there_are_enough() -> None:
    """Of many topics, and good ones among them."""
    assert len(samples()) >= 50
    assert len({sample.topic for sample in samples()}) >= 12
    assert sum(not sample.bad for sample in samples()) >= 7
