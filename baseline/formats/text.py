"""Text: for a terminal; no colour, no control characters, aligned columns."""

from __future__ import annotations

from collections.abc import Iterator

from baseline.document import Block, Cell, Document, Items, Table, Text
from baseline.words import printable


def write(document: Document) -> str:
    """Title, then blocks with an empty line between."""
    parts = [document.title, *("\n".join(_block(block)) for block in document.blocks)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Text):
        yield printable(block.text)
    elif isinstance(block, Items):
        for head, below in block.items:
            yield printable(head)
            yield from (f"    {printable(line)}" for line in below)
    elif isinstance(block, Table):
        yield from _table(block)


def _table(table: Table) -> Iterator[str]:
    rows = [table.columns, *(tuple(_shown(cell) for cell in row) for row in table.rows)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(table.columns))]
    for number, row in enumerate(rows):
        cells = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, table.numeric, strict=True)
        ]
        yield "  ".join(cells).rstrip()
        if number == 0:
            yield "  ".join("-" * width for width in widths)


def _shown(cell: Cell) -> str:
    return f"{cell:,}" if isinstance(cell, int) else printable(cell)
