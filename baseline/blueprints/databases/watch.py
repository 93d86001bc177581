"""Watch: alarms and events of a database, for people to look at before users do.

A standby of RDS follows its primary without lag, and has no metric; Aurora's readers have one.
Sources: "Amazon CloudWatch metrics for Amazon RDS", "Amazon CloudWatch metrics for Amazon Aurora",
"Amazon RDS event categories and event messages".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from troposphere import Ref, rds

from baseline.blueprints import Draft, alarm, imported
from baseline.blueprints.databases.intent import Intent
from baseline.engines import GIB, most_connections
from baseline.words import title

BUSY_PERCENT = 80
CONNECTIONS_SHARE = 0.8  # of the estimate of what the class admits
LEAST_MEMORY_SHARE = 0.05
LEAST_STORAGE_SHARE = 0.1  # RDS grows storage below this share, but once in six hours only
LEAST_LOCAL_GIB = 4  # no class of Aurora has less than 32: "Temporary storage limits"
MOST_LAG_MILLISECONDS = 2_000
# PostgreSQL stops at 2 billion to save itself. Source: "Implement an early warning system for
# transaction ID wraparound in Amazon RDS for PostgreSQL" (AWS Database Blog).
MOST_TRANSACTION_IDS = 1_000_000_000

# Left out are backups that begin and end, which are news every day, and creation.
EVENTS = {
    "db-cluster": (
        *("configuration change", "deletion", "failover", "failure", "maintenance"),
        *("notification",),
    ),
    "db-instance": (
        *("availability", "configuration change", "deletion", "failover", "failure"),
        *("low storage", "maintenance", "notification", "recovery", "security"),
        *("security patching",),
    ),
}


def instance(draft: Draft, intent: Intent, logical_id: str) -> None:
    """Alarms that every instance has. One that sends no figures is down, and is told of."""
    gib = intent.memory_gib
    connections = int(CONNECTIONS_SHARE * most_connections(intent.engine, gib))
    _alarm(
        *(draft, intent, logical_id, "CPUUtilization"),
        f"its processors are busy over {BUSY_PERCENT} per cent of the time, or it is silent",
        threshold=BUSY_PERCENT,
        missing="breaching",
    )
    _alarm(
        *(draft, intent, logical_id, "FreeableMemory"),
        f"under {LEAST_MEMORY_SHARE:.0%} of its memory is free",
        threshold=int(LEAST_MEMORY_SHARE * gib * GIB),
        comparison="LessThanThreshold",
    )
    _alarm(
        *(draft, intent, logical_id, "DatabaseConnections"),
        f"over {CONNECTIONS_SHARE:.0%} of the connections that its class may admit are open",
        threshold=connections,
        statistic="Maximum",
    )
    if intent.engine.is_postgres:
        _alarm(
            *(draft, intent, logical_id, "MaximumUsedTransactionIDs"),
            "half of its transaction ids are used, because vacuuming falls behind",
            threshold=MOST_TRANSACTION_IDS,
            statistic="Maximum",
        )


def storage(draft: Draft, intent: Intent) -> None:
    """An alarm for an instance of RDS, whose storage has a size."""
    _alarm(
        *(draft, intent, "Database", "FreeStorageSpace"),
        f"under {LEAST_STORAGE_SHARE:.0%} of its first {intent.storage_gib} GiB are free",
        threshold=int(LEAST_STORAGE_SHARE * intent.storage_gib * GIB),
        comparison="LessThanThreshold",
        statistic="Minimum",
    )


def member(draft: Draft, intent: Intent, logical_id: str) -> None:
    """Alarms for an instance of Aurora, which may write today and only read tomorrow."""
    _alarm(
        *(draft, intent, logical_id, "FreeLocalStorage"),
        f"under {LEAST_LOCAL_GIB} GiB for temporary tables and logs are free",
        threshold=LEAST_LOCAL_GIB * GIB,
        comparison="LessThanThreshold",
        statistic="Minimum",
    )
    _alarm(
        *(draft, intent, logical_id, "AuroraReplicaLag"),
        f"it reads what is over {MOST_LAG_MILLISECONDS // 1000} seconds old",
        threshold=MOST_LAG_MILLISECONDS,
        statistic="Maximum",
        missing="notBreaching",  # the one that writes has no lag to tell of
    )


def _alarm(
    draft: Draft, intent: Intent, logical_id: str, metric: str, what: str, **how: Any
) -> None:
    draft.add(
        alarm(
            intent.site,
            f"{logical_id}{metric}Alarm",
            f"database {intent.database.name}: {what}",
            namespace="AWS/RDS",
            metric=metric,
            dimensions={"DBInstanceIdentifier": Ref(logical_id)},
            **how,
        ),
        f"Tells when {what}",
    )


def events(draft: Draft, intent: Intent, source: str, logical_ids: Sequence[str]) -> None:
    """Tell the topic what happens to a database: it fails over, is changed, runs out of room."""
    kind = title(source.removeprefix("db-"))
    draft.add(
        rds.EventSubscription(
            f"{kind}Events",
            Enabled=True,
            SnsTopicArn=imported(intent.site, "alerts", "TopicArn"),
            SourceType=source,
            SourceIds=[Ref(name) for name in logical_ids],
            EventCategories=list(EVENTS[source]),
        ),
        "Tells what happens to it: failures, failovers, changes, maintenance",
    )
