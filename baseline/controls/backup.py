"""Backup: what must hold for vaults and plans of AWS Backup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from baseline.control import Severity, control, literal
from baseline.controls import is_key_of_ours, number
from baseline.policy import listed, resource_policy
from baseline.resource import Resource

VAULT, PLAN = "AWS::Backup::BackupVault", "AWS::Backup::BackupPlan"
SELECTION = "AWS::Backup::BackupSelection"
LEAST_DAYS = 35  # a month, and some days to notice


@control(
    "backup.encrypted", "Vaults of backups use a key of ours", on=VAULT, severity=Severity.MEDIUM
)
def encrypted(vault: Resource) -> Iterator[str]:
    """A copy of everything deserves the same key as everything; AWS's own cannot be taken away."""
    if not is_key_of_ours(vault.properties, "EncryptionKeyArn"):
        yield "EncryptionKeyArn is left out, or the key of AWS"


@control(
    "backup.not-deletable",
    "Recovery points cannot be deleted by hand",
    on=VAULT,
    severity=Severity.HIGH,
)
def not_deletable(vault: Resource) -> Iterator[str]:
    """Extortioners delete the backups first; a lock or a refusal in the policy stops them."""
    if literal(vault.properties, "LockConfiguration", "MinRetentionDays"):
        return
    action = "backup:deleterecoverypoint"
    policy = resource_policy(vault)
    if not any(not one.allows and one.is_for_everyone and one.does(action) for one in policy):
        yield "neither LockConfiguration nor AccessPolicy keeps recovery points from deletion"


@control("backup.scheduled", "Plans make backups by themselves", on=PLAN, severity=Severity.MEDIUM)
def scheduled(plan: Resource) -> Iterator[str]:
    """A backup that somebody has to start is not made on the day before it is needed."""
    rules = _rules(plan)
    if not rules:
        yield "BackupPlanRule is left out"
    for rule in rules:
        if not literal(rule, "ScheduleExpression"):
            yield f"rule {literal(rule, 'RuleName')} has no ScheduleExpression"


@control(
    "backup.kept-a-month",
    "Recovery points are kept for 35 days or more",
    on=PLAN,
    severity=Severity.MEDIUM,
)
def kept_a_month(plan: Resource) -> Iterator[str]:
    """Damage is found weeks later; by then, a week of backups holds nothing but the damage."""
    for rule in _rules(plan):
        days = number(rule, "Lifecycle", "DeleteAfterDays", default=LEAST_DAYS)
        if days < LEAST_DAYS:
            yield f"rule {literal(rule, 'RuleName')} keeps {days} days, under {LEAST_DAYS}"


@control(
    "backup.chooses-something",
    "Plans are given something to back up",
    on=SELECTION,
    severity=Severity.HIGH,
)
def chooses_something(selection: Resource) -> Iterator[str]:
    """A plan that matches nothing runs every night, succeeds, and saves nothing."""
    ways = ("Resources", "ListOfTags", "Conditions")
    if not any(literal(selection.properties, "BackupSelection", way) for way in ways):
        yield "BackupSelection has neither Resources nor tags"


def _rules(plan: Resource) -> list[Any]:
    return list(listed(literal(plan.properties, "BackupPlan", "BackupPlanRule")))
