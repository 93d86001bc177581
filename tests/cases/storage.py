"""Storage: the three cases of each control."""

from __future__ import annotations

from typing import Any

from tests.cases import case

RULE = ("BucketEncryption", "ServerSideEncryptionConfiguration", 0)


def encryption(rule: Any) -> dict[str, Any]:
    """A bucket that encrypts by one rule."""
    return {"BucketEncryption": {"ServerSideEncryptionConfiguration": [rule]}}


ENCRYPTION = encryption({"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}})
SWITCHES = {
    "PublicAccessBlockConfiguration": {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": "true",
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
}
RETAIN = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
BUCKET = ("AWS::S3::Bucket", "acme-prod-bucket-documents", "Bucket")
POLICY = ("AWS::S3::BucketPolicy", "acme-prod-bucket-documents", "BucketPolicy")
DENY_PLAIN_HTTP = {
    "Effect": "Deny",
    "Principal": {"AWS": "*"},
    "Action": ["s3:*"],
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": False}},
}
ANOTHER = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999988887777:root"}}

CASES = {
    "storage.no-public-bucket": case(
        BUCKET, {}, SWITCHES, ("PublicAccessBlockConfiguration", "BlockPublicPolicy"), False
    ),
    "storage.encrypted": case(BUCKET, {}, ENCRYPTION, ("BucketEncryption",), {}),
    "storage.versioned": case(
        BUCKET,
        {"VersioningConfiguration": {"Status": "Suspended"}},
        {"VersioningConfiguration": {"Status": "Enabled"}},
        ("VersioningConfiguration", "Status"),
        "Suspended",
    ),
    "storage.owner-enforced": case(
        BUCKET,
        {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}},
        {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
        ("OwnershipControls", "Rules", 0, "ObjectOwnership"),
        "BucketOwnerPreferred",
    ),
    "storage.kept-when-removed": case(BUCKET, {}, {}, ("../DeletionPolicy",), "Delete", RETAIN),
    "storage.no-public-list": case(
        BUCKET,
        {"AccessControl": "PublicRead"},
        {"AccessControl": "Private"},
        ("AccessControl",),
        "PublicReadWrite",
    ),
    "storage.no-website": case(
        BUCKET,
        {"WebsiteConfiguration": {"IndexDocument": "index.html"}},
        {},
        ("WebsiteConfiguration",),
        {"IndexDocument": "index.html"},
    ),
    "storage.no-open-cors": case(
        BUCKET,
        {"CorsConfiguration": {"CorsRules": [{"AllowedOrigins": ["*"]}]}},
        {"CorsConfiguration": {"CorsRules": [{"AllowedOrigins": ["https://shop.example"]}]}},
        ("CorsConfiguration",),
        {"CorsRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]},
    ),
    "storage.access-logged": case(
        BUCKET,
        {"BucketName": "documents"},
        {"LoggingConfiguration": {"DestinationBucketName": "acme-access-logs"}},
        ("LoggingConfiguration",),
        {},
    ),
    "storage.key-of-ours": case(
        BUCKET,
        ENCRYPTION,
        encryption(
            {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "x"}}
        ),
        (*RULE, "ServerSideEncryptionByDefault", "KMSMasterKeyID"),
        "alias/aws/s3",
    ),
    "storage.no-customer-keys": case(
        BUCKET,
        ENCRYPTION,
        encryption({"BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}),
        (*RULE, "BlockedEncryptionTypes", "EncryptionType"),
        ["NONE"],
    ),
    "storage.aged": case(
        BUCKET,
        {"LifecycleConfiguration": {"Rules": [{"Status": "Disabled", "ExpirationInDays": 1}]}},
        {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationInDays": 1}]}},
        ("LifecycleConfiguration", "Rules", 1, "NoncurrentVersionExpiration"),
        {},
    ),
    "storage.uploads-aborted": case(
        BUCKET,
        {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationInDays": 1}]}},
        {
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Status": "Enabled",
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                    }
                ]
            }
        },
        ("LifecycleConfiguration", "Rules", 2, "Status"),
        "Disabled",
    ),
    "storage.locked": case(
        BUCKET,
        {"ObjectLockEnabled": True},
        {
            "ObjectLockEnabled": "true",
            "ObjectLockConfiguration": {
                "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}}
            },
        },
        ("ObjectLockConfiguration", "Rule"),
        {},
    ),
    "storage.copied-whole": case(
        BUCKET,
        {"ReplicationConfiguration": {"Rules": [{"Status": "Enabled"}]}},
        {
            "ReplicationConfiguration": {
                "Rules": [
                    {
                        "Status": "Enabled",
                        "SourceSelectionCriteria": {
                            "SseKmsEncryptedObjects": {"Status": "Enabled"}
                        },
                        "Destination": {"EncryptionConfiguration": {"ReplicaKmsKeyID": "x"}},
                    }
                ]
            }
        },
        ("ReplicationConfiguration", "Rules", 0, "Status"),
        "Disabled",
    ),
    "storage.events-told": case(
        BUCKET,
        {},
        {"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}},
        ("NotificationConfiguration",),
        {},
    ),
    "storage.tls-required": case(
        POLICY,
        {"PolicyDocument": {"Version": "2012-10-17", "Statement": []}},
        {"PolicyDocument": {"Version": "2012-10-17", "Statement": DENY_PLAIN_HTTP}},
        ("PolicyDocument", "Statement", 0, "Condition", "Bool", "aws:SecureTransport"),
        "true",
    ),
    "storage.no-foreign-control": case(
        POLICY,
        {"PolicyDocument": {"Statement": [ANOTHER | {"Action": "s3:*"}]}},
        {"PolicyDocument": {"Statement": [ANOTHER | {"Action": "s3:GetObject"}]}},
        ("PolicyDocument", "Statement", 1),
        ANOTHER | {"Action": "s3:Put*Policy", "Resource": "*"},
    ),
}
