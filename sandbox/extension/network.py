"""Network: types of EC2 that the emulator's EC2 holds, and its CloudFormation does not know.

Records have the shape of the emulator's own, so that EC2's API shows and changes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import ec2
from ministack.services.cloudformation import provisioners

from .kind import Kind, Made, Properties, is_true, new_id


def _tag(physical_id: str, properties: Properties) -> None:
    ec2._tags[physical_id] = [dict(one) for one in properties.get("Tags", [])]


def _tags(physical_id: str) -> list[dict[str, str]]:
    return [dict(one) for one in ec2._tags.get(physical_id) or []]


# ---- addresses and gateways ----------------------------------------------------------------


def _address_of(public_ip: str) -> dict[str, Any] | None:
    found = (one for one in ec2._addresses.values() if one["PublicIp"] == public_ip)
    address: dict[str, Any] | None = next(found, None)
    return address


MOST_ADDRESSES = 5  # in a region, unless somebody asks for more; "Amazon VPC quotas"


def _create_address(_name: str, properties: Properties, _stack: str) -> Made:
    if len(ec2._addresses) >= MOST_ADDRESSES:
        raise ValueError("The maximum number of addresses has been reached.")
    allocation, ip = new_id("eipalloc"), ec2._random_ip("52.")
    nobody = dict.fromkeys(
        ("AssociationId", "InstanceId", "NetworkInterfaceId", "PrivateIpAddress")
    )
    ec2._addresses[allocation] = {
        "AllocationId": allocation,
        "PublicIp": ip,
        "Domain": properties.get("Domain", "vpc"),
        **nobody,
    }
    return _change_address(ip, properties)


def _change_address(ip: str, properties: Properties) -> Made:
    allocation = (_address_of(ip) or {})["AllocationId"]
    _tag(allocation, properties)
    return ip, {"AllocationId": allocation, "PublicIp": ip}


def _delete_address(ip: str, _properties: Properties) -> None:
    address = _address_of(ip)
    if address:
        ec2._addresses.pop(address["AllocationId"])
        ec2._tags.pop(address["AllocationId"], None)


def _read_address(ip: str) -> dict[str, Any] | None:
    address = _address_of(ip.partition("|")[0])
    return address and {
        "Domain": address["Domain"],
        "PublicIp": address["PublicIp"],
        "AllocationId": address["AllocationId"],
        "Tags": _tags(address["AllocationId"]),
    }


def _create_nat(_name: str, properties: Properties, _stack: str) -> Made:
    nat = new_id("nat")
    subnet = ec2._subnets.get(properties.get("SubnetId", ""))
    if subnet is None:
        raise ValueError(f"The subnet ID '{properties.get('SubnetId')}' does not exist")
    ec2._nat_gateways[nat] = {
        "NatGatewayId": nat,
        "SubnetId": properties["SubnetId"],
        "VpcId": subnet["VpcId"],
        "AllocationId": properties.get("AllocationId", ""),
        "ConnectivityType": properties.get("ConnectivityType", "public"),
        "State": "available",
        "CreateTime": ec2._now_ts(),
        "Tags": [],
    }
    return _change_nat(nat, properties)


def _change_nat(nat: str, properties: Properties) -> Made:
    _tag(nat, properties)
    return nat, {"NatGatewayId": nat}


def _delete_nat(nat: str, _properties: Properties) -> None:
    ec2._nat_gateways.pop(nat, None)
    ec2._tags.pop(nat, None)


def _read_nat(nat: str) -> dict[str, Any] | None:
    record = ec2._nat_gateways.get(nat)
    if record is None or record["State"] == "deleted":
        return None
    names = ("SubnetId", "AllocationId", "ConnectivityType", "VpcId", "NatGatewayId")
    return {name: record[name] for name in names} | {"Tags": _tags(nat)}


def _create_egress_only(_name: str, properties: Properties, _stack: str) -> Made:
    gateway = new_id("eigw")
    ec2._egress_igws[gateway] = {
        "EgressOnlyInternetGatewayId": gateway,
        "VpcId": properties["VpcId"],
        "State": "attached",
        "Tags": [],
    }
    return _change_egress_only(gateway, properties)


def _change_egress_only(gateway: str, properties: Properties) -> Made:
    _tag(gateway, properties)
    return gateway, {"Id": gateway}


def _delete_egress_only(gateway: str, _properties: Properties) -> None:
    ec2._egress_igws.pop(gateway, None)


def _read_egress_only(gateway: str) -> dict[str, Any] | None:
    record = ec2._egress_igws.get(gateway)
    return record and {"VpcId": record["VpcId"], "Id": gateway, "Tags": _tags(gateway)}


# ---- network ACLs --------------------------------------------------------------------------


def _create_acl(_name: str, properties: Properties, _stack: str) -> Made:
    acl = new_id("acl")
    ends = {"RuleNumber": 32767, "Protocol": "-1", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0"}
    ec2._network_acls[acl] = {
        "NetworkAclId": acl,
        "VpcId": properties["VpcId"],
        "IsDefault": False,
        "Entries": [{**ends, "Egress": False}, {**ends, "Egress": True}],
        "Associations": [],
        "Tags": [],
        "OwnerId": get_account_id(),
    }
    return _change_acl(acl, properties)


def _change_acl(acl: str, properties: Properties) -> Made:
    _tag(acl, properties)
    return acl, {"Id": acl}


def _delete_acl(acl: str, _properties: Properties) -> None:
    ec2._network_acls.pop(acl, None)
    ec2._tags.pop(acl, None)


def _read_acl(acl: str) -> dict[str, Any] | None:
    record = ec2._network_acls.get(acl)
    return record and {"VpcId": record["VpcId"], "Id": acl, "Tags": _tags(acl)}


def _entry_id(properties: Properties) -> str:
    way = "egress" if is_true(properties.get("Egress")) else "ingress"
    return f"{properties['NetworkAclId']}-{way}-{properties['RuleNumber']}"


def _entries(acl: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (ec2._network_acls.get(acl) or {}).get("Entries", [])
    return found


def _entry(physical_id: str) -> tuple[str, dict[str, Any] | None]:
    acl, way, number = physical_id.rsplit("-", 2)
    for one in _entries(acl):
        if one["Egress"] is (way == "egress") and one["RuleNumber"] == int(number):
            return acl, one
    return acl, None


def _create_entry(_name: str, properties: Properties, _stack: str) -> Made:
    physical_id = _entry_id(properties)
    if properties["NetworkAclId"] not in ec2._network_acls:
        raise ValueError(f"The network ACL '{properties['NetworkAclId']}' does not exist")
    if _entry(physical_id)[1]:
        raise ValueError(f"The network acl entry {physical_id} already exists")
    return _change_entry(physical_id, properties)


def _change_entry(physical_id: str, properties: Properties) -> Made:
    acl = properties["NetworkAclId"]
    _delete_entry(physical_id, properties)
    entry: dict[str, Any] = {
        "RuleNumber": int(properties["RuleNumber"]),
        "Protocol": str(properties.get("Protocol", "-1")),
        "RuleAction": properties.get("RuleAction", "allow"),
        "Egress": is_true(properties.get("Egress")),
    }
    for name in ("CidrBlock", "Ipv6CidrBlock"):
        if name in properties:
            entry[name] = properties[name]
    for name, shape in (("PortRange", ("From", "To")), ("Icmp", ("Code", "Type"))):
        if name in properties:
            entry[name] = {key: int(properties[name][key]) for key in shape}
    _entries(acl).append(entry)
    return physical_id, {"Id": physical_id}


def _delete_entry(physical_id: str, _properties: Properties) -> None:
    acl, entry = _entry(physical_id)
    if entry:
        _entries(acl).remove(entry)


def _read_entry(physical_id: str) -> dict[str, Any] | None:
    acl, entry = _entry(physical_id)
    return entry and {**entry, "NetworkAclId": acl, "Id": physical_id}


def _create_association(_name: str, properties: Properties, _stack: str) -> Made:
    association, subnet = new_id("aclassoc"), properties["SubnetId"]
    acl = ec2._network_acls.get(properties["NetworkAclId"])
    if acl is None:
        raise ValueError(f"The network ACL '{properties['NetworkAclId']}' does not exist")
    for one in ec2._network_acls.values():
        one["Associations"] = [each for each in one["Associations"] if each["SubnetId"] != subnet]
    acl["Associations"].append({"NetworkAclAssociationId": association, "SubnetId": subnet})
    return association, {"AssociationId": association}


def _associations() -> Mapping[str, tuple[dict[str, Any], dict[str, Any]]]:
    return {
        one["NetworkAclAssociationId"]: (acl, one)
        for acl in ec2._network_acls.values()
        for one in acl["Associations"]
    }


def _change_association(association: str, _properties: Properties) -> Made:
    return association, {"AssociationId": association}


def _delete_association(association: str, _properties: Properties) -> None:
    found = _associations().get(association)
    if found:
        found[0]["Associations"].remove(found[1])


def _read_association(association: str) -> dict[str, Any] | None:
    found = _associations().get(association)
    return found and {
        "NetworkAclId": found[0]["NetworkAclId"],
        "SubnetId": found[1]["SubnetId"],
        "AssociationId": association,
    }


# ---- flow logs, further addresses, key pairs -----------------------------------------------

_FLOW_LOG = (
    *("DeliverLogsPermissionArn", "LogDestination", "LogDestinationType", "LogFormat"),
    *("LogGroupName", "MaxAggregationInterval", "ResourceId", "ResourceType", "TrafficType"),
)


def _create_flow_log(_name: str, properties: Properties, _stack: str) -> Made:
    flow_log = new_id("fl")
    ec2._flow_logs[flow_log] = {
        "LogDestinationType": "cloud-watch-logs",
        "LogDestination": properties.get("LogGroupName", ""),
        **{name: properties[name] for name in _FLOW_LOG if name in properties},
        "FlowLogId": flow_log,
        "FlowLogStatus": "ACTIVE",
        "CreationTime": ec2._now_ts(),
    }
    return _change_flow_log(flow_log, properties)


def _change_flow_log(flow_log: str, properties: Properties) -> Made:
    _tag(flow_log, properties)
    return flow_log, {"Id": flow_log}


def _delete_flow_log(flow_log: str, _properties: Properties) -> None:
    ec2._flow_logs.pop(flow_log, None)
    ec2._tags.pop(flow_log, None)


def _read_flow_log(flow_log: str) -> dict[str, Any] | None:
    record = ec2._flow_logs.get(flow_log)
    if record is None:
        return None
    known = {name: record[name] for name in _FLOW_LOG if name in record}
    return known | {"Id": flow_log, "Tags": _tags(flow_log)}


def _create_cidr(_name: str, properties: Properties, _stack: str) -> Made:
    vpc = ec2._vpcs.get(properties["VpcId"])
    if vpc is None:
        raise ValueError(f"The vpc ID '{properties['VpcId']}' does not exist")
    block = new_id("vpc-cidr-assoc")
    more: list[dict[str, Any]] = vpc.setdefault("SandboxCidrBlocks", [])
    more.append({"Id": block, **properties})
    return block, {"Id": block}


def _blocks(block: str) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    for vpc in ec2._vpcs.values():
        for one in vpc.get("SandboxCidrBlocks", []):
            if one["Id"] == block:
                return vpc["SandboxCidrBlocks"], one
    return [], None


def _change_cidr(block: str, _properties: Properties) -> Made:
    return block, {"Id": block}


def _delete_cidr(block: str, _properties: Properties) -> None:
    found, one = _blocks(block)
    if one:
        found.remove(one)


def _read_cidr(block: str) -> dict[str, Any] | None:
    return _blocks(block.partition("|")[0])[1]


def _create_key(_name: str, properties: Properties, _stack: str) -> Made:
    name = properties["KeyName"]
    if name in ec2._key_pairs:
        raise ValueError(f"The keypair '{name}' already exists")
    ec2._import_key_pair({"KeyName": [name]})
    return _change_key(name, properties)


def _change_key(name: str, properties: Properties) -> Made:
    record = ec2._key_pairs[name]
    record["PublicKeyMaterial"] = properties.get("PublicKeyMaterial", "")
    _tag(record["KeyPairId"], properties)
    return name, {"KeyPairId": record["KeyPairId"], "KeyFingerprint": record["KeyFingerprint"]}


def _delete_key(name: str, _properties: Properties) -> None:
    ec2._key_pairs.pop(name, None)


def _read_key(name: str) -> dict[str, Any] | None:
    record = ec2._key_pairs.get(name)
    return record and {
        "KeyName": name,
        "KeyPairId": record["KeyPairId"],
        "KeyFingerprint": record["KeyFingerprint"],
        "PublicKeyMaterial": record["PublicKeyMaterial"],
        "Tags": _tags(record["KeyPairId"]),
    }


HELD = {
    "AWS::EC2::EIP": Kind(_create_address, _change_address, _delete_address, _read_address),
    "AWS::EC2::NatGateway": Kind(
        *(_create_nat, _change_nat, _delete_nat, _read_nat),
        create_only=("SubnetId", "AllocationId", "ConnectivityType"),
    ),
    "AWS::EC2::EgressOnlyInternetGateway": Kind(
        *(_create_egress_only, _change_egress_only, _delete_egress_only, _read_egress_only),
        create_only=("VpcId",),
    ),
    "AWS::EC2::NetworkAcl": Kind(
        *(_create_acl, _change_acl, _delete_acl, _read_acl), create_only=("VpcId",)
    ),
    "AWS::EC2::NetworkAclEntry": Kind(
        *(_create_entry, _change_entry, _delete_entry, _read_entry),
        create_only=("NetworkAclId", "Egress", "RuleNumber"),
    ),
    "AWS::EC2::SubnetNetworkAclAssociation": Kind(
        *(_create_association, _change_association, _delete_association, _read_association),
        create_only=("NetworkAclId", "SubnetId"),
    ),
    "AWS::EC2::FlowLog": Kind(
        *(_create_flow_log, _change_flow_log, _delete_flow_log, _read_flow_log),
        create_only=_FLOW_LOG,
    ),
    "AWS::EC2::VPCCidrBlock": Kind(
        *(_create_cidr, _change_cidr, _delete_cidr, _read_cidr),
        create_only=("VpcId", "CidrBlock", "AmazonProvidedIpv6CidrBlock"),
    ),
    "AWS::EC2::KeyPair": Kind(
        *(_create_key, _change_key, _delete_key, _read_key),
        create_only=("KeyName", "KeyType", "PublicKeyMaterial"),
    ),
}


# ---- what the emulator's own types forget --------------------------------------------------


def with_attributes() -> None:
    """Let a VPC say its addresses too, as Fn::GetAtt asks for them.

    IPv6 ones are said before VPCCidrBlock asks for them: they are always the same here.
    """
    own = provisioners._RESOURCE_HANDLERS["AWS::EC2::VPC"]
    create = own["create"]

    def create_vpc(logical_id: str, properties: Properties, stack: str) -> Made:
        vpc, attributes = create(logical_id, properties, stack)
        more = {"CidrBlock": properties.get("CidrBlock", ""), "Ipv6CidrBlocks": [_IPV6]}
        return vpc, attributes | more

    own["create"] = create_vpc


_IPV6 = "2001:db8:1234:1a00::/56"  # of the block that is kept for documentation
