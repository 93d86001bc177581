"""Accounts: the edges of controls over accounts; the three cases of each are in `cases`."""

from __future__ import annotations

from typing import Any

import pytest

from baseline.control import CannotJudge
from baseline.controls.accounts import data_backed_up, keys_apart
from baseline.resource import Reference, Resource

TABLE = "AWS::DynamoDB::Table"


def store(kind: str = TABLE, **properties: Any) -> Resource:
    """A data store."""
    return Resource("s", "Store", kind, properties, {})


def selection(**body: Any) -> Resource:
    """A selection of AWS Backup."""
    return Resource("b", "Selection", "AWS::Backup::BackupSelection", {"BackupSelection": body}, {})


def left_out(*resources: Resource) -> list[str]:
    """Data stores that nobody backs up."""
    return [one.logical_id for one, _ in data_backed_up.judge(resources)]


@pytest.mark.parametrize(
    ("kind", "properties", "is_backed_up"),
    [
        (TABLE, {}, False),
        (TABLE, {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": "true"}}, True),
        (TABLE, {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}}, False),
        ("AWS::EFS::FileSystem", {"BackupPolicy": {"Status": "ENABLED"}}, True),
        ("AWS::EFS::FileSystem", {"BackupPolicy": {"Status": "DISABLED"}}, False),
        ("AWS::RDS::DBInstance", {}, True),
        ("AWS::RDS::DBInstance", {"BackupRetentionPeriod": "0"}, False),
        ("AWS::RDS::DBInstance", {"BackupRetentionPeriod": 0, "DBClusterIdentifier": "x"}, True),
        ("AWS::EC2::Volume", {}, False),
        ("AWS::SQS::Queue", {}, True),
    ],
)
def test_what_backs_itself_up(kind: str, properties: dict[str, Any], is_backed_up: bool) -> None:
    """Each type in its own words; what holds no data needs none."""
    assert left_out(store(kind, **properties)) == ([] if is_backed_up else ["Store"])


@pytest.mark.parametrize(
    ("body", "is_backed_up"),
    [
        ({"Resources": [Reference("s", "Store", "Arn")]}, True),
        ({"Resources": [Reference("s", "Other", "Arn")]}, False),
        ({"Resources": [Reference("t", "Store", "Arn")]}, False),
        ({"Resources": ["*"]}, True),
        ({"Resources": ["arn:aws:dynamodb:*:*:table/*"]}, True),
        ({"Resources": ["arn:aws:rds:*:*:db:*"]}, False),
        ({"ListOfTags": [{"ConditionKey": "backup", "ConditionValue": "daily"}]}, True),
        ({"ListOfTags": [{"ConditionKey": "backup", "ConditionValue": "never"}]}, False),
    ],
)
def test_what_a_selection_takes_in(body: dict[str, Any], is_backed_up: bool) -> None:
    """By reference, by pattern, or by tag."""
    tagged = store(Tags=[{"Key": "backup", "Value": "daily"}])
    assert left_out(tagged, selection(**body)) == ([] if is_backed_up else ["Store"])


@pytest.mark.parametrize(
    "body",
    [
        {"Resources": [{"Fn::Sub": "arn:${AWS::Partition}:dynamodb:${R}:*:table/${T}"}]},
        {"Conditions": {"StringEquals": []}},
    ],
)
def test_what_a_selection_may_take_in(body: dict[str, Any]) -> None:
    """Nobody knows from here; another selection that does settles it."""
    with pytest.raises(CannotJudge, match="may or may not"):
        left_out(store(), selection(**body))
    assert not left_out(store(), selection(**body), selection(Resources=["*"]))


def topic(key: Any) -> Resource:
    """A topic with a key."""
    return Resource("s", "Topic", "AWS::SNS::Topic", {"KmsMasterKeyId": key}, {})


def test_keys_of_other_accounts() -> None:
    """By reference into a stack of another account, or by the same ARN in two."""
    key = Resource("keys", "DataKey", "AWS::KMS::Key", {}, {})
    reference = Reference("keys", "DataKey", "Arn")
    arn = "arn:aws:kms:eu-west-1:111122223333:key/abc"
    at_home = {"x/prod": [key, topic(reference), topic(arn), topic(arn)], "x/staging": [topic("")]}
    assert not list(keys_apart.judge(at_home))
    (found,) = keys_apart.judge({"x/prod": [key], "x/staging": [topic(reference)]})
    assert found[1] == "uses DataKey of x/prod, which is another account"
    (found,) = keys_apart.judge({"x/prod": [topic(arn)], "x/staging": [topic(f"{arn}")]})
    assert found[1] == f"uses the key {arn}, as x/prod does"
