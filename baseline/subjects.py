"""Subjects: what `lint` is asked to judge: a profile, or templates in files and folders.

Templates of others are read when they are asked for and let go again, so that memory does not grow
with their number. Those that lie where `generate` put them, by the manifest two folders up, go by
the name of their stack, and where every template of an account is there, it can be judged whole.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baseline.check import Checkable, Subject, Unread
from baseline.errors import ProfileError
from baseline.kept import Cache

if TYPE_CHECKING:
    from baseline.profile import Profile

SUFFIXES = (".yaml", ".yml", ".json", ".template")
MANIFEST = "manifest.json"
OUT = Path("out")  # where `generate` writes unless told otherwise
MOST_IN_MEMORY = 32


@dataclass(frozen=True)
class Subjects:
    """What is to be judged, for which regions, and what could not be read."""

    all: Sequence[Checkable]
    regions: Sequence[str]
    problems: Sequence[str] = ()


def of_profile(profile: Profile) -> Subjects:
    """Everything that a profile generates; a template that lies in `out/` goes by its path there.

    So annotations of a review find the file. It says the same where `generate --check` is content.
    """
    from baseline.emit import emit
    from baseline.generate import generate

    subjects = [
        Subject(
            *(_where(stack.file), stack.name, emit(stack), stack.template, stack.origins),
            account=f"{stack.organization}/{stack.site}",
        )
        for stack in generate(profile)
    ]
    return Subjects(subjects, profile.regions.used)


def _where(file: str) -> str:
    written = OUT / file
    return str(written) if written.is_file() else file


def of_files(files: Sequence[Path], regions: Sequence[str], cache: Cache) -> Subjects:
    """Templates that lie in files and folders; an error where there is none at all."""
    _know(regions)
    reader = _Reader(cache)
    paths, problems = [], []
    for path in _templates(files):
        try:
            reader.read(path)
        except OSError as error:
            problems.append(f"{path}: cannot be read: {error.strerror}")
        except ProfileError as error:
            problems += error.problems
        else:
            paths.append(path)
    if not paths:
        raise ProfileError(problems or ["no template in what was named"])
    places = _Places(paths)
    subjects = [
        Unread(str(path), places.stack(path), partial(reader.read, path), {}, places.account(path))
        for path in paths
    ]
    return Subjects(subjects, regions, problems)


def _know(regions: Sequence[str]) -> None:
    from baseline.regions import ZONES
    from baseline.words import closest, quote

    unknown = [region for region in regions if region not in ZONES]
    if unknown:
        raise ProfileError(
            [f"--region: {quote(one)} is not a region{closest(one, ZONES)}" for one in unknown]
        )


def _templates(files: Sequence[Path]) -> list[Path]:
    """Files as named, and the templates in folders as named, each once."""
    found: dict[Path, None] = {}
    for path in files:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for one in inside:
            if one is path or (one.suffix in SUFFIXES and one.name != MANIFEST):
                found.setdefault(one)
    return [path for path in found if not path.is_dir()]


class _Reader:
    """Reads templates, and keeps the last few."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._kept: dict[Path, tuple[str, Mapping[str, Any]]] = {}

    def read(self, path: Path) -> tuple[str, Mapping[str, Any]]:
        """Text and data of a template."""
        from baseline.template import read

        if path not in self._kept:
            data = path.read_bytes()
            template = read(data, str(path), self._cache)
            while len(self._kept) >= MOST_IN_MEMORY:
                del self._kept[next(iter(self._kept))]
            self._kept[path] = (data.decode("utf-8-sig"), template)
        return self._kept[path]


class _Places:
    """Which stack a file is the template of, and whose account it stands in, by its manifest."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._stacks: dict[Path, tuple[str, str]] = {}
        missing: dict[str, bool] = defaultdict(bool)
        for folder in sorted({path.parent.parent for path in paths}):
            organization, listed = _listed(folder / MANIFEST)
            for name, file in listed.items():
                account = f"{organization}/{file.partition('/')[0]}"
                self._stacks[folder / file] = (name, account)
                missing[account] |= folder / file not in paths
        self._missing = missing

    def stack(self, path: Path) -> str:
        """Name of the stack, or else the path."""
        return self._stacks.get(path, (str(path), ""))[0]

    def account(self, path: Path) -> str:
        """The account, where each of its templates is there; else nothing."""
        account = self._stacks.get(path, ("", ""))[1]
        return "" if self._missing[account] else account


def _listed(path: Path) -> tuple[str, dict[str, str]]:
    """Organization, and stack to file, of a manifest; nothing where there is none of ours."""
    from baseline.manifest import entries

    try:
        text = path.read_text(encoding="utf-8")
        found = {name: str(entry["file"]) for name, entry in entries(text, str(path)).items()}
        return str(json.loads(text)["organization"]), found
    except (OSError, ValueError, KeyError, ProfileError):
        return "", {}
