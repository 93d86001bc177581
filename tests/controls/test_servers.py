"""Servers: the edges of each control; the three cases of each are in `cases`."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from baseline.check import controls
from baseline.control import CannotJudge
from baseline.resource import Reference, Resource

BY_NAME = {one.name: one for one in controls()}
TODAY = date(2026, 11, 25)
AN_ID = "ami-0123456789abcdef0"


def found(name: str, **data: Any) -> list[str]:
    """What one control says of a launch template."""
    properties = {"LaunchTemplateData": data}
    resource = Resource("s", "Hosts", "AWS::EC2::LaunchTemplate", properties, {})
    return list(BY_NAME[f"servers.{name}"].judged(resource, TODAY))


def group(name: str, **properties: Any) -> list[str]:
    """What one control says of a group."""
    resource = Resource("s", "Group", "AWS::AutoScaling::AutoScalingGroup", properties, {})
    return list(BY_NAME[f"servers.{name}"].judged(resource, TODAY))


def tagged(key: str, value: Any, kind: str = "instance") -> dict[str, Any]:
    """Tags that things of a kind get."""
    tags = [{"Key": key, "Value": value}]
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]}


def test_metadata_that_is_off_gives_nothing_away() -> None:
    """Then sessions and hops do not matter; left out, both do."""
    assert not found("metadata-v2", MetadataOptions={"HttpEndpoint": "disabled"})
    assert len(found("metadata-v2")) == 2


def test_each_volume_is_told_of_by_name() -> None:
    """What is no volume is passed over; with no mapping at all the image decides."""
    plain = {"DeviceName": "/dev/sdf", "Ebs": {"Encrypted": False}}
    keyless = {"DeviceName": "/dev/sdg", "Ebs": {"Encrypted": True}}
    none = {"DeviceName": "/dev/sdh", "NoDevice": ""}
    messages = found("volumes-encrypted", BlockDeviceMappings=[plain, keyless, none])
    assert messages == ["/dev/sdf: Ebs.Encrypted is not true", "/dev/sdg: Ebs.KmsKeyId is left out"]
    assert found("volumes-encrypted") == ["BlockDeviceMappings is left out, so the image decides"]


@pytest.mark.parametrize("key", [Reference("keys", "DataKey", "Arn"), {"Ref": "Key"}, "arn:x"])
def test_whichever_key_is_ours(key: Any) -> None:
    """Which one it is does not matter here."""
    volumes = [{"Ebs": {"Encrypted": True, "KmsKeyId": key}}]
    assert not found("volumes-encrypted", BlockDeviceMappings=volumes)


def test_a_key_that_is_decided_elsewhere_cannot_be_judged() -> None:
    """A condition may decide for none."""
    volumes = [{"Ebs": {"Encrypted": True, "KmsKeyId": {"Fn::If": ["Own", "k", "n"]}}}]
    with pytest.raises(CannotJudge, match="KmsKeyId"):
        found("volumes-encrypted", BlockDeviceMappings=volumes)


@pytest.mark.parametrize(
    ("image", "pinned"),
    [
        (AN_ID, True),
        ("resolve:ssm:/acme/images/web:7", True),
        ("resolve:ssm:/acme/images/web", False),
        ("resolve:ssm:/acme/images/web:newest", False),
        (
            "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
            False,
        ),
        ("{{resolve:ssm:/acme/images/web:7}}", True),
        ("{{resolve:ssm:/acme/images/web}}", False),
    ],
)
def test_what_pins_an_image(image: str, pinned: bool) -> None:
    """An id or a number of a version; a label moves. What is pinned must be dated."""
    assert bool(found("image-pinned", ImageId=image)) is not pinned
    assert bool(found("image-dated", ImageId=image)) is pinned


def test_a_template_without_an_image_is_not_judged_by_it() -> None:
    """Whoever launches from it names one."""
    for name in ("image-pinned", "image-dated", "image-fresh"):
        assert not found(name)


def test_a_pipeline_is_recognised_by_the_tag_of_hosts() -> None:
    """Not by one of their volumes."""
    image = "resolve:ssm:/acme/prod/images/linux"
    assert not found("image-pinned", ImageId=image, **tagged("baseline:image", "pipeline linux"))
    volumes = tagged("baseline:image", "pipeline linux", "volume")
    assert found("image-pinned", ImageId=image, **volumes)
    assert found("image-pinned", ImageId=image, **tagged("baseline:image", "own parameter"))


def test_an_image_from_the_future_is_fresh() -> None:
    """Days are counted from when it was built."""
    assert not found("image-fresh", ImageId=AN_ID, **tagged("baseline:image-built", "2027-01-01"))
    assert found("image-fresh", ImageId=AN_ID, **tagged("baseline:image-built", "2025-11-25")) == [
        "the image is 365 days old, over 90: choose a newer one"
    ]


@pytest.mark.parametrize("built", ["last week", {"Ref": "Built"}])
def test_a_day_that_is_none_cannot_be_judged(built: Any) -> None:
    """It is never taken for fresh."""
    with pytest.raises(CannotJudge):
        found("image-fresh", ImageId=AN_ID, **tagged("baseline:image-built", built))


def test_an_image_by_a_parameter_of_the_template_cannot_be_judged() -> None:
    """Its value is chosen when the stack is made."""
    with pytest.raises(CannotJudge, match="ImageId is decided by Ref"):
        found("image-pinned", ImageId={"Ref": "Image"})


def test_a_group_without_a_load_balancer_is_checked_by_ec2() -> None:
    """Nobody else could say whether it answers."""
    assert not group("health-checked", HealthCheckType="EC2")
    assert group("health-checked", TrafficSources=[{"Identifier": "arn:x"}])
    assert not group("health-checked", LoadBalancerNames=["x"], HealthCheckType="ELB")


def test_zones_may_be_named_instead_of_subnets() -> None:
    """By name or by id; a list that is chosen elsewhere cannot be judged."""
    assert not group("over-zones", AvailabilityZones=["a", "b"])
    assert not group("over-zones", AvailabilityZoneIds=["euw1-az1", "euw1-az2"])
    assert group("over-zones", VPCZoneIdentifier="subnet-1")
    assert group("over-zones")
    with pytest.raises(CannotJudge):
        group("over-zones", VPCZoneIdentifier={"Ref": "Subnets"})
