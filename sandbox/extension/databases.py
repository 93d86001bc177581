"""Databases: what the emulator's own types of RDS forget."""

from __future__ import annotations

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners

from .kind import Create, Made, Properties, is_true


def with_attributes() -> None:
    """Let a database say where its master's secret is, as RDS does where RDS keeps it."""
    for type_name in ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster"):
        own = provisioners._RESOURCE_HANDLERS[type_name]
        own["create"] = _creating(own["create"])


def _creating(create: Create) -> Create:
    def made(logical_id: str, properties: Properties, stack: str) -> Made:
        physical_id, attributes = create(logical_id, properties, stack)
        if is_true(properties.get("ManageMasterUserPassword")):
            arn = (
                f"arn:aws:secretsmanager:{get_region()}:{get_account_id()}:secret:rds!{physical_id}"
            )
            attributes = {"MasterUserSecret.SecretArn": arn} | attributes
        return physical_id, attributes

    return made
