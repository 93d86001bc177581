"""Load: a file becomes a `Profile`, or every problem in it as `file:line:column: path: what to do`.

The file is hostile until read. It is bounded in size and depth before anything is built; the
YAML is read as events, so nothing recurses; anchors, aliases, tags and further documents are
refused, because a reviewer must see each value where it is used (and alias bombs go with them).
No message echoes a value that could be a key.

A profile with a wrong field still has its other fields judged: the wrong ones are left out, and
`consistency` looks at what remains, keeping silent about names whose definition was left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from baseline import consistency
from baseline.errors import ProfileError
from baseline.profile import Profile
from baseline.words import closest, quote

MOST_BYTES = 4_000_000
DEEPEST = 24
MOST_PROBLEMS = 100

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY|PuTTY-User-Key-File-|b3BlbnNzaC1rZXktdjE"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Mark:
    """A place in a file, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Source:
    """Where each path of a profile stands in its file."""

    file: str
    marks: Mapping[str, Mark] = field(default_factory=dict)

    def at(self, path: str) -> str:
        """`file:line:column` of a path, or of its nearest parent that the file has."""
        mark = self.mark(path)
        return f"{self.file}:{mark.line}:{mark.column}"

    def mark(self, path: str) -> Mark:
        """Find the mark of a path, or of its nearest parent."""
        while path and path not in self.marks:
            path = path.rpartition(".")[0]
        return self.marks.get(path, Mark(1, 1))


@dataclass
class _Node:
    """One value of the YAML text: a string, a list or a mapping, and where it begins."""

    value: Any
    mark: Mark
    keys: dict[str, Mark] = field(default_factory=dict)


def load(file: Path, name: str | None = None) -> tuple[Profile, Source]:
    """Read a profile; raise `ProfileError` with every problem at once."""
    shown = name or str(file)
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise ProfileError(f"{shown}: cannot be read: {error.strerror}") from error
    return loads(data, shown)


def loads(data: bytes, name: str) -> tuple[Profile, Source]:
    """Read a profile from bytes; `name` is what messages call it."""
    root = _read(_text(data, name), name)
    if not isinstance(root.value, dict):
        raise ProfileError(f"{name}:1:1: a profile is a mapping: start from `baseline init`")
    source = Source(name, dict(_marks(root, "")))
    problems: list[tuple[str, str]] = list(_secrets(root, ""))
    raw = _plain(root)
    profile = None
    if not problems:
        profile, problems = _validated(raw)
    if problems:
        shown = sorted(problems, key=lambda problem: _order(source, problem))[:MOST_PROBLEMS]
        lines = [f"{source.at(path)}: {f'{path}: ' if path else ''}{text}" for path, text in shown]
        if len(problems) > MOST_PROBLEMS:
            lines.append(f"{name}: and {len(problems) - MOST_PROBLEMS} more")
        raise ProfileError(lines)
    assert profile is not None
    return profile, source


def _order(source: Source, problem: tuple[str, str]) -> tuple[int, int, str, str]:
    mark = source.mark(problem[0])
    return (mark.line, mark.column, *problem)


# ---- bytes to nodes ------------------------------------------------------------------------


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
        line, column = _position(text, control.start())
        raise ProfileError(
            f"{name}:{line}:{column}: control character {ord(control[0]):#04x}: remove it"
        )
    return text


def _position(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def _read(text: str, name: str) -> _Node:
    """Build nodes from YAML events with a stack of our own: no recursion, no construction."""
    problems: list[str] = []
    root = _Node("", Mark(1, 1))
    open_: list[tuple[_Node, list[_Node]]] = []
    documents = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            mark = Mark(event.start_mark.line + 1, event.start_mark.column + 1)
            at = f"{name}:{mark.line}:{mark.column}"
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise ProfileError(f"{at}: a second document: a profile is one file, no `---`")
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise ProfileError(f"{at}: anchors and aliases are refused: write the value out")
            if getattr(event, "tag", None):
                raise ProfileError(f"{at}: tags such as !!{{…}} are refused: write plain values")
            if isinstance(event, yaml.CollectionStartEvent):
                if len(open_) >= DEEPEST:
                    raise ProfileError(f"{at}: nested deeper than {DEEPEST} levels")
                value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
                open_.append((_Node(value, mark), []))
            elif isinstance(event, yaml.CollectionEndEvent):
                node, children = open_.pop()
                problems += _close(node, children, name)
                root = _place(node, open_, root)
            elif isinstance(event, yaml.ScalarEvent):
                root = _place(_Node(event.value, mark), open_, root)
    except yaml.MarkedYAMLError as error:
        mark_ = error.problem_mark or error.context_mark
        place = f":{mark_.line + 1}:{mark_.column + 1}" if mark_ else ""
        raise ProfileError(
            f"{name}{place}: not YAML: {error.problem or 'unreadable'}: check indentation, "
            "quotes and colons on this line and the one above"
        ) from None
    except yaml.YAMLError:
        raise ProfileError(f"{name}: not YAML text") from None
    if problems:
        raise ProfileError(problems)
    return root


_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _place(node: _Node, open_: list[tuple[_Node, list[_Node]]], root: _Node) -> _Node:
    if not open_:
        return node
    open_[-1][1].append(node)
    return root


def _close(node: _Node, children: list[_Node], name: str) -> Iterator[str]:
    """Fill a finished collection from its children; yield keys that are no text, or double."""
    if isinstance(node.value, list):
        node.value.extend(children)
        return
    for key, value in zip(children[::2], children[1::2], strict=True):
        at = f"{name}:{key.mark.line}:{key.mark.column}"
        if not isinstance(key.value, str):
            yield f"{at}: a key must be a word"
        elif key.value in node.value:
            first = node.keys[key.value].line
            yield f"{at}: {quote(key.value)} stands twice, first on line {first}: keep one"
        else:
            node.value[key.value] = value
            node.keys[key.value] = key.mark


# ---- nodes to paths ------------------------------------------------------------------------


def _children(node: _Node, path: str) -> Iterator[tuple[str, Mark, _Node]]:
    """Children with their paths; an entry of a list goes by its `name` where it has one."""
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            yield _join(path, key), node.keys[key], child
    elif isinstance(node.value, list):
        for index, child in enumerate(node.value):
            yield _join(path, _label(child, index)), child.mark, child


def _label(node: _Node, index: int) -> str:
    if isinstance(node.value, dict) and "name" in node.value:
        name = node.value["name"].value
        if isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,40}", name):
            return name
    return str(index)


def _join(path: str, key: str) -> str:
    shown = key if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", key) else quote(key).replace(".", "?")
    return f"{path}.{shown}" if path else shown


def _marks(node: _Node, path: str) -> Iterator[tuple[str, Mark]]:
    for child_path, mark, child in _children(node, path):
        yield child_path, mark if isinstance(child.value, (dict, list)) else child.mark
        yield from _marks(child, child_path)


def _secrets(node: _Node, path: str) -> Iterator[tuple[str, str]]:
    """Find private keys anywhere; name the place and never the content."""
    for child_path, _, child in _children(node, path):
        if isinstance(child.value, str) and _PRIVATE_KEY.search(child.value):
            yield (
                child_path,
                "this is a PRIVATE key: remove it, treat it as leaked and replace it; "
                "here goes the public half (the .pub file)",
            )
        yield from _secrets(child, child_path)


def _plain(node: _Node) -> Any:
    if isinstance(node.value, dict):
        return {key: _plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(child) for child in node.value]
    return node.value


# ---- plain data to a profile ---------------------------------------------------------------


def _validated(raw: dict[str, Any]) -> tuple[Profile | None, list[tuple[str, str]]]:
    """Validate, leaving out what is wrong so that the rest is judged too."""
    problems: list[tuple[str, str]] = []
    seen: set[tuple[Any, ...]] = set()
    left = raw
    for _ in range(len(_COLLECTIONS) * 4):
        try:
            profile = Profile.model_validate(left)
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
            # Only the first pass speaks: later ones see the gaps that leaving out has made.
            if not seen:
                problems += [_explain(raw, detail) for detail in details]
            locations = {tuple(detail["loc"]) for detail in details}
            if locations <= seen:
                return None, problems
            seen |= locations
            left = _without(left, details)
            if left is None:
                return None, problems
        else:
            left_out = bool(problems)
            for problem in consistency.problems(profile):
                if not (left_out and _declared(raw, problem.needs)):
                    problems.append((problem.path, problem.text))
            return profile, problems
    return None, problems


_COLLECTIONS = tuple(Profile.model_fields)


def _declared(raw: dict[str, Any], needs: tuple[str, str] | None) -> bool:
    """Say whether the file does define what a problem found missing."""
    if needs is None:
        return False
    folder, name = needs
    entries = raw.get(folder)
    if not isinstance(entries, list):
        return isinstance(entries, dict) and name in entries
    return any(isinstance(entry, dict) and entry.get("name") == name for entry in entries)


def _without(raw: Any, details: Any) -> Any:
    """Copy the data without the places that are wrong; None when nothing would be left."""
    drops = set()
    for detail in details:
        loc = tuple(part for part in detail["loc"] if part != "[key]")
        drops.add(loc[:-1] if detail["type"] == "missing" else loc)
    if () in drops:
        return None

    def copy(value: Any, path: tuple[Any, ...]) -> Any:
        if isinstance(value, dict):
            return {
                key: copy(child, (*path, key))
                for key, child in value.items()
                if (*path, key) not in drops
            }
        if isinstance(value, list):
            return [
                copy(child, (*path, index))
                for index, child in enumerate(value)
                if (*path, index) not in drops
            ]
        return value

    return copy(raw, ())


def _explain(raw: Any, detail: Any) -> tuple[str, str]:
    """One pydantic error as path and words of our own; values are quoted only where harmless."""
    loc = tuple(part for part in detail["loc"] if part != "[key]")
    path, value = _walk(raw, loc)
    kind, context = detail["type"], detail.get("ctx", {})
    secret = "keys" in loc
    shown = "" if secret or not isinstance(value, str) else f"{quote(value)}: "
    if kind == "extra_forbidden":
        known = _fields_at(loc[:-1])
        guess = closest(str(loc[-1]), known)
        return path, f"unknown key{guess or ': known here are ' + ', '.join(sorted(known))}"
    if kind == "missing":
        return path, "missing: add it"
    if kind == "value_error":
        return path, str(context["error"])
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", context["expected"])
        return path, f"{shown}one of {', '.join(allowed)}{closest(str(value), allowed)}"
    if kind in {"model_type", "dict_type"}:
        return path, "a mapping is expected here (key: value)"
    if kind in {"tuple_type", "list_type"}:
        return path, "a list is expected here (- …, or […])"
    if kind == "string_type":
        return path, "one value is expected here, not a list or a mapping"
    if kind == "string_pattern_mismatch":
        return path, shown + _PATTERNS.get(context["pattern"], f"must match {context['pattern']}")
    if kind == "string_too_long":
        return path, f"{shown}at most {context['max_length']} characters"
    if kind in {"int_parsing", "int_type", "int_from_float"}:
        return path, f"{shown}a whole number, without commas or units"
    if kind == "bool_parsing":
        return path, f"{shown}yes or no"
    return path, f"{shown}{detail['msg'][:1].lower()}{detail['msg'][1:]}"


_PATTERNS = {
    r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$": (
        "lower-case letters, digits and single hyphens, starting with a letter"
    ),
    r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]*$": "one line of printable text",
    r"^\d{12}$": "12 digits, quoted or not",
    r"^[A-Z]{3}$": "three capital letters, such as EUR",
    r"^[a-z]{3,5}\d-az[1-8]$": (
        "a zone id such as euw1-az1, the same in every account (not a name such as eu-west-1a)"
    ),
    r"^(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})$": (
        "the id of an organizational unit, such as ou-ab12-cdef3456"
    ),
    r"^[^@\s,;<>]+@[^@\s,;<>]+\.[a-z]{2,}$": "one e-mail address",
    r"^\d{4}-\d{2}-\d{2}$": "a date such as 2027-03-31",
}


def _walk(raw: Any, loc: tuple[Any, ...]) -> tuple[str, Any]:
    """The path in the profile's own words, and the value there."""
    path, value = "", raw
    for part in loc:
        label = str(part)
        if isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
            name = value.get("name") if isinstance(value, dict) else None
            if isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,40}", name):
                label = name
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            value = None
        path = _join(path, label)
    return path, value


def _fields_at(loc: tuple[Any, ...]) -> tuple[str, ...]:
    """Names of the fields that a place of the profile may have."""
    model: Any = Profile
    for part in loc:
        if isinstance(part, str) and model is not None:
            info = model.model_fields.get(part)
            model = _record(info.annotation) if info else None
    return tuple(model.model_fields) if model else ()


def _record(annotation: Any) -> type[BaseModel] | None:
    """Find the record inside `X | None`, `tuple[X, ...]` and the like."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        found = _record(argument)
        if found:
            return found
    return None
