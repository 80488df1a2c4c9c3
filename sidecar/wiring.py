"""Puts the parts of a process together, runs them, and ends them in order. The only module that sees all others."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sidecar import embedded, log
from sidecar.errors import SettingsError, SidecarError, StoreUnavailable
from sidecar.intake.loops import CHECKS, HTTP, OUTBOX, PUSH, Pace, forever, pause
from sidecar.settings import Settings
from sidecar.store import Budget, Store
from sidecar.store.keys import QUEUE

if TYPE_CHECKING:
    from sidecar.api.app import Extension
    from sidecar.context import Context
    from sidecar.drupal.reporter import Reporter
    from sidecar.intake.claims import Claimer
    from sidecar.intake.limits import SidecarLimits
    from sidecar.intake.outbox import Outbox, OutboxIntake
    from sidecar.work import Work

_log = log.get(__name__)

WATCH = Pace(busy=2.0, idle=2.0, down=2.0)
REPORT = Pace(busy=1.0, idle=1.0, down=1.0)
STORE_SECONDS = 15.0
CHECK_SECONDS = 0.25
KEEPALIVE = {
    getattr(socket, name): value
    for name, value in {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}.items()
    if hasattr(socket, name)
}
LAST_REPORT_SECONDS = 5.0
API_STOP_SECONDS = 3
BACKLOG = 1024


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


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """Redis alone: all that claiming needs. The embedded Redis must be there already (`embedded`)."""
    from arq import ArqRedis
    from redis.asyncio import Redis

    url = embedded.url_of(settings.data_dir) if settings.embedded_redis else settings.redis_url.get_secret_value()
    try:
        # No time-out for reads: subscriptions are silent for hours. A peer that is gone is noticed by TCP.
        alive = {} if url.startswith("unix:") else {"socket_keepalive": True, "socket_keepalive_options": KEEPALIVE}
        redis = Redis.from_url(url, socket_connect_timeout=5, **alive)
    except ValueError as error:
        raise SettingsError(f"The setting redis_url (SIDECAR_REDIS_URL) is no address of a Redis: {error}.") from None
    defaults = _limits(settings)
    pool = ArqRedis(connection_pool=redis.connection_pool)

    async def bell() -> None:
        await pool.enqueue_job("bell", _queue_name=QUEUE, _job_id="bell")

    concurrency = {id: site.concurrency for id, site in settings.sites.items()}
    budgets = {
        id: Budget(site.budget.cost_micros_per_day, site.budget.tokens_per_day) for id, site in settings.sites.items()
    }
    try:
        yield Store(redis, defaults=defaults, concurrency=concurrency, budgets=budgets, bell=bell)
    finally:
        await redis.aclose()


def _limits(settings: Settings) -> dict[str, int]:
    """The limits of runs among the settings: no time-outs."""
    return {name: value for name, value in settings.limits.model_dump().items() if isinstance(value, int)}


def limits_of(settings: Settings) -> SidecarLimits:
    """What the settings lower: what somebody has set. The defaults are for jobs that say nothing."""
    from sidecar.intake.limits import SidecarLimits

    said = {name: value for name, value in _limits(settings).items() if name in settings.limits.model_fields_set}
    return SidecarLimits({id: said | site.limits for id, site in settings.sites.items()}, _limits(settings))


@asynccontextmanager
async def open_context(settings: Settings, store: Store | None = None) -> AsyncIterator[Context]:
    """The shared parts: Redis, sites, hallway. Nothing runs yet. `store`: an open one, which stays open."""
    if store is None:
        async with open_store(settings) as own, open_context(settings, own) as context:
            yield context
        return
    from sidecar.context import Context
    from sidecar.drupal.client import DrupalSite
    from sidecar.intake.accept import Hallway
    from sidecar.redact import Redactor
    from sidecar.runs.watch import Watch

    sites = {id: DrupalSite(site, id=id, identities=store.identities) for id, site in settings.sites.items()}
    name = f"{settings.worker.slot}:{os.getpid()}:{secrets.token_hex(3)}"
    watch = Watch(store.reading)
    try:
        hallway = Hallway(
            store.accepting, store.commands, sites, name, limits_of(settings), Redactor(settings.secret_values())
        )
        yield Context(name, settings, store, sites, hallway, watch)
    finally:
        await watch.close()
        for site in sites.values():
            await site.aclose()


async def wait_for_store(store: Store, seconds: float = STORE_SECONDS) -> None:
    """Return when Redis can hold runs. Raises StoreUnavailable when it cannot after `seconds`."""
    for left in range(int(seconds / CHECK_SECONDS), -1, -1):
        try:
            return await store.health.check()
        except StoreUnavailable:
            if not left:
                raise
            await asyncio.sleep(CHECK_SECONDS)


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
            _on_signals(running.stop)
        await _run_parts(running, work, listener, extension, started)


def _claims_first(settings: Settings, store: Store) -> Work:
    """A worker's runs wait for it: they are claimed before what only the doors and the engine need is imported."""
    from sidecar.work import Work

    return Work(settings, store)


async def _run_parts(
    running: Running,
    work: Work | None,
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
                reports.create_task(_report(running.context, site, quiet), name=f"report {site}")
        try:
            async with asyncio.TaskGroup() as parts:
                if listener is not None:
                    parts.create_task(_api(running, listener, extension), name="api")
                    for site in running.context.sites:
                        parts.create_task(_intake(running, site), name=f"intake {site}")
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


# -- reports and intake of one site


async def _report(context: Context, site: str, quiet: asyncio.Event) -> None:
    from sidecar.api import metrics
    from sidecar.drupal.contact import ContactNote
    from sidecar.drupal.reporter import Reporter
    from sidecar.intake.claims import Claimer

    drupal = context.sites[site]
    store, claim = context.store, Claimer(drupal, context.hallway, context.name).named
    contact = ContactNote(store.contacts, site, context.name)
    reporter = Reporter(drupal, store.outgoing, store.commands, contact, claim, context.name)

    async def tick() -> int:
        """A batch, and at once the next ones while there is a backlog."""
        sent = await reporter.tick()
        metrics.SENT.labels(site).inc(sent)
        while reporter.backlog and not quiet.is_set():
            more = await reporter.tick()
            metrics.SENT.labels(site).inc(more)
            sent += more
        return sent

    await forever(tick, REPORT, quiet, "sending events to Drupal", site)
    try:
        async with asyncio.timeout(LAST_REPORT_SECONDS):
            await _all_sent(reporter)
            await reporter.release()
    except (SidecarError, TimeoutError):
        _log.info("Events that Drupal does not have yet stay in Redis.", action="report_left", site=site)


async def _all_sent(reporter: Reporter) -> None:
    while await reporter.tick():
        pass


async def _intake(running: Running, site: str) -> None:
    from sidecar.intake.claims import Claimer
    from sidecar.intake.outbox import Outbox, OutboxIntake

    context, stop = running.context, running.stop
    settings = context.settings.sites[site]
    claimer = Claimer(context.sites[site], context.hallway, context.name)
    context.recovering.add(site)

    async def watch() -> int:
        """After a loss of Redis, and at the start: everything that Drupal has unfinished is accepted again."""
        if site not in context.recovering and not await context.store.health.lost(site):
            return 0
        context.recovering.add(site)
        await context.store.health.settled(
            site
        )  # before the claims: a loss while they come in is noticed the next time
        count = await claimer.unfinished()
        context.recovering.discard(site)
        return count

    async with asyncio.TaskGroup() as group:
        group.create_task(forever(watch, WATCH, stop, "claiming unfinished runs", site))
        if settings.intake == "mysql" and settings.database:
            outbox = Outbox(settings.database, context.name)
            intake = OutboxIntake(site, outbox, context.hallway, lambda: context.store.identities.known_site(site))
            group.create_task(_outbox(intake, outbox, stop, site))
        group.create_task(_checks(context, stop, site))
        pace = HTTP if settings.intake == "http" else PUSH
        group.create_task(_claims(claimer, pace, stop, site, lambda: context.store.accepting.take_look(site)))


async def _outbox(intake: OutboxIntake, outbox: Outbox, stop: asyncio.Event, site: str) -> None:
    try:
        await forever(intake.once, OUTBOX, stop, "taking jobs from the outbox", site)
    finally:
        await outbox.aclose()


async def _claims(
    claimer: Claimer, pace: Pace, stop: asyncio.Event, site: str, due: Callable[[], Awaitable[bool]]
) -> None:
    await pause(stop, pace.busy)
    await forever(claimer.new, pace, stop, "claiming jobs from Drupal", site, due)


async def _checks(context: Context, stop: asyncio.Event, site: str) -> None:
    """What only this side can see, for the site's status report."""
    from sidecar.doctor import watch_site

    await forever(lambda: watch_site(context, site), CHECKS, stop, "checking the site", site)


# -- the API


def make_extension(**parts: Any) -> Extension:
    """What another door adds to the pages (the fields of api.app.Extension). Doors do not import each other."""
    from sidecar.api.app import Extension

    return Extension(**parts)


def listen(settings: Settings) -> socket.socket:
    """The API's socket. Raises SettingsError when the address cannot be used."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(BACKLOG)  # from here on nobody is refused, even while the application is still being built
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"The API cannot listen on {settings.host}:{settings.port}: {error.strerror}. Set SIDECAR_PORT to a free port."
        ) from None
    return listener


async def _api(running: Running, listener: socket.socket, extension: Extension | None) -> None:
    import uvicorn

    from sidecar.api.app import create_app

    class Server(uvicorn.Server):
        """Leaves the signals to us."""

        def capture_signals(self) -> Any:
            return nullcontext()

    config = uvicorn.Config(
        create_app(running.context, extension),
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=API_STOP_SECONDS,
    )
    server = Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    _log.info("The API listens.", action="api_started", host=running.context.settings.host, port=running.port)
    stopping = asyncio.create_task(running.stop.wait())
    await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    running.stop.set()
    await running.context.watch.close()  # the open event streams come to their end
    server.should_exit = True
    await serving


# -- starting and ending


def _on_signals(stop: asyncio.Event) -> None:
    """The first signal asks everything to end; a second Ctrl-C ends it at once."""
    loop = asyncio.get_running_loop()

    def asked(number: int) -> None:
        if stop.is_set() and number == signal.SIGINT:
            os._exit(130)  # nothing is lost by it: that is what leases and the journal are for
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked, number)


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
