"""Image: what hosts start from, and how a new one reaches them.

EC2 asks Systems Manager for the image when a host starts, so a new image needs no new template.
From a pipeline of ours: built and tested on a schedule, and each new one replaces the hosts, one
after another, as soon as its parameter changes. An image or a version that the profile names is
the same today and in a year; it should say when it was built, because nothing else tells its age.
With nothing said it is the publisher's newest, decided by whoever publishes, which is a finding.

EC2 documents a version for a parameter of one's own; for a public one it documents the parameter
without a version only, so whether EC2 takes one there is not known to us.

Source: "Use Systems Manager parameters instead of AMI IDs in launch templates" (Amazon EC2 Auto
Scaling).
"""

from __future__ import annotations

from troposphere import GetAtt, Ref, Sub, events, ssm

from baseline.blueprints import ACCOUNT, REGION, Draft, Site, allow, arn, imported
from baseline.blueprints.images import image_parameter
from baseline.profile import Server
from baseline.systems import SYSTEMS


def reference(site: Site, server: Server) -> str:
    """Image of a launch template: an id, or a parameter that EC2 resolves when a host starts."""
    asked = server.image
    if asked.id:
        return asked.id
    name = asked.parameter or SYSTEMS[server.system].parameters[server.architecture]
    if asked.pipeline:
        name = image_parameter(site, asked.pipeline)
    version = f":{asked.version}" if asked.version else ""
    return f"resolve:ssm:{name}{version}"


def tags(server: Server) -> dict[str, str]:
    """How the image was chosen and, where somebody says so, when it was built."""
    asked = server.image
    chosen = (
        f"pipeline {asked.pipeline}"
        if asked.pipeline
        else ("id" if asked.id else "own parameter" if asked.parameter else "public parameter")
    )
    built = {"baseline:image-built": asked.built.isoformat()} if asked.built else {}
    return {"baseline:image": chosen, **built}


def after(site: Site, server: Server) -> tuple[str, ...]:
    """What a server's stack comes after for the sake of its image."""
    asked = server.image.pipeline
    return (f"{site.prefix}-image-{asked}",) if asked else ()


def add_refresh(draft: Draft, site: Site, server: Server) -> None:
    """Replace hosts when the pipeline has written a new image into its parameter.

    EventBridge cannot ask Auto Scaling itself, a runbook of Systems Manager can. Auto Scaling does
    not roll back images that are named by a parameter. Sources: "Configuring EventBridge rules
    for Parameter Store parameters", "Running automations with triggers using EventBridge",
    "StartInstanceRefresh", "AWS Systems Manager events" (Amazon EventBridge).
    """
    if not server.image.pipeline or server.image.is_pinned:
        return
    path = f"{site.path}.servers.{server.name}.image"
    runbook = "${RefreshRunbook}"
    hosts = Sub(
        f"arn:${{AWS::Partition}}:autoscaling:{REGION}:{ACCOUNT}:"
        "autoScalingGroup:*:autoScalingGroupName/${Group}"
    )
    draft.service_role(
        "Refresh",
        "ssm",
        arn("ssm", "automation-execution/*"),
        f"Replaces the hosts of {server.name} when they have a new image",
        (allow("ReplaceHosts", None, ("autoscaling:StartInstanceRefresh",), hosts),),
        names_source=True,
    )
    draft.add(_runbook(server), f"Replaces the hosts of {server.name}, one after another", path)
    draft.service_role(
        "NewImage",
        "events",
        arn("events", f"rule/{draft.name}-image"),
        f"Starts the runbook that replaces the hosts of {server.name}",
        (
            allow(
                "StartRunbook",
                None,
                ("ssm:StartAutomationExecution",),
                [
                    arn("ssm", f"automation-definition/{runbook}:$DEFAULT"),
                    arn("ssm", f"document/{runbook}"),
                    arn("ssm", "automation-execution/*"),
                ],
            ),
            allow(
                "GiveRole",
                None,
                ("iam:PassRole",),
                GetAtt("RefreshRole", "Arn"),
                {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}},
            ),
        ),
        names_source=False,
    )
    name = image_parameter(site, server.image.pipeline)
    draft.add(
        events.Rule(
            "NewImageRule",
            Name=f"{draft.name}-image",
            Description=f"New images of pipeline {server.image.pipeline}",
            State="ENABLED",
            EventPattern={
                "source": ["aws.ssm"],
                "detail-type": ["Parameter Store Change"],
                "detail": {"name": [name], "operation": ["Create", "Update"]},
            },
            Targets=[
                events.Target(
                    Id="Refresh",
                    Arn=arn("ssm", f"automation-definition/{runbook}:$DEFAULT"),
                    RoleArn=GetAtt("NewImageRole", "Arn"),
                )
            ],
        ),
        "Hears of a new image, and has the hosts replaced",
        path,
    )
    # Auto Scaling tells of hosts that do not become healthy, Systems Manager of a runbook that
    # could not even ask: another replacement may be going on.
    failures = {
        "FailedRefresh": (
            *("stuck", "autoscaling", "EC2 Auto Scaling Instance Refresh Failed"),
            {"AutoScalingGroupName": [Ref("Group")]},
        ),
        "FailedRunbook": (
            *("asked", "ssm", "EC2 Automation Execution Status-change Notification"),
            {"Definition": [Ref("RefreshRunbook")], "Status": ["Failed", "TimedOut"]},
        ),
    }
    for title, (name, source, kind, detail) in failures.items():
        draft.add(
            events.Rule(
                f"{title}Rule",
                Name=f"{draft.name}-{name}",
                Description=f"Hosts of {server.name} could not all be replaced",
                State="ENABLED",
                EventPattern={
                    "source": [f"aws.{source}"],
                    "detail-type": [kind],
                    "detail": detail,
                },
                Targets=[events.Target(Id="Alerts", Arn=imported(site, "alerts", "TopicArn"))],
            ),
            "Tells that a new image did not reach all hosts",
            path,
        )


def _runbook(server: Server) -> ssm.Document:
    return ssm.Document(
        "RefreshRunbook",
        DocumentType="Automation",
        DocumentFormat="JSON",
        UpdateMethod="NewVersion",
        Content={
            "schemaVersion": "0.3",
            "description": f"Replaces the hosts of {server.name} by new ones of the newest image",
            "assumeRole": GetAtt("RefreshRole", "Arn"),
            "mainSteps": [
                {
                    "name": "ReplaceHosts",
                    "action": "aws:executeAwsApi",
                    "isEnd": True,
                    "inputs": {
                        "Service": "autoscaling",
                        "Api": "StartInstanceRefresh",
                        "AutoScalingGroupName": Ref("Group"),
                        "Strategy": "Rolling",
                        "Preferences": {
                            "MinHealthyPercentage": 100,
                            "MaxHealthyPercentage": 110,
                            "SkipMatching": False,
                            "AutoRollback": False,
                        },
                    },
                }
            ],
        },
    )
