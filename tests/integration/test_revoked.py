"""What is open ends when the right ends: many watchers, two processes, one site."""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest

from demo.standin import StandIn
from demo.standin.accounts import Account
from sidecar import resources
from sidecar.api.app import create_app
from sidecar.remote.who import Who
from sidecar.settings import load
from sidecar.uvicorn_server import server_of
from tests.support.engine import until

TOKEN = "operator-operator"
WATCHERS = 20
"""Of each process."""


@pytest.fixture
def drupal() -> Iterator[StandIn]:
    with StandIn() as site:
        site.add_agent("writer")
        site.site.accounts.add("ann", ["view own background agent runs"], password="ann")
        yield site


@asynccontextmanager
async def process(redis_url: str, drupal: StandIn) -> AsyncIterator[str]:
    """The API as a process serves it, which asks twice a second and keeps answers for one; its address."""
    site = {"base_url": drupal.url, "secrets": [drupal.secret]}
    settings = load({}, sites={"default": site}, redis_url=redis_url, operator_token=TOKEN)
    async with resources.open_context(settings) as context:
        who = Who(context.sites, context.store.callers, good_seconds=1.0)
        server = server_of(create_app(replace(context, remote=replace(context.remote, who=who, confirm_seconds=0.5))))
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(128)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                await context.watch.close()
                server.should_exit = True
                await serving


def key(drupal: StandIn, account: Account) -> tuple[str, Callable[[], None]]:
    """A dispatch key, and its end."""
    made = drupal.site.auth.keys.add(account)
    return f"Bearer {made}", lambda: drupal.site.auth.keys.revoke(made)


def owner(drupal: StandIn, account: Account) -> tuple[str, Callable[[], None]]:
    """A dispatch key, and the end of its owner."""
    return key(drupal, account)[0], lambda: drupal.site.accounts.block(account.name)


def password(drupal: StandIn, account: Account) -> tuple[str, Callable[[], None]]:
    """Name and password, and the end of the account."""
    shown = base64.b64encode(f"{account.name}:{account.name}".encode()).decode()
    return f"Basic {shown}", lambda: drupal.site.accounts.block(account.name)


@pytest.mark.parametrize("means", [key, owner, password])
async def test_streams_and_waits_end_with_the_right(
    redis_url: str,
    drupal: StandIn,
    means: Callable[[StandIn, Account], tuple[str, Callable[[], None]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In each process, while those of somebody else stay open."""
    monkeypatch.setattr("sidecar.remote.who.ASKING_SECONDS", 120.0)  # so many at once take long on a busy machine
    ann = drupal.site.accounts.by_name("ann")
    assert ann is not None
    credential, revoke = means(drupal, ann)
    run = drupal.dispatch("writer", requester=ann)
    opened = asyncio.Semaphore(0)
    limits = httpx.Limits(max_connections=200)
    async with (
        process(redis_url, drupal) as one,
        process(redis_url, drupal) as other,
        httpx.AsyncClient(limits=limits, timeout=60) as web,
    ):

        async def watch(url: str, headers: dict[str, str]) -> str:
            """What was wrong with the answer; empty: nothing."""
            accept = {"Accept": "text/event-stream"}
            async with web.stream("GET", f"{url}/v1/runs/{run}/events", headers=accept | headers) as answer:
                opened.release()
                text = "".join([part async for part in answer.aiter_text()])
            return "" if answer.status_code == 200 else text

        mine, editors = {"Authorization": credential}, {"Authorization": "Basic ZWRpdG9yOmVkaXRvcg=="}
        watching = [asyncio.create_task(watch(url, mine)) for url in (one, other) for _ in range(WATCHERS)]
        others = [asyncio.create_task(watch(url, editors)) for url in (one, other)]
        async with asyncio.timeout(60):
            for _ in (*watching, *others):
                await opened.acquire()

        waiting = asyncio.create_task(web.get(f"{one}/v1/runs/{run}?wait=45", headers=mine))
        asked = len(drupal.requests)
        await until(lambda: _more_than(drupal, asked + 2))
        assert not [task.result() for task in (*watching, *others, waiting) if task.done()]
        revoke()
        async with asyncio.timeout(60):
            assert set(await asyncio.gather(*watching)) == {""}
            refused = await waiting
        assert refused.status_code == 401, refused.text
        assert refused.headers["www-authenticate"] == "Bearer"
        late = await web.get(f"{other}/v1/runs/{run}", headers=mine)
        assert late.status_code == 401, late.text
        assert not [task.result() for task in others if task.done()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


async def _more_than(drupal: StandIn, number: int) -> bool:
    """Whether the site was asked again."""
    return sum(seen.path.endswith("/me") for seen in drupal.requests[-50:]) > 0 and len(drupal.requests) > number
