"""Others: the three cases of each control; one of our resources is edited into another type."""

from __future__ import annotations

from tests.cases import case

GROUP = ("acme-prod-logs", "FlowLogGroup")

CASES = {
    "others.encrypted": case(
        ("AWS::EFS::FileSystem", *GROUP),
        {"Encrypted": False},
        {"Encrypted": "true"},
        ("../Type",),
        "AWS::EFS::FileSystem",
    ),
    "others.not-public": case(
        ("AWS::EKS::Cluster", *GROUP),
        {"ResourcesVpcConfig": {"EndpointPublicAccess": True}},
        {"ResourcesVpcConfig": {"EndpointPublicAccess": False}},
        ("../Type",),
        "AWS::DMS::ReplicationInstance",
    ),
    "others.tls": case(
        ("AWS::RDS::DBProxy", *GROUP),
        {},
        {"RequireTLS": True},
        ("../Type",),
        "AWS::RDS::DBProxy",
    ),
    "others.logged": case(
        ("AWS::StepFunctions::StateMachine", *GROUP),
        {"LoggingConfiguration": {"Level": "OFF"}},
        {"LoggingConfiguration": {"Level": "ALL"}},
        ("../Type",),
        "AWS::DataSync::Task",
    ),
}
