"""The API against its own OpenAPI document: whatever is sent, the answer is one that it describes, and never a 500."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from demo.standin import StandIn
from sidecar import process
from sidecar.settings import load

TOKEN = "operator-operator"
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}
CALLER = {"Authorization": "Basic ZWRpdG9yOmVkaXRvcg=="}
CONFORMANCE = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
UNDESCRIBED = ("/v1/jobs", "/v1/commands", "/health", "/ready", "/metrics")
"""Of these only the good answer is in the document."""
STARTED: queue.Queue[tuple[process.Running, asyncio.AbstractEventLoop]] = queue.Queue()


@pytest.fixture
def drupal() -> Iterator[StandIn]:
    """A site with an agent and a run of it."""
    with StandIn() as site:
        site.add_agent("teaser_writer")
        site.dispatch("teaser_writer", requester=site.site.accounts.by_name("editor"))
        yield site


@pytest.fixture
def api(redis_url: str, drupal: StandIn) -> Iterator[schemathesis.BaseSchema]:
    """The document of a served sidecar, as everybody reads it."""
    site = {"base_url": drupal.url, "secrets": [drupal.secret]}
    chosen = load({}, sites={"default": site}, redis_url=redis_url, operator_token=TOKEN, port=0)

    async def started(running: process.Running) -> None:
        STARTED.put((running, asyncio.get_running_loop()))

    def serve() -> None:
        asyncio.run(process.run(chosen, process.Roles(worker=False), started=started, signals=False))

    thread = threading.Thread(target=serve)
    thread.start()
    running, loop = STARTED.get(timeout=60)
    try:
        yield schemathesis.openapi.from_url(f"http://127.0.0.1:{running.port}/openapi.json")
    finally:
        loop.call_soon_threadsafe(running.stop.set)
        thread.join(60)
    assert not thread.is_alive()


@pytest.mark.parametrize("headers", [OPERATOR, CALLER], ids=["operator", "caller"])
def test_every_answer_is_one_that_is_described(
    api: schemathesis.BaseSchema, drupal: StandIn, headers: dict[str, str]
) -> None:
    """Of any operation; the caller starts runs, the operator has no account to do so."""
    operations = [result.ok() for result in api.get_all_operations()]  # pyright: ignore[reportAttributeAccessIssue]
    assert len(operations) >= 18
    for operation in operations:
        _hold(operation, headers)
    # What is made up may name no agent that there is.
    (start,) = [found for found in operations if (found.method, found.path) == ("post", "/v1/runs")]
    before = len(drupal.runs)
    case = start.Case(body={"agent": "teaser_writer"}, media_type="application/json")
    case.call_and_validate(headers=headers, checks=CONFORMANCE, timeout=60)
    assert len(drupal.runs) - before == (1 if headers is CALLER else 0)
    assert (len(drupal.runs) > 1) == (headers is CALLER)


def _hold(operation: Any, headers: dict[str, str]) -> None:
    """Whatever the document says may be sent."""
    checks: list[Any] = [not_a_server_error] + ([] if operation.path in UNDESCRIBED else CONFORMANCE)

    @settings(max_examples=15, deadline=None, suppress_health_check=[*HealthCheck])  # pyright: ignore[reportArgumentType]
    @given(case=operation.as_strategy())
    def holds(case: schemathesis.Case) -> None:
        case.call_and_validate(headers=headers, checks=checks, timeout=60)

    holds()
