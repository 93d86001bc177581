"""Accept: exceptions of the profile, from the first day to the last and beyond."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from baseline.check import Checked, Subject, examine
from baseline.consistency.exceptions import is_wide
from baseline.control import Finding, Severity
from baseline.errors import ProfileError
from baseline.kept import NoCache
from baseline.load import loads
from baseline.profile import Profile
from baseline.source import Source
from baseline.template import read

UNTIL = date(2026, 11, 25)
TEXT = (
    "Resources:\n  Box:\n    Type: AWS::S3::Bucket\n    Metadata: {cfn-lint: {config: "
    "{ignore_checks: [E3002]}}}\n    Properties: {BucketNam: x}\n"
    "Metadata: {cfn-lint: {config: {ignore_checks: [E]}}, checkov: {skip: [{id: CKV_AWS_21}]}}\n"
)


def profile(*exceptions: dict[str, Any]) -> tuple[Profile, Source]:
    """A small profile with exceptions."""
    lines = ["version: 1", "organization: {name: acme}", "regions: {home: eu-west-1}"]
    lines += ["exceptions:"] if exceptions else []
    for one in exceptions:
        fields = {
            "control": "storage.versioned",
            "resource": "acme-prod-box/Box",
            "reason": "Written anew each night",
            "approved_by": "Head of sales",
            "until": UNTIL.isoformat(),
        } | one
        lines.append("  - " + "\n    ".join(f"{key}: {value}" for key, value in fields.items()))
    return loads("\n".join(lines).encode(), "acme.yaml")


def checked(today: date, *exceptions: dict[str, Any], is_whole: bool = True) -> Checked:
    """Everything about one bad bucket, on a day."""
    loaded, source = profile(*exceptions)
    subject = Subject("box.yaml", "acme-prod-box", TEXT, read(TEXT.encode(), "box.yaml"))
    return examine(
        *([subject], ("eu-west-1",), NoCache(), today, source, loaded.exceptions),
        is_whole=is_whole,
    )


def of(done: Checked, rule: str) -> list[Finding]:
    """Findings of a rule."""
    return [one for one in done.findings if one.rule == rule]


@pytest.mark.parametrize("days", [0, 1, 30, 31, 4000])
def test_a_live_exception_accepts_and_stays_visible(days: int) -> None:
    """With reason, approver, end and the line of the profile; the last day still counts."""
    (found,) = of(checked(UNTIL - timedelta(days=days), {}), "storage.versioned")
    assert found.state == "accepted"
    assert found.severity is Severity.MEDIUM
    assert found.accepted
    assert (found.accepted.reason, found.accepted.approved_by, found.accepted.until) == (
        "Written anew each night",
        "Head of sales",
        "2026-11-25",
    )
    assert found.accepted.asked_at == "acme.yaml:5:5"


@pytest.mark.parametrize("days", [1, 400])
def test_past_its_end_it_is_open_again_and_says_so(days: int) -> None:
    """And nothing else is said of the exception: it is not stale, and ends no more."""
    done = checked(UNTIL + timedelta(days=days), {})
    (found,) = of(done, "storage.versioned")
    assert found.state == "open"
    assert "accepted by Head of sales until 2026-11-25, which has passed" in found.message
    assert not of(done, "exceptions.stale")
    assert not of(done, "exceptions.ends-soon")


@pytest.mark.parametrize(
    ("days", "left"), [(31, ""), (30, "in 30 days"), (1, "in 1 day"), (0, "today")]
)
def test_a_notice_comes_thirty_days_before(days: int, left: str) -> None:
    """It points at the profile, and is no finding that fails anything."""
    found = of(checked(UNTIL - timedelta(days=days), {}), "exceptions.ends-soon")
    assert [(one.state, one.place.file, one.place.line) for one in found] == (
        [("notice", "acme.yaml", 5)] if left else []
    )
    assert all(f"ends {left}, on 2026-11-25" in one.message for one in found)


def test_one_that_covers_nothing_is_stale() -> None:
    """A low finding; but only where everything is there that it could cover."""
    nothing = {"resource": "acme-prod-other/Box"}
    (found,) = of(checked(UNTIL, nothing), "exceptions.stale")
    assert (found.state, found.severity) == ("open", Severity.LOW)
    assert not of(checked(UNTIL, nothing), "exceptions.ends-soon")
    assert not of(checked(UNTIL, nothing, is_whole=False), "exceptions.stale")
    assert of(checked(UNTIL, nothing), "storage.versioned")[0].state == "open"


@pytest.mark.parametrize("pattern", ["acme-prod-*/Box", "acme-prod-box/B?x", "acme-prod-b*/Box*"])
def test_patterns(pattern: str) -> None:
    """`*` stands for any letters, and `?` for one."""
    (found,) = of(checked(UNTIL, {"resource": pattern}), "storage.versioned")
    assert found.state == "accepted"


def test_the_longest_of_several_counts() -> None:
    """A general one and a special one may cover the same."""
    later = {"resource": "acme-prod-*/Box", "until": "2027-01-31"}
    (found,) = of(checked(UNTIL + timedelta(days=1), {}, later), "storage.versioned")
    assert found.accepted
    assert found.accepted.until == "2027-01-31"


def test_rules_of_cfn_lint_are_accepted_in_the_profile_only() -> None:
    """What the template itself suppresses is open; the profile's word counts."""
    assert {one.state for one in of(checked(UNTIL), "E3002")} == {"open"}
    accepted = checked(UNTIL, {"control": "E3002"})
    assert {one.state for one in of(accepted, "E3002")} == {"accepted"}


@pytest.mark.parametrize(
    ("exception", "says"),
    [
        (
            {"control": "storage.versiond"},
            "acme.yaml:5:14: exceptions.0.control: 'storage.versiond' is no control: did",
        ),
        (
            {"control": "storage.no-public-bucket", "resource": "acme-*/Box"},
            "acme.yaml:6:15: exceptions.0.resource: 'acme-*/Box' covers much, and",
        ),
        (
            {"control": "E3002", "resource": "'*/*'"},
            "exceptions.0.resource: '*/*' covers much, and E3002 matters much",
        ),
        ({"resource": "Box"}, "exceptions.0.resource: 'Box': stack/LogicalId, such as"),
        ({"until": "2026-02-30"}, "exceptions.0.until: a day of the calendar"),
        ({"until": "never"}, "exceptions.0.until"),
        ({"approved_by": "''"}, "exceptions.0.approved_by"),
        ({"control": "everything"}, "exceptions.0.control: 'everything': the name of a control"),
    ],
)
def test_what_is_no_exception(exception: dict[str, Any], says: str) -> None:
    """A misspelt control, a blanket, no end, no name: each with line and what to do."""
    with pytest.raises(ProfileError) as refused:
        profile(exception)
    assert any(says in problem for problem in refused.value.problems), refused.value.problems


def test_a_wide_pattern_may_be_meant() -> None:
    """Then it is written down; over what matters less it need not be."""
    high = {"control": "storage.no-public-bucket", "resource": "acme-*/Box", "wide": "true"}
    assert profile(high)[0].exceptions[0].wide
    assert profile({"resource": "'*/*'"})[0].exceptions


def test_the_same_exception_twice() -> None:
    """One end for one thing."""
    with pytest.raises(ProfileError, match="stands here twice"):
        profile({}, {})


@pytest.mark.parametrize(
    ("pattern", "wide"),
    [
        ("acme-prod-network/Vpc", False),
        ("acme-*-network/Vpc", False),
        ("acme-prod-*/Bucket", False),
        ("acme-prod-network/*SecurityGroup", False),
        ("acme-prod-network/", False),
        ("acme-prod-network/*", True),
        ("acme-*/Bucket", True),
        ("*/Bucket", True),
        ("a*/Bucket", True),
        ("acme-prod-network/V?", True),
        ("*/*", True),
    ],
)
def test_what_is_wide(pattern: str, wide: bool) -> None:
    """A side with a wildcard and fewer than three letters of its own."""
    assert is_wide(pattern, "acme") is wide
