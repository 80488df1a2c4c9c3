"""Commands of a test to a stand-in in another process. Only there when asked for (`--control`)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.standin.faults import Fault, FaultPlan
from demo.standin.problems import Problem

if TYPE_CHECKING:
    from demo.standin.site import Site

SETTINGS = ("maintenance", "jsonapi.read_only", "site.name")


class Control:
    """The commands, each a request."""

    def __init__(self, site: Site, faults: FaultPlan) -> None:
        self._site = site
        self._faults = faults

    def routes(self) -> list[Route]:
        """`POST /control/faults`, `/control/settings`, `/control/agents`, `/control/dispatch`, `/control/push`."""
        return [
            Route("/control/faults", self.change_faults, methods=["GET", "POST", "DELETE"]),
            Route("/control/settings", self.change_settings, methods=["POST"]),
            Route("/control/agents", self.add_agent, methods=["POST"]),
            Route("/control/dispatch", self.dispatch, methods=["POST"]),
            Route("/control/push", self.push, methods=["POST"]),
        ]

    async def change_faults(self, request: Request) -> Response:
        """Plan faults, forget them, or tell how many were met."""
        if request.method == "DELETE":
            self._faults.clear()
        elif request.method == "POST":
            self._faults.add(Fault(**await _json(request)))
        return JSONResponse({"planned": self._faults.planned(), "met": len(self._faults.met)})

    async def change_settings(self, request: Request) -> Response:
        """Change settings of the site, and its stop switch."""
        for name, value in (await _json(request)).items():
            if name == "stopped":
                self._site.stop_agents(bool(value))
            elif name in SETTINGS:
                self._site.store.set(name, value)
            else:
                return JSONResponse({"detail": f"There is no setting {name}."}, 422)
        return JSONResponse({})

    async def add_agent(self, request: Request) -> Response:
        """Store an agent, with an account that may draft its content."""
        agent = await _json(request)
        bundles = tuple(bundle for kinds in agent["binding"].get("content", {}).values() for bundle in kinds)
        self._site.agents.add(agent, self._site.add_agent_account(f"agent_{agent['id']}", bundles))
        return JSONResponse({}, 201)

    async def dispatch(self, request: Request) -> Response:
        """Start a run."""
        asked = await _json(request)
        try:
            run, _ = self._site.dispatcher.dispatch(
                asked["agent"],
                asked.get("input", {}),
                asked.get("trigger", {"type": "manual"}),
                dry_run=asked.get("dry_run", False),
            )
        except Problem as problem:
            return JSONResponse(problem.document(), problem.status)
        return JSONResponse({"run": run["uuid"]}, 201)

    async def push(self, request: Request) -> Response:
        """Send jobs to the sidecar at this address from now on."""
        self._site.push_to((await _json(request))["url"])
        return JSONResponse({})


async def _json(request: Request) -> dict[str, Any]:
    return json.loads(await request.body())
