"""SSH: public keys are read as sshd reads them, byte by byte, and never echoed."""

from __future__ import annotations

import base64
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baseline.ssh import problem

ED25519 = "ssh-ed25519"
POINT = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
POINT_Y = 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5
P256 = b"\x04" + POINT.to_bytes(32, "big") + POINT_Y.to_bytes(32, "big")

CUT_SHORT = "the key is cut short or damaged: copy the whole line of the .pub file"
NO_BASE64 = "the key is not base64: copy the whole line of the .pub file"
ANOTHER_TYPE = "the key inside is of another type than its first word: copy the whole line"
INCOMPLETE = "write the type and the key: ssh-ed25519 AAAA… comment"
DSA = "DSA is broken and refused: make a new key with ssh-keygen -t ed25519"
REFUSED = (
    "a key begins with its type, without options before it; the types are "
    "ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, ecdsa-sha2-nistp521, "
    "sk-ecdsa-sha2-nistp256@openssh.com, sk-ssh-ed25519@openssh.com, ssh-ed25519, ssh-rsa"
)
ONE_LINE = "one key on one line, without line breaks or control characters"


def packed(*values: bytes) -> bytes:
    """Strings as SSH writes them, each behind its length."""
    return b"".join(struct.pack(">I", len(value)) + value for value in values)


def encoded(body: bytes) -> str:
    """A body as it stands in a .pub file."""
    return base64.b64encode(body).decode()


def line(kind: str, *values: bytes, inner: str = "") -> str:
    """A line of a .pub file, of a kind and with these values."""
    return f"{kind} {encoded(packed((inner or kind).encode(), *values))}"


def number(value: int) -> bytes:
    """A positive number as SSH writes it, with a zero where the sign would be."""
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


def fingerprint(text: str) -> str:
    """What ssh-keygen says of a line: `256 SHA256:… comment (ED25519)`, or nothing."""
    found = subprocess.run(
        ["ssh-keygen", "-lf", "-"],
        input=f"{text}\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=10,
    )
    return found.stdout.strip() if found.returncode == 0 else ""


E65537 = number(65537)
SOUND = line(ED25519, b"\1" * 32)


@pytest.mark.parametrize(
    ("arguments", "bits", "wrong"),
    [
        (("-t", "ed25519"), "256", None),
        (("-t", "ecdsa", "-b", "256"), "256", None),
        (("-t", "ecdsa", "-b", "384"), "384", None),
        (("-t", "ecdsa", "-b", "521"), "521", None),
        (("-t", "rsa", "-b", "3072"), "3072", None),
        (
            ("-t", "rsa", "-b", "2048"),
            "2048",
            "RSA of 2048 bits is too short: 3072 at least, or better ssh-keygen -t ed25519",
        ),
    ],
)
def test_real_keys(
    arguments: tuple[str, ...], bits: str, wrong: str | None, tmp_path: Path
) -> None:
    """Keys that ssh-keygen made are taken, RSA from 3072 bits, and it reads them alike."""
    key = tmp_path / "key"
    command = ["ssh-keygen", "-q", *arguments, "-N", "", "-C", "a b", "-f", str(key)]
    subprocess.run(command, check=True, timeout=60)
    text = (tmp_path / "key.pub").read_text().strip()
    assert fingerprint(text).split()[0] == bits
    assert problem(text) == wrong
    assert problem(text.rpartition(" a b")[0]) == wrong


SPECIMENS = [
    ("ed25519", SOUND, None),
    ("ed25519 with a comment", f"{SOUND} alice@acme.example, laptop", None),
    ("ed25519 one byte short", line(ED25519, b"\1" * 31), CUT_SHORT),
    ("ed25519 one byte long", line(ED25519, b"\1" * 33), CUT_SHORT),
    ("ed25519 and one value more", line(ED25519, b"\1" * 32, b"x"), CUT_SHORT),
    ("ed25519 without a value", line(ED25519), CUT_SHORT),
    ("hardware ed25519", line("sk-ssh-ed25519@openssh.com", b"\1" * 32, b"ssh:"), None),
    (
        "hardware ed25519 for no application",
        line("sk-ssh-ed25519@openssh.com", b"\1" * 32),
        CUT_SHORT,
    ),
    ("p256", line("ecdsa-sha2-nistp256", b"nistp256", P256), None),
    ("hardware p256", line("sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", P256, b"x"), None),
    (
        "hardware p256 for no application",
        line("sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", P256),
        CUT_SHORT,
    ),
    ("p256 cut", line("ecdsa-sha2-nistp256", b"nistp256", P256[:-1]), CUT_SHORT),
    ("p256 compressed", line("ecdsa-sha2-nistp256", b"nistp256", b"\2" + P256[1:33]), CUT_SHORT),
    ("p256 as p384", line("ecdsa-sha2-nistp384", b"nistp256", P256), CUT_SHORT),
    ("p256 saying p384", line("ecdsa-sha2-nistp256", b"nistp384", P256), CUT_SHORT),
    ("p256 without a value", line("ecdsa-sha2-nistp256"), CUT_SHORT),
    ("rsa of 3072 bits", line("ssh-rsa", E65537, number((1 << 3071) + 1)), None),
    (
        "rsa of 3071 bits",
        line("ssh-rsa", E65537, number((1 << 3070) + 1)),
        "RSA of 3071 bits is too short: 3072 at least, or better ssh-keygen -t ed25519",
    ),
    ("rsa of 16384 bits", line("ssh-rsa", E65537, number((1 << 16383) + 1)), None),
    ("rsa of 16385 bits", line("ssh-rsa", E65537, number((1 << 16384) + 1)), CUT_SHORT),
    ("rsa with exponent 1", line("ssh-rsa", number(1), number((1 << 3071) + 1)), CUT_SHORT),
    ("rsa with an even modulus", line("ssh-rsa", E65537, number(1 << 3071)), CUT_SHORT),
    ("rsa without a modulus", line("ssh-rsa", E65537), CUT_SHORT),
    ("rsa and one value more", line("ssh-rsa", E65537, number((1 << 3071) + 1), b""), CUT_SHORT),
    ("dsa", line("ssh-dss", *[number((1 << 1023) + 1)] * 4), DSA),
    ("dsa called ed25519", line(ED25519, b"\1", b"\1", inner="ssh-dss"), ANOTHER_TYPE),
    ("rsa called ed25519", line(ED25519, E65537, b"\1", inner="ssh-rsa"), ANOTHER_TYPE),
    ("ed25519 called rsa", line("ssh-rsa", b"\1" * 32, inner=ED25519), ANOTHER_TYPE),
    ("a type in capitals", SOUND.replace("ssh", "SSH"), REFUSED),
    ("a certificate", line("ssh-ed25519-cert-v01@openssh.com", b"\1" * 32), REFUSED),
    ("a bare option", f"no-pty {SOUND}", REFUSED),
    ("a command", f'command="rm -rf /" {SOUND}', REFUSED),
    ("a certificate authority", f"cert-authority {SOUND}", REFUSED),
    ("a host before the key", f"host.example {SOUND}", REFUSED),
    ("nothing", "", INCOMPLETE),
    ("spaces", "  ", INCOMPLETE),
    ("the type alone", ED25519, INCOMPLETE),
    ("the key alone", SOUND.split()[1], REFUSED),
    ("no base64", "ssh-ed25519 AAAA*AAA", NO_BASE64),
    ("letters beyond ASCII", "ssh-ed25519 \uff21\uff21\uff21\uff21", NO_BASE64),
    ("base64 without its padding", line(ED25519, b"\1" * 33).rstrip("="), NO_BASE64),
    ("a length beyond the end", "ssh-ed25519 " + encoded(b"\xff" * 40), CUT_SHORT),
    ("half a length", "ssh-ed25519 " + encoded(packed(b"ssh-ed25519") + b"\0"), CUT_SHORT),
    (
        "one byte behind",
        f"{ED25519} {encoded(packed(b'ssh-ed25519', b'1' * 32) + b'x')}",
        CUT_SHORT,
    ),
]


@pytest.mark.parametrize(
    ("text", "wrong"), [pytest.param(*rest, id=name) for name, *rest in SPECIMENS]
)
def test_specimens(text: str, wrong: str | None) -> None:
    """Each way in which a key can be wrong is told by name."""
    assert problem(text) == wrong


@pytest.mark.parametrize(
    "text", [pytest.param(text, id=name) for name, text, wrong in SPECIMENS if wrong is None]
)
def test_ssh_keygen_takes_what_we_take(text: str) -> None:
    """What we take, ssh-keygen takes."""
    assert fingerprint(text)


@given(st.integers(0, 50), st.binary(max_size=8))
@settings(deadline=None)
def test_damage(cut: int, extra: bytes) -> None:
    """A body cut anywhere, or with anything behind it, is refused."""
    body = packed(b"ssh-ed25519", b"\1" * 32)
    damaged = body[:cut] + extra
    if damaged != body and len(damaged) != len(body):
        assert problem(f"ssh-ed25519 {encoded(damaged)}") is not None
    assert problem(f"ssh-ed25519 {encoded(body + b'x' + extra)}") is not None


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    """Any text is judged without a crash, and never echoed."""
    told = problem(f"ssh-ed25519 {text}")
    assert told is None or told in {INCOMPLETE, NO_BASE64, CUT_SHORT, ANOTHER_TYPE, ONE_LINE}


@given(st.binary(max_size=200), st.sampled_from(["ssh-rsa", ED25519, "ecdsa-sha2-nistp521"]))
def test_any_body(body: bytes, kind: str) -> None:
    """Any bytes behind a sound type are judged without a crash, and refused."""
    assert problem(f"{kind} {encoded(packed(kind.encode()) + body[:31])}") is not None
    assert problem(f"{kind} {encoded(body)}") is not None


SECOND_LINES = {
    "a second key": f"{SOUND} a\n{SOUND} b",
    "a second key with a command": f'{SOUND} a\ncommand="id" {SOUND} b',
    "carriage return": f"{SOUND} a\r{SOUND}",
    "NUL": f"{SOUND} a\x00b",
    "escape sequence": f"{SOUND} a\x1b[2Jb",
    "next line": f"{SOUND} a\x85b",
    "line separator": f"{SOUND} a\u2028b",
    "newline before": f"\n{SOUND}",
    "newlines behind": f"{SOUND}\n\n",
    "newline between type and key": SOUND.replace(" ", "\n"),
    "no-break space between type and key": SOUND.replace(" ", "\u00a0"),
}


@pytest.mark.parametrize("text", SECOND_LINES.values(), ids=SECOND_LINES)
def test_one_line(text: str) -> None:
    """A key is one printable line: nothing can bring a second line into authorized_keys."""
    assert problem(text) == ONE_LINE
    assert problem(f"{SOUND}\n") is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            line("ssh-rsa", E65537, ((1 << 3071) + 1).to_bytes(384, "big")), id="negative modulus"
        ),
        pytest.param(
            line("ecdsa-sha2-nistp256", b"nistp256", b"\4" + b"\1" * 64), id="off the curve"
        ),
        pytest.param(f"{SOUND}====", id="padding that is none"),
    ],
)
def test_what_sshd_drops(text: str) -> None:
    """A key that ssh-keygen cannot read is refused, since sshd would drop it and lock one out."""
    assert fingerprint(text) == ""
    assert problem(text) is not None
