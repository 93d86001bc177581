"""Alerts: the three cases of each control."""

from __future__ import annotations

from tests.cases import case

TOPIC = ("AWS::SNS::Topic", "acme-prod-alerts", "Topic")
POLICY = ("AWS::SNS::TopicPolicy", "acme-prod-alerts", "TopicPolicy")
ALARM = ("AWS::CloudWatch::Alarm", "acme-prod-server-shop", "CpuAlarm")
RULE = ("AWS::Events::Rule", "acme-prod-server-shop", "NewImageRule")

DENY_PLAIN_HTTP = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sns:Publish",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}

CASES = {
    "alerts.encrypted": case(
        TOPIC,
        {"KmsMasterKeyId": "alias/aws/sns"},
        {"KmsMasterKeyId": "arn:x"},
        ("KmsMasterKeyId",),
        "",
    ),
    "alerts.tls-required": case(
        POLICY,
        {"PolicyDocument": {"Statement": [DENY_PLAIN_HTTP | {"Principal": {"AWS": "arn:x"}}]}},
        {"PolicyDocument": {"Statement": [DENY_PLAIN_HTTP]}},
        ("PolicyDocument", "Statement", 3, "Action"),
        "sns:Subscribe",
    ),
    "alerts.no-plain-subscription": case(
        ("AWS::SNS::Subscription", "acme-prod-alerts", "OperationsSubscription"),
        {"Protocol": "http", "Endpoint": "http://example.com"},
        {"Protocol": "https", "Endpoint": "https://example.com"},
        ("Protocol",),
        "http",
    ),
    "alerts.alarms-act": case(
        ALARM, {"AlarmActions": []}, {"AlarmActions": ["arn:x"]}, ("AlarmActions",), []
    ),
    "alerts.alarms-on": case(
        ALARM,
        {"ActionsEnabled": "false"},
        {"ActionsEnabled": True},
        ("ActionsEnabled",),
        False,
    ),
    "alerts.silence-decided": case(
        ALARM,
        {},
        {"TreatMissingData": "notBreaching"},
        ("TreatMissingData",),
        "",
    ),
    "alerts.rules-on": case(RULE, {"State": "DISABLED"}, {}, ("State",), "DISABLED"),
    "alerts.rules-act": case(RULE, {"Targets": []}, {"Targets": [{"Id": "x"}]}, ("Targets",), []),
}
