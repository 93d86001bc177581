"""Profile: what the organization told us, as frozen values.

These types are the only definition of the file: `load` reads through them, the published JSON
Schema is made from them, and blueprints see nothing else. YAML is read as text and the types
decide what it means, so `country: NO` and `account: 012345670123` are what they look like.

Names end up in resource names, paths and comments, so they are short, lower case and plain;
free text is one printable line. What no single field can know (a reference, an overlap) is in
`consistency`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import IPv4Network
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from baseline import ssh
from baseline.regions import ENDPOINT_ACTIONS, ZONES
from baseline.words import closest, is_one_line, quote

VERSION = 1

# The smallest network whose public subnets (a 32nd of it) are a /27, what a load balancer
# needs; the largest that AWS allows. Source: "Subnets for your load balancer" (Elastic Load
# Balancing), "VPC CIDR blocks" (Amazon VPC).
NETWORK_PREFIX_LENGTHS = range(16, 23)
PRIVATE_NETWORKS = tuple(
    IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
ZONES_UNLESS_ASKED = 3

LONGEST_DURATION = timedelta(days=36_500)  # what Object Lock takes; "PutObjectRetention"
MOST_ENTRIES = 2_000

_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}
_CIDR = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+/[0-9]+")
_DURATION = re.compile(rf"([0-9]{{1,5}}) ({'|'.join(_UNITS)})s?")


def _duration(value: Any) -> Any:
    """Read `15 minutes`, `90 days`, `1 year` (365 days; a month is 30)."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if isinstance(value, timedelta):
        return value
    if not match:
        raise ValueError(f"a number and a unit ({', '.join(_UNITS)}), such as 90 days")
    found = int(match[1]) * _UNITS[match[2]]
    if not timedelta(0) < found <= LONGEST_DURATION:
        raise ValueError(f"more than nothing, and at most {LONGEST_DURATION.days // 365} years")
    return found


def _region(value: str) -> str:
    if value not in ZONES:
        raise ValueError(f"{quote(value)} is not a region we know{closest(value, ZONES)}")
    return value


def _network(value: Any) -> Any:
    """Read a CIDR whose address is the network's own and that nobody routes on the Internet."""
    try:
        network = IPv4Network(value if _CIDR.fullmatch(value) else "", strict=False)
    except (TypeError, ValueError) as error:
        raise ValueError("an IPv4 network with its size, such as 10.20.0.0/16") from error
    if str(network.network_address) != value.partition("/")[0]:
        raise ValueError(f"is an address inside of a network: write {network}")
    if not any(network.subnet_of(private) for private in PRIVATE_NETWORKS):
        raise ValueError(
            "a private network: inside " + ", ".join(str(private) for private in PRIVATE_NETWORKS)
        )
    if network.prefixlen not in NETWORK_PREFIX_LENGTHS:
        size = "large" if network.prefixlen < NETWORK_PREFIX_LENGTHS.start else "small"
        raise ValueError(
            f"/{network.prefixlen} is too {size}: /{NETWORK_PREFIX_LENGTHS.start} to "
            f"/{NETWORK_PREFIX_LENGTHS.stop - 1} have room for three tiers in up to eight zones"
        )
    return network


def _public_key(value: str) -> str:
    problem = ssh.problem(value)
    if problem:
        raise ValueError(problem)
    return value


def _text(value: str) -> str:
    if not is_one_line(value) or not value.strip():
        raise ValueError("one line of visible text")
    return value


def _tag_key(value: str) -> str:
    if value.lower().startswith(("aws:", "baseline:")):
        raise ValueError(f"{quote(value)}: aws: and baseline: are kept for AWS's tags and ours")
    return value


def _endpoint(value: str) -> str:
    if value not in ENDPOINT_ACTIONS:
        raise ValueError(
            f"{quote(value)} is no interface endpoint we know{closest(value, ENDPOINT_ACTIONS)}"
        )
    return value


_NAME = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
_EMAIL = r"^[!#-+\--:=?A-~-]+@[A-Za-z0-9.-]+\.[a-z]{2,}$"
_ACCOUNT = r"^[0-9]{12}$"
_UNIT = r"^(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})$"
_ZONE = r"^[a-z]{3,5}[0-9]-az[1-8]$"
_CURRENCY = r"^[A-Z]{3}$"

# What a person is told who wrote something else.
PATTERN_WORDS: Mapping[str, str] = {
    _NAME: "lower-case letters, digits and single hyphens, starting with a letter",
    _EMAIL: "one e-mail address",
    _ACCOUNT: "12 digits, quoted or not",
    _UNIT: "the id of an organizational unit, such as ou-ab12-cdef3456",
    _ZONE: "a zone id such as euw1-az1, the same in every account (not a name such as eu-west-1a)",
    _CURRENCY: "three capital letters, such as EUR",
}

Name = Annotated[str, StringConstraints(pattern=_NAME, max_length=24)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_text)]
Email = Annotated[str, StringConstraints(pattern=_EMAIL)]
AccountId = Annotated[
    str,
    StringConstraints(pattern=_ACCOUNT),
    WithJsonSchema({"type": ["string", "integer"], "pattern": _ACCOUNT}),
]
UnitId = Annotated[str, StringConstraints(pattern=_UNIT)]
Region = Annotated[str, AfterValidator(_region), WithJsonSchema({"enum": sorted(ZONES)})]
ZoneId = Annotated[str, StringConstraints(pattern=_ZONE)]
Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": f"^{_DURATION.pattern}$"}),
]
Network4 = Annotated[
    IPv4Network,
    BeforeValidator(_network),
    WithJsonSchema({"type": "string", "pattern": f"^{_CIDR.pattern}$"}),
]
PublicKey = Annotated[str, StringConstraints(max_length=8192), AfterValidator(_public_key)]
Rating = Literal["low", "medium", "high"]
TagKey = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9 _.:/=+@-]{1,128}$"),
    AfterValidator(_tag_key),
]
TagValue = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 _.:/=+@-]{0,256}$")]
EndpointService = Annotated[
    str,
    AfterValidator(_endpoint),
    WithJsonSchema({"enum": sorted(ENDPOINT_ACTIONS)}),
]


class Record(BaseModel):
    """A mapping of the profile: frozen, and with no key that we do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Contacts(Record):
    """Who answers; addresses of groups outlive people."""

    security: Email
    operations: Email | None = None
    billing: Email | None = None


class Organization(Record):
    """Whose infrastructure this is. The name begins every resource name."""

    name: Annotated[Name, StringConstraints(max_length=12)]
    currency: Annotated[str, StringConstraints(pattern=_CURRENCY)] = "USD"
    tags: dict[TagKey, TagValue] = Field(default={}, max_length=40)
    contacts: Contacts | None = None


class Regions(Record):
    """Where things run, where their copies go, and where anything may run at all."""

    home: Region
    recovery: Region | None = None
    allowed: tuple[Region, ...] = ()

    @property
    def used(self) -> tuple[str, ...]:
        """Home, then recovery where there is one."""
        return (self.home, *((self.recovery,) if self.recovery else ()))


class Logs(Record):
    """How long logs are kept; CloudWatch's next longer step is used."""

    retention: Duration = Field(timedelta(days=365), json_schema_extra={"default": "1 year"})


class Person(Record):
    """Someone who may log in; public keys only."""

    name: Annotated[Name, StringConstraints(max_length=32)]
    keys: tuple[PublicKey, ...] = ()


class Recovery(Record):
    """Objectives: how much work may be lost (point), and how long until it runs again (time)."""

    point: Duration
    time: Duration


class Asset(Record):
    """Something of value. Its value and ratings decide its protection (`protection`)."""

    name: Name
    kind: Literal["information", "software", "service", "hardware", "people", "site"] = (
        "information"
    )
    owner: Text
    value: Annotated[int, Field(ge=0, le=10**15)]
    confidentiality: Rating = "medium"
    integrity: Rating = "medium"
    availability: Rating = "medium"
    recovery: Recovery | None = None
    depends_on: tuple[Name, ...] = ()


class Risk(Record):
    """What could happen to an asset, and what we do about it."""

    asset: Name
    threat: Text
    likelihood: Rating
    impact: Rating
    treatment: Literal["mitigate", "accept", "transfer", "avoid"]
    controls: tuple[Text, ...] = ()


class Isms(Record):
    """The information security management system that the evidence is written for."""

    scope: Text
    policy: Text | None = None
    method: Text | None = None
    frameworks: tuple[Name, ...] = ()
    approvals: tuple[Text, ...] = ()
    review: Duration = Field(timedelta(days=180), json_schema_extra={"default": "6 months"})


class Fleet(Record):
    """Organizational units whose accounts all carry the foundation, and nothing else."""

    name: Annotated[Name, StringConstraints(max_length=12)]
    units: Annotated[tuple[UnitId, ...], Field(min_length=1)]


class Network(Record):
    """One VPC. Zones left out are the first three of the region's table."""

    cidr: Network4
    zones: Annotated[tuple[ZoneId, ...], Field(max_length=6)] = ()
    nat: Literal["each zone", "single", "none"] = "each zone"
    endpoints: tuple[EndpointService, ...] = ()
    ipv6: bool = False


class Archive(Record):
    """When current objects move to Glacier Instant Retrieval, then to Deep Archive."""

    after: Duration
    deep_after: Duration | None = None


class Bucket(Record):
    """One bucket. What is left out is what the asset demands; asking for less is an error."""

    name: Name
    asset: Name
    retention: Duration | None = None
    lock: Duration | None = None
    lock_mode: Literal["governance", "compliance"] = "governance"
    replicate: bool | None = None
    archive: Archive | None = None


class Environment(Record):
    """One account with its network and workloads."""

    name: Annotated[Name, StringConstraints(max_length=12)]
    account: AccountId | None = None
    network: Network | None = None
    buckets: Annotated[tuple[Bucket, ...], Field(max_length=MOST_ENTRIES)] = ()

    @property
    def workloads(self) -> tuple[tuple[str, Bucket], ...]:
        """Everything that serves an asset, with its place in the profile."""
        return tuple((f"buckets.{bucket.name}", bucket) for bucket in self.buckets)


class Profile(Record):
    """The organization profile."""

    model_config = ConfigDict(title="baseline organization profile")

    version: Annotated[Literal["1"], WithJsonSchema({"enum": [1, "1"]})]
    organization: Organization
    regions: Regions
    logs: Logs = Logs()
    isms: Isms | None = None
    people: Annotated[tuple[Person, ...], Field(max_length=MOST_ENTRIES)] = ()
    assets: Annotated[tuple[Asset, ...], Field(max_length=MOST_ENTRIES)] = ()
    risks: Annotated[tuple[Risk, ...], Field(max_length=MOST_ENTRIES)] = ()
    fleets: Annotated[tuple[Fleet, ...], Field(max_length=MOST_ENTRIES)] = ()
    environments: Annotated[tuple[Environment, ...], Field(max_length=MOST_ENTRIES)] = ()

    def asset(self, name: str) -> Asset:
        """Find an asset; `consistency` has made sure that it is there."""
        return next(asset for asset in self.assets if asset.name == name)
