"""Alerts: who may publish, who is told, and what an alarm says."""

from __future__ import annotations

from typing import Any

import pytest

from baseline.blueprints import Site, alarm
from tests.samples import edited, of_type, profile, properties, stack, stacks, statements

ALERTS = stack("acme-prod-alerts")
OURS = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_only_services_of_this_account_publish() -> None:
    """Each is tied to what it works for; nobody speaks plain HTTP."""
    found: dict[str, Any] = dict(
        statements(properties(ALERTS, "TopicPolicy")["PolicyDocument"]),
    )
    refusal = found.pop("DenyPlainHttp")
    assert (refusal["Effect"], refusal["Principal"]) == ("Deny", "*")
    assert set(found) == {"PublishAlarms", "PublishDatabases", "PublishRules"}
    for statement in found.values():
        assert set(statement["Principal"]) == {"Service"}
        assert OURS in statement["Condition"].values()
        assert statement["Resource"] == {"Ref": "Topic"}
    assert set(found["PublishAlarms"]["Condition"]) == {"StringEquals", "ArnLike"}


def test_whoever_publishes_may_use_the_key() -> None:
    """An encrypted topic drops what a service without the key sends, in silence."""
    policy = statements(properties(stack("acme-prod-keys"), "AlertsKey")["KeyPolicy"])
    topic = statements(properties(ALERTS, "TopicPolicy")["PolicyDocument"])
    services = {one["Principal"]["Service"] for one in topic.values() if one["Effect"] == "Allow"}
    assert set(policy["Publish"]["Principal"]["Service"]) == services
    assert {"kms:Decrypt", "kms:GenerateDataKey"} <= set(policy["Publish"]["Action"])
    assert properties(ALERTS, "Topic")["KmsMasterKeyId"] == {
        "Fn::ImportValue": "acme-prod-keys-AlertsKeyArn"
    }


def test_operations_are_asked_to_subscribe() -> None:
    """Where the profile has an address; without one there is a topic all the same."""
    (subscription,) = of_type(ALERTS, "AWS::SNS::Subscription").values()
    assert (subscription["Protocol"], subscription["Endpoint"]) == (
        *("email", "operations@acme.example"),
    )
    made = edited("acme", ("    operations: operations@acme.example\n", ""))
    one = next(each for each in made if each.name == ALERTS.name)
    assert set(one.resources) == {"Topic", "TopicPolicy"}


def test_where_nothing_runs_nothing_alarms() -> None:
    """A network alone has no alarm, and no topic."""
    assert not [one for one in stacks("minimal") if one.short_name == "alerts"]


@pytest.mark.parametrize("missing", ["missing", "breaching"])
def test_an_alarm_tells_when_it_begins_and_when_it_ends(missing: str) -> None:
    """To the site's topic, and with words that name the site."""
    acme = profile("acme")
    site = Site(acme, acme.environments[0])
    made = alarm(
        site,
        "Busy",
        "too busy",
        namespace="AWS/EC2",
        metric="CPUUtilization",
        dimensions={"AutoScalingGroupName": "x"},
        threshold=90,
        missing=missing,
    ).to_dict()["Properties"]
    topic = [{"Fn::ImportValue": f"{site.prefix}-alerts-TopicArn"}]
    assert made["AlarmActions"] == made["OKActions"] == topic
    assert made["AlarmDescription"] == f"{site.prefix}: too busy"
    assert made["TreatMissingData"] == missing
