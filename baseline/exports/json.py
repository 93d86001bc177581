"""JSON: findings for machines; version 1 of a shape that only grows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from baseline.control import Finding

VERSION = 1


def write(findings: Sequence[Finding], judged: Sequence[str]) -> str:
    """What was judged, and findings in order, with place and cause."""
    rows = [
        asdict(finding) | {"severity": finding.severity.word, "state": finding.state}
        for finding in findings
    ]
    return (
        json.dumps({"version": VERSION, "judged": list(judged), "findings": rows}, indent=2) + "\n"
    )
