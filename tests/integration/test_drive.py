"""Driving runs on a real Redis: each way a run can go, and where it rests."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic_ai.messages import ModelResponse, ToolCallPart

from sidecar import contracts
from sidecar.errors import DrupalUnavailable, ModelError
from sidecar.redact import Redactor
from sidecar.runs.job import Claim, Job
from sidecar.store import Store
from sidecar.tools.base import LeftOut, Outcome, ToolContext
from sidecar.worker.runner import Runner
from tests.support.engine import (
    SITE,
    Drupal,
    FunctionTool,
    calls,
    job,
    kinds,
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

SCHEMA = {"type": "object", "properties": {"words": {"type": "integer"}}, "required": ["words"]}


async def test_a_run_with_tools_completes_and_tells_every_step(store: Store) -> None:
    model = plays(calls("read", "read", text="I look.", x=1), says("done"))
    async with worker(store, ports(model, tool())):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
    assert (view.state, view.reason, view.output) == ("completed", "done", "done")
    assert (view.usage["steps"], view.usage["tool_calls"]) == (2, 2)
    assert await kinds(store) == [
        "run_queued", "run_started", "step_started", "model_requested", "model_responded", "tool_started", "tool_started",
        "tool_finished", "tool_finished", "step_finished", "step_started", "model_requested", "model_responded", "run_finished",
    ]  # fmt: skip
    events = await store.reading.events(SITE, run_id())
    assert events[3]["data"]["messages"][0] == {"role": "system", "content": "Do it."}
    assert events[4]["data"]["text"] == "I look."


async def test_repeated_call_ids_are_different_effects(store: Store) -> None:
    seen: list[ToolContext] = []
    model = plays(calls("read", x=1), calls("read", x=1), says("done"))
    async with worker(store, ports(model, tool(seen=seen))):
        await store.accepting.accept(Job.of(job()))
        await rests(store)
    assert [context.call_id for context in seen] == ["call_0", "call_0"]
    assert len({context.key for context in seen}) == 2
    assert [context.ordinal for context in seen] == [0, 1]


async def test_structured_output_that_fits_is_the_runs_output(store: Store) -> None:
    async with worker(store, ports(plays(calls("finish", words=3)))):
        await store.accepting.accept(Job.of(job(output_schema=SCHEMA)))
        view = await rests(store)
    assert (view.state, view.output) == ("completed", {"words": 3})


async def test_structured_output_that_never_fits_fails_with_what_is_wrong(store: Store) -> None:
    async with worker(store, ports(plays(calls("finish", words="three")))):
        await store.accepting.accept(Job.of(job(output_schema=SCHEMA)))
        view = await rests(store)
    assert (view.state, view.reason) == ("failed", "model:output")
    assert "/words" in (view.message or "")


def _nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def _deep(name: str, levels: int) -> ModelResponse:
    text = '{"x": ' + "[" * levels + "]" * levels + "}"
    return ModelResponse(parts=[ToolCallPart(name, text, tool_call_id="call_0")])


@pytest.mark.parametrize("levels", [100, 300, 3_000])
async def test_arguments_nested_too_deeply_are_told_to_the_model(store: Store, levels: int) -> None:
    """They are no defect of the journal: the model mends its call, and the run goes on."""
    model = plays(_deep("read", levels), calls("read", x=1), says("done"))
    async with worker(store, ports(model, tool())):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
    assert (view.state, view.reason, view.usage["steps"]) == ("completed", "done", 3)


@pytest.mark.parametrize("levels", [100, 300, 3_000])
async def test_an_answer_nested_too_deeply_is_told_to_the_model(store: Store, levels: int) -> None:
    """Also where the output schema would take it."""
    schema = {"type": "object", "properties": {"a": {}}}
    async with worker(store, ports(plays(_deep("finish", levels), calls("finish", a=1)))):
        await store.accepting.accept(Job.of(job(output_schema=schema)))
        view = await rests(store)
    assert (view.state, view.output, view.usage["steps"]) == ("completed", {"a": 1}, 2)


@pytest.mark.parametrize("levels", [100, 300, 3_000])
async def test_a_result_nested_too_deeply_is_told_as_text(store: Store, levels: int) -> None:
    """The call was carried out: it is neither in doubt nor made again."""
    seen: list[ToolContext] = []
    outcome = Outcome("ok", {"found": _nested(levels)})
    async with worker(
        store, ports(plays(calls("send", x=1), says("done")), tool("send", outcome, seen, read_only=False))
    ):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
    assert (view.state, len(seen)) == ("completed", 1)
    finished = [event for event in await store.reading.events(SITE, run_id()) if event["type"] == "tool_finished"]
    assert "nested more than 64 levels" in finished[0]["data"]["result"]["note"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": {"pattern": "("}}},
        {"type": "object", "properties": {"a": {"$ref": "http://169.254.169.254/schema"}}},
        {"type": "object", "$ref": "#/$defs/d0", "$defs": {
            f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(26)} | {"d26": {}}},
        {"type": "array"},
    ],
)  # fmt: skip
async def test_an_output_schema_that_cannot_be_used_ends_the_run_before_the_model_is_asked(
    store: Store, schema: dict[str, Any]
) -> None:
    """With what is wrong with it."""
    asked: list[int] = []
    async with worker(store, ports(plays(says("done"), asked=asked))):
        await store.accepting.accept(Job.of(job(output_schema=schema)))
        view = await rests(store)
    assert (view.state, view.reason, asked) == ("failed", "output_schema", [])
    assert "Correct it in the agent" in (view.message or "")


async def test_a_run_says_which_tools_were_left_out_and_why(store: Store) -> None:
    """In the event that tells what the model was given."""
    left_out = [LeftOut("mcp:files.bad", "It is broken.")]
    async with worker(store, ports(plays(says("done")), tool(), left_out=left_out)):
        await store.accepting.accept(Job.of(job()))
        await rests(store)
    (asked,) = [event for event in await store.reading.events(SITE, run_id()) if event["type"] == "model_requested"]
    assert asked["data"]["left_out"] == [{"tool": "mcp:files.bad", "reason": "It is broken."}]
    contracts.check("event", asked)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"name": {"type": "string"}, "inner": {"$ref": "#"}}, "required": ["name"]},
        {"type": "object", "$ref": "#/$defs/n", "$defs": {
            "n": {"properties": {"name": {"type": "string"}, "inner": {"$ref": "#/$defs/n"}}, "required": ["name"]}}},
    ],
)  # fmt: skip
async def test_an_output_schema_may_refer_to_itself(store: Store, schema: dict[str, Any]) -> None:
    """A tree is validated down to its leaves."""
    model = plays(calls("finish", name="a", inner={"name": 5}), calls("finish", name="a", inner={"name": "b"}))
    async with worker(store, ports(model)):
        await store.accepting.accept(Job.of(job(output_schema=schema)))
        view = await rests(store)
    assert (view.state, view.output, view.usage["steps"]) == ("completed", {"name": "a", "inner": {"name": "b"}}, 2)


async def test_a_call_written_as_text_does_not_complete_a_run(store: Store) -> None:
    """Its server lacks a tool parser, and the run says so."""
    written = '<tool_call>{"name": "read", "arguments": {"x": 1}}</tool_call>'
    async with worker(store, ports(plays(says(written)), tool())):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
    assert (view.state, view.reason) == ("failed", "model:tool_parser")
    assert "tool parser" in (view.message or "")


async def test_thoughts_and_known_secrets_are_neither_stored_nor_told(store: Store) -> None:
    """Neither in an event, nor in the journal, nor in the output."""
    model = plays(says("<think>The key is hush-hush.</think>The key is hush-hush."))
    async with worker(store, ports(model, redact=Redactor(["hush-hush"]))):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
    assert view.output == "The key is [redacted]."
    kept = [await _raw(store, key) async for key in store.connection.client.scan_iter()]
    assert "hush-hush" not in str(kept)
    assert "The key is [redacted]." in str(kept)


async def _raw(store: Store, key: bytes) -> Any:
    reads: dict[bytes, Any] = {
        b"hash": store.connection.client.hgetall,
        b"stream": store.connection.client.xrange,
        b"string": store.connection.client.get,
    }
    kind = await store.connection.client.type(key)
    return await reads[kind](key) if kind in reads else None


async def test_a_limit_fails_the_run_with_its_partial_result(store: Store) -> None:
    async with worker(store, ports(plays(calls("read", text="So far: tea."), calls("read")), tool())):
        await store.accepting.accept(Job.of(job(limits={"steps": 2})))
        view = await rests(store)
    assert (view.state, view.reason) == ("failed", "limit:steps")
    assert view.output == {"partial": "So far: tea."}


async def test_nonsense_arguments_three_times_over_end_the_run(store: Store) -> None:
    async with worker(store, ports(plays(calls("read", y="?")), tool())):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
    assert (view.state, view.reason) == ("failed", "model:nonsense")
    assert view.usage["steps"] == 3


async def test_an_unknown_tool_is_told_to_the_model_and_ends_the_run_if_it_insists(store: Store) -> None:
    async with worker(store, ports(plays(calls("nothing")), tool())):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
    assert (view.state, view.reason) == ("failed", "model:nonsense")


async def test_an_error_of_a_tool_is_told_to_the_model(store: Store) -> None:
    asked: list[int] = []
    model = plays(calls("read"), says("mended"), asked=asked)
    async with worker(store, ports(model, tool(outcome=Outcome("error", {"error": "no such field"})))):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
    assert (view.state, asked) == ("completed", [0, 1])


@pytest.mark.parametrize(
    ("second", "ends"), [("refused", ("failed", "drafts_refused")), ("saved", ("completed", "done"))]
)
async def test_a_run_that_could_leave_no_draft_is_no_success(store: Store, second: str, ends: tuple[str, str]) -> None:
    """The model mends its call, or does not and calls it a day."""
    told = {"error": {"detail": "The account lacks 'edit any article content'."}}
    refused = Outcome("error", told, reason="forbidden")
    saved = Outcome("ok", {"saved": True}, change={"operation": "create", "entity_type": "node", "bundle": "article"})
    outcomes = iter([refused, saved if second == "saved" else refused])

    async def write(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        return next(outcomes)

    model = plays(calls("write", x=1), calls("write", x=2), says("All is well."))
    async with worker(store, ports(model, FunctionTool("write", write, drupal_write=True))):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
    assert (view.state, view.reason, view.output) == (*ends, "All is well.")
    assert ("edit any article content" in (view.message or "")) is (second == "refused")


async def test_a_refused_key_ends_the_run_in_the_providers_words(store: Store) -> None:
    refused = ModelError("model:refused", "invalid x-api-key", retryable=False)
    async with worker(store, ports(plays(refused))):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
    assert (view.state, view.reason, view.message) == ("failed", "model:refused", "invalid x-api-key")


async def test_a_failing_model_is_retried_and_then_another_one_is_asked(store: Store) -> None:
    models = {
        "test:scripted": plays(ModelError("model:unavailable", "overloaded", retryable=False)),
        "test:other": plays(says("from the other")),
    }
    async with worker(store, ports(models)):
        await store.accepting.accept(Job.of(job(binding={"fallback_model": "test:other"})))
        view = await until(lambda: over(store))
    assert (view.state, view.output) == ("completed", "from the other")
    assert "run_retrying" in await kinds(store)


async def test_a_rate_limit_parks_the_run_without_a_process(store: Store) -> None:
    async with worker(
        store, ports(plays(ModelError("model:rate_limited", "slow down", retryable=True, retry_after=30)))
    ) as runner:
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
        await until(lambda: none_held(runner))
    assert (view.state, view.waiting_for, view.reason) == ("waiting", "retry", "model:rate_limited")


async def test_a_run_waits_while_drupal_is_away_and_goes_on_where_it_was(store: Store) -> None:
    outcomes = [Outcome("retry", reason="drupal:unavailable", message="503", retry_after=0.001), Outcome("ok", "read")]

    async def call(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        return outcomes.pop(0)

    asked: list[int] = []
    async with worker(
        store, ports(plays(calls("read"), says("done"), asked=asked), FunctionTool("read", call, read_only=True))
    ):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
        assert (view.state, view.waiting_for) == ("waiting", "drupal")
        await store.connection.client.zadd(store.connection.keys(SITE).parked, {run_id(): 0})
        view = await until(lambda: over(store))
    assert view.state == "completed"
    assert asked == [0, 1], "the answer that asked for the tool is not asked for again"


@pytest.mark.parametrize(
    ("decision", "state", "times"), [("done", "completed", 1), ("again", "completed", 2), ("give_up", "failed", 1)]
)
async def test_in_doubt_a_person_decides(store: Store, decision: str, state: str, times: int) -> None:
    outcomes = [Outcome("unknown", message="no answer"), Outcome("ok", "sent")]
    seen: list[str] = []
    drupal = Drupal()

    async def send(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        seen.append(context.key)
        return outcomes.pop(0)

    async with worker(store, ports(plays(calls("send"), says("done")), FunctionTool("send", send), drupal=drupal)):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
        assert (view.state, view.waiting_for, view.reason) == ("waiting", "approval", "in_doubt")
        asked = next(e for e in await store.reading.events(SITE, run_id()) if e["type"] == "approval_requested")["data"]
        assert await store.commands.give(SITE, run_id(), "decide", {"id": asked["id"], "decision": decision}, by="ann")
        view = await until(lambda: over(store))
    assert (view.state, len(seen)) == (state, times)
    assert "approval_given" in await kinds(store)
    started = [each["data"] for each in await store.reading.events(SITE, run_id()) if each["type"] == "tool_started"]
    assert {data["repeatable"] for data in started} == {False}, "so Drupal knows it for an effect"
    path, body = drupal.posted[0]
    assert (path, sorted(body["checkpoint"]["units"])) == ("tools", ["s0/1/send@call_0", "s0/model#0"])


async def test_a_call_that_never_left_is_made_again_without_asking(store: Store) -> None:
    outcomes = [Outcome("retry", reason="mcp:unavailable", message="refused"), Outcome("ok", "sent")]

    async def send(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        return outcomes.pop(0)

    async with worker(store, ports(plays(calls("send"), says("done")), FunctionTool("send", send))):
        await store.accepting.accept(Job.of(job()))
        assert (await rests(store)).waiting_for == "retry"
        await store.connection.client.zadd(store.connection.keys(SITE).parked, {run_id(): 0})
        assert (await until(lambda: over(store))).state == "completed"
    assert "approval_requested" not in await kinds(store)


async def test_the_last_look_before_an_effect_notices_that_the_run_was_taken_away(store: Store) -> None:
    looked = asyncio.Event()
    sent: list[str] = []

    async def send(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        await store.connection.client.hset(store.connection.keys(SITE).run(run_id()), "fence", "9.9.other")  # pyright: ignore[reportGeneralTypeIssues]
        looked.set()
        await context.confirm()
        sent.append("sent")
        return Outcome("ok")

    async with worker(store, ports(plays(calls("send")), FunctionTool("send", send))) as runner:
        await store.accepting.accept(Job.of(job()))
        await looked.wait()
        await until(lambda: none_held(runner))
    assert sent == []


async def test_a_drupal_that_does_not_store_the_checkpoint_is_no_ground_for_an_effect(store: Store) -> None:
    class Old(Drupal):
        async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
            return {"status": "error", "error": {"detail": "This site has no such tool."}}

    seen: list[ToolContext] = []
    unsafe = tool("send", seen=seen, read_only=False)
    async with worker(store, ports(plays(calls("send"), says("done")), unsafe, drupal=Old())):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
    assert (view.state, view.reason, seen) == ("failed", "drupal:refused", [])


async def test_a_tool_that_cannot_be_repeated_does_not_start_without_drupal(store: Store) -> None:
    class Away(Drupal):
        async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
            raise DrupalUnavailable({"title": "Maintenance", "status": 503, "code": "maintenance"})

    seen: list[ToolContext] = []
    unsafe = tool("send", seen=seen, read_only=False)
    async with worker(store, ports(plays(calls("send"), says("done")), unsafe, drupal=Away())):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
    assert (view.state, view.waiting_for, seen) == ("waiting", "drupal", [])
    assert "tool_started" not in await kinds(store)


class HastyRunner(Runner):
    """Hears a command for a run in the very moment in which it has claimed it."""

    def _hold(self, claim: Claim) -> None:
        super()._hold(claim)
        self._obey(self._held[claim.run], "cancel")


async def test_a_cancel_that_comes_before_the_run_has_begun_is_obeyed(store: Store) -> None:
    asked: list[int] = []
    async with worker(store, ports(plays(says("done"), asked=asked)), kind=HastyRunner) as runner:
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
        assert runner.held == 0
    assert (view.state, asked) == ("cancelled", [])


async def test_cancel_stops_a_tool_that_hangs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the run is put to rest by a task that is not being cancelled any more: early Python 3.11 mistakes a time-out for that."""
    running, settle, asked = asyncio.Event(), store.holding.settle, []

    async def seen(*arguments: Any, **named: Any) -> str:
        asked.append((task := asyncio.current_task()) and task.cancelling())
        return await settle(*arguments, **named)

    monkeypatch.setattr(store.holding, "settle", seen)

    async def hang(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        running.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with worker(store, ports(plays(calls("read")), FunctionTool("read", hang, read_only=True))):
        await store.accepting.accept(Job.of(job()))
        async with asyncio.timeout(30):
            await running.wait()
        assert await store.commands.give(SITE, run_id(), "cancel", {"note": "Wrong page."}, by="ann")
        view = await rests(store)
    assert (view.state, view.reason, asked) == ("cancelled", "cancelled", [0])
    assert view.message == "Cancelled by a person: Wrong page."
    told = (await store.reading.events(SITE, run_id()))[-1]
    assert told["type"] == "run_finished"
    assert (told["data"]["by"], told["data"]["note"]) == ("ann", "Wrong page.")


async def test_pause_lets_the_unit_finish_and_resume_goes_on(store: Store) -> None:
    running, go = asyncio.Event(), asyncio.Event()

    async def wait(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        running.set()
        await go.wait()
        return Outcome("ok", "read")

    async with worker(store, ports(plays(calls("read"), says("done")), FunctionTool("read", wait, read_only=True))):
        await store.accepting.accept(Job.of(job()))
        async with asyncio.timeout(30):
            await running.wait()
        await store.commands.give(SITE, run_id(), "pause", {"note": "Wait for the photo."}, by="ann")
        go.set()
        assert (await rests(store)).state == "paused"
        assert "tool_finished" in await kinds(store)
        await store.commands.give(SITE, run_id(), "resume", {"via": "sidecar"}, by="operator")
        view = await until(lambda: over(store))
    assert view.state == "completed"
    told = {each["type"]: each["data"] for each in await store.reading.events(SITE, run_id())}
    assert told["run_paused"] == {"by": "ann", "note": "Wait for the photo."}
    assert told["run_resumed"] == {"by": "operator", "via": "sidecar"}
    assert await store.holding.said(SITE, run_id()) == {}, "the next command is another person's"


async def test_draining_hands_a_run_over_and_the_next_worker_repeats_nothing(store: Store) -> None:
    running, asked, effects = asyncio.Event(), [], []

    async def once(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        effects.append(context.key)
        running.set()
        return Outcome("ok", "read")

    hold = asyncio.Event()

    async def held(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        await hold.wait()
        return Outcome("ok", "late")

    model = plays(calls("once"), calls("held"), says("done"), asked=asked)
    tools = FunctionTool("once", once, read_only=True), FunctionTool("held", held, read_only=True)
    async with worker(store, ports(model, *tools), slot="one", drain=0.2) as first:
        await store.accepting.accept(Job.of(job()))
        async with asyncio.timeout(30):
            await running.wait()
        await until(lambda: started(store, 2))
        await first.drain()
    hold.set()
    async with worker(store, ports(model, *tools), slot="two"):
        view = await until(lambda: over(store))
    assert view.state == "completed"
    assert (asked, len(effects)) == ([0, 1, 2], 1)


async def test_draining_cuts_off_what_cannot_be_repeated_last(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read that hangs is cancelled when its time is over; a call that would be in doubt gets a little more, and is answered in it."""
    monkeypatch.setattr("sidecar.worker.runner.UNSAFE_SECONDS", 60.0)
    begun, over = asyncio.Semaphore(0), asyncio.Event()

    async def hang(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        begun.release()
        try:
            await asyncio.Event().wait()
        finally:
            over.set()
        raise AssertionError

    async def send(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        begun.release()
        await over.wait()
        return Outcome("ok", "sent")

    models = {"test:scripted": plays(calls("hang")), "test:other": plays(calls("send"), says("done"))}
    tools = FunctionTool("hang", hang, read_only=True), FunctionTool("send", send)
    async with worker(store, ports(models, *tools), drain=0.1) as first:
        await store.accepting.accept(Job.of(job(1)))
        await store.accepting.accept(Job.of(job(2, agent="sender", binding={"model": "test:other"})))
        async with asyncio.timeout(30):
            await begun.acquire()
            await begun.acquire()
        await first.drain()
    assert "in_doubt" not in [(await store.reading.run(SITE, run_id(number))).reason for number in (1, 2)]  # pyright: ignore[reportOptionalMemberAccess]
    assert "tool_finished" in await kinds(store, 2)
    assert "tool_finished" not in await kinds(store, 1)


async def test_a_defect_of_ours_ends_the_run_with_a_reason(store: Store) -> None:
    async def broken(*_: Any) -> Any:
        raise RuntimeError("kaputt")

    given = ports(plays(says("x")))
    object.__setattr__(given, "tools", broken)
    async with worker(store, given):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
    assert (view.state, view.reason) == ("failed", "engine:defect")


async def test_a_journal_of_another_release_ends_with_a_clear_reason(store: Store) -> None:
    units = {"s0/model#0": {"n": 1, "v": {}, "j": "0"}}
    async with worker(store, ports(plays(says("x")))):
        await store.accepting.accept(Job.of(job(attempt=2, last_seq=4, checkpoints=[{"version": 1, "units": units}])))
        view = await rests(store)
    assert (view.state, view.reason) == ("failed", "journal:version")


async def none_held(runner: Any) -> bool:
    return runner.held == 0


async def started(store: Store, count: int) -> bool:
    return [each["type"] for each in await store.reading.events(SITE, run_id())].count("tool_started") >= count


async def test_a_stop_that_only_drupals_refusal_tells_is_not_tried_again(store: Store) -> None:
    """The message of the switch may come later, or never: the run rests in its lane, and goes on when agents may work again."""
    refuses, refusals = True, 0

    async def call(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        nonlocal refusals
        if not refuses:
            return Outcome("ok", "read")
        refusals += 1
        return Outcome("retry", reason="site_stopped", message="All agents of this site are stopped.")

    async def parked() -> bool:
        view = await store.reading.run(SITE, run_id())
        return view is not None and view.state == "queued" and await store.commands.stopped(SITE)

    async with worker(store, ports(plays(calls("read"), says("done")), FunctionTool("read", call, read_only=True))):
        await store.accepting.accept(Job.of(job()))
        await until(parked)
        assert refusals == 1
        assert (await kinds(store)).count("run_queued") == 2
        refuses = False
        await store.commands.set_stop(SITE, False)
        assert (await rests(store)).state == "completed"
    assert refusals == 1
