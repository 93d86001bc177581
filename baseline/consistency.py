"""Consistency: what no single field of a profile can know.

References, overlaps, names that would collide in AWS, and demands of assets that a workload
falls short of. Each problem has the path at which a person would mend it. `needs` is the path
whose absence may be the problem, so that `load` keeps silent when the file has something there
that is merely wrong in itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from graphlib import CycleError, TopologicalSorter
from ipaddress import IPv4Network

from baseline.profile import Bucket, Environment, Profile, Workload
from baseline.protection import Protection, protection
from baseline.regions import (
    NO_REGIONAL_NAMESPACE,
    ZONES,
    ZONES_DIFFER_BY_ACCOUNT,
    bucket_name,
)
from baseline.words import closest, quote, title

LONGEST_BUCKET_NAME = 63  # "General purpose bucket naming rules" (Amazon S3)
DEEP_ARCHIVE_RESTORE = timedelta(hours=12)  # "Understanding archive retrieval options"
MOST_CIRCLES = 20
RESERVED_BUCKETS = ("access-logs",)


@dataclass(frozen=True)
class Problem:
    """What is wrong, where, and the path that it misses, such as `assets.orders`."""

    path: str
    text: str
    needs: str = ""


def problems(profile: Profile) -> Iterator[Problem]:
    """Yield every problem of a profile whose fields are each right."""
    yield from _names(profile)
    yield from _regions(profile)
    yield from _people(profile)
    yield from _assets(profile)
    yield from _accounts(profile)
    yield from _networks(profile)
    yield from _buckets(profile)


def _names(profile: Profile) -> Iterator[Problem]:
    """Names are unique in their list, and no prefix of resource names is inside another."""
    lists = {
        "people": [person.name for person in profile.people],
        "assets": [asset.name for asset in profile.assets],
    }
    for environment in profile.environments:
        buckets = [bucket.name for bucket in environment.buckets]
        lists[f"environments.{environment.name}.buckets"] = buckets
    for where, names in lists.items():
        for name, count in sorted(Counter(names).items()):
            if count > 1:
                yield Problem(f"{where}.{name}", f"stands {count} times: names are used once")
    yield from _site_names(profile)
    hyphens = {asset.name: title(asset.name) for asset in profile.assets}
    for name, same in sorted(hyphens.items()):
        others = [other for other in hyphens if other < name and hyphens[other] == same]
        if others:
            yield Problem(
                f"assets.{name}", f"differs from {others[0]} in hyphens only: rename one of them"
            )


def _site_names(profile: Profile) -> Iterator[Problem]:
    """Fleets and environments share folders and prefixes."""
    fleets = [(f"fleets.{fleet.name}", fleet.name) for fleet in profile.fleets]
    sites = fleets + [(f"environments.{one.name}", one.name) for one in profile.environments]
    counts = Counter(name for _, name in sites)
    for path, name in dict(sites).items():
        if counts[name] > 1:
            yield Problem(
                path, f"{counts[name]} fleets or environments have this name: names are used once"
            )
        parts = name.split("-")
        outer = next(
            (one for n in range(1, len(parts)) if (one := "-".join(parts[:n])) in counts), None
        )
        if outer:
            yield Problem(
                path,
                f"starts with {quote(outer + '-')}, as does everything in {quote(outer)}, whose "
                "policies would match its resources: rename one of the two",
            )


def _regions(profile: Profile) -> Iterator[Problem]:
    """Home and recovery are two regions, both allowed, in which every service we use exists."""
    regions = profile.regions
    if regions.recovery == regions.home:
        yield Problem(
            "regions.recovery",
            f"is the home region {regions.home}: choose another, or leave it out",
        )
    for role in ("home", "recovery"):
        region = getattr(regions, role)
        if region and regions.allowed and region not in regions.allowed:
            yield Problem(
                f"regions.{role}", f"{region} is not in regions.allowed: add it there or change it"
            )
        if region in NO_REGIONAL_NAMESPACE:
            yield Problem(
                f"regions.{role}",
                f"{region} has no account-regional bucket names, on which our buckets rest: "
                "choose another region",
            )
    if regions.recovery and _is_government(regions.home) != _is_government(regions.recovery):
        yield Problem(
            "regions.recovery",
            f"{regions.recovery} and {regions.home} are in different partitions of AWS, "
            "between which nothing can be copied",
        )


def _is_government(region: str) -> bool:
    return region.startswith("us-gov-")


def _people(profile: Profile) -> Iterator[Problem]:
    """Everyone has a key, and nobody has another's."""
    owners: dict[str, str] = {}
    for person in profile.people:
        if not person.keys:
            yield Problem(
                f"people.{person.name}",
                "has no keys, so could log in nowhere: add the line of a .pub file under keys",
                f"people.{person.name}.keys",
            )
        for index, key in enumerate(person.keys):
            body = key.split()[1]
            if body in owners:
                yield Problem(
                    f"people.{person.name}.keys.{index}",
                    f"is also a key of {owners[body]}: every key belongs to one person, once",
                )
            owners.setdefault(body, person.name)


def _assets(profile: Profile) -> Iterator[Problem]:
    """Assets that are named exist, and do not depend on themselves."""
    known = {asset.name for asset in profile.assets}
    for asset in profile.assets:
        for other in asset.depends_on:
            yield from _missing_asset(f"assets.{asset.name}.depends_on", other, known)
        if asset.recovery and asset.recovery.time < timedelta(minutes=1):
            yield Problem(f"assets.{asset.name}.recovery.time", "is under a minute")
    for index, risk in enumerate(profile.risks):
        yield from _missing_asset(f"risks.{index}.asset", risk.asset, known)
    for path, workload in _workloads(profile):
        yield from _missing_asset(f"{path}.asset", workload.asset, known)
    yield from _circles(profile)


def _circles(profile: Profile) -> Iterator[Problem]:
    """Every circle of dependencies, once: each is cut where it was found, to find the next."""
    needs = {asset.name: set(asset.depends_on) for asset in profile.assets}
    for _ in range(MOST_CIRCLES):
        try:
            TopologicalSorter(needs).prepare()
        except CycleError as error:
            circle = error.args[1]
            yield Problem(
                f"assets.{circle[0]}.depends_on",
                f"depends on itself ({' → '.join(circle)}): leave one of them out",
            )
            needs[circle[1]].discard(circle[0])
        else:
            return


def _missing_asset(path: str, name: str, known: set[str]) -> Iterator[Problem]:
    if name not in known:
        guess = closest(name, known) or ": define it under assets, with its owner and value"
        yield Problem(path, f"{quote(name)} is no asset{guess}", f"assets.{name}")


def _workloads(profile: Profile) -> Iterator[tuple[str, Workload]]:
    for environment in profile.environments:
        for path, workload in environment.workloads:
            yield f"environments.{environment.name}.{path}", workload


def _accounts(profile: Profile) -> Iterator[Problem]:
    """Whatever runs, runs in an account of its own environment."""
    owners: dict[str, str] = {}
    for environment in profile.environments:
        path = f"environments.{environment.name}"
        has_something = environment.network is not None or any(environment.workloads)
        if environment.account is None and has_something:
            yield Problem(
                path,
                "has a network or workloads and no account of its own: "
                "add account: and its 12 digits",
                f"{path}.account",
            )
        if environment.account in owners:
            yield Problem(
                f"{path}.account",
                f"is also the account of {owners[environment.account]}: environments are kept "
                "apart by their accounts",
            )
        if environment.account:
            owners[environment.account] = environment.name


def _networks(profile: Profile) -> Iterator[Problem]:
    """Networks do not overlap, and their zones are zones of the home region, each once."""
    networks = [(one.network.cidr, one) for one in profile.environments if one.network]
    networks.sort(key=lambda pair: (pair[0].network_address, pair[0].prefixlen))
    reaches: tuple[IPv4Network, Environment] | None = None
    for cidr, environment in networks:
        if reaches and cidr.overlaps(reaches[0]):
            yield Problem(
                f"environments.{environment.name}.network.cidr",
                f"{cidr} overlaps {reaches[0]} of {reaches[1].name}: "
                "the two could never be connected",
            )
        if reaches is None or cidr.broadcast_address > reaches[0].broadcast_address:
            reaches = (cidr, environment)
    for _, environment in networks:
        yield from _zones(profile, environment)


def _zones(profile: Profile, environment: Environment) -> Iterator[Problem]:
    assert environment.network
    path = f"environments.{environment.name}.network.zones"
    zones, home = environment.network.zones, profile.regions.home
    if len(zones) == 1:
        yield Problem(path, "one zone is one point of failure: 2 to 6 are needed")
    for zone, count in sorted(Counter(zones).items()):
        if zone not in ZONES[home]:
            yield Problem(
                path,
                f"{zone} is not in {home}, whose zones are {', '.join(ZONES[home])}",
                "regions.home",
            )
        elif count > 1:
            yield Problem(path, f"{zone} stands {count} times: once only")
    if not zones and home in ZONES_DIFFER_BY_ACCOUNT:
        yield Problem(
            path,
            f"accounts do not see the same zones of {home}: write the ones that yours has",
            "regions.home",
        )


def _protection(profile: Profile, name: str) -> Protection | None:
    asset = next((asset for asset in profile.assets if asset.name == name), None)
    return protection(asset) if asset else None


def _buckets(profile: Profile) -> Iterator[Problem]:
    """A bucket gives what its asset demands, and its name is free and fits."""
    for environment in profile.environments:
        for bucket in environment.buckets:
            path = f"environments.{environment.name}.buckets.{bucket.name}"
            yield from _bucket_name(profile, environment, bucket, path)
            wanted = _protection(profile, bucket.asset)
            if wanted:
                yield from _bucket_demands(profile, bucket, wanted, path)


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


def _bucket_demands(
    profile: Profile, bucket: Bucket, wanted: Protection, path: str
) -> Iterator[Problem]:
    for field, days in (("retention", wanted.retention_days), ("lock", wanted.lock_days)):
        asked = getattr(bucket, field)
        if asked is not None and asked < timedelta(days=days):
            yield Problem(
                f"{path}.{field}",
                f"{asked.days} days are under the {days} days that {bucket.asset} demands: "
                "leave it out to get these, or lower the asset's value or rating",
            )
        elif asked is not None and asked < timedelta(days=1):
            yield Problem(f"{path}.{field}", "S3 counts in days: one at least")
    if bucket.replicate is False and wanted.copy:
        yield Problem(
            f"{path}.replicate",
            f"{bucket.asset} demands a copy in the recovery region: leave replicate out",
        )
    if (bucket.replicate or wanted.copy) and not profile.regions.recovery:
        yield Problem(
            path,
            f"serves {bucket.asset} and needs a copy in another region: add regions.recovery",
            "regions.recovery",
        )
    yield from _archive(profile, bucket, path)
    if bucket.lock_mode == "compliance" and bucket.lock is None and not wanted.lock_days:
        yield Problem(f"{path}.lock_mode", "there is no lock: add lock: and how long")


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
