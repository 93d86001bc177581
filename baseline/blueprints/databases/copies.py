"""Copies: what AWS Backup keeps of a database, because RDS cannot.

RDS keeps its own backups for 35 days, and Aurora's never leave their region. So a weekly recovery
point stays for as long as the asset demands, where that is longer; and a cluster with a copy has
one made as often as the asset's recovery point asks for. Recovery points hold to the vault's lock,
which is never longer than 35 days.

A copy is as old as the pause between two, and the time until it has arrived: a job starts within
an hour, and a snapshot takes its time. RDS's own replication, for instances, is minutes behind.

AWS Backup leaves clusters of Aurora out, without a word, until the account has opted in to Aurora
in its settings, for which CloudFormation has no type. Sources: "Creating a backup plan", "Creating
backup copies across AWS Regions", "Assign resources with AWS CLI" (AWS Backup).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from troposphere import Ref, backup

from baseline.blueprints import Draft, imported
from baseline.blueprints.backup import vault_arn
from baseline.blueprints.databases.intent import LONGEST_OWN_BACKUP_DAYS, Intent

# In UTC, hours away from RDS's own windows, in which AWS Backup's jobs would wait or fail.
WEEKLY = ("Weekly", "cron(0 8 ? * SUN *)")
# How long from one to the next, longest first; its name, and when.
SCHEDULES = (
    (timedelta(days=1), "Daily", "cron(0 6 * * ? *)"),
    (timedelta(hours=6), "SixHourly", "cron(0 0/6 * * ? *)"),
    (timedelta(hours=1), "Hourly", "cron(0 * * * ? *)"),
)
ARRIVES_WITHIN = timedelta(hours=2)
START_MINUTES = 60  # the least that AWS Backup takes
DONE_MINUTES = 720


def add(draft: Draft, intent: Intent, arn: Any) -> None:
    """Add a plan, and put the database in it, where RDS's own backups are not enough."""
    rules = list(_rules(intent))
    if not rules:
        return
    plan = backup.BackupPlan(
        "BackupPlan",
        BackupPlan=backup.BackupPlanResourceType(BackupPlanName=intent.name, BackupPlanRule=rules),
        BackupPlanTags={"Name": intent.name},
    )
    draft.add(plan, "Says when recovery points are made, how long they stay, and where copies go")
    draft.add(
        backup.BackupSelection(
            "BackupSelection",
            BackupPlanId=Ref(plan),
            BackupSelection=backup.BackupSelectionResourceType(
                SelectionName=intent.name,
                IamRoleArn=imported(intent.site, "backup", "RoleArn"),
                Resources=[arn],
            ),
        ),
        "Puts the database, and nothing else, in the plan",
    )


def _rules(intent: Intent) -> Iterator[backup.BackupRuleResourceType]:
    if intent.engine.is_aurora and intent.copy_region:
        yield _rule(intent, *_schedule(intent), LONGEST_OWN_BACKUP_DAYS)
    if intent.retention_days > LONGEST_OWN_BACKUP_DAYS:
        yield _rule(intent, *WEEKLY, intent.retention_days)


def _schedule(intent: Intent) -> tuple[str, str]:
    """The rarest that is still in time for the asset's recovery point; every hour at most."""
    recovery = intent.asset.recovery
    in_time = (
        (name, schedule)
        for pause, name, schedule in SCHEDULES
        if recovery is None or pause + ARRIVES_WITHIN <= recovery.point
    )
    return next(in_time, SCHEDULES[-1][1:])


def _rule(intent: Intent, name: str, schedule: str, days: int) -> backup.BackupRuleResourceType:
    lifecycle = backup.LifecycleResourceType(DeleteAfterDays=days)
    copied: dict[str, Any] = {}
    if intent.copy_region:
        copied["CopyActions"] = [
            backup.CopyActionResourceType(
                DestinationBackupVaultArn=vault_arn(intent.site, intent.copy_region),
                Lifecycle=lifecycle,
            )
        ]
    return backup.BackupRuleResourceType(
        RuleName=name,
        TargetBackupVault=imported(intent.site, "backup", "VaultName"),
        ScheduleExpression=schedule,
        ScheduleExpressionTimezone="Etc/UTC",
        StartWindowMinutes=START_MINUTES,
        CompletionWindowMinutes=DONE_MINUTES,
        EnableContinuousBackup=False,
        Lifecycle=lifecycle,
        RecoveryPointTags={"baseline:asset": intent.asset.name},
        **copied,
    )
