"""Systems: the table is whole, and no person can take the name of what a system has already."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from baseline.systems import AS_OF, RESERVED_USERS, SYSTEMS, architecture
from baseline.userdata import SSH_GROUP


def test_the_systems_that_were_asked_for() -> None:
    """Each by the name that a profile says, and in the order in which people read them."""
    assert list(SYSTEMS) == [
        *("amazon-linux-2023", "ubuntu-24.04", "debian-12", "debian-13"),
        *("windows-2022", "windows-2025"),
    ]
    assert all(name == row.name for name, row in SYSTEMS.items())
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", AS_OF)


@pytest.mark.parametrize("name", SYSTEMS)
def test_each_row_is_whole(name: str) -> None:
    """Linux says how it differs; Windows has nothing of it; images come by public parameters."""
    row = SYSTEMS[name]
    assert row.is_windows == (row.linux is None) == name.startswith("windows")
    assert row.platform == ("Windows" if row.is_windows else "Linux")
    assert set(row.parameters) == ({"x86_64"} if row.is_windows else {"x86_64", "arm64"})
    assert all(path.startswith("/aws/service/") for path in row.parameters.values())
    assert len(set(row.parameters.values())) == len(row.parameters)
    assert re.fullmatch(r"/dev/(xvda|sda1)", row.root_device)
    assert row.has_builder == (row.family != "debian")
    if row.linux:
        assert row.linux.nftables_path.startswith("/etc/")
        assert {"chrony", "nftables", "rsyslog"} < set(row.linux.packages)
        assert row.linux.packages == tuple(dict.fromkeys(row.linux.packages))
        assert "curve25519-sha256" in row.linux.key_exchange
        assert row.linux.installs_ssm_agent == (row.family == "debian")


def test_a_person_cannot_be_called_like_an_account_of_a_system() -> None:
    """Default users, groups of ours, and what this machine's Debian has."""
    assert {row.default_user.lower() for row in SYSTEMS.values()} <= RESERVED_USERS
    assert {row.linux.admin_group for row in SYSTEMS.values() if row.linux} <= RESERVED_USERS
    assert {SSH_GROUP, "root", "ssm-user", "ec2-instance-connect", "sugroup"} <= RESERVED_USERS
    assert not {"alice", "bob", "carol"} & RESERVED_USERS
    assert all(name == name.lower() for name in RESERVED_USERS)


@pytest.mark.parametrize("path", ["passwd", "group"])
def test_what_debian_has_is_reserved(path: str) -> None:
    """From base-passwd, where this machine is a Debian; names that no person may have aside."""
    master = Path(f"/usr/share/base-passwd/{path}.master")
    if not master.exists():
        pytest.skip("this machine is no Debian")
    names = {line.partition(":")[0] for line in master.read_text(encoding="utf-8").splitlines()}
    assert names - {"_apt"} <= RESERVED_USERS


@pytest.mark.parametrize(
    ("instance_type", "expected"),
    [
        *(("t3.small", "x86_64"), ("m7i.large", "x86_64"), ("g4dn.xlarge", "x86_64")),
        *(("t4g.small", "arm64"), ("c7gn.large", "arm64"), ("x2gd.medium", "arm64")),
        *(("im4gn.large", "arm64"), ("a1.medium", "arm64"), ("r8gd.metal-24xl", "arm64")),
        *(("u-6tb1.56xlarge", "x86_64"), ("m6a.large", "x86_64"), ("g5.xlarge", "x86_64")),
    ],
)
def test_architecture_follows_from_the_instance_type(instance_type: str, expected: str) -> None:
    """A g after the generation is Graviton; the g of a GPU family is not."""
    assert architecture(instance_type) == expected
