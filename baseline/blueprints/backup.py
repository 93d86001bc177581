"""Backup: the vaults of AWS Backup, for what a service's own backups cannot give.

A vault in the home region and, where there is one, in the recovery region, encrypted with the
backup key of that region. They have the same name, so that a plan in one region can compute the
other's ARN. Where the integrity of an asset is high, nothing leaves a vault before its lock ends;
the lock is in governance mode, which can be lifted in two steps (the vault's policy, the lock): a
mistake is then mended by a reviewed change, and not by waiting; and whoever may change both is not
stopped. No vault is opened to another account.

AWS Backup leaves Aurora out until somebody has said once, in each account and region, that it may
(`aws backup update-region-settings`): no resource type does it. Source: "Assign resources".

What is put in stands in the stack that it belongs to (a database, say). Sources: "AWS Backup Vault
Lock", "AWS managed policies for AWS Backup", "Creating backup copies across AWS Regions".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troposphere import GetAtt, Ref, Sub, backup, iam

from baseline.blueprints import Draft, Site, allow, arn, deny, imported, policy
from baseline.protection import protection
from baseline.stack import Stack

FOUNDATION = False

# What AWS keeps in step with its services; a list of our own would go stale where it hurts most.
MANAGED_POLICIES = (
    "AWSBackupServiceRolePolicyForBackup",
    "AWSBackupServiceRolePolicyForRestores",
)


def stacks(site: Site) -> Iterator[Stack]:
    """One stack, the same in every region of the site; each region has a role of its own."""
    if site.environment is None or not site.environment.databases:
        return
    draft = Draft(site, "backup", "the vault of AWS Backup, and its role", site.path)
    vault = backup.BackupVault(
        "Vault",
        BackupVaultName=vault_name(site),
        EncryptionKeyArn=imported(site, "keys", "BackupKeyArn"),
        BackupVaultTags={"Name": vault_name(site)},
        DeletionPolicy="Retain",
        UpdateReplacePolicy="Retain",
    )
    # By way of the constructor, troposphere would make text of the policy, and trip over ARNs.
    vault.properties["AccessPolicy"] = policy(*_refusals())
    if lock_days := _lock_days(site):
        vault.LockConfiguration = backup.LockConfigurationType(MinRetentionDays=lock_days)
    draft.add(vault, "Keeps recovery points, encrypted, and locked where an asset demands it")
    role = iam.Role(
        "BackupRole",
        Description=f"Makes and restores recovery points of {site.prefix}",
        AssumeRolePolicyDocument=policy(
            allow(
                "TakeBackup",
                {"Service": "backup.amazonaws.com"},
                ("sts:AssumeRole",),
                None,
                {"StringEqualsIfExists": {"aws:SourceAccount": Ref("AWS::AccountId")}},
            )
        ),
        ManagedPolicyArns=[
            arn("iam", f"policy/service-role/{name}", region="", account="aws")
            for name in MANAGED_POLICIES
        ],
        MaxSessionDuration=3600,
    )
    draft.add(role, "Makes, copies and restores recovery points, for AWS Backup")
    draft.export("VaultName", Ref(vault), "Name of the vault")
    draft.export("VaultArn", GetAtt(vault, "BackupVaultArn"), "ARN of the vault")
    draft.export("RoleArn", GetAtt(role, "Arn"), "ARN of the role of AWS Backup")
    yield draft.stack(site.profile.regions.used)


def vault_name(site: Site) -> str:
    """Name of the site's vault, the same in every region."""
    return f"{site.prefix}-backup"


def vault_arn(site: Site, region: str) -> Sub:
    """ARN of the site's vault in a region, which cannot be imported from another."""
    return arn("backup", f"backup-vault:{vault_name(site)}", region=region)


def _lock_days(site: Site) -> int:
    """The longest lock that an asset of a database demands: it holds for the vault as a whole."""
    assert site.environment
    return max(
        protection(site.profile.asset(one.asset)).lock_days for one in site.environment.databases
    )


def _refusals() -> tuple[dict[str, Any], ...]:
    """Nobody deletes, shortens or unlocks by hand, and no copy leaves for another's vault.

    Recovery points still expire: that asks no policy. Source: "Vault access policies" (AWS Backup).
    """
    by_hand = (
        *("backup:DeleteBackupVaultLockConfiguration", "backup:DeleteRecoveryPoint"),
        "backup:UpdateRecoveryPointLifecycle",
    )
    ours = arn("backup", "backup-vault:*", region="*")
    return (
        deny("DenyDeletion", by_hand, "*"),
        deny(
            "DenyCopiesToOthers",
            ("backup:CopyFromBackupVault",),
            "*",
            {"ForAnyValue:ArnNotLike": {"backup:CopyTargets": ours}},
        ),
    )
