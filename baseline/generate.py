"""Generate: a profile becomes stacks.

Every blueprint is asked for every environment, and those of the foundation for every fleet too.
The order of the result is the order of deployment: wave by wave, by name within a wave.
"""

from __future__ import annotations

from baseline import registry
from baseline.blueprints import Site
from baseline.errors import BlueprintError
from baseline.profile import Profile
from baseline.stack import Stack, waves


def generate(profile: Profile) -> tuple[Stack, ...]:
    """Make every stack of a profile, in order of deployment; pure and deterministic."""
    found: dict[str, Stack] = {}
    for site in _sites(profile):
        for blueprint in registry.parts("blueprints"):
            if site.environment is None and not blueprint.FOUNDATION:
                continue
            for stack in blueprint.stacks(site):
                if stack.name in found:
                    raise BlueprintError(
                        f"two stacks would be called {stack.name}: rename one of what asks for "
                        "them in the profile"
                    )
                found[stack.name] = stack
    return tuple(stack for wave in waves(found.values()) for stack in wave)


def _sites(profile: Profile) -> tuple[Site, ...]:
    """Fleets, and environments that have an account to build in."""
    fleets = (Site(profile, fleet) for fleet in profile.fleets)
    return (*fleets, *(Site(profile, one) for one in profile.environments if one.account))
