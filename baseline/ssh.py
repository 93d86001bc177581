"""SSH public keys: parsed for real, because a host that drops a bad key locks a person out.

cloud-init accepts a key of the wrong type, reports success and leaves it out; so the type, the
length and the encoded body are read here, as RFC 4253 and RFC 5656 lay them out.
"""

from __future__ import annotations

import base64
import binascii
import struct

RSA_MAXIMUM_BITS = 16384  # what OpenSSH takes
RSA_MINIMUM_BITS = 3072  # NIST SP 800-57 part 1: 128 bits of strength until 2030 and beyond

# Bytes of an uncompressed point, the prime of the field, and b of y² = x³ - 3x + b.
# Source: NIST SP 800-186, section 3.2.1.
_CURVES = {
    "nistp256": (
        65,
        2**256 - 2**224 + 2**192 + 2**96 - 1,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    ),
    "nistp384": (
        97,
        2**384 - 2**128 - 2**96 + 2**32 - 1,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
    ),
    "nistp521": (
        133,
        2**521 - 1,
        0x51953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00,
    ),
}
_ED25519_BYTES = 32
_INCOMPLETE = "write the type and the key: ssh-ed25519 AAAA… comment"
_DAMAGED = "the key is cut short or damaged: copy the whole line of the .pub file"


def problem(line: str) -> str | None:
    """Say what is wrong with one line of an authorized_keys file, or None; never echo the key."""
    line = line.removesuffix("\n")
    if not line.isprintable():
        return "one key on one line, without line breaks or control characters"
    fields = line.strip(" ").split(" ")
    if fields == [""]:
        return _INCOMPLETE
    if fields[0] == "ssh-dss":
        return "DSA is broken and refused: make a new key with ssh-keygen -t ed25519"
    if fields[0] not in _READERS:
        known = ", ".join(sorted(_READERS))
        return f"a key begins with its type, without options before it; the types are {known}"
    if len(fields) == 1:
        return _INCOMPLETE
    kind, encoded = fields[0], fields[1]
    try:
        body = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return "the key is not base64: copy the whole line of the .pub file"
    if base64.b64encode(body).decode() != encoded:
        return _DAMAGED
    try:
        inner, *values = _strings(body)
    except ValueError:
        return _DAMAGED
    if inner != kind.encode():
        return "the key inside is of another type than its first word: copy the whole line"
    return _READERS[kind](kind, values)


def rsa_bits(line: str) -> int:
    """Length of an RSA key in bits, of a line that has no `problem`; 0 for another type."""
    kind, encoded = line.split()[:2]
    if kind != "ssh-rsa":
        return 0
    _, _, modulus = _strings(base64.b64decode(encoded))
    return int.from_bytes(modulus, "big").bit_length()


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
    """Two positive numbers, exponent and modulus; a leading bit would make one negative."""
    if len(values) != 2 or any(not value or value[0] & 0x80 for value in values):
        return _DAMAGED
    exponent, modulus = (int.from_bytes(value, "big") for value in values)
    bits = modulus.bit_length()
    if bits < RSA_MINIMUM_BITS:
        return (
            f"RSA of {bits} bits is too short: {RSA_MINIMUM_BITS} at least, "
            "or better ssh-keygen -t ed25519"
        )
    odd = exponent % 2 and modulus % 2
    return None if bits <= RSA_MAXIMUM_BITS and exponent > 1 and odd else _DAMAGED


def _ed25519(kind: str, values: list[bytes]) -> str | None:
    wanted = 2 if kind.startswith("sk-") else 1
    return None if len(values) == wanted and len(values[0]) == _ED25519_BYTES else _DAMAGED


def _ecdsa(kind: str, values: list[bytes]) -> str | None:
    """The curve's name and an uncompressed point that lies on it."""
    curve = kind.partition("@")[0].rpartition("-")[2]
    size, prime, b = _CURVES[curve]
    wanted = 3 if kind.startswith("sk-") else 2
    if len(values) != wanted or values[0] != curve.encode():
        return _DAMAGED
    point = values[1]
    if len(point) != size or point[0] != 4:
        return _DAMAGED
    half = size // 2 + 1
    x, y = int.from_bytes(point[1:half], "big"), int.from_bytes(point[half:], "big")
    is_on_curve = x < prime and y < prime and (y * y - x * x * x + 3 * x - b) % prime == 0
    return None if is_on_curve else _DAMAGED


_READERS = {
    "ssh-ed25519": _ed25519,
    "sk-ssh-ed25519@openssh.com": _ed25519,
    "ssh-rsa": _rsa,
    "sk-ecdsa-sha2-nistp256@openssh.com": _ecdsa,
    "ecdsa-sha2-nistp256": _ecdsa,
    "ecdsa-sha2-nistp384": _ecdsa,
    "ecdsa-sha2-nistp521": _ecdsa,
}
