"""What comes between the first look at a draft request and its transaction is seen inside the transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager

import httpx
import pytest

from tests.site.drupal import Agents, Site, is_problem, new_key

GATE = "background_agents_test"


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def until(site: Site, query: str) -> None:
    """Waits until a count is not zero, half a minute at most."""
    end = time.monotonic() + 30
    while site.sql(query)[0]["n"] == 0:
        assert time.monotonic() < end, "The request did not come so far."
        threading.Event().wait(0.02)


@contextmanager
def locked_run(agents: Agents, run: str) -> Iterator[Callable[[str], None]]:
    """While the row of a run is locked.

    The function given changes what it likes once a request waits for that row; then all is committed.
    """
    with closing(agents.site.connection()) as connection, connection.cursor() as cursor:
        connection.begin()
        cursor.execute("SELECT id FROM background_agents_run WHERE uuid = %s FOR UPDATE", (agents.runs[run]["uuid"],))

        def change(sql: str) -> None:
            agents.site.await_lock_wait("background_agents_run")
            cursor.execute(sql, (agents.runs[run]["uuid"],))
            connection.commit()

        yield change
        connection.rollback()


@contextmanager
def gate(site: Site) -> Iterator[Callable[[], None]]:
    """While a draft stops when it takes its key: built and validated, inside its transaction, the item not locked yet.

    The function given waits until one stands there. Behind the block it goes on.
    """
    site.sql(
        f"CREATE OR REPLACE TRIGGER {GATE} BEFORE INSERT ON background_agents_effect FOR EACH ROW "
        f"BEGIN DO GET_LOCK('{GATE}', 60); DO RELEASE_LOCK('{GATE}'); END"
    )
    try:
        with closing(site.connection()) as connection, connection.cursor() as cursor:
            cursor.execute(f"DO GET_LOCK('{GATE}', 0)")
            waiting = (
                "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE state = 'User lock' AND db = DATABASE()"
            )
            yield lambda: until(site, waiting)
    finally:
        site.sql(f"DROP TRIGGER {GATE}")


def nothing_stored(agents: Agents, key: str) -> bool:
    return agents.site.sql("SELECT effect_key FROM background_agents_effect WHERE effect_key = %s", key) == []


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ("UPDATE background_agents_outbox SET attempt = 7 WHERE run = %s", 409, "stale_attempt"),
        ("UPDATE background_agents_run SET attempt = 7 WHERE uuid = %s", 409, "stale_attempt"),
        ("UPDATE background_agents_run SET generation = generation + 1 WHERE uuid = %s", 401, "run_ended"),
        ("UPDATE background_agents_run SET state = 'cancelled' WHERE uuid = %s", 401, "run_ended"),
    ],
    ids=["attempt handed out", "attempt reported", "retried", "ended"],
)
def test_a_worker_that_loses_its_run_meanwhile_leaves_nothing(
    site: Site, pool: ThreadPoolExecutor, change: str, status: int, code: str
) -> None:
    """The first look found the run in order; the one under the lock does not."""
    agents = Agents(site, site.script("agents.php"))
    key = new_key()
    with locked_run(agents, "agent") as changed:
        answer = pool.submit(agents.draft, "create", "agent", None, key=key)
        changed(change)
        assert is_problem(answer.result(30), status, code)
    assert nothing_stored(agents, key)


def test_a_revision_that_is_committed_meanwhile_is_a_conflict(agents: Agents, pool: ThreadPoolExecutor) -> None:
    """An editor saves between the building of the draft and its transaction: the draft would bury the editor's words."""
    item, key = agents.items["a"], new_key()
    with gate(agents.site) as reached:
        answer: Future[httpx.Response] = pool.submit(agents.draft, "revise", "agent", "a", key=key)
        reached()
        agents.site.php(
            f"$n = \\Drupal\\node\\Entity\\Node::load({item['id']}); $n->setNewRevision();"
            "$n->setTitle('By the editor')->set('moderation_state', 'draft')->save();"
        )
    assert is_problem(answer.result(30), 409, "revision_conflict")
    assert agents.newest("a")["title"] == "By the editor"
    assert answer.result().json()["current_revision"] == agents.newest("a")["vid"]
    assert nothing_stored(agents, key)


def test_another_language_that_is_published_meanwhile_is_a_conflict(site: Site, pool: ThreadPoolExecutor) -> None:
    """The newest English revision stays the draft that the agent read, but the new one was built with the former German text."""
    agents = Agents(site, site.script("agents.php"))
    item, key = agents.items["translated"], new_key()
    drafted = agents.draft("revise", "agent", "translated", fields={"title": "First draft"})
    assert drafted.status_code == 201, drafted.text
    with gate(site) as reached:
        answer: Future[httpx.Response] = pool.submit(
            agents.draft, "revise", "agent", "translated", key=key, expected_revision=drafted.json()["revision"]
        )
        reached()
        site.php(
            f"$n = \\Drupal\\node\\Entity\\Node::load({item['id']})->getTranslation('de'); $n->setNewRevision();"
            "$n->setTitle('Neu')->set('moderation_state', 'published')->save();"
        )
    assert is_problem(answer.result(30), 409, "revision_conflict")
    assert agents.live("translated", "de")["title"] == "Neu"
    assert agents.newest("translated", "en")["title"] == "First draft"
    assert nothing_stored(agents, key)
