"""Backup: the three cases of each control."""

from __future__ import annotations

from typing import Any

from tests.cases import case

VAULT = ("AWS::Backup::BackupVault", "acme-staging-backup", "Vault")
PLAN = ("AWS::Backup::BackupPlan", "acme-prod-database-orders", "BackupPlan")
SELECTION = ("AWS::Backup::BackupSelection", "acme-prod-database-orders", "BackupSelection")


def plan(**rule: Any) -> dict[str, Any]:
    """A plan of one rule."""
    return {"BackupPlan": {"BackupPlanRule": [{"RuleName": "Daily"} | rule]}}


CASES = {
    "backup.encrypted": case(
        VAULT, {}, {"EncryptionKeyArn": "arn:x"}, ("EncryptionKeyArn",), "alias/aws/backup"
    ),
    "backup.not-deletable": case(
        VAULT,
        {"AccessPolicy": {"Version": "2012-10-17", "Statement": []}},
        {"LockConfiguration": {"MinRetentionDays": "30"}},
        ("AccessPolicy", "Statement", 0, "Principal"),
        {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/app"}},
    ),
    "backup.scheduled": case(
        PLAN,
        plan(),
        plan(ScheduleExpression="cron(0 8 * * ? *)"),
        ("BackupPlan", "BackupPlanRule", 0, "ScheduleExpression"),
        "",
    ),
    "backup.kept-a-month": case(
        PLAN,
        plan(Lifecycle={"DeleteAfterDays": "7"}),
        plan(Lifecycle={"DeleteAfterDays": 35}),
        ("BackupPlan", "BackupPlanRule", 0, "Lifecycle", "DeleteAfterDays"),
        34,
    ),
    "backup.chooses-something": case(
        SELECTION,
        {"BackupSelection": {"SelectionName": "x"}},
        {"BackupSelection": {"Resources": ["arn:x"]}},
        ("BackupSelection", "Resources"),
        [],
    ),
}
