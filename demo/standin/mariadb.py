"""The outbox in a real MariaDB or MySQL table, so that the sidecar's mysql intake can be measured and attacked against a stand-in.

In a real Drupal a run and its row are stored in one transaction. Here they are in two databases; the store commits here first, and its own
commit cannot fail while the process lives. Whether a commit whose answer was lost took place is read from a counter that it raises.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pymysql
from pymysql.cursors import DictCursor

from demo.standin.outbox import CLAIM_SECONDS, OutboxRow, since
from demo.standin.problems import Problem
from sidecar.settings import DatabaseSettings

TABLE = """
CREATE TABLE IF NOT EXISTS `background_agents_outbox` (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, run CHAR(36) NOT NULL UNIQUE, status TINYINT NOT NULL DEFAULT 0,
  available_at INT NOT NULL, attempt INT NOT NULL DEFAULT 0, generation INT NOT NULL DEFAULT 1, claimed_by VARCHAR(128),
  claimed_until INT, job LONGTEXT NOT NULL, created INT NOT NULL, site VARCHAR(64) NOT NULL DEFAULT '',
  base_url VARCHAR(255) NOT NULL DEFAULT '', KEY due (status, available_at, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4
"""
COUNTER = """
CREATE TABLE IF NOT EXISTS `background_agents_standin` (only_row TINYINT NOT NULL PRIMARY KEY, commits BIGINT NOT NULL)
ENGINE = InnoDB
"""
FIRST = "INSERT IGNORE INTO background_agents_standin (only_row, commits) VALUES (1, 0)"
# Waits for the row's lock: a commit that is still under way over there is seen.
COMMITS = "SELECT commits FROM background_agents_standin WHERE only_row = 1 FOR UPDATE"
SESSION = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
LOCK_WAIT = "SET SESSION innodb_lock_wait_timeout = 5"
ANSWER_SECONDS = 10
SURE_SECONDS = 120.0
COLUMNS = "id, run, status, available_at, attempt, generation, claimed_by, claimed_until, job"
DUE = "((status = 0 AND (%s OR available_at <= %s)) OR (status = 1 AND claimed_until < %s))"


class MariaDbOutbox:
    """Implements `outbox.Outbox` and `store.Partner`; makes its tables when they are missing. A call outside a transaction of the store is
    one of its own. Raises Problem 500 while the database does not answer. `clock`: Unix seconds."""

    def __init__(self, database: DatabaseSettings, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._database = database
        # Held through a transaction: what others ask of the one connection waits for its end.
        self._lock = threading.RLock()
        self._connection: pymysql.Connection[Any] | None = None
        self._open = self._lost = False
        self._raised_to: int | None = None
        for statement in (TABLE, COUNTER, FIRST):
            self._do(statement)

    def begin(self) -> None:
        """Follow with `commit` or `rollback`; other threads wait until then."""
        self._lock.acquire()
        self._open, self._lost, self._raised_to = True, False, None

    def commit(self) -> None:
        """Returns when it was surely kept, and raises Problem when it was surely not. Raises RuntimeError when it cannot find out."""
        if self._lost:
            raise _problem(OSError("the connection of this transaction is gone"))
        try:
            if self._connection is not None:
                self._connection.commit()
        except (pymysql.MySQLError, OSError) as error:
            self._disconnect()
            if self._raised_to is not None and not self._was_kept():
                raise _problem(error) from error
        self._end()

    def rollback(self) -> None:
        """The server forgets it by itself when it is not there to be told."""
        try:
            if self._connection is not None:
                self._connection.rollback()
        except (pymysql.MySQLError, OSError):
            self._disconnect()
        self._end()

    def _end(self) -> None:
        self._open = False
        self._lock.release()

    def _was_kept(self) -> bool:
        """Whether the commit that was not answered took place: asks until the database is there again."""
        until = time.monotonic() + SURE_SECONDS
        while True:
            try:
                connection = self._connected()
                with connection.cursor() as cursor:
                    cursor.execute(COMMITS)
                    (row,) = cursor.fetchall()
                connection.rollback()
                return row["commits"] == self._raised_to
            except (pymysql.MySQLError, OSError) as error:
                self._disconnect()
                if time.monotonic() > until:
                    raise RuntimeError(
                        "The outbox's database stays away; whether a commit took place is unknown."
                    ) from error
                time.sleep(0.05)

    def add(
        self, run: str, job: dict[str, Any], *, attempt: int = 0, generation: int = 1, available_at: float | None = None
    ) -> None:
        now = int(self._clock())
        self._do(
            "INSERT INTO background_agents_outbox (run, available_at, attempt, generation, job, created, site)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            run,
            since(now, job) if available_at is None else int(available_at),
            attempt,
            generation,
            json.dumps(job, ensure_ascii=False),
            now,
            job.get("site", ""),
        )

    def get(self, run: str) -> OutboxRow | None:
        rows = self._select("WHERE run = %s", run)
        return rows[0] if rows else None

    def due(self, limit: int, now: float, after: int = 0, *, asked: bool = False) -> list[OutboxRow]:
        return self._select(
            f"WHERE id > %s AND {DUE} ORDER BY available_at, id LIMIT %s", after, asked, int(now), int(now), limit
        )

    def unfinished(self, limit: int, after: int = 0) -> list[OutboxRow]:
        return self._select("WHERE id > %s ORDER BY id LIMIT %s", after, limit)

    def claim(self, run: str, by: str, now: float) -> int:
        sql = "UPDATE background_agents_outbox SET status = 1, attempt = attempt + 1, claimed_by = %s, claimed_until = %s WHERE run = %s"
        self._do(sql, by, int(now) + CLAIM_SECONDS, run)
        row = self.get(run)
        return 0 if row is None else row.attempt

    def give_back(self, run: str, available_at: float) -> None:
        sql = "UPDATE background_agents_outbox SET status = 0, available_at = %s, claimed_by = NULL, claimed_until = NULL WHERE run = %s"
        self._do(sql, int(available_at), run)

    def reported(self, run: str) -> None:
        self._do("UPDATE background_agents_outbox SET status = 1, claimed_until = NULL WHERE run = %s", run)

    def remove(self, run: str) -> None:
        self._do("DELETE FROM background_agents_outbox WHERE run = %s", run)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._disconnect()

    def _connected(self) -> pymysql.Connection[Any]:
        if self._connection is None:
            self._connection = pymysql.connect(
                host=self._database.host,
                port=self._database.port,
                unix_socket=self._database.unix_socket,
                user=self._database.user,
                password=self._database.password.get_secret_value(),
                database=self._database.name,
                charset="utf8mb4",
                autocommit=False,
                connect_timeout=ANSWER_SECONDS,
                read_timeout=ANSWER_SECONDS,
                write_timeout=ANSWER_SECONDS,
                init_command=SESSION,
                cursorclass=DictCursor,
            )
            with self._connection.cursor() as cursor:
                cursor.execute(LOCK_WAIT)
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(pymysql.MySQLError, OSError):
                connection.close()

    def _do(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of a statement, in the store's transaction or in one of its own."""
        with self._lock:
            try:
                found = self._execute(sql, values)
                if not self._open:
                    self._connected().commit()
                return found
            except (pymysql.MySQLError, OSError) as error:
                self._disconnect()  # with it goes the transaction
                self._lost = self._open
                raise _problem(error) from error

    def _execute(self, sql: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
        writes = self._open and not sql.startswith("SELECT")
        if self._lost and self._open:
            raise pymysql.err.InterfaceError("the connection of this transaction is gone")
        with self._connected().cursor() as cursor:
            if writes and self._raised_to is None:
                cursor.execute(COMMITS)
                (row,) = cursor.fetchall()
                self._raised_to = row["commits"] + 1
                cursor.execute(
                    "UPDATE background_agents_standin SET commits = %s WHERE only_row = 1", (self._raised_to,)
                )
            cursor.execute(sql, values or None)
            return list(cursor.fetchall())

    def _select(self, tail: str, *values: Any) -> list[OutboxRow]:
        # Locked in a transaction, as the module does: the sidecar may hold the row while it takes it.
        lock = " FOR UPDATE" if self._open else ""
        # Only the constants of this module are put into the statement.
        rows = self._do(f"SELECT {COLUMNS} FROM background_agents_outbox {tail}{lock}", *values)  # noqa: S608
        return [OutboxRow(**{**row, "job": json.loads(row["job"])}) for row in rows]


def _problem(error: Exception) -> Problem:
    return Problem(500, "database", f"The database does not answer: {error}")
