"""Resource: what controls see, with references resolved once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baseline.resource import Reference, Resource, resources
from tests.samples import stacks

REFERENCE = Reference("one", "A")


def template(value: Any, **outputs: Any) -> dict[str, Any]:
    """A template with resources `A`, whose property `V` has this value, and `B`."""
    return {
        "Resources": {"A": {"Type": "T", "Properties": {"V": value}}, "B": {"Type": "U"}},
        "Outputs": outputs,
    }


def resolved(value: Any, **others: Any) -> Any:
    """The property after resolution, beside other templates."""
    return resources({"one": template(value), **others})[0].properties["V"]


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ({"Ref": "B"}, Reference("one", "B")),
        ({"Fn::GetAtt": ["B", "Arn"]}, Reference("one", "B", "Arn")),
        ({"Fn::GetAtt": ["B", "Endpoint", "Port"]}, Reference("one", "B", "Endpoint.Port")),
        ({"Fn::GetAtt": ["B"]}, Reference("one", "B")),
        ([{"Ref": "B"}, {"x": {"Ref": "A"}}], [Reference("one", "B"), {"x": REFERENCE}]),
        ({"Fn::Sub": ["${X}", {"X": {"Ref": "B"}}]},
         {"Fn::Sub": ["${X}", {"X": Reference("one", "B")}]}),
        ({"Ref": "AWS::Region"}, {"Ref": "AWS::Region"}),
        ({"Ref": "Parameter"}, {"Ref": "Parameter"}),
        ({"Ref": ["B"]}, {"Ref": ["B"]}),
        ({"Ref": "B", "other": 1}, {"Ref": "B", "other": 1}),
        ({"Fn::GetAtt": ["Elsewhere", "Arn"]}, {"Fn::GetAtt": ["Elsewhere", "Arn"]}),
        ({"Fn::GetAtt": "B.Arn"}, {"Fn::GetAtt": "B.Arn"}),
        ({"Fn::ImportValue": "unknown"}, {"Fn::ImportValue": "unknown"}),
        ({"Fn::ImportValue": {"Fn::Sub": "x"}}, {"Fn::ImportValue": {"Fn::Sub": "x"}}),
        ((1, "x"), [1, "x"]),
        ({}, {}),
    ],
    ids=str,
)  # fmt: skip
def test_references(value: Any, seen: Any) -> None:
    """What a given stack makes becomes a reference; every other intrinsic stays what it is."""
    assert resolved(value) == seen


@pytest.mark.parametrize("argument", [[], [["B"]], [7, "Arn"]], ids=str)
def test_a_wrong_attribute(argument: Any) -> None:
    """An attribute of nothing stays what it is, and the other resources are still seen."""
    assert resolved({"Fn::GetAtt": argument}) == {"Fn::GetAtt": argument}


def test_imports_across_stacks() -> None:
    """An import is what the other stack exports, whichever of the two comes first."""
    key = {"Resources": {"Key": {"Type": "AWS::KMS::Key"}}, "Outputs": {
        "Arn": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}, "Export": {"Name": "key-arn"}},
        "Name": {"Value": "plain", "Export": {"Name": "key-name"}},
        "Odd": {"Value": "x", "Export": {"Name": {"Fn::Sub": "odd"}}},
        "Inner": {"Value": "x"},
        "Wrong": "x",
    }}  # fmt: skip
    asking = {"Fn::ImportValue": "key-arn"}
    for order in (("one", "keys"), ("keys", "one")):
        given_ = {"one": template([asking, {"Fn::ImportValue": "key-name"}]), "keys": key}
        found = resources({name: given_[name] for name in order})
        (one,) = (each for each in found if each.logical_id == "A")
        assert one.properties["V"] == [Reference("keys", "Key", "Arn"), "plain"]


def test_a_name_means_its_own_stack() -> None:
    """The same logical id in two stacks is two things."""
    found = resources({"one": template({"Ref": "B"}), "two": template({"Ref": "B"})})
    seen = [one.properties["V"] for one in found if one.logical_id == "A"]
    assert seen == [Reference("one", "B"), Reference("two", "B")]


def test_type_properties_and_the_rest() -> None:
    """A resource has its type and properties, and all beside them as attributes."""
    body = {"Type": "T", "Properties": {"P": 1}, "DeletionPolicy": "Retain", "DependsOn": "B"}
    assert resources({"one": {"Resources": {"A": body}}}) == (
        Resource("one", "A", "T", {"P": 1}, {"DeletionPolicy": "Retain", "DependsOn": "B"}),
    )


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ({}, [("", {})]),
        ({"Type": "T", "Properties": None}, [("T", {})]),
        ({"Type": "T", "Properties": [1]}, [("T", {})]),
        ({"Type": 5}, [("5", {})]),
        ("text", []),
        (None, []),
        ([], []),
    ],
    ids=str,
)
def test_what_is_no_resource(body: Any, seen: list[tuple[str, dict[str, Any]]]) -> None:
    """What somebody else wrote wrong is seen as far as it goes."""
    found = resources({"one": {"Resources": {"A": body}, "Outputs": []}})
    assert [(one.type, one.properties) for one in found] == seen


def test_templates_are_left_as_they_are() -> None:
    """Resolving changes no template."""
    given_ = {"one": template([{"Ref": "B"}])}
    resources(given_)
    assert given_ == {"one": template([{"Ref": "B"}])}


PLAIN = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(PLAIN)
def test_plain_values_stay(value: Any) -> None:
    """Data without intrinsics is what it was."""
    assert resolved(value) == value


def test_nothing_generated_imports_the_unknown() -> None:
    """Within a shipped profile every import is resolved, and order is kept."""
    made = stacks("acme")
    found = resources({stack.name: stack.template for stack in made})
    assert [(one.stack, one.logical_id) for one in found] == [
        (stack.name, logical_id) for stack in made for logical_id in stack.resources
    ]
    assert "Fn::ImportValue" not in str([one.properties for one in found])
    assert any(isinstance(one.properties.get("KmsKeyId"), Reference) for one in found)
