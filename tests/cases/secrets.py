"""Secrets: the three cases of each control. No value here was ever a secret."""

from __future__ import annotations

from baseline.control import EVERY_TYPE, TEMPLATE
from tests.cases import case

HOSTS = (EVERY_TYPE, "acme-prod-server-shop", "LaunchTemplate")
WHOLE = (TEMPLATE, "acme-prod-network", "")

CASES = {
    "secrets.not-in-resources": case(
        HOSTS,
        {"Environment": {"Variables": {"DB_PASSWORD": "hunter2"}}},
        {"Environment": {"Variables": {"DB_PASSWORD": "{{resolve:secretsmanager:orders}}"}}},
        ("LaunchTemplateData", "UserData", "Fn::Base64"),
        "#!/bin/sh\nexport AWS_ACCESS_KEY_ID=AKIA" + "IOSFODNN7EXAMPLE\n",
    ),
    "secrets.not-in-templates": case(
        WHOLE,
        {"Parameters": {"DatabasePassword": {"Type": "String", "Default": "hunter2"}}},
        {"Parameters": {"DatabasePassword": {"Type": "String", "NoEcho": True}}},
        ("Outputs",),
        {"Address": {"Value": "postgres://app:hunter2@db.example/orders"}},
    ),
    "secrets.parameters-hidden": case(
        WHOLE,
        {"Parameters": {"DatabasePassword": {"Type": "String"}}},
        {"Parameters": {"DatabasePassword": {"Type": "String", "NoEcho": "true"}}},
        ("Parameters",),
        {"ApiKey": {"Type": "String"}},
    ),
}
