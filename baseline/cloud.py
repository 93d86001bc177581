"""Cloud: the only door to AWS, as a protocol of values in and values out.

Verbs see this and never boto3; `aws/` is the twin that speaks to AWS, tests have one in memory.
Every method names the place (account and region) that it speaks to. All may raise `CloudError`,
whose text says what, where and the next step. Whatever waits is handed a `Clock`.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from baseline.errors import CloudError
from baseline.stack import Place

# Templates over this many bytes go through a bucket. Source: "CloudFormation quotas".
MOST_INLINE_BYTES = 51_200

MOST_THREADS = 16  # in all; a place has fewer, see the twin

Kind = Literal["CREATE", "UPDATE", "IMPORT"]

# What is left of a stack that never came to be, or is gone. Source: "Stack status codes".
ABSENT = frozenset({"DELETE_COMPLETE"})
SHELL = "REVIEW_IN_PROGRESS"  # a change set was made for it and never executed
STABLE = frozenset(
    {
        *("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"),
        *("IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"),
    }
)


@dataclass(frozen=True)
class Identity:
    """Who we are to AWS in a place."""

    account: str
    arn: str


@dataclass(frozen=True)
class DeployedStack:
    """What CloudFormation says of a stack; `id` outlives its name."""

    name: str
    id: str
    status: str
    reason: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    is_protected: bool = False
    role: str = ""
    changed: str = ""  # when it was last created or updated, ISO 8601
    drift: str = ""  # what the last drift detection said of it

    @property
    def is_there(self) -> bool:
        """Say whether it holds, or may hold, resources."""
        return self.status not in ABSENT and self.status != SHELL

    @property
    def is_busy(self) -> bool:
        """Say whether CloudFormation is at work on it."""
        return self.status.endswith("_IN_PROGRESS") and self.status != SHELL


@dataclass(frozen=True)
class StackResource:
    """One resource of a deployed stack."""

    logical_id: str
    type: str
    physical_id: str
    status: str
    reason: str = ""


@dataclass(frozen=True)
class CloudChange:
    """What CloudFormation says in a change set that it would do to one resource."""

    action: str  # Add, Modify, Remove, Import, Dynamic, SyncWithActual
    logical_id: str
    type: str
    replacement: str = ""  # True, False, Conditional; empty where nothing is modified
    scope: tuple[str, ...] = ()  # Properties, Metadata, Tags, DeletionPolicy …
    properties: tuple[str, ...] = ()  # names of those that change, where it says so
    is_dynamic: bool = False  # only by what is known when it runs, not by an edit of the template
    policy: str = ""  # what happens to what is removed: Delete, Retain, Snapshot, ReplaceAnd…


@dataclass(frozen=True)
class ChangeSet:
    """A change set as it stands."""

    name: str
    id: str
    stack: str
    stack_id: str
    status: str
    execution: str = ""
    reason: str = ""
    changes: tuple[CloudChange, ...] = ()

    @property
    def is_made(self) -> bool:
        """Say whether CloudFormation has done thinking, with or without success."""
        return self.status in ("CREATE_COMPLETE", "FAILED", "DELETE_FAILED")

    @property
    def is_ready(self) -> bool:
        """Say whether it can be executed."""
        return self.status == "CREATE_COMPLETE" and self.execution == "AVAILABLE"

    @property
    def is_empty(self) -> bool:
        """Say whether it failed only because nothing would change."""
        words = ("didn't contain changes", "No updates are to be performed", "no changes")
        return self.status == "FAILED" and any(word in self.reason for word in words)


@dataclass(frozen=True)
class Import:
    """An existing resource that a stack takes over, by its primary identifier."""

    logical_id: str
    type: str
    identifier: Mapping[str, str]


@dataclass(frozen=True)
class ChangeSetRequest:
    """What a change set is made of; `url` instead of `text` for a template that lies in a bucket.

    `mode` is a deployment mode of CloudFormation's, such as `REVERT_DRIFT`; with `keeps_template`
    the stack's own template is used again.
    """

    stack: str
    name: str
    kind: Kind
    text: str = ""
    url: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    role: str = ""
    imports: tuple[Import, ...] = ()
    description: str = ""
    mode: str = ""
    keeps_template: bool = False


@dataclass(frozen=True)
class Event:
    """One thing that happened while deploying.

    From CloudFormation, with its `id`; or from us, without one, and then `text` says it.
    """

    place: Place
    stack: str
    text: str = ""
    logical_id: str = ""
    type: str = ""
    status: str = ""
    reason: str = ""
    at: datetime | None = None
    id: str = ""

    @property
    def is_failure(self) -> bool:
        """Say whether something failed in itself, not because something else did."""
        return self.status.endswith("_FAILED") and "cancelled" not in self.reason.lower()


@dataclass(frozen=True)
class PropertyDrift:
    """One property that is not as the template says."""

    path: str
    expected: str
    actual: str
    kind: str  # ADD, REMOVE, NOT_EQUAL


@dataclass(frozen=True)
class ResourceDrift:
    """What CloudFormation's drift detection found of one resource."""

    logical_id: str
    type: str
    physical_id: str
    status: str  # IN_SYNC, MODIFIED, DELETED, NOT_CHECKED, UNKNOWN
    differences: tuple[PropertyDrift, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class DriftRun:
    """How far a drift detection is."""

    id: str
    status: str  # DETECTION_IN_PROGRESS, DETECTION_COMPLETE, DETECTION_FAILED
    drift: str = ""
    reason: str = ""


class RefusedError(CloudError):
    """AWS said no for a reason that the caller may know how to meet; `code` is its word."""

    def __init__(self, problem: str, code: str) -> None:
        super().__init__(problem)
        self.code = code


class Clock(Protocol):
    """Time, for whoever must wait."""

    def now(self) -> float:
        """Seconds that only ever grow."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Cloud(Protocol):
    """Everything that we ask of AWS."""

    def identity(self, place: Place) -> Identity:
        """Who we are there; raises where the credentials are of another account."""

    # ---- stacks --------------------------------------------------------------------------

    def stacks(self, place: Place) -> tuple[DeployedStack, ...]:
        """Every stack there that is not deleted, shells of unexecuted change sets too."""

    def stack(self, place: Place, name: str) -> DeployedStack | None:
        """One stack by name or id; by id a deleted one is found, too."""

    def template(self, place: Place, stack: str, change_set: str = "") -> str:
        """Template of a stack, or of one of its change sets, as it was handed in."""

    def resources(self, place: Place, stack: str) -> tuple[StackResource, ...]:
        """Resources of a stack, those that were deleted too."""

    def exports(self, place: Place) -> Mapping[str, str]:
        """Every export there: its name, and the id of the stack that exports it."""

    def importers(self, place: Place, export: str) -> tuple[str, ...]:
        """Names of stacks that import it."""

    def events(self, place: Place, stack: str, since: str = "") -> tuple[Event, ...]:
        """Events of a stack, oldest first, after the event with the id `since`."""

    def protect(self, place: Place, stack: str, *, on: bool) -> None:
        """Switch termination protection."""

    def policy(self, place: Place, stack: str) -> str:
        """Stack policy; empty for none."""

    def set_policy(self, place: Place, stack: str, text: str) -> None:
        """Set the stack policy."""

    def delete(self, place: Place, stack: str, *, role: str = "") -> None:
        """Begin to delete a stack."""

    def continue_rollback(self, place: Place, stack: str, *, role: str = "") -> None:
        """Try again to roll an update back, leaving nothing out."""

    # ---- change sets ---------------------------------------------------------------------

    def create_change_set(self, place: Place, request: ChangeSetRequest) -> str:
        """Begin to make a change set; its id. `AlreadyExistsException` for a taken name."""

    def change_set(self, place: Place, stack: str, name: str) -> ChangeSet | None:
        """A change set by name or id, with all its changes."""

    def change_sets(self, place: Place, stack: str) -> tuple[ChangeSet, ...]:
        """Change sets of a stack, without their changes."""

    def execute(self, place: Place, stack: str, change_set: str) -> None:
        """Begin to carry out a change set. RefusedError where it no longer can be."""

    def delete_change_set(self, place: Place, stack: str, change_set: str) -> None:
        """Delete a change set; that it is gone already is no error."""

    def put_template(self, place: Place, bucket: str, key: str, text: str) -> str:
        """Lay a template into a bucket of the place's account; its URL."""

    # ---- what is really there ------------------------------------------------------------

    def start_drift(self, place: Place, stack: str) -> str:
        """Begin a drift detection; its id."""

    def drift_run(self, place: Place, run: str) -> DriftRun:
        """How far a drift detection is."""

    def drifts(self, place: Place, stack: str) -> tuple[ResourceDrift, ...]:
        """What the last drift detection found, for every resource that it knows of."""

    def live(self, place: Place, type_name: str, identifier: str) -> Mapping[str, Any] | None:
        """Properties of a resource as Cloud Control reads them; None where there is none.

        RefusedError with `UnsupportedActionException` or `TypeNotFoundException` where it cannot
        read the type.
        """


# ---- many at once --------------------------------------------------------------------------

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


def together(
    jobs: Mapping[Key, Callable[[], Result]], on_stop: Callable[[], None] = lambda: None
) -> dict[Key, Result]:
    """Do many things at once; all their results, or one error with all that went wrong.

    After the first error no more are begun. On Ctrl-C `on_stop` is called, and what runs may end.
    """
    if not jobs:
        return {}
    pool = ThreadPoolExecutor(min(len(jobs), MOST_THREADS))
    try:
        futures = {key: pool.submit(job) for key, job in jobs.items()}
        wait(futures.values(), return_when=FIRST_EXCEPTION)
    except BaseException:
        on_stop()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    failed = [one.exception() for one in futures.values() if not one.cancelled()]
    _raise(error for error in failed if error is not None)
    return {key: future.result() for key, future in futures.items()}


def _raise(errors: Iterable[BaseException]) -> None:
    found = list(errors)
    for error in found:
        if not isinstance(error, CloudError):
            raise error
    if len(found) == 1:
        raise found[0]
    if found:
        problems: Sequence[str] = [
            problem
            for error in found
            if isinstance(error, CloudError)
            for problem in error.problems
        ]
        raise CloudError(tuple(dict.fromkeys(problems)))


class Bounded:
    """At most so many at once for each place; the rest wait."""

    def __init__(self, most: int) -> None:
        self._lock = threading.Lock()
        self._places: dict[Place, threading.BoundedSemaphore] = defaultdict(
            lambda: threading.BoundedSemaphore(most)
        )

    def of(self, place: Place) -> threading.BoundedSemaphore:
        """What to hold while a request to the place is under way."""
        with self._lock:
            return self._places[place]
