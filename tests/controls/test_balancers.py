"""Balancers: the edges of each control; the three cases of each are in `cases`."""

from __future__ import annotations

from typing import Any

import pytest

from baseline.control import CannotJudge
from baseline.controls.balancers import (
    drops_invalid_headers,
    https_only,
    logged,
    protected,
    tls,
)
from baseline.resource import Resource


def listener(**properties: Any) -> Resource:
    """A listener."""
    return Resource("s", "Listener", "AWS::ElasticLoadBalancingV2::Listener", properties, {})


def balancer(kind: str, *attributes: tuple[str, Any]) -> Resource:
    """A load balancer of a kind."""
    switches = [{"Key": key, "Value": value} for key, value in attributes]
    properties = {"Type": kind, "LoadBalancerAttributes": switches}
    return Resource("s", "B", "AWS::ElasticLoadBalancingV2::LoadBalancer", properties, {})


@pytest.mark.parametrize(
    "policy",
    [
        "ELBSecurityPolicy-2016-08",
        "ELBSecurityPolicy-TLS13-1-0-2021-06",
        "ELBSecurityPolicy-TLS13-1-1-2021-06",
        "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06",
        "ELBSecurityPolicy-TLS-1-2-2017-01",
    ],
)
def test_policies_with_old_versions_or_ciphers(policy: str) -> None:
    """TLS 1.0 and 1.1, and ciphers without forward secrecy."""
    assert list(tls.judge(listener(Protocol="HTTPS", SslPolicy=policy)))


def test_what_speaks_no_tls_has_no_policy() -> None:
    """Plain HTTP is another control's; TCP passes through what comes."""
    for protocol in ("HTTP", "TCP", "UDP"):
        assert not list(tls.judge(listener(Protocol=protocol)))
    assert list(tls.judge(listener(Protocol="TLS")))


def test_a_policy_that_is_decided_elsewhere_cannot_be_judged() -> None:
    """Nor can where a listener redirects to."""
    with pytest.raises(CannotJudge, match="SslPolicy"):
        list(tls.judge(listener(Protocol="HTTPS", SslPolicy={"Ref": "Policy"})))
    redirect = {"Type": "redirect", "RedirectConfig": {"Protocol": {"Ref": "P"}}}
    with pytest.raises(CannotJudge):
        list(https_only.judge(listener(Protocol="HTTP", DefaultActions=[redirect])))


@pytest.mark.parametrize(
    "action",
    [
        {"Type": "forward", "TargetGroupArn": "arn:x"},
        {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}},
        {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}},
        {"Type": "redirect", "RedirectConfig": {"Protocol": "#{protocol}"}},
    ],
)
def test_plain_http_does_nothing_else(action: dict[str, Any]) -> None:
    """Not even one of several actions; a redirect keeps the protocol unless it names one."""
    good = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS"}}
    assert list(https_only.judge(listener(Protocol="HTTP", DefaultActions=[good, action])))
    assert not list(https_only.judge(listener(Protocol="HTTP", DefaultActions=[good])))


def test_network_load_balancers_have_no_headers() -> None:
    """Deletion is refused for every kind."""
    for control in (drops_invalid_headers, logged):
        assert not list(control.judge(balancer("network")))
        assert list(control.judge(balancer("application")))
    assert list(protected.judge(balancer("network")))


def test_an_attribute_that_is_decided_elsewhere_is_not_on() -> None:
    """It is told of only where it matters, so the bucket of the logs may be an import."""
    bucket = ("access_logs.s3.bucket", {"Fn::ImportValue": "x"})
    assert not list(logged.judge(balancer("application", bucket, ("access_logs.s3.enabled", True))))
    with pytest.raises(CannotJudge, match=r"access_logs\.s3\.enabled"):
        list(logged.judge(balancer("application", ("access_logs.s3.enabled", {"Ref": "On"}))))
