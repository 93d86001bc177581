"""Blueprints: one file per kind of stack; the only troposphere.

A blueprint module says whether it belongs to the `FOUNDATION` that every account of a fleet
carries, and has one function, `stacks(site)`, that yields its stacks. This page holds what they
share: the site that they build for, a draft that a stack grows in, and the few forms that every
template uses (an import, an ARN, a statement of a policy).

All choices are made here, before the template exists: no parameters, no conditions, no nested
stacks, no custom resources. Every security property is written out, defaults too, because drift
detection cannot see what is not declared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from troposphere import (
    AWSObject,
    Export,
    ImportValue,
    Output,
    Ref,
    Sub,
    Tags,
    Template,
    cloudwatch,
    iam,
)

from baseline.profile import Environment, Fleet, Profile
from baseline.regions import bucket_name
from baseline.stack import Fleet as FleetTarget
from baseline.stack import Origin, Place, Stack

ACCOUNT = "${AWS::AccountId}"
REGION = "${AWS::Region}"


@dataclass(frozen=True)
class Site:
    """One environment, or one fleet, of a profile: what a blueprint builds for."""

    profile: Profile
    member: Environment | Fleet

    @property
    def environment(self) -> Environment | None:
        """The environment; None for a fleet, which carries the foundation only."""
        return self.member if isinstance(self.member, Environment) else None

    @property
    def prefix(self) -> str:
        """What the name of everything here begins with: `acme-prod`."""
        return f"{self.profile.organization.name}-{self.member.name}"

    @property
    def path(self) -> str:
        """Where the profile speaks of this site."""
        kind = "environments" if self.environment else "fleets"
        return f"{kind}.{self.member.name}"

    @property
    def log_group_prefix(self) -> str:
        """What the name of every log group here begins with: `/acme/prod/`."""
        return f"/{self.profile.organization.name}/{self.member.name}/"

    def target(self, regions: Sequence[str]) -> tuple[Place, ...] | FleetTarget:
        """Where a stack of this site goes."""
        if isinstance(self.member, Fleet):
            return FleetTarget(self.member.units, tuple(sorted(regions)))
        assert self.member.account is not None
        return tuple(sorted(Place(self.member.account, region) for region in regions))


class Draft:
    """A stack while a blueprint writes it; `stack()` freezes it."""

    def __init__(self, site: Site, name: str, title: str, path: str) -> None:
        """Begin a stack that the profile asks for at `path`."""
        self._site, self._path, self._title = site, path, title
        self.name = f"{site.prefix}-{name}"
        self._template = Template(Description=f"{self.name}: {title}")
        self._template.set_version()
        self._origins: dict[str, Origin] = {}

    def add(self, resource: AWSObject, purpose: str, path: str | None = None) -> AWSObject:
        """Add a resource: what it is for, and who asked where that is not the stack's own path."""
        self._template.add_resource(resource)
        self._origins[str(resource.title)] = Origin(purpose, path or self._path)
        return resource

    def service_role(
        self,
        name: str,
        service: str,
        source: Any,
        what: str,
        statements: Sequence[dict[str, Any]],
        *,
        names_source: bool,
    ) -> AWSObject:
        """Add a role that a service takes for one source of this account, and all it may do.

        `source` is the ARN of what the service works for, so that nobody else's resource can make
        the service use this role (the confused deputy). Where AWS does not document that the
        service names its source, the condition holds only if it does: a strict one might never.
        What the role may do is a managed policy.
        """
        if_exists = "" if names_source else "IfExists"
        trust = allow(
            f"Take{name}",
            {"Service": f"{service}.amazonaws.com"},
            ("sts:AssumeRole",),
            None,
            {
                f"StringEquals{if_exists}": {"aws:SourceAccount": Ref("AWS::AccountId")},
                f"ArnLike{if_exists}": {"aws:SourceArn": source},
            },
        )
        role = iam.Role(
            f"{name}Role",
            Description=what,
            AssumeRolePolicyDocument=policy(trust),
            MaxSessionDuration=3600,
        )
        self.add(role, what)
        self.add(
            iam.ManagedPolicy(
                f"{name}Policy",
                Description=f"{what}: what that needs",
                PolicyDocument=policy(*statements),
                Roles=[Ref(role)],
            ),
            f"Allows {name}Role what it needs, and nothing else",
        )
        return role

    def export(self, name: str, value: Any, description: str) -> None:
        """Export one thing, under the name that `imported` reads it by."""
        self._template.add_output(
            Output(
                name,
                Description=description,
                Value=value,
                Export=Export(f"{self.name}-{name}"),
            )
        )

    def stack(
        self,
        regions: Sequence[str],
        after: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
    ) -> Stack:
        """Freeze the draft as a stack of these regions."""
        organization = self._site.profile.organization
        ours = {
            "baseline:organization": organization.name,
            "baseline:site": self._site.member.name,
            "baseline:stack": self.name,
        }
        return Stack(
            name=self.name,
            organization=organization.name,
            site=self._site.member.name,
            title=self._title,
            template=self._template.to_dict(),
            origins=dict(self._origins),
            target=self._site.target(regions),
            tags=dict(sorted((dict(organization.tags) | ours | dict(tags or {})).items())),
            after=tuple(after),
        )


def named(site: Site, name: str) -> Tags:
    """The name by which people find a thing that has none of its own."""
    return Tags(Name=f"{site.prefix}-{name}")


def imported(site: Site, stack: str, output: str) -> ImportValue:
    """What another stack of this site, in the same account and region, exports."""
    return ImportValue(f"{site.prefix}-{stack}-{output}")


def alarm(
    site: Site,
    logical_id: str,
    description: str,
    *,
    namespace: str,
    metric: str,
    dimensions: Mapping[str, Any],
    threshold: float,
    comparison: str = "GreaterThanThreshold",
    statistic: str = "Average",
    period: int = 300,
    evaluations: int = 3,
    missing: str = "missing",
) -> cloudwatch.Alarm:
    """An alarm that tells the site's topic when it begins and when it ends.

    `period` in seconds, of which `evaluations` in a row are beyond the threshold. `missing` says
    what no data means: `breaching`, `notBreaching`, `ignore` or `missing`.
    Source: "PutMetricAlarm" (Amazon CloudWatch).
    """
    return cloudwatch.Alarm(
        logical_id,
        AlarmDescription=f"{site.prefix}: {description}",
        ActionsEnabled=True,
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[
            cloudwatch.MetricDimension(Name=name, Value=value) for name, value in dimensions.items()
        ],
        Statistic=statistic,
        Period=period,
        EvaluationPeriods=evaluations,
        DatapointsToAlarm=evaluations,
        Threshold=threshold,
        ComparisonOperator=comparison,
        TreatMissingData=missing,
        AlarmActions=[imported(site, "alerts", "TopicArn")],
        OKActions=[imported(site, "alerts", "TopicArn")],
    )


def arn(service: str, resource: str, region: str = REGION, account: str = ACCOUNT) -> Sub:
    """ARN in this account and region, unless others are given; S3's have neither."""
    return Sub(f"arn:${{AWS::Partition}}:{service}:{region}:{account}:{resource}")


def bucket_arn(name: str) -> Sub:
    """ARN of a bucket, or of objects in it, from its name with pseudo parameters."""
    return arn("s3", name, region="", account="")


def bucket(site: Site, name: str, region: str = REGION) -> str:
    """Name of a bucket of this site, for `Sub`."""
    return bucket_name(f"{site.prefix}-{name}", ACCOUNT, region)


def root() -> dict[str, Sub]:
    """Name this account as principal: whoever IAM here allows."""
    return {"AWS": arn("iam", "root", region="")}


def allow(
    sid: str,
    principal: Any,
    actions: Sequence[str],
    resource: Any,
    condition: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Allow; None for the principal in an identity's policy, for the resource in a role's trust."""
    return _statement("Allow", sid, principal, actions, resource, condition)


def deny(
    sid: str, actions: Sequence[str], resource: Any, condition: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Deny everyone, or everyone for whom the condition holds."""
    return _statement("Deny", sid, "*", actions, resource, condition)


def _statement(
    effect: str,
    sid: str,
    principal: Any,
    actions: Sequence[str],
    resource: Any,
    condition: Mapping[str, Any] | None,
) -> dict[str, Any]:
    statement: dict[str, Any] = {"Sid": sid, "Effect": effect}
    if principal is not None:
        statement["Principal"] = principal
    statement["Action"] = actions[0] if len(actions) == 1 else list(actions)
    if resource is not None:
        statement["Resource"] = resource
    if condition:
        statement["Condition"] = dict(condition)
    return statement


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}
