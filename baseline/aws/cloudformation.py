"""CloudFormation: stacks, change sets, events and drift, as boto3 gives them, made into values.

Every pager is followed. What AWS says by an error (there is no such stack) becomes a value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from baseline.aws.session import Session
from baseline.cloud import (
    ChangeSet,
    ChangeSetRequest,
    CloudChange,
    DeployedStack,
    DriftRun,
    Event,
    Identity,
    PropertyDrift,
    RefusedError,
    ResourceDrift,
    StackResource,
)
from baseline.stack import Place

_SERVICE = "cloudformation"
_CAPABILITIES = ["CAPABILITY_NAMED_IAM"]


class CloudFormation:
    """The part of `Cloud` that CloudFormation answers."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def identity(self, place: Place) -> Identity:
        """Who we are there."""
        return self.session.identity(place)

    # ---- stacks --------------------------------------------------------------------------

    def stacks(self, place: Place) -> tuple[DeployedStack, ...]:
        """Every stack there that is not deleted."""
        pages = self.session.pages(place, _SERVICE, "describe_stacks")
        return tuple(_stack(one) for page in pages for one in page["Stacks"])

    def stack(self, place: Place, name: str) -> DeployedStack | None:
        """One stack by name or id."""
        try:
            page = self._call(place, "describe_stacks", StackName=name)
        except RefusedError as error:
            if _is_missing(error):
                return None
            raise
        return _stack(page["Stacks"][0]) if page["Stacks"] else None

    def template(self, place: Place, stack: str, change_set: str = "") -> str:
        """Template as it was handed in."""
        more = {"ChangeSetName": change_set} if change_set else {}
        page = self._call(place, "get_template", StackName=stack, TemplateStage="Original", **more)
        body = page["TemplateBody"]
        return body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))

    def resources(self, place: Place, stack: str) -> tuple[StackResource, ...]:
        """Resources of a stack."""
        pages = self.session.pages(place, _SERVICE, "list_stack_resources", StackName=stack)
        return tuple(
            StackResource(
                logical_id=one["LogicalResourceId"],
                type=one["ResourceType"],
                physical_id=one.get("PhysicalResourceId", ""),
                status=one["ResourceStatus"],
                reason=one.get("ResourceStatusReason", ""),
            )
            for page in pages
            for one in page["StackResourceSummaries"]
        )

    def exports(self, place: Place) -> Mapping[str, str]:
        """Every export there, and the id of its stack."""
        pages = self.session.pages(place, _SERVICE, "list_exports")
        return {one["Name"]: one["ExportingStackId"] for page in pages for one in page["Exports"]}

    def importers(self, place: Place, export: str) -> tuple[str, ...]:
        """Names of stacks that import it; that none does comes as an error."""
        try:
            pages = self.session.pages(place, _SERVICE, "list_imports", ExportName=export)
        except RefusedError as error:
            if error.code == "ValidationError" and "not imported" in str(error):
                return ()
            raise
        return tuple(sorted(name for page in pages for name in page["Imports"]))

    def events(self, place: Place, stack: str, since: str = "") -> tuple[Event, ...]:
        """Events after `since`, oldest first; AWS gives the newest first, so the rest is unread."""
        found: list[Event] = []
        token: dict[str, str] = {}
        while True:
            page = self._call(place, "describe_stack_events", StackName=stack, **token)
            for one in page["StackEvents"]:
                if since and one["EventId"] == since:
                    return tuple(reversed(found))
                found.append(_event(place, one))
            if not page.get("NextToken"):
                return tuple(reversed(found))
            token = {"NextToken": page["NextToken"]}

    def protect(self, place: Place, stack: str, *, on: bool) -> None:
        """Switch termination protection."""
        self._call(
            place,
            "update_termination_protection",
            StackName=stack,
            EnableTerminationProtection=on,
        )

    def policy(self, place: Place, stack: str) -> str:
        """Stack policy; empty for none."""
        page = self._call(place, "get_stack_policy", StackName=stack)
        return str(page.get("StackPolicyBody") or "")

    def set_policy(self, place: Place, stack: str, text: str) -> None:
        """Set the stack policy."""
        self._call(place, "set_stack_policy", StackName=stack, StackPolicyBody=text)

    def delete(self, place: Place, stack: str, *, role: str = "") -> None:
        """Begin to delete a stack."""
        self._call(place, "delete_stack", StackName=stack, **_role(role))

    def continue_rollback(self, place: Place, stack: str, *, role: str = "") -> None:
        """Try again to roll an update back."""
        self._call(place, "continue_update_rollback", StackName=stack, **_role(role))

    # ---- change sets ---------------------------------------------------------------------

    def create_change_set(self, place: Place, request: ChangeSetRequest) -> str:
        """Begin to make a change set."""
        arguments: dict[str, Any] = {
            "StackName": request.stack,
            "ChangeSetName": request.name,
            "ChangeSetType": request.kind,
            "Capabilities": _CAPABILITIES,
            "Tags": [{"Key": key, "Value": value} for key, value in sorted(request.tags.items())],
            **_role(request.role),
        }
        if request.keeps_template:
            arguments["UsePreviousTemplate"] = True
        elif request.url:
            arguments["TemplateURL"] = request.url
        else:
            arguments["TemplateBody"] = request.text
        if request.description:
            arguments["Description"] = request.description
        if request.mode:
            arguments["DeploymentMode"] = request.mode
        if request.imports:
            arguments["ResourcesToImport"] = [
                {
                    "ResourceType": one.type,
                    "LogicalResourceId": one.logical_id,
                    "ResourceIdentifier": dict(one.identifier),
                }
                for one in request.imports
            ]
        return str(self._call(place, "create_change_set", **arguments)["Id"])

    def change_set(self, place: Place, stack: str, name: str) -> ChangeSet | None:
        """A change set with all its changes."""
        try:
            pages = self.session.pages(
                place, _SERVICE, "describe_change_set", StackName=stack, ChangeSetName=name
            )
        except RefusedError as error:
            if _is_missing(error):
                return None
            raise
        changes = [one for page in pages for one in page.get("Changes", ())]
        return _change_set(pages[0], tuple(_change(one["ResourceChange"]) for one in changes))

    def change_sets(self, place: Place, stack: str) -> tuple[ChangeSet, ...]:
        """Change sets of a stack."""
        try:
            pages = self.session.pages(place, _SERVICE, "list_change_sets", StackName=stack)
        except RefusedError as error:
            if _is_missing(error):
                return ()
            raise
        return tuple(_change_set(one, ()) for page in pages for one in page["Summaries"])

    def execute(self, place: Place, stack: str, change_set: str) -> None:
        """Begin to carry out a change set."""
        self._call(place, "execute_change_set", StackName=stack, ChangeSetName=change_set)

    def delete_change_set(self, place: Place, stack: str, change_set: str) -> None:
        """Delete a change set."""
        try:
            self._call(place, "delete_change_set", StackName=stack, ChangeSetName=change_set)
        except RefusedError as error:
            if not _is_missing(error):
                raise

    # ---- drift ---------------------------------------------------------------------------

    def start_drift(self, place: Place, stack: str) -> str:
        """Begin a drift detection."""
        page = self._call(place, "detect_stack_drift", StackName=stack)
        return str(page["StackDriftDetectionId"])

    def drift_run(self, place: Place, run: str) -> DriftRun:
        """How far a drift detection is."""
        page = self._call(place, "describe_stack_drift_detection_status", StackDriftDetectionId=run)
        return DriftRun(
            id=run,
            status=page["DetectionStatus"],
            drift=page.get("StackDriftStatus", ""),
            reason=page.get("DetectionStatusReason", ""),
        )

    def drifts(self, place: Place, stack: str) -> tuple[ResourceDrift, ...]:
        """What the last drift detection found."""
        pages = self.session.pages(
            place, _SERVICE, "describe_stack_resource_drifts", StackName=stack
        )
        return tuple(_drift(one) for page in pages for one in page["StackResourceDrifts"])

    def _call(self, place: Place, method: str, **arguments: Any) -> Any:
        return self.session.call(place, _SERVICE, method, **arguments)


def _role(arn: str) -> dict[str, str]:
    return {"RoleARN": arn} if arn else {}


def _is_missing(error: RefusedError) -> bool:
    """Say whether AWS said that there is no such stack or change set."""
    if error.code in ("ChangeSetNotFound", "ChangeSetNotFoundException"):
        return True
    return error.code == "ValidationError" and "does not exist" in str(error)


def _stack(one: Mapping[str, Any]) -> DeployedStack:
    changed = one.get("LastUpdatedTime") or one.get("CreationTime")
    return DeployedStack(
        name=one["StackName"],
        id=one["StackId"],
        status=one["StackStatus"],
        reason=one.get("StackStatusReason", ""),
        tags={tag["Key"]: tag["Value"] for tag in one.get("Tags", ())},
        outputs={out["OutputKey"]: out["OutputValue"] for out in one.get("Outputs", ())},
        is_protected=bool(one.get("EnableTerminationProtection")),
        role=one.get("RoleARN", ""),
        changed=changed.isoformat() if changed else "",
        drift=one.get("DriftInformation", {}).get("StackDriftStatus", ""),
    )


def _event(place: Place, one: Mapping[str, Any]) -> Event:
    return Event(
        place=place,
        stack=one["StackName"],
        logical_id=one["LogicalResourceId"],
        type=one["ResourceType"],
        status=one["ResourceStatus"],
        reason=one.get("ResourceStatusReason", ""),
        at=one["Timestamp"],
        id=one["EventId"],
    )


def _change_set(one: Mapping[str, Any], changes: tuple[CloudChange, ...]) -> ChangeSet:
    return ChangeSet(
        name=one["ChangeSetName"],
        id=one["ChangeSetId"],
        stack=one["StackName"],
        stack_id=one["StackId"],
        status=one["Status"],
        execution=one.get("ExecutionStatus", ""),
        reason=one.get("StatusReason", ""),
        changes=changes,
    )


def _change(one: Mapping[str, Any]) -> CloudChange:
    details = one.get("Details", ())
    names = [detail["Target"].get("Name", "") for detail in details if "Target" in detail]
    evaluations = {detail.get("Evaluation") for detail in details}
    return CloudChange(
        action=one["Action"],
        logical_id=one["LogicalResourceId"],
        type=one["ResourceType"],
        replacement=one.get("Replacement", ""),
        scope=tuple(sorted(one.get("Scope", ()))),
        properties=tuple(sorted({name for name in names if name})),
        is_dynamic=evaluations == {"Dynamic"},
        policy=one.get("PolicyAction", ""),
    )


def _drift(one: Mapping[str, Any]) -> ResourceDrift:
    return ResourceDrift(
        logical_id=one["LogicalResourceId"],
        type=one["ResourceType"],
        physical_id=one.get("PhysicalResourceId", ""),
        status=one["StackResourceDriftStatus"],
        differences=tuple(
            PropertyDrift(
                path=difference["PropertyPath"],
                expected=difference.get("ExpectedValue", ""),
                actual=difference.get("ActualValue", ""),
                kind=difference["DifferenceType"],
            )
            for difference in one.get("PropertyDifferences", ())
        ),
        reason=one.get("DriftStatusReason", ""),
    )
