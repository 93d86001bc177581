"""Emit: what is written reads well, and reloads to exactly what was meant."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from baseline import template
from baseline.emit import emit, scalar
from baseline.errors import BlueprintError
from baseline.stack import Origin, Place, Stack
from tests.samples import PROFILES, stacks

# Text that YAML 1.1 or 1.2 would read as something else, or as the end of something.
HOSTILE = (
    *("", " ", "~", "null", "Null", "true", "True", "yes", "NO", "on", "off", "y", "N"),
    *("0", "1", "-1", "+1", "010", "0o10", "0x1F", "0b1", "1_000", "1e3", "1.5", ".5", "-.5"),
    *(".inf", "-.INF", ".nan", "1:30", "190:20:30", "20:30:40.5", "2012-10-17", "2010-09-09"),
    *("2001-12-14t21:59:43.10-05:00", "=", "<<", "---", "...", "-", "?", ":", "!", "&", "*", "|"),
    *("- x", "? x", ": x", "x:", "x: y", "x :y", "x #y", "#x", "%x", "@x", "`x", "!x", "&x", "*x"),
    *("{", "}", "[", "]", "[x]", "{x: y}", ">", "x]", "x}", "x{", "'x'", '"x"', "it's", 'a"b'),
    *("\n", "x\ny", "x\n", "\nx", "\r", "\r\n", "\t", "x\ty", " x", "x ", "x  y", "\\", "\\n"),
    *("\x00", "\x07", "\x1b[31m", "\x7f", "\x80", "\x85", "\x9f", "\xa0", "\u2028", "\u2029"),
    *("\ufeff", "\ufeffx", "\ufffd", "\ue000", "é", "Zoë", "日本", "😀", "\U0010fffd"),
    *("${A}", "${A}: x", "a:b", "arn:aws:s3:::x/*", "s3:*", "kms:*", "/a/b", "_x", "a=b", "a@b"),
)
PLAIN_PAIRS = ("x, y", "x,y", "a, b: c", "x,")
SEVERAL_LINES = (
    *("a\nb\n", "a\n\nb\n", "a\n  b\nc\n", "#cloud-config\na: 1\n", "- a\n# b\n", "a: {\n}\n"),
    *(" a\nb\n", "\na\n", "a\n \nb\n", "a\nb\n\n", "a\nb", "a \nb\n", "a\n\tb\n", "a\n\u00e9\n"),
    *(
        "---\na\n",
        "a\n...\nb\n",
        "%YAML 1.2\na\n",
        "a\r\nb\r\n",
        "|\n>\n",
        "${A}\n${B}\n",
        "a\n" * 40,
    ),
)

TEXTS = st.one_of(
    st.sampled_from(HOSTILE),
    st.sampled_from(PLAIN_PAIRS),
    st.sampled_from(SEVERAL_LINES),
    st.text(max_size=12),
    st.text(alphabet="aZ09 _-.:,#'\"{}[]&*!|>%@`~=<?/\\\n\t$", max_size=10),
)
NUMBERS = st.one_of(
    st.booleans(),
    st.integers(min_value=-(10**20), max_value=10**20),
    st.floats(allow_nan=False),
)


def intrinsics(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A mapping of one key that CloudFormation would compute."""
    keys = st.sampled_from(("Ref", "Condition", "Fn::Sub", "Fn::Join", "Fn::GetAtt"))
    return st.dictionaries(keys, inner, min_size=1, max_size=1)


def data(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Nested data of any shape."""
    return st.recursive(
        st.one_of(texts, NUMBERS),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(texts, inner, max_size=4),
            intrinsics(inner),
        ),
        max_leaves=12,
    )


SHIPPED = [one for name in PROFILES for one in stacks(name)]
ANY = data(TEXTS)


def made(resources: Mapping[str, Any], *, purpose: str = "Is there", **more: Any) -> Stack:
    """A stack of these resources."""
    return Stack(
        name="acme-prod-x",
        organization="acme",
        site="prod",
        title=more.pop("title", "a stack"),
        template={"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources, **more},
        origins={name: Origin(purpose, "environments.prod") for name in resources},
        target=(Place("111122223333", "eu-west-1"),),
    )


def holding(value: Any) -> Stack:
    """A stack whose one resource has one property of this value."""
    return made({"Thing": {"Type": "AWS::S3::Bucket", "Properties": {"Value": value}}})


def same(one: Any, other: Any) -> bool:
    """Equal in value and in type all the way down; cfn-lint's nodes are kinds of the plain ones."""
    if isinstance(one, dict):
        return (
            isinstance(other, dict)
            and list(one) == list(other)
            and all(same(one[key], other[key]) for key in one)
        )
    if isinstance(one, list):
        return (
            isinstance(other, list)
            and len(one) == len(other)
            and all(same(each, its) for each, its in zip(one, other, strict=True))
        )
    kinds = (bool, int, float, str)
    return bool(one == other) and [isinstance(one, kind) for kind in kinds] == [
        isinstance(other, kind) for kind in kinds
    ]


def read_by_cfn_lint(text: str) -> Any:
    """What cfn-lint's decoder sees, which must be no problem."""
    from cfnlint.decode import decode_str

    found, problems = decode_str(text)
    assert not problems, problems
    return found


def reloads(stack: Stack) -> None:
    """Fail unless all three readers give back the template, and the text is ASCII."""
    text = emit(stack)
    assert text.isascii()
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert same(stack.template, yaml.load(text, Loader=yaml.SafeLoader))
    assert same(stack.template, yaml.load(text, Loader=yaml.CSafeLoader))
    assert same(stack.template, template.read(text.encode(), "x.yaml"))
    assert same(stack.template, read_by_cfn_lint(text))


def test_same_tells_types_apart() -> None:
    """The comparison that the tests below rest on sees a changed type and a changed order."""
    assert same({"a": [1, "1", True]}, {"a": [1, "1", True]})
    assert not same(1, True)
    assert not same(True, 1)
    assert not same(1, 1.0)
    assert not same("1", 1)
    assert not same({"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert not same([1], [1, 2])


@pytest.mark.parametrize("text", [*HOSTILE, *PLAIN_PAIRS, *SEVERAL_LINES], ids=ascii)
def test_hostile_text_stays_text(text: str) -> None:
    """As a value, in a list and as a key, text that looks like something else stays text."""
    reloads(holding({"value": text, "list": [text, [text]], text: 1}))


@pytest.mark.parametrize("text", [*HOSTILE, *SEVERAL_LINES], ids=ascii)
def test_hostile_text_inside_an_intrinsic(text: str) -> None:
    """On one line, inside braces and brackets, text stays text too."""
    nested = {"Fn::Join": [text, [text, {"Fn::Sub": [text, {text: text}]}]]}
    reloads(holding([{"Ref": text}, nested]))


@pytest.mark.parametrize("text", ["x, y", "a, b c"])
@pytest.mark.parametrize("shape", ["sub", "join", "map"])
def test_a_comma_inside_an_intrinsic(text: str, shape: str) -> None:
    """A comma in text inside an intrinsic ends neither the text nor the entry."""
    shapes = {
        "sub": {"Fn::Sub": text},
        "join": {"Fn::Join": ["", [text, "z"]]},
        "map": {"Fn::Sub": ["x", {"Name": text}]},
    }
    reloads(holding(shapes[shape]))


def test_a_long_key() -> None:
    """A key longer than what YAML takes before a colon is refused."""
    reloads(holding({"k" * 250: 1}))
    with pytest.raises(BlueprintError, match="a key of 1025 characters"):
        emit(holding({"k" * 1025: 1}))


@settings(max_examples=150, deadline=None)
@given(ANY)
@example({"a" * 90: "000000\x1f{"})
@example([[], {}, [[]], [{}], {"a": []}, {"Fn::Sub": {}}, {"Ref": []}])
@example([[[["deep"], "x"], {"a": {"b": [{"c": 1, "d": 2}]}}]])
@example({"Fn::Join": ["x" * 120, [{"Ref": "A"}, {"Fn::GetAtt": ["B", "C"]}]]})
@example([1e16, 1e-7, 5e-324, 1.7976931348623157e308, -0.0, float("inf"), float("-inf"), 10**40])
def test_any_data_reloads(value: Any) -> None:
    """Any nested data reloads to the same values, types and order, in three readers."""
    reloads(holding(value))


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(TEXTS, ANY, max_size=4))
def test_any_outputs_reload(outputs: dict[str, Any]) -> None:
    """What stands beside the resources reloads as well."""
    text = emit(made({"A": {"Type": "T"}}, Outputs=outputs))
    assert same(outputs, yaml.safe_load(text)["Outputs"])


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_a_scalar_is_one_printable_line(text: str) -> None:
    """Any text becomes one line of printable ASCII that reads back."""
    written = scalar(text)
    assert written.isascii()
    assert written.isprintable()
    assert yaml.safe_load(f"- {written}") == [text]


def test_not_a_number() -> None:
    """The one number that equals nothing is still itself."""
    assert math.isnan(yaml.safe_load(scalar(float("nan"))))


def test_nothing_is_written_as_null() -> None:
    """None becomes null, which is read as None; no blueprint makes one."""
    read = yaml.safe_load(emit(holding(None)))
    assert read["Resources"]["Thing"]["Properties"] == {"Value": None}


# ---- how it reads ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ({"Ref": "Vpc"}, "{Ref: Vpc}"),
        ({"Ref": "AWS::AccountId"}, "{Ref: AWS::AccountId}"),
        ({"Fn::GetAtt": ["Key", "Arn"]}, "{Fn::GetAtt: [Key, Arn]}"),
        ({"Fn::ImportValue": "acme-prod-keys-Arn"}, "{Fn::ImportValue: acme-prod-keys-Arn}"),
        ({"Fn::Sub": "${A}/x"}, '{Fn::Sub: "${A}/x"}'),
        ({"Fn::Sub": "y" * 200}, "{Fn::Sub: " + "y" * 200 + "}"),
        ({"Fn::Select": [0, {"Ref": "A"}]}, "{Fn::Select: [0, {Ref: A}]}"),
        ({}, "{}"),
        ([], "[]"),
        ("x", "x"),
        (3, "3"),
        (False, "false"),
        ("false", '"false"'),
    ],
    ids=str,
)
def test_on_one_line(value: Any, line: str) -> None:
    """A scalar, an empty collection and a lone intrinsic stand on the line of their key."""
    assert f"      Value: {line}" in emit(holding(value)).splitlines()


def test_in_a_list_on_one_line() -> None:
    """A lone intrinsic in a list stands on the line of its dash."""
    assert "        - {Ref: A}" in emit(holding([{"Ref": "A"}])).splitlines()


def test_a_long_intrinsic_inside_an_intrinsic_is_a_block() -> None:
    """What nests intrinsics and would not fit a line is written below its key."""
    lines = emit(holding({"Fn::Join": ["x" * 90, [{"Ref": "A"}, {"Ref": "B"}]]})).splitlines()
    assert "      Value:" in lines
    assert "        Fn::Join:" in lines
    assert lines[-2:] == ["          - - {Ref: A}", "            - {Ref: B}"]


def test_lines_are_read_as_lines() -> None:
    """User data is reviewed line by line, below the intrinsic that encodes it, and in a list."""
    lines = emit(holding({"Fn::Base64": "#cloud-config\na: 1\n"})).splitlines()
    at = lines.index("        Fn::Base64: |")
    assert lines[at - 1 : at + 3] == [
        *("      Value:", "        Fn::Base64: |"),
        *("          #cloud-config", "          a: 1"),
    ]
    assert "        - |" in emit(holding(["a\nb\n"])).splitlines()


def test_a_mapping_that_computes_nothing_is_a_block() -> None:
    """One key alone makes no intrinsic."""
    lines = emit(holding({"Reference": "A"})).splitlines()
    assert lines[-2:] == ["      Value:", "        Reference: A"]


def test_type_then_properties() -> None:
    """Whatever the order given, a person reads the type first, then the properties."""
    body = {"Metadata": {}, "Zeta": 1, "UpdateReplacePolicy": "Retain", "DeletionPolicy": "Retain"}
    body |= {"DependsOn": "B", "Properties": {"Z": 1, "A": 2}, "Type": "T"}
    read = yaml.safe_load(emit(made({"A": body})))["Resources"]["A"]
    assert list(read) == [
        *("Type", "Properties", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy"),
        *("Metadata", "Zeta"),
    ]
    assert list(read["Properties"]) == ["Z", "A"]


def test_sections_in_the_order_of_reading() -> None:
    """Version and description first, then resources, then outputs, then what we do not know."""
    one = made({"A": {"Type": "T"}}, Outputs={"B": {"Value": "x"}}, Other={"C": 1}, Description="d")
    assert list(yaml.safe_load(emit(one))) == [
        *("AWSTemplateFormatVersion", "Description", "Resources", "Outputs", "Other"),
    ]


# ---- comments --------------------------------------------------------------------------------


@pytest.mark.parametrize("one", SHIPPED, ids=lambda one: one.name)
def test_what_ships_reloads_and_is_commented(one: Stack) -> None:
    """Every shipped stack reloads, and above each resource stand its purpose and its path."""
    text = emit(one)
    assert text.isascii()
    reloaded = yaml.load(text, Loader=yaml.CSafeLoader)
    assert json.dumps(reloaded, sort_keys=True) == json.dumps(one.template, sort_keys=True)
    lines = text.splitlines()
    for logical_id, origin in one.origins.items():
        above = lines[lines.index(f"  {logical_id}:") - 1]
        assert above == f"  # {origin.purpose} (profile: {origin.path})"


def test_comments_are_no_data() -> None:
    """Rewording a purpose changes the text and nothing that it means."""
    one = made({"A": {"Type": "T"}}, purpose="Keeps one thing")
    other = made({"A": {"Type": "T"}}, purpose="Keeps another thing")
    assert emit(one) != emit(other)
    assert yaml.safe_load(emit(one)) == yaml.safe_load(emit(other))


@settings(max_examples=200, deadline=None)
@given(TEXTS)
@example("x\n  Evil:\n    Type: AWS::IAM::User")
@example("x\r  Evil: 1")
@example("x\x85  Evil: 1")
@example("x\u2028  Evil: 1")
def test_a_comment_cannot_be_broken_out_of(purpose: str) -> None:
    """Whatever the purpose says, it stays on its line and adds nothing to the template."""
    one = made({"A": {"Type": "T"}}, purpose=purpose)
    text = emit(one)
    assert text.isascii()
    assert len(text.splitlines()) == len(emit(made({"A": {"Type": "T"}})).splitlines())
    assert yaml.safe_load(text) == one.template


def test_the_header_cannot_be_broken_out_of() -> None:
    """A title of two lines stays in the comment at the head."""
    one = made({"A": {"Type": "T"}}, title="x\nEvil: 1")
    assert yaml.safe_load(emit(one)) == one.template


def test_the_header_is_ascii() -> None:
    """A title in any script leaves the text ASCII."""
    assert emit(made({"A": {"Type": "T"}}, title="Zoë")).isascii()
