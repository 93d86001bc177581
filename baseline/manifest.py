"""Manifest: what was generated, for machines: where each stack goes, and who asked for what.

`out/<organization>/manifest.json` is the index of the templates beside it. It is also how the next
run knows which files are ours to remove, so what it says of files is believed only where it has
the form that we write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from baseline import __version__
from baseline.errors import ProfileError
from baseline.stack import Fleet, Stack, waves

VERSION = 1
_FILE = re.compile(r"[a-z0-9-]{1,64}/[a-z0-9-]{1,128}\.yaml")


def manifest(
    organization: str,
    stacks: Sequence[Stack],
    chosen: Sequence[Stack],
    kept: Mapping[str, Mapping[str, Any]],
) -> str:
    """Write the manifest of the chosen stacks, in the order that all of them need.

    `kept` are entries of an earlier manifest that this run leaves alone.
    """
    order = {stack.name: number for number, wave in enumerate(waves(stacks)) for stack in wave}
    entries = dict(kept) | {stack.name: _entry(stack, order[stack.name]) for stack in chosen}
    content = {
        "version": VERSION,
        "generator": f"baseline {__version__}",
        "organization": organization,
        "stacks": dict(sorted(entries.items())),
    }
    return json.dumps(content, indent=2) + "\n"


def _entry(stack: Stack, order: int) -> dict[str, Any]:
    target: dict[str, Any]
    if isinstance(stack.target, Fleet):
        units, regions = sorted(stack.target.units), sorted(stack.target.regions)
        target = {"fleet": {"units": units, "regions": regions}}
    else:
        places = [{"account": one.account, "region": one.region} for one in sorted(stack.target)]
        target = {"places": places}
    return {
        "file": stack.file.partition("/")[2],
        "title": stack.title,
        "engine": stack.engine,
        "order": order,
        "hash": stack.hash,
        **target,
        "after": sorted(stack.after),
        "exports": list(stack.exports),
        "imports": list(stack.imports),
        "tags": dict(sorted(stack.tags.items())),
        "resources": {
            logical_id: {
                "type": body["Type"],
                "profile": stack.origins[logical_id].path,
                "purpose": stack.origins[logical_id].purpose,
            }
            for logical_id, body in sorted(stack.resources.items())
        },
    }


def entries(text: str, name: str) -> dict[str, dict[str, Any]]:
    """Read the stacks of a manifest; raise `ProfileError` where it is not one that we wrote."""
    try:
        found = json.loads(text)["stacks"]
        files = [entry["file"] for entry in found.values()]
        sound = all(isinstance(file, str) and _FILE.fullmatch(file) for file in files)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        sound = False
    if not sound:
        raise ProfileError(
            f"{name}: no manifest of ours, so it is unclear which files may be removed: "
            "restore it from version control, or delete it and remove old templates by hand"
        )
    return dict(found)
