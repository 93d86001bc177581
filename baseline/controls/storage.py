"""Storage: what must hold for every S3 bucket."""

from __future__ import annotations

from collections.abc import Iterator

from baseline.control import Severity, control, is_true, literal
from baseline.resource import Resource

BUCKET = "AWS::S3::Bucket"


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
    on=(BUCKET, "AWS::KMS::Key", "AWS::Logs::LogGroup"),
    severity=Severity.HIGH,
)
def kept_when_removed(resource: Resource) -> Iterator[str]:
    """The default for both policies is deletion, and a replacement is a deletion too."""
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        if literal(resource.attributes, policy) not in ("Retain", "RetainExceptOnCreate"):
            yield f"{policy} is not Retain"
