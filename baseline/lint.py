"""Lint: cfn-lint over many templates, with every rule on, and its results kept by content.

One runner and one configuration for all templates, because loading the rules costs more than
using them. Neither a `.cfnlintrc` on this machine nor a suppression inside a template changes the
result: what runs elsewhere must run here. Results are kept under a hash of the text, the regions,
cfn-lint's version and the rules; a second lint of the same text does not even import cfn-lint.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from baseline.kept import Cache, key

# The one place for informational rules that we do not follow, each with its reason.
ACCEPTED: Mapping[str, str] = {
    "I4010": (
        "wants each resource's purpose as metadata inside the template; ours stands in the comment "
        "above the resource and in the manifest, so that rewording it changes no deployed stack"
    ),
}

CACHE_VERSION = 1
# cfn-lint leaves circles behind, some 2 MB for each template; looking for them takes a while.
COLLECT_EVERY = 16
_CHECKS = ("E", "W", "I")


@dataclass(frozen=True)
class Match:
    """One thing that cfn-lint found; line and column count from 1."""

    rule: str
    severity: str
    title: str
    message: str
    line: int
    column: int
    path: tuple[str, ...]


def lint(
    texts: Mapping[str, str], regions: Sequence[str], cache: Cache
) -> dict[str, tuple[Match, ...]]:
    """Lint templates (name to text) for regions; findings of `ACCEPTED` rules are left out."""
    linter = Linter(regions, cache)
    return {name: linter.lint(texts[name]) for name in sorted(texts)}


class Linter:
    """Lints one text after the other, for regions; loads cfn-lint when it is first needed."""

    def __init__(self, regions: Sequence[str], cache: Cache) -> None:
        self._how = (CACHE_VERSION, _version(), _CHECKS, sorted(regions))
        self._regions = regions
        self._cache = cache
        self._run: Any = None
        self._fresh = 0

    def lint(self, text: str) -> tuple[Match, ...]:
        """What is found in a text, but for the rules of `ACCEPTED`."""
        place = key("lint", *self._how, text)
        found = _kept(self._cache.get(place))
        if found is None:
            self._run = self._run or _runner(self._regions)
            found = tuple(self._run(text))
            self._fresh += 1
            if self._fresh % COLLECT_EVERY == 0:
                gc.collect()
            self._cache.put(place, json.dumps([asdict(match) for match in found]))
        return tuple(match for match in found if match.rule not in ACCEPTED)


def _version() -> str:
    """What cfn-lint says of its version, read from its file because importing it takes long."""
    spec = find_spec("cfnlint")
    assert spec is not None
    assert spec.origin is not None
    return (Path(spec.origin).parent / "version.py").read_text(encoding="utf-8")


def _kept(text: str | None) -> tuple[Match, ...] | None:
    """Read a kept result; None for one that is missing or damaged."""
    try:
        rows = json.loads(text or "")
        if not isinstance(rows, list):
            return None
        return tuple(Match(**(row | {"path": tuple(row["path"])})) for row in rows)
    except (ValueError, TypeError, KeyError):
        return None


def _runner(regions: Sequence[str]) -> Any:
    """Load cfn-lint once and return what lints one text."""
    from cfnlint.config import ConfigMixIn
    from cfnlint.decode import decode_str
    from cfnlint.runner import Runner

    class Configuration(ConfigMixIn):
        """cfn-lint's configuration without the files that it would look for."""

        def load(self) -> None:
            self.file_args = {}

    configuration = Configuration(
        [],
        regions=list(regions),
        include_checks=list(_CHECKS),
        mandatory_checks=list(_CHECKS),
        include_experimental=True,
    )
    runner = Runner(configuration)
    gc.freeze()  # the rules stay; nobody needs to look through them again

    def run(text: str) -> Iterator[Match]:
        try:
            template, problems = decode_str(text)
            found = problems or list(runner.validate_template(template or {}))
        except Exception as error:  # noqa: BLE001 - the other templates must still be judged
            yield _crash(error)
            return
        for match in sorted(found, key=lambda one: (one.linenumber, one.columnnumber, one.rule.id)):
            yield Match(
                rule=match.rule.id,
                severity=match.rule.severity,
                title=match.rule.shortdesc,
                message=match.message,
                line=match.linenumber,
                column=match.columnnumber,
                path=tuple(str(step) for step in getattr(match, "path", None) or ()),
            )

    return run


def _crash(error: Exception) -> Match:
    """A crash of cfn-lint is a finding, under its own rule for it."""
    message = f"cfn-lint failed with {type(error).__name__}: {error}"
    return Match("E0002", "error", "Error processing rule on the template", message, 1, 1, ())
