"""Systems: the operating systems that hosts run, and how each differs, in one dated table.

What is the same on all of them is in `templates/cloud-init/`; what differs (names of packages,
groups and units, where the image is found, who keeps it up to date) stands here, once, each with
its source. Nothing is asked at run time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

AS_OF = "2026-11-24"


@dataclass(frozen=True)
class System:
    """One system. `parameters`: architecture to the public parameter with its newest image."""

    name: str
    title: str
    family: Literal["amazon", "debian", "ubuntu", "windows"]
    parameters: Mapping[str, str]

    @property
    def is_windows(self) -> bool:
        """Say whether it is Windows, which knows no cloud-init and no SSH keys of people."""
        return self.family == "windows"


def _systems() -> dict[str, System]:
    """Rows of the table.

    Sources of the parameters: "Reference the latest AMIs using Systems Manager public parameters"
    (Amazon EC2, for Amazon Linux and Windows); "Find Ubuntu images" with Parameter Store
    (Canonical on AWS); Debian's wiki, Cloud/AmazonEC2Image.
    """
    amazon = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{}"
    ubuntu = "/aws/service/canonical/ubuntu/server/24.04/stable/current/{}/hvm/ebs-gp3/ami-id"
    debian = "/aws/service/debian/release/{}/latest/{}"
    windows = "/aws/service/ami-windows-latest/Windows_Server-{}-English-Full-Base"
    words = {"x86_64": "amd64", "arm64": "arm64"}
    rows = (
        System(
            "amazon-linux-2023",
            "Amazon Linux 2023",
            "amazon",
            {one: amazon.format(one) for one in words},
        ),
        System(
            "ubuntu-24.04",
            "Ubuntu 24.04 LTS",
            "ubuntu",
            {one: ubuntu.format(word) for one, word in words.items()},
        ),
        *(
            System(
                f"debian-{number}",
                f"Debian {number}",
                "debian",
                {one: debian.format(number, word) for one, word in words.items()},
            )
            for number in (12, 13)
        ),
        *(
            System(
                f"windows-{year}",
                f"Windows Server {year}",
                "windows",
                {"x86_64": windows.format(year)},
            )
            for year in (2022, 2025)
        ),
    )
    return {row.name: row for row in rows}


SYSTEMS: Mapping[str, System] = _systems()

# Families of Graviton carry a g after their generation: t4g, c7gn, x2gd, im4gn; and a1.
# Source: "Amazon EC2 instance type naming conventions".
_ARM = re.compile(r"(a1|[a-z]+[0-9]+g[a-z0-9-]*)\.")


def architecture(instance_type: str) -> Literal["x86_64", "arm64"]:
    """Architecture of an instance type: `arm64` for t4g.small, `x86_64` for t3.small."""
    return "arm64" if _ARM.match(instance_type) else "x86_64"
