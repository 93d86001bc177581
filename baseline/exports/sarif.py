"""SARIF: findings for code scanning, in version 2.1.0 of the format.

A finding is at its line of the template; the line of the profile that asked for the resource is a
related location. What cannot be judged is a result of kind `open`, never a pass; what is accepted
is a result with an accepted suppression, so that it stays visible.

Source: "Static Analysis Results Interchange Format (SARIF) Version 2.1.0" (OASIS), and for
`security-severity` "SARIF support for code scanning" (GitHub).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from baseline import __version__
from baseline.control import Finding, Severity

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "warning",
    Severity.INFORMATIONAL: "note",
    Severity.UNKNOWN: "none",
}
_SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFORMATIONAL: "1.0",
}


def write(findings: Sequence[Finding], judged: Sequence[str]) -> str:
    """Write one run: rules that found something, results in order, and what was looked at."""
    rules: dict[str, Finding] = {}
    for finding in findings:
        known = rules.get(finding.rule)
        if known is None or known.severity < finding.severity:
            rules[finding.rule] = finding
    names = sorted(rules)
    run = {
        "tool": {
            "driver": {
                "name": "baseline",
                "semanticVersion": __version__,
                "rules": [_rule(rules[name]) for name in names],
            }
        },
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": _artifact(file)} for file in judged],
        "results": [_result(finding, names.index(finding.rule)) for finding in findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(finding: Finding) -> dict[str, Any]:
    properties: dict[str, Any] = {"tags": ["security"]}
    if finding.severity in _SCORES:
        properties["security-severity"] = _SCORES[finding.severity]
    return {
        "id": finding.rule,
        "shortDescription": {"text": finding.title or finding.rule},
        "fullDescription": {"text": finding.why or finding.title or finding.rule},
        "help": {"text": finding.fix or finding.why or finding.rule},
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
        "properties": properties,
    }


def _result(finding: Finding, index: int) -> dict[str, Any]:
    kinds = {"cannot judge": "open", "notice": "review"}
    kind = kinds.get(finding.state, "fail")
    place = finding.place
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "kind": kind,
        "level": _LEVELS[finding.severity] if kind == "fail" else "none",
        "message": {"text": finding.message},
        "locations": [_location(place.file, place.line, place.column)],
        "partialFingerprints": {"baseline/v1": _fingerprint(finding)},
        "properties": {"severity": finding.severity.word, "state": finding.state},
    }
    if finding.severity is Severity.UNKNOWN and kind == "fail":
        result |= {"kind": "open", "level": "none"}  # accepted, though nobody could judge it
    if finding.stack:
        name = f"{finding.stack}/{finding.resource}"
        result["locations"][0]["logicalLocations"] = [
            {"fullyQualifiedName": name, "kind": "resource"}
        ]
    if place.asked_at and place.asked_at.count(":") >= 2:
        file, line, column = place.asked_at.rsplit(":", 2)
        related = _location(file, int(line), int(column))
        related |= {"id": 1, "message": {"text": f"asked for by {place.cause}"}}
        result["relatedLocations"] = [related]
    if finding.accepted:
        one = finding.accepted
        said = f"{one.reason} (approved by {one.approved_by} until {one.until})"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": said}]
    return result


def _location(file: str, line: int, column: int) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": _artifact(file),
            "region": {"startLine": line, "startColumn": column},
        }
    }


def _artifact(file: str) -> dict[str, str]:
    """A relative reference as it stands, an absolute path as a URI of a file."""
    path = PurePath(file)
    return {"uri": path.as_uri() if path.is_absolute() else quote(path.as_posix())}


def _fingerprint(finding: Finding) -> str:
    """The same as long as the finding is the same, wherever its line moves."""
    what = (finding.rule, finding.stack, finding.resource, finding.path, finding.message)
    return hashlib.sha256("\0".join(what).encode()).hexdigest()[:32]
