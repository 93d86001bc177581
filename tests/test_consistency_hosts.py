"""Consistency of servers, images and databases: each problem at its path and in full."""

from __future__ import annotations

from typing import Any

import pytest

from tests.samples import profile
from tests.test_consistency import ACCOUNT, KEY, asset, environment, found, network

RSA = next(person.keys[0] for person in profile("acme").people if person.name == "carol")
PEOPLE = [{"name": "alice", "keys": [KEY]}, {"name": "carol", "keys": [RSA]}]
SERVER = "environments.prod.servers.shop"
IMAGE = "environments.prod.images.base"
DATABASE = "environments.prod.databases.orders"
ARN = "arn:aws:acm:{}:{}:certificate/00000000-0000-0000-0000-000000000000"
OWN = {"image": {"parameter": "/acme/images/shop"}}
ZONES = ["euw1-az1", "euw1-az2", "euw1-az3"]


def hosts(
    server: dict[str, Any] | None = None,
    image: dict[str, Any] | None = None,
    database: dict[str, Any] | None = None,
    **parts: Any,
) -> list[tuple[str, str]]:
    """Problems of an environment with a server, an image and a database, each after changes."""
    base = {"name": "base", "system": "ubuntu-24.04"}
    shop = {"name": "shop", "asset": "orders", "system": "ubuntu-24.04"}
    orders = {"name": "orders", "asset": "orders", "engine": "postgres"}
    parts.setdefault("assets", [asset()])
    parts.setdefault("network", network())
    profile_parts = {name: parts.pop(name) for name in ("assets", "regions") if name in parts}
    one = environment(
        images=[base | (image or {})],
        servers=[shop | (server or {})],
        databases=[orders | (database or {})],
        **parts,
    )
    return found(people=PEOPLE, environments=[one], **profile_parts)


def test_nothing_wrong() -> None:
    """What the tests below start from has no problem."""
    assert hosts() == []


@pytest.mark.parametrize(
    ("server", "path", "text"),
    [
        ({"people": ["bob"]}, "people", "'bob' is no person: define it under people, with its"),
        ({"people": ["alice", "alice"]}, "people", "alice stands 2 times: once only"),
        (
            {"people": ["alice"], "administrators": ["alice"]},
            "people",
            "alice is an administrator, who may log in: leave it out here",
        ),
        ({"image": {"pipeline": "bare"}}, "image.pipeline", "'bare' is no image"),
        (
            {"image": {"pipeline": "base"}, "system": "amazon-linux-2023"},
            "image.pipeline",
            "base is built for ubuntu-24.04, and the server is amazon-linux-2023",
        ),
        (
            {"image": {"pipeline": "base"}, "instance_type": "t4g.small"},
            "image.pipeline",
            "base is built for x86_64, and the server is arm64",
        ),
        (
            {"image": {"pipeline": "base", "id": "ami-01234567"}},
            "image",
            "names pipeline and id: one of them says where hosts start from",
        ),
        (
            {"image": {"id": "ami-01234567", "version": 3}},
            "image.version",
            "a version is one of a parameter: leave it out",
        ),
        ({"image": {"built": "2026-01-01"}}, "image.built", "says when a pinned image was built"),
        (
            {"capacity": {"minimum": 3, "maximum": 2}},
            "capacity",
            "its minimum 3 is above its maximum 2",
        ),
        (
            {"capacity": {"minimum": 1, "maximum": 2}},
            "capacity.minimum",
            "1 cannot stand in the 2 zones that orders demands",
        ),
        (
            {"volumes": [{"name": "a", "size": 1}, {"name": "a", "size": 2}]},
            "volumes.a",
            "stands 2 times: names are used once",
        ),
        ({"port": 3389}, "port", "3389 is the port of RDP"),
        (
            {**OWN, "load_balancer": {"certificate": ARN.format("eu-west-2", ACCOUNT)}},
            "load_balancer.certificate",
            "lies in eu-west-2, and the load balancer in eu-west-1",
        ),
        (
            {**OWN, "load_balancer": {"certificate": ARN.format("eu-west-1", "999988887777")}},
            "load_balancer.certificate",
            "lies in account 999988887777",
        ),
        (
            {"system": "windows-2025", "instance_type": "t4g.small"},
            "instance_type",
            "Windows Server 2025 does not exist for arm64: only for x86_64",
        ),
        (
            {"system": "windows-2022", "people": ["alice"]},
            "people",
            "Windows knows no keys of people",
        ),
        (
            {"system": "windows-2022", "administrators": ["alice"]},
            "administrators",
            "alice has no RSA key of 4096 bits",
        ),
        (
            {"system": "windows-2022", "administrators": ["carol", "alice"]},
            "administrators",
            "2 are named, and the password opens with one key",
        ),
        (
            {"system": "windows-2022", "root_volume": 29},
            "root_volume",
            "29 GiB are under the 30 of Windows's image",
        ),
        ({"asset": "nothing"}, "asset", "'nothing' is no asset"),
        (
            {"load_balancer": {"certificate": "/acme/shop"}, "image": {}},
            "load_balancer",
            "the public image of Ubuntu 24.04 LTS holds no application, so no host would answer",
        ),
        (
            {"load_balancer": {"certificate": "/acme/shop"}, "image": {"version": 3}},
            "load_balancer",
            "the public image of Ubuntu 24.04 LTS holds no application, so no host would answer",
        ),
        (
            {"load_balancer": {"certificate": "/acme/shop"}, "image": {"pipeline": "base"}},
            "load_balancer",
            "the image base holds no application, so no host would answer",
        ),
    ],
)
def test_a_server_says_what_is_wrong(server: dict[str, Any], path: str, text: str) -> None:
    """One problem, at the place where a person would mend it."""
    ((where, what),) = hosts(server)
    assert where == f"{SERVER}.{path}"
    assert what.startswith(text)


@pytest.mark.parametrize(
    "image", [{"id": "ami-01234567"}, {"parameter": "/a"}, {"pipeline": "base"}]
)
def test_an_image_that_may_hold_an_application(image: dict[str, Any]) -> None:
    """One of the organization's own, or one of ours with components, may answer."""
    server = {"image": image, "load_balancer": {"certificate": "/acme/shop"}}
    assert hosts(server, {"components": ["shop/1.x.x"]}) == []


def test_a_person_cannot_be_called_like_an_account_of_the_system() -> None:
    """cloud-init would give the keys to an account that does something else."""
    people = [{"name": "games", "keys": [KEY]}]
    shop = {"name": "shop", "asset": "orders", "system": "debian-12", "people": ["games"]}
    one = environment(servers=[shop], network=network())
    ((where, what),) = found(people=people, assets=[asset()], environments=[one])
    assert where == f"{SERVER}.people"
    assert what.startswith("'games' is an account that systems have already")


@pytest.mark.parametrize(
    ("image", "path", "text"),
    [
        ({"system": "debian-12"}, "system", "EC2 Image Builder does not build Debian 12"),
        (
            {"system": "windows-2022", "architecture": "arm64"},
            "architecture",
            "Windows Server 2022 does not exist for arm64",
        ),
        ({"components": ["shop/1.x.x"] * 2}, "components", "shop/1.x.x stands 2 times: once only"),
        ({"accounts": [ACCOUNT]}, "accounts", "names the environment's own account"),
        ({"accounts": ["999988887777"] * 2}, "accounts", "999988887777 stands 2 times"),
    ],
)
def test_an_image_says_what_is_wrong(image: dict[str, Any], path: str, text: str) -> None:
    """What Image Builder would refuse after half an hour."""
    ((where, what),) = hosts(image=image)
    assert where == f"{IMAGE}.{path}"
    assert what.startswith(text)


@pytest.mark.parametrize(
    ("database", "path", "text"),
    [
        ({"servers": ["shopp"]}, "servers", "'shopp' is no server: did you mean 'shop'?"),
        ({"servers": ["shop", "shop"]}, "servers", "shop stands 2 times: once only"),
        ({"version": "9.6"}, "version", "PostgreSQL 9.6 is not one we know"),
        ({"instance_class": "db.t2.micro"}, "instance_class", "'t2' is no family for PostgreSQL"),
        ({"engine": "aurora-mysql", "storage": 20}, "storage", "storage of Aurora has no size"),
        ({"retention": "7 days"}, "retention", "7 days are under the 35 days that orders demands"),
    ],
)
def test_a_database_says_what_is_wrong(database: dict[str, Any], path: str, text: str) -> None:
    """What RDS would refuse, and what falls short of the asset."""
    class_ = {"instance_class": "db.r7g.large"} if "engine" in database else {}
    ((where, what),) = hosts(database=class_ | database)
    assert where == f"{DATABASE}.{path}"
    assert what.startswith(text)


@pytest.mark.parametrize(
    ("engine", "point", "count"),
    [
        ("postgres", "5 minutes", 0),
        ("postgres", "4 minutes", 1),
        ("aurora-postgresql", "2 hours", 0),
        ("aurora-postgresql", "119 minutes", 1),
    ],
)
def test_a_recovery_point_that_no_copy_can_keep(engine: str, point: str, count: int) -> None:
    """Five minutes by RDS's own replication, two hours by copies of AWS Backup."""
    assets = [asset(recovery={"point": point, "time": "1 day"})]
    regions = {"home": "eu-west-1", "recovery": "eu-central-1"}
    database = {"engine": engine, "instance_class": "db.r7g.large"}
    problems = hosts(database=database, assets=assets, regions=regions)
    assert len(problems) == count
    assert all("whose recovery.point is shorter than" in text for _, text in problems)


def test_a_database_needs_a_region_for_its_copy() -> None:
    """As a bucket does; a server is never copied, because it holds nothing that stays."""
    assets = [asset(availability="high")]
    problems = hosts(assets=assets, network=network(zones=ZONES))
    assert problems == [
        (
            DATABASE,
            "serves orders and needs a copy in another region: add regions.recovery",
        )
    ]


def test_zones_that_an_asset_demands() -> None:
    """For servers and databases, which run in zones."""
    assets = [asset(availability="high")]
    regions = {"home": "eu-west-1", "recovery": "eu-central-1"}
    problems = hosts(assets=assets, regions=regions, network=network(zones=ZONES[:2]))
    text = (
        "serves orders, which demands 3 zones, in a network of 2: add zones to "
        "environments.prod.network.zones"
    )
    assert problems == [(SERVER, text), (DATABASE, text)]


def test_hosts_need_a_network() -> None:
    """Said once for an environment."""
    ((path, text),) = hosts(network=None)
    assert path == "environments.prod"
    assert text == "has images, servers, databases and no network: add network: and its cidr"


def test_hosts_without_the_internet() -> None:
    """They still need Systems Manager and security updates."""
    problems = hosts(network=network(nat="none", endpoints=["ssm", "logs"]))
    assert [path for path, _ in problems] == [SERVER, f"{SERVER}.system", IMAGE]
    assert "need ssmmessages, ec2messages, monitoring" in problems[0][1]
    endpoints = ["ssm", "ssmmessages", "ec2messages", "logs", "monitoring"]
    amazon = {"name": "shop", "asset": "orders", "system": "amazon-linux-2023"}
    one = environment(servers=[amazon], network=network(nat="none", endpoints=endpoints))
    assert found(assets=[asset()], environments=[one]) == []


def test_names_of_parameters_that_systems_manager_keeps() -> None:
    """Where hosts need parameters; a network alone needs none."""
    organization = {"name": "ssmith"}
    server = {"name": "shop", "asset": "orders", "system": "ubuntu-24.04"}
    for servers, count in (([server], 1), ([], 0)):
        one = environment(servers=servers, network=network())
        problems = found(organization=organization, assets=[asset()], environments=[one])
        assert len(problems) == count
        assert all(path == "organization.name" for path, _ in problems)


@pytest.mark.parametrize("kind", ["images", "servers", "databases"])
def test_names_are_used_once(kind: str) -> None:
    """In each list of an environment."""
    entries: dict[str, dict[str, Any]] = {
        "images": {"name": "a", "system": "ubuntu-24.04"},
        "servers": {"name": "a", "asset": "orders", "system": "ubuntu-24.04"},
        "databases": {"name": "a", "asset": "orders", "engine": "postgres"},
    }
    lists: dict[str, Any] = {kind: [entries[kind]] * 2}
    one = environment(network=network(), **lists)
    problems = found(assets=[asset()], environments=[one])
    assert (f"environments.prod.{kind}.a", "stands 2 times: names are used once") in problems


def test_people_sit_elsewhere() -> None:
    """A management network inside the environment's own would let everything in it in."""
    networks = ["10.0.3.0/24", "10.9.0.0/16", "10.9.0.0/16"]
    one = environment(network=network(management=networks))
    path = "environments.prod.network.management"
    inside = "10.0.3.0/24 overlaps the environment's own 10.0.0.0/16"
    assert found(environments=[one]) == [
        (path, f"{inside}: name the networks that people sit in"),
        (path, "10.9.0.0/16 stands 2 times: once only"),
    ]


def test_servers_that_differ_in_hyphens_only() -> None:
    """Their logical ids in a database's stack would be one."""
    servers = [{"name": name, "asset": "orders", "system": "debian-12"} for name in ("a1", "a-1")]
    one = environment(network=network(), servers=servers)
    assert found(assets=[asset()], environments=[one]) == [
        ("environments.prod.servers.a1", "differs from a-1 in hyphens only: rename one of them")
    ]


def test_more_databases_than_a_role_takes_policies() -> None:
    """Said of the server, which is what they share."""
    server = {"name": "shop", "asset": "orders", "system": "debian-12"}
    base = {"asset": "orders", "engine": "postgres", "servers": ["shop"]}
    databases = [{"name": f"d{number}", **base} for number in range(9)]
    one = environment(network=network(), servers=[server], databases=databases)
    ((path, text),) = found(assets=[asset()], environments=[one])
    assert path == SERVER
    assert text.startswith("9 databases name it: 8 at most")
