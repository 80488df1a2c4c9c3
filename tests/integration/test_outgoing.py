"""What goes to Drupal first, and how much at once, against a real Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from sidecar.runs.job import Job
from sidecar.runs.outgoing import Room, Stored, Unsent
from sidecar.runs.run import RunState
from sidecar.runs.settlement import Settlement
from sidecar.store import Store, outgoing
from tests.support.engine import SITE, job, run_id

END = {"state": "completed", "reason": "done", "message": ""}


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[Store]:
    async with Redis.from_url(redis_url) as redis:
        yield Store(redis)


async def run_and_end(store: Store, number: int) -> None:
    """A run that is over; nobody else may be queued."""
    await store.accepting.accept(Job.of(job(run=run_id(number))))
    held = await store.holding.take(SITE, "w", 10_000, {"engine": "test", "journal": "1"})
    assert held is not None
    await store.holding.settle(held, Settlement(state=RunState.COMPLETED, reason="done", end=END))


async def three_of_five_ended(store: Store) -> None:
    """Runs 1 to 5, oldest first: 2, 4 and 5 are over, 1 and 3 are queued."""
    for number in (2, 4, 5):
        await run_and_end(store, number)
    keys = store.connection.keys(SITE)
    for number in (1, 3):
        await store.accepting.accept(Job.of(job(run=run_id(number))))
    redis = store.connection.client
    await redis.zadd(keys.outgoing, {run_id(number): number for number in range(1, 6)})
    await redis.zadd(keys.outgoing_ends, {run_id(number): number for number in (2, 4, 5)})


def numbers(unsent: Unsent) -> list[int]:
    """Which runs were found."""
    known = {run_id(number): number for number in range(1, 6)}
    return [known[item.run] for item in unsent.items]


async def test_ends_go_first_then_who_is_watched_then_the_oldest(store: Store) -> None:
    await three_of_five_ended(store)
    assert numbers(await store.outgoing.unsent(SITE)) == [2, 4, 5, 1, 3]
    assert numbers(await store.outgoing.unsent(SITE, watched=[run_id(3)])) == [2, 4, 5, 3, 1]
    assert numbers(await store.outgoing.unsent(SITE, oldest_first=True)) == [1, 2, 3, 4, 5]
    assert all(item.end for item in (await store.outgoing.unsent(SITE, Room(runs=3))).items)


async def test_a_small_batch_holds_ends_only_but_for_the_one_that_begins_with_the_oldest(store: Store) -> None:
    await three_of_five_ended(store)
    found = await store.outgoing.unsent(SITE, Room(runs=2))
    assert (numbers(found), found.more) == ([2, 4], True)
    assert numbers(await store.outgoing.unsent(SITE, Room(runs=2), oldest_first=True)) == [1, 2]


async def test_what_cannot_be_sent_now_takes_no_room(store: Store) -> None:
    await three_of_five_ended(store)
    found = await store.outgoing.unsent(SITE, Room(runs=2), without={run_id(2), run_id(4)})
    assert numbers(found) == [5, 1]
    assert numbers(await store.outgoing.unsent(SITE, without={run_id(2)}, watched=[run_id(2)])) == [4, 5, 1, 3]


async def test_who_is_watched_and_has_nothing_new_is_left_out(store: Store) -> None:
    await store.accepting.accept(Job.of(job()))
    await store.outgoing.acknowledge(SITE, Stored(run_id(), 1, ended=False))
    assert await store.outgoing.unsent(SITE, watched=[run_id(), run_id(2)]) == Unsent([], more=False)


@pytest.mark.parametrize(
    ("room", "sent", "more"),
    [
        (Room(), [3, 3, 3, 1, 1], False),
        (Room(events=11), [3, 3, 3, 1, 1], False),
        (Room(events=10), [3, 3, 3, 1], True),
        (Room(events=7), [3, 3, 1], True),
        (Room(events=3), [3], True),
        (Room(run_events=2), [2, 2, 2, 1, 1], True),
        (Room(runs=5), [3, 3, 3, 1, 1], False),
        (Room(runs=4), [3, 3, 3, 1], True),
        (Room(bytes=1), [1], True),
    ],
)
async def test_a_batch_says_whether_there_is_more_than_it_holds(
    store: Store, room: Room, sent: list[int], more: bool
) -> None:
    """Else the sender would wait although there is a backlog, or hurry for nothing."""
    await three_of_five_ended(store)
    found = await store.outgoing.unsent(SITE, room)
    assert [len(item.events) for item in found.items] == sent
    assert found.more is more
    complete = [bool(item.end) for item in found.items if len(item.events) == 3]
    assert all(complete), "an end goes with the last of its events, and not before"
    assert not any(item.end for item in found.items if len(item.events) < 3)


async def test_an_end_that_comes_while_a_batch_is_read_goes_with_the_last_event(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else Drupal would have the event that the run has finished, and say that it is running."""
    await store.accepting.accept(Job.of(job()))
    held = await store.holding.take(SITE, "w", 10_000, {"engine": "test", "journal": "1"})
    assert held is not None
    read = outgoing._pages

    async def late(*given: Any) -> Any:
        await store.holding.settle(held, Settlement(state=RunState.COMPLETED, reason="done", end=END))
        return await read(*given)

    with monkeypatch.context() as patched:
        patched.setattr(outgoing, "_pages", late)
        (first,) = (await store.outgoing.unsent(SITE)).items
    assert ([seq for seq, _ in first.events], first.end) == ([1, 2], None)
    await store.outgoing.acknowledge(SITE, Stored(run_id(), 2, ended=False))
    (rest,) = (await store.outgoing.unsent(SITE)).items
    assert ([seq for seq, _ in rest.events], bool(rest.end)) == ([3], True)


async def test_the_ends_of_what_is_over_or_gone_are_on_no_list(store: Store) -> None:
    """Acknowledged, dropped, begun again by a person, or lost: none of them goes first any more."""
    for number in range(1, 5):
        await run_and_end(store, number)
    keys, redis = store.connection.keys(SITE), store.connection.client
    await store.outgoing.acknowledge(SITE, Stored(run_id(1), 3, ended=True))
    await store.outgoing.drop(SITE, run_id(2))
    await store.accepting.accept(Job.of(job(run=run_id(3), generation=2, attempt=2, last_seq=3)))
    await redis.delete(keys.run(run_id(4)))
    assert numbers(await store.outgoing.unsent(SITE)) == [3]
    assert await redis.zrange(keys.outgoing_ends, 0, -1) == []
    assert await redis.zrange(keys.outgoing, 0, -1) == [run_id(3).encode()]


async def test_an_end_that_a_restored_site_has_lost_goes_first_again(store: Store) -> None:
    """The events of the run are rewound, and so is its end."""
    await run_and_end(store, 1)
    await store.accepting.accept(Job.of(job(run=run_id(3))))
    await store.outgoing.acknowledge(SITE, Stored(run_id(1), 3, ended=True))
    await store.outgoing.rewind(SITE, run_id(1), 1)
    (first, _) = (await store.outgoing.unsent(SITE)).items
    assert (first.run, [seq for seq, _ in first.events], bool(first.end)) == (run_id(1), [2, 3], True)
    await store.outgoing.acknowledge(SITE, Stored(run_id(1), 3, ended=True))
    await store.accepting.accept(Job.of(job(run=run_id(1), attempt=2, last_seq=2)))
    (first, _) = (await store.outgoing.unsent(SITE)).items
    assert (first.run, bool(first.end)) == (run_id(1), True)


async def test_many_are_acknowledged_in_one_round_trip_each_for_itself(store: Store) -> None:
    """One that is gone meanwhile does not keep the others from it."""
    await three_of_five_ended(store)
    await store.outgoing.drop(SITE, run_id(4))
    stored = [Stored(run_id(number), 3 if number in (2, 4, 5) else 1, number in (2, 4, 5)) for number in range(1, 6)]
    await store.outgoing.acknowledge(SITE, *stored)
    assert await store.outgoing.unsent(SITE) == Unsent([], more=False)
    await store.outgoing.acknowledge(SITE)
