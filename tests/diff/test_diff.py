"""Diff: what crosses stacks, what is refused, what is said of types that nobody knows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from baseline.change import Action, Changes, Replacement, Verdict, dotted
from baseline.diff import diff, diff_stacks
from baseline.template import Template, read
from tests.diff.test_corpus import template
from tests.samples import stacks

TODAY = date(2026, 11, 25)


def messages(changes: Changes, verdict: Verdict) -> list[str]:
    """What was said with a verdict."""
    return [
        effect.message for one in changes for effect in one.effects if effect.verdict is verdict
    ]


def paths(before: str, after: str) -> list[str]:
    """Where two templates differ."""
    return [
        f"{edit.action} {dotted(edit.path)}"
        for one in diff(template(before), template(after))
        for edit in one.edits
    ]


NETWORK = """
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
Outputs:
  Vpc: {Value: !Ref Vpc, Export: {Name: net-Vpc}}
"""
SHOP = """
Resources:
  Subnet:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !ImportValue net-Vpc, CidrBlock: 10.0.0.0/24}
"""


def test_replacement_goes_through_exports() -> None:
    """A subnet of another stack is replaced with the network, in stacks that did not change."""
    before = {"network": read(NETWORK.encode(), "n"), "shop": read(SHOP.encode(), "s")}
    other = NETWORK.replace("10.0.0.0/16", "10.1.0.0/16")
    after = before | {"network": read(other.encode(), "n")}
    found = {(one.stack, one.name): one for one in diff_stacks(before, after)}
    assert found["network", "Vpc"].replacement is Replacement.CERTAIN
    subnet = found["shop", "Subnet"]
    assert (subnet.action, subnet.replacement) == (Action.FOLLOW, Replacement.CERTAIN)
    assert subnet.cause == (
        "VpcId follows Vpc of network through the export net-Vpc, which is replaced"
    )


def test_an_export_in_use_is_not_removed() -> None:
    """CloudFormation refuses that, and it is said before."""
    before = {"network": read(NETWORK.encode(), "n"), "shop": read(SHOP.encode(), "s")}
    other = NETWORK[: NETWORK.index("Outputs")]
    changes = diff_stacks(before, before | {"network": read(other.encode(), "n")})
    said = messages(changes, Verdict.REFUSED)
    assert said == ["the export net-Vpc cannot be removed while shop imports it (Vpc)"]


def test_an_insertion_in_the_middle_is_one_addition() -> None:
    """Elements are matched by what they are, not by where they stand."""
    rules = [
        "{Id: a, Status: Enabled, ExpirationInDays: 1}",
        "{Id: b, Status: Enabled, ExpirationInDays: 2}",
        "{Id: c, Status: Enabled, ExpirationInDays: 3}",
    ]
    head = "B: {Type: AWS::S3::Bucket, Properties: {LifecycleConfiguration: {Rules: ["
    one = head + ", ".join([rules[0], rules[2]]) + "]}}}"
    other = head + ", ".join(rules) + "]}}}"
    assert paths(one, other) == ["add Properties.LifecycleConfiguration.Rules[b]"]
    assert paths(other, one) == ["remove Properties.LifecycleConfiguration.Rules[b]"]
    third = other.replace("ExpirationInDays: 3", "ExpirationInDays: 9")
    assert paths(other, third) == [
        "update Properties.LifecycleConfiguration.Rules[c].ExpirationInDays"
    ]


def test_elements_without_names_are_matched_by_likeness() -> None:
    """One port of one rule, though the order is another."""
    head = "G: {Type: AWS::EC2::SecurityGroup, Properties: {SecurityGroupIngress: ["
    first = "{IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 10.0.0.0/8, Description: Web}"
    second = "{IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.9.0.0/16, Description: Ssh}"
    one = head + f"{first}, {second}]}}}}"
    other = head + f"{second}, {first.replace('ToPort: 80', 'ToPort: 81')}]}}}}"
    assert [path.rpartition(".")[2] for path in paths(one, other)] == ["ToPort"]


def test_statements_are_matched_by_what_they_say() -> None:
    """Not by their place, and not all at once."""
    head = (
        "P: {Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: {Version: 2012-10-17,"
        " Statement: ["
    )
    read_ = "{Sid: Read, Effect: Allow, Action: ['s3:GetObject'], Resource: '*'}"
    send = "{Sid: Send, Effect: Allow, Action: ['sqs:SendMessage'], Resource: '*'}"
    one = head + f"{read_}, {send}]}}}}}}"
    other = head + f"{send.replace('SendMessage', '*')}, {read_}]}}}}}}"
    found = paths(one, other)
    assert all("Statement[Send].Action" in path for path in found)
    assert len(found) == 2


def test_a_moved_element_of_an_ordered_array_is_said_as_a_whole() -> None:
    """Its order means something."""
    one = "A: {Type: Acme::Shop::Thing, Properties: {Steps: [a, b, c]}}"
    other = "A: {Type: Acme::Shop::Thing, Properties: {Steps: [b, a, c]}}"
    assert paths(one, other) == ["update Properties.Steps"]


def test_renames_that_name_each_other() -> None:
    """Are found together, with what CloudFormation would do."""
    one = """
Old: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}
Dead: {Type: AWS::SNS::Topic}
Policy:
  Type: AWS::SQS::QueuePolicy
  Properties: {Queues: [!Ref Old], PolicyDocument: {Statement: []}}
"""
    other = one.replace("Old", "New").replace("Policy:", "Rules:")
    found = {one.name: one for one in diff(template(one), template(other))}
    assert {name: change.was for name, change in found.items()} == {"New": "Old", "Rules": "Policy"}
    said = [effect.message for effect in found["New"].effects if effect.question == "refusal"]
    assert said == [
        (
            "QueueName is taken by Old until that is removed, after New is made: refactor the stack"
            " (CreateStackRefactor), or import, to rename without replacing"
        )
    ]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (
            "A: {Type: AWS::SQS::Queue}",
            "A: {Type: AWS::SNS::Topic}",
            "A was AWS::SQS::Queue: CloudFormation does not change the type",
        ),
        (
            "A: {Type: AWS::RDS::DBInstance, Properties: {DBInstanceIdentifier: x, KmsKeyId: a}}",
            "A: {Type: AWS::RDS::DBInstance, Properties: {DBInstanceIdentifier: x, KmsKeyId: b}}",
            "a resource with a name of its own (DBInstanceIdentifier) cannot be replaced",
        ),
        (
            (
                "A: {Type: AWS::RDS::DBInstance, Properties: {DeletionProtection: true}}\n"
                "B: {Type: AWS::SNS::Topic}"
            ),
            "B: {Type: AWS::SNS::Topic}",
            "DeletionProtection is on, so its deletion fails",
        ),
    ],
)
def test_refused(before: str, after: str, says: str) -> None:
    """What would fail is said before it is tried."""
    said = messages(diff(template(before), template(after)), Verdict.REFUSED)
    assert any(one.startswith(says) for one in said), said


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "V: {Type: AWS::Backup::BackupVault, Properties: {BackupVaultName: v}}",
            (
                "V: {Type: AWS::Backup::BackupVault, Properties: {BackupVaultName: v,"
                " LockConfiguration: {MinRetentionDays: 1, ChangeableForDays: 3}}}"
            ),
        ),
        (
            "K: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {}}}\nT: {Type: AWS::SNS::Topic}",
            "T: {Type: AWS::SNS::Topic}",
        ),
        (
            "D: {Type: AWS::RDS::DBInstance, Properties: {EngineVersion: '15.4'}}",
            "D: {Type: AWS::RDS::DBInstance, Properties: {EngineVersion: '16.1'}}",
        ),
        (
            (
                "B: {Type: AWS::S3::Bucket, Properties: {ObjectLockConfiguration:"
                " {Rule: {DefaultRetention: {Mode: GOVERNANCE, Days: 1}}}}}"
            ),
            (
                "B: {Type: AWS::S3::Bucket, Properties: {ObjectLockConfiguration:"
                " {Rule: {DefaultRetention: {Mode: COMPLIANCE, Days: 1}}}}}"
            ),
        ),
    ],
)
def test_irreversible(before: str, after: str) -> None:
    """What cannot be taken back is said."""
    assert messages(diff(template(before), template(after)), Verdict.IRREVERSIBLE)


def test_controls_are_broken_and_mended() -> None:
    """By name, as `lint` says it."""
    one = next(one for one in stacks("acme") if one.name == "acme-prod-bucket-documents")
    before = {**one.template}
    body = before["Resources"]["Bucket"]
    block = dict.fromkeys(body["Properties"]["PublicAccessBlockConfiguration"], False)
    properties = {**body["Properties"], "PublicAccessBlockConfiguration": block}
    after = {
        **before,
        "Resources": {**before["Resources"], "Bucket": {**body, "Properties": properties}},
    }
    there = diff(before, after, today=TODAY)
    broken = {effect.control for one in there for effect in one.effects if effect.control}
    assert "storage.no-public-bucket" in broken
    assert messages(there, Verdict.BREAKS_CONTROL)
    back = diff(after, before, today=TODAY)
    assert any("storage.no-public-bucket" in one for one in messages(back, Verdict.MENDS_CONTROL))
    assert not messages(back, Verdict.BREAKS_CONTROL)
    assert not diff(before, before, today=TODAY)


def test_unknown_types_are_said_to_be() -> None:
    """Compared plainly, and whether they are replaced is not claimed."""
    changes = diff(
        template("A: {Type: Acme::Shop::Thing, Properties: {Size: 1}}"),
        template("A: {Type: Acme::Shop::Thing, Properties: {Size: 2}}"),
    )
    assert not next(iter(changes)).is_known
    assert changes.notes == (
        (
            "The registry's schemas do not know Acme::Shop::Thing: compared plainly, and whether a "
            "change replaces the resource cannot be said."
        ),
    )


@pytest.mark.parametrize(
    ("transform", "says"),
    [
        ("AWS::Serverless-2016-10-31", "Serverless resources (SAM) are compared as written"),
        ("Acme::Macro", "What the transform Acme::Macro makes is known only to AWS"),
    ],
)
def test_transforms_that_cannot_be_made_are_said(transform: str, says: str) -> None:
    """The resources are compared as they stand."""
    head = f"Transform: {transform}\nResources: {{F: {{Type: AWS::Serverless::Function, Properties:"
    changes = diff(
        template(f"{head} {{MemorySize: 128}}}}}}"), template(f"{head} {{MemorySize: 256}}}}}}")
    )
    assert len(changes) == 1
    assert any(note.startswith(says) for note in changes.notes)


def test_loops_over_what_only_aws_knows_are_said() -> None:
    """And compared as they stand."""
    text = """
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - 'Q${Name}': {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 1}}
"""
    changes = diff(template(text), template(text.replace("DelaySeconds: 1", "DelaySeconds: 2")))
    assert changes
    assert changes.notes[0].endswith("goes over values known only to AWS: compared plainly.")


def test_five_thousand_lines() -> None:
    """A template as large as they come."""
    lines = ["Resources:"]
    for number in range(480):
        lines += [
            f"  Queue{number}:",
            "    Type: AWS::SQS::Queue",
            "    Properties:",
            f"      VisibilityTimeout: {number}",
            "      Tags:",
            *(f"        - {{Key: k{one}, Value: v{one}}}" for one in range(7)),
        ]
    text = "\n".join(lines)
    assert text.count("\n") > 5_000
    other = text.replace("VisibilityTimeout: 7\n", "VisibilityTimeout: 700\n")
    assert [one.name for one in diff(template(text), template(other))] == ["Queue7"]


def test_what_is_no_resource() -> None:
    """Anything may stand where a resource should."""
    strange: dict[str, Any] = {"Resources": {"A": None, "B": [1], "C": "x", "D": {"Type": ["l"]}}}
    other: dict[str, Any] = {"Resources": {"A": 1, "B": {}, "D": {"Type": {"a": 1}}}}
    assert not diff(strange, strange)
    assert diff(strange, other, today=TODAY)
    assert diff(other, strange, today=TODAY)


def test_equal_texts_are_known_by_their_digest() -> None:
    """Without a look at what they say."""
    one = Template("a", {"Resources": {}}, b"1")
    assert not diff(one, Template("b", {"Resources": {"X": {}}}, b"1"))
    assert diff(one, Template("b", {"Resources": {"X": {"Type": "T"}}}, b"2"))
