"""Document: everything that people read is a title and blocks of a few kinds.

A new format for people then serves every report, and a new report every format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Cell = str | int
Tone = Literal["bad", "doubtful", "good", "quiet", ""]


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Heading:
    """The title of what follows, where a document has chapters."""

    text: str


@dataclass(frozen=True)
class Items:
    """A list of lines, each with lines below it, and with a tone where a format has colours."""

    items: tuple[tuple[str, tuple[str, ...]], ...]
    tones: tuple[Tone, ...] = ()


@dataclass(frozen=True)
class Code:
    """Lines that mean something as they stand, in a language."""

    text: str
    language: str = ""


@dataclass(frozen=True)
class Table:
    """Columns and rows; numbers stand to the right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def numeric(self) -> tuple[bool, ...]:
        """For each column, whether it holds numbers only."""
        return tuple(
            bool(self.rows) and all(isinstance(row[index], int) for row in self.rows)
            for index in range(len(self.columns))
        )


@dataclass(frozen=True)
class Folded:
    """Blocks that stand behind their title until somebody opens it, where a format can."""

    title: str
    blocks: tuple[Block, ...]


Block = Text | Heading | Items | Table | Code | Folded


@dataclass(frozen=True)
class Document:
    """A title and its blocks."""

    title: str
    blocks: tuple[Block, ...]
