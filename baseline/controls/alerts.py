"""Alerts: what must hold for topics, alarms and rules, which tell people what happens."""

from __future__ import annotations

from collections.abc import Iterator

from baseline.control import Severity, control, is_true, literal
from baseline.controls import is_key_of_ours
from baseline.controls.storage import refuses_plain_http
from baseline.policy import listed
from baseline.resource import Resource

TOPIC, ALARM, RULE = "AWS::SNS::Topic", "AWS::CloudWatch::Alarm", "AWS::Events::Rule"
COMPOSITE = "AWS::CloudWatch::CompositeAlarm"


@control("alerts.encrypted", "Topics use a key of ours", on=TOPIC, severity=Severity.MEDIUM)
def encrypted(topic: Resource) -> Iterator[str]:
    """Alarms name what is broken; and with AWS's own key, most services cannot publish at all."""
    if not is_key_of_ours(topic.properties, "KmsMasterKeyId"):
        yield "KmsMasterKeyId is left out, or the key of AWS"


@control(
    "alerts.tls-required",
    "Policies of topics and queues refuse plain HTTP",
    on=(
        "AWS::SNS::TopicInlinePolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueueInlinePolicy",
        "AWS::SQS::QueuePolicy",
    ),
    severity=Severity.MEDIUM,
)
def tls_required(policy: Resource) -> Iterator[str]:
    """Both answer plain HTTP to whoever asks, and whoever is on the way reads along."""
    topic = policy.type.startswith("AWS::SNS")
    if not refuses_plain_http(policy, "sns:publish" if topic else "sqs:sendmessage"):
        yield "no statement denies everyone where aws:SecureTransport is false"


@control(
    "alerts.no-plain-subscription",
    "No subscription sends over plain HTTP",
    on=("AWS::SNS::Subscription", TOPIC),
    severity=Severity.MEDIUM,
)
def no_plain_subscription(resource: Resource) -> Iterator[str]:
    """What it tells is read on the way, and anybody can tell the receiver anything."""
    own = resource.type != TOPIC
    ones = [resource.properties] if own else listed(literal(resource.properties, "Subscription"))
    for one in ones:
        if literal(one, "Protocol") == "http":
            yield "Protocol is http"


@control("alerts.alarms-act", "Alarms tell somebody", on=(ALARM, COMPOSITE), severity=Severity.HIGH)
def alarms_act(alarm: Resource) -> Iterator[str]:
    """An alarm that nobody hears is a red light in a room that nobody enters."""
    if not listed(literal(alarm.properties, "AlarmActions")):
        yield "AlarmActions is left out"


@control(
    "alerts.alarms-on",
    "Alarms are switched on",
    on=(ALARM, COMPOSITE),
    severity=Severity.HIGH,
)
def alarms_on(alarm: Resource) -> Iterator[str]:
    """Somebody silenced it for a night, and it stays silent until it is needed."""
    if not is_true(literal(alarm.properties, "ActionsEnabled", default=True)):
        yield "ActionsEnabled is false"


@control(
    "alerts.silence-decided",
    "Alarms say what silence means",
    on=ALARM,
    severity=Severity.LOW,
)
def silence_decided(alarm: Resource) -> Iterator[str]:
    """A dead host reports nothing; whether that is an alarm is for somebody to decide."""
    if not literal(alarm.properties, "TreatMissingData"):
        yield "TreatMissingData is left out"


@control("alerts.rules-on", "Rules for events are switched on", on=RULE, severity=Severity.MEDIUM)
def rules_on(rule: Resource) -> Iterator[str]:
    """What it should start does not start, and nothing says so."""
    if literal(rule.properties, "State", default="ENABLED") == "DISABLED":
        yield "State is DISABLED"


@control("alerts.rules-act", "Rules for events have a target", on=RULE, severity=Severity.MEDIUM)
def rules_act(rule: Resource) -> Iterator[str]:
    """A rule without a target matches, and nothing comes of it."""
    if not listed(literal(rule.properties, "Targets")):
        yield "Targets is left out"
