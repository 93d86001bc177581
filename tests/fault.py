"""Fault: an HTTP server on loopback that answers as AWS does, and fails as AWS does when told to.

It speaks CloudFormation's and STS's query protocol, Cloud Control's JSON, and takes objects as S3.
What no emulator offers can be put in: a bucket of tokens that throttles, expired tokens, a region
that is not enabled, slow answers.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

Params = Mapping[str, str]
Answer = tuple[int, str]


@dataclass
class TokenBucket:
    """So many requests a second, and so many at once before that counts."""

    rate: float
    burst: float
    tokens: float = 0
    at: float = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Begin full."""
        self.tokens, self.at = self.burst, time.monotonic()

    def take(self) -> bool:
        """One token, if there is one."""
        with self.lock:
            now = time.monotonic()
            self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
            self.at = now
            if self.tokens < 1:
                return False
            self.tokens -= 1
            return True


def xml(action: str, body: str) -> Answer:
    """A good answer of the query protocol."""
    return 200, (
        f"<{action}Response><{action}Result>{body}</{action}Result>"
        f"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"
    )


def error(code: str, message: str = "", status: int = 400) -> Answer:
    """A refusal of the query protocol."""
    return status, (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
        f"<Message>{escape(message or code)}</Message></Error><RequestId>1</RequestId>"
        "</ErrorResponse>"
    )


@dataclass
class Fault:
    """What the server answers, and what it was asked."""

    account: str = "111122223333"
    answers: dict[str, Callable[[Params], Answer]] = field(default_factory=dict)
    bucket: TokenBucket | None = None
    closed_regions: frozenset[str] = frozenset()
    asked: list[tuple[str, Params]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    throttled: int = 0
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, action: str, params: Params, key: str, region: str) -> Answer:
        """One answer."""
        with self.lock:
            self.asked.append((action, params))
            self.keys.append(key)
        if region in self.closed_regions:
            return error("InvalidClientTokenId", "The security token is invalid.", 403)
        if action in self.answers:
            found = self.answers[action](params)
            if found[0] != 200:
                return found
        if self.bucket and action != "GetCallerIdentity" and not self.bucket.take():
            with self.lock:
                self.throttled += 1
            return error("Throttling", "Rate exceeded")
        if action in self.answers:
            return found
        if action == "GetCallerIdentity":
            arn = f"arn:aws:iam::{self.account}:user/x"
            return xml(action, f"<Arn>{arn}</Arn><Account>{self.account}</Account>")
        return error("ValidationError", f"{action} has no answer")

    def names(self) -> list[str]:
        """Actions that were asked for."""
        return [action for action, _ in self.asked]


def _handler(fault: Fault) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def _answered(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size).decode()
            scope = self.headers.get("Authorization", "").partition("Credential=")[2].split("/")
            key, region = scope[0], scope[2] if len(scope) > 2 else ""
            target = self.headers.get("X-Amz-Target", "")
            if target:
                action, params = target.split(".")[1], {"body": body}
            elif self.command == "PUT":
                action, params = "PutObject", {"path": self.path, "body": body}
            else:
                params = {name: values[0] for name, values in parse_qs(body).items()}
                action = params.get("Action", self.path)
            status, text = fault.answer(action, params, key, region)
            data = text.encode()
            self.send_response(status)
            kind = "application/x-amz-json-1.0" if target else "text/xml"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_PUT = do_GET = _answered  # noqa: N815 - names of the standard library

    return Handler


@contextmanager
def serving(fault: Fault) -> Iterator[Fault]:
    """Serve on loopback while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fault))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    fault.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield fault
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def environment(fault: Fault) -> dict[str, str]:
    """What leads every AWS tool to the server, and to nothing of this machine."""
    return {
        "AWS_ENDPOINT_URL": fault.url,
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def stack_xml(name: str, status: str = "CREATE_COMPLETE", tags: Mapping[str, str] = {}) -> str:
    """One stack as DescribeStacks has it."""
    listed = "".join(
        f"<member><Key>{key}</Key><Value>{value}</Value></member>" for key, value in tags.items()
    )
    return (
        f"<member><StackName>{name}</StackName><StackId>arn:stack/{name}</StackId>"
        f"<CreationTime>2026-11-25T00:00:00Z</CreationTime><StackStatus>{status}</StackStatus>"
        "<EnableTerminationProtection>true</EnableTerminationProtection>"
        f"<Tags>{listed}</Tags></member>"
    )


def many_stacks(
    fault: Fault, texts: Mapping[str, str], tags: Mapping[str, Mapping[str, str]]
) -> None:
    """Make the server answer for stacks, a hundred to a page, and for their templates."""
    names = sorted(texts)

    def describe(params: Params) -> Answer:
        start = int(params.get("NextToken", "0"))
        page = "".join(stack_xml(name, tags=tags[name]) for name in names[start : start + 100])
        more = f"<NextToken>{start + 100}</NextToken>" if start + 100 < len(names) else ""
        return xml("DescribeStacks", f"<Stacks>{page}</Stacks>{more}")

    def template(params: Params) -> Answer:
        text = texts[params["StackName"].removeprefix("arn:stack/")]
        return xml("GetTemplate", f"<TemplateBody>{escape(text)}</TemplateBody>")

    fault.answers |= {
        "DescribeStacks": describe,
        "GetTemplate": template,
        "GetStackPolicy": lambda _: xml("GetStackPolicy", ""),
    }


def json_error(code: str, message: str) -> Answer:
    """A refusal of the JSON protocol."""
    return 400, json.dumps({"__type": code, "message": message})
