"""Storage: the edges of each control; the three cases of each are in `test_check`."""

from __future__ import annotations

from typing import Any

import pytest

from baseline.catalogue import by_name
from baseline.control import CannotJudge, Control
from baseline.controls.storage import (
    KEPT,
    encrypted,
    kept_when_removed,
    no_public_bucket,
    owner_enforced,
    versioned,
)
from baseline.resource import Resource

SWITCHES = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def bucket(**properties: Any) -> Resource:
    """A bucket."""
    return Resource("s", "Bucket", "AWS::S3::Bucket", properties, {})


def rule(algorithm: Any) -> dict[str, Any]:
    """Encryption of a bucket with an algorithm."""
    default = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}
    return {"ServerSideEncryptionConfiguration": [default]}


@pytest.mark.parametrize("switch", SWITCHES)
@pytest.mark.parametrize("value", [False, "false", None])
def test_each_switch_counts(switch: str, value: Any) -> None:
    """One switch of the four that is off is one finding, which names it."""
    block = dict.fromkeys(SWITCHES, True) | {switch: value}
    assert list(no_public_bucket.judge(bucket(PublicAccessBlockConfiguration=block))) == [
        f"PublicAccessBlockConfiguration.{switch} is not true"
    ]


def test_all_switches() -> None:
    """All on, in either spelling, is no finding; nothing said is four."""
    block = dict.fromkeys(SWITCHES, "true")
    assert not list(no_public_bucket.judge(bucket(PublicAccessBlockConfiguration=block)))
    assert len(list(no_public_bucket.judge(bucket()))) == len(SWITCHES)


@pytest.mark.parametrize(
    ("encryption", "findings"),
    [
        (None, 1),
        ({}, 1),
        ({"ServerSideEncryptionConfiguration": []}, 1),
        ({"ServerSideEncryptionConfiguration": [{"BucketKeyEnabled": True}]}, 1),
        (rule("none"), 1),
        (rule("AES256"), 0),
        (rule("aws:kms"), 0),
        (rule("aws:kms:dsse"), 0),
    ],
    ids=str,
)
def test_encrypted(encryption: Any, findings: int) -> None:
    """An algorithm that S3 has must be named."""
    assert len(list(encrypted.judge(bucket(BucketEncryption=encryption)))) == findings


@pytest.mark.parametrize(("status", "findings"), [("Enabled", 0), ("Suspended", 1), (None, 1)])
def test_versioned(status: Any, findings: int) -> None:
    """Suspended is not enabled."""
    one = bucket(VersioningConfiguration={"Status": status})
    assert len(list(versioned.judge(one))) == findings


@pytest.mark.parametrize(
    ("ownership", "findings"),
    [("BucketOwnerEnforced", 0), ("BucketOwnerPreferred", 1), ("ObjectWriter", 1), (None, 1)],
)
def test_owner_enforced(ownership: Any, findings: int) -> None:
    """Only one of S3's three ways has no access lists."""
    one = bucket(OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]})
    assert len(list(owner_enforced.judge(one))) == findings


@pytest.mark.parametrize(
    ("removal", "replacement", "findings"),
    [
        ("Retain", "Retain", 0),
        ("RetainExceptOnCreate", "Retain", 0),
        ("Retain", None, 1),
        (None, "Retain", 1),
        ("Delete", "Snapshot", 2),
        (None, None, 2),
    ],
)
def test_both_policies_count(removal: Any, replacement: Any, findings: int) -> None:
    """Removal and replacement are two ways to lose data."""
    policies = {"DeletionPolicy": removal, "UpdateReplacePolicy": replacement}
    one = Resource("s", "Key", "AWS::KMS::Key", {}, policies)
    assert len(list(kept_when_removed.judge(one))) == findings


@pytest.mark.parametrize(
    ("control", "name"),
    [
        (no_public_bucket, "PublicAccessBlockConfiguration"),
        (encrypted, "BucketEncryption"),
        (versioned, "VersioningConfiguration"),
        (owner_enforced, "OwnershipControls"),
    ],
    ids=lambda one: one.name if isinstance(one, Control) else one,
)
def test_a_property_from_elsewhere(control: Control, name: str) -> None:
    """What a parameter or condition decides cannot be judged."""
    with pytest.raises(CannotJudge, match="is decided by Fn::If"):
        list(control.judge(bucket(**{name: {"Fn::If": ["C", {}, {}]}})))


def asked(name: str, properties: dict[str, Any], kind: str = "AWS::S3::Bucket") -> int:
    """How much one control says."""
    return len(list(by_name()[f"storage.{name}"].judge(Resource("s", "B", kind, properties, {}))))


@pytest.mark.parametrize(
    ("name", "count"),
    [
        (None, 1),
        ("documents", 1),
        ("blogs", 1),
        ("acme-access-logs", 0),
        ({"Fn::Sub": "acme-access-logs-${AWS::AccountId}"}, 0),
        ({"Fn::Join": ["-", ["acme", "accesslogs"]]}, 0),
    ],
    ids=str,
)
def test_a_bucket_for_access_logs_says_so(name: Any, count: int) -> None:
    """It logs nothing about itself, and has the key of S3; any other bucket has to explain."""
    assert asked("access-logged", {"BucketName": name}) == count
    encryption = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    bucket = {
        "BucketName": name,
        "BucketEncryption": {"ServerSideEncryptionConfiguration": encryption},
    }
    assert asked("key-of-ours", bucket) == count


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 0),
        ({"Effect": "Allow"}, 1),
        ({"Principal": {"AWS": ["*"]}}, 0),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}, 1),
        ({"Action": "s3:GetObject"}, 0),
        ({"Action": ["s3:Get*"]}, 0),
        ({"Action": "s3:PutObject"}, 1),
        ({"Condition": {"Bool": {"AWS:SecureTransport": [False]}}}, 0),
        ({"Condition": {"BoolIfExists": {"aws:SecureTransport": "FALSE"}}}, 0),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, 1),
        ({"Condition": {"Null": {"aws:SecureTransport": "false"}}}, 1),
    ],
    ids=str,
)
def test_policies_that_refuse_plain_http(changes: dict[str, Any], count: int) -> None:
    """To everyone, for reading, where TLS is missing; in every way to write it."""
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    } | changes
    policy = {"PolicyDocument": {"Statement": [statement]}}
    assert asked("tls-required", policy, "AWS::S3::BucketPolicy") == count


@pytest.mark.parametrize(
    ("rules", "status", "count"),
    [
        (None, "Enabled", 1),
        ([{"Status": "Disabled", "NoncurrentVersionExpirationInDays": 1}], "Enabled", 1),
        ([{"Status": "Enabled", "ExpirationInDays": 1}], "Enabled", 1),
        ([{"Status": "Enabled", "ExpirationInDays": 1}], "Suspended", 0),
        ([{"Status": "Enabled", "NoncurrentVersionExpirationInDays": 1}], "Enabled", 0),
        ([{"Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}], None, 0),
    ],
    ids=str,
)
def test_versions_age(rules: Any, status: Any, count: int) -> None:
    """Where there are versions, older ones must end; a rule that is off does nothing."""
    bucket = {
        "LifecycleConfiguration": {"Rules": rules} if rules else {},
        "VersioningConfiguration": {"Status": status},
    }
    assert asked("aged", bucket) == count


@pytest.mark.parametrize("kind", sorted(KEPT))
def test_every_store_is_kept(kind: str) -> None:
    """A snapshot will do where there can be one, and only there."""
    for policy in ("Delete", "Snapshot", "Retain"):
        attributes = {"DeletionPolicy": policy, "UpdateReplacePolicy": policy}
        found = kept_when_removed.judge(Resource("s", "R", kind, {}, attributes))
        assert bool(list(found)) is (policy not in KEPT[kind])
