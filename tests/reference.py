"""Reference: what is written from the code and the tests, and compared with them.

    python -m tests.reference

Writes `docs/controls.md`, the reference page of the catalogue; the examples that `baseline explain`
shows, which an installed wheel could not take from the tests; and the numbers of new controls among
the rules of cfn-lint.
"""

from __future__ import annotations

import json
from typing import Any

from baseline.catalogue import controls
from baseline.explain import reference
from baseline.render import render
from baseline.resource import Reference
from tests.cases import all_cases
from tests.samples import ROOT

EXAMPLES = ROOT / "baseline" / "controls" / "examples.json"
IDS = ROOT / "baseline" / "cfn_lint_rules" / "ids.json"
FIRST = 9501
PAGE = ROOT / "docs" / "controls.md"


def examples() -> str:
    """The smallest bad and good resource of each control."""
    found: dict[str, dict[str, Any]] = {}
    for name, one in sorted(all_cases().items()):
        found[name] = {"bad": one.bad, "good": one.good}
        found[name] |= {"type": one.kind} if one.kind else {}
        found[name] |= {"attributes": one.attributes} if one.attributes else {}
    return json.dumps(found, indent=1, default=_written) + "\n"


def _written(value: Any) -> Any:
    """A reference as a template has it; a case has it resolved."""
    if not isinstance(value, Reference):
        raise TypeError(f"{value!r} has no place in a template")
    if value.attribute:
        return {"Fn::GetAtt": [value.resource, *value.attribute.split(".")]}
    return {"Ref": value.resource}


def page() -> str:
    """The catalogue, for people."""
    return render(reference(), "markdown")


def ids() -> str:
    """Numbers of controls among the rules of cfn-lint: those given stay, new ones follow."""
    given: dict[str, int] = json.loads(IDS.read_text(encoding="utf-8")) if IDS.exists() else {}
    new = [one.name for one in controls() if one.over == "resource" and one.name not in given]
    first = max(given.values(), default=FIRST - 1) + 1
    given |= {name: first + number for number, name in enumerate(new)}
    return json.dumps(given, indent=1) + "\n"


def main() -> None:
    """Write all; the page shows the examples, so they come first."""
    IDS.write_text(ids(), encoding="utf-8")
    EXAMPLES.write_text(examples(), encoding="utf-8")
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
