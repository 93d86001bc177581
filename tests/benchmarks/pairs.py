"""Pairs: templates of any size with changes of every kind, for benchmarks of diff."""

from __future__ import annotations

from typing import Any

KINDS = 8


def template(size: int, *, changed: bool) -> dict[str, Any]:
    """A template of `size` resources of eight types; a fifth of them differ where changed."""
    found: dict[str, Any] = {}
    for number in range(size // KINDS):
        is_other = changed and number % 5 == 0
        found |= _network(number, is_other) | _service(number, is_other)
    return {"Resources": found}


def _network(number: int, is_other: bool) -> dict[str, Any]:
    address = f"10.{number}"
    return {
        f"Vpc{number}": {
            "Type": "AWS::EC2::VPC",
            "Properties": {
                "CidrBlock": f"{address}.0.0/16",
                "EnableDnsSupport": True,
                "Tags": [{"Key": "Name", "Value": f"vpc-{number}"}, {"Key": "e", "Value": "p"}],
            },
        },
        f"Subnet{number}": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {
                "VpcId": {"Ref": f"Vpc{number}"},
                "CidrBlock": f"{address}.{int(is_other)}.0/24",
            },
        },
        f"Group{number}": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {
                "GroupDescription": "Web",
                "VpcId": {"Ref": f"Vpc{number}"},
                "SecurityGroupIngress": [
                    {
                        "IpProtocol": "tcp",
                        "FromPort": 443,
                        "ToPort": 443,
                        "CidrIp": "0.0.0.0/0" if is_other else "10.0.0.0/8",
                    }
                ],
            },
        },
        f"Queue{number}": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"VisibilityTimeout": 60 if is_other else 30},
        },
    }


def _service(number: int, is_other: bool) -> dict[str, Any]:
    allowed = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", *(["s3:PutObject"] if is_other else [])],
        "Resource": {"Fn::Join": ["", [{"Fn::GetAtt": [f"Bucket{number}", "Arn"]}, "/*"]]},
    }
    trusted = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    return {
        f"Role{number}": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trusted]},
                "Policies": [
                    {
                        "PolicyName": "p",
                        "PolicyDocument": {"Version": "2012-10-17", "Statement": [allowed]},
                    }
                ],
            },
        },
        f"Function{number}": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Role": {"Fn::GetAtt": [f"Role{number}", "Arn"]},
                "Runtime": "python3.12",
                "Handler": "a.b",
                "MemorySize": 256 if is_other else 128,
                "Code": {"ZipFile": "pass"},
                "Environment": {"Variables": {"BUCKET": {"Ref": f"Bucket{number}"}}},
            },
        },
        f"Bucket{number}": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "VersioningConfiguration": {"Status": "Enabled"},
                "LifecycleConfiguration": {
                    "Rules": [
                        {"Id": "a", "Status": "Enabled", "ExpirationInDays": 30 if is_other else 90}
                    ]
                },
            },
        },
        f"Table{number}": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": f"t{number}{'x' if is_other else ''}",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        },
    }
