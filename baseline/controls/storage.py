"""Storage: what must hold for every S3 bucket and its policy, and for all that holds data.

A bucket that takes access logs cannot log to itself, and the services that write there know AWS's
key only; such a bucket says in its name what it is (`access-logs`). What its policy allows is
judged in `policies.py`. Sources: "Enabling Amazon S3 server access logging", "Access logs for your
Application Load Balancer".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from baseline.control import CannotJudge, Severity, control, is_true, literal
from baseline.controls import each, is_key_of_ours
from baseline.policy import Statement, accounts, listed, resource_policy, text_of
from baseline.resource import Resource

BUCKET = "AWS::S3::Bucket"
POLICY = "AWS::S3::BucketPolicy"

PUBLIC_ACCESS_LISTS = ("AuthenticatedRead", "PublicRead", "PublicReadWrite")

# What lets another account take a bucket over. Source: "[S3.6] S3 general purpose bucket policies
# should restrict access to other AWS accounts" (Security Hub).
TAKING_OVER = (
    "s3:deletebucketpolicy",
    "s3:putbucketacl",
    "s3:putbucketpolicy",
    "s3:putencryptionconfiguration",
    "s3:putobjectacl",
)

_RETAIN = ("Retain", "RetainExceptOnCreate")
_SNAPSHOT = (*_RETAIN, "Snapshot")

# What holds data, and the policies that keep it. Databases of RDS have a rule of their own
# (`databases.kept`). Source: "DeletionPolicy attribute" (AWS CloudFormation).
KEPT: Mapping[str, tuple[str, ...]] = {
    BUCKET: _RETAIN,
    "AWS::Backup::BackupVault": _RETAIN,
    "AWS::CloudTrail::EventDataStore": _RETAIN,
    "AWS::Cognito::UserPool": _RETAIN,
    "AWS::DocDB::DBCluster": _SNAPSHOT,
    "AWS::DynamoDB::GlobalTable": _RETAIN,
    "AWS::DynamoDB::Table": _RETAIN,
    "AWS::EC2::Volume": _SNAPSHOT,
    "AWS::ECR::Repository": _RETAIN,
    "AWS::EFS::FileSystem": _RETAIN,
    "AWS::ElastiCache::ReplicationGroup": _SNAPSHOT,
    "AWS::FSx::FileSystem": _RETAIN,
    "AWS::KMS::Key": _RETAIN,
    "AWS::KMS::ReplicaKey": _RETAIN,
    "AWS::Kinesis::Stream": _RETAIN,
    "AWS::Logs::LogGroup": _RETAIN,
    "AWS::Neptune::DBCluster": _SNAPSHOT,
    "AWS::OpenSearchService::Domain": _RETAIN,
    "AWS::Redshift::Cluster": _SNAPSHOT,
    "AWS::S3Express::DirectoryBucket": _RETAIN,
    "AWS::SQS::Queue": _RETAIN,
    "AWS::SecretsManager::Secret": _RETAIN,
    "AWS::Timestream::Table": _RETAIN,
}


@control(
    "storage.no-public-bucket", "Buckets cannot be made public", on=BUCKET, severity=Severity.HIGH
)
def no_public_bucket(bucket: Resource) -> Iterator[str]:
    """One wrong policy on an open bucket publishes everything in it."""
    for switch in (
        "BlockPublicAcls",
        "BlockPublicPolicy",
        "IgnorePublicAcls",
        "RestrictPublicBuckets",
    ):
        if not is_true(literal(bucket.properties, "PublicAccessBlockConfiguration", switch)):
            yield f"PublicAccessBlockConfiguration.{switch} is not true"


@control("storage.encrypted", "Buckets say how they encrypt", on=BUCKET, severity=Severity.MEDIUM)
def encrypted(bucket: Resource) -> Iterator[str]:
    """What is not declared cannot be seen to drift, and nobody chose the key."""
    algorithm = literal(
        bucket.properties,
        *("BucketEncryption", "ServerSideEncryptionConfiguration", 0),
        *("ServerSideEncryptionByDefault", "SSEAlgorithm"),
    )
    if algorithm not in ("aws:kms", "aws:kms:dsse", "AES256"):
        yield "BucketEncryption names no algorithm"


@control("storage.versioned", "Buckets keep versions", on=BUCKET, severity=Severity.MEDIUM)
def versioned(bucket: Resource) -> Iterator[str]:
    """Without versions one overwrite or deletion, by mistake or malice, is final."""
    if literal(bucket.properties, "VersioningConfiguration", "Status") != "Enabled":
        yield "VersioningConfiguration.Status is not Enabled"


@control(
    "storage.owner-enforced", "Buckets have no access lists", on=BUCKET, severity=Severity.MEDIUM
)
def owner_enforced(bucket: Resource) -> Iterator[str]:
    """Access lists let a writer keep the owner out, and no policy shows what they grant."""
    ownership = literal(bucket.properties, "OwnershipControls", "Rules", 0, "ObjectOwnership")
    if ownership != "BucketOwnerEnforced":
        yield "OwnershipControls does not say BucketOwnerEnforced"


@control(
    "storage.kept-when-removed",
    "What holds data stays when its stack or its declaration goes",
    on=tuple(KEPT),
    severity=Severity.HIGH,
)
def kept_when_removed(resource: Resource) -> Iterator[str]:
    """The default for both policies is deletion, and a replacement is a deletion too."""
    keeping = KEPT[resource.type]
    words = "neither Snapshot nor Retain" if "Snapshot" in keeping else "not Retain"
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        if literal(resource.attributes, policy) not in keeping:
            yield f"{policy} is {words}"


@control(
    "storage.no-public-list",
    "Buckets are not opened to everyone by an access list",
    on=BUCKET,
    severity=Severity.CRITICAL,
)
def no_public_list(bucket: Resource) -> Iterator[str]:
    """Whoever guesses the name reads everything in it, or writes."""
    listing = literal(bucket.properties, "AccessControl")
    if listing in PUBLIC_ACCESS_LISTS:
        yield f"AccessControl is {listing}"


@control("storage.no-website", "Buckets serve no website", on=BUCKET, severity=Severity.MEDIUM)
def no_website(bucket: Resource) -> Iterator[str]:
    """The address of a bucket's website speaks plain HTTP only, and must be public to be read."""
    if "WebsiteConfiguration" in bucket.properties:
        yield "WebsiteConfiguration is given"


@control(
    "storage.no-open-cors",
    "Buckets answer pages of named origins only",
    on=BUCKET,
    severity=Severity.MEDIUM,
)
def no_open_cors(bucket: Resource) -> Iterator[str]:
    """With any origin, whatever page somebody opens reads with their rights what they may read."""
    for rule in listed(literal(bucket.properties, "CorsConfiguration", "CorsRules", default=())):
        if "*" in listed(literal(rule, "AllowedOrigins", default=())):
            yield "CorsConfiguration allows every origin"


@control(
    "storage.access-logged",
    "Buckets log who reads and writes",
    on=BUCKET,
    severity=Severity.MEDIUM,
)
def access_logged(bucket: Resource) -> Iterator[str]:
    """After a leak, this is what tells which objects were read, from where, and by whom."""
    if _takes_access_logs(bucket):
        return
    if not literal(bucket.properties, "LoggingConfiguration"):
        yield "LoggingConfiguration is left out"


@control("storage.key-of-ours", "Buckets use a key of ours", on=BUCKET, severity=Severity.MEDIUM)
def key_of_ours(bucket: Resource) -> Iterator[str]:
    """Reading then needs the key as well, and access to all can be taken away at once."""
    rule = _encryption(bucket)
    default = literal(rule, "ServerSideEncryptionByDefault", default={})
    algorithm = literal(default, "SSEAlgorithm")
    if algorithm is None or _takes_access_logs(bucket):
        return
    if algorithm == "AES256":
        yield "SSEAlgorithm is AES256, which is a key of S3"
    elif not is_key_of_ours(default, "KMSMasterKeyID"):
        yield "KMSMasterKeyID is left out, so it is the key of AWS"


@control(
    "storage.no-customer-keys",
    "Buckets refuse keys that a writer brings along",
    on=BUCKET,
    severity=Severity.MEDIUM,
)
def no_customer_keys(bucket: Resource) -> Iterator[str]:
    """Extortioners write everything anew with a key of their own, and nobody else can read it."""
    if not literal(bucket.properties, "BucketEncryption"):
        return
    blocked = literal(_encryption(bucket), "BlockedEncryptionTypes", "EncryptionType", default=())
    if "SSE-C" not in listed(blocked):
        yield "BlockedEncryptionTypes does not name SSE-C"


@control(
    "storage.aged",
    "Buckets say how long older versions are kept",
    on=BUCKET,
    severity=Severity.MEDIUM,
)
def aged(bucket: Resource) -> Iterator[str]:
    """Without an end, what was deleted stays readable, and is paid for, for ever."""
    rules = _lifecycle(bucket)
    if not rules:
        yield "LifecycleConfiguration has no rule that is enabled"
        return
    expiring = ("NoncurrentVersionExpiration", "NoncurrentVersionExpirationInDays")
    versioned = literal(bucket.properties, "VersioningConfiguration", "Status") == "Enabled"
    if versioned and not any(literal(rule, key) for rule in rules for key in expiring):
        yield "LifecycleConfiguration lets no older version expire"


@control(
    "storage.uploads-aborted",
    "Unfinished uploads are cleared away",
    on=BUCKET,
    severity=Severity.LOW,
)
def uploads_aborted(bucket: Resource) -> Iterator[str]:
    """No list of objects shows them, and they are kept and paid for until somebody looks."""
    rules = _lifecycle(bucket)
    if rules and not any(literal(rule, "AbortIncompleteMultipartUpload") for rule in rules):
        yield "LifecycleConfiguration has no AbortIncompleteMultipartUpload"


@control(
    "storage.locked",
    "Buckets with Object Lock lock what is written",
    on=BUCKET,
    severity=Severity.MEDIUM,
)
def locked(bucket: Resource) -> Iterator[str]:
    """Lock without a default retention locks nothing that its writer does not ask to lock."""
    if not is_true(literal(bucket.properties, "ObjectLockEnabled", default=False)):
        return
    rule = ("ObjectLockConfiguration", "Rule", "DefaultRetention")
    if literal(bucket.properties, *rule, "Mode") not in ("GOVERNANCE", "COMPLIANCE"):
        yield "ObjectLockConfiguration has no DefaultRetention"


@control(
    "storage.copied-whole",
    "Copies of buckets are made of everything, and encrypted",
    on=BUCKET,
    severity=Severity.MEDIUM,
)
def copied_whole(bucket: Resource) -> Iterator[str]:
    """What is encrypted is left out unless it is asked for, and nobody misses it until it is."""
    rules = listed(literal(bucket.properties, "ReplicationConfiguration", "Rules", default=()))
    for index, rule in enumerate(rules):
        if literal(rule, "Status") != "Enabled":
            yield f"rule {literal(rule, 'Id', default=index + 1)} of replication is not enabled"
        chosen = ("SourceSelectionCriteria", "SseKmsEncryptedObjects", "Status")
        if literal(rule, *chosen) != "Enabled":
            yield f"rule {literal(rule, 'Id', default=index + 1)} leaves out what KMS encrypts"
        elif not literal(rule, "Destination", "EncryptionConfiguration"):
            yield f"rule {literal(rule, 'Id', default=index + 1)} names no key for the copies"


@control(
    "storage.events-told",
    "Buckets tell what happens in them",
    on=BUCKET,
    severity=Severity.MEDIUM,
)
def events_told(bucket: Resource) -> Iterator[str]:
    """A deletion that nobody expected is heard of while it can still be undone."""
    told = literal(bucket.properties, "NotificationConfiguration", default={})
    if not told:
        yield "NotificationConfiguration is left out"


@control(
    "storage.tls-required",
    "Policies of buckets refuse plain HTTP",
    on=POLICY,
    severity=Severity.MEDIUM,
)
def tls_required(policy: Resource) -> Iterator[str]:
    """Without it, whoever is on the way reads along, and S3 answers all the same."""
    if not refuses_plain_http(policy, "s3:getobject"):
        yield "no statement denies everyone, for all, where aws:SecureTransport is false"


@control(
    "storage.no-foreign-control",
    "No other account may change how a bucket is protected",
    on=(POLICY, "AWS::S3::AccessPoint"),
    severity=Severity.HIGH,
)
def no_foreign_control(policy: Resource) -> Iterator[str]:
    """Reading can be shared; whoever writes the policy decides who else reads."""
    return each(resource_policy(policy), _taken_over)


def _taken_over(one: Statement) -> Iterator[str]:
    if not one.allows:
        return
    for principal in one.principals("AWS"):
        for account in accounts(principal):
            for action in TAKING_OVER:
                if one.does(action):
                    yield f"statement {one.name} lets account {account} do {action}"


def refuses_plain_http(policy: Resource, action: str) -> bool:
    """Say whether a statement denies an action to everyone who comes without TLS."""
    doubts = []
    for one in resource_policy(policy):
        try:
            if (
                not one.allows
                and one.is_for_everyone
                and one.does(action)
                and any(
                    operator.startswith("bool")
                    and key == "aws:securetransport"
                    and "false" in (value.lower() for value in values)
                    for operator, key, values in one.conditions()
                )
            ):
                return True
        except CannotJudge as doubt:
            doubts.append(doubt)
    if doubts:
        raise doubts[0]
    return False


def _encryption(bucket: Resource) -> Any:
    rules = ("BucketEncryption", "ServerSideEncryptionConfiguration", 0)
    return literal(bucket.properties, *rules, default={})


def _lifecycle(bucket: Resource) -> list[Any]:
    """Rules of the lifecycle that are enabled."""
    rules = listed(literal(bucket.properties, "LifecycleConfiguration", "Rules", default=()))
    return [rule for rule in rules if literal(rule, "Status") == "Enabled"]


def _takes_access_logs(bucket: Resource) -> bool:
    """Say whether the name says so; a name that is not given says nothing."""
    name = bucket.properties.get("BucketName")
    return (
        name is not None and re.search(r"access-?logs?\b", text_of(name, "BucketName")) is not None
    )
