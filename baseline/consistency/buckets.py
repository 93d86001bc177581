"""Buckets: their names are free and fit, and tiers are entered in order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from baseline.consistency.problem import Problem
from baseline.profile import Bucket, Environment, Profile
from baseline.protection import protection
from baseline.regions import bucket_name
from baseline.words import quote

LONGEST_BUCKET_NAME = 63  # "General purpose bucket naming rules" (Amazon S3)
DEEP_ARCHIVE_RESTORE = timedelta(hours=12)  # "Understanding archive retrieval options"
RESERVED_BUCKETS = ("access-logs",)


def problems(profile: Profile) -> Iterator[Problem]:
    """Yield what is wrong with buckets."""
    assets = {asset.name: asset for asset in profile.assets}
    for environment in profile.environments:
        for bucket in environment.buckets:
            path = f"environments.{environment.name}.buckets.{bucket.name}"
            yield from _bucket_name(profile, environment, bucket, path)
            if bucket.asset in assets:
                yield from _archive(profile, bucket, path)
                unlocked = bucket.lock is None and not protection(assets[bucket.asset]).lock_days
                if bucket.lock_mode == "compliance" and unlocked:
                    yield Problem(f"{path}.lock_mode", "there is no lock: add lock: and how long")


def _bucket_name(
    profile: Profile, environment: Environment, bucket: Bucket, path: str
) -> Iterator[Problem]:
    if bucket.name in RESERVED_BUCKETS:
        yield Problem(path, f"{quote(bucket.name)} is the name of a bucket of our own")
    if bucket.name.endswith("-recovery"):
        yield Problem(path, "-recovery at the end is kept for copies: choose another name")
    prefix = f"{profile.organization.name}-{environment.name}-{bucket.name}"
    region = max(profile.regions.used, key=len)
    length = len(bucket_name(prefix, "1" * 12, region))
    if length > LONGEST_BUCKET_NAME:
        yield Problem(
            path,
            f"its bucket in {region} would be called {bucket_name(prefix, '…', region)}: "
            f"{length} characters, where S3 takes {LONGEST_BUCKET_NAME}: shorten a name",
            "organization.name",
        )


def _archive(profile: Profile, bucket: Bucket, path: str) -> Iterator[Problem]:
    """Tiers are entered in order, and left in time for the asset's recovery."""
    if bucket.archive is None:
        return
    after, deep = bucket.archive.after, bucket.archive.deep_after
    if after < timedelta(days=1):
        yield Problem(f"{path}.archive.after", "S3 counts in days: one at least")
    # Objects stay 90 days in Glacier Instant Retrieval before they may move on.
    # Source: "Transitioning objects using Amazon S3 Lifecycle" (Amazon S3).
    if deep and deep < after + timedelta(days=90):
        yield Problem(
            f"{path}.archive.deep_after",
            f"at least 90 days after the first move: {after.days + 90} days or more",
        )
    asset = next(one for one in profile.assets if one.name == bucket.asset)
    if deep and asset.recovery and asset.recovery.time < DEEP_ARCHIVE_RESTORE:
        yield Problem(
            f"{path}.archive.deep_after",
            f"reading from Deep Archive takes up to 12 hours, longer than recovery.time of "
            f"{asset.name}: leave deep_after out",
        )
