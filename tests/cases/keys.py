"""Keys: the three cases of each control."""

from __future__ import annotations

from tests.cases import case

NAMED = {"Effect": "Allow", "Principal": {"AWS": "arn:x"}, "Action": "kms:Decrypt"}
ANOTHER = {"Principal": {"AWS": ["arn:aws:iam::999988887777:root"]}}
FOR_SERVICES = {"Condition": {"Bool": {"kms:GrantIsForAWSResource": True}}}
KEY = ("AWS::KMS::Key", "acme-prod-keys", "DataKey")

CASES = {
    "keys.rotated": case(KEY, {}, {"EnableKeyRotation": True}, ("EnableKeyRotation",), False),
    "keys.no-foreign-use": case(
        KEY,
        {"KeyPolicy": {"Statement": {"Effect": "Allow", "Principal": {"AWS": ["*"]}}}},
        {"KeyPolicy": {"Statement": [NAMED]}},
        ("KeyPolicy", "Statement", 1, "Principal"),
        "*",
    ),
    "keys.no-blanket-use": case(
        KEY,
        {"KeyPolicy": {"Statement": [NAMED | {"Action": "kms:*"}]}},
        {"KeyPolicy": {"Statement": [NAMED]}},
        ("KeyPolicy", "Statement", 0, "Action"),
        ["kms:*"],
    ),
    "keys.deletion-waits": case(
        KEY,
        {"PendingWindowInDays": "7"},
        {"PendingWindowInDays": 14},
        ("PendingWindowInDays",),
        13,
    ),
    "keys.lockout-checked": case(
        KEY,
        {"BypassPolicyLockoutSafetyCheck": "true"},
        {"BypassPolicyLockoutSafetyCheck": False},
        ("BypassPolicyLockoutSafetyCheck",),
        True,
    ),
    "keys.enabled": case(KEY, {"Enabled": "false"}, {}, ("Enabled",), False),
    "keys.grants-for-services": case(
        KEY,
        {"KeyPolicy": {"Statement": [NAMED | {"Action": "kms:Create*"}]}},
        {"KeyPolicy": {"Statement": [NAMED | {"Action": "kms:CreateGrant"} | FOR_SERVICES]}},
        ("KeyPolicy", "Statement", 0, "Action", 0),
        "kms:CreateGrant",
    ),
    "keys.outsiders-confined": case(
        KEY,
        {"KeyPolicy": {"Statement": [NAMED | ANOTHER]}},
        {"KeyPolicy": {"Statement": [NAMED | ANOTHER | FOR_SERVICES]}},
        ("KeyPolicy", "Statement", 0, "Principal", "AWS"),
        ["999988887777"],
    ),
}
