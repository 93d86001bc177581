"""Logs: the edges of each control; the three cases of each are in `test_check`."""

from __future__ import annotations

from typing import Any

import pytest

from baseline.control import CannotJudge
from baseline.controls.logs import encrypted, kept_a_year
from baseline.resource import Reference, Resource

NO_VALUE = "baseline.controls.logs: a KmsKeyId of AWS::NoValue or Fn::If is taken for a key"


def group(**properties: Any) -> Resource:
    """A log group."""
    return Resource("s", "Group", "AWS::Logs::LogGroup", properties, {})


@pytest.mark.parametrize(
    ("key", "findings"),
    [
        (None, 1),
        ("", 1),
        ("arn:aws:kms:eu-west-1:111122223333:key/x", 0),
        (Reference("keys", "LogsKey", "Arn"), 0),
        ({"Fn::ImportValue": "elsewhere"}, 0),
    ],
    ids=str,
)
def test_encrypted(key: Any, findings: int) -> None:
    """A key is one that is named, here or in another stack."""
    assert len(list(encrypted.judge(group(KmsKeyId=key)))) == findings


def test_left_out() -> None:
    """A property that is left out is no key and no retention."""
    assert list(encrypted.judge(group())) == ["KmsKeyId is left out"]
    assert list(kept_a_year.judge(group())) == [
        "RetentionInDays is left out, so logs are kept for ever"
    ]


@pytest.mark.parametrize(
    "key", [{"Ref": "AWS::NoValue"}, {"Fn::If": ["C", "arn", {"Ref": "AWS::NoValue"}]}], ids=str
)
def test_perhaps_no_key(key: Any) -> None:
    """No key, or perhaps none, is a finding or cannot be judged; it is never a pass."""
    try:
        findings = list(encrypted.judge(group(KmsKeyId=key)))
    except CannotJudge:
        return
    assert findings


@pytest.mark.parametrize(
    ("days", "findings"), [(1, 1), (364, 1), ("30", 1), (365, 0), ("365", 0), (3653, 0)]
)
def test_kept_a_year(days: Any, findings: int) -> None:
    """A year is 365 days, as a number or in digits."""
    assert len(list(kept_a_year.judge(group(RetentionInDays=days)))) == findings


def test_retention_from_elsewhere() -> None:
    """A retention that a parameter decides cannot be judged."""
    with pytest.raises(CannotJudge, match="RetentionInDays is decided by Ref"):
        list(kept_a_year.judge(group(RetentionInDays={"Ref": "Days"})))
