"""Accept: a drift that somebody decided to live with, until a day, is an exception of the profile.

It covers exactly what was there when it was accepted: the digest is of the edits, so that the next
thing that somebody changes on the same resource is drift again. What is accepted stays visible.
Secrets do not go into the digest, for nobody should be able to try passwords against a profile.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date

from baseline.change import MISSING, dotted
from baseline.control import Acceptance
from baseline.drifted import CONTROL, Drifts, Looked, State
from baseline.errors import ProfileError
from baseline.load import loads
from baseline.profile import Waiver
from baseline.secret import clear
from baseline.words import closest, quote

_HIDDEN = re.compile(r"secret#[0-9a-f]{8}")
_LIST = re.compile(r"^exceptions:[ \t]*(#.*)?$", re.MULTILINE)
_ANY = re.compile(r"^exceptions:", re.MULTILINE)
_NEXT = re.compile(r"^[^\s#-]", re.MULTILINE)


def digest(one: Looked) -> str:
    """What this drift of this resource is, in twelve digits."""
    edits = one.change.edits if one.change else ()
    said = [
        [dotted(edit.path), *("" if value is MISSING else value for value in clear(edit, ""))]
        for edit in edits
    ]
    text = _HIDDEN.sub("secret", json.dumps([one.why, said], sort_keys=True, default=str))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def with_accepted(drifts: Drifts, waivers: Sequence[Waiver], today: date) -> Drifts:
    """Drifts with those that the profile accepts marked; what is out of date or unused is noted."""
    ours = [one for one in waivers if one.control == CONTROL]
    used: set[int] = set()
    found = []
    for looked in drifts.looked:
        marks = [
            (at, one)
            for at, one in enumerate(ours)
            if looked.state is State.DRIFTED
            and one.resource == looked.name
            and one.drift == digest(looked)
        ]
        used |= {at for at, _ in marks}
        live = [one for _, one in marks if one.until >= today]
        if live:
            one = max(live, key=lambda waiver: waiver.until)
            accepted = Acceptance(one.reason, one.approved_by, one.until.isoformat())
            found.append(replace(looked, accepted=accepted))
        else:
            found.append(looked)
    notes = [*drifts.notes, *_about(ours, used, drifts, today)]
    return Drifts(tuple(found), tuple(notes))


def _about(
    ours: Sequence[Waiver], used: Collection[int], drifts: Drifts, today: date
) -> Iterator[str]:
    names = {one.name for one in drifts.looked}
    for at, one in enumerate(ours):
        what = f"the exception for the drift {one.drift} of {one.resource}"
        if at in used and one.until < today:
            yield f"{what} ended on {one.until} (approved by {one.approved_by})"
        elif at not in used and one.resource in names:
            yield f"{what} covers nothing: that drift is gone or is another now: take it out"


def entries(drifts: Drifts, names: Sequence[str], until: date, reason: str, by: str) -> list[str]:
    """YAML of the exceptions that accept the drift of some resources; raises for other names."""
    drifted = {one.name: one for one in drifts.of(State.DRIFTED)}
    problems = [
        f"--accept: {quote(name)} has not drifted{closest(name, drifted)}"
        for name in names
        if name not in drifted
    ]
    if problems:
        raise ProfileError(problems)
    found = []
    for name in dict.fromkeys(names):
        for one in drifts.of(State.DRIFTED):
            if one.name == name:
                entry = (
                    f"  - control: {CONTROL}\n"
                    f"    resource: {name}\n"
                    f'    drift: "{digest(one)}"\n'
                    f"    reason: {json.dumps(reason, ensure_ascii=False)}\n"
                    f"    approved_by: {json.dumps(by, ensure_ascii=False)}\n"
                    f"    until: {until.isoformat()}\n"
                )
                if entry not in found:
                    found.append(entry)
    return found


def recorded(text: str, name: str, found: Sequence[str]) -> str:
    """A profile's text with exceptions added, everything else as it stands.

    Raises `ProfileError` with what to paste where the list is not written as one item a line.
    """
    added = "".join(found)
    start = _LIST.search(text)
    if start:
        rest = _NEXT.search(text, start.end())
        end = rest.start() if rest else len(text)
        before = text[:end].rstrip()
        new = f"{before}\n{added}" + (f"\n{text[end:]}" if rest else "")
    elif _ANY.search(text):
        raise ProfileError(
            f"{name}: exceptions are not written one below the other: add this by hand:\n{added}"
        )
    else:
        new = f"{text.rstrip()}\n\nexceptions:\n{added}"
    try:
        loads(new.encode(), name)
    except ProfileError as error:
        raise ProfileError(
            [*error.problems, f"{name}: so nothing was written; add this by hand:\n{added}"]
        ) from error
    return new
