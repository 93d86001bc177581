"""Secrets: what is one, what only looks like one. No value here was ever a secret."""

from __future__ import annotations

from typing import Any

import pytest

from baseline.control import TEMPLATE
from baseline.controls.secrets import not_in_resources, not_in_templates, parameters_hidden
from baseline.resource import Resource

RANDOM = "q8Zr1xKf7Lw0Ye3Vb6Tn2Pd9Hs4Jg5Mc" + "aXuRoQ1e"


def found(properties: dict[str, Any], **attributes: Any) -> list[str]:
    """What is wrong with a resource."""
    return list(not_in_resources.judge(Resource("s", "R", "T", properties, attributes)))


def in_template(**sections: Any) -> list[str]:
    """What is wrong with a template."""
    whole = Resource("s", "", TEMPLATE, sections, {})
    return [*not_in_templates.judge(whole), *parameters_hidden.judge(whole)]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("-----BEGIN RSA PRIVATE " + "KEY-----\nMIIE", "a private key"),
        ("-----BEGIN " + "PRIVATE KEY-----", "a private key"),
        ("id = AKIA" + "IOSFODNN7EXAMPLE", "an access key of AWS"),
        ("token ghp_" + "a1B2" * 9, "a token of GitHub"),
        ("glpat-" + "a1B2" * 5, "a token of GitLab"),
        ("xoxb-" + "1234567890-x", "a token of Slack"),
        ("sk_live_" + "a1B2" * 4, "a key of Stripe"),
        ("AIza" + "a1B2c" * 7, "a key of Google"),
        ("postgres://app:hunter2@db.example:5432/orders", "a password in an address"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0." + "a1B2" * 4, "a signed token"),
        (RANDOM, "40 characters that look random"),
        ("export API_KEY=" + RANDOM[:20], "what API_KEY says is a secret"),
    ],
)
def test_forms_of_secrets(text: str, what: str) -> None:
    """Each is told of by what it is, wherever it stands, and never repeated."""
    (message,) = found({"UserData": {"Fn::Base64": {"Fn::Sub": text}}})
    assert message.startswith(f"UserData.Fn::Base64.Fn::Sub holds {what}")
    assert text not in message


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRole",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMWvgtt6E5N3I/QJ/s/gRtrZNDKMbC9kGmfvX5wJkilr alice",
        "{{resolve:secretsmanager:acme/orders:SecretString:password}}",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "password = ${DatabasePassword}",
        "PASSWORD=$(aws secretsmanager get-secret-value --secret-id orders)",
        "password_authentication: no",
        "https://user@example.com/path",
        "postgres://app:${Password}@db.example/orders",
        "AmazonEC2ContainerServiceforEC2RoleAndOtherThingsWithVeryLongNames2",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        "sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC",
        "HandlerServiceRoleDefaultPolicyCBD0CC91",
    ],
)
def test_what_only_looks_like_one(text: str) -> None:
    """Names, public keys, digests and what stands for a value pass."""
    assert found({"Text": text}) == []


@pytest.mark.parametrize(
    ("properties", "count"),
    [
        ({"Password": "hunter2"}, 1),
        ({"ClientSecret": "hunter2"}, 1),
        ({"Password": {"Ref": "Password"}}, 0),
        ({"HttpTokens": "required"}, 0),
        ({"SecretId": "acme/orders"}, 0),
        ({"MasterUserPassword": "hunter2"}, 0),
        ({"Environment": [{"Name": "DB_PASSWORD", "Value": "hunter2"}]}, 1),
        ({"Environment": [{"Name": "DB_HOST", "Value": "hunter2"}]}, 0),
        ({"Type": "String", "Name": "/acme/db/password", "Value": "hunter2"}, 1),
        ({"UserData": "IyEvYmluL3NoCmlkPUFLSUFJT1NGT0ROTjdFWEFNUExFCg=="}, 1),
    ],
    ids=str,
)
def test_names_of_secrets(properties: dict[str, Any], count: int) -> None:
    """A word is a secret by the name of what holds it, or beside it; databases tell themselves."""
    assert len(found(properties)) == count


def test_metadata_and_lines() -> None:
    """What stands beside the properties counts; the line inside a text is told."""
    text = "one\ntwo\nid: AKIA" + "IOSFODNN7EXAMPLE"
    (message,) = found({}, Metadata={"AWS::CloudFormation::Init": {"content": text}})
    assert message.endswith("an access key of AWS, in line 3")


def test_sections_of_a_template() -> None:
    """Defaults and outputs are looked at; a hidden parameter must not be shown."""
    assert in_template() == []
    hidden = {"Password": {"Type": "String", "NoEcho": True}}
    assert in_template(Parameters=hidden) == []
    shown = in_template(Parameters=hidden, Outputs={"O": {"Value": {"Ref": "Password"}}})
    assert shown == ["Outputs.O shows Password, which is hidden elsewhere"]
    assert in_template(Parameters={"DbPassword": {"Type": "String"}}) == [
        "Parameters.DbPassword is not NoEcho"
    ]
    of_ssm = {"DbPassword": {"Type": "AWS::SSM::Parameter::Value<String>"}}
    assert in_template(Parameters=of_ssm) == []
    assert len(in_template(Outputs={"O": {"Value": "id AKIA" + "IOSFODNN7EXAMPLE"}})) == 1
