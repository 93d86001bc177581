"""Logs: who may write, and how long it is kept."""

from __future__ import annotations

import pytest

from tests.samples import edited, of_type, properties, stack, statements

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


def test_log_groups_use_the_logs_key() -> None:
    """And their names lie where the key's policy looks."""
    for body in of_type(LOGS, "AWS::Logs::LogGroup").values():
        assert body["KmsKeyId"] == {"Fn::ImportValue": "acme-prod-keys-LogsKeyArn"}
        assert body["LogGroupName"].startswith("/acme/prod/")
    policy = properties(stack("acme-prod-keys"), "LogsKey")["KeyPolicy"]
    context = statements(policy)["UseForLogGroups"]["Condition"]["ArnLike"]
    names = [one["Fn::Sub"].partition(":log-group:")[2] for one in next(iter(context.values()))]
    assert names == [
        *("/acme/prod/*", "/aws/imagebuilder/acme-prod-*"),
        *("/aws/rds/cluster/acme-prod-*", "/aws/rds/instance/acme-prod-*", "RDSOSMetrics"),
    ]
