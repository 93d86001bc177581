"""The tour: deploy, change, deploy, tamper, drift, accept, revert, destroy, by real commands.

What is asserted is what the services' own APIs say, never a stack's word.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from baseline.stack import Place
from tests.samples import ROOT
from tests.sandbox.local import Command, Local

pytestmark = pytest.mark.sandbox

PROD = Place("111122223333", "eu-west-1")
SECONDS = 60  # for all of it
CHANGED = ("cidr: 10.0.0.0/16", "cidr: 10.0.0.0/16, endpoints: [ssm]")
EVERYTHING = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
)


@dataclass(frozen=True)
class Tour:
    """A profile that is deployed, and the account that it is deployed in."""

    local: Local
    profile: Path
    run: Command

    def client(self, service: str) -> Any:
        """A service's own API."""
        return self.local.client(service, PROD)

    @property
    def bucket(self) -> str:
        """The bucket of access logs."""
        (one,) = self.client("s3").list_buckets()["Buckets"]
        return str(one["Name"])

    @property
    def group(self) -> dict[str, Any]:
        """The security group of the endpoints."""
        found = self.client("ec2").describe_security_groups()["SecurityGroups"]
        return next(one for one in found if "Endpoint" in one["GroupName"])

    def drift(self, *more: str, code: int) -> dict[str, Any]:
        """What drift says, for machines."""
        done = self.run("drift", str(self.profile), "--format", "json", *more, code=code)
        found: dict[str, Any] = json.loads(done)
        return {one["resource"]: one for one in found["looked"] if one["state"] == "drifted"} | {
            "": found["states"]
        }


@pytest.fixture(scope="module")
def began() -> float:
    """When the tour began."""
    return time.monotonic()


@pytest.fixture(scope="module")
def tour(began: float, local: Local, tmp_path_factory: pytest.TempPathFactory) -> Tour:
    """Deploy the smallest profile, change a line, look at the difference, deploy again."""
    assert began
    profile = tmp_path_factory.mktemp("tour") / "tiny.yaml"
    profile.write_bytes((ROOT / "profiles" / "minimal.yaml").read_bytes())
    run = Command(local, PROD)
    run("deploy", str(profile), "--yes", "--accept", "tiny-*")
    run("diff", str(profile), "--deployed")
    text = profile.read_text(encoding="utf-8")
    assert CHANGED[0] in text
    profile.write_text(text.replace(*CHANGED), encoding="utf-8")
    assert "SsmEndpoint" in run("diff", str(profile), "--deployed", code=1)
    run("deploy", str(profile), "--yes", "--accept", "tiny-*")
    run("diff", str(profile), "--deployed")
    return Tour(local, profile, run)


def test_the_line_that_was_changed_is_there(tour: Tour) -> None:
    """An interface endpoint, with its group; the rest is what it was."""
    endpoints = tour.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    assert any(one["ServiceName"].endswith(".ssm") for one in endpoints)
    assert len(endpoints) == 3
    assert len(tour.client("ec2").describe_nat_gateways()["NatGateways"]) == 3


def test_what_is_as_deployed_has_not_drifted(tour: Tour) -> None:
    """Everything was looked at, and nothing is said."""
    found = tour.drift("--strict", code=0)
    assert found[""] == {"same": 96, "drifted": 0, "not checked": 0}


def test_a_group_and_a_bucket_that_were_tampered_with_have_drifted(tour: Tour) -> None:
    """Behind everybody's back: expected and actual, and the controls that are broken now."""
    ec2, s3 = tour.client("ec2"), tour.client("s3")
    ec2.authorize_security_group_ingress(
        GroupId=tour.group["GroupId"],
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 22,
                "ToPort": 22,
                "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
            }
        ],
    )
    s3.delete_public_access_block(Bucket=tour.bucket)
    s3.put_bucket_versioning(Bucket=tour.bucket, VersioningConfiguration={"Status": "Suspended"})
    found = tour.drift(code=1)
    assert found.keys() == {"", "EndpointSecurityGroup", "AccessLogBucket"}
    assert "network.no-open-management-port" in found["EndpointSecurityGroup"]["controls"]
    assert "storage.no-public-bucket" in found["AccessLogBucket"]["controls"]
    status = next(
        one
        for one in found["AccessLogBucket"]["edits"]
        if one["property"] == "VersioningConfiguration.Status"
    )
    assert (status["expected"], status["actual"]) == ("Enabled", "Suspended")
    text = tour.run("drift", str(tour.profile), code=1)
    assert "96 resources: 94 same, 2 drifted, 0 not checked." in text


def test_what_cloudformation_does_not_see_is_seen(tour: Tour) -> None:
    """A policy put into a role, and an entry of a network ACL taken away."""
    iam = tour.client("iam")
    (role,) = [one for one in iam.list_roles()["Roles"] if "FlowLogRole" in one["RoleName"]]
    iam.put_role_policy(RoleName=role["RoleName"], PolicyName="more", PolicyDocument=EVERYTHING)
    found = tour.drift(code=1)["FlowLogRole"]
    assert found["asked"] == ["CloudFormation", "Cloud Control"]
    assert "identity.no-inline-policies" in found["controls"]


def test_a_drift_is_accepted_until_a_day(tour: Tour) -> None:
    """In the profile, with who and why; another drift of the same resource is not covered."""
    before = tour.profile.read_text(encoding="utf-8")
    name = "tiny-prod-network/FlowLogRole"
    done = ("--until", "2999-01-01", "--reason", "a trial", "--approved-by", "Head of engineering")
    tour.run("drift", str(tour.profile), "--accept", name, *done)
    text = tour.profile.read_text(encoding="utf-8")
    assert text.startswith(before.rstrip())
    assert "control: drift.as-deployed" in text
    tour.run("validate", str(tour.profile))
    accepted = tour.drift(code=1)["FlowLogRole"]["accepted"]
    assert accepted["approved_by"] == "Head of engineering"
    iam = tour.client("iam")
    (role,) = [one for one in iam.list_roles()["Roles"] if "FlowLogRole" in one["RoleName"]]
    iam.put_role_policy(RoleName=role["RoleName"], PolicyName="worse", PolicyDocument=EVERYTHING)
    assert tour.drift(code=1)["FlowLogRole"]["accepted"] is None
    iam.delete_role_policy(RoleName=role["RoleName"], PolicyName="worse")
    iam.delete_role_policy(RoleName=role["RoleName"], PolicyName="more")
    tour.profile.write_text(before, encoding="utf-8")


def test_what_drifted_is_put_back(tour: Tour) -> None:
    """By a plan like any other, which names what must be accepted."""
    said = tour.run("drift", str(tour.profile), "--revert", "--yes", code=3)
    assert "--accept tiny-prod-logs/AccessLogBucket" in said
    assert tour.client("s3").get_bucket_versioning(Bucket=tour.bucket)["Status"] == "Suspended"
    tour.run(
        *("drift", str(tour.profile), "--revert", "--yes"),
        *("--accept", "tiny-prod-logs/AccessLogBucket"),
    )
    block = tour.client("s3").get_public_access_block(Bucket=tour.bucket)
    assert all(block["PublicAccessBlockConfiguration"].values())
    assert tour.client("s3").get_bucket_versioning(Bucket=tour.bucket)["Status"] == "Enabled"
    assert [one["FromPort"] for one in tour.group["IpPermissions"]] == [443]


def test_everything_goes_but_what_is_kept(tour: Tour) -> None:
    """The network is gone; the bucket and the keys stay, as their templates say."""
    tour.run("destroy", str(tour.profile), "--yes", code=3)
    names = ("tiny-prod-logs", "tiny-prod-keys")
    accepted = [word for name in names for word in ("--accept", name)]
    tour.run("destroy", str(tour.profile), "--yes", *accepted)
    ec2 = tour.client("ec2")
    assert not [one for one in ec2.describe_vpcs()["Vpcs"] if not one["IsDefault"]]
    assert not ec2.describe_addresses()["Addresses"]
    assert tour.bucket
    keys = tour.client("kms").list_keys()["Keys"]
    states = {
        tour.client("kms").describe_key(KeyId=one["KeyId"])["KeyMetadata"]["KeyState"]
        for one in keys
    }
    assert states == {"Enabled"}


def test_it_takes_less_than_a_minute(tour: Tour, began: float) -> None:
    """All of the above, the local AWS included."""
    assert tour
    assert time.monotonic() - began < SECONDS
