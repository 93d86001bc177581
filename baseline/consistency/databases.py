"""Databases: RDS would take them, and they come back within their asset's time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from baseline.consistency.problem import Problem, missing
from baseline.engines import refusals
from baseline.profile import Asset, Database, Environment, Profile

# What the ways of copying can promise: RDS keeps its logs of transactions every five minutes, and
# replicates them; Aurora is copied by AWS Backup, which begins once an hour, and then takes time.
# Sources: "Replicating automated backups to another AWS Region" (Amazon RDS), "Backup plan
# options and configuration" (AWS Backup).
LEAST_POINT = timedelta(minutes=5)
LEAST_AURORA_POINT = timedelta(hours=2)
# Source: "IAM and AWS STS quotas", managed policies attached to a role.
MOST_DATABASES = 8


def problems(profile: Profile) -> Iterator[Problem]:
    """Yield what is wrong with databases."""
    assets = {asset.name: asset for asset in profile.assets}
    for environment in profile.environments:
        yield from _policies(environment)
        for database in environment.databases:
            path = f"environments.{environment.name}.databases.{database.name}"
            for field, text in refusals(database):
                yield Problem(f"{path}.{field}", text)
            yield from _servers(environment, database, path)
            if database.asset in assets:
                yield from _point(database, assets[database.asset], path)


def _policies(environment: Environment) -> Iterator[Problem]:
    """Each database adds a policy to the role of each server that it names, as its login."""
    named = Counter(name for one in environment.databases for name in set(one.servers))
    for name, count in sorted(named.items()):
        if count > MOST_DATABASES:
            yield Problem(
                f"environments.{environment.name}.servers.{name}",
                f"{count} databases name it: {MOST_DATABASES} at most, because IAM attaches ten "
                "policies to a role, and hosts have two of their own",
            )


def _servers(environment: Environment, database: Database, path: str) -> Iterator[Problem]:
    where = f"environments.{environment.name}.servers"
    known = {server.name for server in environment.servers}
    for name, count in Counter(database.servers).items():
        how = "only servers of the same environment reach a database"
        yield from missing(f"{path}.servers", name, known, "server", where, how)
        if count > 1:
            yield Problem(f"{path}.servers", f"{name} stands {count} times: once only")


def _point(database: Database, asset: Asset, path: str) -> Iterator[Problem]:
    if asset.recovery is None:
        return
    least = LEAST_AURORA_POINT if database.is_aurora else LEAST_POINT
    if asset.recovery.point < least:
        how = "RDS itself, which copies what it logs" if database.is_aurora else "a longer point"
        shortest = "2 hours, as AWS Backup copies" if database.is_aurora else "5 minutes"
        yield Problem(
            path,
            f"serves {asset.name}, whose recovery.point is shorter than {shortest}: choose {how}",
        )
