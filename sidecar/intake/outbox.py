"""Jobs taken directly from Drupal's outbox table (MariaDB or MySQL), without a Drupal request. All of our SQL is here.

The row stays locked while its job is stored in Redis, and is marked in the same transaction: a crash between the two leaves
the row as it was, and accepting the job a second time is harmless.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import pymysql
from pymysql.cursors import DictCursor

from sidecar import json_text, log
from sidecar.errors import ContractError, SidecarError
from sidecar.intake.accept import Hallway
from sidecar.json_text import JSON, is_object
from sidecar.settings import DatabaseSettings

_log = log.get(__name__)
T = TypeVar("T")

BATCH = 50
LOOK_SECONDS = 0.02
WAIT_SECONDS = 1.0
CLAIM_SECONDS = 60
CONNECT_SECONDS = 5
ANSWER_SECONDS = 15

TABLE = "background_agents_outbox"
FIND = """
SELECT 1 FROM `{table}`
WHERE status = 0 AND available_at <= UNIX_TIMESTAMP() AND attempt < %s AND site = %s AND base_url = %s LIMIT 1
"""
SELECT = """
SELECT id, run, attempt, generation, job FROM `{table}`
WHERE status = 0 AND available_at <= UNIX_TIMESTAMP() AND attempt < %s AND site = %s AND base_url = %s
ORDER BY available_at, id LIMIT %s FOR UPDATE SKIP LOCKED
"""
MARK = """
UPDATE `{table}` SET status = 1, attempt = attempt + 1, claimed_by = %s, claimed_until = UNIX_TIMESTAMP() + %s
WHERE id IN ({places})
"""
SESSION = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
PRIVILEGES = "SHOW GRANTS FOR CURRENT_USER()"
PROBE = "SELECT COUNT(*) AS waiting FROM `{table}` WHERE status = 0"
SITES = "SELECT site, base_url, COUNT(*) AS waiting FROM `{table}` WHERE status = 0 GROUP BY site, base_url"


class OutboxUnavailable(SidecarError):
    """The outbox's database does not answer, or refuses; tried again later."""


@dataclass(frozen=True, slots=True)
class Row:
    """A claimed row. `attempt` is the one that its job gets."""

    id: int
    run: str
    attempt: int
    generation: int
    job: str


class Outbox:
    """One connection to a site's outbox, used by one thread. Not safe for several callers at a time."""

    def __init__(self, database: DatabaseSettings, claimed_by: str) -> None:
        self._database = database
        self._claimed_by = claimed_by[:128]
        self._table = database.prefix + TABLE  # the prefix is checked by the settings: letters, digits and _
        self._stopped = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="outbox")
        self._connection: pymysql.Connection[Any] | None = None

    async def claim(self, site: str, base_url: str, limit: int = BATCH, *, seconds: float = 0.0) -> list[Row]:
        """Lock up to `limit` waiting rows of this site; those of another one, such as a copy, stay. Follow with `commit` or `rollback`.

        `seconds`: how long to look for one. The thread does it: fifty hops a second over the event loop cost more than the looks.
        Raises OutboxUnavailable."""
        return await self._run(lambda: self._claim(site, base_url, limit, seconds))

    def stop_looking(self) -> None:
        """Wakes the thread: a claim that is looking for rows comes to its end, and no other one looks."""
        self._stopped.set()

    async def commit(self, ids: list[int]) -> None:
        """Mark these rows as claimed and give all locks back."""
        await self._run(lambda: self._commit(ids))

    async def rollback(self) -> None:
        """Give the rows back as they were."""
        await self._run(self._rollback)

    async def check(self) -> dict[str, JSON]:
        """For `doctor`: `waiting` rows, those of each of the `sites` (id, base URL, number), `grants` of the account, `version` of the
        server. Raises OutboxUnavailable."""
        return await self._run(self._check)

    async def aclose(self) -> None:
        """Close the connection; locks that are still held are given back by the server."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[[], T]) -> T:
        def guarded() -> T:
            try:
                return work()
            except (pymysql.MySQLError, OSError) as error:
                self._disconnect()  # a broken connection's transaction is rolled back by the server
                raise OutboxUnavailable(f"The outbox's database: {_text(error)}") from error

        # Shielded: a cancelled wait must not leave the thread's transaction to the next caller.
        future = asyncio.get_running_loop().run_in_executor(self._thread, guarded)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            self.stop_looking()
            await asyncio.wait([future])
            raise

    def _connect(self) -> pymysql.Connection[Any]:
        if self._connection is None:
            database = self._database
            self._connection = pymysql.connect(
                host=database.host,
                port=database.port,
                unix_socket=database.unix_socket,
                user=database.user,
                password=database.password.get_secret_value(),
                database=database.name,
                charset="utf8mb4",
                autocommit=True,  # a look is a transaction of its own: an open one would keep the table from being altered
                connect_timeout=CONNECT_SECONDS,
                read_timeout=ANSWER_SECONDS,
                write_timeout=ANSWER_SECONDS,
                init_command=SESSION,
                cursorclass=DictCursor,
            )
        return self._connection

    def _claim(self, site: str, base_url: str, limit: int, seconds: float) -> list[Row]:
        wanted = (json_text.MAX_COUNTER, site, base_url)
        try:
            found = self._find(wanted, seconds)
        except pymysql.err.OperationalError as error:
            if error.args[:1] not in ((2006,), (2013,), (0,)):
                raise
            self._disconnect()  # gone away while idle: a fresh connection decides
            found = self._find(wanted, seconds)
        rows = self._lock(wanted, limit) if found else []
        return [Row(row["id"], row["run"], row["attempt"] + 1, row["generation"], row["job"]) for row in rows]

    def _find(self, wanted: tuple[int, str, str], seconds: float) -> bool:
        """Whether a row waits; looks for one until `seconds` are over. Nothing is locked."""
        end, statement = time.monotonic() + seconds, FIND.format(table=self._table)
        while True:
            with self._connect().cursor() as cursor:
                if cursor.execute(statement, wanted):
                    return True
            if time.monotonic() >= end or self._stopped.wait(LOOK_SECONDS):
                return False

    def _lock(self, wanted: tuple[int, str, str], limit: int) -> list[dict[str, JSON]]:
        connection = self._connect()
        connection.begin()
        with connection.cursor() as cursor:
            cursor.execute(SELECT.format(table=self._table), (*wanted, limit))
            rows = list(cursor.fetchall())
        if not rows:  # another claimer was faster
            connection.rollback()
        return rows

    def _commit(self, ids: list[int]) -> None:
        connection = self._connect()
        if ids:
            with connection.cursor() as cursor:
                statement = MARK.format(table=self._table, places=", ".join(["%s"] * len(ids)))
                cursor.execute(statement, (self._claimed_by, CLAIM_SECONDS, *ids))
        connection.commit()

    def _rollback(self) -> None:
        if self._connection is not None:
            self._connection.rollback()

    def _check(self) -> dict[str, JSON]:
        connection = self._connect()
        with connection.cursor() as cursor:
            cursor.execute(PROBE.format(table=self._table))
            [counted] = cursor.fetchall()
            cursor.execute(SITES.format(table=self._table))
            sites = [(row["site"], row["base_url"], row["waiting"]) for row in cursor.fetchall()]
            cursor.execute(PRIVILEGES)
            grants = [next(iter(row.values())) for row in cursor.fetchall()]
        connection.rollback()
        driver: Any = connection  # its stub has no type for this
        version = str(driver.get_server_info())
        return {"waiting": counted["waiting"], "sites": sites, "grants": grants, "version": version}

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            driver: Any = connection
            driver._force_close()  # a polite close may hang


class OutboxIntake:
    """Moves rows of one outbox into the store. `known`: the base URL of the site that is served; None: the site was not asked yet.
    `seconds`: how long one look may wait for a row."""

    def __init__(
        self,
        site: str,
        outbox: Outbox,
        hallway: Hallway,
        known: Callable[[], Awaitable[str | None]],
        *,
        seconds: float = WAIT_SECONDS,
    ) -> None:
        self._seconds = seconds
        self._site = site
        self._outbox = outbox
        self._hallway = hallway
        self._known = known

    async def once(self) -> int:
        """Claim and store one batch. Returns how many rows were taken.

        Raises OutboxUnavailable and StoreUnavailable; then the rows stay as they were."""
        base_url = await self._known()
        rows = [] if base_url is None else await self._outbox.claim(self._site, base_url, seconds=self._seconds)
        if not rows:
            return 0
        refused: list[tuple[Any, ContractError]] = []
        try:
            for row in rows:
                job = _job(row)
                try:
                    await self._hallway.accept(job)
                except ContractError as error:
                    refused.append((job, error))
        except BaseException:
            await self._outbox.rollback()
            raise
        await self._outbox.commit([row.id for row in rows])
        for job, error in refused:
            await self._hallway.refuse(self._site, job, error)
        return len(rows)


def _job(row: Row) -> dict[str, JSON]:
    """The job of a row. What the row's columns say holds."""
    try:
        job = json_text.loads(row.job)
    except (ValueError, ContractError):
        job = None
    if not is_object(job):
        job = {}
    return {"last_seq": 0, **job, "run": row.run, "attempt": row.attempt, "generation": row.generation}


def _text(error: Exception) -> str:
    """The message without pymysql's tuple around it."""
    return str(error.args[1]) if len(error.args) > 1 else str(error) or type(error).__name__
