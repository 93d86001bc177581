"""Images: pipelines that build a hardened image of a system, test it, scan it and share it.

"The same hardening baked in" means: by the same document. The instance that an image is made of
gets the user data of a host on which nobody may log in, and cloud-init (or EC2Launch) works it off
there as on any host; `component` waits for it, judges what is in force and then forgets the first
boot. So a host that starts from the image works off its own user data, with its people: whatever
the image says, a host ends as its user data says.

The first image is built while the stack is made, because servers cannot start without one; that
takes up to an hour. It is built anew whenever the pipeline changes, and on the schedule whether or
not its parent is new, because packages always are. Image Builder writes the image's id to a
parameter (`image_parameter`), which launch templates read as a host starts, and a change of which
replaces the hosts (`servers`). The parameter outlives the stack.

Image Builder works by its own service-linked role, so that no role here may start hosts. That role
may write only parameters and log groups whose names begin as Image Builder's, which is why ours do.
It may not use the key of our topic, so its events come by EventBridge. Scanning needs Amazon
Inspector to be on in the account, for EC2: no resource type can do that.

Recipes cannot change, so they say `1.0.x` and Image Builder counts; components cannot even say
that, so their version is made of their content. An image that is replaced stays until the lifecycle
policy ends it, which it can only while Image Builder knows the image. The image is encrypted by
the recipe: a key of the distribution is for copies in other places, of which there are none.

Sources: "Prerequisites for SSM output parameters", "Use a base image parameter in your recipe",
"PipelineLoggingConfiguration", "Create a new version of an image recipe", "Schedule",
"AdditionalInstanceConfiguration", "Delete outdated or unused Image Builder resources" (EC2 Image
Builder); "AWS::ImageBuilder::Image ImagePipelineExecutionSettings" (CloudFormation).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troposphere import Base64, GetAtt, Ref, Tags, ec2, events, iam, imagebuilder

from baseline import userdata
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
from baseline.blueprints.images import component
from baseline.blueprints.logs import log_group
from baseline.blueprints.network.plan import WORLD, Plan, letter
from baseline.profile import Image
from baseline.stack import Stack
from baseline.systems import SYSTEMS, System

FOUNDATION = False

# At two in the morning (UTC); monthly a week after Microsoft's updates, the second Tuesday, when
# AWS has the new parent. Source: "Use cron expressions in EC2 Image Builder".
SCHEDULES = {
    "daily": "cron(0 2 * * ? *)",
    "weekly": "cron(0 2 ? * TUE *)",
    "monthly": "cron(0 2 21 * ? *)",
}
INSTANCE_TYPES = {"x86_64": "t3.medium", "arm64": "t4g.medium"}
# Not /tmp, over which the user data puts a file system; and nobody but root writes here.
LINUX_WORKING_DIRECTORY = "/root"
TEST_MINUTES = 90

DEPRECATED_AFTER_DAYS = 60
DELETED_AFTER_DAYS = 180
UNLESS_STARTED_WITHIN_DAYS = 90
KEPT_AT_LEAST = 3

# What Image Builder tags everything with that it makes.
OURS_BY_BUILDER = {"aws:ResourceTag/CreatedBy": "EC2 Image Builder"}


def stacks(site: Site) -> Iterator[Stack]:
    """One stack for each image of the profile."""
    if site.environment is None:
        return
    for wanted in site.environment.images:
        yield _stack(site, wanted)


def image_parameter(site: Site, image: str) -> str:
    """Name of the parameter that holds the id of the newest image of a pipeline.

    Image Builder's role may write no parameter outside of `/imagebuilder/`.
    """
    return f"/imagebuilder{site.log_group_prefix}{image}"


def _stack(site: Site, wanted: Image) -> Stack:
    path = f"{site.path}.images.{wanted.name}"
    system = SYSTEMS[wanted.system]
    draft = Draft(site, f"image-{wanted.name}", f"hardened image of {system.title}", path)
    name = f"{site.prefix}-{wanted.name}"
    _log_groups(draft, site, name)
    _builder(draft, name, system)
    _component(draft, name, system)
    _recipe(draft, site, wanted, system)
    _infrastructure(draft, site, wanted, name)
    _distribution(draft, site, wanted, name)
    _pipeline(draft, wanted, name)
    _lifecycle(draft, name)
    _events(draft, site, wanted, name)
    draft.export(
        "ParameterName",
        image_parameter(site, wanted.name),
        "Name of the parameter that holds the id of the newest image",
    )
    draft.export("PipelineArn", Ref("Pipeline"), "ARN of the pipeline")
    return draft.stack((site.profile.regions.home,))


# ---- what is built -------------------------------------------------------------------------


def _component(draft: Draft, name: str, system: System) -> None:
    data = component.document(system)
    draft.add(
        imagebuilder.Component(
            "Hardening",
            Name=name,
            Version=component.version(data),
            Description="Waits for the user data, judges what is in force, forgets the first boot",
            Platform=system.platform,
            Data=data,
        ),
        "Fails the build unless the hardening is in force, before and after a start from the image",
    )


def _recipe(draft: Draft, site: Site, wanted: Image, system: System) -> None:
    title = f"{site.profile.organization.name} {site.member.name} image {wanted.name}"
    host = userdata.Host(title, system.name, site.profile.regions.home)
    document = userdata.windows(host) if system.is_windows else userdata.linux(host)
    folder: dict[str, Any] = {}
    if not system.is_windows:
        folder["WorkingDirectory"] = LINUX_WORKING_DIRECTORY
    updates = f"component/update-{system.platform.lower()}/x.x.x"
    draft.add(
        imagebuilder.ImageRecipe(
            "Recipe",
            Name=f"{site.prefix}-{wanted.name}",
            Version="1.0.x",
            Description=f"{system.title}, hardened and up to date",
            ParentImage=f"ssm:{system.parameters[wanted.architecture]}",
            **folder,
            Components=[
                imagebuilder.ComponentConfiguration(ComponentArn=Ref("Hardening")),
                imagebuilder.ComponentConfiguration(
                    ComponentArn=arn("imagebuilder", updates, account="aws")
                ),
            ],
            AdditionalInstanceConfiguration=imagebuilder.AdditionalInstanceConfiguration(
                UserDataOverride=Base64(document)
            ),
            BlockDeviceMappings=[
                imagebuilder.InstanceBlockDeviceMapping(
                    DeviceName=system.root_device,
                    Ebs=imagebuilder.EbsInstanceBlockDeviceSpecification(
                        VolumeType="gp3",
                        Encrypted=True,
                        KmsKeyId=imported(site, "keys", "ImagesKeyArn"),
                        DeleteOnTermination=True,
                    ),
                )
            ],
            AmiTags=_image_tags(wanted, f"{site.prefix}-{wanted.name}"),
        ),
        f"{system.title}, newest of its publisher, with the user data of our hosts worked off",
    )


def _image_tags(wanted: Image, name: str) -> dict[str, str]:
    return {
        "Name": name,
        "baseline:image": name,
        "baseline:system": wanted.system,
        "baseline:built": "{{ imagebuilder:buildDate }}",
    }


def _distribution(draft: Draft, site: Site, wanted: Image, name: str) -> None:
    shared: dict[str, Any] = {}
    if wanted.accounts:
        shared["LaunchPermissionConfiguration"] = imagebuilder.LaunchPermissionConfiguration(
            UserIds=sorted(set(wanted.accounts))
        )
    draft.add(
        imagebuilder.DistributionConfiguration(
            "Distribution",
            Name=name,
            Distributions=[
                imagebuilder.Distribution(
                    Region=Ref("AWS::Region"),
                    AmiDistributionConfiguration=imagebuilder.AmiDistributionConfiguration(
                        Name=f"{name}-{{{{ imagebuilder:buildDate }}}}",
                        Description=f"{SYSTEMS[wanted.system].title}, hardened",
                        AmiTags=_image_tags(wanted, name),
                        **shared,
                    ),
                    SsmParameterConfigurations=[
                        imagebuilder.SsmParameterConfiguration(
                            ParameterName=image_parameter(site, wanted.name),
                            DataType="aws:ec2:image",
                        )
                    ],
                )
            ],
        ),
        "Names the image, says who may start hosts from it, and writes its id to the parameter",
    )


def _pipeline(draft: Draft, wanted: Image, name: str) -> None:
    draft.add(
        imagebuilder.ImagePipeline(
            "Pipeline",
            Name=name,
            ImageRecipeArn=Ref("Recipe"),
            InfrastructureConfigurationArn=Ref("Infrastructure"),
            DistributionConfigurationArn=Ref("Distribution"),
            EnhancedImageMetadataEnabled=True,
            ImageScanningConfiguration=imagebuilder.ImageScanningConfiguration(
                ImageScanningEnabled=wanted.scan
            ),
            ImageTestsConfiguration=imagebuilder.ImageTestsConfiguration(
                ImageTestsEnabled=True, TimeoutMinutes=TEST_MINUTES
            ),
            Schedule=imagebuilder.Schedule(
                ScheduleExpression=SCHEDULES[wanted.schedule],
                Timezone="Etc/UTC",
                PipelineExecutionStartCondition="EXPRESSION_MATCH_ONLY",
            ),
            Status="ENABLED",
            DependsOn=["BuildLogGroup", "PipelineLogGroup", "BuilderPolicy"],
        ),
        f"Builds, tests{', scans' if wanted.scan else ''} and distributes the image "
        f"{wanted.schedule}",
    )
    draft.add(
        imagebuilder.Image(
            "Image",
            ImagePipelineExecutionSettings=imagebuilder.ImagePipelineExecutionSettings(
                DeploymentId=GetAtt("Pipeline", "DeploymentId"), OnUpdate=True
            ),
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
        ),
        "The first image, and a new one whenever the pipeline changes; the stack waits for it",
    )


# ---- where it is built ---------------------------------------------------------------------


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


def _builder(draft: Draft, name: str, system: System) -> None:
    """What the instance that is built on may do; as root it runs only what the component says.

    Sources: "EC2InstanceProfileForImageBuilder" (AWS managed policies), of which this leaves out
    all that our images do not need; "VPC endpoint policies" (EC2 Image Builder), for the names of
    its buckets.
    """
    what = f"Lets an instance be built on for {name}"
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
                        arn(
                            "imagebuilder",
                            f"component/update-{system.platform.lower()}/*",
                            account="aws",
                        ),
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


# ---- what happens to it --------------------------------------------------------------------


def _lifecycle(draft: Draft, name: str) -> None:
    """Old images end; one from which a host was started lately is no old one.

    Source: "EC2ImageBuilderLifecycleExecutionPolicy" (AWS managed policies), narrowed to this
    image; "How lifecycle management works for EC2 Image Builder images".
    """
    images, snapshots = (arn("ec2", f"{kind}/*", account="") for kind in ("image", "snapshot"))
    by_builder = {"StringEquals": OURS_BY_BUILDER}
    this_image = {"StringEquals": OURS_BY_BUILDER | {"aws:ResourceTag/baseline:image": name}}
    mark = {"aws:RequestTag/DeprecatedBy": "EC2 Image Builder"}
    role = draft.service_role(
        "Lifecycle",
        "imagebuilder",
        arn("imagebuilder", f"lifecycle-policy/{name}"),
        f"Ends old images of {name}",
        (
            allow(
                "EndImages",
                None,
                (
                    "ec2:DeregisterImage",
                    "ec2:DescribeImageAttribute",
                    "ec2:DisableImageDeprecation",
                    "ec2:EnableImageDeprecation",
                ),
                images,
                this_image,
            ),
            allow("DeleteSnapshots", None, ("ec2:DeleteSnapshot",), snapshots, by_builder),
            allow(
                "MarkAsDeprecated",
                None,
                ("ec2:CreateTags", "ec2:DeleteTags"),
                [images, snapshots],
                {
                    "StringEquals": mark | OURS_BY_BUILDER,
                    "ForAllValues:StringEquals": {"aws:TagKeys": "DeprecatedBy"},
                },
            ),
            allow(
                "ForgetImages",
                None,
                ("imagebuilder:DeleteImage",),
                arn("imagebuilder", f"image/{name}/*"),
            ),
            allow("FindImages", None, ("ec2:DescribeImages", "tag:GetResources"), "*"),
        ),
        names_source=False,
    )
    draft.add(
        imagebuilder.LifecyclePolicy(
            "Lifecycle",
            Name=name,
            Description=f"Ends old images of {name}",
            ExecutionRole=GetAtt(role, "Arn"),
            ResourceType="AMI_IMAGE",
            Status="ENABLED",
            ResourceSelection=imagebuilder.ResourceSelection(
                Recipes=[imagebuilder.RecipeSelection(Name=name, SemanticVersion="x.x.x")]
            ),
            PolicyDetails=[
                imagebuilder.PolicyDetail(
                    Action=imagebuilder.Action(
                        Type="DEPRECATE",
                        IncludeResources=imagebuilder.IncludeResources(Amis=True),
                    ),
                    Filter=imagebuilder.Filter(
                        Type="AGE", Value=DEPRECATED_AFTER_DAYS, Unit="DAYS"
                    ),
                ),
                imagebuilder.PolicyDetail(
                    Action=imagebuilder.Action(
                        Type="DELETE",
                        IncludeResources=imagebuilder.IncludeResources(Amis=True, Snapshots=True),
                    ),
                    Filter=imagebuilder.Filter(
                        Type="AGE",
                        Value=DELETED_AFTER_DAYS,
                        Unit="DAYS",
                        RetainAtLeast=KEPT_AT_LEAST,
                    ),
                    ExclusionRules=imagebuilder.ExclusionRules(
                        Amis=imagebuilder.AmiExclusionRules(
                            LastLaunched=imagebuilder.LastLaunched(
                                Value=UNLESS_STARTED_WITHIN_DAYS, Unit="DAYS"
                            )
                        )
                    ),
                ),
            ],
            DependsOn="LifecyclePolicy",
        ),
        f"Deprecates images after {DEPRECATED_AFTER_DAYS} days, deletes them after "
        f"{DELETED_AFTER_DAYS}",
    )


def _events(draft: Draft, site: Site, wanted: Image, name: str) -> None:
    """Tell of builds that fail and of images with serious vulnerabilities.

    Source: "Amazon EventBridge integration in Image Builder".
    """
    pattern = {
        "source": ["aws.imagebuilder"],
        "resources": [{"prefix": arn("imagebuilder", f"image/{name}/")}],
    }
    failed = {"state": {"status": ["FAILED", "CANCELLED"]}}
    some = [{"numeric": [">", 0]}]
    serious = [{"finding-severity-counts": {level: some}} for level in ("critical", "high")]
    rules = {
        "Failure": ("Image State Change", failed, "a build that fails"),
        "Vulnerability": ("CVE Detected", {"$or": serious}, "an image with grave vulnerabilities"),
    }
    for title, (kind, detail, what) in rules.items():
        if title == "Vulnerability" and not wanted.scan:
            continue
        draft.add(
            events.Rule(
                f"{title}Rule",
                Description=f"{name}: {what}",
                State="ENABLED",
                EventPattern=pattern
                | {"detail-type": [f"EC2 Image Builder {kind}"], "detail": detail},
                Targets=[events.Target(Id="Alerts", Arn=imported(site, "alerts", "TopicArn"))],
            ),
            f"Tells the topic for alerts of {what}",
        )
