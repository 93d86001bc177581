"""Words: what happens in a stack, and why it failed, as people read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from baseline.cloud import DeployedStack, Event

STACK = "AWS::CloudFormation::Stack"


def explained(now: DeployedStack, failures: Sequence[Event]) -> tuple[str, ...]:
    """Why a stack failed, the root cause first, and how it stands now."""
    causes = [f"{one.logical_id} ({one.type}): {one.reason}" for one in failures if one.reason]
    own = [line for line in causes if not line.startswith(f"{now.name} (")]
    first = own[:1] or causes[:1] or [now.reason or "CloudFormation gives no reason"]
    others = [f"then {line}" for line in own[1:4]]
    return (*first, *others, *_standing(now))


def _standing(now: DeployedStack) -> Iterator[str]:
    words = {
        "UPDATE_ROLLBACK_COMPLETE": "rolled back: the stack is as it was before",
        "IMPORT_ROLLBACK_COMPLETE": "rolled back: the stack is as it was before",
        "ROLLBACK_COMPLETE": "rolled back: the next run clears the remains and tries again",
        "UPDATE_ROLLBACK_FAILED": "rolling back failed too: remove the cause, then run again, "
        "which continues the roll-back",
        "ROLLBACK_FAILED": "rolling back failed too: look at what is left of it",
        "DELETE_FAILED": "not all of it could be deleted: remove the cause, then run again",
    }
    yield words.get(now.status, f"the stack is in {now.status}")


_WORDS: Mapping[str, str] = {
    "CREATE_IN_PROGRESS": "is being created",
    "CREATE_COMPLETE": "is there",
    "UPDATE_IN_PROGRESS": "is being changed",
    "UPDATE_COMPLETE": "is changed",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "is changed; what it replaced is being removed",
    "DELETE_IN_PROGRESS": "is being deleted",
    "DELETE_COMPLETE": "is gone",
    "DELETE_SKIPPED": "is left in the account, as its deletion policy says",
    "IMPORT_IN_PROGRESS": "is being taken over",
    "IMPORT_COMPLETE": "is taken over",
}


def in_words(event: Event) -> str:
    """One event in one line: where, what, and what happened to it."""
    where = f"{event.place.account} {event.place.region} {event.stack}"
    if event.text:
        return f"{where}: {event.text}"
    is_stack = event.type == STACK and event.logical_id == event.stack
    what = "the stack" if is_stack else f"{event.logical_id} ({event.type})"
    happened = _WORDS.get(event.status, event.status.replace("_", " ").lower())
    reason = f": {event.reason}" if event.reason and event.is_failure else ""
    return f"{where}: {what} {happened}{reason}"
