"""Demands: what an asset's protection demands, nothing gives less."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from baseline.consistency.problem import Problem
from baseline.profile import Bucket, Database, Environment, Profile, Workload
from baseline.protection import Protection, protection


def problems(profile: Profile) -> Iterator[Problem]:
    """Yield where a workload asks for less than its asset demands."""
    assets = {asset.name: asset for asset in profile.assets}
    for environment in profile.environments:
        for place, workload in environment.workloads:
            asset = assets.get(workload.asset)
            if asset is None:
                continue
            path = f"environments.{environment.name}.{place}"
            wanted = protection(asset)
            yield from _times(workload, wanted, path)
            yield from _copies(profile, workload, wanted, path)
            yield from _zones(environment, workload, wanted, path)


def _times(workload: Workload, wanted: Protection, path: str) -> Iterator[Problem]:
    for field, days in (("retention", wanted.retention_days), ("lock", wanted.lock_days)):
        asked = getattr(workload, field, None)
        if asked is not None and asked < timedelta(days=days):
            yield Problem(
                f"{path}.{field}",
                f"{asked.days} days are under the {days} days that {workload.asset} demands: "
                "leave it out to get these, or lower the asset's value or rating",
            )
        elif asked is not None and asked < timedelta(days=1):
            yield Problem(f"{path}.{field}", "S3 counts in days: one at least")


def _copies(
    profile: Profile, workload: Workload, wanted: Protection, path: str
) -> Iterator[Problem]:
    """Hosts hold nothing that must stay, so nothing of theirs is copied."""
    if not isinstance(workload, Bucket | Database):
        return
    if workload.replicate is False and wanted.copy:
        yield Problem(
            f"{path}.replicate",
            f"{workload.asset} demands a copy in the recovery region: leave replicate out",
        )
    if (workload.replicate or wanted.copy) and not profile.regions.recovery:
        yield Problem(
            path,
            f"serves {workload.asset} and needs a copy in another region: add regions.recovery",
            "regions.recovery",
        )


def _zones(
    environment: Environment, workload: Workload, wanted: Protection, path: str
) -> Iterator[Problem]:
    """What runs in zones needs as many as its asset demands; a bucket spans them by itself."""
    network = environment.network
    if isinstance(workload, Bucket) or network is None or not network.zones:
        return
    if len(network.zones) < wanted.zones:
        yield Problem(
            path,
            f"serves {workload.asset}, which demands {wanted.zones} zones, in a network of "
            f"{len(network.zones)}: add zones to environments.{environment.name}.network.zones",
        )
