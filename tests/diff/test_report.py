"""Report: one model, shown as text, Markdown, HTML and JSON; groups, secrets and limits."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from baseline.change import Changes
from baseline.diff import diff, diff_stacks
from baseline.diff.report import COMMENT_LIMIT, comment, outcome, report, shown_as
from baseline.exports.changes import SCHEMA, write
from baseline.render import render
from tests.benchmarks.pairs import template as pair
from tests.diff.test_corpus import template

FORMS = ("text", "markdown", "html", "json")


def text(changes: Changes, *, full: bool = False) -> str:
    """As a terminal shows it."""
    return render(report(changes, full=full), "text")


def of(before: str, after: str) -> Changes:
    """Changes between two templates."""
    return diff(template(before), template(after))


def test_worst_first() -> None:
    """Data, then access, then replacement, then the rest."""
    shown = text(diff(pair(40, changed=False), pair(40, changed=True)))
    places = [shown.index(f"\n{word}\n") for word in ("Data", "Access", "Replacement")]
    assert places == sorted(places)
    assert shown.index("Other changes") > places[-1]


def test_nothing_to_say() -> None:
    """Says so in one line."""
    assert text(of("A: {Type: T}", "A: {Type: T}")) == "Diff\n\nNo differences in meaning.\n"


def test_long_values_are_shortened_around_what_differs() -> None:
    """And whole on request."""
    long = "x" * 200
    changes = of(
        f"A: {{Type: T, Properties: {{P: '{long} one {long}'}}}}",
        f"A: {{Type: T, Properties: {{P: '{long} two {long}'}}}}",
    )
    shown = text(changes)
    assert "one" in shown
    assert "two" in shown
    assert long not in shown
    assert long in text(changes, full=True)


def test_the_same_in_many_stacks_is_said_once() -> None:
    """With those that differ, and those that stay as they are, by name."""
    body = "Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 30}}"
    before = {f"stack-{number:03}": template(body) for number in range(420)}
    after = {name: template(body.replace("30", "60")) for name in before}
    after["stack-007"] = template(body.replace("30", "90"))
    after["stack-008"] = before["stack-008"]
    shown = text(diff_stacks(before, after))
    assert "the same 418 times in 418 stacks" in shown
    assert "stack-007: Q (AWS::SQS::Queue): changed (unlike 418 others)" in shown
    assert "not in stack-008" in shown
    assert len(shown.splitlines()) < 25


def test_a_comment_fits_and_keeps_its_summary() -> None:
    """However much changes; details are folded, and those left out are counted."""
    before: dict[str, Any] = {"Resources": {}}
    after: dict[str, Any] = {
        "Resources": {
            f"Queue{number}": {
                "Type": "AWS::SQS::Queue",
                "Properties": {"VisibilityTimeout": number, "QueueName": "q" * 60 + str(number)},
            }
            for number in range(1_500)
        }
    }
    changes = diff(before, after)
    whole = render(report(changes), "markdown")
    fitted = comment(changes)
    assert len(whole) > COMMENT_LIMIT >= len(fitted)
    assert whole.split("<details>")[0] == fitted.split("<details>")[0]
    assert "| added | 1,500 |" in fitted
    assert "more are left out here" in fitted
    assert fitted.count("<details>") == fitted.count("</details>")


def test_secrets_are_never_shown() -> None:
    """In no format, whatever is added, removed, changed or renamed."""
    secrets = ("hunter22", "s3cr3t-one", "AKIAIOSFODNN7EXAMPLE", "kept-from-you", "other-pass")
    before = """
Parameters:
  Pw: {Type: String, NoEcho: true, Default: hunter22}
  Gone: {Type: String, NoEcho: 'true', Default: kept-from-you}
Resources:
  D: {Type: AWS::RDS::DBInstance, Properties: {MasterUserPassword: s3cr3t-one}}
  F:
    Type: AWS::Lambda::Function
    Properties: {Environment: {Variables: {KEY: AKIAIOSFODNN7EXAMPLE}}}
"""
    after = """
Parameters: {Pw: {Type: String, NoEcho: true, Default: hunter23}}
Resources:
  D: {Type: AWS::RDS::DBInstance, Properties: {MasterUserPassword: other-pass}}
  G:
    Type: AWS::Lambda::Function
    Properties: {Environment: {Variables: {KEY: AKIAIOSFODNN7EXAMPLE}}}
"""
    for changes in (of(before, after), of(after, before)):
        for form in FORMS:
            for full in (False, True):
                shown = shown_as(changes, form, full=full)
                assert not [one for one in (*secrets, "hunter23") if one in shown], form
                assert "secret:" in shown
        assert not [one for one in secrets if one in repr(changes)]


def test_a_secret_that_stays_has_one_digest() -> None:
    """So that people see whether it changed, in both directions alike."""
    head = "D: {Type: AWS::RDS::DBInstance, Properties: {MasterUserPassword: "
    there, back = of(head + "a1}}", head + "b1}}"), of(head + "b1}}", head + "a1}}")
    digests = [
        [word for word in text(changes).replace('"', " ").split() if word.startswith("secret:")]
        for changes in (there, back)
    ]
    assert digests[0] == digests[1][::-1]
    assert len(set(digests[0])) == 2


def test_json_is_as_its_schema_says() -> None:
    """For every kind of change."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for changes in (
        diff(pair(80, changed=False), pair(80, changed=True)),
        diff(pair(40, changed=False), pair(16, changed=True)),
        diff(pair(16, changed=True), pair(40, changed=False)),
        of("Old: {Type: AWS::SQS::Queue}", "New: {Type: AWS::SQS::Queue}"),
        of("A: {Type: T}", "A: {Type: T}"),
    ):
        found = json.loads(write(changes))
        jsonschema.Draft202012Validator(SCHEMA).validate(found)
        assert found["equal"] is not bool(changes)


def test_html_is_inert() -> None:
    """What a template says is text on the page, never markup."""
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    changes = of(f"A: {{Type: T, Properties: {{P: '{evil}'}}}}", "A: {Type: T, Properties: {P: x}}")
    page = shown_as(changes, "html", full=True)
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    assert page.startswith("<!doctype html>")


def test_fail_on() -> None:
    """Only what was asked for counts."""
    changes = of(
        "L: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 90}}",
        "L: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 30}}",
    )
    assert outcome(changes, ["loses-data"]) == ["loses-data"]
    assert outcome(changes, ["widens-access", "replaces"]) == []
