"""Reference: what is written from the code is what the code says; `make accept` writes it anew."""

from __future__ import annotations

import json

from baseline.catalogue import by_name
from tests import reference


def test_examples_are_those_of_the_tests() -> None:
    """So that they cannot lie: each is seen to fail, or to pass."""
    assert reference.EXAMPLES.read_text(encoding="utf-8") == reference.examples()


def test_the_page_is_that_of_the_catalogue() -> None:
    """Every control, with all that is known of it."""
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page()
    for name in by_name():
        assert f"### {name}: " in reference.page()


def test_every_control_has_a_number_and_keeps_it() -> None:
    """New ones follow at the end; a number is given once, whatever becomes of its control."""
    assert reference.IDS.read_text(encoding="utf-8") == reference.ids()
    numbers = list(json.loads(reference.ids()).values())
    assert numbers == list(range(reference.FIRST, reference.FIRST + len(numbers)))


def test_numbers_never_move() -> None:
    """Some of the first, written down here: a suppression must mean the same tomorrow."""
    given = json.loads(reference.IDS.read_text(encoding="utf-8"))
    assert {name: given[name] for name in PINNED} == PINNED


PINNED = {
    "storage.kept-when-removed": 9615,
    "storage.no-public-bucket": 9621,
    "storage.owner-enforced": 9624,
    "storage.versioned": 9627,
}
