"""Networks: they do not overlap, and hosts have one to stand in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Network

from baseline.consistency.problem import Problem
from baseline.profile import Environment, Profile
from baseline.regions import ZONES, ZONES_DIFFER_BY_ACCOUNT


def problems(profile: Profile) -> Iterator[Problem]:
    """Yield what is wrong with networks, together and each."""
    yield from _networks(profile)
    for environment in profile.environments:
        path = f"environments.{environment.name}"
        asking = [kind for kind in ("images", "servers", "databases") if getattr(environment, kind)]
        if asking and environment.network is None:
            yield Problem(
                path,
                f"has {', '.join(asking)} and no network: add network: and its cidr",
                f"{path}.network",
            )
        if environment.network:
            yield from _management(environment, f"{path}.network.management")


def _management(environment: Environment, path: str) -> Iterator[Problem]:
    """People come from elsewhere; inside the network, everything would be let in."""
    assert environment.network
    for network, count in Counter(environment.network.management).items():
        if network.overlaps(environment.network.cidr):
            yield Problem(
                path,
                f"{network} overlaps the environment's own {environment.network.cidr}: name the "
                "networks that people sit in",
            )
        if count > 1:
            yield Problem(path, f"{network} stands {count} times: once only")


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
