"""Pace: how long the emulator's CloudFormation is at work on a stack before anything happens.

Its own answer is none at all, so that nothing could be interrupted, or met at work by another run.
Seconds come from `SANDBOX_PACE`; requests are answered meanwhile.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from typing import Any

from ministack.services.cloudformation import changesets, handlers, stacks

NAME = "_create_stack_task_in_region"


def install() -> None:
    """Let each piece of work begin a little later, where that was asked for."""
    seconds = float(os.environ.get("SANDBOX_PACE", "0"))
    own = getattr(stacks, NAME)

    def later(work: Coroutine[Any, Any, Any], *more: Any) -> Any:
        async def paced() -> Any:
            await asyncio.sleep(seconds)
            return await work

        return own(paced(), *more)

    if seconds:
        for module in (stacks, changesets, handlers):
            if hasattr(module, NAME):
                setattr(module, NAME, later)
