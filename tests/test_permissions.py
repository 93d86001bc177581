"""Permissions: the table of actions is what the registry's schemas say of the types we generate.

`python -m tests.test_permissions` writes it anew; do that when a blueprint gets a new type.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path

from baseline import permissions
from baseline.schema import schema
from tests.samples import PROFILES, ROOT, stacks

PATH = ROOT / "baseline" / "permissions.py"
_READING = re.compile(r"[a-z0-9-]+:(Get|List|Describe|BatchGet|Lookup)")
# Actions that IAM has, as cfn-lint ships them; some handlers name operations of an API instead.
_KNOWN = json.loads(
    files("cfnlint.data.AdditionalSpecs").joinpath("Policies.json").read_text(encoding="utf-8")
)


# For what the types can do and ours do not: tables of metadata, service networks, sign-in at a load
# balancer, delivery of logs to Firehose, groups of resources, stores of containers.
_NOT_OURS = frozenset(
    {
        *("s3tables", "vpc-lattice", "vpce", "cognito-idp", "firehose", "resource-groups", "ecr"),
    }
)


def is_known(service: str, name: str) -> bool:
    """Say whether IAM has an action, or any that a pattern stands for."""
    actions = _KNOWN.get(service, {}).get("Actions", {})
    if "*" in name:
        return any(fnmatchcase(one, name.lower()) for one in actions)
    return name.lower() in actions


def types() -> tuple[str, ...]:
    """Every type in a stack of a profile that ships."""
    return tuple(
        sorted(
            {
                body["Type"]
                for name in PROFILES
                for one in stacks(name)
                for body in one.resources.values()
            }
        )
    )


def actions(kinds: Iterable[str], handlers: tuple[str, ...]) -> dict[str, list[str]]:
    """Actions that the handlers of some types need, by service."""
    found = defaultdict(set)
    for kind in kinds:
        declared = schema(kind).data.get("handlers", {})
        for handler in handlers:
            for action in declared.get(handler, {}).get("permissions", ()):
                service, _, name = action.partition(":")
                if service not in _NOT_OURS and is_known(service, name):
                    found[service].add(name)
    return {service: sorted(names) for service, names in sorted(found.items())}


def everything() -> dict[str, list[str]]:
    """What CloudFormation needs to make, read, change and delete what we generate."""
    return actions(types(), ("create", "read", "update", "delete", "list"))


def reading() -> dict[str, list[str]]:
    """What reading the same needs, and what only reads."""
    found = actions(types(), ("read", "list"))
    kept = {
        service: [name for name in names if _READING.match(f"{service}:{name}")]
        for service, names in found.items()
    }
    return {service: names for service, names in kept.items() if names}


def table(name: str, found: dict[str, list[str]]) -> str:
    """One table as source."""
    lines = [f"{name}: Mapping[str, tuple[str, ...]] = {{"]
    for service, names in found.items():
        lines.append(f'    "{service}": (')
        lines += [f'        "{one}",' for one in names]
        lines.append("    ),")
    return "\n".join([*lines, "}", ""])


def written() -> str:
    """The tables as they should be."""
    return "\n".join((table("EXECUTING", everything()), table("READING", reading())))


def test_the_tables_are_those_of_the_types_we_generate() -> None:
    """Least privilege for exactly these: a new type adds its actions, one that goes takes them."""
    command = "run: python -m tests.test_permissions"
    assert {key: list(value) for key, value in permissions.EXECUTING.items()} == everything(), (
        command
    )
    assert {key: list(value) for key, value in permissions.READING.items()} == reading(), command


def write(path: Path = PATH) -> None:
    """Write the tables below the docstring."""
    text = path.read_text(encoding="utf-8")
    start = text.index("EXECUTING:")
    path.write_text(text[:start] + written(), encoding="utf-8")


if __name__ == "__main__":
    write()
