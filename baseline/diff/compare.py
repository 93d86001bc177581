"""Compare: two values in normal form become edits, as few and as small as they can be.

Elements of arrays are matched: equal ones first, then by what names them (`Key`, `Sid`, `Name` …),
then by likeness, so that an insertion in the middle is one addition. Where the order of an array
means something and matched elements changed places, the array as a whole is one edit. Everything
is symmetric: the edits from b to a are those from a to b, seen from the other side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from baseline.change import MISSING, At, Edit, Path
from baseline.schema import TEXT, Shape
from baseline.tokens import canonical, is_intrinsic

# What an element of an array is known by; the first that all have, each with its own value.
IDENTITIES = (
    *("Key", "key", "Sid", "Id", "ID", "id", "RuleId", "Name", "name", "RuleName", "PolicyName"),
    *("RuleNumber", "AttributeName", "IndexName", "DeviceName", "ParameterName", "OptionName"),
    *("LogicalName", "ContainerName", "GroupName", "DomainName", "PathPattern", "Arn", "Alias"),
    *("Type", "Effect"),
)
LIKE_ENOUGH = 0.5
MOST_PAIRS = 20_000

_SET = Shape({"type": "array", "insertionOrder": False}, {})
_TAG_LISTS = frozenset({"Tags", "tags", "TagList"})


def edits(before: Any, after: Any, shape: Shape = TEXT) -> tuple[Edit, ...]:
    """Every place where two values differ."""
    return tuple(_edits(before, after, shape, (), in_policy=False))


def _edits(before: Any, after: Any, shape: Shape, path: Path, *, in_policy: bool) -> Iterator[Edit]:
    if before is after or _same(before, after):
        return
    if type(before) is dict and type(after) is dict and _comparable(before, after):
        inside = in_policy or ("Statement" in before and "Statement" in after)
        for key in sorted(before.keys() | after.keys()):
            one, other = before.get(key, MISSING), after.get(key, MISSING)
            if one is MISSING or other is MISSING:
                yield Edit((*path, key), one, other)
            else:
                yield from _edits(one, other, shape.member(key), (*path, key), in_policy=inside)
    elif type(before) is list and type(after) is list:
        yield from _list_edits(before, after, shape, path, in_policy=in_policy)
    else:
        yield Edit(path, before, after)


def _same(before: Any, after: Any) -> bool:
    """Equal, with 1 and true told apart, which Python does not."""
    if type(before) is not type(after) or before != after:
        return False
    return not isinstance(before, (dict, list)) or canonical(before) == canonical(after)


def _comparable(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether to look inside two mappings: not where a function gives the value."""
    return not is_intrinsic(before) and not is_intrinsic(after)


def _list_edits(
    before: list[Any], after: list[Any], shape: Shape, path: Path, *, in_policy: bool
) -> Iterator[Edit]:
    is_set = in_policy or shape.unordered or (bool(path) and path[-1] in _TAG_LISTS)
    identity = _identity(before, after)
    pairs = _matched(before, after, identity)
    if not is_set and not _in_order(pairs):
        yield Edit(path, before, after)
        return
    if not is_set:
        pairs += _in_gaps(before, after, pairs)
        pairs.sort()
    inner = _SET if in_policy else shape.items
    ours = {one for one, _ in pairs}
    theirs = {other for _, other in pairs}
    for one, other in pairs:
        label = _label(before[one], after[other], identity, one, other)
        yield from _edits(
            before[one], after[other], inner, (*path, At(one, other, label)), in_policy=in_policy
        )
    for one, value in enumerate(before):
        if one not in ours:
            at = At(one, None, _label(value, value, identity, one, one))
            yield Edit((*path, at), value, MISSING)
    for other, value in enumerate(after):
        if other not in theirs:
            at = At(None, other, _label(value, value, identity, other, other))
            yield Edit((*path, at), MISSING, value)


def _identity(before: Sequence[Any], after: Sequence[Any]) -> str:
    everything = [*before, *after]
    if not everything or not all(type(one) is dict for one in everything):
        return ""
    for name in IDENTITIES:
        if all(name in one and not isinstance(one[name], list) for one in everything):
            ours = {canonical(one[name]) for one in before}
            theirs = {canonical(one[name]) for one in after}
            if len(ours) == len(before) and len(theirs) == len(after):
                return name
    return ""


def _label(one: Any, other: Any, identity: str, before: int, after: int) -> str:
    for name in (identity, "Sid", "Id", "Name", "PolicyName"):
        if name and type(one) is dict and type(other) is dict:
            known = one.get(name)
            if isinstance(known, (str, int)) and known == other.get(name):
                return str(known)
    return str(min(before, after))


def _matched(before: Sequence[Any], after: Sequence[Any], identity: str) -> list[tuple[int, int]]:
    """Pairs of indices of elements that are the same thing, whether or not they are equal."""
    pairs: list[tuple[int, int]] = []
    waiting: dict[str, list[int]] = {}
    for number, value in enumerate(after):
        waiting.setdefault(canonical(value), []).append(number)
    for queue in waiting.values():
        queue.reverse()
    left = []
    for number, value in enumerate(before):
        found = waiting.get(canonical(value))
        if found:
            pairs.append((number, found.pop()))
        else:
            left.append(number)
    right = sorted(number for queue in waiting.values() for number in queue)
    if identity:
        known = {canonical(after[number][identity]): number for number in right}
        for number in left[:]:
            other = known.get(canonical(before[number][identity]))
            if other is not None:
                pairs.append((number, other))
                left.remove(number)
                right.remove(other)
        if identity not in ("Type", "Effect"):
            return sorted(pairs)
    pairs += _alike(before, after, left, right)
    return sorted(pairs)


def _alike(
    before: Sequence[Any], after: Sequence[Any], left: list[int], right: list[int]
) -> list[tuple[int, int]]:
    """Pairs of mappings that are more alike than not, the most alike first."""
    left = [number for number in left if type(before[number]) is dict]
    right = [number for number in right if type(after[number]) is dict]
    if len(left) * len(right) > MOST_PAIRS:
        return []
    ours = {number: _leaves(before[number]) for number in left}
    theirs = {number: _leaves(after[number]) for number in right}
    scored = []
    for one in left:
        for other in right:
            shared = len(ours[one] & theirs[other])
            score = shared / max(len(ours[one] | theirs[other]), 1)
            named = _names_in(before[one]) & _names_in(after[other])
            score += 0.5 if named else 0
            if score * 2 >= LIKE_ENOUGH:
                scored.append((-score, abs(one - other), one + other, one, other))
    pairs = []
    ours_left, theirs_left = set(left), set(right)
    for *_, one, other in sorted(scored):
        if one in ours_left and other in theirs_left:
            pairs.append((one, other))
            ours_left.discard(one)
            theirs_left.discard(other)
    return pairs


def _names_in(value: Mapping[str, Any]) -> set[str]:
    return {f"{name}={value[name]}" for name in ("Sid", "Id", "Name", "Key") if name in value}


def _leaves(value: Any, path: str = "") -> set[str]:
    found: set[str] = set()
    stack = [(value, path)]
    while stack:
        one, where = stack.pop()
        if type(one) is dict:
            stack += [(child, f"{where}.{key}") for key, child in one.items()]
        elif type(one) is list:
            stack += [(child, f"{where}[]") for child in one]
        else:
            found.add(f"{where}={one}")
    return found


def _in_order(pairs: Sequence[tuple[int, int]]) -> bool:
    return all(one[1] < other[1] for one, other in pairwise(pairs))


def _in_gaps(
    before: Sequence[Any], after: Sequence[Any], pairs: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Between matched elements, as many removed as added are the same places, changed."""
    found = []
    ends = [(-1, -1), *pairs, (len(before), len(after))]
    for (one, other), (next_one, next_other) in pairwise(ends):
        ours, theirs = range(one + 1, next_one), range(other + 1, next_other)
        if len(ours) == len(theirs):
            found += list(zip(ours, theirs, strict=True))
    return found


# ---- the way back --------------------------------------------------------------------------


def applied(value: Any, found: Sequence[Edit]) -> Any:
    """A value with its edits made; arrays that are sets are left unsorted."""
    if not found:
        return value
    if not found[0].path:
        return found[0].after
    groups: dict[Any, list[Edit]] = {}
    for edit in found:
        inside = Edit(edit.path[1:], edit.before, edit.after)
        groups.setdefault(edit.path[0], []).append(inside)
    if isinstance(value, dict):
        result = dict(value)
        for step, inside_edits in groups.items():
            made = applied(result.get(step, MISSING), inside_edits)
            if made is MISSING:
                result.pop(step, None)
            else:
                result[step] = made
        return result
    changed: dict[int, Any] = {}
    added: list[tuple[int, Any]] = []
    for step, inside_edits in groups.items():
        assert isinstance(step, At)
        if step.before is None:
            assert step.after is not None
            added.append((step.after, inside_edits[0].after))
        else:
            changed[step.before] = applied(value[step.before], inside_edits)
    result_list = [changed.get(number, one) for number, one in enumerate(value)]
    result_list = [one for one in result_list if one is not MISSING]
    for number, one in sorted(added, key=lambda pair: pair[0]):
        result_list.insert(number, one)
    return result_list
