"""Cases of the controls of servers."""

from __future__ import annotations

from typing import Any

from tests.cases import case

TEMPLATE = ("AWS::EC2::LaunchTemplate", "acme-prod-server-shop", "LaunchTemplate")
GROUP = ("AWS::AutoScaling::AutoScalingGroup", "acme-prod-server-shop", "Group")

AN_ID, A_VERSION = "ami-0123456789abcdef0", "resolve:ssm:/acme/images/web:7"
KEPT = {"Encrypted": "true", "KmsKeyId": "arn:x"}


def launches(*tags: tuple[str, str], **data: Any) -> dict[str, Any]:
    """A launch template's properties, with tags that its hosts get."""
    pairs = [{"Key": key, "Value": value} for key, value in tags]
    specifications = [{"ResourceType": "instance", "Tags": pairs}]
    return {"LaunchTemplateData": data | {"TagSpecifications": specifications}}


CASES = {
    "servers.metadata-v2": case(
        TEMPLATE,
        launches(MetadataOptions={"HttpTokens": "optional"}),
        launches(MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": "1"}),
        ("LaunchTemplateData", "MetadataOptions", "HttpPutResponseHopLimit"),
        2,
    ),
    "servers.volumes-encrypted": case(
        TEMPLATE,
        launches(BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True}}]),
        launches(BlockDeviceMappings=[{"Ebs": KEPT}]),
        ("LaunchTemplateData", "BlockDeviceMappings", 1, "Ebs", "Encrypted"),
        False,
    ),
    "servers.no-public-address": case(
        TEMPLATE,
        launches(NetworkInterfaces=[{"AssociatePublicIpAddress": "true"}]),
        launches(NetworkInterfaces=[{"AssociatePublicIpAddress": False}]),
        ("LaunchTemplateData", "NetworkInterfaces", 0, "AssociatePublicIpAddress"),
        True,
    ),
    "servers.image-pinned": case(
        TEMPLATE,
        launches(ImageId="resolve:ssm:/aws/service/debian/release/13/latest/amd64"),
        launches(("baseline:image", "pipeline linux"), ImageId="resolve:ssm:/acme/prod/images/x"),
        ("LaunchTemplateData", "TagSpecifications", 0, "Tags"),
        [{"Key": "Name", "Value": "acme-prod-shop"}],
    ),
    "servers.image-dated": case(
        TEMPLATE,
        launches(ImageId=AN_ID),
        launches(("baseline:image-built", "2026-11-01"), ImageId=AN_ID),
        ("LaunchTemplateData", "ImageId"),
        A_VERSION,
    ),
    # Ninety-one days old, and ninety.
    "servers.image-fresh": case(
        TEMPLATE,
        launches(("baseline:image-built", "2026-08-26"), ImageId=AN_ID),
        launches(("baseline:image-built", "2026-08-27"), ImageId=AN_ID),
        ("LaunchTemplateData",),
        launches(
            ("baseline:image-built", "2026-01-01"),
            ImageId=A_VERSION,
            MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
            BlockDeviceMappings=[{"Ebs": KEPT}],
            NetworkInterfaces=[{"AssociatePublicIpAddress": False}],
            Monitoring={"Enabled": True},
        )["LaunchTemplateData"],
    ),
    "servers.health-checked": case(
        GROUP,
        {"TargetGroupARNs": ["arn:x"]},
        {"TargetGroupARNs": ["arn:x"], "HealthCheckType": "EBS,ELB"},
        ("HealthCheckType",),
        "EC2",
    ),
    "servers.over-zones": case(
        GROUP,
        {"VPCZoneIdentifier": ["subnet-1"]},
        {"VPCZoneIdentifier": ["subnet-1", "subnet-2"]},
        ("VPCZoneIdentifier",),
        ["subnet-1"],
    ),
    "servers.from-launch-template": case(
        GROUP,
        {"LaunchConfigurationName": "x"},
        {"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "1"}},
        ("LaunchTemplate",),
        {},
    ),
    "servers.rolled-out": case(
        GROUP,
        {"MaxSize": "3"},
        {"MaxSize": "3"},
        ("../UpdatePolicy",),
        {"AutoScalingScheduledAction": {"IgnoreUnmodifiedGroupSizeProperties": True}},
        {"UpdatePolicy": {"AutoScalingRollingUpdate": {"MaxBatchSize": "1"}}},
    ),
    "servers.one-interface": case(
        TEMPLATE,
        launches(NetworkInterfaces=[{"DeviceIndex": 0}, {"DeviceIndex": 1}]),
        launches(NetworkInterfaces=[{"DeviceIndex": 0}]),
        ("LaunchTemplateData", "NetworkInterfaces"),
        [{"DeviceIndex": 0}, {"DeviceIndex": 1}],
    ),
    "servers.nitro": case(
        TEMPLATE,
        launches(InstanceType="t2.micro"),
        launches(InstanceType="t3.micro"),
        ("LaunchTemplateData", "InstanceType"),
        "m3.large",
    ),
    "servers.watched-by-minute": case(
        TEMPLATE,
        launches(),
        launches(Monitoring={"Enabled": "true"}),
        ("LaunchTemplateData", "Monitoring", "Enabled"),
        False,
    ),
}
