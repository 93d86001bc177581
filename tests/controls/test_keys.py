"""Keys: the edges of each control; the three cases of each are in `test_check`."""

from __future__ import annotations

from typing import Any

import pytest

from baseline.control import CannotJudge, Control
from baseline.controls.keys import no_blanket_use, no_foreign_use, outsiders_confined, rotated
from baseline.resource import Resource

SILENT = "baseline.controls.keys: `_statements` passes over intrinsics instead of CannotJudge"
CASE = "baseline.controls.keys: IAM does not tell KMS:* from kms:*, the control does"
COMPLEMENT = "baseline.controls.keys: NotPrincipal and NotAction are not looked at"

ADMIN = {"Effect": "Allow", "Principal": {"AWS": "arn"}, "Action": ["kms:Put*"], "Resource": "*"}


def key(**properties: Any) -> Resource:
    """A key with these properties."""
    return Resource("s", "Key", "AWS::KMS::Key", properties, {})


def policed(*statements: Any) -> Resource:
    """A key whose policy has these statements."""
    return key(KeyPolicy={"Statement": list(statements)})


@pytest.mark.parametrize(
    ("properties", "findings"),
    [
        ({}, 1),
        ({"EnableKeyRotation": False}, 1),
        ({"EnableKeyRotation": "false"}, 1),
        ({"EnableKeyRotation": True}, 0),
        ({"EnableKeyRotation": "true"}, 0),
        ({"KeySpec": "SYMMETRIC_DEFAULT"}, 1),
        ({"KeySpec": "RSA_4096"}, 0),
        ({"KeySpec": "HMAC_256"}, 0),
    ],
    ids=str,
)
def test_rotated(properties: dict[str, Any], findings: int) -> None:
    """Symmetric keys rotate, in either spelling of true; no other key can."""
    assert len(list(rotated.judge(key(**properties)))) == findings


@pytest.mark.parametrize(
    ("principal", "findings"),
    [
        ("*", 1),
        ({"AWS": "*"}, 1),
        ({"AWS": ["arn:aws:iam::111122223333:root", "*"]}, 1),
        ({"Service": "logs.amazonaws.com"}, 0),
        ({"AWS": "arn:aws:iam::111122223333:root"}, 0),
        ({"AWS": []}, 0),
    ],
    ids=str,
)
def test_everyone(principal: Any, findings: int) -> None:
    """Everyone is a star alone, of a kind, or in a list; a condition is no excuse."""
    one = policed(ADMIN | {"Principal": principal, "Condition": {"Bool": {"x": "true"}}})
    assert len(list(no_foreign_use.judge(one))) == findings


def test_denial_of_everyone() -> None:
    """Everyone may be denied, and everything."""
    one = policed({"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "kms:*"})
    assert not [*no_foreign_use.judge(one), *no_blanket_use.judge(one)]


@pytest.mark.parametrize(
    ("action", "findings"),
    [("kms:*", 1), ("*", 1), (["kms:Decrypt", "kms:*"], 1), (["kms:Put*"], 0), ("kms:Decrypt", 0)],
    ids=str,
)
def test_every_action(action: Any, findings: int) -> None:
    """A star for all actions, alone or among others; a star for some is none."""
    assert len(list(no_blanket_use.judge(policed(ADMIN | {"Action": action})))) == findings


def test_one_statement_needs_no_list() -> None:
    """A statement that stands alone is judged, and findings name their statement."""
    one = key(KeyPolicy={"Statement": ADMIN | {"Sid": "All", "Action": "kms:*", "Principal": "*"}})
    assert [*no_foreign_use.judge(one)] == ["statement All allows every principal"]
    assert [*no_blanket_use.judge(one)] == ["statement All allows kms:*"]


@pytest.mark.parametrize("control", [no_foreign_use, no_blanket_use], ids=lambda one: one.name)
@pytest.mark.parametrize(
    "policy",
    [{"Ref": "P"}, {"Statement": {"Fn::If": ["C", [], []]}}, {"Fn::If": ["C", {}, {}]}],
    ids=str,
)
def test_a_policy_from_elsewhere(control: Control, policy: Any) -> None:
    """A policy that a parameter or condition decides cannot be judged."""
    with pytest.raises(CannotJudge):
        list(control.judge(key(KeyPolicy=policy)))


@pytest.mark.parametrize(
    ("control", "statement"),
    [
        (no_foreign_use, {"Fn::If": ["C", ADMIN | {"Principal": "*"}, {"Ref": "AWS::NoValue"}]}),
        (no_foreign_use, ADMIN | {"Effect": {"Ref": "P"}, "Principal": "*"}),
        (no_foreign_use, ADMIN | {"Principal": {"AWS": {"Ref": "P"}}}),
        (no_blanket_use, {"Fn::If": ["C", ADMIN | {"Action": "*"}, {"Ref": "AWS::NoValue"}]}),
        (no_blanket_use, ADMIN | {"Effect": {"Ref": "P"}, "Action": "*"}),
        (no_blanket_use, ADMIN | {"Action": {"Ref": "P"}}),
        (no_blanket_use, ADMIN | {"Action": [{"Ref": "P"}]}),
    ],
    ids=lambda one: one.name if isinstance(one, Control) else str(one),
)
def test_a_statement_from_elsewhere(control: Control, statement: Any) -> None:
    """Part of a statement that a parameter or condition decides cannot be judged: no pass."""
    with pytest.raises(CannotJudge):
        list(control.judge(policed(statement)))


def test_actions_in_capitals() -> None:
    """IAM takes actions in any case, and so must we."""
    assert list(no_blanket_use.judge(policed(ADMIN | {"Action": "KMS:*"})))


def test_all_but_some() -> None:
    """Everyone but one is everyone, and all actions but one are nearly all."""
    others = {"Effect": "Allow", "NotPrincipal": {"AWS": "arn"}, "NotAction": "kms:Decrypt"}
    assert list(no_foreign_use.judge(policed(others)))
    assert list(no_blanket_use.judge(policed(others)))


@pytest.mark.parametrize(
    ("action", "findings"), [("kms:CreateGrant", 0), (["kms:CreateGrant", "kms:Decrypt"], 1)]
)
def test_a_grant_to_a_named_principal_is_confined(action: Any, findings: int) -> None:
    """What else the statement allows is not."""
    role = {"ArnLike": {"kms:GranteePrincipal": "arn:aws:iam::999988887777:role/x"}}
    statement = {"Effect": "Allow", "Principal": {"AWS": "999988887777"}, "Condition": role}
    one = policed(statement | {"Action": action})
    assert len(list(outsiders_confined.judge(one))) == findings
