"""JUnit: what CI servers show as tests; a suite for each template, a case for each finding.

What is accepted or cannot be judged is skipped, with the reason; a template without anything has
one case that passed, so that silence is seen to be a verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from baseline.control import Finding
from baseline.words import printable


def write(findings: Sequence[Finding], judged: Sequence[str]) -> str:
    """Write XML as Jenkins, GitLab and others read it."""
    by_file: dict[str, list[Finding]] = {file: [] for file in judged}
    for finding in findings:
        by_file.setdefault(finding.place.file, []).append(finding)
    root = Element("testsuites", {"name": "baseline"})
    for file, found in by_file.items():
        suite = SubElement(root, "testsuite", {"name": printable(file)})
        for finding in found:
            _case(suite, finding)
        if not found:
            SubElement(
                suite, "testcase", {"classname": printable(file), "name": "nothing was found"}
            )
        _count(suite)
    _count(root)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _case(suite: Element, finding: Finding) -> None:
    place = finding.place
    where = f"{place.file}:{place.line}:{place.column}"
    case = SubElement(
        suite,
        "testcase",
        {
            "classname": printable(finding.rule),
            "name": printable(f"{finding.resource or finding.stack or '-'}: {finding.message}"),
            "file": printable(place.file),
            "line": str(place.line),
        },
    )
    lines = [f"{where}: {finding.message}", f"why: {finding.why}", f"fix: {finding.fix}"]
    if place.asked_at:
        lines.append(f"asked for at {place.asked_at}: {place.cause}")
    if finding.accepted:
        one = finding.accepted
        reason = f"accepted by {one.approved_by} until {one.until}: {one.reason}"
        SubElement(case, "skipped", {"message": printable(reason)})
    elif finding.state == "open":
        failure = SubElement(
            case,
            "failure",
            {"type": finding.severity.word, "message": printable(finding.message)},
        )
        failure.text = "\n".join(printable(line) for line in lines)
    else:
        SubElement(case, "skipped", {"message": printable(f"{finding.state}: {finding.message}")})


def _count(element: Element) -> None:
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")):
        element.set(name, str(sum(1 for _ in element.iter(tag))))
    element.set("errors", "0")
