"""Contracts of every blueprint, and determinism of the whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from baseline.generate import generate
from baseline.load import loads
from baseline.stack import Fleet, Stack, waves
from tests.samples import PROFILES, ROOT, edited, profile, stack, stacks

ALL = [one for name in PROFILES for one in stacks(name)]
# What holds data, and what becomes of it when its declaration goes.
STATEFUL = {
    "AWS::Backup::BackupVault": "Retain",
    "AWS::KMS::Key": "Retain",
    "AWS::Logs::LogGroup": "Retain",
    "AWS::RDS::DBCluster": "Snapshot",
    "AWS::RDS::DBInstance": "Snapshot",
    "AWS::S3::Bucket": "Retain",
    "AWS::S3::BucketPolicy": "Retain",
}
# Actions that IAM ties to no resource. Source: "Service Authorization Reference", for each service.
NO_RESOURCE_LEVEL = {
    *("cloudwatch:PutMetricData", "ec2:DescribeImages", "tag:GetResources"),
    *(f"ec2messages:{verb}" for verb in ("AcknowledgeMessage", "DeleteMessage", "FailMessage")),
    *(f"ec2messages:{verb}" for verb in ("GetEndpoint", "GetMessages", "SendReply")),
    *(f"ssm:{verb}" for verb in ("GetDeployablePatchSnapshotForInstance", "GetManifest")),
    *(f"ssm:{verb}" for verb in ("PutConfigurePackageResult", "PutInventory")),
    *(f"ssmmessages:{verb}Channel" for verb in ("CreateControl", "CreateData")),
    *(f"ssmmessages:{verb}Channel" for verb in ("OpenControl", "OpenData")),
}


def walk(value: Any) -> list[Any]:
    """Every value inside a value, and itself."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(found for child in inside for found in walk(child))]


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_a_template_holds_no_choice(one: Stack) -> None:
    """No parameters, conditions, mappings, transforms, rules, nested stacks, custom resources."""
    assert set(one.template) == {"AWSTemplateFormatVersion", "Description", "Resources", "Outputs"}
    for body in one.resources.values():
        assert "Condition" not in body
        assert not body["Type"].startswith(("Custom::", "AWS::CloudFormation::"))


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_a_template_knows_no_account(one: Stack) -> None:
    """Accounts and partition are pseudo parameters, and zones are never asked for.

    The one exception is an account that the profile shares an image with: it is another one.
    """
    text = json.dumps(one.template)
    assert "Fn::GetAZs" not in text
    assert "arn:aws:" not in text
    assert "arn:aws-us-gov:" not in text
    assert "111122223333" not in text
    shares_images = one.name in ("acme-prod-keys", "acme-prod-image-linux")
    assert ("444455556666" in text) is shares_images


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_what_holds_data_is_kept(one: Stack) -> None:
    """Data outlives the stack and the declaration that made it."""
    for logical_id, body in one.resources.items():
        if wanted := STATEFUL.get(body["Type"]):
            # An instance of a cluster holds nothing; the cluster does.
            is_member = "DBClusterIdentifier" in body["Properties"]
            expected = "Delete" if is_member and "Instance" in body["Type"] else wanted
            assert body.get("DeletionPolicy") == expected, logical_id
            assert body.get("UpdateReplacePolicy") == expected, logical_id


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_nothing_is_declared_empty(one: Stack) -> None:
    """An empty list or mapping is invisible to drift detection."""
    assert not [value for value in walk(dict(one.template)) if value in ({}, [], None)]


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_identities_have_no_inline_policies(one: Stack) -> None:
    """Roles get managed policies, whose statements name what they may touch."""
    for body in one.resources.values():
        if body["Type"] == "AWS::IAM::Role":
            assert "Policies" not in body["Properties"]
        if body["Type"] == "AWS::IAM::ManagedPolicy":
            for statement in body["Properties"]["PolicyDocument"]["Statement"]:
                named = statement["Action"]
                actions = {named} if isinstance(named, str) else set(named)
                assert statement["Resource"] != "*" or actions <= NO_RESOURCE_LEVEL
                assert not [action for action in actions if "*" in action]


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_every_resource_says_why_and_who_asked(one: Stack) -> None:
    """The purpose is a phrase, and the path is one that the profile has."""
    assert set(one.origins) == set(one.resources)
    for origin in one.origins.values():
        assert len(origin.purpose) > 8
        assert origin.path.split(".")[0] in ("assets", "environments", "fleets")


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_quotas_are_far(one: Stack) -> None:
    """Under 80 per cent of what CloudFormation takes; over 51,200 bytes it goes through S3."""
    from baseline.emit import emit

    assert len(emit(one).encode()) < 0.8 * 1_048_576
    assert len(one.resources) < 0.8 * 500
    assert len(one.template["Outputs"]) < 0.8 * 200
    assert len(one.template["Description"].encode()) < 0.8 * 1024


def test_the_largest_network_still_fits() -> None:
    """Six zones, IPv6 and every endpoint stay under the quotas of an upload through S3."""
    from baseline.emit import emit
    from baseline.regions import ENDPOINT_ACTIONS

    zones = ", ".join(f"use1-az{number}" for number in range(1, 7))
    asked = f"ipv6: yes, zones: [{zones}], endpoints: [{', '.join(ENDPOINT_ACTIONS)}]"
    made = edited(
        "minimal",
        ("eu-west-1", "us-east-1"),
        ("{cidr: 10.0.0.0/16}", f"{{cidr: 10.0.0.0/16, {asked}}}"),
    )
    network = next(one for one in made if one.short_name == "network")
    assert len(network.resources) < 0.8 * 500
    assert len(emit(network).encode()) < 0.8 * 1_048_576


@pytest.mark.parametrize("name", PROFILES)
def test_order_satisfies_every_import(name: str) -> None:
    """What a stack imports is exported by an earlier one, in each of its regions."""
    seen: set[tuple[str, str]] = set()
    for one in stacks(name):
        for region in one.regions:
            missing = {item for item in one.imports if (item, region) not in seen}
            assert not missing, one.name
        seen |= {(item, region) for item in one.exports for region in one.regions}


def test_copies_come_before_originals() -> None:
    """Nothing is imported across regions, so the order is declared."""
    names = [one.name for one in stacks("acme")]
    copy, original = "acme-prod-bucket-documents-recovery", "acme-prod-bucket-documents"
    assert names.index(copy) < names.index(original)
    assert stack(original).after == (copy,)


def test_a_fleet_carries_the_foundation_only() -> None:
    """Networks and workloads belong to an environment with an account of its own."""
    carried = {one.short_name for one in stacks("acme") if isinstance(one.target, Fleet)}
    assert carried == {"keys", "logs"}


def test_an_environment_without_an_account_makes_nothing() -> None:
    """It is a plan, not yet a place."""
    made = edited(
        "minimal",
        ('    account: "111122223333"\n', ""),
        ("    network: {cidr: 10.0.0.0/16}\n", ""),
    )
    assert made == ()


def test_same_intent_same_bytes() -> None:
    """Two accounts that want the same get the same template."""
    one = edited("minimal")
    other = edited("minimal", ("111122223333", "999988887777"))
    assert [each.hash for each in one] == [each.hash for each in other]


def test_order_of_lists_in_the_profile_changes_nothing() -> None:
    """A reordered profile is the same profile."""
    whole = profile("acme")
    turned = whole.model_copy(
        update={
            name: tuple(reversed(getattr(whole, name)))
            for name in ("assets", "environments", "fleets", "people")
        }
    )
    assert generate(turned) == generate(whole)


def test_waves_need_only_what_came_before() -> None:
    """Roles before keys before logs before networks before hosts before databases."""
    at = {one.name: number for number, wave in enumerate(waves(stacks("acme"))) for one in wave}
    order = ("identity", "keys", "logs", "network", "image-linux", "server-shop", "database-orders")
    numbers = [at[f"acme-prod-{name}"] for name in order]
    assert numbers == sorted(set(numbers)), numbers
    assert at["acme-prod-bucket-documents-recovery"] < at["acme-prod-bucket-documents"]


@pytest.mark.parametrize("name", PROFILES)
def test_out_is_what_is_generated(name: str) -> None:
    """`make accept` was run, and its changes can be reviewed beside the code."""
    command = [sys.executable, "-m", "baseline", "generate", "--check", "--out", "out"]
    done = subprocess.run(
        [*command, f"profiles/{name}.yaml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_bytes_are_the_same_everywhere(tmp_path: Path) -> None:
    """Under two hash seeds and from two working directories."""
    trees = []
    for seed in ("0", "4242"):
        folder = tmp_path / seed
        folder.mkdir()
        source = ROOT / "profiles" / "acme.yaml"
        subprocess.run(
            [sys.executable, "-m", "baseline", "generate", str(source), "--out", "made"],
            cwd=folder,
            env={**os.environ, "PYTHONHASHSEED": seed, "LANG": "C", "TZ": f"Etc/GMT+{seed[0]}"},
            check=True,
            capture_output=True,
        )
        made = folder / "made"
        trees.append({str(file.relative_to(made)): file.read_bytes() for file in made.rglob("*.*")})
    assert trees[0] == trees[1]
    assert len(trees[0]) == len(stacks("acme")) + 1


def test_two_stacks_of_one_name_are_refused() -> None:
    """A bucket cannot take the name of another bucket's copy, by way of hyphens either."""
    from baseline.errors import ProfileError

    with pytest.raises(ProfileError, match="kept for copies"):
        loads(
            (ROOT / "profiles" / "acme.yaml")
            .read_bytes()
            .replace(b"name: pictures", b"name: documents-recovery"),
            "x.yaml",
        )
