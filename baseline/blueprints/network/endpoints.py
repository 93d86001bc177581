"""Endpoints: services of AWS without the Internet, and through each only what is ours.

S3 and DynamoDB by gateway endpoints, which cost nothing, for this account's data and for AWS's own
packages; others by interface endpoints, as the profile lists them. Security groups are stateful,
so the endpoints' has no egress; CloudFormation opens everything where egress is left out or empty,
so the one rule written goes nowhere.

An endpoint of EC2 Instance Connect is another thing: by it people reach hosts from anywhere, as
principals of this account whom IAM allows. It stands in one zone (EC2 takes one in a VPC), speaks
only to private hosts, and hides the people's addresses from them; CloudTrail has these.

The policy of an interface endpoint says whose principals may pass, not what they may do: that is
for their own policies, and a list of actions here would be a second place to keep.
"""

from __future__ import annotations

from troposphere import Ref, Sub, ec2

from baseline.blueprints import REGION, Draft, allow, arn, bucket_arn, named, policy
from baseline.blueprints.network.plan import Plan, letter
from baseline.regions import ENDPOINT_ACTIONS, package_buckets

NOWHERE = "127.0.0.1/32"

S3_ACTIONS = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetBucketLocation",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetObject",
    "s3:GetObjectAttributes",
    "s3:GetObjectLegalHold",
    "s3:GetObjectRetention",
    "s3:GetObjectTagging",
    "s3:GetObjectVersion",
    "s3:GetObjectVersionTagging",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
    "s3:PutObjectLegalHold",
    "s3:PutObjectRetention",
    "s3:PutObjectTagging",
    "s3:RestoreObject",
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


def add_gateways(draft: Draft, plan: Plan) -> None:
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
                [
                    bucket_arn(f"{name}/*")
                    for name in package_buckets(plan.site.profile.regions.home)
                ],
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
                RouteTableIds=[Ref(f"PrivateRouteTable{letter(zone)}") for zone in plan.zones],
                PolicyDocument=documents[service],
            ),
            "Reaches S3 without the Internet, for this account's buckets and AWS's packages only"
            if service == "s3"
            else "Reaches DynamoDB without the Internet, for this account's tables only",
        )


def add_interfaces(draft: Draft, plan: Plan) -> None:
    """Add an endpoint in every zone for each service that the profile lists."""
    if not plan.network.endpoints:
        return
    path = f"{plan.path}.endpoints"
    hosts = plan.tier("Private")
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
                    Description="Nowhere: endpoints only answer (no rule would allow all)",
                    IpProtocol="tcp",
                    FromPort=443,
                    ToPort=443,
                    CidrIp=NOWHERE,
                )
            ],
            Tags=named(plan.site, "endpoints"),
        ),
        "Admits HTTPS from private hosts to the interface endpoints",
        path,
    )
    for service in sorted(set(plan.network.endpoints)):
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
                SubnetIds=[Ref(f"PrivateSubnet{letter(zone)}") for zone in plan.zones],
                SecurityGroupIds=[Ref("EndpointSecurityGroup")],
                PolicyDocument=document,
            ),
            f"Reaches {service} without the Internet, for principals of this account only",
            path,
        )


def add_instance_connect(draft: Draft, plan: Plan) -> None:
    """Add the way by which people reach hosts without a network of their own.

    Source: "Create an EC2 Instance Connect Endpoint", "EC2 Instance Connect Endpoint quotas".
    """
    ports = plan.management_ports
    if not plan.network.instance_connect or not ports:
        return
    path = plan.path_of("instance_connect")
    draft.add(
        ec2.SecurityGroup(
            "InstanceConnectSecurityGroup",
            GroupDescription="EC2 Instance Connect: to private hosts, for people whom IAM allows",
            VpcId=Ref("Vpc"),
            SecurityGroupEgress=[
                ec2.SecurityGroupRule(
                    Description=f"{name.upper()} to private hosts",
                    IpProtocol="tcp",
                    FromPort=port,
                    ToPort=port,
                    CidrIp=str(plan.tier("Private")),
                )
                for port, name in ports.items()
            ],
            Tags=named(plan.site, "instance-connect"),
        ),
        "Lets the endpoint of EC2 Instance Connect speak to private hosts, and to nothing else",
        path,
    )
    draft.add(
        ec2.InstanceConnectEndpoint(
            "InstanceConnectEndpoint",
            SubnetId=Ref(f"PrivateSubnet{letter(plan.zones[0])}"),
            SecurityGroupIds=[Ref("InstanceConnectSecurityGroup")],
            PreserveClientIp=False,
            Tags=named(plan.site, "instance-connect"),
        ),
        "Brings people to hosts that name them, after IAM has let them pass",
        path,
    )
    draft.export(
        "InstanceConnectSecurityGroupId",
        Ref("InstanceConnectSecurityGroup"),
        "Id of the security group by which EC2 Instance Connect reaches hosts",
    )
