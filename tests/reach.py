"""Reach: who can open a connection to a database, worked out from templates alone.

The walk knows security groups (rules inline and apart, imports, more than one group), network ACLs
in the order of their rules, routes, subnets, and who carries a group. It errs on the side of more:
what it cannot resolve is an error, never nothing. Databases are looked at over IPv4; one that
answers IPv6 too is told of as a door of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, collapse_addresses
from typing import Any

from baseline.resource import Reference, Resource, is_intrinsic, resources

WORLD = IPv4Network("0.0.0.0/0")
NOWHERE = IPv4Network("127.0.0.0/8")  # no packet with such an address crosses a network
HIGH_PORTS = (1024, 65535)
TCP = ("6", "tcp", "-1")

Networks = tuple[IPv4Network, ...]


class UnknownError(Exception):
    """Something that decides about reach cannot be read from the templates."""


@dataclass(frozen=True)
class Reach:
    """What can reach a database. Groups go by `stack/resource`, subnets by their logical id.

    `admitted` are groups and networks that its own groups admit; `openers` those of the groups that
    may also send there; `carriers` the stacks whose resources have an opener; `subnets` those from
    which packets get there and back; `outside` addresses beyond the VPC that its ACLs admit;
    `doors` every other way: routes out, public addresses, proxies, the data API.
    """

    admitted: frozenset[str] = field(default_factory=frozenset)
    openers: frozenset[str] = field(default_factory=frozenset)
    carriers: frozenset[str] = field(default_factory=frozenset)
    subnets: frozenset[str] = field(default_factory=frozenset)
    outside: frozenset[str] = field(default_factory=frozenset)
    doors: frozenset[str] = field(default_factory=frozenset)


def walk(templates: Mapping[str, Mapping[str, Any]]) -> dict[str, Reach]:
    """Reach of each database, by the name of its stack; `templates` are those of one site."""
    world = _World(resources(templates))
    return {one.stack: world.reach(one) for one in world.databases()}


Key = tuple[str, str]


class _World:
    """All resources, by what they are."""

    def __init__(self, found: tuple[Resource, ...]) -> None:
        self.all = {(one.stack, one.logical_id): one for one in found}

    def of(self, kind: str) -> list[Resource]:
        return [one for one in self.all.values() if one.type == kind]

    def databases(self) -> Iterator[Resource]:
        yield from self.of("AWS::RDS::DBCluster")
        for one in self.of("AWS::RDS::DBInstance"):
            if "DBClusterIdentifier" not in one.properties:
                yield one

    def reach(self, database: Resource) -> Reach:
        port = int(_literal(database.properties["Port"]))
        groups = database.properties.get("VPCSecurityGroups") or database.properties.get(
            "VpcSecurityGroupIds"
        )
        if not groups:
            raise UnknownError(f"{database.stack}: no security group, so the VPC's default one")
        places = self._subnets_of(database)
        peers = [peer for group in groups for peer in self._peers(_key(group), port)]
        admitted = {one for one in peers if isinstance(one, tuple)}
        openers = {one for one in admitted if self._may_send(one, port, places)}
        return Reach(
            admitted=frozenset("/".join(one) if isinstance(one, tuple) else one for one in peers),
            openers=frozenset("/".join(one) for one in openers),
            carriers=frozenset(self._carriers(openers)),
            subnets=frozenset(self._sources(places, port)),
            outside=frozenset(self._outside(places, port)),
            doors=frozenset(self._doors(database, places)),
        )

    def _subnets_of(self, database: Resource) -> list[Resource]:
        group = self.all[_key(database.properties["DBSubnetGroupName"])]
        return [self.all[_key(one)] for one in group.properties["SubnetIds"]]

    # ---- security groups

    def _rules(self, group: Key, direction: str) -> Iterator[Mapping[str, Any]]:
        inline = self.all[group].properties.get(f"SecurityGroup{direction}", [])
        yield from [inline] if isinstance(inline, Mapping) else inline
        for one in self.of(f"AWS::EC2::SecurityGroup{direction}"):
            if _key(one.properties["GroupId"]) == group:
                yield one.properties

    def _peers(self, group: Key, port: int) -> Iterator[Key | str]:
        """What a group admits to a port: other groups, and networks."""
        for rule in self._rules(group, "Ingress"):
            if not _covers(rule, port):
                continue
            if "SourceSecurityGroupId" in rule:
                yield _key(rule["SourceSecurityGroupId"])
            elif "CidrIp" in rule:
                network = IPv4Network(_literal(rule["CidrIp"]))
                if not network.subnet_of(NOWHERE):
                    yield str(network)
            elif "CidrIpv6" in rule:
                yield str(_literal(rule["CidrIpv6"]))
            else:
                raise UnknownError(f"{group}: a rule admits {sorted(rule)}")

    def _may_send(self, group: Key, port: int, places: list[Resource]) -> bool:
        rules = list(self._rules(group, "Egress"))
        if not rules:
            return True  # CloudFormation opens everything where egress is left out
        for rule in rules:
            if not _covers(rule, port):
                continue
            if "CidrIp" in rule:
                if any(IPv4Network(_literal(rule["CidrIp"])).overlaps(_cidr(p)) for p in places):
                    return True
            elif "DestinationSecurityGroupId" in rule or "DestinationPrefixListId" in rule:
                return True  # to be on the safe side: what else it names does not matter
        return False

    def _carriers(self, groups: set[Key]) -> Iterator[str]:
        """Stacks with a resource that has one of these groups, rules aside."""
        for one in self.all.values():
            if not one.type.startswith("AWS::EC2::SecurityGroup") and groups & _mentioned(
                one.properties
            ):
                yield one.stack

    # ---- network ACLs

    def _allowed(self, subnet: Resource, port: int, *, outward: bool) -> Networks:
        """Peers that a subnet's ACL lets through to a port, its rules taken in order."""
        name = (subnet.stack, subnet.logical_id)
        acls = [
            _key(one.properties["NetworkAclId"])
            for one in self.of("AWS::EC2::SubnetNetworkAclAssociation")
            if _key(one.properties["SubnetId"]) == name
        ]
        if len(acls) != 1:
            return (WORLD,)  # the VPC's default ACL allows everything
        entries = [
            one.properties
            for one in self.of("AWS::EC2::NetworkAclEntry")
            if _key(one.properties["NetworkAclId"]) == acls[0]
            and _is_true(one.properties.get("Egress", False)) is outward
            and "CidrBlock" in one.properties
            and _entry_covers(one.properties, port)
        ]
        left: Networks = (WORLD,)
        allowed: list[IPv4Network] = []
        for entry in sorted(entries, key=lambda one: int(_literal(one["RuleNumber"]))):
            network = IPv4Network(_literal(entry["CidrBlock"]))
            if _literal(entry["RuleAction"]) == "allow":
                allowed += [_smaller(network, one) for one in left if network.overlaps(one)]
            left = tuple(_without(left, network))
        return tuple(collapse_addresses(allowed))

    def _edges(self) -> list[int]:
        """High ports at which what ACLs say may change: enough to try for answers."""
        found = {*HIGH_PORTS}
        for one in self.of("AWS::EC2::NetworkAclEntry"):
            span = one.properties.get("PortRange", {})
            found |= {int(span[end]) for end in ("From", "To") if end in span}
        return sorted(one for one in found if HIGH_PORTS[0] <= one <= HIGH_PORTS[1])

    def _sources(self, places: list[Resource], port: int) -> Iterator[str]:
        """Subnets from which a connection gets to the port, and its answers get back."""
        edges = self._edges()
        for source in self.of("AWS::EC2::Subnet"):
            here = _cidr(source)
            for place in places:
                there = _cidr(place)
                if source is place or (
                    _meets(self._allowed(source, port, outward=True), there)
                    and _meets(self._allowed(place, port, outward=False), here)
                    and any(
                        _meets(self._allowed(place, high, outward=True), here)
                        and _meets(self._allowed(source, high, outward=False), there)
                        for high in edges
                    )
                ):
                    yield source.logical_id
                    break

    def _outside(self, places: list[Resource], port: int) -> Iterator[str]:
        (vpc,) = self.of("AWS::EC2::VPC")
        for place in places:
            allowed = self._allowed(place, port, outward=False)
            beyond = _without(allowed, IPv4Network(_literal(vpc.properties["CidrBlock"])))
            yield from (str(one) for one in beyond)

    # ---- every other way

    def _doors(self, database: Resource, places: list[Resource]) -> Iterator[str]:
        properties = database.properties
        for name in ("PubliclyAccessible", "EnableHttpEndpoint"):
            if _is_true(properties.get(name, False)):
                yield name
        members = [
            one
            for one in self.of("AWS::RDS::DBInstance")
            if "DBClusterIdentifier" in one.properties
            and _key(one.properties["DBClusterIdentifier"]) == (database.stack, database.logical_id)
        ]
        if any(_is_true(one.properties.get("PubliclyAccessible", True)) for one in members):
            yield "PubliclyAccessible"
        if _literal(properties.get("NetworkType", "IPV4")) != "IPV4":
            yield "IPv6"
        for kind in ("AWS::RDS::DBProxy", "AWS::RDS::DBProxyTargetGroup"):
            yield from (one.logical_id for one in self.of(kind))
        for place in places:
            yield from self._routes_out(place)

    def _routes_out(self, place: Resource) -> Iterator[str]:
        """Every route of a subnet but the VPC's own: none has to be written for that."""
        name = (place.stack, place.logical_id)
        tables = [
            _key(one.properties["RouteTableId"])
            for one in self.of("AWS::EC2::SubnetRouteTableAssociation")
            if _key(one.properties["SubnetId"]) == name
        ]
        if len(tables) != 1:
            raise UnknownError(f"{place.logical_id} has {len(tables)} route tables")
        for one in self.of("AWS::EC2::Route"):
            if _key(one.properties["RouteTableId"]) == tables[0]:
                yield one.logical_id
        for one in self.of("AWS::EC2::GatewayRouteTableAssociation"):
            yield one.logical_id


def _key(value: Any) -> Key:
    if not isinstance(value, Reference):
        raise UnknownError(f"{value} is not a resource of these templates")
    return (value.stack, value.resource)


def _literal(value: Any) -> Any:
    if isinstance(value, Reference) or is_intrinsic(value):
        raise UnknownError(f"{value} is decided elsewhere")
    return value


def _is_true(value: Any) -> bool:
    return str(_literal(value)).lower() == "true"


def _cidr(subnet: Resource) -> IPv4Network:
    return IPv4Network(_literal(subnet.properties["CidrBlock"]))


def _covers(rule: Mapping[str, Any], port: int) -> bool:
    protocol = str(_literal(rule["IpProtocol"])).lower()
    if protocol == "-1":
        return True
    first, last = int(_literal(rule.get("FromPort", 0))), int(_literal(rule.get("ToPort", 65535)))
    return protocol in TCP and first <= port <= last


def _entry_covers(entry: Mapping[str, Any], port: int) -> bool:
    protocol = str(_literal(entry["Protocol"]))
    span = entry.get("PortRange", {})
    if protocol == "-1" or (protocol == "6" and not span):
        return True
    return protocol == "6" and int(_literal(span["From"])) <= port <= int(_literal(span["To"]))


def _mentioned(value: Any) -> set[Key]:
    if isinstance(value, Reference):
        return {(value.stack, value.resource)}
    inside: Iterable[Any] = (
        value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    )
    return {found for one in inside for found in _mentioned(one)}


def _smaller(one: IPv4Network, other: IPv4Network) -> IPv4Network:
    return one if one.prefixlen >= other.prefixlen else other


def _without(networks: Iterable[IPv4Network], taken: IPv4Network) -> Iterator[IPv4Network]:
    for one in networks:
        if not one.overlaps(taken):
            yield one
        elif taken != one and taken.subnet_of(one):
            yield from one.address_exclude(taken)


def _meets(networks: Networks, wanted: IPv4Network) -> bool:
    return any(one.overlaps(wanted) for one in networks)
