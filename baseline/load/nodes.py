"""Nodes: bytes of a profile become values with their places; hostile until read.

The file is bounded in size and depth before anything is built. The YAML is read as events with a
stack of our own, so nothing recurses and nothing is constructed. Anchors, aliases, tags and
further documents are refused, because a reviewer must see each value where it is used (and alias
bombs go with them).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from baseline.errors import ProfileError
from baseline.source import Mark
from baseline.words import quote

MOST_BYTES = 4_000_000
DEEPEST = 24
MOST_PROBLEMS = 100

# PEM and its relatives, PuTTY's files, and the first letters of OpenSSH's own form.
_PRIVATE_KEY = re.compile(
    r"BEGIN\s[A-Z0-9\s]{0,40}PRIVATE\s+KEY"
    r"|PuTTY-User-Key-File-|Private-Lines:|b3BlbnNzaC1rZXktdjE"
)
_LEAKED = (
    "this is a PRIVATE key: remove it, treat it as leaked and make a new pair; here goes the "
    "public half, the line in the .pub file"
)

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,60}")
_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass
class Node:
    """One value of the text (string, list or mapping), and where it and its keys begin."""

    value: Any
    mark: Mark
    keys: dict[str, Mark] = field(default_factory=dict)


def read(data: bytes, name: str) -> Node:
    """Read bytes into nodes; raise `ProfileError` where they are not one plain YAML document."""
    leaked = list(_private_lines(data.decode("utf-8", "replace"), name))
    if leaked:
        raise ProfileError(leaked)
    return _Builder(name).build(_text(data, name))


def _private_lines(text: str, name: str) -> Iterator[str]:
    """Say on which line each private key begins, before anything else could show it."""
    before = -1
    for match in _PRIVATE_KEY.finditer(text):
        number = text.count("\n", 0, match.start()) + 1
        if number > before + 1:
            yield f"{name}:{number}:1: {_LEAKED}"
        before = number


def places(node: Node, path: str = "") -> Iterator[tuple[str, Mark, Mark]]:
    """Every path below a node, with the marks of its key and of its value.

    A collection is pointed at where its key stands; an entry of a list goes by its `name`.
    """
    if isinstance(node.value, dict):
        inside = [(key, node.keys[key], child) for key, child in node.value.items()]
    elif isinstance(node.value, list):
        inside = [(_label(child, at), child.mark, child) for at, child in enumerate(node.value)]
    else:
        return
    for step, mark, child in inside:
        child_path = join(path, step)
        yield child_path, mark, mark if isinstance(child.value, (dict, list)) else child.mark
        yield from places(child, child_path)


def _label(entry: Node, index: int) -> str:
    name = entry.value.get("name") if isinstance(entry.value, dict) else None
    return label({"name": name.value} if name else {}, index)


def plain(node: Node) -> Any:
    """The values without their places."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [plain(child) for child in node.value]
    return node.value


def label(entry: Any, index: int) -> str:
    """What an entry of a list is called in a path: its name, or its number."""
    name = entry.get("name") if isinstance(entry, dict) else None
    return name if isinstance(name, str) and _LABEL.fullmatch(name) else str(index)


def join(path: str, key: str) -> str:
    """A path and one step more; a step that is no plain word is quoted."""
    shown = key if _LABEL.fullmatch(key) else quote(key).replace(".", "?")
    return f"{path}.{shown}" if path else shown


def _text(data: bytes, name: str) -> str:
    """Decode, or say where the file stops being text."""
    if len(data) > MOST_BYTES:
        raise ProfileError(f"{name}: over {MOST_BYTES:,} bytes, too large for a profile")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ProfileError(f"{name}:{line}:1: not UTF-8: save the file as UTF-8 text") from error
    control = _CONTROL.search(text)
    if control:
        line, column = _place_of(text, control.start())
        raise ProfileError(
            f"{name}:{line}:{column}: control character {ord(control[0]):#04x}: remove it"
        )
    return text


def _place_of(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, counted from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


class _Builder:
    """Builds nodes from events; `open` are the collections that have begun and not yet ended."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root = Node("", Mark(1, 1))
        self.open: list[tuple[Node, list[Node]]] = []
        self.documents = 0
        self.problems: list[str] = []
        self.leaked: list[str] = []

    def build(self, text: str) -> Node:
        try:
            for event in yaml.parse(text, Loader=_Loader):
                self._take(event)
        except yaml.MarkedYAMLError as error:
            self._refuse_leaks()
            mark = error.problem_mark or error.context_mark
            place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
            raise ProfileError(
                f"{self.name}{place}: not YAML: {error.problem or 'unreadable'}: check "
                "indentation, quotes and colons on this line and the one above"
            ) from None
        except yaml.reader.ReaderError as error:
            line, column = _place_of(text, error.position)
            raise ProfileError(
                f"{self.name}:{line}:{column}: a character that YAML does not allow: remove it"
            ) from None
        except yaml.YAMLError:
            raise ProfileError(f"{self.name}: not YAML text") from None
        self._refuse_leaks()
        if self.problems:
            more = len(self.problems) - MOST_PROBLEMS
            rest = [f"{self.name}: and {more} more"] if more > 0 else []
            raise ProfileError([*self.problems[:MOST_PROBLEMS], *rest])
        return self.root

    def _take(self, event: Any) -> None:
        mark = Mark(event.start_mark.line + 1, event.start_mark.column + 1)
        self._refuse(event, mark)
        if isinstance(event, yaml.CollectionStartEvent):
            value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
            self.open.append((Node(value, mark), []))
        elif isinstance(event, yaml.CollectionEndEvent):
            node, inside = self.open.pop()
            self._close(node, inside)
            self._place(node)
        elif isinstance(event, yaml.ScalarEvent):
            if _PRIVATE_KEY.search(event.value):
                self.leaked.append(f"{self._at(mark)}: {_LEAKED}")
            self._place(Node(event.value, mark))

    def _refuse_leaks(self) -> None:
        """Tell of private keys that YAML's escapes and foldings had hidden, and only of them."""
        if self.leaked:
            raise ProfileError(self.leaked)

    def _refuse(self, event: Any, mark: Mark) -> None:
        """Stop at what a profile must not hold."""
        self.documents += isinstance(event, yaml.DocumentStartEvent)
        reasons = {
            "a second document: a profile is one file, without ---": self.documents > 1,
            "anchors and aliases are refused: write the value out": (
                isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None)
            ),
            "tags (words that begin with !) are refused: write plain values": (
                getattr(event, "tag", None)
            ),
            f"nested deeper than {DEEPEST} levels": len(self.open) > DEEPEST,
        }
        for reason, holds in reasons.items():
            if holds:
                raise ProfileError(f"{self._at(mark)}: {reason}")

    def _at(self, mark: Mark) -> str:
        return f"{self.name}:{mark.line}:{mark.column}"

    def _place(self, node: Node) -> None:
        if self.open:
            self.open[-1][1].append(node)
        else:
            self.root = node

    def _close(self, node: Node, inside: list[Node]) -> None:
        """Fill a finished collection; keys must be words, and stand once."""
        if isinstance(node.value, list):
            node.value.extend(inside)
            return
        for key, value in zip(inside[::2], inside[1::2], strict=True):
            if not isinstance(key.value, str):
                self.problems.append(f"{self._at(key.mark)}: a key must be a word")
            elif key.value in node.value:
                first = node.keys[key.value].line
                self.problems.append(
                    f"{self._at(key.mark)}: {quote(key.value)} stands twice, first on line "
                    f"{first}: keep one"
                )
            else:
                node.value[key.value] = value
                node.keys[key.value] = key.mark
