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
from datetime import date, timedelta
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
from baseline.systems import SYSTEMS, architecture
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
# A recipe takes 20, of which two are ours and one updates. Source: "EC2 Image Builder quotas".
MOST_COMPONENTS = 17
# Twenty rules of an ACL in each direction, of which six serve the tiers, and six more over IPv6.
# Source: "Amazon VPC quotas".
MOST_MANAGEMENT = 4

_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}
_CIDR = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+/[0-9]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
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


def _private_network(value: Any) -> Any:
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
    return network


def _network(value: Any) -> Any:
    """Read the network of a VPC, which has room for all tiers and zones."""
    network = _private_network(value)
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


def _system(value: str) -> str:
    if value not in SYSTEMS:
        guess = closest(value, SYSTEMS) or f": known are {', '.join(SYSTEMS)}"
        raise ValueError(f"{quote(value)} is no system we know{guess}")
    return value


def _date(value: Any) -> Any:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value if _DATE.fullmatch(str(value)) else "")
    except ValueError:
        raise ValueError("a day of the calendar, such as 2026-11-23") from None


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
_AMI = r"^ami-[0-9a-f]{8,17}$"
_PARAMETER = r"^/[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$"
_CERTIFICATE = (
    r"^(arn:aws(-us-gov)?:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-f-]{36}"
    r"|/[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*)$"
)
_INSTANCE = r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$"
_DB_INSTANCE = r"^db\.[a-z][a-z0-9-]*\.[a-z0-9-]+$"
_COMPONENT = r"^[a-z0-9-]+/(x|[0-9]+)\.(x|[0-9]+)\.(x|[0-9]+)$"
_REPOSITORY = r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$"
_BRANCH = r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$"
_URL_PATH = r"^/[A-Za-z0-9_./~-]*$"
_CONTROL = r"^([a-z][a-z0-9-]*\.[a-z0-9-]+|[EWI][0-9]{4})$"
_RESOURCES = r"^[A-Za-z0-9*?_./-]+/[A-Za-z0-9*?]*$"
_ENGINE_VERSION = r"^[0-9]+(\.[0-9]+)*$"
_DIGEST = r"^[0-9a-f]{12}$"

# What a person is told who wrote something else.
PATTERN_WORDS: Mapping[str, str] = {
    _NAME: "lower-case letters, digits and single hyphens, starting with a letter",
    _EMAIL: "one e-mail address",
    _ACCOUNT: "12 digits, quoted or not",
    _UNIT: "the id of an organizational unit, such as ou-ab12-cdef3456",
    _ZONE: "a zone id such as euw1-az1, the same in every account (not a name such as eu-west-1a)",
    _CURRENCY: "three capital letters, such as EUR",
    _AMI: "the id of an image, such as ami-0123456789abcdef0",
    _PARAMETER: "the name of a Systems Manager parameter, such as /acme/images/web",
    _CERTIFICATE: "the ARN of a certificate in ACM, or the name of a Systems Manager parameter "
    "that holds it, such as /acme/certificates/shop",
    _INSTANCE: "an instance type, such as t3.small",
    _DB_INSTANCE: "a class of database instances, such as db.t4g.medium",
    _COMPONENT: "the name and version of a component of EC2 Image Builder, x for the newest, such "
    "as shop/1.x.x",
    _REPOSITORY: "the path of a repository, such as acme/infrastructure",
    _BRANCH: "the name of a branch, such as main",
    _URL_PATH: "the path of a URL, such as /health",
    _CONTROL: "the name of a control, such as storage.versioned (see `baseline controls`), or of "
    "a rule of cfn-lint, such as W3005",
    _RESOURCES: "stack/LogicalId, such as acme-prod-network/Vpc; * stands for any letters",
    _ENGINE_VERSION: "a version in numbers, such as 17 or 17.5",
    _DIGEST: "twelve hexadecimal digits, as `baseline drift` shows them",
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
Date = Annotated[
    date,
    BeforeValidator(_date),
    WithJsonSchema({"type": "string", "format": "date"}),
]
AnyNetwork4 = Annotated[
    IPv4Network,
    BeforeValidator(_private_network),
    WithJsonSchema({"type": "string", "pattern": f"^{_CIDR.pattern}$"}),
]
System = Annotated[str, AfterValidator(_system), WithJsonSchema({"enum": sorted(SYSTEMS)})]
Parameter = Annotated[str, StringConstraints(pattern=_PARAMETER, max_length=200)]
Component = Annotated[str, StringConstraints(pattern=_COMPONENT, max_length=128)]
Port = Annotated[int, Field(ge=1024, le=32767)]
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


class Waiver(Record):
    """An exception: one control need not be met, by some resources, for a reason, until a day.

    `resource` is `stack/LogicalId`, where `*` stands for any letters and `?` for one; with nothing
    after the slash it is the template itself. `wide` says that a pattern over much is meant, which
    a control of high severity asks for.
    """

    control: Annotated[str, StringConstraints(pattern=_CONTROL, max_length=80)]
    resource: Annotated[str, StringConstraints(pattern=_RESOURCES, max_length=300)]
    reason: Text
    approved_by: Text
    until: Date
    wide: bool = False
    drift: Annotated[str, StringConstraints(pattern=_DIGEST)] | None = None


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
    """One VPC. Zones left out are the first three of the region's table.

    `management` are networks from which people reach hosts that name them (SSH, RDP); the way
    there, a VPN or a transit gateway, is not made here. `instance_connect` makes an EC2 Instance
    Connect Endpoint, by which they reach the same hosts without any network of their own.
    """

    cidr: Network4
    zones: Annotated[tuple[ZoneId, ...], Field(max_length=6)] = ()
    nat: Literal["each zone", "single", "none"] = "each zone"
    endpoints: tuple[EndpointService, ...] = ()
    ipv6: bool = False
    management: Annotated[tuple[AnyNetwork4, ...], Field(max_length=MOST_MANAGEMENT)] = ()
    instance_connect: bool = False


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


class Image(Record):
    """A pipeline that builds a hardened image of a system, scans, tests and shares it.

    `components` are the organization's own components of EC2 Image Builder, in the same account
    and region: they install what hosts are there for, in this order. `accounts` are those, besides
    its own, that may start hosts from it.
    """

    name: Name
    system: System
    architecture: Literal["x86_64", "arm64"] = "x86_64"
    schedule: Literal["daily", "weekly", "monthly"] = "weekly"
    scan: bool = True
    components: Annotated[tuple[Component, ...], Field(max_length=MOST_COMPONENTS)] = ()
    accounts: Annotated[tuple[AccountId, ...], Field(max_length=20)] = ()


class ServerImage(Record):
    """Which image hosts start from; at most one of `pipeline`, `id` and `parameter`.

    None of the three means the public parameter of the system. `version` pins a parameter, and
    `built` says of a pinned image when it was built, so that its age can be judged.
    """

    pipeline: Name | None = None
    id: Annotated[str, StringConstraints(pattern=_AMI)] | None = None
    parameter: Parameter | None = None
    version: Annotated[int, Field(ge=1, le=10**9)] | None = None
    built: Date | None = None

    @property
    def is_pinned(self) -> bool:
        """Say whether the same image starts today and in a year."""
        return self.id is not None or self.version is not None


class Capacity(Record):
    """How many hosts there are at the least and at the most."""

    minimum: Annotated[int, Field(ge=1, le=1000)]
    maximum: Annotated[int, Field(ge=1, le=1000)]


class Volume(Record):
    """A data volume of each host, beside its root volume; `size` in GiB. It goes with its host."""

    name: Annotated[Name, StringConstraints(max_length=12)]
    size: Annotated[int, Field(ge=1, le=16384)]


class LoadBalancer(Record):
    """HTTPS for the world, or for the network only (`internal`).

    The certificate lies in ACM: its ARN, or a Systems Manager parameter that holds the ARN.
    `health` is the path that hosts answer with 200, over HTTPS.
    """

    certificate: Annotated[str, StringConstraints(pattern=_CERTIFICATE, max_length=200)]
    internal: bool = False
    health: Annotated[str, StringConstraints(pattern=_URL_PATH, max_length=200)] = "/"


class Server(Record):
    """A group of equal hosts over all zones; hosts come and go, what must stay lies elsewhere.

    `people` log in with their keys, `administrators` too, and may then do everything. On Windows
    there is one administrator at most, whose RSA key opens the password of the first account.
    With nobody named, nobody logs in but through Session Manager. `port` is where the application
    answers its load balancer over HTTPS.
    """

    name: Name
    asset: Name
    system: System
    image: ServerImage = ServerImage()
    instance_type: Annotated[str, StringConstraints(pattern=_INSTANCE)] = "t3.small"
    capacity: Capacity | None = None
    people: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    administrators: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    root_volume: Annotated[int, Field(ge=8, le=16384)] = 30
    volumes: Annotated[tuple[Volume, ...], Field(max_length=10)] = ()
    port: Port = 8443
    load_balancer: LoadBalancer | None = None

    @property
    def architecture(self) -> str:
        """Architecture of its instance type, as images are named by it."""
        return architecture(self.instance_type)

    @property
    def everyone(self) -> tuple[str, ...]:
        """Names of all who may log in, sorted."""
        return tuple(sorted({*self.people, *self.administrators}))


class Database(Record):
    """One database, reached from the hosts of the named servers and from nowhere else.

    What is left out is what the asset demands. `storage` in GiB; it grows by itself up to
    `most_storage`, and Aurora's has no size.
    """

    name: Name
    asset: Name
    engine: Literal["postgres", "mysql", "mariadb", "aurora-postgresql", "aurora-mysql"]
    version: Annotated[str, StringConstraints(pattern=_ENGINE_VERSION)] | None = None
    instance_class: Annotated[str, StringConstraints(pattern=_DB_INSTANCE)] | None = None
    storage: Annotated[int, Field(ge=20, le=65536)] | None = None
    most_storage: Annotated[int, Field(ge=20, le=65536)] | None = None
    servers: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    retention: Duration | None = None
    replicate: bool | None = None

    @property
    def is_aurora(self) -> bool:
        """Say whether it is a cluster of Aurora."""
        return self.engine.startswith("aurora-")

    @property
    def size(self) -> str:
        """Class of its instances: as asked for, or a small one that its engine takes."""
        return self.instance_class or ("db.r7g.large" if self.is_aurora else "db.m7g.large")


Workload = Bucket | Server | Database


class Environment(Record):
    """One account with its network and workloads."""

    name: Annotated[Name, StringConstraints(max_length=12)]
    account: AccountId | None = None
    network: Network | None = None
    buckets: Annotated[tuple[Bucket, ...], Field(max_length=MOST_ENTRIES)] = ()
    images: Annotated[tuple[Image, ...], Field(max_length=50)] = ()
    servers: Annotated[tuple[Server, ...], Field(max_length=MOST_ENTRIES)] = ()
    databases: Annotated[tuple[Database, ...], Field(max_length=MOST_ENTRIES)] = ()

    @property
    def workloads(self) -> tuple[tuple[str, Workload], ...]:
        """Everything that serves an asset, with its place in the profile."""
        lists: dict[str, tuple[Workload, ...]] = {
            "buckets": self.buckets,
            "servers": self.servers,
            "databases": self.databases,
        }
        return tuple((f"{kind}.{one.name}", one) for kind, all_ in lists.items() for one in all_)


class Pipeline(Record):
    """A repository whose pipeline may deploy, from one branch; reading is for all of it."""

    provider: Literal["github", "gitlab"]
    repository: Annotated[str, StringConstraints(pattern=_REPOSITORY, max_length=200)]
    branch: Annotated[str, StringConstraints(pattern=_BRANCH, max_length=100)] = "main"


class Bootstrap(Record):
    """What `baseline bootstrap` makes beside roles and bucket: trust in pipelines (OIDC).

    `providers` are ours unless the account has those of GitHub or GitLab already.
    """

    pipelines: Annotated[tuple[Pipeline, ...], Field(max_length=20)] = ()
    providers: Literal["ours", "external"] = "ours"


class Profile(Record):
    """The organization profile."""

    model_config = ConfigDict(title="baseline organization profile")

    version: Annotated[Literal["1"], WithJsonSchema({"enum": [1, "1"]})]
    organization: Organization
    regions: Regions
    logs: Logs = Logs()
    isms: Isms | None = None
    bootstrap: Bootstrap | None = None
    people: Annotated[tuple[Person, ...], Field(max_length=MOST_ENTRIES)] = ()
    assets: Annotated[tuple[Asset, ...], Field(max_length=MOST_ENTRIES)] = ()
    risks: Annotated[tuple[Risk, ...], Field(max_length=MOST_ENTRIES)] = ()
    fleets: Annotated[tuple[Fleet, ...], Field(max_length=MOST_ENTRIES)] = ()
    environments: Annotated[tuple[Environment, ...], Field(max_length=MOST_ENTRIES)] = ()
    exceptions: Annotated[tuple[Waiver, ...], Field(max_length=MOST_ENTRIES)] = ()

    def person(self, name: str) -> Person:
        """Find a person; `consistency` has made sure that it is there."""
        return next(person for person in self.people if person.name == name)

    def asset(self, name: str) -> Asset:
        """Find an asset; `consistency` has made sure that it is there."""
        return next(asset for asset in self.assets if asset.name == name)
