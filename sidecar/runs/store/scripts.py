"""The Lua scripts, loaded from `lua/`: each is prefixed by `_common.lua`."""

from __future__ import annotations

from importlib import resources
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from sidecar.errors import StoreUnavailable

NAMES = (
    "accept",
    "ack",
    "beat",
    "command",
    "finish",
    "reap",
    "renumber",
    "requeue",
    "rewind",
    "settle",
    "spent",
    "start",
    "take",
)


class Scripts:
    """Calls the scripts by name; a script that Redis forgot (FLUSHALL, restart) is sent again."""

    def __init__(self, redis: Redis) -> None:
        folder = resources.files("sidecar.runs.store") / "lua"
        common = (folder / "_common.lua").read_text()
        self._scripts = {name: redis.register_script(common + (folder / f"{name}.lua").read_text()) for name in NAMES}

    async def __call__(self, name: str, keys: list[str], args: list[Any]) -> Any:
        """Runs one script. Raises StoreUnavailable when Redis does not answer."""
        try:
            return await self._scripts[name](keys=keys, args=args)
        except (RedisConnectionError, RedisTimeoutError, OSError) as error:
            raise StoreUnavailable(f"Redis does not answer: {error}") from error
        except RedisError as error:
            if str(error).startswith(("LOADING", "READONLY", "MISCONF", "OOM", "TRYAGAIN", "CLUSTERDOWN")):
                raise StoreUnavailable(f"Redis cannot take this now: {error}") from error
            raise
