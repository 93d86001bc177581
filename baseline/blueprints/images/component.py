"""Component: what Image Builder's tool does on the instance that an image is made of.

There are two of ours in a recipe. The first waits until the user data is worked off; the last, when
everything is built, judges what is in force, and again on an instance that was started from the
image, without user data. In between the first boot is forgotten, so that cloud-init takes the next
for the first, and what is one host's alone goes: its names, keys, seed, logs and histories. Image
Builder cleans up too, but not where a recipe has user data of its own, unless it finds a file; we
leave it one, and do not depend on it. What the agent of Systems Manager is at work with it keeps.
Every line is ours: nothing of the profile gets into these scripts.

Sources: "AWSTOE component document framework", "Use component documents", "Security best practices
for Image Builder", Required post-build clean up (EC2 Image Builder); machine-id(5), for why it is
emptied and not removed: the next boot of an empty one makes an id, but is not taken for the first
of the system, which would enable units anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from baseline.systems import System

WAIT_SECONDS = 3600
# Of a recipe for Linux. Not /tmp, which a restart empties; and nobody but root writes here.
WORKING_DIRECTORY = "/root"

Step = tuple[str, str, int]  # its name, its script, seconds after which it has failed


def preparation(system: System) -> str:
    """The first document of a recipe for a system, as YAML."""
    wait = _WINDOWS_WAIT if system.is_windows else _LINUX_WAIT
    return _document(system, "preparation", {"build": (("WaitForUserData", wait, WAIT_SECONDS),)})


def document(system: System) -> str:
    """The last document of a recipe for a system, as YAML."""
    return _document(system, "hardening", _windows() if system.is_windows else _linux(system))


def _document(system: System, name: str, phases: dict[str, Sequence[Step]]) -> str:
    action = "ExecutePowerShell" if system.is_windows else "ExecuteBash"
    return "\n".join((*_lines(name, action, phases), ""))


def version(data: str) -> str:
    """A version for a document: another for another text, so that no change meets the old one."""
    return f"1.0.{int(hashlib.sha256(data.encode()).hexdigest()[:7], 16)}"


def _lines(title: str, action: str, phases: dict[str, Sequence[Step]]) -> Iterator[str]:
    yield from (f"name: {title}", "schemaVersion: 1.0", "phases:")
    for phase, steps in phases.items():
        yield from (f"  - name: {phase}", "    steps:")
        for name, script, seconds in steps:
            yield f"      - name: {name}"
            yield f"        action: {action}"
            yield f"        timeoutSeconds: {seconds}"
            yield "        onFailure: Abort"
            yield "        inputs:"
            yield "          commands:"
            yield "            - |"
            yield from (f"              {line}" if line else "" for line in script.splitlines())


def _linux(system: System) -> dict[str, Sequence[Step]]:
    assert system.linux
    forget = _LINUX_FORGET.replace("UNIT", system.linux.ssh_unit)
    forget = forget.replace("FOLDER", WORKING_DIRECTORY)
    # A file system that is laid over /tmp is in force from the next start on.
    planned = TMP_ENABLED if system.linux.tmp_mount else TMP_MOUNTED
    return {
        "validate": (
            ("Judge", _LINUX_JUDGE.replace("TMP\n", planned), 300),
            ("ForgetFirstBoot", forget, 300),
        ),
        "test": (
            ("WaitForStart", _LINUX_WAIT, WAIT_SECONDS),
            ("Judge", _LINUX_JUDGE.replace("TMP\n", TMP_MOUNTED), 300),
        ),
    }


def _windows() -> dict[str, Sequence[Step]]:
    judge: Step = ("Judge", _WINDOWS_JUDGE, 300)
    return {
        "validate": (judge,),
        "test": (("WaitForStart", _WINDOWS_WAIT, WAIT_SECONDS), judge),
    }


# cloud-init ends with 2 where it has done everything and warns of something, such as an old key.
_LINUX_WAIT = """\
set -u
cloud-init status --wait --long
result=$?
test "$result" -eq 0 || test "$result" -eq 2
"""

# User data that lets nobody log in masks SSH; whether it runs is for each host's own to say.
_LINUX_FORGET = """\
set -eu
systemctl unmask UNIT.service UNIT.socket
systemctl enable UNIT.service

# By this Image Builder knows that it shall clean up
touch FOLDER/perform_cleanup

# What must be one host's alone; the seed would be saved again as the system goes down
systemctl stop systemd-random-seed.service || true
rm -f /var/lib/systemd/random-seed /var/lib/systemd/credential.secret /etc/ssh/ssh_host_*
truncate -s 0 /etc/machine-id
test -L /var/lib/dbus/machine-id || rm -f /var/lib/dbus/machine-id
rm -rf /var/lib/amazon/ssm/Vault /var/lib/amazon/ssm/*/inventory
rm -rf /var/lib/amazon/ssm/*/document/state/completed/*

# What happened here, and what was typed
find /root /home -xdev -type f -name '.*_history' -delete
rm -rf /var/log/journal/* /var/log/amazon/ssm/* /var/lib/rsyslog/imjournal.state
find /var/log -xdev -type f -regex '.*[.]\\([0-9]+\\|gz\\|xz\\|old\\)' -delete
find /var/log -xdev -type f -exec truncate -s 0 {} +
cloud-init clean --logs
"""

TMP_ENABLED = "systemctl is-enabled tmp.mount | hold /tmp enabled\n"
TMP_MOUNTED = "findmnt --noheadings --output OPTIONS /tmp | hold /tmp '.*nosuid.*'\n"

_LINUX_JUDGE = """\
set -eu
hold() {
  if ! grep -qx -- "$2"; then
    echo "not in force: $1: $2" >&2
    exit 1
  fi
}

install -d -m 0755 /run/sshd
settings=$(sshd -T)
while read -r line; do
  echo "$settings" | hold sshd "$line"
done <<'END'
allowtcpforwarding no
authenticationmethods publickey
authorizedkeyscommand none
kbdinteractiveauthentication no
passwordauthentication no
permitemptypasswords no
permitrootlogin no
END

settings=$(sysctl --all 2>/dev/null)
while read -r line; do
  echo "$settings" | hold kernel "$line"
done <<'END'
fs.protected_regular = 2
fs.suid_dumpable = 0
kernel.dmesg_restrict = 1
kernel.kptr_restrict = 2
kernel.randomize_va_space = 2
net.ipv4.conf.all.accept_redirects = 0
net.ipv4.conf.all.rp_filter = 1
net.ipv4.conf.all.send_redirects = 0
net.ipv4.ip_forward = 0
net.ipv4.tcp_syncookies = 1
net.ipv6.conf.all.accept_redirects = 0
END

nft list chain inet baseline input | hold firewall '.* hook input .* policy drop;'
auditctl -s | hold audit 'enabled 2'
auditctl -l | hold audit '.*/etc/sudoers.*'
chronyc -n sources | hold time '.* 169[.]254[.]169[.]123 .*'
TMP
hold banner '.*Authorized users only.*' < /etc/issue.net

keys=$(find / -xdev -name 'authorized_keys*' -type f -exec grep -l '^[^#]' {} + || true)
passwords=$(awk -F: '$2 ~ /^[$]/ { print $1 }' /etc/shadow)
if [ -n "$keys$passwords" ]; then
  echo "somebody can log in to this image: $keys $passwords" >&2
  exit 1
fi
"""

_WINDOWS_WAIT = """\
$ErrorActionPreference = 'Stop'
& "$env:ProgramFiles\\Amazon\\EC2Launch\\EC2Launch.exe" status --block
if ($LASTEXITCODE -ne 0) { throw "EC2Launch ended with $LASTEXITCODE" }
"""

_WINDOWS_JUDGE = """\
$ErrorActionPreference = 'Stop'
function Hold($What, $Is, $Wanted) {
  if ("$Is" -ne "$Wanted") { throw "not in force: $What is '$Is', not '$Wanted'" }
}
$control = 'HKLM:\\SYSTEM\\CurrentControlSet\\Control'
function Hold-Value($Path, $Name, $Wanted) {
  Hold "$Path $Name" (Get-ItemProperty -Path "$control\\$Path").$Name $Wanted
}

Hold-Value 'Lsa' 'RunAsPPL' 1
Hold-Value 'Lsa' 'LmCompatibilityLevel' 5
Hold-Value 'SecurityProviders\\WDigest' 'UseLogonCredential' 0
Hold-Value 'SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.0\\Server' 'Enabled' 0
Hold-Value 'SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.1\\Server' 'Enabled' 0
Hold-Value 'Terminal Server\\WinStations\\RDP-Tcp' 'UserAuthentication' 1
Hold-Value 'Terminal Server\\WinStations\\RDP-Tcp' 'SecurityLayer' 2

$smb = Get-SmbServerConfiguration
Hold 'SMB version 1' $smb.EnableSMB1Protocol $false
Hold 'SMB signing' $smb.RequireSecuritySignature $true
foreach ($one in Get-NetFirewallProfile) {
  Hold "firewall $($one.Name)" $one.Enabled $true
  Hold "firewall $($one.Name) inbound" $one.DefaultInboundAction 'Block'
}
Hold 'WinRM' (Get-Service WinRM).StartType 'Disabled'
Hold 'guest' (Get-LocalUser | Where-Object { $_.SID -like '*-501' }).Enabled $false
"""
