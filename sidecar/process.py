"""Puts the parts of a process together, runs them, and ends them in order. The only module that sees all others."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sidecar import embedded
from sidecar.errors import SettingsError
from sidecar.presence import tell_presence
from sidecar.resources import open_context, open_store, wait_for_store
from sidecar.serve import listen, on_signals, serve_api
from sidecar.settings import Settings
from sidecar.site_tasks import send_reports, take_jobs
from sidecar.store import Store

if TYPE_CHECKING:
    from sidecar.api.app import Extension
    from sidecar.context import Context
    from sidecar.worker.process import WorkerProcess


@dataclass(frozen=True, slots=True)
class Roles:
    """What a process does. `doors`: API, intake and reports. `worker`: drives runs."""

    doors: bool = True
    worker: bool = True


@dataclass(slots=True)
class Running:
    """A started process, for who started it: `port` of the API, and `stop` to end it."""

    context: Context
    port: int | None
    stop: asyncio.Event = field(default_factory=asyncio.Event)


async def run(
    settings: Settings,
    roles: Roles,
    *,
    extension: Extension | None = None,
    started: Callable[[Running], Awaitable[None]] | None = None,
    signals: bool = True,
) -> None:
    """Run a process until SIGTERM, Ctrl-C, `Running.stop`, or the worker's own end (recycling).

    Raises SettingsError and StoreUnavailable when it cannot start. `started` runs beside the others once all is up.
    """
    if not settings.sites:
        raise SettingsError(
            "No site is set. Set SIDECAR_SITE_URL and SIDECAR_SITE_SECRET, or add [sites.<id>] to sidecar.toml."
        )
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings))
        await wait_for_store(store)
        listener = stack.enter_context(listen(settings)) if roles.doors else None
        work = await stack.enter_async_context(_claims_first(settings, store)) if roles.worker else None
        context = await stack.enter_async_context(open_context(settings, store))
        running = Running(context, listener.getsockname()[1] if listener else None)
        if signals:
            on_signals(running.stop)
        await _run_parts(running, work, listener, extension, started)


def _claims_first(settings: Settings, store: Store) -> WorkerProcess:
    """A worker's runs wait for it: they are claimed before what only the doors and the engine need is imported."""
    from sidecar.worker.process import WorkerProcess

    return WorkerProcess(settings, store)


async def _run_parts(
    running: Running,
    work: WorkerProcess | None,
    listener: socket.socket | None,
    extension: Extension | None,
    started: Callable[[Running], Awaitable[None]] | None,
) -> None:
    """The parts stop in this order: intake, the API and the worker together; then the reports, so that what a draining worker
    wrote still reaches Drupal."""
    quiet = asyncio.Event()
    async with asyncio.TaskGroup() as reports:
        if listener is not None:
            for site in running.context.sites:
                reports.create_task(send_reports(running.context, site, quiet), name=f"report {site}")
        doors = listener is not None
        reports.create_task(tell_presence(running.context, doors, work, quiet), name="presence")
        try:
            async with asyncio.TaskGroup() as parts:
                if listener is not None:
                    parts.create_task(serve_api(running, listener, extension), name="api")
                    for site in running.context.sites:
                        parts.create_task(take_jobs(running, site), name=f"intake {site}")
                if work is not None:
                    parts.create_task(work.run(running.context, running.stop), name="worker")
                if started is not None:
                    parts.create_task(_beside(started, running), name="started")
                parts.create_task(running.stop.wait(), name="stop")
        finally:
            quiet.set()


async def _beside(started: Callable[[Running], Awaitable[None]], running: Running) -> None:
    try:
        await started(running)
    except BaseException:
        running.stop.set()
        raise


def make_extension(**parts: Any) -> Extension:
    """What another door adds to the pages (the fields of api.app.Extension). Doors do not import each other."""
    from sidecar.api.app import Extension

    return Extension(**parts)


def start(settings: Settings, roles: Roles, **options: Any) -> None:
    """`run` on a fresh event loop (uvloop where there is one), with the embedded Redis when the settings say so."""
    own = settings.embedded_redis and roles.doors
    redis = embedded.EmbeddedRedis(settings.data_dir) if own else nullcontext()
    with redis, asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(run(settings, roles, **options))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # no wheel for this platform
        return None
    return uvloop.new_event_loop
