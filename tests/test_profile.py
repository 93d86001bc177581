"""Profile: what each field takes, refuses and means."""

from __future__ import annotations

import json
from datetime import timedelta
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from baseline.load import loads
from baseline.profile import (
    MOST_ENTRIES,
    AccountId,
    Bucket,
    Duration,
    Email,
    EndpointService,
    Name,
    Network4,
    Profile,
    Region,
    TagKey,
    TagValue,
    Text,
    UnitId,
    ZoneId,
)

PROFILES = Path(__file__).parent.parent / "profiles"


def read(kind: Any, value: Any) -> Any:
    """What a field of a kind makes of a value."""
    return TypeAdapter(kind).validate_python(value)


def takes(kind: Any, value: Any) -> bool:
    """Say whether a field of a kind takes a value."""
    try:
        read(kind, value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("15 minutes", timedelta(minutes=15)),
        ("1 minute", timedelta(minutes=1)),
        ("1 hour", timedelta(hours=1)),
        ("90 days", timedelta(days=90)),
        ("2 weeks", timedelta(days=14)),
        ("6 months", timedelta(days=180)),
        ("1 year", timedelta(days=365)),
        ("1 years", timedelta(days=365)),
    ],
)
def test_durations(text: str, duration: timedelta) -> None:
    """A duration is a number and a unit; a month is 30 days and a year 365."""
    assert read(Duration, text) == duration


NO_DURATIONS = ["", "90", "days", "90days", "90  days", " 90 days", "90 days\n", "90 Days"]
NO_DURATIONS += ["-1 days", "1.5 days", "1_0 days", "100000 days", "90 fortnights", "P90D"]


@pytest.mark.parametrize("text", [*NO_DURATIONS, "1 year 2 days", "\u0669\u0660 days", None, 90])
def test_no_durations(text: Any) -> None:
    """Anything else, and a number that is not of ASCII digits, is no duration."""
    with pytest.raises(ValidationError, match="a number and a unit"):
        read(Duration, text)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("0 days", False),
        ("0 minutes", False),
        ("100 years", True),
        ("36500 days", True),
        ("36501 days", False),
        ("101 years", False),
        ("99999 years", False),
    ],
)
def test_bounds_of_durations(text: str, good: bool) -> None:
    """A duration is more than nothing and at most the 100 years that S3 takes."""
    assert takes(Duration, text) == good
    if not good:
        with pytest.raises(ValidationError, match="more than nothing, and at most 100 years"):
            read(Duration, text)


NAMES = ["a", "prod", "order-archive", "a1-b2", "x" * 24]
NO_NAMES = ["", "A", "1a", "-a", "a-", "a--b", "a_b", "a.b", "a b", "a\n", "\na", "a\nb", "a\x00"]
NO_NAMES += ["../../etc/x", "/etc/passwd", "..\\x", "$(id)", "`id`", "a;id", "a|b", "a&b", "*"]
NO_NAMES += ["&a", "!a", "a: b", "{a}", "${AWS::AccountId}", "%s", "'a'", '"a"', "#a", "x" * 25]
NO_NAMES += ["\u0430", "\uff41", "a\u0301", "a\u200b", "a\u202e", "\u212a", "\u017f"]


@pytest.mark.parametrize("name", NAMES)
def test_names(name: str) -> None:
    """A name is lower case, plain and short."""
    assert read(Name, name) == name


@pytest.mark.parametrize("name", NO_NAMES)
def test_no_names(name: str) -> None:
    """Paths, shell, YAML, control characters and look-alikes are no names."""
    assert not takes(Name, name)


@given(st.text())
def test_any_name(text: str) -> None:
    """A name that is taken is made of ASCII letters, digits and hyphens only."""
    if takes(Name, text):
        assert text.isascii()
        assert text.replace("-", "").isalnum()
        assert text == text.lower()


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (AccountId, ["012345670123"], ["", "1" * 11, "1" * 13, "1111-2222-3333", "1" * 12 + "\n"]),
        (Email, ["a@x.example", "a+b@x.co"], ["a", "a@x", "a b@x.co", "a@x.co\n", "a@b@x.co"]),
        (Email, [], ["<a@x.co>", "a@x.co,b@x.co", "a\nb@x.co", "a\x85b@x.co"]),
        (UnitId, ["ou-ab12-cdef3456", "r-ab12"], ["ou-ab12", "OU-ab12-cdef3456", "r-", "123"]),
        (ZoneId, ["euw1-az1", "usgw1-az3"], ["eu-west-1a", "euw1-az0", "euw1-az9", "euw1-az1\n"]),
        (Region, ["eu-west-1"], ["eu-west-9", "", "EU-WEST-1", "cn-north-1", "eu-west-1\n"]),
        (EndpointService, ["kms", "ecr.api"], ["s3", "KMS", "kms*", "com.amazonaws.kms"]),
        (TagKey, ["CostCenter", "a b"], ["", "aws:x", "AWS:x", "Baseline:x", "a\n", "\u00e9"]),
        (TagValue, ["", "acme/infrastructure"], ["a\n", "$(id)", "x" * 257, "\u00e9"]),
        (Text, ["Head of sales", "\u00e9\u4e2d", "x" * 200], ["", "a\nb", "a\x00", "x" * 201]),
        (Text, [], ["a\x85", "a\u2028b", "a\u2029b", "\ufeffa", "a\x1b[2J"]),
    ],
)
def test_kinds(kind: Any, good: list[str], bad: list[str]) -> None:
    """Each kind of field takes what it means and nothing near it."""
    assert [value for value in good if not takes(kind, value)] == []
    assert [value for value in bad if takes(kind, value)] == []


@pytest.mark.parametrize("digit", ["\u0663", "\uff13", "\U0001d7d1"])
def test_account_digits(digit: str) -> None:
    """An account id has twelve ASCII digits, or it would end up in names that AWS refuses."""
    assert not takes(AccountId, digit * 12)


@pytest.mark.parametrize("letter", ["\x00", "\x07", "\x1b", "\x7f", "\u202e", "\ufeff"])
def test_email_is_printable(letter: str) -> None:
    """An address holds no control character and none that turns the text around."""
    assert not takes(Email, f"a{letter}b@x.example")


@pytest.mark.parametrize("letter", ["\u202e", "\u2066", "\u200f", "\u200b", "\u2060", "\U000e0041"])
def test_text_is_printable(letter: str) -> None:
    """Free text reads as it is stored: nothing invisible, nothing that turns it around."""
    assert not takes(Text, f"a{letter}b")


def test_text_says_something() -> None:
    """Text of spaces alone is no text."""
    assert not takes(Text, "   ")


@pytest.mark.parametrize("cidr", ["10.0.0.0/16", "10.0.0.0/22", "172.31.0.0/16", "100.64.0.0/20"])
def test_networks(cidr: str) -> None:
    """A private network of /16 to /22 is taken as it is."""
    assert read(Network4, cidr) == IPv4Network(cidr)


WRITTEN_ODDLY = ["", "10.0.0.0", "010.0.0.0/16", "10.0.0.0/16 ", "10.0.0.0/16\n"]
WRITTEN_ODDLY += ["fd00::/16", "10.0/16", "\u0661\u0660.0.0.0/16", "10.0.0.0/\u0661\u0666"]


@pytest.mark.parametrize(
    ("cidr", "text"),
    [
        *((cidr, "an IPv4 network with its size") for cidr in WRITTEN_ODDLY),
        (None, "an IPv4 network with its size"),
        (["10.0.0.0/16"], "an IPv4 network with its size"),
        ("10.0.0.1/16", "is an address inside of a network: write 10.0.0.0/16"),
        ("10.0.0.0/15", "/15 is too large"),
        ("10.0.0.0/23", "/23 is too small"),
        ("8.8.0.0/16", "a private network"),
        ("172.32.0.0/16", "a private network"),
        ("0.0.0.0/0", "a private network"),
    ],
)
def test_no_networks(cidr: Any, text: str) -> None:
    """Public, too large, too small and oddly written networks are refused, each for its reason."""
    with pytest.raises(ValidationError, match=text):
        read(Network4, cidr)


def smallest(**more: Any) -> dict[str, Any]:
    """The smallest profile as plain data, and more."""
    required = {"organization": {"name": "tiny"}, "regions": {"home": "eu-west-1"}}
    return {"version": "1", **required, **more}


def test_defaults() -> None:
    """What is left out has a default that keeps: a year of logs, three nats, no lock given up."""
    profile = Profile.model_validate(smallest())
    assert profile.logs.retention == timedelta(days=365)
    assert profile.organization.currency == "USD"
    assert profile.regions.used == ("eu-west-1",)
    bucket = Bucket(name="a", asset="b")
    assert (bucket.retention, bucket.lock, bucket.replicate) == (None, None, None)
    assert bucket.lock_mode == "governance"


def test_longest_lists() -> None:
    """A list has 2,000 entries at most."""
    people = [{"name": f"a{number}"} for number in range(MOST_ENTRIES + 1)]
    assert MOST_ENTRIES == 2000
    assert len(Profile.model_validate(smallest(people=people[1:])).people) == MOST_ENTRIES
    with pytest.raises(ValidationError, match="at most 2000 items"):
        Profile.model_validate(smallest(people=people))


def test_frozen() -> None:
    """A profile does not change once it is read."""
    profile = Profile.model_validate(smallest())
    with pytest.raises(ValidationError, match="frozen"):
        profile.version = "1"  # type: ignore[misc]


def test_used_regions_and_workloads() -> None:
    """Home comes before recovery, and a workload has the path at which it stands."""
    profile, _ = loads((PROFILES / "acme.yaml").read_bytes(), "acme.yaml")
    assert profile.regions.used == ("eu-west-1", "eu-central-1")
    paths = [path for one in profile.environments for path, _ in one.workloads]
    assert paths == [
        *("buckets.documents", "buckets.pictures", "servers.shop", "servers.office"),
        *("databases.orders", "databases.catalogue"),
        *("buckets.fixtures", "servers.shop", "databases.orders"),
    ]
    assert profile.asset("test-data").value == 5000


def test_yaml_means_what_it_looks_like() -> None:
    """A leading zero, the word no and a number in a name stay what was written."""
    text = """
version: 1
organization: {name: "null", tags: {Country: NO, Time: 12:30, Number: 012}}
regions: {home: eu-west-1}
environments:
  - {name: off, account: 012345670123, network: {cidr: 10.0.0.0/16, ipv6: no}}
"""
    profile, _ = loads(text.encode(), "p.yaml")
    assert profile.organization.name == "null"
    assert profile.organization.tags == {"Country": "NO", "Time": "12:30", "Number": "012"}
    (environment,) = profile.environments
    assert environment.account == "012345670123"
    assert environment.network is not None
    assert environment.network.ipv6 is False


def test_json_schema() -> None:
    """The schema of the file comes from the same types, knows every key and no other."""
    schema = Profile.model_json_schema()
    json.dumps(schema)
    assert set(schema["properties"]) == set(Profile.model_fields)
    records = [one for one in schema["$defs"].values() if one["type"] == "object"]
    assert all(one["additionalProperties"] is False for one in [schema, *records])
