"""Reference: what is written from the code and the tests, and compared with them.

    python -m tests.reference

Writes `docs/controls.md`, the reference page of the catalogue, and the examples that
`baseline explain` shows, which an installed wheel could not take from the tests.
"""

from __future__ import annotations

import json
from typing import Any

from baseline.explain import reference
from baseline.render import render
from tests.cases import all_cases
from tests.samples import ROOT

EXAMPLES = ROOT / "baseline" / "controls" / "examples.json"
PAGE = ROOT / "docs" / "controls.md"


def examples() -> str:
    """The smallest bad and good resource of each control."""
    found: dict[str, dict[str, Any]] = {}
    for name, one in sorted(all_cases().items()):
        found[name] = {"bad": one.bad, "good": one.good}
        found[name] |= {"type": one.kind} if one.kind else {}
        found[name] |= {"attributes": one.attributes} if one.attributes else {}
    return json.dumps(found, indent=1) + "\n"


def page() -> str:
    """The catalogue, for people."""
    return render(reference(), "markdown")


def main() -> None:
    """Write both; the page shows the examples, so they come first."""
    EXAMPLES.write_text(examples(), encoding="utf-8")
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
