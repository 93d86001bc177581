"""Bootstrap: what deploying needs, as a stack of its own that `baseline bootstrap` makes.

Only where the profile says `bootstrap`, or that command asks; once per account, in the home region.
Three roles, below the path `/baseline/`, out of reach of each other and of what is deployed:

- *deploy* makes, shows and executes change sets of our stacks, and passes the role below on;
- *execute* is CloudFormation's: the actions that our types need (`permissions`), on things that
  have our name wherever IAM can tell, and nothing else;
- *read* sees what diff, drift and audit look at, and no data.

Boundaries keep all three from ever changing these roles and policies, or any user. Who
takes them: people of the account by single sign-on or with a second factor, and pipelines of the
named repositories by OIDC, the deploying role from one branch only. What our templates make may
hold roles, so whoever can have any template executed can make a role that has more than these
three; against that stands the review of templates, and nothing in IAM.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from troposphere import GetAtt, Ref, Sub, Tags, iam, kms, s3

from baseline.blueprints import (
    ACCOUNT,
    REGION,
    Draft,
    Site,
    allow,
    arn,
    bucket_arn,
    deny,
    policy,
    root,
)
from baseline.blueprints.buckets import (
    abort_uploads,
    deny_weak_transport,
    expire_versions,
    hardened,
    kept_policy,
)
from baseline.blueprints.keys import DELETION_DAYS, MANAGE, ROTATION_DAYS
from baseline.permissions import EXECUTING, READING
from baseline.profile import Pipeline
from baseline.regions import bucket_name
from baseline.stack import Stack

FOUNDATION = False

PATH = "/baseline/"
TEMPLATE_DAYS = 365
LONGEST_POLICY = 4_600  # of 6,144 characters; "IAM and AWS STS quotas"
SESSION_SECONDS = 3600

# Issuer, and the audience of its tokens. Sources: "Configuring OpenID Connect in Amazon Web
# Services" (GitHub), "Configure OpenID Connect in AWS to retrieve temporary credentials" (GitLab).
ISSUERS: Mapping[str, tuple[str, str]] = {
    "github": ("token.actions.githubusercontent.com", "sts.amazonaws.com"),
    "gitlab": ("gitlab.com", "https://gitlab.com"),
}

# What CloudFormation's own types never need of data, though a handler may mention it.
_DATA = frozenset(
    {
        *("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"),
        *("secretsmanager:GetSecretValue", "ssm:Get*", "ssm:GetParameter"),
        *("iam:AttachUserPolicy", "iam:AttachGroupPolicy", "iam:DetachUserPolicy"),
        *("iam:DetachGroupPolicy", "iam:DeleteRolePermissionsBoundary"),
    }
)
_KMS_DATA = ("Decrypt", "Encrypt", "GenerateDataKey", "ReEncrypt", "CreateGrant")


def stacks(site: Site) -> Iterator[Stack]:
    """One stack in the home region, where the profile asks for it."""
    if site.profile.bootstrap is None or site.environment is None:
        return
    draft = Draft(site, "bootstrap", "roles and a bucket for deploying", "bootstrap")
    _template_bucket(draft, site)
    organization = site.profile.organization.name
    bounds = _boundary(draft, "Execute", _most_of_executing(site), "the role of CloudFormation")
    providers = _providers(draft, site)
    execute = _role(
        draft,
        site,
        "Execute",
        "What CloudFormation may do for us",
        bounds,
        [
            allow(
                "TakeExecute",
                {"Service": "cloudformation.amazonaws.com"},
                ("sts:AssumeRole",),
                None,
                {"StringEquals": {"aws:SourceAccount": Ref("AWS::AccountId")}},
            )
        ],
    )
    _policies(draft, "Execute", execute, _executing(site))
    most = _most_of_looking(f"{organization}-execute")
    boundary = _boundary(draft, "People", most, "a role that people and pipelines take")
    takers = (*_people(), *_pipelines(site, providers, is_reading=False))
    deploy = _role(draft, site, "Deploy", "Makes and executes change sets", boundary, takers)
    _policies(draft, "Deploy", deploy, _deploying(site, execute))
    takers = (*_people(), *_pipelines(site, providers, is_reading=True))
    read = _role(draft, site, "Read", "Looks, for diff, drift and audit", boundary, takers)
    _policies(draft, "Read", read, _reading(site))
    for name, value, what in (
        ("ExecutionRoleArn", GetAtt(execute, "Arn"), "Role that CloudFormation takes"),
        ("DeployRoleArn", GetAtt(deploy, "Arn"), "Role that deploys"),
        ("ReadRoleArn", GetAtt(read, "Arn"), "Role that looks"),
        ("TemplateBucket", Ref("TemplateBucket"), "Bucket for templates over 51,200 bytes"),
    ):
        draft.export(name, value, what)
    yield draft.stack([site.profile.regions.home])


def _ours(site: Site) -> str:
    """What the names of all that we make begin with, in any environment."""
    return f"{site.profile.organization.name}-*"


# ---- the bucket ----------------------------------------------------------------------------


def _template_bucket(draft: Draft, site: Site) -> None:
    organization = site.profile.organization.name
    name = bucket_name(f"{organization}-templates", ACCOUNT, REGION)
    log_name = bucket_name(f"{organization}-deploy-access-logs", ACCOUNT, REGION)
    key = kms.Key(
        "TemplateKey",
        Description=f"{site.prefix}: encrypts templates that wait to be deployed",
        Enabled=True,
        EnableKeyRotation=True,
        RotationPeriodInDays=ROTATION_DAYS,
        KeySpec="SYMMETRIC_DEFAULT",
        KeyUsage="ENCRYPT_DECRYPT",
        MultiRegion=False,
        PendingWindowInDays=DELETION_DAYS,
        KeyPolicy=policy(
            allow("Manage", root(), MANAGE, "*"),
            allow(
                "UseByS3",
                root(),
                ("kms:Decrypt", "kms:GenerateDataKey"),
                "*",
                {
                    "StringEquals": {"kms:ViaService": Sub(f"s3.{REGION}.amazonaws.com")},
                    "ArnLike": {"kms:EncryptionContext:aws:s3:arn": bucket_arn(name)},
                },
            ),
        ),
        DeletionPolicy="Retain",
        UpdateReplacePolicy="Retain",
        Tags=Tags(Name=f"{organization}-templates"),
    )
    draft.add(key, "Encrypts templates that wait to be deployed")
    draft.add(
        kms.Alias(
            "TemplateKeyAlias",
            AliasName=f"alias/{organization}-templates",
            TargetKeyId=Ref(key),
        ),
        "Gives the key a name, by which the boundary knows it",
    )
    logs = hardened(
        "TemplateLogBucket",
        log_name,
        _encryption("AES256"),
        [
            s3.LifecycleRule(Id="ExpireLogs", Status="Enabled", ExpirationInDays=TEMPLATE_DAYS),
            expire_versions(30),
            abort_uploads(),
        ],
        Tags=Tags(Name=f"{organization}-deploy-access-logs"),
    )
    draft.add(logs, "Takes the access logs of the bucket for templates")
    deliver = allow(
        "DeliverBucketLogs",
        {"Service": "logging.s3.amazonaws.com"},
        ("s3:PutObject",),
        Sub("${TemplateLogBucket.Arn}/s3/*"),
        {
            "StringEquals": {"aws:SourceAccount": Ref("AWS::AccountId")},
            "ArnLike": {"aws:SourceArn": bucket_arn(name)},
        },
    )
    draft.add(
        kept_policy(
            "TemplateLogBucketPolicy",
            logs,
            [*deny_weak_transport("TemplateLogBucket"), deliver],
        ),
        "Lets S3 deliver access logs, and nobody over plain HTTP or old TLS",
    )
    templates = hardened(
        "TemplateBucket",
        name,
        _encryption("aws:kms", GetAtt(key, "Arn")),
        [
            s3.LifecycleRule(
                Id="ExpireTemplates", Status="Enabled", ExpirationInDays=TEMPLATE_DAYS
            ),
            expire_versions(30),
            abort_uploads(),
        ],
        LoggingConfiguration=s3.LoggingConfiguration(
            DestinationBucketName=Ref(logs), LogFilePrefix="s3/templates/"
        ),
        Tags=Tags(Name=f"{organization}-templates"),
    )
    draft.add(templates, "Takes templates that are too long for a request")
    draft.add(
        kept_policy("TemplateBucketPolicy", templates, deny_weak_transport("TemplateBucket")),
        "Refuses plain HTTP and old TLS",
    )


def _encryption(algorithm: str, key: Any = None) -> s3.ServerSideEncryptionRule:
    named = {"KMSMasterKeyID": key} if key is not None else {}
    return s3.ServerSideEncryptionRule(
        BucketKeyEnabled=key is not None,
        ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(
            SSEAlgorithm=algorithm, **named
        ),
        BlockedEncryptionTypes=s3.BlockedEncryptionTypes(EncryptionType=["SSE-C"]),
    )


# ---- who takes a role ----------------------------------------------------------------------


def _role(
    draft: Draft,
    site: Site,
    name: str,
    what: str,
    boundary: Any,
    takers: Sequence[dict[str, Any]],
) -> Any:
    role = iam.Role(
        f"{name}Role",
        RoleName=f"{site.profile.organization.name}-{name.lower()}",
        Path=PATH,
        Description=what,
        AssumeRolePolicyDocument=policy(*takers),
        MaxSessionDuration=SESSION_SECONDS,
        PermissionsBoundary=Ref(boundary),
    )
    return draft.add(role, what)


def _people() -> tuple[dict[str, Any], ...]:
    """People of the account: by single sign-on, or with a second factor."""
    sso = Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-reserved/sso.amazonaws.com/*")
    assume = ("sts:AssumeRole",)
    return (
        allow("TakeBySingleSignOn", root(), assume, None, {"ArnLike": {"aws:PrincipalArn": sso}}),
        allow(
            "TakeWithSecondFactor",
            root(),
            assume,
            None,
            {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        ),
    )


def _providers(draft: Draft, site: Site) -> dict[str, Any]:
    """Who signs the tokens of pipelines: made here, unless the account has it already."""
    assert site.profile.bootstrap is not None
    found: dict[str, Any] = {}
    for name in sorted({one.provider for one in site.profile.bootstrap.pipelines}):
        issuer, audience = ISSUERS[name]
        if site.profile.bootstrap.providers == "external":
            found[name] = arn("iam", f"oidc-provider/{issuer}", region="")
            continue
        provider = iam.OIDCProvider(
            f"{name.capitalize()}Provider",
            Url=f"https://{issuer}",
            ClientIdList=[audience],
            Tags=Tags(Name=f"{site.prefix}-{name}"),
        )
        draft.add(provider, f"Trusts tokens of {issuer}", "bootstrap.pipelines")
        found[name] = Ref(provider)
    return found


def _pipelines(
    site: Site, providers: Mapping[str, Any], *, is_reading: bool
) -> Iterator[dict[str, Any]]:
    """One statement for each issuer: its repositories, and for deploying their one branch."""
    assert site.profile.bootstrap is not None
    for name, provider in providers.items():
        issuer, audience = ISSUERS[name]
        subjects = [
            subject
            for one in site.profile.bootstrap.pipelines
            if one.provider == name
            for subject in _subjects(one, is_reading=is_reading)
        ]
        operator = "StringLike" if is_reading and name == "gitlab" else "StringEquals"
        conditions: dict[str, Any] = {"StringEquals": {f"{issuer}:aud": audience}}
        conditions.setdefault(operator, {})[f"{issuer}:sub"] = sorted(subjects)
        yield allow(
            f"TakeBy{name.capitalize()}",
            {"Federated": provider},
            ("sts:AssumeRoleWithWebIdentity",),
            None,
            conditions,
        )


def _subjects(one: Pipeline, *, is_reading: bool) -> tuple[str, ...]:
    """What the token of a run says it is for; reading is also for what is not merged yet."""
    if one.provider == "github":
        branch = f"repo:{one.repository}:ref:refs/heads/{one.branch}"
        return (branch, f"repo:{one.repository}:pull_request") if is_reading else (branch,)
    start = f"project_path:{one.repository}:ref_type:branch:ref:"
    return (f"{start}*",) if is_reading else (f"{start}{one.branch}",)


# ---- what a role may do --------------------------------------------------------------------


def _policies(draft: Draft, name: str, role: Any, statements: Iterable[dict[str, Any]]) -> None:
    """As many managed policies as the statements need, each well below the longest."""
    packs: list[list[dict[str, Any]]] = [[]]
    for statement in statements:
        for part in _split(statement):
            if _length([*packs[-1], part]) > LONGEST_POLICY:
                packs.append([])
            packs[-1].append(part)
    for number, pack in enumerate(packs, 1):
        suffix = "" if len(packs) == 1 else str(number)
        what = f"What the role {name.lower()} may do"
        draft.add(
            iam.ManagedPolicy(
                f"{name}Policy{suffix}",
                Path=PATH,
                Description=what,
                PolicyDocument=policy(*pack),
                Roles=[Ref(role)],
            ),
            what,
        )


def _split(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A statement in parts that fit into a policy."""
    actions = statement["Action"]
    if _length([statement]) <= LONGEST_POLICY or isinstance(actions, str):
        yield statement
        return
    middle = len(actions) // 2
    for number, part in enumerate((actions[:middle], actions[middle:]), 1):
        yield from _split({**statement, "Sid": f"{statement['Sid']}{number}", "Action": part})


def _length(statements: Sequence[dict[str, Any]]) -> int:
    return len(json.dumps(statements, default=lambda _: "x" * 80, separators=(",", ":")))


def _whole(service: str, names: Iterable[str]) -> list[str]:
    return [f"{service}:{name}" for name in names if f"{service}:{name}" not in _DATA]


def _executing(site: Site) -> Iterator[dict[str, Any]]:
    """Statements for CloudFormation, by how narrowly IAM can tell what they are about."""
    rest = []
    for service, names in EXECUTING.items():
        actions = _whole(service, names)
        if service == "iam":
            yield from _of_iam(site, actions)
        elif service == "kms":
            yield from _of_kms(site, actions)
        elif service in _NAMED:
            resources = [Sub(text) if "${" in text else text for text in _named(service, site)]
            reading = [one for one in actions if _only_reads(one)]
            yield allow(
                f"Use{_word(service)}", None, [a for a in actions if a not in reading], resources
            )
            rest += reading
        elif service == "ec2":
            yield _remove_flow_logs(site)
            rest += [one for one in actions if one != "ec2:DeleteFlowLogs"]
        else:
            rest += actions
    yield _read_parameters(site)
    yield allow("MakeOurTypes", None, sorted(rest), "*", _regions(site))


def _remove_flow_logs(site: Site) -> dict[str, Any]:
    """Only of networks of ours: what watches others is not ours to switch off."""
    tag = {"aws:ResourceTag/baseline:organization": site.profile.organization.name}
    return allow("RemoveFlowLogs", None, ("ec2:DeleteFlowLogs",), "*", {"StringEquals": tag})


def _read_parameters(site: Site) -> dict[str, Any]:
    """Parameters that templates read when they are deployed: ours, and the public ones of AWS."""
    parameters = [
        arn("ssm", f"parameter/{site.profile.organization.name}/*", region="*"),
        Sub("arn:${AWS::Partition}:ssm:*::parameter/aws/service/*"),
    ]
    actions = ("ssm:GetParameter", "ssm:GetParameters")
    return allow("ReadParameters", None, actions, parameters)


# Services whose things IAM knows by a name that begins with ours.
_NAMED: Mapping[str, tuple[str, ...]] = {
    "s3": ("arn:${AWS::Partition}:s3:::{ours}",),  # and its objects: * stands for / too
    "cloudwatch": ("arn:${AWS::Partition}:cloudwatch:*:${AWS::AccountId}:alarm:{ours}",),
    "logs": (
        "arn:${AWS::Partition}:logs:*:${AWS::AccountId}:log-group:/{organization}/*",
        "arn:${AWS::Partition}:logs:*:${AWS::AccountId}:log-group:RDSOSMetrics*",
        "arn:${AWS::Partition}:logs:*:${AWS::AccountId}:log-group:/aws/*/{ours}",
    ),
    "sns": ("arn:${AWS::Partition}:sns:*:${AWS::AccountId}:{ours}",),
    "events": ("arn:${AWS::Partition}:events:*:${AWS::AccountId}:rule/{ours}",),
    "secretsmanager": ("arn:${AWS::Partition}:secretsmanager:*:${AWS::AccountId}:secret:rds!*",),
}


def _named(service: str, site: Site) -> tuple[str, ...]:
    organization = site.profile.organization.name
    return tuple(
        text.replace("{ours}", _ours(site)).replace("{organization}", organization)
        for text in _NAMED[service]
    )


def _only_reads(action: str) -> bool:
    return action.partition(":")[2].startswith(("Get", "List", "Describe"))


def _word(service: str) -> str:
    return "".join(part.capitalize() for part in service.split("-"))


def _regions(site: Site) -> dict[str, Any]:
    """Only where the profile has anything; services without regions answer in us-east-1."""
    allowed = {*site.profile.regions.used, *site.profile.regions.allowed, "us-east-1"}
    return {"StringEquals": {"aws:RequestedRegion": sorted(allowed)}}


def _of_iam(
    site: Site, actions: Sequence[str], *, is_boundary: bool = False
) -> Iterator[dict[str, Any]]:
    """Roles, profiles and policies that have our name; passing them on to services only.

    For a boundary the statements are as few as can be.
    """
    reading = [one for one in actions if _only_reads(one)]
    linked = ("iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole")
    taken = {*reading, *linked}
    changing = [one for one in actions if one not in taken and not one.startswith("iam:Pass")]
    ours = [
        arn("iam", f"{kind}/{_ours(site)}", region="")
        for kind in ("role", "policy", "instance-profile")
    ]
    service_linked = arn("iam", "role/aws-service-role/*", region="")
    yield allow("ChangeOurRoles", None, changing, [*ours, service_linked] if is_boundary else ours)
    yield allow("ReadRoles", None, reading, "*")
    yield allow(
        "PassOurRoles",
        None,
        ("iam:PassRole",),
        arn("iam", f"role/{_ours(site)}", region=""),
        {"StringLike": {"iam:PassedToService": "*.amazonaws.com"}},
    )
    if not is_boundary:
        yield allow("MakeServiceLinkedRoles", None, linked, service_linked)


def _of_kms(site: Site, actions: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Keys: making them, managing ours by their tag, and their use by the aliases of ours only."""
    data = [one for one in actions if _is_data(one)]
    naming = [one for one in actions if one.endswith("Alias")]
    making = [
        one
        for one in actions
        if one not in data
        and (one.startswith(("kms:Create", "kms:Tag")) or _only_reads(one))
        and one not in naming
    ]
    managing = [one for one in actions if one not in {*data, *naming, *making}]
    keys = arn("kms", "key/*", region="*")
    aliases = arn("kms", f"alias/{_ours(site)}", region="*")
    tag = {"aws:ResourceTag/baseline:organization": site.profile.organization.name}
    yield allow("MakeKeys", None, making, "*")
    yield allow("ManageOurKeys", None, managing, keys, {"StringEquals": tag})
    yield allow(
        "NameKeys", None, ("kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"), [aliases, keys]
    )
    yield _use_our_keys(site, data)


def _is_data(action: str) -> bool:
    """Say whether an action of KMS touches what a key has encrypted, or hands that on."""
    return action.partition(":")[2].startswith(_KMS_DATA)


def _use_our_keys(site: Site, actions: Sequence[str]) -> dict[str, Any]:
    return allow(
        "UseOurKeys",
        None,
        actions,
        arn("kms", "key/*", region="*"),
        {"ForAnyValue:StringLike": {"kms:ResourceAliases": f"alias/{_ours(site)}"}},
    )


_LOOKING = (
    *("DescribeStacks", "ListStacks", "ListExports", "ListImports", "GetTemplate"),
    *("GetStackPolicy", "DescribeStackEvents", "DescribeStackResource", "ListStackResources"),
    *("DescribeStackResources", "DescribeStackResourceDrifts", "DetectStackDrift"),
    *("DetectStackResourceDrift", "DescribeStackDriftDetectionStatus", "DescribeChangeSet"),
    *("ListChangeSets", "GetTemplateSummary", "DescribeType", "GetResource", "ListResources"),
)
_CHANGING = (
    *("CreateChangeSet", "ExecuteChangeSet", "DeleteChangeSet", "DeleteStack"),
    *("ContinueUpdateRollback", "SetStackPolicy", "UpdateTerminationProtection"),
    *("TagResource", "UntagResource"),
)


def _deploying(site: Site, execute: Any) -> Iterator[dict[str, Any]]:
    """Change sets of our stacks, but not of this one; the bucket; the role that is passed on."""
    stacks_of_ours = arn("cloudformation", f"stack/{_ours(site)}/*", region="*")
    bootstraps = arn(
        "cloudformation", f"stack/{site.profile.organization.name}-*-bootstrap/*", region="*"
    )
    changing = [f"cloudformation:{name}" for name in _CHANGING]
    yield allow("Look", None, [f"cloudformation:{name}" for name in _LOOKING], "*")
    yield allow("Change", None, changing, stacks_of_ours)
    yield deny_for_role("LeaveBootstrapAlone", changing, bootstraps)
    yield allow(
        "PassExecute",
        None,
        ("iam:PassRole",),
        GetAtt(execute, "Arn"),
        {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
    )
    yield allow(
        "LayTemplates",
        None,
        ("s3:GetObject", "s3:PutObject"),
        Sub("${TemplateBucket.Arn}/*"),
    )
    yield allow(
        "EncryptTemplates",
        None,
        ("kms:Decrypt", "kms:GenerateDataKey"),
        GetAtt("TemplateKey", "Arn"),
    )


def deny_for_role(sid: str, actions: Sequence[str], resource: Any) -> dict[str, Any]:
    """A denial in a policy of a role, which names no principal."""
    return {key: one for key, one in deny(sid, actions, resource).items() if key != "Principal"}


def _reading(site: Site) -> Iterator[dict[str, Any]]:
    """What our types are like, never what they hold."""
    yield allow("Look", None, [f"cloudformation:{name}" for name in _LOOKING], "*")
    actions = sorted(one for service, names in READING.items() for one in _whole(service, names))
    yield allow("ReadOurTypes", None, actions, "*", _regions(site))


# ---- the boundary --------------------------------------------------------------------------


def _boundary(draft: Draft, name: str, statements: Sequence[dict[str, Any]], whom: str) -> Any:
    """The most that a role may do, whatever is attached to it one day.

    A boundary has one document of 6,144 characters, so it allows kinds of actions
    (`ec2:Create*`) where the policies of the roles name each.
    """
    return draft.add(
        iam.ManagedPolicy(
            f"{name}Boundary",
            Path=PATH,
            Description=f"The most that {whom} may do",
            PolicyDocument=policy(*statements),
        ),
        f"Bounds {whom}, whatever is attached to it one day",
    )


def _most_of_executing(site: Site) -> list[dict[str, Any]]:
    kinds, named = set(), set()
    for service, names in EXECUTING.items():
        kept = _whole(service, names)
        reading = _verbs(one for one in kept if _only_reads(one))
        changing = _verbs(one for one in kept if not _only_reads(one))
        if service == "s3":
            named |= reading | changing
        elif service in _NAMED:
            named |= changing
            kinds |= reading
        elif service not in ("iam", "kms"):
            kinds |= reading | changing
    things = [Sub(text) for service in _NAMED for text in _named(service, site)]
    data = [one for one in _kinds("kms") if _is_data(one)]
    return [
        allow("KindsOfActions", None, sorted(kinds), "*"),
        allow("OnWhatHasOurName", None, sorted(named), things),
        *_of_iam(site, _kinds("iam"), is_boundary=True),
        allow("ManageKeys", None, [one for one in _kinds("kms") if one not in data], "*"),
        _use_our_keys(site, data),
        _remove_flow_logs(site),
        _read_parameters(site),
    ]


def _most_of_looking(execute: str) -> list[dict[str, Any]]:
    """For the two roles that people and pipelines take: stacks, reading, templates, one role."""
    kinds = _verbs(f"cloudformation:{name}" for name in (*_LOOKING, *_CHANGING))
    for service, names in READING.items():
        kinds |= {
            f"{service}:{verb}*"
            for verb in ("BatchGet", "Describe", "Get", "List")
            if f"{service}:{verb}" not in _NOT_A_KIND and service != "s3"
            if any(one.startswith(verb) for one in names)
        }
    reading = _whole("s3", READING.get("s3", ()))
    apart = [one for one in _whole("ssm", READING.get("ssm", ())) if one.startswith("ssm:Get")]
    return [
        allow("KindsOfActions", None, sorted(kinds), "*"),
        allow("ReadOthers", None, sorted({*reading, *apart}), "*"),
        allow("Templates", None, ("s3:GetObject", "s3:PutObject"), Sub("${TemplateBucket.Arn}/*")),
        allow(
            "TemplateKey",
            None,
            ("kms:Decrypt", "kms:GenerateDataKey"),
            GetAtt("TemplateKey", "Arn"),
        ),
        allow(
            "PassExecute",
            None,
            ("iam:PassRole",),
            arn("iam", f"role{PATH}{execute}", region=""),
            {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
        ),
    ]


# Kinds of actions among which is one that no boundary should let through unseen: to switch off
# what watches, to get into a host, to read any parameter. Of these each action is named.
_NOT_A_KIND = frozenset(
    {
        *("cloudformation:Update", "ec2:Delete", "ec2:Modify", "ec2:Send", "ssm:Get"),
        *("ssm:Send", "ssm:Start", "logs:Get"),
    }
)


# Services with nothing of that: two letters are enough, for the boundary must be short.
_PLAIN = frozenset(
    {
        *("autoscaling", "backup", "elasticloadbalancing", "imagebuilder", "rds", "s3", "sns"),
    }
)

# Among those of EC2, where many are needed, a letter more tells them apart.
_APART = frozenset({("ec2:Delete", "F"), ("ec2:Modify", "I"), ("ec2:Send", "S")})


def _kinds(service: str, names: Sequence[str] = ()) -> list[str]:
    """`iam:Create*` for each kind of action that a service has in the table."""
    return sorted(_verbs(_whole(service, names or EXECUTING[service])))


def _verbs(actions: Iterable[str]) -> set[str]:
    """Kinds of actions; the actions themselves where a kind holds too much."""
    found = set()
    for action in actions:
        service, _, name = action.partition(":")
        end = next((at for at, letter in enumerate(name[1:], 1) if letter.isupper()), len(name))
        kind = f"{service}:{name[:end].rstrip('*')}"
        letter = name[end : end + 1]
        if service in _PLAIN:
            found.add(f"{service}:{name[:2]}*")
        elif kind not in _NOT_A_KIND:
            found.add(f"{kind}*")
        elif (kind, letter) in _APART or service != "ec2":
            found.add(action)
        else:
            found.add(f"{kind}{letter}*")
    return found - {"ec2:DeleteFlowLogs"}
