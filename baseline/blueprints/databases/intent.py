"""Intent: one database of a site, and what its asset and its engine make of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from baseline.blueprints import Site, imported
from baseline.blueprints.keys import key_for
from baseline.engines import ENGINES, Engine, Release, memory_gib
from baseline.profile import Asset, Database
from baseline.protection import Protection, protection

DEFAULT_STORAGE_GIB = 100
GROWS_BY = 4  # how many times its size, where the profile does not say
LARGEST_GIB = 65_536  # "Amazon RDS DB instance storage"

# RDS keeps its own backups for 35 days at most. Source: "Backup retention period" (Amazon RDS).
LONGEST_OWN_BACKUP_DAYS = 35


@dataclass(frozen=True)
class Intent:
    """A database that a site wants."""

    site: Site
    database: Database

    @property
    def name(self) -> str:
        """Its identifier: `acme-prod-orders`."""
        return f"{self.site.prefix}-{self.database.name}"

    @property
    def path(self) -> str:
        """Where the profile speaks of it."""
        return f"{self.site.path}.databases.{self.database.name}"

    @property
    def asset(self) -> Asset:
        """The asset that it serves."""
        return self.site.profile.asset(self.database.asset)

    @property
    def demand(self) -> Protection:
        """What that asset demands."""
        return protection(self.asset)

    @property
    def engine(self) -> Engine:
        """Its engine."""
        return ENGINES[self.database.engine]

    @property
    def release(self) -> Release:
        """Its major version."""
        found = self.engine.release(self.database.version)
        assert found
        return found

    @property
    def key(self) -> Any:
        """ARN of the key that encrypts what it stores, and all that is made of it."""
        return imported(self.site, "keys", key_for(self.site, self.asset.name))

    @property
    def retention_days(self) -> int:
        """How long it can be had back: as the profile says, or longer where the asset demands."""
        wanted = self.database.retention
        return max(wanted.days if wanted else 0, self.demand.retention_days)

    @property
    def own_backup_days(self) -> int:
        """How long RDS keeps its own backups, by which any second of them can be had back."""
        return min(self.retention_days, LONGEST_OWN_BACKUP_DAYS)

    @property
    def copy_region(self) -> str | None:
        """Where its copy goes, if it has one."""
        wants = self.database.replicate or self.demand.copy
        return self.site.profile.regions.recovery if wants else None

    @property
    def memory_gib(self) -> float:
        """Memory of its class."""
        found = memory_gib(self.database.size)
        assert found
        return found

    @property
    def storage_gib(self) -> int:
        """What it begins with; Aurora's has no size."""
        return self.database.storage or DEFAULT_STORAGE_GIB

    @property
    def most_storage_gib(self) -> int:
        """What it may grow to by itself."""
        return self.database.most_storage or min(GROWS_BY * self.storage_gib, LARGEST_GIB)
