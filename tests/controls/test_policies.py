"""Policies: the edges of each control; the three cases of each are in `test_check`."""

from __future__ import annotations

from typing import Any

import pytest

from baseline.catalogue import by_name
from baseline.policy import RESOURCE_POLICIES
from baseline.resource import Resource

EVERYONE = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "x:Use", "Resource": "*"}
OURS = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def told(name: str, kind: str, *statements: dict[str, Any]) -> list[str]:
    """What one control says of a resource with a policy."""
    value: Any = {"Version": "2012-10-17", "Statement": [*statements]}
    for step in reversed(RESOURCE_POLICIES[kind]):
        value = {step: value}
    return list(by_name()[name].judge(Resource("s", "R", kind, value, {})))


@pytest.mark.parametrize("kind", sorted(RESOURCE_POLICIES))
def test_everyone_is_found_on_every_type(kind: str) -> None:
    """By one control or another; endpoints and keys have their own."""
    own = {
        "AWS::EC2::VPCEndpoint": "network.endpoints-confined",
        "AWS::KMS::Key": "keys.no-foreign-use",
        "AWS::KMS::ReplicaKey": "keys.no-foreign-use",
    }
    assert told(own.get(kind, "policies.no-public-access"), kind, EVERYONE)


@pytest.mark.parametrize(
    ("principal", "condition", "count"),
    [
        ("events.amazonaws.com", {}, 1),
        (["ec2.amazonaws.com", "events.amazonaws.com"], {}, 1),
        ("ec2.amazonaws.com", {}, 0),
        ("events.amazonaws.com", OURS, 0),
        ("events.amazonaws.com", {"StringEqualsIfExists": {"AWS:SourceAccount": "1"}}, 0),
        ("events.amazonaws.com", {"ArnLike": {"aws:SourceArn": "arn:x"}}, 0),
        ("events.amazonaws.com", {"StringEquals": {"aws:SourceOrgID": "o-1"}}, 0),
        ("events.amazonaws.com", {"Bool": {"aws:SecureTransport": "true"}}, 1),
    ],
    ids=str,
)
def test_services_say_for_whom(principal: Any, condition: dict[str, Any], count: int) -> None:
    """In a role's trust as in a topic's policy; hosts of one's own need not."""
    statement = EVERYONE | {"Principal": {"Service": principal}, "Condition": condition}
    for kind in ("AWS::IAM::Role", "AWS::SNS::TopicPolicy"):
        assert len(told("policies.services-confined", kind, statement)) == count


def test_what_is_refused_is_no_matter() -> None:
    """Everyone may be refused, and all but some; every statement is looked at."""
    refused = EVERYONE | {"Effect": "Deny", "NotAction": "x:Use"}
    names = ("no-public-access", "no-not-action", "no-not-principal", "no-wildcard-action")
    for name in names:
        assert not told(f"policies.{name}", "AWS::SQS::QueuePolicy", refused)
    found = told("policies.no-public-access", "AWS::SQS::QueuePolicy", refused, EVERYONE)
    assert found == ["statement 2 allows everyone, and no condition says who"]


@pytest.mark.parametrize(("version", "count"), [("2012-10-17", 0), ("2008-10-17", 1), (None, 1)])
def test_versions(version: str | None, count: int) -> None:
    """The older one is what is meant where none is said; a policy of nothing has none."""
    document = {"Version": version, "Statement": [EVERYONE]}
    judge = by_name()["policies.version-stated"].judge
    kind = "AWS::S3::BucketPolicy"
    assert len(list(judge(Resource("s", "R", kind, {"PolicyDocument": document}, {})))) == count
    assert not list(judge(Resource("s", "R", kind, {"PolicyDocument": {"Statement": []}}, {})))
