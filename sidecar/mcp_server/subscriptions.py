"""Changes that clients asked to be told of (`subscriptions/listen`), from whichever process they come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping

from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    PromptsListChanged,
    ResourcesListChanged,
    ResourceUpdated,
    ServerEvent,
    ToolsListChanged,
)

from sidecar import log
from sidecar.errors import StoreUnavailable
from sidecar.store.changes import Changes

_log = log.get(__name__)

AGAIN_SECONDS = 1.0
LISTS: Mapping[str, Callable[[], ServerEvent]] = {
    "tools": ToolsListChanged,
    "prompts": PromptsListChanged,
    "resources": ResourcesListChanged,
}


class SharedBus:
    """The SDK's bus of a site, over all processes (mcp.server.subscriptions.SubscriptionBus)."""

    def __init__(self, site: str, changes: Changes) -> None:
        self._site, self._changes = site, changes
        self._local = InMemorySubscriptionBus()

    async def publish(self, event: ServerEvent) -> None:
        """Tell all processes. Without Redis it is lost: there is no replay, and clients read again now and then."""
        try:
            await self._changes.tell(self._site, written(event))
        except StoreUnavailable:
            _log.warning("A change could not be told to clients: Redis does not answer.", action="change_untold")

    def subscribe(self, listener: Callable[[ServerEvent], None]) -> Callable[[], None]:
        """Call `listener` with each change until the answer is called."""
        return self._local.subscribe(listener)

    async def heard(self, event: ServerEvent) -> None:
        """A change came, from this process or another."""
        await self._local.publish(event)


async def hear(changes: Changes, buses: Mapping[str, SharedBus]) -> None:
    """Give each bus what is told to its site, until cancelled. After a gap every list counts as changed: a change may have been missed."""
    gap = False
    while True:
        try:
            async with changes.listen(buses) as told:
                if gap:
                    for bus in buses.values():
                        for changed in LISTS.values():
                            await bus.heard(changed())
                gap = True
                async for site, change in told:
                    if event := read(change):
                        await buses[site].heard(event)
        except StoreUnavailable:
            await asyncio.sleep(AGAIN_SECONDS)


def written(event: ServerEvent) -> str:
    """As text for the channel."""
    if isinstance(event, ResourceUpdated):
        return json.dumps({"resource": event.uri})
    return json.dumps({"list": next(name for name, kind in LISTS.items() if kind is type(event))})


def read(change: str) -> ServerEvent | None:
    """The event that was written; None: another release wrote what this one does not know."""
    document = json.loads(change)
    if uri := document.get("resource"):
        return ResourceUpdated(uri=uri)
    kind = LISTS.get(document.get("list"))
    return kind() if kind else None
