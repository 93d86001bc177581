"""Check: findings with their place and cause, and every control seen to fail."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from baseline import check
from baseline.check import Subject, controls
from baseline.control import CannotJudge, Control, Finding, Severity, control
from baseline.emit import emit
from baseline.kept import NoCache
from baseline.load import load
from baseline.resource import Resource, resources
from baseline.stack import Stack
from tests.cases import all_cases
from tests.samples import ROOT, stack, stacks

TODAY = date(2026, 11, 25)


CASES = all_cases()  # in tests/cases/<service>.py
BY_NAME = {one.name: one for one in controls()}


def judged(name: str, kind: str, properties: Any, attributes: Any = None) -> list[str]:
    """What one control says of one resource."""
    resource = Resource("s", "R", kind, properties, attributes or {})
    return list(BY_NAME[name].judged(resource, TODAY))


def edited(one: Stack, logical_id: str, path: tuple[str | int, ...], value: Any) -> Subject:
    """A generated template with one value changed, as a subject."""
    template = copy.deepcopy(dict(one.template))
    here = template["Resources"][logical_id]
    if str(path[0]).startswith("../"):
        path = (str(path[0])[3:], *path[1:])
    else:
        here = here["Properties"]
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    return Subject(one.file, one.name, emit(one), template, one.origins)


def only_controls(subjects: list[Subject]) -> list[Finding]:
    """Findings of our controls; cfn-lint is asked elsewhere."""
    return list(check._judged({one.stack: one for one in subjects}, TODAY, None))


def test_every_control_has_its_three_cases() -> None:
    """A bad one, a good one, and an edit of what we generate: none is decorative."""
    assert set(CASES) == set(BY_NAME)


@pytest.mark.parametrize("name", CASES)
def test_a_control_tells_bad_from_good(name: str) -> None:
    """The smallest bad resource is told of, the smallest good one is not."""
    one = CASES[name]
    assert judged(name, one.kind, one.bad)
    assert not judged(name, one.kind, one.good, one.attributes)


@pytest.mark.parametrize("name", CASES)
def test_a_small_edit_of_what_we_generate_fails(name: str) -> None:
    """Only that control fails, and only on that resource."""
    one = CASES[name]
    subject = edited(stack(one.stack), one.resource, one.path, one.value)
    found = {(each.rule, each.resource, each.severity) for each in only_controls([subject])}
    assert found == {(name, one.resource, BY_NAME[name].severity)}


def test_what_we_generate_has_no_finding_and_no_doubt() -> None:
    """Every control can judge every resource of ours, and is content."""
    subjects = [
        Subject(one.file, one.name, emit(one), one.template, one.origins)
        for name in ("acme", "minimal")
        for one in stacks(name)
    ]
    assert only_controls(subjects) == []


def test_a_control_is_a_claim_with_a_reason() -> None:
    """`service.what-must-hold`, in a file of that service, with a title and a docstring."""
    for name, one in BY_NAME.items():
        assert name.split(".")[0] == one.judge.__module__.rpartition(".")[2]
        assert len(one.title) > 10
        assert len(one.why) > 40


def test_an_intrinsic_cannot_be_judged() -> None:
    """It is said, with what decides it, and never passes for met."""
    with pytest.raises(CannotJudge, match="RetentionInDays is decided by Ref"):
        judged("logs.kept-a-year", "AWS::Logs::LogGroup", {"RetentionInDays": {"Ref": "Days"}})
    subject = edited(stack("acme-prod-logs"), "FlowLogGroup", ("RetentionInDays",), {"Ref": "Days"})
    (found,) = only_controls([subject])
    assert found.severity is Severity.UNKNOWN
    assert "cannot be judged" in found.message


def test_a_control_that_crashes_is_a_finding() -> None:
    """Others are judged all the same."""

    def crash(_: Resource) -> Iterator[str]:
        """Never seen."""
        raise ZeroDivisionError("boom")
        yield ""

    broken: Control = control("x.y", "Never holds", on="T", severity=Severity.LOW)(crash)
    ((severity, message),) = check._judge(broken, Resource("s", "R", "T", {}, {}), TODAY)
    assert severity is Severity.UNKNOWN
    assert message == "R cannot be judged: the control failed with ZeroDivisionError: boom"


def test_a_dated_control_gets_the_day() -> None:
    """And none asks a clock."""

    def old(_: Resource, today: date) -> Iterator[str]:
        """Something grows old."""
        if today > TODAY:
            yield "is old"

    dated: Control = control("x.y", "Is new", on="T", severity=Severity.LOW, dated=True)(old)
    resource = Resource("s", "R", "T", {}, {})
    assert not list(check._judge(dated, resource, TODAY))
    assert list(check._judge(dated, resource, date(2026, 11, 26))) == [
        (Severity.LOW, "R: is old"),
    ]


def test_a_finding_points_at_template_and_profile() -> None:
    """At the line that declares the resource, and the line that asked for it."""
    source = load(ROOT / "profiles" / "acme.yaml", "acme.yaml")[1]
    one = stack("acme-prod-bucket-documents")
    subject = edited(one, "Bucket", ("VersioningConfiguration", "Status"), "Suspended")
    (found,) = check._judged({one.name: subject}, TODAY, source)
    place = found.place
    assert subject.text.splitlines()[place.line - 1] == "  Bucket:"
    assert (place.file, place.column) == (one.file, 3)
    assert place.cause == "environments.prod.buckets.documents"
    line = int(place.asked_at.split(":")[1])
    profile = (ROOT / "profiles" / "acme.yaml").read_text(encoding="utf-8").splitlines()
    assert profile[line - 1].strip() == "- name: documents"


def test_a_finding_of_cfn_lint_points_at_the_profile_too() -> None:
    """By the resource that its path names."""
    source = load(ROOT / "profiles" / "acme.yaml", "acme.yaml")[1]
    one = stack("acme-prod-bucket-documents")
    text = emit(one).replace("Status: Enabled", "Status: Enabledd", 1)
    found = check.check(
        [Subject(one.file, one.name, text, one.template, one.origins)],
        ("eu-west-1",),
        NoCache(),
        TODAY,
        source,
    )
    assert {each.rule for each in found} == {"E3030"}
    assert found[0].place.cause == "environments.prod.buckets.documents"
    assert found[0].place.asked_at.startswith("acme.yaml:")


def test_findings_are_worst_first() -> None:
    """And the same whatever the order of templates."""
    text = "Resources: {A: {Type: 'AWS::S3::Bucket'}}"
    template = {"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}
    subjects = [Subject(name, name, text, template) for name in ("b.yaml", "a.yaml")]
    found = check.check(subjects, ("us-east-1",), NoCache(), TODAY)
    assert list(found) == sorted(found, key=lambda one: one.order)
    assert [one.severity for one in found] == sorted((one.severity for one in found), reverse=True)
    assert found == check.check(subjects[::-1], ("us-east-1",), NoCache(), TODAY)


def test_references_are_resolved_across_stacks() -> None:
    """An import becomes the resource that another stack exports."""
    templates = {one.name: one.template for one in stacks("acme")}
    found = {(one.stack, one.logical_id): one for one in resources(templates)}
    group = found["acme-prod-logs", "FlowLogGroup"]
    key = group.properties["KmsKeyId"]
    assert (key.stack, key.resource, key.attribute) == ("acme-prod-keys", "LogsKey", "Arn")
    subnet = found["acme-prod-network", "PublicSubnetA"]
    assert subnet.properties["VpcId"].resource == "Vpc"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (
            "Resources:\n  Policy:\n    Properties:\n      Bucket: x\n  Bucket:\n    Type: T\n",
            (5, 3),
        ),
        ("Mappings:\n  Bucket: {}\nResources:\n# none\n\n    Bucket:\n      Type: T\n", (6, 5)),
        ('{\n  "Resources": {\n    "Other": {},\n    "Bucket": {}\n  }\n}\n', (4, 5)),
        ('{"Resources": {"Bucket": {}}}\n', (1, 1)),
        ("Resources: {Bucket: {}}\n", (1, 1)),
    ],
)
def test_a_resource_is_found_where_it_is_declared(text: str, place: tuple[int, int]) -> None:
    """Not where another one names it; the first line where that is unclear."""
    assert check._declared_at(text, "Bucket") == place
