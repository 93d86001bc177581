"""Render: a document becomes text for people, in one of the `formats/`."""

from __future__ import annotations

from baseline import registry
from baseline.document import Document


def render(document: Document, form: str) -> str:
    """Write a document in a format, ending in a newline."""
    text: str = registry.part("formats", form).write(document)
    return text
