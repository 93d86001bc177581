"""Network: what must hold for VPCs and all in them; more on firewalls is in `firewalls.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from baseline.control import EVERY_TYPE, CannotJudge, Severity, control, is_true, literal
from baseline.controls import each, number
from baseline.policy import Statement, listed, resource_policy
from baseline.resource import Reference, Resource

MANAGEMENT_PORTS = (22, 3389)
WORLD = ("0.0.0.0/0", "::/0")

# What binds a request through an endpoint to us. Source: "Establishing a data perimeter on AWS".
OURS = {
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:resourceorgpaths",
}


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
    return each(inbound(resource), _managing)


def _managing(rule: Any) -> Iterator[str]:
    for port in MANAGEMENT_PORTS:
        if covers(rule, port) and is_world(rule):
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


@control(
    "network.no-address-on-host",
    "No host has a public address of its own",
    on=("AWS::EC2::EIP", "AWS::EC2::EIPAssociation"),
    severity=Severity.HIGH,
)
def no_address_on_host(address: Resource) -> Iterator[str]:
    """It is reachable whatever its subnet says; NAT gateways and load balancers stand before it."""
    for key in ("InstanceId", "NetworkInterfaceId"):
        if address.properties.get(key) not in (None, ""):
            yield f"{key} is given"


@control(
    "network.names-resolved",
    "Hosts find private endpoints by name",
    on="AWS::EC2::VPC",
    severity=Severity.LOW,
)
def names_resolved(vpc: Resource) -> Iterator[str]:
    """Without it, what should stay inside goes out by NAT, and endpoints stand unused."""
    if not is_true(literal(vpc.properties, "EnableDnsSupport", default=True)):
        yield "EnableDnsSupport is false"
    if not is_true(literal(vpc.properties, "EnableDnsHostnames", default=False)):
        yield "EnableDnsHostnames is not true"


@control(
    "network.flow-log-whole",
    "Flow logs record what was refused, too",
    on="AWS::EC2::FlowLog",
    severity=Severity.MEDIUM,
)
def flow_log_whole(log: Resource) -> Iterator[str]:
    """Who knocks is in what was refused; who came in is in the rest."""
    kind = literal(log.properties, "TrafficType")
    transit = ("TransitGateway", "TransitGatewayAttachment", "RegionalNatGateway")
    if kind != "ALL" and literal(log.properties, "ResourceType") not in transit:
        yield f"TrafficType is {kind or 'left out'}, not ALL"


@control(
    "network.endpoints-confined",
    "Endpoints pass requests of our own only",
    on="AWS::EC2::VPCEndpoint",
    severity=Severity.MEDIUM,
)
def endpoints_confined(endpoint: Resource) -> Iterator[str]:
    """Through an open endpoint, stolen data leaves for a stranger's bucket, unseen by any proxy."""
    kind = literal(endpoint.properties, "VpcEndpointType", default="Gateway")
    if kind not in ("Gateway", "Interface"):
        return
    if not endpoint.properties.get("PolicyDocument"):
        yield "PolicyDocument is left out, which allows everything"
    yield from each(resource_policy(endpoint), _passed)


def _passed(one: Statement) -> Iterator[str]:
    bound = one.condition_keys & OURS or one.says_who
    if one.allows and one.is_for_everyone and one.wide_resources and not bound:
        yield f"statement {one.name} passes everyone's requests to everything"


@control(
    "network.endpoints-named",
    "Endpoints answer by the service's own name",
    on="AWS::EC2::VPCEndpoint",
    severity=Severity.LOW,
)
def endpoints_named(endpoint: Resource) -> Iterator[str]:
    """Programs ask for the usual name; if that is not the endpoint's, they go past it."""
    if literal(endpoint.properties, "VpcEndpointType") == "Interface" and not is_true(
        literal(endpoint.properties, "PrivateDnsEnabled", default=False)
    ):
        yield "PrivateDnsEnabled is not true"


@control(
    "network.endpoints-over-zones",
    "Endpoints stand in two zones or more",
    on="AWS::EC2::VPCEndpoint",
    severity=Severity.LOW,
)
def endpoints_over_zones(endpoint: Resource) -> Iterator[str]:
    """With its zone, everybody loses the service behind it."""
    if literal(endpoint.properties, "VpcEndpointType") == "Interface":
        subnets = listed(literal(endpoint.properties, "SubnetIds"))
        if len(subnets) < 2:
            yield "SubnetIds names fewer than two subnets"


@control(
    "network.own-groups",
    "What has an address in the network has security groups of its own",
    on=("AWS::EC2::VPCEndpoint", "AWS::EC2::InstanceConnectEndpoint"),
    severity=Severity.MEDIUM,
)
def own_groups(endpoint: Resource) -> Iterator[str]:
    """Left out, it is the VPC's default group, which nobody has looked at."""
    interface = literal(endpoint.properties, "VpcEndpointType") == "Interface"
    has_address = interface or endpoint.type == "AWS::EC2::InstanceConnectEndpoint"
    if has_address and not listed(literal(endpoint.properties, "SecurityGroupIds")):
        yield "SecurityGroupIds is left out"


@control(
    "network.default-group-unused",
    "Nothing uses the default group of a VPC",
    on=EVERY_TYPE,
    severity=Severity.HIGH,
)
def default_group_unused(resource: Resource) -> Iterator[str]:
    """All in it reach each other, and it is where everything lands that nobody thought about."""
    for place in _default_groups(resource.properties, ""):
        yield f"{place} is the default group"


def _default_groups(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, Reference):
        if value.attribute == "DefaultSecurityGroup":
            yield place
    elif isinstance(value, Mapping):
        for key, child in value.items():
            yield from _default_groups(child, f"{place}.{key}" if place else str(key))
    elif isinstance(value, (list, tuple)):
        for child in value:
            yield from _default_groups(child, place)


def inbound(resource: Resource) -> Sequence[Any]:
    """Rules that admit, in the words of a security group's."""
    if resource.type == "AWS::EC2::SecurityGroupIngress":
        return [resource.properties]
    if resource.type == "AWS::EC2::NetworkAclEntry":
        admits = literal(resource.properties, "RuleAction") == "allow"
        outward = is_true(literal(resource.properties, "Egress"))
        return [_entry(resource)] if admits and not outward else []
    return listed(literal(resource.properties, "SecurityGroupIngress"))


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


def is_world(rule: Any) -> bool:
    """A block cut out of a VPC's own is never the world; another intrinsic cannot be judged."""
    if not isinstance(rule, Mapping):
        raise CannotJudge(f"a rule is {str(rule)[:40]!r}, which is none")
    return any(
        not is_cut_out(rule.get(key)) and literal(rule, key) in WORLD
        for key in ("CidrIp", "CidrIpv6")
    )


def is_cut_out(cidr: Any) -> bool:
    """Say whether a block is cut out of another, as that of a subnet is out of its VPC's."""
    if not isinstance(cidr, Mapping) or "Fn::Select" not in cidr:
        return False
    chosen_from = cidr["Fn::Select"]
    parts = chosen_from if isinstance(chosen_from, (list, tuple)) else ()
    return any(isinstance(part, Mapping) and "Fn::Cidr" in part for part in parts)


def covers(rule: Any, port: int) -> bool:
    """Say whether a rule is about a port, alone or among others."""
    protocol = str(literal(rule, "IpProtocol")).lower()
    if protocol == "-1":
        return True
    if protocol not in ("tcp", "6", "udp", "17"):
        return False
    if literal(rule, "FromPort") is None:
        return True
    first = number(rule, "FromPort")
    last = first if literal(rule, "ToPort") is None else number(rule, "ToPort")
    return first <= port <= last
