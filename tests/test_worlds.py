"""Worlds: templates of others, read in every combination that can occur, and in no other."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baseline.catalogue import by_name
from baseline.check import Subject, examine
from baseline.kept import NoCache
from baseline.template import read
from baseline.worlds import MOST_WORLDS, holds_in, worlds

GROUP = "AWS::Logs::LogGroup"


def values(template: str, resource: str = "R") -> list[Any]:
    """The property V of a resource in every world, as plain data."""
    data = read(template.encode(), "t.yaml")
    return [
        world.body["Properties"].get("V") for world in worlds(data, data["Resources"][resource])
    ]


def one(value: str, *sections: str) -> str:
    """A template with one resource whose property V is a value."""
    text = "\n".join(sections)
    return f"{text}\nResources:\n  R:\n    Type: T\n    Properties:\n      V: {value}\n"


CONDITION = "Conditions: {C: !Equals [!Ref P, a]}"


@pytest.mark.parametrize(
    ("value", "sections", "found"),
    [
        ("!Ref P", ("Parameters: {P: {Type: String, AllowedValues: [a, b]}}",), ["a", "b"]),
        ("!Ref P", ("Parameters: {P: {Type: Number, Default: 7}}",), [7, {"Ref": "P"}]),
        ("!Ref P", ("Parameters: {P: {Type: String}}",), [{"Ref": "P"}]),
        (
            "!Ref P",
            ("Parameters: {P: {Type: CommaDelimitedList, Default: 'a, b'}}",),
            [["a", "b"], {"Ref": "P"}],
        ),
        (
            "!Ref P",
            ("Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /x}}",),
            [{"Ref": "P"}],
        ),
        (
            "!If [C, 1, 2]",
            ("Parameters: {P: {Type: String, AllowedValues: [a, b]}}", CONDITION),
            [1, 2],
        ),
        ("!If [C, 1, !Ref 'AWS::NoValue']", (
            "Parameters: {P: {Type: String, AllowedValues: [a, b]}}", CONDITION), [1, None]),
        ("!If [C, 1, 2]", ("Parameters: {P: {Type: String}}", CONDITION), [1, 2]),
        ("!If [C, 1, 2]", ("Parameters: {P: {Type: String, AllowedValues: [a]}}", CONDITION), [1]),
        ("!If [C, 1, 2]", ("Conditions: {C: !Equals [x, x]}",), [1]),
        ("!If [C, 1, 2]", ("Conditions: {C: !Not [!Equals ['true', true]]}",), [2]),
        ("!If [C, 1, 2]", ("Conditions: {C: !Equals [!Select [0, !Ref L], x]}",), [1, 2]),
        ("!If [Missing, 1, 2]", (CONDITION,), [{"Fn::If": ["Missing", 1, 2]}]),
        (
            "!FindInMap [M, !Ref P, K]",
            (
                "Parameters: {P: {Type: String, AllowedValues: [a, b]}}",
                "Mappings: {M: {a: {K: 1}, b: {K: 2}}}",
            ),
            [1, 2],
        ),
        (
            "!Sub '${P}-${AWS::Region}'",
            ("Parameters: {P: {Type: String, AllowedValues: [a]}}",),
            [{"Fn::Sub": "${P}-${AWS::Region}"}],
        ),
        ("!Sub 'x-${P}'", ("Parameters: {P: {Type: String, AllowedValues: [a]}}",), ["x-a"]),
        (
            "!Join ['-', [x, !Ref P]]",
            ("Parameters: {P: {Type: String, AllowedValues: [a]}}",),
            ["x-a"],
        ),
    ],
)  # fmt: skip
def test_what_a_property_may_be(value: str, sections: tuple[str, ...], found: list[Any]) -> None:
    """Every value that can occur; what stays open stays an intrinsic."""
    assert values(one(value, *sections)) == found


def test_conditions_hold_together_or_not_at_all() -> None:
    """A condition and its opposite never hold at once, nor two values of one parameter."""
    sections = (
        "Parameters: {P: {Type: String, Default: a}}",
        "Conditions: {A: !Equals [!Ref P, a], B: !Equals [!Ref P, b], N: !Not [!Condition A]}",
    )
    found = values(one("[!If [A, 1, 0], !If [B, 1, 0], !If [N, 1, 0]]", *sections))
    assert sorted(found) == [[0, 0, 1], [0, 1, 1], [1, 0, 0]]


def test_a_resource_that_never_exists_is_not_judged() -> None:
    """Its condition is evaluated, too; and where it may exist, it is read as if it does."""
    text = "Conditions: {{C: !Equals [{0}, x]}}\nResources:\n  R: {{Type: T, Condition: C}}\n"
    never, always = (
        read(text.format(side).encode(), "t.yaml") for side in ("y", "!Ref 'AWS::Region'")
    )
    assert worlds(never, never["Resources"]["R"]) == ()
    assert len(worlds(always, always["Resources"]["R"])) == 1


def test_too_many_worlds_are_none() -> None:
    """Then nothing is decided, and a control cannot judge; parameters go before conditions."""
    many = ", ".join(map(str, range(MOST_WORLDS + 1)))
    sections = (
        f"Parameters: {{P: {{Type: String, AllowedValues: [{many}]}}, Q: {{Type: String}}}}",
        "Conditions: {C: !Equals [!Ref Q, x]}",
    )
    assert values(one("!Ref P", *sections)) == [{"Ref": "P"}]
    found = values(one("[!Ref P, !If [C, 1, 2]]", *sections))
    assert sorted(number for _, number in found) == [1, 2]
    assert all(name == {"Ref": "P"} for name, _ in found)


@pytest.mark.parametrize(
    "sections",
    [
        "Conditions: {C: !Condition C}",
        "Conditions: {C: !Or [!Condition C, !Condition D], D: !And [!Condition C]}",
        "Conditions: {C: [1], D: x}",
        "Conditions: {C: !Equals [1]}",
        "Conditions: {C: !Not []}",
        "Parameters: {P: x}\nConditions: {C: !Equals [!Ref P, [1]]}",
        "Parameters: [x]\nMappings: {M: x}\nConditions: {C: !Equals [!FindInMap [M, a, b], 1]}",
    ],
)
def test_nonsense_decides_nothing_and_crashes_nothing(sections: str) -> None:
    """Circles, wrong shapes, things that are not there: cfn-lint speaks of those."""
    assert values(one("!If [C, !Ref P, !FindInMap [M]]", sections))


def test_what_tells_worlds_apart() -> None:
    """The one fact that they share and others lack; nothing where it is all of them."""
    facts = [("A holds", "P is x"), ("A holds", "P is y"), ("A does not hold", "P is x")]
    assert holds_in(facts, [0, 1, 2]) == ""
    assert holds_in(facts, [0, 1]) == "A holds"
    assert holds_in(facts, [1]) == "P is y"
    assert holds_in(facts, [0]) == "A holds and P is x"


words = st.sampled_from(["A", "B", "P", "AWS::Region", "AWS::NoValue", "a", "x", "0", "1", ""])
scalars = words | st.integers(-1, 3) | st.booleans() | st.none() | st.floats(allow_nan=False)
keys = st.sampled_from(
    [
        *("Ref", "Fn::If", "Fn::Equals", "Fn::Not", "Fn::And", "Fn::Or", "Fn::Sub", "Condition"),
        *("Fn::FindInMap", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::GetAtt", "Type", "A", "B"),
        *("Properties", "AllowedValues", "Default", "Statement", "Tags", "Principal"),
    ]
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=12,
)
named = st.dictionaries(st.sampled_from(["A", "B", "P"]), trees, max_size=3)
kinds = st.sampled_from(["AWS::S3::Bucket", "AWS::KMS::Key", "AWS::EC2::SecurityGroup", "T"])
bodies = st.fixed_dictionaries({"Type": kinds, "Properties": trees}, optional={"Condition": words})
templates = st.fixed_dictionaries(
    {"Resources": st.dictionaries(words, bodies | trees, max_size=3)},
    optional={
        "Parameters": named | trees,
        "Conditions": named | trees,
        "Mappings": named | trees,
        "Outputs": named | trees,
    },
)


@given(templates)
@settings(deadline=None)
def test_no_template_stops_the_check(template: dict[str, Any]) -> None:
    """Whatever stands where: findings, or doubts, and never a crash of the engine."""
    subject = Subject("t.yaml", "t", json.dumps(template), template, account="x/one")
    done = examine([subject], (), NoCache(), date(2026, 11, 25), only=by_name())
    assert len(done.judged) == 1


def kept_a_year(value: str, *sections: str) -> list[tuple[str, str]]:
    """State and message of one control about the retention of a log group."""
    text = "\n".join(sections)
    text += f"\nResources:\n  L: {{Type: '{GROUP}', Properties: {{RetentionInDays: {value}}}}}\n"
    template = read(text.encode(), "t.yaml")
    done = examine(
        *([Subject("t.yaml", "t", text, template)], (), NoCache(), date(2026, 11, 25)),
        only={"logs.kept-a-year"},
    )
    return [(found.state, found.message) for found in done.findings]


@pytest.mark.parametrize(
    ("value", "section", "found"),
    [
        (
            "!If [C, 30, 7]",
            "Conditions: {C: !Equals [!Ref 'AWS::Region', eu-west-1]}",
            [
                ("open", "30, under 365, where the condition C holds"),
                ("open", "7, under 365, where the condition C does not hold"),
            ],
        ),
        (
            "!If [C, 400, 7]",
            "Conditions: {C: !Equals [!Ref 'AWS::Region', eu-west-1]}",
            [("open", "7, under 365, where the condition C does not hold")],
        ),
        (
            "!Ref P",
            "Parameters: {P: {Type: Number, Default: 30}}",
            [("open", "30, under 365, where P is 30")],
        ),
        ("!Ref P", "Parameters: {P: {Type: Number, AllowedValues: [400, 731]}}", []),
        (
            "!Ref P",
            "Parameters: {P: {Type: Number, Default: 400}}",
            [("cannot judge", "decided by Ref")],
        ),
    ],
)
def test_both_branches_are_judged(value: str, section: str, found: list[tuple[str, str]]) -> None:
    """Each that is wrong is told, with when; a good default is no pass, for it can be changed."""
    said = kept_a_year(value, section)
    assert len(said) == len(found)
    for (state, text), (wanted, part) in zip(sorted(said), sorted(found), strict=True):
        assert (state, part in text) == (wanted, True), text
