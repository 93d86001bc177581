"""Keys: what must hold for every KMS key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    "keys.no-foreign-use",
    "Key policies name who may use the key",
    on=KEY,
    severity=Severity.HIGH,
)
def no_foreign_use(key: Resource) -> Iterator[str]:
    """A key that everyone may use encrypts nothing; conditions are easily left out or mistaken."""
    for sid, statement in _allowing(key):
        if "NotPrincipal" in statement or _is_everyone(statement.get("Principal")):
            yield f"statement {sid} allows every principal"


@control(
    "keys.no-blanket-use",
    "No statement allows every action",
    on=KEY,
    severity=Severity.MEDIUM,
)
def no_blanket_use(key: Resource) -> Iterator[str]:
    """Managing a key and reading what it encrypts are two jobs; `kms:*` is both."""
    for sid, statement in _allowing(key):
        actions = _listed(literal(statement, "Action", default=()))
        names = {str(literal([action], 0)).lower() for action in actions}
        if "NotAction" in statement or {"*", "kms:*"} & names:
            yield f"statement {sid} allows kms:*"


def _allowing(key: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Statements that allow, by their Sid; one that is decided elsewhere cannot be judged."""
    for index, one in enumerate(
        _listed(literal(key.properties, "KeyPolicy", "Statement", default=()))
    ):
        statement = literal([one], 0)
        if isinstance(statement, Mapping) and literal(statement, "Effect") == "Allow":
            yield str(statement.get("Sid", index + 1)), statement


def _listed(value: Any) -> Sequence[Any]:
    """AWS takes one thing and a list of one alike."""
    return value if isinstance(value, (list, tuple)) else [value]


def _is_everyone(principal: Any) -> bool:
    """Say whether `*` is among the principals; text around a pseudo parameter is not `*`."""
    if isinstance(principal, Mapping):
        text = principal.get("Fn::Sub")
        if isinstance(text, str):
            return text == "*"
        literal([principal], 0)
        return any(_is_everyone(value) for value in principal.values())
    if isinstance(principal, (list, tuple)):
        return any(_is_everyone(value) for value in principal)
    return bool(principal == "*")
