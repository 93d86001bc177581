"""Names: what must hold for names that all customers of AWS share."""

from __future__ import annotations

import re
from collections.abc import Iterator

from baseline.control import Severity, control
from baseline.policy import text_of
from baseline.resource import Resource

# What must be unique beyond the account: type to property.
SHARED = {
    "AWS::Cognito::UserPoolDomain": "Domain",
    "AWS::ElasticBeanstalk::Environment": "CNAMEPrefix",
    "AWS::S3::Bucket": "BucketName",
}
_OWN = re.compile(r"\$\{AWS::AccountId\}|\$\{AWS::StackId\}|(?<!\d)\d{12}(?!\d)")


@control(
    "names.unique",
    "Names that all customers share hold the number of the account",
    on=tuple(SHARED),
    severity=Severity.MEDIUM,
)
def unique(resource: Resource) -> Iterator[str]:
    """Whoever takes the name first has it: the stack fails, or others write into their bucket."""
    key = SHARED[resource.type]
    if resource.properties.get(key) is None:
        return
    name = text_of(resource.properties[key], key)
    if not _OWN.search(name):
        yield f"{key} is {name}, which anybody may have taken"


@control(
    "names.bucket-without-dots",
    "Names of buckets have no dots",
    on="AWS::S3::Bucket",
    severity=Severity.LOW,
)
def bucket_without_dots(bucket: Resource) -> Iterator[str]:
    """The certificate of S3 covers one label; with a dot, programs turn off its verification."""
    if bucket.properties.get("BucketName") is not None:
        name = re.sub(r"\$\{[^}]*\}", "", text_of(bucket.properties["BucketName"], "BucketName"))
        if "." in name:
            yield f"BucketName is {name}"
