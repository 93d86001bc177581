"""Services: types that services of the emulator other than EC2 hold."""

from __future__ import annotations

from typing import Any

from ministack.services import backup, iam, rds
from ministack.services.cloudformation import provisioners

from .kind import Kind, Made, Properties


def _tags_of(arn: str) -> list[dict[str, str]]:
    return [dict(one) for one in rds._tags.get(arn) or []]


# ---- roles that AWS's own services use -----------------------------------------------------


def _create_linked_role(_name: str, properties: Properties, _stack: str) -> Made:
    service = properties["AWSServiceName"]
    before = set(iam._roles)
    status, _, body = iam._create_service_linked_role({"AWSServiceName": [service]})
    if status != 200 and not properties.get("CustomSuffix"):
        raise ValueError(body.decode() if isinstance(body, bytes) else body)
    made = set(iam._roles) - before
    name = made.pop() if made else f"AWSServiceRoleFor{service.partition('.')[0].capitalize()}"
    if properties.get("CustomSuffix"):
        record = iam._roles.pop(name) if name not in before else dict(iam._roles[name])
        suffixed = f"{name}_{properties['CustomSuffix']}"
        iam._roles[suffixed] = record | {
            "RoleName": suffixed,
            "Arn": record["Arn"].replace(name, suffixed),
        }
        name = suffixed
    return _change_linked_role(name, properties)


def _change_linked_role(name: str, properties: Properties) -> Made:
    iam._roles[name]["Description"] = properties.get("Description", "")
    return name, {"RoleName": name}


def _delete_linked_role(name: str, _properties: Properties) -> None:
    iam._roles.pop(name, None)


def _read_linked_role(name: str) -> dict[str, Any] | None:
    role = iam._roles.get(name)
    if role is None:
        return None
    _, _, suffix = name.partition("_")
    found = {"RoleName": name, "Description": role["Description"]}
    found["AWSServiceName"] = role["Path"].split("/")[2]
    return found | ({"CustomSuffix": suffix} if suffix else {})


# ---- backups -------------------------------------------------------------------------------


def _create_selection(_name: str, properties: Properties, _stack: str) -> Made:
    plan, wanted = properties["BackupPlanId"], properties["BackupSelection"]
    before = set(backup._selections)
    status, _, body = backup._create_selection(plan, {"BackupSelection": dict(wanted)})
    if status != 200:
        raise ValueError(body.decode() if isinstance(body, bytes) else body)
    selection = (set(backup._selections) - before).pop()
    physical_id = f"{selection}_{plan}"
    return physical_id, {"Id": physical_id, "SelectionId": selection, "BackupPlanId": plan}


def _change_selection(physical_id: str, _properties: Properties) -> Made:
    selection, _, plan = physical_id.partition("_")
    return physical_id, {"Id": physical_id, "SelectionId": selection, "BackupPlanId": plan}


def _delete_selection(physical_id: str, _properties: Properties) -> None:
    backup._selections.pop(physical_id.partition("_")[0], None)


def _read_selection(physical_id: str) -> dict[str, Any] | None:
    record = backup._selections.get(physical_id.partition("_")[0])
    names = ("SelectionName", "IamRoleArn", "Resources", "ListOfTags", "NotResources", "Conditions")
    return record and {
        "Id": physical_id,
        "BackupPlanId": record["BackupPlanId"],
        "BackupSelection": {name: record[name] for name in names if record[name]},
    }


# ---- databases -----------------------------------------------------------------------------


def _create_options(logical_id: str, properties: Properties, stack: str) -> Made:
    name = properties.get("OptionGroupName") or provisioners._physical_name(
        stack, logical_id, lowercase=True
    )
    asked = {
        "OptionGroupName": [name],
        "EngineName": [properties["EngineName"]],
        "MajorEngineVersion": [str(properties["MajorEngineVersion"])],
        "OptionGroupDescription": [properties["OptionGroupDescription"]],
    }
    status, _, body = rds._create_option_group(asked)
    if status != 200:
        raise ValueError(body.decode() if isinstance(body, bytes) else body)
    return _change_options(name, properties)


def _change_options(name: str, properties: Properties) -> Made:
    group = rds._option_groups[name]
    group["Options"] = [
        {**one, "OptionSettings": [dict(each) for each in one.get("OptionSettings", [])]}
        for one in properties.get("OptionConfigurations", [])
    ]
    rds._tags[group["OptionGroupArn"]] = [dict(one) for one in properties.get("Tags", [])]
    return name, {}


def _delete_options(name: str, _properties: Properties) -> None:
    group = rds._option_groups.pop(name, None)
    if group:
        rds._tags.pop(group["OptionGroupArn"], None)


def _read_options(name: str) -> dict[str, Any] | None:
    group = rds._option_groups.get(name)
    return group and {
        "OptionGroupName": name,
        "EngineName": group["EngineName"],
        "MajorEngineVersion": group["MajorEngineVersion"],
        "OptionGroupDescription": group["OptionGroupDescription"],
        "OptionConfigurations": group["Options"],
        "Tags": _tags_of(group["OptionGroupArn"]),
    }


HELD = {
    "AWS::IAM::ServiceLinkedRole": Kind(
        *(_create_linked_role, _change_linked_role, _delete_linked_role, _read_linked_role),
        create_only=("AWSServiceName", "CustomSuffix"),
    ),
    "AWS::Backup::BackupSelection": Kind(
        *(_create_selection, _change_selection, _delete_selection, _read_selection),
        create_only=("BackupPlanId", "BackupSelection"),
    ),
    "AWS::RDS::OptionGroup": Kind(
        *(_create_options, _change_options, _delete_options, _read_options),
        create_only=("EngineName", "MajorEngineVersion", "OptionGroupName"),
    ),
}
