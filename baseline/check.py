"""Check: templates become findings, first from our controls, then from cfn-lint.

A control says what is wrong with a resource; everything else is added here: stack, severity, the
line of the template, and the line of the profile that asked for the resource. A control that
crashes is a finding, not a crash; one that cannot judge says so, and that is never a pass.

Templates are gone through twice, one at a time: first for what they export to each other, then to
be judged. What is kept of one while the next is judged is its findings and a line of numbers, and
the resources that some control wants to see beside those of the same account.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from baseline.accept import Exceptions
from baseline.ask import ask, ask_of_many
from baseline.catalogue import controls
from baseline.control import (
    EVERY_TYPE,
    TEMPLATE,
    Control,
    Finding,
    Place,
    Severity,
)
from baseline.kept import Cache
from baseline.lint import Linter, Match
from baseline.resource import Path, Resource, exported, variants
from baseline.source import Source
from baseline.stack import Origin
from baseline.template import Lines
from baseline.worlds import holds_in

if TYPE_CHECKING:
    from baseline.profile import Waiver

__all__ = ["Checked", "Judged", "Subject", "check", "controls", "examine"]

_SEVERITIES = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "informational": Severity.INFORMATIONAL,
}
_UNREAD = "template.readable"


class Checkable(Protocol):
    """One template to check; `account` is empty where it is not known to be there in full."""

    @property
    def file(self) -> str: ...
    @property
    def stack(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def template(self) -> Mapping[str, Any]: ...
    @property
    def origins(self) -> Mapping[str, Origin]: ...
    @property
    def account(self) -> str: ...


@dataclass(frozen=True)
class Subject:
    """A template in memory: from a stack, with its origins, or from a file of somebody else.

    `account` is `organization/site` where every template of that account is given.
    """

    file: str
    stack: str
    text: str
    template: Mapping[str, Any]
    origins: Mapping[str, Origin] = field(default_factory=dict)
    account: str = ""


@dataclass(frozen=True)
class Unread:
    """A template in a file, read when it is asked for and then let go."""

    file: str
    stack: str
    read: Callable[[], tuple[str, Mapping[str, Any]]]
    origins: Mapping[str, Origin] = field(default_factory=dict)
    account: str = ""

    @property
    def text(self) -> str:
        """What the file says."""
        return self.read()[0]

    @property
    def template(self) -> Mapping[str, Any]:
        """The same as data."""
        return self.read()[1]


@dataclass(frozen=True)
class Judged:
    """What was looked at: one template in numbers; `beyond` are resources only cfn-lint knows."""

    file: str
    stack: str
    resources: int
    bytes: int
    beyond: int


@dataclass(frozen=True)
class Checked:
    """Everything that was found, and what was looked at.

    `wholes` counts the controls that look at accounts, and `accounts` those they were asked of.
    """

    findings: tuple[Finding, ...]
    judged: tuple[Judged, ...]
    controls: int
    wholes: int
    accounts: int
    asks_cfn_lint: bool = True


def check(
    subjects: Sequence[Checkable],
    regions: Sequence[str],
    cache: Cache,
    today: date,
    source: Source | None = None,
) -> tuple[Finding, ...]:
    """Judge templates as of today; `source` tells where the profile speaks of what."""
    return examine(subjects, regions, cache, today, source).findings


def examine(
    subjects: Sequence[Checkable],
    regions: Sequence[str],
    cache: Cache,
    today: date,
    source: Source | None = None,
    waivers: Sequence[Waiver] = (),
    *,
    only: Collection[str] | None = None,
    is_whole: bool = False,
) -> Checked:
    """Judge templates, and apply the exceptions of the profile.

    `only` are the names of controls to ask, and then cfn-lint is not asked. With `is_whole`, an
    exception that matches nothing is a finding, for everything that it could match is there.
    """
    chosen = [one for one in controls() if only is None or one.name in only]
    judge = _Judge(chosen, today, source, Linter(regions, cache) if only is None else None)
    exports: dict[str, Any] = {}
    for subject in subjects:
        exports |= exported(subject.stack, subject.template)
    rows, found = [], []
    exceptions = Exceptions(waivers, source, today, {one.name for one in chosen}, only is None)
    for subject in subjects:
        row, findings = judge.template(subject, exports)
        rows.append(row)
        found += [exceptions.applied(finding) for finding in findings]
    found += [exceptions.applied(finding) for finding in judge.accounts(subjects)]
    found += exceptions.about_themselves(is_whole=is_whole)
    return Checked(
        tuple(sorted(found, key=lambda finding: finding.order)),
        tuple(rows),
        len(chosen),
        sum(one.over != "resource" for one in chosen),
        len({subject.account for subject in subjects if subject.account}),
        only is None,
    )


def judged(template: Mapping[str, Any], today: date) -> list[Finding]:
    """What our controls say of one template, without places; accounts are not looked at."""
    judge = _Judge([one for one in controls() if one.over == "resource"], today, None, None)
    return judge.template(Subject("", "", "", template), {})[1]


class _Judge:
    """Asks controls of templates, one after the other, and then of accounts."""

    def __init__(
        self,
        chosen: Sequence[Control],
        today: date,
        source: Source | None,
        linter: Linter | None,
    ) -> None:
        self.today = today
        self.source = source
        self.linter = linter
        self.by_type: dict[str, list[Control]] = defaultdict(list)
        self.wholes = [one for one in chosen if one.over != "resource"]
        for one in chosen:
            for kind in one.types if one.over == "resource" else ():
                self.by_type[kind].append(one)
        self.wanted = {kind for one in self.wholes for kind in one.types}
        self.kept: dict[str, list[Resource]] = {}

    def template(
        self, subject: Checkable, exports: Mapping[str, Any]
    ) -> tuple[Judged, list[Finding]]:
        """Judge one template; keep of it what controls over accounts want."""
        text, template = subject.text, subject.template
        lines = Lines(text)
        found = list(self._unread(subject, template, lines))
        beyond = 0
        account = self.kept.setdefault(subject.account, []) if subject.account else []
        for same in variants(subject.stack, template, exports):
            if not same:
                continue
            kind = same[0][1].type
            known = [*self.by_type.get(kind, ()), *self.by_type.get(EVERY_TYPE, ())]
            beyond += kind not in self.by_type and kind not in self.wanted
            for one in known:
                found += self._findings(subject, lines, one, same)
            if kind in self.wanted or EVERY_TYPE in self.wanted:
                account.append(same[0][1])
        whole = Resource(
            subject.stack, "", TEMPLATE, dict(template) | {"Bytes": len(text.encode())}, {}
        )
        for one in self.by_type.get(TEMPLATE, ()):
            found += self._findings(subject, lines, one, (((), whole),))
        if self.linter:
            found += [self._matched(subject, match) for match in self.linter.lint(text)]
        row = Judged(
            subject.file, subject.stack, len(template["Resources"]), len(text.encode()), beyond
        )
        return row, found

    def accounts(self, subjects: Iterable[Checkable]) -> Iterator[Finding]:
        """Ask the controls that look at whole accounts and organizations."""
        if not self.wholes or not self.kept:
            return
        by_stack = {subject.stack: subject for subject in subjects}
        first = {one.account: one for one in reversed(list(by_stack.values())) if one.account}
        organizations: dict[str, dict[str, list[Resource]]] = defaultdict(dict)
        for account, resources in sorted(self.kept.items()):
            organizations[account.partition("/")[0]][account] = resources
        for one in self.wholes:
            for accounts in organizations.values():
                groups: list[tuple[Any, str]] = [
                    (_of_types(resources, one), account) for account, resources in accounts.items()
                ]
                if one.over == "organization":
                    groups = [({account: of for of, account in groups}, min(accounts))]
                for group, account in groups:
                    for severity, message, path, resource in ask_of_many(one, group, self.today):
                        subject = by_stack[resource.stack] if resource else first[account]
                        name = resource.logical_id if resource else ""
                        yield self._finding(
                            subject, Lines(subject.text), one, severity, message, path, name
                        )

    def _findings(
        self,
        subject: Checkable,
        lines: Lines,
        one: Control,
        same: Sequence[tuple[tuple[str, ...], Resource]],
    ) -> Iterator[Finding]:
        """What one control says of one resource, in all its variants."""
        heard: dict[tuple[Severity, str, Path], list[int]] = {}
        for number, (_, resource) in enumerate(same):
            for said in ask(one, resource, self.today):
                heard.setdefault(said, []).append(number)
        if len(same) > 1 and any(severity for severity, *_ in heard):
            heard = {said: numbers for said, numbers in heard.items() if said[0]}
        facts = [held for held, _ in same]
        for (severity, message, path), numbers in heard.items():
            where = holds_in(facts, numbers) if severity else ""
            shown = f"{message}, where {where}" if where else message
            yield self._finding(subject, lines, one, severity, shown, path, same[0][1].logical_id)

    def _finding(
        self,
        subject: Checkable,
        lines: Lines,
        one: Control,
        severity: Severity,
        message: str,
        path: Path,
        resource: str,
    ) -> Finding:
        return Finding(
            rule=one.name,
            severity=severity,
            message=message,
            stack=subject.stack,
            resource=resource,
            place=self._place(subject, resource, _line(lines, resource, path)),
            why=one.why,
            title=one.title,
            fix=one.fix,
            path=".".join(map(str, path)),
        )

    def _matched(self, subject: Checkable, match: Match) -> Finding:
        """A finding of cfn-lint."""
        inside = len(match.path) > 1 and match.path[0] == "Resources"
        resource = match.path[1] if inside else ""
        return Finding(
            rule=match.rule,
            severity=_SEVERITIES.get(match.severity, Severity.HIGH),
            message=match.message,
            stack=subject.stack,
            resource=resource,
            place=self._place(subject, resource, (match.line, match.column)),
            why=match.title,
            title=match.title,
            fix=f"see rule {match.rule} in cfn-lint's docs/rules.md",
            path=".".join(match.path[3:]) if match.path[2:3] == ("Properties",) else "",
        )

    def _unread(
        self, subject: Checkable, template: Mapping[str, Any], lines: Lines
    ) -> Iterator[Finding]:
        """Resources that a macro makes: they are not there to be judged."""
        for name, body in template["Resources"].items():
            if isinstance(body, Mapping) or not str(name).startswith("Fn::"):
                continue
            yield Finding(
                rule=_UNREAD,
                severity=Severity.UNKNOWN,
                message=f"{name} cannot be judged: only CloudFormation knows what it makes",
                stack=subject.stack,
                resource="",
                place=self._place(subject, "", _line(lines, "", ("Resources", str(name)))),
                why="What nobody can read, nobody can judge.",
                title="Resources stand in the template themselves",
                fix="write the resources out, or judge the processed template",
            )

    def _place(self, subject: Checkable, resource: str, mark: tuple[int, int]) -> Place:
        origin = subject.origins.get(resource)
        cause = origin.path if origin else ""
        asked_at = self.source.at(cause) if self.source and cause else ""
        return Place(subject.file, *mark, cause, asked_at)


def _line(lines: Lines, resource: str, path: Path) -> tuple[int, int]:
    """Where a property stands, or the nearest that is there, or else the resource."""
    if not resource:
        return (lines.marks(*path) or ((1, 1),))[-1]
    steps: Path = ("Properties", *path)
    if path and str(path[0]).startswith("../"):
        steps = (str(path[0])[3:], *path[1:])
    marks = lines.marks("Resources", resource, *(steps if path else ()))
    if steps[0] == "Properties" and len(marks) == 3:
        marks = marks[:2]
    return marks[-1] if len(marks) > 1 else (1, 1)


def _of_types(resources: Iterable[Resource], one: Control) -> list[Resource]:
    return [each for each in resources if each.type in one.types or EVERY_TYPE in one.types]
