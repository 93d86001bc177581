"""Reach: nothing that can reach a database is outside the server groups that the profile names."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.reach import Reach, UnknownError, walk
from tests.samples import profile, stacks

Templates = dict[str, dict[str, Any]]

SITES = ("prod", "staging")
DATABASE, NETWORK = "acme-prod-database-orders", "acme-prod-network"
SHOP = "acme-prod-server-shop"
GROUP = f"{SHOP}/SecurityGroup"


def templates(site: str) -> Templates:
    """Every template of a site, free to be edited."""
    return {
        one.name: copy.deepcopy(dict(one.template)) for one in stacks("acme") if one.site == site
    }


def wanted(site: str) -> dict[str, set[str]]:
    """Stacks of databases, and of the servers that the profile lets reach each."""
    environment = next(one for one in profile("acme").environments if one.name == site)
    return {
        f"acme-{site}-database-{one.name}": {f"acme-{site}-server-{name}" for name in one.servers}
        for one in environment.databases
    }


def zones(tier: str, found: Reach) -> set[str]:
    """Subnets of a tier among those from which a database is reached."""
    return {one for one in found.subnets if one.startswith(f"{tier}Subnet")}


@pytest.mark.parametrize("site", SITES)
def test_only_named_servers_reach_a_database(site: str) -> None:
    """Exactly their groups are admitted, may send, and are carried by their own hosts alone."""
    found, servers = walk(templates(site)), wanted(site)
    assert set(found) == set(servers)
    for name, reach in found.items():
        groups = {f"{server}/SecurityGroup" for server in servers[name]}
        assert reach.admitted == groups
        assert reach.openers == groups
        assert reach.carriers == servers[name]


@pytest.mark.parametrize("site", SITES)
def test_only_the_private_and_the_data_tier_are_on_the_way(site: str) -> None:
    """Routes and ACLs agree, whatever security groups say: two walls, each whole by itself."""
    for reach in walk(templates(site)).values():
        assert zones("Public", reach) == set()
        assert zones("Private", reach)
        assert zones("Private", reach) | zones("Data", reach) == reach.subnets
        assert reach.outside == set()
        assert reach.doors == set()


def add(stack: str, kind: str, **properties: Any) -> Callable[[Templates], None]:
    """Add a resource to a stack."""

    def edit(made: Templates) -> None:
        made[stack]["Resources"]["Added"] = {"Type": f"AWS::EC2::{kind}", "Properties": properties}

    return edit


def change(stack: str, resource: str, name: str, value: Any) -> Callable[[Templates], None]:
    """Change a property; a function gets the old value."""

    def edit(made: Templates) -> None:
        properties = made[stack]["Resources"][resource]["Properties"]
        properties[name] = value(properties[name]) if callable(value) else value

    return edit


def imported(name: str) -> dict[str, str]:
    """An import of another stack's output."""
    return {"Fn::ImportValue": name}


TCP = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}
ENTRY = {"Protocol": 6, "RuleAction": "allow", "PortRange": {"From": 1024, "To": 65535}}
TO_PUBLIC = {"CidrBlock": "10.20.192.0/18", "NetworkAclId": {"Ref": "DataAcl"}} | ENTRY
DATA_TABLE = {"RouteTableId": {"Ref": "DataRouteTableA"}, "DestinationCidrBlock": "0.0.0.0/0"}
ITS_GROUP = imported(f"{DATABASE}-SecurityGroupId")

WIDENED: dict[str, tuple[Callable[[Templates], None], Callable[[Reach], object], object]] = {
    "a network in the group's own rules": (
        change(
            DATABASE,
            "SecurityGroup",
            "SecurityGroupIngress",
            lambda old: [*old, TCP | {"CidrIp": "10.20.0.0/17"}],
        ),
        lambda found: found.admitted - {GROUP},
        {"10.20.0.0/17"},
    ),
    "every protocol from the world": (
        change(
            DATABASE,
            "SecurityGroup",
            "SecurityGroupIngress",
            [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}],
        ),
        lambda found: found.admitted,
        {"0.0.0.0/0"},
    ),
    "IPv6 in a rule": (
        change(DATABASE, "SecurityGroup", "SecurityGroupIngress", [TCP | {"CidrIpv6": "::/0"}]),
        lambda found: found.admitted,
        {"::/0"},
    ),
    "a rule apart, in another stack": (
        add(NETWORK, "SecurityGroupIngress", GroupId=ITS_GROUP, CidrIp="10.0.0.0/8", **TCP),
        lambda found: found.admitted - {GROUP},
        {"10.0.0.0/8"},
    ),
    "another server's group, by a rule apart": (
        add(
            NETWORK,
            "SecurityGroupIngress",
            GroupId=ITS_GROUP,
            SourceSecurityGroupId=imported("acme-prod-server-office-SecurityGroupId"),
            **TCP,
        ),
        lambda found: found.admitted - {GROUP},
        {"acme-prod-server-office/SecurityGroup"},
    ),
    "a second group on the database": (
        change(
            DATABASE,
            "Database",
            "VPCSecurityGroups",
            lambda old: [*old, imported("acme-prod-server-shop-SecurityGroupId")],
        ),
        lambda found: found.carriers,
        {SHOP, DATABASE},
    ),
    "a foreign host with a named group": (
        add(
            NETWORK,
            "Instance",
            SecurityGroupIds=[imported("acme-prod-server-shop-SecurityGroupId")],
        ),
        lambda found: found.carriers,
        {SHOP, NETWORK},
    ),
    "a route from the data tier to the Internet": (
        add(NETWORK, "Route", GatewayId={"Ref": "InternetGateway"}, **DATA_TABLE),
        lambda found: found.doors,
        {"Added"},
    ),
    "a route from the data tier to other networks": (
        add(NETWORK, "Route", TransitGatewayId="tgw-1", **DATA_TABLE),
        lambda found: found.doors,
        {"Added"},
    ),
    "a public address": (
        change(DATABASE, "Database", "PubliclyAccessible", "true"),
        lambda found: found.doors,
        {"PubliclyAccessible"},
    ),
    "an address of IPv6": (
        change(DATABASE, "Database", "NetworkType", "DUAL"),
        lambda found: found.doors,
        {"IPv6"},
    ),
    "a subnet of the public tier": (
        change(
            DATABASE,
            "SubnetGroup",
            "SubnetIds",
            lambda old: [*old, imported(f"{NETWORK}-PublicSubnetA")],
        ),
        lambda found: bool(zones("Public", found) and found.doors and found.outside) or found,
        True,
    ),
    "an ACL that admits the world": (
        add(
            NETWORK,
            "NetworkAclEntry",
            RuleNumber=10,
            CidrBlock="192.0.2.0/24",
            Egress=False,
            NetworkAclId={"Ref": "DataAcl"},
            **ENTRY,
        ),
        lambda found: found.outside,
        {"192.0.2.0/24"},
    ),
}


@pytest.mark.parametrize("name", WIDENED)
def test_the_walk_sees_every_way_in(name: str) -> None:
    """One rule more, anywhere, and it is told."""
    edit, look, expected = WIDENED[name]
    made = templates("prod")
    edit(made)
    assert look(walk(made)[DATABASE]) == expected


def test_the_walk_sees_an_acl_opened_to_the_public_tier() -> None:
    """Both ways: a connection needs its answers."""
    made = templates("prod")
    entries = made[NETWORK]["Resources"]
    for name, outward in (("In", False), ("Out", True)):
        entries[name] = {
            "Type": "AWS::EC2::NetworkAclEntry",
            "Properties": TO_PUBLIC | {"RuleNumber": 300, "Egress": outward},
        }
        found = walk(made)[DATABASE]
        assert bool(zones("Public", found)) is outward


@pytest.mark.parametrize(("number", "is_shut"), [(1, True), (32000, False)])
def test_rules_of_an_acl_hold_in_their_order(number: int, *, is_shut: bool) -> None:
    """A refusal before the permission shuts the private tier out; after it, it does nothing."""
    made = templates("prod")
    add(
        NETWORK,
        "NetworkAclEntry",
        RuleNumber=number,
        CidrBlock="10.20.0.0/17",
        Egress=False,
        Protocol=-1,
        RuleAction="deny",
        NetworkAclId={"Ref": "DataAcl"},
    )(made)
    assert (not zones("Private", walk(made)[DATABASE])) is is_shut


def test_a_server_that_may_not_send_does_not_reach() -> None:
    """Its group is admitted, but has no way out to the port."""
    made = templates("prod")
    change(
        SHOP,
        "SecurityGroup",
        "SecurityGroupEgress",
        [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}],
    )(made)
    found = walk(made)[DATABASE]
    assert found.admitted == {GROUP}
    assert found.openers == set()


@pytest.mark.parametrize(
    "edit",
    [
        add(NETWORK, "SecurityGroupIngress", GroupId={"Ref": "Elsewhere"}, **TCP),
        add(NETWORK, "SecurityGroupIngress", GroupId=ITS_GROUP, SourcePrefixListId="pl-1", **TCP),
        change(
            DATABASE,
            "SecurityGroup",
            "SecurityGroupIngress",
            [TCP | {"SourceSecurityGroupId": imported("acme-prod-nothing-SecurityGroupId")}],
        ),
        change(DATABASE, "SecurityGroup", "SecurityGroupIngress", [TCP | {"CidrIp": {"Ref": "X"}}]),
        change(DATABASE, "Database", "PubliclyAccessible", {"Ref": "X"}),
        change(DATABASE, "Database", "VPCSecurityGroups", []),
    ],
)
def test_what_cannot_be_resolved_never_passes(edit: Callable[[Templates], None]) -> None:
    """It may be the way in."""
    made = templates("prod")
    edit(made)
    with pytest.raises(UnknownError):
        walk(made)
