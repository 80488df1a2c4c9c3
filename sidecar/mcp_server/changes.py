"""Tells a client that listens when its list of agents has changed: another agent may be started, or one no longer.

Here for `subscriptions/listen` (2026-07-28); sessions of before are told on their own streams (standing.py)."""

from __future__ import annotations

import asyncio
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.subscriptions import SUBSCRIPTION_ID_META_KEY, PromptsListChanged, ToolsListChanged
from mcp.shared.subscriptions import event_to_notification
from mcp_types import SubscriptionsListenRequestParams

from sidecar.errors import CallerRefused, DrupalError, StoreUnavailable
from sidecar.json_text import is_object
from sidecar.mcp_server.calling import Calls
from sidecar.mcp_server.wiring import current_caller

LISTEN = "subscriptions/listen"
EVERY_SECONDS = 10.0
CAPABILITIES = ("initialize", "server/discover")


async def say_what_is_told(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware: the capabilities, in either era, have the changes that clients are told of: those of tools and prompts.

    The SDK goes by the methods that are served: of resources it would promise what nobody tells."""
    result = await call_next(ctx)
    if ctx.method in CAPABILITIES and is_object(result):
        capabilities = result["capabilities"]
        capabilities["tools"]["listChanged"] = capabilities["prompts"]["listChanged"] = True
        capabilities["resources"] = {"subscribe": False, "listChanged": False}
    return result


class ListChanges:
    """Middleware: asks again who the caller is while it listens. `Who` keeps answers, so Drupal is asked at most twice a minute.

    What an agent is called, takes or gives is no right: a change of that is seen when the list is read again."""

    def __init__(self, calls: Calls, *, every: float = EVERY_SECONDS) -> None:
        self._calls = calls
        self._every = every

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if ctx.method != LISTEN:
            return await call_next(ctx)
        telling = asyncio.create_task(self._tell(ctx))
        try:
            return await call_next(ctx)
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    async def _tell(self, request: ServerRequestContext[Any, Any]) -> None:
        wanted = SubscriptionsListenRequestParams.model_validate(request.params or {}).notifications
        caller = current_caller()
        meta: dict[str, Any] = {SUBSCRIPTION_ID_META_KEY: request.request_id}
        while True:
            await asyncio.sleep(self._every)
            try:
                now = await self._calls.context.remote.who.ask(
                    caller.site, caller.credential, caller.origin.door, caller.origin.address
                )
            except CallerRefused:
                return
            except (DrupalError, StoreUnavailable):
                continue
            if now.agents == caller.agents:
                continue
            caller = now
            for asked, event in (
                (wanted.tools_list_changed, ToolsListChanged()),
                (wanted.prompts_list_changed, PromptsListChanged()),
            ):
                if asked:
                    await request.session.send_notification(event_to_notification(event, meta), request.request_id)
