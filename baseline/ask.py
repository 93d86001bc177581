"""Ask: what a control says of a resource or of many, heard in one form.

Whatever a control does, something is heard: a crash, as a doubt with its reason. The others are
judged all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from baseline.control import CannotJudge, Control, Severity
from baseline.resource import Path, Resource

_PROPERTY = re.compile(r"[A-Z][A-Za-z0-9]*(\.[A-Za-z0-9]+)*")


def ask(one: Control, resource: Resource, today: date) -> Iterator[tuple[Severity, str, Path]]:
    """What a control says of a resource: severity, message, and the path below the resource."""
    name = resource.logical_id or "the template"
    try:
        for said in one.judged(resource, today):
            path, message = _heard(resource, said)
            yield one.severity, f"{name}: {message}", path
    except CannotJudge as verdict:
        yield (
            Severity.UNKNOWN,
            f"{name} cannot be judged: {verdict}",
            _heard(resource, str(verdict))[0],
        )
    except Exception as error:  # noqa: BLE001 - whatever it is, the others must still be judged
        failure = f"the control failed with {type(error).__name__}: {error}"
        yield Severity.UNKNOWN, f"{name} cannot be judged: {failure}", ()


def ask_of_many(
    one: Control, group: Any, today: date
) -> Iterator[tuple[Severity, str, Path, Resource | None]]:
    """What a control says of many resources; one of them, or none, with each finding."""
    name = "the organization" if one.over == "organization" else "the account"
    try:
        for resource, *said in one.judged(group, today):
            shown = resource.logical_id if resource else name
            path, message = _heard(resource, said[0] if len(said) == 1 else tuple(said))
            yield one.severity, f"{shown}: {message}", path, resource
    except CannotJudge as verdict:
        yield Severity.UNKNOWN, f"{name} cannot be judged: {verdict}", (), None
    except Exception as error:  # noqa: BLE001 - as above
        failure = f"the control failed with {type(error).__name__}: {error}"
        yield Severity.UNKNOWN, f"{name} cannot be judged: {failure}", (), None


def _heard(resource: Resource | None, said: Any) -> tuple[Path, str]:
    """Path and message; a message that begins with a property of the resource is about it."""
    if not isinstance(said, str):
        path, message = said
        shown = ".".join(str(step).removeprefix("../") for step in path)
        return tuple(path), f"{shown} {message}"
    word = said.partition(" ")[0]
    if resource and _PROPERTY.fullmatch(word):
        steps = word.split(".")
        if steps[0] in resource.properties:
            return tuple(steps), said
        if steps[0] in resource.attributes:
            return (f"../{steps[0]}", *steps[1:]), said
    return (), said
