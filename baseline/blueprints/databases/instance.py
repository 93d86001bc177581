"""Instance: a database of RDS, with a standby in another zone that takes over by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from troposphere import GetAtt, Ref, Tags, rds

from baseline.blueprints import Draft, arn
from baseline.blueprints.databases import watch
from baseline.blueprints.databases.intent import Intent
from baseline.blueprints.databases.made import (
    BACKUP_WINDOW,
    CERTIFICATE_AUTHORITY,
    MAINTENANCE_WINDOW,
    MASTER_USER,
    SUPPORT,
    Made,
    insights,
    monitoring,
)
from baseline.blueprints.keys import alias_for


def add(draft: Draft, intent: Intent, groups: Sequence[str]) -> Made:
    """Add the instance and what it needs, after its log groups."""
    _groups(draft, intent)
    engine, release = intent.engine, intent.release
    resource = rds.DBInstance(
        "Database",
        DBInstanceIdentifier=intent.name,
        DBInstanceClass=intent.database.size,
        Engine=engine.name,
        EngineVersion=engine.version(intent.database.version),
        EngineLifecycleSupport=SUPPORT,
        AutoMinorVersionUpgrade=True,
        AllowMajorVersionUpgrade=False,
        ApplyImmediately=True,
        MultiAZ=True,
        NetworkType="IPV4",
        Port=str(engine.port),
        PubliclyAccessible=False,
        DBSubnetGroupName=Ref("SubnetGroup"),
        VPCSecurityGroups=[Ref("SecurityGroup")],
        DBParameterGroupName=Ref("ParameterGroup"),
        CACertificateIdentifier=CERTIFICATE_AUTHORITY,
        AllocatedStorage=str(intent.storage_gib),
        MaxAllocatedStorage=intent.most_storage_gib,
        StorageType="gp3",
        StorageEncrypted=True,
        KmsKeyId=intent.key,
        MasterUsername=MASTER_USER,
        ManageMasterUserPassword=True,
        MasterUserSecret=rds.MasterUserSecret(KmsKeyId=intent.key),
        EnableIAMDatabaseAuthentication=True,
        BackupRetentionPeriod=intent.own_backup_days,
        PreferredBackupWindow=BACKUP_WINDOW,
        PreferredMaintenanceWindow=MAINTENANCE_WINDOW,
        CopyTagsToSnapshot=True,
        DeleteAutomatedBackups=False,
        DeletionProtection=True,
        EnableCloudwatchLogsExports=list(engine.logs),
        **insights(intent, "EnablePerformanceInsights"),
        DatabaseInsightsMode="standard",
        **monitoring(),
        **_options(intent),
        **_copy(intent),
        Tags=Tags(Name=intent.name),
        DependsOn=["MonitoringPolicy", *groups],
        DeletionPolicy="Snapshot",
        UpdateReplacePolicy="Snapshot",
    )
    days = intent.own_backup_days
    draft.add(
        resource,
        f"Keeps what {intent.asset.name} stores; any second of the last {days} days can be had "
        f"back; {engine.title} {release.major}",
    )
    watch.instance(draft, intent, "Database")
    watch.storage(draft, intent)
    watch.events(draft, intent, "db-instance", ("Database",))
    draft.export("EndpointAddress", GetAtt(resource, "Endpoint.Address"), "Where it answers")
    draft.export("Port", GetAtt(resource, "Endpoint.Port"), "The port on which it answers")
    draft.export(
        "SecretArn",
        GetAtt(resource, "MasterUserSecret.SecretArn"),
        "ARN of the secret with the master user's password",
    )
    draft.export("ResourceId", GetAtt(resource, "DbiResourceId"), "Its name in policies of IAM")
    return Made("Database.DbiResourceId", GetAtt(resource, "DBInstanceArn"))


def _groups(draft: Draft, intent: Intent) -> None:
    engine, release = intent.engine, intent.release
    draft.add(
        rds.DBParameterGroup(
            "ParameterGroup",
            Description=f"{intent.name}: TLS only, and who does what is logged",
            Family=release.family,
            Parameters=dict(sorted(engine.parameters.items())),
            Tags=Tags(Name=intent.name),
        ),
        "Refuses connections without TLS, and makes the database log who does what",
    )
    if engine.audit:
        draft.add(
            rds.OptionGroup(
                "OptionGroup",
                EngineName=engine.name,
                MajorEngineVersion=release.major,
                OptionGroupDescription=f"{intent.name}: the audit plugin",
                OptionConfigurations=[
                    rds.OptionConfiguration(
                        OptionName="MARIADB_AUDIT_PLUGIN",
                        OptionSettings=[
                            rds.OptionSetting(Name=name, Value=value)
                            for name, value in sorted(engine.audit.items())
                        ],
                    )
                ],
                Tags=Tags(Name=intent.name),
                # Snapshots hold on to their option group: RDS would refuse to delete it.
                DeletionPolicy="Retain",
                UpdateReplacePolicy="Retain",
            ),
            "Logs who connects, who changes tables and who changes rights",
        )


def _options(intent: Intent) -> dict[str, Any]:
    return {"OptionGroupName": Ref("OptionGroup")} if intent.engine.audit else {}


def _copy(intent: Intent) -> dict[str, Any]:
    """Snapshots and transaction logs in the recovery region, minutes behind.

    Nothing can be imported from there, so the key is named by its alias. RDS asks for the ARN of a
    key; that it takes an alias's, as other calls of RDS do, is not documented for this one.
    Source: "Replicating automated backups to another AWS Region" (Amazon RDS).
    """
    region = intent.copy_region
    if region is None:
        return {}
    return {
        "AutomaticBackupReplicationRegion": region,
        "AutomaticBackupReplicationKmsKeyId": arn(
            "kms", alias_for(intent.site, intent.asset.name), region
        ),
        "AutomaticBackupReplicationRetentionPeriod": intent.own_backup_days,
    }
