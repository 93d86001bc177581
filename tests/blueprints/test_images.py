"""Images: what is built, from what, where, and what becomes of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from baseline import check, userdata
from baseline.blueprints import Site, images
from baseline.blueprints.images import component
from baseline.check import Subject
from baseline.emit import emit
from baseline.kept import NoCache
from baseline.profile import Image
from baseline.stack import Stack
from baseline.systems import SYSTEMS
from tests.samples import edited, of_type, profile, properties, stack, statements

ALL = [
    (system.name, architecture)
    for system in SYSTEMS.values()
    if system.has_builder
    for architecture in sorted(system.parameters)
]
LINUX = [name for name in sorted({name for name, _ in ALL}) if not SYSTEMS[name].is_windows]


def site(*wanted: Image) -> Site:
    """Production of acme with these images instead of its own."""
    whole = profile("acme")
    here = whole.environments[0]
    return Site(whole, here.model_copy(update={"images": wanted}) if wanted else here)


def built(system: str = "amazon-linux-2023", **fields: Any) -> Stack:
    """The stack of one image."""
    (made,) = images.stacks(site(Image(name="one", system=system, **fields)))
    return made


def phases(system: str) -> dict[str, dict[str, str]]:
    """The scripts of our two components: phase to step to script."""
    texts = (make(SYSTEMS[system]) for make in (component.preparation, component.document))
    return {
        phase["name"]: {step["name"]: step["inputs"]["commands"][0] for step in phase["steps"]}
        for text in texts
        for phase in yaml.safe_load(text)["phases"]
    }


def files(system: str) -> dict[str, str]:
    """The files that the user data of an image writes: path to content."""
    text = userdata.linux(userdata.Host("acme prod", system, "eu-west-1"))
    return {one["path"]: one["content"] for one in yaml.safe_load(text)["write_files"]}


def expected(script: str, last: int) -> list[str]:
    """The lines that a script reads from its nth list."""
    return script.split("<<'END'\n")[last].split("\nEND\n", maxsplit=1)[0].splitlines()


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    """What cfn-lint and our controls find in an image of every system and architecture."""
    subjects = {}
    for system, architecture in ALL:
        one = built(system, architecture=architecture)
        name = f"{system}-{architecture}"
        subjects[name] = Subject(f"{name}.yaml", name, emit(one), one.template, one.origins)
    listed: dict[str, list[str]] = {name: [] for name in subjects}
    for each in check.check(list(subjects.values()), ("eu-west-1",), NoCache(), date(2026, 11, 25)):
        listed[each.stack].append(f"{each.rule} {each.resource}: {each.message}")
    return listed


@pytest.mark.parametrize(("system", "architecture"), ALL)
def test_an_image_of_every_system_has_no_finding(
    found: dict[str, list[str]], system: str, architecture: str
) -> None:
    """Neither of cfn-lint nor of our controls."""
    assert not found[f"{system}-{architecture}"]


@pytest.mark.parametrize(("system", "architecture"), ALL)
def test_it_starts_from_the_newest_of_the_publisher(system: str, architecture: str) -> None:
    """By the same public parameter as a host without a pipeline, on a type that fits."""
    one = built(system, architecture=architecture)
    assert properties(one, "Recipe")["ParentImage"] == (
        f"ssm:{SYSTEMS[system].parameters[architecture]}"
    )
    (kind,) = properties(one, "Infrastructure")["InstanceTypes"]
    assert kind.startswith("t4g." if architecture == "arm64" else "t3.")


@pytest.mark.parametrize("system", LINUX)
def test_the_user_data_is_that_of_a_host_without_people(system: str) -> None:
    """The same document, word for word: nothing is written twice."""
    title = f"acme prod image {'one'}"
    host = userdata.Host(title, system, "eu-west-1")
    instance = properties(built(system), "Recipe")["AdditionalInstanceConfiguration"]
    assert instance == {"UserDataOverride": {"Fn::Base64": userdata.linux(host)}}


def test_components_follow_the_user_data_and_are_judged() -> None:
    """First one waits, so that nothing starts anew meanwhile; then updates, theirs, our judge."""
    first, updates, *theirs, last = (
        one["ComponentArn"]
        for one in properties(built(components=("shop/1.x.x", "agent-7/2.0.1")), "Recipe")[
            "Components"
        ]
    )
    assert (first, last) == ({"Ref": "Preparation"}, {"Ref": "Hardening"})
    assert updates["Fn::Sub"].endswith(":aws:component/update-linux/x.x.x")
    own = "arn:${AWS::Partition}:imagebuilder:${AWS::Region}:${AWS::AccountId}:component"
    assert theirs == [{"Fn::Sub": f"{own}/{name}"} for name in ("shop/1.x.x", "agent-7/2.0.1")]
    assert len(properties(built(), "Recipe")["Components"]) == 3


@pytest.mark.parametrize(
    "name", ["shop", "shop/1", "shop/1.x", "Shop/1.x.x", "shop/1.*.x", "a/b/1.0.0", "shop/1.0.0/3"]
)
def test_a_component_is_a_name_and_a_version(name: str) -> None:
    """Nothing else gets into the ARN."""
    with pytest.raises(ValidationError):
        Image(name="one", system="ubuntu-24.04", components=(name,))


# ---- the component -------------------------------------------------------------------------


@pytest.mark.parametrize("system", sorted({name for name, _ in ALL}))
def test_the_component_judges_twice(system: str) -> None:
    """On the instance that was built on, and on one that was started from the image."""
    made = phases(system)
    assert list(made) == ["build", "validate", "test"]
    then, now = (made[phase]["Judge"].splitlines() for phase in ("validate", "test"))
    linux = SYSTEMS[system].linux
    assert [pair for pair in zip(then, now, strict=True) if pair[0] != pair[1]] == (
        [(component.TMP_ENABLED.strip(), component.TMP_MOUNTED.strip())]
        if linux and linux.tmp_mount
        else []
    )
    assert len(component.document(SYSTEMS[system])) <= 16_000


@pytest.mark.parametrize("system", LINUX)
def test_the_first_boot_is_forgotten_last(system: str) -> None:
    """Or a host of the image would take itself for one that has been set up; SSH may run again."""
    name, script = list(phases(system)["validate"].items())[-1]
    assert name == "ForgetFirstBoot"
    linux = SYSTEMS[system].linux
    assert linux
    masked = userdata.linux(userdata.Host("acme", system, "eu-west-1"))
    assert f"[systemctl, mask, {linux.ssh_unit}.service, {linux.ssh_unit}.socket]" in masked
    assert f"systemctl unmask {linux.ssh_unit}.service {linux.ssh_unit}.socket\n" in script
    assert script.endswith("cloud-init clean --logs\n")


@pytest.mark.parametrize("system", LINUX)
def test_image_builder_is_told_to_clean_up(system: str) -> None:
    """By a file in the folder where it works, which it asks for where there is user data."""
    folder = properties(built(system), "Recipe")["WorkingDirectory"]
    assert f"touch {folder}/perform_cleanup\n" in phases(system)["validate"]["ForgetFirstBoot"]


@pytest.mark.parametrize("system", LINUX)
def test_a_host_ends_as_its_own_user_data_says(system: str) -> None:
    """It writes every file that the image's did, and what else the image did is undone there."""
    alice = userdata.Login("alice", ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMWvgtt6E5N3I",))
    baked, own = (
        yaml.safe_load(userdata.linux(userdata.Host("acme", system, "eu-west-1", logins)))
        for logins in ((), (alice,))
    )
    paths = [{one["path"] for one in each["write_files"]} for each in (baked, own)]
    assert paths[0] <= paths[1]
    only_baked = [one for one in baked["runcmd"] if one not in own["runcmd"]]
    only_baked += [one for one in baked["bootcmd"] if one not in own.get("bootcmd", [])]
    linux = SYSTEMS[system].linux
    assert linux
    units = [f"{linux.ssh_unit}.service", f"{linux.ssh_unit}.socket"]
    off = (["systemctl", "disable", "--now", *units], ["systemctl", "mask", *units])
    assert only_baked
    assert all(one in off for one in only_baked)
    assert f"systemctl enable {units[0]}\n" in phases(system)["validate"]["ForgetFirstBoot"]


@pytest.mark.parametrize("system", LINUX)
def test_scripts_are_shell(system: str) -> None:
    """As bash reads them."""
    for phase in phases(system).values():
        for script in phase.values():
            done = subprocess.run(
                ["bash", "-n"], input=script, text=True, capture_output=True, check=False
            )
            assert not done.stderr


@pytest.mark.parametrize("system", LINUX)
def test_what_is_judged_of_sshd_is_what_a_real_one_makes_of_our_file(
    system: str, tmp_path: Path
) -> None:
    """`sshd -T` says each of the lines, with the same `grep` as in the script."""
    sshd = shutil.which("sshd", path="/usr/sbin:/usr/bin")
    if not sshd:
        pytest.skip("sshd is missing: apt install openssh-server")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # as the script does
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    content = files(system)["/etc/ssh/sshd_config.d/00-baseline.conf"]
    file = tmp_path / "sshd_config"
    file.write_text(content.replace("/etc/ssh/ssh_host_ed25519_key", str(key)), encoding="utf-8")
    done = subprocess.run(
        [sshd, "-T", "-f", str(file)], capture_output=True, text=True, check=False
    )
    if "privilege separation directory" in done.stderr:
        pytest.skip("/run/sshd is missing, and only root can make it")
    assert set(expected(phases(system)["test"]["Judge"], 1)) <= set(done.stdout.splitlines())


@pytest.mark.parametrize("system", LINUX)
def test_what_is_judged_of_the_kernel_is_what_we_write(system: str) -> None:
    """Each line stands in our file, and would be told if it were not in force."""
    wanted = expected(phases(system)["test"]["Judge"], 2)
    assert len(wanted) > 8
    written = files(system)["/etc/sysctl.d/99-zz-baseline.conf"].replace(" ", "").splitlines()
    assert {line.replace(" ", "") for line in wanted} <= set(written)


@pytest.mark.parametrize("system", LINUX)
def test_what_is_judged_of_the_firewall_is_what_nft_says(system: str) -> None:
    """The name of the table, the chain, and what becomes of a packet that no rule names."""
    linux = SYSTEMS[system].linux
    assert linux
    rules = files(system)[linux.nftables_path]
    assert "nft list chain inet baseline input" in phases(system)["test"]["Judge"]
    assert "table inet baseline {" in rules
    assert "type filter hook input priority filter; policy drop;" in rules


def test_what_is_judged_of_windows_is_what_we_write() -> None:
    """Each value of the registry stands in the script of the user data, by name and number."""
    script = phases("windows-2025")["test"]["Judge"]
    judged = re.findall(r"^Hold-Value '.*' '(\w+)' (\d)$", script, re.MULTILINE)
    written = userdata.windows(userdata.Host("acme prod", "windows-2025", "eu-west-1"))
    assert len(judged) == 7
    for name, value in judged:
        assert re.search(rf"^ *Set-Value .* {name} {value}$", written, re.MULTILINE), name
    assert "-EnableSMB1Protocol $false -RequireSecuritySignature $true" in written
    assert "-All -Enabled True -DefaultInboundAction Block" in written
    assert "Set-Service WinRM -StartupType Disabled" in written


def test_a_judge_tells_what_is_not_in_force() -> None:
    """With the name of the thing and the line that was wanted, and the build fails."""
    script = phases("ubuntu-24.04")["test"]["Judge"].split("\n\n")[0]
    for text, code in (("a b", 0), ("a bc", 1)):
        done = subprocess.run(
            ["bash", "-c", f"{script}\necho '{text}' | hold sshd 'a b'\necho end"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code
        assert (done.stdout == "end\n") is (code == 0)
        assert (done.stderr == "not in force: sshd: a b\n") is (code == 1)


def test_another_component_is_another_version() -> None:
    """A component cannot change, so each text has a version of its own, always the same."""
    one, other = (component.document(SYSTEMS[name]) for name in ("ubuntu-24.04", "windows-2025"))
    assert component.version(one) == component.version(str(one)) != component.version(other)
    assert properties(built("ubuntu-24.04"), "Hardening")["Version"] == component.version(one)
    assert all(int(part) < 2**30 for part in component.version(one).split("."))


# ---- where and when ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "ports"), [("amazon-linux-2023", {443}), ("ubuntu-24.04", {80, 443})]
)
def test_nothing_reaches_the_instance_that_is_built_on(system: str, ports: set[int]) -> None:
    """It has no door at all, fetches packages, and lies where hosts lie."""
    one = built(system)
    group = properties(one, "BuilderSecurityGroup")
    assert "SecurityGroupIngress" not in group
    assert {rule["FromPort"] for rule in group["SecurityGroupEgress"]} == ports
    infrastructure = properties(one, "Infrastructure")
    assert infrastructure["SubnetId"] == {"Fn::ImportValue": "acme-prod-network-PrivateSubnetA"}
    assert infrastructure["TerminateInstanceOnFailure"] is True
    assert "KeyPair" not in infrastructure


@pytest.mark.parametrize("schedule", ["daily", "weekly", "monthly"])
def test_it_is_built_anew_on_schedule(schedule: str) -> None:
    """Whether or not the parent has a new version: packages have."""
    pipeline = properties(built(schedule=schedule), "Pipeline")
    assert pipeline["Status"] == "ENABLED"
    assert pipeline["Schedule"]["ScheduleExpression"] == images.SCHEDULES[schedule]
    assert pipeline["Schedule"]["PipelineExecutionStartCondition"] == "EXPRESSION_MATCH_ONLY"
    assert "AutoDisablePolicy" not in pipeline["Schedule"]


def test_the_first_image_is_built_with_the_stack() -> None:
    """And a new one whenever the pipeline changes; none goes by being replaced."""
    image = built().resources["Image"]
    assert image["Properties"]["ImagePipelineExecutionSettings"] == {
        "DeploymentId": {"Fn::GetAtt": ["Pipeline", "DeploymentId"]},
        "OnUpdate": True,
    }
    assert image["DeletionPolicy"] == image["UpdateReplacePolicy"] == "Retain"


def test_logs_and_permissions_are_there_before_the_first_build() -> None:
    """Or Image Builder would make the log groups, without our key and without an end."""
    one = built()
    assert set(one.resources["Pipeline"]["DependsOn"]) == {
        *("BuildLogGroup", "PipelineLogGroup", "BuilderPolicy"),
    }
    groups = of_type(one, "AWS::Logs::LogGroup").values()
    assert {group["LogGroupName"] for group in groups} == {
        "/aws/imagebuilder/acme-prod-one",
        "/aws/imagebuilder/pipeline/acme-prod-one",
    }


# ---- whose it is ---------------------------------------------------------------------------


def test_the_parameter_is_one_that_image_builder_may_write() -> None:
    """Its role may write below `/imagebuilder/` only; servers read the same name."""
    name = images.image_parameter(site(), "linux")
    assert name == "/imagebuilder/acme/prod/linux"
    (made, *_) = images.stacks(site())
    (place,) = properties(made, "Distribution")["Distributions"]
    assert place["SsmParameterConfigurations"] == [
        {"ParameterName": name, "DataType": "aws:ec2:image"}
    ]


def test_it_is_shared_with_the_named_accounts_only() -> None:
    """In order, once each; with nobody where nobody is named."""
    accounts = ("444455556666", "222233334444", "444455556666")
    (place,) = properties(built(accounts=accounts), "Distribution")["Distributions"]
    permission = place["AmiDistributionConfiguration"]["LaunchPermissionConfiguration"]
    assert permission == {"UserIds": ["222233334444", "444455556666"]}
    (place,) = properties(built(), "Distribution")["Distributions"]
    assert "LaunchPermissionConfiguration" not in place["AmiDistributionConfiguration"]


def test_it_is_encrypted_with_the_key_of_images() -> None:
    """As large as its parent, so that the smallest host can start from it."""
    for name, _ in ALL:
        (device,) = properties(built(name), "Recipe")["BlockDeviceMappings"]
        assert device["DeviceName"] == SYSTEMS[name].root_device
        assert device["Ebs"]["Encrypted"] is True
        assert device["Ebs"]["KmsKeyId"] == {"Fn::ImportValue": "acme-prod-keys-ImagesKeyArn"}
        assert "VolumeSize" not in device["Ebs"]


def test_roles_may_touch_this_image_only() -> None:
    """The instance reads its components; the lifecycle ends images that carry this name."""
    one = built(components=("shop/1.x.x", "shop/2.0.0"))
    builder = statements(properties(one, "BuilderPolicy")["PolicyDocument"])
    read = [each["Fn::Sub"].split("Region}:")[1] for each in builder["ReadComponents"]["Resource"]]
    assert read == [
        *(
            f"${{AWS::AccountId}}:component/{name}/*"
            for name in ("acme-prod-one", "acme-prod-one--preparation", "shop")
        ),
        "aws:component/update-linux/*",
    ]
    assert properties(one, "Preparation")["Name"] == "acme-prod-one--preparation"
    assert builder["SpeakWithSystemsManager"]["Condition"]
    lifecycle = statements(properties(one, "LifecyclePolicy")["PolicyDocument"])
    tags = lifecycle["EndImages"]["Condition"]["StringEquals"]
    assert tags["aws:ResourceTag/baseline:image"] == "acme-prod-one"
    made = properties(one, "Distribution")["Distributions"][0]["AmiDistributionConfiguration"]
    assert made["AmiTags"]["baseline:image"] == "acme-prod-one"


def test_old_images_end_unless_they_are_in_use() -> None:
    """Some stay in any case, and one from which a host was started lately."""
    deprecate, delete = properties(built(), "Lifecycle")["PolicyDetails"]
    assert deprecate["Filter"]["Value"] < delete["Filter"]["Value"]
    assert delete["Filter"]["RetainAtLeast"] >= 1
    assert delete["ExclusionRules"]["Amis"]["LastLaunched"]["Value"] >= 31


def test_failures_and_vulnerabilities_are_told() -> None:
    """To the topic for alerts; without a scan there is nothing to tell of."""
    rules = of_type(built(), "AWS::Events::Rule")
    assert set(rules) == {"FailureRule", "VulnerabilityRule"}
    for rule in rules.values():
        (prefix,) = rule["EventPattern"]["resources"]
        assert prefix["prefix"]["Fn::Sub"].endswith(":image/acme-prod-one/")
        assert rule["Targets"][0]["Arn"] == {"Fn::ImportValue": "acme-prod-alerts-TopicArn"}
    assert set(of_type(built(scan=False), "AWS::Events::Rule")) == {"FailureRule"}


def test_servers_read_the_parameter_and_come_after() -> None:
    """The name is the same on both sides, and the first image is there before the first host."""
    one = stack("acme-prod-server-shop")
    name = images.image_parameter(site(), "linux")
    assert f'"resolve:ssm:{name}"' in json.dumps(one.template)
    assert "acme-prod-image-linux" in one.after


def test_an_environment_may_build_images_and_nothing_else() -> None:
    """Others may start hosts from them; what the stack needs is there all the same."""
    network = "    network: {cidr: 10.0.0.0/16}\n"
    asked = '    images: [{name: base, system: ubuntu-24.04, accounts: ["444455556666"]}]\n'
    made = edited("minimal", (network, network + asked))
    names = [one.short_name for one in made]
    assert names.index("alerts") < names.index("image-base")
