"""Secrets: none stands in plain text, anywhere in a template.

Looked for in every text of every resource, user data and code included, and in parameters,
outputs and mappings: by the forms that providers give their keys, by the name of what holds the
text, and by how random it is. A template is read by many, kept for ever, and copied into tickets.
What was found is never shown, only where it stands and what gave it away.

Sources: "AWS security credentials formats" (IAM User Guide), the providers' own pages on the forms
of their tokens; the measure of randomness is that of the tool truffleHog.
"""

from __future__ import annotations

import math
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from baseline.control import EVERY_TYPE, TEMPLATE, Severity, control, is_true
from baseline.resource import Resource

KNOWN: Mapping[str, str] = {
    "a private key": r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY",
    "an access key of AWS": r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b",
    "a token of GitHub": r"\bgh[oprsu]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{60}",
    "a token of GitLab": r"\bglpat-[A-Za-z0-9_-]{20}",
    "a token of Slack": r"\bxox[abeprs]-[A-Za-z0-9-]{10}|hooks\.slack\.com/services/T[A-Z0-9]{6}",
    "a key of Stripe": r"\b[rs]k_live_[A-Za-z0-9]{16}",
    "a key of Google": r"\bAIza[A-Za-z0-9_-]{35}",
    "a key of SendGrid": r"\bSG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16}",
    "a token of npm": r"\bnpm_[A-Za-z0-9]{36}",
    "a token of PyPI": r"\bpypi-AgEI[A-Za-z0-9_-]{16}",
    "a key of OpenAI or Anthropic": r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32}",
    "a signed token": r"\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10}",
    "a password in an address": r"[a-z][a-z0-9+.-]{1,20}://[^\s:/@${}]{1,64}:[^\s:/@${}<>]{3,64}@",
}
_KNOWN = {what: re.compile(pattern) for what, pattern in KNOWN.items()}

_NAME = re.compile(
    r"(?:password|passwd|passphrase|secret|secretkey|secretstring|secretaccesskey|apikey|apitoken"
    r"|accesstoken|authtoken|privatekey|clientsecret|connectionstring)\d{0,2}$"
)
# A name, a sign and a value, as in a script, a file of settings or JSON.
_GIVEN = re.compile(
    r"(?i)\b(?P<name>[A-Za-z0-9_.-]{0,40}(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|"
    r"access[_-]?key)[A-Za-z0-9_-]{0,20})[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?P<value>[^\s\"'`,;)\]}]{8,200})"
)
# What stands for a value, and is none.
_STANDS_FOR = re.compile(
    r"\{\{|\$|<|%|arn:|alias/|/|https?://|true$|false$|none$|null$|required$|optional$|enabled$"
    r"|disabled$|changeme$|x{3,}$|\*{3,}$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z0-9+/=_-]{32,500}")
# What is random and meant to be seen: public keys, digests, certificates.
_PUBLIC = re.compile(
    r"(?:ssh-[a-z0-9]{3,10}|ecdsa-sha2-[a-z0-9-]{5,20}|sk-[a-z0-9@.-]{5,40})"
    r" [A-Za-z0-9+/=]{20,2000}"
    r"|sha(?:1|256|384|512)[-:=][A-Za-z0-9+/=]{20,200}"
    r"|-----BEGIN (?:CERTIFICATE|PUBLIC KEY|PGP PUBLIC KEY BLOCK)-----[^-]{1,8000}"
)
LEAST_ENTROPY = 4.5  # bits for each character; words and names stay below 4.2

PACKED = ("AWS::CDK::Metadata",)  # says what a program was made of, compressed

# Databases have a rule of their own for these (`databases.managed-password`).
_TOLD_ELSEWHERE = {"MasterUserPassword"}


@control(
    "secrets.not-in-resources",
    "No resource holds a secret in plain text",
    on=EVERY_TYPE,
    severity=Severity.HIGH,
)
def not_in_resources(resource: Resource) -> Iterator[str]:
    """Whoever may read the template, its history or the console has it, and it is never changed."""
    if resource.type in PACKED:
        return
    yield from _found(resource.properties)
    yield from _found({"Metadata": resource.attributes.get("Metadata")})


@control(
    "secrets.not-in-templates",
    "No parameter, output or mapping holds a secret in plain text",
    on=TEMPLATE,
    severity=Severity.HIGH,
)
def not_in_templates(template: Resource) -> Iterator[str]:
    """Defaults and outputs are shown to everybody who may list stacks."""
    sections = template.properties
    for name in ("Outputs", "Mappings", "Metadata"):
        yield from _found({name: sections.get(name)})
    for name, body in _entries(sections.get("Parameters")):
        default = body.get("Default")
        if isinstance(default, str):
            for what in _what(name, default):
                yield f"Parameters.{name}.Default holds {what}"
    for name, body in _entries(sections.get("Outputs")):
        text = str(body.get("Value"))
        for one in _hidden(sections):
            if f"'Ref': '{one}'" in text or f"${{{one}}}" in text:
                yield f"Outputs.{name} shows {one}, which is hidden elsewhere"


def _hidden(sections: Mapping[str, Any]) -> list[str]:
    """Names of parameters that are NoEcho."""
    parameters = _entries(sections.get("Parameters"))
    return [name for name, body in parameters if is_true(body.get("NoEcho"))]


@control(
    "secrets.parameters-hidden",
    "Parameters that take a secret hide it",
    on=TEMPLATE,
    severity=Severity.MEDIUM,
)
def parameters_hidden(template: Resource) -> Iterator[str]:
    """Without NoEcho, the value stands in the console and in every answer about the stack."""
    for name, body in _entries(template.properties.get("Parameters")):
        by_name = str(body.get("Type", "String")) in ("String", "CommaDelimitedList")
        if by_name and _is_named_secret(name) and not is_true(body.get("NoEcho")):
            yield f"Parameters.{name} is not NoEcho"


def _found(value: Any, name: str = "", place: str = "") -> Iterator[str]:
    """Say where secrets stand below a value."""
    if isinstance(value, Mapping):
        for key, child in value.items():
            yield from _found(child, _naming(value, str(key)), f"{place}.{key}" if place else key)
    elif isinstance(value, (list, tuple)):
        for index, child in enumerate(value):
            yield from _found(child, name, f"{place}.{index}")
    elif isinstance(value, str) and len(value) > 3:
        for what in _what(name, value):
            yield f"{place} holds {what}"


def _naming(holder: Mapping[str, Any], key: str) -> str:
    """What a value is called: by its key, or by the name beside it where it is a `Value`."""
    if key in ("Value", "ParameterValue"):
        beside = holder.get("Name") or holder.get("Key") or holder.get("ParameterKey")
        if isinstance(beside, str):
            return beside.rpartition("/")[2]
    return key


def _what(name: str, text: str) -> Iterator[str]:
    """What a text gives away, at most one thing; nothing of it is repeated."""
    text = _decoded(name, text)
    for what, pattern in _KNOWN.items():
        match = pattern.search(text)
        if match:
            yield f"{what}{_line(text, match.start())}"
            return
    if _is_named_secret(name) and name not in _TOLD_ELSEWHERE and _is_value(text):
        yield "what its name says is a secret"
        return
    for match in _GIVEN.finditer(text):
        value = match["value"]
        if _is_value(value) and _entropy(value) > 3 and _is_mixed(value):
            yield f"what {match['name'][-30:]} says is a secret{_line(text, match.start())}"
            return
    for match in _WORD.finditer(_PUBLIC.sub("", text)):
        word = match[0]
        if _is_mixed(word) and _entropy(word) > LEAST_ENTROPY and not _is_of_words(word):
            yield f"{len(word)} characters that look random{_line(text, match.start())}"
            return


def _decoded(name: str, text: str) -> str:
    """User data as it will be read."""
    if name != "UserData" or " " in text or len(text) % 4:
        return text
    try:
        return b64decode(text, validate=True).decode()
    except ValueError:
        return text


def _line(text: str, offset: int) -> str:
    return f", in line {text.count(chr(10), 0, offset) + 1}" if "\n" in text else ""


def _is_named_secret(name: str) -> bool:
    return _NAME.search(re.sub(r"[^a-z0-9]", "", name.lower())) is not None


def _is_value(text: str) -> bool:
    """Say whether it is a value itself, in one word, and not what stands for one."""
    return len(text) > 3 and not re.search(r"\s", text) and not _STANDS_FOR.match(text)


def _is_mixed(text: str) -> bool:
    """Say whether it has capitals, small letters and digits, as what is made at random has."""
    return all(re.search(kind, text) for kind in ("[A-Z]", "[a-z]", "[0-9]"))


def _is_of_words(text: str) -> bool:
    """Say whether most of it is words written together, or it spells out an alphabet."""
    if re.search("abcdef|qwerty|12345", text.lower()):
        return True
    return sum(map(len, re.findall(r"[A-Z]?[a-z]{3,}", text))) > len(text) * 0.6


def _entropy(text: str) -> float:
    """Bits for each character."""
    return -sum(
        count / len(text) * math.log2(count / len(text)) for count in Counter(text).values()
    )


def _entries(section: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, body in section.items() if isinstance(section, Mapping) else ():
        if isinstance(body, Mapping):
            yield str(name), body
