"""Identity: what the holders of roles and policies may do, and who may take a role.

A policy is judged by what it allows on everything, or on everything of one kind (`role/*`): with a
name in its place, somebody has decided. What is allowed in so many words is told by the worst that
it leads to; `*` is told once. Who is let in by a document is judged in `policies.py`, too.

Sources: "Actions, resources, and condition keys for AWS services" (Service Authorization
Reference); the paths of escalation are those of Rhino Security Labs' "AWS IAM Privilege
Escalation" and of Bishop Fox's "iam-vulnerable".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from baseline.control import Severity, control, literal
from baseline.controls import each
from baseline.policy import (
    IDENTITY_POLICIES,
    ROLE,
    Statement,
    accounts,
    identity_policies,
    listed,
    resource_policy,
    text_of,
)
from baseline.resource import Resource

USER, GROUP, MANAGED = "AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::ManagedPolicy"
PERMISSION_SET = "AWS::SSO::PermissionSet"
HOLDERS = tuple(IDENTITY_POLICIES)
ATTACHED = {
    ROLE: "ManagedPolicyArns",
    USER: "ManagedPolicyArns",
    GROUP: "ManagedPolicyArns",
    PERMISSION_SET: "ManagedPolicies",
}
INLINE = {
    ROLE: "Policies",
    USER: "Policies",
    GROUP: "Policies",
    PERMISSION_SET: "InlinePolicy",
    "AWS::IAM::GroupPolicy": "PolicyDocument",
    "AWS::IAM::Policy": "PolicyDocument",
    "AWS::IAM::RolePolicy": "PolicyDocument",
    "AWS::IAM::UserPolicy": "PolicyDocument",
}

ADMINISTRATORS = ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess", "SystemAdministrator")

# Whoever may do one of these to anybody may do anything, in one step more.
PROMOTING = (
    "iam:addusertogroup",
    "iam:attachgrouppolicy",
    "iam:attachrolepolicy",
    "iam:attachuserpolicy",
    "iam:createaccesskey",
    "iam:createloginprofile",
    "iam:createpolicyversion",
    "iam:deleterolepermissionsboundary",
    "iam:deleteuserpermissionsboundary",
    "iam:putgrouppolicy",
    "iam:putrolepolicy",
    "iam:putuserpolicy",
    "iam:setdefaultpolicyversion",
    "iam:updateassumerolepolicy",
    "iam:updateloginprofile",
    "sso:attachmanagedpolicytopermissionset",
    "sso:createaccountassignment",
    "sso:putinlinepolicytopermissionset",
)
# Code of one's own, run in the role of what is there already; no role is passed.
RUNNING = (
    "cloudformation:updatestack",
    "codebuild:updateproject",
    "ec2-instance-connect:sendsshpublickey",
    "ec2:modifyinstanceattribute",
    "ecs:executecommand",
    "glue:updatedevendpoint",
    "glue:updatejob",
    "lambda:updatefunctioncode",
    "lambda:updatefunctionconfiguration",
    "sagemaker:createpresignednotebookinstanceurl",
    "ssm:sendcommand",
    "ssm:startsession",
)
SECRETS = (
    "secretsmanager:batchgetsecretvalue",
    "secretsmanager:getsecretvalue",
    "ssm:getparameter",
)
DECRYPTING = ("kms:decrypt", "kms:reencryptfrom")
STORES = (
    "dynamodb:deleteitem",
    "dynamodb:getitem",
    "dynamodb:putitem",
    "dynamodb:query",
    "dynamodb:scan",
    "rds-db:connect",
    "s3:deleteobject",
    "s3:getobject",
    "s3:putobject",
    "sqs:receivemessage",
)
BLINDING = (
    "cloudtrail:deletetrail",
    "cloudtrail:puteventselectors",
    "cloudtrail:stoplogging",
    "cloudtrail:updatetrail",
    "cloudwatch:deletealarms",
    "cloudwatch:disablealarmactions",
    "config:deleteconfigurationrecorder",
    "config:stopconfigurationrecorder",
    "ec2:deleteflowlogs",
    "guardduty:deletedetector",
    "guardduty:updatedetector",
    "logs:deleteloggroup",
    "logs:putretentionpolicy",
    "securityhub:disablesecurityhub",
)
# Conditions that narrow down which resource it is, or what may be done with it.
_NARROWING = (
    "aws:requesttag/",
    "aws:resourcetag/",
    "ecs:cluster",
    "iam:permissionsboundary",
    "iam:policyarn",
    "iam:resourcetag/",
    "kms:encryptioncontext:",
    "kms:resourcealiases",
    "secretsmanager:resourcetag/",
    "ssm:resourcetag/",
)
# What tells strangers apart, in the document that says who takes a role.
_TELLING = {
    "aws:multifactorauthpresent",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "sts:externalid",
}


# ---- what holders may do -------------------------------------------------------------------


@control(
    "identity.no-full-admin",
    "No policy allows everything",
    on=HOLDERS,
    severity=Severity.HIGH,
)
def no_full_admin(holder: Resource) -> Iterator[str]:
    """Whatever goes wrong with its holder goes wrong with the whole account."""
    return each(identity_policies(holder), _everything)


def _everything(one: Statement) -> Iterator[str]:
    if one.allows and {"*", "*:*"} & {*one.actions}:
        yield f"statement {one.name} allows every action"


@control(
    "identity.no-wildcard-service",
    "No policy allows all that a service can do",
    on=HOLDERS,
    severity=Severity.LOW,
)
def no_wildcard_service(holder: Resource) -> Iterator[str]:
    """Nobody needs all of it; and what AWS adds to the service later is allowed unseen."""
    return each(identity_policies(holder), _whole_service)


def _whole_service(one: Statement) -> Iterator[str]:
    if one.allows:
        for action in one.actions:
            if action.endswith(":*") and action != "*:*":
                yield f"statement {one.name} allows {action}"


def _on_everything(actions: Iterable[str], words: str) -> Callable[[Statement], Iterator[str]]:
    """Tell of a statement that allows one of some actions on everything, with no narrowing."""

    def judge(one: Statement) -> Iterator[str]:
        if not one.allows or {"*", "*:*"} & {*one.actions} or not one.wide_resources:
            return
        found = [action for action in actions if one.does(action)]
        if found and not any(key.startswith(_NARROWING) for key in one.condition_keys):
            yield f"statement {one.name} allows {found[0]} on {one.wide_resources[0]}: {words}"

    return judge


@control(
    "identity.no-self-promotion",
    "Nobody can give themselves more than they have",
    on=HOLDERS,
    severity=Severity.HIGH,
)
def no_self_promotion(holder: Resource) -> Iterator[str]:
    """A right to hand out rights, to anybody, is every right there is, one step later."""
    words = "its holder becomes an administrator with it"
    return each(identity_policies(holder), _on_everything(PROMOTING, words))


@control(
    "identity.no-code-in-others-roles",
    "Nobody runs code in the roles of whatever is there",
    on=HOLDERS,
    severity=Severity.HIGH,
)
def no_code_in_others_roles(holder: Resource) -> Iterator[str]:
    """Among all hosts and functions there is one with more rights than the holder has."""
    words = "its holder gets the rights of any of them"
    return each(identity_policies(holder), _on_everything(RUNNING, words))


@control(
    "identity.passes-named-roles",
    "Policies name the roles that may be passed to a service",
    on=HOLDERS,
    severity=Severity.HIGH,
)
def passes_named_roles(holder: Resource) -> Iterator[str]:
    """Whoever passes any role to a host or function of their own gets the strongest there is."""
    words = "also one with more rights"
    return each(identity_policies(holder), _on_everything(("iam:passrole",), words))


@control(
    "identity.passes-to-named-service",
    "Policies name the service that a role may be passed to",
    on=HOLDERS,
    severity=Severity.LOW,
)
def passes_to_named_service(holder: Resource) -> Iterator[str]:
    """A role that is meant for one service is often trusted by a second."""
    return each(identity_policies(holder), _passing)


def _passing(one: Statement) -> Iterator[str]:
    passes = one.allows and not one.wide_resources and one.does("iam:passrole")
    if passes and not {"*", "*:*"} & {*one.actions}:
        keys = {"iam:passedtoservice", "iam:associatedresourcearn"}
        if not keys & one.condition_keys:
            yield f"statement {one.name} allows iam:PassRole without iam:PassedToService"


@control(
    "identity.takes-named-roles",
    "Policies name the roles that may be taken",
    on=HOLDERS,
    severity=Severity.HIGH,
)
def takes_named_roles(holder: Resource) -> Iterator[str]:
    """Every role that trusts this account is then in reach, in other accounts too."""
    words = "also one with more rights"
    return each(identity_policies(holder), _on_everything(("sts:assumerole",), words))


@control(
    "identity.reads-named-secrets",
    "Policies name the secrets that may be read",
    on=HOLDERS,
    severity=Severity.HIGH,
)
def reads_named_secrets(holder: Resource) -> Iterator[str]:
    """The next secret that anybody stores is read as well."""
    return each(identity_policies(holder), _on_everything(SECRETS, "every secret, also later ones"))


@control(
    "identity.decrypts-with-named-keys",
    "Policies name the keys that may decrypt",
    on=HOLDERS,
    severity=Severity.MEDIUM,
)
def decrypts_with_named_keys(holder: Resource) -> Iterator[str]:
    """Where a key's policy trusts the account, this is the last door before all that it keeps."""
    return each(identity_policies(holder), _on_everything(DECRYPTING, "every key, also later ones"))


@control(
    "identity.reaches-named-stores",
    "Policies name the data that may be read and written",
    on=HOLDERS,
    severity=Severity.MEDIUM,
)
def reaches_named_stores(holder: Resource) -> Iterator[str]:
    """An application that is broken into gives away its own data, or everybody's."""
    return each(identity_policies(holder), _on_everything(STORES, "all data, also later ones"))


@control(
    "identity.no-blinding",
    "Nobody can switch off what watches",
    on=HOLDERS,
    severity=Severity.MEDIUM,
)
def no_blinding(holder: Resource) -> Iterator[str]:
    """It is the second thing that an intruder does."""
    return each(identity_policies(holder), _on_everything(BLINDING, "nobody sees what follows"))


@control(
    "identity.no-administrators",
    "Nobody is an administrator for good",
    on=tuple(ATTACHED),
    severity=Severity.HIGH,
)
def no_administrators(holder: Resource) -> Iterator[str]:
    """A program never needs it; a person needs it rarely, and for an hour."""
    for name in _attached(holder):
        if name in ADMINISTRATORS:
            yield f"{ATTACHED[holder.type]} has {name}"


@control(
    "identity.no-full-access",
    "Nobody has a policy of AWS for all of a service",
    on=tuple(ATTACHED),
    severity=Severity.MEDIUM,
)
def no_full_access(holder: Resource) -> Iterator[str]:
    """It is on everything in the account, and AWS changes what is in it."""
    for name in _attached(holder):
        if "FullAccess" in name and name not in ADMINISTRATORS:
            yield f"{ATTACHED[holder.type]} has {name}"


@control(
    "identity.no-inline-policies",
    "Policies stand by themselves, with a name and versions",
    on=tuple(INLINE),
    severity=Severity.LOW,
)
def no_inline_policies(holder: Resource) -> Iterator[str]:
    """What is written into a role is in no list, has no older version, and drifts unseen."""
    if listed(literal(holder.properties, INLINE[holder.type])):
        yield f"{INLINE[holder.type]} is a policy in line"


@control(
    "identity.no-lasting-credentials",
    "Nobody has a password or a key that lasts",
    on=(USER, "AWS::IAM::AccessKey"),
    severity=Severity.MEDIUM,
)
def no_lasting_credentials(user: Resource) -> Iterator[str]:
    """They hold until somebody ends them, wherever they have leaked to; roles end by themselves."""
    if user.type != USER:
        yield "is a key that does not end"
    elif literal(user.properties, "LoginProfile"):
        yield "LoginProfile gives a password"


@control(
    "identity.no-policies-on-users",
    "Policies are on roles and groups, not on users",
    on=(USER, MANAGED, "AWS::IAM::Policy", "AWS::IAM::UserPolicy"),
    severity=Severity.LOW,
)
def no_policies_on_users(resource: Resource) -> Iterator[str]:
    """Nobody finds again what one person was once given; a group is seen, and left."""
    if resource.type == "AWS::IAM::UserPolicy":
        yield "is a policy of one user"
    keys = ("Policies", "ManagedPolicyArns") if resource.type == USER else ("Users",)
    for key in keys:
        if listed(literal(resource.properties, key)):
            yield f"{key} is given"


# ---- who may take a role -------------------------------------------------------------------


@control(
    "identity.outsiders-need-id",
    "Other accounts take a role by a condition that tells them apart",
    on=ROLE,
    severity=Severity.MEDIUM,
)
def outsiders_need_id(role: Resource) -> Iterator[str]:
    """A provider works for many; without an id that only it and we know, any of them gets in."""
    return each(resource_policy(role), _outsiders)


def _outsiders(one: Statement) -> Iterator[str]:
    if one.allows and not one.condition_keys & _TELLING:
        for principal in one.principals("AWS"):
            for account in accounts(principal):
                yield f"statement {one.name} lets account {account} in with no sts:ExternalId"


@control(
    "identity.takers-named",
    "Roles name who may take them",
    on=ROLE,
    severity=Severity.LOW,
)
def takers_named(role: Resource) -> Iterator[str]:
    """`root` is everybody in the account whom some policy lets take roles, not its root user."""
    return each(resource_policy(role), _whole_account)


def _whole_account(one: Statement) -> Iterator[str]:
    if one.allows and not one.condition_keys & _TELLING:
        for principal in one.principals("AWS"):
            whole = principal.endswith(":root") or principal == "${AWS::AccountId}"
            if whole and not accounts(principal):
                yield f"statement {one.name} lets everybody in this account take the role"


@control(
    "identity.federation-confined",
    "Tokens from outside take a role only for whom it is meant",
    on=ROLE,
    severity=Severity.HIGH,
)
def federation_confined(role: Resource) -> Iterator[str]:
    """The same provider signs tokens for everyone's repositories and clusters, strangers' too."""
    return each(resource_policy(role), _federated)


def _federated(one: Statement) -> Iterator[str]:
    federated = one.principals("Federated")
    if not one.allows or not federated:
        return
    wanted = ("saml:aud",) if any("saml-provider" in who for who in federated) else (":sub",)
    bound = any(
        key.endswith(wanted)
        and not operator.startswith("forallvalues")
        and not operator.endswith("ifexists")
        and all(value.strip("*?") for value in values)
        for operator, key, values in one.conditions()
    )
    if not bound:
        yield f"statement {one.name} has no condition on {wanted[0].lstrip(':')}"


def _attached(holder: Resource) -> Iterator[str]:
    """Names of the policies of AWS that are attached."""
    for one in listed(literal(holder.properties, ATTACHED[holder.type])):
        name = text_of(one, ATTACHED[holder.type])
        if ":aws:policy/" in name or "iam::aws:" in name:
            yield name.rpartition("/")[2]
