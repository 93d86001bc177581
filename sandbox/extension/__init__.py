"""Extension: teaches the emulator's CloudFormation what we generate and it does not know.

Everything goes through two private tables of MiniStack's, `_RESOURCE_HANDLERS` and
`_DRIFT_READERS`, which is why its version is pinned. Two kinds of types are told apart, and said
apart by `make sandbox`: those that its services hold, so that their own APIs show them, and those
that are only recorded.
"""

from __future__ import annotations

from ministack.services.cloudformation import provisioners

from . import buckets, changes, databases, network, pace, readers, services
from .records import RECORDED

HELD = network.HELD | services.HELD


def install() -> None:
    """Add what is missing; raises where MiniStack has learnt a type itself."""
    for name, kind in (HELD | RECORDED).items():
        if name in provisioners._RESOURCE_HANDLERS:
            raise RuntimeError(f"MiniStack knows {name} now: remove it from the extension")
        provisioners._RESOURCE_HANDLERS[name] = kind.handlers()
    network.with_attributes()
    databases.with_attributes()
    buckets.with_properties()
    readers.install()
    changes.install()
    pace.install()


def types() -> dict[str, list[str]]:
    """What was added, and how."""
    return {"held": sorted(HELD), "recorded": sorted(RECORDED)}
