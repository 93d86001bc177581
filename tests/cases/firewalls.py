"""Firewalls: the three cases of each control."""

from __future__ import annotations

from typing import Any

from tests.cases import case

GROUP = ("AWS::EC2::SecurityGroup", "acme-prod-network", "EndpointSecurityGroup")


def rule(first: int, last: int, cidr: str = "0.0.0.0/0", **more: Any) -> dict[str, Any]:
    """A rule for a range of ports of TCP."""
    return {"IpProtocol": "tcp", "FromPort": first, "ToPort": last, "CidrIp": cidr} | more


CASES = {
    "firewalls.no-open-risky-port": case(
        GROUP,
        {"SecurityGroupIngress": [rule(3306, 3306)]},
        {"SecurityGroupIngress": [rule(443, 443)]},
        ("SecurityGroupIngress", 0),
        rule(5432, 5432, Description="x"),
    ),
    "firewalls.no-open-port": case(
        GROUP,
        {"SecurityGroupIngress": [rule(9999, 9999)]},
        {"SecurityGroupIngress": [rule(443, 443), rule(80, 80)]},
        ("SecurityGroupIngress", 0),
        rule(8444, 8444, Description="x"),
    ),
    "firewalls.no-almost-world": case(
        GROUP,
        {"SecurityGroupIngress": [rule(22, 22, "128.0.0.0/1")]},
        {"SecurityGroupIngress": [rule(22, 22, "10.0.0.0/8")]},
        ("SecurityGroupIngress", 0, "CidrIp"),
        "0.0.0.0/1",
    ),
    "firewalls.no-plain-service": case(
        GROUP,
        {"SecurityGroupIngress": [rule(20, 21, "10.0.0.0/8")]},
        {"SecurityGroupIngress": [rule(22, 22, "10.0.0.0/8")]},
        ("SecurityGroupIngress", 0),
        rule(23, 23, "10.0.0.0/8", Description="x"),
    ),
    "firewalls.sends-narrowly": case(
        GROUP,
        {"SecurityGroupEgress": [{"IpProtocol": -1, "CidrIp": "0.0.0.0/0"}]},
        {"SecurityGroupEgress": [rule(443, 443)]},
        ("SecurityGroupEgress", 0),
        rule(0, 65535, Description="x"),
    ),
    "firewalls.rules-described": case(
        GROUP,
        {"SecurityGroupIngress": rule(443, 443)},
        {"SecurityGroupIngress": [rule(443, 443, Description="HTTPS")]},
        ("SecurityGroupEgress", 0, "Description"),
        "",
    ),
}
