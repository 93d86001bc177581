"""Databases: what must hold for every instance and cluster of RDS and Aurora.

An instance of a cluster holds no data: what its cluster decides is judged there, and only there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from baseline.control import Severity, control, is_true, literal
from baseline.controls import is_given, is_key_of_ours, number
from baseline.policy import listed
from baseline.resource import Resource

INSTANCE, CLUSTER = "AWS::RDS::DBInstance", "AWS::RDS::DBCluster"
GROUP, CLUSTER_GROUP = "AWS::RDS::DBParameterGroup", "AWS::RDS::DBClusterParameterGroup"
LEAST_BACKUP_DAYS = 7  # "RDS instances should have automatic backups enabled" (Security Hub)

# Parameters by the end of a family's name before its version, and the values that will do.
FORCED_TLS = {
    "postgres": ("rds.force_ssl", ("1", "on", "true")),
    "mysql": ("require_secure_transport", ("1", "on", "true")),
}
OLD_TLS = ("TLSv1", "TLSv1.1")
VERSIONS_OF_TLS = ("ssl_min_protocol_version", "tls_version")
USUAL_STEWARDS = {
    "admin",
    "administrator",
    "awsuser",
    "mysql",
    "postgres",
    "rdsadmin",
    "root",
    "sa",
}
ENDED_AUTHORITIES = ("rds-ca-2015", "rds-ca-2019")  # "Using SSL/TLS" (Amazon RDS): 2020 and 2024

# "[RDS.19]" to "[RDS.22]" (Security Hub).
CRITICAL_EVENTS = {
    "db-cluster": {"failure", "maintenance"},
    "db-instance": {"configuration change", "failure", "maintenance"},
    "db-parameter-group": {"configuration change"},
    "db-security-group": {"configuration change", "failure"},
}
LOGS = {"postgres": ("postgresql",), "mysql": ("audit", "error")}


@control(
    "databases.encrypted",
    "Databases, their figures and their passwords are encrypted with a key of ours",
    on=(INSTANCE, CLUSTER),
    severity=Severity.HIGH,
)
def encrypted(database: Resource) -> Iterator[str]:
    """It cannot be made up for later; and with AWS's own key, no snapshot can leave the account."""
    properties = database.properties
    if _decides(database):
        if not is_true(literal(properties, "StorageEncrypted")):
            yield "StorageEncrypted is not true"
        if not is_key_of_ours(properties, "KmsKeyId"):
            yield "KmsKeyId is left out"
        if is_true(literal(properties, "ManageMasterUserPassword")) and not is_key_of_ours(
            properties.get("MasterUserSecret", {}), "KmsKeyId"
        ):
            yield "MasterUserSecret.KmsKeyId is left out"
    insights = literal(properties, "EnablePerformanceInsights")
    if is_true(insights) and not is_key_of_ours(properties, "PerformanceInsightsKMSKeyId"):
        yield "PerformanceInsightsKMSKeyId is left out, and statements are in what it shows"


@control(
    "databases.not-public",
    "Databases have no public address",
    on=(INSTANCE, CLUSTER),
    severity=Severity.CRITICAL,
)
def not_public(database: Resource) -> Iterator[str]:
    """The one wall left would be a security group; left out, the subnets decide."""
    public = literal(database.properties, "PubliclyAccessible")
    if is_true(public):
        yield "PubliclyAccessible is true"
    elif public is None and database.type == INSTANCE:
        yield "PubliclyAccessible is left out"


@control(
    "databases.over-zones",
    "Databases stand in more than one zone",
    on=INSTANCE,
    severity=Severity.MEDIUM,
)
def over_zones(database: Resource) -> Iterator[str]:
    """A zone fails as a whole; without a standby, the way back is from a backup, in hours."""
    if _decides(database) and not is_true(literal(database.properties, "MultiAZ")):
        yield "MultiAZ is not true"


@control(
    "databases.backed-up",
    "Databases are backed up, and backups are kept a week or more",
    on=(INSTANCE, CLUSTER),
    severity=Severity.HIGH,
)
def backed_up(database: Resource) -> Iterator[str]:
    """A wrong deletion on Friday is found on Monday; any second in between can be had back."""
    if not _decides(database):
        return
    days = number(database.properties, "BackupRetentionPeriod", default=-1)
    if days < 0:
        yield "BackupRetentionPeriod is left out, so it is one day"
    elif days < LEAST_BACKUP_DAYS:
        yield f"BackupRetentionPeriod is {days}, under {LEAST_BACKUP_DAYS}"


@control(
    "databases.kept",
    "Databases are protected from deletion, and leave a snapshot and their backups",
    on=(INSTANCE, CLUSTER),
    severity=Severity.HIGH,
)
def kept(database: Resource) -> Iterator[str]:
    """A stack is deleted in one call, and automated backups go with their database by default."""
    if not _decides(database):
        return
    if not is_true(literal(database.properties, "DeletionProtection")):
        yield "DeletionProtection is not true"
    if str(literal(database.properties, "DeleteAutomatedBackups")).lower() != "false":
        yield "DeleteAutomatedBackups is not false"
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        if literal(database.attributes, policy) not in (
            *("Retain", "RetainExceptOnCreate", "Snapshot"),
        ):
            yield f"{policy} is neither Snapshot nor Retain"


@control(
    "databases.managed-password",
    "The master password is made, kept and changed by RDS",
    on=(INSTANCE, CLUSTER),
    severity=Severity.HIGH,
)
def managed_password(database: Resource) -> Iterator[str]:
    """What a person has chosen is in a file, a history or a chat, and is never changed."""
    if not _decides(database):
        return
    if "MasterUserPassword" in database.properties:
        yield "MasterUserPassword is given"
    if not is_true(literal(database.properties, "ManageMasterUserPassword")):
        yield "ManageMasterUserPassword is not true"


@control(
    "databases.iam-login",
    "Databases let applications log in by IAM",
    on=(INSTANCE, CLUSTER),
    severity=Severity.MEDIUM,
)
def iam_login(database: Resource) -> Iterator[str]:
    """A token of a quarter of an hour cannot be leaked for years, as a password can."""
    if not _decides(database) or not _kind(literal(database.properties, "Engine", default="")):
        return
    if not is_true(literal(database.properties, "EnableIAMDatabaseAuthentication")):
        yield "EnableIAMDatabaseAuthentication is not true"


@control(
    "databases.tls-forced",
    "Databases refuse connections without TLS",
    on=(INSTANCE, CLUSTER, GROUP, CLUSTER_GROUP),
    severity=Severity.HIGH,
)
def tls_forced(resource: Resource) -> Iterator[str]:
    """Clients fall back to plain text without a word, and nobody sees it until somebody listens."""
    if resource.type in (INSTANCE, CLUSTER):
        name = (
            "DBParameterGroupName" if resource.type == INSTANCE else "DBClusterParameterGroupName"
        )
        if _decides(resource) and not is_given(resource.properties, name):
            yield f"{name} is left out, and the default group cannot be changed"
        return
    family = str(literal(resource.properties, "Family", default=""))
    kind = _kind(family)
    # TLS is for the cluster to decide; the groups of its instances hold other parameters.
    if not kind or (resource.type == GROUP and family.startswith("aurora")):
        return
    name, forced = FORCED_TLS[kind]
    parameters = literal(resource.properties, "Parameters", default={})
    if str(literal(parameters, name)).lower() not in forced:
        yield f"{name} is not 1"
    for name in VERSIONS_OF_TLS:
        asked = str(literal(parameters, name, default="")).replace(" ", "").split(",")
        for version in sorted({*asked} & {*OLD_TLS}):
            yield f"{name} admits {version}"


@control(
    "databases.logged",
    "Databases send their logs to CloudWatch",
    on=(INSTANCE, CLUSTER),
    severity=Severity.MEDIUM,
)
def logged(database: Resource) -> Iterator[str]:
    """Logs on the host go after days, and whoever takes over the database can see to that."""
    if not _decides(database):
        return
    kind = _kind(literal(database.properties, "Engine", default=""))
    exported = listed(literal(database.properties, "EnableCloudwatchLogsExports"))
    missing = sorted({*LOGS.get(kind, ())} - {str(literal([one], 0)) for one in exported})
    if missing or not exported:
        yield f"EnableCloudwatchLogsExports lacks {', '.join(missing) or 'every log'}"


@control(
    "databases.minor-upgrades",
    "Databases get minor upgrades by themselves",
    on=INSTANCE,
    severity=Severity.HIGH,
)
def minor_upgrades(instance: Resource) -> Iterator[str]:
    """They mend what attackers know of, and nobody remembers to ask for them."""
    if not is_true(literal(instance.properties, "AutoMinorVersionUpgrade")):
        yield "AutoMinorVersionUpgrade is not true"


@control(
    "databases.monitored",
    "Databases tell what their hosts and their statements do",
    on=INSTANCE,
    severity=Severity.LOW,
)
def monitored(instance: Resource) -> Iterator[str]:
    """What went on in the minutes before a failure can be asked only of what was recorded."""
    if number(instance.properties, "MonitoringInterval") == 0:
        yield "MonitoringInterval is left out or 0"
    if not is_true(literal(instance.properties, "EnablePerformanceInsights")):
        yield "EnablePerformanceInsights is not true"


@control(
    "databases.tags-copied",
    "Snapshots of databases carry the tags of what they were taken of",
    on=(INSTANCE, CLUSTER),
    severity=Severity.LOW,
)
def tags_copied(database: Resource) -> Iterator[str]:
    """A year later, nobody knows whose data a snapshot holds, and nobody dares to delete it."""
    if _decides(database) and not is_true(literal(database.properties, "CopyTagsToSnapshot")):
        yield "CopyTagsToSnapshot is not true"


@control(
    "databases.own-steward",
    "The master user has a name of its own",
    on=(INSTANCE, CLUSTER),
    severity=Severity.MEDIUM,
)
def own_steward(database: Resource) -> Iterator[str]:
    """Half of a login is then known to everybody who tries."""
    name = str(literal(database.properties, "MasterUsername", default=""))
    if name.lower() in USUAL_STEWARDS:
        yield f"MasterUsername is {name}"


@control(
    "databases.audited",
    "Aurora MySQL writes down who does what",
    on=CLUSTER_GROUP,
    severity=Severity.MEDIUM,
)
def audited(group: Resource) -> Iterator[str]:
    """An audit log that is sent, and not written, is empty."""
    if str(literal(group.properties, "Family", default="")).startswith("aurora-mysql"):
        switch = literal(group.properties, "Parameters", "server_audit_logging")
        if str(switch).lower() not in ("1", "on", "true"):
            yield "server_audit_logging is not 1"


@control(
    "databases.current-authority",
    "Databases show a certificate that is still good",
    on=INSTANCE,
    severity=Severity.MEDIUM,
)
def current_authority(instance: Resource) -> Iterator[str]:
    """Clients that verify refuse it, so they are told to stop verifying, and never start again."""
    name = literal(instance.properties, "CACertificateIdentifier")
    if name in ENDED_AUTHORITIES:
        yield f"CACertificateIdentifier is {name}, which has ended"


@control(
    "databases.events-told",
    "Subscriptions to events of databases leave out nothing that matters",
    on="AWS::RDS::EventSubscription",
    severity=Severity.LOW,
)
def events_told(subscription: Resource) -> Iterator[str]:
    """A failover at night explains the errors of the morning, if somebody was told."""
    if not is_true(literal(subscription.properties, "Enabled", default=True)):
        yield "Enabled is false"
    kind = literal(subscription.properties, "SourceType", default="")
    categories = literal(subscription.properties, "EventCategories")
    told = {str(literal([one], 0)) for one in listed(categories)}
    missing = sorted(CRITICAL_EVENTS.get(str(kind), set()) - told) if told else []
    if missing:
        yield f"EventCategories lacks {', '.join(missing)}"


def _decides(database: Resource) -> bool:
    """Say whether it decides on its own data: not for an instance of a cluster, nor for a copy."""
    others = ("DBClusterIdentifier", "SourceDBInstanceIdentifier")
    return database.type == CLUSTER or not any(name in database.properties for name in others)


def _kind(given: Any) -> str:
    """`postgres` or `mysql`, of an engine or a parameter family; empty for any other."""
    name = str(given)
    if "postgres" in name:
        return "postgres"
    return "mysql" if "mysql" in name or name.startswith("mariadb") else ""
