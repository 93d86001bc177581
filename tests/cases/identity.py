"""Identity: the three cases of each control."""

from __future__ import annotations

from typing import Any

from tests.cases import Case, case

POLICY = ("AWS::IAM::ManagedPolicy", "acme-prod-network", "FlowLogPolicy")
ROLE = ("AWS::IAM::Role", "acme-prod-network", "FlowLogRole")
FIRST = ("PolicyDocument", "Statement", 0)
TRUST = ("AssumeRolePolicyDocument", "Statement", 0)
ANOTHER = "arn:aws:iam::999988887777:root"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def allowing(action: str, resource: Any = "arn:x", **more: Any) -> dict[str, Any]:
    """A statement of a policy that allows one thing."""
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def document(statement: dict[str, Any]) -> dict[str, Any]:
    """Properties with a policy of one statement."""
    return {"PolicyDocument": {"Version": "2012-10-17", "Statement": statement}}


def trust(principal: dict[str, Any], **condition: Any) -> dict[str, Any]:
    """Properties of a role that somebody takes."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = condition
    return {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def policy(action: str, narrow: str, wide: str = "*") -> Case:
    """A policy that allows an action on everything, and one that names on what."""
    return case(
        POLICY,
        document(allowing(action, ["arn:y", wide])),
        document(allowing(action, narrow)),
        FIRST,
        allowing(action, wide),
    )


OIDC = {"Federated": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:oidc-provider/tokens.example"}}

CASES = {
    "identity.no-full-admin": case(
        POLICY,
        document(allowing("*", "*")),
        document(allowing("logs:PutLogEvents")),
        (*FIRST, "Action"),
        ["*"],
    ),
    "identity.no-wildcard-service": case(
        POLICY,
        document(allowing("logs:*")),
        document(allowing("logs:Put*")),
        (*FIRST, "Action", 0),
        "logs:*",
    ),
    "identity.no-self-promotion": policy("iam:Put*Policy", "arn:aws:iam::*:role/acme-app"),
    "identity.no-code-in-others-roles": policy(
        "lambda:UpdateFunctionCode", "arn:aws:lambda:*:*:function:acme-app"
    ),
    "identity.passes-named-roles": case(
        POLICY,
        document(allowing("iam:PassRole", {"Fn::Sub": "arn:x:iam::${AWS::AccountId}:role/*"})),
        document(allowing("iam:PassRole", {"Fn::Sub": "arn:x:iam::${AWS::AccountId}:role/app"})),
        FIRST,
        allowing("iam:PassRole", "*"),
    ),
    "identity.passes-to-named-service": case(
        POLICY,
        document(allowing("iam:PassRole")),
        document(
            allowing(
                "iam:PassRole",
                Condition={"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}},
            )
        ),
        FIRST,
        allowing("iam:PassRole"),
    ),
    "identity.takes-named-roles": policy("sts:AssumeRole", "arn:aws:iam::*:role/acme-app"),
    "identity.reads-named-secrets": policy(
        "secretsmanager:Get*", "arn:aws:secretsmanager:*:*:secret:acme-*"
    ),
    "identity.decrypts-with-named-keys": policy(
        "kms:Decrypt", "arn:aws:kms:*:*:key/0a1b", "arn:aws:kms:*:*:key/*"
    ),
    "identity.reaches-named-stores": policy(
        "s3:GetObject", "arn:aws:s3:::acme/*", "arn:aws:s3:::*"
    ),
    "identity.no-blinding": policy("cloudtrail:StopLogging", "arn:aws:cloudtrail:*:*:trail/test"),
    "identity.no-administrators": case(
        ROLE,
        {"ManagedPolicyArns": [ADMINISTRATOR]},
        {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"]},
        ("ManagedPolicyArns",),
        [{"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess"}],
    ),
    "identity.no-full-access": case(
        ROLE,
        {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/AWSCloudShellFullAccess"]},
        {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"]},
        ("ManagedPolicyArns",),
        ["arn:aws:iam::aws:policy/AmazonS3FullAccess"],
    ),
    "identity.no-inline-policies": case(
        ROLE,
        {"Policies": [{"PolicyName": "x", **document(allowing("logs:PutLogEvents"))}]},
        {},
        ("Policies",),
        [{"PolicyName": "x", **document(allowing("logs:PutLogEvents"))}],
    ),
    "identity.no-lasting-credentials": case(
        ("AWS::IAM::User", *ROLE[1:]),
        {"LoginProfile": {"Password": "x"}},
        {"UserName": "alice"},
        ("../Type",),
        "AWS::IAM::AccessKey",
    ),
    "identity.no-policies-on-users": case(POLICY, {"Users": ["x"]}, {}, ("Users",), ["alice"]),
    "identity.outsiders-need-id": case(
        ROLE,
        trust({"AWS": ANOTHER}),
        trust({"AWS": ANOTHER}, StringEquals={"sts:ExternalId": "x"}),
        (*TRUST, "Principal"),
        {"AWS": ANOTHER},
    ),
    "identity.takers-named": case(
        ROLE,
        trust({"AWS": {"Fn::Sub": "arn:x:iam::${AWS::AccountId}:root"}}),
        trust({"AWS": {"Fn::Sub": "arn:x:iam::${AWS::AccountId}:role/app"}}),
        (*TRUST, "Principal"),
        {"AWS": {"Ref": "AWS::AccountId"}},
    ),
    "identity.federation-confined": case(
        ROLE,
        trust(OIDC, StringEquals={"tokens.example:aud": "sts.amazonaws.com"}),
        trust(OIDC, StringLike={"tokens.example:sub": "repo:acme/infrastructure:*"}),
        (*TRUST, "Principal"),
        OIDC,
    ),
}
