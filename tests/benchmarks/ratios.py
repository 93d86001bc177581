"""Ratios: whole processes against what they must be compared with, all measured in one run.

    python tests/benchmarks/ratios.py

CPU seconds (user and system) of child processes, the median of several runs that take turns, so
that a machine that slows down slows down both. Prints each ratio beside the one it must not pass;
it judges nothing and always exits 0.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
RUNS = 7
PYTHON = sys.executable
BASELINE = [PYTHON, "-m", "baseline"]
PROFILE = str(ROOT / "profiles" / "acme.yaml")
IMPORTS = (
    "import click, yaml, pydantic, jinja2.sandbox, baseline.cli, baseline.load, "
    "baseline.generate, baseline.emit, baseline.manifest, baseline.disk, baseline.render, "
    "baseline.registry as r; "
    "r.parts('blueprints'); r.parts('formats')"
)
CONTROLS = (
    "import sys; from datetime import date; from pathlib import Path; "
    "from baseline.catalogue import by_name; from baseline.check import examine; "
    "from baseline.kept import NoCache; from baseline.subjects import of_files; "
    "found = of_files([Path(one) for one in sys.argv[1:]], ('eu-west-1',), NoCache()); "
    "examine(found.all, (), NoCache(), date(2026, 11, 25), only=by_name())"
)
CFN_LINT = [
    *(str(Path(PYTHON).parent / "cfn-lint"), "--include-checks", "E", "W", "I"),
    *("--mandatory-checks", "E", "W", "I", "--include-experimental"),
    *("--regions", "eu-west-1", "eu-central-1", "--format", "json", "--template"),
]


def cpu_seconds(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    """CPU seconds of one process and its children; it may exit with any code."""
    child = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, _, used = os.wait4(child.pid, 0)
    child.returncode = 0
    return used.ru_utime + used.ru_stime


def compare(
    name: str,
    limit: float,
    one: list[str],
    other: list[str],
    folder: Path,
    before: Callable[[], None] = lambda: None,
) -> None:
    """Run two commands in turns and print the ratio of their medians."""
    environment = {"XDG_CACHE_HOME": str(folder / "cache")}
    first, second = [], []
    for number in range(RUNS + 1):
        before()
        a = cpu_seconds(one, folder, environment)
        b = cpu_seconds(other, folder, environment)
        if number:  # the first round only warms the file cache
            first.append(a)
            second.append(b)
    here, there = statistics.median(first), statistics.median(second)
    print(f"{name:58} {here:7.3f} s / {there:7.3f} s = {here / there:6.3f}  (at most {limit})")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = made(folder)
        same_findings(files, folder)
        print("\nCPU of whole processes, medians:")
        compare(
            "baseline generate / importing the same modules",
            1.5,
            [*BASELINE, "generate", PROFILE, "--out", "again"],
            [PYTHON, "-c", IMPORTS],
            folder,
        )
        compare(
            "all our controls, from the files / cfn-lint alone",
            0.1,
            [PYTHON, "-c", CONTROLS, *files],
            [*CFN_LINT, *files],
            folder,
        )
        compare(
            "generate and lint, nothing kept / cfn-lint alone",
            1.0,
            [*BASELINE, "lint", PROFILE, "--no-cache"],
            [*CFN_LINT, *files],
            folder,
        )
        cache = folder / "cache"
        regions = ["--region", "eu-west-1", "--region", "eu-central-1"]
        lint = [*BASELINE, "lint", *files, *regions]
        subprocess.run(
            lint, cwd=folder, env=os.environ | {"XDG_CACHE_HOME": str(cache)}, check=False
        )
        compare(
            "second lint of unchanged templates / first",
            0.05,
            lint,
            [*lint, "--no-cache"],
            folder,
        )
        compare(
            "second lint of the unchanged profile / first",
            0.05,
            [*BASELINE, "lint", PROFILE],
            [*BASELINE, "lint", PROFILE, "--no-cache"],
            folder,
        )
        compare(
            "baseline --help / python -c 'import click'",
            2.0,
            [*BASELINE, "--help"],
            [PYTHON, "-c", "import click"],
            folder,
        )
        shutil.rmtree(cache, ignore_errors=True)


def made(folder: Path) -> list[str]:
    """Generate acme and name its templates."""
    subprocess.run(
        [*BASELINE, "generate", PROFILE, "--out", "out"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return sorted(str(path) for path in (folder / "out").rglob("*.yaml"))


def same_findings(files: list[str], folder: Path) -> None:
    """Print how many findings cfn-lint's own command and ours have, before the accepted ones."""
    theirs = json.loads(
        subprocess.run([*CFN_LINT, *files], capture_output=True, check=False, cwd=folder).stdout
    )
    rules = sorted({one["Rule"]["Id"] for one in theirs})
    print(f"cfn-lint alone: {len(theirs)} findings, of rules {', '.join(rules) or 'none'}")


if __name__ == "__main__":
    main()
