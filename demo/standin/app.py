"""The site over HTTP: routes, who may use them, and errors as problem documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from demo.standin import claims, effects, items, listing, me, tools, webhooks
from demo.standin.auth import Identity
from demo.standin.batch_endpoints import BatchEndpoints, person_or_agent, refuse_other_agents
from demo.standin.bodies import closed, read_object
from demo.standin.commands import COMMANDS, FORMER
from demo.standin.control import Control
from demo.standin.events import MAX_BYTES
from demo.standin.faults import FaultLayer, FaultPlan
from demo.standin.jsonapi import endpoints as jsonapi
from demo.standin.problems import Problem
from demo.standin.seen import RequestLog, Seen
from demo.standin.site import Site
from demo.standin.store import Row
from sidecar import contracts, json_text

API = "/background-agents/v1"
Handler = Callable[[Request, bytes], tuple[int, dict[str, Any]]]


def make_app(site: Site, faults: FaultPlan, requests: list[Seen]) -> ASGIApp:
    """The ASGI application of a site, with the layer that injects faults around it. What it was asked is appended to `requests`."""
    api = Endpoints(site)
    routes = [
        *(Route(f"{API}/{path}", _endpoint(site, handler), methods=[method]) for method, path, handler in api.table()),
        Route("/jsonapi", _jsonapi(site), methods=["GET"]),
        Route("/jsonapi/{path:path}", _jsonapi(site), methods=["GET", "POST", "PATCH", "DELETE"]),
        Route("/node/{id:int}", items.endpoint(site.content), methods=["GET"]),
        Route("/node/{id:int}/latest", items.endpoint(site.content), methods=["GET"]),
        *(Control(site, faults).routes() if site.options.control else []),
    ]
    return FaultLayer(RequestLog(Starlette(routes=routes), requests), faults)


def _endpoint(site: Site, handler: Handler) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        try:
            if site.store.setting("maintenance", False):
                raise Problem(503, "maintenance", "The site is in maintenance mode. Try again later.", retry_after=10)
            site.auth.door(request.headers)
            status, document = handler(request, body)
        except Problem as problem:
            return problem_response(problem)
        return json_response(status, document)

    return endpoint


def _jsonapi(site: Site) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        asked = jsonapi.Request(
            method=request.method,
            base=f"{request.url.scheme}://{request.url.netloc}",
            path=request.url.path,
            query_string=request.url.query,
            headers=request.headers,
            body=await request.body(),
        )
        try:
            answer = site.jsonapi.answer(asked, site.auth.identify(request.headers))
        except Problem as problem:
            return problem_response(problem)
        body = b"" if answer.document is None else encode(answer.document)
        return Response(body, answer.status, {"Content-Type": jsonapi.CONTENT_TYPE, **answer.headers})

    return endpoint


def encode(document: dict[str, Any]) -> bytes:
    """JSON as it goes over the wire."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def json_response(status: int, document: dict[str, Any]) -> Response:
    """A JSON answer."""
    return Response(encode(document), status, {"Content-Type": "application/json", "Cache-Control": "no-store"})


def problem_response(problem: Problem) -> Response:
    """A problem document."""
    headers = {"Content-Type": "application/problem+json", "Cache-Control": "no-store", **problem.headers()}
    return Response(encode(problem.document()), problem.status, headers)


class Endpoints:
    """The module's own endpoints: each takes the request and its raw body, and gives status and document."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def table(self) -> list[tuple[str, str, Handler]]:
        """Method, path and handler of each endpoint of docs/reference/protocol.md."""
        return [
            ("POST", "runs", self.dispatch),
            ("GET", "runs", self.list_runs),
            ("GET", "runs/{run}", self.show_run),
            ("GET", "runs/{run}/drafts", self.list_drafts),
            ("GET", "runs/{run}/events", self.show_events),
            ("GET", "runs/{run}/effects", self.show_effects),
            ("POST", "runs/{run}/send-back", self.send_back),
            ("POST", "runs/{run}/{command}", self.command),
            *BatchEndpoints(self._site).table(),
            ("POST", "jobs/claim", self.claim),
            ("POST", "schedules/due", self.schedules_due),
            ("POST", "schedules/fire", self.schedules_fire),
            *webhooks.endpoints(self._site),
            ("POST", "keys", self.keys),
            ("POST", "events", self.events),
            ("POST", "drafts", self.drafts),
            ("POST", "tools", self.tools),
            ("GET", "agents", self.agents),
            ("GET", "agents/{id}", self.agent),
            ("GET", "me", self.me),
            ("POST", "status", self.status),
        ]

    def dispatch(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        identity = self._person_or_agent(request)
        asked = closed(request, read_object(body), "dispatch")
        refuse_other_agents(identity, asked["agent"])
        trigger: dict[str, Any] = {**asked.get("trigger", {}), "type": self._site.auth.door(request.headers)}
        if identity.run is not None:
            trigger = {"type": "agent", "id": identity.run["agent"]}
        if "limits" in asked and identity.run is None:
            raise Problem(422, "invalid", "/limits: Only an agent hands limits down, by the token of its run.")
        if asked.get("delay") and identity.run is not None:
            raise Problem(422, "invalid", "/delay: What an agent starts begins at once.")
        if asked.get("priority") and identity.run is not None:
            raise Problem(422, "invalid", "/priority: What an agent starts has the priority of its run.")
        # Who asked for a run asks for what it starts.
        asked_by = (
            self._site.accounts.by_uuid(identity.run["requester"]) if identity.run is not None else identity.account
        )
        run, new = self._site.dispatcher.dispatch(
            asked["agent"],
            asked.get("input", {}),
            trigger,
            requester=asked_by,
            limits=asked.get("limits"),
            key=asked.get("key"),
            parent=identity.run,
            dry_run=asked.get("dry_run", False),
            delay=asked.get("delay", 0),
            priority=asked.get("priority", 0),
        )
        if new:
            run = self._site.runs.note_via(run, identity.via(trigger["type"]), identity.key_id)
        return (201 if new else 200), self._site.runs.show(run)

    def list_runs(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        identity = self._person_or_agent(request)
        return 200, self._site.listing.runs(identity, listing.closed(request.query_params, listing.PARAMETERS))

    def list_drafts(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        run = self._viewed(request, body)
        return 200, self._site.listing.drafts(run, listing.closed(request.query_params, ("limit", "cursor")))

    def send_back(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        identity = self._person_or_agent(request)
        run = self._site.runs.get(request.path_params["run"])
        if identity.account.agent or not listing.may_view(identity, run):
            raise Problem(403, "forbidden", "You may not send drafts of this run back.")
        asked = closed(request, read_object(body), "send-back")
        self._site.reviews.send_one(run, asked, identity.account.name)
        return 202, self._site.runs.show(self._site.runs.get(run["uuid"]))

    def show_run(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        return 200, self._site.runs.show(self._viewed(request, body))

    def show_events(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        run = self._viewed(request, body)
        self._site.events.watched.note(run)
        after = listing.number(request.query_params, "after", 0, 0, json_text.MAX_COUNTER)
        events = self._site.events.stored(run, after, listing.number(request.query_params, "limit", 200, 1, 500))
        return 200, {"run": self._site.runs.show(run), "events": events, "last_seq": run["last_seq"]}

    def show_effects(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        run = self._viewed(request, body)
        return 200, {"run": run["uuid"], "effects": effects.of(self._site.store, run)}

    def command(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        command = request.path_params["command"]
        if command == "retry" and "webhook-signature" in request.headers:
            # The sidecar gives all other commands itself.
            run = self._site.commands.give(request.path_params["run"], command, self._signed(request, body), "operator")
            return 202, self._site.runs.show(run)
        identity = self._person_or_agent(request)
        if command not in COMMANDS:
            raise Problem(404, "not_found", f"There is no command {command}; there are {', '.join(COMMANDS)}.")
        if not listing.may_manage(identity, self._site.runs.get(request.path_params["run"])):
            raise Problem(403, "forbidden", f"You may not {command} this run.")
        command = FORMER.get(command, command)
        if command == "answer" and identity.account.agent:
            raise Problem(403, "forbidden", "Agents do not answer questions. People do.")
        data = closed(request, read_object(body) if body else {}, f"command#{command}")
        run = self._site.commands.give(request.path_params["run"], command, data, identity.account.name)
        return 202, self._site.runs.show(run)

    def claim(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        asked = self._signed(request, body)
        self._site.dispatcher.begin_due()
        self._site.batches.let_in()
        answer = claims.claim(self._site.store, self._site.outbox, self._site.runs, asked)
        return 200, answer | self._site.identity()

    def schedules_due(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        self._signed(request, body)
        return 200, self._site.schedules.due() | self._site.identity()

    def schedules_fire(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        asked = self._signed(request, body)
        if errors := list(contracts.problems("schedules#fire", asked)):
            raise Problem(422, "invalid", f"{errors[0]['pointer']}: {errors[0]['detail']}", errors=errors)
        return 200, self._site.schedules.fire(asked["trigger"], asked["due"]) | self._site.identity()

    def keys(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        asked = self._signed(request, body)
        if errors := list(contracts.problems("keys#request", asked)):
            raise Problem(422, "invalid", f"{errors[0]['pointer']}: {errors[0]['detail']}", errors=errors)
        lent = self._site.lent_keys
        return 200, {"keys": {name: lent[name] for name in asked["providers"] if name in lent}} | self._site.identity()

    def events(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        if len(body) > MAX_BYTES:
            raise Problem(413, "too_large", f"At most {MAX_BYTES} bytes in a batch; send the rest in the next one.")
        batch = self._signed(request, body)
        answer = self._site.events.take(batch) | {"webhooks": self._site.webhooks.any_due()}
        return 200, answer | self._site.schedules.told(batch.get("schedules")) | self._site.identity()

    def drafts(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        identity = self._site.auth.agent(request.headers)
        return self._site.drafts.write(identity, read_object(body))

    def tools(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        identity = self._site.auth.agent(request.headers)
        return 200, tools.call(identity, self._site.runs, read_object(body))

    def agents(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        identity = self._person_or_agent(request)
        listing.closed(request.query_params, ())
        enabled = self._site.agents.enabled()
        listed = [listing.agent_document(agent) for agent in enabled if identity.is_for(agent["id"])]
        return 200, {"agents": listed}

    def agent(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        identity = self._person_or_agent(request)
        listing.closed(request.query_params, ())
        agent = self._site.agents.get(request.path_params["id"])
        if agent is None or not agent.get("status", True) or not identity.is_for(agent["id"]):
            raise Problem(404, "agent_unknown", f"There is no agent {request.path_params['id']} that you may run.")
        return 200, listing.agent_document(agent)

    def me(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        return 200, me.document(self._site.auth.identify(request.headers), self._site.agents)

    def status(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        self._site.auth.site_signed(request.headers, body)
        document = read_object(body) if body else {}
        if isinstance(document.get("findings"), list):
            self._site.store.set("sidecar_findings", document["findings"])
        if isinstance(document.get("doors"), dict):
            self._site.store.set("doors", document["doors"])
        return 200, self._site.status()

    def _signed(self, request: Request, body: bytes) -> dict[str, Any]:
        """The document of a signed request that is meant for this site."""
        self._site.auth.site_signed(request.headers, body)
        return self._site.meant(read_object(body))

    def _person_or_agent(self, request: Request) -> Identity:
        return person_or_agent(self._site, request)

    def _viewed(self, request: Request, body: bytes) -> Row:
        """The run that somebody, or the sidecar, looks at. Raises Problem."""
        if "webhook-signature" in request.headers:
            self._site.auth.site_signed(request.headers, body)
            return self._site.runs.get(request.path_params["run"])
        identity = self._person_or_agent(request)
        run = self._site.runs.get(request.path_params["run"])
        if not listing.may_view(identity, run):
            raise Problem(403, "forbidden", "You may not view this run.")
        return run
