"""Server: start the local AWS, wait until it answers, and stop it, whatever happens.

It listens on 127.0.0.1 only, on a free port. It ends when its standard input does, so that it
never outlives whoever started it, not even one that was killed. Credentials are no secret here:
the access key is the number of the account that one wants to be.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
STARTS_WITHIN_SECONDS = 60
STOPS_WITHIN_SECONDS = 10
# No proxy may come between us and loopback.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class SandboxError(Exception):
    """The local AWS cannot be started; the text says why."""


@dataclass(frozen=True)
class Sandbox:
    """A running local AWS."""

    url: str

    def environment(self, account: str, region: str) -> dict[str, str]:
        """What any AWS tool needs to be told to speak to it, as an account and in a region."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def python() -> Path:
    """The interpreter of its environment."""
    folder = Path(os.environ.get("SANDBOX", ROOT / ".venv-sandbox"))
    return folder / "bin" / "python"


@contextlib.contextmanager
def running(port: int = 0, pace: float = 0) -> Iterator[Sandbox]:
    """Run the local AWS for as long as the block runs; port 0 is any free one.

    `pace` is how many seconds its CloudFormation is at work on a stack before anything happens.
    """
    if not python().exists():
        raise SandboxError(f"{python()} is missing: run make .venv-sandbox/ready")
    chosen = port or _free_port()
    sandbox = Sandbox(f"http://{HOST}:{chosen}")
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [str(python()), "-m", f"{__package__}.emulator"],
            cwd=ROOT,
            env=_environment(chosen, pace),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(sandbox, process)
            yield sandbox
        except SandboxError as error:
            log.seek(0)
            tail = log.read()[-2000:].decode(errors="replace")
            raise SandboxError(f"{error}\n{tail}") from error
        finally:
            _stop(process)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        port: int = one.getsockname()[1]
    return port


def _environment(port: int, pace: float) -> Mapping[str, str]:
    """Nothing of ours but the path: no credentials, no proxies, no Docker, no other ports."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": tempfile.gettempdir(),
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "SANDBOX_PACE": str(pace),
        "LOG_LEVEL": "WARNING",
        "DOCKER_HOST": "unix:///nowhere",  # databases and functions are records here
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }


def _wait(sandbox: Sandbox, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SandboxError(f"the local AWS ended at once, with {process.returncode}:")
        with contextlib.suppress(OSError, ValueError):
            extension(sandbox)
            return
        time.sleep(0.05)
    raise SandboxError(f"the local AWS did not answer within {STARTS_WITHIN_SECONDS} s:")


def extension(sandbox: Sandbox) -> dict[str, list[str]]:
    """What the extension added: types `held` by the emulator's services, and types `recorded`."""
    with _DIRECT.open(f"{sandbox.url}/_ministack/health", timeout=2) as answer:
        answer.read()
    # Asked of a port that something else may have taken: only ours has an extension.
    with _DIRECT.open(f"{sandbox.url}/_sandbox/types", timeout=2) as answer:
        found: dict[str, list[str]] = json.load(answer)
    return found


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()
    process.terminate()
    try:
        process.wait(STOPS_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
