"""Disk: files are written whole or not at all.

Beside `cli`, the only place that changes anything on this machine. New files are staged in a
folder beside their places and then renamed; if a rename fails, those before it are undone. Paths
are ours, but are held to the folder all the same, also through links.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from baseline.errors import ProfileError


def inside(folder: Path, relative: str) -> Path:
    """Path of a file in a folder; raise ProfileError where it would lie outside."""
    path = folder / relative
    root = folder.resolve()
    if not path.parent.resolve().is_relative_to(root) or path.name in ("", ".", ".."):
        raise ProfileError(f"{path}: outside of {folder}: remove the link that leads there")
    return path


def replace(folder: Path, files: Mapping[str, str], removed: Iterable[str] = ()) -> None:
    """Write files (relative path to text) and remove others, all of them or none."""
    import shutil
    import tempfile

    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".baseline-", dir=folder))
    except OSError as error:
        raise ProfileError(f"{folder}: cannot be written: {error.strerror}") from error
    try:
        _replace(folder, staging, files, removed)
    except OSError as error:
        what = error.filename or folder
        raise ProfileError(
            f"{what}: cannot be written: {error.strerror}; nothing was changed"
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _replace(folder: Path, staging: Path, files: Mapping[str, str], removed: Iterable[str]) -> None:
    """Stage, then move old files aside and new ones into place; undo in reverse on any error."""
    targets = {inside(folder, name): text for name, text in sorted(files.items())}
    gone = [path for path in (inside(folder, name) for name in sorted(removed)) if path.is_file()]
    _refuse_what_is_in_the_way(folder, targets)
    staged = {}
    for number, (target, text) in enumerate(targets.items()):
        staged[target] = staging / f"{number}.new"
        _write(staged[target], text)
    undo = ExitStack()
    with undo:
        for number, target in enumerate((*targets, *gone)):
            _make_folders(target.parent, undo)
            if target.exists() or target.is_symlink():
                _move(target, staging / f"{number}.old", undo)
            if target in staged:
                _move(staged[target], target, undo)
        undo.pop_all()
    for parent in {path.parent for path in gone}:
        if not any(parent.iterdir()):
            parent.rmdir()


def _refuse_what_is_in_the_way(folder: Path, targets: Iterable[Path]) -> None:
    """Nothing of the user's is moved aside but files of the same name."""
    problems = [
        f"{path}: a folder stands where a file must go: move it"
        for path in targets
        if path.is_dir() and not path.is_symlink()
    ]
    parents = {parent for path in targets for parent in path.parents if folder in parent.parents}
    problems += [
        f"{path}: a file stands where a folder must go: move it"
        for path in sorted(parents)
        if path.exists() and not path.is_dir()
    ]
    if problems:
        raise ProfileError(problems)


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _make_folders(path: Path, undo: ExitStack) -> None:
    """Make a folder and those above it that are missing."""
    missing = [one for one in (path, *path.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir()
        undo.callback(one.rmdir)


def _move(path: Path, to: Path, undo: ExitStack) -> None:
    path.rename(to)
    undo.callback(to.rename, path)


class FolderCache:
    """Texts under keys in a folder of the user; safe for several processes at once."""

    def __init__(self, folder: Path) -> None:
        """Keep texts in this folder, which is made when first needed."""
        self._folder = folder

    def get(self, key: str) -> str | None:
        """Read what is kept under a key; None if nothing, or nothing readable."""
        try:
            return (self._folder / key).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def put(self, key: str, text: str) -> None:
        """Keep a text by writing it aside and renaming; a full disk only costs speed."""
        import tempfile

        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=self._folder, prefix=".new-")
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            Path(name).replace(self._folder / key)
        except OSError:
            return
