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


def control_routes(site: Site, faults: FaultPlan) -> list[Route]:
    """`POST /control/faults`, `/control/settings`, `/control/agents`, `/control/dispatch`, `/control/push`."""

    async def change_faults(request: Request) -> Response:
        if request.method == "DELETE":
            faults.clear()
        elif request.method == "POST":
            faults.add(Fault(**await _json(request)))
        return JSONResponse({"planned": faults.planned(), "met": len(faults.met)})

    async def change_settings(request: Request) -> Response:
        for name, value in (await _json(request)).items():
            if name == "stopped":
                site.stop_agents(bool(value))
            elif name in SETTINGS:
                site.store.set(name, value)
            else:
                return JSONResponse({"detail": f"There is no setting {name}."}, 422)
        return JSONResponse({})

    async def add_agent(request: Request) -> Response:
        agent = await _json(request)
        bundles = tuple(bundle for kinds in agent["binding"].get("content", {}).values() for bundle in kinds)
        site.runs.add_agent(agent, site.add_agent_account(f"agent_{agent['id']}", bundles))
        return JSONResponse({}, 201)

    async def dispatch(request: Request) -> Response:
        asked = await _json(request)
        try:
            run, _ = site.runs.dispatch(
                asked["agent"], asked.get("input", {}), asked.get("trigger", {"type": "manual"})
            )
        except Problem as problem:
            return JSONResponse(problem.document(), problem.status)
        return JSONResponse({"run": run["uuid"]}, 201)

    async def push(request: Request) -> Response:
        site.push_to((await _json(request))["url"])
        return JSONResponse({})

    return [
        Route("/control/faults", change_faults, methods=["GET", "POST", "DELETE"]),
        Route("/control/settings", change_settings, methods=["POST"]),
        Route("/control/agents", add_agent, methods=["POST"]),
        Route("/control/dispatch", dispatch, methods=["POST"]),
        Route("/control/push", push, methods=["POST"]),
    ]


async def _json(request: Request) -> dict[str, Any]:
    return json.loads(await request.body())
