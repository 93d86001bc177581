"""User data: what hosts are told, judged by the programs that will read it.

The judges are Debian's packages, listed in `.ci/run`. Without one of them its tests are skipped
here, and fail in CI. What a whole host makes of it is in test_hosts.py.
"""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from baseline.emit import emit
from baseline.errors import BlueprintError
from baseline.stack import Origin, Place, Stack
from baseline.systems import SYSTEMS
from baseline.userdata import MOST_BYTES, SSH_GROUP, Host, Login, linux, windows

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMWvgtt6E5N3I/QJ/s/gRtrZNDKMbC9kGmfvX5wJkilr"
ALICE = Login("alice", (f"{ED25519} alice@acme.example, \N{CROSSED SWORDS}: '\"#$(reboot)",), True)
BOB = Login("bob", (ED25519, "ssh-rsa AAAAB3NzaC1yc2E= two"))
LINUX = [name for name, system in SYSTEMS.items() if not system.is_windows]
WINDOWS = [name for name, system in SYSTEMS.items() if system.is_windows]
PEOPLE = [(ALICE, BOB), ()]

# What each value of sshd must be, said by sshd itself after it has read everything.
SSHD = {
    "allowagentforwarding": "no",
    "allowgroups": SSH_GROUP,
    "allowstreamlocalforwarding": "no",
    "allowtcpforwarding": "no",
    "authenticationmethods": "publickey",
    "authorizedkeyscommand": "none",
    "authorizedkeysfile": ".ssh/authorized_keys",
    "banner": "/etc/issue.net",
    "ciphers": "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com",
    "clientalivecountmax": "3",
    "clientaliveinterval": "300",
    "disableforwarding": "yes",
    "gatewayports": "no",
    "gssapiauthentication": "no",
    "hostbasedauthentication": "no",
    "hostkeyalgorithms": "ssh-ed25519",
    "ignorerhosts": "yes",
    "kbdinteractiveauthentication": "no",
    "kerberosauthentication": "no",
    "loglevel": "VERBOSE",
    "logingracetime": "30",
    "macs": "hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com",
    "maxauthtries": "3",
    "passwordauthentication": "no",
    "permitemptypasswords": "no",
    "permitrootlogin": "no",
    "permittunnel": "no",
    "permituserenvironment": "no",
    "permituserrc": "no",
    "pubkeyauthentication": "yes",
    "strictmodes": "yes",
    "usepam": "yes",
    "x11forwarding": "no",
}

# Settings that are documented, but that a kernel may be built without.
LEFT_OUT_OF_KERNELS = {"kernel.kexec_load_disabled", "kernel.sysrq", "kernel.yama.ptrace_scope"}

# Keys of cloud-config that 22.2.2, the oldest cloud-init among the systems, knows as well.
KNOWN = {
    *("bootcmd", "disable_root", "groups", "ntp", "package_update", "package_upgrade", "packages"),
    *("runcmd", "ssh_deletekeys", "ssh_genkeytypes", "ssh_pwauth", "users", "write_files"),
}


def host(system: str, logins: tuple[Login, ...] = (ALICE, BOB), **values: Any) -> Host:
    """A host of Acme's shop."""
    return Host("acme prod shop", system, "eu-west-1", logins, **({"ports": (8443,)} | values))


def config(system: str, logins: tuple[Login, ...] = (ALICE, BOB)) -> dict[str, Any]:
    """What cloud-init reads from a host's user data."""
    found: dict[str, Any] = yaml.safe_load(linux(host(system, logins)))
    return found


def files(document: Mapping[str, Any]) -> dict[str, str]:
    """Path to content of the files that it writes."""
    return {one["path"]: one["content"] for one in document["write_files"]}


def tool(name: str, package: str) -> str:
    """Path of a program that judges, or a visible skip; in CI, a failure."""
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if path is None:
        reason = f"{name} is missing: apt-get install {package}"
        assert not os.environ.get("CI"), reason
        pytest.skip(reason)
    return path


def run(*command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a judge and keep what it says."""
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def as_root(reason: str) -> None:
    """Skip what only root can ask."""
    if os.geteuid() != 0:
        assert not os.environ.get("CI"), reason
        pytest.skip(reason)


@pytest.mark.parametrize("logins", PEOPLE, ids=["people", "nobody"])
@pytest.mark.parametrize("system", LINUX)
def test_it_fits_a_launch_template(system: str, logins: tuple[Login, ...]) -> None:
    """Small, ASCII, and of lines that the emitter writes one by one and YAML gives back."""
    text = linux(host(system, logins))
    assert text.startswith("#cloud-config\n")
    assert text.isascii()
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert len(text) < 13_500
    assert_emits(text)


def assert_emits(text: str) -> None:
    """The emitter writes it line by line, and it reloads to the same text."""
    host = {"Type": "T", "Properties": {"UserData": {"Fn::Base64": text}}}
    stack = Stack(
        name="acme-prod-server-one",
        organization="acme",
        site="acme-prod",
        title="One",
        template={"Resources": {"Host": host}},
        origins={"Host": Origin("A host", "environments.prod")},
        target=(Place("111122223333", "eu-west-1"),),
    )
    written = emit(stack)
    assert yaml.safe_load(written)["Resources"]["Host"] == host
    assert len(written.splitlines()) > len(text.splitlines())


@pytest.mark.parametrize("logins", PEOPLE, ids=["people", "nobody"])
@pytest.mark.parametrize("system", LINUX)
def test_cloud_init_takes_it(system: str, logins: tuple[Login, ...], tmp_path: Path) -> None:
    """Its own schema checker has nothing to say."""
    path = tmp_path / "user-data"
    path.write_text(linux(host(system, logins)), encoding="ascii")
    done = run(tool("cloud-init", "cloud-init"), "schema", "--config-file", path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Valid" in done.stdout + done.stderr


@pytest.mark.parametrize("logins", PEOPLE, ids=["people", "nobody"])
@pytest.mark.parametrize("system", LINUX)
def test_the_oldest_cloud_init_takes_it(system: str, logins: tuple[Login, ...]) -> None:
    """The schema of 22.2.2 cannot be had here; what it is known to refuse is not there."""
    document = config(system, logins)
    assert set(document) <= KNOWN
    assert document["users"], "an empty list is refused"
    assert all(isinstance(user.get("groups", ""), str) for user in document["users"])
    assert all(set(one) <= {"path", "content", "permissions"} for one in document["write_files"])
    assert all(isinstance(one.get("permissions", ""), str) for one in document["write_files"])
    commands = document["runcmd"] + document.get("bootcmd", [])
    assert all(isinstance(part, str) for line in commands for part in line)


@pytest.mark.parametrize("system", LINUX)
def test_people_are_named_and_nobody_else_is(system: str) -> None:
    """Keys without their comments, no passwords, root locked, no account of the image."""
    admin = SYSTEMS[system].linux
    assert admin
    root, alice, bob = config(system)["users"]
    assert root == {"name": "root", "lock_passwd": True}
    assert alice == {
        "name": "alice",
        "groups": f"{SSH_GROUP}, {admin.admin_group}",
        "shell": "/bin/bash",
        "lock_passwd": True,
        "ssh_authorized_keys": [ED25519],
    }
    assert bob["groups"] == SSH_GROUP
    assert bob["ssh_authorized_keys"] == [ED25519, "ssh-rsa AAAAB3NzaC1yc2E="]
    assert config(system)["disable_root"] is True
    assert config(system)["ssh_pwauth"] is False


@pytest.mark.parametrize("system", LINUX)
def test_the_order_of_people_makes_no_difference(system: str) -> None:
    """A profile that is sorted anew replaces no host."""
    assert linux(host(system, (ALICE, BOB))) == linux(host(system, (BOB, ALICE)))


@pytest.mark.parametrize("system", LINUX)
def test_sshd_reads_what_was_meant(system: str, tmp_path: Path) -> None:
    """`sshd -t` takes the drop-in, and `sshd -T` says each value."""
    sshd = tool("sshd", "openssh-server")
    as_root("sshd is asked as root")
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    key = tmp_path / "key"
    run(tool("ssh-keygen", "openssh-client"), "-q", "-t", "ed25519", "-N", "", "-f", key)
    text = files(config(system))["/etc/ssh/sshd_config.d/00-baseline.conf"]
    assert "HostKey /etc/ssh/ssh_host_ed25519_key\n" in text
    text = text.replace("/etc/ssh/ssh_host_ed25519_key", str(key))
    # The sshd of this machine may be older than the system's, and know fewer key exchanges.
    known = run(tool("ssh", "openssh-client"), "-Q", "kex").stdout.split()
    wanted = re.findall(r"(?m)^KexAlgorithms (\S+)$", text)[0].split(",")
    kept = [one for one in wanted if one in known]
    assert "curve25519-sha256" in kept
    text = text.replace(",".join(wanted), ",".join(kept))
    path = tmp_path / "sshd_config"
    path.write_text(text, encoding="ascii")
    done = run(sshd, "-t", "-f", path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = run(sshd, "-T", "-f", path).stdout.splitlines()
    effective = dict(line.partition(" ")[::2] for line in lines)
    assert {name: effective.get(name) for name in SSHD} == SSHD
    assert effective["hostkey"] == str(key)
    assert effective["kexalgorithms"] == ",".join(kept)
    accepted = effective["pubkeyacceptedalgorithms"].split(",")
    assert not [one for one in accepted if one in {"ssh-rsa", "ssh-dss"} or "cert" in one]
    assert {"ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512"} < set(accepted)
    assert "sk-ssh-ed25519@openssh.com" in accepted


@pytest.mark.parametrize("logins", PEOPLE, ids=["people", "nobody"])
@pytest.mark.parametrize("system", LINUX)
def test_the_firewall_admits_what_is_named(
    system: str, logins: tuple[Login, ...], tmp_path: Path
) -> None:
    """Nftables takes the rules, also twice; 22 is open only where somebody logs in."""
    nft, unshare = tool("nft", "nftables"), tool("unshare", "util-linux")
    row = SYSTEMS[system].linux
    assert row
    text = files(config(system, logins))[row.nftables_path]
    path = tmp_path / "rules"
    path.write_text(text, encoding="ascii")
    apart = (unshare, "--user", "--map-root-user", "--net")
    done = run(*apart, nft, "--check", "--file", path)
    assert done.returncode == 0, done.stderr
    script = '"$0" -f "$1" && "$0" -f "$1" && "$0" list ruleset'
    listed = run(*apart, "sh", "-c", script, nft, str(path))
    assert listed.returncode == 0, listed.stderr
    ports = re.findall(r"tcp dport (\d+) accept", listed.stdout)
    assert ports == (["22", "8443"] if logins else ["8443"])
    assert listed.stdout.count("policy drop") == 2
    assert listed.stdout.count("chain input") == 1


@pytest.mark.parametrize("system", LINUX)
def test_sudo_takes_its_rules(system: str, tmp_path: Path) -> None:
    """By group, each command in a terminal of its own and in the log."""
    text = files(config(system))["/etc/sudoers.d/90-baseline"]
    path = tmp_path / "sudoers"
    path.write_text(text, encoding="ascii")
    path.chmod(0o440)
    done = run(tool("visudo", "sudo"), "-c", "-f", path)
    assert done.returncode == 0, done.stdout + done.stderr
    row = SYSTEMS[system].linux
    assert row
    assert f"%{row.admin_group} ALL=(ALL:ALL) NOPASSWD: ALL\n" in text
    assert "Defaults use_pty\n" in text


@pytest.mark.parametrize("system", LINUX)
def test_the_kernel_knows_every_setting(system: str, tmp_path: Path) -> None:
    """Every line is read, and names something that this kernel has; none stands twice."""
    path = tmp_path / "sysctl.conf"
    text = files(config(system))["/etc/sysctl.d/99-zz-baseline.conf"]
    path.write_text(text, encoding="ascii")
    done = run(tool("sysctl", "procps"), "--dry-run", "--load", path)
    # A star stands for the interfaces that there are already.
    wanted = [line for line in text.splitlines() if line[0] != "#" and "*" not in line]
    names = [line.partition("=")[0] for line in wanted]
    missing = [one for one in names if not Path("/proc/sys", *one.split(".")).exists()]
    assert len(set(names)) == len(names)
    assert set(missing) <= LEFT_OUT_OF_KERNELS
    said = {line.replace(" ", "") for line in done.stdout.splitlines()}
    assert {line for line in wanted if line.partition("=")[0] not in missing} <= said
    assert "net.ipv4.conf.lo.accept_redirects=0" in said


@pytest.mark.parametrize("system", LINUX)
def test_the_kernel_takes_every_audit_rule(system: str, tmp_path: Path) -> None:
    """Loaded for real and taken out again, where nobody audits; the last line locks them."""
    auditctl = tool("auditctl", "auditd")
    text = files(config(system))["/etc/audit/rules.d/audit.rules"]
    rules = [line for line in text.splitlines() if re.match(r"-[aw] ", line)]
    assert text.splitlines()[0] == "-D"
    assert text.splitlines()[-1] == "-e 2"
    assert set(text.splitlines()) - set(rules) == {"-D", "-b 8192", "-f 1", "-e 2"}
    if os.geteuid() != 0 or "enabled 0" not in run(auditctl, "-s").stdout:
        pytest.skip("only root may load audit rules, and only where nobody audits")
    path = tmp_path / "audit.rules"
    path.write_text("\n".join((*rules, "")), encoding="ascii")
    try:
        done = run(auditctl, "-R", path)
        listed = run(auditctl, "-l").stdout.splitlines()
    finally:
        run(auditctl, "-D")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(listed) == len(rules)


@pytest.mark.parametrize("system", [name for name in LINUX if name != "amazon-linux-2023"])
def test_apt_takes_its_settings(system: str, tmp_path: Path) -> None:
    """Security updates each night, with a restart where one is asked for."""
    path = tmp_path / "apt.conf"
    path.write_text(files(config(system))["/etc/apt/apt.conf.d/52-baseline"], encoding="ascii")
    done = run(tool("apt-config", "apt"), "--config-file", path, "dump")
    assert 'APT::Periodic::Unattended-Upgrade "1";' in done.stdout
    assert 'Unattended-Upgrade::Automatic-Reboot "true";' in done.stdout
    assert 'Unattended-Upgrade::Automatic-Reboot-Time "now";' in done.stdout
    assert 'Unattended-Upgrade::Remove-Unused-Kernel-Packages "true";' in done.stdout
    assert done.stderr == ""


def test_amazon_linux_is_not_held_at_the_release_of_its_image() -> None:
    """Otherwise automatic updates would find nothing."""
    found = files(config("amazon-linux-2023"))
    assert found["/etc/dnf/vars/releasever"] == "latest\n"
    read = configparser.ConfigParser()
    read.read_string(found["/etc/dnf/automatic.conf"])
    assert read["commands"]["upgrade_type"] == "security"
    assert read["commands"]["apply_updates"] == "yes"
    assert "ntp" not in config("amazon-linux-2023"), "its image keeps time by Amazon's service"


@pytest.mark.parametrize("system", LINUX)
def test_time_updates_and_agents_differ_by_system(system: str) -> None:
    """What the image lacks is brought; what it has is left."""
    document, text = config(system), linux(host(system))
    if system != "amazon-linux-2023":
        assert document["ntp"]["servers"] == ["169.254.169.123"]
        assert "unattended-upgrades" in document["packages"]
    assert ("/latest/debian_$arch/amazon-ssm-agent.deb" in text) == system.startswith("debian")
    assert "https://s3.eu-west-1.amazonaws.com/" in text or not system.startswith("debian")
    assert "http://" not in text
    assert "auditd" in document["packages"] or "audit" in document["packages"]


@pytest.mark.parametrize("system", LINUX)
def test_nothing_is_laid_over_tmp_while_others_use_it(system: str) -> None:
    """Agents keep files there during a first boot; what is laid over it holds from the next."""
    row = SYSTEMS[system].linux
    assert row
    about = [one for one in config(system)["runcmd"] if "tmp.mount" in one]
    assert about == ([["systemctl", "enable", "tmp.mount"]] if row.tmp_mount else [])


@pytest.mark.parametrize("system", LINUX)
def test_logs_are_files_that_the_agent_can_read(system: str) -> None:
    """Most of the systems come with the journal only, and the agent reads no journal."""
    document = config(system)
    assert "rsyslog" in document["packages"]
    assert ["systemctl", "enable", "--now", "rsyslog"] in document["runcmd"]
    assert "ForwardToSyslog=yes\n" in files(document)["/etc/systemd/journald.conf"]


@pytest.mark.parametrize("system", LINUX)
def test_commands_are_shell_and_hold_nothing_of_the_profile(system: str) -> None:
    """Names of people, titles and keys stand in data only."""
    document = config(system)
    commands = [
        line if isinstance(line, str) else " ".join(f"'{part}'" for part in line)
        for line in document["runcmd"]
    ]
    script = "\n".join(commands)
    done = run("sh", "-n", input=script)
    assert (done.returncode, done.stderr) == (0, "")
    profile = files(document)["/etc/profile.d/baseline.sh"]
    assert run("sh", "-n", input=profile).returncode == 0
    assert not [word for word in ("alice", "bob", "acme", "AAAA") if word in script]


@pytest.mark.parametrize("system", LINUX)
def test_a_refused_sshd_configuration_is_set_aside(system: str) -> None:
    """First of all commands: try it, move it away if it fails, and start again."""
    row = SYSTEMS[system].linux
    assert row
    commands = config(system)["runcmd"][:5]
    assert commands[0] == ["systemctl", "daemon-reload"]
    assert "sshd -t || mv /etc/ssh/sshd_config.d/00-baseline.conf" in commands[3]
    assert commands[4] == ["systemctl", "restart", row.ssh_unit]


@pytest.mark.parametrize("system", LINUX)
def test_instance_connect_is_no_second_way_in(system: str) -> None:
    """Neither by a setting of sshd nor by an option of its unit; the unit is read anew before."""
    row = SYSTEMS[system].linux
    assert row
    document = config(system)
    path = f"/etc/systemd/system/{row.ssh_unit}.service.d/ec2-instance-connect.conf"
    kept = None if system.startswith("debian") else "[Service]\n"
    assert files(document).get(path) == kept, "Debian's images lack the package"
    drop_in = files(document)["/etc/ssh/sshd_config.d/00-baseline.conf"]
    assert "\nAuthorizedKeysCommand none\n" in drop_in
    commands = document["runcmd"]
    reload, restart = (
        ["systemctl", *rest] for rest in (["daemon-reload"], ["restart", row.ssh_unit])
    )
    assert commands.index(reload) < commands.index(restart)


@pytest.mark.parametrize("system", LINUX)
def test_sshd_drops_the_key_command_of_the_image(system: str, tmp_path: Path) -> None:
    """Amazon Linux sets one in sshd_config, below the line that includes ours: `sshd -T` tells."""
    sshd = tool("sshd", "openssh-server")
    as_root("sshd is asked as root")
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    command = "AuthorizedKeysCommand /opt/aws/bin/eic_run_authorized_keys %u %f\n"
    user = "AuthorizedKeysCommandUser root\n"
    key = tmp_path / "key"
    run(tool("ssh-keygen", "openssh-client"), "-q", "-t", "ed25519", "-N", "", "-f", key)
    ours = files(config(system))["/etc/ssh/sshd_config.d/00-baseline.conf"]
    ours = re.sub(r"(?m)^(HostKey|KexAlgorithms) .*\n", "", ours)
    for text, said in ((ours, "none"), ("", "/opt/aws/bin/eic_run_authorized_keys %u %f")):
        path = tmp_path / "sshd_config"
        path.write_text(f"HostKey {key}\n{text}{command}{user}", encoding="ascii")
        assert f"\nauthorizedkeyscommand {said}\n" in run(sshd, "-T", "-f", path).stdout


@pytest.mark.parametrize("system", LINUX)
def test_where_nobody_logs_in_sshd_never_starts(system: str) -> None:
    """It is masked before it could start, and stopped should it run."""
    row = SYSTEMS[system].linux
    assert row
    units = [f"{row.ssh_unit}.service", f"{row.ssh_unit}.socket"]
    document = config(system, ())
    assert document["bootcmd"] == [["systemctl", "mask", *units]]
    assert ["systemctl", "disable", "--now", *units] in document["runcmd"]
    assert document["users"] == [{"name": "root", "lock_passwd": True}]
    assert "restart" not in document["runcmd"][1]
    assert "bootcmd" not in config(system)


HOSTILE: Sequence[str] = (
    *("a: b", "a\nb", "a#b", "a;reboot", "$(reboot)", "a'b", 'a"b', "`id`", "{{ 7 }}", "-a"),
    *(
        "%sudo",
        "a b:",
        "",
        " a",
        "a ",
        "\N{CROSSED SWORDS}",
        "a\x00",
        "a\u2028b",
        "a\tb",
        "*",
        "&a",
    ),
)


@pytest.mark.parametrize("word", HOSTILE)
@pytest.mark.parametrize("system", [LINUX[0], WINDOWS[0]])
def test_hostile_words_are_refused(word: str, system: str) -> None:
    """The types of the profile let none of these in; here they would not get out either."""
    render = windows if SYSTEMS[system].is_windows else linux
    with pytest.raises(BlueprintError, match="cannot stand in user data"):
        render(Host(word, system, "eu-west-1"))
    if render is linux:
        with pytest.raises(BlueprintError, match="cannot stand in user data"):
            linux(host(system, (Login(word, (ED25519,)),)))
        with pytest.raises(BlueprintError, match="cannot stand in user data"):
            linux(Host("acme", "debian-12", word))


@pytest.mark.parametrize("name", ["no", "null", "on", "true", "y", "e3", "a-1"])
def test_a_name_that_yaml_has_a_meaning_for(name: str) -> None:
    """Mr. No gets an account, not the value False."""
    assert config("debian-12", (Login(name, (ED25519,)),))["users"][1]["name"] == name


@pytest.mark.parametrize("name", ["a b", "a.b", "Alice", "1a", "a/b", "a@b", "a" * 33])
def test_a_name_that_no_account_has_is_refused(name: str) -> None:
    """Harmless in YAML, not to useradd."""
    with pytest.raises(BlueprintError, match="cannot stand in user data"):
        linux(host("debian-12", (Login(name, (ED25519,)),)))


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_nothing_breaks_out(name: str, key: str, title: str) -> None:
    """Whatever it is told, it refuses, or says exactly that and nothing else."""
    told = Host(title, "debian-12", "eu-west-1", (Login(name, (key,)),))
    try:
        text = linux(told)
    except BlueprintError:
        return
    document = yaml.safe_load(text)
    assert document["users"][1:] == [
        {
            "name": name,
            "groups": SSH_GROUP,
            "shell": "/bin/bash",
            "lock_passwd": True,
            "ssh_authorized_keys": [" ".join(key.split()[:2])],
        }
    ]
    assert set(document) <= KNOWN
    assert len(document["runcmd"]) == len(config("debian-12")["runcmd"])


def test_too_many_people_are_refused() -> None:
    """EC2 takes 16 KB: the message says how many there are, and what to do."""
    many = tuple(Login(f"person-{number}", (ED25519,) * 3) for number in range(50))
    with pytest.raises(BlueprintError, match=r"is \d\d,\d{3} bytes and EC2 takes 16,384: name"):
        linux(host("debian-12", many))


@pytest.mark.parametrize("system", LINUX)
def test_eighteen_people_fit(system: str) -> None:
    """With a short key each."""
    many = tuple(Login(f"person-{number:02}", (ED25519,), True) for number in range(18))
    assert len(linux(host(system, many))) <= MOST_BYTES


def test_someone_without_a_key_is_refused() -> None:
    """They could not log in, and cloud-init takes no empty list."""
    with pytest.raises(BlueprintError, match="'carol' may log in and has no key"):
        linux(host("debian-12", (Login("carol", ()),)))


@pytest.mark.parametrize("logins", [(Login("alice", (), True),), ()], ids=["admin", "nobody"])
@pytest.mark.parametrize("system", WINDOWS)
def test_windows_is_told_once_and_opens_rdp_only_for_someone(
    system: str, logins: tuple[Login, ...]
) -> None:
    """One script of EC2Launch v2, within the same limits; 3389 only where someone logs in."""
    text = windows(host(system, logins))
    assert text.startswith("version: 1.1\n")
    assert text.isascii()
    assert len(text) < MOST_BYTES // 2
    assert_emits(text)
    document = yaml.safe_load(text)
    (task,) = document["tasks"]
    (told,) = task["inputs"]
    assert task["task"] == "executeScript"
    assert (told["type"], told["runAs"], told["frequency"]) == ("powershell", "localSystem", "once")
    script = told["content"]
    assert ("-LocalPort 3389" in script) == bool(logins)
    assert f"fDenyTSConnections {0 if logins else 1}\n" in script
    assert "-LocalPort 8443" in script
    assert "alice" not in script
    assert "UserAuthentication 1" in script
    assert script.count("{") == script.count("}")
    assert script.count("(") == script.count(")")
    assert "password" not in script.lower().replace("limitblankpassworduse", "")
