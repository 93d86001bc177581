"""Consistency: what no single field can know, each problem at its path and in full."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from baseline.consistency import problems
from baseline.profile import Profile

HIGH: dict[str, Any] = {"integrity": "high", "availability": "high", "value": 1_000_000}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMWvgtt6E5N3I/QJ/s/gRtrZNDKMbC9kGmfvX5wJkilr"
UNITS = ["ou-ab12-cdef3456"]
ACCOUNT = "111122223333"
TWICE = "stands 2 times: names are used once"
WOULD_MATCH = (
    "starts with 'prod-', as does everything in 'prod', whose policies would match its "
    "resources: rename one of the two"
)
UNDER = "that orders demands: leave it out to get these, or lower the asset's value or rating"
IN_DAYS = "S3 counts in days: one at least"
NO_LOCK = "there is no lock: add lock: and how long"
PARTITIONS = (
    "us-west-2 and us-gov-west-1 are in different partitions of AWS, between which nothing can be "
    "copied"
)
NO_NAMESPACE = (
    "me-south-1 has no account-regional bucket names, on which our buckets rest: choose another "
    "region"
)


def asset(name: str = "orders", **fields: Any) -> dict[str, Any]:
    """An asset as plain data, of little value unless fields say more."""
    return {"name": name, "owner": "o", "value": 1, **fields}


def bucket(name: str = "documents", **fields: Any) -> dict[str, Any]:
    """A bucket for the orders, as plain data."""
    return {"name": name, "asset": "orders", **fields}


def environment(name: str = "prod", **fields: Any) -> dict[str, Any]:
    """An environment with an account, as plain data."""
    return {"name": name, "account": ACCOUNT, **fields}


def network(cidr: str = "10.0.0.0/16", **fields: Any) -> dict[str, Any]:
    """A network as plain data."""
    return {"cidr": cidr, **fields}


def found(**parts: Any) -> list[tuple[str, str]]:
    """Problems of a profile of these parts: path and text."""
    required = {"organization": {"name": "tiny"}, "regions": {"home": "eu-west-1"}}
    profile = Profile.model_validate({"version": "1", **required, **parts})
    return [(problem.path, problem.text) for problem in problems(profile)]


def with_bucket(one: dict[str, Any], **fields: Any) -> list[tuple[str, str]]:
    """Problems of a bucket that serves an asset of these fields."""
    return found(assets=[asset(**fields)], environments=[environment(buckets=[one])])


def test_nothing_wrong() -> None:
    """A sound profile has no problem."""
    other = environment("test", account="2" * 12, network=network("10.1.0.0/16"))
    assert (
        found(
            regions={"home": "eu-west-1", "recovery": "eu-central-1"},
            assets=[asset(**HIGH), asset("shop", depends_on=["orders"])],
            people=[{"name": "alice", "keys": [KEY]}],
            environments=[environment(network=network(), buckets=[bucket()]), other],
        )
        == []
    )


def test_undefined_assets() -> None:
    """An asset that is named and not defined is told everywhere, with a guess where one is near."""
    risk = {"threat": "t", "likelihood": "low", "impact": "low", "treatment": "avoid"}
    assert found(
        assets=[asset(depends_on=["ordres"])],
        risks=[{"asset": "orders", **risk}, {"asset": "zebra", **risk}],
        environments=[environment(buckets=[bucket(asset="order")])],
    ) == [
        ("assets.orders.depends_on", "'ordres' is no asset: did you mean 'orders'?"),
        ("risks.1.asset", "'zebra' is no asset: define it under assets, with its owner and value"),
        (
            "environments.prod.buckets.documents.asset",
            "'order' is no asset: did you mean 'orders'?",
        ),
    ]


@pytest.mark.parametrize(
    ("edges", "path", "circle"),
    [
        ({"a": ["a"]}, "assets.a.depends_on", "a → a"),
        ({"a": ["b"], "b": ["a"]}, "assets.a.depends_on", "a → b → a"),
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, "assets.b.depends_on", "b → c → b"),
    ],
)
def test_circles(edges: dict[str, list[str]], path: str, circle: str) -> None:
    """An asset that depends on itself, through others or not, is told with the way round."""
    told = found(assets=[asset(name, depends_on=on) for name, on in edges.items()])
    assert told == [(path, f"depends on itself ({circle}): leave one of them out")]


def test_a_long_chain_is_no_circle() -> None:
    """A chain of a thousand assets is walked without recursion."""
    chain = [asset(f"a{n}", depends_on=[f"a{n + 1}"]) for n in range(1000)]
    assert found(assets=[*chain, asset("a1000")]) == []


@pytest.mark.parametrize(
    ("edges", "paths"),
    [
        ({"a": ["a"], "b": ["b"]}, ["a", "b"]),
        ({"a": ["b"], "b": ["a"], "c": ["c"]}, ["a", "c"]),
        ({"a": ["b"], "b": ["c", "a"], "c": ["a"]}, ["a", "a"]),
    ],
    ids=["of one each", "apart", "that share an edge"],
)
def test_two_circles(edges: dict[str, list[str]], paths: list[str]) -> None:
    """Two circles are two problems, both told at once."""
    told = found(assets=[asset(name, depends_on=on) for name, on in edges.items()])
    assert len(set(told)) == 2
    assert [path for path, _ in told] == [f"assets.{name}.depends_on" for name in paths]


def test_person_without_keys() -> None:
    """A person without a key could log in nowhere."""
    assert found(people=[{"name": "alice"}]) == [
        (
            "people.alice",
            "has no keys, so could log in nowhere: add the line of a .pub file under keys",
        )
    ]


def test_key_of_two_people() -> None:
    """A key belongs to one person, whatever its comment says."""
    people = [{"name": "alice", "keys": [f"{KEY} a"]}, {"name": "bob", "keys": [f"{KEY} b"]}]
    assert found(people=people) == [
        ("people.bob.keys.0", "is also a key of alice: every key belongs to one person, once")
    ]


@pytest.mark.parametrize(
    ("parts", "path", "text"),
    [
        ({"people": [{"name": "a", "keys": [KEY]}, {"name": "a"}]}, "people.a", TWICE),
        ({"assets": [asset("a"), asset("a")]}, "assets.a", TWICE),
        (
            {"environments": [environment("a", account="1" * 12), environment("a")]},
            "environments.a",
            "2 fleets or environments have this name: names are used once",
        ),
        (
            {"fleets": [{"name": "a", "units": UNITS}], "environments": [environment("a")]},
            "environments.a",
            "2 fleets or environments have this name: names are used once",
        ),
        (
            {"assets": [asset()], "environments": [environment(buckets=[bucket("a")] * 2)]},
            "environments.prod.buckets.a",
            TWICE,
        ),
    ],
)
def test_names_that_stand_twice(parts: dict[str, Any], path: str, text: str) -> None:
    """A name stands once in its list, and fleets and environments share one."""
    assert found(**parts).count((path, text)) == 1


@pytest.mark.parametrize(("one", "other"), [("prod", "prod-eu"), ("prod", "prod-a-b")])
def test_name_that_begins_another(one: str, other: str) -> None:
    """An environment's name is not the beginning of another's, up to a hyphen."""
    environments = [environment(other), environment(one, account="1" * 12)]
    assert found(environments=environments) == [(f"environments.{other}", WOULD_MATCH)]
    assert found(environments=[environment("prod"), {"name": "product"}]) == []


def test_names_of_fleets() -> None:
    """A problem with a fleet's name is told at the fleet."""
    twice = [{"name": "all", "units": UNITS}] * 2
    text = "2 fleets or environments have this name: names are used once"
    assert found(fleets=twice) == [("fleets.all", text)]
    fleets = [{"name": "prod-x", "units": UNITS}]
    assert found(fleets=fleets, environments=[environment()]) == [("fleets.prod-x", WOULD_MATCH)]


def test_assets_that_differ_only_in_hyphens() -> None:
    """Two assets whose keys would share one logical id are told, and others are not."""
    told = found(assets=[asset("a-1"), asset("a1"), asset("a-b"), asset("ab")])
    text = "differs from a-1 in hyphens only: rename one of them"
    assert told == [("assets.a1", text)]


@pytest.mark.parametrize(
    ("regions", "expected"),
    [
        (
            {"home": "eu-west-1", "recovery": "eu-west-1"},
            [("regions.recovery", "is the home region eu-west-1: choose another, or leave it out")],
        ),
        (
            {"home": "eu-west-1", "recovery": "eu-west-2", "allowed": ["eu-west-3"]},
            [
                ("regions.home", "eu-west-1 is not in regions.allowed: add it there or change it"),
                (
                    "regions.recovery",
                    "eu-west-2 is not in regions.allowed: add it there or change it",
                ),
            ],
        ),
        ({"home": "us-gov-west-1", "recovery": "us-west-2"}, [("regions.recovery", PARTITIONS)]),
        ({"home": "me-south-1"}, [("regions.home", NO_NAMESPACE)]),
        ({"home": "us-gov-west-1", "recovery": "us-gov-east-1"}, []),
        ({"home": "eu-west-1", "allowed": ["eu-west-1"]}, []),
    ],
)
def test_regions(regions: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """Home and recovery are two regions of one partition, both allowed and both whole."""
    assert found(regions=regions) == expected


@pytest.mark.parametrize(
    "parts", [{"network": network()}, {"buckets": [bucket()]}], ids=["network", "bucket"]
)
def test_environment_without_account(parts: dict[str, Any]) -> None:
    """An environment in which anything runs has an account."""
    told = found(assets=[asset()], environments=[{"name": "prod", **parts}])
    assert told == [
        (
            "environments.prod",
            "has a network or workloads and no account of its own: add account: and its 12 digits",
        )
    ]


def test_environment_with_nothing() -> None:
    """An environment in which nothing runs yet needs no account."""
    assert found(environments=[{"name": "prod"}, {"name": "test"}]) == []


def test_account_of_two_environments() -> None:
    """Two environments do not share an account."""
    assert found(environments=[environment("prod"), environment("test")]) == [
        (
            "environments.test.account",
            "is also the account of prod: environments are kept apart by their accounts",
        )
    ]


@pytest.mark.parametrize(
    ("prod", "test", "told", "text"),
    [
        ("10.0.0.0/16", "10.0.0.0/16", "test", "10.0.0.0/16 overlaps 10.0.0.0/16 of prod"),
        ("10.0.0.0/16", "10.0.252.0/22", "test", "10.0.252.0/22 overlaps 10.0.0.0/16 of prod"),
        ("10.0.240.0/20", "10.0.0.0/16", "prod", "10.0.240.0/20 overlaps 10.0.0.0/16 of test"),
        ("10.0.0.0/20", "10.0.0.0/16", "prod", "10.0.0.0/20 overlaps 10.0.0.0/16 of test"),
        ("10.0.0.0/16", "10.1.0.0/16", "", ""),
        ("10.0.0.0/20", "10.0.16.0/20", "", ""),
    ],
)
def test_networks_that_overlap(prod: str, test: str, told: str, text: str) -> None:
    """Networks do not overlap; of two the one with the later, or the smaller, range is told."""
    later = environment("test", account="2" * 12, network=network(test))
    expected = (f"environments.{told}.network.cidr", f"{text}: the two could never be connected")
    both = [environment(network=network(prod)), later]
    assert found(environments=both) == ([expected] if told else [])


def test_networks_inside_one() -> None:
    """A wide network is told of beside each that lies in it, not only the next."""
    cidrs = {"a": "10.0.0.0/16", "b": "10.0.0.0/20", "c": "10.0.32.0/20"}
    sites = [
        environment(name, account=str(number) * 12, network=network(cidr))
        for number, (name, cidr) in enumerate(cidrs.items())
    ]
    assert [path for path, _ in found(environments=sites)] == [
        "environments.b.network.cidr",
        "environments.c.network.cidr",
    ]


@pytest.mark.parametrize(
    ("zones", "expected"),
    [
        (["euw1-az1", "euw1-az2"], []),
        (["euw1-az1"], ["one zone is one point of failure: 2 to 6 are needed"]),
        (["euw1-az1", "euw1-az1"], ["euw1-az1 stands 2 times: once only"]),
        (
            ["euw1-az1", "use1-az1", "euw2-az1"],
            [
                "euw2-az1 is not in eu-west-1, whose zones are euw1-az1, euw1-az2, euw1-az3",
                "use1-az1 is not in eu-west-1, whose zones are euw1-az1, euw1-az2, euw1-az3",
            ],
        ),
        (
            ["euw1-az1", "euw1-az8"],
            ["euw1-az8 is not in eu-west-1, whose zones are euw1-az1, euw1-az2, euw1-az3"],
        ),
    ],
)
def test_zones(zones: list[str], expected: list[str]) -> None:
    """Zones are of the home region, each once, and more than one."""
    told = found(environments=[environment(network=network(zones=zones))])
    assert told == [("environments.prod.network.zones", text) for text in expected]


def test_zones_that_differ_by_account() -> None:
    """Where accounts see different zones, the profile must name its own."""
    regions = {"home": "us-west-1"}
    assert found(regions=regions, environments=[environment(network=network())]) == [
        (
            "environments.prod.network.zones",
            "accounts do not see the same zones of us-west-1: write the ones that yours has",
        )
    ]
    named = network(zones=["usw1-az1", "usw1-az3"])
    assert found(regions=regions, environments=[environment(network=named)]) == []


def test_bucket_spans_zones_by_itself() -> None:
    """A bucket for a highly available asset asks no third zone of the network beside it."""
    one = environment(network=network(zones=["euw1-az1", "euw1-az2"]), buckets=[bucket()])
    regions = {"home": "eu-west-1", "recovery": "eu-west-2"}
    assets = [asset(availability="high")]
    assert found(regions=regions, assets=assets, environments=[one]) == []


@pytest.mark.parametrize(
    ("asks", "rates", "expected"),
    [
        ({"retention": "35 days"}, {}, []),
        ({"retention": "34 days"}, {}, [("retention", f"34 days are under the 35 days {UNDER}")]),
        (
            {"retention": "364 days"},
            {"value": 10**6},
            [("retention", f"364 days are under the 365 days {UNDER}")],
        ),
        ({"retention": "1 year"}, {"value": 10**6}, []),
        ({"lock": "30 days"}, {"integrity": "high"}, []),
        (
            {"lock": "29 days"},
            {"integrity": "high"},
            [("lock", f"29 days are under the 30 days {UNDER}")],
        ),
        ({"lock": "23 hours"}, {}, [("lock", IN_DAYS)]),
        ({"lock_mode": "compliance"}, {}, [("lock_mode", NO_LOCK)]),
        ({"lock_mode": "compliance"}, {"integrity": "high"}, []),
        ({"lock_mode": "compliance", "lock": "1 day"}, {}, []),
        ({"archive": {"after": "1 hour"}}, {}, [("archive.after", IN_DAYS)]),
        ({"archive": {"after": "10 days", "deep_after": "100 days"}}, {}, []),
        (
            {"archive": {"after": "10 days", "deep_after": "99 days"}},
            {},
            [("archive.deep_after", "at least 90 days after the first move: 100 days or more")],
        ),
    ],
)
def test_demands(
    asks: dict[str, Any], rates: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """A bucket asks for no less than its asset demands, and for what S3 can do."""
    path = "environments.prod.buckets.documents"
    told = with_bucket(bucket(**asks), **rates)
    assert told == [(f"{path}.{field}", text) for field, text in expected]


def test_copy_that_has_no_region() -> None:
    """A copy that is demanded or asked for needs a recovery region."""
    text = "serves orders and needs a copy in another region: add regions.recovery"
    expected = [("environments.prod.buckets.documents", text)]
    assert with_bucket(bucket(), availability="high") == expected
    assert with_bucket(bucket(replicate=True)) == expected
    assert with_bucket(bucket(replicate=False)) == []


def test_copy_that_is_declined() -> None:
    """A copy that the asset demands cannot be declined."""
    told = found(
        regions={"home": "eu-west-1", "recovery": "eu-west-2"},
        assets=[asset(recovery={"point": "24 hours", "time": "1 day"})],
        environments=[environment(buckets=[bucket(replicate=False)])],
    )
    assert told == [
        (
            "environments.prod.buckets.documents.replicate",
            "orders demands a copy in the recovery region: leave replicate out",
        )
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("access-logs", "'access-logs' is the name of a bucket of our own"),
        ("x-recovery", "-recovery at the end is kept for copies: choose another name"),
    ],
)
def test_bucket_names_of_ours(name: str, text: str) -> None:
    """Names that buckets of ours have are not free."""
    assert with_bucket(bucket(name)) == [(f"environments.prod.buckets.{name}", text)]


@pytest.mark.parametrize(
    ("home", "environment_name", "name", "excess"),
    [
        ("eu-west-1", "production", "x" * 21, 0),
        ("eu-west-1", "production", "x" * 22, 1),
        ("ap-southeast-1", "production", "x" * 21, 5),
    ],
)
def test_bucket_name_too_long(home: str, environment_name: str, name: str, excess: int) -> None:
    """A bucket's whole name, with account and region, fits into S3's 63 characters."""
    told = found(
        regions={"home": home},
        assets=[asset()],
        environments=[environment(environment_name, buckets=[bucket(name)])],
    )
    text = (
        f"its bucket in {home} would be called tiny-{environment_name}-{name}-…-{home}-an: "
        f"{63 + excess} characters, where S3 takes 63: shorten a name"
    )
    path = f"environments.{environment_name}.buckets.{name}"
    assert told == ([(path, text)] if excess else [])
    whole = f"tiny-{environment_name}-{name}-{ACCOUNT}-{home}-an"
    assert len(whole) == 63 + excess


def test_recovery_time_under_a_minute() -> None:
    """A recovery time of no time is told."""
    told = found(assets=[asset(recovery={"point": "2 days", "time": timedelta(0)})])
    assert told == [("assets.orders.recovery.time", "is under a minute")]


def test_all_at_once() -> None:
    """Problems of different kinds are all told, not only the first."""
    paths = {
        path
        for path, _ in found(
            regions={"home": "eu-west-1", "recovery": "eu-west-1"},
            people=[{"name": "alice"}],
            assets=[asset(depends_on=["zebra"])],
            environments=[{"name": "prod", "network": network(zones=["use1-az1", "euw1-az1"])}],
        )
    }
    assert paths == {
        "regions.recovery",
        "people.alice",
        "assets.orders.depends_on",
        "environments.prod",
        "environments.prod.network.zones",
    }
