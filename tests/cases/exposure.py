"""Exposure: the three cases of each control; bad and good are all resources of an account."""

from __future__ import annotations

from typing import Any

from tests.cases import case
from tests.samples import stack

NETWORK, SHOP, ORDERS = "acme-prod-network", "acme-prod-server-shop", "acme-prod-database-orders"


def one(kind: str, **properties: Any) -> dict[str, Any]:
    """A resource."""
    return {"Type": f"AWS::{kind}", "Properties": properties}


def ref(name: str) -> dict[str, str]:
    """A reference."""
    return {"Ref": name}


def subnet(gateway: Any) -> dict[str, Any]:
    """A subnet, and where its default route leads."""
    return {
        "Gateway": one("EC2::InternetGateway"),
        "Table": one("EC2::RouteTable", VpcId="vpc-1"),
        "Subnet": one("EC2::Subnet", VpcId="vpc-1", CidrBlock="10.0.0.0/24"),
        "Route": one("EC2::Route", RouteTableId=ref("Table"), GatewayId=gateway),
        "Routes": one(
            "EC2::SubnetRouteTableAssociation", SubnetId=ref("Subnet"), RouteTableId=ref("Table")
        ),
    }


def member() -> dict[str, Any]:
    """An instance of a cluster."""
    return one(
        "RDS::DBInstance", DBClusterIdentifier=ref("Cluster"), DBInstanceClass="db.r7g.large"
    )


PUBLIC = subnet(ref("Gateway"))
PRIVATE = subnet("vgw-1")
HOSTS = {"Group": one("AutoScaling::AutoScalingGroup", VPCZoneIdentifier=[ref("Subnet")])}
DATABASES = {"Group": one("RDS::DBSubnetGroup", SubnetIds=[ref("Subnet")])}
VPC = {"Vpc": one("EC2::VPC", CidrBlock="10.0.0.0/16")}
BUCKET = {"Bucket": one("S3::Bucket")}
CLUSTER = {"Cluster": one("RDS::DBCluster", Engine="aurora-mysql")}
ADDRESS = {"Address": one("EC2::EIP", Domain="vpc")}
ACL = {"Acl": one("EC2::NetworkAcl", VpcId="vpc-1")}
GROUP = {"Group": one("EC2::SecurityGroup", GroupDescription="x")}
PUBLIC_SUBNET = {"Fn::ImportValue": "acme-prod-network-PublicSubnetA"}
PRIVATE_SUBNET = {"Fn::ImportValue": "acme-prod-network-PrivateSubnetB"}

CASES = {
    "exposure.hosts-in-private-subnets": case(
        ("", SHOP, "Group"),
        PUBLIC | HOSTS,
        PRIVATE | HOSTS,
        ("VPCZoneIdentifier",),
        [PUBLIC_SUBNET, PRIVATE_SUBNET],
    ),
    "exposure.databases-in-private-subnets": case(
        ("", ORDERS, "SubnetGroup"),
        PUBLIC | DATABASES,
        PRIVATE | DATABASES,
        ("SubnetIds",),
        [PUBLIC_SUBNET, PRIVATE_SUBNET],
    ),
    "exposure.networks-logged": case(
        ("", NETWORK, "FlowLog"),
        VPC,
        VPC | {"Log": one("EC2::FlowLog", ResourceId=ref("Vpc"), TrafficType="ALL")},
        ("ResourceId",),
        "vpc-0123456789abcdef0",
        told="Vpc",
    ),
    "exposure.buckets-have-policies": case(
        ("", "acme-prod-bucket-documents", "BucketPolicy"),
        BUCKET,
        BUCKET | {"Policy": one("S3::BucketPolicy", Bucket=ref("Bucket"))},
        ("Bucket",),
        "another",
        told="Bucket",
    ),
    "exposure.clusters-over-zones": case(
        ("", "acme-prod-database-catalogue", ""),
        CLUSTER | {"First": member()},
        CLUSTER | {"First": member(), "Second": member()},
        ("Resources", "Another"),
        stack("acme-prod-database-catalogue").resources["Cluster"],
        told="Another",
    ),
    "exposure.addresses-used": case(
        ("", NETWORK, "NatGatewayA"),
        ADDRESS,
        ADDRESS
        | {"Nat": one("EC2::NatGateway", AllocationId={"Fn::GetAtt": ["Address", "AllocationId"]})},
        ("AllocationId",),
        "eipalloc-0123456789abcdef0",
        told="NatAddressA",
    ),
    "exposure.acls-used": case(
        ("", NETWORK, ""),
        ACL,
        ACL
        | {"On": one("EC2::SubnetNetworkAclAssociation", SubnetId="x", NetworkAclId=ref("Acl"))},
        ("Resources", "Another"),
        one("EC2::NetworkAcl", VpcId=ref("Vpc")),
        told="Another",
    ),
    "exposure.groups-used": case(
        ("", NETWORK, "InstanceConnectEndpoint"),
        GROUP,
        GROUP
        | {
            "Door": one("EC2::VPCEndpoint", SecurityGroupIds=[{"Fn::GetAtt": ["Group", "GroupId"]}])
        },
        ("SecurityGroupIds",),
        ["sg-0123456789abcdef0"],
        told="InstanceConnectSecurityGroup",
    ),
}
