"""Explain: what pydantic found wrong, in words that say what to do.

Values are quoted only where they are harmless: never under `keys`, and never whole when long.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, get_args

from pydantic import BaseModel

from baseline.load.nodes import join, label
from baseline.profile import PATTERN_WORDS, Profile
from baseline.words import closest, quote

UNKNOWN_KEY = "unknown key"

Words = Callable[[str, Any, dict[str, Any], tuple[str, ...]], str]


def _unknown_key(_: str, __: Any, context: dict[str, Any], known: tuple[str, ...]) -> str:
    key = context["key"]
    if key.replace(".", "").isdigit():
        return f"{UNKNOWN_KEY}: inside {{}} a comma ends an entry: write numbers without commas"
    return UNKNOWN_KEY + (closest(key, known) or f": known here are {', '.join(sorted(known))}")


def _one_of(shown: str, value: Any, context: dict[str, Any], _: tuple[str, ...]) -> str:
    allowed = re.findall(r"'([^']*)'", context["expected"])
    if not isinstance(value, str):
        return f"one value is expected here, one of {', '.join(allowed)}"
    if len(allowed) == 1:
        return f"{shown}write {allowed[0]}"
    return f"{shown}one of {', '.join(allowed)}{closest(str(value), allowed)}"


def _mapping(_: str, value: Any, __: dict[str, Any], ___: tuple[str, ...]) -> str:
    empty = "is empty: " if value == "" else ""
    return f"{empty}a mapping is expected here (key: value)"


def _pattern(shown: str, _: Any, context: dict[str, Any], __: tuple[str, ...]) -> str:
    return shown + PATTERN_WORDS.get(context["pattern"], f"must match {context['pattern']}")


_WORDS: dict[str, Words] = {
    "extra_forbidden": _unknown_key,
    "missing": lambda *_: "missing: add it",
    "value_error": lambda *given: str(given[2]["error"]),
    "literal_error": _one_of,
    "model_type": _mapping,
    "dict_type": _mapping,
    "tuple_type": lambda *_: "a list is expected here (- …, or […])",
    "string_type": lambda *_: "one value is expected here, not a list or a mapping",
    "string_pattern_mismatch": _pattern,
    "string_too_long": lambda *given: f"{given[0]}at most {given[2]['max_length']} characters",
    "string_too_short": lambda *_: "is empty: write something, or leave the key out",
    "int_parsing": lambda *given: f"{given[0]}a whole number, without commas or units",
    "int_type": lambda *_: "a whole number is expected here",
    "int_parsing_size": lambda *_: "a whole number of at most 15 digits",
    "greater_than_equal": lambda *given: f"{given[0]}{given[2]['ge']} or more",
    "less_than_equal": lambda *given: f"{given[0]}{given[2]['le']:,} or less",
    "bool_parsing": lambda *given: f"{given[0]}yes or no",
    "bool_type": lambda *_: "yes or no is expected here",
    "too_short": lambda *_: "at least one entry is needed",
    "too_long": lambda *given: f"at most {given[2]['max_length']} entries",
}


def explain(raw: Any, detail: Any) -> tuple[str, str]:
    """One pydantic error as a path in the profile's own words, and what to do."""
    location = steps(detail)
    path, value = _walk(raw, location)
    context = dict(detail.get("ctx", {})) | {"key": str(location[-1]) if location else ""}
    harmless = isinstance(value, str) and "keys" not in location
    shown = f"{quote(value)}: " if harmless else ""
    words = _WORDS.get(detail["type"])
    if words is None:
        message = detail["msg"]
        return path, f"{shown}{message[:1].lower()}{message[1:]}"
    return path, words(shown, value, context, _fields_at(location[:-1]))


def steps(detail: Any) -> tuple[Any, ...]:
    """Where an error is, as keys and numbers."""
    location = tuple(detail["loc"])
    is_of_key = location[-1:] == ("[key]",) and detail["type"] != "extra_forbidden"
    return location[:-1] if is_of_key else location


def _walk(raw: Any, location: tuple[Any, ...]) -> tuple[str, Any]:
    """The path in the profile's own words, and the value there."""
    path, value = "", raw
    for part in location:
        step = str(part)
        if isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
            step = label(value, part)
        else:
            value = value.get(part) if isinstance(value, dict) else None
        path = join(path, step)
    return path, value


def _fields_at(location: tuple[Any, ...]) -> tuple[str, ...]:
    """Names of the fields that a place of the profile may have."""
    model: type[BaseModel] | None = Profile
    for part in location:
        if isinstance(part, str) and model is not None:
            info = model.model_fields.get(part)
            model = _record(info.annotation) if info else None
    return tuple(model.model_fields) if model else ()


def _record(annotation: Any) -> type[BaseModel] | None:
    """Find the record inside `X | None`, `tuple[X, ...]` and the like."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_record(argument) for argument in get_args(annotation))
    return next((record for record in found if record), None)
