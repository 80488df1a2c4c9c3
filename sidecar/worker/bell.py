"""arq's worker, for the bell alone: it wakes the runner."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from arq import ArqRedis, Worker, func
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from sidecar.store.keys import QUEUE
from sidecar.worker.runner import AWAY_SECONDS, Runner

log = structlog.get_logger(__name__)


class BellWorker(Worker):
    """arq's worker, for the bell alone: it survives an absent Redis, and it never holds a run."""

    async def _poll_iteration(self) -> None:
        try:
            await super()._poll_iteration()
        except (RedisConnectionError, RedisTimeoutError, OSError) as error:
            log.warning("Redis is away, trying again: %s", error, action="redis_away")
            await asyncio.sleep(AWAY_SECONDS)


def bell_worker(pool: ArqRedis, runner: Runner) -> BellWorker:
    """The arq worker that answers bells with `runner.take`."""

    async def bell(ctx: dict[Any, Any]) -> None:
        await runner.take()

    functions = [func(bell, name="bell", timeout=30, keep_result=0, max_tries=1)]
    return BellWorker(
        functions, redis_pool=pool, queue_name=QUEUE, poll_delay=1.0, max_jobs=2, handle_signals=False,
        health_check_interval=30, log_results=False,
    )  # fmt: skip
