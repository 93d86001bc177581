"""Local: a running local AWS, clients of it, and stacks put there by the plainest means."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
import pytest
from botocore.config import Config

from baseline.stack import Place, Stack
from sandbox import server

CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"


@dataclass(frozen=True)
class Local:
    """A local AWS that nothing else uses."""

    sandbox: server.Sandbox

    def client(self, service: str, place: Place) -> Any:
        """The service's own API, as the account of a place and in its region."""
        return boto3.client(
            service,
            endpoint_url=self.sandbox.url,
            region_name=place.region,
            aws_access_key_id=place.account,
            aws_secret_access_key="sandbox",
            config=Config(
                proxies={}, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}
            ),
        )

    @cached_property
    def types(self) -> dict[str, list[str]]:
        """What the extension added."""
        return server.extension(self.sandbox)

    def deploy(self, stacks: Iterable[Stack]) -> None:
        """Create stacks in every place of theirs, one after the other, by CreateStack alone."""
        for stack in stacks:
            assert isinstance(stack.target, tuple)
            for place in stack.target:
                cloudformation = self.client("cloudformation", place)
                cloudformation.create_stack(
                    StackName=stack.name,
                    TemplateBody=json.dumps(stack.template),
                    Capabilities=["CAPABILITY_NAMED_IAM"],
                    Tags=[{"Key": key, "Value": value} for key, value in stack.tags.items()],
                )
                assert self.settled(stack.name, place) == "CREATE_COMPLETE", self.failures(
                    stack.name, place
                )

    def settled(self, stack: str, place: Place, seconds: float = 30) -> str:
        """Status of a stack once nothing is under way; GONE where it is deleted."""
        cloudformation = self.client("cloudformation", place)
        for _ in range(int(seconds * 20)):
            try:
                found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
            except cloudformation.exceptions.ClientError:
                return "GONE"
            status: str = found["StackStatus"]
            if not status.endswith("IN_PROGRESS"):
                return status
            time.sleep(0.05)
        raise AssertionError(f"{stack} in {place} is not done within {seconds} s")

    def failures(self, stack: str, place: Place) -> list[tuple[str, str]]:
        """What failed in a stack, and why."""
        cloudformation = self.client("cloudformation", place)
        return [
            (event["LogicalResourceId"], event.get("ResourceStatusReason", ""))
            for event in cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
            if event["ResourceStatus"].endswith("FAILED")
        ]

    def outputs(self, stack: str, place: Place) -> dict[str, str]:
        """Outputs of a stack."""
        found = self.client("cloudformation", place).describe_stacks(StackName=stack)["Stacks"][0]
        return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}

    def physical(self, stack: str, place: Place) -> dict[str, str]:
        """Logical id to physical id."""
        cloudformation = self.client("cloudformation", place)
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        return {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for page in pages
            for one in page["StackResourceSummaries"]
        }


@dataclass(frozen=True)
class Command:
    """`baseline` as people run it: a process of its own, told by its environment where AWS is."""

    local: Local
    place: Place

    def start(self, *words: str, **more: Any) -> subprocess.Popen[str]:
        """Begin a command."""
        mine = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME")}
        return subprocess.Popen(
            [sys.executable, "-m", "baseline", *words],
            env=mine | self.local.sandbox.environment(self.place.account, self.place.region),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **more,
        )

    def __call__(self, *words: str, code: int = 0) -> str:
        """Run a command to its end; what it said."""
        with self.start(*words) as process:
            said, complained = process.communicate(timeout=120)
        assert process.returncode == code, f"{words}: {process.returncode}\n{said}\n{complained}"
        return said


@contextmanager
def local_aws(pace: float = 0) -> Iterator[Local]:
    """A local AWS of its own; without its environment the test is skipped here, and fails in CI."""
    if not server.python().exists():
        reason = f"{server.python()} is missing: run make .venv-sandbox/ready"
        assert not os.environ.get("CI"), reason
        pytest.skip(reason)
    with server.running(pace=pace) as sandbox:
        yield Local(sandbox)
