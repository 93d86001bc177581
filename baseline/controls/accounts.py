"""Accounts: what must hold for all resources of an account together, or of an organization."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from baseline.control import EVERY_TYPE, CannotJudge, Severity, control, is_true, literal
from baseline.resource import Reference, Resource

SELECTION = "AWS::Backup::BackupSelection"

# Data stores, the service that their ARNs name, and where each says how it backs itself up.
# Sources: "Working with Amazon Resource Names", and the pages of the types.
STORES: Mapping[str, tuple[str, tuple[str | int, ...]]] = {
    "AWS::DocDB::DBCluster": ("rds", ("BackupRetentionPeriod",)),
    "AWS::DynamoDB::Table": (
        "dynamodb",
        ("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"),
    ),
    "AWS::EC2::Volume": ("ec2", ()),
    "AWS::EFS::FileSystem": ("elasticfilesystem", ("BackupPolicy", "Status")),
    "AWS::FSx::FileSystem": ("fsx", ("WindowsConfiguration", "AutomaticBackupRetentionDays")),
    "AWS::Neptune::DBCluster": ("rds", ("BackupRetentionPeriod",)),
    "AWS::RDS::DBCluster": ("rds", ("BackupRetentionPeriod",)),
    "AWS::RDS::DBInstance": ("rds", ("BackupRetentionPeriod",)),
}
_KEY_ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+")


@control(
    "accounts.data-backed-up",
    "Every data store is in a backup plan, or backs itself up",
    on=(*STORES, SELECTION),
    severity=Severity.HIGH,
    over="account",
    fix="name it in a selection of AWS Backup, or turn its own backups on",
)
def data_backed_up(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """What nobody backs up is lost with the first mistake, and nobody misses a plan before that."""
    selections = [one for one in resources if one.type == SELECTION]
    for store in resources:
        if store.type in STORES and not _backs_itself_up(store):
            doubts = []
            for selection in selections:
                chosen = _selects(selection, store)
                if chosen:
                    break
                doubts += [selection] if chosen is None else []
            else:
                if doubts:
                    raise CannotJudge(f"{doubts[0].logical_id} may or may not select it")
                yield store, "is in no backup plan, and makes no backups of its own"


def _backs_itself_up(store: Resource) -> bool:
    if store.properties.get("DBClusterIdentifier"):
        return True  # its cluster does
    path = STORES[store.type][1]
    value = literal(store.properties, *path) if path else None
    if store.type in ("AWS::RDS::DBCluster", "AWS::RDS::DBInstance") and value is None:
        return True  # one day is the default; the database's own control asks for more
    return is_true(value) or value == "ENABLED" or bool(re.fullmatch(r"[1-9][0-9]*", str(value)))


def _selects(selection: Resource, store: Resource) -> bool | None:
    """Whether a selection takes a store in; None where that is decided elsewhere."""
    body = literal(selection.properties, "BackupSelection", default={})
    service = STORES[store.type][0]
    is_open = False
    for arn in body.get("Resources", ()):
        if isinstance(arn, Reference):
            if (arn.stack, arn.resource) == (store.stack, store.logical_id):
                return True
        elif isinstance(arn, str):
            if arn == "*" or re.fullmatch(
                rf"arn:[^:]*:{service}:[^:]*:[^:]*:(\*|[a-z-]+[:/]\*)", arn
            ):
                return True
        else:
            is_open |= service in json.dumps(arn, default=str)
    tags = {tag.get("Key"): tag.get("Value") for tag in _mappings(store.properties.get("Tags"))}
    for one in _mappings(body.get("ListOfTags")):
        if one.get("ConditionKey") in tags and tags[one["ConditionKey"]] == one.get(
            "ConditionValue"
        ):
            return True
    return None if is_open or body.get("Conditions") else False


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


@control(
    "accounts.keys-apart",
    "No two accounts share a key",
    on=EVERY_TYPE,
    severity=Severity.HIGH,
    over="organization",
    fix="use a key of the account itself",
)
def keys_apart(accounts: Mapping[str, Sequence[Resource]]) -> Iterator[tuple[Resource, str]]:
    """Whoever may use the key of a test account could read what production encrypts with it."""
    home = {
        (one.stack, one.logical_id): account
        for account, resources in accounts.items()
        for one in resources
        if one.type == "AWS::KMS::Key"
    }
    users: dict[str, dict[str, Resource]] = defaultdict(dict)
    for account, resources in accounts.items():
        for one in resources:
            for value in _values(one.properties):
                if isinstance(value, Reference):
                    owner = home.get((value.stack, value.resource), account)
                    if owner != account:
                        yield one, f"uses {value.resource} of {owner}, which is another account"
                else:
                    for arn in _KEY_ARN.findall(value):
                        users[arn].setdefault(account, one)
    for arn, by_account in sorted(users.items()):
        for account in sorted(by_account)[1:]:
            yield by_account[account], f"uses the key {arn}, as {min(by_account)} does"


def _values(value: Any) -> Iterator[Any]:
    """Every text and reference in a value."""
    if isinstance(value, Mapping):
        for child in value.values():
            yield from _values(child)
    elif isinstance(value, (list, tuple)):
        for child in value:
            yield from _values(child)
    elif isinstance(value, (str, Reference)):
        yield value
