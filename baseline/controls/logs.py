"""Logs: what must hold for every log group."""

from __future__ import annotations

from collections.abc import Iterator

from baseline.control import Severity, control, is_true, literal
from baseline.controls import is_given, number
from baseline.resource import Resource

GROUP = "AWS::Logs::LogGroup"
YEAR_DAYS = 365


@control("logs.encrypted", "Log groups use a key of ours", on=GROUP, severity=Severity.MEDIUM)
def encrypted(group: Resource) -> Iterator[str]:
    """Logs tell who did what; with a key of our own, access to them can be taken away at once."""
    if not is_given(group.properties, "KmsKeyId"):
        yield "KmsKeyId is left out"


@control("logs.kept-a-year", "Log groups keep a year or more", on=GROUP, severity=Severity.MEDIUM)
def kept_a_year(group: Resource) -> Iterator[str]:
    """Intrusions are often found months later; without an end, logs are kept and paid for ever."""
    days = number(group.properties, "RetentionInDays")
    if days == 0:
        yield "RetentionInDays is left out, so logs are kept for ever"
    elif days < YEAR_DAYS:
        yield f"RetentionInDays is {days}, under {YEAR_DAYS}"


@control(
    "logs.protected",
    "Log groups cannot be deleted in one call",
    on=GROUP,
    severity=Severity.LOW,
)
def protected(group: Resource) -> Iterator[str]:
    """Whoever breaks in removes the traces; this is one more thing to do first, and it is seen."""
    if not is_true(literal(group.properties, "DeletionProtectionEnabled")):
        yield "DeletionProtectionEnabled is not true"
