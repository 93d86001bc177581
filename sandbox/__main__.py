"""Make sandbox: run the local AWS in the foreground until Ctrl-C, and say how to speak to it."""

from __future__ import annotations

import argparse
import signal
import sys

from .server import SandboxError, extension, running

ACCOUNT, REGION = "111122223333", "eu-west-1"  # those of profiles/minimal.yaml


def main() -> int:
    """Run it; 0 when stopped, 1 where it cannot start."""
    parser = argparse.ArgumentParser(prog="make sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=4566, help="0 is any free one")
    chosen = parser.parse_args()
    try:
        with running(chosen.port) as sandbox:
            found = extension(sandbox)
            print(f"A local AWS listens on {sandbox.url}; Ctrl-C stops it, and all in it is gone.")
            print("\nIn another terminal:\n")
            for name, value in sandbox.environment(ACCOUNT, REGION).items():
                print(f"  export {name}={value}")
            print("\nBeside what MiniStack does itself, its CloudFormation was taught")
            print(f"  {len(found['held'])} types that its own services hold:")
            print(_columns(found["held"]))
            print(
                f"  {len(found['recorded'])} types that are only recorded: created, but by nobody"
            )
            print(_columns(found["recorded"]), flush=True)
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
    except SandboxError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _columns(names: list[str]) -> str:
    return "\n".join(f"    {name}" for name in names)


if __name__ == "__main__":
    sys.exit(main())
