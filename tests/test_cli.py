"""Command line: what a person types, what is written, what is said, and the exit code."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.samples import ROOT, stacks

MINIMAL = ROOT / "profiles" / "minimal.yaml"
ACME = ROOT / "profiles" / "acme.yaml"


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


def run(folder: Path, *words: str) -> Done:
    """Run a command as a process of its own, in a folder, with a cache of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "baseline", *words],
        cwd=folder,
        env=os.environ | {"XDG_CACHE_HOME": str(folder / ".cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


def tree(folder: Path) -> dict[str, str]:
    """Files below a folder and their texts."""
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A folder with acme's profile and everything generated from it."""
    shutil.copy(ACME, tmp_path)
    assert run(tmp_path, "generate").code == 0
    return tmp_path


# ---- generate ------------------------------------------------------------------------------


def test_generate_writes_every_template_and_a_manifest(made: Path) -> None:
    """Below out/, by organization and environment, with the only profile of the folder."""
    files = set(tree(made / "out"))
    assert files == {one.file for one in stacks("acme")} | {"acme/manifest.json"}


def test_generate_again_writes_nothing(made: Path) -> None:
    """Files that are as they should be are not touched."""
    path = made / "out" / "acme" / "prod" / "keys.yaml"
    before = path.stat().st_mtime_ns
    done = run(made, "generate")
    assert done.code == 0
    assert "unchanged" in done.out
    assert path.stat().st_mtime_ns == before


def test_check_says_what_would_change_and_writes_nothing(made: Path) -> None:
    """Missing, different and no longer generated, each by name; exit 1."""
    assert run(made, "generate", "--check").code == 0
    out = made / "out" / "acme"
    (out / "prod" / "keys.yaml").write_text("changed", encoding="utf-8")
    (out / "prod" / "logs.yaml").unlink()
    text = (made / "acme.yaml").read_text(encoding="utf-8")
    cut = text.index("      - name: pictures")
    (made / "acme.yaml").write_text(
        text[:cut] + text[text.index("  - name: staging") :], encoding="utf-8"
    )
    before = tree(made)
    done = run(made, "generate", "--check")
    assert done.code == 1
    assert "out/acme/prod/keys.yaml: differs" in done.out
    assert "out/acme/prod/logs.yaml: missing" in done.out
    assert "out/acme/prod/bucket-pictures.yaml: no longer generated" in done.out
    assert tree(made) == before


def test_what_is_no_longer_generated_is_removed(made: Path) -> None:
    """Files of ours go, with folders that they leave empty; nobody else's are touched."""
    out = made / "out" / "acme"
    (out / "staging" / "mine.yaml").write_text("mine", encoding="utf-8")
    text = (made / "acme.yaml").read_text(encoding="utf-8")
    text = text[: text.index("  - name: staging")]
    cut, end = text.index("fleets:"), text.index("environments:")
    (made / "acme.yaml").write_text(text[:cut] + text[end:], encoding="utf-8")
    done = run(made, "generate")
    assert done.code == 0
    assert str(Path("out/acme/staging/network.yaml")) in done.out
    assert {path.name for path in (out / "staging").iterdir()} == {"mine.yaml"}
    assert not (out / "all").exists()
    assert set(json.loads((out / "manifest.json").read_text())["stacks"]) == {
        one.name for one in stacks("acme") if one.site == "prod"
    }


@pytest.mark.parametrize(
    "words", [("--environment", "prod"), ("--stack", "keys"), ("--stack", "acme-prod-bucket-*")]
)
def test_a_part_leaves_the_rest_alone(made: Path, words: Sequence[str]) -> None:
    """Files and manifest entries of other stacks stay, also where they are out of date."""
    stale = made / "out" / "acme" / "staging" / "network.yaml"
    stale.write_text("out of date", encoding="utf-8")
    before = tree(made / "out")
    assert run(made, "generate", *words).code == 0
    assert tree(made / "out") == before


def test_a_part_into_an_empty_folder(tmp_path: Path) -> None:
    """Only that part is written, and the manifest lists only what is there."""
    done = run(tmp_path, "generate", str(ACME), "--stack", "network", "--out", "here")
    assert done.code == 0
    assert set(tree(tmp_path / "here")) == {
        "acme/manifest.json",
        "acme/prod/network.yaml",
        "acme/staging/network.yaml",
    }
    listed = json.loads((tmp_path / "here" / "acme" / "manifest.json").read_text())["stacks"]
    assert set(listed) == {"acme-prod-network", "acme-staging-network"}
    assert listed["acme-prod-network"]["order"] > 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--environment", "prd"), "'prd' has no stacks: did you mean 'prod'?"),
        (("--stack", "netwerk"), "nothing matches 'netwerk': did you mean 'network'?"),
    ],
)
def test_a_part_that_is_not_there(tmp_path: Path, words: Sequence[str], says: str) -> None:
    """A misspelt name is an error with a suggestion, not an empty result."""
    done = run(tmp_path, "generate", str(ACME), *words)
    assert (done.code, says in done.err) == (2, True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "listed", ["../../evil.yaml", "/etc/passwd", "prod/../../x.yaml", "prod/keys.txt", 5]
)
def test_a_manifest_that_is_not_ours_removes_nothing(made: Path, listed: Any) -> None:
    """What it lists outside of our own files is refused, before anything is written."""
    manifest = made / "out" / "acme" / "manifest.json"
    manifest.write_text(json.dumps({"stacks": {"x": {"file": listed}}}), encoding="utf-8")
    before = tree(made)
    done = run(made, "generate")
    assert done.code == 2
    assert "no manifest of ours" in done.err
    assert tree(made) == before


def test_a_folder_in_the_way_is_left_alone(tmp_path: Path) -> None:
    """Whole or not at all: an obstacle for one file stops them all."""
    mine = tmp_path / "out" / "tiny" / "prod" / "network.yaml"
    mine.mkdir(parents=True)
    (mine / "notes").write_text("mine", encoding="utf-8")
    done = run(tmp_path, "generate", str(MINIMAL))
    assert done.code == 2
    assert "a folder stands where a file must go" in done.err
    assert set(tree(tmp_path / "out")) == {"tiny/prod/network.yaml/notes"}


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """Nothing is written where a link leads."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "out" / "tiny").mkdir(parents=True)
    (tmp_path / "out" / "tiny" / "prod").symlink_to(elsewhere)
    done = run(tmp_path, "generate", str(MINIMAL))
    assert (done.code, "remove the link" in done.err) == (2, True)
    assert not list(elsewhere.iterdir())


# ---- which profile -------------------------------------------------------------------------


def test_no_profile_here(tmp_path: Path) -> None:
    """Nothing named and nothing found: what to do is said."""
    (tmp_path / "template.yaml").write_text("Resources: {}\n", encoding="utf-8")
    for command in ("generate", "lint", "validate"):
        done = run(tmp_path, command)
        assert (done.code, "baseline init" in done.err) == (2, True)


def test_several_profiles_here(tmp_path: Path) -> None:
    """Several found: they are named, and none is chosen."""
    shutil.copy(ACME, tmp_path)
    shutil.copy(MINIMAL, tmp_path)
    done = run(tmp_path, "generate")
    assert done.code == 2
    assert "acme.yaml, minimal.yaml" in done.err


# ---- lint ----------------------------------------------------------------------------------

BAD = "Resources:\n  Box:\n    Type: AWS::S3::Bucket\n"


def test_lint_finds_and_exits_with_1(tmp_path: Path) -> None:
    """Place, rule and message; a second time from what was kept, to the letter."""
    (tmp_path / "bad.yaml").write_text(BAD, encoding="utf-8")
    first = run(tmp_path, "lint", "bad.yaml")
    assert first.code == 1
    assert "storage.versioned" in first.out
    assert "bad.yaml:2:3: Box: VersioningConfiguration.Status is not Enabled" in first.out
    assert run(tmp_path, "lint", "bad.yaml") == first


def test_lint_judges_the_rest(tmp_path: Path) -> None:
    """Broken, empty and binary files get a line each; the others are judged."""
    (tmp_path / "bad.yaml").write_text(BAD, encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("Resources: {\n  A: [\n", encoding="utf-8")
    (tmp_path / "empty.yaml").write_text("", encoding="utf-8")
    (tmp_path / "binary.yaml").write_bytes(bytes(range(256)))
    done = run(tmp_path, "lint", ".")
    assert done.code == 2
    assert "storage.versioned" in done.out
    assert len(done.err.splitlines()) == 3
    for name in ("broken.yaml:3:1: not YAML", "empty.yaml:1:1: no template", "binary.yaml:"):
        assert name in done.err


def test_lint_for_machines_and_for_pull_requests(tmp_path: Path) -> None:
    """JSON has place and severity; Markdown has a table."""
    (tmp_path / "bad.yaml").write_text(BAD, encoding="utf-8")
    found = json.loads(run(tmp_path, "lint", "bad.yaml", "--format", "json").out)
    assert found["version"] == 1
    assert {"storage.encrypted", "storage.versioned"} <= {one["rule"] for one in found["findings"]}
    assert found["findings"][0]["place"]["file"] == "bad.yaml"
    assert "| --- | ---: |" in run(tmp_path, "lint", "bad.yaml", "--format", "markdown").out


def test_lint_of_a_profile_and_of_its_files(made: Path) -> None:
    """Both find nothing, and say over how many templates."""
    for words in ((), ("out", "--region", "eu-west-1")):
        done = run(made, "lint", *words)
        assert done.code == 0, done.out
        assert f"{len(stacks('acme'))} templates" in done.out
        assert "no findings" in done.out


def test_lint_of_an_unknown_region(tmp_path: Path) -> None:
    """Asked about a place that is not there, it does not judge for another."""
    (tmp_path / "bad.yaml").write_text(BAD, encoding="utf-8")
    done = run(tmp_path, "lint", "bad.yaml", "--region", "eu-wset-1")
    assert (done.code, "did you mean 'eu-west-1'?" in done.err) == (2, True)


@pytest.fixture
def lax(tmp_path: Path) -> Path:
    """A folder with a profile that accepts one thing, and a template that is wrong in several."""
    (tmp_path / "bad.yaml").write_text(BAD, encoding="utf-8")
    text = MINIMAL.read_text(encoding="utf-8")
    text += (
        "\nexceptions:\n  - control: storage.versioned\n    resource: bad.yaml/Box\n"
        "    reason: Written anew each night\n    approved_by: Head of sales\n"
        "    until: 2099-12-31\n"
    )
    (tmp_path / "profile.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_exceptions_of_a_profile_hold_for_files_that_it_is_named_for(lax: Path) -> None:
    """What is accepted is shown with who and why, and is no finding."""
    done = run(lax, "lint", "bad.yaml", "--profile", "profile.yaml")
    assert "accepted  storage.versioned  (1)  Buckets keep versions" in done.out
    assert "(accepted by Head of sales until 2099-12-31: Written anew each night; " in done.out
    assert ", 1 accepted." in done.out
    assert "accepted" not in run(lax, "lint", "bad.yaml").out


def test_a_stale_exception_is_found_with_its_profile(lax: Path) -> None:
    """Where all is judged that it could cover."""
    done = run(lax, "lint")
    assert done.code == 1
    assert "low  exceptions.stale  (1)  Every exception covers a finding" in done.out
    assert run(lax, "lint", "--fail-on", "medium").code == 0


def test_groups_say_why_and_what_to_do(lax: Path) -> None:
    """Once for each control, worst first."""
    lines = run(lax, "lint", "bad.yaml").out.splitlines()
    at = next(n for n, line in enumerate(lines) if "storage.versioned" in line)
    assert lines[at] == "medium  storage.versioned  (1)  Buckets keep versions"
    assert lines[at + 1].startswith("    why: Without versions")
    assert lines[at + 2].startswith("    fix: ")
    words = [line.split()[0] for line in lines if "  (" in line and not line.startswith(" ")]
    assert words == sorted(words, key=["critical", "high", "medium", "low"].index)


@pytest.mark.parametrize(
    ("severity", "code"), [("unknown", 1), ("low", 1), ("high", 1), ("critical", 0)]
)
def test_fail_on(lax: Path, severity: str, code: int) -> None:
    """Everything is shown all the same."""
    done = run(lax, "lint", "bad.yaml", "--fail-on", severity)
    assert (done.code, "storage.versioned" in done.out) == (code, True)


def test_several_formats_at_once(lax: Path) -> None:
    """One to standard output, the others to files."""
    done = run(
        *(lax, "lint", "bad.yaml", "--format", "sarif=out/a.sarif", "--format", "text"),
        *("--format", "junit=junit.xml", "--format", "json=a.json", "--format", "github=g"),
    )
    assert done.code == 1
    assert "medium  storage.versioned" in done.out
    assert json.loads((lax / "out" / "a.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert "<testsuites" in (lax / "junit.xml").read_text(encoding="utf-8")
    assert json.loads((lax / "a.json").read_text(encoding="utf-8"))["findings"]
    assert (lax / "g").read_text(encoding="utf-8").startswith("::error file=bad.yaml,line=2,col=3")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--format", "srif"), "'srif' is no format: did you mean 'sarif'?"),
        (("--format", "json="), "json= names no file"),
        (("--format", "json", "--format", "text"), "only one goes to standard output"),
        (("--format", "json=a", "--format", "sarif=a"), "a is named twice"),
        (("--framework", "cis-aws-55"), "is no framework: did you mean 'cis-aws-5'?"),
        (("--format", "json=bad.yaml/x"), "bad.yaml"),
    ],
)
def test_options_that_say_nothing(lax: Path, words: Sequence[str], says: str) -> None:
    """Each is told, and nothing is judged in vain."""
    done = run(lax, "lint", "bad.yaml", *words)
    assert (done.code, says in done.err) == (2, True), done.err


def test_a_large_template_of_somebody_else(tmp_path: Path) -> None:
    """Thousands of lines, with parameters and conditions: judged, and the right line is told."""
    names = [f"Box{number}" for number in range(300)]
    lines = ["Parameters:", "  Stage:", "    Type: String", "    AllowedValues: [dev, prod]"]
    lines += ["Conditions:", "  IsProd: !Equals [!Ref Stage, prod]", "Resources:"]
    for name in names:
        lines += [f"  {name}:", "    Type: AWS::S3::Bucket", "    Condition: IsProd"]
        lines += ["    Properties:", "      VersioningConfiguration:"]
        lines += ["        Status: !If [IsProd, Suspended, Enabled]", "      Tags:"]
        for number in range(4):
            lines += [f"        - Key: k{number}", "          Value: !Ref Stage"]
    assert len(lines) > 4_500
    (tmp_path / "large.yaml").write_text("\n".join(lines), encoding="utf-8")
    done = run(tmp_path, "lint", "large.yaml", "--format", "json")
    found = [one for one in json.loads(done.out)["findings"] if one["rule"] == "storage.versioned"]
    assert [one["resource"] for one in found] == names
    for one in found:
        assert "Status:" in lines[one["place"]["line"] - 1]


def test_findings_of_a_profile_point_at_files_that_are_there(made: Path) -> None:
    """At those in out/; where nothing was written, at what would be."""
    judged = json.loads(run(made, "lint", "--format", "json").out)["judged"]
    assert all((made / file).is_file() for file in judged)
    shutil.rmtree(made / "out")
    judged = json.loads(run(made, "lint", "--format", "json").out)["judged"]
    assert "acme/prod/keys.yaml" in judged


def test_a_notice_fails_nothing(lax: Path) -> None:
    """An exception that soon ends is told of, and the exit code is that of the findings."""
    text = (lax / "profile.yaml").read_text(encoding="utf-8")
    soon = (datetime.now(UTC).date() + timedelta(days=9)).isoformat()
    (lax / "profile.yaml").write_text(text.replace("2099-12-31", soon), encoding="utf-8")
    words = ("bad.yaml", "--profile", "profile.yaml")
    done = run(lax, "lint", *words, "--fail-on", "critical")
    assert (done.code, "notice  exceptions.ends-soon  (1)" in done.out) == (0, True)
    found = json.loads(run(lax, "lint", *words, "--format", "json").out)["findings"]
    assert {one["state"] for one in found} == {"open", "accepted", "notice"}


def test_out_is_judged_by_account(made: Path) -> None:
    """By the manifest, so that stacks have their names, and accounts can be judged whole."""
    done = run(made, "lint", "out", "--region", "eu-west-1")
    assert "acme-prod-keys" in done.out
    assert "were not asked" not in done.out
    (made / "out" / "acme" / "manifest.json").write_text("{}", encoding="utf-8")
    assert "out/acme/prod/keys.yaml" in run(made, "lint", "out").out


def on_terminal(folder: Path, **environment: str) -> str:
    """What a command says to a person at a terminal."""
    ours, theirs = os.openpty()
    words = [sys.executable, "-m", "baseline", "lint", "bad.yaml"]
    variables = {name: os.environ[name] for name in os.environ if name != "NO_COLOR"}
    variables |= {"XDG_CACHE_HOME": str(folder / ".cache"), "TERM": "xterm"} | environment
    said = b""
    with subprocess.Popen(words, cwd=folder, stdout=theirs, env=variables) as child:
        os.close(theirs)
        with contextlib.suppress(OSError):  # how a terminal says that nobody writes any more
            while part := os.read(ours, 65536):
                said += part
        child.wait()
    os.close(ours)
    return said.decode()


def test_colour_is_for_terminals(lax: Path) -> None:
    """Not for a pipe, not where NO_COLOR is set to something, not where it cannot be shown."""
    assert "\x1b[33mmedium  storage.versioned" in on_terminal(lax)
    assert "\x1b[33m" in on_terminal(lax, NO_COLOR="")
    assert "\x1b" not in on_terminal(lax, NO_COLOR="1")
    assert "\x1b" not in on_terminal(lax, TERM="dumb")
    assert "\x1b" not in run(lax, "lint", "bad.yaml").out


def test_a_framework_filters(lax: Path) -> None:
    """Its controls only, and not cfn-lint; with a count of both."""
    done = run(lax, "lint", "bad.yaml", "--framework", "cis-aws-5", "--format", "json")
    rules = {one["rule"] for one in json.loads(done.out)["findings"]}
    assert "storage.no-public-bucket" in rules
    assert "storage.aged" not in rules
    listed = run(lax, "controls", "--framework", "cis-aws-5").out
    assert all(f"\n{rule} " in listed for rule in rules)
    assert "cfn-lint" not in run(lax, "lint", "bad.yaml", "--framework", "cis-aws-5").out


def test_exceptions_of_two_profiles(lax: Path) -> None:
    """A profile brings its own."""
    done = run(lax, "lint", "profile.yaml", "--profile", "profile.yaml")
    assert (done.code, "a profile has its own" in done.err) == (2, True)


# ---- explain, controls ---------------------------------------------------------------------


def test_explain_a_control(tmp_path: Path) -> None:
    """Why, what to do, and both examples."""
    done = run(tmp_path, "explain", "storage.versioned")
    assert done.code == 0
    for part in ("Without versions", "severity: medium", "Status: Suspended", "Status: Enabled"):
        assert part in done.out


def test_explain_a_clause(tmp_path: Path) -> None:
    """Of one framework, or of all that have the number."""
    everywhere = run(tmp_path, "explain", "1.10").out
    assert "cis-aws-5 1.10" in everywhere
    assert "cis-aws-3 1.10" in everywhere
    assert "cis-aws-3" not in run(tmp_path, "explain", "cis-aws-5:1.10").out
    assert "storage.no-public-bucket: Buckets" in run(tmp_path, "explain", "s3.8").out


def test_explain_a_framework(tmp_path: Path) -> None:
    """Its clauses, and how many controls meet each, or who answers."""
    lines = run(tmp_path, "explain", "cis-aws-5").out.splitlines()
    assert any(line.startswith("1.10 ") and line.endswith("people") for line in lines)
    assert "clauses, of which" in lines[-1]


def test_explain_a_resource(made: Path) -> None:
    """Who asked for it, and every verdict."""
    done = run(made, "explain", "acme-prod-bucket-documents/Bucket")
    assert done.code == 0
    assert "asked for by: environments.prod.buckets.documents (acme.yaml:" in done.out
    assert any(
        line.split()[:3] == ["met", "medium", "storage.versioned"] for line in done.out.splitlines()
    )


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("storage.versiond", "did you mean 'storage.versioned'?"),
        ("nothing", "`baseline controls` lists controls"),
        ("acme-prod-network/Vcp", "'Vcp' is no resource of acme-prod-network: did you mean 'Vpc'?"),
        ("acme-prod-netwerk/Vpc", "did you mean 'acme-prod-network'?"),
    ],
)
def test_explain_what_is_not_there(made: Path, word: str, says: str) -> None:
    """With a suggestion."""
    done = run(made, "explain", word)
    assert (done.code, says in done.err) == (2, True), done.err


def test_controls_are_listed(tmp_path: Path) -> None:
    """All of them, for people and for a page."""
    done = run(tmp_path, "controls")
    assert done.code == 0
    assert "storage.versioned" in done.out
    assert "| control | severity |" in run(tmp_path, "controls", "--format", "markdown").out


# ---- validate, schema, init ----------------------------------------------------------------


def test_validate(tmp_path: Path) -> None:
    """A sound profile is counted; an unsound one is told where."""
    assert "is sound" in run(tmp_path, "validate", str(ACME)).out
    (tmp_path / "bad.yaml").write_text("version: 1\norganization: {nam: x}\n", encoding="utf-8")
    done = run(tmp_path, "validate", "bad.yaml")
    assert done.code == 2
    assert done.err.splitlines() == [
        "bad.yaml:1:1: regions: missing: add it",
        "bad.yaml:2:1: organization.name: missing: add it",
        "bad.yaml:2:16: organization.nam: unknown key: did you mean 'name'?",
    ]


@pytest.mark.parametrize(
    "path", ["profiles/acme.yaml", "profiles/minimal.yaml", "templates/starter.yaml"]
)
def test_the_schema_takes_what_ships(tmp_path: Path, path: str) -> None:
    """As an editor reads it, with numbers and booleans; and refuses a misspelt key."""
    schema = json.loads(run(tmp_path, "schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    profile = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
    assert not list(validator.iter_errors(profile))
    assert list(validator.iter_errors(profile | {"regons": {}}))


def test_init_generates_as_it_is(tmp_path: Path) -> None:
    """The starter profile is sound, complete and without findings."""
    assert run(tmp_path, "init").code == 0
    assert run(tmp_path, "generate").code == 0
    assert (tmp_path / "out" / "example" / "prod" / "bucket-documents.yaml").exists()
    assert run(tmp_path, "lint").code == 0


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    """Not a file, not a link, even a broken one."""
    (tmp_path / "profile.yaml").write_text("mine", encoding="utf-8")
    done = run(tmp_path, "init")
    assert (done.code, "exists already" in done.err) == (2, True)
    (tmp_path / "link.yaml").symlink_to("nowhere")
    assert run(tmp_path, "init", "link.yaml").code == 2
    assert (tmp_path / "profile.yaml").read_text(encoding="utf-8") == "mine"


# ---- the rim -------------------------------------------------------------------------------


def test_wrong_words_exit_with_2(tmp_path: Path) -> None:
    """An unknown command or option is wrong input, as everything else that is."""
    assert run(tmp_path, "frobnicate").code == 2
    assert run(tmp_path, "generate", "--frobnicate").code == 2
    assert run(tmp_path, "generate", "nowhere.yaml").code == 2


def test_help_imports_nothing_heavy() -> None:
    """It is instant because the libraries are imported where they are used."""
    code = (
        "import sys, baseline.cli\n"
        "print([m for m in ('yaml', 'pydantic', 'troposphere', 'cfnlint') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_reader_that_goes_away() -> None:
    """As in `baseline schema | head -0`: no complaint, and the code that a shell gives it."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "baseline", "schema"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def test_nobody_listens_to_complaints() -> None:
    """The exit code still tells."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "baseline", "validate", "nowhere.yaml"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=writer, check=False)
    os.close(writer)
    assert done.returncode == 2


def test_what_cannot_be_judged_is_no_pass(tmp_path: Path) -> None:
    """A parameter decides; the exit code does not say that all is well."""
    (tmp_path / "doubt.yaml").write_text(
        "Parameters: {Days: {Type: Number}}\nResources:\n  1: {Type: T}\n  Log:\n"
        "    Type: AWS::Logs::LogGroup\n    DeletionPolicy: Retain\n"
        "    UpdateReplacePolicy: Retain\n"
        "    Properties: {KmsKeyId: arn, RetentionInDays: {Ref: Days}}\n",
        encoding="utf-8",
    )
    done = run(tmp_path, "lint", "doubt.yaml")
    assert done.code == 1
    assert (
        "doubt.yaml:8:33: Log cannot be judged: RetentionInDays is decided by Ref Days" in done.out
    )
    assert "1 could not be judged" in done.out
