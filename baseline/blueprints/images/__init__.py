"""Images: pipelines that build a hardened image of a system, test it, scan it and share it.

"The same hardening baked in" means: by the same document. The instance that an image is made of
gets the user data of a host on which nobody may log in, and cloud-init (or EC2Launch) works it off
there as on any host; `component` waits for it, judges what is in force and then forgets the first
boot. So a host that starts from the image works off its own user data, with its people: whatever
the image says, a host ends as its user data says. In between come updates and the organization's
own components, which install what hosts are there for; they lie in the same account and region.

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
"AdditionalInstanceConfiguration", "ComponentConfiguration", "Delete outdated or unused Image
Builder resources" (EC2 Image Builder); "AWS::ImageBuilder::Image ImagePipelineExecutionSettings"
(CloudFormation).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troposphere import Base64, GetAtt, Ref, imagebuilder

from baseline import userdata
from baseline.blueprints import Draft, Site, arn, imported
from baseline.blueprints.images import component
from baseline.blueprints.images.builder import PREPARATION, add_builder
from baseline.blueprints.images.upkeep import add_events, add_lifecycle
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
TEST_MINUTES = 90


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
    add_builder(draft, site, wanted, name)
    _component(draft, name, system)
    _recipe(draft, site, wanted, system)
    _distribution(draft, site, wanted, name)
    _pipeline(draft, wanted, name)
    add_lifecycle(draft, name)
    add_events(draft, site, wanted, name)
    draft.export(
        "ParameterName",
        image_parameter(site, wanted.name),
        "Name of the parameter that holds the id of the newest image",
    )
    draft.export("PipelineArn", Ref("Pipeline"), "ARN of the pipeline")
    return draft.stack((site.profile.regions.home,))


def _component(draft: Draft, name: str, system: System) -> None:
    data = component.document(system)
    draft.add(
        imagebuilder.Component(
            "Hardening",
            Name=name,
            Version=component.version(data),
            Description="Judges what is in force, forgets the first boot",
            Platform=system.platform,
            Data=data,
        ),
        "Fails the build unless the hardening is in force, before and after a start from the image",
    )
    first = component.preparation(system)
    draft.add(
        imagebuilder.Component(
            "Preparation",
            Name=f"{name}{PREPARATION}",
            Version=component.version(first),
            Description="Waits for the user data",
            Platform=system.platform,
            Data=first,
        ),
        "Has all else wait until the hardening is done",
    )


def _recipe(draft: Draft, site: Site, wanted: Image, system: System) -> None:
    title = f"{site.profile.organization.name} {site.member.name} image {wanted.name}"
    host = userdata.Host(title, system.name, site.profile.regions.home)
    document = userdata.windows(host) if system.is_windows else userdata.linux(host)
    folder: dict[str, Any] = {}
    if not system.is_windows:
        folder["WorkingDirectory"] = component.WORKING_DIRECTORY
    updates = arn(
        "imagebuilder", f"component/update-{system.platform.lower()}/x.x.x", account="aws"
    )
    own = [arn("imagebuilder", f"component/{one}") for one in wanted.components]
    draft.add(
        imagebuilder.ImageRecipe(
            "Recipe",
            Name=f"{site.prefix}-{wanted.name}",
            Version="1.0.x",
            Description=f"{system.title}, hardened and up to date",
            ParentImage=f"ssm:{system.parameters[wanted.architecture]}",
            **folder,
            Components=[
                imagebuilder.ComponentConfiguration(ComponentArn=one)
                for one in (Ref("Preparation"), updates, *own, Ref("Hardening"))
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
