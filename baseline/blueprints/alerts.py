"""Alerts: one topic for everything that a person should look at: alarms and events of services.

It is encrypted with a key of its own purpose, because the services that publish here are named in
that key's policy, and none of them has any business with data. Whoever reads its mail sees names of
resources and numbers, no data. The address of `contacts.operations` is asked by mail whether it
wants to subscribe; until somebody answers, nobody is told, and drift does not see it.

EventBridge does not promise to name the rule that it works for, and an alarm that is refused is
worse than one from a stranger: its conditions hold only if it does.

Sources: "Example cases for Amazon SNS access control", "Granting permissions to publish
notifications to an Amazon SNS topic" (Amazon RDS), "Using resource-based policies for Amazon
EventBridge".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troposphere import Ref, Tags, sns

from baseline.blueprints import Draft, Site, allow, arn, deny, imported, policy
from baseline.stack import Stack

FOUNDATION = False

# Who publishes, what of this account it must be for, and whether it always says so.
PUBLISHERS = {
    "Alarms": ("cloudwatch", "cloudwatch", "alarm:*", ""),
    "Databases": ("events.rds", "rds", "*", ""),
    "Rules": ("events", "events", "rule/*", "IfExists"),
}


def stacks(site: Site) -> Iterator[Stack]:
    """One stack in the home region, where everything runs that could raise an alarm."""
    if not has_alerts(site):
        return
    draft = Draft(site, "alerts", "where alarms and events go", site.path)
    topic = sns.Topic(
        "Topic",
        TopicName=f"{site.prefix}-alerts",
        DisplayName=f"{site.prefix} alerts",
        KmsMasterKeyId=imported(site, "keys", "AlertsKeyArn"),
        TracingConfig="PassThrough",
        Tags=Tags(Name=f"{site.prefix}-alerts"),
    )
    draft.add(topic, "Takes alarms and events, for people to look at")
    draft.add(
        sns.TopicPolicy("TopicPolicy", Topics=[Ref(topic)], PolicyDocument=_policy(Ref(topic))),
        "Lets services publish, for this account as far as they name one; nobody over plain HTTP",
    )
    contacts = site.profile.organization.contacts
    if contacts and contacts.operations:
        draft.add(
            sns.SubscriptionResource(
                "OperationsSubscription",
                TopicArn=Ref(topic),
                Protocol="email",
                Endpoint=contacts.operations,
            ),
            "Tells the contact for operations, once it has confirmed by mail",
        )
    draft.export("TopicArn", Ref(topic), "ARN of the topic for alarms and events")
    yield draft.stack((site.profile.regions.home,))


def has_alerts(site: Site) -> bool:
    """Say whether anything here could raise an alarm: a workload, or an image that fails."""
    here = site.environment
    return here is not None and bool(here.workloads or here.images)


def _policy(topic: Ref) -> dict[str, Any]:
    return policy(
        *(
            allow(
                f"Publish{name}",
                {"Service": f"{service}.amazonaws.com"},
                ("sns:Publish",),
                topic,
                {
                    f"StringEquals{said}": {"aws:SourceAccount": Ref("AWS::AccountId")},
                    f"ArnLike{said}": {"aws:SourceArn": arn(source, resource)},
                },
            )
            for name, (service, source, resource, said) in PUBLISHERS.items()
        ),
        deny("DenyPlainHttp", ("sns:Publish",), topic, {"Bool": {"aws:SecureTransport": "false"}}),
    )
