"""Access: who may do what that nobody could before.

All rules of one side are gathered by what they are about (a role, a bucket, a security group), so
that moving a statement from one resource to another widens nothing. A statement of the new side
that no statement of the old side covers is wider access, and so is a denial that is gone. It is
said which principal, action, resource, port or network is new, or that a condition is looser.
Switches that open something to the public are one table.

Sources: "Policy evaluation logic", "Security group rules", "AWS::Lambda::Permission", and the page
of each type in the tables below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from baseline.change import MISSING, Action, Change, Effect, Sides, Verdict
from baseline.grants import EVERYONE, Opening, Rule, covers, pattern_covers, rules, text, uncovered
from baseline.tokens import canonical, is_intrinsic

# Policies that are resources of their own, and the property that names what they are about.
# Sources: the pages of the types in the "CloudFormation Template Reference".
ATTACHED: Mapping[str, tuple[str, ...]] = {
    "AWS::S3::BucketPolicy": ("Bucket",),
    "AWS::S3Express::BucketPolicy": ("Bucket",),
    "AWS::S3Outposts::BucketPolicy": ("Bucket",),
    "AWS::S3ObjectLambda::AccessPointPolicy": ("ObjectLambdaAccessPoint",),
    "AWS::S3::MultiRegionAccessPointPolicy": ("MrapName",),
    "AWS::S3Tables::TableBucketPolicy": ("TableBucketARN",),
    "AWS::S3Tables::TablePolicy": ("TableARN",),
    "AWS::S3Vectors::VectorBucketPolicy": ("VectorBucketArn",),
    "AWS::SQS::QueuePolicy": ("Queues",),
    "AWS::SQS::QueueInlinePolicy": ("Queue",),
    "AWS::SNS::TopicPolicy": ("Topics",),
    "AWS::SNS::TopicInlinePolicy": ("TopicArn",),
    "AWS::SecretsManager::ResourcePolicy": ("SecretId",),
    "AWS::Kinesis::ResourcePolicy": ("ResourceArn",),
    "AWS::Logs::ResourcePolicy": ("PolicyName",),
    "AWS::Events::EventBusPolicy": ("EventBusName",),
    "AWS::VpcLattice::AuthPolicy": ("ResourceIdentifier",),
    "AWS::VpcLattice::ResourcePolicy": ("ResourceArn",),
    "AWS::XRay::ResourcePolicy": ("PolicyName",),
    "AWS::CloudTrail::ResourcePolicy": ("ResourceArn",),
    "AWS::Organizations::ResourcePolicy": (),
    "AWS::SSM::ResourcePolicy": ("ResourceArn",),
    "AWS::Lex::ResourcePolicy": ("ResourceArn",),
    "AWS::ECR::RegistryPolicy": (),
    "AWS::MediaPackageV2::ChannelPolicy": ("ChannelName",),
    "AWS::MediaPackageV2::OriginEndpointPolicy": ("OriginEndpointName",),
    "AWS::MSK::ClusterPolicy": ("ClusterArn",),
    "AWS::BedrockAgentCore::ResourcePolicy": ("ResourceArn",),
}

# Documents that say what their holder may do, and where the holders are named.
HOLDERS: Mapping[str, tuple[str, ...]] = {
    "AWS::IAM::Role": (),
    "AWS::IAM::User": (),
    "AWS::IAM::Group": (),
    "AWS::IAM::Policy": ("Roles", "Users", "Groups"),
    "AWS::IAM::ManagedPolicy": ("Roles", "Users", "Groups"),
    "AWS::IAM::RolePolicy": ("RoleName",),
    "AWS::IAM::UserPolicy": ("UserName",),
    "AWS::IAM::GroupPolicy": ("GroupName",),
    "AWS::SSO::PermissionSet": (),
    "AWS::Serverless::Function": (),
}

# Lists whose every new entry is new access: type, property, what an entry is.
LISTS: tuple[tuple[str, str, str], ...] = (
    ("AWS::IAM::Role", "ManagedPolicyArns", "has the managed policy"),
    ("AWS::IAM::User", "ManagedPolicyArns", "has the managed policy"),
    ("AWS::IAM::Group", "ManagedPolicyArns", "has the managed policy"),
    ("AWS::IAM::User", "Groups", "is in the group"),
    ("AWS::IAM::UserToGroupAddition", "Users", "is joined by"),
    ("AWS::IAM::InstanceProfile", "Roles", "gives instances the role"),
    ("AWS::SSO::PermissionSet", "ManagedPolicies", "has the managed policy"),
    ("AWS::SSO::PermissionSet", "CustomerManagedPolicyReferences", "has the managed policy"),
    ("AWS::RAM::ResourceShare", "Principals", "is shared with"),
    ("AWS::RAM::ResourceShare", "ResourceArns", "shares"),
    ("AWS::EC2::VPCEndpointServicePermissions", "AllowedPrincipals", "is offered to"),
    ("AWS::EKS::Cluster", "ResourcesVpcConfig.PublicAccessCidrs", "can be reached from"),
    ("AWS::EKS::AccessEntry", "AccessPolicies", "has the access policy"),
    ("AWS::EKS::AccessEntry", "KubernetesGroups", "is in the Kubernetes group"),
    ("AWS::EC2::PrefixList", "Entries", "has the network"),
    ("AWS::WAFv2::IPSet", "Addresses", "has the address"),
    ("AWS::SecretsManager::Secret", "ReplicaRegions", "is copied to"),
    ("AWS::Lambda::Url", "Cors.AllowOrigins", "is called by pages of"),
    ("AWS::EC2::Instance", "SecurityGroupIds", "is in the security group"),
    ("AWS::OpenSearchServerless::AccessPolicy", "Policy", "has the rule"),
)

# Types whose very existence gives access: what to say of them.
EXISTENCE: Mapping[str, str] = {
    "AWS::SSO::Assignment": "assigns a permission set",
    "AWS::IAM::AccessKey": "makes a long-lived access key",
    "AWS::LakeFormation::Permissions": "gives permissions to data",
    "AWS::LakeFormation::PrincipalPermissions": "gives permissions to data",
    "AWS::EC2::VPCPeeringConnection": "joins two networks",
    "AWS::RolesAnywhere::TrustAnchor": "trusts certificates of an authority",
    "AWS::IAM::OIDCProvider": "trusts an identity provider",
    "AWS::IAM::SAMLProvider": "trusts an identity provider",
    "AWS::S3::AccessGrant": "gives access to objects",
    "AWS::EKS::AccessEntry": "lets a principal into the cluster",
}

Test = Callable[[Any], bool]


def _true(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def _not_true(value: Any) -> bool:
    return not _true(value)


def _one_of(*values: str) -> Test:
    return lambda value: str(value) in values


@dataclass(frozen=True)
class Switch:
    """A property that opens something: where, when it is open, and what that means.

    `absent` says whether a property that is taken away leaves it open.
    """

    type: str
    path: str
    is_open: Test
    means: str
    absent: bool = False


_PUBLIC = "can be reached from the internet"
_S3_BLOCK = "PublicAccessBlockConfiguration"
SWITCHES = (
    *(
        Switch(kind, f"{_S3_BLOCK}.{name}", _not_true, "no longer blocks public access", True)
        for kind in ("AWS::S3::Bucket", "AWS::S3::AccessPoint", "AWS::S3::MultiRegionAccessPoint")
        for name in (
            *("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls"),
            "RestrictPublicBuckets",
        )
    ),
    Switch("AWS::S3::Bucket", "AccessControl",
           _one_of("PublicRead", "PublicReadWrite", "AuthenticatedRead"),
           "gives everybody access by its ACL"),
    Switch("AWS::S3::Bucket", "OwnershipControls.Rules.ObjectOwnership",
           _one_of("BucketOwnerPreferred", "ObjectWriter"), "lets ACLs give access again"),
    *(
        Switch(kind, "PubliclyAccessible", _true, _PUBLIC)
        for kind in (
            *("AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::Redshift::Cluster"),
            *("AWS::RedshiftServerless::Workgroup", "AWS::DMS::ReplicationInstance"),
            *("AWS::AmazonMQ::Broker", "AWS::Neptune::DBInstance", "AWS::Lightsail::Database"),
            *("AWS::Timestream::InfluxDBInstance", "AWS::Timestream::InfluxDBCluster"),
        )
    ),
    Switch("AWS::MSK::Cluster", "BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type",
           _one_of("SERVICE_PROVIDED_EIPS"), _PUBLIC),
    Switch("AWS::EC2::Subnet", "MapPublicIpOnLaunch", _true, "gives instances public addresses"),
    Switch("AWS::EC2::Instance", "NetworkInterfaces.AssociatePublicIpAddress", _true,
           "has a public address"),
    Switch("AWS::EC2::LaunchTemplate",
           "LaunchTemplateData.NetworkInterfaces.AssociatePublicIpAddress", _true,
           "gives instances public addresses"),
    Switch("AWS::AutoScaling::LaunchConfiguration", "AssociatePublicIpAddress", _true,
           "gives instances public addresses"),
    Switch("AWS::EKS::Cluster", "ResourcesVpcConfig.EndpointPublicAccess", _true,
           "has an API endpoint that can be reached from the internet", True),
    Switch("AWS::ECS::Service", "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp",
           _one_of("ENABLED"), "gives tasks public addresses"),
    Switch("AWS::Lambda::Url", "AuthType", _one_of("NONE"), "can be called by everybody"),
    Switch("AWS::ElasticLoadBalancingV2::LoadBalancer", "Scheme", _one_of("internet-facing"),
           _PUBLIC, True),
    Switch("AWS::ElasticLoadBalancing::LoadBalancer", "Scheme", _one_of("internet-facing"),
           _PUBLIC, True),
    Switch("AWS::ApiGateway::Method", "AuthorizationType", _one_of("NONE"),
           "can be called without authorization"),
    Switch("AWS::ApiGatewayV2::Route", "AuthorizationType", _one_of("NONE"),
           "can be called without authorization", True),
    Switch("AWS::ApiGateway::RestApi", "EndpointConfiguration.Types",
           lambda value: value not in (["PRIVATE"], "PRIVATE"), _PUBLIC),
    Switch("AWS::AppSync::GraphQLApi", "AuthenticationType", _one_of("API_KEY"),
           "can be called with a key that does not change"),
    Switch("AWS::Cognito::IdentityPool", "AllowUnauthenticatedIdentities", _true,
           "gives credentials to everybody"),
    Switch("AWS::Cognito::UserPool", "AdminCreateUserConfig.AllowAdminCreateUserOnly", _not_true,
           "lets everybody sign up", True),
    Switch("AWS::SecretsManager::ResourcePolicy", "BlockPublicPolicy", _not_true,
           "no longer refuses public policies", True),
    Switch("AWS::RAM::ResourceShare", "AllowExternalPrincipals", _true,
           "can be shared outside of the organization", True),
    Switch("AWS::SageMaker::NotebookInstance", "DirectInternetAccess", _one_of("Enabled"),
           "reaches the internet directly", True),
    Switch("AWS::EC2::VPCEndpointService", "AcceptanceRequired", _not_true,
           "accepts connections by itself", True),
    Switch("AWS::EC2::TransitGateway", "AutoAcceptSharedAttachments", _one_of("enable"),
           "accepts attachments by itself"),
    Switch("AWS::EC2::SnapshotBlockPublicAccess", "State", _one_of("unblocked"),
           "lets snapshots be public", True),
    Switch("AWS::OpenSearchServerless::SecurityPolicy", "Policy",
           lambda value: '"AllowFromPublic":true' in canonical(value), _PUBLIC),
)  # fmt: skip

MOST_COMPARISONS = 50_000
_NETWORKS = ("0.0.0.0/0", "::/0")


@dataclass
class _Gathered:
    """What one side of a stack lets whom do, and which resource says so."""

    rules: list[tuple[str, Rule]] = field(default_factory=list)
    openings: list[tuple[str, Opening]] = field(default_factory=list)


def answer(changes: Iterable[Change], _: Sides) -> Iterator[Change]:
    """Changes with the access that they widen."""
    changes = list(changes)
    stacks: dict[str, list[Change]] = {}
    for change in changes:
        if change.section == "Resources" and change.action is not Action.FOLLOW:
            stacks.setdefault(change.stack, []).append(change)
    said: dict[tuple[str, str], list[str]] = {}
    for stack, found in stacks.items():
        for name, message in _widened(found):
            said.setdefault((stack, name), []).append(message)
    for change in changes:
        messages = said.get((change.stack, change.name), ())
        messages = messages if change.section == "Resources" else ()
        if change.section == "Resources" and change.action is Action.REMOVE and messages:
            same = [c for c in stacks[change.stack] if c.name == change.name]
            messages = messages if len(same) == 1 else ()
        effects = tuple(Effect("access", Verdict.WIDENS_ACCESS, one) for one in messages)
        yield replace(change, effects=(*change.effects, *effects)) if effects else change


def _widened(changes: list[Change]) -> Iterator[tuple[str, str]]:
    aliases = {one.was: one.name for one in changes if one.action is Action.RENAME}
    gone = {one.name for one in changes if one.action is Action.REMOVE}
    before, after = _Gathered(), _Gathered()
    for change in changes:
        name = change.name
        if change.before is not None:
            _gather(before, name, _renamed(change.before, aliases), is_new=False)
        if change.after is not None:
            _gather(after, name, change.after, is_new=change.action is Action.ADD)
    yield from _new_rules(before, after, gone)
    yield from _new_openings(before, after, gone)
    for change in changes:
        if change.after is not None:
            old = _renamed(change.before, aliases) if change.before is not None else None
            yield from _listed(change, old)
            yield from _switched(change, old)


def _renamed(body: Any, aliases: Mapping[str, str]) -> Any:
    """A body with references to what was renamed as they are now."""
    if not aliases:
        return body
    if isinstance(body, dict):
        if len(body) == 1:
            key, argument = next(iter(body.items()))
            if key == "Ref" and isinstance(argument, str):
                return {key: aliases.get(argument, argument)}
            if key == "Fn::GetAtt" and isinstance(argument, list) and argument:
                return {key: [aliases.get(argument[0], argument[0]), *argument[1:]]}
        return {key: _renamed(child, aliases) for key, child in body.items()}
    return [_renamed(child, aliases) for child in body] if isinstance(body, list) else body


# ---- statements ----------------------------------------------------------------------------


def _gather(found: _Gathered, name: str, body: Mapping[str, Any], *, is_new: bool) -> None:
    kind = str(body.get("Type", ""))
    properties = body.get("Properties")
    if not isinstance(properties, dict):
        return
    for path, document in _documents(properties, ()):
        for scope, holder in _scopes(kind, name, properties, path):
            for rule in rules(document, scope, ".".join(path), holder=holder):
                if not (is_new and _is_own_account(rule) and kind not in ATTACHED):
                    found.rules.append((name, rule))
    for rule in _like_rules(kind, name, properties):
        found.rules.append((name, rule))
    for opening in _openings(kind, name, properties):
        found.openings.append((name, opening))


def _is_own_account(rule: Rule) -> bool:
    """What an account may do with a thing of its own is no new access when the thing is new."""
    return rule.allows and rule.principals == ("AWS:${AWS::AccountId}",)


def _documents(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        if "Statement" in value and "Version" in value:
            yield path, value
            return
        for key, child in value.items():
            yield from _documents(child, (*path, str(key)))
    elif isinstance(value, list):
        for child in value:
            yield from _documents(child, path)


def _thing(value: Any) -> str:
    """What is named, by logical id where it is of this template, whichever attribute names it."""
    if isinstance(value, dict) and len(value) == 1:
        if isinstance(value.get("Ref"), str):
            return f"${{{value['Ref']}}}"
        argument = value.get("Fn::GetAtt")
        if isinstance(argument, list) and argument and isinstance(argument[0], str):
            return f"${{{argument[0]}}}"
    return text(value)


def _scopes(
    kind: str, name: str, properties: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """What a document is about, and who holds it where it does not say who."""
    own = f"${{{name}}}"
    if kind in HOLDERS and path[-1:] != ("AssumeRolePolicyDocument",):
        holders = [_thing(one) for key in HOLDERS[kind] for one in _as_list(properties.get(key))]
        for holder in holders or [own]:
            yield f"holder {holder}", holder
        return
    if path[-1:] == ("AssumeRolePolicyDocument",):
        yield f"trust {own}", ""
        return
    targets = [
        _thing(one) for key in ATTACHED.get(kind, ()) for one in _as_list(properties.get(key))
    ]
    for target in targets or [own]:
        yield f"thing {target}", ""


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _like_rules(kind: str, name: str, properties: Mapping[str, Any]) -> Iterator[Rule]:
    """What acts like a statement though it is none."""
    if kind in ("AWS::Lambda::Permission", "AWS::Lambda::LayerVersionPermission"):
        thing = properties.get("FunctionName", properties.get("LayerVersionArn"))
        conditions = [
            (operator, key, (text(properties[given]),))
            for given, operator, key in (
                ("SourceArn", "ArnLike", "aws:sourcearn"),
                ("SourceAccount", "StringEquals", "aws:sourceaccount"),
                ("PrincipalOrgID", "StringEquals", "aws:principalorgid"),
                ("OrganizationId", "StringEquals", "aws:principalorgid"),
                ("EventSourceToken", "StringEquals", "lambda:eventsourcetoken"),
                ("FunctionUrlAuthType", "StringEquals", "lambda:functionurlauthtype"),
            )
            if given in properties
        ]
        who = text(properties.get("Principal", ""))
        family = "Service" if who.endswith((".amazonaws.com", "${AWS::URLSuffix}")) else "AWS"
        yield Rule(
            f"thing {_thing(thing)}",
            True,
            (text(properties.get("Action", "")).lower(),),
            ("*",),
            (f"{family}:{who}",),
            frozenset(),
            tuple(conditions),
            "Principal",
        )
    elif kind == "AWS::Events::EventBusPolicy" and "Principal" in properties:
        yield Rule(
            f"thing {_thing(properties.get('EventBusName', 'default'))}",
            True,
            (text(properties.get("Action", "events:PutEvents")).lower(),),
            ("*",),
            (f"AWS:{text(properties['Principal'])}",),
            frozenset(),
            (("decided", text(properties["Condition"]), ()),) if "Condition" in properties else (),
            "Principal",
        )
    # An endpoint or a file system without a policy lets everybody in who reaches it.
    # Sources: "Control access to VPC endpoints using endpoint policies", "Working with
    # resource-based policies" (Amazon EFS).
    elif (kind == "AWS::EC2::VPCEndpoint" and "PolicyDocument" not in properties) or (
        kind == "AWS::EFS::FileSystem" and "FileSystemPolicy" not in properties
    ):
        yield Rule(f"thing ${{{name}}}", True, ("*",), ("*",), (EVERYONE,), path="default policy")


def _new_rules(before: _Gathered, after: _Gathered, gone: set[str]) -> Iterator[tuple[str, str]]:
    old = _by_scope(before.rules)
    new = _by_scope(after.rules)
    said: dict[tuple[str, str, tuple[Any, ...]], list[Rule]] = {}
    for name, rule in after.rules:
        if rule.allows:
            for atom in _not_covered(rule, old.get(rule.scope, ())):
                said.setdefault((name, rule.scope, atom.conditions), []).append(atom)
    for (name, scope, _), atoms in said.items():
        known = [one for one in old.get(scope, ()) if one.allows]
        yield name, _said(atoms, known)
    for name, rule in before.rules:
        if rule.allows or _is_gone(rule.scope, gone):
            continue
        kept = _denials(new, rule)
        atoms = list(rule.atoms()) if rule.size * len(kept) <= MOST_COMPARISONS else [rule]
        lost = [one for one in atoms if not any(covers(other, one) for other in kept)]
        if lost:
            yield name, f"no longer denies {_shown_rule(_joined(lost))}"


def _by_scope(found: Iterable[tuple[str, Rule]]) -> dict[str, list[Rule]]:
    scopes: dict[str, list[Rule]] = {}
    for _, rule in found:
        scopes.setdefault(rule.scope, []).append(rule)
    return scopes


def _denials(new: Mapping[str, list[Rule]], rule: Rule) -> list[Rule]:
    return [one for one in new.get(rule.scope, ()) if not one.allows]


def _is_gone(scope: str, gone: set[str]) -> bool:
    return any(scope.endswith(f"${{{name}}}") for name in gone)


def _not_covered(rule: Rule, known: Iterable[Rule]) -> Iterator[Rule]:
    allowed = [one for one in known if one.allows]
    if any(covers(one, rule) for one in allowed):
        return
    if rule.size * len(allowed) > MOST_COMPARISONS:
        yield rule  # too much to look into: what is not known to be covered is not
        return
    for atom in rule.atoms():
        if not any(covers(one, atom) for one in allowed):
            yield atom


def _joined(atoms: list[Rule]) -> Rule:
    """Atoms of one statement as one rule again, for people."""
    first = atoms[0]

    def together(kind: str) -> tuple[str, ...]:
        return tuple(sorted({one for atom in atoms for one in getattr(atom, kind)}))

    return replace(
        first,
        principals=together("principals"),
        actions=together("actions"),
        resources=together("resources"),
    )


def _said(atoms: list[Rule], known: list[Rule]) -> str:
    whole = _joined(atoms)
    news = []
    for kind, word in (
        ("principals", "principal"),
        ("actions", "action"),
        ("resources", "resource"),
    ):
        if kind in whole.but or any(kind in one.but for one in known):
            continue
        old = {pattern for one in known for pattern in getattr(one, kind)}
        fresh = [
            one
            for one in getattr(whole, kind)
            if not any(pattern_covers(pattern, one) for pattern in old)
        ]
        if fresh and not (kind == "principals" and fresh == ["holder"]):
            news.append(f"{word} {_some(fresh)}")
    what = "; ".join(f"new {one}" for one in news) if known and news else ""
    if known and not news:
        what = "a new combination, or a looser condition"
    shown = _shown_rule(whole)
    everyone = " (EVERYBODY)" if EVERYONE in whole.principals and not whole.conditions else ""
    return f"allows {shown}{everyone}" + (f": {what}" if what else "")


def _shown_rule(rule: Rule) -> str:
    who = _some([one.removeprefix("AWS:") for one in rule.principals])
    actions = ("all but " if "actions" in rule.but else "") + _some(rule.actions)
    where = ("all but " if "resources" in rule.but else "") + _some(rule.resources)
    who = f"everybody but {who}" if "principals" in rule.but else who
    who = who if who != "holder" else rule.scope.partition(" ")[2]
    on = "" if rule.resources == ("*",) and not rule.scope.startswith("holder") else f" on {where}"
    when = ""
    if rule.conditions:
        keys = sorted({f"{operator} {key}" for operator, key, _ in rule.conditions})
        when = f" if {', '.join(keys)}"
    return f"{who} to {actions}{on}{when}"


def _some(values: Iterable[str]) -> str:
    listed = list(values)
    shown = ", ".join(listed[:5])
    return shown if len(listed) <= 5 else f"{shown} and {len(listed) - 5} more"


# ---- firewalls -----------------------------------------------------------------------------


def _openings(kind: str, name: str, properties: Mapping[str, Any]) -> Iterator[Opening]:
    if kind == "AWS::EC2::SecurityGroup":
        scope = f"${{{name}}}"
        for body in _bodies(properties.get("SecurityGroupIngress")):
            yield _opening(scope, "in", body, "SecurityGroupIngress")
        outgoing = list(_bodies(properties.get("SecurityGroupEgress")))
        for body in outgoing:
            yield _opening(scope, "out", body, "SecurityGroupEgress")
        # "Security group rules": without rules of its own a group lets everything out.
        if not outgoing:
            for network in _NETWORKS:
                yield Opening(scope, "out default", "-1", 0, 65535, network)
    elif kind in ("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"):
        group = properties.get("GroupId", properties.get("GroupName", ""))
        way = "in" if kind.endswith("Ingress") else "out"
        yield _opening(_thing(group), way, properties, kind.rpartition("::")[2])
    elif kind == "AWS::EC2::NetworkAclEntry":
        acl = _thing(properties.get("NetworkAclId", ""))
        way = "out" if _true(properties.get("Egress")) else "in"
        ports = properties.get("PortRange")
        ports = ports if isinstance(ports, dict) else {}
        body = {
            "IpProtocol": str(properties.get("Protocol", "-1")),
            "FromPort": ports.get("From", -1),
            "ToPort": ports.get("To", -1),
            "CidrIp": properties.get("CidrBlock"),
            "CidrIpv6": properties.get("Ipv6CidrBlock"),
        }
        verdict = str(properties.get("RuleAction", "")).lower()
        yield replace(_opening(f"acl {acl}", way, body, "CidrBlock"), scope=f"{verdict} acl {acl}")


def _bodies(value: Any) -> Iterator[Mapping[str, Any]]:
    for one in _as_list(value):
        if isinstance(one, dict) and list(one) == ["Fn::If"]:
            for branch in one["Fn::If"][1:]:
                yield from _bodies(branch)
        elif isinstance(one, dict) and one != {"Ref": "AWS::NoValue"}:
            yield one


_TCP_LIKE = ("tcp", "udp", "6", "17")


def _opening(scope: str, way: str, body: Mapping[str, Any], path: str) -> Opening:
    if is_intrinsic(body):
        return Opening(scope, way, text(body), 0, 65535, text(body), path)
    protocol = str(body.get("IpProtocol", "-1")).lower()
    protocol = {"all": "-1", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}.get(
        protocol, protocol
    )
    first, last = body.get("FromPort", -1), body.get("ToPort", -1)
    peer = next(
        (
            _thing(body[key])
            for key in (
                *("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "DestinationSecurityGroupId"),
                *("SourcePrefixListId", "DestinationPrefixListId", "SourceSecurityGroupName"),
            )
            if body.get(key) is not None
        ),
        "?",
    )
    numbers = [_port(first), _port(last)]
    if None in numbers:
        return Opening(scope, way, f"{protocol} {text(first)}-{text(last)}", 0, 65535, peer, path)
    start, end = (one if one is not None else -1 for one in numbers)
    if protocol == "-1" or start == -1:
        start, end = 0, 65535
    elif end == -1:
        end = 65535 if protocol not in _TCP_LIKE else start
    return Opening(scope, way, protocol, start, end, peer, path)


def _port(value: Any) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def _new_openings(before: _Gathered, after: _Gathered, gone: set[str]) -> Iterator[tuple[str, str]]:
    old = [one for _, one in before.openings]
    new = [one for _, one in after.openings]
    old = _without_defaults(old)
    new = _without_defaults(new)
    openings = [(name, one) for name, one in after.openings if not _is_denial(one)]
    for name, one in openings:
        is_default = one.direction == "out default"
        if is_default and not any(each.scope == one.scope for each in old):
            continue  # a new group lets everything out unless it says otherwise
        plain = replace(one, direction=one.direction.removesuffix(" default"))
        if is_default and plain not in new:
            continue
        if list(uncovered([plain], old)):
            everyone = " (EVERYBODY)" if plain.is_world and plain.direction == "in" else ""
            yield name, f"opens {plain.shown}{everyone}"
    for name, one in before.openings:
        if _is_denial(one) and not _is_gone(one.scope, gone) and list(uncovered([one], new)):
            yield name, f"no longer denies {one.shown}"


def _is_denial(one: Opening) -> bool:
    return one.scope.startswith("deny ")


def _without_defaults(openings: list[Opening]) -> list[Opening]:
    """Everything goes out by default only where no rule says what goes out."""
    told = {one.scope for one in openings if one.direction == "out"}
    return [
        replace(one, direction=one.direction.removesuffix(" default"))
        for one in openings
        if one.direction != "out default" or one.scope not in told
    ]


# ---- lists and switches --------------------------------------------------------------------


def _values(body: Any, path: str) -> list[Any]:
    """Values at a path of names, through arrays."""
    found = [body.get("Properties") if isinstance(body, Mapping) else None]
    for step in path.split("."):
        found = [
            each[step]
            for one in found
            for each in (one if isinstance(one, list) else [one])
            if isinstance(each, dict) and step in each
        ]
    return [one for one in found if one is not MISSING]


def _listed(change: Change, old: Any) -> Iterator[tuple[str, str]]:  # noqa: C901 - one for each
    kind = change.type
    for type_name, path, words in LISTS:
        if type_name != kind:
            continue
        before = {canonical(one) for each in _values(old, path) for one in _as_list(each)}
        if type_name == "AWS::EC2::Instance" and old is None:
            continue
        for each in _values(change.after, path):
            for one in _as_list(each):
                if canonical(one) not in before and "Deny" not in text(one):
                    shown = one.get("Cidr", one) if isinstance(one, dict) else one
                    yield change.name, f"{change.name} {words} {text(shown)}"
    if kind in EXISTENCE and (old is None or change.replacement.value > 0):
        yield change.name, f"{change.name} {EXISTENCE[kind]}"
    if kind in ("AWS::IAM::Role", "AWS::IAM::User") and old is not None:
        one, other = (
            _values(old, "PermissionsBoundary"),
            _values(change.after, "PermissionsBoundary"),
        )
        if one and canonical(one) != canonical(other):
            what = "another boundary" if other else "no boundary any more"
            yield change.name, f"{change.name} has {what} to its permissions"
    if kind == "AWS::EC2::Route":
        yield from _route(change, old)


def _route(change: Change, old: Any) -> Iterator[tuple[str, str]]:
    """A route to an internet gateway opens a way in for what has a public address."""

    def ways(body: Any) -> set[str]:
        networks = _values(body, "DestinationCidrBlock") + _values(body, "DestinationIpv6CidrBlock")
        gateways = _values(body, "GatewayId")
        return {f"{text(one)} by {text(gate)}" for one in networks for gate in gateways}

    for way in sorted(ways(change.after) - ways(old)):
        if way.startswith(_NETWORKS):
            yield change.name, f"{change.name} routes {way}: the internet"


def _switched(change: Change, old: Any) -> Iterator[tuple[str, str]]:
    for switch in SWITCHES:
        if switch.type != change.type or not switch.means:
            continue
        before, after = _values(old, switch.path), _values(change.after, switch.path)
        if canonical(before) == canonical(after):
            continue
        was_open = any(map(switch.is_open, before)) if before else switch.absent
        if old is None:
            was_open = False
        if after:
            opens = any(switch.is_open(one) or is_intrinsic(one) for one in after)
            unknown = any(is_intrinsic(one) for one in after)
        else:
            opens, unknown = switch.absent and old is not None, False
        if opens and not was_open:
            maybe = " (decided when deployed)" if unknown else ""
            yield change.name, f"{change.name} {switch.means}: {switch.path}{maybe}"
