"""Drift: every resource ends as the same, drifted, or not checked with the reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from baseline.cloud import DriftRun, PropertyDrift, RefusedError, ResourceDrift
from baseline.deploy import deploy
from baseline.deployed import deployed
from baseline.drift import Limits, drift
from baseline.drift.accept import entries, recorded, with_accepted
from baseline.drift.report import report, summary
from baseline.drift.revert import reversion
from baseline.drifted import Drifts, Looked, State
from baseline.errors import CloudError, ProfileError
from baseline.exports.drift import write
from baseline.load import loads
from baseline.plan import Do
from baseline.render import render
from baseline.stack import Fleet, Origin, Place, Stack
from tests.fakes import FakeCloud, FakeResource, FakeStack

PLACE = Place("111122223333", "eu-west-1")
TODAY = date(2026, 11, 25)
RULE = {
    "Description": "HTTPS",
    "IpProtocol": "tcp",
    "FromPort": 443,
    "ToPort": 443,
    "CidrIp": "10.0.0.0/16",
}
OPEN = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
RESOURCES: dict[str, dict[str, Any]] = {
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}},
    "Group": {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {
            "GroupDescription": "hosts",
            "VpcId": {"Fn::ImportValue": "acme-prod-network-VpcId"},
            "SecurityGroupIngress": [RULE],
            "Tags": [{"Key": "Name", "Value": "hosts"}],
        },
    },
    "Policy": {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {
            "Roles": [{"Ref": "Role"}],
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": ["s3:GetObject", "s3:ListBucket"],
                        "Resource": "a",
                    }
                ],
            },
        },
    },
}
IDS = {"Role": "role-1", "Group": "sg-1", "Policy": "arn:policy-1"}
NETWORK = {
    "Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}},
    "Outputs": {"VpcId": {"Value": {"Ref": "Vpc"}, "Export": {"Name": "acme-prod-network-VpcId"}}},
}


class Account(FakeCloud):
    """An account with one stack of ours, and what Cloud Control says of its resources."""

    def __init__(self, resources: Mapping[str, Any] = RESOURCES) -> None:
        super().__init__()
        self.unreadable: set[str] = set()
        self.endless = False
        self.put("acme-prod-network", NETWORK, {"Vpc": "vpc-1"})
        self.put("acme-prod-hosts", {"Resources": resources}, IDS)
        self.alive = {
            ("AWS::IAM::Role", "role-1"): {
                "RoleName": "role-1",
                "Arn": "arn:role-1",
                "AssumeRolePolicyDocument": TRUST,
                "ManagedPolicyArns": ["arn:policy-1"],
            },
            ("AWS::EC2::SecurityGroup", "sg-1"): {
                "GroupId": "sg-1",
                "GroupDescription": "hosts",
                "VpcId": "vpc-1",
                "SecurityGroupIngress": [RULE],
                "SecurityGroupEgress": [],
                "Tags": [
                    {"Key": "aws:cloudformation:stack-name", "Value": "acme-prod-hosts"},
                    {"Key": "baseline:organization", "Value": "acme"},
                    {"Key": "Name", "Value": "hosts"},
                ],
            },
            ("AWS::IAM::ManagedPolicy", "arn:policy-1"): {
                "PolicyArn": "arn:policy-1",
                "Roles": ["role-1"],
                "PolicyDocument": json.dumps(
                    {
                        "Statement": {
                            "Resource": ["a"],
                            "Action": ["s3:listbucket", "s3:GetObject"],
                            "Effect": "Allow",
                        },
                        "Version": "2012-10-17",
                    }
                ),
            },
        }

    def put(self, name: str, template: Mapping[str, Any], ids: Mapping[str, str]) -> None:
        """A stack that stands."""
        outputs = template.get("Outputs", {})
        self.all.setdefault(PLACE, []).append(
            FakeStack(
                name,
                f"arn:{name}",
                "CREATE_COMPLETE",
                json.dumps(template),
                {"baseline:organization": "acme"},
                {
                    logical_id: FakeResource(body["Type"], ids[logical_id], dict(body))
                    for logical_id, body in template["Resources"].items()
                },
                exports={one["Export"]["Name"]: key for key, one in outputs.items()},
                outputs=dict.fromkeys(outputs, "vpc-1"),
            )
        )

    def says(self, logical_id: str, status: str, *differences: PropertyDrift) -> None:
        """What CloudFormation's detection says of a resource."""
        one = ResourceDrift(
            logical_id, RESOURCES[logical_id]["Type"], IDS[logical_id], status, differences
        )
        self.drifted["acme-prod-hosts"] = (*self.drifted.get("acme-prod-hosts", ()), one)

    def becomes(self, logical_id: str, **properties: Any) -> None:
        """Change a resource behind everybody's back; None takes a property away."""
        key = (RESOURCES[logical_id]["Type"], IDS[logical_id])
        now = {**self.alive[key], **properties}
        self.alive = {
            **self.alive,
            key: {name: value for name, value in now.items() if value is not None},
        }

    def drift_run(self, place: Place, run: str) -> DriftRun:
        """Without an end where a test wants that."""
        if self.endless:
            return DriftRun(run, "DETECTION_IN_PROGRESS")
        return super().drift_run(place, run)

    def live(self, place: Place, type_name: str, identifier: str) -> Mapping[str, Any] | None:
        """Refuse types that a test says cannot be read."""
        if type_name in self.unreadable:
            raise RefusedError(f"{type_name} does not support READ", "UnsupportedActionException")
        return super().live(place, type_name, identifier)


def stack(resources: Mapping[str, Any] = RESOURCES, **more: Any) -> Stack:
    """The stack as the profile wants it."""
    origins = {name: Origin("test", "test") for name in resources}
    return Stack(
        "acme-prod-hosts",
        "acme",
        "prod",
        "Hosts",
        {"Resources": resources},
        origins,
        more.pop("target", (PLACE,)),
        **more,
    )


def look(account: Account, one: Stack | None = None) -> dict[str, Looked]:
    """Logical id to what was found."""
    return {found.logical_id: found for found in drifts(account, one).looked}


def drifts(account: Account, one: Stack | None = None) -> Drifts:
    """Everything that was found."""
    return drift([one or stack()], account, account.clock, TODAY)


def edits(one: Looked) -> list[tuple[Any, Any]]:
    """Before and after of each edit."""
    assert one.change
    return [(edit.before, edit.after) for edit in one.change.edits]


def test_what_means_the_same_is_the_same() -> None:
    """Order, case of actions, JSON in text, stack tags, defaults and attached policies."""
    account = Account()
    account.says("Policy", "NOT_CHECKED")
    found = look(account)
    assert {one.state for one in found.values()} == {State.SAME}
    assert found["Policy"].asked == ("Cloud Control",)
    assert found["Role"].asked == ("CloudFormation", "Cloud Control")


def test_a_policy_put_into_a_role_is_seen() -> None:
    """CloudFormation says in sync, because the template declares none."""
    account = Account()
    everything = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
    account.becomes("Role", Policies=[{"PolicyName": "more", "PolicyDocument": everything}])
    role = look(account)["Role"]
    assert role.state is State.DRIFTED
    assert "identity.no-inline-policies" in role.controls


def test_a_policy_attached_to_a_role_is_seen_unless_it_is_one_of_ours() -> None:
    """A managed policy of ours attaches itself; another did not."""
    account = Account()
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    account.becomes("Role", ManagedPolicyArns=["arn:policy-1", admin])
    assert edits(look(account)["Role"])[0][1] == [admin]


def test_a_rule_added_to_a_group_is_seen() -> None:
    """By its meaning, and with the control that it breaks."""
    account = Account()
    account.says("Group", "MODIFIED", PropertyDrift("/SecurityGroupIngress/1", "", "{}", "ADD"))
    account.becomes("Group", SecurityGroupIngress=[OPEN, RULE])
    group = look(account)["Group"]
    assert group.state is State.DRIFTED
    assert "network.no-open-management-port" in group.controls
    assert len(edits(group)) == 1, "the rule that stands is no drift"


def test_a_rule_where_the_template_has_none_is_seen() -> None:
    """Drift detection compares declared properties only."""
    account = Account()
    account.becomes("Group", SecurityGroupEgress=[{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}])
    assert look(account)["Group"].state is State.DRIFTED


def test_what_cloudformation_alone_could_see_is_taken_from_its_word() -> None:
    """Its differences are applied to what was expected, references filled in."""
    account = Account()
    account.unreadable = {"AWS::EC2::SecurityGroup"}
    account.says(
        "Group",
        "MODIFIED",
        PropertyDrift("/SecurityGroupIngress/0/CidrIp", "10.0.0.0/16", "0.0.0.0/0", "NOT_EQUAL"),
        PropertyDrift("/SecurityGroupIngress/1", "null", json.dumps(OPEN), "ADD"),
    )
    group = look(account)["Group"]
    assert group.asked == ("CloudFormation",)
    assert ("10.0.0.0/16", "0.0.0.0/0") in edits(group)
    assert len(edits(group)) == 2


def test_elements_that_are_gone_are_counted_from_what_was_there() -> None:
    """Two rules removed, the first and the last, leave the one in the middle."""
    rules = [{**RULE, "FromPort": port, "ToPort": port} for port in (1, 2, 3)]
    body = RESOURCES["Group"]
    more = {**body, "Properties": {**body["Properties"], "SecurityGroupIngress": rules}}
    account = Account({**RESOURCES, "Group": more})
    account.unreadable = {"AWS::EC2::SecurityGroup"}
    account.says(
        "Group",
        "MODIFIED",
        *(
            PropertyDrift(f"/SecurityGroupIngress/{at}", json.dumps(rules[at]), "null", "REMOVE")
            for at in (0, 2)
        ),
    )
    group = look(account, stack({**RESOURCES, "Group": more}))["Group"]
    assert sorted(before["FromPort"] for before, _ in edits(group)) == [1, 3]


def test_what_cloudformation_calls_drift_and_means_the_same_is_said_so() -> None:
    """Not silently: a note names the paths."""
    account = Account()
    account.says("Group", "MODIFIED", PropertyDrift("/Tags/0", "a", "b", "NOT_EQUAL"))
    found = drifts(account)
    assert not found
    assert any("/Tags/0" in note for note in found.notes)


def test_what_is_gone_has_drifted() -> None:
    """By CloudFormation's word."""
    account = Account()
    account.says("Group", "DELETED")
    group = look(account)["Group"]
    assert (group.state, group.why) == (State.DRIFTED, "it is gone")


def test_what_nobody_can_look_at_is_not_checked() -> None:
    """With the reason, and never counted as the same."""
    account = Account()
    account.unreadable = {"AWS::IAM::ManagedPolicy"}
    account.says("Policy", "NOT_CHECKED")
    policy = look(account)["Policy"]
    assert policy.state is State.UNCHECKED
    assert "does not look at the type; Cloud Control cannot read it either" in policy.why


def test_a_blind_spot_that_could_not_be_looked_into_is_said() -> None:
    """CloudFormation says in sync, and nobody could look at what is undeclared."""
    account = Account()
    account.unreadable = {"AWS::IAM::Role"}
    role = look(account)["Role"]
    assert role.state is State.SAME
    assert dict(role.unread)["Policies"] == "undeclared, and Cloud Control cannot read it either"


def test_what_cloud_control_does_not_find_is_not_said_to_be_gone() -> None:
    """It may have another name for it than the stack."""
    account = Account()
    account.says("Policy", "NOT_CHECKED")
    del account.alive["AWS::IAM::ManagedPolicy", "arn:policy-1"]
    policy = look(account)["Policy"]
    assert policy.state is State.UNCHECKED
    assert "by the name that the stack has for it" in policy.why


def test_a_property_that_we_declare_today_is_compared_although_the_stack_has_it_not() -> None:
    """An undeclared property is invisible to CloudFormation."""
    body = RESOURCES["Policy"]
    wanted = {**body, "Properties": {**body["Properties"], "Path": "/ours/"}}
    account = Account()
    account.becomes("Policy", Path="/theirs/")
    policy = look(account, stack({**RESOURCES, "Policy": wanted}))["Policy"]
    assert policy.state is State.DRIFTED
    assert policy.asked == ("CloudFormation", "Cloud Control")


def test_a_detection_without_an_end_is_not_waited_for() -> None:
    """Cloud Control then answers for everything, and that is said."""
    account = Account()
    account.endless = True
    found = drift([stack()], account, account.clock, TODAY, Limits(detection=60))
    assert {one.asked for one in found.looked} == {("Cloud Control",)}
    assert any("not done within 60 s" in note for note in found.notes)
    assert account.clock.seconds < 90


def test_a_detection_that_does_not_start_is_said() -> None:
    """Another one may be running."""
    account = Account()
    account.refuses["start_drift"] = RefusedError("one is running", "ValidationError")
    found = drifts(account)
    assert not found
    assert any("did not start: one is running" in note for note in found.notes)


def test_expired_credentials_are_said_once() -> None:
    """Not for each resource."""
    account = Account()
    account.refuses["live"] = RefusedError("expired: log in", "ExpiredToken")
    with pytest.raises(CloudError, match="expired: log in"):
        drifts(account)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"target": Fleet(("ou-1",), ("eu-west-1",))}, "goes to organizational units (ou-1)"),
        ({"engine": "settings"}, "its engine is settings"),
        ({"target": (Place("111122223333", "eu-central-1"),)}, "the stack is not deployed"),
    ],
)
def test_what_is_out_of_reach_is_not_checked(more: dict[str, Any], why: str) -> None:
    """Every resource of it, with the reason."""
    found = drifts(Account(), stack(**more))
    assert len(found.looked) == len(RESOURCES)
    assert all(one.state is State.UNCHECKED and why in one.why for one in found.looked)


def test_a_stack_at_work_is_left_alone() -> None:
    """Its resources are between two states."""
    account = Account()
    account.get(PLACE, "acme-prod-hosts").status = "UPDATE_IN_PROGRESS"
    assert all("at work" in one.why for one in drifts(account).looked)


def test_nothing_is_changed() -> None:
    """Drift only reads."""
    account = Account()
    drifts(account)
    changing = {"create_change_set", "execute", "delete", "protect", "set_policy", "put_template"}
    assert not changing & {method for method, _ in account.asked}


def test_the_report_always_says_the_coverage() -> None:
    """In every format, with expected and actual."""
    account = Account()
    account.becomes("Group", SecurityGroupIngress=[OPEN, RULE])
    account.unreadable = {"AWS::IAM::ManagedPolicy"}
    account.says("Policy", "NOT_CHECKED")
    found = drifts(account)
    for form in ("text", "markdown"):
        text = render(report(found), form)
        assert "Coverage" in text
        assert "breaks a control: network.no-open-management-port" in text
        assert "expected nothing, is" in text
    assert summary(found).startswith("3 resources: 1 same, 1 drifted, 1 not checked.")
    machine = json.loads(write(found))
    assert machine["states"] == {"same": 1, "drifted": 1, "not checked": 1}


# ---- accepting -----------------------------------------------------------------------------

PROFILE = """\
version: 1
organization: {name: acme}
regions: {home: eu-west-1}
environments:
  - {name: prod, account: "111122223333", network: {cidr: 10.0.0.0/16}}
"""
OTHERS = """\
exceptions:
  - control: storage.versioned
    resource: a/B
    reason: r
    approved_by: b
    until: 2027-01-01
"""


def tampered() -> Drifts:
    """A group that somebody opened."""
    account = Account()
    account.becomes("Group", SecurityGroupIngress=[OPEN, RULE])
    return drifts(account)


def accepted(text: str, found: Drifts, today: date = TODAY) -> Drifts:
    """What a profile accepts of it."""
    return with_accepted(found, loads(text.encode(), "p.yaml")[0].exceptions, today)


def entry(found: Drifts, until: date = date(2027, 1, 1)) -> list[str]:
    """The exception for it."""
    return entries(found, ["acme-prod-hosts/Group"], until, 'a "trial"', "Head of: sales")


@pytest.mark.parametrize(
    "text",
    [
        PROFILE,
        PROFILE + "exceptions:  # none so far\n",
        f"{OTHERS}\n\n# and the rest\n{PROFILE}",
    ],
)
def test_an_accepted_drift_is_in_the_profile(text: str) -> None:
    """Wherever its exceptions stand; all else stays as it was, comments too."""
    found = tampered()
    new = recorded(text, "p.yaml", entry(found))
    assert all(line in new for line in text.splitlines())
    again = accepted(new, found)
    assert not again
    assert again.of(State.DRIFTED)[0].accepted
    assert "accepted by Head of: sales until 2027-01-01" in render(report(again), "text")


def test_exceptions_in_one_line_are_not_rewritten() -> None:
    """What to paste is said instead."""
    with pytest.raises(ProfileError, match=r"add this by hand:\n  - control: drift.as-deployed"):
        recorded(PROFILE + "exceptions: []\n", "p.yaml", entry(tampered()))


def test_past_its_day_it_is_drift_again() -> None:
    """And that is said, with who approved it."""
    found = tampered()
    late = accepted(recorded(PROFILE, "p", entry(found)), found, date(2027, 1, 2))
    assert late
    assert "ended on 2027-01-01 (approved by Head of: sales)" in late.notes[-1]


def test_another_drift_of_the_same_resource_is_not_covered() -> None:
    """An exception is for what was seen when it was made."""
    text = recorded(PROFILE, "p", entry(tampered()))
    account = Account()
    account.becomes("Group", SecurityGroupIngress=[{**OPEN, "ToPort": 65535}, RULE])
    other = accepted(text, drifts(account))
    assert other
    assert "covers nothing" in other.notes[-1]


def test_what_has_not_drifted_cannot_be_accepted() -> None:
    """With a guess at what was meant."""
    with pytest.raises(ProfileError, match="did you mean 'acme-prod-hosts/Group'"):
        entries(tampered(), ["acme-prod-hosts/Grup"], TODAY, "r", "b")


def test_a_drift_needs_its_digest() -> None:
    """An exception for whatever may come is no exception."""
    text = recorded(PROFILE, "p", entry(tampered()))
    line = next(line for line in text.splitlines() if "drift:" in line)
    with pytest.raises(ProfileError, match="says which drift is accepted"):
        loads(text.replace(f"{line}\n", "").encode(), "p.yaml")
    other = text.replace("control: drift.as-deployed", "control: storage.versioned")
    with pytest.raises(ProfileError, match=r"drift belongs to drift\.as-deployed"):
        loads(other.encode(), "p.yaml")


# ---- putting back --------------------------------------------------------------------------


def test_what_drifted_is_planned_to_be_put_back() -> None:
    """One step for the stack, with what CloudFormation may leave as it is."""
    account = Account()
    account.says("Group", "MODIFIED")
    account.becomes("Group", SecurityGroupIngress=[OPEN, RULE])
    account.becomes("Role", Policies=[{"PolicyName": "more", "PolicyDocument": TRUST}])
    found = drifts(account)
    (step,) = reversion(found, deployed([stack()], account)).steps
    assert step.do is Do.REVERT
    assert step.planned() == {"Group", "Role"}
    assert step.notes[0].startswith("Role was not seen by CloudFormation's own detection")
    asked = []
    account.create_change_set = lambda _, request: asked.append(request) or "id"  # type: ignore[method-assign,assignment,func-returns-value]
    outcome = deploy(
        reversion(found, deployed([stack()], account)),
        account,
        account.clock,
        (),
        lambda *_: True,
        lambda _: None,
    )
    assert not outcome.is_complete
    assert (asked[0].mode, asked[0].keeps_template, asked[0].text) == ("REVERT_DRIFT", True, "")


def test_where_nothing_drifted_nothing_is_planned() -> None:
    """And nothing is asked."""
    account = Account()
    assert not reversion(drifts(account), deployed([stack()], account)).steps
