"""Render: a document becomes text for people, in one of the `formats/`."""

from __future__ import annotations

from baseline import registry
from baseline.document import Document


def render(document: Document, form: str, colour: bool = False) -> str:
    """Write a document in a format, ending in a newline; only text can be coloured."""
    write = registry.part("formats", form).write
    text: str = write(document, colour=True) if colour and form == "text" else write(document)
    return text
