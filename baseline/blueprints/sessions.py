"""Sessions: what people type on hosts by Session Manager, and what they see, is recorded.

Session Manager takes its preferences in an account and region from a document with a name of its
own. Where somebody has saved preferences in the console, the document is there already: delete it
first, or import it into this stack.

A session streams to a log group of ours as it goes, so that one that breaks off, or breaks the
host, has been recorded; it does not begin where the group is not encrypted. It ends when nobody
has typed for a quarter of an hour, and in any case after a working day. Sessions are those of the
host's `ssm-user`: who it was stands in the name of the stream, in CloudTrail, and in the session's
history. Nothing is recorded of what goes through a tunnel (ports, SSH), which Session Manager does
not look into; that it was opened is in CloudTrail. TLS encrypts a session on its way; a key besides
would have to be allowed to everybody who begins one.

These are the preferences of sessions that name no document. Who may begin sessions, and must not
name another document to do so, is for the policies of people.

Sources: "Session document schema", "Create Session Manager preferences (command line)", "Logging
session data using Amazon CloudWatch Logs", "Enabling and disabling session logging" (Systems
Manager).
"""

from __future__ import annotations

from collections.abc import Iterator

from troposphere import GetAtt, Ref, ssm

from baseline.blueprints import Draft, Site
from baseline.blueprints.identity import has_servers
from baseline.blueprints.logs import log_group
from baseline.stack import Stack

FOUNDATION = False

PREFERENCES = "SSM-SessionManagerRunShell"
IDLE_MINUTES = 15
LONGEST_MINUTES = 8 * 60


def stacks(site: Site) -> Iterator[Stack]:
    """One stack in the home region, where there are servers."""
    if not has_servers(site):
        return
    draft = Draft(site, "sessions", "preferences and records of Session Manager", site.path)
    path = f"{site.path}.servers"
    group = log_group(site, "LogGroup", f"{site.log_group_prefix}sessions")
    draft.add(group, "Records the sessions that people have on hosts by Session Manager", path)
    draft.add(
        ssm.Document(
            "Preferences",
            Name=PREFERENCES,
            DocumentType="Session",
            DocumentFormat="JSON",
            UpdateMethod="NewVersion",
            Content={
                "schemaVersion": "1.0",
                "description": f"Sessions on hosts of {site.prefix} are recorded, and end",
                "sessionType": "Standard_Stream",
                "inputs": {
                    "cloudWatchLogGroupName": Ref(group),
                    "cloudWatchEncryptionEnabled": True,
                    "cloudWatchStreamingEnabled": True,
                    "s3EncryptionEnabled": True,
                    "runAsEnabled": False,
                    "idleSessionTimeout": str(IDLE_MINUTES),
                    "maxSessionDuration": str(LONGEST_MINUTES),
                },
            },
        ),
        f"Has every session recorded, and ended after {IDLE_MINUTES} idle minutes",
        path,
    )
    draft.export("LogGroupArn", GetAtt(group, "Arn"), "ARN of the log group of sessions")
    yield draft.stack((site.profile.regions.home,))
