"""Control: Cloud Control reads any resource in the shape that CloudFormation's templates have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from baseline.aws.session import Session
from baseline.cloud import RefusedError
from baseline.stack import Place


class CloudControl:
    """The part of `Cloud` that Cloud Control answers."""

    session: Session

    def live(self, place: Place, type_name: str, identifier: str) -> Mapping[str, Any] | None:
        """Properties of a resource; None where there is none."""
        try:
            page = self.session.call(
                place,
                "cloudcontrol",
                "get_resource",
                TypeName=type_name,
                Identifier=identifier,
            )
        except RefusedError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise
        found: Mapping[str, Any] = json.loads(page["ResourceDescription"]["Properties"])
        return found
