"""Deploying end to end, over HTTP, by the real commands; each test has an account of its own.

What is asserted is what the services' own APIs say, never a stack's word.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from baseline.stack import Place
from tests.sandbox.local import Command, Local, local_aws

pytestmark = pytest.mark.sandbox

REGION = "eu-west-1"
PROFILE = """\
version: 1
organization: {{name: two}}
regions: {{home: eu-west-1}}
environments:
  - name: prod
    account: "{account}"
    network: {{cidr: 10.0.0.0/16, zones: [euw1-az1, euw1-az2], nat: single}}
"""
KEYS, LOGS, NETWORK = "two-prod-keys", "two-prod-logs", "two-prod-network"
YES = ("--yes", "--accept", "two-*")


@dataclass(frozen=True)
class Account:
    """An account with nothing in it, and a profile for it."""

    local: Local
    place: Place
    profile: Path

    @property
    def run(self) -> Command:
        """`baseline`, as this account."""
        return Command(self.local, self.place)

    def client(self, service: str) -> Any:
        """A service's own API."""
        return self.local.client(service, self.place)

    def deploy(self, *more: str, code: int = 0) -> str:
        """Deploy the profile, with all the access that it opens."""
        return self.run("deploy", str(self.profile), *YES, *more, code=code)

    def edit(self, before: str, after: str) -> None:
        """Change a line of the profile."""
        text = self.profile.read_text(encoding="utf-8")
        assert before in text
        self.profile.write_text(text.replace(before, after), encoding="utf-8")

    def vpcs(self) -> dict[str, str]:
        """Its own networks: id to addresses."""
        found = self.client("ec2").describe_vpcs()["Vpcs"]
        return {one["VpcId"]: one["CidrBlock"] for one in found if not one["IsDefault"]}

    def nats(self) -> list[str]:
        """Ids of its NAT gateways."""
        found = self.client("ec2").describe_nat_gateways()["NatGateways"]
        return [one["NatGatewayId"] for one in found if one["State"] == "available"]

    def endpoints(self) -> set[str]:
        """Services that its endpoints lead to."""
        found = self.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
        return {one["ServiceName"].rpartition(".")[2] for one in found}

    def settled(self, name: str) -> str:
        """Status of a stack once it rests."""
        return self.local.settled(name, self.place)


Make = Callable[[Local], Account]


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    """One number after the other."""
    return iter(range(1, 100))


@pytest.fixture
def make(numbers: Iterator[int], tmp_path: Path) -> Make:
    """A new account in a local AWS."""

    def made(local: Local) -> Account:
        account = f"2222222222{next(numbers):02}"
        profile = tmp_path / "two.yaml"
        profile.write_text(PROFILE.format(account=account), encoding="utf-8")
        return Account(local, Place(account, REGION), profile)

    return made


def test_what_cannot_change_in_place_is_replaced(local: Local, make: Make) -> None:
    """Another network comes, with all that is in it, and the first one goes."""
    account = make(local)
    account.deploy()
    before = account.vpcs()
    account.edit("10.0.0.0/16", "10.1.0.0/16")
    assert "replace" in account.run("diff", str(account.profile), "--deployed", code=1)
    account.deploy()
    assert list(account.vpcs().values()) == ["10.1.0.0/16"]
    assert not before.keys() & account.vpcs().keys()
    subnets = account.client("ec2").describe_subnets()["Subnets"]
    assert {one["CidrBlock"][:5] for one in subnets if one["VpcId"] in account.vpcs()} == {"10.1."}
    account.run("drift", str(account.profile), "--strict")


def test_what_was_not_named_is_refused_before_anything_begins(local: Local, make: Make) -> None:
    """--yes covers no wider access."""
    account = make(local)
    said = account.run("deploy", str(account.profile), "--yes", code=3)
    assert f"--accept {NETWORK}" in said
    assert not account.vpcs()
    assert not account.client("kms").list_keys()["Keys"]
    assert not account.client("cloudformation").describe_stacks()["Stacks"]


def test_a_saved_plan_runs_as_saved_or_not_at_all(local: Local, make: Make, tmp_path: Path) -> None:
    """Somebody else deploys in between; what was planned is not what would happen."""
    account, plan = make(local), tmp_path / "plan.json"
    account.deploy()
    account.edit("nat: single", "nat: single, endpoints: [ssm]")
    save = ("diff", str(account.profile), "--deployed", "--save", str(plan))
    account.run(*save, code=1)
    account.edit("[ssm]", "[logs]")
    account.deploy()
    account.edit("[logs]", "[ssm]")
    account.run("deploy", str(plan), *YES, code=3)
    assert account.endpoints() == {"dynamodb", "logs", "s3"}
    account.run(*save, code=1)
    account.run("deploy", str(plan), *YES)
    assert account.endpoints() == {"dynamodb", "s3", "ssm"}


def test_a_bucket_that_exists_is_taken_over(local: Local, make: Make) -> None:
    """With what is in it, and as it is: CloudFormation changes nothing of what it imports.

    So it has drifted from the first moment, and is brought to what the template says by --revert.
    """
    account = make(local)
    name = f"two-prod-access-logs-{account.place.account}-{REGION}-an"
    s3 = account.client("s3")
    where = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=where)
    s3.put_object(Bucket=name, Key="old", Body=b"kept")
    account.deploy("--import", f"{LOGS}/AccessLogBucket={name}")
    assert "storage.no-public-bucket" in account.run("drift", str(account.profile), code=1)
    revert = ("drift", str(account.profile), "--revert", "--yes")
    account.run(*revert, "--accept", f"{LOGS}/AccessLogBucket")
    assert s3.get_object(Bucket=name, Key="old")["Body"].read() == b"kept"
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert all(block.values())
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"


def test_a_creation_that_fails_is_rolled_back_and_a_second_run_mends_it(
    local: Local, make: Make
) -> None:
    """The root cause is said; once it is gone, the same command goes on."""
    account = make(local)
    ec2 = account.client("ec2")
    taken = [ec2.allocate_address(Domain="vpc")["AllocationId"] for _ in range(5)]
    said = account.deploy(code=3)
    assert "NatAddressA (AWS::EC2::EIP): The maximum number of addresses" in said
    assert "rolled back" in said
    assert not account.vpcs()
    assert not account.nats()
    assert len(account.client("kms").list_keys()["Keys"]) == 3, "what was done stays"
    ec2.release_address(AllocationId=taken[0])
    account.deploy()
    assert len(account.vpcs()) == 1
    assert len(account.nats()) == 1


def test_an_update_that_fails_is_rolled_back(local: Local, make: Make) -> None:
    """What stood there stands there again, and what had come is gone."""
    account = make(local)
    account.deploy()
    ec2 = account.client("ec2")
    acls = {
        tag["Value"]: one["NetworkAclId"]
        for one in ec2.describe_network_acls()["NetworkAcls"]
        for tag in one.get("Tags", [])
        if tag["Key"] == "Name"
    }
    # Rule 101 is what the entry for IPv6 would be.
    taken = {"NetworkAclId": acls["two-prod-public"], "RuleNumber": 101, "Egress": False}
    ec2.create_network_acl_entry(**taken, Protocol="6", RuleAction="deny", CidrBlock="192.0.2.0/24")
    account.edit("nat: single", "nat: single, ipv6: true")
    said = account.deploy(code=3)
    assert "already exists" in said
    assert "rolled back" in said
    assert not ec2.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"]
    assert len(account.nats()) == 1
    ec2.delete_network_acl_entry(**taken)
    account.deploy()
    gateways = ec2.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"]
    assert len(gateways) == 1


# ---- interrupted, and two at once ----------------------------------------------------------

PACE = 2.0  # seconds that a stack is at work before anything happens


@pytest.fixture(scope="module")
def slow() -> Iterator[Local]:
    """A local AWS that takes its time."""
    with local_aws(PACE) as found:
        yield found


def working(account: Account, name: str, seconds: float = 30) -> None:
    """Wait until a stack is at work."""
    cloudformation = account.client("cloudformation")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = cloudformation.describe_stacks()["Stacks"]
        status = {one["StackName"]: one["StackStatus"] for one in found}.get(name, "")
        if status in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"):
            return
        time.sleep(0.05)
    raise AssertionError(f"{name} never began")


def test_a_run_that_was_killed_is_picked_up(slow: Local, make: Make) -> None:
    """Killed between executing and the end; the second run follows what goes on, and goes on."""
    account = make(slow)
    with account.run.start("deploy", str(account.profile), *YES) as first:
        working(account, LOGS)
        os.kill(first.pid, signal.SIGKILL)
        first.communicate()
    assert first.returncode == -signal.SIGKILL
    account.deploy()
    assert len(account.vpcs()) == 1
    assert len(account.nats()) == 1
    assert len(account.client("kms").list_keys()["Keys"]) == 3
    for name in (KEYS, LOGS, NETWORK):
        assert account.settled(name) == "CREATE_COMPLETE"
        sets = account.client("cloudformation").list_change_sets(StackName=name)["Summaries"]
        assert not [one for one in sets if one["ExecutionStatus"] == "AVAILABLE"]


def test_a_change_that_was_killed_is_picked_up(slow: Local, make: Make) -> None:
    """The same for an update."""
    account = make(slow)
    account.deploy()
    account.edit("nat: single", "nat: each zone")
    with account.run.start("deploy", str(account.profile), *YES) as first:
        working(account, NETWORK)
        os.kill(first.pid, signal.SIGKILL)
        first.communicate()
    account.deploy()
    assert len(account.nats()) == 2
    account.run("drift", str(account.profile), "--strict")


def test_two_at_once_do_no_harm(slow: Local, make: Make) -> None:
    """Each thing is there once, whoever made it; neither says what is not so."""
    account = make(slow)
    runs = [account.run.start("deploy", str(account.profile), *YES) for _ in range(2)]
    ended = []
    for run in runs:
        with run:
            said, complained = run.communicate(timeout=120)
            ended.append((run.returncode, said + complained))
    assert 0 in [code for code, _ in ended], json.dumps(ended)
    assert {code for code, _ in ended} <= {0, 1, 3}
    if any(code for code, _ in ended):
        account.deploy()
    assert len(account.vpcs()) == 1
    assert len(account.nats()) == 1
    assert len(account.client("kms").list_keys()["Keys"]) == 3
    account.run("diff", str(account.profile), "--deployed")
