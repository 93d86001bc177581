"""Balancer: HTTPS for the world, or for the network only, in front of a group of hosts.

TLS 1.2 and 1.3 with forward secrecy only, and a key exchange that a quantum computer does not
break for clients that have it: the policy that AWS recommends. Plain HTTP is answered with where
HTTPS is. Behind, HTTPS again to the application's port; a load balancer does not check the
certificate of its targets, so one that the host signs itself will do, and protects from whoever
listens, not from whoever stands between.

Invalid headers are dropped, ambiguous requests closed (`defensive`; `strictest` refuses browsers
whose addresses are merely unusual), and X-Forwarded-For gets the client appended, so an application
believes its last entry only. The load balancer cannot be deleted until somebody lifts that in the
profile's stack. A web application firewall is not part of this.

The certificate is in ACM, in the account and region of the environment; the template knows no
account, so an ARN of the profile is written with pseudo parameters, and CloudFormation resolves a
parameter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troposphere import GetAtt, Ref, ec2
from troposphere import elasticloadbalancingv2 as elb

from baseline.blueprints import Draft, alarm, arn, imported, named
from baseline.blueprints.network.plan import WORLD, WORLD6, Plan, letter
from baseline.profile import LoadBalancer, Server

# Source: "Security policies for your Application Load Balancer".
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
YEAR_SECONDS = 365 * 86_400
DRAIN_SECONDS = 60
ERRORS = 10  # in five minutes, three times in a row


def add(draft: Draft, plan: Plan, server: Server) -> None:
    """Add the load balancer, its listeners, its targets and its alarms."""
    asked = server.load_balancer
    assert asked
    path = f"{plan.site.path}.servers.{server.name}.load_balancer"
    _security_group(draft, plan, server, asked, path)
    _load_balancer(draft, plan, server, asked, path)
    _target_group(draft, plan, server, asked, path)
    _listeners(draft, asked, path)
    _alarms(draft, plan, server, path)
    what = f"of the load balancer of {server.name}"
    for name, attribute in (
        ("LoadBalancerDnsName", "DNSName"),
        ("LoadBalancerHostedZoneId", "CanonicalHostedZoneID"),
    ):
        title = {"DNSName": "Name", "CanonicalHostedZoneID": "Hosted zone of the name"}[attribute]
        draft.export(name, GetAtt("LoadBalancer", attribute), f"{title} {what}")
    draft.export("LoadBalancerArn", Ref("LoadBalancer"), f"ARN {what}")


def _clients(plan: Plan, asked: LoadBalancer) -> Iterator[dict[str, str]]:
    if asked.internal:
        yield {"CidrIp": str(plan.network.cidr)}
        return
    yield {"CidrIp": WORLD}
    if plan.network.ipv6:
        yield {"CidrIpv6": WORLD6}


def _security_group(
    draft: Draft, plan: Plan, server: Server, asked: LoadBalancer, path: str
) -> None:
    who = "the network" if asked.internal else "the world"
    ports = {443: f"HTTPS from {who}", 80: f"HTTP from {who}, to be redirected"}
    draft.add(
        ec2.SecurityGroup(
            "LoadBalancerSecurityGroup",
            GroupDescription=f"{plan.site.prefix} load balancer of {server.name}",
            VpcId=imported(plan.site, "network", "VpcId"),
            SecurityGroupIngress=[
                ec2.SecurityGroupRule(
                    Description=what, IpProtocol="tcp", FromPort=port, ToPort=port, **clients
                )
                for port, what in ports.items()
                for clients in _clients(plan, asked)
            ],
            SecurityGroupEgress=[
                ec2.SecurityGroupRule(
                    Description="HTTPS to hosts; their security group names this one",
                    IpProtocol="tcp",
                    FromPort=server.port,
                    ToPort=server.port,
                    CidrIp=str(plan.tier("Private")),
                )
            ],
            Tags=named(plan.site, f"{server.name}-load-balancer"),
        ),
        f"Lets {who} reach the load balancer, and the load balancer the hosts",
        path,
    )


def _load_balancer(
    draft: Draft, plan: Plan, server: Server, asked: LoadBalancer, path: str
) -> None:
    """Sources: "Edit attributes for your Application Load Balancer", "LoadBalancerAttribute"."""
    tier = "Private" if asked.internal else "Public"
    logs = imported(plan.site, "logs", "AccessLogBucketName")
    attributes: dict[str, Any] = {
        "access_logs.s3.enabled": "true",
        "access_logs.s3.bucket": logs,
        "access_logs.s3.prefix": "load-balancers",
        "connection_logs.s3.enabled": "true",
        "connection_logs.s3.bucket": logs,
        "connection_logs.s3.prefix": "load-balancers",
        "deletion_protection.enabled": "true",
        "idle_timeout.timeout_seconds": "60",
        "client_keep_alive.seconds": "3600",
        "routing.http2.enabled": "true",
        "routing.http.drop_invalid_header_fields.enabled": "true",
        "routing.http.desync_mitigation_mode": "defensive",
        "routing.http.preserve_host_header.enabled": "false",
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
        "routing.http.xff_client_port.enabled": "false",
        "routing.http.xff_header_processing.mode": "append",
        "waf.fail_open.enabled": "false",
    }
    draft.add(
        elb.LoadBalancer(
            "LoadBalancer",
            Type="application",
            Scheme="internal" if asked.internal else "internet-facing",
            IpAddressType="dualstack" if plan.network.ipv6 and not asked.internal else "ipv4",
            Subnets=[
                imported(plan.site, "network", f"{tier}Subnet{letter(zone)}") for zone in plan.zones
            ],
            SecurityGroups=[GetAtt("LoadBalancerSecurityGroup", "GroupId")],
            LoadBalancerAttributes=[
                elb.LoadBalancerAttributes(Key=key, Value=value)
                for key, value in attributes.items()
            ],
            Tags=named(plan.site, server.name),
        ),
        f"Takes HTTPS for the hosts of {server.name} in every zone",
        path,
    )


def _target_group(draft: Draft, plan: Plan, server: Server, asked: LoadBalancer, path: str) -> None:
    attributes = {
        "deregistration_delay.timeout_seconds": str(DRAIN_SECONDS),
        "load_balancing.algorithm.type": "least_outstanding_requests",
        "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
        "stickiness.enabled": "false",
    }
    draft.add(
        elb.TargetGroup(
            "TargetGroup",
            VpcId=imported(plan.site, "network", "VpcId"),
            TargetType="instance",
            IpAddressType="ipv4",
            Protocol="HTTPS",
            ProtocolVersion="HTTP1",
            Port=server.port,
            HealthCheckEnabled=True,
            HealthCheckProtocol="HTTPS",
            HealthCheckPort="traffic-port",
            HealthCheckPath=asked.health,
            HealthCheckIntervalSeconds=15,
            HealthCheckTimeoutSeconds=5,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=3,
            Matcher=elb.Matcher(HttpCode="200"),
            TargetGroupAttributes=[
                elb.TargetGroupAttribute(Key=key, Value=value) for key, value in attributes.items()
            ],
            Tags=named(plan.site, server.name),
        ),
        f"The hosts that answer for {server.name}, and how they show that they can",
        path,
    )


def certificate(asked: LoadBalancer) -> Any:
    """ARN of the certificate, in this account and region; or what CloudFormation reads it from."""
    if asked.certificate.startswith("/"):
        return f"{{{{resolve:ssm:{asked.certificate}}}}}"
    return arn("acm", asked.certificate.rpartition(":")[2])


def _listeners(draft: Draft, asked: LoadBalancer, path: str) -> None:
    """Source: "HTTP header modification for your Application Load Balancer"."""
    no_name = elb.ListenerAttribute(Key="routing.http.response.server.enabled", Value="false")
    draft.add(
        elb.Listener(
            "HttpsListener",
            LoadBalancerArn=Ref("LoadBalancer"),
            Port=443,
            Protocol="HTTPS",
            SslPolicy=TLS_POLICY,
            Certificates=[elb.Certificate(CertificateArn=certificate(asked))],
            DefaultActions=[elb.Action(Type="forward", TargetGroupArn=Ref("TargetGroup"))],
            ListenerAttributes=[
                elb.ListenerAttribute(
                    Key="routing.http.response.strict_transport_security.header_value",
                    Value=f"max-age={YEAR_SECONDS}",
                ),
                no_name,
            ],
        ),
        "Speaks HTTPS, and tells browsers to speak nothing else for a year",
        path,
    )
    draft.add(
        elb.Listener(
            "HttpListener",
            LoadBalancerArn=Ref("LoadBalancer"),
            Port=80,
            Protocol="HTTP",
            DefaultActions=[
                elb.Action(
                    Type="redirect",
                    RedirectConfig=elb.RedirectConfig(
                        Protocol="HTTPS",
                        Port="443",
                        Host="#{host}",
                        Path="/#{path}",
                        Query="#{query}",
                        StatusCode="HTTP_301",
                    ),
                )
            ],
            ListenerAttributes=[no_name],
        ),
        "Answers plain HTTP with where HTTPS is",
        path,
    )


def _alarms(draft: Draft, plan: Plan, server: Server, path: str) -> None:
    """Source: "CloudWatch metrics for your Application Load Balancer"."""
    site = plan.site
    balancer = {"LoadBalancer": GetAtt("LoadBalancer", "LoadBalancerFullName")}
    targets = balancer | {"TargetGroup": GetAtt("TargetGroup", "TargetGroupFullName")}
    minute = {"period": 60, "evaluations": 5}
    errors = {"statistic": "Sum", "threshold": ERRORS, "missing": "notBreaching"}
    rows: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        (
            "SickHostsAlarm",
            f"a host of {server.name} does not answer its health check",
            "UnHealthyHostCount",
            {"dimensions": targets, "threshold": 0, "statistic": "Maximum", **minute},
        ),
        (
            "NoHostsAlarm",
            f"no host of {server.name} answers its health check",
            "HealthyHostCount",
            {
                "dimensions": targets,
                "threshold": 1,
                "comparison": "LessThanThreshold",
                "statistic": "Maximum",
                "missing": "breaching",
                **minute,
            },
        ),
        (
            "HostErrorsAlarm",
            f"hosts of {server.name} answer with errors of theirs (5xx)",
            "HTTPCode_Target_5XX_Count",
            {"dimensions": targets, **errors},
        ),
        (
            "LoadBalancerErrorsAlarm",
            f"the load balancer of {server.name} answers with errors of its own (5xx)",
            "HTTPCode_ELB_5XX_Count",
            {"dimensions": balancer, **errors},
        ),
    )
    for logical_id, what, metric, extra in rows:
        draft.add(
            alarm(site, logical_id, what, namespace="AWS/ApplicationELB", metric=metric, **extra),
            f"Tells that {what}",
            path,
        )
