"""Catalogue: each control of Security Hub has one of ours or a reason, and none of ours is idle."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from baseline import policy
from baseline.check import controls
from baseline.control import EVERY_TYPE, TEMPLATE
from baseline.controls import identity, names, quotas, storage
from baseline.framework import Clause, framework
from tests.samples import PROFILES, stacks

NOT_GENERATED = re.compile(r"No (AWS::\w+::\w+) is generated yet")

# The controls of the standard, as the list that we read has them: service to numbers.
# Source: "AWS Foundational Security Best Practices standard in Security Hub CSPM".
FSBP: Mapping[str, tuple[int, ...]] = {
    "Account": (1,),
    "ACM": (1, 2),
    "APIGateway": (1, 2, 3, 4, 5, 8, 9),
    "AppSync": (1, 2, 5, 6),
    "Athena": (4,),
    "AutoScaling": (1, 2, 3, 5, 6, 9),
    "Backup": (1,),
    "CloudFront": (1, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 15, 16),
    "CloudTrail": (1, 2, 4, 5),
    "CodeBuild": (1, 2, 3, 4, 7),
    "Cognito": (2, 3),
    "Config": (1,),
    "Connect": (2,),
    "DataFirehose": (1,),
    "DataSync": (1,),
    "DMS": (1, 6, 7, 8, 9, 10, 11, 12, 13),
    "DocumentDB": (1, 2, 3, 4, 5, 6),
    "DynamoDB": (1, 2, 3, 6, 7),
    "EC2": (
        *(1, 2, 3, 4, 6, 7, 8, 9, 10, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 51, 55, 56, 57, 58),
        *(60, 170, 171, 172, 173, 180, 181),
    ),
    "ECR": (1, 2, 3),
    "ECS": (1, 2, 3, 4, 5, 8, 9, 10, 12, 16),
    "EFS": (1, 2, 3, 4, 6, 7, 8),
    "EKS": (1, 2, 3, 8),
    "ElastiCache": (1, 2, 3, 4, 5, 6, 7),
    "ElasticBeanstalk": (1, 2, 3),
    "ELB": (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 17, 18),
    "EMR": (1, 2, 3, 4),
    "ES": (1, 2, 3, 4, 5, 6, 7, 8),
    "EventBridge": (3,),
    "FSx": (1, 2, 3, 4, 5),
    "Glue": (3, 4),
    "GuardDuty": (1, 5, 6, 7, 8, 9, 10, 11, 12, 13),
    "IAM": (1, 2, 3, 4, 5, 6, 7, 8, 21),
    "Inspector": (1, 2, 3, 4),
    "Kinesis": (1, 3),
    "KMS": (1, 2, 3, 5),
    "Lambda": (1, 2, 5),
    "Macie": (1, 2),
    "MQ": (2, 3),
    "MSK": (1, 3, 4, 5, 6),
    "Neptune": (1, 2, 3, 4, 5, 6, 7, 8),
    "NetworkFirewall": (2, 3, 4, 5, 6, 9, 10),
    "Opensearch": (1, 2, 3, 4, 5, 6, 7, 8, 10),
    "PCA": (1,),
    "RDS": (
        *(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24, 25),
        *(27, 34, 35, 36, 37, 40, 41, 42, 43, 44, 45, 46, 47, 48),
    ),
    "Redshift": (1, 2, 3, 4, 6, 7, 8, 10, 15, 18),
    "RedshiftServerless": (1, 2, 3, 5, 6),
    "Route53": (2,),
    "S3": (1, 2, 3, 5, 6, 8, 9, 12, 13, 19, 24, 25),
    "SageMaker": (1, 2, 3, 4, 5, 8),
    "SecretsManager": (1, 2, 3, 4),
    "ServiceCatalog": (1,),
    "SNS": (4,),
    "SQS": (1, 3),
    "SSM": (1, 2, 3, 4, 6, 7),
    "StepFunctions": (1,),
    "Transfer": (2, 3),
    "WAF": (1, 2, 3, 4, 6, 7, 8, 10, 12),
    "WorkSpaces": (1, 2),
}
# What the CIS benchmarks (1.2 to 5.0) ask for besides. Source: "CIS AWS Foundations Benchmark in
# Security Hub CSPM".
CIS: Mapping[str, tuple[int, ...]] = {
    "CloudTrail": (6, 7),
    "CloudWatch": tuple(range(1, 15)),
    "EC2": (13, 14, 53, 54),
    "IAM": (9, 11, 12, 13, 14, 15, 16, 17, 18, 22, 26, 27, 28),
    "KMS": (4,),
    "S3": (20, 22, 23),
}
# Newer ones, seen on the pages of their services and not in the list of the standard that we read.
NEWER: Mapping[str, tuple[int, ...]] = {"EC2": (182,), "ELB": (21, 22), "RDS": (50,)}

# Ours, that no control of Security Hub asks for: what its standards miss and reviewers look for.
BEYOND = {
    "accounts.keys-apart",
    *("alerts.no-plain-subscription", "alerts.rules-act", "alerts.rules-on"),
    *("alerts.silence-decided", "alerts.tls-required"),
    *("backup.chooses-something", "backup.kept-a-month", "backup.not-deletable"),
    "backup.scheduled",
    *("databases.current-authority", "exposure.hosts-in-private-subnets"),
    *("firewalls.no-plain-service", "firewalls.rules-described", "firewalls.sends-narrowly"),
    *("identity.federation-confined", "identity.no-blinding"),
    *("identity.no-code-in-others-roles", "identity.no-self-promotion"),
    *("identity.outsiders-need-id", "identity.passes-named-roles"),
    *("identity.passes-to-named-service", "identity.reaches-named-stores"),
    *("identity.reads-named-secrets", "identity.takers-named", "identity.takes-named-roles"),
    *("images.metadata-v2", "images.rebuilt", "images.scanned", "images.shared-narrowly"),
    "images.tested",
    *("keys.enabled", "keys.grants-for-services", "keys.lockout-checked"),
    *("keys.no-blanket-use", "keys.outsiders-confined"),
    *("logs.encrypted", "logs.protected"),
    *("names.bucket-without-dots", "names.unique"),
    *("network.egress-declared", "network.endpoints-confined", "network.endpoints-named"),
    *("network.endpoints-over-zones", "network.names-resolved", "network.own-groups"),
    *("policies.no-foreign-account", "policies.no-not-principal", "policies.no-not-resource"),
    *("policies.no-wildcard-action", "policies.services-confined", "policies.version-stated"),
    *("quotas.group-rules", "quotas.policies-attached", "quotas.policies-short"),
    *("quotas.template", "quotas.user-data"),
    *("secrets.not-in-templates", "secrets.parameters-hidden"),
    *("servers.image-dated", "servers.image-fresh", "servers.image-pinned"),
    *("servers.rolled-out", "servers.watched-by-minute"),
    *("storage.no-customer-keys", "storage.no-open-cors", "storage.no-website"),
}


@cache
def rows() -> Mapping[str, Clause]:
    """Controls of Security Hub by their ids."""
    return {row.number: row for row in framework("fsbp").clauses}


@cache
def generated() -> frozenset[str]:
    """Types that the shipped profiles make."""
    return frozenset(
        body["Type"] for name in PROFILES for one in stacks(name) for body in one.resources.values()
    )


@cache
def known_types() -> frozenset[str]:
    """Types that CloudFormation has, as cfn-lint knows them."""
    return frozenset(PROVIDER_SCHEMA_MANAGER.get_resource_types("us-east-1"))


@pytest.mark.parametrize("standard", [FSBP, CIS, NEWER], ids=["fsbp", "cis", "newer"])
def test_every_control_of_the_standards_has_a_row(standard: Mapping[str, tuple[int, ...]]) -> None:
    """None is left out, whatever it is about."""
    asked = {f"{service}.{number}" for service, numbers in standard.items() for number in numbers}
    assert asked - {*rows()} == set()


def test_every_row_has_a_control_or_a_reason() -> None:
    """And what is named is there."""
    ours = {one.name for one in controls()}
    for row in rows().values():
        assert row.controls or len(row.none) > 20, row.number
        assert {*row.controls} <= ours, row.number


def test_a_type_that_is_not_generated_is_not() -> None:
    """As soon as a blueprint makes the type, its rows must be looked at again."""
    for row in rows().values():
        match = NOT_GENERATED.fullmatch(row.none)
        assert bool(match) == (" is generated yet" in row.none), row.number
        if match:
            assert match[1] not in generated(), row.number
            assert match[1] in known_types(), row.number


def test_no_control_is_idle() -> None:
    """Each is asked for by Security Hub, or is one of those that it misses; never both."""
    named = {name for row in rows().values() for name in row.controls}
    ours = {one.name for one in controls()}
    assert ours - named == BEYOND
    assert len(ours) > 130


def test_every_type_that_we_generate_is_looked_at() -> None:
    """By a control of its own, or it is among those that hold nothing to judge."""
    looked_at = {kind for one in controls() for kind in one.types}
    nothing = {
        *("AWS::AutoScaling::ScalingPolicy", "AWS::EC2::EgressOnlyInternetGateway"),
        *("AWS::EC2::KeyPair", "AWS::EC2::RouteTable", "AWS::EC2::VPCCidrBlock"),
        *("AWS::EC2::VPCGatewayAttachment", "AWS::IAM::InstanceProfile"),
        *("AWS::IAM::ServiceLinkedRole", "AWS::ImageBuilder::Component"),
        *("AWS::ImageBuilder::Image", "AWS::ImageBuilder::LifecyclePolicy", "AWS::KMS::Alias"),
        *("AWS::RDS::OptionGroup", "AWS::SSM::Association", "AWS::SSM::Document"),
        "AWS::SSM::Parameter",
    }
    assert generated() - looked_at == nothing


def test_types_are_types() -> None:
    """A control on a type that is misspelt would never judge anything."""
    types = {kind for one in controls() for kind in one.types} - {EVERY_TYPE, TEMPLATE}
    tables = (
        *(policy.RESOURCE_POLICIES, policy.IDENTITY_POLICIES, storage.KEPT, names.SHARED),
        *(quotas.POLICY_LENGTH, identity.ATTACHED, identity.INLINE),
    )
    types |= {kind for table in tables for kind in table}
    assert types - known_types() == set()
