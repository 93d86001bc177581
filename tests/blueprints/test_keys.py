"""Keys: who may use one, through what, for what."""

from __future__ import annotations

from typing import Any

import pytest

from tests.samples import edited, of_type, properties, stack, statements

KEYS = stack("acme-prod-keys")
ROOT_OF_ACCOUNT = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
AUTO_SCALING = {
    "AWS": {
        "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/"
        "autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling_acme-prod"
    }
}
SHARED = {"AWS": [{"Fn::Sub": "arn:${AWS::Partition}:iam::444455556666:root"}]}
PRINCIPALS: dict[str, Any] = {
    "UseForLogGroups": {"Service": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}},
    "Publish": {
        "Service": [f"{name}.amazonaws.com" for name in ("cloudwatch", "events", "events.rds")]
    },
    "UseForHosts": AUTO_SCALING,
    "GrantToHosts": AUTO_SCALING,
    "PublishOfHosts": AUTO_SCALING,
    "StartFromSharedImages": SHARED,
    "GrantForSharedImages": SHARED,
    "GrantToTheirAutoScaling": SHARED,
}
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
    """Data, logs, backup, alerts, images, and orders because their confidentiality is high."""
    assert set(of_type(KEYS, "AWS::KMS::Key")) == {
        *("DataKey", "LogsKey", "BackupKey", "AlertsKey", "ImagesKey", "AssetOrdersKey"),
    }
    minimal = stack("tiny-prod-keys", "minimal")
    assert set(of_type(minimal, "AWS::KMS::Key")) == {"DataKey", "LogsKey", "BackupKey"}
    assert "AssetOrdersKey" not in stack("acme-staging-keys").resources


def test_keys_stand_in_every_region_that_is_used() -> None:
    """The same bytes at home and where copies go."""
    assert KEYS.regions == ("eu-central-1", "eu-west-1")


@pytest.mark.parametrize(("key", "sid", "statement"), policies())
def test_principals_are_named(key: str, sid: str, statement: Any) -> None:
    """The account, a service, Auto Scaling's role, accounts that share images; never everyone."""
    assert statement["Principal"] == PRINCIPALS.get(sid, ROOT_OF_ACCOUNT), (key, sid)


@pytest.mark.parametrize(("key", "sid", "statement"), policies())
def test_managing_and_reading_are_apart(key: str, sid: str, statement: Any) -> None:
    """What manages a key reads nothing; what reads is tied to a service or a context."""
    assert not [action for action in actions(statement) if "*" in action], (key, sid)
    condition = statement.get("Condition", {})
    if sid == "ManageByIam":
        assert not actions(statement) & READS
        assert {"kms:PutKeyPolicy", "kms:DescribeKey"} <= actions(statement)
    elif statement["Principal"] == AUTO_SCALING:
        # Only the service can take this role, so it stands for the service.
        assert "kms:CreateGrant" not in actions(statement) or condition
    elif sid == "GrantToTheirAutoScaling":
        assert set(condition) == {"ArnLike", "ForAllValues:StringEquals"}
    elif sid == "Publish":
        assert condition == {
            "StringEqualsIfExists": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        }
    else:
        via = condition.get("StringEquals", {}).get("kms:ViaService")
        context = condition.get("ArnLike", {}).get("kms:EncryptionContext:aws:logs:arn")
        assert via or context, (key, sid)


def test_keys_of_hosts_name_the_role_that_starts_them() -> None:
    """KMS takes only a principal that exists, so the role's stack comes first."""
    found = statements(properties(KEYS, "DataKey")["KeyPolicy"])
    assert found["UseForHosts"]["Principal"] == AUTO_SCALING
    assert KEYS.after == ("acme-prod-identity",)
    role = properties(stack("acme-prod-identity"), "AutoScalingRole")
    assert role["CustomSuffix"] == "acme-prod"
    assert AUTO_SCALING["AWS"]["Fn::Sub"].endswith("/AWSServiceRoleForAutoScaling_acme-prod")
    own = statements(properties(KEYS, "AssetOrdersKey")["KeyPolicy"])
    assert "UseForHosts" not in own, "no host serves orders"
    assert stack("tiny-prod-keys", "minimal").after == ()


def test_shared_images_are_read_through_ec2_only() -> None:
    """The accounts that the profile names, and these neither encrypt nor manage."""
    found = statements(properties(KEYS, "ImagesKey")["KeyPolicy"])
    assert actions(found["StartFromSharedImages"]) == {
        *("kms:Decrypt", "kms:DescribeKey", "kms:ReEncryptFrom"),
    }
    to_hosts = found["GrantToTheirAutoScaling"]["Condition"]
    (role,) = to_hosts["ArnLike"]["kms:GranteePrincipal"]
    assert role["Fn::Sub"].endswith(
        "::444455556666:role/aws-service-role/autoscaling.amazonaws.com/*"
    )
    assert "Decrypt" in to_hosts["ForAllValues:StringEquals"]["kms:GrantOperations"]
    staging = statements(properties(stack("acme-staging-keys"), "ImagesKey")["KeyPolicy"])
    assert "StartFromSharedImages" not in staging


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
    assert len(aliases) == len(set(aliases)) == 6


def test_grants_are_for_services_only() -> None:
    """A person or role cannot grant the key away, but for images to Auto Scaling elsewhere."""
    for _, sid, statement in policies():
        if "kms:CreateGrant" in actions(statement) and sid != "GrantToTheirAutoScaling":
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
