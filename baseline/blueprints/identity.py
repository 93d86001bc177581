"""Identity: the roles of an account that other stacks must be able to name before they exist.

So far one: the service-linked role by which Auto Scaling starts the hosts of this site. It has a
suffix of its own, for two reasons. Whoever starts a host whose volumes are encrypted with our keys
must be named in the policies of these keys, and KMS accepts only a principal that exists; the
account's usual role comes into being with its first group of hosts, which is too late. And a role
of our own is used by our groups only, so the keys are not opened to whatever else an account runs.

Source: "Service-linked roles for Amazon EC2 Auto Scaling", "Required AWS KMS key policy for use
with encrypted volumes" (Amazon EC2 Auto Scaling).
"""

from __future__ import annotations

from collections.abc import Iterator

from troposphere import GetAtt, Sub, iam

from baseline.blueprints import Draft, Site, arn
from baseline.stack import Stack

FOUNDATION = False

SERVICE = "autoscaling.amazonaws.com"


def stacks(site: Site) -> Iterator[Stack]:
    """One stack in the home region (roles have none), where there are servers."""
    if not has_servers(site):
        return
    draft = Draft(site, "identity", "roles that keys and services must know", site.path)
    role = iam.ServiceLinkedRole(
        "AutoScalingRole",
        AWSServiceName=SERVICE,
        CustomSuffix=site.prefix,
        Description=f"Starts and ends the hosts of {site.prefix}",
    )
    draft.add(
        role,
        "Starts and ends hosts, with volumes that are encrypted with our keys",
        f"{site.path}.servers",
    )
    draft.export(
        "AutoScalingRoleName", GetAtt(role, "RoleName"), "Name of the role of Auto Scaling"
    )
    yield draft.stack((site.profile.regions.home,))


def has_servers(site: Site) -> bool:
    """Say whether anything here is started by Auto Scaling."""
    return site.environment is not None and bool(site.environment.servers)


def after_identity(site: Site) -> tuple[str, ...]:
    """What a stack that names the role comes after."""
    return (f"{site.prefix}-identity",) if has_servers(site) else ()


def autoscaling_role(site: Site) -> Sub:
    """ARN of the role by which Auto Scaling works for this site."""
    role = f"role/aws-service-role/{SERVICE}/AWSServiceRoleForAutoScaling_{site.prefix}"
    return arn("iam", role, region="")
