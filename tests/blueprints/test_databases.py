"""Databases: every engine, with and without a copy, kept for a month and for a year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from itertools import product
from typing import Any

import pytest

from baseline.check import Subject, check
from baseline.emit import emit
from baseline.engines import ENGINES
from baseline.generate import generate
from baseline.kept import NoCache
from baseline.load import loads
from baseline.stack import Stack
from tests.samples import of_type, profile, properties, stack, statements

PROFILE = """
version: 1
organization: {{name: acme}}
regions: {{home: eu-west-1, recovery: eu-central-1}}
assets: [{{name: data, owner: Owner, value: 1, availability: {availability}, recovery: {recovery}}}]
environments:
  - name: prod
    account: "111122223333"
    network: {{cidr: 10.0.0.0/16}}
    servers: [{{name: web, asset: data, system: amazon-linux-2023}}]
    databases:
      - {{name: main, asset: data, engine: {engine}, instance_class: {size}, servers: {servers},
         retention: {days} days{more}}}
"""
NO_COPY = "{point: 2 days, time: 4 days}"
VARIANTS = tuple(product(ENGINES, ("no", "yes"), (35, 365)))
AURORA = tuple(name for name, engine in ENGINES.items() if engine.is_aurora)
PLAIN = tuple(name for name in ENGINES if name not in AURORA)
MAIN = {True: "Cluster", False: "Database"}


@cache
def made(
    engine: str,
    replicate: str = "no",
    days: int = 35,
    *,
    recovery: str = NO_COPY,
    availability: str = "medium",
    size: str = "db.r7g.large",
    servers: str = "[web]",
    more: str = "",
) -> Stack:
    """The stack of one database."""
    text = PROFILE.format(
        engine=engine,
        days=days,
        recovery=recovery,
        availability=availability,
        size=size,
        servers=servers,
        more=f", replicate: {replicate}{more}",
    )
    found = generate(loads(text.encode(), "database.yaml")[0])
    return next(one for one in found if one.short_name == "database-main")


def database(one: Stack) -> Mapping[str, Any]:
    """Properties of the instance or cluster that holds the data."""
    return properties(one, "Cluster" if "Cluster" in one.resources else "Database")


def rules(one: Stack) -> dict[str, Mapping[str, Any]]:
    """Rules of a stack's backup plan by their name; none where there is no plan."""
    plans = of_type(one, "AWS::Backup::BackupPlan").values()
    return {
        rule["RuleName"]: rule for plan in plans for rule in plan["BackupPlan"]["BackupPlanRule"]
    }


def test_every_engine_passes_every_judge() -> None:
    """cfn-lint and our own controls find nothing in any of them."""
    subjects = []
    for engine, replicate, days in VARIANTS:
        one, name = made(engine, replicate, days), f"{engine}-{replicate}-{days}"
        subjects.append(Subject(f"{name}.yaml", name, emit(one), one.template, one.origins))
    assert check(subjects, ("eu-west-1",), NoCache(), date(2026, 11, 25)) == ()


@pytest.mark.parametrize("engine", ENGINES)
def test_everything_is_encrypted_with_one_key(engine: str) -> None:
    """Data, password, figures; and log groups with the key of logs."""
    one = made(engine)
    key = {"Fn::ImportValue": "acme-prod-keys-DataKeyArn"}
    found = database(one)
    assert (found["StorageEncrypted"], found["KmsKeyId"]) == (True, key)
    assert found["MasterUserSecret"] == {"KmsKeyId": key}
    for instance in of_type(one, "AWS::RDS::DBInstance").values():
        assert instance["EnablePerformanceInsights"] is True
        assert instance["PerformanceInsightsKMSKeyId"] == key
    for group in of_type(one, "AWS::Logs::LogGroup").values():
        assert group["KmsKeyId"] == {"Fn::ImportValue": "acme-prod-keys-LogsKeyArn"}


@pytest.mark.parametrize("engine", ENGINES)
def test_log_groups_stand_before_the_database_that_would_make_them(engine: str) -> None:
    """One for each log that is exported, under the name that RDS uses."""
    one = made(engine)
    main = MAIN[engine in AURORA]
    kind = main.lower().replace("database", "instance")
    groups = of_type(one, "AWS::Logs::LogGroup")
    exported = database(one)["EnableCloudwatchLogsExports"]
    names = {group["LogGroupName"] for group in groups.values()}
    assert names == {f"/aws/rds/{kind}/acme-prod-main/{log}" for log in exported}
    assert set(groups) <= set(one.resources[main]["DependsOn"])


@pytest.mark.parametrize("engine", ENGINES)
def test_tls_is_forced_and_old_versions_are_refused(engine: str) -> None:
    """In the parameter group that the server reads; MySQL's kin have none before 1.2 by now."""
    one = made(engine)
    kind = "DBClusterParameterGroup" if engine in AURORA else "DBParameterGroup"
    (group,) = of_type(one, f"AWS::RDS::{kind}").values()
    parameters = group["Parameters"]
    if ENGINES[engine].is_postgres:
        assert parameters["rds.force_ssl"] == "1"
        assert parameters["ssl_min_protocol_version"] == "TLSv1.2"
    else:
        assert parameters["require_secure_transport"] == ("ON" if engine in AURORA else "1")
    assert group["Family"].startswith(engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_who_does_what_is_audited(engine: str) -> None:
    """By pgAudit, by Aurora itself, or by a plugin whose option group outlives the database."""
    one = made(engine)
    groups = of_type(one, "AWS::RDS::OptionGroup")
    if engine in ("mysql", "mariadb"):
        (option,) = groups["OptionGroup"]["OptionConfigurations"]
        assert option["OptionName"] == "MARIADB_AUDIT_PLUGIN"
        assert one.resources["OptionGroup"]["DeletionPolicy"] == "Retain"
        assert database(one)["OptionGroupName"] == {"Ref": "OptionGroup"}
    else:
        assert not groups
        main = "ClusterParameterGroup" if engine in AURORA else "ParameterGroup"
        parameters = properties(one, main)["Parameters"]
        audit = "pgaudit.log" if ENGINES[engine].is_postgres else "server_audit_logging"
        assert parameters[audit] in ("ddl,role", "1")


@pytest.mark.parametrize("engine", PLAIN)
@pytest.mark.parametrize(("days", "own"), [(35, 35), (36, 35), (365, 35)])
def test_rds_keeps_what_it_can_and_aws_backup_the_rest(engine: str, days: int, own: int) -> None:
    """A weekly recovery point for as long as is wanted, where that is over 35 days."""
    one = made(engine, days=days)
    assert database(one)["BackupRetentionPeriod"] == own
    weekly = {"Weekly": days} if days > 35 else {}
    assert {name: rule["Lifecycle"]["DeleteAfterDays"] for name, rule in rules(one).items()} == (
        weekly
    )


@pytest.mark.parametrize("engine", PLAIN)
def test_an_instance_is_replicated_by_rds_itself(engine: str) -> None:
    """To the recovery region, under the key of the same alias there, for as long as here."""
    name = "AutomaticBackupReplication"
    there = {
        f"{name}Region": "eu-central-1",
        f"{name}KmsKeyId": {
            "Fn::Sub": "arn:${AWS::Partition}:kms:eu-central-1:${AWS::AccountId}:"
            "alias/acme-prod-data"
        },
        f"{name}RetentionPeriod": 35,
    }
    for replicate, wanted in (("yes", there), ("no", {})):
        found = database(made(engine, replicate))
        assert {key: value for key, value in found.items() if key.startswith(name)} == wanted


@pytest.mark.parametrize("engine", AURORA)
@pytest.mark.parametrize(
    ("recovery", "replicate", "names"),
    [
        (NO_COPY, "no", set()),
        (NO_COPY, "yes", {"Daily"}),
        ("{point: 26 hours, time: 4 days}", "yes", {"Daily"}),
        ("{point: 25 hours, time: 4 days}", "yes", {"SixHourly"}),
        ("{point: 8 hours, time: 4 days}", "yes", {"SixHourly"}),
        ("{point: 7 hours, time: 4 days}", "yes", {"Hourly"}),
        ("{point: 2 hours, time: 4 days}", "yes", {"Hourly"}),
    ],
)
def test_a_cluster_is_copied_as_often_as_its_asset_needs(
    engine: str, recovery: str, replicate: str, names: set[str]
) -> None:
    """By AWS Backup, because Aurora's own backups never leave their region."""
    one = made(engine, replicate, recovery=recovery)
    assert set(rules(one)) == names
    for rule in rules(one).values():
        (copied,) = rule["CopyActions"]
        assert "eu-central-1" in copied["DestinationBackupVaultArn"]["Fn::Sub"]
        assert copied["Lifecycle"] == rule["Lifecycle"] == {"DeleteAfterDays": 35}
    for selection in of_type(one, "AWS::Backup::BackupSelection").values():
        wanted = {"Fn::GetAtt": ["Cluster", "DBClusterArn"]}
        assert selection["BackupSelection"]["Resources"] == [wanted]


def test_no_recovery_point_is_shorter_than_the_lock_of_its_vault() -> None:
    """AWS Backup would refuse the job, and nobody would have a copy."""
    from baseline.protection import TABLE

    longest = max(row.demands.lock_days for row in TABLE)
    for engine, copy, days in VARIANTS:
        for rule in rules(made(engine, copy, days)).values():
            assert rule["Lifecycle"]["DeleteAfterDays"] >= longest


def test_backups_maintenance_and_recovery_points_keep_out_of_each_others_way() -> None:
    """RDS refuses windows that overlap, and AWS Backup's jobs would wait or fail in them."""
    one = made("postgres", days=365)
    found = database(one)
    begin, end = found["PreferredBackupWindow"].split("-")
    day, *clock = found["PreferredMaintenanceWindow"].split("-")[0].split(":")
    assert begin < end < ":".join(clock)
    assert day == "sun"
    (weekly,) = rules(one).values()
    assert weekly["ScheduleExpression"] == "cron(0 8 ? * SUN *)"


@pytest.mark.parametrize("engine", AURORA)
@pytest.mark.parametrize(("rating", "count"), [("medium", 2), ("high", 3)])
def test_a_cluster_has_an_instance_for_every_zone_demanded(
    engine: str, rating: str, count: int
) -> None:
    """They differ in nothing but whose turn it is to take over."""
    one = made(engine, "yes", availability=rating)
    instances = of_type(one, "AWS::RDS::DBInstance")
    assert list(instances) == [f"Instance{letter}" for letter in "ABC"[:count]]
    assert [each["PromotionTier"] for each in instances.values()] == [0, 1, 1][:count]
    for name in instances:
        assert one.resources[name]["DeletionPolicy"] == "Delete"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_server_logs_in_by_iam_as_the_user_of_its_name(engine: str) -> None:
    """To this database only, and without its master password."""
    one = made(engine)
    login = properties(one, "WebLoginPolicy")
    (statement,) = statements(login["PolicyDocument"]).values()
    which = "Cluster.DBClusterResourceId" if engine in AURORA else "Database.DbiResourceId"
    assert statement["Action"] == "rds-db:connect"
    assert statement["Resource"]["Fn::Sub"].endswith(f":dbuser:${{{which}}}/web")
    assert login["Roles"] == [{"Fn::ImportValue": "acme-prod-server-web-RoleName"}]
    assert "MasterUserPassword" not in database(one)
    assert not [
        policy
        for policy in of_type(one, "AWS::IAM::ManagedPolicy").values()
        if "secretsmanager" in str(policy)
    ]


def test_a_database_without_servers_admits_nobody() -> None:
    """By a rule that is there to be seen, because an empty list cannot drift."""
    one = made("postgres", servers="[]")
    group = properties(one, "SecurityGroup")
    (rule,) = group["SecurityGroupIngress"]
    assert rule["CidrIp"] == "127.0.0.1/32"
    assert not [name for name in one.resources if name.endswith("LoginPolicy")]


@pytest.mark.parametrize("engine", ENGINES)
def test_alarms_watch_every_instance(engine: str) -> None:
    """And what only some have: storage that runs out, readers that lag, ids that run out."""
    one = made(engine)
    everyone = {"CPUUtilization", "DatabaseConnections", "FreeableMemory"}
    if engine in AURORA:
        everyone |= {"AuroraReplicaLag", "FreeLocalStorage"}
    else:
        everyone |= {"FreeStorageSpace"}
    if ENGINES[engine].is_postgres:
        everyone |= {"MaximumUsedTransactionIDs"}
    watched: dict[str, set[str]] = {}
    for alarm in of_type(one, "AWS::CloudWatch::Alarm").values():
        (dimension,) = alarm["Dimensions"]
        watched.setdefault(dimension["Value"]["Ref"], set()).add(alarm["MetricName"])
    assert watched == dict.fromkeys(of_type(one, "AWS::RDS::DBInstance"), everyone)


@pytest.mark.parametrize("engine", ENGINES)
def test_events_reach_the_topic(engine: str) -> None:
    """Of every instance, and of the cluster."""
    one = made(engine)
    told = {
        (events["SourceType"], name["Ref"])
        for events in of_type(one, "AWS::RDS::EventSubscription").values()
        for name in events["SourceIds"]
    }
    wanted = {("db-instance", name) for name in of_type(one, "AWS::RDS::DBInstance")}
    assert told == wanted | ({("db-cluster", "Cluster")} if engine in AURORA else set())


def test_the_hosts_of_rds_may_write_and_not_shorten_what_is_kept() -> None:
    """Only for the one instance, so that no other service's resource can take the role."""
    one = made("mysql")
    policy = statements(properties(one, "MonitoringPolicy")["PolicyDocument"])
    assert "logs:PutRetentionPolicy" not in str(policy)
    (trust,) = properties(one, "MonitoringRole")["AssumeRolePolicyDocument"]["Statement"]
    source = trust["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"]
    assert source.endswith(":db:acme-prod-main")


def test_thresholds_follow_class_and_storage() -> None:
    """A share of what there is; so a bigger one is watched as closely."""
    small = made("mysql", size="db.t4g.medium", more=", storage: 20")
    large = made("mysql", size="db.r7g.4xlarge", more=", storage: 2000")
    for metric, factor in (("FreeableMemory", 32), ("FreeStorageSpace", 100)):
        name = f"Database{metric}Alarm"
        less, more = (properties(one, name)["Threshold"] for one in (small, large))
        assert more == pytest.approx(factor * less, rel=0.001)


def test_storage_grows_within_what_rds_takes() -> None:
    """Four times its size where the profile does not say; never beyond 64 TiB."""
    for more, size, most in (
        ("", "100", 400),
        (", storage: 20", "20", 80),
        (", storage: 50, most_storage: 60", "50", 60),
        (", storage: 60000", "60000", 65536),
    ):
        found = database(made("postgres", more=more))
        assert (found["AllocatedStorage"], found["MaxAllocatedStorage"]) == (size, most)


def test_every_database_of_acme_has_its_asset_on_it() -> None:
    """Whoever finds the database sees what it is for; so does a bill."""
    for environment in profile("acme").environments:
        for one in environment.databases:
            found = stack(f"acme-{environment.name}-database-{one.name}")
            assert found.tags["baseline:asset"] == one.asset
