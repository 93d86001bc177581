"""Firewalls: what must hold for the rules of security groups.

Ports by which people manage hosts are in `network.py`. A rule is told of once, by the worst that
it opens.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from baseline.control import Severity, control, literal
from baseline.controls import each, number
from baseline.controls.network import MANAGEMENT_PORTS, covers, inbound, is_cut_out, is_world
from baseline.policy import listed
from baseline.resource import Resource

GROUP = "AWS::EC2::SecurityGroup"
INGRESS, EGRESS = "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"
ENTRY = "AWS::EC2::NetworkAclEntry"

WEB_PORTS = ("80", "443")
LAST_PORT = 65_535

# Ports that are attacked as soon as they answer: those that Security Hub names, and stores,
# consoles and agents that trust whoever reaches them. Source: "[EC2.19] Security groups should not
# allow unrestricted access to ports with high risk" (Security Hub).
RISKY_PORTS = (
    *(20, 21, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 4333, 5000, 5432, 5500, 5601),
    *(8080, 8088, 8888, 9200, 9300),
    *(111, 139, 389, 873, 1521, 2049, 2375, 2376, 2379, 5672, 5900, 5985, 5986, 6379, 6443, 7001),
    *(9042, 9092, 10250, 11211, 15672, 27017, 50000),
)
# Services that send passwords as they are: FTP, Telnet, TFTP, rexec, rlogin and rsh.
PLAIN_PORTS = (21, 23, 69, 512, 513, 514)

# Nobody owns more of the Internet, by the length of the prefix; some of it is not the Internet.
WIDEST = {4: 8, 6: 19}
INSIDE = tuple(
    ipaddress.ip_network(one)
    for one in ("224.0.0.0/4", "240.0.0.0/4", "fc00::/7", "fe80::/10", "ff00::/8")
)


@control(
    "firewalls.no-open-risky-port",
    "No rule opens a port of databases, consoles or old services to the world",
    on=(GROUP, INGRESS),
    severity=Severity.CRITICAL,
)
def no_open_risky_port(resource: Resource) -> Iterator[str]:
    """They are found within minutes, and many ask for no password."""
    return each(inbound(resource), _risky)


def _risky(rule: Any) -> Iterator[str]:
    if is_world(rule) and not _any(rule, MANAGEMENT_PORTS):
        found = [port for port in RISKY_PORTS if covers(rule, port)]
        if found:
            yield f"port {min(found)} is open to the world"


@control(
    "firewalls.no-open-port",
    "Only ports 80 and 443 are open to the world",
    on=(GROUP, INGRESS),
    severity=Severity.HIGH,
)
def no_open_port(resource: Resource) -> Iterator[str]:
    """What everybody should reach speaks HTTPS; what else is open was forgotten."""
    return each(inbound(resource), _open)


def _open(rule: Any) -> Iterator[str]:
    protocol = str(literal(rule, "IpProtocol")).lower()
    if not is_world(rule) or protocol.startswith("icmp") or protocol in ("1", "58"):
        return
    if _any(rule, (*MANAGEMENT_PORTS, *RISKY_PORTS)):
        return
    first, last = literal(rule, "FromPort"), literal(rule, "ToPort")
    if str(first) not in WEB_PORTS or str(last or first) != str(first):
        yield f"ports {first} to {last} are open to the world"


@control(
    "firewalls.no-almost-world",
    "No rule opens a large part of the Internet",
    on=(GROUP, INGRESS, EGRESS, ENTRY, "AWS::EC2::PrefixList"),
    severity=Severity.HIGH,
)
def no_almost_world(resource: Resource) -> Iterator[str]:
    """Two halves are the whole, and pass every check that looks for 0.0.0.0/0."""
    return each(_sources(resource), _almost)


def _sources(resource: Resource) -> list[Any]:
    properties = resource.properties
    if resource.type == GROUP:
        return [
            *listed(literal(properties, "SecurityGroupIngress")),
            *listed(literal(properties, "SecurityGroupEgress")),
        ]
    if resource.type == "AWS::EC2::PrefixList":
        entries = listed(literal(properties, "Entries"))
        return [{"CidrIp": one.get("Cidr")} if isinstance(one, Mapping) else one for one in entries]
    if resource.type == ENTRY and literal(properties, "RuleAction") != "allow":
        return []
    return [properties]


def _almost(rule: Any) -> Iterator[str]:
    for key in ("CidrIp", "CidrIpv6", "CidrBlock", "Ipv6CidrBlock"):
        block = rule.get(key) if isinstance(rule, Mapping) else None
        if is_cut_out(block):
            continue
        try:
            network = ipaddress.ip_network(str(literal(rule, key)), strict=False)
        except ValueError:
            continue
        inside = any(
            network.version == one.version
            and network.prefixlen >= one.prefixlen
            and network.network_address in one
            for one in INSIDE
        )
        if 0 < network.prefixlen < WIDEST[network.version] and not inside:
            yield f"{network} is {network.num_addresses:,} addresses of the Internet"


@control(
    "firewalls.no-plain-service",
    "No rule admits services that send passwords as they are",
    on=(GROUP, INGRESS),
    severity=Severity.MEDIUM,
)
def no_plain_service(resource: Resource) -> Iterator[str]:
    """Whoever is on the way, inside the network too, reads the password and uses it."""
    return each(inbound(resource), _plain)


def _plain(rule: Any) -> Iterator[str]:
    if str(literal(rule, "IpProtocol")) == "-1" or is_world(rule):
        return
    for port in PLAIN_PORTS:
        if covers(rule, port):
            yield f"port {port} is admitted"
            return


@control(
    "firewalls.sends-narrowly",
    "Groups send to the world on named ports only",
    on=(GROUP, EGRESS),
    severity=Severity.LOW,
)
def sends_narrowly(resource: Resource) -> Iterator[str]:
    """What broke in calls home on a port of its choice, and data leaves by it."""
    own = resource.type == EGRESS
    rules = (
        [resource.properties]
        if own
        else listed(literal(resource.properties, "SecurityGroupEgress"))
    )
    return each(rules, _anywhere)


def _anywhere(rule: Any) -> Iterator[str]:
    if not is_world(rule):
        return
    protocol = str(literal(rule, "IpProtocol"))
    unbound = literal(rule, "FromPort") is None
    whole = unbound or (number(rule, "FromPort") <= 1 and number(rule, "ToPort") >= LAST_PORT)
    if protocol == "-1" or (whole and not protocol.startswith("icmp")):
        yield "every port may send to the world"


@control(
    "firewalls.rules-described",
    "Rules of security groups say what they are for",
    on=(GROUP, INGRESS, EGRESS),
    severity=Severity.LOW,
)
def rules_described(resource: Resource) -> Iterator[str]:
    """Nobody dares to remove a rule that nobody can explain."""
    if resource.type != GROUP:
        if not resource.properties.get("Description"):
            yield "Description is left out"
        return
    for key in ("SecurityGroupIngress", "SecurityGroupEgress"):
        rules = listed(literal(resource.properties, key))
        bare = [one for one in rules if not literal([one], 0, "Description")]
        if bare:
            yield f"{len(bare)} of {len(rules)} rules of {key} have no Description"


def _any(rule: Any, ports: tuple[int, ...]) -> bool:
    return any(covers(rule, port) for port in ports)
