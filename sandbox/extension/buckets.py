"""Buckets: what the emulator's CloudFormation forgets to tell its S3, which could hold it.

Encryption, ownership and tags go through the operations of S3's own API, in its own XML, and are
read back from there; so a bucket that somebody changes through S3 is seen to be changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from botocore import parsers, serialize, session
from botocore.model import ServiceModel
from ministack.services import s3
from ministack.services.cloudformation import provisioners

from .kind import Create, Made, Properties

_WRITE = {
    "BucketEncryption": ("PutBucketEncryption", "ServerSideEncryptionConfiguration"),
    "OwnershipControls": ("PutBucketOwnershipControls", "OwnershipControls"),
    "VersioningConfiguration": ("PutBucketVersioning", "VersioningConfiguration"),
}
_PUT: Mapping[str, Callable[[str, bytes], Any]] = {
    "BucketEncryption": s3._put_bucket_encryption,
    "OwnershipControls": s3._put_bucket_ownership_controls,
    "VersioningConfiguration": s3._put_bucket_versioning,
}
COVERED = frozenset({*_WRITE, "PublicAccessBlockConfiguration", "Tags", "BucketName", "Arn"})


@cache
def _model() -> ServiceModel:
    return session.get_session().get_service_model("s3")


def _xml(operation: str, **arguments: Any) -> bytes:
    writer = serialize.create_serializer("rest-xml")
    request = writer.serialize_to_request(
        {"Bucket": "b", **arguments}, _model().operation_model(operation)
    )
    body: bytes | str = request["body"]
    return body.encode() if isinstance(body, str) else body


def _parsed(operation: str, answer: tuple[int, Mapping[str, str], bytes | str]) -> dict[str, Any]:
    status, _, body = answer
    if status != 200:
        return {}
    text = body.encode() if isinstance(body, str) else body
    shape = _model().operation_model(operation).output_shape
    found: dict[str, Any] = parsers.create_parser("rest-xml").parse(
        {"status_code": 200, "headers": {}, "body": text}, shape
    )
    found.pop("ResponseMetadata", None)
    return found


def _api_shape(name: str, value: Any) -> Any:
    """As S3's API has it what CloudFormation calls something else."""
    if name == "BucketEncryption":
        rules = []
        for rule in value["ServerSideEncryptionConfiguration"]:
            one = dict(rule)
            default = one.pop("ServerSideEncryptionByDefault", None)
            rules.append(one | ({"ApplyServerSideEncryptionByDefault": default} if default else {}))
        return {"Rules": rules}
    return value


def _template_shape(rules: list[dict[str, Any]]) -> dict[str, Any]:
    found = []
    for rule in rules:
        one = dict(rule)
        default = one.pop("ApplyServerSideEncryptionByDefault", None)
        if default and "KMSMasterKeyID" in default and not default["KMSMasterKeyID"]:
            default = {"SSEAlgorithm": default["SSEAlgorithm"]}
        found.append(one | ({"ServerSideEncryptionByDefault": default} if default else {}))
    return {"ServerSideEncryptionConfiguration": found}


def _tell(bucket: str, properties: Properties) -> None:
    for name, (operation, argument) in _WRITE.items():
        if name in properties:
            body = _xml(operation, **{argument: _api_shape(name, properties[name])})
            _PUT[name](bucket, body)
    s3._bucket_tags[bucket] = {
        str(one["Key"]): str(one["Value"]) for one in properties.get("Tags", [])
    }


def read(bucket: str) -> dict[str, Any] | None:
    """What S3 holds of a bucket, as CloudFormation would write it."""
    if bucket not in s3._buckets:
        return None
    found: dict[str, Any] = {"BucketName": bucket, "Arn": f"arn:aws:s3:::{bucket}"}
    encryption = _parsed("GetBucketEncryption", s3._get_bucket_encryption(bucket))
    rules = encryption["ServerSideEncryptionConfiguration"]["Rules"]
    found["BucketEncryption"] = _template_shape(rules)
    owner = _parsed("GetBucketOwnershipControls", s3._get_bucket_ownership_controls(bucket))
    if owner:
        found["OwnershipControls"] = owner["OwnershipControls"]
    versioning = _parsed("GetBucketVersioning", s3._get_bucket_versioning(bucket))
    if versioning:
        found["VersioningConfiguration"] = versioning
    block = _parsed("GetPublicAccessBlock", s3._get_public_access_block(bucket))
    if block:
        found["PublicAccessBlockConfiguration"] = block["PublicAccessBlockConfiguration"]
    tags = s3._bucket_tags.get(bucket) or {}
    found["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return found


def read_policy(physical_id: str) -> dict[str, Any] | None:
    """The policy of a bucket."""
    bucket = physical_id.removesuffix("-policy")
    policy = s3._bucket_policies.get(bucket)
    return None if policy is None else {"Bucket": bucket, "PolicyDocument": policy}


def with_properties() -> None:
    """Let buckets be made and changed with all that S3 can hold of them."""
    own = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    own["create"] = _creating(own["create"])
    own["update"] = _updating(own["update"])
    provisioners._STACK_TAG_PROPERTY["AWS::S3::Bucket"] = ("Tags", "list")


def _creating(create: Create) -> Create:
    def made(logical_id: str, properties: Properties, stack: str) -> Made:
        bucket, attributes = create(logical_id, properties, stack)
        _tell(bucket, properties)
        return bucket, attributes

    return made


def _updating(update: Callable[..., Made]) -> Callable[..., Made]:
    def changed(physical_id: str, old: Properties, new: Properties, stack: str) -> Made:
        bucket, attributes = update(physical_id, old, new, stack)
        _tell(bucket, new)
        return bucket, attributes

    return changed
