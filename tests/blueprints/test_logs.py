"""Logs: who may write, and how long it is kept."""

from __future__ import annotations

from fnmatch import fnmatch

import pytest

from tests.samples import edited, of_type, properties, stack, stacks, statements

LOGS = stack("acme-prod-logs")


def test_only_the_two_log_services_of_this_account_may_write() -> None:
    """Each to its own prefix, each only for sources of this account."""
    found = statements(properties(LOGS, "AccessLogBucketPolicy")["PolicyDocument"])
    allowed = {sid: one for sid, one in found.items() if one["Effect"] == "Allow"}
    assert {one["Principal"]["Service"] for one in allowed.values()} == {
        "logging.s3.amazonaws.com",
        "logdelivery.elasticloadbalancing.amazonaws.com",
    }
    for one in allowed.values():
        assert one["Action"] == "s3:PutObject"
        conditions = one["Condition"]
        arns = conditions.get("ArnLike") or conditions["ArnLikeIfExists"]
        accounts = conditions.get("StringEquals") or conditions["StringEqualsIfExists"]
        assert set(arns) == {"aws:SourceArn"}
        assert accounts == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_the_access_log_bucket_can_take_logs() -> None:
    """S3's own encryption, no lock, and no log of itself: its deliveries allow nothing else."""
    bucket = properties(LOGS, "AccessLogBucket")
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert not {"ObjectLockConfiguration", "LoggingConfiguration"} & set(bucket)


@pytest.mark.parametrize(
    ("asked", "kept"),
    [("1 year", 365), ("400 days", 400), ("401 days", 545), ("20 years", 3653), ("2 weeks", 14)],
)
def test_retention_is_rounded_up(asked: str, kept: int) -> None:
    """To the next step that CloudWatch offers, in log groups and in the bucket alike."""
    made = edited("acme", ("retention: 400 days", f"retention: {asked}"))
    one = next(each for each in made if each.name == LOGS.name)
    groups = of_type(one, "AWS::Logs::LogGroup")
    assert {body["RetentionInDays"] for body in groups.values()} == {kept}
    rules = properties(one, "AccessLogBucket")["LifecycleConfiguration"]["Rules"]
    assert [rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule] == [kept]


@pytest.mark.parametrize("site", ["prod", "staging"])
def test_log_groups_use_the_logs_key(site: str) -> None:
    """In every stack; and their names lie where the key's policy looks."""
    policy = properties(stack(f"acme-{site}-keys"), "LogsKey")["KeyPolicy"]
    arns = statements(policy)["UseForLogGroups"]["Condition"]["ArnLike"]
    patterns = [
        one["Fn::Sub"].partition(":log-group:")[2]
        for one in arns["kms:EncryptionContext:aws:logs:arn"]
    ]
    ours = (f"/acme/{site}/", f"acme-{site}-")
    assert [one for one in patterns if not any(name in one for name in ours)] == ["RDSOSMetrics"]
    groups = [
        group
        for one in stacks("acme")
        if one.site == site
        for group in of_type(one, "AWS::Logs::LogGroup").values()
    ]
    assert len(groups) > 3
    for group in groups:
        assert group["KmsKeyId"] == {"Fn::ImportValue": f"acme-{site}-keys-LogsKeyArn"}
        assert any(fnmatch(group["LogGroupName"], pattern) for pattern in patterns)
