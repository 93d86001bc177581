"""Keys: what must hold for every KMS key."""

from __future__ import annotations

from collections.abc import Iterator

from baseline.control import Severity, control, is_true, literal
from baseline.controls import each, number
from baseline.policy import Statement, accounts, resource_policy
from baseline.resource import Resource

KEY = "AWS::KMS::Key"
KEYS = (KEY, "AWS::KMS::ReplicaKey")
LEAST_WINDOW_DAYS = 14

# Conditions that bind what is granted, or to whom. Source: "AWS KMS condition keys".
GRANT_LIMITS = {
    "kms:granteeprincipal",
    "kms:grantconstrainttype",
    "kms:grantisforawsresource",
    "kms:grantoperations",
}
OUTSIDER_LIMITS = {"kms:viaservice", "kms:grantisforawsresource"}


@control("keys.rotated", "Keys are rotated", on=KEY, severity=Severity.MEDIUM)
def rotated(key: Resource) -> Iterator[str]:
    """The less one key has encrypted, the less its loss costs."""
    symmetric = literal(key.properties, "KeySpec", default="SYMMETRIC_DEFAULT")
    if symmetric == "SYMMETRIC_DEFAULT" and not is_true(
        literal(key.properties, "EnableKeyRotation")
    ):
        yield "EnableKeyRotation is not true"


@control(
    "keys.no-foreign-use",
    "Key policies name who may use the key",
    on=KEYS,
    severity=Severity.CRITICAL,
)
def no_foreign_use(key: Resource) -> Iterator[str]:
    """A key that everyone may use encrypts nothing; conditions are easily left out or mistaken."""
    return each(resource_policy(key), _everyone)


def _everyone(one: Statement) -> Iterator[str]:
    if one.allows and ("NotPrincipal" in one.body or one.is_for_everyone):
        yield f"statement {one.name} allows every principal"


@control(
    "keys.no-blanket-use",
    "No statement allows every action",
    on=KEYS,
    severity=Severity.MEDIUM,
)
def no_blanket_use(key: Resource) -> Iterator[str]:
    """Managing a key and reading what it encrypts are two jobs; `kms:*` is both."""
    return each(resource_policy(key), _every_action)


def _every_action(one: Statement) -> Iterator[str]:
    if one.allows and ("NotAction" in one.body or _is_every_action(one)):
        yield f"statement {one.name} allows kms:*"


@control(
    "keys.deletion-waits",
    "Keys wait two weeks or more before they are deleted",
    on=KEYS,
    severity=Severity.MEDIUM,
)
def deletion_waits(key: Resource) -> Iterator[str]:
    """With a key goes all that it encrypted; until then the mistake can be taken back."""
    days = number(key.properties, "PendingWindowInDays", default=30)
    if days < LEAST_WINDOW_DAYS:
        yield f"PendingWindowInDays is {days}, under {LEAST_WINDOW_DAYS}"


@control(
    "keys.lockout-checked",
    "Nobody can lock everyone out of a key",
    on=KEYS,
    severity=Severity.MEDIUM,
)
def lockout_checked(key: Resource) -> Iterator[str]:
    """A key whose policy nobody may change is lost, and only AWS Support can give it back."""
    if is_true(literal(key.properties, "BypassPolicyLockoutSafetyCheck", default=False)):
        yield "BypassPolicyLockoutSafetyCheck is true"


@control("keys.enabled", "Keys are in use", on=KEY, severity=Severity.MEDIUM)
def enabled(key: Resource) -> Iterator[str]:
    """What a disabled key encrypted cannot be read, by anybody, from one moment to the next."""
    if not is_true(literal(key.properties, "Enabled", default=True)):
        yield "Enabled is false"


@control(
    "keys.grants-for-services",
    "Grants are made for services of AWS only",
    on=KEYS,
    severity=Severity.MEDIUM,
)
def grants_for_services(key: Resource) -> Iterator[str]:
    """Whoever may grant gives the key away to anybody, and no policy shows it."""
    return each(resource_policy(key), _grants)


def _grants(one: Statement) -> Iterator[str]:
    if not one.allows or not one.does("kms:creategrant") or _is_every_action(one):
        return
    if not one.condition_keys & GRANT_LIMITS:
        yield f"statement {one.name} allows kms:CreateGrant with no condition on what is granted"


@control(
    "keys.outsiders-confined",
    "Other accounts use a key by way of one service only",
    on=KEYS,
    severity=Severity.MEDIUM,
)
def outsiders_confined(key: Resource) -> Iterator[str]:
    """Sharing an image needs the key for its volumes, and for nothing else that it encrypts."""
    return each(resource_policy(key), _outsiders)


def _outsiders(one: Statement) -> Iterator[str]:
    if not one.allows:
        return
    for principal in one.principals("AWS"):
        for account in accounts(principal):
            # A grant to a named principal is as narrow as that principal.
            only_grants = {*one.actions} == {"kms:creategrant"}
            limits = OUTSIDER_LIMITS | ({"kms:granteeprincipal"} if only_grants else set())
            if not one.condition_keys & limits:
                yield f"statement {one.name} lets account {account} use the key for anything"


def _is_every_action(one: Statement) -> bool:
    """Another control tells of those."""
    return bool({"*", "kms:*"} & {*one.actions})
