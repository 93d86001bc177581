"""Worlds: what the parameters and conditions of a template may make of one resource.

Templates that we generate decide nothing at deployment. Those of others do, and a control needs
literal values. So each resource is read once for every combination of what decides it: the allowed
values of a parameter, or its default and any other; both outcomes of a condition, as far as its
parameters leave them open. Combinations that cannot occur together are not made: conditions are
evaluated, not guessed. What is still open stays an intrinsic, and a control that needs it cannot
judge. Where there are too many combinations, nothing is decided.

Sources: "Parameters section syntax", "Condition functions" (AWS CloudFormation).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

MOST_WORLDS = 64
NO_VALUE = "AWS::NoValue"

_VARIABLE = re.compile(r"\$\{([A-Za-z0-9:.]+)\}")
_OTHER = object()  # any value that nobody has named
_GONE = object()  # what AWS::NoValue leaves


@dataclass(frozen=True)
class World:
    """One combination: the resource as it then is, and what holds in it, for people."""

    body: Mapping[str, Any]
    facts: tuple[str, ...] = ()


def worlds(template: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[World, ...]:
    """Read a resource in every combination of what decides it; none where it never exists."""
    sections = [template.get(name) for name in ("Parameters", "Conditions", "Mappings")]
    if not any(isinstance(section, Mapping) and section for section in sections):
        return (World(body),)
    return tuple(_Decisions(*sections).worlds(body))


def holds_in(facts: Sequence[tuple[str, ...]], chosen: Iterable[int]) -> str:
    """What tells the chosen worlds from the others, or the first of them; empty where all are."""
    numbers = set(chosen)
    if len(numbers) == len(facts):
        return ""
    first = min(numbers)
    telling = [
        fact
        for fact in facts[first]
        if numbers == {number for number, held in enumerate(facts) if fact in held}
    ]
    return telling[0] if telling else " and ".join(facts[first])


class _Decisions:
    """What a template decides, and for one resource: which of it matters."""

    def __init__(self, parameters: Any, conditions: Any, mappings: Any) -> None:
        self.parameters = parameters if isinstance(parameters, Mapping) else {}
        self.conditions = conditions if isinstance(conditions, Mapping) else {}
        self.mappings = mappings if isinstance(mappings, Mapping) else {}

    def worlds(self, body: Mapping[str, Any]) -> Iterator[World]:
        conditions, names = self._used(body)
        domains = self._domains(conditions, names)
        for values in product(*domains.values()):
            world = dict(zip(domains, values, strict=True))
            held = {name: self._holds({"Condition": name}, world) for name in conditions}
            if held.get(str(body.get("Condition"))) is False:
                continue
            decided = self._decide(body, world)
            if isinstance(decided, Mapping):
                yield World(decided, tuple(self._facts(held, world)))

    def _used(self, body: Mapping[str, Any]) -> tuple[list[str], set[str]]:
        """Conditions that the resource depends on, and every name that they or it refer to."""
        conditions: dict[str, None] = {}
        names: set[str] = set()
        waiting: list[Any] = [body, {"Condition": body.get("Condition")}]
        while waiting:
            value = waiting.pop()
            if isinstance(value, Mapping):
                for key, child in value.items():
                    asked = child
                    if key == "Fn::If" and isinstance(child, list) and child:
                        asked = child[0]
                    if key in ("Fn::If", "Condition") and isinstance(asked, str):
                        if asked in self.conditions and asked not in conditions:
                            conditions[asked] = None
                            waiting.append(self.conditions[asked])
                    elif key == "Ref" and isinstance(child, str):
                        names.add(child)
                    elif key == "Fn::Sub":
                        text = child[0] if isinstance(child, list) and child else child
                        names.update(_VARIABLE.findall(text) if isinstance(text, str) else ())
                    waiting.append(child)
            elif isinstance(value, list):
                waiting.extend(value)
        return sorted(conditions), names

    def _domains(self, conditions: Sequence[str], names: set[str]) -> dict[str, Sequence[Any]]:
        """For everything that is open, what it may be; the empty mapping where that is too much."""
        compared: dict[str, set[str]] = {}
        atoms: dict[str, Sequence[Any]] = {}
        for sides in _comparisons([self.conditions[name] for name in conditions]):
            known = [self._variable(side) for side in sides]
            if not all(is_known for _, is_known in known):
                atoms[_atom(sides)] = (True, False)
            for (name, _), (other, _) in ((known[0], known[1]), (known[1], known[0])):
                if name and not other:
                    literal = sides[1] if name == known[0][0] else sides[0]
                    compared.setdefault(name, set()).add(_text(literal))
                elif name:
                    compared.setdefault(name, set())
        domains = {name: self._values(name, compared[name]) for name in sorted(compared)}
        rest = {
            name: self._values(name, set())
            for name in sorted(names - set(compared))
            if name in self.parameters
        }
        for found in (atoms | domains | rest, atoms | domains):
            size = 1
            for values in found.values():
                size *= max(len(values), 1)
            if size <= MOST_WORLDS:
                return found
        return {}

    def _variable(self, side: Any) -> tuple[str, bool]:
        """Name of the parameter that a side of a comparison is, and whether we can follow it."""
        if isinstance(side, Mapping):
            name = side.get("Ref")
            is_ours = isinstance(name, str) and (name in self.parameters or name[:5] == "AWS::")
            return (str(name), True) if is_ours and len(side) == 1 else ("", False)
        return "", not isinstance(side, list)

    def _values(self, name: str, compared: set[str]) -> Sequence[Any]:
        about = self.parameters.get(name)
        about = about if isinstance(about, Mapping) else {}
        kind = str(about.get("Type", "String"))
        if "SSM::Parameter" in kind:
            return (*sorted(compared), _OTHER)
        allowed = about.get("AllowedValues")
        if isinstance(allowed, list) and allowed:
            return tuple(dict.fromkeys(_read(_text(value), kind) for value in allowed))
        default = [_read(_text(about["Default"]), kind)] if "Default" in about else []
        others = [_read(value, kind) for value in sorted(compared)]
        return tuple(dict.fromkeys([*default, *others, _OTHER]))

    def _holds(self, asked: Any, world: Mapping[str, Any], depth: int = 0) -> bool | None:
        """Whether a condition holds in a world; None where that cannot be told."""
        if not isinstance(asked, Mapping) or len(asked) != 1 or depth > 50:
            return None
        key, argument = next(iter(asked.items()))
        if key == "Condition":
            return self._holds(self.conditions.get(str(argument)), world, depth + 1)
        if not isinstance(argument, list):
            return None
        if key == "Fn::Equals":
            if _atom(argument) in world:
                return bool(world[_atom(argument)])
            return _same([self._side(side, world) for side in argument])
        inside = [self._holds(child, world, depth + 1) for child in argument]
        if key == "Fn::Not":
            return None if inside[:1] in ([], [None]) else not inside[0]
        if key in ("Fn::And", "Fn::Or"):
            decisive = bool(key == "Fn::Or")
            if decisive in inside:
                return decisive
            return None if None in inside else not decisive
        return None

    def _side(self, side: Any, world: Mapping[str, Any]) -> Any:
        name, _ = self._variable(side)
        if not name:
            return _text(side) if not isinstance(side, (Mapping, list)) else None
        value = world.get(name)
        return (_OTHER, name) if value is _OTHER else None if value is None else _text(value)

    def _decide(self, value: Any, world: Mapping[str, Any]) -> Any:
        """A value as it is in a world."""
        if isinstance(value, Mapping):
            if len(value) == 1:
                key, argument = next(iter(value.items()))
                if key == "Ref" and argument == NO_VALUE:
                    return _GONE
                decided = self._function(key, argument, world)
                if decided is not None:
                    return decided
            inside = {key: self._decide(child, world) for key, child in value.items()}
            return {key: child for key, child in inside.items() if child is not _GONE}
        if isinstance(value, list):
            return [
                child for child in (self._decide(one, world) for one in value) if child is not _GONE
            ]
        return value

    def _function(self, key: str, argument: Any, world: Mapping[str, Any]) -> Any:
        """What a function gives in a world; None where it stays what it is."""
        if key == "Ref" and isinstance(argument, str):
            return None if argument not in self.parameters else _known(world.get(argument))
        if key == "Fn::Sub":
            return self._sub(argument, world)
        if not isinstance(argument, list):
            return None
        if key == "Fn::If" and len(argument) == 3:
            held = self._holds({"Condition": argument[0]}, world)
            return None if held is None else self._decide(argument[1 if held else 2], world)
        decided = self._decide(argument, world)
        if key == "Fn::FindInMap" and len(decided) == 3:
            found: Any = self.mappings
            for step in decided:
                found = found.get(_text(step)) if isinstance(found, Mapping) else None
            return found
        if key == "Fn::Join" and len(decided) == 2 and isinstance(decided[1], list):
            words = decided[1]
            return str(decided[0]).join(map(_text, words)) if _are_plain(words) else None
        if key == "Fn::Select" and len(decided) == 2 and isinstance(decided[1], list):
            number = _text(decided[0])
            is_there = number.isdigit() and int(number) < len(decided[1])
            return decided[1][int(number)] if is_there else None
        if key == "Fn::Split" and len(decided) == 2 and _are_plain(decided):
            return _text(decided[1]).split(_text(decided[0]) or ",")
        return None

    def _sub(self, argument: Any, world: Mapping[str, Any]) -> Any:
        text, own = argument, {}
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], Mapping):
            text, own = argument[0], self._decide(argument[1], world)
        if not isinstance(text, str):
            return None
        values = {name: own.get(name, _known(world.get(name))) for name in _VARIABLE.findall(text)}
        if not values or not _are_plain(values.values()) or None in values.values():
            return None
        return _VARIABLE.sub(lambda match: _text(values[match[1]]), text)

    def _facts(self, held: Mapping[str, bool | None], world: Mapping[str, Any]) -> Iterator[str]:
        for name, holds in held.items():
            if holds is not None:
                yield f"the condition {name} {'holds' if holds else 'does not hold'}"
        for name, value in world.items():
            if value is _OTHER:
                yield f"{name} is something else"
            elif not isinstance(value, bool):
                yield f"{name} is {_text(value)[:60]}"


def _comparisons(value: Any) -> Iterator[list[Any]]:
    """Arguments of every `Fn::Equals`."""
    if isinstance(value, Mapping):
        for key, child in value.items():
            if key == "Fn::Equals" and isinstance(child, list) and len(child) == 2:
                yield child
            else:
                yield from _comparisons(child)
    elif isinstance(value, list):
        for child in value:
            yield from _comparisons(child)


def _atom(sides: Any) -> str:
    return "= " + json.dumps(sides, default=str, sort_keys=True)


def _same(sides: list[Any]) -> bool | None:
    if len(sides) != 2 or None in sides:
        return None
    one, other = sides
    if isinstance(one, tuple) and isinstance(other, tuple):
        return True if one == other else None
    return bool(one == other)


def _known(value: Any) -> Any:
    return None if value is _OTHER else list(value) if isinstance(value, tuple) else value


def _are_plain(values: Iterable[Any]) -> bool:
    return not any(isinstance(value, (Mapping, list)) or value is _GONE for value in values)


def _text(value: Any) -> str:
    """As CloudFormation compares: everything is text."""
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(text: str, kind: str) -> Any:
    """The value of a parameter of a type; lists are tuples here, so that they can be compared."""
    if kind == "Number" and re.fullmatch(r"-?[0-9]{1,18}", text):
        return int(text)
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return tuple(part.strip() for part in text.split(",")) if text else ()
    return text
