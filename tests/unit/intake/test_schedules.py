"""The clock of a site's schedules: each time is fired when it has come, by Drupal's clock, until Drupal has answered."""

from __future__ import annotations

from typing import Any

import pytest

from sidecar.errors import ContractError, DrupalUnavailable
from sidecar.intake.schedules import ASK_SECONDS, Schedules

FIRST, SECOND = "5c0b1a52-6c1e-4d0a-9c53-0f6a0b1f2a33", "6c0b1a52-6c1e-4d0a-9c53-0f6a0b1f2a33"
RUN = "0d9a0a94-52c0-4b0e-8f4c-d7a4a55b7a11"


class Site:
    """Drupal's clock, and what it says is due."""

    id = "default"

    def __init__(self, *due: tuple[str, int], now: int = 1000) -> None:
        self.due, self.now = list(due), now
        self.version = "0" * 16
        self.asked = 0
        self.fired: list[tuple[str, int]] = []
        self.result = "started"
        self.away = False

    async def signed(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        if self.away:
            raise DrupalUnavailable({"status": 503, "code": "away", "detail": "Away."})
        if path == "schedules/due":
            self.asked += 1
            return {
                "version": self.version,
                "now": self.now,
                "due": [{"trigger": trigger, "due": due} for trigger, due in self.due],
            }
        assert body is not None
        self.fired.append((body["trigger"], body["due"]))
        return {"result": self.result, "run": RUN if self.result == "started" else None}


class Clock:
    """This machine's clock."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


async def test_each_time_is_fired_once_in_order_when_it_has_come() -> None:
    site, clock = Site((SECOND, 1020), (FIRST, 1010), (FIRST, 1020)), Clock(1000)
    schedules = Schedules(site, clock)
    assert await schedules.look() == 0
    clock.now = 1009
    assert await schedules.look() == 0
    clock.now = 1010
    assert await schedules.look() == 1
    clock.now = 1030
    assert await schedules.look() == 2
    assert await schedules.look() == 0
    assert site.fired == [(FIRST, 1010), (FIRST, 1020), (SECOND, 1020)]
    assert site.asked == 1


async def test_drupals_clock_decides() -> None:
    """This machine is an hour behind."""
    site, clock = Site((FIRST, 9010), now=9000), Clock(9000 - 3600)
    schedules = Schedules(site, clock)
    await schedules.look()
    clock.now += 9
    assert await schedules.look() == 0
    clock.now += 1
    assert await schedules.look() == 1


async def test_what_could_not_be_fired_is_fired_later() -> None:
    site, clock = Site((FIRST, 1010)), Clock(1000)
    schedules = Schedules(site, clock)
    await schedules.look()
    site.away, clock.now = True, 1011
    with pytest.raises(DrupalUnavailable):
        await schedules.look()
    site.away = False
    assert await schedules.look() == 1


async def test_it_asks_each_minute_and_when_another_version_is_told() -> None:
    site, clock = Site(), Clock(1000)
    schedules = Schedules(site, clock)
    await schedules.look()
    schedules.told(site.version)
    await schedules.look()
    assert site.asked == 1
    schedules.told("1" * 16)
    await schedules.look()
    assert site.asked == 2
    clock.now += ASK_SECONDS
    await schedules.look()
    assert site.asked == 3


async def test_what_an_answer_brings_need_not_be_asked_for() -> None:
    """Also in the middle of a firing: what was brought is kept whole, and nothing is fired twice in one look."""
    site, clock = Site((FIRST, 1000)), Clock(1000)
    schedules = Schedules(site, clock)
    brought = {"version": "1" * 16, "now": 1000, "due": [{"trigger": SECOND, "due": 1005}]}
    original = site.signed

    async def signed(path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        if path == "schedules/fire" and not site.fired:
            schedules.brought(brought)
        return await original(path, body)

    site.signed = signed  # pyright: ignore[reportAttributeAccessIssue]
    assert schedules.version is None
    assert await schedules.look() == 1
    assert schedules.version == "1" * 16
    schedules.told("1" * 16)
    clock.now = 1005
    assert await schedules.look() == 1
    assert (site.fired, site.asked) == ([(FIRST, 1000), (SECOND, 1005)], 1)


async def test_what_has_to_wait_comes_with_the_next_answer() -> None:
    site, clock = Site((FIRST, 1000)), Clock(1000)
    site.result = "waits"
    schedules = Schedules(site, clock)
    assert await schedules.look() == 0
    assert await schedules.look() == 0
    assert len(site.fired) == 1
    site.result = "started"
    clock.now += ASK_SECONDS
    assert await schedules.look() == 1


async def test_an_answer_of_another_shape_is_refused() -> None:
    site = Site(("nightly", 1000))
    with pytest.raises(ContractError):
        await Schedules(site, Clock(1000)).look()
    assert site.fired == []
