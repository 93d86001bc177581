"""Host: what each host of a group is, as a launch template.

Its metadata is given to sessions only, one hop away, without its tags. Volumes are encrypted with
the asset's key and go with their host; data volumes come as they are, without a file system, for
the application to use.
"""

from __future__ import annotations

from typing import Any

from troposphere import Base64, GetAtt, Ref, Tags, ec2

from baseline import userdata
from baseline.blueprints import Draft, Site, imported
from baseline.blueprints.keys import key_for
from baseline.blueprints.network.plan import Plan
from baseline.blueprints.servers import access, image
from baseline.profile import Server
from baseline.systems import SYSTEMS

# Source: "Device names for volumes on Amazon EC2 instances".
DATA_DEVICES = {
    is_windows: tuple(f"{prefix}{each}" for each in "fghijklmno")
    for is_windows, prefix in ((False, "/dev/sd"), (True, "xvd"))
}
# Families some or all of whose sizes have no throughput of their own for volumes.
# Source: "Amazon EBS-optimized instance types".
NOT_EBS_OPTIMIZED = ("c1", "c3", "g2", "hs1", "i2", "m1", "m2", "m3", "r3", "t1", "t2")


def add(draft: Draft, plan: Plan, server: Server, tags: dict[str, str]) -> None:
    """Add the launch template; `tags` are for everything that comes with a host."""
    site = plan.site
    extra: dict[str, Any] = {"KeyName": Ref("KeyPair")} if access.has_key_pair(server) else {}
    interface: dict[str, Any] = {"Ipv6AddressCount": 1} if plan.network.ipv6 else {}
    family = server.instance_type.partition(".")[0]
    data = ec2.LaunchTemplateData(
        ImageId=image.reference(site, server),
        InstanceType=server.instance_type,
        IamInstanceProfile=ec2.IamInstanceProfile(Arn=GetAtt("InstanceProfile", "Arn")),
        MetadataOptions=ec2.MetadataOptions(
            HttpEndpoint="enabled",
            HttpTokens="required",
            HttpPutResponseHopLimit=1,
            HttpProtocolIpv6="disabled",
            InstanceMetadataTags="disabled",
        ),
        NetworkInterfaces=[
            ec2.NetworkInterfaces(
                DeviceIndex=0,
                AssociatePublicIpAddress=False,
                DeleteOnTermination=True,
                Groups=[GetAtt("SecurityGroup", "GroupId")],
                **interface,
            )
        ],
        BlockDeviceMappings=_volumes(site, server),
        EbsOptimized=family not in NOT_EBS_OPTIMIZED,
        Monitoring=ec2.Monitoring(Enabled=True),
        InstanceInitiatedShutdownBehavior="terminate",
        TagSpecifications=[
            ec2.TagSpecifications(ResourceType=kind, Tags=Tags(**tags))
            for kind in ("instance", "volume", "network-interface")
        ],
        UserData=Base64(_user_data(site, server)),
        **extra,
    )
    raw = (
        "; data volumes are attached raw, and to format and mount them is the application's work"
        if server.volumes
        else ""
    )
    draft.add(
        ec2.LaunchTemplate(
            "LaunchTemplate",
            LaunchTemplateData=data,
            TagSpecifications=[
                ec2.TagSpecifications(ResourceType="launch-template", Tags=Tags(**tags))
            ],
        ),
        f"Says what a host of {server.name} is: its image, volumes, role and first instructions"
        f"{raw}",
    )


def _volumes(site: Site, server: Server) -> list[ec2.LaunchTemplateBlockDeviceMapping]:
    system = SYSTEMS[server.system]
    sizes = [(system.root_device, server.root_volume)]
    devices = DATA_DEVICES[system.is_windows]
    sizes += [(devices[at], volume.size) for at, volume in enumerate(server.volumes)]
    return [
        ec2.LaunchTemplateBlockDeviceMapping(
            DeviceName=device,
            Ebs=ec2.EBSBlockDevice(
                VolumeType="gp3",
                VolumeSize=size,
                Encrypted=True,
                KmsKeyId=imported(site, "keys", key_for(site, server.asset)),
                DeleteOnTermination=True,
            ),
        )
        for device, size in sizes
    ]


def _user_data(site: Site, server: Server) -> str:
    logins = tuple(
        userdata.Login(name, site.profile.person(name).keys, name in server.administrators)
        for name in server.everyone
    )
    host = userdata.Host(
        title=f"{site.profile.organization.name} {site.member.name} {server.name}",
        system=server.system,
        logins=logins,
        home_region=site.profile.regions.home,
        ports=(server.port,) if server.load_balancer else (),
    )
    is_windows = SYSTEMS[server.system].is_windows
    return userdata.windows(host) if is_windows else userdata.linux(host)
