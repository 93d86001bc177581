"""Exposure: the edges of what is seen only in a whole account."""

from __future__ import annotations

from typing import Any

import pytest

from baseline.catalogue import by_name
from baseline.control import CannotJudge
from baseline.resource import resources


def told(name: str, declared: dict[str, Any]) -> list[tuple[str, str]]:
    """What one control says of a template: resource and message."""
    one = by_name()[f"exposure.{name}"]
    found = [each for each in resources({"s": {"Resources": declared}}) if each.type in one.types]
    return [(resource.logical_id, message) for resource, message in one.judge(found)]


def one(kind: str, **properties: Any) -> dict[str, Any]:
    """A resource."""
    return {"Type": f"AWS::{kind}", "Properties": properties}


def network(route: dict[str, Any]) -> dict[str, Any]:
    """A group of hosts in a subnet, whose table has a route."""
    return {
        "Gateway": one("EC2::InternetGateway"),
        "Outbound": one("EC2::EgressOnlyInternetGateway"),
        "Nat": one("EC2::NatGateway"),
        "Table": one("EC2::RouteTable"),
        "Subnet": one("EC2::Subnet"),
        "Routes": one(
            "EC2::SubnetRouteTableAssociation",
            SubnetId={"Ref": "Subnet"},
            RouteTableId={"Ref": "Table"},
        ),
        "Route": one("EC2::Route", RouteTableId={"Ref": "Table"}, **route),
        "Group": one("AutoScaling::AutoScalingGroup", VPCZoneIdentifier=[{"Ref": "Subnet"}]),
    }


@pytest.mark.parametrize(
    ("route", "count"),
    [
        ({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": {"Ref": "Gateway"}}, 1),
        ({"DestinationCidrBlock": "198.51.100.0/24", "GatewayId": {"Ref": "Gateway"}}, 1),
        ({"DestinationIpv6CidrBlock": "::/0", "GatewayId": {"Ref": "Gateway"}}, 1),
        (
            {
                "DestinationIpv6CidrBlock": "::/0",
                "EgressOnlyInternetGatewayId": {"Ref": "Outbound"},
            },
            0,
        ),
        ({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": {"Ref": "Nat"}}, 0),
        ({"DestinationCidrBlock": "10.0.0.0/8", "GatewayId": "vgw-1"}, 0),
    ],
    ids=str,
)
def test_a_route_makes_a_subnet_public(route: dict[str, Any], count: int) -> None:
    """If it leads to an Internet gateway, whatever it is for; NAT leads out only."""
    found = told("hosts-in-private-subnets", network(route))
    assert len(found) == count
    assert all("Subnet" in message for _, message in found)


def test_a_gateway_from_elsewhere_is_a_doubt() -> None:
    """A parameter may be an Internet gateway."""
    with pytest.raises(CannotJudge, match="decided by a parameter"):
        told("hosts-in-private-subnets", network({"GatewayId": {"Ref": "P"}}))


def test_clusters() -> None:
    """One instance is told by its number; a cluster whose instances RDS makes is not."""
    cluster = {"Cluster": one("RDS::DBCluster")}
    member = {"One": one("RDS::DBInstance", DBClusterIdentifier={"Ref": "Cluster"})}
    assert told("clusters-over-zones", cluster) == [("Cluster", "has no instances")]
    assert told("clusters-over-zones", cluster | member) == [("Cluster", "has 1 instance")]
    whole = {"Cluster": one("RDS::DBCluster", DBClusterInstanceClass="db.m6gd.large")}
    assert told("clusters-over-zones", whole) == []


def test_what_is_on_nothing() -> None:
    """A rule for a group is no member of it; a host or a load balancer is in use of an address."""
    group = {"Group": one("EC2::SecurityGroup")}
    rule = {"Rule": one("EC2::SecurityGroupIngress", GroupId={"Ref": "Group"})}
    member = {"Host": one("EC2::Instance", SecurityGroupIds=[{"Ref": "Group"}])}
    assert told("groups-used", group | rule)
    assert not told("groups-used", group | member)
    address = {"Address": one("EC2::EIP")}
    front = one(
        "ElasticLoadBalancingV2::LoadBalancer",
        SubnetMappings=[{"AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]}}],
    )
    assert told("addresses-used", address)
    assert not told("addresses-used", address | {"Front": front})
    assert not told("addresses-used", {"Address": one("EC2::EIP", InstanceId="i-1")})
