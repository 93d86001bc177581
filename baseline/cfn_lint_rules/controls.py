"""Controls as rules of cfn-lint: the same functions, under ids of cfn-lint's form.

A rule is a control that looks at one resource. Its number stands in `ids.json` and never moves, so
that a suppression means the same tomorrow; the letter says how much it matters. Numbers are those
that cfn-lint leaves to others, from 9501, because it gives 9001 and on to one-line rules itself.
What cannot be judged is not shown here: cfn-lint has no word for it, `baseline lint` has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch

from baseline.catalogue import by_name
from baseline.check import judged
from baseline.control import Control, Finding, Severity

FIRST = 9501
_LATEST: list[tuple[Any, Mapping[str, list[Finding]]]] = []


def numbers() -> dict[str, int]:
    """The number of each control, as it was first given."""
    text = files("baseline").joinpath("cfn_lint_rules", "ids.json").read_text(encoding="utf-8")
    found: dict[str, int] = json.loads(text)
    return found


def rules() -> dict[str, type]:
    """A class for each control that has a number, as cfn-lint looks for them in a module."""
    known = by_name()
    return {
        f"Rule{number}": _rule(known[name], number)
        for name, number in numbers().items()
        if name in known
    }


def _rule(one: Control, number: int) -> type:
    letter = "E" if one.severity >= Severity.HIGH else "W"
    about = {
        "id": f"{'I' if one.severity <= Severity.INFORMATIONAL else letter}{number}",
        "shortdesc": f"{one.title} ({one.name})",
        "description": one.why,
        "source_url": "",
        "tags": ["baseline", one.service],
        "match": lambda _, cfn: list(_matches(one.name, cfn)),
    }
    return type(f"Rule{number}", (CloudFormationLintRule,), about)


def _matches(name: str, cfn: Any) -> Iterator[RuleMatch]:
    for finding in _found(cfn.template).get(name, ()):
        yield RuleMatch(_path(finding, cfn.template), f"{finding.message} ({name})")


def _found(template: Any) -> Mapping[str, list[Finding]]:
    """Findings of a template by control; judged once for all rules."""
    if not _LATEST or _LATEST[0][0] is not template:
        by_rule: dict[str, list[Finding]] = {}
        if isinstance(template.get("Resources"), Mapping):
            for finding in judged(template, datetime.now(UTC).date()):
                if finding.state == "open":
                    by_rule.setdefault(finding.rule, []).append(finding)
        _LATEST[:] = [(template, by_rule)]
    return _LATEST[0][1]


def _path(finding: Finding, template: Any) -> list[str | int]:
    """Where it is, as far as the template has it."""
    steps: list[str] = finding.path.split(".") if finding.path else []
    if finding.path.startswith("../"):
        steps = finding.path[3:].split(".")
    elif finding.resource and steps:
        steps = ["Properties", *steps]
    found: list[str | int] = []
    here = template
    for step in ["Resources", finding.resource, *steps] if finding.resource else steps:
        if isinstance(here, Mapping) and step in here:
            here = here[step]
            found.append(step)
        elif isinstance(here, list) and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
            found.append(int(step))
        else:
            break
    return found[:-1] if found[2:] == ["Properties"] else found


# cfn-lint reads this very file where it is given the folder.
globals().update(rules())
