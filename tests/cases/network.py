"""Network: the three cases of each control."""

from __future__ import annotations

from baseline.resource import Reference
from tests.cases import case

RDP_OPEN = [{"IpProtocol": "tcp", "FromPort": 3000, "ToPort": 4000, "CidrIpv6": "::/0"}]
HTTPS_OPEN = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}]
DOORS = ("AWS::EC2::SecurityGroup", "acme-prod-network", "EndpointSecurityGroup")
ENDPOINT = ("AWS::EC2::VPCEndpoint", "acme-prod-network", "KmsEndpoint")
PASSES = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
OURS = {"Condition": {"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}}}
SUBNET = ("AWS::EC2::Subnet", "acme-prod-network", "PublicSubnetA")

CASES = {
    "network.no-open-management-port": case(
        DOORS,
        {"SecurityGroupIngress": RDP_OPEN},
        {"SecurityGroupIngress": HTTPS_OPEN},
        ("SecurityGroupIngress",),
        [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0", "Description": "x"}],
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
    "network.no-address-on-host": case(
        ("AWS::EC2::EIP", "acme-prod-network", "NatAddressA"),
        {"InstanceId": {"Ref": "Host"}},
        {"Domain": "vpc"},
        ("InstanceId",),
        "i-0123456789abcdef0",
    ),
    "network.names-resolved": case(
        ("AWS::EC2::VPC", "acme-prod-network", "Vpc"),
        {"EnableDnsHostnames": True, "EnableDnsSupport": "false"},
        {"EnableDnsHostnames": "true"},
        ("EnableDnsHostnames",),
        False,
    ),
    "network.flow-log-whole": case(
        ("AWS::EC2::FlowLog", "acme-prod-network", "FlowLog"),
        {"TrafficType": "ACCEPT"},
        {"TrafficType": "ALL"},
        ("TrafficType",),
        "REJECT",
    ),
    "network.endpoints-confined": case(
        ENDPOINT,
        {"VpcEndpointType": "Interface"},
        {"VpcEndpointType": "Interface", "PolicyDocument": {"Statement": [PASSES | OURS]}},
        ("PolicyDocument", "Statement", 0, "Condition"),
        {},
    ),
    "network.endpoints-named": case(
        ENDPOINT,
        {"VpcEndpointType": "Interface"},
        {"VpcEndpointType": "Interface", "PrivateDnsEnabled": "true"},
        ("PrivateDnsEnabled",),
        False,
    ),
    "network.endpoints-over-zones": case(
        ENDPOINT,
        {"VpcEndpointType": "Interface", "SubnetIds": ["subnet-1"]},
        {"VpcEndpointType": "Interface", "SubnetIds": ["subnet-1", "subnet-2"]},
        ("SubnetIds",),
        [{"Ref": "PrivateSubnetA"}],
    ),
    "network.own-groups": case(
        ENDPOINT,
        {"VpcEndpointType": "Interface"},
        {"VpcEndpointType": "Interface", "SecurityGroupIds": ["sg-1"]},
        ("SecurityGroupIds",),
        [],
    ),
    "network.default-group-unused": case(
        ENDPOINT,
        {"SecurityGroupIds": [Reference("s", "Vpc", "DefaultSecurityGroup")]},
        {"SecurityGroupIds": [Reference("s", "Group", "GroupId")]},
        ("SecurityGroupIds",),
        [{"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}],
    ),
}
