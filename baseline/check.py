"""Check: templates become findings, first from our controls, then from cfn-lint.

A control says what is wrong with a resource; everything else is added here: stack, severity, the
line of the template, and the line of the profile that asked for the resource. A control that
crashes is a finding, not a crash; one that cannot judge says so, and that is never a pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from baseline import registry
from baseline.control import CannotJudge, Control, Finding, Place, Severity
from baseline.document import Block, Document, Items, Table, Text
from baseline.kept import Cache
from baseline.lint import lint
from baseline.resource import Resource, resources
from baseline.source import Source
from baseline.stack import Origin

_SEVERITIES = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "informational": Severity.INFORMATIONAL,
}


@dataclass(frozen=True)
class Subject:
    """One template to check: from a stack, with its origins, or from a file of somebody else."""

    file: str
    stack: str
    text: str
    template: Mapping[str, Any]
    origins: Mapping[str, Origin] = field(default_factory=dict)


def check(
    subjects: Sequence[Subject],
    regions: Sequence[str],
    cache: Cache,
    today: date,
    source: Source | None = None,
) -> tuple[Finding, ...]:
    """Judge templates as of today; `source` tells where the profile speaks of what."""
    by_stack = {subject.stack: subject for subject in subjects}
    found = [*_judged(by_stack, today, source), *_linted(subjects, regions, cache, source)]
    return tuple(sorted(found, key=lambda finding: finding.order))


def controls() -> tuple[Control, ...]:
    """Every control of `controls/`, sorted by name."""
    found = [
        value
        for module in registry.parts("controls")
        for value in vars(module).values()
        if isinstance(value, Control)
    ]
    return tuple(sorted(found, key=lambda one: one.name))


def _judged(
    subjects: Mapping[str, Subject], today: date, source: Source | None
) -> Iterator[Finding]:
    by_type: dict[str, list[Control]] = {}
    for one in controls():
        for kind in one.types:
            by_type.setdefault(kind, []).append(one)
    templates = {name: subject.template for name, subject in subjects.items()}
    for resource in resources(templates):
        for one in by_type.get(resource.type, ()):
            for severity, message in _judge(one, resource, today):
                subject = subjects[resource.stack]
                yield Finding(
                    rule=one.name,
                    severity=severity,
                    message=message,
                    stack=resource.stack,
                    resource=resource.logical_id,
                    place=_place(subject, source, resource.logical_id),
                    why=one.why,
                )


def _judge(one: Control, resource: Resource, today: date) -> Iterator[tuple[Severity, str]]:
    try:
        for message in one.judged(resource, today):
            yield one.severity, f"{resource.logical_id}: {message}"
    except CannotJudge as verdict:
        yield Severity.UNKNOWN, f"{resource.logical_id} cannot be judged: {verdict}"
    except Exception as error:  # noqa: BLE001 - whatever it is, the others must still be judged
        failure = f"the control failed with {type(error).__name__}: {error}"
        yield Severity.UNKNOWN, f"{resource.logical_id} cannot be judged: {failure}"


def _linted(
    subjects: Sequence[Subject], regions: Sequence[str], cache: Cache, source: Source | None
) -> Iterator[Finding]:
    matches = lint({subject.file: subject.text for subject in subjects}, regions, cache)
    for subject in subjects:
        for match in matches[subject.file]:
            inside = len(match.path) > 1 and match.path[0] == "Resources"
            resource = match.path[1] if inside else ""
            yield Finding(
                rule=match.rule,
                severity=_SEVERITIES.get(match.severity, Severity.HIGH),
                message=match.message,
                stack=subject.stack,
                resource=resource,
                place=_place(subject, source, resource, match.line, match.column),
                why=match.title,
            )


def _place(
    subject: Subject, source: Source | None, resource: str, line: int = 0, column: int = 1
) -> Place:
    if not line:
        line, column = _declared_at(subject.text, resource)
    origin = subject.origins.get(resource)
    cause = origin.path if origin else ""
    asked_at = source.at(cause) if source and cause else ""
    return Place(subject.file, line, column, cause, asked_at)


def _declared_at(text: str, logical_id: str) -> tuple[int, int]:
    """Line and column at which a template declares a resource; 1 and 1 if that is unclear.

    Looked for below `Resources`, at the indentation of the first thing there.
    """
    section = re.search(r"^[ \t]*[\"']?Resources[\"']?[ \t]*:.*\n", text, re.MULTILINE)
    start = section.end() if section else 0
    first = re.compile(r"^([ \t]+)[^ \t\n#]", re.MULTILINE).search(text, start)
    if not section or not first:
        return 1, 1
    name = re.escape(logical_id)
    line = re.compile(rf"^{first[1]}[\"']?{name}[\"']?[ \t]*:", re.MULTILINE).search(text, start)
    if not line:
        return 1, 1
    return text.count("\n", 0, line.start()) + 1, len(first[1]) + 1


# ---- for people ----------------------------------------------------------------------------


def report(subjects: Sequence[Subject], findings: Sequence[Finding]) -> Document:
    """Findings by rule, worst first, then a line for each template."""
    blocks: list[Block] = []
    if findings:
        blocks.append(Items(tuple(_by_rule(findings))))
    counts = {subject.stack: [0, 0] for subject in subjects}
    for finding in findings:
        counts[finding.stack][finding.severity is Severity.UNKNOWN] += 1
    unknown = any(count[1] for count in counts.values())
    columns = ("stack", "resources", "bytes", "findings", *(("cannot judge",) if unknown else ()))
    rows = tuple(
        (
            subject.stack,
            len(subject.template["Resources"]),
            len(subject.text.encode()),
            counts[subject.stack][0],
            *((counts[subject.stack][1],) if unknown else ()),
        )
        for subject in subjects
    )
    blocks.append(Table(columns, rows))
    blocks.append(Text(_summary(subjects, findings)))
    return Document("Lint", tuple(blocks))


def _summary(subjects: Sequence[Subject], findings: Sequence[Finding]) -> str:
    found = sum(finding.severity is not Severity.UNKNOWN for finding in findings)
    unknown = len(findings) - found
    judged = f"{len(subjects)} templates, {len(controls())} controls and every rule of cfn-lint"
    rest = f", {unknown} could not be judged" if unknown else ""
    return (
        f"{judged}: {found or 'no'} finding{'' if found == 1 else 's'}{rest}. {_coverage(subjects)}"
    )


def _coverage(subjects: Sequence[Subject]) -> str:
    """How many resources no control of ours looks at, so that silence is not taken for approval."""
    known = {kind for one in controls() for kind in one.types}
    declared = [body for each in subjects for body in each.template["Resources"].values()]
    kinds = [body.get("Type") for body in declared if isinstance(body, Mapping)]
    beyond = sum(kind not in known for kind in kinds)
    return f"Of {len(kinds)} resources, {beyond} are of types that only cfn-lint looks at so far."


def _by_rule(findings: Sequence[Finding]) -> Iterator[tuple[str, tuple[str, ...]]]:
    groups: dict[tuple[Severity, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.severity, finding.rule), []).append(finding)
    for (severity, rule), group in groups.items():
        head = f"{severity.word}  {rule}  ({len(group)})  {group[0].why}"
        lines = []
        for finding in group:
            place = finding.place
            asked = f"  (asked for at {place.asked_at}: {place.cause})" if place.asked_at else ""
            lines.append(f"{place.file}:{place.line}:{place.column}: {finding.message}{asked}")
        yield head, tuple(lines)
