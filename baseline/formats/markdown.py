"""Markdown: for a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator

from baseline.document import Block, Cell, Code, Document, Folded, Heading, Items, Table, Text
from baseline.words import printable


def write(document: Document) -> str:
    """A heading, then blocks with an empty line between."""
    parts = [f"## {_safe(document.title)}"]
    parts += ["\n".join(_block(block)) for block in document.blocks]
    return "\n\n".join(parts) + "\n"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Text):
        yield _safe(block.text)
    elif isinstance(block, Heading):
        yield f"### {_safe(block.text)}"
    elif isinstance(block, Items):
        for head, below in block.items:
            yield f"- {_safe(head)}"
            yield from (f"  - {_safe(line)}" for line in below)
    elif isinstance(block, Table):
        yield "| " + " | ".join(block.columns) + " |"
        yield "|" + "|".join(" ---: " if right else " --- " for right in block.numeric) + "|"
        for row in block.rows:
            yield "| " + " | ".join(_shown(cell) for cell in row) + " |"
    elif isinstance(block, Code):
        lines = [printable(line) for line in block.text.splitlines()]
        fence = "`" * max(3, 1 + max((_ticks(line) for line in lines), default=0))
        yield f"{fence}{block.language}"
        yield from lines
        yield fence
    elif isinstance(block, Folded):
        inner = ("\n".join(_block(one)) for one in block.blocks)
        yield f"<details><summary>{_safe(block.title)}</summary>"
        yield from (f"\n{one}" for one in inner)
        yield "\n</details>"


def _ticks(line: str) -> int:
    """The longest run of backticks, which a fence must be longer than."""
    return max((len(run) for run in re.findall("`+", line)), default=0)


def _shown(cell: Cell) -> str:
    return f"{cell:,}" if isinstance(cell, int) else _safe(cell)


def _safe(text: str) -> str:
    """Text that cannot become markup, a link or a mention."""
    return re.sub(r"([\\`*_{}\[\]<>#|@!~])", r"\\\1", printable(text))
