"""Template: any CloudFormation text, read into one normal form.

JSON and YAML, with all short forms, become plain data with the long forms of intrinsic functions
(`!GetAtt A.B` is `{Fn::GetAtt: [A, B]}`). Aliases are shared, never expanded, and nothing in the
text is executed.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from baseline.errors import ProfileError
from baseline.kept import Cache, NoCache, key

if TYPE_CHECKING:
    import yaml

DEEPEST = 400
MOST_VALUES = 1_000_000
CACHE_VERSION = 1
HARMLESS_OPENERS = 5_000

MOST_BYTES = 1_048_576  # what CloudFormation accepts through S3; "CloudFormation quotas"


def read(data: bytes, name: str, cache: Cache | None = None) -> dict[str, Any]:
    """Read a template; raise `ProfileError` with `name:line:column` where it is none.

    With a cache, a text that was read before is not parsed again.
    """
    if len(data) > MOST_BYTES:
        raise ProfileError(f"{name}: over {MOST_BYTES:,} bytes, more than CloudFormation accepts")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ProfileError(f"{name}:{line}:1: not UTF-8 text, so no template") from None
    cache = cache or NoCache()
    place = key("template", CACHE_VERSION, text)
    found = _json(text)  # quicker than any cache
    if found is None:
        found = _json(cache.get(place) or "")
        if not _is_template(found):
            found = None
    if found is None:
        found = _yaml(text, name)
        if "&" in text and _weight(found) > MOST_VALUES:
            raise ProfileError(f"{name}: aliases make more than {MOST_VALUES:,} values of it")
        as_json = _as_json(found)
        if as_json:
            cache.put(place, as_json)
    if not _is_template(found):
        raise ProfileError(f"{name}:1:1: no template: it has no mapping called Resources")
    template: dict[str, Any] = found
    return template


@dataclass(frozen=True)
class Template:
    """What a text says, and a digest of the text, so that equal ones are known at once."""

    name: str
    body: Mapping[str, Any]
    digest: bytes

    @classmethod
    def of(cls, data: bytes, name: str, cache: Cache | None = None) -> Template:
        """Read a template, as `read` does."""
        return cls(name, read(data, name, cache), hashlib.sha256(data).digest())


class Lines:
    """Where things stand in a text, YAML or JSON; read only when first asked."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._root: yaml.Node | None = None
        self._is_read = False

    def marks(self, *path: str | int) -> tuple[tuple[int, int], ...]:
        """Line and column, from 1, of each step of a path, as far as the text has them.

        Of a key where there is one, or else of the entry. None at all if the text is unreadable.
        """
        if not self._is_read:
            import yaml

            self._is_read = True
            # JSON may be indented with tabs, which hold no meaning in it; YAML may not.
            is_json = self._text.lstrip().startswith("{")
            text = self._text.replace("\t", " ") if is_json else self._text
            try:
                self._root = yaml.compose(text, Loader=_loader())
            except (yaml.YAMLError, ValueError, RecursionError):
                self._root = None
        found, node = [], self._root
        for step in path:
            entry = _inside(node, step)
            if entry is None:
                break
            key, node = entry
            found.append((key.start_mark.line + 1, key.start_mark.column + 1))
        return tuple(found)


def _inside(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The key (or the entry itself) and the value one step below a node."""
    import yaml

    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == str(step):
                return key, value
    if isinstance(node, yaml.SequenceNode) and str(step).isdigit() and int(step) < len(node.value):
        return node.value[int(step)], node.value[int(step)]
    return None


def plain(text: str, name: str) -> Any:
    """Read YAML of our own, in which every value is text, so that clause 1.10 is not 1.1."""
    import yaml

    try:
        return yaml.load(text, Loader=_text_loader())  # noqa: S506 - constructs nothing but text
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ProfileError(f"{name}{place}: not YAML: {error.problem or 'unreadable'}") from None


def _is_template(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("Resources"), dict)


def _json(text: str) -> Any:
    """What the text says if it is JSON; None if not, for YAML in flow style begins so, too."""
    try:
        return json.loads(text) if text.lstrip().startswith("{") else None
    except (ValueError, RecursionError):
        return None


def _as_json(value: Any) -> str | None:
    """The value as JSON, where that says exactly the same."""
    try:
        text = json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return None
    return text if json.loads(text) == value else None


def _yaml(text: str, name: str) -> Any:
    import yaml

    try:
        if _is_too_deep(text):
            raise ProfileError(f"{name}: nested deeper than {DEEPEST} levels")
        found = yaml.load(text, Loader=_loader())  # noqa: S506 - a safe loader, see below
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ProfileError(f"{name}{place}: not YAML: {error.problem or 'unreadable'}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ProfileError(f"{name}:{line}:1: a character that YAML does not allow") from None
    except (yaml.YAMLError, ValueError) as error:
        raise ProfileError(f"{name}: not YAML: {error}") from None
    except RecursionError:
        raise ProfileError(f"{name}: nested too deeply") from None
    return found


def _weight(root: Any) -> int:
    """How many values there would be if aliases were written out; endless for a circle.

    Each collection is counted once, after what is in it, with a stack of our own.
    """
    weights: dict[int, int] = {}
    stack = [(root, False)]
    while stack:
        value, is_done = stack.pop()
        if not isinstance(value, (dict, list)):
            continue
        inside = list(value.values()) if isinstance(value, dict) else value
        if is_done:
            weights[id(value)] = 1 + sum(weights.get(id(child), 1) for child in inside)
        elif id(value) not in weights:
            weights[id(value)] = MOST_VALUES  # met again before it is done: a circle
            stack.append((value, True))
            stack.extend((child, False) for child in inside)
    return weights.get(id(root), 1)


def _is_too_deep(text: str) -> bool:
    """Say whether values nest deeper than a template's do.

    YAML's composer is written in C and would overflow its stack, at some 20,000 levels. Nothing
    nests deeper than it has characters that open something; only where those are many is the text
    read for it, as events, which do not nest. Indentation alone goes no deeper than 1,500 levels
    within `MOST_BYTES`.
    """
    if sum(text.count(opener) for opener in "[{-?") <= HARMLESS_OPENERS:
        return False
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=_loader()):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return True
    return False


def _text_loader() -> Any:
    """A loader for which every scalar is text."""
    import yaml

    return getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@functools.cache
def _loader() -> Any:
    """PyYAML's safe loader, with CloudFormation's short forms, and with dates left as text.

    Made when first needed: importing PyYAML takes longer than reading a template that is JSON.
    """
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        def flatten_mapping(self, node: yaml.MappingNode) -> None:
            """Refuse `<<`: CloudFormation does not merge, and merges of merges would never end.

            Source: "CloudFormation template format".
            """
            for merged, _ in node.value:
                if merged.tag == "tag:yaml.org,2002:merge":
                    says = "CloudFormation does not support merges (<<)"
                    raise yaml.constructor.ConstructorError(None, None, says, merged.start_mark)

    Loader.add_multi_constructor("!", _short_form)
    Loader.add_constructor("tag:yaml.org,2002:timestamp", Loader.construct_yaml_str)
    return Loader


def _short_form(loader: Any, suffix: str, node: yaml.Node) -> Mapping[str, Any]:
    import yaml

    key = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {key: value}
