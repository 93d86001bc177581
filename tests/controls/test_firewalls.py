"""Firewalls: the edges of each control; the three cases of each are in `test_check`."""

from __future__ import annotations

from typing import Any

import pytest

from baseline.catalogue import by_name
from baseline.resource import Reference, Resource

RULE = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}
OPENING = (
    "network.no-open-management-port",
    "firewalls.no-open-risky-port",
    "firewalls.no-open-port",
    "firewalls.no-almost-world",
)


def told(*names: str, **changes: Any) -> list[str]:
    """Which controls tell of one rule that admits."""
    group = Resource(
        "s", "G", "AWS::EC2::SecurityGroup", {"SecurityGroupIngress": [RULE | changes]}, {}
    )
    return [name for name in names if list(by_name()[name].judge(group))]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, None),
        ({"FromPort": "80", "ToPort": "80"}, None),
        ({"IpProtocol": "udp"}, None),
        ({"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1}, None),
        ({"IpProtocol": "icmpv6", "FromPort": -1, "ToPort": -1}, None),
        ({"CidrIp": "10.0.0.0/8", "FromPort": 0, "ToPort": 65535}, None),
        ({"FromPort": 22, "ToPort": 22}, "network.no-open-management-port"),
        ({"FromPort": 0, "ToPort": 65535}, "network.no-open-management-port"),
        ({"IpProtocol": "-1"}, "network.no-open-management-port"),
        ({"FromPort": 3306, "ToPort": 3306}, "firewalls.no-open-risky-port"),
        ({"FromPort": 6000, "ToPort": 7000}, "firewalls.no-open-risky-port"),
        (
            {"CidrIp": None, "CidrIpv6": "::/0", "FromPort": 5432, "ToPort": 5432},
            "firewalls.no-open-risky-port",
        ),
        ({"FromPort": 8443, "ToPort": 8443}, "firewalls.no-open-port"),
        ({"FromPort": 443, "ToPort": 444}, "firewalls.no-open-port"),
        ({"IpProtocol": "50", "FromPort": None, "ToPort": None}, "firewalls.no-open-port"),
        ({"CidrIp": "0.0.0.0/1"}, "firewalls.no-almost-world"),
        ({"CidrIp": "128.0.0.0/1"}, "firewalls.no-almost-world"),
        ({"CidrIp": "64.0.0.0/7"}, "firewalls.no-almost-world"),
        ({"CidrIp": "64.0.0.0/8"}, None),
        ({"CidrIp": None, "CidrIpv6": "2000::/3"}, "firewalls.no-almost-world"),
        ({"CidrIp": None, "CidrIpv6": "fd00::/8"}, None),
        ({"CidrIp": None, "CidrIpv6": "2001:db8::/32"}, None),
        ({"CidrIp": "nonsense"}, None),
        ({"CidrIp": None, "SourceSecurityGroupId": Reference("s", "Other")}, None),
    ],
    ids=str,
)
def test_each_opening_is_told_once(changes: dict[str, Any], name: str | None) -> None:
    """By the worst that it is, and by nothing else."""
    assert told(*OPENING, **changes) == ([name] if name else [])


@pytest.mark.parametrize(
    ("changes", "is_told"),
    [
        ({"FromPort": 23, "ToPort": 23, "CidrIp": "10.0.0.0/8"}, True),
        ({"FromPort": 0, "ToPort": 65535, "CidrIp": "10.0.0.0/8"}, True),
        ({"FromPort": 22, "ToPort": 22, "CidrIp": "10.0.0.0/8"}, False),
        ({"IpProtocol": -1, "CidrIp": "10.0.0.0/8"}, False),
        ({"FromPort": 23, "ToPort": 23}, False),
    ],
    ids=str,
)
def test_plain_services(changes: dict[str, Any], is_told: bool) -> None:
    """Inside the network too; what is open to the world is told elsewhere."""
    assert bool(told("firewalls.no-plain-service", **changes)) is is_told


@pytest.mark.parametrize(
    ("kind", "properties", "is_told"),
    [
        ("SecurityGroupEgress", {"IpProtocol": "-1", "CidrIpv6": "::/0"}, True),
        ("SecurityGroupEgress", {"IpProtocol": "tcp", "CidrIp": "0.0.0.0/0"}, True),
        ("SecurityGroupEgress", RULE, False),
        ("SecurityGroupEgress", {"IpProtocol": "-1", "CidrIp": "10.0.0.0/8"}, False),
        ("SecurityGroupEgress", RULE | {"FromPort": 1, "ToPort": "65535"}, True),
        ("SecurityGroup", {"SecurityGroupEgress": {"IpProtocol": -1, "CidrIp": "0.0.0.0/0"}}, True),
        ("SecurityGroup", {}, False),
    ],
    ids=str,
)
def test_sending(kind: str, properties: dict[str, Any], is_told: bool) -> None:
    """A rule of a group's own or by itself; what is left out is told by another control."""
    one = Resource("s", "R", f"AWS::EC2::{kind}", properties, {})
    assert bool(list(by_name()["firewalls.sends-narrowly"].judge(one))) is is_told


def test_network_acls_and_prefix_lists() -> None:
    """A half of the world is found there, too, unless it is refused."""
    judge = by_name()["firewalls.no-almost-world"].judge
    for action, count in (("allow", 1), ("deny", 0)):
        properties = {"RuleAction": action, "CidrBlock": "0.0.0.0/1"}
        assert len(
            list(judge(Resource("s", "E", "AWS::EC2::NetworkAclEntry", properties, {})))
        ) == (count)
    entries = {"Entries": [{"Cidr": "0.0.0.0/1"}, {"Cidr": "10.0.0.0/8"}]}
    assert len(list(judge(Resource("s", "L", "AWS::EC2::PrefixList", entries, {})))) == 1
