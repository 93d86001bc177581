"""Disk: files are written whole or not at all.

Beside `cli`, the only place that changes anything on this machine. New files are staged in a
folder beside their places and then renamed; if a rename fails, those before it are undone. Paths
are ours, but are held to the folder all the same, also through links.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
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
    targets = {inside(folder, relative): text for relative, text in sorted(files.items())}
    gone = [path for path in (inside(folder, name) for name in sorted(removed)) if path.is_file()]
    staged = {}
    for number, (target, text) in enumerate(targets.items()):
        new = staging / f"{number}.new"
        with new.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        staged[target] = new
    done: list[tuple[Path, Path]] = []
    try:
        for number, target in enumerate((*targets, *gone)):
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists() or target.is_symlink():
                aside = staging / f"{number}.old"
                target.rename(aside)
                done.append((aside, target))
            if target in staged:
                staged[target].rename(target)
                done.append((target, staged[target]))
    except BaseException:
        for moved, origin in reversed(done):
            moved.rename(origin)
        raise
    for path in gone:
        if not any(path.parent.iterdir()):
            path.parent.rmdir()


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
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=self._folder, prefix=".new-")
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            Path(name).replace(self._folder / key)
        except OSError:
            return
