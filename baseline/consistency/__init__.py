"""Consistency: what no single field of a profile can know.

References, overlaps, names that would collide in AWS, and demands of assets that a workload
falls short of. Each problem has the path at which a person would mend it. `needs` is the path
whose absence may be the problem, so that `load` keeps silent when the file has something there
that is merely wrong in itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from baseline.consistency import (
    buckets,
    databases,
    demands,
    exceptions,
    hosts,
    networks,
    organization,
)
from baseline.consistency.problem import Problem
from baseline.profile import Profile

__all__ = ["Problem", "problems"]


def problems(profile: Profile) -> Iterator[Problem]:
    """Yield every problem of a profile whose fields are each right."""
    yield from organization.problems(profile)
    yield from networks.problems(profile)
    yield from demands.problems(profile)
    yield from buckets.problems(profile)
    yield from hosts.problems(profile)
    yield from databases.problems(profile)
    yield from exceptions.problems(profile)
