"""Exposure: what can be seen only where everything of an account is there, with its routes.

Whether a subnet is public is not written in it: it is, if its route table has a route to an
Internet gateway. A subnet without a table of its own has the main table of its VPC, which has no
such route until somebody adds one by hand. Source: "Enable internet access for a VPC using an
internet gateway" (Amazon VPC).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from baseline.control import CannotJudge, Severity, control, literal
from baseline.policy import listed
from baseline.resource import Reference, Resource

VPC, SUBNET, FLOW_LOG = "AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::FlowLog"
ROUTE, GATEWAY = "AWS::EC2::Route", "AWS::EC2::InternetGateway"
ASSOCIATION = "AWS::EC2::SubnetRouteTableAssociation"
GROUP, SUBNET_GROUP = "AWS::AutoScaling::AutoScalingGroup", "AWS::RDS::DBSubnetGroup"
BUCKET, BUCKET_POLICY = "AWS::S3::Bucket", "AWS::S3::BucketPolicy"
CLUSTER, INSTANCE = "AWS::RDS::DBCluster", "AWS::RDS::DBInstance"
ADDRESS, NAT = "AWS::EC2::EIP", "AWS::EC2::NatGateway"
ACL, ACL_ASSOCIATION = "AWS::EC2::NetworkAcl", "AWS::EC2::SubnetNetworkAclAssociation"
SECURITY_GROUP = "AWS::EC2::SecurityGroup"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"

ROUTES = (ROUTE, GATEWAY, ASSOCIATION)
# What can be a member of a security group, of what we know.
MEMBERS = (
    BALANCER,
    INSTANCE,
    CLUSTER,
    "AWS::EC2::Instance",
    "AWS::EC2::InstanceConnectEndpoint",
    "AWS::EC2::LaunchTemplate",
    "AWS::EC2::NetworkInterface",
    "AWS::EC2::VPCEndpoint",
    "AWS::ImageBuilder::InfrastructureConfiguration",
    "AWS::Lambda::Function",
)

Said = tuple[Resource, str]
Name = tuple[str, str]


@control(
    "exposure.hosts-in-private-subnets",
    "Hosts stand in subnets that no route leads into",
    on=(*ROUTES, GROUP),
    over="account",
    severity=Severity.HIGH,
)
def hosts_in_private_subnets(resources: Sequence[Resource]) -> Iterator[Said]:
    """With a route from the Internet, one rule or one address more is all that is missing."""
    public = _public_subnets(resources)
    for group in _of(resources, GROUP):
        for name in sorted(_named(group.properties.get("VPCZoneIdentifier")) & public):
            yield group, f"stands in {name[1]}, which has a route to an Internet gateway"


@control(
    "exposure.databases-in-private-subnets",
    "Databases stand in subnets that no route leads into",
    on=(*ROUTES, SUBNET_GROUP),
    over="account",
    severity=Severity.HIGH,
)
def databases_in_private_subnets(resources: Sequence[Resource]) -> Iterator[Said]:
    """A database is for hosts of the network; it never has business with the Internet."""
    public = _public_subnets(resources)
    for group in _of(resources, SUBNET_GROUP):
        for name in sorted(_named(group.properties.get("SubnetIds")) & public):
            yield group, f"has {name[1]}, which has a route to an Internet gateway"


@control(
    "exposure.networks-logged",
    "Every VPC has a flow log",
    on=(VPC, FLOW_LOG),
    over="account",
    severity=Severity.MEDIUM,
)
def networks_logged(resources: Sequence[Resource]) -> Iterator[Said]:
    """Without it, nobody can say afterwards who spoke to whom, and how much left."""
    logged: set[Name] = set()
    for log in _of(resources, FLOW_LOG):
        logged |= _named(log.properties.get("ResourceId"))
    for vpc in _of(resources, VPC):
        if _name(vpc) not in logged:
            yield vpc, "has no flow log"


@control(
    "exposure.buckets-have-policies",
    "Every bucket has a policy",
    on=(BUCKET, BUCKET_POLICY),
    over="account",
    severity=Severity.MEDIUM,
)
def buckets_have_policies(resources: Sequence[Resource]) -> Iterator[Said]:
    """Only a policy can refuse plain HTTP; a bucket without one answers it."""
    bound: set[Name] = set()
    for policy in _of(resources, BUCKET_POLICY):
        bound |= _named(policy.properties.get("Bucket"))
    for bucket in _of(resources, BUCKET):
        if _name(bucket) not in bound:
            yield bucket, "has no policy that refuses plain HTTP"


@control(
    "exposure.clusters-over-zones",
    "Clusters of databases have two instances or more",
    on=(CLUSTER, INSTANCE),
    over="account",
    severity=Severity.MEDIUM,
)
def clusters_over_zones(resources: Sequence[Resource]) -> Iterator[Said]:
    """With one instance there is nobody to take over: a new one has to be made first."""
    members: list[Name] = []
    for instance in _of(resources, INSTANCE):
        members += _named(instance.properties.get("DBClusterIdentifier"))
    for cluster in _of(resources, CLUSTER):
        whole = literal(cluster.properties, "DBClusterInstanceClass")  # RDS makes three of them
        count = members.count(_name(cluster))
        if not whole and count < 2:
            yield cluster, f"has {count or 'no'} instance{'s' if not count else ''}"


@control(
    "exposure.addresses-used",
    "Every public address is in use",
    on=(ADDRESS, NAT, BALANCER, "AWS::EC2::EIPAssociation"),
    over="account",
    severity=Severity.LOW,
)
def addresses_used(resources: Sequence[Resource]) -> Iterator[Said]:
    """It is paid for, and still in somebody's list of addresses to trust."""
    used = _mentioned(one for one in resources if one.type != ADDRESS)
    for address in _of(resources, ADDRESS):
        if _name(address) not in used and not address.properties.get("InstanceId"):
            yield address, "is on nothing"


@control(
    "exposure.acls-used",
    "Every network ACL is on a subnet",
    on=(ACL, ACL_ASSOCIATION),
    over="account",
    severity=Severity.LOW,
)
def acls_used(resources: Sequence[Resource]) -> Iterator[Said]:
    """Whoever reads it believes that something is dropped, and nothing is."""
    used = _mentioned(_of(resources, ACL_ASSOCIATION))
    for acl in _of(resources, ACL):
        if _name(acl) not in used:
            yield acl, "is on no subnet"


@control(
    "exposure.groups-used",
    "Every security group has something in it",
    on=(SECURITY_GROUP, *MEMBERS),
    over="account",
    severity=Severity.MEDIUM,
)
def groups_used(resources: Sequence[Resource]) -> Iterator[Said]:
    """Others still admit it; whatever is put in it one day is admitted as well."""
    used = _mentioned(one for one in resources if one.type != SECURITY_GROUP)
    for group in _of(resources, SECURITY_GROUP):
        if _name(group) not in used:
            yield group, "has nothing in it"


def _public_subnets(resources: Sequence[Resource]) -> set[Name]:
    """Subnets whose route table has a route to an Internet gateway."""
    gateways = {_name(one) for one in _of(resources, GATEWAY)}
    tables: set[Name] = set()
    for route in _of(resources, ROUTE):
        if _named(route.properties.get("GatewayId")) & gateways:
            tables |= _named(route.properties.get("RouteTableId"))
    public: set[Name] = set()
    for association in _of(resources, ASSOCIATION):
        if _named(association.properties.get("RouteTableId")) & tables:
            public |= _named(association.properties.get("SubnetId"))
    return public


def _of(resources: Sequence[Resource], kind: str) -> list[Resource]:
    return [one for one in resources if one.type == kind]


def _name(resource: Resource) -> Name:
    return resource.stack, resource.logical_id


def _named(value: Any) -> set[Name]:
    """What a property refers to; a value that nobody has resolved cannot be judged."""
    found = set()
    for one in listed(value):
        if isinstance(one, Reference):
            found.add((one.stack, one.resource))
        else:
            try:
                literal([one], 0)
            except CannotJudge:
                raise CannotJudge("what belongs to what is decided by a parameter") from None
    return found


def _mentioned(resources: Any) -> set[Name]:
    """Everything that resources refer to, wherever in them."""
    found: set[Name] = set()
    rest: list[Any] = [one.properties for one in resources]
    while rest:
        value = rest.pop()
        if isinstance(value, Reference):
            found.add((value.stack, value.resource))
        elif isinstance(value, Mapping):
            rest += value.values()
        elif isinstance(value, (list, tuple)):
            rest += value
    return found
