"""Buckets: who may put what into one, and what protection adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.samples import edited, properties, stack, statements

DOCUMENTS = stack("acme-prod-bucket-documents")
COPY = stack("acme-prod-bucket-documents-recovery")
FIXTURES = stack("acme-staging-bucket-fixtures")
OWN_KEY = {"Fn::ImportValue": "acme-prod-keys-AssetOrdersKeyArn"}
HEADER = "s3:x-amz-server-side-encryption"


def denied(request: Mapping[str, Any]) -> set[str]:
    """Statements that refuse an upload; operators as IAM evaluates them.

    Negated operators hold where their key is absent; Null asks for absence.
    """

    def holds(operator: str, key: str, wanted: Any) -> bool:
        given = request.get(key)
        if operator == "Null":
            return (given is None) is (wanted == "true")
        if operator == "StringEquals":
            return bool(given is not None and given == wanted)
        if operator in ("StringNotEquals", "ArnNotEquals"):
            return bool(given != wanted)
        if operator == "Bool":
            return bool(given is not None and given == wanted)
        if operator == "NumericLessThan":
            return given is not None and float(given) < float(wanted)
        raise AssertionError(operator)

    found = statements(properties(DOCUMENTS, "BucketPolicy")["PolicyDocument"])
    return {
        sid
        for sid, statement in found.items()
        if statement["Action"] in ("s3:*", "s3:PutObject")
        and all(
            holds(operator, key, wanted)
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    }


SECURE = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}


@pytest.mark.parametrize(
    ("request_", "by"),
    [
        ({}, set[str]()),
        ({HEADER: "aws:kms"}, {"DenyUnnamedKey"}),
        ({HEADER: "aws:kms", f"{HEADER}-aws-kms-key-id": OWN_KEY}, set[str]()),
        ({HEADER: "AES256"}, {"DenyOtherEncryption"}),
        ({HEADER: "aws:kms:dsse"}, {"DenyOtherEncryption"}),
        ({HEADER: "aws:kms", f"{HEADER}-aws-kms-key-id": "arn:other"}, {"DenyOtherKey"}),
        ({f"{HEADER}-aws-kms-key-id": "arn:other"}, {"DenyOtherKey"}),
        ({f"{HEADER}-customer-algorithm": "AES256"}, {"DenyCustomerProvidedKey"}),
        ({"aws:SecureTransport": "false"}, {"DenyPlainHttp"}),
        ({"s3:TlsVersion": "1.1"}, {"DenyOldTls"}),
        ({"s3:TlsVersion": "1.2"}, set[str]()),
    ],
)
def test_uploads(request_: dict[str, Any], by: set[str]) -> None:
    """An upload names the bucket's key or none; another key, kind or transport is refused."""
    assert denied(SECURE | request_) == by


def test_the_four_switches_are_on() -> None:
    """Whatever a policy or an access list says, nothing becomes public."""
    assert set(properties(DOCUMENTS, "Bucket")["PublicAccessBlockConfiguration"].values()) == {True}


def test_high_confidentiality_has_a_key_of_its_own() -> None:
    """Orders are encrypted with their key, fixtures with the site's data key."""

    def key(one: Any) -> Any:
        rule = properties(one, "Bucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
        assert rule["BucketKeyEnabled"] is True
        return rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]

    assert key(DOCUMENTS) == OWN_KEY
    assert key(FIXTURES) == {"Fn::ImportValue": "acme-staging-keys-DataKeyArn"}


def test_a_lock_is_in_governance_mode_unless_asked() -> None:
    """Compliance mode can never be undone, so only the profile's own word brings it."""
    rule = properties(DOCUMENTS, "Bucket")["ObjectLockConfiguration"]["Rule"]
    assert rule["DefaultRetention"] == {"Mode": "GOVERNANCE", "Days": 90}
    made = edited("acme", ("lock: 90 days", "lock_mode: compliance\n        lock: 90 days"))
    one = next(each for each in made if each.name == DOCUMENTS.name)
    rule = properties(one, "Bucket")["ObjectLockConfiguration"]["Rule"]
    assert rule["DefaultRetention"]["Mode"] == "COMPLIANCE"


def test_a_copy_is_locked_like_its_original() -> None:
    """S3 replicates from a locked bucket only to a locked one."""
    for name in ("ObjectLockEnabled", "ObjectLockConfiguration"):
        assert properties(COPY, "Bucket")[name] == properties(DOCUMENTS, "Bucket")[name]


def test_the_copy_is_where_replication_writes() -> None:
    """Computed name and alias lead to the bucket and key of the recovery stacks."""
    (rule,) = properties(DOCUMENTS, "Bucket")["ReplicationConfiguration"]["Rules"]
    name = properties(COPY, "Bucket")["BucketName"]["Fn::Sub"]
    there = name.replace("${AWS::Region}", COPY.regions[0])
    destination = rule["Destination"]
    assert destination["Bucket"]["Fn::Sub"] == f"arn:${{AWS::Partition}}:s3:::{there}"
    alias = destination["EncryptionConfiguration"]["ReplicaKmsKeyID"]["Fn::Sub"].rpartition(":")[2]
    keys = stack("acme-prod-keys")
    assert alias == properties(keys, "AssetOrdersKeyAlias")["AliasName"]
    assert COPY.regions[0] in keys.regions
    assert rule["DeleteMarkerReplication"] == {"Status": "Disabled"}


def test_a_recovery_point_of_minutes_is_timed() -> None:
    """15 minutes ask for replication with a time limit; 24 hours do not."""
    (timed,) = properties(DOCUMENTS, "Bucket")["ReplicationConfiguration"]["Rules"]
    pictures = properties(stack("acme-prod-bucket-pictures"), "Bucket")
    (plain,) = pictures["ReplicationConfiguration"]["Rules"]
    assert timed["Destination"]["ReplicationTime"]["Time"] == {"Minutes": 15}
    assert "ReplicationTime" not in plain["Destination"]


def test_the_role_reads_here_and_writes_there() -> None:
    """No statement lets it delete, and both keys are for S3 and this bucket only."""
    found = statements(properties(DOCUMENTS, "ReplicationPolicy")["PolicyDocument"])
    actions = {
        action
        for statement in found.values()
        for action in (
            statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        )
    }
    assert "s3:ReplicateDelete" not in actions
    assert "s3:GetObjectRetention" in actions
    for sid in ("DecryptHere", "EncryptThere"):
        assert "kms:ViaService" in found[sid]["Condition"]["StringEquals"]
        assert "kms:EncryptionContext:aws:s3:arn" in found[sid]["Condition"]["ArnLike"]
    there = found["EncryptThere"]["Condition"]["ForAnyValue:StringEquals"]
    assert there == {"kms:ResourceAliases": "alias/acme-prod-asset-orders"}


def test_asking_for_nothing_gets_what_the_asset_demands() -> None:
    """A low asset: 35 days of versions unless asked for more, no lock, no copy."""
    rules = properties(FIXTURES, "Bucket")["LifecycleConfiguration"]["Rules"]
    days = {
        rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
        for rule in rules
        if "NoncurrentVersionExpiration" in rule
    }
    assert days == {60}  # asked for
    assert "ObjectLockConfiguration" not in properties(FIXTURES, "Bucket")
    assert set(FIXTURES.resources) == {"Bucket", "BucketPolicy"}


def test_nobody_but_replication_writes_to_a_copy() -> None:
    """Not even whoever may do everything else: the statement has no condition and names all."""
    found = statements(properties(COPY, "BucketPolicy")["PolicyDocument"])["DenyDirectWrites"]
    assert found["Principal"] == "*"
    assert "Condition" not in found
    assert {"s3:PutObject", "s3:DeleteObjectVersion"} <= set(found["Action"])


def test_lifting_a_lock_takes_two_steps() -> None:
    """A stolen credential that may bypass governance retention still meets the policy."""
    for one in (DOCUMENTS, COPY):
        found = statements(properties(one, "BucketPolicy")["PolicyDocument"])
        assert found["DenyLiftingLocks"]["Action"] == "s3:BypassGovernanceRetention"
    assert "DenyLiftingLocks" not in statements(
        properties(FIXTURES, "BucketPolicy")["PolicyDocument"]
    )


def test_buckets_log_to_the_bucket_for_it() -> None:
    """In their own region, by import."""
    for one in (DOCUMENTS, COPY):
        assert properties(one, "Bucket")["LoggingConfiguration"]["DestinationBucketName"] == {
            "Fn::ImportValue": "acme-prod-logs-AccessLogBucketName"
        }
