"""The connection that every part of the store shares: Redis, the scripts, the names of keys, and what its errors mean."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from importlib import resources
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from sidecar.errors import StoreUnavailable
from sidecar.json_text import JSON
from sidecar.store.keys import Keys

SCRIPTS = (
    "accept",
    "ack",
    "beat",
    "command",
    "finish",
    "first",
    "push_save",
    "push_settle",
    "push_take",
    "reap",
    "release",
    "renumber",
    "requeue",
    "rewind",
    "settle",
    "spent",
    "start",
    "take",
    "wake",
)
NOT_NOW = ("LOADING", "READONLY", "MISCONF", "OOM", "TRYAGAIN", "CLUSTERDOWN")
"""How a Redis answers that can do this later."""


class Connection:
    """One Redis. `clock` gives Unix seconds, for events only: leases have Redis' clock."""

    def __init__(self, client: Redis, *, clock: Callable[[], float] = time.time) -> None:
        self.client = client
        self.clock = clock
        self._keys: dict[str, Keys] = {}
        folder = resources.files("sidecar.store") / "lua"
        common = (folder / "_common.lua").read_text()
        # What a script answers has no type: redis-py's annotations know texts alone.
        self._scripts: dict[str, Any] = {
            name: client.register_script(common + (folder / f"{name}.lua").read_text()) for name in SCRIPTS
        }

    def keys(self, site: str) -> Keys:
        """Key names of a site."""
        if site not in self._keys:
            self._keys[site] = Keys(site)
        return self._keys[site]

    @asynccontextmanager
    async def redis(self) -> AsyncGenerator[Any]:  # redis-py's annotations mix its sync and async halves
        """The client, whose errors are translated. Raises StoreUnavailable when Redis does not answer."""
        with _translated():
            yield self.client

    async def script(self, name: str, keys: list[str], args: list[Any]) -> Any:
        """Runs one script of `lua/`; one that Redis forgot (FLUSHALL, restart) is sent again. Raises StoreUnavailable."""
        with _translated():
            return await self._scripts[name](keys=keys, args=_encoded(args))

    def add_script(self, pipe: Any, name: str, keys: list[str], args: list[Any]) -> None:
        """Puts one script into a pipeline. Its answer there is a NoScriptError when Redis forgot the script."""
        pipe.evalsha(self._scripts[name].sha, len(keys), *keys, *_encoded(args))

    async def scripts(self, name: str, calls: Sequence[tuple[list[str], list[Any]]]) -> None:
        """Runs one script for each pair of keys and arguments, in one round trip. Raises StoreUnavailable."""
        if not calls:
            return
        with _translated():
            async with self.client.pipeline(transaction=False) as pipe:
                for keys, args in calls:
                    await self._scripts[name](keys=keys, args=args, client=pipe)
                await pipe.execute()


def arguments(document: Mapping[str, JSON], texts: Iterable[str] = ()) -> list[str]:
    """ARGV of a script: one document with named members, then the texts that it stores as they are. The scripts' cjson knows neither null nor
    large numbers well: what is not given is absent, truth is 1 or 0, what people or models wrote is a text."""
    return [json.dumps(document), *texts]


def _encoded(args: list[Any]) -> list[Any]:
    """A half of a surrogate pair in a text of JSON becomes its escape, which is the same text: UTF-8 has no bytes for it."""
    return [arg.encode("utf-8", "backslashreplace") if isinstance(arg, str) else arg for arg in args]


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except (RedisConnectionError, RedisTimeoutError, OSError) as error:
        raise StoreUnavailable(f"Redis does not answer: {error}") from error
    except RedisError as error:
        if str(error).startswith(NOT_NOW):
            raise StoreUnavailable(f"Redis cannot take this now: {error}") from error
        raise
