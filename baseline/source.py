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

    def at(self, path: str) -> str:
        """`file:line:column` of a path, or of its nearest parent that the file has."""
        mark = self.mark(path)
        return f"{self.file}:{mark.line}:{mark.column}"

    def mark(self, path: str, *, of_key: bool = False) -> Mark:
        """Find the mark of a path, or of its key, or of its nearest parent in the file."""
        if of_key and path in self.key_marks:
            return self.key_marks[path]
        while path and path not in self.marks:
            path = path.rpartition(".")[0]
        return self.marks.get(path, Mark(1, 1))
