"""Identity: the edges of each control; the three cases of each are in `test_check`."""

from __future__ import annotations

from typing import Any

import pytest

from baseline.catalogue import by_name
from baseline.controls import identity
from baseline.resource import Resource


def told(name: str, kind: str, properties: dict[str, Any]) -> list[str]:
    """What one control says."""
    return list(by_name()[f"identity.{name}"].judge(Resource("s", "R", kind, properties, {})))


def policy(statement: dict[str, Any]) -> dict[str, Any]:
    """Properties of a managed policy of one statement."""
    return {"PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def allowed(*actions: str, resource: Any = "*", **more: Any) -> list[str]:
    """Which controls tell of a policy that allows some actions."""
    statement = {"Effect": "Allow", "Action": [*actions], "Resource": resource} | more
    names = [one.name.partition(".")[2] for one in vars(identity).values() if hasattr(one, "judge")]
    return [
        name
        for name in names
        if identity.MANAGED in by_name()[f"identity.{name}"].types
        and told(name, identity.MANAGED, policy(statement))
    ]


@pytest.mark.parametrize("action", identity.PROMOTING)
def test_every_path_upwards_is_found(action: str) -> None:
    """On everything; not on one thing by its name, nor below a boundary."""
    assert allowed(action) == ["no-self-promotion"]
    assert allowed(action, resource="arn:aws:iam::1:role/x") == []
    condition = {"StringEquals": {"iam:PermissionsBoundary": "arn:x"}}
    assert allowed(action, Condition=condition) == []


@pytest.mark.parametrize(
    ("actions", "names"),
    [
        (["*"], ["no-full-admin"]),
        (["iam:*"], ["no-wildcard-service", "no-self-promotion", "passes-named-roles"]),
        (["iam:PassRole"], ["passes-named-roles"]),
        (["ssm:SendCommand"], ["no-code-in-others-roles"]),
        (["ssm:GetParameter*"], ["reads-named-secrets"]),
        (["kms:Decrypt"], ["decrypts-with-named-keys"]),
        (["s3:*"], ["no-wildcard-service", "reaches-named-stores"]),
        (["logs:DeleteLogGroup"], ["no-blinding"]),
        (["ec2:DescribeInstances", "s3:ListAllMyBuckets"], []),
    ],
    ids=str,
)
def test_what_is_allowed_on_everything(actions: list[str], names: list[str]) -> None:
    """By what it leads to; to look at names is nothing."""
    assert allowed(*actions) == names


def test_what_is_denied_is_no_matter() -> None:
    """Whatever it is."""
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    assert not told("no-full-admin", identity.MANAGED, policy(statement))


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::IAM::Role", {"Policies": [{"PolicyName": "x"}]}),
        ("AWS::IAM::Policy", policy({})),
        ("AWS::IAM::UserPolicy", policy({})),
        ("AWS::SSO::PermissionSet", {"InlinePolicy": "{}"}),
    ],
)
def test_policies_in_line(kind: str, properties: dict[str, Any]) -> None:
    """In a role, and by itself where it is bound to one."""
    assert told("no-inline-policies", kind, properties)


@pytest.mark.parametrize(
    ("arn", "names"),
    [
        ("arn:aws:iam::aws:policy/AdministratorAccess", ["no-administrators"]),
        ("arn:aws:iam::aws:policy/job-function/SystemAdministrator", ["no-administrators"]),
        ("arn:aws-cn:iam::aws:policy/AmazonS3FullAccess", ["no-full-access"]),
        ({"Fn::Join": ["", ["arn:aws:iam::aws:policy/", "IAMFullAccess"]]}, ["no-administrators"]),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", []),
        ("arn:aws:iam::111122223333:policy/AdministratorAccess", []),
    ],
    ids=str,
)
def test_policies_of_aws(arn: Any, names: list[str]) -> None:
    """By their names; one of ours with such a name is judged by what it says."""
    role = {"ManagedPolicyArns": [arn]}
    found = ("no-administrators", "no-full-access")
    assert [name for name in found if told(name, "AWS::IAM::Role", role)] == names


@pytest.mark.parametrize(
    ("principal", "condition", "is_told"),
    [
        ("arn:aws:iam::1:oidc-provider/x", {"StringEquals": {"x:sub": "repo:acme/app"}}, False),
        ("arn:aws:iam::1:oidc-provider/x", {"StringLike": {"x:sub": "*"}}, True),
        ("arn:aws:iam::1:oidc-provider/x", {"StringEquals": {"x:aud": "sts"}}, True),
        ("arn:aws:iam::1:oidc-provider/x", {"StringEqualsIfExists": {"x:sub": "y"}}, True),
        ("arn:aws:iam::1:saml-provider/x", {"StringEquals": {"SAML:aud": "https://x"}}, False),
        ("arn:aws:iam::1:saml-provider/x", {}, True),
    ],
    ids=str,
)
def test_federation(principal: str, condition: dict[str, Any], is_told: bool) -> None:
    """Whom a token is for is not who asked for it: that is its subject."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": principal},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
    role = {"AssumeRolePolicyDocument": {"Statement": [statement]}}
    assert bool(told("federation-confined", "AWS::IAM::Role", role)) is is_told
