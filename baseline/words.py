"""Words: quoting what a person wrote, and guessing what they meant."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST_QUOTE = 40


def quote(value: object) -> str:
    """Quote a value for a message: one line, printable, short."""
    text = str(value)
    text = text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"
    return "'" + "".join(letter if letter.isprintable() else "?" for letter in text) + "'"


def closest(word: str, known: Iterable[str]) -> str:
    """`: did you mean 'x'?` where a known word is near, else nothing."""
    from difflib import get_close_matches

    matches = get_close_matches(word[:LONGEST_QUOTE], sorted(known), n=1, cutoff=0.6)
    return f": did you mean '{matches[0]}'?" if matches else ""


def title(name: str) -> str:
    """A logical id from a name of the profile: `order-archive` becomes `OrderArchive`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("-"))
