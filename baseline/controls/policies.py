"""Policies: what must hold for every policy document, whatever it hangs on.

Keys have rules of their own, stricter than these, in `keys.py`; endpoints filter and do not
grant, so what they must say is in `network.py`; what the holder of a role may do is judged in
`identity.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from baseline.control import Severity, control
from baseline.controls import each
from baseline.policy import (
    IDENTITY_POLICIES,
    RESOURCE_POLICIES,
    ROLE,
    Statement,
    accounts,
    documents,
    every_statement,
    resource_policy,
    statements,
)
from baseline.resource import Resource

KEYS = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")
ENDPOINT = "AWS::EC2::VPCEndpoint"

DOORS = tuple(one for one in RESOURCE_POLICIES if one not in (*KEYS, ENDPOINT))
THINGS = tuple(one for one in DOORS if one != ROLE)
NOT_KEYS = tuple(one for one in sorted({*RESOURCE_POLICIES, *IDENTITY_POLICIES}) if one not in KEYS)
EVERY = tuple(sorted({*RESOURCE_POLICIES, *IDENTITY_POLICIES}))

# Services that act in a role for one host or function of the same account, and never on behalf
# of a stranger. Source: "The confused deputy problem" (IAM User Guide).
OWN_HOSTS = ("ec2.amazonaws.com", "lambda.amazonaws.com", "ssm.amazonaws.com")
VERSION = "2012-10-17"


@control(
    "policies.no-public-access",
    "No policy lets everyone in",
    on=DOORS,
    severity=Severity.CRITICAL,
)
def no_public_access(resource: Resource) -> Iterator[str]:
    """`*` is every AWS account in the world, and for many things everyone without one, too."""
    return each(resource_policy(resource), _public)


def _public(one: Statement) -> Iterator[str]:
    if one.allows and one.is_for_everyone and not one.says_who:
        yield f"statement {one.name} allows everyone, and no condition says who"


@control(
    "policies.no-not-principal",
    "No policy allows all but those it names",
    on=DOORS,
    severity=Severity.HIGH,
)
def no_not_principal(resource: Resource) -> Iterator[str]:
    """Whoever is left out of a list of exceptions is let in, strangers first."""
    return each(resource_policy(resource), partial(_negated, "NotPrincipal"))


@control(
    "policies.no-not-action",
    "No policy allows all actions but those it names",
    on=NOT_KEYS,
    severity=Severity.MEDIUM,
)
def no_not_action(resource: Resource) -> Iterator[str]:
    """Every action that AWS adds from now on is allowed unseen."""
    return each(every_statement(resource), partial(_negated, "NotAction"))


@control(
    "policies.no-not-resource",
    "No policy allows all resources but those it names",
    on=EVERY,
    severity=Severity.MEDIUM,
)
def no_not_resource(resource: Resource) -> Iterator[str]:
    """Everything that is created from now on is in reach of what was granted long before."""
    return each(every_statement(resource), partial(_negated, "NotResource"))


def _negated(word: str, one: Statement) -> Iterator[str]:
    if one.allows and word in one.body:
        yield f"statement {one.name} allows with {word}"


@control(
    "policies.no-wildcard-action",
    "No policy of a resource allows every action",
    on=THINGS,
    severity=Severity.MEDIUM,
)
def no_wildcard_action(resource: Resource) -> Iterator[str]:
    """Using a thing, deleting it and rewriting this very policy are three jobs."""
    return each(resource_policy(resource), _every_action)


def _every_action(one: Statement) -> Iterator[str]:
    if one.allows:
        for action in one.actions:
            if action == "*" or action.endswith(":*"):
                yield f"statement {one.name} allows {action}"


@control(
    "policies.services-confined",
    "Services are let in for this account only",
    on=tuple(one for one in RESOURCE_POLICIES if one != ENDPOINT),
    severity=Severity.MEDIUM,
)
def services_confined(resource: Resource) -> Iterator[str]:
    """A service works for every customer; without a source, a stranger can send it here."""
    return each(resource_policy(resource), _deputy)


def _deputy(one: Statement) -> Iterator[str]:
    if not one.allows:
        return
    services = [name for name in one.principals("Service") if name not in OWN_HOSTS]
    confined = any(
        key.startswith(("aws:source", "kms:encryptioncontext:", "kms:calleraccount"))
        or key in ("kms:viaservice", "sts:externalid", "aws:principalorgid")
        for key in one.condition_keys
    )
    if services and not confined:
        yield f"statement {one.name} lets {services[0]} in with no condition on its source"


@control(
    "policies.no-foreign-account",
    "No policy of a resource names an account by number",
    on=tuple(one for one in THINGS if one not in ("AWS::S3::BucketPolicy", "AWS::S3::AccessPoint")),
    severity=Severity.MEDIUM,
)
def no_foreign_account(resource: Resource) -> Iterator[str]:
    """An account of ours needs no number here; any other is a stranger until somebody answers."""
    return each(resource_policy(resource), _foreign)


def _foreign(one: Statement) -> Iterator[str]:
    if one.allows:
        for principal in one.principals("AWS"):
            for account in accounts(principal):
                yield f"statement {one.name} lets account {account} in"


@control(
    "policies.version-stated",
    "Policies are written in the current language",
    on=EVERY,
    severity=Severity.LOW,
)
def version_stated(resource: Resource) -> Iterator[str]:
    """Without a version it is that of 2008, in which ${aws:username} is mere text."""
    for document in documents(resource):
        if isinstance(document, Mapping) and statements(document):
            version = document.get("Version")
            if str(version) != VERSION:
                yield f"Version is {version or 'left out'}, not {VERSION}"
