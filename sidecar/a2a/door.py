"""Where other agent systems call: JSON-RPC at `/a2a`, an address for each agent, and the cards."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import TypeVar

from pydantic import ValidationError
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sidecar import json_text, log
from sidecar.a2a.cards import PROTOCOL, WELL_KNOWN, agent_card, public_card
from sidecar.a2a.documents import (
    Call,
    CreatePushParams,
    Document,
    Frame,
    ListParams,
    ListPushParams,
    PushParams,
    SendParams,
    TaskParams,
)
from sidecar.a2a.errors import A2AError, Fault, translated
from sidecar.a2a.methods import Methods
from sidecar.a2a.notifying import Notifier
from sidecar.a2a.pushes import PushConfigs, seal_of
from sidecar.context import Context
from sidecar.errors import ContractError, DrupalError
from sidecar.intake.loops import PUSHES, forever
from sidecar.json_text import JSON
from sidecar.remote.answers import problem
from sidecar.remote.caller import Caller
from sidecar.remote.gate import CALLER, KnownCallers, KnownHosts

PING_SECONDS = 15
VERSION_HEADER = "A2A-Version"
_log = log.get(__name__)

Params = TypeVar("Params", bound=Document)
Answering = Callable[[Methods, dict[str, JSON]], Awaitable[dict[str, JSON]]]
Streaming = Callable[[Methods, dict[str, JSON]], AsyncGenerator[Frame]]


class A2ADoor:
    """All sites' interfaces in one process."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.routes: dict[str, ASGIApp] = {}
        for site in context.sites:
            for prefix in [f"/sites/{site}", *([""] if len(context.sites) == 1 else [])]:
                self._add(site, prefix)

    async def run(self, stop: asyncio.Event) -> None:
        """Tell the receivers of push notifications how tasks stand, until `stop`."""
        async with asyncio.TaskGroup() as group:
            for site in self._context.sites:
                group.create_task(self._notify(site, stop), name=f"push notifications {site}")

    async def _notify(self, site: str, stop: asyncio.Event) -> None:
        context = self._context
        kept, runs = context.store.pushes, context.store.reading
        seal = seal_of(context.sites[site].settings.keys, site)
        notifier = Notifier(context.sites[site], kept, runs, context.caller_sender(), seal)
        try:
            await forever(notifier.look, PUSHES, stop, "sending push notifications", site)
        finally:
            await notifier.close()

    def _add(self, site: str, prefix: str) -> None:
        """What answers at each path. The short path is there when it can only mean one site."""
        path, settings = f"{prefix}/a2a", self._context.settings
        interface = _Interface(self._context, site, path)
        inside = KnownCallers(interface.calls, site, "a2a", self._context.remote.who)
        for written in (path, f"{path}/", f"{path}/{{agent}}"):
            self.routes[written] = KnownHosts(inside, settings)
        card = KnownCallers(interface.agent_card, site, "a2a", self._context.remote.who)
        self.routes[f"{path}/{{agent}}{WELL_KNOWN}"] = KnownHosts(card, settings)
        self.routes[f"{path}{WELL_KNOWN}"] = KnownHosts(interface.public_card, settings)
        self.routes[f"{prefix}{WELL_KNOWN}"] = KnownHosts(interface.public_card, settings)


class _Interface:
    """One site's."""

    def __init__(self, context: Context, site: str, path: str) -> None:
        self._context, self._site, self._path = context, site, path
        self._sender = context.caller_sender()
        self._seal = seal_of(context.sites[site].settings.keys, site)

    async def public_card(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What this server is. For anybody."""
        if refused := _only(scope, "GET", "HEAD"):
            return await refused(scope, receive, send)
        headers = {"Cache-Control": "public, max-age=60", "Access-Control-Allow-Origin": "*"}
        await JSONResponse(public_card(self._url(scope)), headers=headers)(scope, receive, send)

    async def agent_card(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The card of one agent, for those who may dispatch it."""
        if refused := _only(scope, "GET", "HEAD"):
            return await refused(scope, receive, send)
        await (await self._agent_card(scope))(scope, receive, send)

    async def _agent_card(self, scope: Scope) -> Response:
        agent, caller = str(scope["path_params"]["agent"]), _caller(scope)
        if not caller.may_dispatch(agent):
            return problem(404, "not_found", "There is no such agent, or none that you may dispatch.")
        try:
            facts = await self._context.remote.of(caller).agent(agent)
        except DrupalError as error:
            failed = translated(error)
            return problem(failed.fault.status if failed.fault is Fault.UNAVAILABLE else 404, "not_found", str(failed))
        return JSONResponse(agent_card(f"{self._url(scope)}/{agent}", facts))

    async def calls(self, scope: Scope, receive: Receive, send: Send) -> None:
        """JSON-RPC."""
        if refused := _only(scope, "POST"):
            return await refused(scope, receive, send)
        request = Request(scope, receive)
        await (await self._answer(request))(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        id: str | int | None = None
        try:
            call = _call(await self._body(request))
            id = call.id
            _version(Headers(scope=request.scope))
            methods = self._methods(request.scope)
            if call.method in STREAMS:
                return await _stream(id, STREAMS[call.method](methods, call.params))
            if call.method not in ANSWERS:
                raise _unknown(call.method)
            return JSONResponse(
                {"jsonrpc": "2.0", "id": id, "result": await ANSWERS[call.method](methods, call.params)}
            )
        except A2AError as error:
            return _failed(id, error)

    async def _body(self, request: Request) -> bytes:
        limit, body = self._context.settings.body_limit_bytes, bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise A2AError(Fault.REQUEST, f"A request may have {limit} bytes.")
        return bytes(body)

    def _methods(self, scope: Scope) -> Methods:
        remote, caller = self._context.remote, _caller(scope)
        agent = scope.get("path_params", {}).get("agent")
        pushes = PushConfigs(self._context.store.pushes, self._seal, self._sender, self._site, caller.account)
        return Methods(remote.of(caller), remote.dispatches, pushes, self._url(scope), agent)

    def _url(self, scope: Scope) -> str:
        origin = self._context.settings.public_url or f"{scope['scheme']}://{Headers(scope=scope).get('host', '')}"
        return f"{origin}{self._path}"


def _only(scope: Scope, *methods: str) -> Response | None:
    if scope["method"] in methods:
        return None
    return problem(405, "method_not_allowed", f"Use {methods[0]}.", {"Allow": ", ".join(methods)})


def _caller(scope: Scope) -> Caller:
    caller = scope[CALLER]
    assert isinstance(caller, Caller)
    return caller


def _call(body: bytes) -> Call:
    try:
        document = json_text.loads(body)
    except (ValueError, ContractError, RecursionError):
        raise A2AError(Fault.PARSE, "The body is no JSON.") from None
    if isinstance(document, list):
        raise A2AError(Fault.REQUEST, "Send one call at a time.")
    return _read(Call, document, Fault.REQUEST)


def _version(headers: Mapping[str, str]) -> None:
    """Without the header a client means 0.3, by the rules of the protocol."""
    given = headers.get(VERSION_HEADER.lower(), "") or "0.3"
    if given.partition(".")[0] != PROTOCOL.partition(".")[0]:
        raise A2AError(
            Fault.VERSION,
            f"This server speaks A2A {PROTOCOL}, and was asked for {given[:16]}. Send the header {VERSION_HEADER}: {PROTOCOL}, "
            "or use a client of that version.",
            {"supported": PROTOCOL},
        )


def _unknown(method: str) -> A2AError:
    if "/" in method:
        return A2AError(
            Fault.VERSION,
            f"{method[:64]} is a method of A2A 0.3. This server speaks {PROTOCOL}.",
            {"supported": PROTOCOL},
        )
    return A2AError(Fault.METHOD, f"There is no method {method[:64]}.")


def _read(kind: type[Params], given: JSON, fault: Fault = Fault.PARAMS) -> Params:
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise A2AError(fault, f"{place or 'The call'}: {first['msg']}.") from None


async def _stream(id: str | int | None, frames: AsyncGenerator[Frame]) -> Response:
    """A stream that begins well, else the error as an ordinary answer."""
    first = await anext(frames)

    async def events() -> AsyncGenerator[ServerSentEvent]:
        async with aclosing(frames):
            yield _event(id, first)
            try:
                async for frame in frames:
                    yield _event(id, frame)
            except A2AError as error:
                yield ServerSentEvent(json.dumps({"jsonrpc": "2.0", "id": id, "error": error.document()}))

    return EventSourceResponse(
        events(), ping=PING_SECONDS, headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    )


def _event(id: str | int | None, frame: Frame) -> ServerSentEvent:
    return ServerSentEvent(json.dumps({"jsonrpc": "2.0", "id": id, "result": frame.json_object()}, ensure_ascii=False))


def _failed(id: str | int | None, error: A2AError) -> Response:
    headers = {"Retry-After": "5"} if error.fault is Fault.UNAVAILABLE else None
    return JSONResponse({"jsonrpc": "2.0", "id": id, "error": error.document()}, error.fault.status, headers)


async def _send(methods: Methods, params: dict[str, JSON]) -> dict[str, JSON]:
    return {"task": (await methods.send(_read(SendParams, params))).json_object()}


async def _get(methods: Methods, params: dict[str, JSON]) -> dict[str, JSON]:
    return (await methods.get(_read(TaskParams, params))).json_object()


async def _cancel(methods: Methods, params: dict[str, JSON]) -> dict[str, JSON]:
    return (await methods.cancel(_read(TaskParams, params))).json_object()


async def _list(methods: Methods, params: dict[str, JSON]) -> dict[str, JSON]:
    return await methods.list(_read(ListParams, params))


async def _create_push(methods: Methods, params: dict[str, JSON]) -> dict[str, JSON]:
    return await methods.create_push(_read(CreatePushParams, params))


async def _get_push(methods: Methods, params: dict[str, JSON]) -> dict[str, JSON]:
    return await methods.get_push(_read(PushParams, params))


async def _list_pushes(methods: Methods, params: dict[str, JSON]) -> dict[str, JSON]:
    return await methods.list_pushes(_read(ListPushParams, params))


async def _delete_push(methods: Methods, params: dict[str, JSON]) -> dict[str, JSON]:
    return await methods.delete_push(_read(PushParams, params))


async def _card(methods: Methods, params: dict[str, JSON]) -> dict[str, JSON]:
    return await methods.card()


ANSWERS: dict[str, Answering] = {
    "SendMessage": _send,
    "GetTask": _get,
    "CancelTask": _cancel,
    "ListTasks": _list,
    "GetExtendedAgentCard": _card,
    "CreateTaskPushNotificationConfig": _create_push,
    "GetTaskPushNotificationConfig": _get_push,
    "ListTaskPushNotificationConfigs": _list_pushes,
    "DeleteTaskPushNotificationConfig": _delete_push,
}
STREAMS: dict[str, Streaming] = {
    "SendStreamingMessage": lambda methods, params: methods.stream(_read(SendParams, params)),
    "SubscribeToTask": lambda methods, params: methods.subscribe(_read(TaskParams, params)),
}
