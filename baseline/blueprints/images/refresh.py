"""Refresh: hosts are replaced, a few at a time, when the image that they start from changes.

A launch template that reads a parameter looks the same before and after, so nothing in
CloudFormation notices. Parameter Store does, and says so to EventBridge, which starts a document of
Systems Manager that asks Auto Scaling to replace every host: no code of ours runs anywhere. Skip
matching would take hosts of an older image for up to date, because it compares launch templates;
and rolling back is not supported where one reads a parameter. A host that does not become healthy
ends the refresh, and that is told to the topic for alerts; the others still run.

Sources: "Setting up notifications or triggering actions based on Parameter Store events",
"aws:executeAwsApi" (Systems Manager); "Use an instance refresh with skip matching",
"StartInstanceRefresh", "RollbackInstanceRefresh" (Amazon EC2 Auto Scaling); "Amazon EC2 Auto
Scaling events", "AWS Systems Manager events" (Amazon EventBridge).
"""

from __future__ import annotations

from typing import Any

from troposphere import AWSObject, GetAtt, Ref, Sub, events, ssm

from baseline.blueprints import Draft, Site, allow, arn, imported

# New hosts are healthy before old ones go; a tenth more than wanted, and one at the least.
MIN_HEALTHY_PERCENT = 100
MAX_HEALTHY_PERCENT = 110


def image_parameter(site: Site, image: str) -> str:
    """Name of the parameter that holds the id of the newest image of a pipeline.

    Image Builder's role may write no parameter outside of `/imagebuilder/`.
    """
    return f"/imagebuilder{site.log_group_prefix}{image}"


def add_refresh(draft: Draft, site: Site, image: str, group: AWSObject) -> None:
    """Replace the hosts of an Auto Scaling group of this stack when a pipeline has a new image."""
    names = arn("autoscaling", f"autoScalingGroup:*:autoScalingGroupName/${{{group.title}}}")
    definition = Sub(
        "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:"
        "automation-definition/${RefreshDocument}:$DEFAULT"
    )
    refresher = draft.service_role(
        "Refresh",
        "ssm",
        arn("ssm", "automation-execution/*"),
        "Replaces the hosts, a few at a time",
        (allow("StartRefresh", None, ("autoscaling:StartInstanceRefresh",), names),),
        names_source=True,
    )
    draft.add(
        ssm.Document(
            "RefreshDocument",
            DocumentType="Automation",
            DocumentFormat="JSON",
            UpdateMethod="NewVersion",
            Content=_content(GetAtt(refresher, "Arn"), Ref(group)),
        ),
        "Asks Auto Scaling to replace every host, healthy ones first in and old ones out after",
    )
    starter = draft.service_role(
        "StartRefresh",
        "events",
        arn("events", f"rule/{site.prefix}-*"),
        "Starts the document that replaces the hosts",
        (
            allow("StartDocument", None, ("ssm:StartAutomationExecution",), definition),
            allow(
                "PassRefreshRole",
                None,
                ("iam:PassRole",),
                GetAtt(refresher, "Arn"),
                {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}},
            ),
        ),
        names_source=False,
    )
    draft.add(
        events.Rule(
            "RefreshRule",
            Description=f"{draft.name}: a new image, so new hosts",
            State="ENABLED",
            EventPattern={
                "source": ["aws.ssm"],
                "detail-type": ["Parameter Store Change"],
                "detail": {
                    "name": [image_parameter(site, image)],
                    "operation": ["Create", "Update"],
                },
            },
            Targets=[
                events.Target(Id="Refresh", Arn=definition, RoleArn=GetAtt(starter, "Arn")),
            ],
        ),
        "Starts the document when the parameter names another image",
    )
    failures = {
        "RefreshStart": (
            "ssm",
            "EC2 Automation Execution Status-change Notification",
            {
                "Definition": [Ref("RefreshDocument")],
                "Status": ["Failed", "TimedOut"],
            },
        ),
        "Refresh": (
            "autoscaling",
            "EC2 Auto Scaling Instance Refresh Failed",
            {
                "AutoScalingGroupName": [Ref(group)],
            },
        ),
    }
    for name, (source, kind, detail) in failures.items():
        draft.add(
            events.Rule(
                f"{name}FailureRule",
                Description=f"{draft.name}: hosts are not those of the newest image",
                State="ENABLED",
                EventPattern={
                    "source": [f"aws.{source}"],
                    "detail-type": [kind],
                    "detail": detail,
                },
                Targets=[events.Target(Id="Alerts", Arn=imported(site, "alerts", "TopicArn"))],
            ),
            "Tells the topic for alerts of a replacement that "
            + ("did not begin" if source == "ssm" else "did not end well"),
        )


def _content(role: Any, group: Any) -> dict[str, Any]:
    return {
        "schemaVersion": "0.3",
        "description": "Replaces the hosts of a group, a few at a time",
        "assumeRole": role,
        "mainSteps": [
            {
                "name": "StartRefresh",
                "action": "aws:executeAwsApi",
                "isEnd": True,
                "inputs": {
                    "Service": "autoscaling",
                    "Api": "StartInstanceRefresh",
                    "AutoScalingGroupName": group,
                    "Strategy": "Rolling",
                    "Preferences": {
                        "MinHealthyPercentage": MIN_HEALTHY_PERCENT,
                        "MaxHealthyPercentage": MAX_HEALTHY_PERCENT,
                        "SkipMatching": False,
                        "AutoRollback": False,
                    },
                },
            }
        ],
    }
