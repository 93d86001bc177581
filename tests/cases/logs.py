"""Logs: the three cases of each control."""

from __future__ import annotations

from tests.cases import case

GROUP = ("AWS::Logs::LogGroup", "acme-prod-logs", "FlowLogGroup")

CASES = {
    "logs.encrypted": case(GROUP, {}, {"KmsKeyId": "arn:x"}, ("KmsKeyId",), ""),
    "logs.kept-a-year": case(
        GROUP, {"RetentionInDays": 30}, {"RetentionInDays": "400"}, ("RetentionInDays",), 364
    ),
    "logs.protected": case(
        GROUP,
        {},
        {"DeletionProtectionEnabled": "true"},
        ("DeletionProtectionEnabled",),
        False,
    ),
}
