"""Saved plans: they run exactly as saved, or say what has changed."""

from __future__ import annotations

import pytest

from baseline.deployed import deployed
from baseline.errors import ProfileError
from baseline.plan import Plan
from baseline.plan.report import report
from baseline.plan.saved import Choices, digest, is_saved, read, refusals, write
from baseline.render import render
from baseline.stack import Stack
from tests.small import ALARM, HOME, VPC, Run, bucket, stack

PROFILE = b"organization: {name: acme}"
CHOICES = Choices("acme.yaml", digest(PROFILE), "prod", None, ("acme-prod-data/Data=x",))
NETWORK = stack("network", {"Vpc": VPC})
DATA = stack("data", {"Data": bucket()}, after=["network"])


def held(run: Run, saved: str, stacks: list[Stack], profile: bytes = PROFILE) -> tuple[str, ...]:
    """What keeps a saved plan from running now."""
    made = run.plan(stacks)
    return refusals(read(saved, "plan.json"), made, deployed(stacks, run.cloud), profile)


def saved_plan(run: Run, stacks: list[Stack]) -> tuple[Plan, str]:
    """A plan, and its text."""
    made = run.plan(stacks)
    return made, write(made, CHOICES)


def test_it_reads_as_it_was_written() -> None:
    """With the choices, and the hash of every step."""
    made, text = saved_plan(Run(), [NETWORK, DATA])
    assert is_saved(text)
    found = read(text, "plan.json")
    assert found.choices == CHOICES
    assert found.hash == made.hash
    assert [one.hash for one in found.steps] == [step.hash for step in made.steps]


def test_unchanged_it_may_run() -> None:
    """Nothing is refused."""
    run = Run()
    _, text = saved_plan(run, [NETWORK, DATA])
    assert held(run, text, [NETWORK, DATA]) == ()


def test_a_changed_profile_is_refused() -> None:
    """Even where the templates would be the same."""
    run = Run()
    _, text = saved_plan(run, [NETWORK])
    assert "acme.yaml has changed" in held(run, text, [NETWORK], b"other")[0]


def test_a_changed_template_is_refused() -> None:
    """With the stack that is not as it was."""
    run = Run()
    _, text = saved_plan(run, [NETWORK])
    problems = held(run, text, [stack("network", {"Vpc": VPC, "Alarm": ALARM})])
    assert "acme-prod-network in 111122223333 (eu-west-1)" in problems[0]


def test_a_changed_deployed_state_is_refused() -> None:
    """Somebody else deployed in between."""
    run = Run()
    run.deploy(NETWORK)
    wider = stack("network", {"Vpc": VPC, "Alarm": ALARM})
    _, text = saved_plan(run, [wider])
    run.cloud.get(HOME, NETWORK.name).tags["by-hand"] = "yes"
    assert "has changed since the plan was saved" in held(run, text, [wider])[0]


def test_an_interrupted_plan_runs_on() -> None:
    """What it did itself is not a change; what is left is the rest of it."""
    run = Run()
    made, text = saved_plan(run, [NETWORK, DATA])
    run.carry_out(made, confirm=lambda number: number == 1)
    run.cloud.clock.sleep(60)
    assert held(run, text, [NETWORK, DATA]) == ()
    assert run.deploy(NETWORK, DATA).is_complete
    assert held(run, text, [NETWORK, DATA]) == ()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kind": "baseline plan", "version": 2}'])
def test_what_is_no_plan_is_refused(text: str) -> None:
    """With the command that makes one."""
    with pytest.raises(ProfileError, match="--save"):
        read(text, "plan.json")


def test_it_is_shown_with_what_must_be_named() -> None:
    """The steps in order, then what to accept."""
    run = Run()
    plain = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
    run.deploy(stack("data", {"Data": bucket("one", **plain)}))
    text = render(report(run.plan([stack("data", {"Data": bucket("two", **plain)})])), "text")
    assert "update" in text
    assert "--accept acme-prod-data/Data" in text
    assert "loses-data" in text
