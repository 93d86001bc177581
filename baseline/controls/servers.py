"""Servers: what must hold for launch templates and the groups of hosts made from them.

Tags say what a launch template's own values cannot: how its image was chosen (`baseline:image`)
and when it was built (`baseline:image-built`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from baseline.control import CannotJudge, Severity, control, is_true, literal
from baseline.controls import is_given, number
from baseline.resource import Resource

TEMPLATE = "AWS::EC2::LaunchTemplate"
GROUP = "AWS::AutoScaling::AutoScalingGroup"

# Publishers bring new images every month (Windows, Ubuntu) or quarter (minor versions of Amazon
# Linux 2023): older than that, something was missed. Sources: "AWS Windows AMI version history",
# "Release cadence" (Amazon Linux 2023).
OLDEST_IMAGE_DAYS = 90

# Families on the Xen hypervisor. Source: "Instances built on the AWS Nitro System" (Amazon EC2).
BEFORE_NITRO = frozenset(
    (
        *("c1", "c3", "c4", "cc1", "cc2", "cg1", "cr1", "d2", "f1", "g2", "g3", "g3s"),
        *("h1", "hi1", "hs1", "i2", "i3", "m1", "m2", "m3", "m4", "p2", "p3", "r3", "r4"),
        *("t1", "t2", "x1", "x1e"),
    )
)

_PARAMETER = re.compile(r"(?:resolve:ssm:|\{\{resolve:ssm:)(?P<name>[^}]+)(?:\}\})?")
_VERSION = re.compile(r".+:[0-9]+")


@control(
    "servers.metadata-v2",
    "Hosts' metadata is given to sessions only, and not passed on",
    on=TEMPLATE,
    severity=Severity.HIGH,
)
def metadata_v2(template: Resource) -> Iterator[str]:
    """A page that fetches whatever address it is told gives away the role's credentials."""
    data = _data(template)
    if literal(data, "MetadataOptions", "HttpEndpoint") == "disabled":
        return
    if literal(data, "MetadataOptions", "HttpTokens") != "required":
        yield "MetadataOptions.HttpTokens is not required"
    hops = number(data, "MetadataOptions", "HttpPutResponseHopLimit")
    if hops == 0:
        yield "MetadataOptions.HttpPutResponseHopLimit is left out, so the image decides"
    elif hops > 1:
        yield f"MetadataOptions.HttpPutResponseHopLimit is {hops}, so containers may ask too"


@control(
    "servers.volumes-encrypted",
    "Volumes of hosts are encrypted with a key of ours",
    on=TEMPLATE,
    severity=Severity.HIGH,
)
def volumes_encrypted(template: Resource) -> Iterator[str]:
    """A snapshot of a plain volume can be shared; what a key of ours encrypts needs the key too."""
    mappings = _listed(literal(_data(template), "BlockDeviceMappings", default=()))
    if not mappings:
        yield "BlockDeviceMappings is left out, so the image decides"
    for mapping in mappings:
        name = literal(mapping, "DeviceName", default="a device")
        volume = literal(mapping, "Ebs")
        if volume is None:
            continue
        if not is_true(literal(volume, "Encrypted")):
            yield f"{name}: Ebs.Encrypted is not true"
        elif not is_given(volume, "KmsKeyId"):
            yield f"{name}: Ebs.KmsKeyId is left out"


@control(
    "servers.no-public-address",
    "Hosts get no public address",
    on=TEMPLATE,
    severity=Severity.HIGH,
)
def no_public_address(template: Resource) -> Iterator[str]:
    """What the world should reach stands behind a load balancer; what it can reach, it attacks."""
    for interface in _listed(literal(_data(template), "NetworkInterfaces", default=())):
        if is_true(literal(interface, "AssociatePublicIpAddress")):
            yield "a network interface has AssociatePublicIpAddress"


@control(
    "servers.image-pinned",
    "Images of hosts are decided here, not by whoever publishes them",
    on=TEMPLATE,
    severity=Severity.LOW,
)
def image_pinned(template: Resource) -> Iterator[str]:
    """The next host would start from what nobody here has tried, beside hosts that did not."""
    name = _parameter(template)
    if name is None or _VERSION.fullmatch(name) or _is_from_pipeline(template):
        return
    whose = "the publisher's" if name.startswith("/aws/service/") else "the parameter's"
    yield f"ImageId is {whose} newest: name an id or a version, or build images in a pipeline"


@control(
    "servers.image-dated",
    "Pinned images say when they were built",
    on=TEMPLATE,
    severity=Severity.LOW,
)
def image_dated(template: Resource) -> Iterator[str]:
    """The age of an image cannot be read off its id, and nobody remembers it in a year."""
    if _is_pinned(template) and _built(template) is None:
        yield "the age of the image is unknown: say when it was built (image.built)"


@control(
    "servers.image-fresh",
    "Pinned images are at most 90 days old",
    on=TEMPLATE,
    severity=Severity.MEDIUM,
    dated=True,
)
def image_fresh(template: Resource, today: date) -> Iterator[str]:
    """A new host is open to all that was mended since, until its updates have run."""
    built = _built(template)
    if built is None or not _is_pinned(template):
        return
    days = (today - built).days
    if days > OLDEST_IMAGE_DAYS:
        yield f"the image is {days} days old, over {OLDEST_IMAGE_DAYS}: choose a newer one"


@control(
    "servers.health-checked",
    "Groups behind a load balancer replace what does not answer",
    on=GROUP,
    severity=Severity.MEDIUM,
)
def health_checked(group: Resource) -> Iterator[str]:
    """A machine can run for months while its application answers nobody."""
    behind = [
        key
        for key in ("TargetGroupARNs", "LoadBalancerNames", "TrafficSources")
        if literal(group.properties, key)
    ]
    kinds = str(literal(group.properties, "HealthCheckType", default="EC2")).split(",")
    if behind and not {"ELB", "VPC_LATTICE"} & {kind.strip() for kind in kinds}:
        yield "HealthCheckType is not ELB"


@control(
    "servers.over-zones",
    "Groups of hosts span two zones or more",
    on=GROUP,
    severity=Severity.MEDIUM,
)
def over_zones(group: Resource) -> Iterator[str]:
    """A zone fails as a whole: power, cooling or network."""
    keys = ("VPCZoneIdentifier", "AvailabilityZones", "AvailabilityZoneIds")
    places = [len(_listed(literal(group.properties, key, default=()))) for key in keys]
    if max(places) < 2:
        yield "VPCZoneIdentifier names fewer than two subnets"


@control(
    "servers.from-launch-template",
    "Groups start hosts from launch templates",
    on=GROUP,
    severity=Severity.MEDIUM,
)
def from_launch_template(group: Resource) -> Iterator[str]:
    """Launch configurations have no versions, get no new features, and cannot be corrected."""
    ways = ("LaunchTemplate", "MixedInstancesPolicy")
    if not any(is_given(group.properties, way) for way in ways):
        yield "neither LaunchTemplate nor MixedInstancesPolicy is given"


@control(
    "servers.rolled-out",
    "A new launch template reaches the hosts that run",
    on=GROUP,
    severity=Severity.MEDIUM,
)
def rolled_out(group: Resource) -> Iterator[str]:
    """Otherwise what was mended is mended for hosts to come, and nobody starts new ones."""
    ways = ("AutoScalingRollingUpdate", "AutoScalingReplacingUpdate")
    policy = literal(group.attributes, "UpdatePolicy", default={})
    if not any(literal(policy, way) for way in ways):
        yield "UpdatePolicy replaces no hosts"


@control("servers.one-interface", "Hosts stand in one network", on=TEMPLATE, severity=Severity.LOW)
def one_interface(template: Resource) -> Iterator[str]:
    """A host with two interfaces is a bridge past the firewall between them."""
    interfaces = _listed(literal(_data(template), "NetworkInterfaces", default=()))
    if len(interfaces) > 1:
        yield f"NetworkInterfaces has {len(interfaces)}"


@control("servers.nitro", "Hosts run on Nitro", on=TEMPLATE, severity=Severity.MEDIUM)
def nitro(template: Resource) -> Iterator[str]:
    """Older hardware encrypts nothing between hosts, and shares more than it needs to."""
    kind = str(literal(_data(template), "InstanceType", default=""))
    if kind.partition(".")[0] in BEFORE_NITRO:
        yield f"InstanceType is {kind}"


@control(
    "servers.watched-by-minute",
    "Metrics of hosts are taken every minute",
    on=TEMPLATE,
    severity=Severity.LOW,
)
def watched_by_minute(template: Resource) -> Iterator[str]:
    """Every five minutes, an alarm and a new host come after the load has gone, or the host."""
    if not is_true(literal(_data(template), "Monitoring", "Enabled", default=False)):
        yield "Monitoring.Enabled is not true"


def _data(template: Resource) -> Any:
    return literal(template.properties, "LaunchTemplateData", default={})


def _listed(value: Any) -> Sequence[Any]:
    """AWS takes one thing and a list of one alike."""
    return value if isinstance(value, (list, tuple)) else [value]


def _image(template: Resource) -> str:
    return str(literal(_data(template), "ImageId", default=""))


def _parameter(template: Resource) -> str | None:
    """Name, with its version, of the parameter that holds the image; None for an id."""
    match = _PARAMETER.fullmatch(_image(template))
    return match["name"] if match else None


def _is_pinned(template: Resource) -> bool:
    """Say whether the same image starts today and in a year."""
    image, name = _image(template), _parameter(template)
    return bool(_VERSION.fullmatch(name)) if name else image.startswith("ami-")


def _tag(template: Resource, key: str) -> str | None:
    """Value of a tag that hosts get."""
    for specification in _listed(literal(_data(template), "TagSpecifications", default=())):
        if literal(specification, "ResourceType") == "instance":
            for tag in _listed(literal(specification, "Tags", default=())):
                if literal(tag, "Key") == key:
                    return str(literal(tag, "Value"))
    return None


def _is_from_pipeline(template: Resource) -> bool:
    return str(_tag(template, "baseline:image")).startswith("pipeline ")


def _built(template: Resource) -> date | None:
    """Day on which the image was built, where a tag says so."""
    text = _tag(template, "baseline:image-built")
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CannotJudge(f"the tag baseline:image-built is {text!r}, no day") from None
