"""Policies: the three cases of each control."""

from __future__ import annotations

from typing import Any

from tests.cases import case

TOPIC = ("AWS::SNS::TopicPolicy", "acme-prod-alerts", "TopicPolicy")
ROLE = ("AWS::IAM::ManagedPolicy", "acme-prod-network", "FlowLogPolicy")
FIRST = ("PolicyDocument", "Statement", 0)

EVERYONE = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}
SERVICE = EVERYONE | {"Principal": {"Service": "events.amazonaws.com"}}
OURS = {"Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}}


def document(*statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Properties with a policy of such statements."""
    return {"PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)} | more}


CASES = {
    "policies.no-public-access": case(
        TOPIC, document(EVERYONE), document(EVERYONE | OURS), FIRST, EVERYONE
    ),
    "policies.no-not-principal": case(
        TOPIC,
        document({"Effect": "Allow", "NotPrincipal": {"AWS": "arn:x"}, "Action": "sns:Publish"}),
        document({"Effect": "Deny", "NotPrincipal": {"AWS": "arn:x"}, "Action": "sns:Publish"}),
        FIRST,
        {"Effect": "Allow", "NotPrincipal": {"AWS": "arn:x"}, "Action": "sns:Publish"},
    ),
    "policies.no-not-action": case(
        ROLE,
        document({"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:x"}),
        document({"Effect": "Deny", "NotAction": "iam:*", "Resource": "arn:x"}),
        FIRST,
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:x"},
    ),
    "policies.no-not-resource": case(
        ROLE,
        document({"Effect": "Allow", "Action": "logs:PutLogEvents", "NotResource": "arn:x"}),
        document({"Effect": "Deny", "Action": "logs:PutLogEvents", "NotResource": "arn:x"}),
        FIRST,
        {"Effect": "Allow", "Action": "logs:PutLogEvents", "NotResource": "arn:x"},
    ),
    "policies.no-wildcard-action": case(
        TOPIC,
        document(SERVICE | OURS | {"Action": "SNS:*"}),
        document(SERVICE | OURS),
        (*FIRST, "Action"),
        ["sns:*"],
    ),
    "policies.services-confined": case(
        TOPIC, document(SERVICE), document(SERVICE | OURS), (*FIRST, "Condition"), {}
    ),
    "policies.no-foreign-account": case(
        TOPIC,
        document(EVERYONE | {"Principal": {"AWS": "999988887777"}}),
        document(EVERYONE | {"Principal": {"AWS": {"Fn::Sub": "arn:x:${AWS::AccountId}:root"}}}),
        (*FIRST, "Principal"),
        {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::999988887777:root"}},
    ),
    "policies.version-stated": case(
        ROLE,
        {"PolicyDocument": {"Statement": [{"Effect": "Allow"}]}},
        document({"Effect": "Allow"}),
        ("PolicyDocument", "Version"),
        "2008-10-17",
    ),
}
