"""Running a coroutine of ours as a command: interrupts end it quietly, our errors come out bare."""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from dnsguard.errors import DnsguardError

INTERRUPTED = 130
"""Exit status of a command that was told to end before it was done."""


def run_until_told(work: Coroutine[Any, Any, None]) -> bool:
    """Run *work* until it ends or SIGINT or SIGTERM comes; return whether one came.

    Raises the first of our own errors out of its task groups.
    """
    try:
        return asyncio.run(_guarded(work))
    except BaseExceptionGroup as group:
        raise _ours(group) from group


async def _guarded(work: Coroutine[Any, Any, None]) -> bool:
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
    return task.cancelled()


def _ours(group: BaseExceptionGroup[BaseException]) -> BaseException:
    found: BaseException | None = group.subgroup(lambda error: isinstance(error, DnsguardError))
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found or group
