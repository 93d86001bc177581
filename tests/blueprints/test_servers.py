"""Servers: what a host is, who reaches it, and what becomes of it, for every system and option."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from baseline.blueprints.servers import agent
from baseline.check import controls
from baseline.generate import generate
from baseline.load import loads
from baseline.resource import resources
from baseline.stack import Stack
from baseline.systems import SYSTEMS
from tests.samples import ROOT, edited, of_type, properties, stack, statements

SHOP = stack("acme-prod-server-shop")
OFFICE = stack("acme-prod-server-office")
STAGING = stack("acme-staging-server-shop")
ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMWvgtt6E5N3I/QJ/s/gRtrZNDKMbC9kGmfvX5wJkilr"
RSA = next(
    line.strip().removeprefix('- "').removesuffix('"')
    for line in (ROOT / "profiles" / "acme.yaml").read_text(encoding="utf-8").splitlines()
    if "ssh-rsa" in line
)
CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef"
TODAY = date(2026, 11, 25)
MANAGEMENT_PORTS = {22, 3389}


def made(server: str, network: str = "", rest: str = "") -> Stack:
    """The stack of one server `web` of the smallest profile that has it.

    Behind a load balancer it has an image of its own, since something must answer.
    """
    if "load_balancer:" in server and "image:" not in server:
        server += ", image: {parameter: /tiny/web}"
    text = f"""
version: 1
organization: {{name: tiny}}
regions: {{home: eu-west-1}}
people:
  - {{name: ann, keys: ["{ED25519} ann's key: $(reboot) {{x}}"]}}
  - {{name: wim, keys: ["{RSA}"]}}
assets: [{{name: site, owner: Me, value: 1}}]
environments:
  - name: prod
    account: "111122223333"
    network: {{cidr: 10.0.0.0/16{network}}}
    servers: [{{name: web, asset: site, {server}}}]
{rest}
"""
    whole = generate(loads(text.encode(), "made.yaml")[0])
    return next(one for one in whole if one.name == "tiny-prod-server-web")


def data(one: Stack) -> Mapping[str, Any]:
    """What the launch template of a stack launches."""
    found: Mapping[str, Any] = properties(one, "LaunchTemplate")["LaunchTemplateData"]
    return found


def user_data(one: Stack) -> str:
    """User data in plain text."""
    text: str = data(one)["UserData"]["Fn::Base64"]
    return text


def rules(one: Stack, group: str = "SecurityGroup", way: str = "Ingress") -> list[tuple[int, Any]]:
    """Ports and peers of a security group."""
    return [
        (rule["FromPort"], peer)
        for rule in properties(one, group)[f"SecurityGroup{way}"]
        for key, peer in rule.items()
        if key in ("CidrIp", "CidrIpv6", "SourceSecurityGroupId")
    ]


def attributes(one: Stack, logical_id: str, kind: str) -> dict[str, Any]:
    """Attributes of a load balancer, a listener or a target group."""
    return {each["Key"]: each["Value"] for each in properties(one, logical_id)[kind]}


def findings(one: Stack) -> set[str]:
    """Names of controls that are not met, or that cannot judge."""
    found = set()
    for resource in resources({one.name: one.template}):
        for control in controls():
            if (
                control.over == "resource"
                and resource.type in control.types
                and list(control.judged(resource, TODAY))
            ):
                found.add(control.name)
    return found


def every_system() -> Iterator[str]:
    """A server of each system, with and without a load balancer, people and volumes."""
    for system, row in SYSTEMS.items():
        person = "administrators: [wim]" if row.is_windows else "people: [ann]"
        size = "root_volume: 40"
        yield f"system: {system}, {size}"
        balancer = "load_balancer: {certificate: /tiny/shop}"
        yield f"system: {system}, {size}, {person}, {balancer}, volumes: [{{name: a, size: 9}}]"


MANAGED = ", management: [10.9.0.0/16], instance_connect: yes"


@pytest.mark.parametrize("server", list(every_system()))
@pytest.mark.parametrize("network", [MANAGED, ", ipv6: yes, nat: single"])
def test_every_system_is_as_safe(server: str, network: str) -> None:
    """Nothing is found but that nobody here chose the publisher's newest image."""
    one = made(server, network)
    assert findings(one) == {"servers.image-pinned"}


@pytest.mark.parametrize("server", list(every_system()))
def test_what_a_host_is(server: str) -> None:
    """Sessions for metadata, encrypted volumes that go with it, and user data under 16 KB."""
    found = data(made(server))
    assert found["MetadataOptions"] == {
        "HttpEndpoint": "enabled",
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 1,
        "HttpProtocolIpv6": "disabled",
        "InstanceMetadataTags": "disabled",
    }
    system = SYSTEMS[server.split(",", maxsplit=1)[0].split()[1]]
    devices = [each["DeviceName"] for each in found["BlockDeviceMappings"]]
    assert devices[0] == system.root_device
    assert len(set(devices)) == len(devices)
    for mapping in found["BlockDeviceMappings"]:
        assert mapping["Ebs"]["KmsKeyId"] == {"Fn::ImportValue": "tiny-prod-keys-DataKeyArn"}
        assert mapping["Ebs"]["Encrypted"] is mapping["Ebs"]["DeleteOnTermination"] is True
        assert mapping["Ebs"]["VolumeType"] == "gp3"
    (interface,) = found["NetworkInterfaces"]
    assert interface["AssociatePublicIpAddress"] is False
    text = found["UserData"]["Fn::Base64"]
    assert len(text.encode()) <= 16_384
    assert text.startswith("version:" if system.is_windows else "#cloud-config\n")


def test_who_formats_data_volumes_is_said() -> None:
    """They come raw, as the template's reader learns there; without any, nothing is said."""
    told = SHOP.origins["LaunchTemplate"].purpose
    assert told.endswith("attached raw, and to format and mount them is the application's work")
    assert "raw" not in OFFICE.origins["LaunchTemplate"].purpose


@pytest.mark.parametrize(
    ("system", "port", "person"),
    [("debian-13", 22, "people: [ann]"), ("windows-2025", 3389, "administrators: [wim]")],
)
def test_people_come_only_where_they_are_named(system: str, port: int, person: str) -> None:
    """From management networks and by Instance Connect; without people, by no port at all."""
    size = "root_volume: 40"
    named = made(f"system: {system}, {size}, {person}", MANAGED)
    endpoint = {"Fn::ImportValue": "tiny-prod-network-InstanceConnectSecurityGroupId"}
    assert rules(named) == [(port, "10.9.0.0/16"), (port, endpoint)]
    nobody = made(f"system: {system}, {size}", MANAGED)
    assert rules(nobody) == [(443, "127.0.0.1/32")]


def test_staging_opens_nothing() -> None:
    """`people: []` and no load balancer: Session Manager, which needs no port."""
    assert rules(STAGING) == [(443, "127.0.0.1/32")]
    assert not of_type(STAGING, "AWS::EC2::KeyPair")


@pytest.mark.parametrize("one", [SHOP, OFFICE, STAGING], ids=lambda one: one.name)
def test_management_ports_are_never_the_worlds(one: Stack) -> None:
    """In no security group, from no address but those named."""
    for group in of_type(one, "AWS::EC2::SecurityGroup"):
        for port, peer in rules(one, group):
            if port in MANAGEMENT_PORTS:
                assert peer == "10.99.0.0/16" or "InstanceConnect" in str(peer)


def test_hosts_reach_the_world_by_https_and_named_databases() -> None:
    """Plain HTTP only for systems whose repositories speak it; no database that names another."""
    data_tier = "10.20.128.0/18"
    outward = rules(SHOP, way="Egress")
    assert outward == [(443, "0.0.0.0/0"), (3306, data_tier), (5432, data_tier)]
    assert [port for port, _ in rules(OFFICE, way="Egress")] == [443, 80]
    assert rules(STAGING, way="Egress") == [
        *((443, "0.0.0.0/0"), (443, "::/0"), (80, "0.0.0.0/0"), (80, "::/0")),
        (3306, "10.30.8.0/22"),
    ]


# ---- keys -----------------------------------------------------------------------------------


def test_linux_has_no_key_pair() -> None:
    """Its key would go to the image's default user, whom everybody shares."""
    assert not of_type(SHOP, "AWS::EC2::KeyPair")
    assert "KeyName" not in data(SHOP)


def test_windows_has_the_administrators_rsa_key() -> None:
    """Without its comment, under a name that changes with the key, because a pair cannot."""
    (pair,) = of_type(OFFICE, "AWS::EC2::KeyPair").values()
    assert pair["PublicKeyMaterial"] == " ".join(RSA.split()[:2])
    assert "carol" not in json.dumps(pair)
    prefix, _, fingerprint = pair["KeyName"].rpartition("-")
    assert prefix == "acme-prod-office"
    assert int(fingerprint, 16) >= 0
    assert data(OFFICE)["KeyName"] == {"Ref": "KeyPair"}


def test_windows_without_an_administrator_has_no_key_pair() -> None:
    """Nobody can have its password then."""
    one = made("system: windows-2022, root_volume: 40")
    assert not of_type(one, "AWS::EC2::KeyPair")


def test_comments_of_keys_go_nowhere() -> None:
    """They are free text, and a host needs none."""
    one = made("system: debian-12, people: [ann]", MANAGED)
    assert ED25519 in user_data(one)
    assert "reboot" not in json.dumps(one.template)


def test_administrators_are_told_from_people() -> None:
    """Both log in; only one may do everything."""
    assert "alice" in user_data(SHOP)
    assert "bob" in user_data(SHOP)
    assert "carol" not in user_data(SHOP)


# ---- images ---------------------------------------------------------------------------------

AMAZON = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


@pytest.mark.parametrize(
    ("asked", "image", "tag", "found"),
    [
        ("", AMAZON, "public parameter", {"servers.image-pinned"}),
        (
            "instance_type: t4g.small",
            AMAZON.replace("x86_64", "arm64"),
            "public parameter",
            {"servers.image-pinned"},
        ),
        ("image: {version: 9}", f"{AMAZON}:9", "public parameter", {"servers.image-dated"}),
        ("image: {version: 9, built: 2026-11-01}", f"{AMAZON}:9", "public parameter", set[str]()),
        (
            "image: {parameter: /tiny/web}",
            "resolve:ssm:/tiny/web",
            "own parameter",
            {"servers.image-pinned"},
        ),
        (
            "image: {parameter: /tiny/web, version: 3, built: 2026-01-01}",
            "resolve:ssm:/tiny/web:3",
            "own parameter",
            {"servers.image-fresh"},
        ),
        (
            "image: {id: ami-0123456789abcdef0, built: 2026-08-27}",
            "ami-0123456789abcdef0",
            "id",
            set[str](),
        ),
        (
            "image: {id: ami-0123456789abcdef0, built: 2026-08-26}",
            "ami-0123456789abcdef0",
            "id",
            {"servers.image-fresh"},
        ),
        (
            "image: {pipeline: base}",
            "resolve:ssm:/imagebuilder/tiny/prod/base",
            "pipeline base",
            set[str](),
        ),
    ],
)
def test_how_an_image_is_chosen(asked: str, image: str, tag: str, found: set[str]) -> None:
    """By id, by parameter, pinned or not; hosts say which, and controls say what they think."""
    pipeline = "    images: [{name: base, system: amazon-linux-2023}]"
    one = made(f"system: amazon-linux-2023, {asked}", "", pipeline)
    assert data(one)["ImageId"] == image
    for kind in data(one)["TagSpecifications"]:
        tags = {each["Key"]: each["Value"] for each in kind["Tags"]}
        assert tags["baseline:image"] == tag
        assert ("baseline:image-built" in tags) is ("built" in asked)
    assert findings(one) == found


def test_a_new_image_of_a_pipeline_replaces_hosts() -> None:
    """The parameter's change starts a runbook, and a failure of that is told."""
    assert "acme-prod-image-linux" in SHOP.after
    rule = properties(SHOP, "NewImageRule")
    assert rule["EventPattern"]["detail"]["name"] == ["/imagebuilder/acme/prod/linux"]
    assert data(SHOP)["ImageId"] == f"resolve:ssm:{rule['EventPattern']['detail']['name'][0]}"
    (step,) = properties(SHOP, "RefreshRunbook")["Content"]["mainSteps"]
    assert step["inputs"]["Api"] == "StartInstanceRefresh"
    assert step["inputs"]["AutoScalingGroupName"] == {"Ref": "Group"}
    for title in ("FailedRefresh", "FailedRunbook"):
        (target,) = properties(SHOP, f"{title}Rule")["Targets"]
        assert target["Arn"] == {"Fn::ImportValue": "acme-prod-alerts-TopicArn"}
    for name in ("-image", "-stuck", "-asked"):
        longest = len(f"{'o' * 12}-{'e' * 12}-server-{'s' * 24}{name}")
        assert longest <= 64  # "PutRule" (Amazon EventBridge)


def test_who_replaces_hosts_can_do_nothing_else() -> None:
    """One action on one group; and one runbook, which gets one role."""
    (refresh,) = statements(properties(SHOP, "RefreshPolicy")["PolicyDocument"]).values()
    assert refresh["Action"] == "autoscaling:StartInstanceRefresh"
    assert refresh["Resource"]["Fn::Sub"].endswith(":autoScalingGroupName/${Group}")
    found = statements(properties(SHOP, "NewImagePolicy")["PolicyDocument"])
    assert found["GiveRole"]["Resource"] == {"Fn::GetAtt": ["RefreshRole", "Arn"]}
    assert set(found) == {"GiveRole", "StartRunbook"}


# ---- the group ------------------------------------------------------------------------------


def test_hosts_are_spread_over_every_private_subnet() -> None:
    """As many as the profile says; else one in each zone that the asset demands."""
    group = properties(SHOP, "Group")
    assert len(group["VPCZoneIdentifier"]) == 3
    assert all("PrivateSubnet" in str(subnet) for subnet in group["VPCZoneIdentifier"])
    assert (group["MinSize"], group["MaxSize"]) == ("3", "6")
    assert (properties(OFFICE, "Group")["MinSize"], properties(OFFICE, "Group")["MaxSize"]) == (
        *("3", "6"),
    )
    assert (properties(STAGING, "Group")["MinSize"], properties(STAGING, "Group")["MaxSize"]) == (
        *("2", "4"),
    )


def test_a_change_replaces_hosts_one_by_one() -> None:
    """With as many in service as there must be, or one less where there can be no more."""

    def update(one: Stack) -> Mapping[str, Any]:
        found: Mapping[str, Any] = one.resources["Group"]["UpdatePolicy"]
        return found["AutoScalingRollingUpdate"]  # type: ignore[no-any-return]

    assert update(SHOP)["MinInstancesInService"] == "3"
    full = made("system: debian-13, capacity: {minimum: 2, maximum: 2}")
    assert update(full)["MinInstancesInService"] == "1"
    assert update(full)["MaxBatchSize"] == "1"
    assert not of_type(full, "AWS::AutoScaling::ScalingPolicy")
    assert "AllHostsAlarm" not in full.resources
    version = properties(SHOP, "Group")["LaunchTemplate"]["Version"]
    assert version == {"Fn::GetAtt": ["LaunchTemplate", "LatestVersionNumber"]}


def test_health_is_the_load_balancers_where_there_is_one() -> None:
    """And hosts join only when it listens and their role is whole."""
    assert properties(SHOP, "Group")["HealthCheckType"] == "ELB"
    assert "HttpsListener" in SHOP.resources["Group"]["DependsOn"]
    assert properties(OFFICE, "Group")["HealthCheckType"] == "EC2"
    assert "SystemsManagerPolicy" in OFFICE.resources["Group"]["DependsOn"]


def test_the_group_works_by_the_role_that_keys_know() -> None:
    """Else no host with an encrypted volume would start."""
    role = properties(SHOP, "Group")["ServiceLinkedRoleARN"]
    assert role["Fn::Sub"].endswith("/AWSServiceRoleForAutoScaling_acme-prod")
    assert "acme-prod-identity" in SHOP.after


def test_every_alarm_tells_the_topic() -> None:
    """When it begins and when it ends."""
    for one in (SHOP, OFFICE, STAGING):
        alarms = of_type(one, "AWS::CloudWatch::Alarm")
        assert {"CpuAlarm", "StatusCheckAlarm", "DiskAlarm", "MemoryAlarm"} <= set(alarms)
        for each in alarms.values():
            assert "TopicArn" in str(each["AlarmActions"])
    assert {"SickHostsAlarm", "NoHostsAlarm"} <= set(of_type(SHOP, "AWS::CloudWatch::Alarm"))


# ---- what hosts may do ----------------------------------------------------------------------


@pytest.mark.parametrize("one", [SHOP, OFFICE, STAGING], ids=lambda one: one.name)
def test_the_role_is_for_hosts_and_narrow(one: Stack) -> None:
    """No parameter but one, no log group but one, no metrics but the agent's."""
    trust = properties(one, "Role")["AssumeRolePolicyDocument"]["Statement"]
    assert [each["Principal"] for each in trust] == [{"Service": "ec2.amazonaws.com"}]
    found = statements(properties(one, "CloudWatchPolicy")["PolicyDocument"])
    name = properties(one, "AgentConfiguration")["Name"]
    assert found["ReadConfiguration"]["Resource"]["Fn::Sub"].endswith(f":parameter{name}")
    assert "ApplicationLogGroupArn" in str(found["SendLogs"]["Resource"])
    condition = found["SendMetrics"]["Condition"]["StringEquals"]
    assert condition == {"cloudwatch:namespace": "CWAgent"}
    everything = [
        action
        for policy in ("CloudWatchPolicy", "SystemsManagerPolicy")
        for each in properties(one, policy)["PolicyDocument"]["Statement"]
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    ]
    assert not [action for action in everything if action.startswith(("iam:", "kms:", "ec2:"))]
    assert not {"ssm:GetParameters", "ssm:SendCommand", "ssm:StartSession"} & set(everything)


@pytest.mark.parametrize("one", [SHOP, OFFICE, STAGING], ids=lambda one: one.name)
def test_hosts_read_the_documents_that_run_on_them(one: Stack) -> None:
    """Ours, and those of AWS by which hosts are configured, and scanned by Inspector; no other."""
    found = statements(properties(one, "SystemsManagerPolicy")["PolicyDocument"])
    read = {each["Fn::Sub"].rpartition("/")[2] for each in found["ReadDocuments"]["Resource"]}
    assert read == {
        *("AWS-ConfigureAWSPackage", "AWS-GatherSoftwareInventory", "AWS-RunPatchBaseline"),
        *("AmazonCloudWatch-ManageAgent", "AmazonCloudWatchAgent", "AmazonInspector2-*"),
        "${AgentDocument}",
    }
    paths = found["ReadPathsOfInspector"]["Resource"]["Fn::Sub"]
    assert paths.endswith(":parameter/inspector-aws/service/inspector-linux-application-paths")


@pytest.mark.parametrize("one", [SHOP, OFFICE, STAGING], ids=lambda one: one.name)
def test_the_agent_sends_what_the_alarms_watch(one: Stack) -> None:
    """The same metrics, dimension and namespace; logs to the site's group; within 4 KB."""
    text = properties(one, "AgentConfiguration")["Value"]
    assert len(text) <= 4096  # a standard parameter; "Managing parameter tiers"
    document = json.loads(text)
    metrics = document["metrics"]
    assert ["Server"] in metrics["aggregation_dimensions"]
    sent = set()
    for plugin, each in metrics["metrics_collected"].items():
        for measure in each["measurement"]:
            renamed = isinstance(measure, dict)
            sent.add(measure["rename"] if renamed else f"{plugin}_{measure}")
    for name in ("DiskAlarm", "MemoryAlarm"):
        alarm = properties(one, name)
        assert alarm["MetricName"] in sent
        assert alarm["Namespace"] == metrics["namespace"]
        (dimension,) = alarm["Dimensions"]
        for each in metrics["metrics_collected"].values():
            assert each["append_dimensions"] == {dimension["Name"]: dimension["Value"]}
    groups = {
        each["log_group_name"]
        for collected in document["logs"]["logs_collected"].values()
        for each in collected["collect_list"]
    }
    assert groups == {one.name.split("-server-")[0].replace("-", "/").join(("/", "/application"))}


def test_the_agent_is_found_by_a_tag_of_its_hosts() -> None:
    """Installed first, then configured; on this server's hosts only."""
    document = properties(SHOP, "AgentDocument")["Content"]
    assert [step["name"] for step in document["mainSteps"]] == [
        *("WaitForFirstBoot", "EndWhereItIsThere", "InstallAgent", "ConfigureAgent"),
    ]
    tags = {each["Key"]: each["Value"] for each in properties(SHOP, "Group")["Tags"]}
    for each in of_type(SHOP, "AWS::SSM::Association").values():
        (target,) = each["Targets"]
        assert target["Values"] == [tags[target["Key"].removeprefix("tag:")]]


@pytest.mark.parametrize("one", [SHOP, OFFICE, STAGING], ids=lambda one: one.name)
def test_a_new_host_gets_its_agent_after_its_first_boot_or_soon(one: Stack) -> None:
    """Not while it installs packages; what fails is tried again within half an hour."""
    wait, lacks, *_ = properties(one, "AgentDocument")["Content"]["mainSteps"]
    kind = "PowerShell" if one is OFFICE else "Shell"
    assert wait["action"] == lacks["action"] == f"aws:run{kind}Script"
    assert ("EC2Launch.exe" if one is OFFICE else "cloud-init status --wait") in str(wait)
    assert "onFailure" not in wait["inputs"]
    assert int(wait["inputs"]["timeoutSeconds"]) > agent.WAIT_SECONDS
    assert lacks["inputs"]["onFailure"] == "successAndExit"
    assert properties(one, "AgentAssociation")["ScheduleExpression"] == "rate(30 minutes)"


@pytest.mark.parametrize(
    ("active", "minutes", "is_lacking"),
    [(True, 5, False), (True, 1500, True), (True, None, True), (False, 5, True)],
)
def test_an_agent_that_runs_is_left_alone(
    active: bool, minutes: int | None, is_lacking: bool, tmp_path: Path
) -> None:
    """Unless it was configured more than a day ago: then it may have a new configuration."""
    script = "\n".join(agent.LINUX_LACKS.splitlines())
    script = script.replace("/opt/aws/amazon-cloudwatch-agent/etc", str(tmp_path))
    if minutes is not None:
        file = tmp_path / "amazon-cloudwatch-agent.toml"
        file.touch()
        then = file.stat().st_mtime - 60 * minutes
        os.utime(file, (then, then))
    stand_in = f"systemctl() {{ {str(active).lower()}; }}\n"
    done = subprocess.run(["sh", "-c", stand_in + script], check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0 if is_lacking else 1, b"")


def test_a_first_boot_without_end_is_not_waited_for(tmp_path: Path) -> None:
    """The wait is limited, and its failure is none of the document."""
    tool = tmp_path / "cloud-init"
    tool.write_text("#!/bin/sh\nsleep 60\n", encoding="ascii")
    tool.chmod(0o755)
    script = agent.LINUX_WAIT.replace(str(agent.WAIT_SECONDS), "1")
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    assert subprocess.run(["sh", "-c", script], check=False, env=path, timeout=30).returncode == 0


# ---- the load balancer ----------------------------------------------------------------------


def test_the_world_gets_https_and_a_redirect() -> None:
    """TLS 1.2 and 1.3 only; behind it HTTPS again."""
    https, http = properties(SHOP, "HttpsListener"), properties(SHOP, "HttpListener")
    assert https["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
    (action,) = http["DefaultActions"]
    assert action["RedirectConfig"]["Protocol"] == "HTTPS"
    assert properties(SHOP, "TargetGroup")["Protocol"] == "HTTPS"
    assert properties(SHOP, "TargetGroup")["HealthCheckPath"] == "/health"
    assert rules(SHOP, "LoadBalancerSecurityGroup") == [(443, "0.0.0.0/0"), (80, "0.0.0.0/0")]
    assert rules(SHOP, "LoadBalancerSecurityGroup", "Egress") == [(8443, "10.20.0.0/17")]
    own = {"Fn::GetAtt": ["LoadBalancerSecurityGroup", "GroupId"]}
    assert (8443, own) in rules(SHOP)


def test_an_internal_load_balancer_is_for_the_network() -> None:
    """In private subnets, and from the VPC's addresses only; over IPv4."""
    balancer = "load_balancer: {certificate: /tiny/web, internal: yes}"
    one = made(f"system: debian-13, {balancer}", ", ipv6: yes")
    found = properties(one, "LoadBalancer")
    assert (found["Scheme"], found["IpAddressType"]) == ("internal", "ipv4")
    assert all("PrivateSubnet" in str(subnet) for subnet in found["Subnets"])
    peers = {peer for _, peer in rules(one, "LoadBalancerSecurityGroup")}
    assert peers == {"10.0.0.0/16"}


def test_the_world_has_ipv6_where_the_network_has() -> None:
    """The load balancer answers on both; hosts have addresses that nobody reaches from outside."""
    one = made("system: debian-13, load_balancer: {certificate: /tiny/web}", ", ipv6: yes")
    assert properties(one, "LoadBalancer")["IpAddressType"] == "dualstack"
    assert (443, "::/0") in rules(one, "LoadBalancerSecurityGroup")
    assert data(one)["NetworkInterfaces"][0]["Ipv6AddressCount"] == 1


def test_attributes_are_written_out() -> None:
    """Logs to the bucket for them, invalid headers dropped, deletion refused."""
    found = attributes(SHOP, "LoadBalancer", "LoadBalancerAttributes")
    bucket = {"Fn::ImportValue": "acme-prod-logs-AccessLogBucketName"}
    for kind in ("access_logs", "connection_logs"):
        assert found[f"{kind}.s3.enabled"] == "true"
        assert found[f"{kind}.s3.bucket"] == bucket
        assert found[f"{kind}.s3.prefix"] == "load-balancers"
    assert found["routing.http.drop_invalid_header_fields.enabled"] == "true"
    assert found["routing.http.desync_mitigation_mode"] == "defensive"
    assert found["deletion_protection.enabled"] == "true"
    assert attributes(SHOP, "TargetGroup", "TargetGroupAttributes")["stickiness.enabled"] == "false"


def test_a_certificate_by_arn_names_no_account() -> None:
    """The environment's own account and region are meant, and stay pseudo parameters."""
    one = made(f'system: debian-13, load_balancer: {{certificate: "{CERTIFICATE}"}}')
    (found,) = properties(one, "HttpsListener")["Certificates"]
    assert found["CertificateArn"] == {
        "Fn::Sub": "arn:${AWS::Partition}:acm:${AWS::Region}:${AWS::AccountId}:"
        "certificate/01234567-89ab-cdef-0123-456789abcdef"
    }
    (resolved,) = properties(SHOP, "HttpsListener")["Certificates"]
    assert resolved["CertificateArn"] == "{{resolve:ssm:/acme/certificates/shop}}"


def test_without_a_load_balancer_the_application_is_reached_from_nowhere() -> None:
    """Neither group nor host opens its port."""
    assert 8443 not in dict(rules(OFFICE))
    assert not of_type(OFFICE, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert "8443" not in user_data(OFFICE)


def test_the_port_of_the_profile_is_the_same_everywhere() -> None:
    """Of the load balancer, the security groups and the host's own firewall."""
    one = made("system: debian-13, port: 9443, load_balancer: {certificate: /tiny/web}")
    assert properties(one, "TargetGroup")["Port"] == 9443
    assert dict(rules(one, "LoadBalancerSecurityGroup", "Egress")) == {9443: "10.0.0.0/17"}
    assert 9443 in dict(rules(one))
    assert "9443" in user_data(one)


def test_an_asset_with_a_key_of_its_own_encrypts_its_hosts() -> None:
    """Root and data volumes alike."""
    changed = edited("acme", ("asset: storefront\n        system: windows-2025", ORDERS))
    one = next(each for each in changed if each.name == OFFICE.name)
    keys = {str(each["Ebs"]["KmsKeyId"]) for each in data(one)["BlockDeviceMappings"]}
    assert keys == {"{'Fn::ImportValue': 'acme-prod-keys-AssetOrdersKeyArn'}"}


ORDERS = "asset: orders\n        system: windows-2025"


def test_the_most_people_and_tags_still_fit() -> None:
    """User data stays under EC2's limit, tags under fifty."""
    tags = ", ".join(f"tag{number}: x" for number in range(40))
    changed = edited("acme", ("{CostCenter: shop, Repository: acme/infrastructure}", f"{{{tags}}}"))
    one = next(each for each in changed if each.name == SHOP.name)
    assert len(properties(one, "Group")["Tags"]) <= 50
    size = len(base64.b64encode(user_data(SHOP).encode()))
    assert size <= 4 * 16_384 / 3


def test_older_families_have_no_throughput_of_their_own() -> None:
    """EC2 refuses to start them with it."""
    assert data(made("system: debian-13, instance_type: t2.small"))["EbsOptimized"] is False
    assert data(SHOP)["EbsOptimized"] is True
