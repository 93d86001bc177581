"""Logs: where other stacks send their access logs, flow logs and application logs.

The access-log bucket takes logs of S3 and of load balancers. Both can only be delivered to a
bucket that S3 encrypts with its own key and that has no default retention, so this bucket is the
one that is neither encrypted with our key nor locked; versions keep what is overwritten. It does
not log itself, because each delivered log would cause another.

Log groups are encrypted with the logs key and kept as long as the profile says, rounded up to
the next step that CloudWatch offers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troposphere import GetAtt, Ref, Sub, Tags, logs, s3

from baseline.blueprints import (
    ACCOUNT,
    Draft,
    Site,
    allow,
    arn,
    bucket,
    bucket_arn,
    imported,
)
from baseline.blueprints.buckets import (
    abort_uploads,
    deny_weak_transport,
    expire_versions,
    hardened,
    kept_policy,
)
from baseline.stack import Stack

FOUNDATION = True

# Source: "PutRetentionPolicy" (Amazon CloudWatch Logs).
RETENTION_STEPS_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
OVERWRITTEN_LOG_DAYS = 30

# The one log group of RDS's Enhanced Monitoring in an account and region. Where RDS has made it
# already, without our key and for 30 days, delete it first, or import it into this stack.
# Source: "Viewing OS metrics using CloudWatch Logs" (Amazon RDS).
DATABASE_METRICS = "RDSOSMetrics"


def stacks(site: Site) -> Iterator[Stack]:
    """One stack, the same in every region of the site; log groups only where something runs."""
    draft = Draft(site, "logs", "access logs, flow logs and application logs", site.path)
    _access_logs(draft, site)
    if site.environment:
        path = f"{site.path}.network"
        _group(draft, site, "Flow", "Records which addresses spoke in the network", path)
        _group(draft, site, "Application", "Takes what applications and hosts log", site.path)
        if site.environment.databases:
            draft.add(
                log_group(site, "DatabaseMetricsLogGroup", DATABASE_METRICS),
                "Takes what RDS measures on the hosts of databases",
                f"{site.path}.databases",
            )
    yield draft.stack(site.profile.regions.used)


def retention_days(site: Site) -> int:
    """The profile's retention, or the next longer step; the longest where none is longer."""
    wanted = site.profile.logs.retention.days
    return next((step for step in RETENTION_STEPS_DAYS if step >= wanted), RETENTION_STEPS_DAYS[-1])


def log_group(site: Site, logical_id: str, name: str) -> logs.LogGroup:
    """A log group with our key and the profile's retention, kept when its stack goes."""
    return logs.LogGroup(
        logical_id,
        LogGroupName=name,
        LogGroupClass="STANDARD",
        RetentionInDays=retention_days(site),
        KmsKeyId=imported(site, "keys", "LogsKeyArn"),
        DeletionProtectionEnabled=True,
        DeletionPolicy="Retain",
        UpdateReplacePolicy="Retain",
    )


def _group(draft: Draft, site: Site, name: str, purpose: str, path: str) -> None:
    group = log_group(site, f"{name}LogGroup", f"{site.log_group_prefix}{name.lower()}")
    draft.add(group, purpose, path)
    draft.export(f"{name}LogGroupName", Ref(group), f"Name of the {name.lower()} log group")
    draft.export(f"{name}LogGroupArn", GetAtt(group, "Arn"), f"ARN of the {name.lower()} log group")


def _access_logs(draft: Draft, site: Site) -> None:
    name = bucket(site, "access-logs")
    resource = hardened(
        "AccessLogBucket",
        name,
        s3.ServerSideEncryptionRule(
            BucketKeyEnabled=False,
            ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(SSEAlgorithm="AES256"),
            BlockedEncryptionTypes=s3.BlockedEncryptionTypes(EncryptionType=["SSE-C"]),
        ),
        [
            s3.LifecycleRule(
                Id="ExpireLogs", Status="Enabled", ExpirationInDays=retention_days(site)
            ),
            expire_versions(OVERWRITTEN_LOG_DAYS),
            abort_uploads(),
        ],
        Tags=Tags(Name=f"{site.prefix}-access-logs"),
    )
    draft.add(
        resource, "Takes the access logs of every other bucket and of application load balancers"
    )
    statements = [*deny_weak_transport("AccessLogBucket"), *_deliveries(site)]
    draft.add(
        kept_policy("AccessLogBucketPolicy", resource, statements),
        "Lets the two log services of this account write, and nobody over plain HTTP or old TLS",
    )
    draft.export("AccessLogBucketName", Ref(resource), "Name of the bucket for access logs")


def _deliveries(site: Site) -> tuple[dict[str, Any], ...]:
    """Statements that let the two log services write, and only for this account.

    Network load balancers deliver by another service and are not served. Whether application load
    balancers name themselves as source is not documented; if they do, it must be one of ours.
    Sources: "Enabling Amazon S3 server access logging", "Enable access logs for your Application
    Load Balancer".
    """
    ours = {"StringEquals": {"aws:SourceAccount": Ref("AWS::AccountId")}}
    balancers = arn("elasticloadbalancing", "loadbalancer/*")
    return (
        allow(
            "DeliverBucketLogs",
            {"Service": "logging.s3.amazonaws.com"},
            ("s3:PutObject",),
            Sub("${AccessLogBucket.Arn}/s3/*"),
            ours | {"ArnLike": {"aws:SourceArn": bucket_arn(f"{site.prefix}-*")}},
        ),
        allow(
            "DeliverLoadBalancerLogs",
            {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            ("s3:PutObject",),
            Sub(f"${{AccessLogBucket.Arn}}/load-balancers/AWSLogs/{ACCOUNT}/*"),
            {
                "StringEqualsIfExists": ours["StringEquals"],
                "ArnLikeIfExists": {"aws:SourceArn": balancers},
            },
        ),
    )
