"""Waits for runs, and follows them from Redis or from Drupal's pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest

from sidecar.errors import DrupalError, DrupalUnavailable
from sidecar.json_text import JSON
from sidecar.remote import waiting
from sidecar.remote.documents import EventPage, RunFacts
from sidecar.remote.following import follow
from sidecar.remote.waiting import wait_for


def facts(state: str = "running", last_seq: int = 0, **more: Any) -> RunFacts:
    return RunFacts.of({"uuid": "r", "agent": "a", "state": state, "last_seq": last_seq, **more})


def event(seq: int, type: str = "tool_started") -> dict[str, JSON]:
    return {"seq": seq, "type": type, "data": {}}


class Site:
    """A site whose run goes through `states` (an error: it fails), one each time that it is asked; the last one stays."""

    def __init__(self, *states: RunFacts | DrupalError, events: list[dict[str, JSON]] | None = None) -> None:
        self.states = list(states)
        self.stored = events or []
        self.came: list[JSON] = []

    async def run(self, id: str) -> RunFacts:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if isinstance(state, DrupalError):
            raise state
        return state

    async def events(self, id: str, after: int = 0, limit: int = 200) -> EventPage:
        run = await self.run(id)
        return EventPage(run, tuple(e for e in self.stored if after < e["seq"] <= run.last_seq)[:limit], run.last_seq)

    def follow(self, id: str, after: int = 0) -> AsyncGenerator[dict[str, JSON]]:
        return follow(self, Live(), Live(), "default", id, after)

    async def note(self, event: dict[str, JSON]) -> None:
        self.came.append(event["seq"])


class Live:
    """What the sidecar has of the run: None, nothing. `closed`: its process ends."""

    def __init__(self, events: list[dict[str, JSON]] | None = None, *, closed: bool = False) -> None:
        self._events = events
        self.closed = closed

    async def knows(self, site: str, run: str) -> bool:
        return self._events is not None

    async def follow(self, site: str, run: str, after: int = 0) -> AsyncGenerator[dict[str, JSON]]:
        for event in self._events or ():
            if event["seq"] > after:
                yield event


async def test_a_wait_ends_with_the_run() -> None:
    stored = [event(1), event(2), event(3, "run_finished")]
    site = Site(facts(), facts(last_seq=2), facts("completed", 3), events=stored)
    async with asyncio.timeout(60):
        found = await wait_for(site, "r", 45, site.note)  # type: ignore[arg-type]
    assert found.state == "completed"
    assert site.came == [1, 2, 3]


async def test_a_wait_ends_with_a_question() -> None:
    asks = facts("waiting", 1, waiting_for="approval", waiting={"for": "approval", "data": {"question": {"id": "q"}}})
    site = Site(facts(), asks, events=[event(1, "approval_requested")])
    async with asyncio.timeout(60):
        found = await wait_for(site, "r", 45)  # type: ignore[arg-type]
    assert found.question == {"id": "q"}


async def test_a_question_that_was_just_answered_is_not_waited_for() -> None:
    asks = facts("waiting", 1, waiting_for="approval", waiting={"for": "approval", "data": {"question": {"id": "q"}}})
    site = Site(asks, asks, facts("completed", 2), events=[event(1, "approval_requested"), event(2, "run_finished")])
    async with asyncio.timeout(60):
        assert (await wait_for(site, "r", 45, answered="q")).state == "completed"  # type: ignore[arg-type]


async def test_a_question_that_was_answered_is_none_until_the_answer_is_heard() -> None:
    """By whoever answered it, in whatever process: the wait goes on behind it. The next question is one, also where Drupal hears of it before
    it hears that the first answer was carried out."""

    def asks(id: str, last_seq: int, told: str | None) -> RunFacts:
        waiting = {"for": "approval", "data": {"question": {"id": id}}}
        return facts("waiting", last_seq, waiting_for="approval", waiting=waiting, pending_command=told)

    answered, early, second = asks("q", 1, "answer"), asks("r", 3, "answer"), asks("r", 3, None)
    assert (answered.asks, answered.question, answered.settled) == (False, None, False)
    stored = [event(1, "approval_requested"), event(2), event(3, "approval_requested")]
    site = Site(answered, answered, facts(last_seq=1), early, early, second, events=stored)
    async with asyncio.timeout(60):
        found = await wait_for(site, "r", 45, site.note)  # type: ignore[arg-type]
    assert (found.question or {}).get("id") == "r"
    assert site.came == [2, 3]


async def test_what_is_read_while_drupal_is_told_more_ends_no_wait() -> None:
    """The state is of before, the question is gone already: the wait goes on to what has come of the answer."""
    between = facts("waiting", 1, waiting_for="approval", output={"title": "Done"})
    told = facts("waiting", 1, waiting_for="approval", pending_command="decide")
    stored = [event(1, "approval_requested"), event(2, "run_finished")]
    for states in ((between,), (told, between)):
        site = Site(*states, between, facts("completed", 2), events=stored)
        async with asyncio.timeout(60):
            found = await wait_for(site, "r", 45, site.note, answered="q")  # type: ignore[arg-type]
        assert found.state == "completed"


async def test_a_wait_ends_with_its_time() -> None:
    site = Site(facts())
    async with asyncio.timeout(60):
        assert (await wait_for(site, "r", 0.05)).state == "running"  # type: ignore[arg-type]


def away(retry_after: float | None = None) -> DrupalUnavailable:
    return DrupalUnavailable({"status": 503, "code": "unavailable", "detail": "Later."}, retry_after)


async def test_a_site_that_fails_for_a_moment_ends_no_wait() -> None:
    """Nothing comes twice, and what was not heard of meanwhile is."""
    asks = facts("waiting", 2, waiting_for="approval", waiting={"for": "approval", "data": {"question": {"id": "q"}}})
    stored = [event(1), event(2, "approval_requested")]
    site = Site(facts(), away(), facts(), away(), away(), facts(last_seq=1), asks, away(), asks, events=stored)
    async with asyncio.timeout(60):
        found = await wait_for(site, "r", 45, site.note)  # type: ignore[arg-type]
    assert found.question == {"id": "q"}
    assert site.came in ([1, 2], [1])


async def test_the_last_look_of_a_wait_is_as_patient() -> None:
    site = Site(facts(), facts(), away(), away(), facts(last_seq=7))
    async with asyncio.timeout(60):
        assert (await wait_for(site, "r", 0.05)).last_seq == 7  # type: ignore[arg-type]


async def test_a_site_that_stays_away_ends_a_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """As does one that says to come again later than the wait bears."""
    monkeypatch.setattr(waiting, "TOLERATED_SECONDS", 0.5)
    for site in (Site(facts(), away()), Site(facts(), away(60.0))):
        async with asyncio.timeout(60):
            with pytest.raises(DrupalUnavailable):
                await wait_for(site, "r", 45)  # type: ignore[arg-type]


async def test_a_refusal_ends_a_wait_at_once() -> None:
    refused = DrupalError({"status": 401, "code": "key_invalid", "detail": "It is revoked."})
    site = Site(facts(), facts(), refused)
    async with asyncio.timeout(60):
        with pytest.raises(DrupalError) as error:
            await wait_for(site, "r", 45)  # type: ignore[arg-type]
    assert error.value is refused


async def test_events_come_from_drupal_first_and_then_from_redis() -> None:
    """What Redis has forgotten is in Drupal; nothing comes twice."""
    stored = [event(seq) for seq in range(1, 251)]
    live = Live([event(seq) for seq in range(249, 260)] + [event(260, "run_finished")])
    site = Site(facts(last_seq=250), events=stored)
    async with aclosing(follow(site, live, live, "default", "r", 5)) as events:
        assert [found["seq"] async for found in events] == list(range(6, 261))


async def test_an_ended_run_is_told_from_drupal_alone() -> None:
    site = Site(facts("failed", 2), events=[event(1), event(2, "run_finished")])
    async with aclosing(site.follow("r", 1)) as events:
        assert [found["seq"] async for found in events] == [2]


async def test_the_site_has_the_rest_of_a_run_that_it_ended_itself() -> None:
    """What the sidecar had of it ends without an end."""
    live = Live([event(1), event(2)])
    site = Site(facts(), facts("cancelled", 3), events=[event(1), event(2), event(3, "run_finished")])
    async with asyncio.timeout(60), aclosing(follow(site, live, live, "default", "r", 0)) as events:
        assert [found["seq"] async for found in events] == [1, 2, 3]


async def test_events_end_with_the_process() -> None:
    """Whoever follows comes back to another one."""
    live = Live([event(1)], closed=True)
    async with asyncio.timeout(60), aclosing(follow(Site(facts()), live, live, "default", "r", 0)) as events:
        assert [found["seq"] async for found in events] == [1]
