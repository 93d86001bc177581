"""Template: any notation becomes one form, and nothing in it does harm."""

from __future__ import annotations

import json
from typing import Any

import pytest

from baseline.emit import emit
from baseline.errors import ProfileError
from baseline.stack import Stack
from baseline.template import read
from tests.samples import stacks

HEAD = "Resources:\n  A:\n    Type: T\n    Properties:\n      P: "


def value(text: str) -> Any:
    """What a value written in YAML is read as."""
    return read((HEAD + text).encode(), "t.yaml")["Resources"]["A"]["Properties"]["P"]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref X", {"Ref": "X"}),
        ("!GetAtt X.Arn", {"Fn::GetAtt": ["X", "Arn"]}),
        ("!GetAtt X.Outputs.Name", {"Fn::GetAtt": ["X", "Outputs.Name"]}),
        ("!GetAtt [X, Arn]", {"Fn::GetAtt": ["X", "Arn"]}),
        ("!Sub 'a${X}'", {"Fn::Sub": "a${X}"}),
        ("!Join [',', [!Ref X, b]]", {"Fn::Join": [",", [{"Ref": "X"}, "b"]]}),
        ("!If [C, !Ref X, 1]", {"Fn::If": ["C", {"Ref": "X"}, 1]}),
        ("!Condition C", {"Condition": "C"}),
        ("!Base64 x", {"Fn::Base64": "x"}),
        (
            "!Transform {Name: N, Parameters: {}}",
            {"Fn::Transform": {"Name": "N", "Parameters": {}}},
        ),
        ("2012-10-17", "2012-10-17"),
        ("012", 10),
        ("'012'", "012"),
    ],
)
def test_short_forms(short: str, long: Any) -> None:
    """Each short form is read as its long form; dates stay text."""
    assert value(short) == long


@pytest.mark.parametrize("one", stacks("acme"), ids=lambda one: one.name)
def test_what_we_write_is_read_as_it_was(one: Stack) -> None:
    """As YAML, and as JSON."""
    assert read(emit(one).encode(), "t.yaml") == one.template
    assert read(json.dumps(one.template).encode(), "t.json") == one.template


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "t:1:1: no template: it has no mapping called Resources"),
        (b"a: 1", "t:1:1: no template: it has no mapping called Resources"),
        (b"Resources: [a]", "t:1:1: no template: it has no mapping called Resources"),
        (b"Resources:\n  A: [\n", "t:3:1: not YAML: did not find expected node content"),
        (b"Resources:\n\tA: 1\n", "t:2:1: not YAML"),
        (b"Resources: *nothing", "t:1:12: not YAML: found undefined alias"),
        (b"a\n\xff\xfe", "t:2:1: not UTF-8 text, so no template"),
        (b"Resources: " + b"[" * 100_000, "t: nested deeper than 400 levels"),
        (b"Resources:\n" + b"- " * 100_000 + b"x", "t: nested deeper than 400 levels"),
        (b'{"Resources": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "t: nested deeper"),
        (b"x" * 2_000_000, "t: over 1,048,576 bytes, more than CloudFormation accepts"),
        (b"\nResources: {A: \x00}", "t:2:1: a character that YAML does not allow"),
        (
            b"Resources: {A: {<<: {B: 1}}}",
            "t:1:17: not YAML: CloudFormation does not support merges",
        ),
        (b'{"Resources": {}, "A": ' + b"1" * 5_000 + b"}", "t: not YAML"),
        (b"Resources: {A: '" + b"]" * 9_000 + b"'}\nB: " + b"[" * 9_000, "t: nested deeper"),
    ],
)
def test_what_is_no_template(data: bytes, says: str) -> None:
    """It is an error with a place, never a crash."""
    with pytest.raises(ProfileError) as caught:
        read(data, "t")
    assert str(caught.value).startswith(says)


def test_nothing_is_executed() -> None:
    """A tag of Python's is a function of CloudFormation's that nobody knows."""
    assert value("!!str x") == "x"
    with pytest.raises(ProfileError):
        value("!!python/object/apply:os.system [id]")


def test_aliases_that_multiply_are_refused() -> None:
    """Ten levels of ten are ten thousand million values; a circle is endless."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 10):
        inside = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} [{inside}]")
    for text in ("\n".join([*lines, "Resources: {A: *a9}"]), "Resources: &r {A: {B: *r}}"):
        with pytest.raises(ProfileError, match="aliases make more than 1,000,000 values"):
            read(text.encode(), "t")
    assert read(b"a: &a [x]\nResources: {A: *a, B: *a}", "t")["Resources"] == {
        "A": ["x"],
        "B": ["x"],
    }


class Memory:
    """A cache in memory, that counts what is asked of it."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        """What was kept."""
        return self.kept.get(key)

    def put(self, key: str, text: str) -> None:
        """Keep it."""
        self.kept[key] = text


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        ("Resources: {A: {Type: T, B: [1, 1.5, true, null, x]}}", True),
        ("Resources: {A: {1: numbers are no keys in JSON}}", False),
        ("Resources: {A: {B: .nan}}", False),
        ('{"Resources": {"A": 1}}', False),
    ],
)
def test_what_was_read_is_kept_where_it_can_be(text: str, is_kept: bool) -> None:
    """It reads the same a second time, and a damaged entry is read anew."""
    cache = Memory()
    first = read(text.encode(), "t", cache)
    assert bool(cache.kept) is is_kept
    assert repr(read(text.encode(), "t", cache)) == repr(first)
    for damage in ("{", "{}", "[]", "null", '{"Resources": []}'):
        for key in cache.kept:
            cache.kept[key] = damage
        assert repr(read(text.encode(), "t", cache)) == repr(first)
