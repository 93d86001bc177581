"""Small: stacks of a few resources, and a run of the whole way on the fake cloud."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from baseline.cloud import Event
from baseline.deploy import Limits, Outcome, Prepared, deploy, in_words, mend
from baseline.deployed import deployed
from baseline.plan import Plan, Wanted, plan
from baseline.stack import Origin, Place, Stack
from tests.fakes import FakeCloud

HOME = Place("111122223333", "eu-west-1")
TODAY = date(2026, 11, 25)

VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
ALARM = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmDescription": "a"}}


def bucket(name: str = "acme-data", **attributes: Any) -> dict[str, Any]:
    """A bucket with a name of its own, kept when its stack goes."""
    return {
        "Type": "AWS::S3::Bucket",
        "Properties": {"BucketName": name},
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        **attributes,
    }


def export(name: str, value: Any) -> dict[str, Any]:
    """An output that is exported under a name."""
    return {"Value": value, "Export": {"Name": name}}


def stack(
    name: str,
    resources: Mapping[str, Any],
    outputs: Mapping[str, Any] | None = None,
    places: Sequence[Place] = (HOME,),
    after: Sequence[str] = (),
) -> Stack:
    """A stack of acme's environment prod."""
    template: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"acme-prod-{name}: small",
        "Resources": dict(resources),
    }
    if outputs:
        template["Outputs"] = dict(outputs)
    return Stack(
        name=f"acme-prod-{name}",
        organization="acme",
        site="prod",
        title="small",
        template=template,
        origins={one: Origin("for a test", "environments.prod") for one in resources},
        target=tuple(places),
        tags={
            "baseline:organization": "acme",
            "baseline:site": "prod",
            "baseline:stack": f"acme-prod-{name}",
        },
        after=tuple(f"acme-prod-{one}" for one in after),
    )


@dataclass
class Run:
    """A run against one fake cloud, and what it said."""

    cloud: FakeCloud = field(default_factory=FakeCloud)
    said: list[Event] = field(default_factory=list)
    shown: list[list[Prepared]] = field(default_factory=list)
    limits: Limits = field(default_factory=Limits)

    def plan(
        self,
        stacks: Sequence[Stack],
        chosen: Collection[str] | None = None,
        imports: Mapping[tuple[str, str], Mapping[str, str]] | None = None,
    ) -> Plan:
        """Plan for what is there."""
        names = {one.name for one in stacks} if chosen is None else chosen
        wanted = Wanted(stacks, names, imports or {}, None)
        return plan(wanted, deployed(stacks, self.cloud))

    def carry_out(
        self,
        made: Plan,
        accept: Collection[str] = (),
        confirm: Callable[[int], bool] = lambda _: True,
    ) -> Outcome:
        """Carry a plan out."""

        def ask(number: int, total: int, wave: Sequence[Prepared]) -> bool:
            assert number <= total
            self.shown.append(list(wave))
            return confirm(number)

        return deploy(
            made, self.cloud, self.cloud.clock, accept, ask, self.said.append, self.limits
        )

    def deploy(self, *stacks: Stack, accept: Collection[str] = ()) -> Outcome:
        """Plan and carry out."""
        return self.carry_out(self.plan(stacks), accept)

    def mend(self, made: Plan) -> tuple[str, ...]:
        """Mend what a plan says must be."""
        return mend(made.mends, self.cloud, self.cloud.clock, self.said.append, self.limits)

    def status(self, name: str, place: Place = HOME) -> str:
        """Status of a stack."""
        return self.cloud.get(place, f"acme-prod-{name}").status

    @property
    def lines(self) -> list[str]:
        """What was said, in words."""
        return [in_words(event) for event in self.said]


def hows(outcome: Outcome) -> dict[str, str]:
    """What became of each stack, by short name; the last step counts."""
    return {one.step.stack.removeprefix("acme-prod-"): str(one.how) for one in outcome.results}


def waves(made: Plan) -> list[list[str]]:
    """Waves in words: `create network`."""
    return [
        [f"{step.do} {step.stack.removeprefix('acme-prod-')}" for step in wave]
        for wave in made.waves
    ]
