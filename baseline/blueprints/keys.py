"""Keys: customer-managed KMS keys, one per purpose and site, in every region that is used.

Three purposes: data (buckets, volumes, databases, tables, queues, secrets), logs, backup. Where
there are workloads or images, alerts too; where images are built, images. An asset whose
protection demands a key of its own (`protection.own_key`) gets one, which serves that asset's
buckets and no others.

A key policy names the account and services, never roles, which live in other stacks and would
have to exist first. The one exception is the role by which Auto Scaling starts hosts, to which
nothing can be allowed in any other way; its stack (`identity`) comes before this one. So use is
allowed to whomever IAM in this account allows, and then only through the named service, and for
the named thing where the service tells KMS which one it is (its encryption context). Nobody may
decrypt by asking KMS directly. The account keeps the actions that manage a key and no action that
reads data; there is no `kms:*`.

The policy of a purpose lists the services that keep its kind of data, also those that the site does
not use yet, so that a new workload rewrites at most the key of its own asset; the first host of a
site adds Auto Scaling's role to the data key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from troposphere import GetAtt, Ref, Sub, Tags, kms

from baseline.blueprints import (
    REGION,
    Draft,
    Site,
    allow,
    arn,
    bucket,
    bucket_arn,
    policy,
    root,
)
from baseline.blueprints.alerts import has_alerts
from baseline.blueprints.identity import SERVICE as AUTO_SCALING
from baseline.blueprints.identity import after_identity, autoscaling_role
from baseline.protection import protection
from baseline.stack import Stack
from baseline.words import title

FOUNDATION = True

ROTATION_DAYS = 365
DELETION_DAYS = 30  # the longest pause before a scheduled deletion that KMS offers

# Source: "Actions, resources, and condition keys for AWS Key Management Service".
MANAGE = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
USE = (
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)

# What a grant lets a role do that starts hosts from encrypted snapshots of another account.
STARTING = (
    *("CreateGrant", "Decrypt", "DescribeKey", "Encrypt"),
    *("GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo"),
)


def stacks(site: Site) -> Iterator[Stack]:
    """One stack, the same in every region of the site."""
    draft = Draft(site, "keys", "customer-managed keys, one per purpose", site.path)
    _key(draft, site, "Data", "Encrypts what workloads store", _data_policy(site))
    _key(draft, site, "Logs", "Encrypts log groups", _logs_policy(site))
    _key(draft, site, "Backup", "Encrypts backups and their copies", _backup_policy())
    if has_alerts(site):
        _key(draft, site, "Alerts", "Encrypts alarms on their way", _alerts_policy(site))
    if site.environment and site.environment.images:
        purpose, path = "Encrypts images of hosts", f"{site.path}.images"
        _key(draft, site, "Images", purpose, _images_policy(site), path)
    for name in _assets_with_own_key(site):
        purpose = f"Encrypts what workloads store for {name}"
        _key(draft, site, _own(name), purpose, _data_policy(site, name), f"assets.{name}")
    yield draft.stack(site.profile.regions.used, after_identity(site))


def key_for(site: Site, asset: str) -> str:
    """Name of the output with the ARN of the key that encrypts an asset's data."""
    own = protection(site.profile.asset(asset)).own_key
    return f"{_own(asset) if own else 'Data'}KeyArn"


def alias_for(site: Site, asset: str) -> str:
    """Alias of the key that encrypts an asset's data, the same in every region."""
    own = protection(site.profile.asset(asset)).own_key
    return _alias(site, _own(asset) if own else "Data")


def _own(asset: str) -> str:
    """What an asset's own key is called; no asset's name can take that of a purpose."""
    return f"Asset{title(asset)}"


def _alias(site: Site, name: str) -> str:
    """`alias/acme-prod-data`, `alias/acme-prod-asset-orders`: the logical id in lower case."""
    words = re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
    return f"alias/{site.prefix}-{words}"


def _assets_with_own_key(site: Site) -> tuple[str, ...]:
    """Assets that workloads of this site serve and whose protection demands a key, sorted."""
    if site.environment is None:
        return ()
    served = {workload.asset for _, workload in site.environment.workloads}
    return tuple(name for name in sorted(served) if protection(site.profile.asset(name)).own_key)


def _key(
    draft: Draft,
    site: Site,
    name: str,
    purpose: str,
    document: dict[str, Any],
    path: str | None = None,
) -> None:
    alias = _alias(site, name)
    key = kms.Key(
        f"{name}Key",
        Description=f"{site.prefix}: {purpose[0].lower()}{purpose[1:]}",
        Enabled=True,
        KeySpec="SYMMETRIC_DEFAULT",
        KeyUsage="ENCRYPT_DECRYPT",
        Origin="AWS_KMS",
        MultiRegion=False,
        EnableKeyRotation=True,
        RotationPeriodInDays=ROTATION_DAYS,
        PendingWindowInDays=DELETION_DAYS,
        BypassPolicyLockoutSafetyCheck=False,
        KeyPolicy=document,
        Tags=Tags(Name=alias.removeprefix("alias/")),
        DeletionPolicy="Retain",
        UpdateReplacePolicy="Retain",
    )
    draft.add(key, purpose, path)
    draft.add(
        kms.Alias(f"{name}KeyAlias", AliasName=alias, TargetKeyId=Ref(key)),
        f"Name of {key.title} that other regions and people can compute",
        path,
    )
    draft.export(
        f"{name}KeyArn",
        GetAtt(key, "Arn"),
        f"ARN of the key that {purpose[0].lower()}{purpose[1:]}",
    )


def _manage() -> dict[str, Any]:
    return allow("ManageByIam", root(), MANAGE, "*")


def _via(*services: str) -> dict[str, Any]:
    """Conditions: asked by this account, through one of these services in this region."""
    names = [_service(service) for service in services]
    return {
        "StringEquals": {
            "kms:CallerAccount": Ref("AWS::AccountId"),
            "kms:ViaService": names[0] if len(names) == 1 else names,
        }
    }


def _service(name: str) -> Sub:
    return Sub(f"{name}.{REGION}.amazonaws.com")


def _grants(*services: str) -> dict[str, Any]:
    """Let services keep a grant for the life of a volume, database or table."""
    condition = _via(*services) | {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return allow("GrantToServices", root(), ("kms:CreateGrant",), "*", condition)


def _data_policy(site: Site, asset: str | None = None) -> dict[str, Any]:
    """Policy of the data key, or of an asset's own key, which serves that asset's buckets only.

    Sources of the encryption contexts: each service's page on encryption at rest; of the
    placeholder, "Secret encryption and decryption in AWS Secrets Manager".
    """
    names = [bucket(site, name) for name in (_buckets_of(site, asset) if asset else ("*",))]
    arns = [bucket_arn(f"{name}{end}") for name in names for end in ("", "/*")]
    secrets = [
        arn("secretsmanager", f"secret:{site.prefix}-*"),
        arn("secretsmanager", "secret:rds!*"),
        "RequestToValidateKeyAccess",
    ]
    contexts = {
        "Queues": ("ArnLike", "aws:sqs:arn", arn("sqs", f"{site.prefix}-*"), "sqs"),
        "Secrets": ("StringLike", "SecretARN", secrets, "secretsmanager"),
        "Tables": ("StringLike", "aws:dynamodb:tableName", f"{site.prefix}-*", "dynamodb"),
    }
    if names:
        contexts["Buckets"] = ("ArnLike", "aws:s3:arn", arns, "s3")
    return policy(
        _manage(),
        *(_use_with_context(name, *context) for name, context in sorted(contexts.items())),
        # Volumes and databases name themselves by ids that AWS makes up, so their context cannot
        # narrow further.
        allow("UseForVolumesAndDatabases", root(), USE, "*", _via("ec2", "rds")),
        _grants("ec2", "rds", "dynamodb"),
        *(_start_hosts(site) if _starts_hosts(site, asset) else ()),
    )


def _starts_hosts(site: Site, asset: str | None) -> bool:
    """Say whether a key encrypts volumes of hosts; the data key does for every asset without."""
    servers = site.environment.servers if site.environment else ()
    return any(asset in (None, one.asset) for one in servers)


def _start_hosts(site: Site) -> tuple[dict[str, Any], ...]:
    """Let Auto Scaling start hosts with encrypted volumes.

    Source: "Required AWS KMS key policy for use with encrypted volumes" (Amazon EC2 Auto Scaling).
    """
    role = {"AWS": autoscaling_role(site)}
    resource = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return (
        allow("UseForHosts", role, ("kms:DescribeKey", *USE), "*"),
        allow("GrantToHosts", role, ("kms:CreateGrant",), "*", resource),
    )


def _use_with_context(
    name: str, operator: str, key: str, value: Any, service: str
) -> dict[str, Any]:
    condition = _via(service) | {operator: {f"kms:EncryptionContext:{key}": value}}
    return allow(f"UseFor{name}", root(), USE, "*", condition)


def _buckets_of(site: Site, asset: str) -> tuple[str, ...]:
    assert site.environment
    return tuple(sorted(one.name for one in site.environment.buckets if one.asset == asset))


def _logs_policy(site: Site) -> dict[str, Any]:
    """Source: "Encrypt log data in CloudWatch Logs using AWS Key Management Service".

    Some services choose the name of their log group: it is under theirs, and then ours.
    """
    names = [
        f"{site.log_group_prefix}*",
        f"/aws/imagebuilder/{site.prefix}-*",
        f"/aws/imagebuilder/pipeline/{site.prefix}-*",
        f"/aws/rds/cluster/{site.prefix}-*",
        f"/aws/rds/instance/{site.prefix}-*",
        "RDSOSMetrics",
    ]
    groups = {
        "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": [
                arn("logs", f"log-group:{name}") for name in names
            ]
        }
    }
    return policy(
        _manage(),
        allow(
            "UseForLogGroups",
            {"Service": _service("logs")},
            ("kms:DescribeKey", *USE),
            "*",
            groups,
        ),
    )


def _backup_policy() -> dict[str, Any]:
    """A vault's own backups go through AWS Backup; copies of snapshots through their service.

    Source: "Encryption for backups in AWS Backup".
    """
    services = ("backup", "dynamodb", "ec2", "rds")
    return policy(
        _manage(),
        allow("UseForBackups", root(), USE, "*", _via(*services)),
        _grants(*services),
    )


def _alerts_policy(site: Site) -> dict[str, Any]:
    """Services encrypt what they publish to the topic, and a service may not say for whom.

    Source: "Enable compatibility between event sources from AWS services and encrypted topics"
    (Amazon SNS), which says that EventBridge names no source account.
    """
    services = [f"{name}.amazonaws.com" for name in ("cloudwatch", "events", "events.rds")]
    ours = {"StringEqualsIfExists": {"aws:SourceAccount": Ref("AWS::AccountId")}}
    publish = ("kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext")
    hosts = (
        (allow("PublishOfHosts", {"AWS": autoscaling_role(site)}, publish, "*"),)
        if _starts_hosts(site, None)
        else ()
    )
    return policy(
        _manage(),
        allow("Publish", {"Service": services}, publish, "*", ours),
        allow("UseForTopics", root(), USE, "*", _via("sns")),
        *hosts,
    )


def _images_policy(site: Site) -> dict[str, Any]:
    """Our account builds and starts images; accounts that they are shared with only start them.

    Source: "Allow organizations and OUs to use a KMS key", "Share an AMI with specific AWS
    accounts" (Amazon EC2): reading an image's snapshots takes the key, in their account too. Before
    their Auto Scaling starts hosts, somebody there grants the key to its role (`aws kms
    create-grant`): "Required AWS KMS key policy for use with encrypted volumes" (Amazon EC2 Auto
    Scaling).
    """
    assert site.environment
    shared = sorted({account for one in site.environment.images for account in one.accounts})
    theirs: tuple[dict[str, Any], ...] = ()
    if shared:
        others = {"AWS": [arn("iam", "root", region="", account=account) for account in shared]}
        roles = [
            arn("iam", f"role/aws-service-role/{AUTO_SCALING}/*", region="", account=account)
            for account in shared
        ]
        through = {"StringEquals": {"kms:ViaService": _service("ec2")}}
        resource = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        grantee = {
            "ArnLike": {"kms:GranteePrincipal": roles},
            "ForAllValues:StringEquals": {"kms:GrantOperations": list(STARTING)},
        }
        reading = ("kms:Decrypt", "kms:DescribeKey", "kms:ReEncryptFrom")
        theirs = (
            allow("StartFromSharedImages", others, reading, "*", through),
            allow("GrantForSharedImages", others, ("kms:CreateGrant",), "*", through | resource),
            allow("GrantToTheirAutoScaling", others, ("kms:CreateGrant",), "*", grantee),
        )
    return policy(
        _manage(),
        allow("UseForImages", root(), USE, "*", _via("ec2")),
        _grants("ec2"),
        *(_start_hosts(site) if _starts_hosts(site, None) else ()),
        *theirs,
    )
