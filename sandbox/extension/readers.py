"""Readers: what the emulator's own types look like now, in the shape that templates have.

They serve two services: CloudFormation's drift detection, and Cloud Control's `GetResource`. What
a service does not hold is given as the stack declared it; what nobody can read, Cloud Control
refuses as it does on AWS, and drift detection does not check. Some types are left to Cloud Control
alone, as some are on AWS.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import cloudcontrol, cloudformation, cloudwatch_logs, ec2, iam, kms
from ministack.services.cloudformation import drift

from . import buckets, network, records, services

Read = Callable[[str], "dict[str, Any] | None"]


class _Everything(frozenset[str]):
    """Every property, whatever it is called."""

    def __contains__(self, _name: object) -> bool:
        return True


EVERYTHING = _Everything()


@dataclass(frozen=True)
class Reader:
    """How one type is read; `covers` are the properties that the service really holds."""

    read: Read
    covers: frozenset[str]
    is_detected: bool = True  # by CloudFormation's drift detection


def _ec2_tags(physical_id: str) -> list[dict[str, str]]:
    return [dict(one) for one in ec2._tags.get(physical_id) or []]


def _of(store: Any, names: tuple[str, ...], **defaults: Any) -> Read:
    """A reader of some fields of a record of EC2's, and its tags."""

    def read(physical_id: str) -> dict[str, Any] | None:
        record = store.get(physical_id)
        if record is None:
            return None
        known = {name: record.get(name, defaults.get(name)) for name in names}
        return known | {"Tags": _ec2_tags(physical_id)}

    return read


_PERMISSION = (
    ("IpRanges", "CidrIp", ("CidrIp", "CidrIp")),
    ("Ipv6Ranges", "CidrIpv6", ("CidrIpv6", "CidrIpv6")),
    ("PrefixListIds", "PrefixListId", ("SourcePrefixListId", "DestinationPrefixListId")),
    ("UserIdGroupPairs", "GroupId", ("SourceSecurityGroupId", "DestinationSecurityGroupId")),
)


def _rules(permissions: list[dict[str, Any]], *, egress: bool) -> list[dict[str, Any]]:
    """EC2's permissions, each with many sources, as rules, each with one."""
    found = []
    for permission in permissions:
        base = {
            name: permission[name]
            for name in ("IpProtocol", "FromPort", "ToPort")
            if name in permission
        }
        for kind, key, names in _PERMISSION:
            for one in permission.get(kind) or []:
                rule = base | {names[egress]: one[key]}
                described = one.get("Description")
                found.append(rule | ({"Description": described} if described else {}))
    return found


def _security_group(physical_id: str) -> dict[str, Any] | None:
    group = ec2._security_groups.get(physical_id)
    if group is None:
        return None
    found = {
        "GroupId": physical_id,
        "GroupName": group["GroupName"],
        "GroupDescription": group["Description"],
        "VpcId": group["VpcId"],
        "SecurityGroupIngress": _rules(group.get("IpPermissions", []), egress=False),
        "SecurityGroupEgress": _rules(group.get("IpPermissionsEgress", []), egress=True),
        "Tags": _ec2_tags(physical_id),
    }
    return {name: value for name, value in found.items() if value != []}


def _route(physical_id: str) -> dict[str, Any] | None:
    table, _, destination = physical_id.partition("|")
    for one in (ec2._route_tables.get(table) or {}).get("Routes", []):
        if destination in one.values() and one.get("GatewayId") != "local":
            hidden = ("State", "Origin")
            kept = {name: value for name, value in one.items() if name not in hidden}
            return kept | {"RouteTableId": table}
    return None


def _table_association(physical_id: str) -> dict[str, Any] | None:
    for table in ec2._route_tables.values():
        for one in table["Associations"]:
            if one["RouteTableAssociationId"] == physical_id:
                subnet = one.get("SubnetId")
                return {
                    "Id": physical_id,
                    "RouteTableId": table["RouteTableId"],
                    "SubnetId": subnet,
                }
    return None


def _attachment(physical_id: str) -> dict[str, Any] | None:
    _, _, vpc = physical_id.partition("|")
    for gateway in ec2._internet_gateways.values():
        if any(one["VpcId"] == vpc for one in gateway["Attachments"]):
            found = {"VpcId": vpc, "InternetGatewayId": gateway["InternetGatewayId"]}
            return found | {"AttachmentType": "IGW"}
    return None


def _endpoint(physical_id: str) -> dict[str, Any] | None:
    names = ("VpcEndpointType", "VpcId", "ServiceName", "RouteTableIds", "SubnetIds")
    more = ("SecurityGroupIds", "PrivateDnsEnabled", "PolicyDocument")
    found = _of(ec2._vpc_endpoints, (*names, *more))(physical_id)
    return found and {name: value for name, value in found.items() if value not in ([], None)}


def _key(physical_id: str) -> dict[str, Any] | None:
    record = kms._keys.get(physical_id)
    if record is None or record.get("KeyState") == "PendingDeletion":
        return None
    found = {
        "KeyId": physical_id,
        "Arn": record["Arn"],
        "Description": record.get("Description", ""),
        "Enabled": record.get("KeyState") == "Enabled",
        "EnableKeyRotation": bool(record.get("KeyRotationEnabled")),
        "KeyPolicy": _parsed(record.get("Policy")),
    }
    if found["EnableKeyRotation"]:
        found["RotationPeriodInDays"] = record.get("RotationPeriodInDays", 365)
    return found


def _alias(name: str) -> dict[str, Any] | None:
    key = kms._aliases.get(kms._alias_arn(name))
    return key and {"AliasName": name, "TargetKeyId": key}


def _log_group(name: str) -> dict[str, Any] | None:
    group = cloudwatch_logs._log_groups.get(name)
    if group is None:
        return None
    found = {"LogGroupName": name, "LogGroupClass": group.get("logGroupClass")}
    found |= {"Arn": group["arn"], "Tags": _listed(group.get("tags"))}
    for theirs, ours in (("retentionInDays", "RetentionInDays"), ("kmsKeyId", "KmsKeyId")):
        if group.get(theirs):
            found[ours] = group[theirs]
    return found


def _role(name: str) -> dict[str, Any] | None:
    role = iam._roles.get(name)
    if role is None:
        return None
    found = {
        "RoleName": name,
        "Arn": role["Arn"],
        "Path": role["Path"],
        "Description": role.get("Description", ""),
        "MaxSessionDuration": role["MaxSessionDuration"],
        "AssumeRolePolicyDocument": _parsed(role["AssumeRolePolicyDocument"]),
        "ManagedPolicyArns": sorted(role.get("AttachedPolicies", [])),
        "Policies": [
            {"PolicyName": policy, "PolicyDocument": _parsed(text)}
            for policy, text in sorted(role.get("InlinePolicies", {}).items())
        ],
        "Tags": [dict(one) for one in role.get("Tags", [])],
    }
    return {key: value for key, value in found.items() if value != []}


def _managed_policy(arn: str) -> dict[str, Any] | None:
    record = iam._policies.get(arn)
    if record is None:
        return None
    version = record["DefaultVersionId"]
    document = record["Versions"][version]["Document"]
    roles = [name for name, one in iam._roles.items() if arn in one.get("AttachedPolicies", [])]
    found = {
        "PolicyArn": arn,
        "Path": record.get("Path", "/"),
        "Description": record.get("Description", ""),
        "PolicyDocument": _parsed(document),
        "Roles": sorted(roles),
    }
    return {name: value for name, value in found.items() if value != []}


def _parsed(text: Any) -> Any:
    return json.loads(text) if isinstance(text, str) else text


def _listed(tags: Mapping[str, str] | None) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items()]


def _reader(read: Read, covers: str, *, is_detected: bool = True) -> Reader:
    return Reader(read, frozenset(covers.split()), is_detected)


# Whether drift detection looks at a type is not always what it does on AWS: some are left to Cloud
# Control so that both ways are walked.
READERS: dict[str, Reader] = {
    "AWS::S3::Bucket": Reader(buckets.read, buckets.COVERED),
    "AWS::S3::BucketPolicy": _reader(
        buckets.read_policy, "Bucket PolicyDocument", is_detected=False
    ),
    "AWS::EC2::VPC": _reader(
        _of(
            ec2._vpcs,
            ("CidrBlock", "InstanceTenancy", "EnableDnsSupport", "EnableDnsHostnames"),
            EnableDnsSupport=True,
            EnableDnsHostnames=False,
        ),
        "CidrBlock InstanceTenancy EnableDnsSupport EnableDnsHostnames Tags",
    ),
    "AWS::EC2::Subnet": _reader(
        _of(ec2._subnets, ("VpcId", "CidrBlock", "AvailabilityZoneId", "MapPublicIpOnLaunch")),
        "VpcId CidrBlock MapPublicIpOnLaunch Tags",
    ),
    "AWS::EC2::RouteTable": _reader(_of(ec2._route_tables, ("VpcId",)), "VpcId Tags"),
    "AWS::EC2::InternetGateway": _reader(_of(ec2._internet_gateways, ()), "Tags"),
    "AWS::EC2::SecurityGroup": _reader(
        _security_group,
        "GroupName GroupDescription VpcId SecurityGroupIngress SecurityGroupEgress Tags",
    ),
    "AWS::EC2::Route": Reader(_route, EVERYTHING),
    "AWS::EC2::SubnetRouteTableAssociation": Reader(
        _table_association, EVERYTHING, is_detected=False
    ),
    "AWS::EC2::VPCGatewayAttachment": Reader(_attachment, EVERYTHING, is_detected=False),
    "AWS::EC2::VPCEndpoint": Reader(_endpoint, EVERYTHING, is_detected=False),
    "AWS::KMS::Key": _reader(
        _key, "KeyId Arn Description Enabled EnableKeyRotation RotationPeriodInDays KeyPolicy"
    ),
    "AWS::KMS::Alias": Reader(_alias, EVERYTHING, is_detected=False),
    "AWS::Logs::LogGroup": _reader(
        _log_group, "LogGroupName LogGroupClass RetentionInDays KmsKeyId Arn Tags"
    ),
    # Inline and attached policies are what drift detection overlooks where none is declared.
    "AWS::IAM::Role": _reader(
        _role,
        "RoleName Arn Path Description MaxSessionDuration AssumeRolePolicyDocument "
        "ManagedPolicyArns Policies Tags",
    ),
    "AWS::IAM::ManagedPolicy": _reader(
        _managed_policy, "PolicyArn Description PolicyDocument Roles", is_detected=False
    ),
}
_ENTRIES = "AWS::EC2::NetworkAclEntry"
READERS |= {
    name: Reader(kind.read, EVERYTHING, is_detected=name != _ENTRIES)
    for name, kind in (network.HELD | services.HELD).items()
}
READERS |= {
    name: Reader(kind.read, EVERYTHING, is_detected=False)
    for name, kind in records.RECORDED.items()
}


def declared(type_name: str, physical_id: str) -> dict[str, Any] | None:
    """Properties that a stack says a resource has, stack tags among them."""
    for stack in cloudformation._stacks.values():
        for record in stack.get("_resources", {}).values():
            if record.get("ResourceType") == type_name and physical_id in (
                record.get("PhysicalResourceId"),
                str(record.get("PhysicalResourceId", "")).removesuffix("-policy"),
            ):
                return dict(record.get("Properties") or {})
    return None


def live(type_name: str, physical_id: str) -> dict[str, Any] | None:
    """Properties of a resource now."""
    reader = READERS[type_name]
    found = reader.read(physical_id)
    if found is None:
        return None
    said = declared(type_name, physical_id) or {}
    rest = {name: value for name, value in said.items() if name not in reader.covers}
    return rest | found


def install() -> None:
    """Teach drift detection and Cloud Control to read."""
    for name, reader in READERS.items():
        if reader.is_detected:
            drift._DRIFT_READERS[name] = (_detecting(name), reader.covers)
    own_get, own_update = cloudcontrol._get_resource, cloudcontrol._update_resource

    def get_resource(data: Mapping[str, Any]) -> Any:
        type_name, physical_id = data.get("TypeName", ""), data.get("Identifier", "")
        if (type_name, physical_id) in _made_by_cloud_control():
            return own_get(data)
        if type_name not in READERS:
            message = f"Resource type {type_name} does not support READ action"
            return error_response_json("UnsupportedActionException", message, 400)
        found = live(type_name, physical_id)
        if found is None:
            message = f"Resource of type '{type_name}' with identifier '{physical_id}' not found"
            return error_response_json("ResourceNotFoundException", message, 400)
        described = {"Identifier": physical_id, "Properties": json.dumps(found, default=str)}
        return json_response({"TypeName": type_name, "ResourceDescription": described})

    def update_resource(data: Mapping[str, Any]) -> Any:
        type_name, physical_id = data.get("TypeName", ""), data.get("Identifier", "")
        if type_name not in records.RECORDED:
            return own_update(data)
        found = live(type_name, physical_id) or {}
        for one in json.loads(data["PatchDocument"]):
            found[one["path"].removeprefix("/")] = one["value"]
        records.replace(type_name, physical_id, found)
        event = cloudcontrol._progress_event("UPDATE", "SUCCESS", type_name, physical_id)
        return json_response({"ProgressEvent": cloudcontrol._record_request(event)})

    cloudcontrol._get_resource = get_resource
    cloudcontrol._update_resource = update_resource


def _made_by_cloud_control() -> set[tuple[str, str]]:
    return {(one["TypeName"], one["Identifier"]) for one in cloudcontrol._resources.values()}


def _detecting(type_name: str) -> Callable[[str, Mapping[str, Any]], Any]:
    return lambda physical_id, _properties: live(type_name, physical_id)
