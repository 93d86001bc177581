"""Keys: what must hold for every KMS key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from baseline.control import Severity, control, is_true, literal
from baseline.resource import Resource

KEY = "AWS::KMS::Key"


@control("keys.rotated", "Keys are rotated", on=KEY, severity=Severity.MEDIUM)
def rotated(key: Resource) -> Iterator[str]:
    """The less one key has encrypted, the less its loss costs."""
    symmetric = literal(key.properties, "KeySpec", default="SYMMETRIC_DEFAULT")
    if symmetric == "SYMMETRIC_DEFAULT" and not is_true(
        literal(key.properties, "EnableKeyRotation")
    ):
        yield "EnableKeyRotation is not true"


@control(
    "keys.no-foreign-use", "Key policies name who may use the key", on=KEY, severity=Severity.HIGH
)
def no_foreign_use(key: Resource) -> Iterator[str]:
    """A key that everyone may use encrypts nothing; conditions are easily left out or mistaken."""
    for statement in _statements(key):
        if statement.get("Effect") == "Allow" and _is_everyone(statement.get("Principal")):
            yield f"statement {statement.get('Sid', '?')} allows every principal"


@control(
    "keys.no-blanket-use", "No statement allows every action", on=KEY, severity=Severity.MEDIUM
)
def no_blanket_use(key: Resource) -> Iterator[str]:
    """Managing a key and reading what it encrypts are two jobs; `kms:*` is both."""
    for statement in _statements(key):
        actions = statement.get("Action", ())
        actions = [actions] if isinstance(actions, str) else actions
        if statement.get("Effect") == "Allow" and {"*", "kms:*"} & set(actions):
            yield f"statement {statement.get('Sid', '?')} allows kms:*"


def _statements(key: Resource) -> Iterator[Mapping[str, Any]]:
    found = literal(key.properties, "KeyPolicy", "Statement", default=())
    yield from [found] if isinstance(found, Mapping) else found


def _is_everyone(principal: Any) -> bool:
    if isinstance(principal, Mapping):
        return any(_is_everyone(value) for value in principal.values())
    if isinstance(principal, (list, tuple)):
        return any(_is_everyone(value) for value in principal)
    return bool(principal == "*")
