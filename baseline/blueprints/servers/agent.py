"""Agent: what hosts may do, what they report, and to whom.

The role is AmazonSSMManagedInstanceCore and CloudWatchAgentServerPolicy made narrower: no host
reads parameters, writes to log groups or publishes metrics of anybody else. Sessions and commands
come by `ssmmessages` alone; agents before 3.0 would need `ec2messages` too. The host itself records
sessions, in the group of `sessions`. What AWS offers no resource for, and only that, is allowed on
everything. Packages come from the same buckets of AWS that the network's endpoint for S3 admits.

The CloudWatch agent is installed and configured by Systems Manager, on each new host and every day
again, in the same way on all systems. Not by user data: a change of its configuration is no reason
to replace hosts. The configuration is a parameter under our own path, so the role names it.

A new host is asked while it still installs packages, so the document first waits for cloud-init, or
EC2Launch, to end. State Manager tries nothing again before the schedule says so, and passes over
new hosts while others are at it; so it asks every half hour, the shortest rate there is, and a host
whose agent runs and was configured within a day ends there, before anything is stopped.

Metrics have the dimension `Server`, which the configuration states. The agent's own dimension for
the group would have to be asked of EC2, which allows that for all instances or for none.

Sources: "Verify or add instance permissions for Session Manager", "Reference: ec2messages,
ssmmessages, and other API operations", "SSM Agent communications with AWS managed S3 buckets"
(Systems Manager); "Manually create or edit the CloudWatch agent configuration file"; "Understanding
targets and rate controls in State Manager associations", "Reference: Cron and rate expressions for
Systems Manager", "Command document plugin reference", onFailure: successAndExit (Systems Manager).
"""

from __future__ import annotations

import json
from typing import Any

from troposphere import GetAtt, Ref, iam, ssm

from baseline.blueprints import Draft, Site, alarm, allow, arn, bucket_arn, imported, policy
from baseline.profile import Server
from baseline.regions import package_buckets
from baseline.systems import SYSTEMS

NAMESPACE = "CWAgent"
EVERY_SECONDS = 60
DISK_ALARM_PERCENT = 85
MEMORY_ALARM_PERCENT = 90
DAILY = "rate(1 day)"
HALF_HOURLY = "rate(30 minutes)"

# How a host waits until its first boot has ended, for at most 25 minutes: what then fails is tried
# again. cloud-init has no limit of its own.
WAIT_SECONDS = 1500
LINUX_WAIT = f"timeout {WAIT_SECONDS} cloud-init status --wait || true"
WINDOWS_WAIT = f"""\
$tool = "$env:ProgramFiles\\Amazon\\EC2Launch\\EC2Launch.exe"
$first = Start-Process $tool -ArgumentList status, --block -PassThru -WindowStyle Hidden
if (-not $first.WaitForExit({WAIT_SECONDS}000)) {{ $first.Kill() }}
exit 0"""
# Fails where there is nothing to do: the agent runs, and was configured in the last day.
LINUX_LACKS = """\
systemctl --quiet is-active amazon-cloudwatch-agent || exit 0
fresh=$(find /opt/aws/amazon-cloudwatch-agent/etc -name amazon-cloudwatch-agent.toml -mmin -1440)
test -z "$fresh"
"""
WINDOWS_LACKS = """\
$service = Get-Service AmazonCloudWatchAgent -ErrorAction SilentlyContinue
$file = "$env:ProgramData\\Amazon\\AmazonCloudWatchAgent\\amazon-cloudwatch-agent.toml"
if ("$($service.Status)" -ne 'Running' -or -not (Test-Path $file)) { exit 0 }
if ((Get-Item $file).LastWriteTime -lt (Get-Date).AddDays(-1)) { exit 0 }
exit 1"""

# Documents of AWS that associations here run, and the package that one of them installs.
DOCUMENTS = ("AmazonCloudWatch-ManageAgent", "AmazonCloudWatchAgent", "AWS-RunPatchBaseline")

# Documents of AWS that Amazon Inspector has associations run, where it is on: to list software, to
# install its plugin, to run it. No account may name documents of its own so: AWS keeps names that
# begin with AWS or Amazon. Sources: "Scanning Amazon EC2 instances with Amazon Inspector",
# "Scanning Windows EC2 instances with Amazon Inspector", "CreateDocument" (Systems Manager), Name.
INSPECTOR_DOCUMENTS = (
    "AWS-ConfigureAWSPackage",
    "AWS-GatherSoftwareInventory",
    "AmazonInspector2-*",
)
# Where Inspector is told to look besides; sources: "Amazon Inspector deep inspection for
# Linux-based Amazon EC2 instances", "AmazonInspector2FullAccess_v2" (AWS managed policies).
INSPECTOR_PARAMETER = "/inspector-aws/service/inspector-linux-application-paths"

# Systems that Patch Manager did not list yet when this was written.
# Source: "Patch Manager prerequisites" (Systems Manager).
NOT_SCANNED = ("debian-13",)

# Files that a system lacks are waited for in silence.
LINUX_LOGS = {
    "audit": "/var/log/audit/audit.log",
    "auth": "/var/log/auth.log",
    "secure": "/var/log/secure",
    "messages": "/var/log/messages",
    "syslog": "/var/log/syslog",
    "sudo": "/var/log/sudo.log",
    "cloud-init": "/var/log/cloud-init.log",
    "cloud-init-output": "/var/log/cloud-init-output.log",
}
WINDOWS_LOGS = ("Application", "Security", "System")
# Nothing is ever free on these: packages, images, memory.
NOT_DISKS = ("devtmpfs", "efivarfs", "iso9660", "overlay", "squashfs", "sysfs", "tmpfs")


def add_role(draft: Draft, site: Site, server: Server) -> None:
    """Add the role of the hosts, its two policies, and the profile by which EC2 gives it."""
    what = f"Hosts of {site.prefix}-{server.name}"
    role = iam.Role(
        "Role",
        Description=what,
        AssumeRolePolicyDocument=policy(
            allow("TakeByHosts", {"Service": "ec2.amazonaws.com"}, ("sts:AssumeRole",), None)
        ),
        MaxSessionDuration=3600,
    )
    draft.add(role, f"What the hosts of {server.name} may do")
    for name, statements, purpose in (
        ("SystemsManager", _systems_manager(site), "be managed, and open sessions for people"),
        ("CloudWatch", _cloudwatch(site, server), "send their logs and metrics"),
    ):
        draft.add(
            iam.ManagedPolicy(
                f"{name}Policy",
                Description=f"{what}: {purpose}",
                PolicyDocument=policy(*statements),
                Roles=[Ref(role)],
            ),
            f"Lets hosts {purpose}, and nothing else",
        )
    draft.add(iam.InstanceProfile("InstanceProfile", Roles=[Ref(role)]), "Gives hosts their role")
    draft.export("RoleName", Ref(role), f"Name of the role of the hosts of {server.name}")
    draft.export("RoleArn", GetAtt(role, "Arn"), f"ARN of the role of the hosts of {server.name}")


def _systems_manager(site: Site) -> tuple[dict[str, Any], ...]:
    """Source: "Actions, resources, and condition keys for AWS Systems Manager"."""
    buckets = package_buckets(site.profile.regions.home)
    documents = [
        arn("ssm", f"document/{name}", account=account)
        for name in (*DOCUMENTS, *INSPECTOR_DOCUMENTS)
        for account in ("", "${AWS::AccountId}")
    ]
    return (
        # AWS offers no resource for these.
        allow(
            "OpenChannels",
            None,
            (
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ),
            "*",
        ),
        allow(
            "InstallAndReport",
            None,
            (
                "ssm:GetDeployablePatchSnapshotForInstance",
                "ssm:GetManifest",
                "ssm:PutConfigurePackageResult",
                "ssm:PutInventory",
            ),
            "*",
        ),
        allow(
            "SayThatTheyAreThere",
            None,
            (
                "ssm:ListInstanceAssociations",
                "ssm:PutComplianceItems",
                "ssm:UpdateInstanceAssociationStatus",
                "ssm:UpdateInstanceInformation",
            ),
            [arn("ec2", "instance/*"), arn("ssm", "association/*")],
        ),
        allow(
            "ReadDocuments",
            None,
            ("ssm:DescribeDocument", "ssm:GetDocument"),
            [*documents, arn("ssm", "document/${AgentDocument}")],
        ),
        allow(
            "ReadPathsOfInspector",
            None,
            ("ssm:GetParameter",),
            arn("ssm", f"parameter{INSPECTOR_PARAMETER}"),
        ),
        allow(
            "GetPackagesOfAws",
            None,
            ("s3:GetObject",),
            [bucket_arn(f"{name}/*") for name in buckets],
        ),
    )


def _cloudwatch(site: Site, server: Server) -> tuple[dict[str, Any], ...]:
    """Source: "Using condition keys to limit access to CloudWatch namespaces"."""
    return (
        allow(
            "SendLogs",
            None,
            ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
            imported(site, "logs", "ApplicationLogGroupArn"),
        ),
        # Source: "Verify or add instance permissions for Session Manager"; a session begins only
        # where its group is found, and is encrypted.
        allow(
            "RecordSessions",
            None,
            ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
            imported(site, "sessions", "LogGroupArn"),
        ),
        allow("FindLogGroups", None, ("logs:DescribeLogGroups",), arn("logs", "log-group:*")),
        # AWS offers no resource for metrics; the condition stands for it.
        allow(
            "SendMetrics",
            None,
            ("cloudwatch:PutMetricData",),
            "*",
            {"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
        ),
        allow(
            "ReadConfiguration",
            None,
            ("ssm:GetParameter",),
            arn("ssm", f"parameter{_parameter(site, server)}"),
        ),
    )


def _parameter(site: Site, server: Server) -> str:
    return f"{site.log_group_prefix}servers/{server.name}/cloudwatch-agent"


def add(draft: Draft, site: Site, server: Server) -> None:
    """Add the agent's configuration, what installs it, the scan for missing patches, alarms."""
    draft.add(
        ssm.Parameter(
            "AgentConfiguration",
            Name=_parameter(site, server),
            Description=f"What the CloudWatch agent on hosts of {server.name} reports",
            Type="String",
            DataType="text",
            Tier="Standard",
            Value=configuration(site, server),
            Tags={"Name": f"{site.prefix}-{server.name}-cloudwatch-agent"},
        ),
        f"Says which logs and metrics the hosts of {server.name} send",
    )
    draft.add(_document(server), "Installs the CloudWatch agent, then gives it its configuration")
    draft.add(
        _association(draft, "agent", "AgentAssociation", Ref("AgentDocument"), HALF_HOURLY, {}),
        "Has the CloudWatch agent on every host, as it is configured here",
    )
    if server.system not in NOT_SCANNED:
        scan = {"Operation": ["Scan"], "RebootOption": ["NoReboot"]}
        draft.add(
            _association(draft, "patches", "PatchAssociation", "AWS-RunPatchBaseline", DAILY, scan),
            "Looks every day for patches that a host lacks; installs none",
        )
    _alarms(draft, site, server)


def configuration(site: Site, server: Server) -> str:
    """The agent's configuration, as JSON."""
    group = f"{site.log_group_prefix}application"
    is_windows = SYSTEMS[server.system].is_windows
    metrics = _windows_metrics(server) if is_windows else _linux_metrics(server)
    stream = f"{server.name}/{{instance_id}}/"
    if is_windows:
        events = [
            {
                "event_name": name,
                "event_levels": ["CRITICAL", "ERROR", "WARNING", "INFORMATION"],
                "event_format": "xml",
                "log_group_name": group,
                "log_stream_name": f"{stream}{name.lower()}",
            }
            for name in WINDOWS_LOGS
        ]
        logs: dict[str, Any] = {"windows_events": {"collect_list": events}}
    else:
        files = [
            {"file_path": path, "log_group_name": group, "log_stream_name": f"{stream}{name}"}
            for name, path in LINUX_LOGS.items()
        ]
        logs = {"files": {"collect_list": files}}
    # The audit log can be read by root only.
    user = {} if is_windows else {"run_as_user": "root"}
    document = {
        "agent": {"metrics_collection_interval": EVERY_SECONDS, **user},
        "metrics": {
            "namespace": NAMESPACE,
            "append_dimensions": {"InstanceId": "${aws:InstanceId}"},
            "aggregation_dimensions": [["Server"], ["Server", "InstanceId"]],
            "metrics_collected": metrics,
        },
        "logs": {"logs_collected": logs},
    }
    return json.dumps(document, indent=1) + "\n"


def _dimension(server: Server) -> dict[str, Any]:
    return {"append_dimensions": {"Server": server.name}}


def _linux_metrics(server: Server) -> dict[str, Any]:
    return {
        "disk": {
            "measurement": ["used_percent"],
            "resources": ["*"],
            "ignore_file_system_types": list(NOT_DISKS),
            "drop_device": True,
            **_dimension(server),
        },
        "mem": {"measurement": ["used_percent"], **_dimension(server)},
        "swap": {"measurement": ["used_percent"], **_dimension(server)},
    }


def _windows_metrics(server: Server) -> dict[str, Any]:
    def renamed(counter: str, name: str) -> list[dict[str, str]]:
        return [{"name": counter, "rename": name, "unit": "Percent"}]

    # `*` would count partitions that start the system, which are always nearly full.
    drives = "CDEFGHIJKLM"[: 1 + len(server.volumes)]
    return {
        "LogicalDisk": {
            "measurement": renamed("% Free Space", "disk_free_percent"),
            "resources": [f"{letter}:" for letter in drives],
            **_dimension(server),
        },
        "Memory": {
            "measurement": renamed("% Committed Bytes In Use", "mem_used_percent"),
            **_dimension(server),
        },
        "Paging File": {
            "measurement": renamed("% Usage", "swap_used_percent"),
            "resources": ["_Total"],
            **_dimension(server),
        },
    }


def _document(server: Server) -> ssm.Document:
    """One document, so that the agent is there before it is configured."""
    is_windows = SYSTEMS[server.system].is_windows
    wait, lacks = (WINDOWS_WAIT, WINDOWS_LACKS) if is_windows else (LINUX_WAIT, LINUX_LACKS)
    run = "aws:runPowerShellScript" if is_windows else "aws:runShellScript"
    return ssm.Document(
        "AgentDocument",
        DocumentType="Command",
        DocumentFormat="JSON",
        UpdateMethod="NewVersion",
        TargetType="/AWS::EC2::Instance",
        Content={
            "schemaVersion": "2.2",
            "description": f"The CloudWatch agent on hosts of {server.name}",
            "mainSteps": [
                {
                    "name": "WaitForFirstBoot",
                    "action": run,
                    "inputs": {
                        "timeoutSeconds": str(WAIT_SECONDS + 300),
                        "runCommand": wait.splitlines(),
                    },
                },
                {
                    "name": "EndWhereItIsThere",
                    "action": run,
                    "inputs": {
                        "timeoutSeconds": "60",
                        "onFailure": "successAndExit",
                        "runCommand": lacks.splitlines(),
                    },
                },
                {
                    "name": "InstallAgent",
                    "action": "aws:configurePackage",
                    "inputs": {"name": "AmazonCloudWatchAgent", "action": "Install"},
                },
                {
                    "name": "ConfigureAgent",
                    "action": "aws:runDocument",
                    "inputs": {
                        "documentType": "SSMDocument",
                        "documentPath": "AmazonCloudWatch-ManageAgent",
                        "documentParameters": {
                            "action": "configure",
                            "mode": "ec2",
                            "optionalConfigurationSource": "ssm",
                            "optionalConfigurationLocation": Ref("AgentConfiguration"),
                            "optionalRestart": "yes",
                        },
                    },
                },
            ],
        },
    )


def _association(
    draft: Draft,
    what: str,
    logical_id: str,
    document: Any,
    schedule: str,
    parameters: dict[str, list[str]],
) -> ssm.Association:
    extra: dict[str, Any] = {"Parameters": parameters} if parameters else {}
    return ssm.Association(
        logical_id,
        AssociationName=f"{draft.name}-{what}",
        Name=document,
        DocumentVersion="$DEFAULT" if isinstance(document, str) else "$LATEST",
        Targets=[ssm.Targets(Key="tag:baseline:stack", Values=[draft.name])],
        ScheduleExpression=schedule,
        ApplyOnlyAtCronInterval=False,
        ComplianceSeverity="HIGH",
        MaxConcurrency="50%",
        MaxErrors="100%",
        **extra,
    )


def _alarms(draft: Draft, site: Site, server: Server) -> None:
    is_windows = SYSTEMS[server.system].is_windows
    disk: dict[str, Any] = {
        "metric": "disk_free_percent" if is_windows else "disk_used_percent",
        "statistic": "Minimum" if is_windows else "Maximum",
        "threshold": 100 - DISK_ALARM_PERCENT if is_windows else DISK_ALARM_PERCENT,
        "comparison": "LessThanThreshold" if is_windows else "GreaterThanThreshold",
    }
    dimensions = {"Server": server.name}
    draft.add(
        alarm(
            *(site, "DiskAlarm", f"a disk of {server.name} is over {DISK_ALARM_PERCENT}% full"),
            namespace=NAMESPACE,
            dimensions=dimensions,
            **disk,
        ),
        "Tells that the fullest disk of any host is nearly full",
    )
    draft.add(
        alarm(
            *(site, "MemoryAlarm", f"hosts of {server.name} lack memory, or do not report"),
            namespace=NAMESPACE,
            dimensions=dimensions,
            metric="mem_used_percent",
            threshold=MEMORY_ALARM_PERCENT,
            missing="breaching",
        ),
        "Tells that hosts are short of memory, or that none has a working agent",
    )
