"""Properties of diff that hold for every template, fuzzed."""

from __future__ import annotations

import copy
import json
import os
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baseline.change import Action, Change, Changes, Edit
from baseline.diff import apply, diff, normal
from baseline.diff.report import comment, report
from baseline.exports.changes import write
from baseline.render import render
from baseline.stack import Stack
from baseline.tokens import canonical
from tests.diff.made import templates
from tests.diff.rewritings import REWRITINGS
from tests.samples import stacks

FUZZ = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "120")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@FUZZ
@given(templates())
def test_a_template_equals_itself(template: dict[str, Any]) -> None:
    """Even when nothing is the same object, and all is looked at."""
    assert not diff(template, template)
    again = json.loads(json.dumps(template))
    assert not diff(template, again)
    again["Mappings"]["Unused"] = {"a": {"b": "c"}}  # no text is the same any more
    assert not diff(template, again)


@FUZZ
@given(templates())
def test_the_normal_form_is_final(template: dict[str, Any]) -> None:
    """Making it twice changes nothing, and it shares nothing with what it was made of."""
    before = copy.deepcopy(template)
    once = normal(template)
    assert template == before
    assert canonical(normal(once)) == canonical(once)


@FUZZ
@given(templates(), st.sampled_from(sorted(REWRITINGS)), st.integers(0, 2**16))
def test_another_notation_is_no_change(template: dict[str, Any], name: str, seed: int) -> None:
    """Every rewriting that the tests know."""
    rewritten = REWRITINGS[name](copy.deepcopy(template), random.Random(seed))
    assert [*diff(template, rewritten)] == []


@FUZZ
@given(templates(), templates())
def test_changes_lead_from_one_to_the_other(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Applied to the first template they make the second, in meaning."""
    assert canonical(apply(one, diff(one, other))) == canonical(normal(other))


@FUZZ
@given(templates(), templates())
def test_the_way_back_mirrors_the_way_there(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Every change of one is one of the other, seen from the other side."""
    there, back = _seen(diff(one, other)), _seen(diff(other, one), mirrored=True)
    assert there == back


@FUZZ
@given(templates(), templates())
def test_everything_can_be_shown(one: dict[str, Any], other: dict[str, Any]) -> None:
    """In every format, and a comment fits."""
    changes = diff(one, other)
    for form in ("text", "markdown", "html"):
        assert render(report(changes), form)
    json.loads(write(changes))
    assert len(comment(changes, 3_000)) <= 3_000 or len(changes) < 8


def _seen(changes: Changes, *, mirrored: bool = False) -> list[Any]:
    return sorted(
        (_of_change(one, mirrored=mirrored) for one in changes if one.action is not Action.FOLLOW),
        key=canonical,
    )


_OTHER = {Action.ADD: Action.REMOVE, Action.REMOVE: Action.ADD}


def _of_change(change: Change, *, mirrored: bool) -> list[Any]:
    action, name, was = change.action, change.name, change.was
    if mirrored:
        action = _OTHER.get(action, action)
        name, was = (was, name) if was else (name, was)
    edits = sorted((_of_edit(edit, mirrored=mirrored) for edit in change.edits), key=canonical)
    return [change.section, name, was, change.type, str(action), edits]


def _of_edit(edit: Edit, *, mirrored: bool) -> list[Any]:
    before, after = repr(edit.before), repr(edit.after)
    path = [
        step if isinstance(step, str) else repr(step.mirrored() if mirrored else step)
        for step in edit.path
    ]
    return [path, after, before] if mirrored else [path, before, after]


@pytest.mark.parametrize("name", sorted(REWRITINGS))
@pytest.mark.parametrize("one", stacks("acme"), ids=lambda one: one.name)
def test_generated_templates_in_another_notation(one: Stack, name: str) -> None:
    """Our own templates, which are realistic, in every rewriting, and in all of them at once."""
    template = json.loads(json.dumps(one.template))
    rewritten = REWRITINGS[name](copy.deepcopy(template), random.Random(name))
    assert [*diff(template, rewritten)] == []
