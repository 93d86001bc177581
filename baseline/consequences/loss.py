"""Loss: does data go with what is removed or replaced, or by a setting that keeps less of it.

A removed resource is kept, snapshotted or deleted as the `DeletionPolicy` of the template that is
deployed says; a replaced one as `UpdateReplacePolicy` of the new template does. A snapshot is
partial: it holds what was there when it was taken, and somebody has to restore it. A replaced
resource that is retained leaves its data in a resource that nothing manages; the new one is empty.

Sources: "DeletionPolicy attribute", "UpdateReplacePolicy attribute"; the table in `stateful`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from baseline.change import (
    MISSING,
    NEVER,
    Action,
    Change,
    Edit,
    Effect,
    Replacement,
    Sides,
    Verdict,
    dotted,
    names,
)
from baseline.stateful import SNAPSHOTS, held

_RDS = ("AWS::RDS::DBCluster", "AWS::RDS::DBInstance")

# Settings that say how long data is kept: type, path of names, what goes when it is less.
# A setting that is taken away keeps for ever, unless `default` says how long (None: for ever).
RETENTIONS: tuple[tuple[str, str, str, int | None], ...] = (
    ("AWS::Logs::LogGroup", "RetentionInDays", "older log events are deleted", None),
    ("AWS::Kinesis::Stream", "RetentionPeriodHours", "older records are dropped", 24),
    ("AWS::SQS::Queue", "MessageRetentionPeriod", "older messages are deleted", 345_600),
    ("AWS::RDS::DBInstance", "BackupRetentionPeriod", "older automated backups are deleted", 1),
    ("AWS::RDS::DBCluster", "BackupRetentionPeriod", "older automated backups are deleted", 1),
    ("AWS::DocDB::DBCluster", "BackupRetentionPeriod", "older automated backups are deleted", 1),
    ("AWS::Neptune::DBCluster", "BackupRetentionPeriod", "older automated backups are deleted", 1),
    (
        "AWS::Redshift::Cluster",
        "AutomatedSnapshotRetentionPeriod",
        "older automated snapshots are deleted",
        1,
    ),
    (
        "AWS::ElastiCache::ReplicationGroup",
        "SnapshotRetentionLimit",
        "older automatic snapshots are deleted",
        0,
    ),
    ("AWS::CloudTrail::EventDataStore", "RetentionPeriod", "older events are deleted", 2557),
    ("AWS::Events::Archive", "RetentionDays", "older events are deleted", None),
    ("AWS::KinesisVideo::Stream", "DataRetentionInHours", "older video is deleted", 0),
    ("AWS::Timestream::Table", "RetentionProperties.MagneticStoreRetentionPeriodInDays",
     "older measurements are deleted", None),
    ("AWS::Backup::BackupPlan", "BackupPlan.BackupPlanRule.Lifecycle.DeleteAfterDays",
     "new recovery points are kept for less time", None),
    ("AWS::S3::Bucket", "LifecycleConfiguration.Rules.ExpirationInDays",
     "older objects are deleted", None),
    ("AWS::S3::Bucket", "LifecycleConfiguration.Rules.NoncurrentVersionExpiration.NoncurrentDays",
     "older versions of objects are deleted", None),
    ("AWS::ECR::Repository", "LifecyclePolicy.LifecyclePolicyText", "images may be deleted", None),
)  # fmt: skip

# Settings by which a service deletes by itself, once on: type, path, value, what goes.
_DELETERS = (
    ("AWS::DynamoDB::Table", "TimeToLiveSpecification.Enabled", True, "expired items are deleted"),
    ("AWS::DynamoDB::GlobalTable", "TimeToLiveSpecification.Enabled", True,
     "expired items are deleted"),
)  # fmt: skip


def answer(changes: Iterable[Change], sides: Sides) -> Iterator[Change]:
    """Changes with what they do to data."""
    for change in changes:
        found = list(_effects(change, sides))
        yield replace(change, effects=(*change.effects, *found)) if found else change


def _effects(change: Change, sides: Sides) -> Iterator[Effect]:
    if change.section == "Conditions" and change.action is not Action.ADD:
        yield from _by_condition(change, sides)
    if change.section != "Resources":
        return
    if change.type in held() and change.action is not Action.ADD:
        yield from _gone(change, sides)
    for edit in change.edits:
        yield from _kept_less(change.type, edit)


def _gone(change: Change, sides: Sides) -> Iterator[Effect]:
    what, source = held()[change.type]
    before, after = change.before or {}, change.after or {}
    if change.action in (Action.REMOVE, Action.RENAME) or after.get("Condition") == NEVER:
        policy = str(before.get("DeletionPolicy", _default(change)))
        old = change.was or change.name
        yield _fate(change, policy, f"{old} is removed", what, source, "DeletionPolicy")
        return
    if change.replacement is not Replacement.NONE:
        body = after or sides.resources(change.stack).get(change.name)
        found = body.get("UpdateReplacePolicy", "Delete") if isinstance(body, Mapping) else "Delete"
        happens = {
            Replacement.CERTAIN: "is replaced",
            Replacement.CONDITIONAL: "may be replaced",
            Replacement.AFTER_APPLY: "may be replaced",
        }[change.replacement]
        policy = str(found)
        yield _fate(change, policy, f"{change.name} {happens}", what, source, "UpdateReplacePolicy")
    if any(names(edit.path) == ("Condition",) for edit in change.edits) and "Condition" in after:
        policy = str(before.get("DeletionPolicy", _default(change)))
        if not policy.startswith("Retain"):
            message = f"{what}: removed where the condition {after['Condition']} does not hold"
            yield Effect("loss", Verdict.MAY_LOSE_DATA, message)


def _default(change: Change) -> str:
    """What happens where no DeletionPolicy is said; "DeletionPolicy attribute"."""
    properties = (change.before or {}).get("Properties", {})
    if change.type not in _RDS:
        return "Delete"
    is_member = change.type == _RDS[1] and "DBClusterIdentifier" in properties
    return "Delete" if is_member else "Snapshot"


def _fate(
    change: Change, policy: str, happens: str, what: str, source: str, attribute: str
) -> Effect:
    sure = change.replacement in (Replacement.NONE, Replacement.CERTAIN)
    if policy.startswith("Retain"):
        message = (
            f"{happens}, and what it holds ({what}) stays in a resource that no stack manages"
            f" ({attribute} {policy})"
        )
        return Effect("loss", Verdict.LEAVES_DATA, message)
    if policy == "Snapshot" and change.type in SNAPSHOTS:
        message = f"{happens}; of what it holds ({what}) a snapshot is kept, which must be restored"
        return Effect("loss", Verdict.LOSES_PART, message)
    message = f"{happens}, and with it what it holds: {what} ({source})"
    return Effect("loss", Verdict.LOSES_DATA if sure else Verdict.MAY_LOSE_DATA, message)


def _by_condition(change: Change, sides: Sides) -> Iterator[Effect]:
    """A condition that changes may take away resources that depend on it."""
    for name, body in sides.resources(change.stack).items():
        if not isinstance(body, Mapping) or body.get("Condition") != change.name:
            continue
        kind = str(body.get("Type", ""))
        if kind in held() and not str(body.get("DeletionPolicy", "")).startswith("Retain"):
            message = f"{name} ({held()[kind][0]}) is removed where the condition no longer holds"
            yield Effect("loss", Verdict.MAY_LOSE_DATA, message)


def _kept_less(kind: str, edit: Edit) -> Iterator[Effect]:
    path = names(edit.path)
    if path[:1] != ("Properties",):
        return
    for type_name, setting, what, default in RETENTIONS:
        if type_name != kind:
            continue
        steps = tuple(setting.split("."))
        if path[1:] == steps[: len(path) - 1]:
            rest = steps[len(path) - 1 :]
            before, after = _shortest(edit.before, rest), _shortest(edit.after, rest)
            before = default if before is None else before
            after = default if after is None else after
            is_less = after is not None and (before is None or _less(after, before))
            if is_less and not (before is None and after == default):
                shown = f"{dotted(edit.path[1:])}: {what}"
                yield Effect("loss", Verdict.LOSES_PART, shown)
    for type_name, setting, value, what in _DELETERS:
        steps = tuple(setting.split("."))
        if type_name == kind and path[1:] == steps[: len(path) - 1]:
            rest = steps[len(path) - 1 :]
            if _at(edit.after, rest) == value and _at(edit.before, rest) != value:
                yield Effect("loss", Verdict.LOSES_PART, f"{setting}: {what}")


def _less(after: Any, before: Any) -> bool:
    try:
        return bool(float(after) < float(before))
    except (TypeError, ValueError):
        return bool(after != before)  # what cannot be known is not taken for harmless


def _shortest(value: Any, path: tuple[str, ...]) -> Any:
    """The smallest value at a path of names, through arrays; None where there is none."""
    if value is MISSING:
        return None
    if isinstance(value, list):
        found = [one for one in (_shortest(each, path) for each in value) if one is not None]
        return min(found, key=_number, default=None)
    if not path:
        return value
    return _shortest(value.get(path[0], MISSING), path[1:]) if isinstance(value, dict) else None


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        value = value.get(step, MISSING) if isinstance(value, dict) else MISSING
    return value
