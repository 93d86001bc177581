"""Diffs: `baseline diff` against what people use today, all measured in one run.

    npm install --prefix FOLDER aws-cdk @aws-cdk/cloudformation-diff
    python tests/benchmarks/diffs.py FOLDER

Two templates of 200 resources, a fifth of which differ. CPU seconds of whole processes, medians of
runs that take turns; then both libraries in process. Every process may write bytecode, as an
installed package has it. Prints each ratio beside the one it must not pass, and always exits 0.
Without a folder only our own numbers are printed.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from baseline.diff import diff
from baseline.template import Template
from tests.benchmarks.pairs import template
from tests.benchmarks.ratios import BASELINE, RUNS, cpu_seconds

SIZE = 200
TODAY = date(2026, 11, 25)
IN_PROCESS = """
const { fullDiff } = require(process.argv[1] + '/node_modules/@aws-cdk/cloudformation-diff');
const fs = require('fs');
const [a, b] = ['a.json', 'b.json'].map((name) => JSON.parse(fs.readFileSync(name)));
const times = [];
for (let run = 0; run < 40; run++) {
  const start = process.hrtime.bigint();
  fullDiff(a, b);
  times.push(Number(process.hrtime.bigint() - start) / 1e9);
}
console.log(times.slice(10).sort((x, y) => x - y)[15]);
"""


def median_seconds(run: Callable[[], Any], runs: int = 30) -> float:
    """Median time of a call, after some that warm up."""
    times = []
    for number in range(runs + 5):
        start = time.perf_counter()
        run()
        if number >= 5:
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Measure and print."""
    npm = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = [json.dumps(template(SIZE, changed=changed)) for changed in (False, True)]
        for file, text in zip(("a.json", "b.json"), texts, strict=True):
            (folder / file).write_text(text, encoding="utf-8")
        one, other = (json.loads(text) for text in texts)
        ours = median_seconds(lambda: diff(one, other))
        judged = median_seconds(lambda: diff(one, other, today=TODAY))
        print(f"in process: {ours * 1e3:.1f} ms; with every control: {judged * 1e3:.1f} ms")
        if npm:
            theirs = in_process(npm, folder)
            print(
                f"  / cloudformation-diff {theirs * 1e3:.1f} ms = {ours / theirs:.2f} (at most 4)"
            )
            print(f"  with every control: {judged / theirs:.2f}")
        same = [Template.of(texts[0].encode(), "a.json") for _ in range(2)]
        print(f"equal templates, by hash: {median_seconds(lambda: diff(*same)) * 1e6:.1f} µs")
        for size in (50, 100, 200, 500):
            pair = [template(size, changed=changed) for changed in (False, True)]
            seconds = median_seconds(lambda pair=pair: diff(*pair), 10)  # type: ignore[misc]
            print(f"{size:4} resources: {seconds / size * 1e6:6.1f} µs for each")
        whole_processes(npm, folder)


def in_process(npm: Path, folder: Path) -> float:
    """Median seconds of the library that cdk uses."""
    command = ["node", "-e", IN_PROCESS, str(npm)]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return float(done.stdout)


def whole_processes(npm: Path | None, folder: Path) -> None:
    """CPU seconds of both commands, in turns."""
    app = folder / "cdk.out"
    app.mkdir()
    (app / "Pair.template.json").write_bytes((folder / "b.json").read_bytes())
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/unknown-region",
        "properties": {"templateFile": "Pair.template.json"},
    }
    manifest = {"version": "36.0.0", "artifacts": {"Pair": artifact}}
    (app / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    environment = {
        "XDG_CACHE_HOME": str(folder / "cache"),
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
        "PYTHONDONTWRITEBYTECODE": "",
        "CDK_DISABLE_VERSION_CHECK": "1",
    }
    commands = {"baseline diff": [*BASELINE, "diff", "a.json", "b.json"]}
    if npm:
        commands["cdk diff --template"] = [
            *(str(npm / "node_modules" / ".bin" / "cdk"), "diff", "Pair", "--app", "cdk.out"),
            *("--template", "a.json", "--no-notices"),
        ]
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(RUNS + 1):
        for name, command in commands.items():
            seconds = cpu_seconds(command, folder, environment)
            if number:  # the first round only warms the file cache and writes bytecode
                times[name].append(seconds)
    medians = {name: statistics.median(found) for name, found in times.items()}
    for name, seconds in medians.items():
        print(f"{name}, whole process: {seconds:.3f} s of CPU")
    if npm:
        ratio = medians["baseline diff"] / medians["cdk diff --template"]
        print(f"  ratio {ratio:.3f} (at most 0.1)")


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    main()
