"""Quotas: how things are counted, however they are written."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from baseline.catalogue import by_name
from baseline.control import CannotJudge
from baseline.resource import Reference, Resource


def told(name: str, kind: str, properties: dict[str, Any]) -> list[str]:
    """What one control says."""
    return list(by_name()[f"quotas.{name}"].judge(Resource("s", "R", kind, properties, {})))


@pytest.mark.parametrize(
    "given",
    [
        {"Fn::Base64": "#" * 14_000},
        {"Fn::Base64": {"Fn::Sub": "#" * 14_000}},
        {"Fn::Base64": {"Fn::Sub": ["#" * 14_000, {"A": "b"}]}},
        b64encode(b"#" * 14_000).decode(),
    ],
    ids=["plain", "substituted", "with names", "encoded"],
)
def test_user_data_in_every_form(given: Any) -> None:
    """It is bytes before encoding that count."""
    assert told("user-data", "AWS::EC2::Instance", {"UserData": given}) == [
        "14,000 of 16,384 bytes of user data"
    ]


def test_user_data_that_nobody_knows() -> None:
    """A parameter may be of any length."""
    for given in ({"Fn::Base64": {"Ref": "P"}}, {"Ref": "P"}):
        with pytest.raises(CannotJudge):
            told("user-data", "AWS::EC2::Instance", {"UserData": given})


def test_blanks_are_not_counted_and_references_are() -> None:
    """IAM leaves blanks out; what another resource gives becomes an ARN."""
    statement = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": " " * 6_000}
    assert not told("policies-short", "AWS::IAM::ManagedPolicy", {"PolicyDocument": statement})
    keys = [Reference("s", f"Key{number}", "Arn") for number in range(70)]
    assert told("policies-short", "AWS::IAM::ManagedPolicy", {"PolicyDocument": {"Resource": keys}})
