"""Findings: what a check found, as a document for people; worst first, by control.

Each group says once why it matters and what to do; then a line for each place. What is accepted
comes last and stays visible, with who accepted it, why and until when.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from baseline.check import Checked
from baseline.control import Finding, Severity
from baseline.document import Block, Cell, Document, Items, Table, Text, Tone

_TONES: dict[Severity, Tone] = {
    Severity.CRITICAL: "bad",
    Severity.HIGH: "bad",
    Severity.MEDIUM: "doubtful",
    Severity.LOW: "doubtful",
}


def report(checked: Checked) -> Document:
    """Findings by control, then a line for each template."""
    blocks: list[Block] = []
    groups = list(_groups(checked.findings))
    if groups:
        items = tuple((head, lines) for _, head, lines in groups)
        blocks.append(Items(items, tuple(tone for tone, _, _ in groups)))
    blocks.append(_table(checked))
    blocks.append(Text(_summary(checked)))
    return Document("Lint", tuple(blocks))


def _groups(findings: Sequence[Finding]) -> Iterator[tuple[Tone, str, tuple[str, ...]]]:
    groups: dict[tuple[str, Severity, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.state, finding.severity, finding.rule), []).append(finding)
    for (state, severity, rule), group in groups.items():
        first = group[0]
        word = severity.word if state == "open" else state
        tone: Tone = _TONES.get(severity, "quiet") if state == "open" else "quiet"
        head = f"{word}  {rule}  ({len(group)})  {first.title}"
        about = [] if first.why == first.title else [f"why: {first.why}"]
        about += [f"fix: {first.fix}"] if first.fix and state in ("open", "notice") else []
        yield tone, head, (*about, *map(_line, group))


def _line(finding: Finding) -> str:
    place, accepted = finding.place, finding.accepted
    notes = ""
    if accepted:
        notes = (
            f"  (accepted by {accepted.approved_by} until {accepted.until}: {accepted.reason}"
            f"{f'; {accepted.asked_at}' if accepted.asked_at else ''})"
        )
    elif place.asked_at and finding.stack:
        notes = f"  (asked for at {place.asked_at}: {place.cause})"
    return f"{place.file}:{place.line}:{place.column}: {finding.message}{notes}"


def _table(checked: Checked) -> Table:
    """One row for each template; a column only where there is something in it."""
    counts = {row.stack: {"open": 0, "cannot judge": 0, "accepted": 0} for row in checked.judged}
    for finding in checked.findings:
        if finding.stack in counts and finding.state in counts[finding.stack]:
            counts[finding.stack][finding.state] += 1
    more = [
        state
        for state in ("cannot judge", "accepted")
        if any(count[state] for count in counts.values())
    ]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            row.stack,
            row.resources,
            row.bytes,
            counts[row.stack]["open"],
            *(counts[row.stack][state] for state in more),
        )
        for row in checked.judged
    )
    return Table(("stack", "resources", "bytes", "findings", *more), rows)


def _summary(checked: Checked) -> str:
    states = [finding.state for finding in checked.findings]
    found = states.count("open")
    unknown, accepted = states.count("cannot judge"), states.count("accepted")
    count = len(checked.judged)
    asked = f"{count} template{'' if count == 1 else 's'}, {checked.controls} controls"
    asked += " and every rule of cfn-lint" if checked.asks_cfn_lint else ""
    rest = f", {unknown} could not be judged" if unknown else ""
    rest += f", {accepted} accepted" if accepted else ""
    said = f"{found or 'no'} finding{'' if found == 1 else 's'}"
    return f"{asked}: {said}{rest}. {_coverage(checked)}"


def _coverage(checked: Checked) -> str:
    """What no control of ours looked at, so that silence is not taken for approval."""
    total = sum(row.resources for row in checked.judged)
    beyond = sum(row.beyond for row in checked.judged)
    others = "that only cfn-lint looks at" if checked.asks_cfn_lint else "that none of them is for"
    said = f"Of {total} resources, {beyond} are of types {others} so far."
    if checked.wholes and not checked.accounts:
        said += (
            f" {checked.wholes} controls over whole accounts were not asked: that takes a profile, "
            "or a folder with its manifest."
        )
    return said
