"""The store and the outbox in MariaDB keep a transaction together, whenever the connection dies."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pymysql
import pytest

from demo.standin.mariadb import MariaDbOutbox
from demo.standin.problems import Problem
from demo.standin.site import Site
from sidecar.settings import DatabaseSettings
from tests.conftest import connect_arguments

pytestmark = pytest.mark.mariadb
RUN = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def site(mariadb: DatabaseSettings) -> Iterator[Site]:
    """A site whose outbox is in MariaDB."""
    outbox = MariaDbOutbox(mariadb, lambda: 1_790_000_000.0)
    made = Site(outbox=outbox)
    yield made
    made.close()
    outbox.close()


def both(site: Site) -> tuple[bool, bool]:
    """Whether each of the two databases has what `store` stored."""
    return bool(site.store.setting("both")), site.outbox.get(RUN) is not None


def store(site: Site) -> None:
    """Something in each, in one transaction."""
    with site.store.transaction():
        site.store.set("both", True)
        site.outbox.add(RUN, {"run": RUN})


def undone(site: Site, after: Callable[[], object]) -> None:
    """`store`, and what comes `after` it in the same transaction."""
    with site.store.transaction():
        store(site)
        after()


def lose_next_commit(monkeypatch: pytest.MonkeyPatch, *, done: bool) -> None:
    """The connection dies at the next commit: after it was `done`, or before it arrived."""
    commit = pymysql.connections.Connection.commit

    def dying(connection: Any) -> None:
        monkeypatch.setattr(pymysql.connections.Connection, "commit", commit)
        if done:
            commit(connection)
        connection._force_close()
        raise pymysql.err.OperationalError(2013, "Lost connection to server during query")

    monkeypatch.setattr(pymysql.connections.Connection, "commit", dying)


def test_both_are_stored(site: Site) -> None:
    store(site)
    assert both(site) == (True, True)


def test_a_refused_statement_of_the_store_takes_both_back(site: Site) -> None:
    with pytest.raises(sqlite3.OperationalError):
        undone(site, lambda: site.store.run("INSERT INTO no_such_table VALUES (1)"))
    assert both(site) == (False, False)


def test_a_refused_statement_of_the_outbox_takes_both_back(site: Site) -> None:
    """There is one row for a run."""
    with pytest.raises(Problem):
        undone(site, lambda: site.outbox.add(RUN, {}))
    assert both(site) == (False, False)


def test_a_commit_whose_answer_was_lost_is_kept(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    lose_next_commit(monkeypatch, done=True)
    store(site)
    assert both(site) == (True, True)


def test_a_commit_that_never_arrived_is_not(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    lose_next_commit(monkeypatch, done=False)
    with pytest.raises(Problem) as refused:
        store(site)
    assert refused.value.status == 500
    assert both(site) == (False, False)
    store(site)
    assert both(site) == (True, True)


def test_a_connection_that_is_cut_within_a_transaction(site: Site, mariadb: DatabaseSettings) -> None:
    """What follows in it is refused as well: it would be stored without what came before."""

    def go_on() -> None:
        cut(mariadb)
        with pytest.raises(Problem):
            site.outbox.remove(RUN)

    with pytest.raises(Problem):
        undone(site, go_on)
    assert both(site) == (False, False)


def test_a_connection_that_is_cut_while_it_is_idle(site: Site, mariadb: DatabaseSettings) -> None:
    """One request fails, as in Drupal; the next one finds a new connection."""
    cut(mariadb)
    with pytest.raises(Problem):
        store(site)
    store(site)
    assert both(site) == (True, True)


def cut(mariadb: DatabaseSettings) -> None:
    """Ends the other connections of the account."""
    with pymysql.connect(**connect_arguments(mariadb)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM information_schema.processlist WHERE user = %s", (mariadb.user,))
        for (number,) in cursor.fetchall():
            if number != connection.thread_id():
                cursor.execute("KILL CONNECTION %s", (number,))
