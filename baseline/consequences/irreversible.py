"""Irreversible: what can never be taken back, or only within a time, once it is done.

A lock in compliance mode binds everybody, the account's root too; a key that is scheduled for
deletion comes back only while it waits; some switches are one-way. Each row names its page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from baseline.change import MISSING, Action, Change, Effect, Replacement, Sides, Verdict

Test = Callable[[Any, Any], bool]


@dataclass(frozen=True)
class _Row:
    """A property that cannot go back: where, when, and what that means."""

    type: str
    path: str
    test: Test
    means: str


def _is(*values: Any) -> Test:
    return lambda before, after: after in values and before not in values


def _came(before: Any, after: Any) -> bool:
    return before is MISSING and after is not MISSING


def _grew(before: Any, after: Any) -> bool:
    try:
        return float(after) > float(before)
    except (TypeError, ValueError):
        return False


def _major(before: Any, after: Any) -> bool:
    if MISSING in (before, after) or isinstance(before, dict) or isinstance(after, dict):
        return False
    return str(before).split(".")[0] != str(after).split(".")[0]


ROWS = (
    _Row("AWS::S3::Bucket", "ObjectLockConfiguration.Rule.DefaultRetention.Mode",
         _is("COMPLIANCE"),
         "new objects cannot be deleted by anybody, the root user too (Using S3 Object Lock)"),
    _Row("AWS::S3::Bucket", "ObjectLockEnabled", _is(True),
         "Object Lock cannot be disabled again (Using S3 Object Lock)"),
    _Row("AWS::S3::Bucket", "VersioningConfiguration.Status", _is("Enabled"),
         "versioning can be suspended but never removed (Using versioning in S3 buckets)"),
    _Row("AWS::Backup::BackupVault", "LockConfiguration.ChangeableForDays", _came,
         "the lock cannot be removed once these days are over (AWS Backup Vault Lock)"),
    _Row("AWS::RDS::DBInstance", "EngineVersion", _major,
         "a major version cannot be taken back (Upgrading a DB instance engine version)"),
    _Row("AWS::RDS::DBCluster", "EngineVersion", _major,
         "a major version cannot be taken back (Upgrading a DB instance engine version)"),
    _Row("AWS::RDS::DBInstance", "AllocatedStorage", _grew,
         "storage cannot be made smaller again (Working with storage for RDS DB instances)"),
    _Row("AWS::EC2::Volume", "Size", _grew,
         "a volume cannot be made smaller again (Request Amazon EBS volume modifications)"),
    _Row("AWS::EKS::Cluster", "Version", _grew,
         "a Kubernetes version cannot be taken back (Update existing cluster to new version)"),
    _Row("AWS::OpenSearchService::Domain", "NodeToNodeEncryptionOptions.Enabled", _is(True),
         "node-to-node encryption cannot be disabled again (Node-to-node encryption)"),
    _Row("AWS::OpenSearchService::Domain", "EncryptionAtRestOptions.Enabled", _is(True),
         "encryption at rest cannot be disabled again (Encryption of data at rest)"),
    _Row("AWS::KMS::Key", "MultiRegion", _is(True),
         "a key cannot be made single-Region again (Multi-Region keys in AWS KMS)"),
    _Row("AWS::QLDB::Ledger", "PermissionsMode", _is("STANDARD"),
         "the permissions mode cannot go back to ALLOW_ALL (Getting started: permissions mode)"),
)  # fmt: skip

# What is removed for good, or comes back only while it waits.
_REMOVED: Mapping[str, str] = {
    "AWS::KMS::Key": "the key is scheduled for deletion: it can be cancelled only while it waits,"
    " then nothing that it encrypted can be read (Deleting AWS KMS keys)",
    "AWS::KMS::ReplicaKey": "the key is scheduled for deletion (Deleting multi-Region keys)",
    "AWS::SecretsManager::Secret": "the secret is deleted without a recovery window of its owner's"
    " choice (Delete an AWS Secrets Manager secret)",
    "AWS::Route53::HostedZone": "a zone made again has other name servers, and the registrar must"
    " be told (Deleting a public hosted zone)",
    "AWS::EC2::EIP": "the address goes back to AWS and can be had again only while nobody else has"
    " it (Elastic IP addresses)",
    "AWS::ACMPCA::CertificateAuthority": "the authority can be restored only for some days"
    " (Deleting your private CA)",
    "AWS::Cognito::UserPool": "users and their passwords cannot be brought back",
}


def answer(changes: Iterable[Change], _: Sides) -> Iterator[Change]:
    """Changes with what in them cannot be taken back."""
    for change in changes:
        found = tuple(_effects(change)) if change.section == "Resources" else ()
        yield replace(change, effects=(*change.effects, *found)) if found else change


def _effects(change: Change) -> Iterator[Effect]:
    gone = change.action in (Action.REMOVE, Action.RENAME)
    policy = str((change.before or {}).get("DeletionPolicy", ""))
    if change.replacement is Replacement.CERTAIN and not gone:
        gone, policy = True, str((change.after or {}).get("UpdateReplacePolicy", ""))
    if gone and change.type in _REMOVED and not policy.startswith("Retain"):
        yield Effect("irreversible", Verdict.IRREVERSIBLE, _REMOVED[change.type])
    if change.after is None:
        return
    is_new = change.action in (Action.ADD, Action.RENAME)
    for row in ROWS:
        if row.type != change.type:
            continue
        before = MISSING if is_new else _at(change.before, row.path)
        after = _at(change.after, row.path)
        counts = not is_new or row.test is _came or row.means.startswith("new objects")
        if counts and before != after and row.test(before, after):
            yield Effect("irreversible", Verdict.IRREVERSIBLE, f"{row.path}: {row.means}")


def _at(body: Any, path: str) -> Any:
    value = body.get("Properties", MISSING) if isinstance(body, Mapping) else MISSING
    for step in path.split("."):
        value = value.get(step, MISSING) if isinstance(value, dict) else MISSING
    return value
