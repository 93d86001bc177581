"""Builder: the host that an image is built on, what it may do, and where its work is recorded.

It lies in the private tier, has no door, no key pair and no role but the one made here, and goes
when the build has ended, however that was.
"""

from __future__ import annotations

from typing import Any

from troposphere import GetAtt, Ref, Tags, ec2, iam, imagebuilder

from baseline.blueprints import (
    ACCOUNT,
    REGION,
    Draft,
    Site,
    allow,
    arn,
    bucket_arn,
    imported,
    named,
    policy,
)
from baseline.blueprints.logs import log_group
from baseline.blueprints.network.plan import WORLD, Plan, letter
from baseline.profile import Image
from baseline.systems import SYSTEMS

# Ends the name of the first component; no image has such a name, so none has that component's.
PREPARATION = "--preparation"

INSTANCE_TYPES = {"x86_64": "t3.medium", "arm64": "t4g.medium"}


def add_builder(draft: Draft, site: Site, wanted: Image, name: str) -> None:
    """Add the host's infrastructure (`Infrastructure`) and all that it needs before a build."""
    _log_groups(draft, site, name)
    _role(draft, wanted, name)
    _infrastructure(draft, site, wanted, name)


def _infrastructure(draft: Draft, site: Site, wanted: Image, name: str) -> None:
    assert site.environment
    assert site.environment.network
    zone = Plan(site, site.environment.network).zones[0]
    ports = {"HTTPS": 443} | ({"HTTP": 80} if SYSTEMS[wanted.system].mirrors_http else {})
    draft.add(
        ec2.SecurityGroup(
            "BuilderSecurityGroup",
            GroupDescription="Instances that images are built on: nothing in, packages out",
            VpcId=imported(site, "network", "VpcId"),
            SecurityGroupEgress=[
                ec2.SecurityGroupRule(
                    Description=f"{protocol} to AWS and to mirrors of packages",
                    IpProtocol="tcp",
                    FromPort=port,
                    ToPort=port,
                    CidrIp=WORLD,
                )
                for protocol, port in ports.items()
            ],
            Tags=named(site, f"{wanted.name}-builder"),
        ),
        "Admits nothing, and lets the instance that is built on fetch packages",
    )
    draft.add(
        imagebuilder.InfrastructureConfiguration(
            "Infrastructure",
            Name=name,
            InstanceProfileName=Ref("BuilderProfile"),
            InstanceTypes=[INSTANCE_TYPES[wanted.architecture]],
            SubnetId=imported(site, "network", f"PrivateSubnet{letter(zone)}"),
            SecurityGroupIds=[GetAtt("BuilderSecurityGroup", "GroupId")],
            InstanceMetadataOptions=imagebuilder.InstanceMetadataOptions(
                HttpTokens="required", HttpPutResponseHopLimit=1
            ),
            TerminateInstanceOnFailure=True,
            ResourceTags={"Name": f"{name}-builder", "baseline:image": name},
        ),
        "A host in the private tier that nobody reaches, and that goes when the build ends",
    )


def _role(draft: Draft, wanted: Image, name: str) -> None:
    """What the instance that is built on may do; as root it runs only what the components say.

    Sources: "EC2InstanceProfileForImageBuilder" (AWS managed policies), of which this leaves out
    all that our images do not need; "VPC endpoint policies" (EC2 Image Builder), for the names of
    its buckets.
    """
    what = f"Lets an instance be built on for {name}"
    platform = SYSTEMS[wanted.system].platform.lower()
    own = sorted({one.partition("/")[0] for one in wanted.components})
    draft.add(
        iam.Role(
            "BuilderRole",
            Description=what,
            AssumeRolePolicyDocument=policy(
                allow("TakeBuilder", {"Service": "ec2.amazonaws.com"}, ("sts:AssumeRole",), None)
            ),
            MaxSessionDuration=3600,
            Tags=Tags(Name=f"{name}-builder"),
        ),
        what,
    )
    streams = arn("logs", f"log-group:{_log_group_names(name)[0]}:*")
    tools = (f"ec2imagebuilder-{one}-{REGION}-prod" for one in ("managed-resources", "toe"))
    draft.add(
        iam.ManagedPolicy(
            "BuilderPolicy",
            Description=f"{what}: what that needs",
            Roles=[Ref("BuilderRole")],
            PolicyDocument=policy(
                *_agent(),
                allow(
                    "ReadComponents",
                    None,
                    ("imagebuilder:GetComponent",),
                    [
                        arn("imagebuilder", f"component/{name}/*"),
                        arn("imagebuilder", f"component/{name}{PREPARATION}/*"),
                        *(arn("imagebuilder", f"component/{one}/*") for one in own),
                        arn("imagebuilder", f"component/update-{platform}/*", account="aws"),
                    ],
                ),
                allow(
                    "ReadToolsOfImageBuilder",
                    None,
                    ("s3:GetObject",),
                    [bucket_arn(f"{tool}/*") for tool in tools],
                ),
                allow("WriteLogs", None, ("logs:CreateLogStream", "logs:PutLogEvents"), streams),
            ),
        ),
        "Allows BuilderRole what it needs, and nothing else",
    )
    draft.add(
        iam.InstanceProfile("BuilderProfile", Roles=[Ref("BuilderRole")]),
        "Gives the role to the instance",
    )


def _agent() -> tuple[dict[str, Any], ...]:
    """What the agent of Systems Manager does on a host that is told, inventoried and scanned.

    Source: "AmazonSSMManagedInstanceCore" (AWS managed policies), without parameters and patches,
    and with resources where IAM knows any: "Actions, resources, and condition keys for AWS Systems
    Manager". The condition ties the rest to instances of this account.
    """
    instances = arn("ec2", "instance/*")
    documents = [arn("ssm", "document/*", account=account) for account in ("", ACCOUNT)]
    return (
        allow(
            "BeManaged",
            None,
            (
                "ssm:DescribeAssociation",
                "ssm:DescribeDocument",
                "ssm:GetDocument",
                "ssm:ListInstanceAssociations",
                "ssm:PutComplianceItems",
                "ssm:UpdateAssociationStatus",
                "ssm:UpdateInstanceAssociationStatus",
                "ssm:UpdateInstanceInformation",
            ),
            [instances, *documents, arn("ssm", "association/*")],
        ),
        allow(
            "SpeakWithSystemsManager",
            None,
            (
                "ec2messages:AcknowledgeMessage",
                "ec2messages:DeleteMessage",
                "ec2messages:FailMessage",
                "ec2messages:GetEndpoint",
                "ec2messages:GetMessages",
                "ec2messages:SendReply",
                "ssm:GetManifest",
                "ssm:PutConfigurePackageResult",
                "ssm:PutInventory",
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ),
            "*",
            {"ArnLike": {"ec2:SourceInstanceARN": instances}},
        ),
    )


def _log_group_names(name: str) -> tuple[str, str]:
    """Names that Image Builder logs to unless told otherwise: of builds, and of the pipeline."""
    return f"/aws/imagebuilder/{name}", f"/aws/imagebuilder/pipeline/{name}"


def _log_groups(draft: Draft, site: Site, name: str) -> None:
    titles = {
        "Build": "Records each step of a build",
        "Pipeline": "Records what was built, or why not",
    }
    for (title, purpose), group in zip(titles.items(), _log_group_names(name), strict=True):
        draft.add(
            log_group(site, f"{title}LogGroup", group),
            purpose,
        )
