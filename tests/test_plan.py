"""Plan: what would be done, in which order, and what is refused before anything begins."""

from __future__ import annotations

import pytest

from baseline.plan import Do, stack_policy
from baseline.stack import Place
from tests.small import ALARM, HOME, VPC, Run, bucket, export, stack, waves

NETWORK = stack(
    "network", {"Vpc": VPC}, {"VpcId": export("acme-prod-network-VpcId", {"Ref": "Vpc"})}
)
GROUP = {
    "Type": "AWS::EC2::SecurityGroup",
    "Properties": {
        "GroupDescription": "x",
        "VpcId": {"Fn::ImportValue": "acme-prod-network-VpcId"},
    },
}
SERVER = stack("server", {"Group": GROUP})


OTHER = {**VPC, "Properties": {"CidrBlock": "10.1.0.0/16"}}
MOVED = (
    stack(
        "network",
        {"Other": OTHER},
        {"OtherId": export("acme-prod-network-OtherId", {"Ref": "Other"})},
    ),
    stack(
        "server",
        {
            "Group": {
                "Type": GROUP["Type"],
                "Properties": {
                    "GroupDescription": "x",
                    "VpcId": {"Fn::ImportValue": "acme-prod-network-OtherId"},
                },
            }
        },
    ),
)


def test_what_is_not_there_is_created_in_the_derived_order() -> None:
    """Whoever exports comes before whoever imports; nobody wrote a list."""
    assert waves(Run().plan([SERVER, NETWORK])) == [["create network"], ["create server"]]


def test_what_is_as_wanted_is_left_alone() -> None:
    """A second plan is empty, and says what it rests on."""
    run = Run()
    run.deploy(NETWORK, SERVER)
    made = run.plan([NETWORK, SERVER])
    assert made.is_empty
    assert [name for name, *_ in made.unchanged] == ["acme-prod-network", "acme-prod-server"]


def test_places_have_steps_of_their_own() -> None:
    """One stack in two regions is two steps of one wave."""
    other = Place(HOME.account, "eu-central-1")
    made = Run().plan([stack("network", {"Vpc": VPC}, places=(HOME, other))])
    assert [step.place.region for step in made.steps] == ["eu-central-1", "eu-west-1"]
    assert len(made.waves) == 1


def test_the_hash_covers_meaning_target_and_what_is_there() -> None:
    """Comments count for nothing; a template, a place and the deployed state do."""
    run = Run()
    first = run.plan([NETWORK])
    assert first.hash == run.plan([NETWORK]).hash
    changed = stack("network", {"Vpc": VPC, "Alarm": ALARM}, NETWORK.template["Outputs"])
    assert run.plan([changed]).hash != first.hash
    elsewhere = stack(
        "network", {"Vpc": VPC}, NETWORK.template["Outputs"], (Place("444455556666", "eu-west-1"),)
    )
    assert run.plan([elsewhere]).hash != first.hash
    run.deploy(NETWORK)
    there = run.plan([changed])
    run.cloud.get(HOME, "acme-prod-network").tags["by-hand"] = "yes"
    assert run.plan([changed]).hash != there.hash


def test_a_stack_that_is_no_longer_wanted_goes_and_must_be_named() -> None:
    """It is found by its tags, and no blanket yes covers it."""
    run = Run()
    run.deploy(NETWORK, SERVER)
    made = run.plan([NETWORK])
    assert waves(made) == [["delete server"]]
    assert [need.name for need in made.needs] == ["acme-prod-server"]


def test_what_was_not_chosen_does_not_go() -> None:
    """A plan for one stack never deletes another."""
    run = Run()
    run.deploy(NETWORK, SERVER)
    extra = stack("alerts", {"Alarm": ALARM})
    assert waves(run.plan([NETWORK, extra], {extra.name})) == [["create alerts"]]


def test_stacks_of_others_are_not_looked_at() -> None:
    """What is not tagged as ours may have any name."""
    run = Run()
    run.deploy(NETWORK)
    run.cloud.get(HOME, "acme-prod-network").tags.clear()
    assert run.plan([stack("alerts", {"Alarm": ALARM})]).steps[0].do is Do.CREATE
    assert len(run.plan([stack("alerts", {"Alarm": ALARM})]).steps) == 1


def test_an_export_that_goes_waits_for_its_importers() -> None:
    """Expand, move, contract: the stack stands in the plan twice."""
    run = Run()
    run.deploy(NETWORK, SERVER)
    made = run.plan(MOVED)
    assert waves(made) == [["expand network"], ["update server"], ["contract network"]]
    between = made.steps[0].text
    assert "VpcId" in between
    assert "OtherId" in between
    outcome = run.carry_out(made, {need.name for need in made.needs})
    assert outcome.is_complete, outcome
    assert set(run.cloud.exports(HOME)) == {"acme-prod-network-OtherId"}
    assert run.plan(MOVED).is_empty


def test_contracting_is_picked_up_where_it_stood() -> None:
    """Interrupted after the first part, the plan is the rest, step for step."""
    run = Run()
    run.deploy(NETWORK, SERVER)
    made = run.plan(MOVED)
    accept = {need.name for need in made.needs}
    assert not run.carry_out(made, accept, lambda number: number == 1).is_complete
    rest = run.plan(MOVED)
    assert waves(rest) == [["update server"], ["contract network"]]
    assert {step.hash for step in rest.steps} <= {step.hash for step in made.steps}
    assert run.carry_out(rest, accept).is_complete


def test_an_export_that_only_goes_waits_and_its_stack_changes_once() -> None:
    """No second step where nobody needs anything new of it."""
    run = Run()
    run.deploy(NETWORK, SERVER)
    made = run.plan([stack("network", {"Vpc": VPC}), stack("server", {"Alarm": ALARM})])
    assert waves(made) == [["update server"], ["contract network"]]
    assert run.carry_out(made, {need.name for need in made.needs}).is_complete


def test_an_export_that_stays_imported_is_refused() -> None:
    """Before anything begins, with the name of who imports."""
    run = Run()
    run.deploy(NETWORK, SERVER)
    without = stack("network", {"Vpc": VPC})
    made = run.plan([without, SERVER], {without.name})
    assert "acme-prod-server imports it" in made.blocked[0]


def test_an_export_whose_value_would_change_is_refused() -> None:
    """CloudFormation would fail half-way and roll back."""
    run = Run()
    run.deploy(NETWORK, SERVER)
    other = {**VPC, "Properties": {"CidrBlock": "10.9.0.0/16"}}
    made = run.plan([stack("network", {"Vpc": other}, NETWORK.template["Outputs"]), SERVER])
    assert any("would change while acme-prod-server imports it" in one for one in made.blocked)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("UPDATE_IN_PROGRESS", "CloudFormation is at work on it"),
        ("ROLLBACK_FAILED", "these resources are left of it: Vpc"),
        ("UPDATE_FAILED", "bring it to a stable state"),
    ],
)
def test_states_in_the_way_are_explained(status: str, says: str) -> None:
    """Each says what to do; nothing is planned over it."""
    run = Run()
    run.deploy(NETWORK)
    run.cloud.get(HOME, "acme-prod-network").status = status
    made = run.plan([NETWORK])
    assert says in made.blocked[0]
    assert not made.steps


def test_data_is_lost_only_by_name() -> None:
    """Replacing a bucket without keeping it is asked for by its whole name, not by a pattern."""
    run = Run()
    plain = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
    run.deploy(stack("data", {"Data": bucket("one", **plain)}))
    made = run.plan([stack("data", {"Data": bucket("two", **plain)})])
    need = next(one for one in made.needs if one.verdict == "loses-data")
    assert need.name == "acme-prod-data/Data"
    assert not need.accepted_by({"acme-prod-data/*", "*"})
    assert need.accepted_by({"acme-prod-data/Data"})


def test_a_long_template_needs_the_bucket_of_bootstrap() -> None:
    """Said before anything begins, with the command that makes it."""
    many = {f"Alarm{number}": ALARM for number in range(700)}
    made = Run().plan([stack("alerts", many)])
    assert "baseline bootstrap" in made.blocked[0]


def test_stack_policies_name_what_holds_data() -> None:
    """And nothing where nothing does."""
    assert stack_policy([]) == ""
    assert "LogicalResourceId/Data" in stack_policy(["Data"])


def test_what_is_taken_over_comes_first() -> None:
    """An import is a step of its own: CloudFormation mixes it with nothing else."""
    data = stack("data", {"Data": bucket(), "Alarm": ALARM})
    made = Run().plan([data], imports={("acme-prod-data", "Data"): {"BucketName": "acme-data"}})
    assert waves(made) == [["import data"], ["update data"]]


def test_what_cannot_be_taken_over_is_explained() -> None:
    """An unknown name, and a resource that would not survive."""
    run = Run()
    data = stack("data", {"Alarm": ALARM})
    made = run.plan([data], imports={("acme-prod-data", "Alarn"): {"AlarmName": "x"}})
    assert "has no 'Alarn': did you mean 'Alarm'?" in made.blocked[0]
    made = run.plan([data], imports={("acme-prod-data", "Alarm"): {"AlarmName": "x"}})
    assert "no DeletionPolicy" in made.blocked[0]
