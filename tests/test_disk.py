"""Disk: whole or not at all, and nothing but our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from baseline.disk import inside, replace
from baseline.errors import ProfileError


def tree(folder: Path) -> dict[str, str]:
    """Files below a folder and their texts; folders have none."""
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8") if path.is_file() else "/"
        for path in folder.rglob("*")
    }


def test_files_are_written_and_others_removed(tmp_path: Path) -> None:
    """In folders that are made, and taken away when nothing is left in them."""
    replace(tmp_path, {"a/x": "1", "a/y": "2", "b": "3"})
    replace(tmp_path, {"b": "4", "c/z": "5"}, ["a/x", "a/y", "a/never-there"])
    assert tree(tmp_path) == {"b": "4", "c": "/", "c/z": "5"}


def test_folders_with_other_files_stay(tmp_path: Path) -> None:
    """Someone else's file is not ours to take away."""
    replace(tmp_path, {"a/x": "1"})
    (tmp_path / "a" / "mine").write_text("mine", encoding="utf-8")
    replace(tmp_path, {}, ["a/x"])
    assert tree(tmp_path) == {"a": "/", "a/mine": "mine"}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a/x": "new", "folder": "new"}, "a folder stands where a file must go"),
        ({"a/x": "new", "file/y": "new"}, "a file stands where a folder must go"),
        ({"a/x": "new", "new/z": "new", "z" * 300: "new"}, "nothing was changed"),
        ({"a/x": "new", "link/z": "new"}, "remove the link"),
        ({"a/x": "new", "../z": "new"}, "outside of"),
        ({"a/x": "new", "/tmp/z": "new"}, "outside of"),
    ],
)
def test_one_obstacle_stops_everything(files: dict[str, str], says: str, tmp_path: Path) -> None:
    """Everything is as before, to the last folder, and no trace of the attempt is left."""
    home = tmp_path / "home"
    for name in ("a/x", "folder/mine", "file"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("old", encoding="utf-8")
    (home / "link").symlink_to(tmp_path)
    before = tree(home)
    with pytest.raises(ProfileError, match=says):
        replace(home, files)
    assert tree(home) == before
    assert {path.name for path in tmp_path.iterdir()} == {"home"}


def test_a_link_to_a_file_is_replaced_not_followed(tmp_path: Path) -> None:
    """What it led to is left as it is."""
    (tmp_path / "secret").write_text("mine", encoding="utf-8")
    (tmp_path / "a").symlink_to("secret")
    replace(tmp_path, {"a": "new"})
    assert tree(tmp_path) == {"a": "new", "secret": "mine"}
    assert not (tmp_path / "a").is_symlink()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """It is said which, and why."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ProfileError, match="file: cannot be written"):
        replace(tmp_path / "file", {"a": "1"})


@pytest.mark.parametrize("name", ["..", ".", "a/../..", "a/.."])
def test_paths_stay_inside(name: str, tmp_path: Path) -> None:
    """No spelling of a parent leads out, or to the folder itself."""
    with pytest.raises(ProfileError):
        inside(tmp_path, name)
