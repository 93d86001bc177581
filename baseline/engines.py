"""Engines: the database engines of RDS and Aurora, and how each differs, in one dated table.

What a template says differs by engine: its parameters that force TLS and make it log, the logs
that it exports, the name of its parameter family, and the version it begins with. The same table
says which versions and classes a profile may ask for. Nothing is asked at run time.

A default is the newest major version with long support that has been out for about a year. RDS no
longer takes most bare major versions, so each row says the minor to begin with: the newest but
one, which every region has. Minor upgrades then happen by themselves. CloudFormation sends a
version only where the template's changes, so raise a row with care: a database may be past it
already, and RDS refuses to go back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import log2

from baseline.profile import Database
from baseline.words import closest, quote

AS_OF = "2026-11-25"

GIB = 2**30


@dataclass(frozen=True)
class Release:
    """A major version: the version that a template asks for, and its parameter family.

    `minor` makes the name of a minor version of what a person writes; empty where none can be
    written in numbers.
    """

    major: str
    version: str
    family: str
    minor: str = "{}"


@dataclass(frozen=True)
class Engine:
    """One engine. `parameters` are those of the server or, for Aurora, of the cluster.

    `logs` are exported to CloudWatch; each has a log group of that name. `member_parameters` are
    Aurora's for each instance. `audit` are the settings of the audit plugin, which two engines
    take by an option group.
    """

    name: str
    title: str
    port: int
    default: str
    releases: tuple[Release, ...]
    parameters: Mapping[str, str]
    logs: tuple[str, ...]
    member_parameters: Mapping[str, str] = field(default_factory=dict)
    audit: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_aurora(self) -> bool:
        """Say whether it is one of Aurora's."""
        return self.name.startswith("aurora-")

    @property
    def is_postgres(self) -> bool:
        """Say whether it speaks PostgreSQL's protocol."""
        return self.name in ("postgres", "aurora-postgresql")

    def release(self, version: str | None) -> Release | None:
        """Find the major version of a version, or the default's; None where we know none."""
        wanted = version or self.default
        return next(
            (one for one in self.releases if f"{wanted}.".startswith(f"{one.major}.")), None
        )

    def version(self, version: str | None) -> str:
        """Name of the version for the template, of what a person wrote; it is one we know."""
        release = self.release(version)
        assert release
        return (
            release.version if version in (None, release.major) else release.minor.format(version)
        )


# What a statement of each kind may hold is written to the log too, so only those that change
# the shape of the database or who may do what are logged, not those that read or write data; and
# slow ones, which are few.
SLOW_SECONDS = 2

# `log_statement` would write the password of a CREATE ROLE; pgAudit leaves it out. pgAudit names
# the objects of a statement only in a database where somebody has run CREATE EXTENSION pgaudit.
# Sources: "Requiring an SSL/TLS connection to a PostgreSQL DB instance", "Using SCRAM for
# PostgreSQL password encryption", "Setting up the pgAudit extension" (Amazon RDS); pgAudit's
# README.
_POSTGRES = {
    "log_connections": "1",
    "log_disconnections": "1",
    "log_min_duration_statement": str(SLOW_SECONDS * 1000),
    "log_statement": "none",
    "password_encryption": "scram-sha-256",
    "pgaudit.log": "ddl,role",
    "rds.accepted_password_auth_method": "scram",
    "rds.force_ssl": "1",
    "shared_preload_libraries": "pg_stat_statements,pgaudit",
    "ssl_min_protocol_version": "TLSv1.2",
}
# Logs are exported from files only. Sources: "Requiring SSL/TLS for all connections to a MySQL DB
# instance", "Publishing MySQL logs to Amazon CloudWatch Logs" (Amazon RDS).
_MYSQL_LOGS = {
    "general_log": "0",
    "local_infile": "0",
    "log_output": "FILE",
    "long_query_time": str(SLOW_SECONDS),
    "slow_query_log": "1",
}
# None of the versions below has a TLS before 1.2, so `tls_version` is not said. Sources: "SSL/TLS
# support for MySQL DB instances", "SSL/TLS support for MariaDB DB instances" (Amazon RDS);
# "Comparing Aurora MySQL version 3 and Aurora MySQL version 8.4".
_MYSQL_TLS = {"require_secure_transport": "1"}

# Sources: "MariaDB Audit Plugin support for MySQL", "Options for MariaDB database engine" (Amazon
# RDS); "Using Advanced Auditing with an Amazon Aurora MySQL DB cluster".
_AUDITED = "CONNECT,QUERY_DDL,QUERY_DCL"
_PLUGIN = {"SERVER_AUDIT_EVENTS": _AUDITED}

_POSTGRES_MINORS = (("18", "18.4"), ("17", "17.10"), ("16", "16.14"), ("15", "15.18"))


def _engines() -> dict[str, Engine]:
    """Rows of the table.

    Sources of the versions: the release calendars and "Supported … versions" pages of Amazon RDS
    and Amazon Aurora, as cfn-lint carries them; of the logs: "CreateDBInstance" and
    "CreateDBCluster" (EnableCloudwatchLogsExports).
    """
    rows = (
        Engine(
            "postgres",
            "PostgreSQL",
            5432,
            "17",
            tuple(Release(major, minor, f"postgres{major}") for major, minor in _POSTGRES_MINORS),
            _POSTGRES,
            ("iam-db-auth-error", "postgresql", "upgrade"),
        ),
        Engine(
            "mysql",
            "MySQL",
            3306,
            "8.4",
            (Release("8.4", "8.4.10", "mysql8.4"),),
            _MYSQL_LOGS | _MYSQL_TLS,
            ("audit", "error", "iam-db-auth-error", "slowquery"),
            audit=_PLUGIN,
        ),
        Engine(
            "mariadb",
            "MariaDB",
            3306,
            "11.8",
            (
                Release("11.8", "11.8.8", "mariadb11.8"),
                Release("11.4", "11.4.12", "mariadb11.4"),
                Release("10.11", "10.11.18", "mariadb10.11"),
            ),
            _MYSQL_LOGS | _MYSQL_TLS,
            ("audit", "error", "iam-db-auth-error", "slowquery"),
            audit=_PLUGIN,
        ),
        Engine(
            "aurora-postgresql",
            "Aurora PostgreSQL",
            5432,
            "17",
            tuple(
                Release(major, minor, f"aurora-postgresql{major}")
                for major, minor in _POSTGRES_MINORS
            ),
            _POSTGRES,
            ("iam-db-auth-error", "postgresql"),
            member_parameters={
                name: _POSTGRES[name] for name in ("log_min_duration_statement", "log_statement")
            },
        ),
        Engine(
            "aurora-mysql",
            "Aurora MySQL",
            3306,
            "8.4",
            (
                Release(
                    *("8.4", "8.4.mysql_aurora.8.4.7", "aurora-mysql8.4", "8.4.mysql_aurora.{}")
                ),
                Release("8.0", "8.0.mysql_aurora.3.10.6", "aurora-mysql8.0", ""),
            ),
            _MYSQL_LOGS
            # A cluster's parameter says ON where an instance's says 1.
            # Source: "TLS connections to Aurora MySQL DB clusters".
            | {"require_secure_transport": "ON"}
            | {"server_audit_events": _AUDITED, "server_audit_logging": "1"},
            ("audit", "error", "iam-db-auth-error", "slowquery"),
            member_parameters=_MYSQL_LOGS,
        ),
    )
    return {row.name: row for row in rows}


ENGINES: Mapping[str, Engine] = _engines()

# GiB of memory for each vCPU, by family; the burstable have theirs by size. Families that are
# left out are old, or for other engines. Source: "Hardware specifications for DB instance classes".
GIB_PER_VCPU: Mapping[str, float] = {
    **dict.fromkeys(("m5", "m5d", "m6g", "m6gd", "m6i", "m6id", "m6idn", "m6in", "m7g", "m7i"), 4),
    **dict.fromkeys(("m8a", "m8g", "m8gd", "m9g"), 4),
    **dict.fromkeys(("r5", "r5b", "r5d", "r6g", "r6gd", "r6i", "r6id", "r6idn", "r6in"), 8),
    **dict.fromkeys(("r7g", "r7i", "r8a", "r8g", "r8gd"), 8),
    "x2g": 16,
    "x2iedn": 32,
}
BURSTABLE = ("t3", "t4g")
_BURSTABLE_SIZES = ("micro", "small", "medium", "large", "xlarge", "2xlarge")
BURSTABLE_GIB: Mapping[str, float] = {size: 2**power for power, size in enumerate(_BURSTABLE_SIZES)}
VCPUS: Mapping[str, int] = {"large": 2, "xlarge": 4}

# Families that a cluster of Aurora takes. Source: "Supported DB engines for DB instance classes"
# (Amazon Aurora).
_AURORA_FAMILIES = ("r5", "r6g", "r6i", "r7g", "r7i", "r8a", "r8g", "t3", "t4g", "x2g")
_AURORA_POSTGRES_FAMILIES = ("r6gd", "r8gd")
# Classes without Performance Insights, by engine; t2 is not in the table at all. Source: "DB
# engine, Region, and instance class support for Database Insights" (Amazon RDS, Amazon Aurora).
_TOO_SMALL = ("micro", "small")


def memory_gib(instance_class: str) -> float | None:
    """Memory of a class in GiB: 8 for db.m7g.large; None where we do not know the class."""
    _, family, size = instance_class.split(".", 2)
    if family in BURSTABLE:
        return BURSTABLE_GIB.get(size)
    factor = GIB_PER_VCPU.get(family)
    multiple = re.fullmatch(r"([0-9]+)xlarge", size)
    vcpus = 4 * int(multiple[1]) if multiple else VCPUS.get(size)
    return factor * vcpus if factor and vcpus else None


def most_connections(engine: Engine, gib: float) -> int:
    """How many connections an engine admits by default on so much memory; an estimate.

    RDS takes the memory that it leaves to the database, which is a little less than the class's.
    Sources: "Maximum number of database connections" (Amazon RDS); "Maximum connections to an
    Aurora MySQL DB instance".
    """
    size = gib * GIB
    if engine.is_postgres:
        return min(int(size / 9_531_392), 5000)
    if engine.is_aurora:
        small, large = log2(size / 805_306_368) * 45, log2(size / 8_187_281_408) * 1000
        return int(max(small, large))
    return int(size / 12_582_880)


def refusals(database: Database) -> Iterator[tuple[str, str]]:
    """What RDS would refuse of a database: the field of its profile, and what is wrong."""
    engine = ENGINES[database.engine]
    yield from _versions(database, engine)
    yield from _classes(database, engine)
    yield from _storage(database, engine)


def _versions(database: Database, engine: Engine) -> Iterator[tuple[str, str]]:
    release = engine.release(database.version)
    if release is None:
        known = ", ".join(one.major for one in engine.releases)
        yield "version", f"{engine.title} {database.version} is not one we know: {known}"
    elif not release.minor and database.version not in (None, release.major):
        yield "version", f"minor versions of {engine.title} {release.major} are chosen by RDS"


def _classes(database: Database, engine: Engine) -> Iterator[tuple[str, str]]:
    _, family, size = database.size.split(".", 2)
    families = _AURORA_FAMILIES if engine.is_aurora else (*GIB_PER_VCPU, *BURSTABLE)
    if engine.name == "aurora-postgresql":
        families += _AURORA_POSTGRES_FAMILIES
    if family not in families:
        guess = closest(family, families) or f": known are {', '.join(families)}"
        yield "instance_class", f"{quote(family)} is no family for {engine.title}{guess}"
    elif memory_gib(database.size) is None:
        yield "instance_class", f"{quote(size)} is no size of {family} that we know"
    elif family in BURSTABLE and engine.is_aurora and size not in ("medium", "large"):
        yield "instance_class", f"{engine.title} takes {family} as medium or large only"
    elif engine.name == "aurora-mysql" and family == "t3":
        yield "instance_class", "Performance Insights needs db.t4g or larger for Aurora MySQL"
    elif not engine.is_postgres and family in BURSTABLE and size in _TOO_SMALL:
        yield "instance_class", "too small for Performance Insights: medium at least"


def _storage(database: Database, engine: Engine) -> Iterator[tuple[str, str]]:
    """Growth must leave room to grow. Source: "Managing capacity automatically" (Amazon RDS)."""
    storage, most = database.storage, database.most_storage
    if engine.is_aurora:
        for name in ("storage", "most_storage"):
            if getattr(database, name) is not None:
                yield name, "storage of Aurora has no size, it grows by itself: leave it out"
    elif most is not None and storage is None:
        yield "most_storage", "say what it begins with: add storage"
    elif most is not None and storage is not None and 10 * most < 11 * storage:
        yield (
            "most_storage",
            f"at least a tenth more than storage: {-(-storage * 11 // 10)} or more",
        )
