"""Memory: many templates of others take no more of it than few."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from baseline.emit import emit
from tests.samples import stacks

CODE = """
import gc, resource, sys
from datetime import date
from pathlib import Path
from baseline.catalogue import by_name
from baseline.check import examine
from baseline.kept import NoCache
from baseline.subjects import of_files

gc.set_threshold(1_000_000, 50, 1000)  # as the command line has it
found = of_files([Path(sys.argv[1])], ("eu-west-1",), NoCache())
only = by_name() if sys.argv[2] == "controls" else None
done = examine(found.all, found.regions, NoCache(), date(2026, 11, 25), only=only)
assert len(done.judged) == int(sys.argv[3])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def megabytes(folder: Path, what: str, count: int) -> int:
    """The most memory that judging so many templates takes, in MiB."""
    texts = [emit(one) for one in stacks("acme") if one.short_name.startswith(("bucket", "keys"))]
    folder = folder / str(count)
    folder.mkdir()
    for number in range(count):
        text = f"{texts[number % len(texts)]}# {number}\n"
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-c", CODE, str(folder), what, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.parametrize(
    ("what", "few", "many", "most"), [("controls", 40, 400, 6), ("cfn-lint", 34, 68, 20)]
)
def test_memory_does_not_grow_with_templates(
    what: str, few: int, many: int, most: int, tmp_path: Path
) -> None:
    """Beyond the few that are kept in case they are asked for again; in MiB."""
    assert megabytes(tmp_path, what, many) - megabytes(tmp_path, what, few) < most
