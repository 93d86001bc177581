"""Made: templates from hypothesis, of real resource types and of none, and edits of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from baseline.schema import schema

TYPES = (
    *("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::EC2::SecurityGroup", "AWS::EC2::VPC"),
    *("AWS::EC2::Subnet", "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::RDS::DBInstance"),
    *("AWS::DynamoDB::Table", "AWS::Lambda::Function", "AWS::SQS::Queue", "AWS::SNS::Topic"),
    *("AWS::KMS::Key", "AWS::Logs::LogGroup", "AWS::ECS::Service", "AWS::EC2::Instance"),
    *("AWS::AutoScaling::AutoScalingGroup", "AWS::ElasticLoadBalancingV2::Listener"),
    *("AWS::CloudFront::Distribution", "AWS::Nobody::Knows", "Custom::Thing"),
    *("AWS::CloudFormation::Stack", "AWS::Route53::RecordSet", "AWS::SSM::Parameter"),
)
IDS = ("Alpha", "Beta", "Gamma", "Delta", "Epsilon")
WORDS = st.sampled_from(
    ["a", "b", "web", "10.0.0.0/16", "0.0.0.0/0", "1", "true", "False", "007", "1.50", "",
     "arn:aws:s3:::x/*", "s3:GetObject", "*", "${AWS::Region}", "äöü", "line\nline", "{", "[]",
     "MySQL", "tcp", "-1", "6"]
)  # fmt: skip
SCALARS = st.one_of(
    WORDS,
    st.booleans(),
    st.integers(-1, 70000),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
)


def functions(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Intrinsic functions, right and slightly wrong."""
    name = st.sampled_from([*IDS, "Param", "AWS::Region", "AWS::AccountId", "AWS::NoValue"])
    return st.one_of(
        name.map(lambda one: {"Ref": one}),
        st.tuples(name, st.sampled_from(["Arn", "Id", "A.B"])).map(
            lambda one: {"Fn::GetAtt": list(one)}
        ),
        st.tuples(name, WORDS).map(lambda one: {"Fn::Sub": one[1] + "${" + one[0] + "}"}),
        st.tuples(st.sampled_from(["", ",", "-"]), st.lists(inner, max_size=3)).map(
            lambda one: {"Fn::Join": list(one)}
        ),
        st.tuples(st.sampled_from(["Cond", "Always"]), inner, inner).map(
            lambda one: {"Fn::If": list(one)}
        ),
        st.tuples(st.integers(0, 2), st.lists(inner, max_size=3)).map(
            lambda one: {"Fn::Select": list(one)}
        ),
        st.sampled_from(["k1", "k2"]).map(lambda one: {"Fn::FindInMap": ["Map", one, "v"]}),
        inner.map(lambda one: {"Fn::ImportValue": one}),
        inner.map(lambda one: {"Fn::Base64": one}),
        inner.map(lambda one: {"Fn::Unknown": one}),
    )


VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["Key", "Value", "Name", "Id", "a", "Tags", "Statement", "Rules"]),
            inner,
            max_size=3,
        ),
        functions(inner),
    ),
    max_leaves=8,
)

STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": st.lists(
            st.sampled_from(["s3:GetObject", "s3:*", "*", "sqs:SendMessage"]),
            min_size=1,
            max_size=3,
        ),
        "Resource": st.sampled_from(["*", "arn:aws:s3:::b/*", {"Fn::GetAtt": ["Alpha", "Arn"]}]),
    },
    optional={
        "Principal": st.sampled_from(
            ["*", {"AWS": "*"}, {"AWS": "111122223333"}, {"Service": ["a.amazonaws.com"]}]
        ),
        "Sid": st.sampled_from(["One", "Two"]),
        "Condition": st.just({"StringEquals": {"aws:SourceAccount": "111122223333"}}),
    },
)
POLICIES = st.fixed_dictionaries(
    {"Version": st.just("2012-10-17"), "Statement": st.lists(STATEMENTS, min_size=1, max_size=3)}
)
TAGS = st.dictionaries(WORDS.filter(bool), WORDS, max_size=3).map(
    lambda tags: [{"Key": key, "Value": value} for key, value in tags.items()]
)


@st.composite
def properties(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """Properties of a type: some that its schema has, filled with anything."""
    known = sorted(schema(kind).data.get("properties", {})) or ["One", "Two"]
    names = draw(st.lists(st.sampled_from(known), max_size=4, unique=True))
    found: dict[str, Any] = {name: draw(VALUES) for name in names}
    if "Tags" in known and draw(st.booleans()):
        found["Tags"] = draw(TAGS)
    for name in known:
        if name.endswith("PolicyDocument") and draw(st.booleans()):
            found[name] = draw(POLICIES)
    return found


@st.composite
def templates(draw: st.DrawFn) -> dict[str, Any]:
    """A whole template, plausible enough to be read."""
    resources = {}
    for name in draw(st.lists(st.sampled_from(IDS), min_size=1, max_size=4, unique=True)):
        kind = draw(st.sampled_from(TYPES))
        resources[name] = {"Type": kind, "Properties": draw(properties(kind))}
        if draw(st.booleans()):
            resources[name]["DeletionPolicy"] = draw(
                st.sampled_from(["Retain", "Delete", "Snapshot"])
            )
        if draw(st.integers(0, 5)) == 0:
            resources[name]["Condition"] = "Cond"
    found: dict[str, Any] = {
        "Resources": resources,
        "Mappings": {"Map": {"k1": {"v": draw(WORDS)}, "k2": {"v": "x"}}},
        "Conditions": {
            "Cond": {"Fn::Equals": [{"Ref": "Param"}, draw(WORDS)]},
            "Always": {"Fn::Equals": ["a", "a"]},
        },
        "Parameters": {"Param": {"Type": "String", "Default": draw(WORDS)}},
    }
    if draw(st.booleans()):
        found["Outputs"] = {"Out": {"Value": draw(VALUES), "Export": {"Name": draw(WORDS)}}}
    return found
