"""Databases: the edges of each control; the three cases of each are in `cases`."""

from __future__ import annotations

from typing import Any

import pytest

from baseline.control import CannotJudge
from baseline.controls import databases
from baseline.resource import Reference, Resource

KEY = {"Fn::ImportValue": "keys-DataKeyArn"}
MEMBER = {"DBClusterIdentifier": Reference("s", "Cluster"), "Engine": "aurora-mysql"}


def instance(**properties: Any) -> Resource:
    """An instance with these properties."""
    return Resource("s", "Database", databases.INSTANCE, properties, {})


def cluster(**properties: Any) -> Resource:
    """A cluster with these properties."""
    return Resource("s", "Cluster", databases.CLUSTER, properties, {})


def group(family: str, kind: str = databases.GROUP, **parameters: Any) -> Resource:
    """A parameter group of a family; dots stand as two underscores."""
    named = {name.replace("__", "."): value for name, value in parameters.items()}
    return Resource("s", "Group", kind, {"Family": family, "Parameters": named}, {})


@pytest.mark.parametrize(
    "control",
    [
        *(databases.over_zones, databases.backed_up, databases.kept, databases.managed_password),
        *(databases.iam_login, databases.logged, databases.tls_forced, databases.encrypted),
    ],
)
def test_what_a_cluster_decides_is_not_asked_of_its_instances(control: Any) -> None:
    """They have none of it, and would be told of for nothing."""
    assert not list(control.judge(instance(**MEMBER)))
    assert list(control.judge(instance(Engine="mysql")))


@pytest.mark.parametrize(
    ("properties", "findings"),
    [
        ({"StorageEncrypted": True, "KmsKeyId": KEY}, 0),
        ({"StorageEncrypted": True, "KmsKeyId": "alias/aws/rds"}, 1),
        ({"StorageEncrypted": True, "KmsKeyId": {"Ref": "AWS::NoValue"}}, 1),
        ({"StorageEncrypted": True, "KmsKeyId": KEY, "ManageMasterUserPassword": True}, 1),
        (
            {
                "StorageEncrypted": True,
                "KmsKeyId": KEY,
                "ManageMasterUserPassword": True,
                "MasterUserSecret": {"KmsKeyId": KEY},
            },
            0,
        ),
        ({"StorageEncrypted": True, "KmsKeyId": KEY, "EnablePerformanceInsights": True}, 1),
        ({}, 2),
    ],
)
def test_a_key_of_ours_encrypts_all_there_is(properties: dict[str, Any], findings: int) -> None:
    """Not AWS's own key, whose snapshots nobody else could ever read."""
    assert len(list(databases.encrypted.judge(instance(**properties)))) == findings
    assert len(list(databases.encrypted.judge(cluster(**properties)))) == findings


def test_insights_of_a_member_need_a_key_too() -> None:
    """Figures are kept by instance, and hold statements."""
    found = instance(**MEMBER, EnablePerformanceInsights=True)
    assert len(list(databases.encrypted.judge(found))) == 1


def test_a_chosen_key_cannot_be_judged() -> None:
    """Nobody knows what the choice comes to."""
    found = instance(StorageEncrypted=True, KmsKeyId={"Fn::If": ["X", "a", "b"]})
    with pytest.raises(CannotJudge, match="KmsKeyId is decided by Fn::If"):
        list(databases.encrypted.judge(found))


def test_a_cluster_without_an_address_is_not_public() -> None:
    """Only clusters of RDS proper have the property; Aurora's instances have it."""
    assert not list(databases.not_public.judge(cluster()))
    assert list(databases.not_public.judge(cluster(PubliclyAccessible=True)))
    assert list(databases.not_public.judge(instance(**MEMBER)))


@pytest.mark.parametrize(
    ("made", "findings"),
    [
        (group("postgres17", rds__force_ssl="1"), 0),
        (group("postgres17", rds__force_ssl=1), 0),
        (group("postgres17", rds__force_ssl="0"), 1),
        (group("postgres17"), 1),
        (group("postgres17", rds__force_ssl="1", ssl_min_protocol_version="TLSv1"), 1),
        (group("mysql8.4", require_secure_transport="ON"), 0),
        (group("mysql8.4", require_secure_transport="1", tls_version="TLSv1.1, TLSv1.2"), 1),
        (group("mariadb11.8", require_secure_transport="OFF"), 1),
        (group("aurora-mysql8.4"), 0),
        (group("aurora-mysql8.4", databases.CLUSTER_GROUP), 1),
        (group("aurora-postgresql17", databases.CLUSTER_GROUP, rds__force_ssl="1"), 0),
        (group("oracle-ee-19"), 0),
        (instance(Engine="postgres", DBParameterGroupName=Reference("s", "Group")), 0),
        (instance(Engine="postgres"), 1),
        (cluster(Engine="aurora-mysql"), 1),
    ],
)
def test_tls_is_forced_where_the_server_reads_it(made: Resource, findings: int) -> None:
    """In an instance's group, or in the group of a cluster; never in one that RDS owns."""
    assert len(list(databases.tls_forced.judge(made))) == findings


@pytest.mark.parametrize(
    ("engine", "logs", "findings"),
    [
        ("postgres", ["postgresql"], 0),
        ("postgres", ["upgrade"], 1),
        ("aurora-mysql", ["audit", "error", "slowquery"], 0),
        ("mysql", ["error"], 1),
        ("oracle-ee", ["audit"], 0),
        ("oracle-ee", [], 1),
    ],
)
def test_the_logs_that_tell_who_did_what_are_exported(
    engine: str, logs: list[str], findings: int
) -> None:
    """Of an engine that we do not know, any will do."""
    found = instance(Engine=engine, EnableCloudwatchLogsExports=logs)
    assert len(list(databases.logged.judge(found))) == findings


def test_an_engine_without_logins_by_iam_is_not_asked_for_them() -> None:
    """Oracle and SQL Server have none."""
    assert not list(databases.iam_login.judge(instance(Engine="oracle-ee")))
    assert list(databases.iam_login.judge(instance(Engine="mariadb")))


@pytest.mark.parametrize("value", [True, "true", None])
def test_backups_that_go_with_their_database_are_told_of(value: object) -> None:
    """That is what happens where the property is left out."""
    properties = {"DeletionProtection": True}
    if value is not None:
        properties["DeleteAutomatedBackups"] = value  # type: ignore[assignment]
    kept = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Snapshot"}
    found = Resource("s", "Database", databases.INSTANCE, properties, kept)
    assert len(list(databases.kept.judge(found))) == 1


def test_a_parameter_decides_nothing() -> None:
    """What is decided elsewhere cannot be judged, and is no pass."""
    found = instance(BackupRetentionPeriod={"Ref": "Days"})
    with pytest.raises(CannotJudge, match="BackupRetentionPeriod is decided by Ref"):
        list(databases.backed_up.judge(found))
