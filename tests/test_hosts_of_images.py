"""Hosts of images: a Debian is made into an image by our component, and a host starts from it.

In the namespaces of `test_hosts`: cloud-init works off the user data of a builder, our scripts
judge it and forget the first boot, and cloud-init takes the next one for the first. Image Builder
does not do Debian, but its scripts are the same for every Linux. Not shown here: what is judged
of the kernel, of auditing and of time, which need a machine, and Image Builder's own clean-up.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from baseline.blueprints.images import component
from baseline.systems import SYSTEMS
from tests.test_hosts import (  # noqa: F401 - fixtures
    DROP_IN,
    Machine,
    assert_refused,
    debian,
    document,
    keys,
    machine,
)

pytestmark = pytest.mark.hosts

SEED = "var/lib/cloud/seed/nocloud"


def script(phase: str, step: str) -> str:
    """One script of our component."""
    phases = yaml.safe_load(component.document(SYSTEMS["debian-12"]))["phases"]
    steps = next(one["steps"] for one in phases if one["name"] == phase)
    (found,) = (one for one in steps if one["name"] == step)
    text: str = found["inputs"]["commands"][0]
    return text


def judged(one: Machine) -> str:
    """What our script has to say, without what asks the kernel, auditd, chrony and mounts."""
    head, *parts = script("test", "Judge").split("\n\n")
    asked = [part for part in parts if not part.startswith("settings=$(sysctl")]
    lines = "\n".join((head, *asked)).splitlines()
    here = [line for line in lines if not line.startswith(("auditctl", "chronyc", "findmnt"))]
    assert len(lines) - len(here) == 4
    done = one.inside("bash", "-c", "\n".join(here))
    return f"{done.returncode} {done.stderr}".strip()


def start(one: Machine, text: str, instance: str) -> None:
    """Start it as another instance, with this user data."""
    (one.root / SEED / "user-data").write_text(text, encoding="ascii")
    (one.root / SEED / "meta-data").write_text(f"instance-id: {instance}\n", encoding="ascii")
    assert "Traceback" not in one.boot()


def leave_traces(one: Machine) -> tuple[Path, ...]:
    """What a system that has run has, and no other may."""
    paths = (
        *("etc/machine-id", "var/lib/systemd/random-seed", "var/lib/rsyslog/imjournal.state"),
        *("var/log/journal/0123/system.journal", "var/log/audit/audit.log", "var/log/auth.log"),
        *("var/log/audit/audit.log.1", "var/log/syslog.2.gz", "var/log/amazon/ssm/errors.log"),
        *("var/lib/amazon/ssm/Vault/Store/RegistrationKey", "root/.bash_history"),
        *("var/lib/amazon/ssm/i-1/document/state/completed/c-1", "home/me/.python_history"),
    )
    for path in paths:
        (one.root / path).parent.mkdir(parents=True, exist_ok=True)
        (one.root / path).write_text("0123\n", encoding="ascii")
    at_work = one.root / "var/lib/amazon/ssm/i-1/document/state/current/c-2"
    at_work.parent.mkdir(parents=True)
    at_work.touch()
    return tuple(one.root / path for path in paths)


def assert_forgotten(one: Machine, traces: tuple[Path, ...]) -> None:
    """Nothing of it is left, and Image Builder is told to look for more."""
    assert (one.root / "etc/machine-id").exists(), "an absent one is a first boot, an empty one not"
    assert [path for path in traces if path.exists() and path.read_bytes()] == []
    assert not list((one.root / "etc/ssh").glob("ssh_host_*"))
    assert [
        path for path in (one.root / "var/log").rglob("*") if path.stat().st_size and path.is_file()
    ] == []
    assert (one.root / "root/perform_cleanup").exists()
    kept = one.root / "var/lib/amazon/ssm/i-1/document/state/current/c-2"
    assert kept.exists(), "by this the agent runs our script"


def test_a_host_of_an_image_has_its_own_people(
    debian: Path,  # noqa: F811 - the fixture
    keys: Path,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    """The image lets nobody in; its host lets in whom its user data names, by a key of its own."""
    with machine(debian, keys, document(keys, somebody=False), tmp_path) as one:
        assert "Traceback" not in one.boot()
        assert judged(one) == "0"
        key = one.root / "etc/ssh/ssh_host_ed25519_key"
        baked = key.read_bytes()
        traces = leave_traces(one)
        assert one.inside("bash", "-c", script("validate", "ForgetFirstBoot")).returncode == 0
        assert one.told_systemd()[-3:] == [
            *("unmask ssh.service ssh.socket", "enable ssh.service"),
            "stop systemd-random-seed.service",
        ]
        assert not (one.root / "var/lib/cloud/instance").exists()
        assert_forgotten(one, traces)

        start(one, document(keys), "i-2")
        assert judged(one).startswith("1 somebody can log in to this image: ")
        assert key.read_bytes() != baked
        assert one.ssh("alice", "alice", "sudo", "-n", "true").returncode == 0
        assert one.ssh("bob", "bob", "sudo", "-n", "true").returncode == 1
        assert_refused(one.ssh("alice", "stranger", "true"))
        assert_refused(one.ssh("root", "alice", "true"))
        assert "mask" not in " ".join(one.told_systemd()).rpartition("enable ssh.service")[2]


def test_a_judge_sees_what_was_undone(
    debian: Path,  # noqa: F811 - the fixture
    keys: Path,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    """Of sshd, of the firewall, and of an account with a password."""
    with machine(debian, keys, document(keys, somebody=False), tmp_path) as one:
        one.boot()
        drop_in = one.root / DROP_IN
        kept = drop_in.read_text(encoding="utf-8")
        drop_in.write_text(kept.replace("PermitRootLogin no", "PermitRootLogin yes"))
        assert judged(one) == "1 not in force: sshd: permitrootlogin no"
        drop_in.write_text(kept)
        assert one.inside("chpasswd", text="root:secret").returncode == 0
        assert judged(one) == "1 somebody can log in to this image:  root"
        one.inside("passwd", "--delete", "root")
        assert one.inside("nft", "flush", "ruleset").returncode == 0
        assert judged(one).startswith("1 Error: No such file or directory")
