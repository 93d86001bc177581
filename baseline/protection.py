"""Protection: what an asset's value and ratings demand. This is the one table.

Each row says when it applies and what it then demands; an asset gets the strictest of all rows
that apply to it. A workload names the asset that it serves and gets this protection unless its
profile entry asks for more; asking for less is a problem of the profile.

Values are in the organization's own currency. Rows are ordered from what everything gets to what
few things need, and read aloud as sentences: "when integrity is high, lock for 30 days".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import timedelta

from baseline.profile import Asset


@dataclass(frozen=True)
class Protection:
    """What is demanded; zero and False demand nothing.

    `retention_days`: how long an overwritten or deleted version, or a backup, can be had back.
    `lock_days`: how long a new version cannot be deleted (Object Lock, vault lock).
    `copy`: a copy is kept in the recovery region. `timed_copy`: it is there within 15 minutes,
    and a metric tells.
    `zones`: over how many zones it must
    run, if it runs in zones; a bucket spans them by itself.
    """

    retention_days: int = 0
    lock_days: int = 0
    copy: bool = False
    timed_copy: bool = False
    zones: int = 0
    own_key: bool = False


@dataclass(frozen=True)
class Row:
    """When a row applies, in words and in code, and what it demands."""

    when: str
    applies: Callable[[Asset], bool]
    demands: Protection


def _point_within(limit: timedelta) -> Callable[[Asset], bool]:
    return lambda asset: asset.recovery is not None and asset.recovery.point <= limit


# Recovery points: S3 Replication Time Control replicates within 15 minutes.
# Source: "Meeting compliance requirements with S3 Replication Time Control" (Amazon S3).
TABLE: tuple[Row, ...] = (
    Row("always", lambda _: True, Protection(retention_days=35, zones=2)),
    Row(
        "value is 100,000 or more",
        lambda asset: asset.value >= 100_000,
        Protection(retention_days=90),
    ),
    Row(
        "value is 1,000,000 or more",
        lambda asset: asset.value >= 1_000_000,
        Protection(retention_days=365),
    ),
    Row(
        "confidentiality is high",
        lambda asset: asset.confidentiality == "high",
        Protection(own_key=True),
    ),
    Row(
        "integrity is high",
        lambda asset: asset.integrity == "high",
        Protection(retention_days=90, lock_days=30),
    ),
    Row(
        "availability is high",
        lambda asset: asset.availability == "high",
        Protection(zones=3, copy=True),
    ),
    Row(
        "recovery point is 24 hours or less",
        _point_within(timedelta(hours=24)),
        Protection(copy=True),
    ),
    Row(
        "recovery point is 15 minutes or less",
        _point_within(timedelta(minutes=15)),
        Protection(copy=True, timed_copy=True),
    ),
)


def protection(asset: Asset) -> Protection:
    """What an asset demands: the strictest of every row of `TABLE` that applies."""
    demands = [row.demands for row in TABLE if row.applies(asset)]
    return Protection(
        **{
            name: max(getattr(demand, name) for demand in demands)
            for name in (field.name for field in fields(Protection))
        }
    )
