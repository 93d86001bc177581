"""Actual: what is really there, cut to what the template speaks of, so that the two compare.

AWS's answers hold much that no template says: ids, dates, defaults. Of mappings only what is
declared is compared; of lists, policies and tags everything, for an element too many is how
somebody gets in. What may be added where nothing is declared at all, and matters, is in `WATCHED`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from baseline.schema import Schema
from baseline.tokens import canonical, is_intrinsic

# Where drift detection is blind because it compares declared properties only: a policy put into a
# role, a rule where the template has none, a way out of a bucket. Source: "Detect unmanaged
# configuration changes to stacks and resources with drift detection", which says that only values
# set explicitly are compared.
WATCHED: Mapping[str, tuple[str, ...]] = {
    "AWS::EC2::SecurityGroup": ("SecurityGroupIngress", "SecurityGroupEgress"),
    "AWS::IAM::Group": ("Policies", "ManagedPolicyArns"),
    "AWS::IAM::Role": ("Policies", "ManagedPolicyArns"),
    "AWS::IAM::User": ("Policies", "ManagedPolicyArns", "LoginProfile"),
    "AWS::S3::Bucket": ("WebsiteConfiguration", "CorsConfiguration", "ReplicationConfiguration"),
}

_TAGS = "Tags"


@dataclass
class Merged:
    """Properties as they are, in the shape of the template; and what could not be compared."""

    properties: dict[str, Any] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)  # property: why


def merged(
    expected: Mapping[str, Any],
    live: Mapping[str, Any],
    known: Schema,
    stack_tags: Mapping[str, str],
    *,
    missing_is_gone: bool = True,
) -> Merged:
    """Cut live properties to what is expected; both in normal form.

    Without `missing_is_gone`, what Cloud Control does not give is not compared: CloudFormation
    has said that it is there.
    """
    found = Merged()
    hidden = {path[0] for path in known.write_only if path}
    for name, value in expected.items():
        if name not in live:
            if _is_nothing(value):
                found.properties[name] = value
            elif name in hidden:
                found.properties[name] = value
                found.unread[name] = "AWS never gives it back"
            elif _is_open(value):
                found.properties[name] = value
                found.unread[name] = _decided(value)
            elif not missing_is_gone:
                found.properties[name] = value
                found.unread[name] = "Cloud Control does not give it"
        elif name == _TAGS and isinstance(value, dict) and isinstance(live[name], dict):
            found.properties[name] = _tags(value, live[name], stack_tags)
        else:
            found.properties[name] = _merge(value, live[name], name, found.unread)
    for name in WATCHED.get(known.type, ()):
        if name not in expected and live.get(name):
            found.properties[name] = live[name]
    return found


def _is_nothing(value: Any) -> bool:
    """Say whether a value says no more than that there is none."""
    if isinstance(value, dict):
        return not is_intrinsic(value) and all(_is_nothing(child) for child in value.values())
    return value is False or value in (None, "", "false", [])


def _tags(
    expected: Mapping[str, Any], live: Mapping[str, Any], stack_tags: Mapping[str, str]
) -> dict[str, Any]:
    """Tags that the stack itself puts on its resources, and AWS's own, are no drift."""
    return {
        key: expected[key] if key in expected and _is_open(expected[key]) else value
        for key, value in live.items()
        if key in expected or not (str(key).startswith("aws:") or stack_tags.get(str(key)) == value)
    }


def _is_open(value: Any) -> bool:
    """Say whether a value is decided elsewhere: by a function, or by a dynamic reference."""
    return is_intrinsic(value) or (isinstance(value, str) and "{{resolve:" in value)


def _decided(value: Any) -> str:
    by = value.partition(":")[0].lstrip("{") if isinstance(value, str) else next(iter(value))
    return f"decided by {by}, which is not known from here"


def _merge(expected: Any, live: Any, path: str, unread: dict[str, str]) -> Any:
    if _is_open(expected):
        unread[path] = _decided(expected)
        return expected
    if isinstance(expected, dict) and isinstance(live, dict):
        if "Statement" in expected or "Statement" in live:
            return _whole(expected, live, path, unread)
        found = {}
        for key, value in expected.items():
            if key in live:
                found[key] = _merge(value, live[key], f"{path}.{key}", unread)
            elif _is_nothing(value):
                found[key] = value
        return found
    if isinstance(expected, list) and isinstance(live, list):
        return _elements(expected, live, path, unread)
    return live


def _whole(
    expected: Mapping[str, Any], live: Mapping[str, Any], path: str, unread: dict[str, str]
) -> dict[str, Any]:
    """All of a policy: a condition that is gone is as much a change as an action that came."""
    return {
        key: _merge_all(expected[key], value, f"{path}.{key}", unread) if key in expected else value
        for key, value in live.items()
    }


def _merge_all(expected: Any, live: Any, path: str, unread: dict[str, str]) -> Any:
    if _is_open(expected):
        unread[path] = _decided(expected)
        return expected
    if isinstance(expected, dict) and isinstance(live, dict):
        return _whole(expected, live, path, unread)
    if isinstance(expected, list) and isinstance(live, list):
        return _elements(expected, live, path, unread, whole=True)
    return live


def _elements(
    expected: list[Any], live: list[Any], path: str, unread: dict[str, str], *, whole: bool = False
) -> list[Any]:
    """Elements as they are, each cut to the one that it is expected to be.

    Equal ones find each other first, then those that something names, then the rest by likeness;
    an element that nobody expected stays whole.
    """
    merge = _merge_all if whole else _merge
    open_to = list(range(len(expected)))
    found: list[Any] = [None] * len(live)
    rest = []
    for at, one in enumerate(live):
        for index in open_to:
            said: dict[str, str] = {}
            cut = merge(expected[index], one, path, said)
            if not _is_open(expected[index]) and canonical(cut) == canonical(expected[index]):
                unread |= said
                found[at] = cut
                open_to.remove(index)
                break
        else:
            rest.append(at)
    for at in rest:
        best = max(open_to, key=lambda index: _likeness(expected[index], live[at]), default=None)
        if best is not None and _likeness(expected[best], live[at]) > 0:
            found[at] = merge(expected[best], live[at], path, unread)
            open_to.remove(best)
        else:
            found[at] = live[at]
    return found


def _likeness(expected: Any, live: Any) -> float:
    """How much two elements have in common, from 0 to 1."""
    if _is_open(expected):
        return 0.01  # could be anything, so it takes what nothing else takes
    if not isinstance(expected, dict) or not isinstance(live, dict):
        return 0.0
    one, other = set(_leaves(expected)), set(_leaves(live))
    return len(one & other) / max(len(one), 1)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and not is_intrinsic(value):
        for key, child in value.items():
            yield from _leaves(child, f"{path}.{key}")
    elif isinstance(value, list):
        for child in value:
            yield from _leaves(child, path)
    else:
        yield path, canonical(value)
