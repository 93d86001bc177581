"""Sessions: they are recorded, encrypted, and end; and hosts may record them, and no more."""

from __future__ import annotations

import pytest

from baseline.stack import Place
from tests.samples import edited, of_type, properties, stack, stacks, statements

SITES = ("prod", "staging")


@pytest.mark.parametrize("site", SITES)
def test_sessions_are_recorded_as_they_go(site: str) -> None:
    """By the preferences that Session Manager reads, in an encrypted group of ours that is kept."""
    one = stack(f"acme-{site}-sessions")
    document = properties(one, "Preferences")
    assert (document["Name"], document["DocumentType"]) == ("SSM-SessionManagerRunShell", "Session")
    content = document["Content"]
    assert (content["schemaVersion"], content["sessionType"]) == ("1.0", "Standard_Stream")
    inputs = content["inputs"]
    assert inputs["cloudWatchLogGroupName"] == {"Ref": "LogGroup"}
    assert inputs["cloudWatchEncryptionEnabled"] is inputs["cloudWatchStreamingEnabled"] is True
    group = properties(one, "LogGroup")
    assert group["LogGroupName"] == f"/acme/{site}/sessions"
    assert group["KmsKeyId"] == {"Fn::ImportValue": f"acme-{site}-keys-LogsKeyArn"}
    assert one.resources["LogGroup"]["DeletionPolicy"] == "Retain"


def test_sessions_end() -> None:
    """After a quarter of an hour without a key, and after eight hours; minutes are text there."""
    inputs = properties(stack("acme-prod-sessions"), "Preferences")["Content"]["inputs"]
    assert (inputs["idleSessionTimeout"], inputs["maxSessionDuration"]) == ("15", "480")
    assert inputs["runAsEnabled"] is False
    assert "shellProfile" not in inputs


@pytest.mark.parametrize(
    "server", ["prod-server-shop", "prod-server-office", "staging-server-shop"]
)
def test_hosts_may_record_sessions(server: str) -> None:
    """In this group and in no other; that it is encrypted they find by asking for groups."""
    site = server.partition("-")[0]
    policy = properties(stack(f"acme-{server}"), "CloudWatchPolicy")["PolicyDocument"]
    found = statements(policy)
    assert set(found["RecordSessions"]["Action"]) == {
        *("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
    }
    arn = {"Fn::ImportValue": f"acme-{site}-sessions-LogGroupArn"}
    assert found["RecordSessions"]["Resource"] == arn
    assert found["FindLogGroups"]["Action"] == "logs:DescribeLogGroups"


def test_there_are_none_where_there_are_no_servers() -> None:
    """Neither in a fleet nor in an environment of buckets; and in one region only."""
    assert {one.name for one in stacks("acme") if one.short_name == "sessions"} == {
        f"acme-{site}-sessions" for site in SITES
    }
    assert not [one for one in edited("minimal") if of_type(one, "AWS::SSM::Document")]
    assert stack("acme-prod-sessions").target == (Place("111122223333", "eu-west-1"),)
