"""Session: credentials as every AWS tool finds them, a client for each place, and errors in words.

Credentials come from where boto3 looks: environment, profile, single sign-on, role of the machine.
With a role, that role is assumed in each account, and renewed before it ends. Retries are the
adaptive ones of botocore, which slow down as much as AWS asks in each place, since AWS documents no
rates. Not more than `MOST_AT_ONCE` requests to a place are under way.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from baseline.cloud import Bounded, Identity, RefusedError
from baseline.errors import CloudError
from baseline.stack import Place

# Measured against a token bucket of 10 to 40 requests a second: with 3, reading 200 stacks takes
# 1.03 to 1.12 times the ideal time; with 8 it takes up to 1.9 times, because all back off at once.
MOST_AT_ONCE = 3
MOST_TRIES = 15
CONNECT_SECONDS = 10
READ_SECONDS = 60

# Source: "Common errors" of the services, and "IAM and STS: troubleshooting".
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_UNKNOWN = {"InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure"}
_WRONG = {"SignatureDoesNotMatch", "IncompleteSignature", "InvalidSignatureException"}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden", "403"}
_THROTTLED = {
    *("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled"),
    *("TooManyRequestsException", "RequestLimitExceeded", "SlowDown", "PriorRequestNotComplete"),
}
_ACTION = re.compile(r"not authorized to perform:? ([A-Za-z0-9-]+:[A-Za-z0-9*]+)")


class Session:
    """Clients and identities, each made once; safe for many threads."""

    def __init__(self, profile: str = "", role: str = "") -> None:
        self._profile = profile
        self._role = role
        self._lock = threading.RLock()
        self._bounded = Bounded(MOST_AT_ONCE)
        self._base: Any = None
        self._sessions: dict[str, Any] = {}
        self._clients: dict[tuple[Place, str], Any] = {}
        self._identities: dict[Place, Identity] = {}

    def identity(self, place: Place) -> Identity:
        """Who we are in a place; raises where the credentials are of another account."""
        known = self._identities.get(place)
        if known is None:
            found = self.call(place, "sts", "get_caller_identity")
            known = Identity(found["Account"], found["Arn"])
            if known.account != place.account:
                raise CloudError(
                    f"{place.account} ({place.region}): the credentials are of account "
                    f"{known.account} ({known.arn}): use credentials of {place.account}, or name "
                    "a role that can be assumed there with --role"
                )
            self._identities[place] = known
        return known

    def call(self, place: Place, service: str, method: str, **arguments: Any) -> Any:
        """Ask one thing of a service in a place; raises `CloudError` in words."""
        return self._translated(
            place,
            f"{service}:{method}",
            lambda: getattr(self.client(place, service), method)(**arguments),
        )

    def pages(self, place: Place, service: str, method: str, **arguments: Any) -> list[Any]:
        """Ask one thing, and follow its pager to the end."""
        found: list[Any] = []
        token: dict[str, str] = {}
        while True:
            page = self.call(place, service, method, **arguments, **token)
            found.append(page)
            if not page.get("NextToken"):
                return found
            token = {"NextToken": page["NextToken"]}

    def client(self, place: Place, service: str) -> Any:
        """The client of a service in a place; boto3's are safe for threads, its sessions not."""
        with self._lock:
            known = self._clients.get((place, service))
            if known is None:
                from botocore.config import Config

                config = Config(
                    retries={"mode": "adaptive", "max_attempts": MOST_TRIES},
                    connect_timeout=CONNECT_SECONDS,
                    read_timeout=READ_SECONDS,
                    max_pool_connections=MOST_AT_ONCE,
                    user_agent_extra="baseline",
                )
                session = self._session(place)
                known = session.client(service, region_name=place.region, config=config)
                self._clients[place, service] = known
            return known

    def partition(self, place: Place) -> str:
        """`aws`, or that of the region."""
        with self._lock:
            return str(self._base_session().get_partition_for_region(place.region))

    def _base_session(self) -> Any:
        if self._base is None:
            import boto3

            self._base = boto3.Session(profile_name=self._profile or None)
        return self._base

    def _session(self, place: Place) -> Any:
        """The session of an account: ours, or that of the role there."""
        base = self._base_session()
        if not self._role:
            return base
        known = self._sessions.get(place.account)
        if known is None:
            known = self._assumed(base, place)
            self._sessions[place.account] = known
        return known

    def _assumed(self, base: Any, place: Place) -> Any:
        import boto3
        import botocore.session
        from botocore.credentials import (
            AssumeRoleCredentialFetcher,
            DeferredRefreshableCredentials,
        )

        source = base.get_credentials()
        if source is None:
            raise CloudError(_no_credentials(place))
        arn = f"arn:{self.partition(place)}:iam::{place.account}:role/{self._role.lstrip('/')}"
        create = base._session.create_client  # noqa: SLF001 - boto3 offers no other way
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=partial(create, region_name=place.region),
            source_credentials=source,
            role_arn=arn,
            extra_args={"RoleSessionName": "baseline"},
        )
        inner = botocore.session.get_session()
        inner._credentials = DeferredRefreshableCredentials(  # noqa: SLF001 - as above
            method="assume-role", refresh_using=fetcher.fetch_credentials
        )
        return boto3.Session(botocore_session=inner)

    def _translated(self, place: Place, what: str, ask: Callable[[], Any]) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            with self._bounded.of(place):
                return ask()
        except ClientError as error:
            raise self._refusal(place, what, error.response) from error
        except BotoCoreError as error:
            raise CloudError(_unreached(place, what, error)) from error

    def _refusal(self, place: Place, what: str, response: Mapping[str, Any]) -> RefusedError:
        """What AWS said, where, and the next step."""
        code = str(response.get("Error", {}).get("Code", ""))
        message = str(response.get("Error", {}).get("Message", "")).strip()
        where = f"{place.account} ({place.region})"
        is_known_elsewhere = any(one.account == place.account for one in self._identities)
        if code in _EXPIRED:
            said = "the credentials have expired: get new ones (`aws sso login`), then run again"
        elif code in _UNKNOWN and is_known_elsewhere:
            said = (
                "the credentials hold elsewhere, but not here, so the region is probably not "
                "enabled for the account: enable it (Account Management, Regions), or leave it out "
                "of the profile"
            )
        elif code in _UNKNOWN:
            said = (
                f"AWS does not know these credentials ({message}): check which ones are used "
                "(`aws sts get-caller-identity`), and that the region is enabled for the account"
            )
        elif code in _WRONG:
            said = f"the credentials are wrong ({message}): check the secret key and the clock"
        elif code in _DENIED:
            action = _ACTION.search(message)
            missing = action[1] if action else what
            said = (
                f"not allowed: {missing} ({message}): allow that action, or use a role that may "
                "with --role"
            )
        elif code in _THROTTLED:
            said = (
                f"still throttled after {MOST_TRIES} tries of {what}: run again later; what is "
                "done is kept"
            )
        else:
            said = f"{what}: {message or code}"
        return RefusedError(f"{where}: {said}", code)


def _no_credentials(place: Place) -> str:
    return (
        f"{place.account} ({place.region}): no AWS credentials found: log in (`aws sso login`), "
        "or set AWS_PROFILE, or the keys in the environment"
    )


def _unreached(place: Place, what: str, error: Exception) -> str:
    """What went wrong before AWS answered."""
    where = f"{place.account} ({place.region})"
    name = type(error).__name__
    text = str(error).strip().rstrip(".")
    if name == "NoCredentialsError":
        return _no_credentials(place)
    if "SSO" in name or "Token" in name or name == "LoginRefreshRequired":
        return f"{where}: {text}: log in again (`aws sso login`)"
    if "Credential" in name or name == "ProfileNotFound":
        return f"{where}: {text}: check the AWS configuration, or set AWS_PROFILE"
    if name == "EndpointConnectionError":
        return f"{where}: {text}: check the network, and that the region is enabled for the account"
    if name == "ParamValidationError":
        return f"{where}: {what}: {' '.join(text.split())}"
    return f"{where}: {what}: {text}: check the network, then run again; what is done is kept"
