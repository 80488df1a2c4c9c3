"""The store's scripts against a real Redis: nothing lost, nothing twice, nobody without the fence."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from sidecar.errors import StoreUnavailable
from sidecar.runs import grants
from sidecar.runs.events import event
from sidecar.runs.job import Claim, Job
from sidecar.runs.outgoing import Room, Stored
from sidecar.runs.recording import Reserve, UnitFinish, UnitStart
from sidecar.runs.run import RunState
from sidecar.runs.settlement import Settlement
from sidecar.store import Store, batch
from sidecar.store.keys import WAKE
from sidecar.worker.expiry import expire
from tests.contract.cases import cases
from tests.support.engine import SITE, job, run_id

FACTS = {"engine": "test", "journal": "1"}


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[Store]:
    async with Redis.from_url(redis_url) as redis:
        yield Store(redis)


async def claim(store: Store, *, owner: str = "w", lease_ms: int = 10_000) -> Claim:
    found = await store.holding.take(SITE, owner, lease_ms, FACTS)
    assert found is not None
    return found


def start(
    unit: str = "s0/model#0",
    kind: str = "model",
    *,
    tries: int = 1,
    cost: int = 0,
    tokens: int = 0,
    unsent: int = 2_000,
) -> UnitStart:
    told = [event("model_requested", 0, {"model": "m"})]
    return UnitStart(
        unit=unit, record=json.dumps({"n": tries}), kind=kind, lease_ms=10_000, again=told,
        reserve=Reserve(cost, tokens), max_unsent_events=unsent, max_unsent_bytes=8_000_000,
    )  # fmt: skip


def finish(
    unit: str = "s0/model#0",
    *,
    cost: int = 0,
    tokens: int = 0,
    counters: dict[str, int] | None = None,
    saved: tuple[str, ...] = (),
) -> UnitFinish:
    record, told = json.dumps({"n": 1, "v": "x"}), [event("model_responded", 0, {"model": "m"})]
    return UnitFinish(
        unit=unit, record=record, lease_ms=10_000, events=told, reserve=Reserve(cost, tokens),
        counters=counters or {}, saved=saved,
    )  # fmt: skip


async def settle(store: Store, held: Claim, state: RunState, reason: str, **more: Any) -> str:
    return await store.holding.settle(held, Settlement(state=state, reason=reason, **more))


async def seqs(store: Store, number: int = 1) -> list[int]:
    return [found["seq"] for found in await store.reading.events(SITE, run_id(number), 0, 10_000)]


async def test_accepting_twice_keeps_one_run_and_takes_over_the_higher_attempt(store: Store) -> None:
    assert (await store.accepting.accept(Job.of(job()))).new
    again = await store.accepting.accept(Job.of(job(attempt=4)))
    assert (again.new, again.attempt) == (False, 4)
    assert (await store.accepting.accept(Job.of(job(attempt=2)))).attempt == 4
    await claim(store)
    assert await store.holding.take(SITE, "w", 10_000, FACTS) is None


async def test_an_older_generation_never_overwrites_a_newer_one(store: Store) -> None:
    """A job that was pushed before the retry and comes after it: whatever it says of events and attempts."""
    await store.accepting.accept(Job.of(job(generation=2, attempt=2, last_seq=4, input={"topic": "new"})))
    held = await claim(store)
    answer = await store.accepting.accept(Job.of(job(generation=1, attempt=9, last_seq=50, input={"topic": "old"})))
    assert (answer.new, answer.attempt) == (False, 2)
    view = await store.reading.run(SITE, run_id())
    assert view is not None
    assert (view.generation, view.attempt, view.state, view.last_seq) == (2, 2, "running", 6)
    assert await store.holding.start(held, start()) == "ok"
    redis: Any = store.connection.client
    kept = json.loads(await redis.hget(store.connection.keys(SITE).run(run_id()), "job"))
    assert kept["input"] == {"topic": "new"}


async def test_a_run_that_is_over_is_not_settled_again(store: Store) -> None:
    """Whoever comes second, with a fence or without: the first end stays, and there is one `run_finished`."""
    await store.accepting.accept(Job.of(job()))
    held = await claim(store)
    ends = {state: {"state": state, "reason": "done", "message": ""} for state in ("completed", "failed")}
    assert await settle(store, held, RunState.COMPLETED, "done", end=ends["completed"]) == "ok"
    for fence in (held.fence, ""):
        other = Claim(SITE, run_id(), fence, held.job)
        assert await settle(store, other, RunState.FAILED, "late", end=ends["failed"]) == "over"
        assert await settle(store, other, RunState.WAITING, "late", waiting_for="retry", delay=1) == "over"
        assert await settle(store, other, RunState.QUEUED, "late") == "over"
    view = await store.reading.run(SITE, run_id())
    assert view is not None
    assert (view.state, view.reason) == ("completed", "done")
    assert [found["type"] for found in await store.reading.events(SITE, run_id())].count("run_finished") == 1
    assert await store.holding.take(SITE, "w", 10_000, FACTS) is None


async def test_a_higher_attempt_leaves_the_owner_its_fence(store: Store) -> None:
    await store.accepting.accept(Job.of(job()))
    held = await claim(store)
    await store.accepting.accept(Job.of(job(attempt=2)))
    assert await store.holding.attempt(held) == 2
    assert await store.holding.start(held, start()) == "ok"


async def test_a_lane_with_a_thousand_runs_does_not_starve_another(store: Store) -> None:
    for number in range(1_000):
        await store.accepting.accept(Job.of(job(number, agent="big")))
    for number in range(5):
        await store.accepting.accept(Job.of(job(5_000 + number, agent="small")))
    order = [(await claim(store)).job.agent.id for _ in range(12)]
    assert [place for place, agent in enumerate(order) if agent == "small"][-1] <= 10


async def test_an_agents_concurrency_is_counted_from_its_held_runs(store: Store) -> None:
    for number in range(3):
        await store.accepting.accept(Job.of(job(number, limits={"concurrency": 2})))
    first = await claim(store)
    await claim(store)
    assert await store.holding.take(SITE, "w", 10_000, FACTS) is None
    end = {"state": "completed", "reason": "done"}
    await settle(store, first, RunState.COMPLETED, "done", end=end)
    await claim(store)


async def test_a_site_may_have_a_cap_of_its_own(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        store = Store(redis, concurrency={SITE: 1})
        for number in range(2):
            await store.accepting.accept(Job.of(job(number, agent=f"agent{number}")))
        first = await claim(store)
        assert await store.holding.take(SITE, "w", 10_000, FACTS) is None
        await settle(store, first, RunState.PAUSED, "paused")
        await claim(store)


async def test_arqs_bell_is_rung_when_nobody_listens(redis_url: str) -> None:
    rung: list[int] = []

    async def bell() -> None:
        rung.append(1)

    async with Redis.from_url(redis_url) as redis:
        store = Store(redis, bell=bell)
        await store.bells.ring()
        await store.bells.ring()
    assert rung == [1]


async def test_a_run_taken_away_refuses_its_old_owner_everything(store: Store) -> None:
    await store.accepting.accept(Job.of(job()))
    old = await claim(store, lease_ms=0)
    assert await store.holding.start(old, start()) == "ok"
    await store.connection.client.zadd(store.connection.keys(SITE).leases, {run_id(): 0})
    assert await store.holding.reap(SITE) == 1
    before = await seqs(store)
    assert await store.holding.start(old, start("s0/model#1")) == "stale"
    assert await store.holding.finish(old, finish()) == "stale"
    assert await settle(store, old, RunState.COMPLETED, "done") == "stale"
    assert await store.holding.attempt(old) is None
    assert await seqs(store) == before
    new = await claim(store, owner="other")
    assert new.fence != old.fence
    assert await store.holding.start(new, start(tries=2)) == "ok"


async def test_a_script_whose_answer_was_lost_may_be_sent_again(store: Store) -> None:
    await store.accepting.accept(Job.of(job()))
    held = await claim(store)
    for _ in range(2):
        assert await store.holding.start(held, start(cost=5, tokens=7)) == "ok"
    for _ in range(2):
        assert await store.holding.finish(held, finish(cost=5, tokens=7, counters={"input_tokens": 3})) == "ok"
    stored = await store.connection.client.hgetall(store.connection.keys(SITE).run(run_id()))  # pyright: ignore[reportGeneralTypeIssues]
    assert (stored[b"steps"], stored[b"input_tokens"]) == (b"1", b"3")
    assert (stored[b"reserved"], stored[b"reserved_tokens"]) == (b"0", b"0")
    assert await seqs(store) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("limits", "spends", "answer"),
    [
        ({"steps": 1}, {}, "limit:steps"),
        ({"tokens": 100}, {"tokens": 60}, "limit:tokens"),
        ({"cost_micros": 100}, {"cost": 60}, "limit:cost_micros"),
    ],
)
async def test_a_limit_is_reserved_before_anything_is_spent(
    store: Store, limits: dict[str, int], spends: dict[str, Any], answer: str
) -> None:
    await store.accepting.accept(Job.of(job(limits=limits)))
    held = await claim(store)
    assert await store.holding.start(held, start(**spends)) == "ok"
    assert await store.holding.start(held, start("s0/model#1", **spends)) == answer


async def test_all_calls_of_an_answer_are_counted_before_the_first_starts(store: Store) -> None:
    await store.accepting.accept(Job.of(job(limits={"tool_calls": 2})))
    held = await claim(store)
    assert await store.holding.start(held, start()) == "ok"
    assert await store.holding.finish(held, finish(counters={"tool_calls": 3})) == "ok"
    assert await store.holding.start(held, start("s0/1/read@a", "tool")) == "limit:tool_calls"


@pytest.mark.parametrize("case", cases("writes"))
async def test_drafts_are_counted_per_generation(store: Store, case: dict[str, Any]) -> None:
    """As Drupal counts them: those of this generation, with those of kept steps that it begins with."""
    own = [f"s0/1/create@c{number}" for number, of in enumerate(case["drafts"]) if of == case["generation"]]
    units = {unit: {"v": {}, "c": {"writes": 1, "asked_writes": 1}} for unit in own}
    document = job(limits={"writes": case["limit"]}, generation=case["generation"])
    asked = [grants.question_id(Job.of(document), "writes", number) for number in range(case["granted"])]
    document["answers"] = [{"id": id, "decision": "approve"} for id in asked]
    document["checkpoints"] = [{"version": 1, "generation": case["generation"], "units": units}]
    await store.accepting.accept(Job.of(document))
    held = await claim(store)
    assert await store.holding.start(held, start()) == "ok"
    assert await store.holding.finish(held, finish(counters={"asked_writes": 1})) == "ok"
    expected = "ok" if case["allowed"] else "limit:writes"
    assert await store.holding.start(held, start("s0/2/create@one-more", "tool")) == expected


async def test_what_a_lost_attempt_reserved_is_given_back(store: Store) -> None:
    await store.accepting.accept(Job.of(job(limits={"cost_micros": 100})))
    held = await claim(store)
    assert await store.holding.start(held, start(cost=90)) == "ok"
    await settle(store, held, RunState.WAITING, "model:unavailable", waiting_for="retry", delay=100)
    reserved = await store.connection.client.hget(store.connection.keys(SITE).run(run_id()), "reserved")  # pyright: ignore[reportGeneralTypeIssues]
    assert reserved == b"0"


async def test_events_are_sent_in_order_and_the_end_behind_them(store: Store) -> None:
    await store.accepting.accept(Job.of(job()))
    held = await claim(store)
    for number in range(5):
        await store.holding.start(held, start(f"s0/model#{number}"))
    end = {"state": "completed", "reason": "done"}
    await settle(store, held, RunState.COMPLETED, "done", end=end)
    first = (await store.outgoing.unsent(SITE, Room(run_events=3))).items[0]
    assert ([seq for seq, _ in first.events], first.end) == ([1, 2, 3], None)
    await store.outgoing.acknowledge(SITE, Stored(run_id(), 3, ended=False))
    rest = (await store.outgoing.unsent(SITE)).items[0]
    assert rest.end is not None
    assert ([seq for seq, _ in rest.events], rest.end["reason"]) == ([4, 5, 6, 7, 8], "done")
    assert rest.end["usage"]["steps"] == 5, "the end tells what was spent"
    await store.outgoing.acknowledge(SITE, Stored(run_id(), 8, ended=False))
    assert (await store.outgoing.unsent(SITE)).items[0].end, "an end that Drupal has not confirmed is sent again"
    await store.outgoing.acknowledge(SITE, Stored(run_id(), 8, ended=True))
    assert (await store.outgoing.unsent(SITE)).items == []
    assert (await store.outgoing.live(SITE), await store.outgoing.live_count(SITE)) == ([], 0)
    assert not await store.connection.client.exists(store.connection.keys(SITE).journal(run_id()))


async def test_the_end_carries_the_steps_that_drupal_does_not_have(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order of the steps, as many as fit; not what was only started, and not what belongs to no step."""
    await store.accepting.accept(Job.of(job(limits={"steps": 20})))
    held = await claim(store)
    for unit in ("s0/discover:shop", *(f"s0/model#{number}" for number in range(12))):
        await store.holding.start(held, start(unit))
        saved = (unit,) if unit == "s0/model#0" else ()  # Drupal has it, by a draft
        await store.holding.finish(held, finish(unit, saved=saved))
    await store.holding.start(held, start("s0/model#12"))
    end = {"state": "failed", "reason": "model:refused"}
    await settle(store, held, RunState.FAILED, "model:refused", end=end)

    async def carried() -> list[str]:
        (item,) = (await store.outgoing.unsent(SITE)).items
        assert item.end is not None
        return list(item.end.get("checkpoint", {}).get("units", []))

    assert await carried() == [f"s0/model#{number}" for number in range(1, 12)]
    monkeypatch.setattr(batch, "MAX_CHECKPOINT", 3 * len('s0/model#1{"n": 1, "v": "x"}'))
    assert await carried() == ["s0/model#1", "s0/model#2", "s0/model#3"]
    monkeypatch.setattr(batch, "MAX_CHECKPOINT", 1)
    assert await carried() == []


async def test_unsent_events_move_behind_those_that_drupal_has(store: Store) -> None:
    await store.accepting.accept(Job.of(job()))
    held = await claim(store)
    await store.outgoing.acknowledge(SITE, Stored(run_id(), 1, ended=False))
    await store.outgoing.renumber(SITE, run_id(), 9)
    assert [seq for seq, _ in (await store.outgoing.unsent(SITE)).items[0].events] == [10]
    assert await store.holding.start(held, start()) == "ok"
    assert await seqs(store) == [10, 11]


async def test_a_refused_event_becomes_a_stub_under_its_number(store: Store) -> None:
    await store.accepting.accept(Job.of(job()))
    await claim(store)
    await store.outgoing.refuse_event(SITE, run_id(), 2, "run_started", "broken")
    found = await store.reading.events(SITE, run_id())
    assert [(each["seq"], each["type"]) for each in found] == [(1, "run_queued"), (2, "event_refused")]


async def test_too_much_unsent_stops_new_units(store: Store) -> None:
    await store.accepting.accept(Job.of(job()))
    held = await claim(store)
    assert await store.holding.start(held, start(unsent=1)) == "wait:drupal"


async def test_the_stop_switch_keeps_runs_in_their_lane(store: Store) -> None:
    await store.accepting.accept(Job.of(job()))
    held = await claim(store)
    await store.commands.set_stop(SITE, True)
    assert await store.holding.start(held, start()) == "stop"
    assert await store.holding.beat(SITE, [(held.run, held.fence)], 10_000) == ["stop"]
    await settle(store, held, RunState.QUEUED, "site_stopped")
    assert await store.holding.take(SITE, "w", 10_000, FACTS) is None
    await store.commands.set_stop(SITE, False)
    await claim(store)


async def test_the_earliest_time_to_look_counts_and_is_told_once(redis_url: str) -> None:
    now = 1000.0
    async with Redis.from_url(redis_url) as redis:
        store = Store(redis, clock=lambda: now)
        assert not await store.accepting.take_look(SITE)
        await store.accepting.look_again(SITE, 30)
        await store.accepting.look_again(SITE, 20)
        await store.accepting.look_again(SITE, 40)
        now = 1019.0
        assert not await store.accepting.take_look(SITE)
        now = 1020.0
        assert [await store.accepting.take_look(SITE), await store.accepting.take_look(SITE)] == [True, False]


async def test_cancel_ends_a_queued_run_and_tells_the_owner_of_a_running_one(store: Store) -> None:
    await store.accepting.accept(Job.of(job(1)))
    assert await store.commands.give(SITE, run_id(1), "cancel", by="ann")
    view = await store.reading.run(SITE, run_id(1))
    assert view is not None
    assert (view.state, view.message) == ("cancelled", "Cancelled by a person.")
    assert not await store.commands.give(SITE, run_id(1), "cancel"), "it is over"
    await store.accepting.accept(Job.of(job(2)))
    held = await claim(store)
    assert await store.commands.give(SITE, run_id(2), "cancel")
    assert await store.holding.start(held, start()) == "cancel"
    assert await store.holding.beat(SITE, [(held.run, held.fence)], 10_000) == ["cancel"]


async def test_pause_and_resume_of_a_queued_run(store: Store) -> None:
    await store.accepting.accept(Job.of(job()))
    for _ in range(2):
        assert await store.commands.give(SITE, run_id(), "pause")
    assert await store.holding.take(SITE, "w", 10_000, FACTS) is None
    for _ in range(2):
        assert await store.commands.give(SITE, run_id(), "resume")
    await claim(store)
    assert await seqs(store) == [1, 2, 3, 4]


async def test_a_run_comes_back_from_drupal_with_its_checkpoints(store: Store) -> None:
    units = {"s0/model#0": {"n": 1, "v": "answer", "c": {"steps": 1, "input_tokens": 7}}}
    await store.connection.client.flushall()
    back = job(
        attempt=2, last_seq=12, checkpoints=[{"version": 1, "generation": 1, "units": units}], usage={"steps": 1}
    )
    await store.accepting.accept(Job.of(back))
    held = await claim(store)
    assert held.units == units
    assert held.saved == {"s0/model#0"}
    view = await store.reading.run(SITE, run_id())
    assert view is not None
    assert (view.usage["steps"], view.usage["input_tokens"]) == (1, 7)
    assert await seqs(store) == [13, 14]


async def test_a_unit_that_drupal_knows_as_started_is_not_yet_saved(store: Store) -> None:
    checkpoints = [{"version": 1, "units": {"s0/model#0": {"n": 1, "v": "x"}, "s0/1/send@a": {"n": 1}}}]
    await store.accepting.accept(Job.of(job(attempt=2, last_seq=3, checkpoints=checkpoints)))
    held = await claim(store)
    assert set(held.units) == {"s0/model#0", "s0/1/send@a"}
    assert held.saved == {"s0/model#0"}


async def test_a_redis_that_was_rolled_back_is_brought_forward(store: Store) -> None:
    await store.accepting.accept(Job.of(job()))
    old = await claim(store)
    units = {"s0/model#0": {"n": 1, "v": "answer"}}
    await store.accepting.accept(Job.of(job(attempt=2, last_seq=30, checkpoints=[{"version": 1, "units": units}])))
    assert await store.holding.start(old, start("s0/model#1")) == "stale"
    held = await claim(store)
    assert held.units == units
    assert await seqs(store) == [31, 32]


async def test_a_retry_by_a_person_begins_anew_behind_the_old_events(store: Store) -> None:
    await store.accepting.accept(Job.of(job()))
    held = await claim(store)
    await store.holding.start(held, start())
    end = {"state": "failed", "reason": "model:refused"}
    await settle(store, held, RunState.FAILED, "model:refused", end=end)
    await store.outgoing.acknowledge(SITE, Stored(run_id(), 4, ended=True))
    await store.accepting.accept(Job.of(job(attempt=2, generation=2, last_seq=4)))
    again = await claim(store)
    assert again.units == {}
    view = await store.reading.run(SITE, run_id())
    assert view is not None
    assert (view.state, view.generation) == ("running", 2)
    assert (await seqs(store))[-2:] == [5, 6]


async def test_what_a_restored_drupal_has_lost_is_sent_again(store: Store) -> None:
    await store.accepting.accept(Job.of(job()))
    held = await claim(store)
    await store.holding.start(held, start())
    before = (await store.outgoing.unsent(SITE)).items[0].events
    await store.outgoing.acknowledge(SITE, Stored(run_id(), 3, ended=False))
    assert (await store.outgoing.unsent(SITE)).items == []
    await store.outgoing.rewind(SITE, run_id(), 1)
    assert (await store.outgoing.unsent(SITE)).items[0].events == before[1:]


async def test_what_is_left_moves_behind_a_restored_drupals_last_event(store: Store) -> None:
    await store.accepting.accept(Job.of(job()))
    held = await claim(store)
    for number in range(4):
        await store.holding.start(held, start(f"s0/model#{number}"))
    await store.outgoing.acknowledge(SITE, Stored(run_id(), 6, ended=False))
    await store.connection.client.xtrim(store.connection.keys(SITE).events(run_id()), minid="5-0", approximate=False)
    await store.outgoing.rewind(SITE, run_id(), 1)
    assert [seq for seq, _ in (await store.outgoing.unsent(SITE)).items[0].events] == [2, 3]
    assert await store.holding.start(held, start("s0/model#9")) == "ok"
    assert (await seqs(store))[-1] == 4


async def test_a_run_that_drupal_has_forgotten_to_be_over_is_told_again(store: Store) -> None:
    """Drupal's backup is older than the end: the job comes again, the run does not."""
    await store.accepting.accept(Job.of(job()))
    held = await claim(store)
    end = {"state": "completed", "reason": "done"}
    await settle(store, held, RunState.COMPLETED, "done", end=end)
    await store.outgoing.acknowledge(SITE, Stored(run_id(), 3, ended=True))
    assert not (await store.accepting.accept(Job.of(job(attempt=2, last_seq=1)))).new
    assert await store.holding.take(SITE, "w", 10_000, FACTS) is None
    (item,) = (await store.outgoing.unsent(SITE)).items
    assert ([seq for seq, _ in item.events], item.attempt, (item.end or {})["state"]) == ([2, 3], 2, "completed")


async def test_a_waiting_run_keeps_waiting_for_its_answer_after_a_loss(store: Store) -> None:
    waiting = {"for": "approval", "data": {"id": "q1"}}
    await store.accepting.accept(Job.of(job(attempt=2, last_seq=3, waiting=waiting)))
    assert await store.holding.take(SITE, "w", 10_000, FACTS) is None
    await store.connection.client.flushall()
    await store.accepting.accept(
        Job.of(job(attempt=3, last_seq=3, waiting=waiting, answers=[{"id": "q1", "decision": "again"}]))
    )
    held = await claim(store)
    assert held.answers["q1"]["decision"] == "again"


async def test_a_decision_that_came_before_the_question_was_stored_is_not_waited_for(store: Store) -> None:
    """After a loss the run asks again what was decided before, or the decision comes while it is being asked."""
    await store.accepting.accept(Job.of(job()))
    held = await claim(store)
    decided = {"id": "q1", "decision": "done", "note": 'I looked: "done" / 10 € \\'}
    assert await store.commands.give(SITE, held.run, "decide", decided, by="ann")
    await settle(store, held, RunState.WAITING, "in_doubt", waiting_for="approval", delay=100, fields={"asked": "q1"})
    again = await claim(store)
    assert again.answers["q1"]["decision"] == "done"
    [given] = [each["data"] for each in await store.reading.events(SITE, run_id()) if each["type"] == "approval_given"]
    assert given == decided | {"by": "ann"}


async def test_a_decision_that_came_while_nobody_had_the_run_is_told(store: Store) -> None:
    """Redis was lost while the run waited: Drupal's job brings the answer, and its event tells who gave it and why."""
    answer = {"id": "q1", "decision": "again", "by": "ann", "note": "It was not there."}
    waiting = {"for": "approval", "data": {"id": "q1"}}
    await store.accepting.accept(Job.of(job(attempt=2, last_seq=3, waiting=waiting, answers=[answer])))
    told = [(each["type"], each["data"]) for each in await store.reading.events(SITE, run_id())]
    assert told[0] == ("approval_given", answer)
    assert told[1][0] == "run_queued"


async def test_who_retried_a_run_is_told_once(store: Store) -> None:
    """With the first job of the generation; not again when it comes back after a loss."""
    retried = {"by": "ann", "note": "With a new key."}
    await store.accepting.accept(Job.of(job(1, generation=2, attempt=2, last_seq=4, retried=retried, started=None)))
    await store.accepting.accept(
        Job.of(job(2, generation=2, attempt=3, last_seq=4, retried=retried, started="2026-11-20T12:00:00Z"))
    )
    first, later = [(await store.reading.events(SITE, run_id(number)))[0]["data"] for number in (1, 2)]
    assert (first["by"], first["note"]) == ("ann", "With a new key.")
    assert "by" not in later


async def test_who_takes_a_returning_run_knows_the_decisions(store: Store) -> None:
    """They are stored in the script that queues the run, not after it."""
    await store.accepting.accept(Job.of(job(attempt=2, last_seq=3, answers=[{"id": "q1", "decision": "again"}])))
    assert (await claim(store)).answers["q1"]["decision"] == "again"


async def test_a_flush_or_another_server_is_noticed(store: Store) -> None:
    assert await store.health.lost(SITE)
    await store.health.settled(SITE)
    assert not await store.health.lost(SITE)
    await store.connection.client.flushall()
    assert await store.health.lost(SITE)


async def test_a_lost_workers_runs_do_not_wait_behind_queued_ones(store: Store) -> None:
    """However many are queued, only driven runs have a lease; and however many a worker held, all go on at once."""
    for number in range(350):
        await store.accepting.accept(Job.of(job(number)))
    for _ in range(250):
        await claim(store, owner="killed")
    leases = store.connection.keys(SITE).leases
    assert await store.connection.client.zcard(leases) == 250
    await store.holding.reclaim(SITE, "killed")
    assert await store.connection.client.zcard(leases) == 0
    assert await store.holding.reap(SITE) == 0
    assert len({(await claim(store)).run for _ in range(350)}) == 350


async def test_the_reaper_rings_while_runs_are_queued(store: Store) -> None:
    """The net for a lost bell."""
    await store.accepting.accept(Job.of(job()))
    await store.connection.client.delete(WAKE)
    await store.holding.reap(SITE)
    assert await store.bells.hear(timeout=60)
    await claim(store)
    await store.connection.client.delete(WAKE)
    await store.holding.reap(SITE)
    assert not await store.connection.client.exists(WAKE)


async def test_parked_runs_come_back_when_they_are_due(store: Store) -> None:
    await store.accepting.accept(Job.of(job()))
    held = await claim(store)
    await settle(store, held, RunState.WAITING, "drupal:unavailable", waiting_for="drupal", delay=0.001)
    await store.connection.client.zadd(store.connection.keys(SITE).parked, {run_id(): 0})
    assert await store.holding.reap(SITE) == 1
    await claim(store)
    assert [each["type"] for each in await store.reading.events(SITE, run_id())][-2:] == ["run_resumed", "run_started"]


async def test_a_question_that_nobody_answers_ends_the_run_in_time(store: Store) -> None:
    await store.accepting.accept(Job.of(job()))
    held = await claim(store)
    await settle(store, held, RunState.WAITING, "in_doubt", waiting_for="approval", delay=100)
    assert await store.holding.reap(SITE) == 0
    await store.connection.client.zadd(store.connection.keys(SITE).parked, {run_id(): 0})
    await store.holding.reap(SITE)
    assert await expire(store.holding, SITE) == 1
    assert await expire(store.holding, SITE) == 0
    view = await store.reading.run(SITE, run_id())
    assert view is not None
    assert (view.state, view.reason) == ("expired", "expired")
    assert (await store.outgoing.unsent(SITE)).items[0].end is not None


async def test_a_signed_requests_id_is_accepted_once(store: Store) -> None:
    assert await store.accepting.remember_id(SITE, "d2s_x")
    assert not await store.accepting.remember_id(SITE, "d2s_x")


async def test_one_sender_per_site(store: Store) -> None:
    assert await store.outgoing.sender_lease(SITE, "a", 5)
    assert not await store.outgoing.sender_lease(SITE, "b", 5)
    assert await store.outgoing.sender_lease(SITE, "a", 5)


async def test_a_redis_that_evicts_is_refused(store: Store) -> None:
    await store.connection.client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        with pytest.raises(StoreUnavailable, match="noeviction"):
            await store.health.check()
    finally:
        await store.connection.client.config_set("maxmemory-policy", "noeviction")
