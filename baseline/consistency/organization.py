"""Organization: names, regions, people, assets and accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from graphlib import CycleError, TopologicalSorter

from baseline.consistency.problem import Problem, missing
from baseline.profile import Profile
from baseline.regions import NO_REGIONAL_NAMESPACE
from baseline.words import quote, title

MOST_CIRCLES = 20


def problems(profile: Profile) -> Iterator[Problem]:
    """Yield what is wrong with what an organization says of itself."""
    yield from _names(profile)
    yield from _regions(profile)
    yield from _people(profile)
    yield from _assets(profile)
    yield from _accounts(profile)


def _names(profile: Profile) -> Iterator[Problem]:
    """Names are unique in their list, and no prefix of resource names is inside another."""
    lists = {
        "people": [person.name for person in profile.people],
        "assets": [asset.name for asset in profile.assets],
    }
    for environment in profile.environments:
        for kind in ("buckets", "images", "servers", "databases"):
            names = [one.name for one in getattr(environment, kind)]
            lists[f"environments.{environment.name}.{kind}"] = names
    for where, names in lists.items():
        for name, count in sorted(Counter(names).items()):
            if count > 1:
                yield Problem(f"{where}.{name}", f"stands {count} times: names are used once")
    yield from _site_names(profile)
    for where, names in lists.items():
        if where == "assets" or where.endswith(".servers"):
            yield from _hyphens(where, names)


def _hyphens(where: str, names: list[str]) -> Iterator[Problem]:
    """What logical ids are made of differs in more than hyphens, which these cannot hold."""
    for name in sorted(names):
        others = [other for other in names if other < name and title(other) == title(name)]
        if others:
            yield Problem(
                f"{where}.{name}", f"differs from {others[0]} in hyphens only: rename one of them"
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
    for environment in profile.environments:
        for place, workload in environment.workloads:
            path = f"environments.{environment.name}.{place}.asset"
            yield from _missing_asset(path, workload.asset, known)
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
    how = "define it under assets, with its owner and value"
    yield from missing(path, name, known, "asset", "assets", how)


def _accounts(profile: Profile) -> Iterator[Problem]:
    """Whatever runs, runs in an account of its own environment."""
    owners: dict[str, str] = {}
    for environment in profile.environments:
        path = f"environments.{environment.name}"
        has_something = environment.network is not None or any(
            (environment.workloads, environment.images)
        )
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
