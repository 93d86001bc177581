"""Deploy: scenarios on the fake cloud, from creation to two at once."""

from __future__ import annotations

import json

import pytest

from baseline.cloud import CloudChange
from baseline.deploy import How, Limits, preview
from baseline.deployed import deployed
from baseline.errors import CloudError
from baseline.plan import destruction, stack_policy
from tests.small import ALARM, HOME, VPC, Run, bucket, export, hows, stack

NETWORK = stack(
    "network", {"Vpc": VPC}, {"VpcId": export("acme-prod-network-VpcId", {"Ref": "Vpc"})}
)
USER = {
    "Type": "AWS::CloudWatch::Alarm",
    "Properties": {"AlarmDescription": {"Fn::ImportValue": "acme-prod-network-VpcId"}},
}
SERVER = stack("server", {"Alarm": USER})
DATA = stack("data", {"Data": bucket()})
WIDER = stack("network", {"Vpc": VPC, "Alarm": ALARM}, NETWORK.template["Outputs"])


def left(run: Run) -> list[str]:
    """Change sets that could still be executed."""
    return [
        one.public.name
        for one in run.cloud.sets.get(HOME, [])
        if one.public.execution == "AVAILABLE" or one.public.status == "CREATE_PENDING"
    ]


# ---- create and update ---------------------------------------------------------------------


def test_stacks_are_created_and_what_holds_data_is_protected() -> None:
    """Termination protection and a stack policy, on what is stateful and on nothing else."""
    run = Run()
    assert run.deploy(NETWORK, DATA).is_complete
    data, network = run.cloud.get(HOME, DATA.name), run.cloud.get(HOME, NETWORK.name)
    assert data.is_protected
    assert data.policy == stack_policy(["Data"])
    assert not network.is_protected
    assert not network.policy


def test_events_are_told_in_words() -> None:
    """What begins and what is there, with the place."""
    run = Run()
    run.deploy(NETWORK)
    where = "111122223333 eu-west-1 acme-prod-network"
    assert f"{where}: Vpc (AWS::EC2::VPC) is being created" in run.lines
    assert run.lines[-1] == f"{where}: the stack is there"


def test_an_update_touches_only_what_changed() -> None:
    """The other stack is not asked for a change set."""
    run = Run()
    run.deploy(NETWORK, SERVER)
    run.cloud.asked.clear()
    assert run.deploy(WIDER, SERVER).is_complete
    assert set(run.cloud.names_asked("create_change_set")) == {NETWORK.name}


def test_tags_alone_are_a_change() -> None:
    """They go on every resource."""
    run = Run()
    run.deploy(NETWORK)
    run.cloud.get(HOME, NETWORK.name).tags = {"baseline:organization": "acme"}
    assert run.deploy(NETWORK).is_complete
    assert run.cloud.get(HOME, NETWORK.name).tags == dict(NETWORK.tags)


def test_protection_that_was_taken_off_is_set_again() -> None:
    """Nothing in the template tells; it is looked at all the same."""
    run = Run()
    run.deploy(DATA)
    data = run.cloud.get(HOME, DATA.name)
    data.is_protected, data.policy = False, ""
    assert hows(run.deploy(DATA)) == {"data": "done"}
    assert data.is_protected
    assert data.policy
    assert run.plan([DATA]).is_empty


def test_a_long_template_goes_through_the_bucket_with_the_role() -> None:
    """Both are what bootstrap made in the account."""
    run = Run()
    made = stack("bootstrap", {"Alarm": ALARM})
    run.deploy(made)
    run.cloud.get(HOME, made.name).outputs = {
        "ExecutionRoleArn": "arn:aws:iam::111122223333:role/execute",
        "TemplateBucket": "acme-templates",
    }
    many = stack("alerts", {f"Alarm{number}": ALARM for number in range(700)})
    assert run.deploy(many).is_complete
    assert run.cloud.get(HOME, many.name).role.endswith("role/execute")
    assert [bucket for bucket, _ in run.cloud.buckets] == ["acme-templates"]


# ---- replace and refuse --------------------------------------------------------------------


def test_what_must_be_named_is_refused_with_the_name() -> None:
    """Nothing begins, and every need is said at once."""
    run = Run()
    plain = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
    run.deploy(stack("data", {"Data": bucket("one", **plain)}))
    run.cloud.asked.clear()
    other = stack("data", {"Data": bucket("two", **plain)})
    with pytest.raises(CloudError, match="--accept acme-prod-data/Data"):
        run.deploy(other)
    assert not run.cloud.names_asked("create_change_set")
    assert run.deploy(other, accept={"acme-prod-data/Data"}).is_complete
    assert run.cloud.get(HOME, DATA.name).policy == stack_policy(["Data"])


def test_a_change_set_that_does_more_is_refused() -> None:
    """Nothing of that wave begins, and its change sets go."""
    run = Run()
    run.deploy(NETWORK)
    run.cloud.sees_more[NETWORK.name] = (CloudChange("Remove", "Bystander", "AWS::SQS::Queue"),)
    outcome = run.deploy(WIDER)
    assert hows(outcome) == {"network": "refused"}
    assert "more than the plan says" in outcome.results[0].lines[0]
    assert not left(run)
    assert run.status("network") == "CREATE_COMPLETE"


def test_a_replacement_that_only_aws_sees_must_be_named() -> None:
    """Named, it goes on."""
    run = Run()
    run.deploy(NETWORK)
    seen = CloudChange("Modify", "Vpc", "AWS::EC2::VPC", "True", ("Properties",), ("CidrBlock",))
    run.cloud.sees_more[NETWORK.name] = (seen,)
    assert hows(run.deploy(WIDER)) == {"network": "refused"}
    assert run.deploy(WIDER, accept={"acme-prod-network/Vpc"}).is_complete


def test_no_is_no() -> None:
    """Declined, nothing of the plan is left in AWS, not even a shell."""
    run = Run()
    outcome = run.carry_out(run.plan([NETWORK]), confirm=lambda _: False)
    assert outcome.was_declined
    assert not outcome.is_complete
    run.cloud.clock.sleep(60)
    assert not left(run)
    assert run.cloud.find(HOME, NETWORK.name) is None


def test_what_changed_since_is_refused() -> None:
    """Somebody changed the stack between plan and deploy."""
    run = Run()
    run.deploy(NETWORK)
    made = run.plan([WIDER])
    run.cloud.get(HOME, NETWORK.name).tags["by-hand"] = "yes"
    outcome = run.carry_out(made)
    assert hows(outcome) == {"network": "refused"}
    assert "has changed since the plan was made" in outcome.results[0].lines[0]


# ---- import --------------------------------------------------------------------------------


def test_an_existing_bucket_is_taken_over() -> None:
    """It keeps its identity, and the rest of the stack follows."""
    run = Run()
    run.cloud.existing["AWS::S3::Bucket", "acme-data"] = "acme-data"
    data = stack("data", {"Data": bucket(), "Alarm": ALARM})
    made = run.plan([data], imports={(data.name, "Data"): {"BucketName": "acme-data"}})
    assert run.carry_out(made).is_complete
    assert run.cloud.get(HOME, data.name).resources["Data"].physical_id == "acme-data"
    assert run.plan([data]).is_empty


def test_what_is_not_there_cannot_be_taken_over() -> None:
    """The reason is AWS's, and what follows is not begun."""
    run = Run()
    data = stack("data", {"Data": bucket(), "Alarm": ALARM})
    made = run.plan([data], imports={(data.name, "Data"): {"BucketName": "acme-data"}})
    outcome = run.carry_out(made)
    assert [one.how for one in outcome.results] == [How.FAILED, How.NOT_STARTED]
    assert "acme-data does not exist" in outcome.results[0].lines[0]


# ---- fail and roll back --------------------------------------------------------------------


def test_the_root_cause_comes_first_and_nothing_later_begins() -> None:
    """The stack that needs the failed one is reported as not started."""
    run = Run()
    run.cloud.fails[NETWORK.name, "Vpc"] = "The maximum number of VPCs has been reached."
    outcome = run.deploy(NETWORK, SERVER)
    assert hows(outcome) == {"network": "failed", "server": "not started"}
    assert outcome.results[0].lines[0] == (
        "Vpc (AWS::EC2::VPC): The maximum number of VPCs has been reached."
    )
    assert "clears the remains" in outcome.results[0].lines[-1]


def test_remains_of_a_failed_creation_are_cleared_and_it_is_made_again() -> None:
    """`ROLLBACK_COMPLETE` with nothing left is safe to delete."""
    run = Run()
    run.cloud.fails[NETWORK.name, "Vpc"] = "quota"
    run.deploy(NETWORK)
    assert run.status("network") == "ROLLBACK_COMPLETE"
    run.cloud.fails.clear()
    made = run.plan([NETWORK])
    assert [one.do for one in made.mends] == ["delete the remains"]
    assert not run.mend(made)
    assert run.deploy(NETWORK).is_complete


def test_a_failed_update_is_rolled_back() -> None:
    """The stack is as before, and a second run tries again."""
    run = Run()
    run.deploy(NETWORK)
    run.cloud.fails[NETWORK.name, "Alarm"] = "no"
    outcome = run.deploy(WIDER)
    assert outcome.results[0].lines == (
        "Alarm (AWS::CloudWatch::Alarm): no",
        "rolled back: the stack is as it was before",
    )
    run.cloud.fails.clear()
    assert run.deploy(WIDER).is_complete


def test_a_roll_back_that_failed_is_continued() -> None:
    """Nothing is left out of it; afterwards the plan goes on."""
    run = Run()
    run.deploy(NETWORK)
    run.cloud.fails[NETWORK.name, "Alarm"] = "no"
    run.cloud.fails_to_roll_back.add(NETWORK.name)
    assert "rolling back failed too" in run.deploy(WIDER).results[0].lines[-1]
    run.cloud.fails.clear()
    made = run.plan([WIDER])
    assert [one.do for one in made.mends] == ["continue the roll-back"]
    with pytest.raises(CloudError, match="mend it first"):
        run.carry_out(made)
    assert "rolling back failed too" in run.mend(made)[0]
    run.cloud.fails_to_roll_back.clear()
    assert not run.mend(made)
    assert run.deploy(WIDER).is_complete


def test_a_policy_that_was_opened_is_closed_again_after_a_failure() -> None:
    """What was accepted once is not open for ever."""
    run = Run()
    run.deploy(DATA)
    run.cloud.fails[DATA.name, "Data"] = "no"
    other = stack("data", {"Data": bucket("two")})
    made = run.plan([other])
    outcome = run.carry_out(made, {need.name for need in made.needs})
    assert hows(outcome) == {"data": "failed"}
    assert run.cloud.get(HOME, DATA.name).policy == stack_policy(["Data"])


def test_one_failure_in_a_wave_lets_the_others_end() -> None:
    """What was begun is seen to its end and reported."""
    run = Run()
    run.cloud.fails[NETWORK.name, "Vpc"] = "quota"
    assert hows(run.deploy(NETWORK, DATA)) == {"data": "done", "network": "failed"}


# ---- interrupt and resume ------------------------------------------------------------------


def interrupt_after(run: Run, seconds: float) -> None:
    """Ctrl-C, when so much time has passed."""
    until = run.cloud.clock.seconds + seconds

    def strike(now: float) -> None:
        if now >= until:
            run.cloud.clock.on_sleep.clear()
            raise KeyboardInterrupt

    run.cloud.clock.on_sleep.append(strike)


def test_interrupted_before_anything_began_nothing_is_left() -> None:
    """Change sets and shells go, also on Ctrl-C."""
    run = Run()
    interrupt_after(run, 0.5)
    with pytest.raises(KeyboardInterrupt):
        run.deploy(NETWORK)
    run.cloud.clock.sleep(60)
    assert not left(run)
    assert run.cloud.find(HOME, NETWORK.name) is None


def test_interrupted_while_it_ran_a_second_run_picks_up() -> None:
    """AWS went on alone; the same plan finds it done, and does the rest."""
    run = Run()
    made = run.plan([NETWORK, SERVER])
    interrupt_after(run, 2)
    with pytest.raises(KeyboardInterrupt):
        run.carry_out(made)
    assert run.status("network") == "CREATE_IN_PROGRESS"
    outcome = run.carry_out(made)
    assert outcome.is_complete
    assert run.plan([NETWORK, SERVER]).is_empty


def test_killed_between_execute_and_complete_the_next_run_follows() -> None:
    """As after `kill -9`: nobody cleaned up, and the change set is found by its name."""
    run = Run()
    made = run.plan([NETWORK])
    step = made.steps[0]
    first = Run(run.cloud)
    first.limits = Limits(stack=0, first_look=0.1)
    assert hows(first.carry_out(made)) == {"network": "still running"}
    outcome = run.carry_out(made)
    assert outcome.is_complete
    assert run.cloud.names_asked("execute") == [step.stack]


def test_a_change_set_that_was_left_is_used_again() -> None:
    """Its name is the hash of the step, so it is the same change."""
    run = Run()
    made = run.plan([NETWORK])
    request_names = [step.change_set for step in made.steps]
    killed = Run(run.cloud)

    def die(_: int) -> bool:
        killed.cloud.refuses["delete_change_set"] = CloudError("killed")
        return False

    killed.carry_out(made, confirm=die)
    del run.cloud.refuses["delete_change_set"]
    assert left(run) == request_names
    assert run.carry_out(made).is_complete
    assert run.cloud.names_asked("create_change_set") == [NETWORK.name]


def test_time_that_is_over_is_not_a_success() -> None:
    """Still running is what is said, and the exit tells."""
    run = Run(limits=Limits(stack=1))
    outcome = run.deploy(stack("alerts", {f"Alarm{number}": ALARM for number in range(50)}))
    assert hows(outcome) == {"alerts": "still running"}
    assert not outcome.is_complete


# ---- two at once ---------------------------------------------------------------------------


def test_the_same_plan_twice_at_once_is_done_once() -> None:
    """The second run finds the change set taken, and follows or finds it done."""
    run = Run()
    made = run.plan([NETWORK])
    second = Run(run.cloud)

    def other_first(_: str) -> None:
        run.cloud.before_execute.clear()
        assert second.carry_out(made).is_complete

    run.cloud.before_execute.append(other_first)
    assert run.carry_out(made).is_complete
    assert run.status("network") == "CREATE_COMPLETE"
    assert (
        len(
            [
                one
                for one in run.cloud.get(HOME, NETWORK.name).events
                if one.status == "CREATE_COMPLETE"
            ]
        )
        == 2
    )


def test_two_plans_at_once_do_not_undo_each_other() -> None:
    """The slower one is told that what it saw is no longer so."""
    run = Run()
    run.deploy(NETWORK)
    ours = run.plan([WIDER])
    theirs = stack(
        "network",
        {"Vpc": VPC, "Queue": {"Type": "AWS::SQS::Queue", "Properties": {}}},
        NETWORK.template["Outputs"],
    )
    second = Run(run.cloud)

    def other_first(_: str) -> None:
        run.cloud.before_execute.clear()
        assert second.deploy(theirs).is_complete

    run.cloud.before_execute.append(other_first)
    outcome = run.carry_out(ours)
    assert hows(outcome) == {"network": "refused"}
    assert "Queue" in run.cloud.get(HOME, NETWORK.name).resources


# ---- previews, and the end -----------------------------------------------------------------


def test_previews_leave_nothing() -> None:
    """What CloudFormation says is kept; change sets and shells go."""
    run = Run()
    run.deploy(NETWORK)
    made = run.plan([WIDER, DATA])
    found = preview(made, run.cloud, run.cloud.clock, "one")
    said = found[NETWORK.name, HOME, made.steps[1].do]
    assert not isinstance(said, str)
    assert [(one.action, one.logical_id) for one in said.changes] == [("Add", "Alarm")]
    run.cloud.clock.sleep(60)
    assert not left(run)
    assert run.cloud.find(HOME, DATA.name) is None


def test_previews_are_deleted_on_ctrl_c() -> None:
    """Also when somebody loses patience."""
    run = Run()
    run.deploy(NETWORK)
    made = run.plan([WIDER])
    interrupt_after(run, 0)
    with pytest.raises(KeyboardInterrupt):
        preview(made, run.cloud, run.cloud.clock, "one")
    assert not left(run)


def test_destroy_refuses_what_holds_data_unless_it_is_named() -> None:
    """And lets go of protection only then."""
    run = Run()
    run.deploy(NETWORK, DATA)
    stacks = [NETWORK, DATA]
    made = destruction(stacks, {one.name for one in stacks}, deployed(stacks, run.cloud))
    with pytest.raises(CloudError, match="--accept acme-prod-data"):
        run.carry_out(made)
    assert run.cloud.get(HOME, DATA.name).is_protected
    outcome = run.carry_out(made, {DATA.name})
    assert outcome.is_complete
    assert run.cloud.find(HOME, DATA.name) is None
    kept = next(one for one in outcome.results if one.step.stack == DATA.name)
    assert kept.lines == ("stays in the account: Data (AWS::S3::Bucket)",)


def test_destroy_goes_backwards_and_spares_what_others_need() -> None:
    """Importers first; an exporter alone is refused."""
    run = Run()
    run.deploy(NETWORK, SERVER)
    stacks = [NETWORK, SERVER]
    there = deployed(stacks, run.cloud)
    made = destruction(stacks, {NETWORK.name, SERVER.name}, there)
    assert [step.stack for step in made.steps] == [SERVER.name, NETWORK.name]
    alone = destruction(stacks, {NETWORK.name}, there)
    assert "acme-prod-server still imports" in alone.blocked[0]
    assert run.carry_out(made).is_complete


def test_a_deletion_that_fails_says_why() -> None:
    """Its protection is put back."""
    run = Run()
    run.deploy(DATA)
    run.cloud.fails[DATA.name, "Data"] = "it is not empty"
    made = destruction([DATA], {DATA.name}, deployed([DATA], run.cloud))
    outcome = run.carry_out(made, {DATA.name})
    assert outcome.results[0].lines[0] == "Data (AWS::S3::Bucket): it is not empty"
    assert run.cloud.get(HOME, DATA.name).is_protected


def test_policies_are_plain_json() -> None:
    """Readable by whoever looks at the stack."""
    assert json.loads(stack_policy(["Data"]))["Statement"][1]["Effect"] == "Deny"
