"""The sandbox itself: our templates come to be on it, and its services' own APIs show that."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from baseline.stack import Place
from sandbox import server
from tests.samples import ROOT, of_type, stack, stacks
from tests.sandbox.local import CERTIFICATE, Local, local_aws

pytestmark = pytest.mark.sandbox

PROD = Place("111122223333", "eu-west-1")


@pytest.fixture(scope="module")
def minimal(local: Local) -> Local:
    """The smallest profile, deployed by CreateStack alone."""
    local.deploy(stacks("minimal"))
    return local


def test_a_network_is_there_by_the_word_of_ec2(minimal: Local) -> None:
    """Every part of it, as the template says, in the service that owns it."""
    ec2 = minimal.client("ec2", PROD)
    template = stack("tiny-prod-network", "minimal")
    ids = minimal.physical("tiny-prod-network", PROD)
    nats = ec2.describe_nat_gateways()["NatGateways"]
    addresses = ec2.describe_addresses()["Addresses"]
    assert {one["NatGatewayId"] for one in nats} == {
        ids[one] for one in of_type(template, "AWS::EC2::NatGateway")
    }
    assert {one["PublicIp"] for one in addresses} == {
        ids[one] for one in of_type(template, "AWS::EC2::EIP")
    }
    mine = [ids[one] for one in of_type(template, "AWS::EC2::NetworkAcl")]
    acls = ec2.describe_network_acls(NetworkAclIds=mine)["NetworkAcls"]
    entries = [one for acl in acls for one in acl["Entries"] if one["RuleNumber"] != 32767]
    assert len(entries) == len(of_type(template, "AWS::EC2::NetworkAclEntry"))
    assert sum(len(acl["Associations"]) for acl in acls) == 9
    (flow_log,) = ec2.describe_flow_logs()["FlowLogs"]
    assert flow_log["ResourceId"] == ids["Vpc"]


def test_a_deleted_stack_leaves_nothing_of_ours(minimal: Local) -> None:
    """What the extension makes, it takes away."""
    place = Place("999999999999", "eu-west-1")
    cloudformation = minimal.client("cloudformation", place)
    found = [one for one in stacks("minimal") if not one.name.endswith("keys")]
    keys = stack("tiny-prod-keys", "minimal")
    for one in (keys, *found):
        cloudformation.create_stack(
            StackName=one.name,
            TemplateBody=json.dumps(one.template),
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        assert minimal.settled(one.name, place) == "CREATE_COMPLETE"
    cloudformation.delete_stack(StackName="tiny-prod-network")
    assert minimal.settled("tiny-prod-network", place) == "GONE"
    ec2 = minimal.client("ec2", place)
    assert not ec2.describe_addresses()["Addresses"]
    assert not ec2.describe_nat_gateways()["NatGateways"]
    assert not ec2.describe_flow_logs()["FlowLogs"]
    assert all(acl["IsDefault"] for acl in ec2.describe_network_acls()["NetworkAcls"])


def test_all_that_acme_asks_for_comes_to_be() -> None:
    """Every place of every stack; and what the extension adds is what acme needs."""
    with local_aws() as local:
        local.client("ssm", PROD).put_parameter(
            Name="/acme/certificates/shop", Value=CERTIFICATE, Type="String"
        )
        found = [one for one in stacks("acme") if isinstance(one.target, tuple)]
        local.deploy(found)
        used = {body["Type"] for one in found for body in one.resources.values()}
        assert {*local.types["held"], *local.types["recorded"]} <= used


def test_it_listens_on_loopback_only(local: Local) -> None:
    """Nothing outside this machine reaches it."""
    port = int(local.sandbox.url.rpartition(":")[2])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing: the address is kept for documentation
        outside = probe.getsockname()[0]
    with socket.socket() as one:
        assert one.connect_ex((server.HOST, port)) == 0
    if not outside.startswith("127."):
        with socket.socket() as one:
            assert one.connect_ex((outside, port)) != 0


def test_it_ends_with_whoever_started_it(local: Local) -> None:
    """Even one who was killed and could not stop it."""
    assert local
    script = (
        "from sandbox.server import running\n"
        "with running() as one:\n"
        "    print(one.url, flush=True)\n"
        "    import time; time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        port = int(parent.stdout.readline().strip().rpartition(":")[2])
        os.kill(parent.pid, signal.SIGKILL)
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with socket.socket() as one:
            if one.connect_ex((server.HOST, port)) != 0:
                return
        time.sleep(0.05)
    raise AssertionError("it lives on")


def test_a_missing_environment_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that makes it."""
    monkeypatch.setenv("SANDBOX", "/nowhere")
    with (
        pytest.raises(server.SandboxError, match=r"run make \.venv-sandbox/ready"),
        server.running(),
    ):
        pass


def test_a_taken_port_is_said() -> None:
    """Not waited for."""
    with socket.socket() as one:
        one.bind((server.HOST, 0))
        one.listen()
        with (
            pytest.raises(server.SandboxError, match="already in use"),
            server.running(one.getsockname()[1]),
        ):
            pass
