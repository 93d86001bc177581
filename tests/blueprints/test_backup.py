"""Backup: vaults that keep what they are given, and give it to nobody else."""

from __future__ import annotations

from tests.samples import edited, properties, stack, stacks, statements

BACKUP = stack("acme-prod-backup")


def test_a_vault_stands_in_every_region_under_one_name() -> None:
    """So that a plan can compute where its copies go."""
    assert BACKUP.regions == ("eu-central-1", "eu-west-1")
    assert properties(BACKUP, "Vault")["BackupVaultName"] == "acme-prod-backup"
    assert not [one for one in stacks("minimal") if one.short_name == "backup"]


def test_a_vault_is_locked_where_integrity_demands_it() -> None:
    """In governance mode: no date after which nobody could ever change it."""
    assert properties(BACKUP, "Vault")["LockConfiguration"] == {"MinRetentionDays": 30}
    assert "LockConfiguration" not in properties(stack("acme-staging-backup"), "Vault")
    made = edited("acme", ("integrity: high ", "integrity: low "))
    one = next(each for each in made if each.name == BACKUP.name)
    assert "LockConfiguration" not in properties(one, "Vault")


def test_nothing_is_deleted_by_hand_or_leaves_the_account() -> None:
    """Whoever asks; recovery points still expire."""
    found = statements(properties(BACKUP, "Vault")["AccessPolicy"])
    assert all(one["Effect"] == "Deny" and one["Principal"] == "*" for one in found.values())
    assert "backup:DeleteRecoveryPoint" in found["DenyDeletion"]["Action"]
    condition = found["DenyCopiesToOthers"]["Condition"]["ForAnyValue:ArnNotLike"]
    assert condition["backup:CopyTargets"]["Fn::Sub"].endswith("*:${AWS::AccountId}:backup-vault:*")


def test_a_vault_outlives_its_stack() -> None:
    """And is encrypted with the backup key of its own region."""
    body = BACKUP.resources["Vault"]
    assert body["DeletionPolicy"] == body["UpdateReplacePolicy"] == "Retain"
    assert body["Properties"]["EncryptionKeyArn"] == {
        "Fn::ImportValue": "acme-prod-keys-BackupKeyArn"
    }
