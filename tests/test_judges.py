"""Judges that are not ours: checkov over everything in `out/`, and over every system and engine.

It works offline, in an environment of its own, which `make test` sets up. Without it these tests
are skipped here, and fail in CI.
"""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from baseline.cli import commands
from baseline.engines import ENGINES
from baseline.systems import SYSTEMS
from tests.samples import ROOT, profile

pytestmark = pytest.mark.judges

CHECKOV = Path(os.environ.get("JUDGES", ROOT / ".venv-judges")) / "bin" / "checkov"

# The one place for checks that we do not follow, each with its resource and its reason.
ACCEPTED = {
    ("CKV_AWS_18", "AccessLogBucket"): (
        "the access-log bucket does not log itself: each delivered log would cause another"
    ),
    ("CKV_AWS_260", "LoadBalancerSecurityGroup"): (
        "port 80 answers with a redirect to HTTPS only; our balancers.https-only holds it to that"
    ),
}


Failed = tuple[str, str, str]  # check, logical id, file


def judged(folder: Path) -> set[Failed]:
    """Failed checks over a folder."""
    if not CHECKOV.exists():
        reason = f"{CHECKOV} is missing: run make .venv-judges/ready"
        assert not os.environ.get("CI"), reason
        pytest.skip(reason)
    done = subprocess.run(
        [
            *(str(CHECKOV), "--directory", str(folder), "--framework", "cloudformation"),
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


@pytest.fixture(scope="module")
def failed() -> set[Failed]:
    """Failed checks over what ships."""
    return judged(ROOT / "out")


def test_checkov_finds_nothing_new(failed: set[Failed]) -> None:
    """Every failed check is on the short list, with its reason."""
    assert not {one for one in failed if one[:2] not in ACCEPTED}


def test_what_is_accepted_still_fails(failed: set[Failed]) -> None:
    """An entry that no longer matches is taken off the list."""
    assert set(ACCEPTED) == {one[:2] for one in failed}


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile with every system, as often as it differs, and every engine; and its templates."""
    folder = tmp_path_factory.mktemp("everything")
    parts = every_system_and_engine().items()
    text = "".join(f"{name}: {json.dumps(value)}\n" for name, value in parts)
    (folder / "profile.yaml").write_text(text, encoding="utf-8")
    asked = ["generate", str(folder / "profile.yaml"), "--out", str(folder / "out")]
    assert not run(*asked).return_value
    return folder


def every_system_and_engine() -> dict[str, object]:
    """Each system with people, a load balancer and a volume, and with none of them; each engine."""
    acme = profile("acme")
    rich, poor = "arm64", "x86_64"
    servers: list[dict[str, object]] = []
    images: list[dict[str, object]] = []
    for system in SYSTEMS.values():
        architecture = rich if rich in system.parameters else poor
        pinned = {"version": 7, "built": datetime.now(UTC).date().isoformat()}
        image: dict[str, object] = pinned | {"parameter": "/all/images/shop"}
        if system.has_builder:
            name = system.name.replace(".", "")
            images.append(
                {
                    "name": name,
                    "system": system.name,
                    "architecture": architecture,
                    "components": ["shop/1.x.x"],
                }
            )
            image = {"pipeline": name}
        kind = {rich: "m7g.large", poor: "m7i.large"}
        people = {} if system.is_windows else {"people": ["alice"]}
        servers.append(
            {
                **people,
                "name": f"rich-{len(servers)}",
                "asset": "orders",
                "system": system.name,
                "image": image,
                "instance_type": kind[architecture],
                "administrators": ["carol" if system.is_windows else "bob"],
                "volumes": [{"name": "data", "size": 10}],
                "load_balancer": {"certificate": "/all/certificates/shop", "internal": True},
            }
        )
        servers.append(
            {
                "name": f"poor-{len(servers)}",
                "asset": "notes",
                "system": system.name,
                "image": pinned,
                "instance_type": kind[poor],
            }
        )
    databases = [
        {
            "name": f"{asset}-{engine}",
            "asset": asset,
            "engine": engine,
            "instance_class": "db.r7g.large",
            "servers": [servers[at]["name"]],  # a role takes ten policies
        }
        for engine in ENGINES
        for at, asset in enumerate(("orders", "notes"))
    ]
    high = {"value": 2_000_000, "recovery": {"point": "4 hours", "time": "4 hours"}}
    ratings = dict.fromkeys(("confidentiality", "integrity", "availability"), "high")
    return {
        "version": 1,
        "organization": {"name": "all"},
        "regions": {"home": "eu-west-1", "recovery": "eu-central-1"},
        "people": [
            {"name": one.name, "keys": list(one.keys)}
            for one in acme.people
            if one.name in ("alice", "bob", "carol")
        ],
        "assets": [
            {"name": "orders", "owner": "o", **high, **ratings},
            {"name": "notes", "owner": "o", "value": 1},
        ],
        "environments": [
            {
                "name": "prod",
                "account": "111122223333",
                "network": {
                    "cidr": "10.20.0.0/16",
                    "ipv6": True,
                    "management": ["10.99.0.0/16"],
                    "instance_connect": True,
                },
                "images": images,
                "servers": servers,
                "databases": databases,
            }
        ],
    }


def run(*arguments: str) -> Result:
    """Run a command of ours here."""
    done = CliRunner().invoke(commands, arguments, standalone_mode=False)
    assert done.exception is None, done.exception
    return done


def test_every_system_and_engine_passes_our_judges(everything: Path) -> None:
    """No finding of ours or of cfn-lint, and nothing that cannot be judged."""
    done = run("lint", str(everything / "profile.yaml"))
    assert not done.return_value, done.output


def test_every_system_and_engine_passes_checkov(everything: Path) -> None:
    """But for what is accepted anyway."""
    found = judged(everything / "out")
    assert not {one for one in found if one[:2] not in ACCEPTED}
