"""Databases: one stack each, in the data tier, reached from named servers and kept come what may.

RDS for PostgreSQL, MySQL and MariaDB is one instance with a standby in another zone (`instance`);
Aurora is a cluster over as many zones as its asset demands (`cluster`). Either has the asset's key
for all that is made of it, TLS forced, its own backups for up to 35 days, protection against
deletion, and a last snapshot where somebody deletes it all the same. What RDS cannot keep or copy,
AWS Backup does (`copies`). `watch` has the alarms and events.

A standby of RDS is in a second zone, and RDS makes it anew in a third where one fails: that is
what three zones mean for an instance.

Who gets in: the hosts of the servers that the profile names, on the one port, with a token of IAM
in place of a password, as the user that is called like the server. That user is made once, by a
person:

    PostgreSQL  CREATE USER "shop"; GRANT rds_iam TO "shop";
    others      CREATE USER 'shop'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS';

The master user is `steward`; RDS makes its password, keeps it in Secrets Manager under the same key
and changes it every week. No host's role may read it: people do, whom IAM allows. No database
is made in the server either: what it is called is the application's affair.

The identifier is ours, so that log groups are there, with key and retention, before RDS would make
them without. It also means that CloudFormation refuses to replace a database.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from troposphere import Ref, ec2, iam, rds

from baseline.blueprints import Draft, Site, allow, arn, imported, named, policy
from baseline.blueprints.databases import cluster, copies, instance
from baseline.blueprints.databases.intent import Intent
from baseline.blueprints.logs import DATABASE_METRICS, log_group
from baseline.blueprints.network.endpoints import NOWHERE
from baseline.blueprints.network.plan import Plan, letter
from baseline.stack import Stack
from baseline.words import title

FOUNDATION = False


def stacks(site: Site) -> Iterator[Stack]:
    """One stack for each database, in the home region."""
    if site.environment is None:
        return
    for database in site.environment.databases:
        yield _stack(Intent(site, database))


def _stack(intent: Intent) -> Stack:
    site, database = intent.site, intent.database
    what = f"{intent.engine.title} {database.name}, for {intent.asset.name}"
    draft = Draft(site, f"database-{database.name}", what, intent.path)
    _place(draft, intent)
    _admit(draft, intent)
    groups = _log_groups(draft, intent)
    _monitoring_role(draft, intent)
    part = cluster if intent.engine.is_aurora else instance
    made = part.add(draft, intent, groups)
    copies.add(draft, intent, made.arn)
    for server in sorted(set(database.servers)):
        _login(draft, intent, server, made.resource_id)
    draft.export("SecurityGroupId", Ref("SecurityGroup"), "Id of the group that is admitted to it")
    return draft.stack((site.profile.regions.home,), tags={"baseline:asset": intent.asset.name})


def _place(draft: Draft, intent: Intent) -> None:
    environment = intent.site.environment
    assert environment
    assert environment.network
    plan = Plan(intent.site, environment.network)
    draft.add(
        rds.DBSubnetGroup(
            "SubnetGroup",
            DBSubnetGroupDescription=f"{intent.name}: the data tier, in every zone",
            SubnetIds=[
                imported(intent.site, "network", f"DataSubnet{letter(zone)}") for zone in plan.zones
            ],
            Tags=named(intent.site, intent.database.name),
        ),
        "Keeps it in the data tier, from which no route leads out of the network",
    )


def _admit(draft: Draft, intent: Intent) -> None:
    """Admit the groups of the named servers to the one port, and let nothing out.

    Groups remember connections, so answers need no rule. An empty list would be invisible to drift
    detection: where no server is named, the one rule admits nobody.
    """
    engine, site = intent.engine, intent.site
    port: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": engine.port, "ToPort": engine.port}
    rules = [
        ec2.SecurityGroupRule(
            Description=f"{engine.title} from the hosts of {server}",
            SourceSecurityGroupId=imported(site, f"server-{server}", "SecurityGroupId"),
            **port,
        )
        for server in sorted(set(intent.database.servers))
    ]
    nobody = ec2.SecurityGroupRule(
        Description="Nobody: the profile names no server", CidrIp=NOWHERE, **port
    )
    nowhere = ec2.SecurityGroupRule(
        Description="Nowhere: a database only answers (no rule would allow all)",
        CidrIp=NOWHERE,
        **port,
    )
    draft.add(
        ec2.SecurityGroup(
            "SecurityGroup",
            GroupDescription=f"{intent.name}: {engine.title} from named servers",
            VpcId=imported(site, "network", "VpcId"),
            SecurityGroupIngress=rules or [nobody],
            SecurityGroupEgress=[nowhere],
            Tags=named(site, intent.database.name),
        ),
        "Admits the hosts of the servers that the profile names, and nobody else",
    )


def _log_groups(draft: Draft, intent: Intent) -> Sequence[str]:
    """Log groups where RDS will look for them; their logical ids.

    Source: "Publishing database logs to Amazon CloudWatch Logs" (Amazon RDS, Amazon Aurora).
    """
    kind = "cluster" if intent.engine.is_aurora else "instance"
    found = []
    for log in intent.engine.logs:
        group = log_group(
            intent.site, f"{title(log)}LogGroup", f"/aws/rds/{kind}/{intent.name}/{log}"
        )
        draft.add(group, f"Takes the log that the database calls {log}")
        found.append(str(group.title))
    return found


def _monitoring_role(draft: Draft, intent: Intent) -> None:
    """RDS may write what it measures, and not change how long that is kept.

    It works for one instance; those of a cluster have names that CloudFormation makes up.
    Source: "Setting up and enabling Enhanced Monitoring" (Amazon RDS).
    """
    group = f"log-group:{DATABASE_METRICS}"
    of = "*" if intent.engine.is_aurora else intent.name
    draft.service_role(
        "Monitoring",
        "monitoring.rds",
        arn("rds", f"db:{of}"),
        f"Writes what the hosts of {intent.name} measure to a log group",
        (
            allow("FindLogGroup", None, ("logs:CreateLogGroup",), arn("logs", f"{group}*")),
            allow(
                "WriteMeasurements",
                None,
                (
                    *("logs:CreateLogStream", "logs:DescribeLogStreams"),
                    *("logs:GetLogEvents", "logs:PutLogEvents"),
                ),
                arn("logs", f"{group}:log-stream:*"),
            ),
        ),
        names_source=True,
    )


def _login(draft: Draft, intent: Intent, server: str, resource_id: str) -> None:
    """Let a server's hosts log in as the user of its name, by IAM.

    Source: "Creating and using an IAM policy for IAM database access" (Amazon RDS).
    """
    site = intent.site
    what = f"Lets hosts of {server} log in to {intent.database.name} as {server}"
    draft.add(
        iam.ManagedPolicy(
            f"{title(server)}LoginPolicy",
            Description=what,
            PolicyDocument=policy(
                allow(
                    "LogIn",
                    None,
                    ("rds-db:connect",),
                    arn("rds-db", f"dbuser:${{{resource_id}}}/{server}"),
                )
            ),
            Roles=[imported(site, f"server-{server}", "RoleName")],
        ),
        f"{what}, without a password",
    )
