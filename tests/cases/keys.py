"""Keys: the three cases of each control."""

from __future__ import annotations

from tests.cases import case

NAMED = {"Effect": "Allow", "Principal": {"AWS": "arn:x"}, "Action": "kms:Decrypt"}
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
}
