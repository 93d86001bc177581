"""Servers: groups of equal hosts over all zones, one stack each; hosts come and go.

`image` says what hosts start from and how a new image reaches them, `host` what a host is,
`access` who reaches it and whom it reaches, `agent` what it may do and what it reports, `balancer`
how the world reaches it, `group` how many there are. Nothing that must stay lies on a host.
"""

from __future__ import annotations

from collections.abc import Iterator

from baseline.blueprints import Draft, Site
from baseline.blueprints.identity import after_identity
from baseline.blueprints.network.plan import Plan
from baseline.blueprints.servers import access, agent, balancer, group, host, image
from baseline.profile import Server
from baseline.stack import Stack
from baseline.systems import SYSTEMS

FOUNDATION = False


def stacks(site: Site) -> Iterator[Stack]:
    """One stack in the home region for each server of the profile."""
    if site.environment is None or site.environment.network is None:
        return
    plan = Plan(site, site.environment.network)
    for server in site.environment.servers:
        yield _stack(site, plan, server)


def _stack(site: Site, plan: Plan, server: Server) -> Stack:
    path = f"{site.path}.servers.{server.name}"
    title = f"hosts of {server.name} on {SYSTEMS[server.system].title}, for {server.asset}"
    draft = Draft(site, f"server-{server.name}", title, path)
    tags = _tags(site, draft.name, server)
    agent.add_role(draft, site, server)
    if server.load_balancer:
        balancer.add(draft, plan, server)
    access.add(draft, plan, server)
    host.add(draft, plan, server, tags)
    group.add(draft, plan, server, tags)
    image.add_refresh(draft, site, server)
    agent.add(draft, site, server)
    after = (*after_identity(site), *image.after(site, server))
    return draft.stack((site.profile.regions.home,), after, {"baseline:asset": server.asset})


def _tags(site: Site, stack: str, server: Server) -> dict[str, str]:
    """What is written on hosts and on what belongs to them; CloudFormation's own do not get there.

    `baseline:stack` is also what Systems Manager finds the hosts by.
    """
    organization = site.profile.organization
    return {
        **organization.tags,
        "Name": f"{site.prefix}-{server.name}",
        "baseline:organization": organization.name,
        "baseline:site": site.member.name,
        "baseline:stack": stack,
        "baseline:asset": server.asset,
        **image.tags(server),
    }
