"""Secret: what is never shown."""

from __future__ import annotations

import pytest

from baseline.change import MISSING, Edit
from baseline.secret import clear, hidden, is_secret, redacted


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MasterUserPassword", "x"),
        ("SecretString", "abc"),
        ("AuthToken", "abcdefgh"),
        ("ClientSecret", "abc"),
        ("DB_PASSWORD", "hunter2"),
        ("API_KEY", "abc"),
        ("PrivateKey", "abc"),
        ("Any", "AKIAIOSFODNN7EXAMPLE"),
        ("Any", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("Url", "postgres://app:hunter2@db.internal/orders"),
        ("Any", "-----BEGIN RSA PRIVATE KEY-----\nMII"),
        ("Any", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
        ("Any", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    ],
)
def test_secret(name: str, value: str) -> None:
    """By its name, its shape, or because it looks random."""
    assert is_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BucketName", "acme-prod-documents-logs-eu-west-1"),
        ("SecretArn", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-AbCdEf"),
        ("PasswordLength", 14),
        ("SecretName", "orders"),
        ("MasterUserPassword", "{{resolve:secretsmanager:orders:SecretString:password}}"),
        ("ImageId", "ami-0123456789abcdef0"),
        ("Resource", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"),
        ("Action", "s3:GetObjectVersionTagging"),
        ("LogicalId", "PrivateSubnetRouteTableAssociation2"),
        ("Role", "AWSServiceRoleForElasticLoadBalancing"),
        ("Id", "0f8fad5b-d9cb-469f-a165-70867728950e"),
        ("Description", "Keeps what the shop stores; versions can be had back for 365 days"),
        ("Path", "/aws/lambda/OrdersFunction/production"),
        ("Enabled", True),
        ("MemorySize", 1024),
    ],
)
def test_no_secret(name: str, value: object) -> None:
    """What people must read to judge a change."""
    assert not is_secret(name, value)


def test_digests() -> None:
    """The same secret under the same salt, and no other way to tell."""
    assert hidden("a", "salt") == hidden("a", "salt")
    assert hidden("a", "salt") != hidden("b", "salt")
    assert hidden("a", "salt") != hidden("a", "pepper")
    assert len(hidden("a", "salt")) == len("secret:") + 8


def test_both_sides_are_hidden() -> None:
    """Also the one that would not be by itself."""
    edit = Edit(("Properties", "Value"), "plain words", "AKIAIOSFODNN7EXAMPLE")
    assert all(str(side).startswith("secret:") for side in clear(edit, "s"))
    added = Edit(("Properties", "MasterUserPassword"), MISSING, "x")
    assert clear(added, "s")[0] is MISSING
    assert "x" not in repr(added)


def test_inside_of_things() -> None:
    """In maps, in arrays, and where a name stands beside its value."""
    value = {
        "Environment": [{"Name": "DB_PASSWORD", "Value": "hunter2"}, {"Name": "A", "Value": "b"}],
        "Nested": {"Token": {"Ref": "X"}, "ClientSecret": "abc"},
    }
    found = redacted(value, "s")
    assert found["Environment"][0]["Value"].startswith("secret:")
    assert found["Environment"][1]["Value"] == "b"
    assert found["Nested"]["Token"] == {"Ref": "X"}
    assert found["Nested"]["ClientSecret"].startswith("secret:")
