"""Cases of the controls of load balancers."""

from __future__ import annotations

from typing import Any

from tests.cases import case

STACK = "acme-prod-server-shop"
BALANCER = ("AWS::ElasticLoadBalancingV2::LoadBalancer", STACK, "LoadBalancer")
HTTPS = ("AWS::ElasticLoadBalancingV2::Listener", STACK, "HttpsListener")
HTTP = ("AWS::ElasticLoadBalancingV2::Listener", STACK, "HttpListener")


def switch(key: str, value: str) -> dict[str, Any]:
    """Properties of a load balancer with one attribute."""
    return {"LoadBalancerAttributes": [{"Key": key, "Value": value}]}


CASES = {
    "balancers.https-only": case(
        HTTP,
        {"Protocol": "HTTP", "DefaultActions": [{"Type": "forward"}]},
        {"Protocol": "HTTPS", "DefaultActions": [{"Type": "forward"}]},
        ("DefaultActions", 0, "RedirectConfig", "Protocol"),
        "HTTP",
    ),
    "balancers.tls": case(
        HTTPS,
        {"Protocol": "HTTPS"},
        {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-3-2021-06"},
        ("SslPolicy",),
        "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06",
    ),
    "balancers.drops-invalid-headers": case(
        BALANCER,
        switch("routing.http.drop_invalid_header_fields.enabled", "false"),
        switch("routing.http.drop_invalid_header_fields.enabled", "true"),
        ("LoadBalancerAttributes", 10, "Key"),
        "routing.http.drop_nothing",
    ),
    "balancers.logged": case(
        BALANCER,
        {},
        switch("access_logs.s3.enabled", "true"),
        ("LoadBalancerAttributes", 0, "Value"),
        "false",
    ),
    "balancers.protected": case(
        BALANCER,
        {},
        switch("deletion_protection.enabled", "true"),
        ("LoadBalancerAttributes", 6, "Value"),
        "false",
    ),
    "balancers.desync": case(
        BALANCER,
        switch("routing.http.desync_mitigation_mode", "monitor"),
        switch("routing.http.desync_mitigation_mode", "strictest"),
        ("LoadBalancerAttributes", 11, "Value"),
        "monitor",
    ),
    "balancers.over-zones": case(
        BALANCER,
        {"Subnets": ["subnet-1"]},
        {"SubnetMappings": [{"SubnetId": "subnet-1"}, {"SubnetId": "subnet-2"}]},
        ("Subnets",),
        ["subnet-1"],
    ),
    "balancers.tls-to-targets": case(
        ("AWS::ElasticLoadBalancingV2::TargetGroup", STACK, "TargetGroup"),
        {"Protocol": "HTTPS", "HealthCheckProtocol": "HTTP"},
        {"Protocol": "HTTPS"},
        ("Protocol",),
        "HTTP",
    ),
    "balancers.ends-tls": case(
        HTTPS, {"Protocol": "TCP"}, {"Protocol": "TLS", "SslPolicy": "x"}, ("Protocol",), "TCP"
    ),
}
