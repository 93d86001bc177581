"""Manifest: what it says of stacks, and what is believed of one that we find."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baseline import __version__
from baseline.errors import ProfileError
from baseline.manifest import entries, manifest
from baseline.stack import Fleet, Stack
from tests.samples import stack, stacks


def written(*chosen: Stack, kept: dict[str, Any] | None = None) -> dict[str, Any]:
    """The manifest of some stacks of acme, read back."""
    found: dict[str, Any] = json.loads(manifest("acme", stacks("acme"), chosen, kept or {}))
    return found


def refused(text: str) -> None:
    """Fail unless the text is refused with what to do about it."""
    with pytest.raises(ProfileError) as caught:
        entries(text, "out/acme/manifest.json")
    (problem,) = caught.value.problems
    assert problem.startswith("out/acme/manifest.json: no manifest of ours")
    assert "restore it from version control" in problem


def test_what_it_begins_with() -> None:
    """Version, generator and organization, then stacks by name; the text ends in a newline."""
    text = manifest("acme", stacks("acme"), stacks("acme"), {})
    assert text.endswith("}\n")
    found = json.loads(text)
    assert list(found) == ["version", "generator", "organization", "stacks"]
    assert found["version"] == 1
    assert found["generator"] == f"baseline {__version__}"
    assert found["organization"] == "acme"
    assert list(found["stacks"]) == sorted(one.name for one in stacks("acme"))


@pytest.mark.parametrize("one", stacks("acme"), ids=lambda one: one.name)
def test_an_entry_says_what_the_stack_says(one: Stack) -> None:
    """File, hash, exports, imports, tags, and for each resource who asked for it and why."""
    entry = written(one)["stacks"][one.name]
    assert f"acme/{entry['file']}" == one.file
    assert entry["hash"] == one.hash
    assert (entry["exports"], entry["imports"]) == (list(one.exports), list(one.imports))
    assert entry["tags"] == one.tags
    assert entry["resources"] == {
        logical_id: {
            "type": one.resources[logical_id]["Type"],
            "profile": origin.path,
            "purpose": origin.purpose,
        }
        for logical_id, origin in one.origins.items()
    }
    if isinstance(one.target, Fleet):
        assert entry["fleet"]["units"] == list(one.target.units)
        assert "places" not in entry
    else:
        assert entry["places"] == [vars(place) for place in one.target]
        assert "fleet" not in entry


def test_the_order_is_that_of_all_stacks() -> None:
    """A stack written alone keeps its number, and needs only stacks of lower numbers."""
    whole = written(*stacks("acme"))["stacks"]
    for one in stacks("acme"):
        assert written(one)["stacks"][one.name] == whole[one.name]
    exporters = {name: key for key, entry in whole.items() for name in entry["exports"]}
    for entry in whole.values():
        for need in (*(exporters[name] for name in entry["imports"]), *entry["after"]):
            assert whole[need]["order"] < entry["order"]
    assert max(entry["order"] for entry in whole.values()) > 0


def test_the_order_of_work_changes_nothing() -> None:
    """The same stacks in any order are the same bytes."""
    made = stacks("acme")
    assert manifest("acme", made, made, {}) == manifest("acme", made[::-1], made[::-1], {})


def test_kept_entries_stay_as_they_were() -> None:
    """What this run leaves alone is copied; what it answers for is written anew."""
    one = stack("acme-prod-keys")
    kept = {"acme-old": {"file": "old/keys.yaml", "more": [1]}, one.name: {"file": "stale"}}
    found = written(one, kept=kept)["stacks"]
    assert list(found) == ["acme-old", one.name]
    assert found["acme-old"] == kept["acme-old"]
    assert found[one.name]["file"] == "prod/keys.yaml"


def test_what_we_write_is_believed() -> None:
    """Reading gives back the stacks that were written."""
    text = manifest("acme", stacks("acme"), stacks("acme"), {})
    assert entries(text, "x") == json.loads(text)["stacks"]
    assert entries('{"stacks": {}}', "x") == {}


@pytest.mark.parametrize(
    "file",
    [
        *("../keys.yaml", "prod/../keys.yaml", "prod/..", "../../etc/cron.d/x.yaml", "./keys.yaml"),
        *("/etc/passwd", "/prod/keys.yaml", "//prod/keys.yaml", "prod//keys.yaml", "~/keys.yaml"),
        *("prod/keys.yml", "prod/keys", "prod/notes.md", "manifest.json", "keys.yaml", "prod/"),
        *("prod/deeper/keys.yaml", "prod\\keys.yaml", "C:/keys.yaml", "prod/.yaml", "/keys.yaml"),
        *("prod/keys.yaml\n", "\nprod/keys.yaml", "prod/keys.yaml\x00", "prod/ke ys.yaml"),
        *("Prod/keys.yaml", "prod/KEYS.yaml", "prod/kéys.yaml", "prod/.hidden.yaml", "prod/*.yaml"),
        *("p" * 65 + "/keys.yaml", "prod/" + "k" * 129 + ".yaml", "", " ", "."),
        *(None, 5, True, ["prod/keys.yaml"], {"prod/keys.yaml": 1}),
    ],
    ids=lambda file: ascii(file)[:30],
)
def test_files_that_we_never_write(file: Any) -> None:
    """One path outside, or of another form than ours, and nothing in the manifest is believed."""
    sound = {"file": "prod/keys.yaml"}
    refused(json.dumps({"stacks": {"a": sound, "b": {"file": file}, "c": sound}}))


@pytest.mark.parametrize("file", ["prod/keys.yaml", "a/b.yaml", "p-1/bucket-x-2.yaml"])
def test_files_that_we_write(file: str) -> None:
    """A site, a stack, and the ending."""
    assert entries(json.dumps({"stacks": {"a": {"file": file}}}), "x") == {"a": {"file": file}}


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "null", "[]", "{}", "5", '"stacks"', '{"stacks": null}', '{"stacks": []}'),
        *('{"stacks": [{"file": "prod/keys.yaml"}]}', '{"stacks": {"a": null}}'),
        *('{"stacks": {"a": {}}}', '{"stacks": {"a": "file"}}', '{"stacks": {"a": ["file"]}}'),
        *("{", '{"stacks": {"a": {"file": "prod/keys.y', "<<<<<<< HEAD\n{}\n", "\x00", "stacks:\n"),
        "[" * 100_000,
    ],
    ids=lambda text: ascii(text)[:30],
)
def test_damage(text: str) -> None:
    """A manifest that is cut off, merged by halves or something else is refused."""
    refused(text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20) | st.from_regex(r"[./a-z]{0,8}/[./a-z]{0,8}\.yaml", fullmatch=True))
def test_any_file(file: str) -> None:
    """Whatever is believed lies exactly one folder down and is a template."""
    try:
        entries(json.dumps({"stacks": {"a": {"file": file}}}), "x")
    except ProfileError:
        return
    site, slash, name = file.partition("/")
    assert slash
    assert name.endswith(".yaml")
    assert "/" not in name
    assert "." not in site + name.removesuffix(".yaml")
    assert site
