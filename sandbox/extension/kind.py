"""Kind: how the emulator's CloudFormation is taught one resource type.

MiniStack keeps one dictionary of functions per type (`create`, `update`, `delete`) in a private
table. A kind says the same in one place, and what the emulator then must be told about: which
properties make a new resource, and how a resource is read back, in CloudFormation's shape.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.services.cloudformation import provisioners

Properties = Mapping[str, Any]
Made = tuple[str, dict[str, Any]]  # physical id, attributes for Fn::GetAtt
Create = Callable[[str, Properties, str], Made]  # of logical id, properties and stack


@dataclass(frozen=True)
class Kind:
    """One type: `create` makes it, `change` makes it be as new properties say, in place."""

    create: Create
    change: Callable[[str, Properties], Made]
    delete: Callable[[str, Properties], None]
    read: Callable[[str], dict[str, Any] | None]
    create_only: tuple[str, ...] = ()

    def handlers(self) -> dict[str, Any]:
        """What MiniStack's table wants."""
        return {
            "create": self.create,
            "update": self._update,
            "update_with_logical_id": True,
            "delete": self.delete,
        }

    def _update(
        self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Made:
        if any(old.get(name) != new.get(name) for name in self.create_only):
            made = self.create(logical_id, new, stack)
            provisioners._delete_predecessor(self.delete, physical_id, old)
            return made
        return self.change(physical_id, new)


def new_id(prefix: str) -> str:
    """An id as EC2 gives them."""
    return f"{prefix}-{secrets.token_hex(9)[:17]}"


def is_true(value: Any) -> bool:
    """Templates write booleans either way."""
    return str(value).lower() == "true"
