"""Template: any text becomes one normal form, or an error that says where."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baseline.errors import ProfileError
from baseline.template import MOST_BYTES, read

SEGFAULT = (
    "baseline.template: PyYAML's C loader composes by recursion and ends the process "
    "on some 100,000 levels"
)
MERGE_BOMB = "baseline.template: merge keys (`<<`) are expanded, twice the work with each level"
BIG_NUMBER = "baseline.template: json.loads raises a plain ValueError that nobody catches"
NO_PLACE = "baseline.template: a ReaderError has a position but the message has no line and column"

HEAD = "Resources:\n  A:\n    Type: T\n    Properties:\n"


def value(text: str) -> Any:
    """What the property `V`, written as YAML, is read as."""
    found = read(f"{HEAD}      V: {text}\n".encode(), "x.yaml")
    return found["Resources"]["A"]["Properties"]["V"]


def problem(data: bytes) -> str:
    """The one problem of these bytes."""
    with pytest.raises(ProfileError) as caught:
        read(data, "x.yaml")
    (found,) = caught.value.problems
    return found


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref B", "{Ref: B}"),
        ("!Condition C", "{Condition: C}"),
        ("!GetAtt B.Arn", "{Fn::GetAtt: [B, Arn]}"),
        ("!GetAtt B.Endpoint.Port", "{Fn::GetAtt: [B, Endpoint.Port]}"),
        ("!GetAtt [B, Arn]", "{Fn::GetAtt: [B, Arn]}"),
        ("!Sub '${B}-x'", "{Fn::Sub: '${B}-x'}"),
        ("!Sub ['${Y}', {Y: !Ref B}]", "{Fn::Sub: ['${Y}', {Y: {Ref: B}}]}"),
        ("!Join [',', [a, !Ref B]]", "{Fn::Join: [',', [a, {Ref: B}]]}"),
        ("!Select [0, !GetAZs '']", "{Fn::Select: [0, {Fn::GetAZs: ''}]}"),
        ("!If [C, !Ref B, !Ref 'AWS::NoValue']", "{Fn::If: [C, {Ref: B}, {Ref: 'AWS::NoValue'}]}"),
        ("!And [!Condition C, !Not [!Equals [a, b]]]", "{Fn::And: [{Condition: C}, "
         "{Fn::Not: [{Fn::Equals: [a, b]}]}]}"),
        ("!FindInMap [M, !Ref B, k]", "{Fn::FindInMap: [M, {Ref: B}, k]}"),
        ("!ImportValue x", "{Fn::ImportValue: x}"),
        ("!Base64 x", "{Fn::Base64: x}"),
        ("!Split [',', 'a,b']", "{Fn::Split: [',', 'a,b']}"),
        ("!Cidr [10.0.0.0/16, 4, 8]", "{Fn::Cidr: [10.0.0.0/16, 4, 8]}"),
        ("!Transform {Name: x, Parameters: {A: 1}}", "{Fn::Transform: {Name: x, "
         "Parameters: {A: 1}}}"),
        ("!Or\n        - !Condition C\n        - x", "{Fn::Or: [{Condition: C}, x]}"),
    ],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_short_forms_equal_long_forms(short: str, long: str) -> None:
    """A short form is read as the long form that it stands for, also inside others."""
    assert value(short) == value(long)
    assert list(value(short))[0].startswith(("Ref", "Condition", "Fn::"))


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("2012-10-17", "2012-10-17"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("'010'", "010"),
        ("true", True),
        ("'true'", "true"),
        ("1.5", 1.5),
        ("~", None),
        ("!Ref 2012", {"Ref": "2012"}),
    ],
)
def test_scalars(text: str, read_as: Any) -> None:
    """Dates stay text, as CloudFormation has them; other plain values have their type."""
    assert value(text) == read_as
    assert type(value(text)) is type(read_as)


def test_json_equals_yaml() -> None:
    """The same template in JSON and in YAML is the same data, with a byte order mark too."""
    found = {"Resources": {"A": {"Type": "T", "Properties": {"V": [1, None, {"Ref": "A"}]}}}}
    text = json.dumps(found, indent=1)
    assert read(text.encode(), "x.json") == found
    assert read(b"\xef\xbb\xbf" + text.encode(), "x.json") == found
    assert read(("# a comment\n" + text).encode(), "x.json") == found
    assert read(f"\n  {text}".encode(), "x.json") == found


def test_yaml_in_braces_is_no_json() -> None:
    """YAML that begins with a brace is read as YAML, short forms and all."""
    assert read(b"{Resources: {A: {Type: T, V: !Ref A}}}", "x")["Resources"]["A"]["V"] == {
        "Ref": "A"
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_any_json(data: Any) -> None:
    """JSON is read as what it says, whatever it says."""
    whole = {"Resources": {"A": data}}
    assert read(json.dumps(whole).encode(), "x") == whole
    assert read(json.dumps(whole, ensure_ascii=False).encode(), "x") == whole


@pytest.mark.parametrize(
    ("data", "place", "said"),
    [
        (b"", "x.yaml:1:1:", "no mapping called Resources"),
        (b"- a\n", "x.yaml:1:1:", "no mapping called Resources"),
        (b"Resources: [a]\n", "x.yaml:1:1:", "no mapping called Resources"),
        (b"Resources:\n", "x.yaml:1:1:", "no mapping called Resources"),
        (b"[]", "x.yaml:1:1:", "no mapping called Resources"),
        (b"{}", "x.yaml:1:1:", "no mapping called Resources"),
        (b"just words", "x.yaml:1:1:", "no mapping called Resources"),
        (b"Resources:\n  A: {\n", "x.yaml:3:1:", "not YAML"),
        (b"Resources:\n\tA: b\n", "x.yaml:2:1:", "not YAML"),
        (b"Resources:\n  A: 'x\n", "x.yaml:3:1:", "not YAML"),
        (b"Resources:\n  A: b: c\n", "x.yaml:2:7:", "not YAML"),
        (b"Resources: *nowhere\n", "x.yaml:1:12:", "not YAML"),
        (b"Resources: {}\n---\nResources: {}\n", "x.yaml:2:1:", "another document"),
        (b'{"Resources": {}\n "a": 1}', "x.yaml:2:2:", "not YAML"),
        (b"Resources:\n  ? [a]\n  : b\n", "x.yaml:2:5:", "unhashable"),
        (b"Resources: {}\nB: \xff\xfe\n", "x.yaml:2:1:", "not UTF-8"),
        (b"\xff\xfeR\x00", "x.yaml:1:1:", "not UTF-8"),
        (bytes(range(256)), "x.yaml:", "x.yaml"),
    ],
)
def test_errors_say_where(data: bytes, place: str, said: str) -> None:
    """What is no template is refused with the line and column of the trouble."""
    found = problem(data)
    assert found.startswith(place)
    assert said in found


@pytest.mark.xfail(strict=True, reason=NO_PLACE)
@pytest.mark.parametrize("data", [b"Resources: {}\nB: \x00\n", b"Resources: {}\nB: \x1b[31m\n"])
def test_a_control_character_has_a_place(data: bytes) -> None:
    """A character that YAML does not allow is shown by line and column, in one line."""
    found = problem(data)
    assert found.startswith("x.yaml:2:4:")
    assert found.isprintable()


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['false']",
        "!!python/name:os.system",
        "!!python/object:object {}",
        "!!python/module:os",
        "!<tag:yaml.org,2002:python/object/new:os.system> ['false']",
    ],
)
def test_python_tags_are_refused(tag: str) -> None:
    """Nothing in the text is executed, nor any object made that is no plain data."""
    found = problem(f"Resources:\n  A: {tag}\n".encode())
    assert found.startswith("x.yaml:2:6:")
    assert "could not determine a constructor" in found


def test_too_large() -> None:
    """What CloudFormation would refuse for its size is not even parsed."""
    fits = b"Resources: {}\n#".ljust(MOST_BYTES, b"x")
    assert read(fits, "x.yaml") == {"Resources": {}}
    assert "more than CloudFormation accepts" in problem(fits + b"x")


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=60)
    | st.text(alphabet="aR:{}[]-?!&*'\"#|> \n\t<%", max_size=40).map(str.encode)
)
def test_any_bytes(data: bytes) -> None:
    """Any bytes are a template or a `ProfileError`, never another exception."""
    for whole in (data, b"Resources: {}\nB: " + data, b'{"Resources": {}, "B": ' + data + b"}"):
        try:
            assert isinstance(read(whole, "x.yaml")["Resources"], dict)
        except ProfileError as error:
            assert error.problems[0].startswith("x.yaml")


@pytest.mark.xfail(strict=True, raises=ValueError, reason=BIG_NUMBER)
def test_a_huge_number_in_json() -> None:
    """More digits than Python reads are a problem of the file."""
    assert problem(b'{"Resources": {}, "B": ' + b"1" * 5000 + b"}").startswith("x.yaml")


def test_a_huge_number_in_yaml() -> None:
    """More digits than Python reads are a problem of the file."""
    assert problem(b"Resources: {}\nB: " + b"1" * 5000).startswith("x.yaml")


def test_duplicate_keys() -> None:
    """The last of two keys counts, as in PyYAML; cfn-lint is the one that complains."""
    assert read(b"Resources: {A: 1, A: 2}", "x") == {"Resources": {"A": 2}}


# ---- hostile input -----------------------------------------------------------------------------


def outcome(expression: str, seconds: int = 10) -> str:
    """What reading the bytes of an expression comes to, in a process that may die or hang."""
    program = (
        "from baseline.template import read\nfrom baseline.errors import ProfileError\n"
        f"data = {expression}\n"
        "try:\n    read(data, 'x.yaml')\n    print('read')\n"
        "except ProfileError as error:\n    print('refused')\n"
    )
    command = [sys.executable, "-c", program]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return "hangs"
    return done.stdout.strip() if done.returncode == 0 else f"exit code {done.returncode}"


DEEP = {
    "json": "b'{\"Resources\": {\"A\": ' + b'[' * {n} + b']' * {n} + b'}}}}'",
    "flow": "b'Resources: {{A: ' + b'[' * {n} + b']' * {n} + b'}}'",
    "open": "b'Resources: ' + b'[' * {n}",
    "dash": "b'Resources:\\n  A:\\n' + b'- ' * {n}",
}


@pytest.mark.parametrize("shape", DEEP)
def test_deep_nesting(shape: str) -> None:
    """A few thousand levels are read or refused."""
    assert outcome(DEEP[shape].format(n=3000)) in ("read", "refused")


@pytest.mark.xfail(strict=True, reason=SEGFAULT)
@pytest.mark.parametrize("shape", DEEP)
def test_very_deep_nesting(shape: str) -> None:
    """As many levels as fit into a template are refused, and the process lives."""
    assert outcome(DEEP[shape].format(n=300_000)) == "refused"


def bomb(levels: int, width: int, form: str) -> bytes:
    """Aliases of aliases: `width` to the power of `levels` values if expanded."""
    lines = [b"A0: &a0 " + (b"{k: v}" if "<<" in form else b"[v]")]
    for level in range(1, levels):
        inside = ", ".join([f"*a{level - 1}"] * width)
        lines.append(f"A{level}: &a{level} {form.format(inside)}".encode())
    return b"\n".join([*lines, b"Resources: {A: {Type: T}}"])


def test_an_alias_bomb_is_shared() -> None:
    """Aliases are not expanded: a billion values are read at once, as one."""
    found = read(bomb(30, 10, "[{}]"), "x.yaml")
    assert found["A29"][0] is found["A29"][9] is found["A28"]


@pytest.mark.xfail(strict=True, reason=MERGE_BOMB)
def test_a_merge_bomb() -> None:
    """Merge keys, too, cost no more than their text."""
    assert outcome(repr(bomb(30, 10, "{{<<: [{}]}}")), seconds=3) in ("read", "refused")
