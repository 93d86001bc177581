"""Systems: the operating systems that hosts run, and how each differs, in one dated table.

What is the same on all of them is in `templates/cloud-init/`; what differs (names of packages,
groups and units, where the image is found, who keeps it up to date) stands here, once, each with
its source. Nothing is asked at run time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

AS_OF = "2026-11-24"


@dataclass(frozen=True)
class Linux:
    """What differs between Linux systems; units without their suffix, paths absolute.

    `key_exchange` are the key exchanges that its sshd takes, best first: a name that it does not
    know would keep it from starting.
    """

    packages: tuple[str, ...]
    admin_group: str
    ssh_unit: str
    nftables_path: str
    key_exchange: tuple[str, ...]
    updates: Literal["unattended-upgrades", "dnf-automatic"]
    chrony_by_cloud_init: bool  # else the image keeps time by the Amazon time service itself
    installs_ssm_agent: bool  # the image lacks the agent of Systems Manager
    tmp_mount: str | None  # the unit to take where /tmp is no file system of its own


@dataclass(frozen=True)
class System:
    """One system. `parameters`: architecture to the public parameter with its newest image.

    `default_user` is the account that the image makes for whoever owns the key pair; ours make
    none. `mirrors_http`: packages come over plain HTTP (signed), so hosts need port 80 outwards.
    `has_builder`: EC2 Image Builder works on it.
    """

    name: str
    title: str
    family: Literal["amazon", "debian", "ubuntu", "windows"]
    parameters: Mapping[str, str]
    default_user: str
    root_device: str
    mirrors_http: bool
    has_builder: bool
    linux: Linux | None

    @property
    def is_windows(self) -> bool:
        """Say whether it is Windows, which knows no cloud-init and no SSH keys of people."""
        return self.family == "windows"

    @property
    def platform(self) -> Literal["Linux", "Windows"]:
        """Platform, as EC2 Image Builder spells it."""
        return "Windows" if self.is_windows else "Linux"


# Elliptic curves that every sshd of the table knows, and hybrids with a post-quantum part. Sources:
# "Default SSH server configuration" (Amazon Linux 2023, whose list has no hybrid); release notes of
# OpenSSH 9.0 (Debian 12 has 9.2, Ubuntu 24.04 9.6) and 9.9 (Debian 13 has 10.0).
_CURVES = ("curve25519-sha256", "curve25519-sha256@libssh.org")
_HYBRID = ("sntrup761x25519-sha512@openssh.com", *_CURVES)
_NEWEST = ("mlkem768x25519-sha256", "sntrup761x25519-sha512", *_HYBRID)


def _amazon() -> System:
    """Amazon Linux 2023.

    Sources in its user guide: "Deterministic upgrades through versioned repositories", "Default
    SSH server configuration", "Comparing AL2023 and AL2" (chrony keeps time by 169.254.169.123
    as it comes), "systemd journal replaces rsyslog". Names of packages are Fedora's; nftables and
    rsyslog are not in the image.
    """
    path = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{}"
    return System(
        name="amazon-linux-2023",
        title="Amazon Linux 2023",
        family="amazon",
        parameters={one: path.format(one) for one in ("x86_64", "arm64")},
        default_user="ec2-user",
        root_device="/dev/xvda",
        mirrors_http=False,  # repositories are in Amazon S3, over HTTPS
        has_builder=True,
        linux=Linux(
            packages=("audit", "chrony", "dnf-automatic", "nftables", "rsyslog"),
            admin_group="wheel",
            ssh_unit="sshd",
            nftables_path="/etc/sysconfig/nftables.conf",
            key_exchange=_CURVES,
            updates="dnf-automatic",
            chrony_by_cloud_init=False,
            installs_ssm_agent=False,
            tmp_mount=None,  # a tmpfs as it comes, nosuid and nodev
        ),
    )


def _ubuntu() -> System:
    """Ubuntu 24.04, whose image has the agent of Systems Manager as a snap.

    Sources: "Find Ubuntu images" with Parameter Store (Canonical on AWS); "Find AMIs with the SSM
    Agent preinstalled" (Systems Manager); packages.ubuntu.com for noble.
    """
    path = "/aws/service/canonical/ubuntu/server/24.04/stable/current/{}/hvm/ebs-gp3/ami-id"
    return System(
        name="ubuntu-24.04",
        title="Ubuntu 24.04 LTS",
        family="ubuntu",
        parameters={"x86_64": path.format("amd64"), "arm64": path.format("arm64")},
        default_user="ubuntu",
        root_device="/dev/sda1",
        mirrors_http=True,  # REGION.ec2.archive.ubuntu.com, signed, over HTTP
        has_builder=True,
        linux=_debian_like(_HYBRID, installs_ssm_agent=False),
    )


def _debian(number: int) -> System:
    """Debian, whose images lack the agent of Systems Manager.

    Sources: Debian's wiki, Cloud/AmazonEC2Image; "Supported operating systems" of EC2 Image
    Builder, which does not list Debian; packages.debian.org; release notes of Debian 12, "Changes
    to system logging" (no rsyslog); "Enabling and disabling session logging" (Systems Manager),
    which asks for screen, as Ubuntu and Amazon Linux have it.
    """
    path = f"/aws/service/debian/release/{number}/latest/{{}}"
    return System(
        name=f"debian-{number}",
        title=f"Debian {number}",
        family="debian",
        parameters={"x86_64": path.format("amd64"), "arm64": path.format("arm64")},
        default_user="admin",
        root_device="/dev/xvda",
        mirrors_http=True,  # not every image of it names its mirrors by HTTPS
        has_builder=False,
        linux=_debian_like(_HYBRID, installs_ssm_agent=True)
        if number < 13
        else _debian_like(_NEWEST, installs_ssm_agent=True, tmp_mount=None),
    )


def _debian_like(
    key_exchange: tuple[str, ...],
    *,
    installs_ssm_agent: bool,
    tmp_mount: str | None = "/usr/share/systemd/tmp.mount",
) -> Linux:
    """What Debian and Ubuntu have in common; the agent is downloaded with curl."""
    return Linux(
        packages=(
            *("apparmor", "apparmor-utils", "auditd", "chrony", "needrestart"),
            *(("ca-certificates", "curl", "screen") if installs_ssm_agent else ()),
            *("libpam-pwquality", "libpam-tmpdir", "nftables", "rsyslog", "unattended-upgrades"),
        ),
        admin_group="sudo",
        ssh_unit="ssh",
        nftables_path="/etc/nftables.conf",
        key_exchange=key_exchange,
        updates="unattended-upgrades",
        chrony_by_cloud_init=True,
        installs_ssm_agent=installs_ssm_agent,
        tmp_mount=tmp_mount,
    )


def _windows(year: int) -> System:
    """Windows Server.

    Source of the parameter: "Find the latest Windows AMI using Systems Manager public parameters"
    (Amazon EC2).
    """
    return System(
        name=f"windows-{year}",
        title=f"Windows Server {year}",
        family="windows",
        parameters={
            "x86_64": f"/aws/service/ami-windows-latest/Windows_Server-{year}-English-Full-Base"
        },
        default_user="Administrator",
        root_device="/dev/sda1",
        mirrors_http=True,  # Windows Update asks for port 80 as well
        has_builder=True,
        linux=None,
    )


SYSTEMS: Mapping[str, System] = {
    row.name: row
    for row in (
        *(_amazon(), _ubuntu(), _debian(12), _debian(13)),
        *(_windows(2022), _windows(2025)),
    )
}

# Names that users or groups of some system have already, or that images and agents make: a person
# who is called so would share an account, or get none. Sources: /etc/passwd and /etc/group of the
# base-passwd and setup packages; the accounts of systemd, of the packages installed above, and of
# AWS's agents (ssm-user, cwagent, ec2-instance-connect).
RESERVED_USERS: frozenset[str] = frozenset(
    (
        *("adm", "admin", "administrator", "amazon", "apache", "at", "audio", "audit", "avahi"),
        *("aws", "awslogs", "backup", "baseline-ssh", "bin", "cdrom", "chrony", "cloud"),
        *("crontab", "cwagent", "daemon", "dbus", "debian", "default-account"),
        *("defaultaccount", "dhcpcd", "dialout", "dip", "disk", "docker"),
        *("ec2-instance-connect", "ec2-user", "fax", "fedora", "floppy", "ftp", "fwupd"),
        *("fwupd-refresh", "games", "git", "gnats", "guest", "halt", "input", "irc", "kmem"),
        *("kvm", "landscape", "libstoragemgmt", "list", "lock", "lp", "lxd", "mail", "man"),
        *("mariadb", "mem", "messagebus", "mlocate", "mysql", "netdev", "network", "news"),
        *("nfsnobody", "nginx", "nobody", "nogroup", "operator", "pcap", "plocate", "plugdev"),
        *("polkitd", "pollinate", "postfix", "postgres", "printadmin", "proxy", "redis"),
        *("render", "root", "rpc", "rpcuser", "rtkit", "sasl", "screen", "sgx", "shadow"),
        *("shutdown", "slocate", "snap-daemon", "snapd-range-524288-root", "src", "ssh"),
        *("ssh-keys", "sshd", "ssm-user", "sssd", "staff", "stapdev", "stapsys", "stapusr"),
        *("sudo", "sugroup", "sync", "sys", "syslog", "system", "systemd-coredump"),
        *("systemd-journal", "systemd-network", "systemd-oom", "systemd-resolve"),
        *("systemd-timesync", "tape", "tcpdump", "tomcat", "tss", "tty", "ubuntu", "unbound"),
        *("users", "utempter", "utmp", "uucp", "uuidd", "video", "voice", "wdagutilityaccount"),
        *("wheel", "www", "www-data"),
    )
)

# Families of Graviton carry a g after their generation: t4g, c7gn, x2gd, im4gn; and a1.
# Source: "Amazon EC2 instance type naming conventions".
_ARM = re.compile(r"(a1|[a-z]+[0-9]+g[a-z0-9-]*)\.")


def architecture(instance_type: str) -> Literal["x86_64", "arm64"]:
    """Architecture of an instance type: `arm64` for t4g.small, `x86_64` for t3.small."""
    return "arm64" if _ARM.match(instance_type) else "x86_64"
