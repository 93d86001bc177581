"""Quotas: what grows until AWS refuses it, told of at 80 per cent.

What is met on the day of an incident is met at the worst time: the rule that should stop the
attacker is the sixty-first.

Sources: "AWS CloudFormation quotas", "Amazon VPC quotas", "IAM and AWS STS quotas", "Bucket
policies" (Amazon S3), "AWS KMS resource quotas", "Run commands when you launch an EC2 instance".
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

from baseline.control import TEMPLATE, CannotJudge, Severity, control, literal
from baseline.policy import documents, listed
from baseline.resource import Reference, Resource, is_intrinsic

SHARE = 0.8

# Characters that a document may have; IAM does not count blanks.
POLICY_LENGTH: Mapping[str, int] = {
    "AWS::Backup::BackupVault": 20_480,
    "AWS::EC2::VPCEndpoint": 20_480,
    "AWS::IAM::ManagedPolicy": 6_144,
    "AWS::IAM::Role": 10_240,
    "AWS::KMS::Key": 32_768,
    "AWS::S3::BucketPolicy": 20_480,
    "AWS::SNS::TopicPolicy": 30_720,
}
GROUP_RULES = 60
ATTACHED_POLICIES = 10
USER_DATA_BYTES = 16_384
TEMPLATE_QUOTAS = {"Resources": 500, "Outputs": 200, "Parameters": 200, "Mappings": 200}
TEMPLATE_BYTES = 1_048_576  # by way of S3; in a request it is 51,200


def _near(count: int, quota: int, words: str) -> Iterator[str]:
    if count > quota * SHARE:
        yield f"{count:,} of {quota:,} {words}"


@control(
    "quotas.policies-short",
    "Policies are well below their longest",
    on=tuple(POLICY_LENGTH),
    severity=Severity.LOW,
)
def policies_short(resource: Resource) -> Iterator[str]:
    """The day it is full, the new statement is put somewhere else, where nobody looks."""
    for document in documents(resource):
        if is_intrinsic(document):
            raise CannotJudge(f"the policy is decided by {next(iter(document))}")
        text = json.dumps(document, default=_length, separators=(",", ":"))
        length = len("".join(text.split()))
        yield from _near(length, POLICY_LENGTH[resource.type], "characters of a policy")


def _length(value: Any) -> str:
    """Stand in for a reference: an ARN is about as long."""
    return "x" * 80 if isinstance(value, Reference) else str(value)


@control(
    "quotas.group-rules",
    "Security groups have room for more rules",
    on="AWS::EC2::SecurityGroup",
    severity=Severity.LOW,
)
def group_rules(group: Resource) -> Iterator[str]:
    """The rule that should stop an attack is one too many."""
    for key in ("SecurityGroupIngress", "SecurityGroupEgress"):
        rules = len(listed(literal(group.properties, key)))
        yield from _near(rules, GROUP_RULES, f"rules of {key}")


@control(
    "quotas.policies-attached",
    "Roles have room for more policies",
    on=("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"),
    severity=Severity.LOW,
)
def policies_attached(holder: Resource) -> Iterator[str]:
    """The next right that is needed goes into a policy that others have, too."""
    attached = len(listed(literal(holder.properties, "ManagedPolicyArns")))
    yield from _near(attached, ATTACHED_POLICIES, "managed policies")


@control(
    "quotas.user-data",
    "First instructions of hosts are well below their longest",
    on=("AWS::EC2::LaunchTemplate", "AWS::EC2::Instance"),
    severity=Severity.LOW,
)
def user_data(resource: Resource) -> Iterator[str]:
    """One more line of hardening, and no host starts any more."""
    place = ("LaunchTemplateData",) if resource.type.endswith("Template") else ()
    data = literal(resource.properties, *place, default={})
    given = data.get("UserData") if isinstance(data, Mapping) else None
    if given is not None:
        yield from _near(_bytes(given), USER_DATA_BYTES, "bytes of user data")


def _bytes(given: Any) -> int:
    """Bytes of user data, however they are written."""
    if isinstance(given, Mapping) and "Fn::Base64" in given:
        text = given["Fn::Base64"]
        if isinstance(text, Mapping) and "Fn::Sub" in text:
            text = text["Fn::Sub"][0] if isinstance(text["Fn::Sub"], list) else text["Fn::Sub"]
        if not isinstance(text, str):
            raise CannotJudge("UserData is decided elsewhere")
        return len(text.encode())
    text = str(literal({"UserData": given}, "UserData"))
    try:
        return len(b64decode(text, validate=True))
    except ValueError:
        return len(text.encode())


@control(
    "quotas.template",
    "Templates are well below what CloudFormation takes",
    on=TEMPLATE,
    severity=Severity.LOW,
)
def template(whole: Resource) -> Iterator[str]:
    """A template that is full can only be split, and what moves between stacks is at risk."""
    for section, quota in TEMPLATE_QUOTAS.items():
        yield from _near(len(whole.properties.get(section) or ()), quota, section.lower())
    yield from _near(int(whole.properties.get("Bytes") or 0), TEMPLATE_BYTES, "bytes")
