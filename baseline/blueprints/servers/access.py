"""Access: who reaches hosts, whom they reach, and by which keys.

On Linux cloud-init gives every person that the profile names an account with their own keys, so
there is no key pair: its key would go to the image's default user, whom everybody shares and
nobody is. Windows encrypts the password of its first account to a key pair, and to nothing else,
so there is one where an administrator is named, made of this person's public RSA key. Where nobody
is named no port is open and no key exists: Session Manager only. Without a load balancer, the
application's port is reachable from nowhere.

Rules name the other group where they admit, and addresses where they let out, so that no circle of
groups can arise.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from troposphere import GetAtt, ec2

from baseline.blueprints import Draft, Site, imported, named
from baseline.blueprints.network.endpoints import NOWHERE
from baseline.blueprints.network.plan import RDP, SSH, WORLD, WORLD6, Plan
from baseline.profile import Server
from baseline.ssh import rsa_bits
from baseline.systems import SYSTEMS

DATABASE_PORTS = {"postgres": 5432, "aurora-postgresql": 5432}
MYSQL_PORT = 3306


def add(draft: Draft, plan: Plan, server: Server) -> None:
    """Add the security group of the hosts and, on Windows, the administrator's key pair."""
    _security_group(draft, plan, server)
    _key_pair(draft, plan.site, server)


def _rule(what: str, port: int, **peer: Any) -> ec2.SecurityGroupRule:
    return ec2.SecurityGroupRule(
        Description=what, IpProtocol="tcp", FromPort=port, ToPort=port, **peer
    )


def _security_group(draft: Draft, plan: Plan, server: Server) -> None:
    inbound = [*_from_balancer(server), *_from_people(plan, server)] or [
        _rule("From nowhere: nobody is named, and there is no load balancer", 443, CidrIp=NOWHERE)
    ]
    draft.add(
        ec2.SecurityGroup(
            "SecurityGroup",
            GroupDescription=f"{plan.site.prefix} hosts of {server.name}",
            VpcId=imported(plan.site, "network", "VpcId"),
            SecurityGroupIngress=inbound,
            SecurityGroupEgress=[*_to_world(plan, server), *_to_databases(plan, server)],
            Tags=named(plan.site, server.name),
        ),
        f"Says who reaches the hosts of {server.name}, and whom they reach",
    )
    what = f"Id of the security group of the hosts of {server.name}"
    draft.export("SecurityGroupId", GetAtt("SecurityGroup", "GroupId"), what)


def _from_balancer(server: Server) -> Iterator[ec2.SecurityGroupRule]:
    if server.load_balancer:
        group = GetAtt("LoadBalancerSecurityGroup", "GroupId")
        yield _rule("HTTPS from the load balancer", server.port, SourceSecurityGroupId=group)


def _from_people(plan: Plan, server: Server) -> Iterator[ec2.SecurityGroupRule]:
    if not server.everyone:
        return
    name, port = ("RDP", RDP) if SYSTEMS[server.system].is_windows else ("SSH", SSH)
    for network in plan.network.management:
        yield _rule(f"{name} from people in {network}", port, CidrIp=str(network))
    if plan.network.instance_connect:
        group = imported(plan.site, "network", "InstanceConnectSecurityGroupId")
        yield _rule(f"{name} by EC2 Instance Connect", port, SourceSecurityGroupId=group)


def _to_world(plan: Plan, server: Server) -> Iterator[ec2.SecurityGroupRule]:
    ports = {443: "HTTPS to services of AWS, repositories and partners"}
    if SYSTEMS[server.system].mirrors_http:
        ports[80] = "HTTP to the signed repositories of the system"
    for port, what in ports.items():
        yield _rule(what, port, CidrIp=WORLD)
        if plan.network.ipv6:
            yield _rule(what, port, CidrIpv6=WORLD6)


def _to_databases(plan: Plan, server: Server) -> Iterator[ec2.SecurityGroupRule]:
    """Let out to the data tier's addresses, where a database names this server."""
    assert plan.site.environment
    databases = plan.site.environment.databases
    engines = [one.engine for one in databases if server.name in one.servers]
    for port in sorted({DATABASE_PORTS.get(engine, MYSQL_PORT) for engine in engines}):
        yield _rule("Databases that name this server", port, CidrIp=str(plan.tier("Data")))


def _key_pair(draft: Draft, site: Site, server: Server) -> None:
    """Register the administrator's longest RSA key, to which Windows encrypts its first password.

    A key pair cannot be changed, only replaced, so its name has a part of the key's fingerprint.
    Source: "Amazon EC2 key pairs and Amazon EC2 instances": no ED25519 for Windows.
    """
    if not has_key_pair(server):
        return
    name = server.administrators[0]
    keys = site.profile.person(name).keys
    kind, body = max(keys, key=lambda key: rsa_bits(key) or 0).split()[:2]
    fingerprint = sha256(body.encode()).hexdigest()[:8]
    draft.add(
        ec2.KeyPair(
            "KeyPair",
            KeyName=f"{site.prefix}-{server.name}-{fingerprint}",
            PublicKeyMaterial=f"{kind} {body}",
            Tags=named(site, server.name),
        ),
        f"Lets {name}, and nobody else, decrypt the first password of each host",
        f"{site.path}.servers.{server.name}.administrators",
    )


def has_key_pair(server: Server) -> bool:
    """Say whether a key opens the password of the first account."""
    return SYSTEMS[server.system].is_windows and bool(server.administrators)
