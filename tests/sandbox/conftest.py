"""Fixtures: a local AWS per test file, so that files do not see each other's stacks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.local import Local, local_aws


@pytest.fixture(scope="module")
def local() -> Iterator[Local]:
    """A local AWS with nothing in it."""
    with local_aws() as found:
        yield found
