"""Network: the address plan never moves, and the tiers speak only as the table says."""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from baseline.stack import Stack
from tests.samples import edited, of_type, properties, stack, statements

PROD = stack("acme-prod-network")
STAGING = stack("acme-staging-network")
INTERNET = "203.0.113.7"
EPHEMERAL = 40_000


def subnets(one: Stack) -> dict[str, str]:
    """Logical id of each subnet, and its addresses."""
    return {name: body["CidrBlock"] for name, body in of_type(one, "AWS::EC2::Subnet").items()}


def admits(one: Stack, tier: str, direction: str, peer: str, port: int) -> bool:
    """Say whether a tier's network ACL lets TCP through; the first rule that fits decides."""
    entries = sorted(
        (
            entry
            for entry in of_type(one, "AWS::EC2::NetworkAclEntry").values()
            if entry["NetworkAclId"] == {"Ref": f"{tier}Acl"}
            and entry["Egress"] is (direction == "out")
            and "CidrBlock" in entry
        ),
        key=lambda entry: int(entry["RuleNumber"]),
    )
    for entry in entries:
        ports = entry.get("PortRange", {"From": 0, "To": 65_535})
        if (
            entry["Protocol"] in (6, -1)
            and ip_address(peer) in ip_network(entry["CidrBlock"])
            and ports["From"] <= port <= ports["To"]
        ):
            return bool(entry["RuleAction"] == "allow")
    return False


def connects(one: Stack, source: str, target: str, port: int) -> bool:
    """Say whether a connection gets there and its replies back, by the ACLs of both ends."""
    hosts = {"Public": "10.20.192.9", "Private": "10.20.0.9", "Data": "10.20.128.9"}
    here, there = hosts.get(source, INTERNET), hosts.get(target, INTERNET)
    return all(
        (
            source not in hosts or admits(one, source, "out", there, port),
            target not in hosts or admits(one, target, "in", here, port),
            target not in hosts or admits(one, target, "out", here, EPHEMERAL),
            source not in hosts or admits(one, source, "in", there, EPHEMERAL),
        )
    )


def test_the_address_plan_is_as_documented() -> None:
    """Private gets half, data and public a quarter each; an eighth for each zone's number."""
    assert subnets(PROD) == {
        "PublicSubnetA": "10.20.192.0/21",
        "PublicSubnetB": "10.20.200.0/21",
        "PublicSubnetC": "10.20.208.0/21",
        "PrivateSubnetA": "10.20.0.0/20",
        "PrivateSubnetB": "10.20.16.0/20",
        "PrivateSubnetC": "10.20.32.0/20",
        "DataSubnetA": "10.20.128.0/21",
        "DataSubnetB": "10.20.136.0/21",
        "DataSubnetC": "10.20.144.0/21",
    }


def test_adding_a_zone_moves_nothing() -> None:
    """Resources that were there are the same to the letter; a zone only adds."""
    zones = "zones: [euw1-az1, euw1-az2]"
    before = STAGING
    made = edited("acme", (zones, "zones: [euw1-az3, euw1-az2, euw1-az1]"))
    after = next(one for one in made if one.name == before.name)
    changed = {name for name, body in before.resources.items() if after.resources.get(name) != body}
    assert changed == {"S3Endpoint", "DynamoDbEndpoint"}  # which gain a route table
    assert set(after.resources) > set(before.resources)


@pytest.mark.parametrize("zones", [("1", "2"), ("2", "3"), ("1", "2", "3", "4", "5", "6")])
def test_two_to_six_zones(zones: tuple[str, ...]) -> None:
    """Subnets never overlap and stay inside the network, whichever zones are in use."""
    listed = ", ".join(f"use1-az{number}" for number in zones)
    made = edited(
        "minimal",
        ("eu-west-1", "us-east-1"),
        ("10.0.0.0/16}", f"10.0.0.0/22, zones: [{listed}]}}"),
    )
    found = [ip_network(cidr) for cidr in subnets(made[-1]).values()]
    assert len(found) == 3 * len(zones)
    assert all(one.subnet_of(ip_network("10.0.0.0/22")) for one in found)  # type: ignore[arg-type]
    assert not any(a.overlaps(b) for a in found for b in found if a is not b)
    assert max(one.prefixlen for one in found) <= 27


@pytest.mark.parametrize(
    ("source", "target", "port"),
    [
        ("Internet", "Public", 443),
        ("Internet", "Public", 80),
        ("Public", "Internet", 443),
        ("Public", "Private", 443),
        ("Public", "Private", 8080),
        ("Private", "Internet", 443),
        ("Private", "Internet", 80),
        ("Private", "Private", 443),
        ("Private", "Private", 22),
        ("Private", "Data", 5432),
        ("Private", "Data", 3306),
    ],
)
def test_what_must_connect_connects(source: str, target: str, port: int) -> None:
    """There and back: load balancers, hosts through NAT, endpoints, databases."""
    assert connects(PROD, source, target, port)


@pytest.mark.parametrize(
    ("source", "target", "port"),
    [
        ("Internet", "Public", 22),
        ("Internet", "Public", 3389),
        ("Internet", "Private", 22),
        ("Internet", "Private", 443),
        ("Internet", "Private", 3389),
        ("Internet", "Data", 5432),
        ("Public", "Data", 5432),
        ("Public", "Private", 22),
        ("Data", "Internet", 443),
        ("Data", "Public", 443),
        ("Private", "Data", 22),
        ("Private", "Internet", 25),
    ],
)
def test_what_must_not_connect_does_not(source: str, target: str, port: int) -> None:
    """Whatever a security group says, the ACLs say no."""
    assert not connects(PROD, source, target, port)


@pytest.mark.parametrize("port", [22, 3389])
def test_people_come_from_management_networks(port: int) -> None:
    """There and back, to private hosts only, and from nowhere else."""
    assert admits(PROD, "Private", "in", "10.99.3.4", port)
    assert admits(PROD, "Private", "out", "10.99.3.4", EPHEMERAL)
    assert not admits(PROD, "Private", "in", "10.98.3.4", port)
    assert not admits(PROD, "Public", "in", "10.99.3.4", port)
    assert not admits(PROD, "Data", "in", "10.99.3.4", port)
    assert not admits(STAGING, "Private", "in", "10.99.3.4", port)


def test_no_way_for_people_where_no_host_names_any() -> None:
    """Session Manager needs no port; so neither rule nor endpoint is there."""
    made = edited(
        "acme",
        ("people: [alice]", "people: []"),
        ("administrators: [bob]", "administrators: []"),
        ("administrators: [carol]", "administrators: []"),
    )
    one = next(each for each in made if each.name == PROD.name)
    assert not [name for name in one.resources if "Management" in name or "Connect" in name]
    for entry in of_type(one, "AWS::EC2::NetworkAclEntry").values():
        assert entry.get("PortRange", {}).get("From") not in (22, 3389)


def test_instance_connect_speaks_to_private_hosts_only() -> None:
    """Nothing comes in by its group, and each port goes to the private tier."""
    group = properties(PROD, "InstanceConnectSecurityGroup")
    assert "SecurityGroupIngress" not in group
    assert [
        (one["FromPort"], one["ToPort"], one["CidrIp"]) for one in group["SecurityGroupEgress"]
    ] == [
        (22, 22, "10.20.0.0/17"),
        (3389, 3389, "10.20.0.0/17"),
    ]
    (endpoint,) = of_type(PROD, "AWS::EC2::InstanceConnectEndpoint").values()
    assert endpoint["SubnetId"] == {"Ref": "PrivateSubnetA"}
    assert not of_type(STAGING, "AWS::EC2::InstanceConnectEndpoint")


def test_the_most_management_networks_fit_the_quota() -> None:
    """Twenty rules in each direction of an ACL, whatever the profile asks for."""
    four = "management: [10.99.0.0/16, 10.98.0.0/16, 10.97.0.0/16, 10.96.0.0/16]"
    made = edited("acme", ("management: [10.99.0.0/16]", four), ("ipv6: false", "ipv6: true"))
    one = next(each for each in made if each.name == PROD.name)
    entries = of_type(one, "AWS::EC2::NetworkAclEntry").values()
    counts = Counter((entry["NetworkAclId"]["Ref"], entry["Egress"]) for entry in entries)
    assert max(counts.values()) == 20


def test_the_data_tier_has_no_way_out() -> None:
    """Its route tables hold no route but the VPC's own, and no endpoint adds one."""
    tables = {name for name in PROD.resources if name.startswith("DataRouteTable")}
    assert len(tables) == 3
    for route in of_type(PROD, "AWS::EC2::Route").values():
        assert route["RouteTableId"]["Ref"] not in tables
    for endpoint in of_type(PROD, "AWS::EC2::VPCEndpoint").values():
        routed = {one["Ref"] for one in endpoint.get("RouteTableIds", ())}
        assert not routed & tables


@pytest.mark.parametrize(
    ("nat", "gateways"), [("each zone", {"A", "B", "C"}), ("single", {"A"}), ("none", set[str]())]
)
def test_nat(nat: str, gateways: set[str]) -> None:
    """A gateway per zone, one, or none; private tables lead to a gateway that exists."""
    made = edited("minimal", ("{cidr: 10.0.0.0/16}", f"{{cidr: 10.0.0.0/16, nat: {nat}}}"))
    one = next(each for each in made if each.short_name == "network")
    assert set(of_type(one, "AWS::EC2::NatGateway")) == {f"NatGateway{at}" for at in gateways}
    routes = [
        body["NatGatewayId"]["Ref"]
        for name, body in of_type(one, "AWS::EC2::Route").items()
        if name.startswith("Private")
    ]
    assert len(routes) == (3 if gateways else 0)
    assert set(routes) == {f"NatGateway{at}" for at in gateways}


def test_every_subnet_has_its_tables() -> None:
    """Each subnet has a route table of its own, and the ACL of its tier."""
    for one in (PROD, STAGING):
        tables = [
            (body["SubnetId"]["Ref"], body["RouteTableId"]["Ref"])
            for body in of_type(one, "AWS::EC2::SubnetRouteTableAssociation").values()
        ]
        acls = {
            body["SubnetId"]["Ref"]: body["NetworkAclId"]["Ref"]
            for body in of_type(one, "AWS::EC2::SubnetNetworkAclAssociation").values()
        }
        assert {subnet for subnet, _ in tables} == set(subnets(one)) == set(acls)
        assert len({table for _, table in tables}) == len(tables)
        assert all(subnet.startswith(acl.removesuffix("Acl")) for subnet, acl in acls.items())


def test_rule_numbers_are_unique() -> None:
    """Two rules of one ACL and direction with one number are refused by EC2."""
    for one in (PROD, STAGING):
        numbers = [
            (body["NetworkAclId"]["Ref"], body["Egress"], body["RuleNumber"])
            for body in of_type(one, "AWS::EC2::NetworkAclEntry").values()
        ]
        assert len(numbers) == len(set(numbers))


def test_ipv6_doubles_every_rule() -> None:
    """With IPv6, each rule has its twin, and private hosts call out by the egress-only gateway."""
    entries = of_type(STAGING, "AWS::EC2::NetworkAclEntry")
    assert not [name for name in entries if "Management" in name]
    four = {name for name, body in entries.items() if "CidrBlock" in body}
    assert {f"{name}6" for name in four} == {
        name for name, body in entries.items() if "Ipv6CidrBlock" in body
    }
    assert properties(STAGING, "PrivateDefaultRoute6A") == {
        "RouteTableId": {"Ref": "PrivateRouteTableA"},
        "DestinationIpv6CidrBlock": "::/0",
        "EgressOnlyInternetGatewayId": {"Ref": "EgressOnlyGateway"},
    }


def test_no_subnet_gives_a_public_address() -> None:
    """Not for IPv4, and not for IPv6."""
    for body in of_type(STAGING, "AWS::EC2::Subnet").values():
        assert body["MapPublicIpOnLaunch"] is False
        assert body["AssignIpv6AddressOnCreation"] is False


def test_the_s3_endpoint_serves_packages_and_own_buckets_only() -> None:
    """Names of AWS's buckets hold no wildcard; everything else must belong to this account."""
    found = statements(properties(PROD, "S3Endpoint")["PolicyDocument"])
    packages = found["PackagesAndAgentsOfAws"]
    names = [resource["Fn::Sub"] for resource in packages["Resource"]]
    assert packages["Action"] == "s3:GetObject"
    assert "arn:${AWS::Partition}:s3:::al2023-repos-eu-west-1-de612dc2/*" in names
    assert "arn:${AWS::Partition}:s3:::amazon-ssm-eu-west-1/*" in names
    assert all(name.count("*") == 1 for name in names)
    condition: Any = found["OwnBuckets"]["Condition"]
    assert condition == {
        "StringEquals": {
            "aws:PrincipalAccount": {"Ref": "AWS::AccountId"},
            "aws:ResourceAccount": {"Ref": "AWS::AccountId"},
        }
    }


def test_endpoints_take_https_from_private_hosts_only() -> None:
    """Their security group names the private tier, and sends nothing anywhere."""
    group = properties(PROD, "EndpointSecurityGroup")
    (ingress,) = group["SecurityGroupIngress"]
    (egress,) = group["SecurityGroupEgress"]
    assert (ingress["CidrIp"], ingress["FromPort"]) == ("10.20.0.0/17", 443)
    assert egress["CidrIp"] == "127.0.0.1/32"


def test_the_flow_log_takes_everything() -> None:
    """Accepted and rejected, minute by minute, into the encrypted group of the logs stack."""
    flow = properties(PROD, "FlowLog")
    assert flow["TrafficType"] == "ALL"
    assert flow["MaxAggregationInterval"] == 60
    assert flow["LogGroupName"] == {"Fn::ImportValue": "acme-prod-logs-FlowLogGroupName"}
    trust = statements(properties(PROD, "FlowLogRole")["AssumeRolePolicyDocument"])
    conditions = trust["TakeFlowLog"]["Condition"]
    assert conditions["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
