"""Grants: what statements, firewall rules and switches let whom do, as sets that can be compared.

A statement *covers* another if everything that the other is about is among what it is about. The
comparison is sound: where it cannot be sure, one does not cover the other, so that wider access is
never missed. Wildcards are compared as sets of names, networks as sets of addresses, conditions as
what they still let through. A reference is a name of its own, equal only to itself.

Sources: "IAM JSON policy elements reference", "Policy evaluation logic", "Security group rules".
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise, product
from typing import Any

from baseline.tokens import canonical, is_intrinsic

MOST_COMBINATIONS = 4_000
EVERYONE = "AWS:*"

Names = tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """One statement, or what acts like one, about one thing (`scope`).

    Each of principals, actions and resources is a list of patterns; `but` names those that are
    turned round (`NotAction` and the like). Conditions are (operator, key, values).
    """

    scope: str
    allows: bool
    actions: Names
    resources: Names
    principals: Names = ("holder",)
    but: frozenset[str] = frozenset()
    conditions: tuple[tuple[str, str, Names], ...] = ()
    path: str = field(default="", compare=False)

    @property
    def size(self) -> int:
        """How many combinations of who, what and where it is about."""
        return len(self.actions) * len(self.resources) * len(self.principals)

    def atoms(self) -> Iterator[Rule]:
        """One rule for each combination; the whole where these are too many."""
        if self.but or not 1 < self.size <= MOST_COMBINATIONS:
            yield self
            return
        for who, what, where in product(self.principals, self.actions, self.resources):
            yield Rule(
                self.scope, self.allows, (what,), (where,), (who,), self.but, self.conditions
            )


def covers(wide: Rule, narrow: Rule) -> bool:
    """Say whether all that the narrow rule is about is among what the wide one is about."""
    return (
        wide.scope == narrow.scope
        and wide.allows == narrow.allows
        and _names_cover(wide, narrow, "principals")
        and _names_cover(wide, narrow, "actions")
        and _names_cover(wide, narrow, "resources")
        and all(_implied(one, narrow.conditions) for one in wide.conditions)
    )


def _names_cover(wide: Rule, narrow: Rule, kind: str) -> bool:
    ours: Names = getattr(wide, kind)
    theirs: Names = getattr(narrow, kind)
    if kind not in wide.but and kind not in narrow.but:
        return all(any(pattern_covers(one, other) for one in ours) for other in theirs)
    if kind in wide.but and kind in narrow.but:  # all but fewer covers all but more
        return all(any(pattern_covers(other, one) for other in theirs) for one in ours)
    if kind in wide.but:  # all but these: none of the others may overlap them
        return not any(_overlap(one, other) for one in ours for other in theirs)
    return any(one in ("*", EVERYONE) for one in ours) and kind != "principals"


@lru_cache(maxsize=65_536)
def pattern_covers(wide: str, narrow: str) -> bool:
    """Say whether every name that one pattern means is meant by another."""
    if wide in ("*", narrow):
        return True
    if "*" not in wide and "?" not in wide:
        return False
    if wide.startswith(("AWS:", "Service:", "Federated:", "CanonicalUser:")):
        return wide == EVERYONE and narrow.startswith(("AWS:", "CanonicalUser:"))
    return _pattern(wide).fullmatch(narrow) is not None


@lru_cache(maxsize=4_096)
def _pattern(text: str) -> re.Pattern[str]:
    parts = (
        ".*" if letter == "*" else "[^*]" if letter == "?" else re.escape(letter)
        for letter in re.sub(r"\*+", "*", text)
    )
    return re.compile("".join(parts), re.DOTALL)


def _overlap(one: str, other: str) -> bool:
    """Whether two patterns may mean one name; wildcards on both sides are not looked into."""
    if "*" in one or "?" in one:
        if "*" in other or "?" in other:
            return _shared_start(one, other)
        return pattern_covers(one, other)
    return pattern_covers(other, one)


def _shared_start(one: str, other: str) -> bool:
    ours, theirs = (re.split(r"[*?]", text, maxsplit=1)[0] for text in (one, other))
    return ours.startswith(theirs) or theirs.startswith(ours)


def _implied(condition: tuple[str, str, Names], others: Iterable[tuple[str, str, Names]]) -> bool:
    """Whether what passes other conditions passes this one too."""
    return any(_weaker(condition, other) for other in others)


def _weaker(wide: tuple[str, str, Names], narrow: tuple[str, str, Names]) -> bool:
    operator, key, values = wide
    other, other_key, other_values = narrow
    if key != other_key:
        return False
    same = operator == other
    lenient = operator == f"{other}IfExists" or (
        operator.endswith("Like") and other == f"{operator[:-4]}Equals"
    )
    if not same and not lenient:
        return False
    if "Not" in operator:
        return all(any(pattern_covers(one, value) for one in other_values) for value in values)
    if operator.startswith("IpAddress"):
        return all(_in_networks(value, values) for value in other_values)
    if "Like" in operator:
        return all(any(pattern_covers(one, value) for one in values) for value in other_values)
    if operator.startswith(("Numeric", "Date", "Null")) and not operator.endswith("Equals"):
        return set(values) == set(other_values)
    return set(other_values) <= set(values)


def _in_networks(value: str, networks: Iterable[str]) -> bool:
    if value in networks:
        return True
    try:
        inner = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    for one in networks:
        try:
            outer = ipaddress.ip_network(one, strict=False)
        except ValueError:
            continue
        if inner.version == outer.version and inner.subnet_of(outer):  # type: ignore[arg-type]
            return True
    return False


# ---- reading statements --------------------------------------------------------------------


def text(value: Any) -> str:
    """A value as a pattern; a reference is a name that no wildcard is in."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and list(value) == ["Fn::Join"]:
        delimiter, parts = value["Fn::Join"]
        if delimiter == "" and isinstance(parts, list):
            return "".join(one if isinstance(one, str) else text(one) for one in parts)
    if isinstance(value, Mapping) and list(value) == ["Ref"] and isinstance(value["Ref"], str):
        return "${" + value["Ref"] + "}"
    if isinstance(value, Mapping) and list(value) == ["Fn::GetAtt"]:
        argument = value["Fn::GetAtt"]
        if isinstance(argument, list) and all(isinstance(one, str) for one in argument):
            return "${" + ".".join(argument) + "}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return "${" + canonical(value).replace("*", "﹡").replace("?", "﹖") + "}"
    return str(value)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def rules(document: Any, scope: str, path: str, *, holder: str = "") -> Iterator[Rule]:
    """Rules of a policy in normal form; what no one can read is a rule about everything."""
    statements = document.get("Statement") if isinstance(document, Mapping) else None
    for statement in _listed(statements):
        for body in _branches(statement):
            yield _rule(body, scope, path, holder)


def _branches(statement: Any) -> Iterator[Mapping[str, Any]]:
    """A statement, or each that a condition may choose."""
    if isinstance(statement, Mapping) and list(statement) == ["Fn::If"]:
        for one in statement["Fn::If"][1:]:
            yield from _branches(one)
    elif isinstance(statement, list):
        for one in statement:
            yield from _branches(one)
    elif isinstance(statement, Mapping) and statement != {"Ref": "AWS::NoValue"}:
        yield statement


def _rule(body: Mapping[str, Any], scope: str, path: str, holder: str) -> Rule:
    if is_intrinsic(body):
        return Rule(scope, True, (text(body),), ("*",), ("*",), path=path)
    but = {
        kind
        for kind, name in (
            ("actions", "NotAction"),
            ("resources", "NotResource"),
            ("principals", "NotPrincipal"),
        )
        if name in body
    }
    actions = _texts(body, "Action", "NotAction") or ("*",)
    resources = _texts(body, "Resource", "NotResource") or ("*",)
    who = body.get("Principal", body.get("NotPrincipal"))
    principals = tuple(_principals(who)) if who is not None else (holder or "holder",)
    return Rule(
        scope,
        str(body.get("Effect", "Allow")).lower() != "deny",
        actions,
        resources,
        principals,
        frozenset(but),
        tuple(_conditions(body.get("Condition"))),
        path,
    )


def _texts(body: Mapping[str, Any], *keys: str) -> Names:
    return tuple(text(one) for key in keys for one in _listed(body.get(key)))


def _principals(who: Any) -> Iterator[str]:
    if not isinstance(who, Mapping) or is_intrinsic(who):
        yield f"AWS:{text(who)}"
        return
    for kind, values in who.items():
        for one in _listed(values):
            yield f"{kind}:{text(one)}"


def _conditions(condition: Any) -> Iterator[tuple[str, str, Names]]:
    if condition is None:
        return
    if not isinstance(condition, Mapping) or is_intrinsic(condition):
        yield ("decided", text(condition), ())
        return
    for operator, keys in condition.items():
        if not isinstance(keys, Mapping) or is_intrinsic(keys):
            yield (str(operator), text(keys), ())
            continue
        for key, values in keys.items():
            yield (str(operator), str(key), tuple(sorted(text(one) for one in _listed(values))))


# ---- firewall rules ------------------------------------------------------------------------


@dataclass(frozen=True)
class Opening:
    """A rule of a firewall: which way, protocol, ports, and the other end."""

    scope: str
    direction: str
    protocol: str
    first: int
    last: int
    peer: str
    path: str = field(default="", compare=False)

    @property
    def shown(self) -> str:
        """As people say it."""
        way = "from" if self.direction == "in" else "to"
        if self.protocol == "-1":
            return f"everything {way} {self.peer}"
        ports = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        if (self.first, self.last) == (0, 65535):
            ports = "all ports"
        return f"{self.protocol} {ports} {way} {self.peer}"

    @property
    def is_world(self) -> bool:
        """Whether the other end is everybody."""
        return self.peer in ("0.0.0.0/0", "::/0")


def uncovered(openings: Iterable[Opening], before: Iterable[Opening]) -> Iterator[Opening]:
    """Those that let something through that nothing did before."""
    known = list(before)
    for one in openings:
        alike = [
            other
            for other in known
            if other.scope == one.scope
            and other.direction == one.direction
            and other.protocol in (one.protocol, "-1")
        ]
        if not _is_covered(one, alike):
            yield one


def _is_covered(one: Opening, others: list[Opening]) -> bool:
    """Whether others together let through all of it: each range of ports, from every address."""
    spans = [
        (0, 65535) if other.protocol == "-1" else (other.first, other.last) for other in others
    ]
    edges = {one.first, one.last + 1}
    for first, last in spans:
        edges |= {edge for edge in (first, last + 1) if one.first < edge <= one.last}
    ordered = sorted(edges)
    for start, end in pairwise(ordered):
        peers = [
            other.peer
            for other, (first, last) in zip(others, spans, strict=True)
            if (first <= start and end - 1 <= last) or other.protocol == "-1"
        ]
        if not _peer_covered(one.peer, peers):
            return False
    return True


def _peer_covered(peer: str, peers: list[str]) -> bool:
    if peer in peers:
        return True
    try:
        inner = ipaddress.ip_network(peer, strict=False)
    except ValueError:
        return False
    networks = []
    for one in peers:
        try:
            network = ipaddress.ip_network(one, strict=False)
        except ValueError:
            continue
        if network.version == inner.version:
            networks.append(network)
    joined = ipaddress.collapse_addresses(networks)  # type: ignore[type-var]
    return any(inner.subnet_of(network) for network in joined)  # type: ignore[arg-type]
