"""The calls of the API, and how their answers are read: the same for both clients, which only send them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlsplit

from sidecar.client.errors import ClientError, NotReachable, Refused
from sidecar.client.values import Agent, Batch, Document, Draft, Event, Run, RunPage
from sidecar.json_text import JSON, is_object

Answer = TypeVar("Answer")

TRIES = 4
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
LONGEST_WAIT = 45.0
"""Seconds that one request may wait for a run."""
TIMEOUT = 60.0
AWAY = frozenset({502, 503, 504})
EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """One request. `repeatable`: it may be sent again when no answer came, for it is carried out once."""

    method: str
    path: str
    read: Callable[[Document], Answer]
    params: Mapping[str, str | int | float] = field(default_factory=dict[str, str | int | float])
    body: Document | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    repeatable: bool = True


def base_of(url: str, site: str | None) -> str:
    """Where the API is. `site`: which one, where the sidecar serves several. Raises ValueError for what is no address."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"Give the address of the sidecar, such as https://agents.example.org, not {url!r}.")
    return f"{url.rstrip('/')}{f'/sites/{site}' if site else ''}/v1"


def headers_of(key: str) -> dict[str, str]:
    """What goes with each request. Raises ValueError for what can be no key."""
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("The key is the text that the site showed once, such as bgd_..., or an access token.")
    return {"Authorization": f"Bearer {key}", "Accept": "application/json, application/problem+json"}


def agents() -> Call[list[Agent]]:
    return Call("GET", "/agents", lambda answer: [Agent.of(agent) for agent in answer["agents"]])


def agent(id: str) -> Call[Agent]:
    return Call("GET", f"/agents/{_step(id)}", Agent.of)


def dispatch(agent: str, input: Document | None, key: str | None, options: Mapping[str, Any]) -> Call[Run]:
    """Without a key it gets one, so that it can be repeated."""
    given = {name: value for name, value in options.items() if value}
    wait = given.pop("wait", 0)
    body = {"agent": agent, "input": input or {}, **given}
    headers = {"Idempotency-Key": key or secrets.token_urlsafe(24)}
    return Call("POST", "/runs", Run.of, {"wait": wait} if wait else {}, body, headers)


def run(id: str, wait: float = 0) -> Call[Run]:
    return Call("GET", f"/runs/{_step(id)}", Run.of, {"wait": wait} if wait else {})


def runs(filters: Mapping[str, Any]) -> Call[RunPage]:
    given: dict[str, Any] = {
        name: value if value is None or isinstance(value, str | int) else ",".join(value)
        for name, value in filters.items()
    }
    return Call("GET", "/runs", _page, {name: value for name, value in given.items() if value is not None})


def events(id: str, after: int, limit: int) -> Call[list[Event]]:
    params = {"after": after, "limit": limit}
    return Call(
        "GET", f"/runs/{_step(id)}/events", lambda answer: [Event.of(event) for event in answer["events"]], params
    )


def stream(id: str, after: int) -> Call[None]:
    headers = {"Accept": EVENT_STREAM, **({"Last-Event-ID": str(after)} if after else {})}
    return Call("GET", f"/runs/{_step(id)}/events", lambda answer: None, headers=headers)


def drafts(id: str, cursor: str | None) -> Call[tuple[list[Draft], str | None]]:
    def read(answer: Document) -> tuple[list[Draft], str | None]:
        return [Draft.of(draft) for draft in answer["drafts"]], answer.get("next")

    return Call("GET", f"/runs/{_step(id)}/drafts", read, {"cursor": cursor} if cursor else {})


def command(id: str, name: str, body: Document) -> Call[Run]:
    """`answer` and `retry` with an id, and the others in themselves, are carried out once."""
    repeatable = name not in ("retry", "send-back") or bool(body.get("id"))
    return Call("POST", f"/runs/{_step(id)}/{name}", Run.of, body=_without_empty(body), repeatable=repeatable)


def batches(limit: int, cursor: str | None) -> Call[tuple[list[Batch], str | None]]:
    def read(answer: Document) -> tuple[list[Batch], str | None]:
        return [Batch.of(batch) for batch in answer["batches"]], answer.get("next")

    return Call("GET", "/batches", read, {"limit": limit, **({"cursor": cursor} if cursor else {})})


def batch(id: str) -> Call[Batch]:
    return Call("GET", f"/batches/{_step(id)}", Batch.of)


def start_batch(agent: str, body: Document, key: str | None) -> Call[Batch]:
    return Call("POST", "/batches", Batch.of, body={"agent": agent, **body, "key": key or secrets.token_urlsafe(24)})


def command_batch(id: str, name: str, body: Document | None = None) -> Call[Batch]:
    """All but `retry` are carried out once."""
    return Call("POST", f"/batches/{_step(id)}/{name}", Batch.of, body=body or {}, repeatable=name != "retry")


def answer_of(call: Call[Answer], status: int, content: bytes, retry_after: str | None) -> Answer:
    """Reads an answer. Raises Refused, NotReachable, ClientError."""
    try:
        document: JSON = json.loads(content)
    except ValueError:
        document = None
    if 200 <= status < 300 and is_object(document):
        try:
            return call.read(document)
        except (KeyError, TypeError) as error:
            raise ClientError(
                f"{call.method} {call.path}: the answer has not the form of this API: {error!r}."
            ) from error
    problem = document if is_object(document) and "detail" in document else {}
    if status in AWAY:
        said = problem.get("detail") or f"The API does not answer now ({status})."
        raise NotReachable(str(said), _seconds(retry_after))
    detail = f"{call.method} {call.path} was answered with {status}, not by this API. Check the address."
    raise Refused({"status": status, "detail": detail, **problem})


def pause_before(attempt: int, error: NotReachable) -> float:
    """Seconds until the next try; `attempt` counts from 0."""
    return error.retry_after if error.retry_after is not None else min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE)


def sse(lines: Iterator[str]) -> Iterator[Event]:
    """Events of an event stream, from its lines."""
    reader = SseReader()
    for line in lines:
        if (event := reader.take(line)) is not None:
            yield event


class SseReader:
    """Puts the lines of an event stream together."""

    def __init__(self) -> None:
        self._data: list[str] = []

    def take(self, line: str) -> Event | None:
        """The event that ends with this line, if one does."""
        name, _, value = line.partition(":")
        if name == "data":
            self._data.append(value.removeprefix(" "))
        if line or not self._data:
            return None
        text, self._data = "\n".join(self._data), []
        return Event.of(json.loads(text))


def _page(answer: Document) -> RunPage:
    return RunPage(tuple(Run.of(each) for each in answer["runs"]), answer.get("next"))


def _without_empty(body: Document) -> Document:
    return {name: value for name, value in body.items() if value not in (None, "", [])}


def _step(text: str) -> str:
    return quote(text, safe="")


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isdecimal() else None
