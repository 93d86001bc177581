"""Schema: what the registry says of a type, and what smells of data."""

from __future__ import annotations

import re

import pytest

from baseline.consequences import access, irreversible, loss
from baseline.schema import Schema, Shape, schema, types
from baseline.stateful import SNAPSHOTS, held, holds_none

# What a type that holds data is called, or has among its properties.
SMELLS = re.compile(
    r"(Bucket|Table|DBInstance|DBCluster|Database|GlobalCluster|Volume|FileSystem|Stream|Queue"
    r"|LogGroup|Log|Repository|Vault|Secret|Keyspace|Domain|Directory|Store|Snapshot|Cache|Ledger"
    r"|Index|Archive|Dataset|Data|UserPool|Lake|Workspace|Graph|Warehouse|Namespace|Cluster"
    r"|Collection|KnowledgeBase|Registry|Storage|Parameter|Broker|Key|Certificate|HostedZone"
    r"|Instance|Backup|Memory|Notebook|Bot|Journal|Catalog|Channel|Container|Asset|Recording"
    r"|Feature|Profile|Job|Schema|Model|Project)s?$"
)
SMELLY_PROPERTIES = re.compile(
    r"BackupRetentionPeriod|RetentionInDays|RetentionPeriod\w*|SnapshotIdentifier|Snapshot\w*"
    r"|DeletionProtection\w*|StorageEncrypted|StorageSize|AllocatedStorage|StorageType"
    r"|StorageCapacity|StorageConfiguration|Encrypted|EncryptionConfiguration|EncryptionAtRest\w*"
    r"|SSESpecification|ServerSideEncryption\w*|MessageRetentionPeriod|PointInTimeRecovery\w*"
    r"|KmsKeyId|KmsKeyArn|KMSKeyId|KmsKey|SecretString|VolumeSize|DataRetention\w*"
)


def smells(name: str) -> bool:
    """Whether a type may hold data, by its name or its properties."""
    properties = schema(name).data.get("properties", {})
    return bool(SMELLS.search(name.rpartition("::")[2])) or any(
        SMELLY_PROPERTIES.fullmatch(one) for one in properties
    )


def test_every_type_that_smells_of_data_is_in_the_table() -> None:
    """It holds some, or it is said why it does not."""
    unknown = [
        name
        for name in types()
        if name.startswith("AWS::")
        and smells(name)
        and name not in held()
        and name not in holds_none()
    ]
    assert unknown == []


def test_the_table_is_of_types_that_there_are() -> None:
    """Each once, with a source."""
    known = set(types())
    assert held().keys() <= known
    assert holds_none().keys() <= known
    assert not held().keys() & holds_none().keys()
    assert held().keys() >= SNAPSHOTS
    assert all(what and source for what, source in held().values())


def known(kind: str, path: str) -> bool:
    """Whether a type has a property at a path of names."""
    shape = schema(kind).shape
    for step in path.split("."):
        while shape.kind == "array":
            shape = shape.items
        shape = shape.member(step)
        if shape.kind == "text":
            return False
    return True


def test_tables_name_properties_that_there_are() -> None:
    """A row about a property that no type has would never speak."""
    rows = [
        *((kind, name) for kind, found in access.ATTACHED.items() for name in found),
        *((kind, name) for kind, found in access.HOLDERS.items() for name in found),
        *((kind, path) for kind, path, _ in access.LISTS),
        *((one.type, one.path) for one in access.SWITCHES),
        *((row[0], row[1]) for row in loss.RETENTIONS),
        *((row.type, row.path) for row in irreversible.ROWS),
    ]
    assert [row for row in rows if not known(*row)] == []
    assert set(access.EXISTENCE) <= set(types())


@pytest.mark.parametrize(
    ("kind", "path", "shape"),
    [
        ("AWS::SQS::Queue", "VisibilityTimeout", "integer"),
        ("AWS::SQS::Queue", "FifoQueue", "boolean"),
        ("AWS::RDS::DBInstance", "AllocatedStorage", "string"),
        ("AWS::IAM::Role", "AssumeRolePolicyDocument", "json"),
        ("AWS::EC2::VPC", "Tags", "array"),
        ("AWS::DynamoDB::Table", "KeySchema", "array"),
        ("AWS::Lambda::Function", "Environment.Variables.ANY", "text"),
        ("Custom::Anything", "Whatever", "text"),
        ("Acme::Shop::Thing", "Size", "text"),
    ],
)
def test_shapes(kind: str, path: str, shape: str) -> None:
    """Of properties of types, known and unknown."""
    found = schema(kind).shape
    for step in path.split("."):
        found = found.member(step)
    assert found.kind == shape


def test_lists_of_properties() -> None:
    """Create-only, conditional and identifying ones, and order."""
    table = schema("AWS::DynamoDB::Table")
    assert ("TableName",) in table.create_only
    assert ("KeySchema",) in table.conditional
    assert table.name_property == "TableName"
    assert schema("AWS::EC2::VPC").name_property == ""
    assert schema("AWS::EC2::SecurityGroup").shape.member("SecurityGroupIngress").unordered
    assert schema("AWS::AutoScaling::LaunchConfiguration").never_updated
    assert schema("AWS::RDS::DBInstance").shape.member("Engine").fold == "lowercase"
    assert not schema("Acme::Shop::Thing").is_known


def test_a_type_of_another_region_is_known() -> None:
    """Not all are in us-east-1."""
    assert all(schema(name).is_known for name in types())


def test_every_shape_of_every_schema_can_be_looked_at() -> None:
    """None of the nearly two thousand has a shape that we stumble over."""
    for name in types():
        _look(schema(name).shape, schema(name), 0)


def _look(shape: Shape, of: Schema, depth: int) -> None:
    if depth > 3:
        return
    if shape.kind == "array":
        _look(shape.items, of, depth + 1)
    for name in shape._node.get("properties") or ():
        _look(shape.member(name), of, depth + 1)
