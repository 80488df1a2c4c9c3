"""Schedules of the stand-in: due times that a test gives, each of which becomes one run."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from demo.standin.dispatcher import Dispatcher
from demo.standin.problems import Problem
from demo.standin.store import Store

HORIZON = 2 * 86400


class Schedules:
    """Answers `schedules/due` and `schedules/fire`. Unlike Drupal it calculates nothing: the times are given."""

    def __init__(self, store: Store, dispatcher: Dispatcher) -> None:
        self._store = store
        self._dispatcher = dispatcher

    def add(self, agent: str, due: list[int], input: dict[str, Any] | None = None) -> str:
        """An agent is to start at these Unix seconds. Returns the UUID of the trigger."""
        trigger = self._store.new_uuid()
        with self._store.transaction():
            for at in due:
                self._store.run(
                    "INSERT INTO due (trigger_uuid, due, agent, input) VALUES (?, ?, ?, ?)",
                    (trigger, at, agent, json.dumps(input or {})),
                )
        return trigger

    def version(self) -> str:
        """Another one when there are other triggers."""
        rows = self._store.all("SELECT DISTINCT trigger_uuid FROM due ORDER BY trigger_uuid")
        return hashlib.sha256(json.dumps([row["trigger_uuid"] for row in rows]).encode()).hexdigest()[:16]

    def told(self, known: str | None) -> dict[str, Any]:
        """What an answer to events tells a sidecar that has one version: what is due, when it is another one."""
        version = self.version()
        return {"schedules": version} | ({"due": self.due()} if known not in {None, version} else {})

    def due(self) -> dict[str, Any]:
        """The answer to `schedules/due`."""
        now = int(self._store.clock())
        rows = self._store.all(
            "SELECT trigger_uuid, due FROM due WHERE result IS NULL AND due <= ? ORDER BY due LIMIT 100",
            (now + HORIZON,),
        )
        open_times = [{"trigger": row["trigger_uuid"], "due": row["due"]} for row in rows]
        return {"version": self.version(), "now": now, "due": open_times}

    def fire(self, trigger: str, due: int) -> dict[str, Any]:
        """The answer to `schedules/fire`: the run and what came of the time are stored together."""
        with self._store.transaction():
            row = self._store.one("SELECT * FROM due WHERE trigger_uuid = ? AND due = ?", (trigger, due))
            if row is None:
                return {"result": "settled", "run": None}
            if row["result"] is not None:
                return {"result": row["result"], "run": row["run"]}
            if due > self._store.clock():
                return {"result": "early", "run": None}
            if self._store.setting("stopped", False):
                return {"result": "waits", "run": None}
            result, run = self._started(row["agent"], json.loads(row["input"]), trigger)
            self._store.run(
                "UPDATE due SET result = ?, run = ? WHERE trigger_uuid = ? AND due = ?", (result, run, trigger, due)
            )
            return {"result": result, "run": run}

    def _started(self, agent: str, input: dict[str, Any], trigger: str) -> tuple[str, str | None]:
        try:
            run, _ = self._dispatcher.dispatch(agent, input, {"type": "schedule", "id": trigger})
        except Problem:
            return "refused", None
        return "started", run["uuid"]
