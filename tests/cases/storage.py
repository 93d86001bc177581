"""Storage: the three cases of each control."""

from __future__ import annotations

from tests.cases import case

ENCRYPTION = {
    "BucketEncryption": {
        "ServerSideEncryptionConfiguration": [
            {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        ]
    }
}
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
}
