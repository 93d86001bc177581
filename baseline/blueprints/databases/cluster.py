"""Cluster: a database of Aurora, with an instance in as many zones as its asset demands.

The cluster holds the data, six times over three zones; its instances hold none, so theirs is no
snapshot. They have no identifier of ours, and can be replaced.
"""

from __future__ import annotations

from collections.abc import Sequence

from troposphere import GetAtt, Ref, Tags, rds

from baseline.blueprints import Draft
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

LEAST_INSTANCES = 2
FIRST_TIER, OTHER_TIER = 0, 1


def add(draft: Draft, intent: Intent, groups: Sequence[str]) -> Made:
    """Add the cluster and its instances, after its log groups."""
    _groups(draft, intent)
    engine = intent.engine
    resource = rds.DBCluster(
        "Cluster",
        DBClusterIdentifier=intent.name,
        Engine=engine.name,
        EngineMode="provisioned",
        EngineVersion=engine.version(intent.database.version),
        EngineLifecycleSupport=SUPPORT,
        NetworkType="IPV4",
        Port=engine.port,
        DBSubnetGroupName=Ref("SubnetGroup"),
        VpcSecurityGroupIds=[Ref("SecurityGroup")],
        DBClusterParameterGroupName=Ref("ClusterParameterGroup"),
        StorageEncrypted=True,
        KmsKeyId=intent.key,
        MasterUsername=MASTER_USER,
        ManageMasterUserPassword=True,
        MasterUserSecret=rds.MasterUserSecret(KmsKeyId=intent.key),
        EnableIAMDatabaseAuthentication=True,
        EnableHttpEndpoint=False,
        BackupRetentionPeriod=intent.own_backup_days,
        PreferredBackupWindow=BACKUP_WINDOW,
        PreferredMaintenanceWindow=MAINTENANCE_WINDOW,
        CopyTagsToSnapshot=True,
        DeleteAutomatedBackups=False,
        DeletionProtection=True,
        EnableCloudwatchLogsExports=list(engine.logs),
        DatabaseInsightsMode="standard",
        Tags=Tags(Name=intent.name),
        DependsOn=list(groups),
        DeletionPolicy="Snapshot",
        UpdateReplacePolicy="Snapshot",
    )
    days = intent.own_backup_days
    draft.add(
        resource,
        f"Keeps what {intent.asset.name} stores; any second of the last {days} days can be had "
        f"back; {engine.title} {intent.release.major}",
    )
    members = _members(draft, intent)
    watch.events(draft, intent, "db-cluster", ("Cluster",))
    watch.events(draft, intent, "db-instance", members)
    draft.export("EndpointAddress", GetAtt(resource, "Endpoint.Address"), "Where it answers")
    draft.export(
        "ReaderEndpointAddress",
        GetAtt(resource, "ReadEndpoint.Address"),
        "Where its readers answer",
    )
    draft.export("Port", GetAtt(resource, "Endpoint.Port"), "The port on which it answers")
    draft.export(
        "SecretArn",
        GetAtt(resource, "MasterUserSecret.SecretArn"),
        "ARN of the secret with the master user's password",
    )
    resource_id = GetAtt(resource, "DBClusterResourceId")
    draft.export("ResourceId", resource_id, "Its name in policies of IAM")
    return Made("Cluster.DBClusterResourceId", GetAtt(resource, "DBClusterArn"))


def _groups(draft: Draft, intent: Intent) -> None:
    engine, release = intent.engine, intent.release
    draft.add(
        rds.DBClusterParameterGroup(
            "ClusterParameterGroup",
            Description=f"{intent.name}: TLS only, and who does what is logged",
            Family=release.family,
            Parameters=dict(sorted(engine.parameters.items())),
            Tags=Tags(Name=intent.name),
        ),
        "Refuses connections without TLS, and makes the database log who does what",
    )
    draft.add(
        rds.DBParameterGroup(
            "ParameterGroup",
            Description=f"{intent.name}: what each instance logs",
            Family=release.family,
            Parameters=dict(sorted(engine.member_parameters.items())),
            Tags=Tags(Name=intent.name),
        ),
        "Makes each instance log what is slow",
    )


def _members(draft: Draft, intent: Intent) -> tuple[str, ...]:
    """Instances, one after the other, so that the first is the one that writes.

    Zones are not said: RDS takes names of zones, which differ by account, and spreads instances
    over the subnets' zones by itself. Source: "CreateDBInstance" (AvailabilityZone).
    """
    count = max(LEAST_INSTANCES, intent.demand.zones)
    names = tuple(f"Instance{letter}" for letter in "ABCDEF"[:count])
    for number, name in enumerate(names):
        before = names[number - 1] if number else "MonitoringPolicy"
        draft.add(
            rds.DBInstance(
                name,
                DBClusterIdentifier=Ref("Cluster"),
                DBInstanceClass=intent.database.size,
                Engine=intent.engine.name,
                AutoMinorVersionUpgrade=True,
                ApplyImmediately=True,
                PubliclyAccessible=False,
                DBSubnetGroupName=Ref("SubnetGroup"),
                DBParameterGroupName=Ref("ParameterGroup"),
                CACertificateIdentifier=CERTIFICATE_AUTHORITY,
                PreferredMaintenanceWindow=MAINTENANCE_WINDOW,
                PromotionTier=OTHER_TIER if number else FIRST_TIER,
                **insights(intent, "EnablePerformanceInsights"),
                **monitoring(),
                Tags=Tags(Name=f"{intent.name}-{name[-1].lower()}"),
                DependsOn=[before],
                DeletionPolicy="Delete",
                UpdateReplacePolicy="Delete",
            ),
            "Answers for the cluster, and takes over where another fails",
        )
        watch.instance(draft, intent, name)
        watch.member(draft, intent, name)
    return names
