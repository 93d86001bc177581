"""Quotas: the three cases of each control."""

from __future__ import annotations

from typing import Any

from baseline.control import TEMPLATE
from tests.cases import case

GROUP = ("AWS::EC2::SecurityGroup", "acme-prod-network", "EndpointSecurityGroup")
POLICY = ("AWS::IAM::ManagedPolicy", "acme-prod-network", "FlowLogPolicy")
ROLE = ("AWS::IAM::Role", "acme-prod-network", "FlowLogRole")
HOSTS = ("AWS::EC2::LaunchTemplate", "acme-prod-server-shop", "LaunchTemplate")


def rules(count: int) -> list[dict[str, Any]]:
    """Rules of a security group."""
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "Description": "HTTPS"}
    return [rule | {"CidrIp": f"10.0.0.{number}/32"} for number in range(count)]


def policy(length: int) -> dict[str, Any]:
    """A policy document of about a length."""
    allow = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "x" * length}
    return {"Version": "2012-10-17", "Statement": [allow]}


def attached(count: int) -> list[str]:
    """ARNs of managed policies."""
    return [f"arn:aws:iam::aws:policy/p{number}" for number in range(count)]


CASES = {
    "quotas.policies-short": case(
        POLICY,
        {"PolicyDocument": policy(4_900)},
        {"PolicyDocument": policy(4_000)},
        ("PolicyDocument", "Statement", 0, "Resource"),
        "x" * 4_900,
    ),
    "quotas.group-rules": case(
        GROUP,
        {"SecurityGroupIngress": rules(49)},
        {"SecurityGroupIngress": rules(48)},
        ("SecurityGroupIngress",),
        rules(49),
    ),
    "quotas.policies-attached": case(
        ROLE,
        {"ManagedPolicyArns": attached(9)},
        {"ManagedPolicyArns": attached(8)},
        ("ManagedPolicyArns",),
        attached(9),
    ),
    "quotas.user-data": case(
        HOSTS,
        {"LaunchTemplateData": {"UserData": {"Fn::Base64": "#" * 13_108}}},
        {"LaunchTemplateData": {"UserData": {"Fn::Base64": "#" * 13_107}}},
        ("LaunchTemplateData", "UserData", "Fn::Base64"),
        "#" * 13_108,
    ),
    "quotas.template": case(
        (TEMPLATE, "acme-prod-network", ""),
        {"Outputs": {f"O{number}": {"Value": "x"} for number in range(161)}},
        {"Outputs": {f"O{number}": {"Value": "x"} for number in range(160)}},
        ("Outputs",),
        {f"O{number}": {"Value": "x"} for number in range(161)},
    ),
}
