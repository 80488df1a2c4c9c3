"""The outbox: one row per unfinished run, which lives until the run's end is stored.

Two twins behind one port: `SqliteOutbox`, in the same transactions as everything else, and `MariaDbOutbox` (mariadb.py), a real
table that the sidecar's mysql intake may claim from. The latter takes part in the store's transactions.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol

from demo.standin.store import Row, Store

NEW, CLAIMED = 0, 1
CLAIM_SECONDS = 60
AHEAD = 60
"""Seconds that a point of priority puts a job ahead of others."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A row as it is now. `job` is the job as made at dispatch, without `attempt`. Times are Unix seconds."""

    id: int
    run: str
    status: int
    available_at: int
    attempt: int
    generation: int
    claimed_by: str | None
    claimed_until: int | None
    job: dict[str, Any]


class Outbox(Protocol):
    """Where runs wait for the sidecar."""

    def add(
        self, run: str, job: dict[str, Any], *, attempt: int = 0, generation: int = 1, available_at: float | None = None
    ) -> None:
        """Store a row for a new run, or for a retried one."""
        ...

    def get(self, run: str) -> OutboxRow | None:
        """The row of an unfinished run."""
        ...

    def due(self, limit: int, now: float, after: int = 0, *, asked: bool = False) -> list[OutboxRow]:
        """Rows that nobody has claimed, and rows whose claim has run out, oldest first. `asked`: by the sidecar itself; then a row
        does not wait for its next push."""
        ...

    def unfinished(self, limit: int, after: int = 0) -> list[OutboxRow]:
        """All rows, by id."""
        ...

    def claim(self, run: str, by: str, now: float) -> int:
        """Raise the attempt and claim the row for a minute; the new attempt."""
        ...

    def give_back(self, run: str, available_at: float) -> None:
        """Make a row claimable again at that time."""
        ...

    def reported(self, run: str) -> None:
        """The sidecar has the run: its claim does not run out any more."""
        ...

    def remove(self, run: str) -> None:
        """The end of the run is stored."""
        ...


COLUMNS = "id, run, status, available_at, attempt, generation, claimed_by, claimed_until, job"
DUE = "((status = 0 AND ({asked} OR available_at <= {now})) OR (status = 1 AND claimed_until < {now}))"


def since(now: int, job: dict[str, Any]) -> int:
    """Since when a new job may be handed out: rows go by that time, so a higher priority goes ahead."""
    return now - AHEAD * max(0, job.get("priority", 0))


class SqliteOutbox:
    """The outbox in the stand-in's own database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self, run: str, job: dict[str, Any], *, attempt: int = 0, generation: int = 1, available_at: float | None = None
    ) -> None:
        now = int(self._store.clock())
        self._store.run(
            "INSERT INTO background_agents_outbox (run, available_at, attempt, generation, job, created) VALUES (?, ?, ?, ?, ?, ?)",
            (
                run,
                int(since(now, job) if available_at is None else available_at),
                attempt,
                generation,
                json.dumps(job, ensure_ascii=False),
                now,
            ),
        )

    def get(self, run: str) -> OutboxRow | None:
        rows = self._select("WHERE run = ?", (run,))
        return rows[0] if rows else None

    def due(self, limit: int, now: float, after: int = 0, *, asked: bool = False) -> list[OutboxRow]:
        where = DUE.format(now="?", asked="?")
        return self._select(
            f"WHERE id > ? AND {where} ORDER BY available_at, id LIMIT ?", (after, asked, int(now), int(now), limit)
        )

    def unfinished(self, limit: int, after: int = 0) -> list[OutboxRow]:
        return self._select("WHERE id > ? ORDER BY id LIMIT ?", (after, limit))

    def claim(self, run: str, by: str, now: float) -> int:
        with self._store.transaction():
            self._store.run(
                "UPDATE background_agents_outbox SET status = 1, attempt = attempt + 1, claimed_by = ?, claimed_until = ? WHERE run = ?",
                (by, int(now) + CLAIM_SECONDS, run),
            )
            row = self.get(run)
        return 0 if row is None else row.attempt

    def give_back(self, run: str, available_at: float) -> None:
        sql = "UPDATE background_agents_outbox SET status = 0, available_at = ?, claimed_by = NULL, claimed_until = NULL WHERE run = ?"
        self._store.run(sql, (int(available_at), run))

    def reported(self, run: str) -> None:
        self._store.run("UPDATE background_agents_outbox SET status = 1, claimed_until = NULL WHERE run = ?", (run,))

    def remove(self, run: str) -> None:
        self._store.run("DELETE FROM background_agents_outbox WHERE run = ?", (run,))

    def _select(self, tail: str, values: tuple[Any, ...]) -> list[OutboxRow]:
        # Only the constants of this module are put into the statement.
        return [_row(row) for row in self._store.all(f"SELECT {COLUMNS} FROM background_agents_outbox {tail}", values)]  # noqa: S608


def _row(row: Row) -> OutboxRow:
    return OutboxRow(**{**dict(row), "job": json.loads(row["job"])})
