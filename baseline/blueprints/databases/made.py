"""Made: what instances and clusters have in common, and what they tell of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from troposphere import GetAtt

from baseline.blueprints.databases.intent import Intent

MASTER_USER = "steward"  # not one that every list of passwords begins with, and reserved nowhere
CERTIFICATE_AUTHORITY = "rds-ca-rsa2048-g1"  # "Using SSL/TLS to encrypt a connection": until 2061

# Old versions still get fixes, for money; without, RDS would upgrade them to the next major one
# by itself. Source: "Amazon RDS Extended Support".
SUPPORT = "open-source-rds-extended-support"

# In UTC, apart from each other, and from when AWS Backup starts.
BACKUP_WINDOW = "01:00-02:00"
MAINTENANCE_WINDOW = "sun:03:00-sun:04:00"

INSIGHTS_DAYS = 7  # "Pricing and data retention for Performance Insights": free of charge
MONITORING_SECONDS = 60


@dataclass(frozen=True)
class Made:
    """The attribute, for `Sub`, by which policies of IAM name a database; and its ARN."""

    resource_id: str
    arn: Any


def insights(intent: Intent, switch: str) -> dict[str, Any]:
    """Performance Insights, which `Standard` Database Insights shows, under the same key."""
    return {
        switch: True,
        "PerformanceInsightsKMSKeyId": intent.key,
        "PerformanceInsightsRetentionPeriod": INSIGHTS_DAYS,
    }


def monitoring() -> dict[str, Any]:
    """Enhanced Monitoring: what the host sees, every minute."""
    return {
        "MonitoringInterval": MONITORING_SECONDS,
        "MonitoringRoleArn": GetAtt("MonitoringRole", "Arn"),
    }
