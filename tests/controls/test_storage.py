"""Storage: the edges of each control; the three cases of each are in `test_check`."""

from __future__ import annotations

from typing import Any

import pytest

from baseline.control import CannotJudge, Control
from baseline.controls.storage import (
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
