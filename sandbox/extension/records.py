"""Records: types that no service of the emulator knows; what a template says is kept, no more.

Nothing runs, and no service's API shows them but Cloud Control's, which also changes them: that is
how a test tampers with one.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region
from ministack.services.cloudformation import provisioners

from .kind import Kind, Made, Properties, new_id

_records = AccountRegionScopedDict()  # type and physical id to properties

Naming = Callable[[str, Properties, str], str]


def _named(*names: str) -> Naming:
    """A physical id that a property gives, or else the stack and the logical id."""

    def name(logical_id: str, properties: Properties, stack: str) -> str:
        for one in names:
            if properties.get(one):
                return str(properties[one])
        made: str = provisioners._physical_name(stack, logical_id)
        return made

    return name


def _builder(kind: str) -> Naming:
    """The ARN of a thing of Image Builder's, with its version where it has one."""

    def arn(logical_id: str, properties: Properties, stack: str) -> str:
        name = str(properties.get("Name") or f"{stack}-{logical_id}").lower()
        version = properties.get("Version")
        end = f"/{str(version).replace('x', '0')}/1" if version else ""
        return f"arn:aws:imagebuilder:{get_region()}:{get_account_id()}:{kind}/{name}{end}"

    return arn


def _identified(prefix: str) -> Naming:
    return lambda _logical_id, _properties, _stack: new_id(prefix)


def recorded(
    type_name: str,
    naming: Naming,
    create_only: tuple[str, ...] = (),
    attributes: Mapping[str, str] | None = None,
) -> Kind:
    """A kind whose properties are kept; `attributes` are what Fn::GetAtt gives beside the id."""

    def key(physical_id: str) -> str:
        return f"{type_name} {physical_id}"

    def change(physical_id: str, properties: Properties) -> Made:
        _records[key(physical_id)] = copy.deepcopy(dict(properties))
        extra = dict(attributes or {})
        ids = dict.fromkeys(("Arn", "Id", "ImagePipelineArn", "AssociationId"), physical_id)
        return physical_id, ids | extra

    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        physical_id = naming(logical_id, properties, stack)
        if key(physical_id) in _records:
            raise ValueError(f"{physical_id} already exists")
        return change(physical_id, properties)

    def delete(physical_id: str, _properties: Properties) -> None:
        _records.pop(key(physical_id), None)

    def read(physical_id: str) -> dict[str, Any] | None:
        found = _records.get(key(physical_id))
        return None if found is None else copy.deepcopy(found)

    return Kind(create, change, delete, read, create_only)


# Create-only properties: those of the CloudFormation registry's schemas.
_ALL = {
    "AWS::ImageBuilder::Component": (
        _builder("component"),
        ("Name", "Version", "Platform", "Data", "Description"),
    ),
    "AWS::ImageBuilder::ImageRecipe": (
        _builder("image-recipe"),
        ("Name", "Version", "ParentImage", "Components", "BlockDeviceMappings", "WorkingDirectory"),
    ),
    "AWS::ImageBuilder::InfrastructureConfiguration": (
        _builder("infrastructure-configuration"),
        ("Name",),
    ),
    "AWS::ImageBuilder::DistributionConfiguration": (
        _builder("distribution-configuration"),
        ("Name",),
    ),
    "AWS::ImageBuilder::ImagePipeline": (_builder("image-pipeline"), ("Name",)),
    "AWS::ImageBuilder::LifecyclePolicy": (_builder("lifecycle-policy"), ("Name",)),
    "AWS::ImageBuilder::Image": (_builder("image"), ()),
    "AWS::SSM::Document": (_named("Name"), ("Name", "DocumentType")),
    "AWS::SSM::Association": (_identified("association"), ()),
    "AWS::EC2::InstanceConnectEndpoint": (
        _identified("eice"),
        ("SubnetId", "SecurityGroupIds", "PreserveClientIp", "ClientToken"),
    ),
    "AWS::RDS::EventSubscription": (
        _named("SubscriptionName"),
        ("SnsTopicArn", "SubscriptionName"),
    ),
}
_ATTRIBUTES = {"AWS::ImageBuilder::ImagePipeline": {"DeploymentId": "0"}}

RECORDED = {
    name: recorded(name, naming, create_only, _ATTRIBUTES.get(name))
    for name, (naming, create_only) in _ALL.items()
}


def replace(type_name: str, physical_id: str, properties: Properties) -> None:
    """Change a record behind CloudFormation's back."""
    _records[f"{type_name} {physical_id}"] = copy.deepcopy(dict(properties))
