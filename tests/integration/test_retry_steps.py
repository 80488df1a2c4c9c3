"""A retry from a step on a real Redis: what is kept is neither asked nor done again."""

from __future__ import annotations

from typing import Any

from sidecar import contracts
from sidecar.errors import ModelError
from sidecar.runs import retry_steps
from sidecar.runs.job import Job
from sidecar.runs.outgoing import Stored
from sidecar.runs.run import Outgoing
from sidecar.store import Store
from sidecar.tools.base import Outcome, ToolContext
from tests.support.engine import (
    SITE,
    FunctionTool,
    calls,
    job,
    over,
    plays,
    ports,
    rests,
    run_id,
    says,
    tool,
    until,
    worker,
)


async def stopped_at(store: Store, *tools: FunctionTool, answers: tuple[Any, ...]) -> tuple[dict[str, Any], int]:
    """Drives a run until its model refuses; the checkpoint that its end carries, and its last event's number."""
    async with worker(store, ports(plays(*answers, ModelError("model:refused", "No.", retryable=False)), *tools)):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
    assert view.reason == "model:refused"
    (sent,) = (await store.outgoing.unsent(SITE)).items
    assert sent.end is not None
    contracts.check("events#batch", {"site": SITE, "sender": "t", "runs": [_item(sent)]})
    await store.outgoing.acknowledge(SITE, Stored(run_id(), view.last_seq, ended=True))
    return sent.end["checkpoint"], view.last_seq


def _item(sent: Outgoing) -> dict[str, Any]:
    return {"run": sent.run, "attempt": sent.attempt, "generation": sent.generation, "events": [], "end": sent.end}


def from_step(step: int, checkpoint: dict[str, Any], last_seq: int) -> dict[str, Any]:
    """The job of a retry from a step, as Drupal makes it."""
    kept: dict[str, Any] = {
        "version": 1,
        "journal": "1",
        "generation": 2,
        "units": retry_steps.kept(checkpoint["units"], step),
    }
    made = job(attempt=2, generation=2, last_seq=last_seq, from_step=step, checkpoints=[kept], usage={})
    contracts.check("job", made)
    return made


async def test_a_retry_from_a_step_asks_the_model_anew_there_and_nothing_before(store: Store) -> None:
    seen: list[ToolContext] = []
    write = tool("write", Outcome("ok", "saved", change={"revision": 1}), seen, drupal_write=True)
    answers = (calls("write", x=1), calls("write", "write", x=2))
    checkpoint, last = await stopped_at(store, write, answers=answers)
    assert retry_steps.offered(checkpoint["units"]) == [2, 3]
    asked: list[int] = []
    model = plays(*answers, calls("write", x=3), says("done"), asked=asked)
    async with worker(store, ports(model, write)):
        await store.accepting.accept(Job.of(from_step(3, checkpoint, last)))
        view = await rests(store)
    assert (view.state, view.output, asked) == ("completed", "done", [2, 3])
    # The numbering of what it creates goes on; the kept steps count once.
    # Calls of one answer run side by side, so they come in any order.
    assert sorted(context.ordinal for context in seen) == [0, 1, 2, 3]
    assert len({context.key for context in seen}) == 4
    assert (view.usage["steps"], view.usage["tool_calls"], view.usage["writes"]) == (4, 4, 4)
    events = await store.reading.events(SITE, run_id(), last)
    told = [(e["type"], e.get("step")) for e in events]
    assert told[:5] == [
        ("run_queued", None),
        ("run_started", None),
        ("step_started", 3),
        ("model_requested", 3),
        ("model_responded", 3),
    ]
    assert [e["data"]["from_step"] for e in events[:2]] == [3, 3]
    assert events[3]["data"]["messages"], "what the model is asked now is told"


async def test_a_replayed_draft_does_not_count_its_units_as_saved(store: Store) -> None:
    """Drupal answered what it had stored before: with it went the checkpoint of then, not this one. So the next draft carries them again."""
    carried: list[set[str]] = []

    async def write(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        carried.append(set((context.checkpoint() or {}).get("units", {})))
        return Outcome("ok", "saved", change={"revision": 1, "replayed": len(carried) == 1})

    model = plays(calls("write", x=1), calls("write", x=2), calls("write", x=3), says("done"))
    async with worker(store, ports(model, FunctionTool("write", write, drupal_write=True))):
        await store.accepting.accept(Job.of(job()))
        await rests(store)
    assert carried == [
        {"s0/model#0"},
        {"s0/model#0", "s0/1/write@call_0", "s0/model#1"},
        {"s0/2/write@call_0", "s0/model#2"},
    ]


async def test_a_call_that_is_in_the_journal_with_other_arguments_ends_the_run(store: Store) -> None:
    """The journal and the run have parted: the old answer is never given, and nothing is called."""
    seen: list[ToolContext] = []
    checkpoint, last = await stopped_at(store, tool(), answers=(calls("read", x=1),))
    units = checkpoint["units"]
    assert units["s0/1/read@call_0"]["d"]
    units["s0/1/read@call_0"]["d"] = "0" * 16
    returned = job(attempt=2, generation=2, last_seq=last, checkpoints=[{"version": 1, "journal": "1", "units": units}])
    async with worker(store, ports(plays(calls("read", x=1), says("done")), tool(seen=seen))):
        await store.accepting.accept(Job.of(returned))
        view = await rests(store)
    assert (view.state, view.reason, seen) == ("failed", "journal_mismatch", [])
    assert "with another request" in (view.message or "")


async def test_a_retry_from_the_beginning_keeps_nothing_and_says_no_step(store: Store) -> None:
    checkpoint, last = await stopped_at(store, tool(), answers=(calls("read", x=1),))
    async with worker(store, ports(plays(says("done")), tool())):
        await store.accepting.accept(Job.of(from_step(2, checkpoint, last)))
        await rests(store)
        await store.accepting.accept(Job.of(job(attempt=3, generation=3, last_seq=50)))
        view = await until(lambda: over(store))
    assert view.generation == 3
    started = [e for e in await store.reading.events(SITE, run_id()) if e["type"] == "run_started"][-1]
    assert started["data"]["restored_units"] == 0
    assert "from_step" not in started["data"]


async def test_kept_steps_that_fit_no_longer_end_the_run_before_anything_is_asked(store: Store) -> None:
    checkpoint, last = await stopped_at(store, tool(), answers=(calls("read", x=1), calls("read", x=1)))
    old = {"units": {name: record | {"j": "0"} for name, record in checkpoint["units"].items()}}
    asked: list[int] = []
    for generation, (kept, tools, says_what) in enumerate([(checkpoint, [], "read"), (old, [tool()], "journal 0")], 2):
        async with worker(store, ports(plays(says("never"), asked=asked), *tools)):
            again: dict[str, Any] = from_step(3, kept, last + 10 * generation) | {
                "generation": generation,
                "attempt": generation,
            }
            again["checkpoints"] = [again["checkpoints"][0] | {"generation": generation}]
            await store.accepting.accept(Job.of(again))
            view = await until(lambda at=generation: over(store, generation=at))
        assert (view.state, view.reason) == ("failed", "retry:steps")
        assert says_what in view.message
        assert "from the beginning" in view.message
    assert asked == []


async def test_a_run_that_is_over_before_its_step_does_not_pass_for_done(store: Store) -> None:
    """The model's last answer was one that now ends the run: a tool call that became the final answer cannot be told apart before."""
    units = {"s0/model#0": {"n": 1, "d": "", "j": "1", "v": await _answer(store), "c": {"tool_calls": 0, "steps": 1}}}
    async with worker(store, ports(plays(says("never")))):
        await store.accepting.accept(Job.of(from_step(2, {"units": units}, 40)))
        view = await until(lambda: over(store))
    assert (view.state, view.reason) == ("failed", "retry:steps")


async def _answer(store: Store) -> Any:
    """The value of a final answer, as the journal has it."""
    async with worker(store, ports(plays(says("done")))):
        await store.accepting.accept(Job.of(job(2)))
        await rests(store, 2)
    (sent,) = [item for item in (await store.outgoing.unsent(SITE)).items if item.run == run_id(2)]
    assert sent.end is not None
    return sent.end["checkpoint"]["units"]["s0/model#0"]["v"]
