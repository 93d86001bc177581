"""Buckets: one stack each, because data outlives its users; a copy is a stack in the other region.

Names lie in the account's own regional namespace, so nobody else can take them, before us or
after us. Encryption is with the asset's key, or the site's data key, and a bucket key; uploads
that ask for another key, for another kind of encryption or bring their own key are refused,
uploads that ask for none get the bucket's. All four public-access switches, owner-enforced,
versions, TLS 1.2 or newer, access logs, events to EventBridge.

`protection` decides how long older versions stay, how long new ones are locked, and whether a
copy goes to the recovery region. The copy is written by replication and by nobody else, and
deletions are not replicated: what is deleted here, by mistake or malice, is still there. To write
there after a disaster, copy to a bucket of its own, or change the policy by a reviewed change.

Across regions nothing can be imported: the copy's name and its key's alias are computed, and the
stack comes after the copy's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from troposphere import GetAtt, Ref, Sub, Tags, s3

from baseline.blueprints import (
    REGION,
    Draft,
    Site,
    allow,
    arn,
    bucket,
    bucket_arn,
    deny,
    imported,
    policy,
)
from baseline.blueprints.keys import alias_for, key_for
from baseline.profile import Archive, Bucket
from baseline.protection import Protection, protection
from baseline.stack import Stack

FOUNDATION = False

UNFINISHED_UPLOAD_DAYS = 7
COPY_WITHIN_MINUTES = 15
OLDER_VERSIONS_ARCHIVE_DAYS = 30
GLACIER_BILLED_DAYS = 90


def stacks(site: Site) -> Iterator[Stack]:
    """Each bucket's stack, and its copy's where its asset or the profile asks for one."""
    if site.environment is None:
        return
    regions = site.profile.regions
    for wanted in site.environment.buckets:
        demand = protection(site.profile.asset(wanted.asset))
        has_copy = bool(regions.recovery and (wanted.replicate or demand.copy))
        if has_copy:
            yield _stack(site, wanted, demand, is_copy=True)
        yield _stack(site, wanted, demand, has_copy=has_copy)


def _stack(
    site: Site,
    wanted: Bucket,
    demand: Protection,
    *,
    is_copy: bool = False,
    has_copy: bool = False,
) -> Stack:
    """One bucket: the original, which comes after its copy where it has one; or the copy."""
    path = f"{site.path}.buckets.{wanted.name}"
    asset = site.profile.asset(wanted.asset)
    regions = site.profile.regions
    stack, copy = f"bucket-{wanted.name}", f"bucket-{wanted.name}-recovery"
    region = regions.home
    if is_copy:
        assert regions.recovery
        stack, region = copy, regions.recovery
    what = f"the copy of bucket {wanted.name}" if is_copy else f"bucket {wanted.name}"
    draft = Draft(site, stack, f"{what}, for {asset.name}", path)
    name = bucket(site, wanted.name)
    key = imported(site, "keys", key_for(site, asset.name))
    lock_days = max(wanted.lock.days if wanted.lock else 0, demand.lock_days)
    retention = max(wanted.retention.days if wanted.retention else 0, demand.retention_days)
    extra: dict[str, Any] = {}
    if lock_days:
        extra |= _lock(wanted.lock_mode, lock_days)
    if has_copy:
        _replication_role(draft, site, wanted, is_locked=lock_days > 0)
        extra["ReplicationConfiguration"] = _replication(site, wanted, demand, asset.name)
        extra["DependsOn"] = "ReplicationPolicy"
    resource = hardened(
        "Bucket",
        name,
        _encryption(key),
        [
            *_archive(wanted.archive, retention),
            expire_versions(retention, lock_days),
            abort_uploads(),
        ],
        LoggingConfiguration=_access_logs(site),
        Tags=Tags(Name=f"{site.prefix}-{wanted.name}"),
        **extra,
    )
    purpose = (
        f"Keeps what {asset.name} stores" if not is_copy else f"Keeps the copy of {wanted.name}"
    )
    draft.add(resource, f"{purpose}; versions can be had back for {retention} days")
    statements = [*deny_weak_transport("Bucket")]
    statements += [_deny_writes()] if is_copy else _deny_other_encryption(key)
    statements += [_deny_bypass()] if lock_days else []
    refused = "every write but replication's" if is_copy else "encryption with any other key"
    refused += ", lifting locks" if lock_days else ""
    draft.add(
        kept_policy("BucketPolicy", resource, statements),
        f"Refuses plain HTTP, old TLS, {refused}",
    )
    draft.export("BucketName", Ref(resource), f"Name of {what}")
    draft.export("BucketArn", GetAtt(resource, "Arn"), f"ARN of {what}")
    after = (f"{site.prefix}-{copy}",) if has_copy else ()
    return draft.stack((region,), after, {"baseline:asset": asset.name})


# ---- what every bucket of ours is ----------------------------------------------------------


def hardened(
    logical_id: str,
    name: str,
    encryption: s3.ServerSideEncryptionRule,
    lifecycle: Sequence[s3.LifecycleRule],
    **properties: Any,
) -> s3.Bucket:
    """A bucket in our namespace: private, owner-enforced, versioned, kept when its stack goes."""
    return s3.Bucket(
        logical_id,
        BucketName=Sub(name),
        BucketNamespace="account-regional",
        BucketEncryption=s3.BucketEncryption(ServerSideEncryptionConfiguration=[encryption]),
        PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
            BlockPublicAcls=True,
            BlockPublicPolicy=True,
            IgnorePublicAcls=True,
            RestrictPublicBuckets=True,
        ),
        OwnershipControls=s3.OwnershipControls(
            Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
        ),
        VersioningConfiguration=s3.VersioningConfiguration(Status="Enabled"),
        **properties,
        LifecycleConfiguration=s3.LifecycleConfiguration(
            Rules=list(lifecycle),
            TransitionDefaultMinimumObjectSize="all_storage_classes_128K",
        ),
        NotificationConfiguration=s3.NotificationConfiguration(
            EventBridgeConfiguration=s3.EventBridgeConfiguration(EventBridgeEnabled=True)
        ),
        DeletionPolicy="Retain",
        UpdateReplacePolicy="Retain",
    )


def kept_policy(
    logical_id: str, resource: s3.Bucket, statements: Sequence[dict[str, Any]]
) -> s3.BucketPolicy:
    """A bucket's policy, which stays with it when their stack goes."""
    return s3.BucketPolicy(
        logical_id,
        Bucket=Ref(resource),
        PolicyDocument=policy(*statements),
        DeletionPolicy="Retain",
        UpdateReplacePolicy="Retain",
    )


def objects_of(logical_id: str) -> Sub:
    """ARN of every object in a bucket of the same template."""
    return Sub(f"${{{logical_id}.Arn}}/*")


def deny_weak_transport(logical_id: str) -> tuple[dict[str, Any], ...]:
    """Statements that refuse plain HTTP and TLS before 1.2, for a bucket and its objects."""
    everything = [GetAtt(logical_id, "Arn"), objects_of(logical_id)]
    return (
        deny("DenyPlainHttp", ("s3:*",), everything, {"Bool": {"aws:SecureTransport": "false"}}),
        deny("DenyOldTls", ("s3:*",), everything, {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
    )


def abort_uploads() -> s3.LifecycleRule:
    """Parts of unfinished uploads cost money and are seen in no listing."""
    return s3.LifecycleRule(
        Id="AbortUnfinishedUploads",
        Status="Enabled",
        AbortIncompleteMultipartUpload=s3.AbortIncompleteMultipartUpload(
            DaysAfterInitiation=UNFINISHED_UPLOAD_DAYS
        ),
    )


def expire_versions(days: int, lock_days: int = 0) -> s3.LifecycleRule:
    """Older versions go once nobody may need them and no lock holds them."""
    return s3.LifecycleRule(
        Id="ExpireOlderVersions",
        Status="Enabled",
        NoncurrentVersionExpiration=s3.NoncurrentVersionExpiration(
            NoncurrentDays=max(days, lock_days)
        ),
        ExpiredObjectDeleteMarker=True,
    )


# ---- what protection adds ------------------------------------------------------------------


def _encryption(key: Any) -> s3.ServerSideEncryptionRule:
    return s3.ServerSideEncryptionRule(
        BucketKeyEnabled=True,
        ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(
            SSEAlgorithm="aws:kms", KMSMasterKeyID=key
        ),
        BlockedEncryptionTypes=s3.BlockedEncryptionTypes(EncryptionType=["SSE-C"]),
    )


def _deny_other_encryption(key: Any) -> tuple[dict[str, Any], ...]:
    """Statements that let an upload name the bucket's own key, or nothing.

    A negated operator holds where its key is absent, with `IfExists` or without, so `Null` has to
    say that the header is there. Asking for KMS without naming a key is refused too: S3 would take
    its own key then, not the bucket's. Sources: "IAM JSON policy elements: Condition operators";
    "PutObject" (Amazon S3), x-amz-server-side-encryption-aws-kms-key-id.
    """
    kind = "s3:x-amz-server-side-encryption"
    named, customer = f"{kind}-aws-kms-key-id", f"{kind}-customer-algorithm"
    conditions = {
        "DenyOtherEncryption": {"Null": {kind: "false"}, "StringNotEquals": {kind: "aws:kms"}},
        "DenyUnnamedKey": {"Null": {named: "true"}, "StringEquals": {kind: "aws:kms"}},
        "DenyOtherKey": {"Null": {named: "false"}, "ArnNotEquals": {named: key}},
        "DenyCustomerProvidedKey": {"Null": {customer: "false"}},
    }
    objects = objects_of("Bucket")
    return tuple(
        deny(sid, ("s3:PutObject",), objects, condition) for sid, condition in conditions.items()
    )


def _deny_writes() -> dict[str, Any]:
    """Keep a copy as replication wrote it: that is another action, and no policy stops expiry."""
    actions = ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject")
    return deny("DenyDirectWrites", actions, objects_of("Bucket"))


def _deny_bypass() -> dict[str, Any]:
    """Let nobody lift a governance lock without first changing this policy, which is seen."""
    actions = ("s3:BypassGovernanceRetention",)
    return deny("DenyLiftingLocks", actions, objects_of("Bucket"))


def _access_logs(site: Site) -> s3.LoggingConfiguration:
    return s3.LoggingConfiguration(
        DestinationBucketName=imported(site, "logs", "AccessLogBucketName"),
        LogFilePrefix="s3/",
        TargetObjectKeyFormat=s3.TargetObjectKeyFormat(
            PartitionedPrefix=s3.PartitionedPrefix(PartitionDateSource="EventTime")
        ),
    )


def _archive(archive: Archive | None, retention: int) -> Iterator[s3.LifecycleRule]:
    """Move current and older versions to Glacier's tiers as they age.

    Older versions move only where they stay for the 90 days that Glacier Instant Retrieval bills.
    """
    if archive is None:
        return
    tiers = [("GLACIER_IR", archive.after)]
    if archive.deep_after:
        tiers.append(("DEEP_ARCHIVE", archive.deep_after))
    older: dict[str, Any] = {}
    if retention >= OLDER_VERSIONS_ARCHIVE_DAYS + GLACIER_BILLED_DAYS:
        older["NoncurrentVersionTransitions"] = [
            s3.NoncurrentVersionTransition(
                StorageClass="GLACIER_IR", TransitionInDays=OLDER_VERSIONS_ARCHIVE_DAYS
            )
        ]
    yield s3.LifecycleRule(
        Id="ArchiveByAge",
        Status="Enabled",
        Transitions=[
            s3.LifecycleRuleTransition(StorageClass=tier, TransitionInDays=age.days)
            for tier, age in tiers
        ],
        **older,
    )


def _lock(mode: str, days: int) -> dict[str, Any]:
    """Governance mode can be lifted in two steps (the policy, the lock); compliance mode never."""
    return {
        "ObjectLockEnabled": True,
        "ObjectLockConfiguration": s3.ObjectLockConfiguration(
            ObjectLockEnabled="Enabled",
            Rule=s3.ObjectLockRule(
                DefaultRetention=s3.DefaultRetention(Mode=mode.upper(), Days=days)
            ),
        ),
    }


def _replication(
    site: Site, wanted: Bucket, demand: Protection, asset: str
) -> s3.ReplicationConfiguration:
    region = site.profile.regions.recovery
    assert region
    limit = s3.ReplicationTimeValue(Minutes=COPY_WITHIN_MINUTES)
    timed: dict[str, Any] = {"Metrics": s3.Metrics(Status="Enabled")}
    if demand.timed_copy:
        timed = {
            "Metrics": s3.Metrics(Status="Enabled", EventThreshold=limit),
            "ReplicationTime": s3.ReplicationTime(Status="Enabled", Time=limit),
        }
    return s3.ReplicationConfiguration(
        Role=GetAtt("ReplicationRole", "Arn"),
        Rules=[
            s3.ReplicationConfigurationRules(
                Id="CopyToRecoveryRegion",
                Status="Enabled",
                Priority=1,
                Filter=s3.ReplicationRuleFilter(Prefix=""),
                DeleteMarkerReplication=s3.DeleteMarkerReplication(Status="Disabled"),
                SourceSelectionCriteria=s3.SourceSelectionCriteria(
                    SseKmsEncryptedObjects=s3.SseKmsEncryptedObjects(Status="Enabled")
                ),
                Destination=s3.ReplicationConfigurationRulesDestination(
                    Bucket=bucket_arn(bucket(site, wanted.name, region)),
                    StorageClass="STANDARD_IA",
                    EncryptionConfiguration=s3.EncryptionConfiguration(
                        ReplicaKmsKeyID=arn("kms", alias_for(site, asset), region)
                    ),
                    **timed,
                ),
            )
        ],
    )


def _replication_role(draft: Draft, site: Site, wanted: Bucket, *, is_locked: bool) -> None:
    """A role that S3 takes for this bucket only, to read here and write there.

    Source: "Setting up permissions for live replication" and "Replicating encrypted objects"
    (Amazon S3).
    """
    region = site.profile.regions.recovery
    assert region
    here, there = bucket(site, wanted.name), bucket(site, wanted.name, region)
    statements = (
        allow(
            "ReadConfiguration",
            None,
            ("s3:GetReplicationConfiguration", "s3:ListBucket"),
            bucket_arn(here),
        ),
        allow(
            "ReadVersions",
            None,
            (
                *(("s3:GetObjectLegalHold", "s3:GetObjectRetention") if is_locked else ()),
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionTagging",
            ),
            bucket_arn(f"{here}/*"),
        ),
        allow(
            "WriteCopies",
            None,
            ("s3:ReplicateObject", "s3:ReplicateTags"),
            bucket_arn(f"{there}/*"),
        ),
        allow(
            "DecryptHere",
            None,
            ("kms:Decrypt",),
            imported(site, "keys", key_for(site, wanted.asset)),
            _through_s3(REGION, here),
        ),
        allow(
            "EncryptThere",
            None,
            ("kms:Encrypt", "kms:GenerateDataKey"),
            arn("kms", "key/*", region),
            _through_s3(region, there, alias_for(site, wanted.asset)),
        ),
    )
    draft.service_role(
        "Replication",
        "s3",
        bucket_arn(here),
        f"Copies {site.prefix}-{wanted.name} to {region}",
        statements,
        names_source=False,
    )


def _through_s3(region: str, name: str, alias: str | None = None) -> dict[str, Any]:
    """Conditions: through S3, for this bucket, and with the key of this alias where it is given."""
    service = f"s3.{region}.amazonaws.com"
    condition: dict[str, Any] = {
        "StringEquals": {"kms:ViaService": Sub(service) if "$" in service else service},
        "ArnLike": {
            "kms:EncryptionContext:aws:s3:arn": [bucket_arn(name), bucket_arn(f"{name}/*")]
        },
    }
    if alias:
        condition["ForAnyValue:StringEquals"] = {"kms:ResourceAliases": alias}
    return condition
