"""Others: what must hold for services that no blueprint of ours builds yet.

Templates of others are judged too, and their data deserves no less. Four tables, one for each
question that is asked of everything: is it encrypted, is it kept from the world, does it speak TLS,
does it keep logs. A row is a property and what it must say; a default that will do passes. When a
blueprint for a service comes, its rows move into a file of its own, with more to ask.

Sources: the pages of the types in "AWS resource and property types reference" (CloudFormation).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from baseline.control import CannotJudge, Severity, control, is_true, literal
from baseline.controls import each
from baseline.policy import listed
from baseline.resource import Resource

Path = tuple[str | int, ...]
Row = tuple[Path, Callable[[Any], bool], str]  # where, whether it will do, and what is said if not
Table = Mapping[str, tuple[Row, ...]]


def _on(*path: str | int) -> Row:
    return path, is_true, "is not true"


def _off(*path: str | int) -> Row:
    return path, lambda value: str(value).lower() == "false", "is not false"


def _not(word: str, *path: str | int) -> Row:
    refused = word.lower()
    return path, lambda value: str(value).lower() != refused, f"is {word}"


def _is(word: str, *path: str | int) -> Row:
    return path, lambda value: str(value) == word, f"is not {word}"


def _has(word: str, *path: str | int) -> Row:
    return path, lambda value: word in map(str, listed(value)), f"does not name {word}"


def _lacks(word: str, *path: str | int) -> Row:
    return path, lambda value: word not in map(str, listed(value)), f"names {word}"


def _given(*path: str | int) -> Row:
    return path, bool, "is left out"


_DOMAIN_ENCRYPTED = (_on("EncryptionAtRestOptions", "Enabled"),)
_DOMAIN_TLS = (
    _on("NodeToNodeEncryptionOptions", "Enabled"),
    _on("DomainEndpointOptions", "EnforceHTTPS"),
)
_NO_ADDRESS = (_not("ENABLED", "NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp"),)

ENCRYPTED: Table = {
    "AWS::AppSync::ApiCache": (_on("AtRestEncryptionEnabled"),),
    "AWS::CloudTrail::Trail": (_given("KMSKeyId"),),
    "AWS::DAX::Cluster": (_on("SSESpecification", "SSEEnabled"),),
    "AWS::DocDB::DBCluster": (_on("StorageEncrypted"),),
    "AWS::DynamoDB::Table": (_on("SSESpecification", "SSEEnabled"),),
    "AWS::EC2::Volume": (_on("Encrypted"),),
    "AWS::EFS::FileSystem": (_on("Encrypted"),),
    "AWS::EKS::Cluster": (_given("EncryptionConfig"),),
    "AWS::ElastiCache::ReplicationGroup": (_on("AtRestEncryptionEnabled"),),
    "AWS::Elasticsearch::Domain": _DOMAIN_ENCRYPTED,
    "AWS::Glue::MLTransform": (_given("TransformEncryption"),),
    "AWS::Kinesis::Stream": (_given("StreamEncryption"),),
    "AWS::Neptune::DBCluster": (_on("StorageEncrypted"),),
    "AWS::OpenSearchService::Domain": _DOMAIN_ENCRYPTED,
    "AWS::Redshift::Cluster": (_on("Encrypted"),),
    "AWS::SQS::Queue": (_not("false", "SqsManagedSseEnabled"),),
    "AWS::SecretsManager::Secret": (_given("KmsKeyId"),),
    "AWS::WorkSpaces::Workspace": (
        _on("RootVolumeEncryptionEnabled"),
        _on("UserVolumeEncryptionEnabled"),
    ),
}
NOT_PUBLIC: Table = {
    "AWS::AmazonMQ::Broker": (_off("PubliclyAccessible"),),
    "AWS::Cognito::IdentityPool": (_off("AllowUnauthenticatedIdentities"),),
    "AWS::DMS::ReplicationInstance": (_off("PubliclyAccessible"),),
    "AWS::EC2::Instance": (_not("true", "NetworkInterfaces", 0, "AssociatePublicIpAddress"),),
    "AWS::EC2::TransitGateway": (_not("enable", "AutoAcceptSharedAttachments"),),
    "AWS::ECS::Service": _NO_ADDRESS,
    "AWS::ECS::TaskSet": _NO_ADDRESS,
    "AWS::EKS::Cluster": (_off("ResourcesVpcConfig", "EndpointPublicAccess"),),
    "AWS::Lambda::Permission": (_not("*", "Principal"),),
    "AWS::Lambda::Url": (_not("NONE", "AuthType"),),
    "AWS::MSK::Cluster": (
        _not(
            "SERVICE_PROVIDED_EIPS",
            "BrokerNodeGroupInfo",
            "ConnectivityInfo",
            "PublicAccess",
            "Type",
        ),
    ),
    "AWS::Redshift::Cluster": (_off("PubliclyAccessible"),),
    "AWS::RedshiftServerless::Workgroup": (_not("true", "PubliclyAccessible"),),
    "AWS::SageMaker::NotebookInstance": (_is("Disabled", "DirectInternetAccess"),),
}
TLS: Table = {
    "AWS::AppSync::ApiCache": (_on("TransitEncryptionEnabled"),),
    "AWS::CloudFront::Distribution": (
        _not("allow-all", "DistributionConfig", "DefaultCacheBehavior", "ViewerProtocolPolicy"),
    ),
    "AWS::DAX::Cluster": (_is("TLS", "ClusterEndpointEncryptionType"),),
    "AWS::DMS::Endpoint": (_not("none", "SslMode"), _given("SslMode")),
    "AWS::ElastiCache::ReplicationGroup": (_on("TransitEncryptionEnabled"),),
    "AWS::Elasticsearch::Domain": _DOMAIN_TLS,
    "AWS::MSK::Cluster": (
        _not("false", "EncryptionInfo", "EncryptionInTransit", "InCluster"),
        _not("PLAINTEXT", "EncryptionInfo", "EncryptionInTransit", "ClientBroker"),
    ),
    "AWS::OpenSearchService::Domain": _DOMAIN_TLS,
    "AWS::RDS::DBProxy": (_on("RequireTLS"),),
    "AWS::Transfer::Server": (_lacks("FTP", "Protocols"),),
}
LOGGED: Table = {
    "AWS::AmazonMQ::Broker": (_on("Logs", "Audit"),),
    "AWS::ApiGateway::Stage": (_given("AccessLogSetting"),),
    "AWS::ApiGatewayV2::Stage": (_given("AccessLogSettings"),),
    "AWS::CloudFront::Distribution": (_given("DistributionConfig", "Logging"),),
    "AWS::CloudTrail::Trail": (
        _on("EnableLogFileValidation"),
        _on("IsMultiRegionTrail"),
        _given("CloudWatchLogsLogGroupArn"),
    ),
    "AWS::DataSync::Task": (_given("CloudWatchLogGroupArn"),),
    "AWS::DocDB::DBCluster": (_has("audit", "EnableCloudwatchLogsExports"),),
    "AWS::EC2::ClientVpnEndpoint": (_on("ConnectionLogOptions", "Enabled"),),
    "AWS::EKS::Cluster": (_given("Logging", "ClusterLogging", "EnabledTypes"),),
    "AWS::ElasticLoadBalancing::LoadBalancer": (_on("AccessLoggingPolicy", "Enabled"),),
    "AWS::Elasticsearch::Domain": (_on("LogPublishingOptions", "AUDIT_LOGS", "Enabled"),),
    "AWS::Neptune::DBCluster": (_has("audit", "EnableCloudwatchLogsExports"),),
    "AWS::OpenSearchService::Domain": (_on("LogPublishingOptions", "AUDIT_LOGS", "Enabled"),),
    "AWS::Redshift::Cluster": (_given("LoggingProperties"),),
    "AWS::StepFunctions::StateMachine": (
        _given("LoggingConfiguration"),
        _not("OFF", "LoggingConfiguration", "Level"),
    ),
}


@control(
    "others.encrypted",
    "Whatever stores data encrypts it",
    on=tuple(ENCRYPTED),
    severity=Severity.HIGH,
)
def encrypted(resource: Resource) -> Iterator[str]:
    """A disk, a snapshot or a backup that gets into other hands says nothing without its key."""
    return _judged(resource, ENCRYPTED)


@control(
    "others.not-public",
    "Nothing is reached from the whole world",
    on=tuple(NOT_PUBLIC),
    severity=Severity.HIGH,
)
def not_public(resource: Resource) -> Iterator[str]:
    """What everybody reaches is tried by everybody, at every hour, with every password."""
    if resource.type == "AWS::Lambda::Permission" and any(
        resource.properties.get(key) for key in ("PrincipalOrgID", "SourceAccount", "SourceArn")
    ):
        return iter(())
    return _judged(resource, NOT_PUBLIC)


@control("others.tls", "Whatever speaks speaks TLS", on=tuple(TLS), severity=Severity.HIGH)
def tls(resource: Resource) -> Iterator[str]:
    """Networks are shared, inside the cloud too; TLS also tells with whom one speaks."""
    return _judged(resource, TLS)


@control(
    "others.logged",
    "Whatever serves others keeps logs",
    on=tuple(LOGGED),
    severity=Severity.MEDIUM,
)
def logged(resource: Resource) -> Iterator[str]:
    """What nobody wrote down did not happen, until somebody's customers tell of it."""
    return _judged(resource, LOGGED)


def _judged(resource: Resource, table: Table) -> Iterator[str]:
    def judge(row: Row) -> Iterator[str]:
        path, will_do, words = row
        value = _value(resource.properties, path)
        if not will_do(value):
            yield f"{'.'.join(map(str, path))} {words}"

    return each(table[resource.type], judge)


def _value(properties: Any, path: Path) -> Any:
    """The value at a path; what another resource or stack gives is there, whatever it is."""
    try:
        return literal(properties, *path)
    except CannotJudge:
        holder = literal(properties, *path[:-1])
        given = holder.get(path[-1]) if isinstance(holder, Mapping) else None
        if isinstance(given, Mapping) and {*given} & {"Fn::ImportValue", "Fn::GetAtt", "Fn::Sub"}:
            return given
        raise
