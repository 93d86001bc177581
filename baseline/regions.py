"""Regions: what AWS offers where, as of a date; shipped, so that nothing is asked at run time.

Zones are given by zone id, which names the same place in every account (a zone name does not).
The profile states its zones once; left out, they are the first three here.
"""

from __future__ import annotations

from collections.abc import Mapping

AS_OF = "2026-11-23"

# Source: "AWS Availability Zones" and "Availability Zone IDs" (AWS Regions and Availability
# Zones). Zones that are closed to new accounts, or lack current instance types, stand last, so that
# nobody gets them unasked. Left out: the regions in China, a partition whose service principals
# and endpoints are named otherwise.
ZONES: Mapping[str, tuple[str, ...]] = {
    "af-south-1": ("afs1-az1", "afs1-az2", "afs1-az3"),
    "ap-east-1": ("ape1-az1", "ape1-az2", "ape1-az3"),
    "ap-east-2": ("ape2-az1", "ape2-az2", "ape2-az3"),
    "ap-northeast-1": ("apne1-az1", "apne1-az2", "apne1-az4", "apne1-az3"),
    "ap-northeast-2": ("apne2-az1", "apne2-az2", "apne2-az3", "apne2-az4"),
    "ap-northeast-3": ("apne3-az1", "apne3-az2", "apne3-az3"),
    "ap-south-1": ("aps1-az1", "aps1-az2", "aps1-az3"),
    "ap-south-2": ("aps2-az1", "aps2-az2", "aps2-az3"),
    "ap-southeast-1": ("apse1-az1", "apse1-az2", "apse1-az3"),
    "ap-southeast-2": ("apse2-az1", "apse2-az2", "apse2-az3"),
    "ap-southeast-3": ("apse3-az1", "apse3-az2", "apse3-az3"),
    "ap-southeast-4": ("apse4-az1", "apse4-az2", "apse4-az3"),
    "ap-southeast-5": ("apse5-az1", "apse5-az2", "apse5-az3"),
    "ap-southeast-6": ("apse6-az1", "apse6-az2", "apse6-az3"),
    "ap-southeast-7": ("apse7-az1", "apse7-az2", "apse7-az3"),
    "ca-central-1": ("cac1-az1", "cac1-az2", "cac1-az4"),
    "ca-west-1": ("caw1-az1", "caw1-az2", "caw1-az3"),
    "eu-central-1": ("euc1-az1", "euc1-az2", "euc1-az3"),
    "eu-central-2": ("euc2-az1", "euc2-az2", "euc2-az3"),
    "eu-north-1": ("eun1-az1", "eun1-az2", "eun1-az3"),
    "eu-south-1": ("eus1-az1", "eus1-az2", "eus1-az3"),
    "eu-south-2": ("eus2-az1", "eus2-az2", "eus2-az3"),
    "eu-west-1": ("euw1-az1", "euw1-az2", "euw1-az3"),
    "eu-west-2": ("euw2-az1", "euw2-az2", "euw2-az3", "euw2-az4"),
    "eu-west-3": ("euw3-az1", "euw3-az2", "euw3-az3"),
    "il-central-1": ("ilc1-az1", "ilc1-az2", "ilc1-az3"),
    "me-central-1": ("mec1-az1", "mec1-az2", "mec1-az3"),
    "me-south-1": ("mes1-az1", "mes1-az2", "mes1-az3"),
    "mx-central-1": ("mxc1-az1", "mxc1-az2", "mxc1-az3"),
    "sa-east-1": ("sae1-az1", "sae1-az2", "sae1-az3"),
    "us-east-1": ("use1-az1", "use1-az2", "use1-az4", "use1-az5", "use1-az6", "use1-az3"),
    "us-east-2": ("use2-az1", "use2-az2", "use2-az3"),
    "us-gov-east-1": ("usge1-az1", "usge1-az2", "usge1-az3"),
    "us-gov-west-1": ("usgw1-az1", "usgw1-az2", "usgw1-az3"),
    "us-west-1": ("usw1-az1", "usw1-az2", "usw1-az3"),
    "us-west-2": ("usw2-az1", "usw2-az2", "usw2-az3", "usw2-az4"),
}

# Accounts see two of its three zones, and not all the same two.
ZONES_DIFFER_BY_ACCOUNT = ("us-west-1",)

# Source: "Namespaces for general purpose buckets" (Amazon S3).
NO_REGIONAL_NAMESPACE = ("me-central-1", "me-south-1")

# Interface endpoints we can make: the service's name, and the prefix of its IAM actions.
# Source: "AWS services that integrate with AWS PrivateLink"; each supports an endpoint policy.
ENDPOINT_ACTIONS: Mapping[str, str] = {
    "autoscaling": "autoscaling",
    "backup": "backup",
    "cloudformation": "cloudformation",
    "ec2": "ec2",
    "ec2messages": "ec2messages",
    "ecr.api": "ecr",
    "ecr.dkr": "ecr",
    "elasticloadbalancing": "elasticloadbalancing",
    "events": "events",
    "kms": "kms",
    "lambda": "lambda",
    "logs": "logs",
    "monitoring": "cloudwatch",
    "rds": "rds",
    "secretsmanager": "secretsmanager",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
    "ssmmessages": "ssmmessages",
    "sts": "sts",
}


# Suffix of the bucket with Patch Manager's documents; regions without a row have none listed.
# Source: "Reference: Amazon S3 buckets for patching operations" (Systems Manager).
_PATCH_BUCKET_SUFFIXES: Mapping[str, str] = {
    "af-south-1": "bdd5f65a9",
    "ap-east-1": "632356271",
    "ap-northeast-1": "4849fa78f",
    "ap-northeast-2": "10467995c",
    "ap-northeast-3": "67373598a",
    "ap-south-1": "cb7c62ff9",
    "ap-south-2": "32f4b4128",
    "ap-southeast-1": "7fdfd9ef7",
    "ap-southeast-2": "17283a275",
    "ap-southeast-3": "aa48fc462",
    "ap-southeast-4": "01e2c40d3",
    "ca-central-1": "3148e69e3",
    "ca-west-1": "9e3a4b2f9",
    "eu-central-1": "9163fdaaf",
    "eu-central-2": "184ce43c8",
    "eu-north-1": "795879e9b",
    "eu-south-1": "c52f3f594",
    "eu-south-2": "a4cf248b1",
    "eu-west-1": "5522fb710",
    "eu-west-2": "902a2bc74",
    "eu-west-3": "29bf85721",
    "il-central-1": "e221cb57b",
    "me-central-1": "2932f2f80",
    "me-south-1": "a53fc9dce",
    "sa-east-1": "ddf4b6a09",
    "us-east-1": "1970c647d",
    "us-east-2": "552881074",
    "us-west-1": "8badb4304",
    "us-west-2": "34d7f99f8",
}

# Patch baseline snapshots, where the bucket's name is more than prefix and region; same source.
_SNAPSHOT_BUCKET_SUFFIXES: Mapping[str, str] = {
    "af-south-1": "-tbxdb5b9",
    "ap-south-2": "-50209442",
    "ap-southeast-3": "-be0a3174",
    "ap-southeast-4": "-dc6f76ce",
    "eu-south-2": "-df2c9d70",
    "me-south-1": "-uduvl7q8",
}


def package_buckets(region: str) -> tuple[str, ...]:
    """Buckets of AWS from which hosts in a region get packages, agents and patches; no wildcards.

    Sources: "Amazon S3 buckets for patching operations", "About minimum S3 Bucket permissions for
    SSM Agent" (Systems Manager); "Amazon ECR interface VPC endpoints", for image layers; "Image
    Builder and AWS PrivateLink interface VPC endpoints", for its tool and components; "Scanning
    Windows EC2 instances with Amazon Inspector", for what it looks for. The names of Amazon Linux
    2023's repositories and of the CloudWatch agent's bucket are as hosts ask for them.
    """
    distributor = region in ("af-south-1", "eu-south-1")
    patches = _PATCH_BUCKET_SUFFIXES.get(region)
    names = (
        f"al2023-repos-{region}-de612dc2",
        f"amazoncloudwatch-agent-{region}",
        f"amazon-ssm-{region}",
        f"amazon-ssm-packages-{region}",
        f"aws-ssm-{region}",
        f"aws-ssm-distributor-file-{region}" if distributor else f"{region}-birdwatcher-prod",
        f"aws-ssm-document-attachments-{region}",
        f"aws-windows-downloads-{region}",
        f"ec2imagebuilder-managed-resources-{region}-prod",
        f"ec2imagebuilder-toe-{region}-prod",
        f"inspector2-oval-prod-{region}",
        f"prod-{region}-starport-layer-bucket",
        f"patch-baseline-snapshot-{region}{_SNAPSHOT_BUCKET_SUFFIXES.get(region, '')}",
        *((f"aws-patch-manager-{region}-{patches}",) if patches else ()),
    )
    return tuple(sorted(names))


def zone_number(zone: str) -> int:
    """Number of a zone: 2 for `euw1-az2`."""
    return int(zone.rpartition("-az")[2])


def bucket_name(prefix: str, account: str, region: str) -> str:
    """Name in the account's own regional namespace, which nobody else can take.

    Source: "Namespaces for general purpose buckets" (Amazon S3).
    """
    return f"{prefix}-{account}-{region}-an"
