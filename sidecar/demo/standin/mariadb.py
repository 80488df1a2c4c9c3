"""The outbox in a real MariaDB or MySQL table, so that the sidecar's mysql intake can be measured against a stand-in."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pymysql
from pymysql.cursors import DictCursor

from sidecar.demo.standin.outbox import CLAIM_SECONDS, OutboxRow
from sidecar.settings import DatabaseSettings

TABLE = """
CREATE TABLE IF NOT EXISTS `background_agents_outbox` (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, run CHAR(36) NOT NULL UNIQUE, status TINYINT NOT NULL DEFAULT 0,
  available_at INT NOT NULL, attempt INT NOT NULL DEFAULT 0, generation INT NOT NULL DEFAULT 1, claimed_by VARCHAR(128),
  claimed_until INT, job LONGTEXT NOT NULL, created INT NOT NULL, KEY due (status, available_at, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4
"""
COLUMNS = "id, run, status, available_at, attempt, generation, claimed_by, claimed_until, job"
DUE = "((status = 0 AND available_at <= %s) OR (status = 1 AND claimed_until < %s))"


class MariaDbOutbox:
    """Implements `outbox.Outbox`; makes the table when it is missing. Each call is a transaction of its own. `clock`: Unix seconds."""

    def __init__(self, database: DatabaseSettings, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._connection = pymysql.connect(
            host=database.host,
            port=database.port,
            unix_socket=database.unix_socket,
            user=database.user,
            password=database.password.get_secret_value(),
            database=database.name,
            charset="utf8mb4",
            autocommit=True,
            cursorclass=DictCursor,
        )
        self._do(TABLE)

    def add(
        self, run: str, job: dict[str, Any], *, attempt: int = 0, generation: int = 1, available_at: float | None = None
    ) -> None:
        now = int(self._clock())
        self._do(
            "INSERT INTO background_agents_outbox (run, available_at, attempt, generation, job, created)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            run,
            now if available_at is None else int(available_at),
            attempt,
            generation,
            json.dumps(job, ensure_ascii=False),
            now,
        )

    def get(self, run: str) -> OutboxRow | None:
        rows = self._select("WHERE run = %s", run)
        return rows[0] if rows else None

    def due(self, limit: int, now: float, after: int = 0) -> list[OutboxRow]:
        return self._select(
            f"WHERE id > %s AND {DUE} ORDER BY available_at, id LIMIT %s", after, int(now), int(now), limit
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

    def reported(self, run: str, attempt: int) -> None:
        sql = "UPDATE background_agents_outbox SET status = 1, claimed_until = NULL, attempt = GREATEST(attempt, %s) WHERE run = %s"
        self._do(sql, attempt, run)

    def remove(self, run: str) -> None:
        self._do("DELETE FROM background_agents_outbox WHERE run = %s", run)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()

    def _do(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        with self._lock, self._connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return list(cursor.fetchall())

    def _select(self, tail: str, *values: Any) -> list[OutboxRow]:
        # Only the constants of this module are put into the statement.
        rows = self._do(f"SELECT {COLUMNS} FROM background_agents_outbox {tail}", *values)  # noqa: S608
        return [OutboxRow(**{**row, "job": json.loads(row["job"])}) for row in rows]
