"""Network: the edges of each control; the three cases of each are in `test_check`."""

from __future__ import annotations

from typing import Any

import pytest

from baseline.check import controls
from baseline.control import CannotJudge
from baseline.controls.network import (
    egress_declared,
    no_automatic_public_address,
    no_open_management_port,
)
from baseline.resource import Reference, Resource

SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}


def group(**properties: Any) -> Resource:
    """A security group."""
    return Resource("s", "Group", "AWS::EC2::SecurityGroup", properties, {})


def found(rule: dict[str, Any]) -> list[str]:
    """What is wrong with one rule of a security group."""
    return list(no_open_management_port.judge(group(SecurityGroupIngress=[rule])))


@pytest.mark.parametrize(
    ("changes", "ports"),
    [
        ({}, [22]),
        ({"FromPort": "22", "ToPort": "22"}, [22]),
        ({"FromPort": 3389, "ToPort": 3389}, [3389]),
        ({"FromPort": 0, "ToPort": 65535}, [22, 3389]),
        ({"FromPort": 22, "ToPort": None}, [22]),
        ({"FromPort": None, "ToPort": None}, [22, 3389]),
        ({"IpProtocol": "-1", "FromPort": None}, [22, 3389]),
        ({"IpProtocol": -1}, [22, 3389]),
        ({"IpProtocol": "TCP"}, [22]),
        ({"IpProtocol": 6}, [22]),
        ({"IpProtocol": "udp"}, [22]),
        ({"CidrIp": None, "CidrIpv6": "::/0"}, [22]),
        ({"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1}, []),
        ({"FromPort": 23, "ToPort": 3388}, []),
        ({"FromPort": 443, "ToPort": 443}, []),
        ({"CidrIp": "10.0.0.0/8"}, []),
        ({"CidrIp": None, "SourceSecurityGroupId": Reference("s", "Other")}, []),
        ({"CidrIp": {"Fn::Select": [0, {"Fn::Cidr": ["10.0.0.0/16", 4, 8]}]}}, []),
    ],
    ids=str,
)
def test_management_ports(changes: dict[str, Any], ports: list[int]) -> None:
    """Ranges, names and numbers of protocols, and both kinds of the world are understood."""
    assert found(SSH | changes) == [f"port {port} is open to the world" for port in ports]


@pytest.mark.parametrize("field", ["IpProtocol", "FromPort", "ToPort", "CidrIp"])
def test_a_rule_from_elsewhere(field: str) -> None:
    """A rule with a part that a parameter decides cannot be judged."""
    with pytest.raises(CannotJudge, match=f"{field} is decided by Ref"):
        found(SSH | {field: {"Ref": "Parameter"}})


@pytest.mark.parametrize(
    "rules",
    [{"Fn::If": ["C", [SSH], []]}, [{"Fn::If": ["C", SSH, {"Ref": "AWS::NoValue"}]}]],
    ids=str,
)
def test_rules_from_elsewhere(rules: Any) -> None:
    """Rules that a condition decides cannot be judged, all of them or one."""
    with pytest.raises(CannotJudge):
        list(no_open_management_port.judge(group(SecurityGroupIngress=rules)))


def test_every_rule_is_judged() -> None:
    """The open rule is found wherever it stands."""
    closed = SSH | {"CidrIp": "10.0.0.0/8"}
    one = group(SecurityGroupIngress=[closed, SSH, closed])
    assert len(list(no_open_management_port.judge(one))) == 1
    assert not list(no_open_management_port.judge(group()))


@pytest.mark.parametrize(
    ("changes", "findings"),
    [
        ({}, 1),
        ({"Egress": False}, 1),
        ({"Egress": "false"}, 1),
        ({"Protocol": -1, "PortRange": None}, 2),
        ({"CidrBlock": None, "Ipv6CidrBlock": "::/0"}, 1),
        ({"Egress": True}, 0),
        ({"RuleAction": "deny"}, 0),
        ({"CidrBlock": "10.0.0.0/8"}, 0),
        ({"Protocol": 1}, 0),
    ],
    ids=str,
)
def test_entries_of_a_network_acl(changes: dict[str, Any], findings: int) -> None:
    """An entry that allows what comes in is judged like a rule; the others are not."""
    properties = {
        "Protocol": 6,
        "RuleAction": "allow",
        "PortRange": {"From": 22, "To": 22},
        "CidrBlock": "0.0.0.0/0",
    } | changes
    one = Resource("s", "Entry", "AWS::EC2::NetworkAclEntry", properties, {})
    assert len(list(no_open_management_port.judge(one))) == findings


def test_one_rule_needs_no_list() -> None:
    """A rule that stands alone is judged, or is a doubt; it is never a pass."""
    assert list(no_open_management_port.judge(group(SecurityGroupIngress=SSH)))


def test_a_rule_of_its_own() -> None:
    """A rule that is a resource of its own opens a port just as well."""
    (one,) = (each for each in controls() if each.name == "network.no-open-management-port")
    assert "AWS::EC2::SecurityGroupIngress" in one.types


@pytest.mark.parametrize("switch", ["MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation"])
@pytest.mark.parametrize(
    ("value", "findings"), [(True, 1), ("true", 1), (False, 0), ("false", 0), (None, 0)]
)
def test_public_addresses(switch: str, value: Any, findings: int) -> None:
    """Both kinds of address count, in either spelling of true."""
    one = Resource("s", "Subnet", "AWS::EC2::Subnet", {switch: value}, {})
    assert len(list(no_automatic_public_address.judge(one))) == findings


@pytest.mark.parametrize(("value", "findings"), [(None, 1), ([], 1), ([{"IpProtocol": "-1"}], 0)])
def test_egress(value: Any, findings: int) -> None:
    """Empty is as open as left out; what is declared is somebody's decision."""
    assert len(list(egress_declared.judge(group(SecurityGroupEgress=value)))) == findings
