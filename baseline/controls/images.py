"""Images: what must hold for every pipeline that builds images of hosts."""

from __future__ import annotations

from collections.abc import Iterator

from baseline.control import Severity, control, is_true, literal
from baseline.policy import listed
from baseline.resource import Resource

PIPELINE = "AWS::ImageBuilder::ImagePipeline"


@control("images.rebuilt", "Images are built on a schedule", on=PIPELINE, severity=Severity.MEDIUM)
def rebuilt(pipeline: Resource) -> Iterator[str]:
    """An image grows old from the day it is built, and each host that starts from it as old."""
    if literal(pipeline.properties, "Status", default="ENABLED") != "ENABLED":
        yield "Status is not ENABLED"
    if not literal(pipeline.properties, "Schedule", "ScheduleExpression"):
        yield "Schedule has no ScheduleExpression"


@control("images.tested", "Images are tested", on=PIPELINE, severity=Severity.MEDIUM)
def tested(pipeline: Resource) -> Iterator[str]:
    """What nobody started before it is shared is first started where it is needed."""
    if not is_true(literal(pipeline.properties, "ImageTestsConfiguration", "ImageTestsEnabled")):
        yield "ImageTestsConfiguration.ImageTestsEnabled is not true"


@control("images.scanned", "Images are scanned", on=PIPELINE, severity=Severity.MEDIUM)
def scanned(pipeline: Resource) -> Iterator[str]:
    """A vulnerability in an image is one in every host that starts from it."""
    scanning = literal(pipeline.properties, "ImageScanningConfiguration", "ImageScanningEnabled")
    if not is_true(scanning):
        yield "ImageScanningConfiguration.ImageScanningEnabled is not true"


@control(
    "images.encrypted",
    "Images use a key of ours",
    on="AWS::ImageBuilder::ImageRecipe",
    severity=Severity.HIGH,
)
def encrypted(recipe: Resource) -> Iterator[str]:
    """An image holds all that a host does; without our key, sharing it is not ours to take back."""
    devices = listed(literal(recipe.properties, "BlockDeviceMappings"))
    if not devices:
        yield "BlockDeviceMappings is left out, so the parent image decides"
    for index in range(len(devices)):
        if not is_true(literal(devices, index, "Ebs", "Encrypted")):
            yield f"BlockDeviceMappings.{index}.Ebs.Encrypted is not true"
        elif not (literal(devices, index, "Ebs") or {}).get("KmsKeyId"):
            yield f"BlockDeviceMappings.{index}.Ebs.KmsKeyId is left out"


@control(
    "images.shared-narrowly",
    "Images are shared with named accounts only",
    on="AWS::ImageBuilder::DistributionConfiguration",
    severity=Severity.HIGH,
)
def shared_narrowly(distribution: Resource) -> Iterator[str]:
    """A public image is copied within minutes, with whatever was left on it."""
    places = listed(literal(distribution.properties, "Distributions"))
    for index in range(len(places)):
        permission = ("AmiDistributionConfiguration", "LaunchPermissionConfiguration")
        groups = literal(places, index, *permission, "UserGroups", default=())
        if "all" in groups:
            yield f"Distributions.{index} lets everyone start hosts from the image"


@control(
    "images.metadata-v2",
    "Images are built with tokens for instance metadata",
    on="AWS::ImageBuilder::InfrastructureConfiguration",
    severity=Severity.MEDIUM,
)
def metadata_v2(infrastructure: Resource) -> Iterator[str]:
    """A build fetches much from outside; what it fetched gets no credentials by a mere GET."""
    options = "InstanceMetadataOptions"
    if literal(infrastructure.properties, options, "HttpTokens") != "required":
        yield f"{options}.HttpTokens is not required"
    if str(literal(infrastructure.properties, options, "HttpPutResponseHopLimit")) != "1":
        yield f"{options}.HttpPutResponseHopLimit is not 1"
