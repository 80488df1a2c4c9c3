"""What each call does, for one caller at one site. Drupal decides each time; nothing is kept here."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sidecar.a2a.cards import extended_card
from sidecar.a2a.documents import (
    ArtifactUpdate,
    CreatePushParams,
    Frame,
    ListParams,
    ListPushParams,
    Message,
    PushConfig,
    PushParams,
    SendParams,
    State,
    Task,
    TaskParams,
)
from sidecar.a2a.errors import A2AError, Fault, of_task, translated
from sidecar.a2a.inputs import agent_of, answer_of, order_of
from sidecar.a2a.pushes import PushConfigs
from sidecar.a2a.states import FINAL, INTERRUPTED, run_filters, state_of
from sidecar.a2a.tasks import artifacts_of, context_of, frame_of_status, task_of
from sidecar.errors import DrupalError, StoreUnavailable
from sidecar.json_text import JSON
from sidecar.remote.dispatch import Dispatches
from sidecar.remote.documents import RunFacts
from sidecar.remote.site import SiteAsCaller
from sidecar.remote.waiting import LONGEST_SECONDS, once_told, wait_for

BLOCKING_SECONDS = 600.0
"""How long a call that waits for its task may wait. Then it is answered with the task as it is."""
CANCEL_SECONDS = 5.0
"""How long a cancellation is waited for: it is carried out when the current unit of the run allows it."""
NEWS = frozenset(
    {
        "run_started",
        "run_waiting",
        "run_paused",
        "run_resumed",
        "run_retrying",
        "approval_requested",
        "approval_given",
        "run_finished",
    }
)
"""Events after which a task may stand otherwise."""


@dataclass(frozen=True, slots=True)
class Methods:
    """The calls of one caller. `agent`: the one whose address was called, None: the site's. `url`: of this interface."""

    site: SiteAsCaller
    dispatches: Dispatches
    pushes: PushConfigs
    url: str
    agent: str | None = None

    async def send(self, params: SendParams) -> Task:
        """SendMessage: starts a run, or answers the question of one; waits for it unless told not to."""
        run = await self._take(params)
        if params.configuration.return_immediately:
            return task_of(run)
        return task_of(await self._settled(run))

    async def stream(self, params: SendParams) -> AsyncGenerator[Frame]:
        """SendStreamingMessage: the same, with what happens until the task ends or asks."""
        run = await self._take(params)
        async for frame in self._follow(run):
            yield frame

    async def get(self, params: TaskParams) -> Task:
        """GetTask."""
        return task_of(await self._run(params.id))

    async def cancel(self, params: TaskParams) -> Task:
        """CancelTask."""
        run = await self._run(params.id)
        if state_of(run) in FINAL:
            raise A2AError(Fault.NOT_CANCELABLE, f"The task has ended: {state_of(run).value}.")
        try:
            await self.site.command(run.id, "cancel")
            return task_of(await wait_for(self.site, run.id, CANCEL_SECONDS))
        except DrupalError as error:
            if error.code == "run_ended":
                raise A2AError(Fault.NOT_CANCELABLE, str(error)) from None
            raise translated(error) from error

    async def subscribe(self, params: TaskParams) -> AsyncGenerator[Frame]:
        """SubscribeToTask: what happens from now on."""
        run = await self._run(params.id)
        if state_of(run) in FINAL:
            raise A2AError(Fault.UNSUPPORTED, "The task has ended: there is nothing to follow. Use GetTask.")
        async for frame in self._follow(run):
            yield frame

    async def list(self, params: ListParams) -> dict[str, JSON]:
        """ListTasks: the runs that the caller may see, the newest first."""
        filters: dict[str, str | int] = {"limit": params.page_size, "count": 1}
        if params.page_token:
            filters["cursor"] = params.page_token
        if params.status is not None:
            of_state = run_filters(params.status)
            if of_state is None:
                return _task_list([], params.page_size, "", 0)
            filters |= of_state
        if params.context_id is not None:
            filters["trigger"], filters["trigger_id"] = "a2a", params.context_id
        if params.status_timestamp_after:
            filters["active_since"] = _time(params.status_timestamp_after)
        try:
            page = await self.site.runs(filters)
        except (DrupalError, StoreUnavailable) as error:
            raise translated(error) from error
        tasks = [task_of(run, artifacts=params.include_artifacts).json_object() for run in page.runs]
        return _task_list(tasks, params.page_size, page.next or "", len(tasks) if page.total is None else page.total)

    async def card(self) -> dict[str, JSON]:
        """GetExtendedAgentCard."""
        try:
            return extended_card(self.url, await self.site.agents())
        except (DrupalError, StoreUnavailable) as error:
            raise translated(error) from error

    async def create_push(self, params: CreatePushParams) -> dict[str, JSON]:
        """CreateTaskPushNotificationConfig."""
        run = await self._run(params.task_id)
        with _store():
            return await self.pushes.create(run, params)

    async def get_push(self, params: PushParams) -> dict[str, JSON]:
        """GetTaskPushNotificationConfig."""
        run = await self._run(params.task_id)
        with _store():
            return await self.pushes.get(run, params.id)

    async def list_pushes(self, params: ListPushParams) -> dict[str, JSON]:
        """ListTaskPushNotificationConfigs."""
        run = await self._run(params.task_id)
        with _store():
            return await self.pushes.list(run)

    async def delete_push(self, params: PushParams) -> dict[str, JSON]:
        """DeleteTaskPushNotificationConfig."""
        run = await self._run(params.task_id)
        with _store():
            return await self.pushes.delete(run, params.id)

    async def _take(self, params: SendParams) -> RunFacts:
        """The run that a message starts, or whose question it answers."""
        message, push = params.message, params.configuration.task_push_notification_config
        if push is not None:
            await self.pushes.check(push)  # first: a call that is refused starts nothing
        if message.task_id is not None:
            return await self._answer(message, await self._run(message.task_id), push)
        agent = agent_of(message, self.agent, self.site.caller)
        try:
            order = order_of(message, await self.site.agent(agent), self.site.caller)
            run = await self.dispatches.dispatch_once(self.site, order)
            if push is not None and not run.state.final:
                await self.pushes.begin(run, push, from_start=True)
            return run
        except (DrupalError, StoreUnavailable) as error:
            raise translated(error) from error

    async def _answer(self, message: Message, run: RunFacts, push: PushConfig | None) -> RunFacts:
        if message.context_id not in (None, context_of(run)):
            raise A2AError(Fault.PARAMS, "The task is of another context. Leave contextId out.")
        if not run.asks:
            raise A2AError(
                Fault.UNSUPPORTED,
                "The task asks nothing now, so it takes no message. A message without taskId starts another one.",
            )
        answer, question = answer_of(message, run), str((run.question or {}).get("id"))
        try:
            if push is not None:
                await self.pushes.begin(run, push)
            await self.site.command(run.id, "answer", answer.body(question))
            return await wait_for(self.site, run.id, CANCEL_SECONDS, answered=question)
        except (DrupalError, StoreUnavailable) as error:
            raise translated(error) from error

    async def _settled(self, run: RunFacts) -> RunFacts:
        left = BLOCKING_SECONDS
        try:
            while not run.settled and left > 0:
                run = await wait_for(self.site, run.id, LONGEST_SECONDS)
                left -= LONGEST_SECONDS
        except (DrupalError, StoreUnavailable) as error:
            raise translated(error) from error
        return run

    async def _follow(self, run: RunFacts) -> AsyncGenerator[Frame]:
        """The task, then its changes; ends when it ends or asks."""
        yield Frame(task=task_of(run))
        told = state_of(run)
        try:
            async with aclosing(self.site.follow(run.id, run.last_seq)) as events:
                while told not in FINAL | INTERRUPTED:
                    event = await anext(events, None)
                    if event is not None and event["type"] not in NEWS:
                        continue
                    run = await self._run_behind(run.id, event)
                    now = state_of(run)
                    if now is not told or event is None:
                        for frame in _frames(run):
                            yield frame
                        told = now
                    if event is None:
                        return
        except (DrupalError, StoreUnavailable) as error:
            raise translated(error) from error

    async def _run_behind(self, id: str, event: Mapping[str, JSON] | None) -> RunFacts:
        """The run once Drupal has what the event tells."""
        if event is None or event["type"] not in ("run_finished", "approval_requested", "run_waiting"):
            return await self.site.run(id)
        return await once_told(self.site, id, event["seq"])

    async def _run(self, id: str) -> RunFacts:
        if not _is_uuid(id):
            raise A2AError(Fault.NO_TASK, "There is no task with this id.")
        try:
            return await self.site.run(id)
        except DrupalError as error:
            raise of_task(error, id) from error


@contextmanager
def _store() -> Generator[None]:
    try:
        yield
    except StoreUnavailable as error:
        raise translated(error) from error


def _frames(run: RunFacts) -> list[Frame]:
    """What is told when a task stands otherwise: at the end what it brought forth, first."""
    frames: list[Frame] = []
    if state_of(run) is State.COMPLETED:
        frames = [
            Frame(artifact_update=ArtifactUpdate(task_id=run.id, context_id=context_of(run), artifact=artifact))
            for artifact in artifacts_of(run)
        ]
    return [*frames, frame_of_status(run)]


def _task_list(tasks: list[dict[str, JSON]], size: int, next: str, total: int) -> dict[str, JSON]:
    return {"tasks": tasks, "nextPageToken": next, "pageSize": size, "totalSize": total}


def _is_uuid(text: str) -> bool:
    return len(text) == 36 and all(char in "0123456789abcdef-" for char in text)


def _time(text: str) -> str:
    """A time of the protocol as the site's lists take it."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise A2AError(Fault.PARAMS, "statusTimestampAfter is a time, such as 2026-01-31T12:00:00Z.") from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
