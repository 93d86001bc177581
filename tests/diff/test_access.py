"""Access: wider access is never missed, which brute force checks on small worlds."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from baseline.change import Verdict
from baseline.diff import diff
from baseline.grants import pattern_covers

FUZZ = settings(max_examples=400, deadline=None)

ACTIONS = ("s3:getobject", "s3:getacl", "s3:putobject", "sqs:send")
RESOURCES = ("b/x", "b/y", "c/x")
PRINCIPALS = ("1", "2", "lambda")
ACCOUNTS = ("7", "8")


def listed(*values: str) -> st.SearchStrategy[list[str]]:
    """Some of these."""
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    """A statement about a small world."""
    found: dict[str, Any] = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    actions = listed(*ACTIONS, "*", "s3:*", "s3:get*", "s3:???object")
    found[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(actions)
    resources = listed(*RESOURCES, "*", "b/*", "*/x")
    found[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(resources)
    found["Principal"] = draw(
        st.sampled_from(["*", {"AWS": "1"}, {"AWS": ["1", "2"]}, {"Service": "lambda"}])
    )
    if draw(st.booleans()):
        operator = draw(st.sampled_from(["StringEquals", "StringNotEquals", "StringLike"]))
        found["Condition"] = {operator: {"aws:SourceAccount": draw(listed(*ACCOUNTS))}}
    return found


POLICIES = st.lists(statements(), min_size=1, max_size=3)


def applies(statement: dict[str, Any], who: str, what: str, where: str, account: str) -> bool:
    """Whether a statement is about a request."""

    def among(key: str, value: str) -> bool:
        if f"Not{key}" in statement:
            return not any(fnmatchcase(value, one) for one in statement[f"Not{key}"])
        return any(fnmatchcase(value, one) for one in statement[key])

    principal = statement["Principal"]
    if principal == "*":
        named = who != "lambda"
    else:
        names = [one for value in principal.values() for one in value]
        named = who in names or who in principal.values()
    if not named or not among("Action", what) or not among("Resource", where):
        return False
    for operator, keys in statement.get("Condition", {}).items():
        is_in = account in keys["aws:SourceAccount"]
        if is_in is (operator == "StringNotEquals"):
            return False
    return True


def allowed(policy: list[dict[str, Any]]) -> set[tuple[str, str, str, str]]:
    """Every request of the world that a policy allows."""
    found = set()
    for who in PRINCIPALS:
        for what in ACTIONS:
            for where in RESOURCES:
                for account in ACCOUNTS:
                    hits = {
                        one["Effect"] for one in policy if applies(one, who, what, where, account)
                    }
                    if hits == {"Allow"}:
                        found.add((who, what, where, account))
    return found


def queue_policy(policy: list[dict[str, Any]]) -> dict[str, Any]:
    """A template with a policy of a queue."""
    document = {"Version": "2012-10-17", "Statement": policy}
    return {
        "Resources": {
            "Q": {"Type": "AWS::SQS::Queue"},
            "P": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {"Queues": [{"Ref": "Q"}], "PolicyDocument": document},
            },
        }
    }


def is_wider(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether diff says that access widens."""
    return any(Verdict.WIDENS_ACCESS in one.verdicts for one in diff(before, after))


@FUZZ
@given(POLICIES, POLICIES)
def test_wider_policies_are_never_missed(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    """Whatever is allowed after and was not before."""
    if allowed(after) - allowed(before):
        assert is_wider(queue_policy(before), queue_policy(after))


@FUZZ
@given(POLICIES, st.data())
def test_fewer_statements_that_allow_are_not_wider(
    policy: list[dict[str, Any]], data: st.DataObject
) -> None:
    """Nor is one that is taken away, so that the word means something."""
    allows = [one for one in policy if one["Effect"] == "Allow"]
    if allows:
        gone = data.draw(st.sampled_from(allows))
        left = [one for one in policy if one is not gone]
        assert not is_wider(queue_policy(policy), queue_policy(left))


@FUZZ
@given(
    st.text("ab*?", min_size=1, max_size=6),
    st.text("ab*?", min_size=1, max_size=6),
    st.text("ab", max_size=6),
)
def test_patterns(wide: str, narrow: str, word: str) -> None:
    """A pattern that covers another means every word that it means."""
    if pattern_covers(wide, narrow) and fnmatchcase(word, narrow):
        assert fnmatchcase(word, wide)


# ---- firewalls -----------------------------------------------------------------------------

NETWORKS = ("10.0.0.0/30", "10.0.0.0/31", "10.0.0.2/31", "10.0.0.1/32", "0.0.0.0/0")
RULE: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "IpProtocol": st.sampled_from(["tcp", "udp", "-1", "6"]),
        "FromPort": st.integers(1, 3),
        "ToPort": st.integers(3, 6),
        "CidrIp": st.sampled_from(NETWORKS),
    }
)
RULES = st.lists(RULE, min_size=1, max_size=4)


def let_in(rules: list[dict[str, Any]]) -> set[tuple[str, int, int]]:
    """Every packet of a small world that rules let in."""
    found = set()
    for rule in rules:
        base, _, bits = rule["CidrIp"].partition("/")
        first = int(base.rpartition(".")[2])
        hosts = range(8) if bits == "0" else range(first, first + 2 ** (32 - int(bits)))
        protocols = {"-1": ("tcp", "udp"), "6": ("tcp",)}.get(
            rule["IpProtocol"], (rule["IpProtocol"],)
        )
        every = rule["IpProtocol"] == "-1"
        ports = range(9) if every else range(rule["FromPort"], rule["ToPort"] + 1)
        found |= {(one, port, host) for one in protocols for port in ports for host in hosts}
    return found


def group(rules: list[dict[str, Any]]) -> dict[str, Any]:
    """A template with a security group."""
    properties = {"GroupDescription": "g", "SecurityGroupIngress": rules}
    return {"Resources": {"G": {"Type": "AWS::EC2::SecurityGroup", "Properties": properties}}}


@FUZZ
@given(RULES, RULES)
def test_wider_firewalls_are_never_missed(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    """And rules that let in no more are not called wider, whatever way they are cut."""
    wider = bool(let_in(after) - let_in(before))
    said = is_wider(group(before), group(after))
    if wider:
        assert said
    protocols = {rule["IpProtocol"] for rule in (*before, *after)}
    if not wider and protocols == {"tcp"} and "0.0.0.0/0" not in str(after):
        assert not said
