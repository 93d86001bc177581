"""Network: a VPC of three tiers over two to six zones, with an address plan that never moves.

`plan` says which addresses belong to which tier and zone, `acls` who may speak to whom, `endpoints`
what is reached without the Internet. Here are the VPC, its subnets, its routes and its flow log.

Public: load balancers and NAT gateways, nothing else. Private: hosts; out through NAT, or only to
endpoints where `nat: none`. Data: no route but the VPC's own. No subnet gives a public address by
itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troposphere import GetAtt, Ref, Tags, ec2

from baseline.blueprints import Draft, Site, allow, arn, imported, named
from baseline.blueprints.network import acls, endpoints
from baseline.blueprints.network.plan import TIERS, WORLD, WORLD6, Plan, letter
from baseline.stack import Stack

FOUNDATION = False

FLOW_LOG_SECONDS = 60

# Every field of versions 2 to 5 that helps an investigation.
# Source: "Flow log records" (Amazon VPC).
FLOW_LOG_FIELDS = (
    *("version", "account-id", "vpc-id", "subnet-id", "interface-id", "instance-id"),
    *("az-id", "type", "flow-direction", "traffic-path", "protocol", "tcp-flags"),
    *("srcaddr", "srcport", "pkt-srcaddr", "pkt-src-aws-service"),
    *("dstaddr", "dstport", "pkt-dstaddr", "pkt-dst-aws-service"),
    *("packets", "bytes", "start", "end", "action", "log-status"),
)


def stacks(site: Site) -> Iterator[Stack]:
    """One stack in the home region, where the environment asks for a network."""
    if site.environment is None or site.environment.network is None:
        return
    plan = Plan(site, site.environment.network)
    draft = Draft(site, "network", f"VPC {plan.network.cidr} in three tiers", plan.path)
    _vpc(draft, plan)
    _subnets(draft, plan)
    _nat_gateways(draft, plan)
    _routes(draft, plan)
    acls.add(draft, plan)
    endpoints.add_gateways(draft, plan)
    endpoints.add_interfaces(draft, plan)
    endpoints.add_instance_connect(draft, plan)
    _flow_log(draft, site)
    yield draft.stack((site.profile.regions.home,))


def _vpc(draft: Draft, plan: Plan) -> None:
    draft.add(
        ec2.VPC(
            "Vpc",
            CidrBlock=str(plan.network.cidr),
            EnableDnsSupport=True,
            EnableDnsHostnames=True,
            InstanceTenancy="default",
            Tags=Tags(Name=plan.site.prefix),
        ),
        "Keeps the environment's hosts and databases in a network of their own",
    )
    if plan.network.ipv6:
        draft.add(
            ec2.VPCCidrBlock("Ipv6Block", VpcId=Ref("Vpc"), AmazonProvidedIpv6CidrBlock=True),
            "Addresses of IPv6, given by Amazon",
            plan.path_of("ipv6"),
        )
        draft.add(
            ec2.EgressOnlyInternetGateway("EgressOnlyGateway", VpcId=Ref("Vpc")),
            "Lets private hosts call out over IPv6, and nobody in",
            plan.path_of("ipv6"),
        )
    draft.add(
        ec2.InternetGateway("InternetGateway", Tags=Tags(Name=plan.site.prefix)),
        "Connects the public tier, and only it, with the Internet",
    )
    draft.add(
        ec2.VPCGatewayAttachment(
            "InternetGatewayAttachment",
            VpcId=Ref("Vpc"),
            InternetGatewayId=Ref("InternetGateway"),
        ),
        "Attaches the Internet gateway to the VPC",
    )
    draft.export("VpcId", Ref("Vpc"), "Id of the VPC")


def _subnets(draft: Draft, plan: Plan) -> None:
    for tier in TIERS:
        for zone in plan.zones:
            extra: dict[str, Any] = {}
            if plan.network.ipv6:
                extra = {
                    "Ipv6CidrBlock": plan.subnet6(tier, zone),
                    "AssignIpv6AddressOnCreation": False,
                    "DependsOn": "Ipv6Block",
                }
            name = f"{tier}Subnet{letter(zone)}"
            draft.add(
                ec2.Subnet(
                    name,
                    VpcId=Ref("Vpc"),
                    AvailabilityZoneId=zone,
                    CidrBlock=str(plan.subnet(tier, zone)),
                    MapPublicIpOnLaunch=False,
                    Tags=named(plan.site, f"{tier.lower()}-{letter(zone).lower()}"),
                    **extra,
                ),
                f"{tier} tier in {zone}",
                plan.path_of("zones"),
            )
            draft.export(name, Ref(name), f"Id of the {tier.lower()} subnet in {zone}")


def _nat_gateways(draft: Draft, plan: Plan) -> None:
    path = plan.path_of("nat")
    for zone in plan.nat_zones:
        at = letter(zone)
        draft.add(
            ec2.EIP(
                f"NatAddress{at}",
                Domain="vpc",
                Tags=named(plan.site, f"nat-{at.lower()}"),
                DependsOn="InternetGatewayAttachment",
            ),
            f"Address by which the world sees the private hosts of {zone}",
            path,
        )
        draft.add(
            ec2.NatGateway(
                f"NatGateway{at}",
                AllocationId=GetAtt(f"NatAddress{at}", "AllocationId"),
                ConnectivityType="public",
                SubnetId=Ref(f"PublicSubnet{at}"),
                Tags=named(plan.site, f"nat-{at.lower()}"),
                DependsOn="InternetGatewayAttachment",
            ),
            "Lets private hosts call out, and nobody in",
            path,
        )


def _routes(draft: Draft, plan: Plan) -> None:
    """A route table for each tier and zone; the data tier's hold no route but the VPC's own."""
    for tier in TIERS:
        for zone in plan.zones:
            at = letter(zone)
            draft.add(
                ec2.RouteTable(f"{tier}RouteTable{at}", VpcId=Ref("Vpc")),
                f"Routes of the {tier.lower()} tier in {zone}",
            )
            draft.add(
                ec2.SubnetRouteTableAssociation(
                    f"{tier}SubnetRoutes{at}",
                    SubnetId=Ref(f"{tier}Subnet{at}"),
                    RouteTableId=Ref(f"{tier}RouteTable{at}"),
                ),
                f"Gives the {tier.lower()} subnet in {zone} its routes",
            )
            for world, purpose, gateway in _ways_out(plan, tier, zone):
                _route(draft, tier, at, world, purpose, gateway)


def _ways_out(plan: Plan, tier: str, zone: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Default routes of a tier in a zone: to what, why, and through which gateway."""
    if tier == "Public":
        for world in (WORLD, WORLD6) if plan.network.ipv6 else (WORLD,):
            yield world, "To the Internet", {"GatewayId": Ref("InternetGateway")}
    if tier == "Private" and plan.nat_zones:
        nat = letter(zone if zone in plan.nat_zones else plan.nat_zones[0])
        yield WORLD, "To the Internet through NAT", {"NatGatewayId": Ref(f"NatGateway{nat}")}
    if tier == "Private" and plan.network.ipv6:
        gateway = {"EgressOnlyInternetGatewayId": Ref("EgressOnlyGateway")}
        yield WORLD6, "To the Internet, outward only", gateway


def _route(
    draft: Draft, tier: str, at: str, world: str, purpose: str, gateway: dict[str, Any]
) -> None:
    six = "6" if world == WORLD6 else ""
    destination: dict[str, Any] = {f"Destination{'Ipv6' if six else ''}CidrBlock": world}
    needs = ["InternetGatewayAttachment"] if "GatewayId" in gateway else []
    needs += ["Ipv6Block"] if six else []
    if needs:
        destination["DependsOn"] = needs
    name, table = f"{tier}DefaultRoute{six}{at}", Ref(f"{tier}RouteTable{at}")
    draft.add(ec2.Route(name, RouteTableId=table, **destination, **gateway), purpose)


def _flow_log(draft: Draft, site: Site) -> None:
    """Source: "IAM role for publishing flow logs to CloudWatch Logs" (Amazon VPC)."""
    role = draft.service_role(
        "FlowLog",
        "vpc-flow-logs",
        arn("ec2", "vpc-flow-log/*"),
        f"Writes the flow log of {site.prefix} to its log group",
        (
            allow(
                "WriteFlowLog",
                None,
                ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
                imported(site, "logs", "FlowLogGroupArn"),
            ),
            allow("FindLogGroup", None, ("logs:DescribeLogGroups",), arn("logs", "log-group:*")),
        ),
        names_source=True,
    )
    draft.add(
        ec2.FlowLog(
            "FlowLog",
            ResourceType="VPC",
            ResourceId=Ref("Vpc"),
            TrafficType="ALL",
            LogDestinationType="cloud-watch-logs",
            LogGroupName=imported(site, "logs", "FlowLogGroupName"),
            DeliverLogsPermissionArn=GetAtt(role, "Arn"),
            MaxAggregationInterval=FLOW_LOG_SECONDS,
            LogFormat=" ".join(f"${{{field}}}" for field in FLOW_LOG_FIELDS),
            Tags=Tags(Name=site.prefix),
            DependsOn="FlowLogPolicy",
        ),
        "Records who spoke to whom, accepted and rejected, minute by minute",
    )
