"""AWS: the boto3 twin, against a server on loopback that answers and fails as AWS does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from functools import partial

import pytest

from baseline.aws import Aws, connect
from baseline.cloud import ChangeSetRequest, Cloud, Import, RefusedError, together
from baseline.deployed import deployed
from baseline.emit import emit
from baseline.errors import CloudError
from baseline.stack import Place
from tests.fault import (
    Fault,
    TokenBucket,
    environment,
    error,
    json_error,
    many_stacks,
    serving,
    stack_xml,
    xml,
)
from tests.small import HOME, VPC, stack


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fault]:
    """The server, and an environment that leads to it."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN"):
        monkeypatch.delenv(name, raising=False)
    with serving(Fault()) as running:
        for name, value in environment(running).items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def aws(fault: Fault) -> Aws:
    """The twin, as the environment gives it."""
    assert fault.url
    return connect()


# ---- who we are ----------------------------------------------------------------------------


def test_the_twin_is_a_cloud(aws: Aws) -> None:
    """Said to the type checker, and kept by it."""
    cloud: Cloud = aws
    assert cloud.identity(HOME).account == HOME.account


def test_credentials_of_another_account_are_refused(aws: Aws, fault: Fault) -> None:
    """With both accounts, and the way out."""
    fault.account = "999988887777"
    with pytest.raises(CloudError, match=r"111122223333 .*999988887777.*--role"):
        aws.identity(HOME)


def test_a_role_is_assumed_in_each_account(fault: Fault) -> None:
    """Once for each, and its keys sign what follows."""

    def assume(params: dict[str, str]) -> tuple[int, str]:
        account = params["RoleArn"].split(":")[4]
        fault.account = account
        keys = (
            f"<AccessKeyId>AKID{account}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
            "<SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration>"
        )
        return xml("AssumeRole", f"<Credentials>{keys}</Credentials>")

    fault.answers["AssumeRole"] = assume  # type: ignore[assignment]
    aws = connect(role="baseline-deploy")
    for account in ("111122223333", "444455556666"):
        for region in ("eu-west-1", "eu-central-1"):
            assert aws.identity(Place(account, region)).account == account
            assert fault.keys[-1] == f"AKID{account}"
    roles = [params["RoleArn"] for action, params in fault.asked if action == "AssumeRole"]
    assert roles == [
        "arn:aws:iam::111122223333:role/baseline-deploy",
        "arn:aws:iam::444455556666:role/baseline-deploy",
    ]


def test_without_credentials_it_says_how_to_get_them(
    fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rather than a traceback."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(CloudError, match="aws sso login"):
        connect().identity(HOME)
    with pytest.raises(CloudError, match="aws sso login"):
        connect(role="x").identity(HOME)
    assert not fault.asked


def test_an_unknown_profile_is_said(fault: Fault) -> None:
    """By its name."""
    assert fault.url
    with pytest.raises(CloudError, match="nowhere"):
        connect("nowhere").identity(HOME)


# ---- what goes wrong -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (error("ExpiredToken", "expired", 403), "have expired: get new ones"),
        (error("InvalidClientTokenId", "invalid", 403), "AWS does not know these credentials"),
        (error("SignatureDoesNotMatch", "no", 403), "check the secret key and the clock"),
        (
            error(
                "AccessDenied",
                "User: arn:aws:iam::1:user/x is not authorized to perform: "
                "cloudformation:DescribeStacks on resource: *",
                403,
            ),
            "not allowed: cloudformation:DescribeStacks",
        ),
        (error("ValidationError", "no such thing"), "no such thing"),
    ],
    ids=["expired", "unknown", "signature", "denied", "other"],
)
def test_errors_say_what_where_and_what_next(
    aws: Aws, fault: Fault, answer: tuple[int, str], says: str
) -> None:
    """In words, with the account and the region; exit 3."""
    fault.answers["DescribeStacks"] = lambda _: answer
    with pytest.raises(CloudError) as caught:
        aws.stacks(HOME)
    assert str(caught.value).startswith("111122223333 (eu-west-1): ")
    assert says in str(caught.value)
    assert caught.value.exit_code == 3


def test_a_region_that_is_not_enabled_is_told_from_bad_credentials(aws: Aws, fault: Fault) -> None:
    """The same credentials hold elsewhere."""
    fault.closed_regions = frozenset({"eu-south-2"})
    aws.identity(HOME)
    with pytest.raises(CloudError, match="region is probably not enabled"):
        aws.identity(Place(HOME.account, "eu-south-2"))


def test_nobody_there_is_said(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network is down."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("baseline.aws.session.MOST_TRIES", 1)
    with pytest.raises(CloudError, match="check the network"):
        aws.stacks(HOME)


def test_many_errors_are_said_at_once(aws: Aws, fault: Fault) -> None:
    """One line for each place."""
    fault.account = "999988887777"
    places = [HOME, Place("444455556666", "eu-west-1")]
    with pytest.raises(CloudError) as caught:
        together({place: partial(aws.identity, place) for place in places})
    assert caught.value.exit_code == 3


# ---- throttling ----------------------------------------------------------------------------


def test_a_bucket_of_tokens_slows_down_and_never_fails(aws: Aws, fault: Fault) -> None:
    """Sixty stacks at twenty requests a second."""
    stacks = [stack(f"net{number}", {"Vpc": VPC}) for number in range(60)]
    many_stacks(
        fault, {one.name: emit(one) for one in stacks}, {one.name: one.tags for one in stacks}
    )
    fault.bucket = TokenBucket(20, 5)
    there = deployed(stacks, aws)
    assert len(there.standing) == 60
    assert all(one.known is not None for one in there.standing.values())
    assert fault.throttled < 30


# ---- pagers and values ---------------------------------------------------------------------


def test_pagers_are_followed(aws: Aws, fault: Fault) -> None:
    """Three pages of stacks."""
    names = {f"stack{number:03}": "Resources: {}" for number in range(250)}
    many_stacks(fault, names, {name: {} for name in names})
    assert len(aws.stacks(HOME)) == 250
    assert fault.names().count("DescribeStacks") == 3


def test_what_is_missing_is_none(aws: Aws, fault: Fault) -> None:
    """AWS says it by an error."""
    gone = error("ValidationError", "Stack with id x does not exist")
    fault.answers["DescribeStacks"] = lambda _: gone
    fault.answers["ListChangeSets"] = lambda _: gone
    fault.answers["DescribeChangeSet"] = lambda _: error("ChangeSetNotFound", "", 404)
    fault.answers["DeleteChangeSet"] = lambda _: error("ChangeSetNotFound", "", 404)
    fault.answers["ListImports"] = lambda _: error(
        "ValidationError", "Export 'x' is not imported by any stack."
    )
    assert aws.stack(HOME, "x") is None
    assert aws.change_sets(HOME, "x") == ()
    assert aws.change_set(HOME, "x", "y") is None
    assert aws.importers(HOME, "x") == ()
    aws.delete_change_set(HOME, "x", "y")


def test_a_failed_roll_back_is_read(aws: Aws, fault: Fault) -> None:
    """With its status as it is."""
    one = stack_xml("acme-prod-data", "UPDATE_ROLLBACK_FAILED", {"a": "b"})
    fault.answers["DescribeStacks"] = lambda _: xml("DescribeStacks", f"<Stacks>{one}</Stacks>")
    found = aws.stack(HOME, "acme-prod-data")
    assert found
    assert found.status == "UPDATE_ROLLBACK_FAILED"
    assert found.tags == {"a": "b"}
    assert not found.is_busy
    assert found.is_there


def test_events_are_read_no_further_than_needed(aws: Aws, fault: Fault) -> None:
    """AWS gives the newest first; we the oldest, after the last that is known."""

    def events(params: dict[str, str]) -> tuple[int, str]:
        start = int(params.get("NextToken", "9"))
        page = "".join(
            f"<member><EventId>e{number}</EventId><StackName>s</StackName><StackId>i</StackId>"
            f"<LogicalResourceId>Vpc</LogicalResourceId><ResourceType>AWS::EC2::VPC</ResourceType>"
            f"<ResourceStatus>CREATE_COMPLETE</ResourceStatus>"
            f"<Timestamp>2026-11-25T00:00:0{number}Z</Timestamp></member>"
            for number in range(start, start - 3, -1)
        )
        more = f"<NextToken>{start - 3}</NextToken>" if start > 3 else ""
        return xml("DescribeStackEvents", f"<StackEvents>{page}</StackEvents>{more}")

    fault.answers["DescribeStackEvents"] = events  # type: ignore[assignment]
    assert [one.id for one in aws.events(HOME, "s", "e7")] == ["e8", "e9"]
    assert fault.names().count("DescribeStackEvents") == 1
    assert [one.id for one in aws.events(HOME, "s")] == [f"e{number}" for number in range(1, 10)]
    assert isinstance(aws.events(HOME, "s", "e8")[0].at, datetime)


def test_a_change_set_is_asked_for_and_read(aws: Aws, fault: Fault) -> None:
    """Every part of the request, and of the answer that a plan is held to."""
    fault.answers["CreateChangeSet"] = lambda _: xml("CreateChangeSet", "<Id>arn:cs</Id>")
    change = (
        "<member><Type>Resource</Type><ResourceChange><Action>Modify</Action>"
        "<LogicalResourceId>Data</LogicalResourceId><ResourceType>AWS::S3::Bucket</ResourceType>"
        "<Replacement>True</Replacement><Scope><member>Properties</member></Scope><Details><member>"
        "<Target><Attribute>Properties</Attribute><Name>BucketName</Name></Target>"
        "<Evaluation>Static</Evaluation></member></Details></ResourceChange></member>"
    )
    fault.answers["DescribeChangeSet"] = lambda _: xml(
        "DescribeChangeSet",
        "<ChangeSetName>c</ChangeSetName><ChangeSetId>arn:cs</ChangeSetId><StackName>s</StackName>"
        "<StackId>i</StackId><Status>CREATE_COMPLETE</Status>"
        f"<ExecutionStatus>AVAILABLE</ExecutionStatus><Changes>{change}</Changes>",
    )
    taken = Import("Data", "AWS::S3::Bucket", {"BucketName": "b"})
    request = ChangeSetRequest(
        "s",
        "c",
        "IMPORT",
        text="{}",
        tags={"a": "b"},
        role="arn:aws:iam::111122223333:role/x",
        imports=(taken,),
    )
    assert aws.create_change_set(HOME, request) == "arn:cs"
    _, params = fault.asked[-1]
    assert params["ChangeSetType"] == "IMPORT"
    assert params["Capabilities.member.1"] == "CAPABILITY_NAMED_IAM"
    assert params["RoleARN"].endswith("role/x")
    assert params["ResourcesToImport.member.1.ResourceIdentifier.entry.1.value"] == "b"
    found = aws.change_set(HOME, "s", "c")
    assert found
    assert found.is_ready
    assert found.changes[0].replacement == "True"
    assert found.changes[0].properties == ("BucketName",)
    assert not found.changes[0].is_dynamic


def test_a_slow_drift_detection_is_told_as_such(aws: Aws, fault: Fault) -> None:
    """In progress, then done; differences with what was expected and what is there."""
    states = iter(("DETECTION_IN_PROGRESS", "DETECTION_COMPLETE"))
    fault.answers["DetectStackDrift"] = lambda _: xml(
        "DetectStackDrift", "<StackDriftDetectionId>d</StackDriftDetectionId>"
    )
    fault.answers["DescribeStackDriftDetectionStatus"] = lambda _: xml(
        "DescribeStackDriftDetectionStatus",
        "<StackId>i</StackId><StackDriftDetectionId>d</StackDriftDetectionId>"
        f"<DetectionStatus>{next(states)}</DetectionStatus><Timestamp>2026-11-25T00:00:00Z</Timestamp>",
    )
    fault.answers["DescribeStackResourceDrifts"] = lambda _: xml(
        "DescribeStackResourceDrifts",
        "<StackResourceDrifts><member><StackId>i</StackId><LogicalResourceId>Data"
        "</LogicalResourceId><ResourceType>AWS::S3::Bucket</ResourceType>"
        "<StackResourceDriftStatus>MODIFIED</StackResourceDriftStatus>"
        "<Timestamp>2026-11-25T00:00:00Z</Timestamp><PropertyDifferences><member>"
        "<PropertyPath>/Tags</PropertyPath><ExpectedValue>1</ExpectedValue>"
        "<ActualValue>2</ActualValue><DifferenceType>NOT_EQUAL</DifferenceType></member>"
        "</PropertyDifferences></member></StackResourceDrifts>",
    )
    run = aws.start_drift(HOME, "s")
    assert aws.drift_run(HOME, run).status == "DETECTION_IN_PROGRESS"
    assert aws.drift_run(HOME, run).status == "DETECTION_COMPLETE"
    assert aws.drifts(HOME, "s")[0].differences[0].path == "/Tags"


# ---- other services ------------------------------------------------------------------------


def test_cloud_control_reads_properties(aws: Aws, fault: Fault) -> None:
    """As data; None for what is not there; a refusal for a type it cannot read."""
    answers = iter(
        (
            (200, json.dumps({"ResourceDescription": {"Properties": '{"A": 1}'}})),
            json_error("ResourceNotFoundException", "gone"),
            json_error("UnsupportedActionException", "not this type"),
        )
    )
    fault.answers["GetResource"] = lambda _: next(answers)
    assert aws.live(HOME, "AWS::S3::Bucket", "b") == {"A": 1}
    assert aws.live(HOME, "AWS::S3::Bucket", "b") is None
    with pytest.raises(RefusedError) as caught:
        aws.live(HOME, "AWS::Nobody::Knows", "b")
    assert caught.value.code == "UnsupportedActionException"


def test_templates_lie_in_the_bucket_of_the_account(aws: Aws, fault: Fault) -> None:
    """The URL is of the same bucket and key."""
    fault.answers["PutObject"] = lambda _: (200, "")
    url = aws.put_template(HOME, "acme-templates", "a/b.yaml", "Resources: {}")
    assert url.endswith("/acme-templates/a/b.yaml")
    assert "acme-templates" in fault.asked[-1][1]["path"]
