"""Check: findings with their place and cause, and every control seen to fail."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from baseline import check
from baseline.ask import ask
from baseline.check import Subject, controls
from baseline.control import TEMPLATE, CannotJudge, Control, Finding, Severity, control
from baseline.emit import emit
from baseline.kept import NoCache
from baseline.load import load
from baseline.resource import Resource, resources
from baseline.source import Source
from baseline.stack import Stack
from baseline.template import read
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
    here: Any = template["Resources"][logical_id] if logical_id else template
    if str(path[0]).startswith("../"):
        path = (str(path[0])[3:], *path[1:])
    elif logical_id:
        here = here["Properties"]
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    return Subject(one.file, one.name, emit(one), template, one.origins)


def only_controls(subjects: list[Subject], source: Source | None = None) -> list[Finding]:
    """Findings of our controls; cfn-lint is asked elsewhere."""
    done = check.examine(subjects, (), NoCache(), TODAY, source, only=BY_NAME)
    return list(done.findings)


def account(resources: Any) -> list[Subject]:
    """Resources as the only template of an account; those of two where the first level has two."""
    named = (
        resources
        if "Resources" in next(iter(resources.values()))
        else {"one": {"Resources": resources}}
    )
    return [
        Subject(f"{name}.yaml", name, "", template, account=f"x/{name}")
        for name, template in named.items()
    ]


def of_acme(*changed: Subject) -> list[Subject]:
    """Everything that acme has, each in its account, with some of it changed."""
    others = {one.stack: one for one in changed}
    return [
        replace(
            others.get(one.name) or Subject(one.file, one.name, "", one.template, one.origins),
            account=f"acme/{one.site}",
        )
        for one in stacks("acme")
    ]


def test_every_control_has_its_three_cases() -> None:
    """A bad one, a good one, and an edit of what we generate: none is decorative."""
    assert set(CASES) == set(BY_NAME)


@pytest.mark.parametrize("name", CASES)
def test_a_control_tells_bad_from_good(name: str) -> None:
    """The smallest bad resource is told of, the smallest good one is not."""
    one = CASES[name]
    if not one.kind:
        assert {each.rule for each in only_controls(account(one.bad))} >= {name}
        assert name not in {each.rule for each in only_controls(account(one.good))}
        return
    assert judged(name, one.kind, one.bad)
    assert not judged(name, one.kind, one.good, one.attributes)


@pytest.mark.parametrize("name", CASES)
def test_a_small_edit_of_what_we_generate_fails(name: str) -> None:
    """Only that control fails, and only on that resource."""
    one = CASES[name]
    subject = edited(stack(one.stack), one.resource, one.path, one.value)
    if not one.kind:
        of_all = only_controls(of_acme(subject))
        assert {(each.rule, each.severity) for each in of_all} == {(name, BY_NAME[name].severity)}
        assert (one.told or one.resource) in {each.resource for each in of_all}
        return
    found = {(each.rule, each.resource, each.severity) for each in only_controls([subject])}
    assert found == {(name, one.resource, BY_NAME[name].severity)}


def test_what_we_generate_has_no_finding_and_no_doubt() -> None:
    """Every control can judge every resource of ours, and is content."""
    subjects = [
        Subject(one.file, one.name, emit(one), one.template, one.origins, f"{name}/{one.site}")
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
    ((severity, message, _),) = ask(broken, Resource("s", "R", "T", {}, {}), TODAY)
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
    assert not list(ask(dated, resource, TODAY))
    assert list(ask(dated, resource, date(2026, 11, 26))) == [(Severity.LOW, "R: is old", ())]


def test_a_finding_points_at_template_and_profile() -> None:
    """At the line that declares the resource, and the line that asked for it."""
    source = load(ROOT / "profiles" / "acme.yaml", "acme.yaml")[1]
    one = stack("acme-prod-bucket-documents")
    subject = edited(one, "Bucket", ("VersioningConfiguration", "Status"), "Suspended")
    (found,) = only_controls([subject], source)
    place = found.place
    assert subject.text.splitlines()[place.line - 1] == "        Status: Enabled"
    assert (place.file, place.column, found.path) == (
        one.file,
        9,
        "VersioningConfiguration.Status",
    )
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


# ---- places --------------------------------------------------------------------------------

TYPED = "Type: AWS::S3::Bucket"
TABBED = (
    '{\n\t"Resources": {\n\t\t"A": {"Type": "AWS::S3::Bucket", "Properties": {\n'
    '\t\t\t"VersioningConfiguration": {"Status": "x"}}}}}\n'
)
CONDITIONAL = (
    f"Conditions: {{C: !Equals [1, !Ref 'AWS::Region']}}\nResources:\n  A:\n    {TYPED}\n"
    "    Properties:\n      VersioningConfiguration: !If [C, {Status: x}, {Status: y}]\n"
)
VERSIONS = "VersioningConfiguration: {Status: Suspended}"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"Resources:\n  A:\n    {TYPED}\n    Properties:\n      {VERSIONS}\n", (5, 33)),
        (f"Resources:\n  A:\n    {TYPED}\n    Properties:\n      BucketName: x\n", (2, 3)),
        (f"Resources:\n  A:\n    {TYPED}\n", (2, 3)),
        (TABBED, (4, 32)),
        (CONDITIONAL, (6, 7)),
    ],
)
def test_a_finding_is_where_the_property_is(text: str, place: tuple[int, int]) -> None:
    """Or where its nearest parent is, or else where the resource is declared."""
    template = read(text.encode(), "a.yaml")
    found = only_controls([Subject("a.yaml", "a", text, template)])
    (versions,) = (one for one in found if one.rule == "storage.versioned")
    assert (versions.place.line, versions.place.column) == place


def said_by(said: Any, properties: dict[str, Any]) -> Any:
    """Message and path, as the engine makes them of what a control yields."""

    def judge(_: Resource) -> Iterator[Any]:
        """Never seen."""
        yield said

    one = control("x.y", "Never holds", on="T", severity=Severity.LOW)(judge)
    ((_, message, path),) = ask(one, Resource("s", "R", "T", properties, {"Kept": "x"}), TODAY)
    return message, path


def test_what_a_control_may_yield() -> None:
    """A message, which may begin with a property; or a path, and a message that goes on."""
    assert said_by("A.B is off", {"A": {}}) == ("R: A.B is off", ("A", "B"))
    assert said_by("A is off", {}) == ("R: A is off", ())
    assert said_by("Kept is off", {}) == ("R: Kept is off", ("../Kept",))
    assert said_by((("A", 0, "B"), "is off"), {}) == ("R: A.0.B is off", ("A", 0, "B"))
    assert said_by((("../Kept",), "is off"), {}) == ("R: Kept is off", ("../Kept",))


def test_a_control_over_a_template_sees_its_sections() -> None:
    """Outputs and the size of the text, say; the finding has no resource, but a line."""

    def judge(template: Resource) -> Iterator[Any]:
        """Never seen."""
        if "Outputs" in template.properties and template.properties["Bytes"] > 10:
            yield ("Outputs", "A"), "is there"

    one = control("x.y", "Has none", on=TEMPLATE, severity=Severity.LOW)(judge)
    text = "Resources: {}\nOutputs:\n  A: {Value: x}\n"
    judging = check._Judge([one], TODAY, None, None)
    _, (found,) = judging.template(Subject("a.yaml", "a", text, read(text.encode(), "a.yaml")), {})
    assert (found.resource, found.place.line, found.message) == (
        "",
        3,
        "the template: Outputs.A is there",
    )


# ---- accounts ------------------------------------------------------------------------------


def no_twins(resources: list[Resource]) -> Iterator[Any]:
    """Never seen."""
    if not resources:
        yield None, "has none"
    for one in resources[1:]:
        yield one, ("Name",), "is not the first"


def no_twin_accounts(accounts: dict[str, list[Resource]]) -> Iterator[Any]:
    """Never seen."""
    for name, found in sorted(accounts.items())[1:]:
        yield found[0], f"is in {name}, too"


@pytest.mark.parametrize(
    ("over", "judge", "messages"),
    [
        ("account", no_twins, {"B: Name is not the first", "the account: has none"}),
        ("organization", no_twin_accounts, {"C: is in x/two, too"}),
    ],
)
def test_controls_over_accounts(over: Any, judge: Any, messages: set[str]) -> None:
    """They see what is in one account, or in all of an organization, and only their types."""
    one = control("x.y", "Has one", on="T", severity=Severity.LOW, over=over)(judge)
    templates = {
        "a": {"A": {"Type": "T"}, "N": {"Type": "U"}},
        "b": {"B": {"Type": "T", "Properties": {"Name": "x"}}},
        "c": {"C": {"Type": "T"}},
        "d": {"D": {"Type": "U"}},
        "e": {"E": {"Type": "T"}, "F": {"Type": "T"}},
    }
    accounts = {"a": "x/one", "b": "x/one", "c": "x/two", "d": "x/zero", "e": ""}
    if over == "organization":
        accounts["d"] = ""
    subjects = [
        Subject(f"{name}.yaml", name, "", {"Resources": of}, account=accounts[name])
        for name, of in templates.items()
    ]
    judging = check._Judge([one], TODAY, None, None)
    for each in subjects:
        judging.template(each, {})
    assert {found.message for found in judging.accounts(subjects)} == messages


def test_a_crash_of_a_control_over_accounts_is_a_finding() -> None:
    """As of any other."""

    def crash(_: list[Resource]) -> Iterator[Any]:
        """Never seen."""
        yield 1 / 0

    one = control("x.y", "Has one", on="T", severity=Severity.LOW, over="account")(crash)
    judging = check._Judge([one], TODAY, None, None)
    each = Subject("a.yaml", "a", "", {"Resources": {}}, account="x/a")
    judging.template(each, {})
    (found,) = judging.accounts([each])
    assert (found.state, "ZeroDivisionError" in found.message) == ("cannot judge", True)


def test_what_a_macro_makes_cannot_be_judged() -> None:
    """It is said where it stands; the rest is judged, and nothing crashes on odd shapes."""
    text = (
        "Transform: AWS::LanguageExtensions\nResources:\n  'Fn::ForEach::Boxes': [B, [a], {}]\n"
        "  Odd: 5\n  1: {Type: [x]}\n  Two: {Type: AWS::S3::Bucket, Properties: [x]}\n"
    )
    found = only_controls([Subject("a.yaml", "a", text, read(text.encode(), "a.yaml"))])
    (unread,) = (one for one in found if one.rule == "template.readable")
    assert (unread.state, unread.place.line) == ("cannot judge", 3)
    assert {one.resource for one in found if one.state == "open"} == {"Two"}
