"""Balancers: what must hold for load balancers and their listeners."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from baseline.control import Severity, control, is_true, literal
from baseline.policy import listed
from baseline.resource import Resource

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"

# Policies that speak TLS 1.2 and 1.3 only, with forward secrecy only, as of 2026-11-25. Left out
# are those with 1-0 or 1-1 in their names, and those with Ext, some of whose ciphers lack it.
# Source: "Security policies for your Application Load Balancer".
TLS_POLICIES = frozenset(
    f"ELBSecurityPolicy-{name}"
    for name in (
        *("TLS13-1-3-2021-06", "TLS13-1-2-2021-06", "TLS13-1-2-Res-2021-06"),
        *("TLS13-1-3-FIPS-2023-04", "TLS13-1-2-FIPS-2023-04", "TLS13-1-2-Res-FIPS-2023-04"),
        *("TLS13-1-3-PQ-2025-09", "TLS13-1-2-PQ-2025-09", "TLS13-1-2-Res-PQ-2025-09"),
        *("TLS13-1-3-FIPS-PQ-2025-09", "TLS13-1-2-FIPS-PQ-2025-09"),
        *("TLS13-1-2-Res-FIPS-PQ-2025-09", "FS-1-2-2019-08", "FS-1-2-Res-2019-08"),
        "FS-1-2-Res-2020-10",
    )
)


@control(
    "balancers.https-only",
    "Listeners of plain HTTP redirect to HTTPS, and do nothing else",
    on=LISTENER,
    severity=Severity.HIGH,
)
def https_only(listener: Resource) -> Iterator[str]:
    """Whoever is on the way reads plain HTTP, and changes it."""
    if literal(listener.properties, "Protocol") != "HTTP":
        return
    for action in listed(literal(listener.properties, "DefaultActions")):
        target = literal(action, "RedirectConfig", "Protocol")
        if literal(action, "Type") != "redirect" or target != "HTTPS":
            yield "answers plain HTTP with something else than a redirect to HTTPS"


@control(
    "balancers.tls",
    "Listeners speak TLS 1.2 or newer, with forward secrecy",
    on=LISTENER,
    severity=Severity.HIGH,
)
def tls(listener: Resource) -> Iterator[str]:
    """Older versions can be broken; without forward secrecy a stolen key opens the past too."""
    if literal(listener.properties, "Protocol") not in ("HTTPS", "TLS"):
        return
    policy = literal(listener.properties, "SslPolicy")
    if policy is None:
        yield "SslPolicy is left out, which allows TLS 1.0"
    elif str(policy) not in TLS_POLICIES:
        yield f"SslPolicy {policy} is not among those of TLS 1.2 and newer with forward secrecy"


@control(
    "balancers.drops-invalid-headers",
    "Load balancers drop headers that are not valid",
    on=BALANCER,
    severity=Severity.MEDIUM,
)
def drops_invalid_headers(balancer: Resource) -> Iterator[str]:
    """What the load balancer and the application read differently smuggles requests past one."""
    yield from _unless_on(balancer, "routing.http.drop_invalid_header_fields.enabled")


@control(
    "balancers.logged",
    "Load balancers keep access logs",
    on=BALANCER,
    severity=Severity.MEDIUM,
)
def logged(balancer: Resource) -> Iterator[str]:
    """After an attack, this is where it can be seen what was asked, by whom, and answered how."""
    yield from _unless_on(balancer, "access_logs.s3.enabled")


@control(
    "balancers.protected",
    "Load balancers cannot be deleted by mistake",
    on=BALANCER,
    severity=Severity.MEDIUM,
)
def protected(balancer: Resource) -> Iterator[str]:
    """Its name in DNS goes with it, and everybody who was told that name."""
    yield from _unless_on(balancer, "deletion_protection.enabled", every_kind=True)


@control(
    "balancers.desync",
    "Load balancers do not pass on requests that can be read in two ways",
    on=BALANCER,
    severity=Severity.MEDIUM,
)
def desync(balancer: Resource) -> Iterator[str]:
    """Half of one visitor's request becomes the beginning of the next one's."""
    key = "routing.http.desync_mitigation_mode"
    for one in listed(literal(balancer.properties, "LoadBalancerAttributes")):
        if literal(one, "Key") == key and _value(one, key) not in ("defensive", "strictest"):
            yield f"{key} is {_value(one, key)}"


@control(
    "balancers.over-zones",
    "Load balancers stand in two zones or more",
    on=BALANCER,
    severity=Severity.MEDIUM,
)
def over_zones(balancer: Resource) -> Iterator[str]:
    """A zone fails as a whole, and what stands before two zones must not fail with one."""
    ways = ("Subnets", "SubnetMappings")
    if max(len(listed(literal(balancer.properties, way))) for way in ways) < 2:
        yield "Subnets names fewer than two"


@control(
    "balancers.tls-to-targets",
    "Load balancers speak TLS with hosts, too",
    on="AWS::ElasticLoadBalancingV2::TargetGroup",
    severity=Severity.MEDIUM,
)
def tls_to_targets(group: Resource) -> Iterator[str]:
    """Behind the load balancer there is a network as well, and it is shared by more than two."""
    if literal(group.properties, "TargetType") == "lambda":
        return
    for key in ("Protocol", "HealthCheckProtocol"):
        protocol = literal(group.properties, key)
        if protocol == "HTTP" or (key == "Protocol" and protocol in ("TCP", "UDP", "TCP_UDP")):
            yield f"{key} is {protocol}"


@control(
    "balancers.ends-tls",
    "Listeners of network load balancers end TLS",
    on=LISTENER,
    severity=Severity.MEDIUM,
)
def ends_tls(listener: Resource) -> Iterator[str]:
    """What passes through may be plain text, and no policy says which versions of TLS it may be."""
    protocol = literal(listener.properties, "Protocol")
    if protocol in ("TCP", "UDP", "TCP_UDP"):
        yield f"Protocol is {protocol}"


def _unless_on(balancer: Resource, key: str, *, every_kind: bool = False) -> Iterator[str]:
    """Say where a switch is not on; most switches are those of application load balancers."""
    kind = literal(balancer.properties, "Type", default="application")
    if not every_kind and kind != "application":
        return
    attributes = listed(literal(balancer.properties, "LoadBalancerAttributes"))
    values = [one for one in attributes if literal(one, "Key") == key]
    if not any(is_true(_value(one, key)) for one in values):
        yield f"{key} is not true"


def _value(attribute: Any, key: str) -> Any:
    """Value of one attribute, whichever others are decided elsewhere."""
    return literal({key: attribute.get("Value")}, key)
