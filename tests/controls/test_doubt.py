"""Doubt: no control crashes on what others write, and what cannot be known is never a pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import pytest

from baseline.catalogue import by_name, controls
from baseline.control import EVERY_TYPE, TEMPLATE, CannotJudge
from baseline.resource import Reference, Resource, resources
from tests.cases import all_cases
from tests.samples import stacks
from tests.test_check import TODAY

CASES = {name: one for name, one in all_cases().items() if one.kind not in ("", TEMPLATE)}

# What may stand anywhere in a template that somebody else wrote, right or wrong.
ODD: tuple[Any, ...] = (
    *(None, "", "x", 5, True, [], {}, [None], ["x"], [[]]),
    *({"Ref": "P"}, {"Fn::If": ["C", "a", "b"]}, [{"Ref": "P"}], Reference("s", "R")),
)
# Where it does not matter what the value is, or a reference can be nothing else.
MATTERS_NOT = {
    *("alerts.encrypted", "backup.encrypted", "logs.encrypted"),  # any key that is handed in
    *("identity.no-lasting-credentials", "network.no-address-on-host", "servers.rolled-out"),
    *("network.default-group-unused", "secrets.not-in-resources"),  # these look for what is there
    "servers.from-launch-template",
}


@cache
def richest() -> Mapping[str, Resource]:
    """The resource of each type that says most."""
    found: dict[str, Resource] = {}
    for one in resources({one.name: one.template for one in stacks("acme")}):
        if one.type not in found or len(str(one)) > len(str(found[one.type])):
            found[one.type] = one
    return found


def places(value: Any) -> Iterator[tuple[Any, ...]]:
    """Every place in a value, but only the first two of a list."""
    inside: Any = ()
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list):
        inside = enumerate(value[:2])
    for step, child in inside:
        yield (step,)
        yield from ((step, *rest) for rest in places(child))


def put(value: Any, place: tuple[Any, ...], odd: Any) -> Any:
    """The value with something odd in one place."""
    if not place:
        return odd
    copied = value.copy()
    copied[place[0]] = put(value[place[0]], place[1:], odd)
    return copied


@pytest.mark.parametrize("kind", sorted(richest()))
def test_no_control_crashes(kind: str) -> None:
    """Whatever stands wherever: a finding, silence, or that it cannot be judged."""
    asked = [one for one in controls() if one.over == "resource" and kind in one.types]
    one = richest()[kind]
    for place in places(one.properties):
        for odd in ODD:
            changed = Resource("s", "R", kind, put(one.properties, place, odd), one.attributes)
            for each in asked:
                with suppress(CannotJudge):
                    assert all(isinstance(said, str) for said in each.judged(changed, TODAY))


@pytest.mark.parametrize("name", sorted({*CASES} - MATTERS_NOT))
@pytest.mark.parametrize("odd", [{"Ref": "P"}, {"Fn::If": ["C", "a", "b"]}], ids=["Ref", "If"])
def test_what_cannot_be_known_is_no_pass(name: str, odd: Any) -> None:
    """With the good values decided elsewhere, it is a finding or a doubt."""
    one = CASES[name]
    if not one.good:
        return
    kind = "T" if one.kind == EVERY_TYPE else one.kind
    unknown = Resource("s", "R", kind, dict.fromkeys(one.good, odd), one.attributes or {})
    with suppress(CannotJudge):
        assert list(by_name()[name].judged(unknown, TODAY))


def test_a_doubt_hides_no_finding() -> None:
    """What follows a statement that cannot be read is judged all the same."""
    everyone = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [{"Fn::If": ["C", "a", "b"]}, everyone]}
    policy = Resource("s", "R", "AWS::SNS::TopicPolicy", {"PolicyDocument": document}, {})
    said = by_name()["policies.no-public-access"].judged(policy, TODAY)
    assert next(said) == "statement 2 allows everyone, and no condition says who"
    with pytest.raises(CannotJudge, match="is decided by Fn::If"):
        next(said)
