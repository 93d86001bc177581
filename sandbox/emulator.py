"""Emulator: MiniStack with our extension, as one process; runs in `.venv-sandbox` only."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from typing import Any

Application = Callable[[Any, Any, Any], Awaitable[None]]


def main() -> None:
    """Serve until told to stop, or until standard input ends."""
    from ministack import app

    from .extension import install, types

    install()
    app.app = _with_types(app.app, types())
    threading.Thread(target=_end_with_input, daemon=True).start()
    app.main()


def _with_types(inner: Application, found: dict[str, list[str]]) -> Application:
    """Answer one path of our own, and hand on everything else."""
    body = json.dumps(found).encode()

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == "/_sandbox/types":
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        else:
            await inner(scope, receive, send)

    return outer


def _end_with_input() -> None:
    # Not by a buffered reader: its lock would break the interpreter's own ending.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
