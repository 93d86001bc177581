"""Names: the three cases of each control."""

from __future__ import annotations

from tests.cases import case

BUCKET = ("AWS::S3::Bucket", "acme-prod-bucket-documents", "Bucket")

CASES = {
    "names.unique": case(
        BUCKET,
        {"BucketName": "documents"},
        {"BucketName": {"Fn::Sub": "documents-${AWS::AccountId}"}},
        ("BucketName",),
        {"Fn::Sub": "acme-prod-documents-${AWS::Region}"},
    ),
    "names.bucket-without-dots": case(
        BUCKET,
        {"BucketName": "documents.example.com"},
        {"BucketName": {"Fn::Sub": "documents-${AWS::AccountId}-${AWS::Region}-an"}},
        ("BucketName",),
        {"Fn::Sub": "acme.documents-${AWS::AccountId}-${AWS::Region}-an"},
    ),
}
