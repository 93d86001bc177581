"""Others: every row of the four tables is seen to fail and to pass."""

from __future__ import annotations

from typing import Any

import pytest

from baseline.catalogue import by_name
from baseline.control import CannotJudge
from baseline.controls.others import ENCRYPTED, LOGGED, NOT_PUBLIC, TLS
from baseline.resource import Reference, Resource

TABLES = {"encrypted": ENCRYPTED, "not-public": NOT_PUBLIC, "tls": TLS, "logged": LOGGED}
ROWS = [
    (name, kind, row) for name, table in TABLES.items() for kind in table for row in table[kind]
]
VALUES: tuple[Any, ...] = (
    *(True, False, "TLS", "Disabled", "Enabled", "enable", "NONE", "*", "x", ["audit"], ["FTP"]),
    *("SERVICE_PROVIDED_EIPS", "allow-all", "none", "PLAINTEXT", "OFF", "ENABLED"),
)


def nested(path: tuple[str | int, ...], value: Any) -> Any:
    """Properties with a value at a path."""
    for step in reversed(path):
        value = [value] if isinstance(step, int) else {step: value}
    return value


def told(name: str, kind: str, properties: Any, words: str) -> bool:
    """Say whether a control says certain words of a resource."""
    found = by_name()[f"others.{name}"].judge(Resource("s", "R", kind, properties, {}))
    return words in list(found)


@pytest.mark.parametrize(("name", "kind", "row"), ROWS, ids=lambda value: str(value)[:40])
def test_every_row_can_fail_and_pass(name: str, kind: str, row: Any) -> None:
    """With some value it is told, with another it is not; and a parameter is a doubt."""
    path, _, words = row
    message = f"{'.'.join(map(str, path))} {words}"
    verdicts = {told(name, kind, nested(path, value), message) for value in VALUES}
    assert verdicts == {True, False}
    with pytest.raises(CannotJudge):
        told(name, kind, nested(path, {"Ref": "P"}), message)


def test_what_is_handed_in_is_given() -> None:
    """A key or a log group of another stack is one, whichever it is."""
    trail = "AWS::CloudTrail::Trail"
    for key in (Reference("s", "Key", "Arn"), {"Fn::ImportValue": "x"}, "arn:x"):
        assert not told("encrypted", trail, {"KMSKeyId": key}, "KMSKeyId is left out")


def test_functions_for_everyone() -> None:
    """With a source, everyone is somebody."""
    kind, words = "AWS::Lambda::Permission", "Principal is *"
    assert told("not-public", kind, {"Principal": "*"}, words)
    assert not told("not-public", kind, {"Principal": "*", "SourceAccount": "1"}, words)
