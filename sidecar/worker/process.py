"""The worker of a process. It claims what its slot's previous process left before anything else, and keeps it while the engine is imported."""

from __future__ import annotations

import asyncio
import gc
import importlib
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from arq import ArqRedis

from sidecar import log
from sidecar.errors import DrupalUnavailable
from sidecar.json_text import members
from sidecar.settings import Settings
from sidecar.store import Store
from sidecar.worker.bell import bell_worker
from sidecar.worker.facts import Load
from sidecar.worker.runner import Runner, WorkerLimits
from sidecar.worker.slot import Slot

if TYPE_CHECKING:
    from sidecar.context import Context
    from sidecar.engine.engine import Engine
    from sidecar.models.catalog import Catalog
    from sidecar.runs.agent import Limits
    from sidecar.runs.job import Job

_log = log.get(__name__)

CLAIM_SECONDS = 2.0
"""How long the rest of the process waits for the claims; only a Redis that has just gone away takes longer."""
KEYS_SECONDS = 5.0
"""How long a site may take to lend its keys."""
ENGINE = ("sidecar.engine.engine", "sidecar.models.catalog", "sidecar.tools.guards", "sidecar.tools.registry")


class WorkerProcess:
    """Claims when it is entered; `run` drives, and hands over at its end."""

    def __init__(self, settings: Settings, store: Store) -> None:
        own = settings.worker
        self._settings, self._store = settings, store
        self._slot = Slot(own.slot)
        self._runner = Runner(
            store.holding,
            store.bells,
            [(id, site.weight) for id, site in settings.sites.items()],
            WorkerLimits(
                own.capacity, own.lease_seconds, own.beat_seconds, own.drain_seconds, own.max_runs, own.max_rss_mb
            ),
            self._make_engine,
            slot=self._slot.name,
        )
        self._claims: asyncio.Task[None] | None = None
        self._context: Context | None = None
        self._models: Any = None
        self._catalog: Catalog | None = None
        self._left = False

    async def __aenter__(self) -> Self:
        # What imports make stays: the collector's default looks through it again and again, a fifth of the time they take.
        gc.set_threshold(50_000, 20, 50)
        self._claims = asyncio.create_task(self._runner.start(), name="claim")
        await asyncio.wait({self._claims}, timeout=CLAIM_SECONDS)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._leave()

    @property
    def load(self) -> Load:
        """How busy it is."""
        return self._runner.load

    async def run(self, context: Context, stop: asyncio.Event) -> None:
        """Drive runs until `stop`, or until the worker has done its share; then hand over what is left, and set `stop`."""
        self._context = context
        work = asyncio.create_task(self._work(), name="work")
        waits: list[asyncio.Task[Any]] = [
            asyncio.create_task(stop.wait()),
            asyncio.create_task(self._runner.finished.wait()),
        ]
        try:
            await asyncio.wait([work, *waits], return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        finally:
            await self._leave()  # `work` goes on meanwhile: without the engine nothing can be handed over
            for task in (work, *waits):
                task.cancel()
            await asyncio.gather(work, *waits, return_exceptions=True)
            stop.set()

    async def _work(self) -> None:
        assert self._claims is not None
        await self._claims
        await self._runner.load_engine()
        _log.info(
            "The worker is ready.",
            action="worker_started",
            slot=self._slot.name,
            capacity=self._settings.worker.capacity,
        )
        gc.freeze()
        pool = ArqRedis(connection_pool=self._store.connection.client.connection_pool)
        offering = asyncio.create_task(self._offer(), name="offer")
        offering.add_done_callback(_tell_defect)
        try:
            await bell_worker(pool, self._runner).async_run()
        finally:
            offering.cancel()
            await asyncio.gather(offering, return_exceptions=True)

    async def _offer(self) -> None:
        """Tells which models this process can serve, for as long as it works."""
        from sidecar.worker.offering import keep_offering

        assert self._context is not None
        assert self._catalog is not None
        await keep_offering(self._catalog, self._store.offers, self._context.site_ids, self._context.name)

    async def _make_engine(self, draining: Callable[[], bool]) -> Engine:
        """Imports the engine in a thread: leases are kept and the API answers meanwhile."""
        for module in ENGINE:
            await asyncio.to_thread(importlib.import_module, module)
        from sidecar.engine.engine import Engine
        from sidecar.models.catalog import Catalog
        from sidecar.models.names import Models

        assert self._context is not None
        self._models = Models(self._settings, ask=self._lent_keys)
        self._catalog = Catalog(self._models)
        await self._models.look()
        lease_ms = int(self._settings.worker.lease_seconds * 1000)
        services = make_services(self._context, self._models, self._catalog.heard)
        return Engine(self._store.holding, services, lease_ms=lease_ms, draining=draining)

    async def _lent_keys(self, site: str, providers: list[str]) -> dict[str, str]:
        """The keys that a site lends; it is given up after a few seconds, so that no run waits for a site that hangs. Raises DrupalError."""
        from sidecar import contracts

        assert self._context is not None
        try:
            async with asyncio.timeout(KEYS_SECONDS):
                answer = await self._context.sites[site].signed("keys", {"providers": list(providers)})
        except TimeoutError:
            detail = f"The site did not answer within {KEYS_SECONDS:g} seconds."
            raise DrupalUnavailable({"status": 0, "code": "unreachable", "detail": detail}) from None
        contracts.check("keys#answer", answer)
        return members(answer["keys"])

    async def _leave(self) -> None:
        if self._left:
            return
        self._left = True
        if self._claims is not None:
            self._claims.cancel()
        await self._runner.drain()
        if self._models is not None:
            await self._models.aclose()
        self._slot.release()


def _tell_defect(task: asyncio.Task[None]) -> None:
    """Runs are driven all the same when nobody tells which models there are; but that has to be known."""
    if not task.cancelled() and (error := task.exception()):
        _log.error("A defect: telling which models there are. Report it.", action="defect", exc_info=error)


def make_services(context: Context, models: Any, heard: Callable[[str, str, Any], float | None]) -> Any:
    """What the engine needs of models, tools and sites. `heard`: is told how models answer."""
    from sidecar.engine.drive import Services
    from sidecar.tools.guards import GuardLimits
    from sidecar.tools.registry import build_tools

    settings = context.settings

    def client(claim: Any) -> Any:
        return context.sites[claim.site].as_agent(claim.run, claim.generation, claim.job.account)

    async def tools(job: Job, client: Any, journaled: Any) -> Any:
        return await build_tools(job, client, settings, journaled)

    def guard(limits: Limits) -> GuardLimits:
        return GuardLimits(settings.limits.tool_timeout, limits.tool_result_bytes, models.redact)

    return Services(
        client=client,
        tools=tools,
        model=models.build,
        classify=models.classify,
        guard=guard,
        price=models.price,
        heard=heard,
        model_timeout=settings.limits.model_timeout,
        approval_seconds=settings.approval_expiry_days * 86_400,
        redact=models.redact,
    )
