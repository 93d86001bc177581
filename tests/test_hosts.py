"""Hosts: a whole Debian makes of the user data what it says, and people try to log in.

A Debian 12 is made by mmdebstrap and put in namespaces of its own (files, network, processes,
name), where cloud-init's own modules, in all four stages, and its own sshd do the work. There is
no systemd: a stand-in notes what it is told and starts sshd when told to restart ssh. There is no
network but the loopback, so that what is hardened here is hardened without any package. The
kernel is this machine's: its settings and modules are out of reach, and judged in
test_userdata.py. What is not shown here: the order of a real boot, AppArmor, auditd at work.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from baseline.userdata import Host, Login, linux
from tests.test_userdata import LINUX, SSHD, run, tool

pytestmark = pytest.mark.hosts

PACKAGES = (
    *("adduser", "cloud-init", "iproute2", "nftables", "openssh-server", "procps", "python3"),
    *("login", "passwd", "sudo"),
)
SUITES = {12: "bookworm", 13: "trixie"}
STAGES = (
    ("init", "--local"),
    ("init",),
    ("modules", "--mode", "config"),
    ("modules", "--mode", "final"),
)
# What cloud-init would do to disks and networks of this machine, it does not.
SETTINGS = """\
datasource_list: [NoCloud]
network: {config: disabled}
resize_rootfs: false
growpart: {mode: "off"}
"""
SYSTEMCTL = """\
#!/bin/sh
echo "$*" >> /var/systemctl
test "$*" = "restart ssh" || exit 0
test ! -s /run/sshd.pid || kill "$(cat /run/sshd.pid)"
exec /usr/sbin/sshd
"""
MOUNTS = """\
set -e
mount --bind "$0" "$0"
mount -t proc proc "$0/proc"
mount --bind "$0/proc/sys" "$0/proc/sys"
mount -o remount,bind,ro "$0/proc/sys"
mount -t sysfs -o ro sysfs "$0/sys"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$0/dev/pts"
mount -t tmpfs tmpfs "$0/dev/shm"
mount -t tmpfs tmpfs "$0/run"
mkdir "$0/run/sshd" "$0/run/lock"
ip link set lo up
echo ready
exec sleep 1000
"""
DROP_IN = "etc/ssh/sshd_config.d/00-baseline.conf"
# Not the disk that /tmp may be: a system has some 400 MB.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "baseline-hosts"


@dataclass(frozen=True)
class Machine:
    """A Debian in namespaces of its own; `pid` is its first process."""

    root: Path
    pid: int
    keys: Path

    def inside(self, *command: str, text: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command as its root."""
        return run(
            *("nsenter", "--target", str(self.pid), "--mount", "--net", "--pid", "--uts", "--ipc"),
            *("setpriv", "--bounding-set=-sys_boot,-sys_module,-sys_time,-audit_control"),
            *("chroot", self.root, "env", "-i", "PATH=/usr/local/sbin:/usr/sbin:/usr/bin"),
            *command,
            input=text,
        )

    def near(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program of this machine in its network."""
        apart = ("nsenter", "--target", str(self.pid), "--net")
        return run(*apart, *command, env={**os.environ, **variables}, timeout=60)

    def ssh(self, login: str, key: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Log in with a key, and nothing else, and run a command."""
        options = (
            *("IdentitiesOnly=yes", "IdentityAgent=none", "BatchMode=yes", "ConnectTimeout=10"),
            *(
                "StrictHostKeyChecking=accept-new",
                f"UserKnownHostsFile={self.root.parent / 'known'}",
            ),
        )
        return self.near(
            *(tool("ssh", "openssh-client"), "-F", "/dev/null", "-i", str(self.keys / key)),
            *(part for option in options for part in ("-o", option)),
            *(f"{login}@127.0.0.1", *command),
        )

    def boot(self) -> str:
        """Run cloud-init's four stages, as a boot does; what they say."""
        said = [self.inside("cloud-init", *stage) for stage in STAGES]
        return "".join(done.stdout + done.stderr for done in said)

    def told_systemd(self) -> list[str]:
        """What systemd was told."""
        path = self.root / "var/systemctl"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def bare(number: int, scratch: Path) -> Path:
    """A bare Debian, made anew each week."""
    if os.geteuid() != 0:
        pytest.skip("hosts are made by root")
    mmdebstrap = tool("mmdebstrap", "mmdebstrap")
    tool("nsenter", "util-linux")
    tool("ip", "iproute2")
    if run("unshare", "--mount", "--net", "--pid", "--fork", "--uts", "--ipc", "true").returncode:
        pytest.skip("this machine makes no namespaces")
    made = CACHE / f"debian-{number}-{datetime.now(UTC):%G-%V}"
    if not made.exists():
        for older in CACHE.glob(f"debian-{number}-*"):
            shutil.rmtree(older)
        CACHE.mkdir(parents=True, exist_ok=True)
        include = f"--include={','.join(PACKAGES)}"
        mirror = "http://deb.debian.org/debian"
        fresh = scratch / "fresh"
        done = run(mmdebstrap, "--variant=minbase", include, SUITES[number], fresh, mirror)
        assert done.returncode == 0, done.stderr[-3000:]
        shutil.move(fresh, made)
    return made


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare Debian 12, the oldest of the systems."""
    return bare(12, tmp_path_factory.mktemp("debian"))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key pairs of the types that people bring, and of a stranger."""
    folder = tmp_path_factory.mktemp("keys")
    make = (tool("ssh-keygen", "openssh-client"), "-q", "-N", "", "-C", "someone")
    kinds = {"alice": "ed25519", "alice-rsa": "rsa", "bob": "ecdsa", "stranger": "ed25519"}
    for name, kind in kinds.items():
        bits = {"rsa": ("-b", "3072"), "ecdsa": ("-b", "384")}.get(kind, ())
        assert run(*make, "-t", kind, *bits, "-f", folder / name).returncode == 0
    return folder


def document(keys: Path, system: str = "debian-12", *, somebody: bool = True) -> str:
    """User data with alice, who is an administrator, and bob, who is not; or with nobody."""
    public = {path.stem: path.read_text(encoding="ascii") for path in keys.glob("*.pub")}
    alice = Login("alice", (public["alice"], public["alice-rsa"]), is_administrator=True)
    logins = (alice, Login("bob", (public["bob"],))) if somebody else ()
    return linux(Host("acme prod shop", system, "eu-west-1", logins, (8443,)))


@contextmanager
def machine(debian: Path, keys: Path, text: str, folder: Path) -> Iterator[Machine]:
    """Copy the system, seed it with user data and start its first process."""
    root = folder / "root"
    subprocess.run(["cp", "--archive", "--reflink=auto", debian, root], check=True)
    seed = root / "var/lib/cloud/seed/nocloud"
    seed.mkdir(parents=True)
    (seed / "user-data").write_text(text, encoding="ascii")
    (seed / "meta-data").write_text("instance-id: i-1\nlocal-hostname: shop\n", encoding="ascii")
    (root / "etc/cloud/cloud.cfg.d/99-test.cfg").write_text(SETTINGS, encoding="ascii")
    (root / "etc/apt/apt.conf.d/99test").write_text('Acquire::Retries "0";\n', encoding="ascii")
    for path, content in {"systemctl": SYSTEMCTL, "update-grub": "#!/bin/sh\n"}.items():
        stand_in = root / "usr/local/sbin" / path
        stand_in.write_text(content, encoding="ascii")
        stand_in.chmod(0o755)
    apart = ("unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child")
    with subprocess.Popen(
        [*apart, "sh", "-c", MOUNTS, str(root)], stdout=subprocess.PIPE, text=True
    ) as started:
        try:
            assert started.stdout
            assert started.stdout.readline() == "ready\n"
            children = Path(f"/proc/{started.pid}/task/{started.pid}/children")
            yield Machine(root, int(children.read_text(encoding="ascii").split()[0]), keys)
        finally:
            # With its first process go all others and, with the namespace, every mount.
            started.send_signal(signal.SIGKILL)
            started.wait()
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="module")
def host(debian: Path, keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A host that has booted with alice and bob named."""
    with machine(debian, keys, document(keys), tmp_path_factory.mktemp("host")) as one:
        said = one.boot()
        assert "Traceback" not in said, said
        yield one


def assert_refused(done: subprocess.CompletedProcess[str]) -> None:
    """Sshd was reached, and let nobody in."""
    assert done.returncode == 255, done.stdout + done.stderr
    assert "Permission denied (publickey)" in done.stderr


@pytest.mark.parametrize(
    ("login", "key"), [("alice", "alice"), ("alice", "alice-rsa"), ("bob", "bob")]
)
def test_the_right_key_is_let_in(host: Machine, login: str, key: str) -> None:
    """As oneself; the banner is shown before."""
    done = host.ssh(login, key, "id", "-un")
    assert (done.returncode, done.stdout) == (0, f"{login}\n"), done.stderr
    assert "Authorized users only." in done.stderr


def test_only_an_administrator_becomes_root(host: Machine) -> None:
    """Without a password, since nobody has one; the command is in sudo's log."""
    done = host.ssh("alice", "alice", "sudo", "-n", "id", "-un")
    assert (done.returncode, done.stdout.strip()) == (0, "root"), done.stderr
    assert host.ssh("bob", "bob", "sudo", "-n", "id", "-un").returncode == 1
    assert "COMMAND=/usr/bin/id" in (host.root / "var/log/sudo.log").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("login", "key"),
    [("alice", "stranger"), ("alice", "bob"), ("bob", "alice"), ("nobody", "alice")],
)
def test_another_key_is_refused(host: Machine, login: str, key: str) -> None:
    """A stranger's, or a colleague's."""
    assert_refused(host.ssh(login, key, "true"))


@pytest.mark.parametrize("login", ["admin", "carol", "debian", "root"])
def test_who_is_not_in_the_profile_is_refused(host: Machine, login: str) -> None:
    """Even with an account, and a key in the right place; so is root."""
    if login != "root":
        host.inside("useradd", "--create-home", login)
    home = host.inside("getent", "passwd", login).stdout.split(":")[5]
    folder = host.root / home[1:] / ".ssh"
    folder.mkdir(mode=0o700, exist_ok=True)
    shutil.copy(host.keys / "alice.pub", folder / "authorized_keys")
    host.inside("chown", "-R", f"{login}:", f"{home}/.ssh")
    assert_refused(host.ssh(login, "alice", "true"))


@pytest.mark.parametrize("login", ["bob", "root"])
def test_passwords_are_refused(host: Machine, login: str, tmp_path: Path) -> None:
    """Even the right one, of an account that somebody unlocked."""
    assert host.inside("chpasswd", text=f"{login}:correct horse\n").returncode == 0
    asked = tmp_path / "ask"
    asked.write_text("#!/bin/sh\necho correct horse\n", encoding="ascii")
    asked.chmod(0o700)
    done = host.near(
        *("ssh", "-F", "/dev/null", "-o", "PubkeyAuthentication=no"),
        *("-o", "PreferredAuthentications=password,keyboard-interactive"),
        *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
        *(f"{login}@127.0.0.1", "true"),
        SSH_ASKPASS=str(asked),
        SSH_ASKPASS_REQUIRE="force",
    )
    assert_refused(done)


def test_accounts_are_locked_and_the_image_has_none(
    debian: Path, keys: Path, tmp_path: Path
) -> None:
    """Right after the first boot: people and root have no password, and nobody else is there."""
    with machine(debian, keys, document(keys), tmp_path) as fresh:
        fresh.boot()
        states = {
            name: fresh.inside("passwd", "--status", name).stdout.split()[1]
            for name in ("root", "alice", "bob")
        }
        assert states == {"root": "L", "alice": "L", "bob": "L"}
        shells = fresh.inside("getent", "passwd").stdout.splitlines()
        people = {line.split(":")[0] for line in shells if line.endswith(("/bash", "/sh"))}
        assert people == {"root", "alice", "bob"}
        assert (fresh.root / "root/.ssh/authorized_keys").read_text(encoding="ascii") == ""


def test_the_host_has_one_key_of_the_best_kind(host: Machine) -> None:
    """Made by itself; none of those that came with the image is left."""
    found = {path.name for path in (host.root / "etc/ssh").glob("ssh_host_*")}
    assert found == {"ssh_host_ed25519_key", "ssh_host_ed25519_key.pub"}
    scanned = host.near(tool("ssh-keyscan", "openssh-client"), "127.0.0.1").stdout
    assert {line.split()[1] for line in scanned.splitlines()} == {"ssh-ed25519"}


def test_ssh_audit_finds_no_failure(host: Machine) -> None:
    """Of no algorithm that the host offers."""
    done = host.near(tool("ssh-audit", "ssh-audit"), "--no-colors", "127.0.0.1")
    assert "(gen) software: OpenSSH" in done.stdout, done.stdout + done.stderr
    assert "[fail]" not in done.stdout


def test_nothing_is_forwarded(host: Machine) -> None:
    """The host is no way on to another."""
    done = host.near(
        *("ssh", "-F", "/dev/null", "-i", str(host.keys / "alice"), "-o", "BatchMode=yes"),
        *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
        *("-W", "127.0.0.1:22", "alice@127.0.0.1"),
    )
    assert done.returncode != 0
    assert "prohibited" in done.stderr or "forwarding failed" in done.stderr, done.stderr


def test_the_host_is_hardened_without_a_network(host: Machine) -> None:
    """Firewall, kernel settings and the rest are in place, though no package came."""
    rules = host.inside("nft", "list", "ruleset").stdout
    assert "policy drop" in rules
    assert "tcp dport 22 accept" in rules
    assert (host.root / "etc/sysctl.d/99-zz-baseline.conf").stat().st_mode & 0o777 == 0o644
    assert (host.root / "etc/sudoers.d/90-baseline").stat().st_mode & 0o777 == 0o440
    assert (host.root / "home/alice").stat().st_mode & 0o077 == 0
    assert "UMASK 027" in (host.root / "etc/login.defs").read_text(encoding="utf-8")
    su = (host.root / "etc/pam.d/su").read_text(encoding="utf-8")
    assert "\nauth       required   pam_wheel.so use_uid group=sugroup\n" in su
    issue = (host.root / "etc/issue").read_text(encoding="ascii")
    assert issue == (host.root / "etc/issue.net").read_text(encoding="ascii")
    assert (host.root / "etc/at.allow").read_text(encoding="ascii") == "root\n"
    assert (host.root / "etc/at.allow").stat().st_mode & 0o777 == 0o640
    assert host.inside("visudo", "--check").returncode == 0
    assert "enable --now nftables auditd" in host.told_systemd()


def test_a_second_boot_changes_nothing(host: Machine) -> None:
    """Cloud-init runs at every boot; people get in as before, with the same host key."""
    key = host.root / "etc/ssh/ssh_host_ed25519_key"
    before = key.read_bytes(), (host.root / DROP_IN).read_bytes()
    assert "Traceback" not in host.boot()
    assert (key.read_bytes(), (host.root / DROP_IN).read_bytes()) == before
    assert host.inside("systemctl", "restart", "ssh").returncode == 0
    assert host.ssh("alice", "alice", "true").returncode == 0


def test_a_mistake_in_the_drop_in_locks_nobody_out(
    debian: Path, keys: Path, tmp_path: Path
) -> None:
    """Sshd refuses it and cannot start; it is set aside, and people get in, by key alone."""
    text = document(keys)
    assert "\n    MaxAuthTries 3\n" in text
    text = text.replace("\n    MaxAuthTries 3\n", "\n    MaxAuthTrials 3\n")
    with machine(debian, keys, text, tmp_path) as broken:
        broken.boot()
        assert not (broken.root / DROP_IN).exists()
        assert (broken.root / "etc/ssh/00-baseline.conf.refused").exists()
        assert broken.ssh("alice", "alice", "sudo", "-n", "true").returncode == 0
        assert_refused(broken.ssh("alice", "stranger", "true"))
        assert "\npasswordauthentication no\n" in broken.inside("sshd", "-T").stdout


def test_where_nobody_is_named_nobody_gets_in(debian: Path, keys: Path, tmp_path: Path) -> None:
    """No account, no sshd, no way through the firewall."""
    with machine(debian, keys, document(keys, somebody=False), tmp_path) as closed:
        closed.boot()
        assert "mask ssh.service ssh.socket" in closed.told_systemd()
        assert "restart ssh" not in closed.told_systemd()
        assert "dport 22" not in closed.inside("nft", "list", "ruleset").stdout
        done = closed.ssh("alice", "alice", "true")
        assert "Connection refused" in done.stderr
        shells = closed.inside("getent", "passwd").stdout.splitlines()
        assert [line for line in shells if line.endswith(("/bash", "/sh"))] == [
            "root:x:0:0:root:/root:/bin/bash"
        ]


def test_the_next_debian_takes_it_too(keys: Path, tmp_path: Path) -> None:
    """Its newer cloud-init finds every document right; its newer sshd adds key exchanges."""
    base = bare(13, tmp_path)
    with machine(base, keys, document(keys, "debian-13"), tmp_path) as newer:
        for system in LINUX:
            for somebody in (True, False):
                text = document(keys, system, somebody=somebody)
                (newer.root / "root/document").write_text(text, encoding="ascii")
                judged = newer.inside("cloud-init", "schema", "--config-file", "/root/document")
                assert judged.returncode == 0, judged.stdout + judged.stderr
                assert "eprecated" not in judged.stdout + judged.stderr
        assert "Traceback" not in newer.boot()
        assert newer.ssh("alice", "alice", "sudo", "-n", "true").returncode == 0
        assert newer.ssh("bob", "bob", "sudo", "-n", "true").returncode == 1
        assert_refused(newer.ssh("alice", "stranger", "true"))
        assert_refused(newer.ssh("root", "alice", "true"))
        told = newer.inside("sshd", "-T").stdout.splitlines()
        effective = dict(line.partition(" ")[::2] for line in told)
        assert {name: effective.get(name) for name in SSHD} == SSHD
        assert effective["kexalgorithms"].startswith("mlkem768x25519-sha256,")
        assert "[fail]" not in newer.near("ssh-audit", "--no-colors", "127.0.0.1").stdout
