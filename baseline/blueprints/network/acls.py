"""Network ACLs: who may speak to whom, said a second time, so that one wrong group opens nothing.

Public: load balancers and NAT gateways. Private: hosts, which call out on 80 and 443. Data:
reachable from private only. An ACL keeps no state, so replies are admitted by their ports, above
1023, except 3389, which no rule opens to the world. So a connection whose client happens to choose
3389 as its own port (a NAT gateway or a load balancer does, once in some 64,000) times out and has
to be tried again: the price of a rule that every benchmark asks for.

People reach hosts from the profile's management networks, on 22 and 3389, and only where a server
names somebody. An endpoint of EC2 Instance Connect stands in the private tier, as its hosts do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from troposphere import Ref, ec2

from baseline.blueprints import Draft, named
from baseline.blueprints.network.plan import RDP, TIERS, WORLD, WORLD6, Plan, letter

TCP, ICMP, ICMP6, ALL = 6, 1, 58, -1


@dataclass(frozen=True)
class Rule:
    """One rule of a network ACL; `peer` is a tier, the world or a network."""

    tier: str
    direction: str
    name: str
    number: int
    protocol: int
    ports: tuple[int, int] | None
    peer: str
    why: str


def _rules() -> Iterator[Rule]:
    """The table: what each tier admits and lets out; everything else is dropped."""
    replies = (("Replies", (1024, 3388)), ("RepliesAboveRdp", (3390, 65535)))
    for direction in ("Inbound", "Outbound"):
        verb = "from" if direction == "Inbound" else "to"
        for tier in ("Public", "Private"):
            yield Rule(
                *(tier, direction, "PathMtu", 190, ICMP, None, "World"),
                "Lets packets be told that they are too large",
            )
        for tier in ("Private", "Data"):
            yield Rule(
                *(tier, direction, "OwnTier", 180, ALL, None, tier),
                f"Anything {verb} hosts of the same tier; security groups decide",
            )
    for number, (name, ports) in enumerate(replies):
        for tier in ("Public", "Private"):
            yield Rule(
                *(tier, "Inbound", name, 120 + 2 * number, TCP, ports, "World"),
                "Replies, above port 1023 but 3389; security groups refuse the rest",
            )
    for number, (name, port) in enumerate((("Https", 443), ("Http", 80))):
        ports = (port, port)
        at = 100 + 2 * number
        public = f"{name.upper()} to load balancers, and from hosts to NAT gateways"
        yield Rule("Public", "Inbound", name, at, TCP, ports, "World", public)
        yield Rule(
            *("Public", "Outbound", name, at, TCP, ports, "World"),
            f"{name.upper()} of hosts, from NAT gateways, and to targets of load balancers",
        )
        yield Rule(
            *("Private", "Inbound", name, at, TCP, ports, "Public"),
            f"{name.upper()} from load balancers",
        )
        yield Rule(
            *("Private", "Outbound", name, at, TCP, ports, "World"),
            f"{name.upper()} to the world through NAT, and to what is reached by endpoints",
        )
    high = (1024, 65535)
    yield Rule(
        *("Public", "Outbound", "HighPorts", 120, TCP, high, "World"),
        "Replies of load balancers to clients and of NAT gateways to hosts; targets' ports",
    )
    yield Rule(
        *("Private", "Outbound", "RepliesToPublic", 120, TCP, high, "Public"),
        "Replies to load balancers, on ports above 1023",
    )
    yield Rule(
        *("Private", "Outbound", "Databases", 130, TCP, high, "Data"),
        "Connections to databases, on whichever port above 1023 they listen",
    )
    yield Rule(
        *("Data", "Inbound", "Databases", 130, TCP, high, "Private"),
        "Connections from hosts to databases, on whichever port above 1023 they listen",
    )
    yield Rule(
        *("Data", "Outbound", "RepliesToPrivate", 120, TCP, high, "Private"),
        "Replies of databases to hosts, on ports above 1023",
    )


def _management_rules(plan: Plan) -> Iterator[Rule]:
    """Let people in from each management network, and replies back to it."""
    for index, network in enumerate(plan.network.management):
        for port, name in plan.management_ports.items():
            at = 140 + 4 * index + 2 * (port == RDP)
            yield Rule(
                *("Private", "Inbound", f"Management{name}{index + 1}", at, TCP, (port, port)),
                *(str(network), f"{name.upper()} from people in {network}"),
            )
        if plan.management_ports:
            yield Rule(
                *("Private", "Outbound", f"RepliesToManagement{index + 1}", 140 + 4 * index),
                *(TCP, (1024, 65535), str(network), f"Replies to people in {network}"),
            )


def _table(plan: Plan) -> list[Rule]:
    rules = (*_rules(), *_management_rules(plan))
    return sorted(rules, key=lambda rule: (TIERS.index(rule.tier), rule.direction, rule.number))


def add(draft: Draft, plan: Plan) -> None:
    """Add an ACL for each tier, its rules, and the subnets that it stands before."""
    table = _table(plan)
    for tier in TIERS:
        draft.add(
            ec2.NetworkAcl(f"{tier}Acl", VpcId=Ref("Vpc"), Tags=named(plan.site, tier.lower())),
            f"What the {tier.lower()} tier may exchange; everything else is dropped",
        )
        for rule in table:
            if rule.tier == tier:
                _entry(draft, plan, rule)
        for zone in plan.zones:
            at = letter(zone)
            draft.add(
                ec2.SubnetNetworkAclAssociation(
                    f"{tier}SubnetAcl{at}",
                    SubnetId=Ref(f"{tier}Subnet{at}"),
                    NetworkAclId=Ref(f"{tier}Acl"),
                ),
                f"Puts the {tier.lower()} subnet in {zone} under its ACL",
            )


def _entry(draft: Draft, plan: Plan, rule: Rule) -> None:
    """A rule for IPv4, and its twin for IPv6 where the network has it and its peer too."""
    peers = {"World": WORLD} | {tier: str(plan.tier(tier)) for tier in TIERS}
    for six in (False, True) if plan.network.ipv6 and rule.peer in peers else (False,):
        extra: dict[str, Any] = {}
        if rule.ports:
            extra["PortRange"] = ec2.PortRange(From=rule.ports[0], To=rule.ports[1])
        if rule.protocol == ICMP:
            # Type and code of "fragmentation needed", and of IPv6's "packet too big".
            extra["Icmp"] = ec2.ICMP(Type=2, Code=0) if six else ec2.ICMP(Type=3, Code=4)
        if six:
            peer = WORLD6 if rule.peer == "World" else plan.tier6(rule.peer)
            extra["Ipv6CidrBlock"] = peer
            extra["DependsOn"] = "Ipv6Block"
        else:
            extra["CidrBlock"] = peers.get(rule.peer, rule.peer)
        draft.add(
            ec2.NetworkAclEntry(
                f"{rule.tier}{rule.direction}{rule.name}{'6' if six else ''}",
                NetworkAclId=Ref(f"{rule.tier}Acl"),
                RuleNumber=rule.number + six,
                Egress=rule.direction == "Outbound",
                Protocol=ICMP6 if six and rule.protocol == ICMP else rule.protocol,
                RuleAction="allow",
                **extra,
            ),
            rule.why,
            plan.path_of("management") if rule.peer not in peers else None,
        )
