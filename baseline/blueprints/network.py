"""Network: a VPC of three tiers over two to six zones, with an address plan that never moves.

Address plan. The VPC is halved: the lower half is the private tier; the upper half is halved
again into data and public. Each tier is cut into eight slots, and zone 1 of a region
(`euw1-az1`) always has slot 1, whatever other zones are used and in which order; so adding or
removing a zone moves nothing. For 10.20.0.0/16:

    private  10.20.0.0/17    a /20 for each zone: 10.20.0.0, 10.20.16.0, 10.20.32.0 …
    data     10.20.128.0/18  a /21 for each zone: 10.20.128.0, 10.20.136.0, 10.20.144.0 …
    public   10.20.192.0/18  a /21 for each zone: 10.20.192.0, 10.20.200.0, 10.20.208.0 …

With IPv6, each tier is a /61 of the /56 that Amazon gives, and each slot a /64.

Who may speak to whom. Public: load balancers and NAT gateways, nothing else. Private: hosts; out
through NAT on 80 and 443, or only to endpoints where `nat: none`. Data: reachable from private
only, with no route out. Network ACLs say the same a second time, so that one wrong security group
opens nothing: they admit replies from the Internet on ports above 1023 except 3389, which no rule
opens to the world (a NAT gateway that happens to choose that source port retries on another).

Security groups are stateful, so the endpoints' has no egress; CloudFormation opens everything
where egress is left out or empty, so the one rule written goes nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from troposphere import Cidr as CidrFunction
from troposphere import GetAtt, Ref, Select, Sub, Tags, ec2, iam

from baseline.blueprints import REGION, Draft, Site, allow, arn, bucket_arn, imported, policy
from baseline.profile import ZONES_UNLESS_ASKED, Network
from baseline.regions import ENDPOINT_ACTIONS, ZONES, package_buckets, zone_number
from baseline.stack import Stack

FOUNDATION = False

TIERS = ("Public", "Private", "Data")
SLOTS = 8
WORLD, WORLD6 = "0.0.0.0/0", "::/0"
NOWHERE = "127.0.0.1/32"
FLOW_LOG_SECONDS = 60

TCP, ICMP, ICMP6, ALL = 6, 1, 58, -1


@dataclass(frozen=True)
class Rule:
    """One rule of a network ACL; `peer` is a tier or the world."""

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
                "Replies to what this tier asked for",
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
            f"{name.upper()} to endpoints, and to the world through NAT",
        )
    high = (1024, 65535)
    yield Rule(
        *("Public", "Outbound", "HighPorts", 120, TCP, high, "World"),
        "Replies of load balancers to clients and of NAT gateways to hosts; targets' ports",
    )
    yield Rule(
        *("Private", "Outbound", "RepliesToPublic", 120, TCP, high, "Public"),
        "Replies to load balancers",
    )
    yield Rule(
        *("Private", "Outbound", "Databases", 130, TCP, high, "Data"),
        "Connections to databases",
    )
    yield Rule(
        *("Data", "Inbound", "Databases", 130, TCP, high, "Private"),
        "Connections from hosts to databases",
    )
    yield Rule(
        *("Data", "Outbound", "RepliesToPrivate", 120, TCP, high, "Private"),
        "Replies of databases to hosts",
    )


RULES = tuple(
    sorted(_rules(), key=lambda rule: (TIERS.index(rule.tier), rule.direction, rule.number))
)

S3_ACTIONS = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:GetObjectAttributes",
    "s3:GetObjectTagging",
    "s3:GetObjectVersion",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
    "s3:PutObjectTagging",
)
TABLE_ACTIONS = (
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:DescribeTimeToLive",
    "dynamodb:GetItem",
    "dynamodb:PartiQLDelete",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLSelect",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
)

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
    network = site.environment.network
    draft = Draft(site, "network", f"VPC {network.cidr} in three tiers", f"{site.path}.network")
    zones = zones_of(site, network)
    _vpc(draft, site, network)
    _subnets(draft, site, network, zones)
    _nat_gateways(draft, site, network, zones)
    _routes(draft, network, zones)
    _acls(draft, site, network, zones)
    _gateway_endpoints(draft, site, zones)
    _interface_endpoints(draft, site, network, zones)
    _flow_log(draft, site)
    yield draft.stack((site.profile.regions.home,))


# ---- address plan --------------------------------------------------------------------------


def zones_of(site: Site, network: Network) -> tuple[str, ...]:
    """The zones in use, sorted: those asked for, or the first three of the region."""
    return tuple(sorted(network.zones or ZONES[site.profile.regions.home][:ZONES_UNLESS_ASKED]))


def letter(zone: str) -> str:
    """Letter of a zone's slot: A for zone 1."""
    return "ABCDEFGH"[zone_number(zone) - 1]


def tier_cidr(cidr: IPv4Network, tier: str) -> IPv4Network:
    """Addresses of a tier: half of the network for private, a quarter for data and public."""
    private, rest = cidr.subnets(1)
    data, public = rest.subnets(1)
    return {"Private": private, "Data": data, "Public": public}[tier]


def subnet_cidr(cidr: IPv4Network, tier: str, zone: str) -> IPv4Network:
    """Addresses of a tier in a zone: an eighth of the tier, by the zone's number."""
    return list(tier_cidr(cidr, tier).subnets(3))[zone_number(zone) - 1]


def _tier_cidr6(tier: str) -> Any:
    blocks = CidrFunction(Select(0, GetAtt("Vpc", "Ipv6CidrBlocks")), len(TIERS), 67)
    return Select(TIERS.index(tier), blocks)


# ---- resources -----------------------------------------------------------------------------


def _named(site: Site, name: str) -> Tags:
    return Tags(Name=f"{site.prefix}-{name}")


def _vpc(draft: Draft, site: Site, network: Network) -> None:
    draft.add(
        ec2.VPC(
            "Vpc",
            CidrBlock=str(network.cidr),
            EnableDnsSupport=True,
            EnableDnsHostnames=True,
            InstanceTenancy="default",
            Tags=Tags(Name=site.prefix),
        ),
        "Keeps the environment's hosts and databases in a network of their own",
    )
    if network.ipv6:
        draft.add(
            ec2.VPCCidrBlock("Ipv6Block", VpcId=Ref("Vpc"), AmazonProvidedIpv6CidrBlock=True),
            "Addresses of IPv6, given by Amazon",
            f"{site.path}.network.ipv6",
        )
        draft.add(
            ec2.EgressOnlyInternetGateway("EgressOnlyGateway", VpcId=Ref("Vpc")),
            "Lets private hosts call out over IPv6, and nobody in",
            f"{site.path}.network.ipv6",
        )
    draft.add(
        ec2.InternetGateway("InternetGateway", Tags=Tags(Name=site.prefix)),
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


def _subnets(draft: Draft, site: Site, network: Network, zones: tuple[str, ...]) -> None:
    for tier in TIERS:
        for zone in zones:
            extra: dict[str, Any] = {}
            if network.ipv6:
                blocks = CidrFunction(_tier_cidr6(tier), SLOTS, 64)
                extra = {
                    "Ipv6CidrBlock": Select(zone_number(zone) - 1, blocks),
                    "AssignIpv6AddressOnCreation": False,
                    "DependsOn": "Ipv6Block",
                }
            name = f"{tier}Subnet{letter(zone)}"
            draft.add(
                ec2.Subnet(
                    name,
                    VpcId=Ref("Vpc"),
                    AvailabilityZoneId=zone,
                    CidrBlock=str(subnet_cidr(network.cidr, tier, zone)),
                    MapPublicIpOnLaunch=False,
                    Tags=_named(site, f"{tier.lower()}-{letter(zone).lower()}"),
                    **extra,
                ),
                f"{tier} tier in {zone}",
                f"{site.path}.network.zones",
            )
            draft.export(name, Ref(name), f"Id of the {tier.lower()} subnet in {zone}")


def _nat_gateways(draft: Draft, site: Site, network: Network, zones: tuple[str, ...]) -> None:
    path = f"{site.path}.network.nat"
    for zone in _nat_zones(network, zones):
        at = letter(zone)
        draft.add(
            ec2.EIP(
                f"NatAddress{at}",
                Domain="vpc",
                Tags=_named(site, f"nat-{at.lower()}"),
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
                Tags=_named(site, f"nat-{at.lower()}"),
                DependsOn="InternetGatewayAttachment",
            ),
            "Lets private hosts call out, and nobody in",
            path,
        )


def _nat_zones(network: Network, zones: tuple[str, ...]) -> tuple[str, ...]:
    return {"each zone": zones, "single": zones[:1], "none": ()}[network.nat]


def _routes(draft: Draft, network: Network, zones: tuple[str, ...]) -> None:
    """A route table for each tier and zone; the data tier's hold no route but the VPC's own."""
    nat_zones = _nat_zones(network, zones)
    internet = {"GatewayId": Ref("InternetGateway"), "DependsOn": "InternetGatewayAttachment"}
    for tier in TIERS:
        for zone in zones:
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
            nat = at if zone in nat_zones else (letter(nat_zones[0]) if nat_zones else None)
            if tier == "Public":
                _route(draft, tier, at, WORLD, "To the Internet", internet)
                if network.ipv6:
                    _route(draft, tier, at, WORLD6, "To the Internet", internet)
            if tier == "Private" and nat:
                gateway = {"NatGatewayId": Ref(f"NatGateway{nat}")}
                _route(draft, tier, at, WORLD, "To the Internet through NAT", gateway)
            if tier == "Private" and network.ipv6:
                gateway = {"EgressOnlyInternetGatewayId": Ref("EgressOnlyGateway")}
                _route(draft, tier, at, WORLD6, "To the Internet, outward only", gateway)


def _route(
    draft: Draft, tier: str, at: str, world: str, purpose: str, gateway: dict[str, Any]
) -> None:
    six = "6" if world == WORLD6 else ""
    destination: dict[str, Any] = {f"Destination{'Ipv6' if six else ''}CidrBlock": world}
    draft.add(
        ec2.Route(
            f"{tier}DefaultRoute{six}{at}",
            RouteTableId=Ref(f"{tier}RouteTable{at}"),
            **destination,
            **gateway,
        ),
        purpose,
    )


def _acls(draft: Draft, site: Site, network: Network, zones: tuple[str, ...]) -> None:
    for tier in TIERS:
        draft.add(
            ec2.NetworkAcl(f"{tier}Acl", VpcId=Ref("Vpc"), Tags=_named(site, tier.lower())),
            f"What the {tier.lower()} tier may exchange; everything else is dropped",
        )
        for rule in RULES:
            if rule.tier == tier:
                _acl_entry(draft, network, rule)
        for zone in zones:
            at = letter(zone)
            draft.add(
                ec2.SubnetNetworkAclAssociation(
                    f"{tier}SubnetAcl{at}",
                    SubnetId=Ref(f"{tier}Subnet{at}"),
                    NetworkAclId=Ref(f"{tier}Acl"),
                ),
                f"Puts the {tier.lower()} subnet in {zone} under its ACL",
            )


def _acl_entry(draft: Draft, network: Network, rule: Rule) -> None:
    """A rule for IPv4, and its twin for IPv6 where the network has it."""
    for six in (False, True) if network.ipv6 else (False,):
        extra: dict[str, Any] = {}
        if rule.ports:
            extra["PortRange"] = ec2.PortRange(From=rule.ports[0], To=rule.ports[1])
        if rule.protocol == ICMP:
            # Type and code of "fragmentation needed", and of IPv6's "packet too big".
            extra["Icmp"] = ec2.ICMP(Type=2, Code=0) if six else ec2.ICMP(Type=3, Code=4)
        if six:
            peer = WORLD6 if rule.peer == "World" else _tier_cidr6(rule.peer)
            extra["Ipv6CidrBlock"] = peer
            extra["DependsOn"] = "Ipv6Block"
        else:
            world = rule.peer == "World"
            extra["CidrBlock"] = WORLD if world else str(tier_cidr(network.cidr, rule.peer))
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
        )


def _gateway_endpoints(draft: Draft, site: Site, zones: tuple[str, ...]) -> None:
    """S3 and DynamoDB without the Internet, for this account's data and AWS's own packages.

    A gateway endpoint's policy takes no principal but everyone; conditions name the account.
    Source: "Control access to VPC endpoints using endpoint policies" (AWS PrivateLink).
    """
    ours = {
        "StringEquals": {
            "aws:PrincipalAccount": Ref("AWS::AccountId"),
            "aws:ResourceAccount": Ref("AWS::AccountId"),
        }
    }
    documents = {
        "s3": policy(
            allow(
                "OwnBuckets",
                "*",
                S3_ACTIONS,
                [bucket_arn("*"), bucket_arn("*/*")],
                ours,
            ),
            allow(
                "PackagesAndAgentsOfAws",
                "*",
                ("s3:GetObject",),
                [bucket_arn(f"{name}/*") for name in package_buckets(site.profile.regions.home)],
            ),
        ),
        "dynamodb": policy(
            allow("OwnTables", "*", TABLE_ACTIONS, arn("dynamodb", "table/*"), ours)
        ),
    }
    for service, title in (("s3", "S3"), ("dynamodb", "DynamoDb")):
        draft.add(
            ec2.VPCEndpoint(
                f"{title}Endpoint",
                VpcEndpointType="Gateway",
                VpcId=Ref("Vpc"),
                ServiceName=Sub(f"com.amazonaws.{REGION}.{service}"),
                RouteTableIds=[Ref(f"PrivateRouteTable{letter(zone)}") for zone in zones],
                PolicyDocument=documents[service],
            ),
            f"Reaches {title} without the Internet, for this account and AWS's packages only"
            if service == "s3"
            else f"Reaches {title} without the Internet, for this account's tables only",
        )


def _interface_endpoints(
    draft: Draft, site: Site, network: Network, zones: tuple[str, ...]
) -> None:
    if not network.endpoints:
        return
    path = f"{site.path}.network.endpoints"
    hosts = tier_cidr(network.cidr, "Private")
    draft.add(
        ec2.SecurityGroup(
            "EndpointSecurityGroup",
            GroupDescription="Interface endpoints: HTTPS from the private tier",
            VpcId=Ref("Vpc"),
            SecurityGroupIngress=[
                ec2.SecurityGroupRule(
                    Description="HTTPS from the private tier",
                    IpProtocol="tcp",
                    FromPort=443,
                    ToPort=443,
                    CidrIp=str(hosts),
                )
            ],
            SecurityGroupEgress=[
                ec2.SecurityGroupRule(
                    Description="Nowhere: endpoints only answer",
                    IpProtocol="tcp",
                    FromPort=443,
                    ToPort=443,
                    CidrIp=NOWHERE,
                )
            ],
            Tags=_named(site, "endpoints"),
        ),
        "Admits HTTPS from private hosts to the interface endpoints",
        path,
    )
    for service in sorted(set(network.endpoints)):
        name = "".join(part.capitalize() for part in service.split("."))
        document = policy(
            allow(
                "OwnPrincipals",
                "*",
                (f"{ENDPOINT_ACTIONS[service]}:*",),
                "*",
                {"StringEquals": {"aws:PrincipalAccount": Ref("AWS::AccountId")}},
            )
        )
        draft.add(
            ec2.VPCEndpoint(
                f"{name}Endpoint",
                VpcEndpointType="Interface",
                VpcId=Ref("Vpc"),
                ServiceName=Sub(f"com.amazonaws.{REGION}.{service}"),
                PrivateDnsEnabled=True,
                SubnetIds=[Ref(f"PrivateSubnet{letter(zone)}") for zone in zones],
                SecurityGroupIds=[Ref("EndpointSecurityGroup")],
                PolicyDocument=document,
            ),
            f"Reaches {service} without the Internet, for principals of this account only",
            path,
        )


def _flow_log(draft: Draft, site: Site) -> None:
    """Source: "IAM role for publishing flow logs to CloudWatch Logs" (Amazon VPC)."""
    group = imported(site, "logs", "FlowLogGroupArn")
    trust = allow(
        "TakenByFlowLogsOfThisAccount",
        {"Service": "vpc-flow-logs.amazonaws.com"},
        ("sts:AssumeRole",),
        None,
        {
            "StringEquals": {"aws:SourceAccount": Ref("AWS::AccountId")},
            "ArnLike": {"aws:SourceArn": arn("ec2", "vpc-flow-log/*")},
        },
    )
    role = iam.Role(
        "FlowLogRole",
        Description=f"Writes the flow log of {site.prefix}",
        AssumeRolePolicyDocument=policy(trust),
        MaxSessionDuration=3600,
    )
    draft.add(role, "Lets the flow log write to its log group")
    document = policy(
        allow(
            "WriteFlowLog",
            None,
            ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
            group,
        ),
        allow("FindLogGroup", None, ("logs:DescribeLogGroups",), arn("logs", "log-group:*")),
    )
    draft.add(
        iam.ManagedPolicy(
            "FlowLogPolicy",
            Description=f"What the flow log of {site.prefix} needs",
            PolicyDocument=document,
            Roles=[Ref(role)],
        ),
        "Allows writing to the flow log's group, and nothing else",
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
