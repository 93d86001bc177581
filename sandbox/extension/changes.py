"""Changes: what change sets can do on AWS, and the emulator's cannot.

`DeploymentMode=REVERT_DRIFT`: only what drift detection sees is reverted, properties that the
template declares and resources that are gone; what somebody added beside them stays, as far as
AWS's pages say. And tags of a new stack that begins with an import: people who must tag every
change set use them (cloudformation-coverage-roadmap, issue 1008); the emulator refuses them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import drift, handlers
from ministack.services.cloudformation.helpers import _extract_members

from .readers import READERS, live

Parameters = Mapping[str, Any]
_TAGS = ("Tags", "BackupPlanTags", "BackupVaultTags")


def install() -> None:
    """Put both operations in the place of the emulator's own."""
    table = handlers._ACTION_HANDLERS
    create, execute = table["CreateChangeSet"], table["ExecuteChangeSet"]

    def create_change_set(parameters: Parameters) -> Any:
        before = set(cloudformation._change_sets)
        kind = (parameters.get("ChangeSetType") or [""])[0]
        name = (parameters.get("StackName") or [""])[0]
        begins = kind == "IMPORT" and cloudformation._stacks.get(name) is None
        answer = create(_without_tags(parameters) if begins else parameters)
        mode = (parameters.get("DeploymentMode") or [""])[0]
        made = set(cloudformation._change_sets) - before
        if mode == "REVERT_DRIFT" and made:
            _with_drift(cloudformation._change_sets[made.pop()])
        elif begins and made:
            tags = _extract_members(parameters, "Tags")
            one = cloudformation._change_sets[made.pop()]
            one |= {"Tags": tags, "_tags_given": True}
            cloudformation._stacks[name]["Tags"] = tags
        return answer

    def execute_change_set(parameters: Parameters) -> Any:
        name = (parameters.get("ChangeSetName") or [""])[0]
        stack = (parameters.get("StackName") or [""])[0]
        for key, one in cloudformation._change_sets.items():
            named = name == key or (name == one["ChangeSetName"] and stack in _names(one))
            if named and one["ExecutionStatus"] == "AVAILABLE":
                _forget(one)
        return execute(parameters)

    table["CreateChangeSet"], table["ExecuteChangeSet"] = create_change_set, execute_change_set


def _without_tags(parameters: Parameters) -> Parameters:
    return {key: value for key, value in parameters.items() if not key.startswith("Tags")}


def _names(change_set: Mapping[str, Any]) -> tuple[str, str]:
    return change_set["StackName"], change_set["StackId"]


def _drifted(stack: Mapping[str, Any]) -> dict[str, dict[str, Any] | None]:
    """Logical id to declared properties as they are now; None for what is gone."""
    found: dict[str, dict[str, Any] | None] = {}
    for name, record in stack.get("_resources", {}).items():
        reader = READERS.get(record["ResourceType"])
        if reader is None or not reader.is_detected:
            continue
        said = drift.detect_resource_drift(dict(stack), name, record, "")
        if said["StackResourceDriftStatus"] == "DELETED":
            found[name] = None
        elif said["StackResourceDriftStatus"] == "MODIFIED":
            now = live(record["ResourceType"], record["PhysicalResourceId"]) or {}
            declared = record.get("Properties") or {}
            # Tags of the stack are no property of the template.
            found[name] = {
                key: declared[key] if key in _TAGS else now.get(key)
                for key in declared
                if key in now or key in _TAGS
            }
    return found


def _with_drift(change_set: dict[str, Any]) -> None:
    stack = cloudformation._stacks[change_set["StackName"]]
    found = _drifted(stack)
    if not found:
        return
    change_set["_reverts"] = found
    change_set |= {"Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "StatusReason": ""}
    listed = {one["ResourceChange"]["LogicalResourceId"] for one in change_set["Changes"]}
    for name, now in found.items():
        record = stack["_resources"][name]
        one: dict[str, Any] = {
            "Action": "Add" if now is None else "Modify",
            "LogicalResourceId": name,
            "ResourceType": record["ResourceType"],
        }
        if now is not None:
            one |= {
                "PhysicalResourceId": record["PhysicalResourceId"],
                "Replacement": "False",
                "Scope": ["Properties"],
                "Details": [],
            }
        if name not in listed:
            change_set["Changes"].append({"Type": "Resource", "ResourceChange": one})


def _forget(change_set: Mapping[str, Any]) -> None:
    """Let the stack believe what is there, so that an update sees what to do."""
    stack = cloudformation._stacks.get(change_set["StackName"])
    for name, now in change_set.get("_reverts", {}).items():
        if stack is None or name not in stack["_resources"]:
            continue
        if now is None:
            stack["_resources"].pop(name)
        else:
            stack["_resources"][name]["Properties"] = now
