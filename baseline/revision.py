"""Revision: the templates of one side of a comparison: a file, a folder, or what git had.

`git:REV` is what the revision had in `out/`, `git:REV:PATH` in a folder or file of another name.
Git is asked, by a fixed list of arguments and without a shell, to list and print; it changes
nothing. This is the only place that starts a process, for git alone can read its own store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache as cached
from pathlib import Path, PurePosixPath

from baseline.errors import ProfileError
from baseline.kept import Cache
from baseline.template import Template
from baseline.words import quote

PREFIX = "git:"
SUFFIXES = (".yaml", ".yml", ".json", ".template")
SKIPPED = ("manifest.json",)
SECONDS = 60


class LateCache:
    """A cache that is opened when first asked: templates in JSON need none."""

    def __init__(self, opened: Callable[[], Cache]) -> None:
        """Remember how to open it."""
        self._opened = cached(opened)

    def get(self, key: str) -> str | None:
        """What is kept under a key."""
        return self._opened().get(key)

    def put(self, key: str, text: str) -> None:
        """Keep a text."""
        self._opened().put(key, text)


def texts(where: str) -> dict[str, tuple[str, bytes]]:
    """Files of one side: their name there (empty for a lone file), to its place and bytes."""
    if where.startswith(PREFIX):
        return dict(_of_git(where))
    return dict(_of_disk(Path(where)))


def templates(where: str, cache: Cache | None = None) -> dict[str, Template]:
    """Templates of one side by name; raises ProfileError with every one that cannot be read."""
    found: dict[str, Template] = {}
    problems: list[str] = []
    for name, (place, data) in texts(where).items():
        try:
            found[name] = Template.of(data, place, cache)
        except ProfileError as error:
            problems += error.problems
    if problems:
        raise ProfileError(problems)
    if not found:
        raise ProfileError(f"{where}: no template there")
    return found


def _of_disk(path: Path) -> Iterator[tuple[str, tuple[str, bytes]]]:
    try:
        if not path.is_dir():
            yield "", (str(path), path.read_bytes())
            return
        found = sorted(one for one in path.rglob("*") if _is_template(one.name) and one.is_file())
        for one in found:
            yield str(one.relative_to(path).with_suffix("")), (str(one), one.read_bytes())
    except OSError as error:
        name = error.filename or path
        raise ProfileError(f"{name}: cannot be read: {error.strerror}") from None


def _is_template(name: str) -> bool:
    return name.endswith(SUFFIXES) and name not in SKIPPED


def _of_git(where: str) -> Iterator[tuple[str, tuple[str, bytes]]]:
    revision, _, folder = where.removeprefix(PREFIX).partition(":")
    folder = (folder or "out").rstrip("/")
    if not revision or revision.startswith("-"):
        raise ProfileError(f"{where}: {quote(revision)} is no revision: write git:REV")
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise ProfileError(f"{where}: git knows no revision {quote(revision)} here")
    name = commit.decode().strip()
    listed = _git("ls-tree", "-r", "-z", "--full-name", name, "--", folder)
    for entry in (listed or b"").decode("utf-8", "surrogateescape").split("\0"):
        kind, _, path = entry.partition("\t")
        fields = kind.split()
        if len(fields) != 3 or fields[1] != "blob" or fields[0] == "120000":
            continue
        inside = _inside(path, folder)
        if not _is_template(PurePosixPath(path).name):
            continue
        data = _git("cat-file", "blob", fields[2])
        if data is not None:
            yield inside, (f"{PREFIX}{revision}:{path}", data)


def _inside(path: str, folder: str) -> str:
    """Name of a file below the folder that was asked for; empty for that file itself."""
    wanted = PurePosixPath(folder).parts
    parts = PurePosixPath(path).parts
    for start in range(len(parts)):
        if parts[start : start + len(wanted)] == wanted:
            rest = parts[start + len(wanted) :]
            return str(PurePosixPath(*rest).with_suffix("")) if rest else ""
    return str(PurePosixPath(path).with_suffix(""))


def _git(*arguments: str) -> bytes | None:
    """What git prints; None where it refuses."""
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, no shell, arguments after a guard
            ["git", *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
    except FileNotFoundError:
        raise ProfileError("git: not found: name a file or a folder instead") from None
    except subprocess.TimeoutExpired:
        raise ProfileError(f"git: no answer in {SECONDS} seconds") from None
    return done.stdout if done.returncode == 0 else None
