"""Plan: which addresses belong to which tier and zone; it never moves.

The network is halved: the lower half is the private tier; the upper half is halved again into
data and public. Each tier is cut into eight slots, and zone 1 of a region (`euw1-az1`) always has
slot 1, whatever other zones are used and in which order; so adding or removing a zone moves
nothing. For 10.20.0.0/16:

    private  10.20.0.0/17    a /20 for each zone: 10.20.0.0, 10.20.16.0, 10.20.32.0 …
    data     10.20.128.0/18  a /21 for each zone: 10.20.128.0, 10.20.136.0, 10.20.144.0 …
    public   10.20.192.0/18  a /21 for each zone: 10.20.192.0, 10.20.200.0, 10.20.208.0 …

With IPv6, each tier is a /61 of the /56 that Amazon gives, and each slot a /64.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from troposphere import Cidr, GetAtt, Select

from baseline.blueprints import Site
from baseline.profile import ZONES_UNLESS_ASKED, Network
from baseline.regions import ZONES, zone_number
from baseline.systems import SYSTEMS

TIERS = ("Public", "Private", "Data")
SLOTS = 8
WORLD, WORLD6 = "0.0.0.0/0", "::/0"
SSH, RDP = 22, 3389


@dataclass(frozen=True)
class Plan:
    """The network of a site, and its addresses."""

    site: Site
    network: Network

    @property
    def path(self) -> str:
        """Where the profile speaks of the network."""
        return f"{self.site.path}.network"

    def path_of(self, field: str) -> str:
        """Where the profile speaks of a field; of the network, where it leaves the field out."""
        return f"{self.path}.{field}" if field in self.network.model_fields_set else self.path

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones in use, sorted: those asked for, or the first three of the region."""
        of_region = ZONES[self.site.profile.regions.home]
        return tuple(sorted(self.network.zones or of_region[:ZONES_UNLESS_ASKED]))

    @property
    def nat_zones(self) -> tuple[str, ...]:
        """The zones that have a NAT gateway."""
        return {"each zone": self.zones, "single": self.zones[:1], "none": ()}[self.network.nat]

    @property
    def management_ports(self) -> dict[int, str]:
        """Ports by which people reach hosts, with their names; none where no server names any."""
        assert self.site.environment
        named = [server for server in self.site.environment.servers if server.everyone]
        is_windows = {SYSTEMS[server.system].is_windows for server in named}
        ports = {SSH: "Ssh", RDP: "Rdp"}
        return {port: ports[port] for port in ports if (port == RDP) in is_windows}

    def tier(self, tier: str) -> IPv4Network:
        """Addresses of a tier: half of the network for private, a quarter for data and public."""
        private, rest = self.network.cidr.subnets(1)
        data, public = rest.subnets(1)
        return {"Private": private, "Data": data, "Public": public}[tier]

    def subnet(self, tier: str, zone: str) -> IPv4Network:
        """Addresses of a tier in a zone: an eighth of the tier, by the zone's number."""
        return list(self.tier(tier).subnets(3))[zone_number(zone) - 1]

    def tier6(self, tier: str) -> Any:
        """IPv6 addresses of a tier: one /61 of the VPC's /56 (67 bits are left for hosts)."""
        blocks = Cidr(Select(0, GetAtt("Vpc", "Ipv6CidrBlocks")), len(TIERS), 67)
        return Select(TIERS.index(tier), blocks)

    def subnet6(self, tier: str, zone: str) -> Any:
        """IPv6 addresses of a tier in a zone: one /64 of the tier's /61."""
        slot = SLOTS * TIERS.index(tier) + zone_number(zone) - 1
        blocks = Cidr(Select(0, GetAtt("Vpc", "Ipv6CidrBlocks")), SLOTS * len(TIERS), 64)
        return Select(slot, blocks)


def letter(zone: str) -> str:
    """Letter of a zone's slot: A for zone 1."""
    return "ABCDEFGH"[zone_number(zone) - 1]
