"""Tells the others what this process is and how busy: its host, its parts, memory, and runs in hand."""

from __future__ import annotations

import asyncio
import platform
import socket
import time
from typing import TYPE_CHECKING

from sidecar import __version__
from sidecar.errors import SidecarError
from sidecar.intake.loops import Pace, forever
from sidecar.runs.processes import Process
from sidecar.worker.facts import resident_mb

if TYPE_CHECKING:
    from sidecar.context import Context
    from sidecar.worker.process import WorkerProcess

PRESENCE = Pace(busy=15.0, idle=15.0, down=5.0)
NAME_LENGTH, HOST_LENGTH = 128, 64
LEAVING_SECONDS = 1.0


async def tell_presence(context: Context, doors: bool, work: WorkerProcess | None, quiet: asyncio.Event) -> None:
    """Tells each 15 seconds until `quiet`; then takes it back, as far as Redis answers at once."""
    name, started = context.name[-NAME_LENGTH:], int(time.time())

    async def tell() -> int:
        await context.store.processes.note(_process(name, doors, work, started))
        return 1

    await forever(tell, PRESENCE, quiet, "telling of this process", "all")
    try:
        async with asyncio.timeout(LEAVING_SECONDS):
            await context.store.processes.gone(name)
    except (SidecarError, TimeoutError):
        return  # it goes by itself when it has not told for a while


def _process(name: str, doors: bool, work: WorkerProcess | None, started: int) -> Process:
    load = work.load if work is not None else None
    return Process(
        name=name,
        host=socket.gethostname().split(".")[0][:HOST_LENGTH],
        doors=doors,
        worker=work is not None,
        version=__version__,
        python=platform.python_version(),
        started=started,
        seen=int(time.time()),
        memory_mb=round(resident_mb()),
        capacity=load.capacity if load else 0,
        held=load.held if load else 0,
        last_claim=int(load.last_claim) if load else 0,
    )
