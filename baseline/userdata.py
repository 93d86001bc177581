"""User data: what a host does with itself when it first starts, as text for its launch template.

Linux gets a `#cloud-config`, Windows the YAML of EC2Launch v2; both are filled in from
`templates/cloud-init/`, plain, so that a reviewer reads in the launch template what will run.

No value can end what it stands in: every `{{ }}` is written by a serializer, as JSON, which is
YAML as well. Only what is ours, regions and titles go bare into the files and commands inside the
document, through the filter `word`, which refuses whatever has another meaning to any of them. Of
a public key the type and the body are kept; its comment is free text and tells a host nothing.

Hardening comes first and asks for no network: accounts, sshd, kernel settings and rules are files
that are in place before sshd first starts. Packages and agents come after. The new sshd
configuration is tried with `sshd -t`, and set aside if it fails, so that a mistake locks nobody
out. Passwords are locked, so their age is left alone: an account whose password has expired could
not log in by key either. Files in /tmp may be executed, since language runtimes unpack libraries
there; router advertisements are heard, since IPv6 in a VPC needs them; nothing is rebuilt around
integrity databases, since hosts come and go.

Who may log in is said by the profile alone. EC2 Instance Connect would be a second way: its package
has sshd ask for keys that anybody whom IAM allows may send along. Both of its doors are closed: the
setting in sshd_config (Amazon Linux) by our drop-in, and the option that Ubuntu's unit gives sshd,
which no file of sshd can overrule, by a file of the same name in /etc. An EC2 Instance Connect
Endpoint is only a tunnel, and works with people's own keys (`aws ec2-instance-connect
open-tunnel`). Sources: "Install EC2 Instance Connect on your EC2 instances" (Amazon EC2);
systemd.unit(5), for files of the same name.

On Debian the agent of Systems Manager is fetched over HTTPS from AWS's bucket in the region. Its
signature is not checked: the one key of "Verifying the signature of SSM Agent" that could be had
when this was written (its text as in aws/amazon-ssm-agent) expired on 2025-02-17. The CloudWatch
agent is not installed here but by Systems Manager, so that changing what it collects replaces no
host.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from baseline.errors import BlueprintError
from baseline.systems import SYSTEMS
from baseline.words import quote

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

MOST_BYTES = 16_384  # before base64; source: "Run commands when you launch an EC2 instance"

SSH_GROUP = "baseline-ssh"  # who may log in by SSH; on no other system, so it holds nobody else

_WORD = re.compile(r"[A-Za-z0-9/](?:[A-Za-z0-9@,._/-]| (?=[A-Za-z0-9]))*")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_ASCII = re.compile(r"[ -~]*")


@dataclass(frozen=True)
class Login:
    """Someone who may log in, with public keys."""

    name: str
    keys: tuple[str, ...]
    is_administrator: bool = False


@dataclass(frozen=True)
class Host:
    """What a host must know: who may log in, and the ports that its application answers on.

    `title` is for people, such as "acme prod shop"; `system` a name of the table of systems.
    """

    title: str
    system: str
    home_region: str
    logins: tuple[Login, ...] = ()
    ports: tuple[int, ...] = ()


class _Word(str):
    """Text that needs no quotes anywhere: in YAML, shell, sshd, sudoers, nftables."""

    __slots__ = ()


def linux(host: Host) -> str:
    """Render a Linux host's cloud-config; BlueprintError where it is too big or a name will not do.

    ASCII, of less than 16 KB, ending in one newline.
    """
    for login in host.logins:
        if not login.keys:
            raise BlueprintError(f"{quote(login.name)} may log in and has no key")
    return _rendered("linux.yaml.j2", host, linux=SYSTEMS[host.system].linux)


def windows(host: Host) -> str:
    """Render a Windows host's user data for EC2Launch v2; RDP only where someone logs in."""
    return _rendered("windows.yaml.j2", host)


def _rendered(name: str, host: Host, **values: Any) -> str:
    system = SYSTEMS[host.system]
    logins = sorted(host.logins, key=lambda login: login.name)
    text = (
        _environment()
        .get_template(name)
        .render(host=host, system=system, logins=logins, ssh_group=SSH_GROUP, **values)
    )
    text = "\n".join(line.rstrip() for line in text.strip().split("\n")) + "\n"
    if len(text.encode()) > MOST_BYTES:
        raise BlueprintError(
            f"user data of {quote(host.title)} is {len(text.encode()):,} bytes and EC2 takes "
            f"{MOST_BYTES:,}: name fewer people, or give them one short key each (ssh-ed25519)"
        )
    return text


@cache
def _environment() -> SandboxedEnvironment:
    from importlib.resources import files

    from jinja2 import FunctionLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    folder = files("baseline.templates") / "cloud-init"
    environment = SandboxedEnvironment(
        loader=FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        undefined=StrictUndefined,
        finalize=_serialized,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # no HTML: `finalize` is the escape
    )
    environment.filters |= {"word": _word, "name": _name, "key": _key}
    return environment


def _serialized(value: Any) -> str:
    """JSON of a value, or a word as it is; nothing but visible ASCII gets as far as this."""
    if isinstance(value, _Word):
        return value
    text = json.dumps(value)
    if not _ASCII.fullmatch(text) or "\\" in text:
        raise BlueprintError(f"{quote(value)} cannot stand in user data: visible ASCII only")
    return text


def _word(value: object) -> _Word:
    """Let a name through without quotes: letters, digits, `@,._/-` and single spaces within."""
    if not _WORD.fullmatch(str(value)):
        raise BlueprintError(
            f"{quote(value)} cannot stand in user data: letters, digits, hyphens, dots, slashes"
        )
    return _Word(value)


def _name(value: str) -> str:
    """Name of an account; it is written in quotes, since somebody may be called `no` or `null`."""
    if not _NAME.fullmatch(value):
        raise BlueprintError(
            f"{quote(value)} cannot stand in user data: lower-case letters, digits and hyphens"
        )
    return value


def _key(line: str) -> str:
    """Type and body of a public key."""
    return " ".join(line.split()[:2])
