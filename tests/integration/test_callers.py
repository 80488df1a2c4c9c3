"""Who asks, and what was started, against a real Redis: by several processes, with clients and sites that go away."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sidecar.drupal import signing
from sidecar.errors import CallerRefused, DrupalAnswerLost, DrupalError, DrupalUnavailable
from sidecar.remote.caller import Caller, Origin
from sidecar.remote.credential import Credential
from sidecar.remote.dispatch import Dispatches, Order
from sidecar.remote.documents import RunFacts
from sidecar.remote.site import SiteAsCaller
from sidecar.remote.who import Who
from sidecar.runs.watch import Watch
from sidecar.store import Store
from tests.support.callers import ANN, NOBODY, SECRET, KnowingSite, me
from tests.support.engine import until

RUN = "3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50"
ORDER = Order("writer", {"topic": "x"})


def asker(site: KnowingSite, store: Store, **more: Any) -> Who:
    """The `Who` of a process of its own."""
    return Who({"default": site.open()}, store.callers, **more)


async def ask(who: Who, credential: Credential = ANN) -> Caller:
    return await who.ask("default", credential, "mcp", "192.0.2.7")


# -- who


async def test_drupal_is_asked_once_for_all_requests_and_processes(store: Store) -> None:
    site = KnowingSite()
    site.gate.clear()
    processes = [asker(site, store), asker(site, store)]
    asking = [asyncio.create_task(ask(processes[number % 2])) for number in range(200)]
    await until(lambda: _true(site.asked > 0))
    site.gate.set()
    callers = await asyncio.gather(*asking)
    assert {caller.name for caller in callers} == {"Ann"}
    assert site.asked == 1


async def _true(value: bool) -> bool:
    return value


async def test_the_site_is_told_door_and_address_under_our_signature(store: Store) -> None:
    site = KnowingSite()
    await ask(asker(site, store))
    sent = site.requests[0].headers
    assert sent["authorization"] == ANN.value
    told = signing.caller_of([SECRET], sent[signing.CALLER_HEADER], ANN.value, time.time())
    assert (told.door, told.address) == ("mcp", "192.0.2.7")


async def test_what_is_kept_does_not_tell_the_credential(store: Store) -> None:
    await ask(asker(KnowingSite(), store))
    client = store.connection.client
    for key in await client.keys("*"):
        assert b"bgd_ann" not in key + (await client.get(key))
        assert 0 < await client.pttl(key) <= 30_000


async def test_a_refusal_is_kept_for_five_seconds_and_is_drupals_own(store: Store) -> None:
    site = KnowingSite()
    for _ in range(3):
        with pytest.raises(CallerRefused, match=r"^No\.$") as refused:
            await ask(asker(site, store), NOBODY)
        assert (refused.value.status, refused.value.code) == (401, "key_invalid")
    assert site.asked == 1
    (key,) = await store.connection.client.keys("*")
    assert 0 < await store.connection.client.pttl(key) <= 5_000


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ({"anonymous": True, "account": None, "means": "anonymous"}, 401, "credential_invalid"),
        ({"means": "run"}, 403, "forbidden"),
        ({"means": "session"}, 403, "forbidden"),
        ({"means": "magic"}, 403, "forbidden"),
        ({"expires": "2020-01-01T00:00:00Z"}, 401, "credential_invalid"),
    ],
)
async def test_who_may_not_come_in(store: Store, told: dict[str, Any], status: int, code: str) -> None:
    """Nobody, the run of an agent, and what is over."""
    site = KnowingSite()
    site.accounts[ANN.value] |= told
    with pytest.raises(CallerRefused) as refused:
        await ask(asker(site, store))
    assert (refused.value.status, refused.value.code) == (status, code)


@pytest.mark.parametrize(("status", "asked"), [(401, 2), (403, 1), (404, 1), (503, 1)])
async def test_a_credential_that_the_site_has_just_refused_is_asked_about_anew(
    store: Store, status: int, asked: int
) -> None:
    """What was kept of it is forgotten in all processes: the next call is refused at the door, without a call to the site behind it."""
    problem = {"title": "No", "status": status, "code": "key_invalid", "detail": "No."}
    site = KnowingSite(lambda request: httpx.Response(status, json=problem))
    who = asker(site, store)
    await ask(who)
    with pytest.raises(DrupalError):
        await as_caller(site, store).run(RUN)
    del site.accounts[ANN.value]
    if status == 401:
        with pytest.raises(CallerRefused):
            await ask(asker(site, store))
    else:
        await ask(asker(site, store))
    assert site.asked == asked


@pytest.mark.parametrize("value", ["Bearer \u00e9", "Bearer a\nb", "Bearer " + "a" * 9_000])
async def test_what_can_be_no_credential_is_not_sent(store: Store, value: str) -> None:
    site = KnowingSite()
    with pytest.raises(CallerRefused) as refused:
        await ask(asker(site, store), Credential("Authorization", value))
    assert (refused.value.status, site.requests) == (401, [])


async def test_an_answer_is_kept_no_longer_than_the_credential_is_good(store: Store) -> None:
    site = KnowingSite()
    end = datetime.now(UTC) + timedelta(seconds=20)
    site.accounts[ANN.value] |= {"expires": end.isoformat(timespec="seconds").replace("+00:00", "Z")}
    await ask(asker(site, store))
    (key,) = await store.connection.client.keys("*")
    assert await store.connection.client.pttl(key) <= 20_000


async def test_that_a_site_does_not_answer_is_not_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    site = KnowingSite()
    who = asker(site, store)
    site.gate.clear()
    with monkeypatch.context() as patched:
        patched.setattr("sidecar.remote.who.ASKING_SECONDS", 0.05)
        with pytest.raises(DrupalUnavailable):
            await ask(who)
    site.gate.set()
    assert (await ask(who)).name == "Ann"


async def test_who_asks_and_goes_away_leaves_it_to_the_next(store: Store) -> None:
    site = KnowingSite()
    site.gate.clear()
    who = asker(site, store)
    first = asyncio.create_task(ask(who))
    await until(lambda: _true(site.asked == 1))
    second = asyncio.create_task(ask(who))
    first.cancel()
    await until(lambda: _true(site.asked == 2))
    site.gate.set()
    assert (await second).name == "Ann"


async def test_who_goes_away_before_it_has_heard_that_it_is_to_ask_leaves_it_to_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its mark would keep all others from asking, until they give up."""
    site, marked, first = KnowingSite(), asyncio.Event(), store.callers.first

    async def unheard(*given: Any) -> Any:
        await first(*given)
        marked.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(store.callers, "first", unheard)
        gone = asyncio.create_task(ask(asker(site, store)))
        await marked.wait()
        gone.cancel()
        await asyncio.wait([gone])
    assert (await ask(asker(site, store))).name == "Ann"
    assert site.asked == 1


async def test_the_same_text_in_another_header_is_another_credential(store: Store) -> None:
    site = KnowingSite()
    site.accounts = {"bgd_x": me()}
    who = asker(site, store)
    await ask(who, Credential("X-Background-Agents-Key", "bgd_x"))
    await ask(who, Credential("Authorization", "bgd_x"))
    assert site.asked == 2


# -- dispatch


class Started:
    """A site that starts a run for each key, and can lose its answers."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.lose = 0
        self.refuse: dict[str, Any] | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.bodies.append(body)
        if self.refuse is not None:
            return httpx.Response(self.refuse["status"], json=self.refuse)
        if body["key"] not in self.keys:
            self.keys.append(body["key"])
        if self.lose:
            self.lose -= 1
            raise httpx.ReadError("gone")
        run = RUN[:-2] + f"{self.keys.index(body['key']):02}"
        return httpx.Response(201, json={"uuid": run, "agent": body["agent"], "state": "queued"})


@pytest.fixture
def drupal() -> Started:
    return Started()


def as_caller(site: KnowingSite, store: Store) -> SiteAsCaller:
    """The site as Ann, who came by MCP."""
    caller = Caller.of("default", me(), ANN, Origin("mcp", "192.0.2.7"))
    return SiteAsCaller(site.open(), caller, store.commands, Watch(store.reading), asker(site, store))


@pytest.fixture
def start(store: Store, drupal: Started) -> Callable[..., Any]:
    """Dispatch in a process of its own."""
    site = KnowingSite(drupal)

    async def dispatch(order: Order = ORDER, **more: Any) -> RunFacts:
        return await Dispatches(store.dispatch_keys, **more).dispatch_once(as_caller(site, store), order)

    dispatch.site = site  # type: ignore[attr-defined]
    return dispatch


async def test_who_asks_again_before_the_answer_was_heard_gets_the_same_run(
    start: Callable[..., Any], drupal: Started
) -> None:
    """Also from another process; another input is another run."""
    assert (await start()).id == (await start()).id
    assert (await start(Order("writer", {"topic": "y"}))).id != (await start()).id
    assert len(drupal.keys) == 2


async def test_once_the_answer_was_sent_the_same_order_is_another_run(
    start: Callable[..., Any], store: Store, drupal: Started
) -> None:
    first = await start()
    dispatches = Dispatches(store.dispatch_keys, answered_seconds=0.01)
    site = as_caller(start.site, store)  # type: ignore[attr-defined]
    await dispatches.answered(site, ORDER)
    await until(lambda: _no_keys(store))
    assert (await start()).id != first.id


async def _no_keys(store: Store) -> bool:
    return not await store.connection.client.keys("*dispatch*")


async def test_the_key_is_kept_before_the_request_is_sent(
    start: Callable[..., Any], store: Store, drupal: Started
) -> None:
    """For ten minutes at most."""
    site = start.site  # type: ignore[attr-defined]
    site.gate.clear()
    task = asyncio.create_task(start())
    await until(lambda: _true(len(site.requests) == 1))
    (name,) = await store.connection.client.keys("*dispatch*")
    assert 0 < await store.connection.client.pttl(name) <= 600_000
    assert json.loads(site.requests[0].content)["key"].encode() == await store.connection.client.get(name)
    site.gate.set()
    await task


async def test_a_client_that_goes_away_does_not_end_the_dispatch(
    start: Callable[..., Any], store: Store, drupal: Started
) -> None:
    """And gets its run when it comes again."""
    site = start.site  # type: ignore[attr-defined]
    site.gate.clear()
    dispatches = Dispatches(store.dispatch_keys)
    gone = asyncio.create_task(dispatches.dispatch_once(as_caller(site, store), ORDER))
    await until(lambda: _true(len(site.requests) == 1))
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    site.gate.set()
    await dispatches.close()
    assert len(drupal.keys) == 1
    await start()
    assert len(drupal.keys) == 1


async def test_a_lost_answer_is_asked_for_again_under_the_same_key(start: Callable[..., Any], drupal: Started) -> None:
    drupal.lose = 2
    assert (await start()).state == "queued"
    assert (len(drupal.bodies), len(drupal.keys)) == (3, 1)


async def test_an_answer_that_does_not_come_is_said_to_be_safe_to_ask_for_again(
    start: Callable[..., Any], drupal: Started
) -> None:
    drupal.lose = 100
    with pytest.raises(DrupalAnswerLost, match="will not start it twice") as lost:
        await start(again_seconds=0.5)
    assert lost.value.retry_after
    drupal.lose = 0
    await start()
    assert len(drupal.keys) == 1


async def test_a_request_without_an_end_is_sent_again(start: Callable[..., Any], drupal: Started) -> None:
    site = start.site  # type: ignore[attr-defined]
    site.gate.clear()
    task = asyncio.create_task(start(try_seconds=0.05))
    await until(lambda: _true(len(site.requests) > 1))
    site.gate.set()
    await task
    assert len(drupal.keys) == 1


async def test_the_callers_own_key_goes_first(start: Callable[..., Any], store: Store, drupal: Started) -> None:
    order = Order("writer", {}, key="mine", dry_run=True, delay=60, priority=3)
    await start(order)
    said = {"agent": "writer", "input": {}, "key": "mine", "dry_run": True, "delay": 60, "priority": 3}
    assert drupal.bodies == [said]
    assert await _no_keys(store)


async def test_a_refusal_is_drupals_own_and_leaves_nothing(
    start: Callable[..., Any], store: Store, drupal: Started
) -> None:
    drupal.refuse = {"title": "Unprocessable", "status": 422, "code": "input_invalid", "detail": "The input is wrong."}
    with pytest.raises(DrupalError, match="The input is wrong") as refused:
        await start()
    assert (refused.value.code, len(drupal.bodies)) == ("input_invalid", 1)
    assert await _no_keys(store)


async def test_a_site_that_says_that_it_cannot_now_is_not_pressed(start: Callable[..., Any], drupal: Started) -> None:
    drupal.refuse = {"title": "No", "status": 503, "code": "maintenance", "detail": "Later.", "retry_after": 10}
    with pytest.raises(DrupalUnavailable, match="Later") as refused:
        await start()
    assert (refused.value.retry_after, len(drupal.bodies)) == (10, 1)
