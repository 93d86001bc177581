"""Render: every document in every format, and nothing in a text that becomes more than text."""

from __future__ import annotations

import pytest

from baseline import registry
from baseline.document import Code, Document, Heading, Items, Table, Text
from baseline.render import render

DOCUMENT = Document(
    "Title",
    (
        Text("A paragraph."),
        Items((("head", ("below", "below it")), ("alone", ()))),
        Table(("name", "count"), (("one", 1), ("more", 12_345))),
        Table(("nothing",), ()),
    ),
)

TEXT = """Title

A paragraph.

head
    below
    below it
alone

name   count
----  ------
one        1
more  12,345

nothing
-------
"""

MARKDOWN = """## Title

A paragraph.

- head
  - below
  - below it
- alone

| name | count |
| --- | ---: |
| one | 1 |
| more | 12,345 |

| nothing |
| --- |
"""


def test_text() -> None:
    """Aligned columns, numbers to the right."""
    assert render(DOCUMENT, "text") == TEXT


def test_markdown() -> None:
    """A heading, lists and tables."""
    assert render(DOCUMENT, "markdown") == MARKDOWN


@pytest.mark.parametrize("form", registry.names("formats"))
def test_nothing_gets_through(form: str) -> None:
    """No terminal sequence, line break or bell of a template written by somebody else."""
    hostile = "a\x1b[31mred\x07\r\nb\u202e"
    shown = render(
        Document(
            "t", (Text(hostile), Items(((hostile, (hostile,)),)), Table(("c",), ((hostile,),)))
        ),
        form,
    )
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(shown)


def test_markdown_is_not_markup() -> None:
    """A link, an image, a mention or HTML from a template stays what it says."""
    shown = render(Document("t", (Text("[x](http://y) <b> @everyone | `z` #1"),)), "markdown")
    assert "\\[x\\]" in shown
    assert "\\<b\\>" in shown
    assert "\\@everyone \\| \\`z\\` \\#1" in shown


CHAPTER = Document(
    "Title",
    (
        Heading("a.b: *what* it is"),
        Items((("bad", ("below",)), ("quiet", ()), ("as it is", ())), ("bad", "quiet", "")),
        Code("A:\n  - ``` x\x1b\n", "yaml"),
    ),
)


def test_headings_and_code() -> None:
    """Code keeps its indentation, and nothing in it ends its block."""
    assert render(CHAPTER, "text") == (
        "Title\n\na.b: *what* it is\n\nbad\n    below\nquiet\nas it is\n\n    A:\n      - ``` x?\n"
    )
    assert render(CHAPTER, "markdown") == (
        "## Title\n\n### a.b: \\*what\\* it is\n\n- bad\n  - below\n- quiet\n- as it is\n\n"
        "````yaml\nA:\n  - ``` x?\n````\n"
    )


def test_colour() -> None:
    """Only where it is asked for, only in text, and only on heads that have a tone."""
    coloured = render(CHAPTER, "text", colour=True)
    assert "\x1b[31mbad\x1b[0m\n    below\n\x1b[2mquiet\x1b[0m\nas it is\n" in coloured
    assert "\x1b" not in render(CHAPTER, "markdown", colour=True)
