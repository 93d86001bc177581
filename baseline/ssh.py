"""SSH public keys: parsed for real, because a host that drops a bad key locks a person out.

cloud-init accepts a key of the wrong type, reports success and leaves it out; so the type, the
length and the encoded body are read here, as RFC 4253 and RFC 5656 lay them out.
"""

from __future__ import annotations

import base64
import binascii
import struct

RSA_MINIMUM_BITS = 3072  # NIST SP 800-57 part 1: 128 bits of strength until 2030 and beyond

_CURVES = {"nistp256": 65, "nistp384": 97, "nistp521": 133}  # bytes of an uncompressed point
_ED25519_BYTES = 32


def problem(line: str) -> str | None:
    """Say what is wrong with one line of an authorized_keys file, or None; never echo the key."""
    fields = line.split(None, 2)
    if len(fields) < 2:
        return "write the type and the key: ssh-ed25519 AAAA… comment"
    kind, encoded = fields[0], fields[1]
    if kind == "ssh-dss":
        return "DSA is broken and refused: make a new key with ssh-keygen -t ed25519"
    if kind not in _READERS:
        return (
            "options before a key and types other than "
            f"{', '.join(sorted(_READERS))} are refused: start with the type"
        )
    try:
        body = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return "the key is not base64: copy the whole line of the .pub file"
    try:
        inner, *values = _strings(body)
    except ValueError:
        return "the key is cut short or damaged: copy the whole line of the .pub file"
    if inner != kind.encode():
        return "the key inside is of another type than its first word: copy the whole line"
    return _READERS[kind](kind, values)


def _strings(body: bytes) -> list[bytes]:
    """Split a body into its length-prefixed strings; ValueError when they do not fit exactly."""
    found, position = [], 0
    while position < len(body):
        if position + 4 > len(body):
            raise ValueError("length cut short")
        (size,) = struct.unpack_from(">I", body, position)
        position += 4
        if position + size > len(body):
            raise ValueError("string cut short")
        found.append(body[position : position + size])
        position += size
    if not found:
        raise ValueError("empty body")
    return found


def _rsa(_: str, values: list[bytes]) -> str | None:
    if len(values) != 2:
        return "the RSA key is damaged: copy the whole line of the .pub file"
    exponent, modulus = (int.from_bytes(value, "big") for value in values)
    if modulus.bit_length() < RSA_MINIMUM_BITS:
        return (
            f"RSA of {modulus.bit_length()} bits is too short: {RSA_MINIMUM_BITS} at least, "
            "or better ssh-keygen -t ed25519"
        )
    if modulus.bit_length() > 16384 or exponent < 3 or exponent % 2 == 0 or modulus % 2 == 0:
        return "this is no RSA key: copy the whole line of the .pub file"
    return None


def _ed25519(kind: str, values: list[bytes]) -> str | None:
    wanted = 2 if kind.startswith("sk-") else 1
    if len(values) != wanted or len(values[0]) != _ED25519_BYTES:
        return "the Ed25519 key is damaged: copy the whole line of the .pub file"
    return None


def _ecdsa(kind: str, values: list[bytes]) -> str | None:
    curve = kind.partition("@")[0].rpartition("-")[2]
    wanted = 3 if kind.startswith("sk-") else 2
    sound = len(values) == wanted and values[0] == curve.encode()
    if not sound or len(values[1]) != _CURVES[curve] or values[1][:1] != b"\x04":
        return "the ECDSA key is damaged: copy the whole line of the .pub file"
    return None


_READERS = {
    "ssh-ed25519": _ed25519,
    "sk-ssh-ed25519@openssh.com": _ed25519,
    "ssh-rsa": _rsa,
    "sk-ecdsa-sha2-nistp256@openssh.com": _ecdsa,
    "ecdsa-sha2-nistp256": _ecdsa,
    "ecdsa-sha2-nistp384": _ecdsa,
    "ecdsa-sha2-nistp521": _ecdsa,
}
