"""Network: what must hold for VPCs and all in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from baseline.control import Severity, control, is_true, literal
from baseline.resource import Resource

MANAGEMENT_PORTS = (22, 3389)
WORLD = ("0.0.0.0/0", "::/0")


@control(
    "network.no-open-management-port",
    "No rule opens a management port to the world",
    on=(
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::NetworkAclEntry",
    ),
    severity=Severity.HIGH,
)
def no_open_management_port(resource: Resource) -> Iterator[str]:
    """Every address on the Internet is tried on ports 22 and 3389 within minutes."""
    rules = _inbound(resource)
    for rule in rules:
        for port in MANAGEMENT_PORTS:
            if _covers(rule, port) and _is_world(rule):
                yield f"port {port} is open to the world"


@control(
    "network.no-automatic-public-address",
    "Subnets give no public address by themselves",
    on="AWS::EC2::Subnet",
    severity=Severity.HIGH,
)
def no_automatic_public_address(subnet: Resource) -> Iterator[str]:
    """Whoever starts a host should have to ask for it to be reachable."""
    for switch in ("MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation"):
        if is_true(literal(subnet.properties, switch, default=False)):
            yield f"{switch} is true"


@control(
    "network.egress-declared",
    "Security groups say where they may send",
    on="AWS::EC2::SecurityGroup",
    severity=Severity.MEDIUM,
)
def egress_declared(group: Resource) -> Iterator[str]:
    """CloudFormation opens everything where egress is left out or empty."""
    if not literal(group.properties, "SecurityGroupEgress"):
        yield "SecurityGroupEgress is left out or empty, which allows everything"


def _inbound(resource: Resource) -> Sequence[Any]:
    """Rules that admit, in the words of a security group's."""
    if resource.type == "AWS::EC2::SecurityGroupIngress":
        return [resource.properties]
    if resource.type == "AWS::EC2::NetworkAclEntry":
        admits = literal(resource.properties, "RuleAction") == "allow"
        outward = is_true(literal(resource.properties, "Egress"))
        return [_entry(resource)] if admits and not outward else []
    rules = literal(resource.properties, "SecurityGroupIngress", default=())
    return [rules] if isinstance(rules, Mapping) else list(rules)


def _entry(entry: Resource) -> dict[str, Any]:
    """An entry of a network ACL in the words of a security group's rule."""
    properties = entry.properties
    return {
        "IpProtocol": literal(properties, "Protocol"),
        "FromPort": literal(properties, "PortRange", "From"),
        "ToPort": literal(properties, "PortRange", "To"),
        "CidrIp": properties.get("CidrBlock"),
        "CidrIpv6": properties.get("Ipv6CidrBlock"),
    }


def _is_world(rule: Any) -> bool:
    """A block cut out of a VPC's own is never the world; another intrinsic cannot be judged."""
    return any(
        not _is_cut_out(rule.get(key)) and literal(rule, key) in WORLD
        for key in ("CidrIp", "CidrIpv6")
    )


def _is_cut_out(cidr: Any) -> bool:
    if not isinstance(cidr, Mapping) or "Fn::Select" not in cidr:
        return False
    chosen_from = cidr["Fn::Select"][1]
    return isinstance(chosen_from, Mapping) and "Fn::Cidr" in chosen_from


def _covers(rule: Any, port: int) -> bool:
    protocol = str(literal(rule, "IpProtocol")).lower()
    if protocol == "-1":
        return True
    if protocol not in ("tcp", "6", "udp", "17"):
        return False
    first, last = literal(rule, "FromPort"), literal(rule, "ToPort")
    return first is None or int(first) <= port <= int(last if last is not None else first)
