"""Upkeep: images end when they are old, and what goes wrong with them is told."""

from __future__ import annotations

from troposphere import GetAtt, events, imagebuilder

from baseline.blueprints import Draft, Site, allow, arn, imported
from baseline.profile import Image

DEPRECATED_AFTER_DAYS = 60
DELETED_AFTER_DAYS = 180
UNLESS_STARTED_WITHIN_DAYS = 90
KEPT_AT_LEAST = 3

# What Image Builder tags everything with that it makes.
OURS_BY_BUILDER = {"aws:ResourceTag/CreatedBy": "EC2 Image Builder"}


def add_lifecycle(draft: Draft, name: str) -> None:
    """Old images end; one from which a host was started lately is no old one.

    Source: "EC2ImageBuilderLifecycleExecutionPolicy" (AWS managed policies), narrowed to this
    image; "How lifecycle management works for EC2 Image Builder images".
    """
    images, snapshots = (arn("ec2", f"{kind}/*", account="") for kind in ("image", "snapshot"))
    by_builder = {"StringEquals": OURS_BY_BUILDER}
    this_image = {"StringEquals": OURS_BY_BUILDER | {"aws:ResourceTag/baseline:image": name}}
    mark = {"aws:RequestTag/DeprecatedBy": "EC2 Image Builder"}
    role = draft.service_role(
        "Lifecycle",
        "imagebuilder",
        arn("imagebuilder", f"lifecycle-policy/{name}"),
        f"Ends old images of {name}",
        (
            allow(
                "EndImages",
                None,
                (
                    "ec2:DeregisterImage",
                    "ec2:DescribeImageAttribute",
                    "ec2:DisableImageDeprecation",
                    "ec2:EnableImageDeprecation",
                ),
                images,
                this_image,
            ),
            allow("DeleteSnapshots", None, ("ec2:DeleteSnapshot",), snapshots, by_builder),
            allow(
                "MarkAsDeprecated",
                None,
                ("ec2:CreateTags", "ec2:DeleteTags"),
                [images, snapshots],
                {
                    "StringEquals": mark | OURS_BY_BUILDER,
                    "ForAllValues:StringEquals": {"aws:TagKeys": "DeprecatedBy"},
                },
            ),
            allow(
                "ForgetImages",
                None,
                ("imagebuilder:DeleteImage",),
                arn("imagebuilder", f"image/{name}/*"),
            ),
            allow("FindImages", None, ("ec2:DescribeImages", "tag:GetResources"), "*"),
        ),
        names_source=False,
    )
    draft.add(
        imagebuilder.LifecyclePolicy(
            "Lifecycle",
            Name=name,
            Description=f"Ends old images of {name}",
            ExecutionRole=GetAtt(role, "Arn"),
            ResourceType="AMI_IMAGE",
            Status="ENABLED",
            ResourceSelection=imagebuilder.ResourceSelection(
                Recipes=[imagebuilder.RecipeSelection(Name=name, SemanticVersion="x.x.x")]
            ),
            PolicyDetails=[
                imagebuilder.PolicyDetail(
                    Action=imagebuilder.Action(
                        Type="DEPRECATE",
                        IncludeResources=imagebuilder.IncludeResources(Amis=True),
                    ),
                    Filter=imagebuilder.Filter(
                        Type="AGE", Value=DEPRECATED_AFTER_DAYS, Unit="DAYS"
                    ),
                ),
                imagebuilder.PolicyDetail(
                    Action=imagebuilder.Action(
                        Type="DELETE",
                        IncludeResources=imagebuilder.IncludeResources(Amis=True, Snapshots=True),
                    ),
                    Filter=imagebuilder.Filter(
                        Type="AGE",
                        Value=DELETED_AFTER_DAYS,
                        Unit="DAYS",
                        RetainAtLeast=KEPT_AT_LEAST,
                    ),
                    ExclusionRules=imagebuilder.ExclusionRules(
                        Amis=imagebuilder.AmiExclusionRules(
                            LastLaunched=imagebuilder.LastLaunched(
                                Value=UNLESS_STARTED_WITHIN_DAYS, Unit="DAYS"
                            )
                        )
                    ),
                ),
            ],
            DependsOn="LifecyclePolicy",
        ),
        f"Deprecates images after {DEPRECATED_AFTER_DAYS} days, deletes them after "
        f"{DELETED_AFTER_DAYS}",
    )


def add_events(draft: Draft, site: Site, wanted: Image, name: str) -> None:
    """Tell of builds that fail and of images with serious vulnerabilities.

    Source: "Amazon EventBridge integration in Image Builder".
    """
    pattern = {
        "source": ["aws.imagebuilder"],
        "resources": [{"prefix": arn("imagebuilder", f"image/{name}/")}],
    }
    failed = {"state": {"status": ["FAILED", "CANCELLED"]}}
    some = [{"numeric": [">", 0]}]
    serious = [{"finding-severity-counts": {level: some}} for level in ("critical", "high")]
    rules = {
        "Failure": ("Image State Change", failed, "a build that fails"),
        "Vulnerability": ("CVE Detected", {"$or": serious}, "an image with grave vulnerabilities"),
    }
    for title, (kind, detail, what) in rules.items():
        if title == "Vulnerability" and not wanted.scan:
            continue
        draft.add(
            events.Rule(
                f"{title}Rule",
                Description=f"{name}: {what}",
                State="ENABLED",
                EventPattern=pattern
                | {"detail-type": [f"EC2 Image Builder {kind}"], "detail": detail},
                Targets=[events.Target(Id="Alerts", Arn=imported(site, "alerts", "TopicArn"))],
            ),
            f"Tells the topic for alerts of {what}",
        )
