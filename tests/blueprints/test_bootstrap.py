"""Bootstrap: who may deploy, what with, and what stays out of reach."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest

from baseline.blueprints.bootstrap import LONGEST_POLICY
from baseline.cloud import MOST_INLINE_BYTES
from baseline.deployed import handed_in
from baseline.generate import generate
from baseline.load import loads
from baseline.permissions import EXECUTING
from baseline.stack import Stack
from tests.samples import of_type, properties, stacks, statements

PROFILE = """\
version: 1
organization: {name: acme}
regions: {home: eu-west-1, recovery: eu-central-1}
bootstrap: BOOTSTRAP
environments:
  - {name: prod, account: "111122223333", network: {cidr: 10.0.0.0/16}}
  - {name: test, account: "444455556666", network: {cidr: 10.2.0.0/16}}
"""
PIPELINES = """
  pipelines:
    - {provider: github, repository: acme/infra}
    - {provider: gitlab, repository: acme/group/infra, branch: release}
"""


def made(bootstrap: str = PIPELINES) -> list[Stack]:
    """Stacks of bootstrap for a profile."""
    text = PROFILE.replace("BOOTSTRAP", bootstrap)
    found = generate(loads(text.encode(), "p.yaml")[0])
    return [one for one in found if one.name.endswith("-bootstrap")]


@pytest.fixture(scope="module")
def stack() -> Stack:
    """The stack of the first account."""
    return made()[0]


def allowed(stack: Stack, role: str) -> list[dict[str, Any]]:
    """Statements of all policies of a role."""
    return [
        statement
        for one in of_type(stack, "AWS::IAM::ManagedPolicy").values()
        if one.get("Roles") == [{"Ref": role}]
        for statement in one["PolicyDocument"]["Statement"]
    ]


def actions(found: list[dict[str, Any]]) -> set[str]:
    """Actions that statements allow."""
    listed = (one["Action"] for one in found if one["Effect"] == "Allow")
    return {name for one in listed for name in ([one] if isinstance(one, str) else one)}


def test_only_where_it_is_asked_for() -> None:
    """A profile that does not speak of it gets none by `generate`."""
    assert not [one for name in ("minimal",) for one in stacks(name) if "bootstrap" in one.name]


def test_once_for_each_account_in_the_home_region() -> None:
    """Roles have no region."""
    assert [one.name for one in made()] == ["acme-prod-bootstrap", "acme-test-bootstrap"]
    assert {one.regions for one in made()} == {("eu-west-1",)}


def test_it_needs_no_bucket_itself(stack: Stack) -> None:
    """The bucket for long templates is what it makes."""
    assert len(handed_in(stack).encode()) <= MOST_INLINE_BYTES


def test_every_role_has_a_boundary_and_is_out_of_its_own_reach(stack: Stack) -> None:
    """Their path is not where the names of what we deploy begin."""
    for name in ("Deploy", "Execute", "Read"):
        role = properties(stack, f"{name}Role")
        assert role["Path"] == "/baseline/"
        assert role["PermissionsBoundary"]["Ref"] in stack.resources
    own = "arn:aws:iam::1:role/baseline/acme-deploy"
    for statement in (
        *allowed(stack, "ExecuteRole"),
        *properties(stack, "ExecuteBoundary")["PolicyDocument"]["Statement"],
    ):
        listed = statement["Action"]
        names = [listed] if isinstance(listed, str) else listed
        changing = any(fnmatchcase("iam:PutRolePolicy", name) for name in names)
        if changing:
            text = json.dumps(statement["Resource"])
            assert '"*"' not in text
            for resource in statement["Resource"]:
                pattern = resource["Fn::Sub"].replace("${AWS::Partition}", "aws")
                assert not fnmatchcase(own, pattern.replace("${AWS::AccountId}", "1"))


def test_cloudformation_may_do_what_our_types_need(stack: Stack) -> None:
    """Every action of the table that touches no data, and hardly another; the boundary too."""
    have = actions(allowed(stack, "ExecuteRole"))
    bound = actions(properties(stack, "ExecuteBoundary")["PolicyDocument"]["Statement"])
    data = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"}
    assert not data & have
    assert "iam:CreateUser" not in have
    for service in ("ec2", "rds", "autoscaling"):
        for name in EXECUTING[service]:
            assert f"{service}:{name}" in have
            assert any(fnmatchcase(f"{service}:{name}", one) for one in bound), name


def test_policies_are_short(stack: Stack) -> None:
    """Each well below what IAM takes."""
    for one in of_type(stack, "AWS::IAM::ManagedPolicy").values():
        text = json.dumps(one["PolicyDocument"], separators=(",", ":"))
        assert len(text) <= LONGEST_POLICY + 300


def test_pipelines_deploy_from_one_branch(stack: Stack) -> None:
    """By issuer, audience, repository and branch; reading is for pull requests, too."""
    deploy = statements(properties(stack, "DeployRole")["AssumeRolePolicyDocument"])
    github = deploy["TakeByGithub"]["Condition"]["StringEquals"]
    assert github == {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": ["repo:acme/infra:ref:refs/heads/main"],
    }
    gitlab = deploy["TakeByGitlab"]["Condition"]["StringEquals"]
    assert gitlab["gitlab.com:sub"] == ["project_path:acme/group/infra:ref_type:branch:ref:release"]
    read = statements(properties(stack, "ReadRole")["AssumeRolePolicyDocument"])
    subjects = read["TakeByGithub"]["Condition"]["StringEquals"][
        "token.actions.githubusercontent.com:sub"
    ]
    assert "repo:acme/infra:pull_request" in subjects


def test_who_reads_changes_nothing(stack: Stack) -> None:
    """No action of the reading role makes, changes or deletes."""
    verbs = ("Get", "List", "Describe", "Detect", "BatchGet", "Lookup")
    have = actions(allowed(stack, "ReadRole"))
    assert all(one.partition(":")[2].startswith(verbs) for one in have)
    assert "secretsmanager:GetSecretValue" not in have
    assert "s3:GetObject" not in have


def test_deploying_leaves_bootstrap_alone(stack: Stack) -> None:
    """Its own stack is denied by name."""
    denied = [one for one in allowed(stack, "DeployRole") if one["Effect"] == "Deny"]
    assert "-bootstrap/*" in denied[0]["Resource"]["Fn::Sub"]
    assert "cloudformation:ExecuteChangeSet" in denied[0]["Action"]


def test_providers_that_are_there_are_used() -> None:
    """An account has one for each issuer."""
    pipelines = PIPELINES + "  providers: external\n"
    one = made(pipelines)[0]
    assert not of_type(one, "AWS::IAM::OIDCProvider")
    deploy = statements(properties(one, "DeployRole")["AssumeRolePolicyDocument"])
    provider = deploy["TakeByGithub"]["Principal"]["Federated"]["Fn::Sub"]
    assert provider.endswith("oidc-provider/token.actions.githubusercontent.com")
