"""Group: how many hosts there are, where, and for how long; and what is told of them.

No host is older than 30 days, so what nobody remembers having changed goes with it. A change of
the launch template replaces hosts one by one, and goes on even if new ones do not answer: only
hosts could say so, with a tool that not all of these systems have. The alarms say so. A group
whose minimum is its maximum has one host less meanwhile.
"""

from __future__ import annotations

from typing import Any

from troposphere import GetAtt, Ref, autoscaling, policies

from baseline.blueprints import Draft, Site, alarm, imported
from baseline.blueprints.identity import autoscaling_role
from baseline.blueprints.network.plan import Plan, letter
from baseline.profile import Capacity, Server
from baseline.protection import protection
from baseline.systems import SYSTEMS

CPU_TARGET_PERCENT = 60
CPU_ALARM_PERCENT = 85
OLDEST_HOST_SECONDS = 30 * 86_400
# A first start ends with updates and packages; Windows takes some minutes more.
WARM_UP_SECONDS = {False: 600, True: 900}


def add(draft: Draft, plan: Plan, server: Server, tags: dict[str, str]) -> None:
    """Add the group, how it grows, and its alarms."""
    _group(draft, plan, server, tags)
    _alarms(draft, plan.site, server)
    draft.export("GroupName", Ref("Group"), "Name of the Auto Scaling group")


def _capacity(site: Site, server: Server) -> Capacity:
    """What the profile says; else a host in each zone that the asset demands, and twice that."""
    zones = protection(site.profile.asset(server.asset)).zones
    return server.capacity or Capacity(minimum=zones, maximum=2 * zones)


def _group(draft: Draft, plan: Plan, server: Server, tags: dict[str, str]) -> None:
    """Sources: "UpdatePolicy attribute", "Instance maintenance policies" and the like."""
    site = plan.site
    capacity = _capacity(site, server)
    warm_up = WARM_UP_SECONDS[SYSTEMS[server.system].is_windows]
    stays = capacity.minimum if capacity.maximum > capacity.minimum else capacity.minimum - 1
    needs = ["SystemsManagerPolicy", "CloudWatchPolicy"]
    extra: dict[str, Any] = {}
    if server.load_balancer:
        extra["TargetGroupARNs"] = [Ref("TargetGroup")]
        needs.append("HttpsListener")
    group = autoscaling.AutoScalingGroup(
        "Group",
        LaunchTemplate=autoscaling.LaunchTemplateSpecification(
            LaunchTemplateId=Ref("LaunchTemplate"),
            Version=GetAtt("LaunchTemplate", "LatestVersionNumber"),
        ),
        VPCZoneIdentifier=[
            imported(site, "network", f"PrivateSubnet{letter(zone)}") for zone in plan.zones
        ],
        MinSize=str(capacity.minimum),
        MaxSize=str(capacity.maximum),
        HealthCheckType="ELB" if server.load_balancer else "EC2",
        HealthCheckGracePeriod=warm_up,
        DefaultInstanceWarmup=warm_up,
        MaxInstanceLifetime=OLDEST_HOST_SECONDS,
        TerminationPolicies=["OldestLaunchTemplate", "OldestInstance"],
        InstanceMaintenancePolicy=autoscaling.InstanceMaintenancePolicy(
            MinHealthyPercentage=100, MaxHealthyPercentage=110
        ),
        CapacityRebalance=False,
        NewInstancesProtectedFromScaleIn=False,
        MetricsCollection=[autoscaling.MetricsCollection(Granularity="1Minute")],
        NotificationConfigurations=[
            autoscaling.NotificationConfigurations(
                TopicARN=imported(site, "alerts", "TopicArn"),
                NotificationTypes=[
                    "autoscaling:EC2_INSTANCE_LAUNCH_ERROR",
                    "autoscaling:EC2_INSTANCE_TERMINATE_ERROR",
                ],
            )
        ],
        ServiceLinkedRoleARN=autoscaling_role(site),
        Tags=[
            {"Key": key, "Value": value, "PropagateAtLaunch": True} for key, value in tags.items()
        ],
        DependsOn=needs,
        UpdatePolicy=_rolling(stays, warm_up),
        **extra,
    )
    what = f"{capacity.minimum} to {capacity.maximum}"
    draft.add(group, f"Keeps {what} hosts over all zones, replaces the sick and the old")
    if capacity.maximum > capacity.minimum:
        _scale_by_cpu(draft, server)


def _rolling(stays: int, warm_up: int) -> policies.UpdatePolicy:
    return policies.UpdatePolicy(
        AutoScalingRollingUpdate=policies.AutoScalingRollingUpdate(
            MinInstancesInService=str(stays),
            MaxBatchSize="1",
            PauseTime=f"PT{warm_up // 60}M",
            WaitOnResourceSignals=False,
            SuspendProcesses=["AZRebalance", "AlarmNotification", "ScheduledActions"],
        ),
        AutoScalingScheduledAction=policies.AutoScalingScheduledAction(
            IgnoreUnmodifiedGroupSizeProperties=True
        ),
    )


def _scale_by_cpu(draft: Draft, server: Server) -> None:
    draft.add(
        autoscaling.ScalingPolicy(
            "ScaleByCpu",
            AutoScalingGroupName=Ref("Group"),
            PolicyType="TargetTrackingScaling",
            TargetTrackingConfiguration=autoscaling.TargetTrackingConfiguration(
                PredefinedMetricSpecification=autoscaling.PredefinedMetricSpecification(
                    PredefinedMetricType="ASGAverageCPUUtilization"
                ),
                TargetValue=CPU_TARGET_PERCENT,
                DisableScaleIn=False,
            ),
        ),
        f"Adds hosts where those of {server.name} are busy over {CPU_TARGET_PERCENT} per cent",
    )


def _alarms(draft: Draft, site: Site, server: Server) -> None:
    """Sources: "CloudWatch metrics that are available for your instances" and for groups."""
    capacity = _capacity(site, server)
    hosts = {"AutoScalingGroupName": Ref("Group")}
    size: dict[str, Any] = {"namespace": "AWS/AutoScaling", "metric": "GroupInServiceInstances"}
    draft.add(
        alarm(
            *(site, "CpuAlarm", f"hosts of {server.name} are busy for 15 minutes"),
            namespace="AWS/EC2",
            metric="CPUUtilization",
            dimensions=hosts,
            threshold=CPU_ALARM_PERCENT,
        ),
        "Tells that more hosts do not help, or that there are none to add",
    )
    draft.add(
        alarm(
            *(site, "StatusCheckAlarm", f"a host of {server.name} fails its status checks"),
            namespace="AWS/EC2",
            metric="StatusCheckFailed",
            dimensions=hosts,
            threshold=0,
            statistic="Maximum",
            period=60,
            evaluations=5,
        ),
        "Tells that a host is broken, or what it stands on",
    )
    draft.add(
        alarm(
            *(site, "TooFewHostsAlarm", f"{server.name} has fewer hosts than it needs"),
            **size,
            dimensions=hosts,
            threshold=capacity.minimum,
            comparison="LessThanThreshold",
            statistic="Maximum",
            missing="breaching",
        ),
        f"Tells that there are under {capacity.minimum} hosts for 15 minutes",
    )
    if capacity.maximum > capacity.minimum:
        draft.add(
            alarm(
                *(site, "AllHostsAlarm", f"{server.name} has as many hosts as it may have"),
                **size,
                dimensions=hosts,
                threshold=capacity.maximum,
                comparison="GreaterThanOrEqualToThreshold",
                statistic="Minimum",
            ),
            f"Tells that {capacity.maximum} hosts run, and that no more will come",
        )
