"""Accept: what the profile's exceptions do to findings.

An accepted finding stays visible, with who accepted it, why and until when. Past that day it is
open again and says so; in the last days before it, a notice asks for a decision. An exception that
covers nothing is a finding itself: nobody should have to guess what it was for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from baseline.control import Acceptance, Finding, Place, Severity
from baseline.source import Source

if TYPE_CHECKING:
    from baseline.profile import Waiver

NOTICE = timedelta(days=30)
STALE, ENDS_SOON = "exceptions.stale", "exceptions.ends-soon"


class Exceptions:
    """The exceptions of a profile as of a day, and which of them have covered something.

    `known` are the controls that are asked; an exception to another is no business of this run.
    """

    def __init__(
        self,
        waivers: Sequence[Waiver],
        source: Source | None,
        today: date,
        known: Collection[str],
        asks_cfn_lint: bool,
    ) -> None:
        self._today = today
        self._source = source
        self._waivers = [
            (number, one)
            for number, one in enumerate(waivers)
            if one.control in known or (asks_cfn_lint and "." not in one.control)
        ]
        self._used: set[int] = set()

    def applied(self, finding: Finding) -> Finding:
        """The finding, accepted where a live exception covers it."""
        covering = [
            (number, one)
            for number, one in self._waivers
            if one.control == finding.rule
            and fnmatchcase(f"{finding.stack}/{finding.resource}", one.resource)
        ]
        if not covering:
            return finding
        self._used.update(number for number, _ in covering)
        number, longest = max(covering, key=lambda pair: pair[1].until)
        if longest.until < self._today:
            message = (
                f"{finding.message} (accepted by {longest.approved_by} until {longest.until}, "
                "which has passed)"
            )
            return replace(finding, message=message)
        return replace(
            finding,
            accepted=Acceptance(
                longest.reason,
                longest.approved_by,
                longest.until.isoformat(),
                self._source.at(f"exceptions.{number}") if self._source else "",
            ),
        )

    def about_themselves(self, *, is_whole: bool) -> Iterator[Finding]:
        """Exceptions that cover nothing, and those that end soon, once everything was judged."""
        for number, one in self._waivers:
            what = f"the exception to {one.control} for {one.resource}"
            if number not in self._used:
                if is_whole:
                    yield self._finding(number, STALE, f"{what} covers no finding")
            elif self._today <= one.until <= self._today + NOTICE:
                days = (one.until - self._today).days
                left = "today" if not days else f"in {days} day{'' if days == 1 else 's'}"
                yield self._finding(number, ENDS_SOON, f"{what} ends {left}, on {one.until}")

    def _finding(self, number: int, rule: str, message: str) -> Finding:
        path = f"exceptions.{number}"
        mark = self._source.mark(path) if self._source else None
        place = Place(
            self._source.file if self._source else "the profile",
            mark.line if mark else 1,
            mark.column if mark else 1,
            path,
            self._source.at(path) if self._source else "",
        )
        title, why, fix = _ABOUT[rule]
        return Finding(
            rule, Severity.LOW, message, "", "", place, why, title, fix, notice=rule == ENDS_SOON
        )


_ABOUT = {
    STALE: (
        "Every exception covers a finding",
        "What it accepted is mended or gone; left there, it would accept the next one unseen.",
        "take it out of the profile, or correct its control or resource",
    ),
    ENDS_SOON: (
        "Exceptions are decided on before they end",
        f"Within {NOTICE.days} days what it covers is open again.",
        "mend what it covers, or have it approved anew with a later date",
    ),
}
