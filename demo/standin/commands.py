"""What people command: cancel, pause, resume, retry, and the answers to what a run asks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from demo.standin import retrying, times
from demo.standin.agents import Agents
from demo.standin.problems import Problem
from demo.standin.reviews import Reviews
from demo.standin.runs import Runs
from demo.standin.store import Row, Store
from sidecar.runs import retry_steps
from sidecar.runs.counters import COUNTERS
from sidecar.runs.run import RunState

COMMANDS = ("cancel", "pause", "resume", "retry", "answer", "decide")
FORMER = {"decide": "answer"}


class Commands:
    """Commands wait here until the sidecar has carried them out. `wake` is called after a commit that left one."""

    def __init__(self, store: Store, agents: Agents, runs: Runs, reviews: Reviews, wake: Callable[[], None]) -> None:
        self._store = store
        self._agents = agents
        self._runs = runs
        self._reviews = reviews
        self._wake = wake

    def give(self, uuid: str, command: str, data: dict[str, Any], by: str) -> Row:
        """Leave a command for the sidecar. A run that nothing was heard of is cancelled at once, a retry starts the next generation."""
        command = "decide" if command == "answer" else command  # as it is stored, and told to the sidecar
        with self._store.transaction():
            run = self._runs.get(uuid)
            final = RunState(run["state"]).final
            if final and command == "cancel" and run["state"] == RunState.CANCELLED:
                return run
            if command == "retry" and retrying.was_said(self._store, run, data):
                return run
            if final != (command == "retry"):
                detail = "The run has ended." if final else "Only a run that has ended can be retried; cancel it first."
                raise Problem(409, "run_ended" if final else "not_ended", detail)
            if run["due"] is not None and command != "cancel":
                raise Problem(409, "not_begun", "The run has not begun: it can only be cancelled before its time.")
            if command == "retry":
                self._retry(run, data, by)
            elif command == "cancel" and run["state"] == RunState.QUEUED and run["last_seq"] == 0:
                self._tell_cancelled(run, data, by)
                self._runs.finish(uuid, RunState.CANCELLED, "cancelled", data.get("note"))
            else:
                self._leave(uuid, command, data, by)
        self._reviews.begin(uuid)
        self._wake()
        return self._runs.get(uuid)

    def _tell_cancelled(self, run: Row, data: dict[str, Any], by: str) -> None:
        """A run that nothing was heard of has no sidecar that tells of its end: the event is made here."""
        said = {"by": by} | ({"note": data["note"]} if data.get("note") else {})
        document = {"seq": 1, "type": "run_finished", "time": times.wire(self._store.clock()),
                    "data": {"state": "cancelled", "reason": "cancelled"} | said}  # fmt: skip
        hashed = hashlib.sha256(json.dumps(document).encode()).hexdigest()[:32]
        self._store.run(
            "INSERT INTO event (run, seq, type, hash, document) VALUES (?, 1, 'run_finished', ?, ?)",
            (run["id"], hashed, json.dumps(document | {"hash": hashed})),
        )
        self._store.run("UPDATE run SET last_seq = 1 WHERE id = ?", (run["id"],))

    def _leave(self, uuid: str, command: str, data: dict[str, Any], by: str) -> None:
        if command == "decide":
            if self._decided(uuid, data):
                return
            self._store.run("INSERT INTO answer (run, document) VALUES (?, ?)", (uuid, json.dumps(data | {"by": by})))
        open_ones = self._store.all(
            "SELECT data FROM command WHERE run = ? AND command = ? AND done = 0", (uuid, command)
        )
        if json.dumps(data) in (row["data"] for row in open_ones):
            return  # asked for already
        sql = "INSERT INTO command (run, command, data, requested_by) VALUES (?, ?, ?, ?)"
        self._store.run(sql, (uuid, command, json.dumps(data), by))

    def _decided(self, uuid: str, data: dict[str, Any]) -> bool:
        """Whether this was answered before, the same way. Raises Problem when it was answered otherwise."""
        given = [
            json.loads(row["document"]) for row in self._store.all("SELECT document FROM answer WHERE run = ?", (uuid,))
        ]
        before = next((answer for answer in given if answer["id"] == data["id"]), None)
        if before is not None and before["decision"] != data["decision"]:
            raise Problem(409, "decided", f"It was decided before: {before['decision']}.")
        return before is not None

    def _retry(self, run: Row, data: dict[str, Any], by: str) -> None:
        if self._store.setting("stopped", False):
            raise Problem(403, "site_stopped", "All agents of this site are stopped. Start them in the settings.")
        step, agent = retrying.first_step(data), self._agents.get(run["agent"])
        if agent is None:
            raise Problem(409, "agent_gone", f"The agent {run['agent']} is no longer there.")
        begin = retrying.keep(self._store, run, step) if step > 1 else None
        retrying.restart(self._store, run, begin)
        said = "INSERT INTO command (run, command, data, requested_by, done) VALUES (?, 'retry', ?, ?, 1)"
        self._store.run(said, (run["uuid"], json.dumps(data), by))
        told = {"by": by} | ({"note": data["note"]} if data.get("note") else {})
        more: dict[str, Any] = {"retried": told} | ({"from_step": step, "checkpoints": [begin]} if begin else {})
        usage = retry_steps.usage(begin["units"], COUNTERS) if begin else {}
        self._runs.renew(run["uuid"], agent, usage, more | self._reviews.told(run))

    def open(self) -> list[dict[str, Any]]:
        """Commands that the sidecar has not carried out yet, oldest first."""
        rows = self._store.all("SELECT * FROM command WHERE done = 0 ORDER BY id")
        return [
            {
                "id": row["id"],
                "run": row["run"],
                "command": row["command"],
                "data": json.loads(row["data"]),
                "by": row["requested_by"],
            }
            for row in rows
        ]


def granted(store: Store, uuid: str, limit: str) -> int:
    """How often a person has allowed a run as much again."""
    answers = store.all("SELECT document FROM answer WHERE run = ?", (uuid,))
    yes = {
        given["id"] for given in map(json.loads, (row["document"] for row in answers)) if given["decision"] == "approve"
    }
    sql = "SELECT e.document FROM event e JOIN run r ON r.id = e.run WHERE r.uuid = ? AND e.type = 'approval_requested'"
    asked = (json.loads(row["document"])["data"] for row in store.all(sql, (uuid,)))
    return len({data["id"] for data in asked if data["id"] in yes and data.get("limit") == limit})
