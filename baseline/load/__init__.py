"""Load: a file becomes a `Profile`, or every problem in it as `file:line:column: path: what to do`.

`nodes` reads the text and keeps places, `explain` says what the types found wrong, `consistency`
what no single field can know. A profile with a wrong field still has its other fields judged: the
wrong ones are left out, and `consistency` looks at what remains, keeping silent about names whose
definition was left out. No message echoes a value that could be a key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from baseline import consistency
from baseline.errors import ProfileError
from baseline.load.explain import UNKNOWN_KEY, explain, steps
from baseline.load.nodes import MOST_BYTES, MOST_PROBLEMS, places, plain, read
from baseline.profile import Profile
from baseline.source import Source

_PASSES = 50  # each leaves out what the one before found; a profile is not deeper than this

# What stands in for a required part that is wrong, while the rest is judged.
_STAND_INS: Mapping[str, Any] = {
    "version": "1",
    "organization": {"name": "x"},
    "regions": {"home": "us-east-1"},
}

Problems = list[tuple[str, str]]


def load(file: Path, name: str | None = None) -> tuple[Profile, Source]:
    """Read a profile; raise `ProfileError` with every problem at once."""
    shown = name or str(file)
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise ProfileError(f"{shown}: cannot be read: {error.strerror}") from error
    return loads(data, shown)


def loads(data: bytes, name: str) -> tuple[Profile, Source]:
    """Read a profile from bytes; `name` is what messages call it."""
    root = read(data, name)
    found = list(places(root))
    source = Source(
        name, {path: mark for path, _, mark in found}, {path: mark for path, mark, _ in found}
    )
    if not isinstance(root.value, dict):
        raise ProfileError(f"{name}:1:1: a profile is a mapping: start from `baseline init`")
    profile, problems = _validated(plain(root))
    if profile is None or problems:
        raise ProfileError(list(_lines(source, problems)))
    return profile, source


def _lines(source: Source, problems: Problems) -> Iterator[str]:
    """Problems in the order of the file, up to a number that a person reads."""
    ordered = sorted(
        (source.mark(path, of_key=text.startswith(UNKNOWN_KEY)), path, text)
        for path, text in set(problems)
    )
    for mark, path, text in ordered[:MOST_PROBLEMS]:
        yield f"{source.file}:{mark.line}:{mark.column}: {f'{path}: ' if path else ''}{text}"
    if len(ordered) > MOST_PROBLEMS:
        yield f"{source.file}: and {len(ordered) - MOST_PROBLEMS} more"


def _validated(raw: dict[str, Any]) -> tuple[Profile | None, Problems]:
    """Validate, leaving out what is wrong so that the rest is judged too."""
    problems: Problems = []
    left_out: set[str] = set()
    left = raw
    for _ in range(_PASSES):
        try:
            profile = Profile.model_validate(left)
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
            explained = [explain(left, detail) for detail in details]
            # Only the first pass speaks: later ones see the gaps that leaving out has made.
            if not left_out:
                problems += explained
            left_out |= {path for path, _ in explained}
            left = {**_STAND_INS, **_without(left, details)}
        else:
            for problem in consistency.problems(profile):
                if not (problem.needs and _touches(problem.needs, left_out)):
                    problems.append((problem.path, problem.text))
            return profile, problems
    return None, problems


def _touches(path: str, left_out: set[str]) -> bool:
    """Say whether a path, a part of it, or what it is a part of, was left out."""
    return any(
        one == path or one.startswith(f"{path}.") or path.startswith(f"{one}.") for one in left_out
    )


def _without(raw: dict[str, Any], details: Any) -> dict[str, Any]:
    """Copy the data without the places that are wrong, and without what misses something."""
    drops = {
        steps(detail)[:-1] if detail["type"] == "missing" else steps(detail) for detail in details
    }

    def copy(value: Any, path: tuple[Any, ...]) -> Any:
        if isinstance(value, dict):
            return {
                key: copy(child, (*path, key))
                for key, child in value.items()
                if (*path, key) not in drops
            }
        if isinstance(value, list):
            return [
                copy(child, (*path, index))
                for index, child in enumerate(value)
                if (*path, index) not in drops
            ]
        return value

    without: dict[str, Any] = copy(raw, ())
    return without
