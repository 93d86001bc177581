"""Policy: any policy document of AWS, read into statements that a control can judge.

Documents hang on keys, buckets, topics, queues, vaults, endpoints, roles and users, under a
property whose name differs; `RESOURCE_POLICIES` and `IDENTITY_POLICIES` are the two tables of
them. AWS takes one thing and a list of one alike, compares actions without regard to case, and
names of condition keys too; here all of that is one form. What an intrinsic decides cannot be
judged, and says so; text around a pseudo parameter is text.

Sources: "IAM JSON policy elements reference", "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from baseline.control import CannotJudge, literal
from baseline.resource import Reference, Resource, is_intrinsic

ROLE = "AWS::IAM::Role"

# Who may do what with the thing itself: type to property.
RESOURCE_POLICIES: Mapping[str, tuple[str, ...]] = {
    "AWS::ApiGateway::RestApi": ("Policy",),
    "AWS::Backup::BackupVault": ("AccessPolicy",),
    "AWS::DynamoDB::Table": ("ResourcePolicy", "PolicyDocument"),
    "AWS::EC2::VPCEndpoint": ("PolicyDocument",),
    "AWS::ECR::Repository": ("RepositoryPolicyText",),
    "AWS::EFS::FileSystem": ("FileSystemPolicy",),
    "AWS::Elasticsearch::Domain": ("AccessPolicies",),
    "AWS::Events::EventBus": ("Policy",),
    ROLE: ("AssumeRolePolicyDocument",),
    "AWS::KMS::Key": ("KeyPolicy",),
    "AWS::KMS::ReplicaKey": ("KeyPolicy",),
    "AWS::Kinesis::ResourcePolicy": ("ResourcePolicy",),
    "AWS::Logs::LogGroup": ("ResourcePolicyDocument",),
    "AWS::Logs::ResourcePolicy": ("PolicyDocument",),
    "AWS::OpenSearchService::Domain": ("AccessPolicies",),
    "AWS::S3::AccessPoint": ("Policy",),
    "AWS::S3::BucketPolicy": ("PolicyDocument",),
    "AWS::SNS::TopicInlinePolicy": ("PolicyDocument",),
    "AWS::SNS::TopicPolicy": ("PolicyDocument",),
    "AWS::SQS::QueueInlinePolicy": ("PolicyDocument",),
    "AWS::SQS::QueuePolicy": ("PolicyDocument",),
    "AWS::SecretsManager::ResourcePolicy": ("ResourcePolicy",),
}

# What whoever holds it may do: type to the properties that hold documents, or lists of them.
IDENTITY_POLICIES: Mapping[str, tuple[str, ...]] = {
    "AWS::IAM::Group": ("Policies",),
    "AWS::IAM::GroupPolicy": ("PolicyDocument",),
    "AWS::IAM::ManagedPolicy": ("PolicyDocument",),
    "AWS::IAM::Policy": ("PolicyDocument",),
    ROLE: ("Policies",),
    "AWS::IAM::RolePolicy": ("PolicyDocument",),
    "AWS::IAM::User": ("Policies",),
    "AWS::IAM::UserPolicy": ("PolicyDocument",),
    "AWS::SSO::PermissionSet": ("InlinePolicy",),
}

# Keys of conditions that say who asks, or for whom a service asks. With a value of its own, one
# of them keeps strangers out. Source: "The meaning of public" (Amazon S3).
_WHO = {
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "aws:vpcsourceip",
    "kms:calleraccount",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "sns:endpoint",
}
_POSITIVE = re.compile(
    r"(foranyvalue:)?(string(equals|equalsignorecase|like)|arn(equals|like)|ipaddress)"
)
_HOLE = re.compile(r"\$\{[^}]*\}")
_WIDE = re.compile(
    r"\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:(?:\*|\*/\*)|arn:[^:]*:(?!s3:)[^:]*:[^:]*:[^:]*:[A-Za-z-]+[/:]\*"
)
_ACCOUNT = re.compile(r"(?:^|:)(\d{12})(?::|$)")


@dataclass(frozen=True)
class Statement:
    """One statement: what it is called, and what it says."""

    name: str
    body: Mapping[str, Any]

    @property
    def allows(self) -> bool:
        """Say whether it allows; whatever else it says, it denies."""
        return str(literal(self.body, "Effect")).lower() == "allow"

    @property
    def actions(self) -> tuple[str, ...]:
        """Actions in small letters."""
        return tuple(str(one).lower() for one in _texts(self.body, "Action"))

    @property
    def resources(self) -> tuple[str, ...]:
        """Resources as text; what the template itself makes goes by a name in angle brackets."""
        return _texts(self.body, "Resource")

    @property
    def wide_resources(self) -> tuple[str, ...]:
        """Resources that are everything, or everything of one kind."""
        return tuple(one for one in self.resources if _WIDE.fullmatch(_HOLE.sub("x", one)))

    def principals(self, kind: str = "") -> tuple[str, ...]:
        """Principals as text, of one kind (`AWS`, `Service`, `Federated`) or of all."""
        found = literal(self.body, "Principal", default=())
        if not isinstance(found, Mapping):
            return () if kind not in ("", "AWS") else _texts(self.body, "Principal")
        kinds = [one for one in found if kind in ("", one)]
        return tuple(text for one in kinds for text in _texts(found, one))

    @property
    def is_for_everyone(self) -> bool:
        """Say whether `*` is among the principals."""
        return "*" in self.principals()

    def does(self, action: str) -> bool:
        """Say whether an action (in small letters) is among the actions, by name or wildcard."""
        return any(fnmatchcase(action, pattern) for pattern in self.actions)

    def conditions(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Operator and key in small letters, and the values as text."""
        for operator, keys in _items(literal(self.body, "Condition", default={})):
            for key in _items(literal([keys], 0, default={})):
                yield operator.lower(), key[0].lower(), _texts({"of": key[1]}, "of")

    @property
    def condition_keys(self) -> frozenset[str]:
        """Names of all keys that conditions look at."""
        return frozenset(key for _, key, _ in self.conditions())

    @property
    def says_who(self) -> bool:
        """Say whether a condition keeps strangers out.

        One that also holds where its key is missing (`IfExists`, `ForAllValues`) does not, nor
        does one that any value meets.
        """
        return any(
            _POSITIVE.fullmatch(operator) is not None
            and (key in _WHO or key.endswith((":aud", ":sub")))
            and all(_means_something(value) for value in values)
            for operator, key, values in self.conditions()
        )


def documents(resource: Resource) -> tuple[Any, ...]:
    """Every policy document of a resource, as it stands."""
    return (*_resource_documents(resource), *_identity_documents(resource))


def resource_policy(resource: Resource) -> tuple[Statement, ...]:
    """Statements of the document that says who may do what with a resource."""
    return tuple(one for document in _resource_documents(resource) for one in statements(document))


def identity_policies(resource: Resource) -> tuple[Statement, ...]:
    """Statements of all documents that say what the holder may do."""
    return tuple(one for document in _identity_documents(resource) for one in statements(document))


def every_statement(resource: Resource) -> tuple[Statement, ...]:
    """Statements of every document of a resource."""
    return (*resource_policy(resource), *identity_policies(resource))


def _resource_documents(resource: Resource) -> Iterator[Any]:
    path = RESOURCE_POLICIES.get(resource.type, ())
    found: Any = resource.properties
    for step in path:
        if is_intrinsic(found):
            break
        found = found.get(step) if isinstance(found, Mapping) else None
    if path and found is not None:
        yield found


def _identity_documents(resource: Resource) -> Iterator[Any]:
    for name in IDENTITY_POLICIES.get(resource.type, ()):
        held = resource.properties.get(name)
        if name != "Policies":
            yield held
            continue
        for one in listed(held):
            is_read = isinstance(one, Mapping) and not is_intrinsic(one)
            yield one.get("PolicyDocument") if is_read else one


def statements(document: Any) -> tuple[Statement, ...]:
    """Statements of a document, which may be JSON in text.

    One that cannot be read is a statement that no question can be put to.
    """
    if is_intrinsic(document):
        return (Statement("1", document),)
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            raise CannotJudge("the policy is text that is not JSON") from None
    found = []
    held = document.get("Statement") if isinstance(document, Mapping) else ()
    for index, body in enumerate(listed(held)):
        if isinstance(body, Mapping):
            found.append(Statement(str(body.get("Sid") or index + 1), body))
    return tuple(found)


def accounts(text: str) -> tuple[str, ...]:
    """Accounts that a principal or an ARN names by number."""
    return tuple(_ACCOUNT.findall(text))


def listed(value: Any) -> Sequence[Any]:
    """AWS takes one thing and a list of one alike."""
    if value is None:
        return ()
    return value if isinstance(value, (list, tuple)) else (value,)


def text_of(value: Any, name: str = "a value") -> str:
    """A value as text: joined and substituted text keeps its holes, a reference its name.

    What another stack exports is one thing that it made, so it has a name too. Raises CannotJudge
    where nothing can be read.
    """
    if isinstance(value, Reference):
        return f"<{value.stack}.{value.resource}.{value.attribute}>"
    if isinstance(value, Mapping) and len(value) == 1:
        key, argument = next(iter(value.items()))
        if key == "Fn::Sub":
            text = argument[0] if isinstance(argument, (list, tuple)) and argument else argument
            if isinstance(text, str):
                return text
        if key == "Fn::ImportValue":
            return f"<{argument}>"
        if key == "Ref" and str(argument).startswith("AWS::"):
            return f"${{{argument}}}"
        if key == "Fn::Join" and isinstance(argument, (list, tuple)) and len(argument) == 2:
            return str(argument[0]).join(text_of(part, name) for part in listed(argument[1]))
    return str(literal({name: value}, name))


def _texts(holder: Any, key: str) -> tuple[str, ...]:
    """Every value under a key as text."""
    value = holder.get(key) if isinstance(holder, Mapping) else None
    return tuple(text_of(one, key) for one in listed(value))


def _items(value: Any) -> Sequence[tuple[str, Any]]:
    return [(str(key), one) for key, one in value.items()] if isinstance(value, Mapping) else []


def _means_something(value: str) -> bool:
    """Say whether a value excludes anything: `*`, `arn:aws:iam::*:root` and the world do not."""
    if value in ("0.0.0.0/0", "::/0") or not value.strip("*?"):
        return False
    return not re.fullmatch(r"arn:[^:]*:[^:]*:[^:]*:\*?:\*", value)
