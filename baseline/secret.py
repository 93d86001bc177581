"""Secret: what of a template's values is never shown, and the digest that stands for it.

Secret is the default of a `NoEcho` parameter, a text under a name that says so
(`MasterUserPassword`, `SecretString`, `AuthToken` …), a private key, an access key, a password
inside an address, and any word that looks random. A digest of eight letters tells whether it
changed; it is salted with what nobody knows who does not have both templates.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

from baseline.change import MISSING, Edit
from baseline.tokens import is_intrinsic

# Words in names of properties whose text is secret, and ends of names that only speak of one.
_NAMES = (
    *("password", "passwd", "passphrase", "secretstring", "secretkey", "clientsecret"),
    *("authtoken", "auth_token", "apikey", "api_key", "privatekey", "private_key"),
    *("secretaccesskey", "sharedsecret", "shared_secret", "presharedkey", "pre_shared_key"),
    *("connectionstring", "connection_string", "secret_key", "webhookurl", "webhook_url"),
    *("hmackey", "hmac_key"),
)
_ENDS = (
    *("secret", "secretvalue", "token", "credential", "credentials", "accesskey", "accesskeyid"),
    *("access_key", "access_key_id", "psk", "sshkey", "ssh_key"),
)
_HARMLESS_ENDS = (
    *("arn", "arns", "id", "ids", "name", "names", "version", "policy", "type", "length", "age"),
    *("rotation", "enabled", "url", "uri", "from", "required", "requirement", "requirements"),
    *("duration", "period", "lambda", "stage", "store", "validity", "validityunits", "days"),
)
_SHAPES = (
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\b(AKIA|ASIA)[A-Z0-9]{16}\b|://[^/\s:@]+:[^/\s@]+@"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,}|\bxox[abpr]-[A-Za-z0-9-]{10,}|\bsk_live_[A-Za-z0-9]{16,}"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"
)
_MARKS = ("-----BEGIN", "AKIA", "ASIA", "://", "gh", "xox", "sk_live_", "eyJ")
_WORD = re.compile(r"[A-Za-z0-9+/=_\-]{20,}")
_KNOWN_SHAPE = (
    r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(ami|subnet|vpc|sg|eni|vol|snap|lt|igw|rtb)"
    r"-[0-9a-f]{8,17}|ssh-[a-z0-9-]+|AAAA[A-Za-z0-9+/=]{40,}"
)
LEAST_ENTROPY = 3.9  # bits a letter; English words and names stay below, random base64 above


def is_secret(name: str, value: Any) -> bool:
    """Say whether a text under a name must not be shown."""
    if not isinstance(value, (str, int)) or isinstance(value, bool) or value == "":
        return False
    text = str(value)
    if "{{resolve:" in text and text.count("{{") == 1 and text.endswith("}}"):
        return False  # says where a secret is, and is none
    return names_secret(name) or looks_secret(text)


@cache
def names_secret(name: str) -> bool:
    """Say whether a property of this name holds a secret."""
    lowered = name.lower()
    if lowered.endswith(_ENDS):
        return True
    return any(word in lowered for word in _NAMES) and not lowered.endswith(_HARMLESS_ENDS)


def looks_secret(text: str) -> bool:
    """Say whether a text holds something that looks like a key or a password."""
    if len(text) < 12:
        return False
    if any(mark in text for mark in _MARKS) and re.search(_SHAPES, text):
        return True
    return any(_is_random(word) for word in _WORD.findall(text))


def _is_random(word: str) -> bool:
    is_key_sized = len(word) == 40 and not re.search(r"[=_-]", word)  # a secret access key
    if re.fullmatch(_KNOWN_SHAPE, word):
        return False
    if not is_key_sized and word.strip("/").count("/") > 1:
        return False
    kinds = sum(
        any(test(letter) for letter in word) for test in (str.isdigit, str.isupper, str.islower)
    )
    if kinds < 3:
        return _is_hex_key(word)
    if word.count("-") + word.count("_") > len(word) // 8 or _is_camel(word):
        return False
    counts = Counter(word)
    entropy = -sum(n / len(word) * math.log2(n / len(word)) for n in counts.values())
    return entropy >= LEAST_ENTROPY


def _is_hex_key(word: str) -> bool:
    """Hexadecimal of a key's length, with digits and letters well mixed."""
    return (
        len(word) in (32, 40, 48, 64, 96, 128)
        and re.fullmatch(r"[0-9a-f]+|[0-9A-F]+", word) is not None
        and sum(letter.isdigit() for letter in word) > len(word) // 4
        and any(letter.isalpha() for letter in word)
    )


def _is_camel(word: str) -> bool:
    """`PrivateSubnetRouteTable2`: words of people, run together."""
    parts = re.findall(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}(?![a-z])|\d+", word)
    return sum(map(len, parts)) >= len(word) * 0.85 and len(parts) <= len(word) / 3.2


def digest(value: Any, salt: str) -> str:
    """What stands for a secret: the same for the same value and salt, and no way back."""
    text = value if isinstance(value, str) else str(value)
    return hmac.new(salt.encode(), text.encode(), hashlib.sha256).hexdigest()[:8]


def hidden(value: Any, salt: str) -> str:
    """As people and machines see a secret."""
    return f"secret:{digest(value, salt)}"


def redacted(value: Any, salt: str, name: str = "", *, no_echo: bool = False) -> Any:
    """A value with every secret inside it hidden; `name` is the property's."""
    if isinstance(value, Mapping):
        key = value.get("Name", value.get("Key", value.get("name")))
        inner = {}
        for child_name, child in value.items():
            # {Name: DB_PASSWORD, Value: …} names its value beside it.
            named = isinstance(key, str) and child_name in ("Value", "value", "ParameterValue")
            inner[child_name] = redacted(
                child, salt, key if named else str(child_name), no_echo=no_echo
            )
        return inner
    if isinstance(value, (list, tuple)):
        return [redacted(child, salt, name, no_echo=no_echo) for child in value]
    if (no_echo and isinstance(value, (str, int, float)) and value != "") or is_secret(name, value):
        return hidden(value, salt)
    return value


def clear(edit: Edit, salt: str, *, no_echo: bool = False) -> tuple[Any, Any]:
    """Both values of an edit with what is secret in them hidden; MISSING stays so.

    Where one side is secret, so is the other: a half of a change would tell the rest.
    """
    name = edit.known_as
    secret = no_echo or any(is_secret(name, one) for one in (edit.before, edit.after))
    one, other = (
        value
        if value is MISSING
        else redacted(value, salt, name, no_echo=secret and not is_intrinsic(value))
        for value in (edit.before, edit.after)
    )
    return one, other


def clear_body(body: Any, salt: str, *, no_echo: bool = False) -> Any:
    """A whole entry with what is secret in it hidden."""
    found = redacted(body, salt)
    if no_echo and isinstance(body, Mapping) and "Default" in body:
        return found | {"Default": redacted(body["Default"], salt, "Default", no_echo=True)}
    return found
