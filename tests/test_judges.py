"""Judges that are not ours: checkov over everything in `out/`, offline.

It lives in an environment of its own, which `make test` sets up. Without it these tests are
skipped here, and fail in CI.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.samples import ROOT

pytestmark = pytest.mark.judges

CHECKOV = Path(os.environ.get("JUDGES", ROOT / ".venv-judges")) / "bin" / "checkov"

# The one place for checks that we do not follow, each with its resource and its reason.
ACCEPTED = {
    ("CKV_AWS_18", "AccessLogBucket"): (
        "the access-log bucket does not log itself: each delivered log would cause another"
    ),
}


@pytest.fixture(scope="module")
def failed() -> set[tuple[str, str, str]]:
    """Failed checks over `out/`: check, logical id, file."""
    if not CHECKOV.exists():
        reason = f"{CHECKOV} is missing: run make .venv-judges/ready"
        assert not os.environ.get("CI"), reason
        pytest.skip(reason)
    done = subprocess.run(
        [
            *(str(CHECKOV), "--directory", str(ROOT / "out"), "--framework", "cloudformation"),
            *("--skip-download", "--output", "json", "--quiet", "--compact"),
        ],
        capture_output=True,
        text=True,
        check=False,
        # Offline: a proxy, even an empty one, would only be one more thing to go wrong.
        env={name: os.environ[name] for name in os.environ if not name.lower().endswith("_proxy")}
        | {"LOG_LEVEL": "CRITICAL"},
    )
    assert done.stdout.startswith("{"), f"{done.stdout[:500]}{done.stderr[-2000:]}"
    report = json.loads(done.stdout)
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 100, "checkov has looked at nothing"
    return {
        (one["check_id"], one["resource"].rpartition(".")[2], one["file_path"])
        for one in report["results"]["failed_checks"]
    }


def test_checkov_finds_nothing_new(failed: set[tuple[str, str, str]]) -> None:
    """Every failed check is on the short list, with its reason."""
    assert not {one for one in failed if one[:2] not in ACCEPTED}


def test_what_is_accepted_still_fails(failed: set[tuple[str, str, str]]) -> None:
    """An entry that no longer matches is taken off the list."""
    assert set(ACCEPTED) == {one[:2] for one in failed}
