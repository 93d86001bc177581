"""Lint: what cfn-lint's own command finds, to the letter, and only once."""

from __future__ import annotations

import json
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path

import pytest

from baseline.disk import FolderCache
from baseline.emit import emit
from baseline.kept import NoCache
from baseline.lint import ACCEPTED, Match, lint
from tests.samples import stacks

REGIONS = ("eu-west-1", "eu-central-1")
BUCKET = "Resources:\n  Box:\n    Type: AWS::S3::Bucket\n"
TEXTS = {
    "good.yaml": BUCKET,
    "unknown.yaml": BUCKET + "    Properties:\n      BucketNam: {Ref: Nothing}\n",
    "short.yaml": BUCKET + "Outputs:\n  Name:\n    Value: !GetAtt Box.Arm\n",
    "json.json": '{"Resources": {"Box": {"Type": "AWS::S3::Buket"}}}',
    "zone.yaml": (
        "Resources:\n  Disk:\n    Type: AWS::EC2::Volume\n    Properties:\n"
        "      Size: 1\n      AvailabilityZone: eu-west-1a\n"
    ),
    "broken.yaml": "Resources:\n  Box: [\n",
    "suppressed.yaml": (
        BUCKET + "    Metadata: {cfn-lint: {config: {ignore_checks: [E3002]}}}\n"
        "    Properties: {BucketNam: x}\nMetadata: {cfn-lint: {config: {ignore_checks: [E]}}}\n"
    ),
}

Found = set[tuple[str, str, int, int, str]]


def ours(texts: dict[str, str]) -> Found:
    """Findings of ours."""
    found = lint(texts, REGIONS, NoCache())
    return {
        (name, one.rule, one.line, one.column, one.message)
        for name, matches in found.items()
        for one in matches
    }


def theirs(texts: dict[str, str], folder: Path) -> Found:
    """Findings of the command, on the same texts as files, but those that we accept."""
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    command = [
        *(str(Path(sys.executable).parent / "cfn-lint"), "--include-checks", "E", "W", "I"),
        *("--mandatory-checks", "E", "W", "I", "--include-experimental", "--format", "json"),
        *("--regions", *REGIONS, "--template", *sorted(texts)),
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return {
        (
            one["Filename"],
            one["Rule"]["Id"],
            one["Location"]["Start"]["LineNumber"],
            one["Location"]["Start"]["ColumnNumber"],
            one["Message"],
        )
        for one in json.loads(done.stdout)
        if one["Rule"]["Id"] not in ACCEPTED
    }


def test_the_command_finds_the_same(tmp_path: Path) -> None:
    """Rule, line, column and message of every finding, good and bad templates alike."""
    found = ours(TEXTS)
    assert found == theirs(TEXTS, tmp_path)
    assert {name for name, *_ in found} >= {"unknown.yaml", "short.yaml", "json.json"}


def test_nothing_is_found_in_what_we_generate() -> None:
    """With every rule on, informational and experimental ones too."""
    assert ours({one.file: emit(one) for one in stacks("acme")}) == set()


def test_accepted_rules_have_reasons_and_are_needed() -> None:
    """A rule stands in the table because it does fire, and why it may."""
    cache: dict[str, str] = {}

    class Kept(NoCache):
        def put(self, key: str, text: str) -> None:
            cache[key] = text

    lint({one.file: emit(one) for one in stacks("acme")}, REGIONS, Kept())
    fired = {match["rule"] for text in cache.values() for match in json.loads(text)}
    assert fired == set(ACCEPTED)
    assert all(len(reason) > 40 for reason in ACCEPTED.values())


def test_a_suppression_in_a_template_changes_nothing() -> None:
    """Only the profile can accept a finding."""
    assert "E3002" in {rule for _, rule, *_ in ours({"a.yaml": TEXTS["suppressed.yaml"]})}


def test_a_configuration_of_this_machine_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a good nor a broken .cfnlintrc in the folder is read."""
    before = ours({"unknown.yaml": TEXTS["unknown.yaml"]})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for text in ("ignore_checks: [E, W, I]\n", "]["):
        (tmp_path / ".cfnlintrc").write_text(text, encoding="utf-8")
        assert ours({"unknown.yaml": TEXTS["unknown.yaml"]}) == before


@pytest.mark.parametrize("metadata", ["x", "{cfn-lint: x}"])
def test_a_crash_of_cfn_lint_is_a_finding(metadata: str) -> None:
    """The other templates are judged all the same."""
    found = ours({"a.yaml": f"{BUCKET}Metadata: {metadata}\n", "b.yaml": TEXTS["unknown.yaml"]})
    assert {(name, rule) for name, rule, *_ in found} >= {("a.yaml", "E0002"), ("b.yaml", "E3002")}


def test_a_second_lint_does_not_import_cfn_lint(tmp_path: Path) -> None:
    """What was kept is enough, also when it is a list of findings."""
    cache = FolderCache(tmp_path)
    first = lint(TEXTS, REGIONS, cache)
    code = (
        "import sys, json, pathlib\n"
        "from baseline.disk import FolderCache\nfrom baseline.lint import lint\n"
        f"found = lint(json.loads(sys.stdin.read()), {REGIONS!r}, "
        f"FolderCache(pathlib.Path({str(tmp_path)!r})))\n"
        "print(sum(map(len, found.values())), 'cfnlint' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(TEXTS),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(sum(map(len, first.values()))), "False"]


def test_a_change_of_text_or_regions_is_linted_anew(tmp_path: Path) -> None:
    """Results are kept by content: each text and list of regions is an entry of its own."""
    cache = FolderCache(tmp_path)
    for text, regions in ((BUCKET, REGIONS), (BUCKET + " ", REGIONS), (BUCKET, REGIONS[:1])):
        lint({"a.yaml": text}, regions, cache)
        lint({"b.yaml": text}, regions[::-1], cache)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize(
    "damage", [b"", b"[", b"null", b'{"a": 1}', b'[{"rule": "E1"}]', b"\xff\xfe", b"[[]]"]
)
def test_a_damaged_entry_is_ignored(damage: bytes, tmp_path: Path) -> None:
    """It is made again, and the result is the same."""
    cache = FolderCache(tmp_path)
    first = lint({"a.yaml": TEXTS["unknown.yaml"]}, REGIONS, cache)
    (entry,) = tmp_path.iterdir()
    sound = entry.read_bytes()
    entry.write_bytes(damage)
    assert lint({"a.yaml": TEXTS["unknown.yaml"]}, REGIONS, cache) == first
    assert entry.read_bytes() == sound


def put_often(folder: str, text: str) -> None:
    """Write and read one entry many times."""
    cache = FolderCache(Path(folder))
    for _ in range(200):
        cache.put("key", text)
        assert cache.get("key") in ("a" * 50_000, "b" * 50_000)


def test_two_processes_keep_results_at_once(tmp_path: Path) -> None:
    """A reader sees one whole entry or the other, never a mixture."""
    context = get_context("spawn")
    workers = [
        context.Process(target=put_often, args=(str(tmp_path), letter * 50_000)) for letter in "ab"
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "cache").write_text("", encoding="utf-8")
    found = lint({"a.yaml": BUCKET}, REGIONS, FolderCache(tmp_path / "cache"))
    assert all(isinstance(one, Match) for one in found["a.yaml"])
