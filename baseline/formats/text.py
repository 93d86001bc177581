"""Text: for a terminal; aligned columns, no control characters, colour only if asked for."""

from __future__ import annotations

from collections.abc import Iterator

from baseline.document import Block, Cell, Code, Document, Folded, Heading, Items, Table, Text, Tone
from baseline.words import printable

_COLOURS: dict[Tone, str] = {"bad": "31", "doubtful": "33", "good": "32", "quiet": "2"}


def write(document: Document, colour: bool = False) -> str:
    """Title, then blocks with an empty line between."""
    parts = [document.title, *("\n".join(_block(block, colour)) for block in document.blocks)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block, colour: bool) -> Iterator[str]:
    if isinstance(block, Text | Heading):
        yield printable(block.text)
    elif isinstance(block, Items):
        for number, (head, below) in enumerate(block.items):
            tone = block.tones[number] if block.tones else ""
            shown = printable(head)
            yield f"\x1b[{_COLOURS[tone]}m{shown}\x1b[0m" if colour and tone else shown
            yield from (f"    {printable(line)}" for line in below)
    elif isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Folded):
        yield printable(block.title)
        for one in block.blocks:
            yield from _block(one, colour)
    elif isinstance(block, Code):
        yield from (f"    {printable(line)}".rstrip() for line in block.text.splitlines())


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
