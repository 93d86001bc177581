"""Accounts: the three cases of each control; bad and good are all resources of an account."""

from __future__ import annotations

from tests.cases import case

TABLE = {"Type": "AWS::DynamoDB::Table", "Properties": {}}
SELECTION = {
    "Type": "AWS::Backup::BackupSelection",
    "Properties": {
        "BackupPlanId": "plan",
        "BackupSelection": {
            "SelectionName": "orders",
            "IamRoleArn": "arn:aws:iam::111122223333:role/Backup",
            "Resources": [{"Fn::GetAtt": ["Orders", "Arn"]}],
        },
    },
}
KEY = "arn:aws:kms:eu-west-1:111122223333:key/{0}"


def topics(*keys: str) -> dict[str, object]:
    """A topic in each of two accounts, each with a key."""
    names = ("prod", "staging")
    return {
        name: {
            "Resources": {
                "Topic": {
                    "Type": "AWS::SNS::Topic",
                    "Properties": {"KmsMasterKeyId": KEY.format(key)},
                }
            }
        }
        for name, key in zip(names, keys, strict=True)
    }


CASES = {
    "accounts.data-backed-up": case(
        ("", "acme-prod-logs", "FlowLogGroup"),
        {"Orders": TABLE},
        {"Orders": TABLE, "Selection": SELECTION},
        ("../Type",),
        "AWS::FSx::FileSystem",
    ),
    "accounts.keys-apart": case(
        ("", "acme-staging-bucket-fixtures", "Bucket"),
        topics("aaaa", "aaaa"),
        topics("aaaa", "bbbb"),
        ("Tags",),
        [{"Key": "Shares", "Value": {"Fn::ImportValue": "acme-prod-keys-DataKeyArn"}}],
    ),
}
