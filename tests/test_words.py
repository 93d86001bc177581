"""Words: what messages quote and guess."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.words import LONGEST_QUOTE, closest, quote, title


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("prod", "'prod'"),
        ("", "''"),
        (7, "'7'"),
        ("a\nb", "'a?b'"),
        ("a\x1b[31mb", "'a?[31mb'"),
        ("a\u202eb", "'a?b'"),
        ("x " * 20, "'" + "x " * 20 + "'"),
        ("x" * 27, "'" + "x" * 27 + "'"),
        ("AAAA/+=1" * 5, "'…'"),
        ("x " * 21, "'" + "x " * 19 + "x…'"),
    ],
)
def test_quote(value: object, quoted: str) -> None:
    """A quoted value is one short, printable line."""
    assert quote(value) == quoted


@given(st.text())
def test_quote_of_anything(text: str) -> None:
    """Whatever was written, its quotation is printable and bounded."""
    quoted = quote(text)
    assert quoted.isprintable()
    assert len(quoted) <= LONGEST_QUOTE + 2


@pytest.mark.parametrize(
    ("word", "known", "guess"),
    [
        ("organisation", ["organization", "regions"], ": did you mean 'organization'?"),
        ("ordres", ["storefront", "orders"], ": did you mean 'orders'?"),
        ("zebra", ["orders", "storefront"], ""),
        ("anything", [], ""),
        ("", ["orders"], ""),
    ],
)
def test_closest(word: str, known: list[str], guess: str) -> None:
    """A near word is offered, a far one is not."""
    assert closest(word, known) == guess


def test_closest_does_not_depend_on_order() -> None:
    """Equally near words give one guess, whatever order they come in."""
    assert closest("prod", ["prodb", "proda"]) == closest("prod", ["proda", "prodb"])


def test_closest_of_a_huge_word() -> None:
    """A huge word is cut before it is compared."""
    assert closest("orders" + "x" * 1_000_000, ["orders"]) == ""


@pytest.mark.parametrize(
    ("name", "id_"),
    [("orders", "Orders"), ("order-archive", "OrderArchive"), ("a-1-b", "A1B"), ("aBC", "ABC")],
)
def test_title(name: str, id_: str) -> None:
    """A name becomes a logical id: letters and digits, each part begun by a capital."""
    assert title(name) == id_
