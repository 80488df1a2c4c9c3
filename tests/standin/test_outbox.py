"""The two outboxes of the stand-in do the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from demo.standin.mariadb import MariaDbOutbox
from demo.standin.outbox import Outbox, SqliteOutbox
from demo.standin.store import Store

NOW = 1_790_000_000.0
FIRST, SECOND = (f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2))


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.mariadb)])
def outbox(request: pytest.FixtureRequest) -> Iterator[Outbox]:
    if request.param == "sqlite":
        store = Store(clock=lambda: NOW)
        yield SqliteOutbox(store)
        store.close()
    else:
        made = MariaDbOutbox(request.getfixturevalue("mariadb"), lambda: NOW)
        yield made
        made.close()


def job(run: str) -> dict[str, Any]:
    return {"run": run, "label": "Ærø – 東京"}


def test_a_row_from_dispatch_to_its_end(outbox: Outbox) -> None:
    """New, claimed, given back, claimed again, reported, gone."""
    outbox.add(FIRST, job(FIRST))
    (row,) = outbox.due(10, NOW)
    assert (row.run, row.status, row.attempt, row.job) == (FIRST, 0, 0, job(FIRST))
    assert outbox.claim(FIRST, "test", NOW) == 1
    assert outbox.due(10, NOW + 59) == []
    outbox.give_back(FIRST, NOW + 5)
    assert outbox.due(10, NOW + 4) == []
    assert [row.run for row in outbox.due(10, NOW + 4, asked=True)] == [FIRST]
    assert outbox.claim(FIRST, "test", NOW + 5) == 2
    outbox.reported(FIRST)
    assert outbox.due(10, NOW + 1000) == []
    row = outbox.get(FIRST)
    assert row is not None
    assert (row.status, row.attempt, row.claimed_until) == (1, 2, None)
    outbox.remove(FIRST)
    assert outbox.get(FIRST) is None


def test_pages(outbox: Outbox) -> None:
    """In order, behind an id."""
    outbox.add(FIRST, job(FIRST), attempt=3, generation=2)
    outbox.add(SECOND, job(SECOND), available_at=NOW + 60)
    first, second = outbox.unfinished(10)
    assert [row.run for row in outbox.unfinished(1)] == [FIRST]
    assert [row.run for row in outbox.unfinished(10, first.id)] == [SECOND]
    assert outbox.unfinished(10, second.id) == []
    assert [(row.run, row.attempt, row.generation) for row in outbox.due(10, NOW)] == [(FIRST, 3, 2)]
