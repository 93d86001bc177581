"""Report: a plan for people: its steps in order, what must be named, and what it means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from baseline.cloud import ChangeSet
from baseline.diff.report import report as diff_report
from baseline.document import Block, Document, Heading, Items, Table, Text, Tone
from baseline.plan import Do, Need, Plan
from baseline.stack import Place

Answers = Mapping[tuple[str, Place, Do], ChangeSet | str]


def report(made: Plan, answers: Answers | None = None) -> Document:
    """The whole plan; `answers` are CloudFormation's own, kept apart from ours."""
    blocks: list[Block] = []
    if made.steps:
        blocks += [_steps(made), *_needs(made.needs)]
    if made.differences:
        blocks += diff_report(made.differences).blocks
    blocks += _lines("In the way", made.blocked, "bad")
    mends = tuple(f"{one.stack}: {one.why}: {one.do}" for one in made.mends)
    blocks += _lines("To be mended first", mends, "doubtful")
    blocks += _lines("Not planned", made.skipped, "doubtful")
    blocks += _lines("Notes", made.notes, "quiet")
    if answers is not None:
        blocks += _answers(answers)
    return Document(_title(made), tuple(blocks) or (Text("Everything deployed is as wanted."),))


def _title(made: Plan) -> str:
    if not made.steps:
        return "Plan: nothing to do" if made.is_empty else "Plan: nothing can be done yet"
    steps, waves = len(made.steps), len(made.waves)
    return (
        f"Plan {made.hash[:12]}: {steps} step{'s' * (steps != 1)} in {waves} "
        f"wave{'s' * (waves != 1)}, {len(made.unchanged)} unchanged"
    )


def _steps(made: Plan) -> Table:
    rows = tuple(
        (
            number,
            str(step.do),
            step.stack,
            step.place.account,
            step.place.region,
            len(step.changes),
            "; ".join(step.notes),
        )
        for number, wave in enumerate(made.waves, 1)
        for step in wave
    )
    return Table(("wave", "step", "stack", "account", "region", "changes", "note"), rows)


def _needs(needs: tuple[Need, ...]) -> Iterator[Block]:
    if needs:
        yield Heading("To be accepted by name")
        lines = tuple((f"--accept {one.name}", (f"{one.verdict}: {one.message}",)) for one in needs)
        bad: Tone = "bad"
        yield Items(lines, (bad,) * len(lines))


def _lines(heading: str, lines: tuple[str, ...], tone: Tone) -> Iterator[Block]:
    if lines:
        yield Heading(heading)
        yield Items(tuple((line, ()) for line in lines), (tone,) * len(lines))


def _answers(answers: Answers) -> Iterator[Block]:
    yield Heading("What CloudFormation says itself")
    yield Items(
        tuple(
            (f"{do} {stack} in {place.account} ({place.region})", change_set_lines(answer))
            for (stack, place, do), answer in sorted(answers.items(), key=lambda one: one[0])
        )
    )


def change_set_lines(answer: ChangeSet | str) -> tuple[str, ...]:
    """A change set, one line for each resource; or why there is none."""
    if isinstance(answer, str):
        return (answer,)
    words = {"True": "replaces it", "Conditional": "may replace it"}
    lines = []
    for one in answer.changes:
        more = [", ".join(one.properties) or ", ".join(one.scope), words.get(one.replacement, "")]
        said = "; ".join(part for part in more if part)
        lines.append(f"{one.action} {one.logical_id} ({one.type}){': ' if said else ''}{said}")
    return tuple(lines) or ("nothing but tags or outputs",)
