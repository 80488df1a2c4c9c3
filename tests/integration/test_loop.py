"""What follows an answer of a model: its calls run, it ends the run, it is asked again, or it is an error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.usage import RequestUsage
from redis.asyncio import Redis

from sidecar.runs.job import Job
from sidecar.runs.run import RunView
from sidecar.store import Store
from sidecar.tools.base import Outcome, ToolContext
from tests.support.engine import SITE, FunctionTool, calls, job, plays, ports, rests, run_id, says, until, worker

SCHEMA = {"type": "object", "properties": {"words": {"type": "integer"}}, "required": ["words"]}
DRAFT = {"operation": "create", "entity_type": "node", "bundle": "article", "revision": 1}


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[Store]:
    async with Redis.from_url(redis_url) as redis:
        yield Store(redis)


class Tools:
    """Two tools, `read` and `write` (a draft), that note which calls were made."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.contexts: list[ToolContext] = []

    async def _read(self, arguments: dict[str, Any], context: ToolContext) -> Outcome:
        self._note("read", context)
        return Outcome("ok", {"found": arguments})

    async def _write(self, arguments: dict[str, Any], context: ToolContext) -> Outcome:
        self._note("write", context)
        return Outcome("ok", "saved", change=DRAFT)

    def _note(self, name: str, context: ToolContext) -> None:
        self.made.append(f"{context.step}/{name}@{context.call_id}")
        self.contexts.append(context)

    def __iter__(self) -> Any:
        return iter(
            (FunctionTool("read", self._read, read_only=True), FunctionTool("write", self._write, drupal_write=True))
        )


class Listening:
    """A model that gives the answers in order and keeps what it was sent; the last answer is given again and again."""

    def __init__(self, *answers: ModelResponse) -> None:
        self.sent: list[list[ModelMessage]] = []
        self.infos: list[AgentInfo] = []
        self._answers = answers
        self.model = FunctionModel(self._answer)

    def _answer(self, messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        self.sent.append(list(messages))
        self.infos.append(info)
        return self._answers[min(len(self.sent), len(self._answers)) - 1]

    def told(self, number: int = -1) -> str:
        """What the model was told last before this request."""
        last = self.sent[number][-1]
        assert isinstance(last, ModelRequest)
        return "\n".join(
            part.model_response_str() if isinstance(part, ToolReturnPart) else str(getattr(part, "content", ""))
            for part in last.parts
        )


def call(name: str, arguments: Any = None, id: str = "c0") -> ToolCallPart:
    """One call of a tool; a string as arguments is what the provider sent."""
    return ToolCallPart(name, arguments, tool_call_id=id)


def answer(*parts: Any, **more: Any) -> ModelResponse:
    """An answer of these parts."""
    return ModelResponse(parts=list(parts), **more)


async def driven(store: Store, model: Any, tools: Any = (), **given: Any) -> RunView:
    """A run of this model with these tools, when it rests."""
    async with worker(store, ports(model, *tools)):
        await store.accepting.accept(Job.of(job(**given)))
        return await rests(store)


async def events(store: Store, kind: str) -> list[dict[str, Any]]:
    """The run's events of a kind."""
    return [event for event in await store.reading.events(SITE, run_id(), 0, 1_000) if event["type"] == kind]


# -- calls beside the final answer


async def test_calls_beside_the_final_answer_are_made_before_and_after_it(store: Store) -> None:
    """An editor gets both drafts: that the model is done does not undo what it asked for in the same breath."""
    tools = Tools()
    last = answer(
        call("write", {"x": 1}, "before"), call("finish", {"words": 3}, "end"), call("write", {"x": 2}, "after")
    )
    view = await driven(store, plays(last), tools, output_schema=SCHEMA)
    assert (view.state, view.output) == ("completed", {"words": 3})
    assert tools.made == ["1/write@before", "1/write@after"]
    assert (view.usage["writes"], view.usage["tool_calls"], view.usage["steps"]) == (2, 2, 1)
    assert len(await events(store, "change_saved")) == 2
    assert [context.ordinal for context in tools.contexts] == [0, 1]


async def test_calls_behind_the_final_answer_wait_for_those_before_it(store: Store) -> None:
    order: list[str] = []
    behind = asyncio.Event()

    async def slow(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        if context.call_id == "after":
            behind.set()
        order.append(f"begins {context.call_id}")
        await asyncio.sleep(0)
        assert context.call_id == "after" or not behind.is_set()
        order.append(f"ends {context.call_id}")
        return Outcome("ok")

    last = answer(call("read", {}, "before"), call("finish", {"words": 3}, "end"), call("read", {}, "after"))
    view = await driven(store, plays(last), [FunctionTool("read", slow, read_only=True)], output_schema=SCHEMA)
    assert view.state == "completed"
    assert order == ["begins before", "ends before", "begins after", "ends after"]


async def test_calls_of_one_answer_run_side_by_side(store: Store) -> None:
    """And the model hears of them in the order in which it asked."""
    both = asyncio.Barrier(2)

    async def meet(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        async with asyncio.timeout(60):
            await both.wait()
        if context.call_id == "c1":
            return Outcome("ok", "one")
        await asyncio.sleep(0.01)
        return Outcome("ok", "zero")

    model = Listening(answer(call("read", {}, "c0"), call("read", {}, "c1")), says("done"))
    view = await driven(store, model.model, [FunctionTool("read", meet, read_only=True)])
    assert view.state == "completed"
    assert model.told() == "zero\none"


async def test_an_unreadable_call_beside_the_final_answer_comes_first(store: Store) -> None:
    """The model is told, and asked again: what it wanted to do is not done yet."""
    tools = Tools()
    model = Listening(
        answer(call("finish", {"words": 3}, "end"), call("write", '{"x": ', "c0")),
        answer(call("write", {"x": 1}, "c0")),
        answer(call("finish", {"words": 4}, "end")),
    )
    view = await driven(store, model.model, tools, output_schema=SCHEMA)
    assert (view.state, view.output, view.usage["steps"]) == ("completed", {"words": 4}, 3)
    assert tools.made == ["2/write@c0"]
    assert "addressing tool retries from this round first" in model.told(1)


async def test_an_unknown_tool_beside_the_final_answer_does_not_hold_it_up(store: Store) -> None:
    last = answer(call("nothing", {}, "c0"), call("finish", {"words": 3}, "end"))
    view = await driven(store, plays(last), Tools(), output_schema=SCHEMA)
    assert (view.state, view.output, view.usage["steps"]) == ("completed", {"words": 3}, 1)


async def test_of_two_final_answers_the_first_that_fits_counts(store: Store) -> None:
    last = answer(
        call("finish", {"words": "x"}, "e0"), call("finish", {"words": 2}, "e1"), call("finish", {"words": 3}, "e2")
    )
    view = await driven(store, plays(last), output_schema=SCHEMA)
    assert (view.state, view.output, view.usage["steps"]) == ("completed", {"words": 2}, 1)


async def test_calls_beside_a_final_answer_that_does_not_fit_are_made_once(store: Store) -> None:
    tools = Tools()
    model = Listening(
        answer(call("write", {"x": 1}, "c0"), call("finish", {"words": "?"}, "end")),
        answer(call("finish", {"words": 3}, "end")),
    )
    view = await driven(store, model.model, tools, output_schema=SCHEMA)
    assert (view.output, tools.made) == ({"words": 3}, ["1/write@c0"])
    assert model.told().startswith("saved\n")
    assert "does not fit its schema" in model.told()


async def test_text_beside_calls_is_no_final_answer(store: Store) -> None:
    tools = Tools()
    view = await driven(store, plays(calls("read", text="I am done."), says("Really done.")), tools)
    assert (view.output, tools.made) == ("Really done.", ["1/read@call_0"])


async def test_a_final_answer_and_a_call_under_one_id_are_two_things(store: Store) -> None:
    tools = Tools()
    last = answer(call("write", {}, "same"), call("finish", {"words": 3}, "same"))
    view = await driven(store, plays(last), tools, output_schema=SCHEMA)
    assert (view.state, tools.made) == ("completed", ["1/write@same"])


async def test_two_calls_under_one_id_are_not_made(store: Store) -> None:
    """Nobody could say which result belongs to which."""
    tools = Tools()
    view = await driven(store, plays(answer(call("read", {}, "same"), call("write", {}, "same"))), tools)
    assert (view.state, view.reason, tools.made) == ("failed", "model:nonsense", [])


# -- answers that are asked for again


UNREADABLE = [
    ("[1]", "a list"),
    ('"x"', "a text"),
    ('{"x": ', "no JSON that ends"),
    ('{"x": "\\ud800"}', "half a character"),
    ("{'x': 1}", "no JSON"),
]


@pytest.mark.parametrize("arguments", [arguments for arguments, _ in UNREADABLE], ids=[why for _, why in UNREADABLE])
@pytest.mark.parametrize("finish_reason", ["length", "tool_call", None])
async def test_an_unreadable_call_is_asked_for_again(store: Store, arguments: str, finish_reason: Any) -> None:
    """Also when the answer was cut off at its longest."""
    tools = Tools()
    model = Listening(
        answer(call("read", arguments), finish_reason=finish_reason), answer(call("read", {"x": 1})), says("done")
    )
    view = await driven(store, model.model, tools)
    assert (view.state, view.usage["steps"], tools.made) == ("completed", 3, ["2/read@c0"])
    (part,) = model.sent[1][-1].parts
    assert isinstance(part, ToolReturnPart), "it is told as the call's own result"
    assert (part.tool_name, part.tool_call_id) == ("read", "c0")


@pytest.mark.parametrize("arguments", [None, "", "{}", {}], ids=repr)
async def test_a_call_without_arguments_has_none(store: Store, arguments: Any) -> None:
    tools = Tools()
    view = await driven(store, plays(answer(call("read", arguments)), says("done")), tools)
    assert (view.state, tools.made) == ("completed", ["1/read@c0"])
    (started,) = await events(store, "tool_started")
    assert started["data"]["arguments"] == {}


NOTHING = {
    "nothing": (),
    "a thought alone": (ThinkingPart("Hm."),),
    "a thought in the text": (TextPart("<think>Hm.</think>"),),
    "an empty text": (TextPart(""),),
    "a thought and an empty text": (ThinkingPart("Hm."), TextPart("")),
}


@pytest.mark.parametrize("parts", NOTHING.values(), ids=NOTHING)
@pytest.mark.parametrize("finish_reason", ["stop", None])
async def test_an_answer_that_says_nothing_is_asked_for_again(
    store: Store, parts: tuple[Any, ...], finish_reason: Any
) -> None:
    model = Listening(answer(*parts, finish_reason=finish_reason), says("done"))
    view = await driven(store, model.model, Tools())
    assert (view.state, view.output, view.usage["steps"]) == ("completed", "done", 2)
    assert "Please return text or call a tool." in model.told()


async def test_without_tools_only_text_is_asked_for(store: Store) -> None:
    model = Listening(answer(), says("done"))
    await driven(store, model.model)
    assert "Please return text." in model.told()


@pytest.mark.parametrize("text", ['```json\n{"words": 3}\n```', 'Here:\n```\n{"words": 3}', '{"words": 3}'])
async def test_a_structured_answer_may_stand_in_a_code_block(store: Store, text: str) -> None:
    view = await driven(store, plays(answer(call("finish", text))), output_schema=SCHEMA)
    assert (view.output, view.usage["steps"]) == ({"words": 3}, 1)


async def test_text_where_a_structured_answer_is_due_is_asked_for_again(store: Store) -> None:
    model = Listening(says("Three words."), answer(call("finish", {"words": 3})))
    view = await driven(store, model.model, output_schema=SCHEMA)
    assert (view.output, view.usage["steps"]) == ({"words": 3}, 2)
    assert "Please include your response in a tool call." in model.told()


async def test_thoughts_around_a_text_do_not_keep_it_from_being_the_answer(store: Store) -> None:
    view = await driven(store, plays(answer(ThinkingPart("Hm."), TextPart("do"), TextPart("ne"))))
    assert (view.output, view.usage["steps"]) == ("done", 1)


async def test_a_text_that_was_cut_off_is_an_answer(store: Store) -> None:
    view = await driven(store, plays(answer(TextPart("Once upon"), finish_reason="length")))
    assert (view.state, view.output) == ("completed", "Once upon")


# -- answers that are errors


@pytest.mark.parametrize("parts", NOTHING.values(), ids=NOTHING)
@pytest.mark.parametrize(("finish_reason", "says_what"), [("content_filter", "filter"), ("length", "max_tokens")])
async def test_nothing_said_because_of_a_filter_or_the_longest_answer_is_an_error(
    store: Store, parts: tuple[Any, ...], finish_reason: Any, says_what: str
) -> None:
    """Asking again would give the same."""
    asked: list[int] = []
    view = await driven(store, plays(answer(*parts, finish_reason=finish_reason), says("never"), asked=asked))
    assert (view.state, view.reason, asked) == ("failed", "model:nonsense", [0])
    assert says_what in (view.message or "")


async def test_a_text_beside_a_filter_is_an_answer(store: Store) -> None:
    """What came before the filter is there."""
    view = await driven(store, plays(answer(TextPart("So far."), finish_reason="content_filter")))
    assert (view.state, view.output) == ("completed", "So far.")


async def test_calls_beside_a_filter_are_made(store: Store) -> None:
    tools = Tools()
    view = await driven(store, plays(answer(call("read", {}), finish_reason="content_filter"), says("done")), tools)
    assert (view.state, tools.made) == ("completed", ["1/read@c0"])


# -- two retries each


def unknown(number: int) -> ModelResponse:
    return answer(call("nothing", {}))


def unreadable(number: int) -> ModelResponse:
    return answer(call("read", "{"))


def unfit(number: int) -> ModelResponse:
    return answer(call("finish", {"words": "three"}))


def unreadable_finish(number: int) -> ModelResponse:
    return answer(call("finish", "{"))


def text(number: int) -> ModelResponse:
    return says("Three words.")


def nothing(number: int) -> ModelResponse:
    return answer()


WRONG = [
    (unknown, "model:nonsense", "nothing"),
    (unreadable, "model:nonsense", "read"),
    (unfit, "model:output", "/words"),
    (unreadable_finish, "model:nonsense", "retries"),
    (text, "model:nonsense", "retries"),
    (nothing, "model:nonsense", "retries"),
]


@pytest.mark.parametrize(("wrong", "reason", "says_what"), WRONG)
async def test_the_third_wrong_answer_of_a_kind_ends_the_run(
    store: Store, wrong: Callable[[int], ModelResponse], reason: str, says_what: str
) -> None:
    """It is told twice. The third ends the run, and nothing is asked any more."""
    asked: list[int] = []
    fits = answer(call("finish", {"words": 3}))
    view = await driven(store, plays(*map(wrong, range(3)), fits, asked=asked), Tools(), output_schema=SCHEMA)
    assert (view.state, view.reason, asked) == ("failed", reason, [0, 1, 2])
    assert says_what in (view.message or "")


@pytest.mark.parametrize(("wrong", "reason", "says_what"), WRONG)
async def test_the_third_answer_of_a_kind_may_be_right(
    store: Store, wrong: Callable[[int], ModelResponse], reason: str, says_what: str
) -> None:
    fits = answer(call("finish", {"words": 3}))
    view = await driven(store, plays(*map(wrong, range(2)), fits), Tools(), output_schema=SCHEMA)
    assert (view.state, view.output, view.usage["steps"]) == ("completed", {"words": 3}, 3)


async def test_each_name_has_retries_of_its_own(store: Store) -> None:
    """Two unknown tools, and arguments that cannot be read: none of them uses up what another one has."""
    wrong = [answer(call(name, "{")) for name in ("nothing", "read", "other", "nothing", "read", "other")]
    view = await driven(store, plays(*wrong, says("done")), Tools())
    assert (view.state, view.usage["steps"]) == ("completed", 7)


async def test_a_call_that_succeeds_gives_its_tool_new_retries(store: Store) -> None:
    wrong, right = answer(call("read", "{")), answer(call("read", {}))
    view = await driven(store, plays(wrong, wrong, right, wrong, wrong, right, says("done")), Tools())
    assert (view.state, view.usage["steps"]) == ("completed", 7)


async def test_wrong_calls_of_one_answer_count_once(store: Store) -> None:
    twice = answer(call("read", "{", "c0"), call("read", "{", "c1"))
    view = await driven(store, plays(twice, twice, says("done")), Tools())
    assert (view.state, view.usage["steps"]) == ("completed", 3)


async def test_what_is_missing_and_what_does_not_fit_share_their_retries(store: Store) -> None:
    """Both are tries at the final answer: text twice and one that does not fit leave none."""
    asked: list[int] = []
    fits = answer(call("finish", {"words": 3}))
    view = await driven(store, plays(unfit(0), unfit(1), text(2), fits, asked=asked), output_schema=SCHEMA)
    assert (view.state, asked) == ("failed", [0, 1, 2])


async def test_calls_beside_one_too_many_are_not_made(store: Store) -> None:
    """All calls of an answer are looked at before the first of them starts."""
    tools = Tools()
    third = answer(call("write", {}, "c0"), call("nothing", {}, "c1"))
    view = await driven(store, plays(unknown(0), unknown(1), third), tools)
    assert (view.state, view.reason, tools.made) == ("failed", "model:nonsense", [])


async def test_a_run_whose_calls_cannot_be_read_at_their_longest_says_so(store: Store) -> None:
    view = await driven(store, plays(answer(call("read", '{"x": ', "c0"), finish_reason="length")), Tools())
    assert (view.state, view.reason, view.usage["steps"]) == ("failed", "model:nonsense", 3)
    assert "max_tokens" in (view.message or "")


async def test_retries_are_counted_again_after_a_hand_over(store: Store) -> None:
    """From what the journal has: another worker gives the model neither more tries nor fewer."""
    begun, asked = asyncio.Event(), []

    async def hang(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        given = sum(isinstance(message, ModelResponse) for message in messages)
        asked.append(given)
        if given == 2 and not begun.is_set():
            begun.set()
            await asyncio.Event().wait()
        return unknown(given)

    model = FunctionModel(hang)
    async with worker(store, ports(model, *Tools()), slot="one", drain=0.1) as first:
        await store.accepting.accept(Job.of(job()))
        async with asyncio.timeout(60):
            await begun.wait()
        await first.drain()
    async with worker(store, ports(model, *Tools()), slot="two"):
        view = await until(lambda: _over(store))
    assert (view.state, view.reason, asked) == ("failed", "model:nonsense", [0, 1, 2, 2])


async def _over(store: Store) -> Any:
    view = await store.reading.run(SITE, run_id())
    return view if view is not None and view.state.final else None


# -- what the model is sent


async def test_the_model_is_told_what_it_may_call(store: Store) -> None:
    """An unknown name is answered with the known ones, as the result of its own call."""
    model = Listening(answer(call("nothing", {})), says("done"))
    await driven(store, model.model, Tools())
    assert "Unknown tool name: 'nothing'. Available tools: 'read', 'write'" in model.told()


async def test_the_model_is_sent_the_same_conversation_each_time_and_what_is_new(store: Store) -> None:
    model = Listening(calls("read", x=1), calls("read", x=2), says("done"))
    await driven(store, model.model, Tools())
    first, second, third = model.sent
    assert [type(part) for part in first[0].parts] == [UserPromptPart]
    assert isinstance(first[0], ModelRequest)
    assert first[0].instructions == "Do it."
    assert (len(first), len(second), len(third)) == (1, 3, 5)
    assert [len(message.parts) for message in third] == [1, 1, 1, 1, 1]
    results = [part.content for message in third for part in message.parts if isinstance(part, ToolReturnPart)]
    assert results == [{"found": {"x": 1}}, {"found": {"x": 2}}]
    info = model.infos[0]
    assert (info.instructions, info.allow_text_output, info.output_tools) == ("Do it.", True, [])
    assert info.model_settings is not None
    assert info.model_settings.get("max_tokens") == 4_096
    assert [(tool.name, tool.description) for tool in info.function_tools] == [
        ("read", "A tool."),
        ("write", "A tool."),
    ]
    assert info.function_tools[0].parameters_json_schema["properties"] == {"x": {"type": "integer"}}


async def test_a_structured_answer_is_asked_for_as_a_call(store: Store) -> None:
    model = Listening(answer(call("finish", {"words": 3})))
    await driven(store, model.model, Tools(), output_schema=SCHEMA)
    info = model.infos[0]
    (finish,) = info.output_tools
    assert (finish.name, finish.description, info.allow_text_output) == ("finish", "The final answer.", False)
    assert finish.parameters_json_schema["properties"] == SCHEMA["properties"]
    assert finish.parameters_json_schema["required"] == ["words"]


async def test_what_was_left_unsaid_is_asked_for_in_the_sidecars_own_voice(store: Store) -> None:
    """It is no result of a call, and no word of a person."""
    model = Listening(answer(), says("done"))
    await driven(store, model.model)
    (part,) = model.sent[1][-1].parts
    assert isinstance(part, SystemPromptPart | UserPromptPart)


async def test_a_call_knows_those_that_were_answered_before(store: Store) -> None:
    """Errors among them; what could not be read is none."""
    tools = Tools()
    model = plays(answer(call("read", "{")), calls("read", x=1), calls("write", x=2), says("done"))
    past: list[Any] = []

    async def write(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        past.extend((each.tool, dict(each.arguments), each.result) for each in context.past())
        return Outcome("ok")

    read, _ = tools
    await driven(store, model, [read, FunctionTool("write", write, drupal_write=True)])
    assert past == [("read", {"x": 1}, {"found": {"x": 1}})]


# -- answers that come in parts


class Pausing(FunctionModel):
    """Gives its answer in parts, as providers do that pause a long turn or poll a job in the background."""

    def __init__(self, *parts: ModelResponse) -> None:
        super().__init__(self._part)
        self.sent: list[list[ModelMessage]] = []
        self._parts = parts

    def _part(self, messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        self.sent.append(list(messages))
        return self._parts[min(len(self.sent), len(self._parts)) - 1]


def part(text: str, id: str, *, more: bool) -> ModelResponse:
    return answer(
        TextPart(text),
        state="suspended" if more else "complete",
        provider_response_id=id,
        usage=RequestUsage(input_tokens=10, output_tokens=5),
    )


async def test_an_answer_in_parts_is_continued_until_it_is_whole(store: Store) -> None:
    model = Pausing(part("Once ", "1", more=True), part("upon ", "2", more=True), part("a time.", "3", more=False))
    view = await driven(store, model)
    assert (view.state, view.output) == ("completed", "Once upon a time.")
    assert (view.usage["input_tokens"], view.usage["output_tokens"]) == (30, 15)
    assert isinstance(model.sent[1][-1], ModelResponse), "the part so far goes back to the provider"


async def test_an_answer_in_parts_is_one_unit(store: Store) -> None:
    """Half an answer is in no journal: it could be taken for a whole one, and its calls be made."""
    half = answer(call("read", {}, "c0"), state="suspended", provider_response_id="1")
    rest = answer(TextPart("Done."), provider_response_id="2")
    view = await driven(store, Pausing(half, rest, says("done")), Tools())
    units = await store.connection.client.hkeys(store.connection.keys(SITE).journal(run_id()))  # pyright: ignore[reportGeneralTypeIssues]
    assert sorted(unit.decode() for unit in units) == ["s0/1/read@c0", "s0/model#0", "s0/model#1"]
    assert view.usage["steps"] == 2


async def test_a_journal_with_half_an_answer_is_not_continued(store: Store) -> None:
    """A release that kept them counted its answers otherwise."""
    units = {"s0/model#0": {"n": 1, "d": "", "j": "1", "v": {"parts": [], "state": "suspended"}}}
    checkpoint = {"version": 1, "journal": "1", "units": units}
    view = await driven(store, plays(says("never")), attempt=2, last_seq=4, checkpoints=[checkpoint])
    assert (view.state, view.reason) == ("failed", "journal:version")
    assert "from the beginning" in (view.message or "")


async def test_a_job_that_is_polled_is_one_answer(store: Store) -> None:
    model = Pausing(part("", "1", more=True), part("done", "1", more=False))
    view = await driven(store, model)
    assert (view.state, view.output) == ("completed", "done")


async def test_calls_of_an_answer_in_parts_are_made_once_it_is_whole(store: Store) -> None:
    tools = Tools()
    half = answer(call("read", {}, "c0"), state="suspended", provider_response_id="1")
    rest = answer(call("write", {}, "c1"), provider_response_id="2")
    view = await driven(store, Pausing(half, rest, says("done")), tools)
    assert (view.state, sorted(tools.made)) == ("completed", ["1/read@c0", "1/write@c1"])


async def test_an_answer_that_never_becomes_whole_is_given_up(store: Store) -> None:
    model = Pausing(*(part("so ", str(number), more=True) for number in range(40)))
    view = await driven(store, model, limits={"steps": 30})
    assert (view.state, view.reason) == ("failed", "model:nonsense")
    assert len(model.sent) < 15
