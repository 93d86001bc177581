"""AWS: the only boto3, one file for each family of services that we speak to.

`Aws` is the twin of the protocol `Cloud`. Nothing here decides anything.
"""

from __future__ import annotations

from baseline.aws.cloudformation import CloudFormation
from baseline.aws.control import CloudControl
from baseline.aws.session import Session
from baseline.aws.storage import Storage


class Aws(CloudFormation, CloudControl, Storage):
    """Everything that `Cloud` asks for, over one session."""


def connect(profile: str = "", role: str = "") -> Aws:
    """AWS as the environment or a profile of the AWS configuration reaches it.

    `role` is the name of a role to assume in each account. Nothing is asked of AWS yet.
    """
    return Aws(Session(profile, role))


__all__ = ["Aws", "connect"]
