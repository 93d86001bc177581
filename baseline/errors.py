"""Errors: what baseline raises when it cannot go on, each with its exit code.

Findings are returned and errors are raised; anything else that is raised is a bug and keeps
its traceback. A message says what, where and the next step; many problems are one error.
"""

from __future__ import annotations

from collections.abc import Sequence


class BaselineError(Exception):
    """Something the user can mend; `problems` holds one line each."""

    exit_code = 2

    def __init__(self, problems: str | Sequence[str]) -> None:
        """Keep every problem, in the order in which it should be read."""
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


class ProfileError(BaselineError):
    """The profile, or another file we were given, is not what it must be."""


class BlueprintError(BaselineError):
    """A blueprint cannot make a stack from this profile."""


class CloudError(BaselineError):
    """AWS refused, or did not answer in time."""

    exit_code = 3
