"""The stand-in's database: SQLite of the standard library, in memory or in a file that outlives the process."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import resources
from typing import Any, Protocol, runtime_checkable

Row = sqlite3.Row


@runtime_checkable
class Partner(Protocol):
    """Another database that takes part in the transactions of the store. A failed `commit` means that nothing was stored there."""

    def begin(self) -> None:
        """What follows belongs together."""
        ...

    def commit(self) -> None:
        """Keep it. Returns only when it is sure that it was kept."""
        ...

    def rollback(self) -> None:
        """Forget it. Never raises."""
        ...


class Store:
    """One connection, one lock: every statement runs in a transaction of `transaction()`, or alone.

    `clock` gives Unix seconds, `new_uuid` a random UUID; tests inject both. A file is in WAL mode, so that a test may read it from another
    process while the stand-in writes.
    """

    def __init__(
        self,
        path: str = ":memory:",
        clock: Callable[[], float] = time.time,
        new_uuid: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self.path = path
        self.clock = clock
        self.new_uuid = new_uuid
        self.partner: Partner | None = None
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
        self._db.row_factory = sqlite3.Row
        if path != ":memory:":
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(resources.files("demo.standin").joinpath("schema.sql").read_text("utf-8"))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is stored together or not at all, also what the partner stores. May be nested: the outermost one commits."""
        with self._lock:
            if self._depth == 0:
                self._begin()
            self._depth += 1
            try:
                yield
                if self._depth == 1 and self.partner is not None:
                    self.partner.commit()
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._rollback()
                raise
            self._depth -= 1
            if self._depth == 0:
                self._db.execute("COMMIT")

    def _begin(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        if self.partner is not None:
            self.partner.begin()

    def _rollback(self) -> None:
        self._db.execute("ROLLBACK")
        if self.partner is not None:
            self.partner.rollback()

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Execute a writing statement; the id of the inserted row."""
        with self._lock:
            return self._db.execute(sql, values).lastrowid or 0

    def changed(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Execute a writing statement; the number of rows that it touched."""
        with self._lock:
            return self._db.execute(sql, values).rowcount

    def all(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        """All rows of a query."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def one(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Row | None:
        """The first row of a query, or None."""
        with self._lock:
            return self._db.execute(sql, values).fetchone()

    def setting(self, name: str, default: Any = None) -> Any:
        """A stored setting of the site (any JSON value)."""
        row = self.one("SELECT value FROM setting WHERE name = ?", (name,))
        return default if row is None else json.loads(row["value"])

    def set(self, name: str, value: Any) -> None:
        """Store a setting of the site."""
        self.run(
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, json.dumps(value)),
        )

    def close(self) -> None:
        """Close the connection. Nothing may be called afterwards."""
        with self._lock:
            self._db.close()
