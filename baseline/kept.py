"""Kept: results that are kept by content, so that the same work is not done twice.

A key is a hash of everything that a result depends on; so nothing that is kept is ever out of date,
and whatever is lost, damaged or unreadable is simply made again.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Protocol


class Cache(Protocol):
    """Where results are kept: a text under a key."""

    def get(self, key: str) -> str | None:
        """What was kept under the key, if it is still there."""

    def put(self, key: str, text: str) -> None:
        """Keep a text; failing to is no error."""


class NoCache:
    """Keeps nothing."""

    def get(self, key: str) -> str | None:  # noqa: ARG002 - as Cache has it
        """Nothing is there."""
        return None

    def put(self, key: str, text: str) -> None:
        """Nothing is kept."""


def key(*what: Any) -> str:
    """SHA-256 of everything that a result depends on."""
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()
