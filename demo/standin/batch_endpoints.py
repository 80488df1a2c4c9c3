"""The endpoints of batches: each takes the request and its raw body, and gives status and document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from demo.standin import batches, listing
from demo.standin.auth import Identity
from demo.standin.bodies import closed, read_object
from demo.standin.problems import Problem
from demo.standin.site import Site

Handler = Callable[[Request, bytes], tuple[int, dict[str, Any]]]


def person_or_agent(site: Site, request: Request) -> Identity:
    """Who asks. Raises Problem 401 for nobody."""
    identity = site.auth.identify(request.headers)
    if identity.account.anonymous:
        raise Problem(401, "not_logged_in", "Log in, or send a run token.")
    return identity


def refuse_other_agents(identity: Identity, agent: str) -> None:
    """Raise Problem 403 for a key that is not for an agent, whether there is one or not."""
    if not identity.is_for(agent):
        raise Problem(403, "forbidden", f'There is no agent "{agent}" that you may run.')


class BatchEndpoints:
    """Agents have no batches."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def table(self) -> list[tuple[str, str, Handler]]:
        """Method, path and handler of each."""
        return [
            ("GET", "batches", self.list),
            ("POST", "batches", self.start),
            ("GET", "batches/{id:int}", self.show),
            ("POST", "batches/{id:int}/{command}", self.command),
        ]

    def list(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        identity = self._person(request)
        return 200, self._site.batches.list(identity, listing.closed(request.query_params, ("limit", "cursor")))

    def start(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        identity = self._person(request)
        asked = closed(request, read_object(body), "batch#request")
        refuse_other_agents(identity, asked["agent"])
        return self._site.batches.start(identity, asked, self._site.auth.door(request.headers))

    def show(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        batch = self._site.batches.get(self._person(request), request.path_params["id"])
        listing.closed(request.query_params, ())
        return 200, self._site.batches.show(batch)

    def command(self, request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        identity, command = self._person(request), request.path_params["command"]
        batch = self._site.batches.get(identity, request.path_params["id"])
        if command not in batches.COMMANDS:
            raise Problem(404, "not_found", f"There is no command {command}; there are {', '.join(batches.COMMANDS)}.")
        asked = closed(request, read_object(body) if body else {}, f"batch#{command}")
        return 202, self._site.batches.command(batch, command, asked, identity.account.name)

    def _person(self, request: Request) -> Identity:
        identity = person_or_agent(self._site, request)
        if identity.account.agent:
            raise Problem(403, "forbidden", "Agents have no batches.")
        return identity
