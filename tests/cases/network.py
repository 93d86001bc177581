"""Network: the three cases of each control."""

from __future__ import annotations

from tests.cases import case

RDP_OPEN = [{"IpProtocol": "tcp", "FromPort": 3000, "ToPort": 4000, "CidrIpv6": "::/0"}]
HTTPS_OPEN = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}]
DOORS = ("AWS::EC2::SecurityGroup", "acme-prod-network", "EndpointSecurityGroup")
SUBNET = ("AWS::EC2::Subnet", "acme-prod-network", "PublicSubnetA")

CASES = {
    "network.no-open-management-port": case(
        DOORS,
        {"SecurityGroupIngress": RDP_OPEN},
        {"SecurityGroupIngress": HTTPS_OPEN},
        ("SecurityGroupIngress",),
        [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}],
    ),
    "network.no-automatic-public-address": case(
        SUBNET,
        {"MapPublicIpOnLaunch": "true"},
        {"MapPublicIpOnLaunch": False},
        ("MapPublicIpOnLaunch",),
        True,
    ),
    "network.egress-declared": case(
        DOORS,
        {"SecurityGroupEgress": []},
        {"SecurityGroupEgress": HTTPS_OPEN},
        ("SecurityGroupEgress",),
        [],
    ),
}
