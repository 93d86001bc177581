"""Policy: documents in every form that AWS takes, read into statements."""

from __future__ import annotations

import json
from typing import Any

import pytest

from baseline.control import CannotJudge
from baseline.policy import (
    Statement,
    accounts,
    documents,
    identity_policies,
    listed,
    resource_policy,
    statements,
    text_of,
)
from baseline.resource import Reference, Resource

ALLOW: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}


def read(**changes: Any) -> Statement:
    """One statement."""
    return Statement("1", ALLOW | changes)


@pytest.mark.parametrize(
    "document",
    [
        {"Statement": ALLOW},
        {"Statement": [ALLOW]},
        json.dumps({"Statement": [ALLOW]}),
    ],
    ids=["alone", "list", "text"],
)
def test_forms_of_a_document(document: Any) -> None:
    """One statement, a list of one, and JSON in text are the same."""
    (one,) = statements(document)
    assert (one.name, one.allows, one.actions) == ("1", True, ("s3:getobject",))
    assert one.is_for_everyone


def test_statements_have_names() -> None:
    """Their Sid, or their number."""
    named = statements({"Statement": [ALLOW | {"Sid": "Read"}, ALLOW]})
    assert [one.name for one in named] == ["Read", "2"]


@pytest.mark.parametrize("document", [None, [], "{}", {}, {"Statement": None}, {"Statement": 5}])
def test_no_statements(document: Any) -> None:
    """What holds none has none."""
    assert statements(document) == ()


def test_what_cannot_be_read_is_a_doubt() -> None:
    """Text that is no JSON at once, an intrinsic as soon as something is asked of it."""
    with pytest.raises(CannotJudge, match="not JSON"):
        statements("nonsense")
    for document in ({"Ref": "P"}, {"Statement": [{"Fn::If": ["C", ALLOW, ALLOW]}]}):
        (one,) = statements(document)
        with pytest.raises(CannotJudge):
            assert one.allows


@pytest.mark.parametrize(
    ("principal", "found"),
    [
        ("*", ["*"]),
        ({"AWS": "*"}, ["*"]),
        ({"AWS": ["arn:x", "*"], "Service": "events.amazonaws.com"}, ["arn:x", "*"]),
        ({"Service": "events.amazonaws.com"}, []),
        ({"AWS": {"Fn::Sub": "arn:${AWS::Partition}:x"}}, ["arn:${AWS::Partition}:x"]),
        ({"AWS": {"Ref": "AWS::AccountId"}}, ["${AWS::AccountId}"]),
        ({"AWS": Reference("s", "Role", "Arn")}, ["<s.Role.Arn>"]),
    ],
    ids=str,
)
def test_principals(principal: Any, found: list[str]) -> None:
    """Of a kind, as text; without a kind it is `*` or an account."""
    assert list(read(Principal=principal).principals("AWS")) == found


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x", "x"),
        (5, "5"),
        ({"Fn::Sub": ["${A}-x", {"A": 1}]}, "${A}-x"),
        ({"Fn::Join": [":", ["arn", {"Ref": "AWS::Partition"}, "s3"]]}, "arn:${AWS::Partition}:s3"),
        ({"Fn::ImportValue": "acme-Key"}, "<acme-Key>"),
        (Reference("s", "R"), "<s.R.>"),
    ],
    ids=str,
)
def test_text_keeps_its_holes(value: Any, text: str) -> None:
    """What is known of a value is read."""
    assert text_of(value) == text


@pytest.mark.parametrize(
    "value", [{"Ref": "P"}, {"Fn::Join": ["", [{"Ref": "P"}]]}, {"Fn::If": []}]
)
def test_text_that_nobody_knows(value: Any) -> None:
    """A parameter and a choice are not text."""
    with pytest.raises(CannotJudge):
        text_of(value)


@pytest.mark.parametrize(
    ("condition", "is_said"),
    [
        ({"StringEquals": {"aws:SourceAccount": "111122223333"}}, True),
        ({"StringEquals": {"AWS:SourceAccount": {"Ref": "AWS::AccountId"}}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::acme"}}, True),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, True),
        ({"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "o-1/*"}}, True),
        ({"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}, False),
        ({"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-1/*"}}, False),
        ({"StringNotEquals": {"aws:SourceAccount": "111122223333"}}, False),
        ({"StringLike": {"aws:SourceAccount": "*"}}, False),
        ({"StringLike": {"aws:PrincipalArn": ["arn:aws:iam::1:role/x", "*"]}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:*"}}, False),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
        ({"StringEquals": {"aws:UserAgent": "x"}}, False),
        (None, False),
    ],
    ids=str,
)
def test_a_condition_says_who(condition: Any, is_said: bool) -> None:
    """Only one that must hold, names somebody, and leaves somebody out."""
    assert read(Condition=condition).says_who is is_said


@pytest.mark.parametrize(
    ("resource", "is_wide"),
    [
        ("*", True),
        ("arn:aws:iam::*:role/*", True),
        ("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*", True),
        ("arn:aws:kms:eu-west-1:111122223333:key/*", True),
        ("arn:aws:lambda:*:*:function:*", True),
        ("arn:aws:s3:::*", True),
        ("arn:aws:s3:::*/*", True),
        ("arn:aws:s3:::acme/*", False),
        ("arn:aws:iam::*:role/acme-*", False),
        ("arn:aws:iam::*:role/acme/*", False),
        ("arn:aws:kms:*:*:key/0a1b", False),
        ({"Fn::GetAtt": ["Role", "Arn"]}, None),
        (Reference("s", "Role", "Arn"), False),
    ],
    ids=str,
)
def test_wide_resources(resource: Any, is_wide: bool | None) -> None:
    """Everything, or everything of one kind; whatever partition and account it is in."""
    one = read(Resource=["arn:aws:x:::y", resource])
    if is_wide is None:
        with pytest.raises(CannotJudge):
            assert one.wide_resources
    else:
        assert bool(one.wide_resources) is is_wide


@pytest.mark.parametrize(
    ("pattern", "does"),
    [
        ("s3:GetObject", True),
        ("S3:Get*", True),
        ("*", True),
        ("s3:GetObject?", False),
        ("s3", False),
    ],
)
def test_actions(pattern: str, does: bool) -> None:
    """By name or wildcard, in capitals or not."""
    assert read(Action=[pattern]).does("s3:getobject") is does


def test_accounts_by_number() -> None:
    """In an ARN, or alone; not a part of a longer number."""
    assert accounts("arn:aws:iam::111122223333:root") == ("111122223333",)
    assert accounts("111122223333") == ("111122223333",)
    assert accounts("arn:${AWS::Partition}:iam::${AWS::AccountId}:root") == ()
    assert accounts("1111222233334") == ()


def test_where_documents_hang() -> None:
    """Under a property of their own, deeper down, in a list, or twice in one resource."""
    held = {"Version": "2012-10-17", "Statement": [ALLOW]}
    role = Resource(
        "s",
        "R",
        "AWS::IAM::Role",
        {"AssumeRolePolicyDocument": held, "Policies": [{"PolicyDocument": held}, {"Ref": "P"}]},
        {},
    )
    assert len(resource_policy(role)) == 1
    assert len(identity_policies(role)) == 2
    assert len(documents(role)) == 3
    table = Resource(
        "s", "T", "AWS::DynamoDB::Table", {"ResourcePolicy": {"PolicyDocument": held}}, {}
    )
    assert len(resource_policy(table)) == 1
    assert documents(Resource("s", "B", "AWS::S3::Bucket", {}, {})) == ()


def test_lists() -> None:
    """One thing is a list of one, nothing is none."""
    assert [list(listed(value)) for value in (None, "x", ["x"], [], {"a": 1})] == [
        *([], ["x"], ["x"], []),
        [{"a": 1}],
    ]
