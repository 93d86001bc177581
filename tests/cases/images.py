"""Images: the three cases of each control."""

from __future__ import annotations

from tests.cases import case

STACK = "acme-prod-image-linux"
PIPELINE = ("AWS::ImageBuilder::ImagePipeline", STACK, "Pipeline")
RECIPE = ("AWS::ImageBuilder::ImageRecipe", STACK, "Recipe")
DISTRIBUTION = ("AWS::ImageBuilder::DistributionConfiguration", STACK, "Distribution")
INFRASTRUCTURE = ("AWS::ImageBuilder::InfrastructureConfiguration", STACK, "Infrastructure")
ROOT = ("BlockDeviceMappings", 0, "Ebs")
PERMISSION = ("AmiDistributionConfiguration", "LaunchPermissionConfiguration")

CASES = {
    "images.rebuilt": case(
        PIPELINE,
        {"Status": "ENABLED"},
        {"Schedule": {"ScheduleExpression": "cron(0 2 * * ? *)"}},
        ("Status",),
        "DISABLED",
    ),
    "images.tested": case(
        PIPELINE,
        {},
        {"ImageTestsConfiguration": {"ImageTestsEnabled": "true"}},
        ("ImageTestsConfiguration", "ImageTestsEnabled"),
        False,
    ),
    "images.scanned": case(
        PIPELINE,
        {"ImageScanningConfiguration": {"ImageScanningEnabled": False}},
        {"ImageScanningConfiguration": {"ImageScanningEnabled": True}},
        ("ImageScanningConfiguration",),
        {},
    ),
    "images.encrypted": case(
        RECIPE,
        {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True}}]},
        {"BlockDeviceMappings": [{"Ebs": {"Encrypted": True, "KmsKeyId": "arn:x"}}]},
        (*ROOT, "Encrypted"),
        False,
    ),
    "images.shared-narrowly": case(
        DISTRIBUTION,
        {"Distributions": [{PERMISSION[0]: {PERMISSION[1]: {"UserGroups": ["all"]}}}]},
        {"Distributions": [{PERMISSION[0]: {PERMISSION[1]: {"UserIds": ["111122223333"]}}}]},
        ("Distributions", 0, *PERMISSION, "UserGroups"),
        ["all"],
    ),
    "images.metadata-v2": case(
        INFRASTRUCTURE,
        {"InstanceMetadataOptions": {"HttpTokens": "required"}},
        {"InstanceMetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": "1"}},
        ("InstanceMetadataOptions", "HttpTokens"),
        "optional",
    ),
}
