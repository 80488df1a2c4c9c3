"""Where callers want to hear how their tasks stand, how far each was told, and which process tells it now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sidecar.json_text import JSON
from sidecar.store.connection import Connection, arguments
from sidecar.store.keys import Keys

KEPT_SECONDS = 40 * 86_400
"""From the last word. A run may begin after a month; what has ended is forgotten at once."""
LOOK_MS = 500
SCANNED = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """Names a configuration: a run, the account that set it, and its id there."""

    run: str
    account: str
    id: str

    @classmethod
    def of(cls, member: str) -> Place:
        """From `member`."""
        return cls(*member.split("/", 2))

    @property
    def member(self) -> str:
        """Names it among all of a site."""
        return f"{self.run}/{self.account}/{self.id}"


@dataclass(frozen=True, slots=True)
class Lent:
    """A configuration that is due, and the lease by which one process tells it."""

    place: Place
    lease: int


class Pushes:
    """Configurations and their leases. What they say has credentials in it: it is sealed before it comes here (a2a/pushes.py)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def save(self, site: str, place: Place, sealed: str, told: Mapping[str, JSON], most: int) -> bool:
        """Keep a configuration, in place of one with the same id; `told` is for a new one. False: the account has `most` for this run."""
        given = {"member": place.member, "id": place.id, "most": most, "kept_seconds": KEPT_SECONDS}
        texts = [sealed, json.dumps(told)]
        return bool(await self._connection.script("push_save", self._keys(site, place), arguments(given, texts)))

    async def read(self, site: str, place: Place) -> tuple[str, dict[str, JSON]] | None:
        """A configuration, and how far it was told; None: there is none."""
        keys = self._connection.keys(site)
        async with self._connection.redis() as redis, redis.pipeline(transaction=False) as pipe:
            pipe.hget(keys.push(place.run, place.account), place.id)
            pipe.hget(keys.push_told(place.run, place.account), place.id)
            config, told = await pipe.execute()
        return None if config is None or told is None else (config.decode(), json.loads(told))

    async def all(self, site: str, run: str, account: str) -> dict[str, str]:
        """An account's configurations for a run, by their ids and in their order."""
        async with self._connection.redis() as redis:
            found: dict[bytes, bytes] = await redis.hgetall(self._connection.keys(site).push(run, account))
        return {id.decode(): sealed.decode() for id, sealed in sorted(found.items())}

    async def delete(self, site: str, place: Place) -> None:
        """Tell it no more."""
        keys = self._connection.keys(site)
        async with self._connection.redis() as redis, redis.pipeline(transaction=True) as pipe:
            pipe.hdel(keys.push(place.run, place.account), place.id)
            pipe.hdel(keys.push_told(place.run, place.account), place.id)
            pipe.zrem(keys.pushes, place.member)
            pipe.hdel(keys.pushes_idle, place.member)
            await pipe.execute()

    async def take(self, site: str, most: int, lease_ms: int) -> list[Lent]:
        """What is due now, and in no other process's hands; at most so many."""
        keys = self._connection.keys(site)
        given = {"runs": keys.run(""), "most": most, "scanned": SCANNED, "lease_ms": lease_ms, "look_ms": LOOK_MS}
        found = await self._connection.script("push_take", [keys.pushes, keys.pushes_idle], arguments(given))
        pairs = zip(found[::2], found[1::2], strict=True)
        return [Lent(Place.of(member.decode()), int(lease)) for member, lease in pairs]

    async def keep(self, site: str, lent: Lent, told: Mapping[str, JSON], lease_ms: int) -> Lent | None:
        """Keep how far it was told, and the lease for longer. None: another process has it, or it was deleted."""
        return await self._settle(site, lent, told, {"delay_ms": lease_ms})

    async def put_back(self, site: str, lent: Lent, told: Mapping[str, JSON], delay_ms: int) -> None:
        """Look at it again then, in whichever process."""
        await self._settle(site, lent, told, {"delay_ms": delay_ms})

    async def put_to_rest(self, site: str, lent: Lent, told: Mapping[str, JSON], seq: int, ask_ms: int) -> None:
        """Look at it again when its run has an event behind `seq`; when Redis does not have the run: in so many milliseconds."""
        await self._settle(site, lent, told, {"delay_ms": LOOK_MS, "seq": seq, "ask_ms": ask_ms})

    async def finish(self, site: str, lent: Lent) -> None:
        """All is told, or nobody listens: forget it."""
        await self._settle(site, lent, {}, {"delay_ms": 0, "gone": 1})

    async def _settle(self, site: str, lent: Lent, told: Mapping[str, JSON], given: dict[str, JSON]) -> Lent | None:
        place = lent.place
        named = {"member": place.member, "id": place.id, "lease": lent.lease, "kept_seconds": KEPT_SECONDS}
        texts = [json.dumps(told)]
        lease = await self._connection.script("push_settle", self._keys(site, place), arguments(named | given, texts))
        return Lent(place, int(lease)) if lease else None

    def _keys(self, site: str, place: Place) -> list[str]:
        keys: Keys = self._connection.keys(site)
        run, account = place.run, place.account
        return [keys.pushes, keys.pushes_idle, keys.push(run, account), keys.push_told(run, account)]
