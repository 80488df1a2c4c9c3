"""The API against its own OpenAPI description: whatever is sent, the answer is one that it names, and never a 500."""

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

from sidecar import process
from sidecar.settings import load

TOKEN = "operator-operator"
STARTED: queue.Queue[tuple[process.Running, asyncio.AbstractEventLoop]] = queue.Queue()


@pytest.fixture
def api(redis_url: str) -> Iterator[schemathesis.BaseSchema]:
    """The schema of a served sidecar, whose Drupal is not there."""
    site = {"base_url": "http://127.0.0.1:9", "secrets": ["a-secret-of-more-than-24-bytes"]}
    chosen = load({}, sites={"default": site}, redis_url=redis_url, operator_token=TOKEN, port=0)

    async def started(running: process.Running) -> None:
        STARTED.put((running, asyncio.get_running_loop()))

    def serve() -> None:
        asyncio.run(process.run(chosen, process.Roles(worker=False), started=started, signals=False))

    thread = threading.Thread(target=serve)
    thread.start()
    running, loop = STARTED.get(timeout=20)
    try:
        yield schemathesis.openapi.from_url(
            f"http://127.0.0.1:{running.port}/openapi.json", headers={"Authorization": f"Bearer {TOKEN}"}
        )
    finally:
        loop.call_soon_threadsafe(running.stop.set)
        thread.join(20)
    assert not thread.is_alive()


def no_defect(context: Any, response: Any, case: schemathesis.Case) -> bool | None:
    """No server error, but for what needs Drupal: that says so, and when to come again."""
    if response.status_code == 503:
        answer = response.json()
        assert (answer["code"], answer["retry_after"] > 0) == ("drupal_unavailable", True)
        return None
    return not_a_server_error(context, response, case)


def test_no_input_is_a_server_error(api: schemathesis.BaseSchema) -> None:
    """Of any operation; as the operator, who may reach everything."""
    operations = [result.ok() for result in api.get_all_operations()]  # pyright: ignore[reportAttributeAccessIssue]
    assert len(operations) >= 9
    for operation in operations:

        @settings(max_examples=20, deadline=None, suppress_health_check=[*HealthCheck])  # pyright: ignore[reportArgumentType]
        @given(case=operation.as_strategy())
        def holds(case: schemathesis.Case) -> None:
            headers = {"Authorization": f"Bearer {TOKEN}"}
            case.call_and_validate(headers=headers, checks=[no_defect], timeout=20)

        holds()
