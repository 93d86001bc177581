"""GitHub: workflow commands, which GitHub shows as annotations beside the lines of a change.

Source: "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from baseline.control import Finding, Severity
from baseline.words import printable


def write(findings: Sequence[Finding], judged: Sequence[str]) -> str:
    """One command for each finding; those that are accepted are only noticed."""
    return "".join(f"{line}\n" for line in _lines(findings, judged))


def _lines(findings: Sequence[Finding], judged: Sequence[str]) -> Iterator[str]:
    for finding in findings:
        place = finding.place
        title = f"{finding.rule}: {finding.title}" if finding.title else finding.rule
        fields = {
            "file": place.file,
            "line": str(place.line),
            "col": str(place.column),
            "title": f"{_word(finding)} {title}",
        }
        shown = ",".join(f"{name}={_property(value)}" for name, value in fields.items())
        yield f"::{_level(finding)} {shown}::{_data(_message(finding))}"
    if not findings:
        yield f"::notice title=baseline::no findings in what was judged ({len(judged)})"


def _word(finding: Finding) -> str:
    return finding.severity.word if finding.state == "open" else finding.state


def _level(finding: Finding) -> str:
    if finding.state == "notice":
        return "warning"
    if finding.state != "open" or finding.severity is Severity.INFORMATIONAL:
        return "notice"
    return "error" if finding.severity >= Severity.HIGH else "warning"


def _message(finding: Finding) -> str:
    lines = [printable(finding.message)]
    if finding.accepted:
        one = finding.accepted
        lines.append(printable(f"Accepted by {one.approved_by} until {one.until}: {one.reason}"))
    elif finding.fix:
        lines.append(printable(f"Fix: {finding.fix}"))
    if finding.place.asked_at:
        lines.append(printable(f"Asked for at {finding.place.asked_at}"))
    return "\n".join(lines)


def _data(text: str) -> str:
    """What the runner would read as the end of a command, written as it reads it back."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")
