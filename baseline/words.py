"""Words: quoting what a person wrote, guessing what they meant, and names made of names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

LONGEST_QUOTE = 40
MOST_GUESSES_AMONG = 300

# What could be the body of a key is never shown, wherever it was pasted.
_KEY_LIKE = re.compile(r"[A-Za-z0-9+/=_-]{28,}")


def printable(text: str) -> str:
    """One line that no terminal, log or page takes for more than text."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def quote(value: object) -> str:
    """Quote a value for a message: one line, printable, short, and never a key."""
    text = _KEY_LIKE.sub("…", str(value))
    text = text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"
    return f"'{printable(text)}'"


def closest(word: str, known: Collection[str]) -> str:
    """`: did you mean 'x'?` where a known word is near, else nothing."""
    if len(known) > MOST_GUESSES_AMONG:
        return ""
    from difflib import get_close_matches

    matches = get_close_matches(word[:LONGEST_QUOTE], sorted(known), n=1, cutoff=0.6)
    return f": did you mean '{matches[0]}'?" if matches else ""


def is_one_line(text: str) -> bool:
    """Say whether a text is one visible line: no control, format or private-use characters."""
    kinds = {unicodedata.category(letter) for letter in text}
    return not any(kind[0] == "C" or kind in ("Zl", "Zp") for kind in kinds)


def title(name: str) -> str:
    """A logical id from a name of the profile: `order-archive` becomes `OrderArchive`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("-"))
