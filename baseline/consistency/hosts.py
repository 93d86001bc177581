"""Hosts: servers, who logs in to them, and the images that they start from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from baseline.consistency.problem import Problem, missing
from baseline.profile import Environment, Image, Profile, Server
from baseline.protection import protection
from baseline.ssh import rsa_bits
from baseline.systems import RESERVED_USERS, SYSTEMS, System
from baseline.words import quote

# EC2 imports RSA keys of 1024, 2048 and 4096 bits, of which we take the longest, and no ED25519
# for Windows. Source: "Amazon EC2 key pairs and Amazon EC2 instances".
WINDOWS_KEY_BITS = 4096
SMALLEST_WINDOWS_ROOT = 30  # GiB; the size of AWS's images of Windows Server
RDP = 3389
# Without these, Session Manager does not reach a host that has no way to the Internet.
# Source: "Improve the security of EC2 instances by using VPC endpoints for Systems Manager".
NEEDED_ENDPOINTS = ("ssm", "ssmmessages", "ec2messages", "logs", "monitoring")


def problems(profile: Profile) -> Iterator[Problem]:
    """Yield what is wrong with servers and images."""
    yield from _reserved(profile)
    for environment in profile.environments:
        path = f"environments.{environment.name}"
        for image in environment.images:
            yield from _image(environment, image, f"{path}.images.{image.name}")
        for server in environment.servers:
            at = f"{path}.servers.{server.name}"
            yield from _people(profile, server, at)
            yield from _start(environment, server, at)
            yield from _capacity(profile, server, at)
            yield from _volumes(server, at)
            yield from _balancer(profile, environment, server, at)
            yield from _answers(environment, server, at)
        yield from _way_out(environment, path)


def _reserved(profile: Profile) -> Iterator[Problem]:
    """Names of parameters begin with the organization's, and not with AWS's own words.

    Source: "PutParameter" (Systems Manager), Name.
    """
    hosts = any(one.servers or one.images for one in profile.environments)
    taken = next(
        (word for word in ("aws", "ssm") if profile.organization.name.startswith(word)), ""
    )
    if hosts and taken:
        yield Problem(
            "organization.name",
            f"begins with {taken}, which Systems Manager keeps for names of its own, and hosts "
            "need parameters there: choose another",
        )


def _image(environment: Environment, image: Image, path: str) -> Iterator[Problem]:
    system = SYSTEMS[image.system]
    if not system.has_builder:
        yield Problem(
            f"{path}.system",
            f"EC2 Image Builder does not build {system.title}: start its hosts from the public "
            "image, which is hardened when a host first starts",
        )
    yield from _architecture(system, image.architecture, f"{path}.architecture")
    for component, count in Counter(image.components).items():
        if count > 1:
            yield Problem(f"{path}.components", f"{component} stands {count} times: once only")
    if environment.account in image.accounts:
        yield Problem(f"{path}.accounts", "names the environment's own account: leave it out")
    for account, count in Counter(image.accounts).items():
        if count > 1:
            yield Problem(f"{path}.accounts", f"{account} stands {count} times: once only")


def _architecture(system: System, architecture: str, path: str) -> Iterator[Problem]:
    if architecture not in system.parameters:
        yield Problem(
            path,
            f"{system.title} does not exist for {architecture}: "
            f"only for {', '.join(system.parameters)}",
        )


# ---- who logs in ---------------------------------------------------------------------------


def _people(profile: Profile, server: Server, path: str) -> Iterator[Problem]:
    known = {person.name for person in profile.people}
    for field in ("people", "administrators"):
        names: tuple[str, ...] = getattr(server, field)
        for name, count in Counter(names).items():
            how = "define it under people, with its keys"
            yield from missing(f"{path}.{field}", name, known, "person", "people", how)
            if count > 1:
                yield Problem(f"{path}.{field}", f"{name} stands {count} times: once only")
            if name in RESERVED_USERS and not SYSTEMS[server.system].is_windows:
                yield Problem(
                    f"{path}.{field}",
                    f"{quote(name)} is an account that systems have already: give the person "
                    "another name",
                )
    for name in sorted(set(server.people) & set(server.administrators)):
        yield Problem(
            f"{path}.people", f"{name} is an administrator, who may log in: leave it out here"
        )
    if SYSTEMS[server.system].is_windows:
        yield from _windows_people(profile, server, path)


def _windows_people(profile: Profile, server: Server, path: str) -> Iterator[Problem]:
    """Windows has one first account, whose password opens with one key."""
    if server.people:
        yield Problem(
            f"{path}.people",
            "Windows knows no keys of people: name one administrator, whose RSA key opens the "
            "password of the first account, or nobody, for Session Manager only",
        )
    if len(server.administrators) > 1:
        yield Problem(
            f"{path}.administrators",
            f"{len(server.administrators)} are named, and the password opens with one key: name "
            "one; others come by Session Manager",
        )
    for person in profile.people:
        if person.name in server.administrators[:1] and not any(
            rsa_bits(key) == WINDOWS_KEY_BITS for key in person.keys
        ):
            yield Problem(
                f"{path}.administrators",
                f"{person.name} has no RSA key of {WINDOWS_KEY_BITS} bits, the only ones by which "
                f"EC2 gives out a password: ssh-keygen -t rsa -b {WINDOWS_KEY_BITS}",
                f"people.{person.name}.keys",
            )


# ---- how hosts start -----------------------------------------------------------------------


def _start(environment: Environment, server: Server, path: str) -> Iterator[Problem]:
    """One image, which is of the server's system and architecture."""
    image, at = server.image, f"{path}.image"
    chosen = [name for name in ("pipeline", "id", "parameter") if getattr(image, name)]
    if len(chosen) > 1:
        yield Problem(at, f"names {' and '.join(chosen)}: one of them says where hosts start from")
    if image.version and (image.pipeline or image.id):
        yield Problem(f"{at}.version", "a version is one of a parameter: leave it out")
    if image.built and not image.is_pinned:
        yield Problem(
            f"{at}.built",
            "says when a pinned image was built, and this one is not: name its id, or the version "
            "of its parameter",
        )
    system = SYSTEMS[server.system]
    yield from _architecture(system, server.architecture, f"{path}.instance_type")
    if image.pipeline:
        yield from _pipeline(environment, server, image.pipeline, f"{at}.pipeline")


def _pipeline(environment: Environment, server: Server, name: str, path: str) -> Iterator[Problem]:
    where = f"environments.{environment.name}.images"
    known = {image.name: image for image in environment.images}
    yield from missing(path, name, set(known), "image", where, "define it under images")
    if name in known:
        image = known[name]
        for field, value in (("system", server.system), ("architecture", server.architecture)):
            built = getattr(image, field)
            if built != value:
                yield Problem(path, f"{name} is built for {built}, and the server is {value}")


def _capacity(profile: Profile, server: Server, path: str) -> Iterator[Problem]:
    if server.capacity is None:
        return
    least, most = server.capacity.minimum, server.capacity.maximum
    if least > most:
        yield Problem(f"{path}.capacity", f"its minimum {least} is above its maximum {most}")
    asset = next((asset for asset in profile.assets if asset.name == server.asset), None)
    if asset and least < protection(asset).zones:
        yield Problem(
            f"{path}.capacity.minimum",
            f"{least} cannot stand in the {protection(asset).zones} zones that {asset.name} "
            "demands: leave capacity out to get as many hosts",
        )


def _volumes(server: Server, path: str) -> Iterator[Problem]:
    for name, count in Counter(volume.name for volume in server.volumes).items():
        if count > 1:
            yield Problem(f"{path}.volumes.{name}", f"stands {count} times: names are used once")
    if SYSTEMS[server.system].is_windows and server.root_volume < SMALLEST_WINDOWS_ROOT:
        yield Problem(
            f"{path}.root_volume",
            f"{server.root_volume} GiB are under the {SMALLEST_WINDOWS_ROOT} of Windows's image",
        )


def _balancer(
    profile: Profile, environment: Environment, server: Server, path: str
) -> Iterator[Problem]:
    """A certificate lies where its load balancer is."""
    if server.port == RDP:
        yield Problem(f"{path}.port", f"{RDP} is the port of RDP, which no rule opens: another")
    if server.load_balancer is None or not server.load_balancer.certificate.startswith("arn:"):
        return
    _, partition, _, region, account, _ = server.load_balancer.certificate.split(":", 5)
    home = profile.regions.home
    at = f"{path}.load_balancer.certificate"
    if region != home:
        yield Problem(at, f"lies in {region}, and the load balancer in {home}", "regions.home")
    if environment.account and account != environment.account:
        yield Problem(at, f"lies in account {account}, and the load balancer in its environment's")
    if region == home and (partition == "aws-us-gov") != home.startswith("us-gov-"):
        yield Problem(at, f"{home} is not in the partition {partition}")


def _answers(environment: Environment, server: Server, path: str) -> Iterator[Problem]:
    """A host that answers nothing is replaced as sick, and so is the one that takes its place."""
    if server.load_balancer is None:
        return
    at, image = f"{path}.load_balancer", server.image
    why = "no host would answer its health check, and hosts would be replaced for ever"
    if not (image.pipeline or image.id or image.parameter):
        yield Problem(
            at,
            f"the public image of {SYSTEMS[server.system].title} holds no application, so {why}: "
            "name under image a pipeline with components, or the id or parameter of an image that "
            "holds one; or leave load_balancer out",
            f"{path}.image",
        )
    for one in environment.images:
        if one.name == image.pipeline and not one.components:
            where = f"environments.{environment.name}.images.{one.name}"
            yield Problem(
                at,
                f"the image {one.name} holds no application, so {why}: name under "
                f"{where}.components what installs it, such as [{server.name}/1.x.x], or leave "
                "load_balancer out",
                where,
            )


def _way_out(environment: Environment, path: str) -> Iterator[Problem]:
    """Hosts without the Internet still need Systems Manager, logs, and security updates."""
    network = environment.network
    if network is None or network.nat != "none":
        return
    for server in environment.servers:
        system = SYSTEMS[server.system]
        at = f"{path}.servers.{server.name}"
        lacking = [name for name in NEEDED_ENDPOINTS if name not in network.endpoints]
        if lacking:
            yield Problem(
                at,
                f"its hosts have no way to the Internet (nat: none) and need {', '.join(lacking)}: "
                f"add them to {path}.network.endpoints",
                f"{path}.network.endpoints",
            )
        if system.family != "amazon":
            yield Problem(
                f"{at}.system",
                f"security updates of {system.title} come by the Internet, to which nat: none "
                "leaves no way: choose amazon-linux-2023, whose updates lie in S3, or another nat",
            )
    for image in environment.images:
        yield Problem(
            f"{path}.images.{image.name}",
            "EC2 Image Builder fetches its tools by the Internet, to which nat: none leaves no "
            "way: build images in another environment and name their parameter or id",
        )
