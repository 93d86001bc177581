"""Engines: versions that cfn-lint knows, classes and storage that RDS takes."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import pytest

from baseline.engines import (
    BURSTABLE,
    ENGINES,
    GIB_PER_VCPU,
    memory_gib,
    most_connections,
    refusals,
)
from baseline.kept import NoCache
from baseline.lint import lint
from baseline.profile import Database


def wish(**fields: Any) -> Database:
    """A database of a profile."""
    return Database.model_validate({"name": "main", "asset": "data", "engine": "postgres"} | fields)


def refused(**fields: Any) -> list[str]:
    """Fields of which something is refused."""
    return [field for field, _ in refusals(wish(**fields))]


Wish = tuple[str, str, str]


def unknown(wishes: list[Wish]) -> list[Wish]:
    """Those of engine, version and class that cfn-lint, which has RDS's own lists, tells of."""
    made: dict[str, Any] = {}
    for number, (name, version, size) in enumerate(wishes):
        instance = {"Engine": name, "DBInstanceClass": size}
        if ENGINES[name].is_aurora:
            cluster = {"Engine": name, "EngineVersion": version}
            made[f"Cluster{number}"] = {"Type": "AWS::RDS::DBCluster", "Properties": cluster}
        else:
            instance["EngineVersion"] = version
        made[f"Database{number}"] = {"Type": "AWS::RDS::DBInstance", "Properties": instance}
    found = lint({"template": json.dumps({"Resources": made})}, ("us-east-1",), NoCache())
    told = {
        int(re.sub("[A-Za-z]", "", one.path[1]))
        for one in found["template"]
        if {"EngineVersion", "DBInstanceClass"} & {*one.path}
    }
    return [wish for number, wish in enumerate(wishes) if number in told]


def test_every_engine_of_a_profile_is_in_the_table() -> None:
    """Under the name that the profile and RDS have for it."""
    assert list(ENGINES) == list(get_args(Database.model_fields["engine"].annotation))
    for name, engine in ENGINES.items():
        assert engine.name == name
        assert engine.release(None) is not None


def test_rds_takes_every_version_and_class_of_the_table() -> None:
    """Versions are known, and may still be made; so are the classes that are not refused."""
    sizes = [f"db.{family}.xlarge" for family in GIB_PER_VCPU]
    sizes += [f"db.{family}.medium" for family in BURSTABLE]
    wrong: list[Wish] = []
    right: list[Wish] = []
    for name, engine in ENGINES.items():
        first = engine.version(None)
        wrong += [(name, "1.2.3", "db.r7g.large"), (name, first, "db.m1.small")]
        right += [(name, one.version, "db.r7g.large") for one in engine.releases]
        if name not in ("mysql", "mariadb"):  # the same as for postgres, and cfn-lint is slow
            taken = [size for size in sizes if not refused(engine=name, instance_class=size)]
            assert len(taken) > 8
            right += [(name, first, size) for size in taken]
    assert unknown([*right, *wrong]) == wrong


def test_a_family_of_parameters_is_that_of_its_version() -> None:
    """As RDS names it: the engine, then the major version."""
    for engine in ENGINES.values():
        for release in engine.releases:
            assert release.family == f"{engine.name}{release.major}"


@pytest.mark.parametrize(
    ("engine", "asked", "written"),
    [
        ("postgres", None, "17.10"),
        ("postgres", "16", "16.14"),
        ("postgres", "17.5", "17.5"),
        ("mysql", "8.4", "8.4.10"),
        ("mariadb", "10.11.14", "10.11.14"),
        ("aurora-postgresql", "18", "18.4"),
        ("aurora-mysql", "8.0", "8.0.mysql_aurora.3.10.6"),
        ("aurora-mysql", "8.4.8", "8.4.mysql_aurora.8.4.8"),
    ],
)
def test_a_version_is_named_as_rds_names_it(engine: str, asked: str | None, written: str) -> None:
    """A major one begins with the table's minor; a minor one stays what it is."""
    assert ENGINES[engine].version(asked) == written


@pytest.mark.parametrize(
    ("engine", "version"),
    [
        *(
            ("postgres", "9"),
            ("postgres", "1"),
            ("postgres", "170"),
            ("mysql", "8"),
            ("mysql", "5.7"),
        ),
        *(("mariadb", "11"), ("aurora-mysql", "8.0.35"), ("aurora-mysql", "5.7")),
    ],
)
def test_a_version_that_rds_does_not_have_is_refused(engine: str, version: str) -> None:
    """Also one that only begins like one that it has."""
    assert refused(engine=engine, version=version, instance_class="db.r7g.large") == ["version"]


@pytest.mark.parametrize(
    ("engine", "size", "is_taken"),
    [
        ("postgres", "db.t4g.micro", True),
        ("mysql", "db.t4g.micro", False),
        ("mysql", "db.t4g.medium", True),
        ("mariadb", "db.t3.small", False),
        ("postgres", "db.c6gd.large", False),
        ("postgres", "db.t2.medium", False),
        ("postgres", "db.m7g.large", True),
        ("postgres", "db.m7g.huge", False),
        ("postgres", "db.m99.large", False),
        ("aurora-mysql", "db.m7g.large", False),
        ("aurora-mysql", "db.r7g.large", True),
        ("aurora-mysql", "db.t3.medium", False),
        ("aurora-mysql", "db.t4g.medium", True),
        ("aurora-postgresql", "db.t3.medium", True),
        ("aurora-postgresql", "db.t4g.small", False),
        ("aurora-postgresql", "db.serverless", False),
    ],
)
def test_a_class_is_taken_if_engine_and_insights_take_it(
    engine: str, size: str, *, is_taken: bool
) -> None:
    """Without Performance Insights, a template would fail half-way through its deployment."""
    if size == "db.serverless":
        with pytest.raises(ValueError, match="instance_class"):
            wish(instance_class=size)
    else:
        assert refused(engine=engine, instance_class=size) == (
            [] if is_taken else ["instance_class"]
        )


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"storage": 100, "most_storage": 110}, []),
        ({"storage": 100, "most_storage": 109}, ["most_storage"]),
        ({"storage": 100, "most_storage": 50}, ["most_storage"]),
        ({"most_storage": 50}, ["most_storage"]),
        ({"storage": 100}, []),
        (
            {"engine": "aurora-mysql", "instance_class": "db.r7g.large", "storage": 100},
            ["storage"],
        ),
    ],
)
def test_storage_has_room_to_grow(fields: dict[str, Any], wrong: list[str]) -> None:
    """By a tenth at least, which RDS asks for; Aurora's has no size."""
    assert refused(**fields) == wrong


@pytest.mark.parametrize(
    ("size", "gib"),
    [
        ("db.t3.micro", 1),
        ("db.t4g.medium", 4),
        ("db.t4g.2xlarge", 32),
        ("db.m7g.large", 8),
        ("db.r7g.xlarge", 32),
        ("db.r7g.16xlarge", 512),
        ("db.x2g.large", 32),
        ("db.x2iedn.xlarge", 128),
        ("db.m7g.medium", None),
        ("db.z9.large", None),
        ("db.m7g.nano", None),
    ],
)
def test_memory_of_a_class_is_known_by_its_name(size: str, gib: float | None) -> None:
    """As AWS lists it."""
    assert memory_gib(size) == gib


@pytest.mark.parametrize(
    ("engine", "gib", "count"),
    [
        ("postgres", 8, 901),
        ("postgres", 512, 5000),
        ("mysql", 8, 682),
        ("aurora-postgresql", 16, 1802),
        ("aurora-mysql", 4, 108),
        ("aurora-mysql", 16, 1069),
    ],
)
def test_connections_follow_from_memory(engine: str, gib: float, count: int) -> None:
    """By the formulas of the default parameter groups."""
    assert most_connections(ENGINES[engine], gib) == count
