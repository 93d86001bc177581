"""Source: where each path of a profile stands in its file, so that findings can point there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Mark:
    """A place in a file, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Source:
    """A profile's file, and for each of its paths the marks of its value and of its key."""

    file: str
    marks: Mapping[str, Mark] = field(default_factory=dict)
    key_marks: Mapping[str, Mark] = field(default_factory=dict)

    def at(self, path: str, *, of_key: bool = False) -> str:
        """`file:line:column` of a path (or of its key), or of its nearest parent in the file."""
        mark = self.key_marks.get(path) if of_key else None
        mark = mark or self.mark(path)
        return f"{self.file}:{mark.line}:{mark.column}"

    def mark(self, path: str) -> Mark:
        """Find the mark of a path, or of its nearest parent."""
        while path and path not in self.marks:
            path = path.rpartition(".")[0]
        return self.marks.get(path, Mark(1, 1))
