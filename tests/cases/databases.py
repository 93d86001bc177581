"""Cases of databases' controls."""

from __future__ import annotations

from typing import Any

from tests.cases import Case, case

INSTANCE = ("AWS::RDS::DBInstance", "acme-prod-database-orders", "Database")
GROUP = ("AWS::RDS::DBParameterGroup", "acme-prod-database-orders", "ParameterGroup")

ENCRYPTED = {"StorageEncrypted": True, "KmsKeyId": "arn:x"}
PROTECTED = {"DeletionProtection": True, "DeleteAutomatedBackups": False}
SNAPSHOT = {"DeletionPolicy": "Snapshot", "UpdateReplacePolicy": "Snapshot"}
MARIADB: dict[str, Any] = {"Engine": "mariadb"}
FAMILY: dict[str, Any] = {"Family": "mariadb11.8"}

CASES: dict[str, Case] = {
    "databases.encrypted": case(
        INSTANCE, {"StorageEncrypted": True}, ENCRYPTED, ("StorageEncrypted",), False
    ),
    "databases.not-public": case(
        INSTANCE, {}, {"PubliclyAccessible": False}, ("PubliclyAccessible",), "true"
    ),
    "databases.over-zones": case(INSTANCE, {}, {"MultiAZ": "true"}, ("MultiAZ",), False),
    "databases.backed-up": case(
        INSTANCE,
        {"BackupRetentionPeriod": 0},
        {"BackupRetentionPeriod": "7"},
        ("BackupRetentionPeriod",),
        6,
    ),
    "databases.kept": case(
        INSTANCE, PROTECTED, PROTECTED, ("../DeletionPolicy",), "Delete", SNAPSHOT
    ),
    "databases.managed-password": case(
        INSTANCE,
        {"MasterUserPassword": "hunter2"},
        {"ManageMasterUserPassword": True},
        ("MasterUserPassword",),
        "hunter2",
    ),
    "databases.iam-login": case(
        INSTANCE,
        MARIADB,
        MARIADB | {"EnableIAMDatabaseAuthentication": True},
        ("EnableIAMDatabaseAuthentication",),
        False,
    ),
    "databases.tls-forced": case(
        GROUP,
        FAMILY | {"Parameters": {"require_secure_transport": "0"}},
        FAMILY | {"Parameters": {"require_secure_transport": "ON", "tls_version": "TLSv1.2"}},
        ("Parameters", "ssl_min_protocol_version"),
        "TLSv1.1",
    ),
    "databases.logged": case(
        INSTANCE,
        MARIADB | {"EnableCloudwatchLogsExports": ["error"]},
        MARIADB | {"EnableCloudwatchLogsExports": ["audit", "error"]},
        ("EnableCloudwatchLogsExports",),
        ["upgrade"],
    ),
    "databases.minor-upgrades": case(
        INSTANCE, {}, {"AutoMinorVersionUpgrade": True}, ("AutoMinorVersionUpgrade",), False
    ),
    "databases.monitored": case(
        INSTANCE,
        {"MonitoringInterval": 60},
        {"MonitoringInterval": 60, "EnablePerformanceInsights": True},
        ("MonitoringInterval",),
        0,
    ),
    "databases.tags-copied": case(
        INSTANCE, {}, {"CopyTagsToSnapshot": "true"}, ("CopyTagsToSnapshot",), False
    ),
    "databases.own-steward": case(
        INSTANCE,
        {"MasterUsername": "Admin"},
        {"MasterUsername": "steward"},
        ("MasterUsername",),
        "postgres",
    ),
    "databases.audited": case(
        (
            "AWS::RDS::DBClusterParameterGroup",
            "acme-prod-database-catalogue",
            "ClusterParameterGroup",
        ),
        {"Family": "aurora-mysql8.0", "Parameters": {"require_secure_transport": "ON"}},
        {"Family": "aurora-mysql8.0", "Parameters": {"server_audit_logging": "1"}},
        ("Parameters", "server_audit_logging"),
        "0",
    ),
    "databases.current-authority": case(
        INSTANCE,
        {"CACertificateIdentifier": "rds-ca-2019"},
        {"CACertificateIdentifier": "rds-ca-ecc384-g1"},
        ("CACertificateIdentifier",),
        "rds-ca-2019",
    ),
    "databases.events-told": case(
        ("AWS::RDS::EventSubscription", "acme-prod-database-orders", "InstanceEvents"),
        {"SourceType": "db-instance", "EventCategories": ["failure"]},
        {"SourceType": "db-instance"},
        ("EventCategories",),
        ["failure", "maintenance"],
    ),
}
