"""Regions: the shipped table is whole and consistent with itself."""

from __future__ import annotations

import re
from datetime import date

import pytest

from baseline.regions import (
    AS_OF,
    ENDPOINT_ACTIONS,
    NO_REGIONAL_NAMESPACE,
    ZONES,
    ZONES_DIFFER_BY_ACCOUNT,
    bucket_name,
    package_buckets,
    zone_number,
)


def prefix(zone: str) -> str:
    """What stands before -az in a zone id."""
    return zone.rpartition("-")[0]


def test_as_of_is_a_date() -> None:
    """The table says as of which day it holds."""
    assert date.fromisoformat(AS_OF).isoformat() == AS_OF


@pytest.mark.parametrize("region", sorted(ZONES))
def test_zones(region: str) -> None:
    """A region has three zones at least, each once, all with its own prefix."""
    zones = ZONES[region]
    assert len(zones) >= 3
    assert list(zones[:3]) == sorted(set(zones[:3]))
    assert len(set(zones)) == len(zones)
    assert all(re.fullmatch(r"[a-z]{3,5}\d-az[1-6]", zone) for zone in zones)
    assert len({prefix(zone) for zone in zones}) == 1


def test_zone_prefixes_tell_regions_apart() -> None:
    """No two regions share a zone prefix, and none begins another."""
    prefixes = [f"{prefix(zones[0])}-" for zones in ZONES.values()]
    assert len(set(prefixes)) == len(ZONES)
    assert not any(a != b and a.startswith(b) for a in prefixes for b in prefixes)


def test_exceptions_name_regions() -> None:
    """Regions that are exceptions are in the table."""
    assert {*ZONES_DIFFER_BY_ACCOUNT, *NO_REGIONAL_NAMESPACE} <= set(ZONES)


def test_china_is_left_out() -> None:
    """The regions of China, another partition, are not offered."""
    assert not [region for region in ZONES if region.startswith("cn-")]


@pytest.mark.parametrize(("zone", "number"), [("euw1-az2", 2), ("use1-az6", 6), ("usge1-az1", 1)])
def test_zone_number(zone: str, number: int) -> None:
    """A zone's number is what stands after -az."""
    assert zone_number(zone) == number


def test_bucket_name() -> None:
    """A bucket's name ends in account, region and the mark of the account's own namespace."""
    name = bucket_name("acme-prod-documents", "111122223333", "eu-west-1")
    assert name == "acme-prod-documents-111122223333-eu-west-1-an"


@pytest.mark.parametrize("region", sorted(ZONES))
def test_package_buckets(region: str) -> None:
    """Hosts reach named buckets of their own region, sorted, each once, without wildcards."""
    buckets = package_buckets(region)
    assert list(buckets) == sorted(set(buckets))
    assert all(region in bucket for bucket in buckets)
    assert all(re.fullmatch(r"[a-z0-9-]{3,63}", bucket) for bucket in buckets)


def test_package_buckets_of_ireland() -> None:
    """eu-west-1 has exactly the buckets that documents of AWS list."""
    assert package_buckets("eu-west-1") == (
        "al2023-repos-eu-west-1-de612dc2",
        "amazon-ssm-eu-west-1",
        "amazon-ssm-packages-eu-west-1",
        "amazoncloudwatch-agent-eu-west-1",
        "aws-patch-manager-eu-west-1-5522fb710",
        "aws-ssm-document-attachments-eu-west-1",
        "aws-ssm-eu-west-1",
        "aws-windows-downloads-eu-west-1",
        "ec2imagebuilder-managed-resources-eu-west-1-prod",
        "ec2imagebuilder-toe-eu-west-1-prod",
        "eu-west-1-birdwatcher-prod",
        "inspector2-oval-prod-eu-west-1",
        "patch-baseline-snapshot-eu-west-1",
        "prod-eu-west-1-starport-layer-bucket",
    )


@pytest.mark.parametrize(
    ("region", "bucket"),
    [
        ("af-south-1", "aws-ssm-distributor-file-af-south-1"),
        ("eu-south-1", "aws-ssm-distributor-file-eu-south-1"),
        ("me-south-1", "patch-baseline-snapshot-me-south-1-uduvl7q8"),
    ],
)
def test_package_buckets_that_differ(region: str, bucket: str) -> None:
    """Regions whose buckets are named otherwise get those names."""
    assert bucket in package_buckets(region)
    assert f"{region}-birdwatcher-prod" in package_buckets(region) or "distributor" in bucket


def test_endpoint_actions_are_plain() -> None:
    """Every endpoint has a plain IAM prefix, and CloudWatch's differs from its service's name."""
    assert all(re.fullmatch(r"[a-z0-9]+", prefix) for prefix in ENDPOINT_ACTIONS.values())
    assert ENDPOINT_ACTIONS["monitoring"] == "cloudwatch"
    assert ENDPOINT_ACTIONS["ecr.dkr"] == "ecr"
