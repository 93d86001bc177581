"""Keys: who may use one, through what, for what."""

from __future__ import annotations

from typing import Any

import pytest

from tests.samples import edited, of_type, properties, stack, statements

KEYS = stack("acme-prod-keys")
ROOT_OF_ACCOUNT = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
READS = {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom"}


def policies() -> list[tuple[str, str, Any]]:
    """Every statement of every key: key, Sid, statement."""
    return [
        (key, sid, statement)
        for key, body in of_type(KEYS, "AWS::KMS::Key").items()
        for sid, statement in statements(body["KeyPolicy"]).items()
    ]


def actions(statement: Any) -> set[str]:
    """Actions of a statement."""
    found = statement["Action"]
    return {found} if isinstance(found, str) else set(found)


def test_one_key_per_purpose_and_per_asset_that_demands_one() -> None:
    """Data, logs, backup, and orders because their confidentiality is high."""
    assert set(of_type(KEYS, "AWS::KMS::Key")) == {
        "DataKey",
        "LogsKey",
        "BackupKey",
        "AssetOrdersKey",
    }
    assert "AssetOrdersKey" not in stack("acme-staging-keys").resources


def test_keys_stand_in_every_region_that_is_used() -> None:
    """The same bytes at home and where copies go."""
    assert KEYS.regions == ("eu-central-1", "eu-west-1")


@pytest.mark.parametrize(("key", "sid", "statement"), policies())
def test_principals_are_named(key: str, sid: str, statement: Any) -> None:
    """The account, or one service; never everyone."""
    services = ({"Service": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}},)
    assert statement["Principal"] in (ROOT_OF_ACCOUNT, *services), (key, sid)


@pytest.mark.parametrize(("key", "sid", "statement"), policies())
def test_managing_and_reading_are_apart(key: str, sid: str, statement: Any) -> None:
    """What manages a key reads nothing; what reads is tied to a service or a context."""
    assert not [action for action in actions(statement) if "*" in action], (key, sid)
    if sid == "ManageByIam":
        assert not actions(statement) & READS
        assert {"kms:PutKeyPolicy", "kms:DescribeKey"} <= actions(statement)
    else:
        condition = statement["Condition"]
        via = condition.get("StringEquals", {}).get("kms:ViaService")
        context = condition.get("ArnLike", {}).get("kms:EncryptionContext:aws:logs:arn")
        assert via or context, (key, sid)


def test_use_is_narrowed_by_account_and_context() -> None:
    """Buckets, queues and tables of this site only."""
    found = statements(properties(KEYS, "DataKey")["KeyPolicy"])
    for sid, context in (
        (
            "UseForBuckets",
            [
                {"Fn::Sub": "arn:${AWS::Partition}:s3:::acme-prod-*-" + suffix}
                for suffix in (
                    "${AWS::AccountId}-${AWS::Region}-an",
                    "${AWS::AccountId}-${AWS::Region}-an/*",
                )
            ],
        ),
        (
            "UseForQueues",
            {"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:acme-prod-*"},
        ),
        ("UseForTables", "acme-prod-*"),
    ):
        condition = found[sid]["Condition"]
        assert condition["StringEquals"]["kms:CallerAccount"] == {"Ref": "AWS::AccountId"}
        (operator,) = set(condition) - {"StringEquals"}
        assert list(condition[operator].values()) == [context]


def test_the_key_of_an_asset_serves_its_buckets_only() -> None:
    """Pictures, which serve another asset, cannot be encrypted with the key of orders."""
    found = statements(properties(KEYS, "AssetOrdersKey")["KeyPolicy"])["UseForBuckets"]
    names = [one["Fn::Sub"] for one in next(iter(found["Condition"]["ArnLike"].values()))]
    assert names
    assert all(":::acme-prod-documents-$" in name for name in names)


def test_an_asset_may_be_called_like_a_purpose() -> None:
    """Its key takes neither the name nor the alias of the data key."""
    made = edited(
        "acme",
        ("asset: orders", "asset: data"),
        ("name: orders", "name: data"),
        ("[orders]", "[data]"),
    )
    keys = next(one for one in made if one.name == KEYS.name)
    aliases = [body["AliasName"] for body in of_type(keys, "AWS::KMS::Alias").values()]
    assert "alias/acme-prod-asset-data" in aliases
    assert len(aliases) == len(set(aliases)) == 4


def test_grants_are_for_services_only() -> None:
    """A person or role cannot grant the key away."""
    for _, _, statement in policies():
        if "kms:CreateGrant" in actions(statement):
            assert statement["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


def test_every_key_rotates_and_waits_before_it_goes() -> None:
    """A year between rotations, thirty days before a deletion."""
    for body in of_type(KEYS, "AWS::KMS::Key").values():
        assert body["EnableKeyRotation"] is True
        assert body["RotationPeriodInDays"] == 365
        assert body["PendingWindowInDays"] == 30


def test_a_new_workload_never_rewrites_the_keys_that_are_there() -> None:
    """A bucket more adds at most a key of its own."""
    bucket = "\n      - name: more\n        asset: orders"
    last = "{after: 30 days, deep_after: 1 year}"
    made = edited("acme", (last, last + bucket))
    after = next(one for one in made if one.name == "acme-staging-keys")
    before = stack("acme-staging-keys")
    assert all(after.resources[name] == body for name, body in before.resources.items())
    assert set(after.resources) - set(before.resources) == {"AssetOrdersKey", "AssetOrdersKeyAlias"}
