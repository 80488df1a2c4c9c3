"""Runs as Drupal has them: their rows, the job that carries one, what is shown of them, how they end."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from demo.standin import families, fence, retrying, times
from demo.standin.accounts import Account
from demo.standin.agents import Agents
from demo.standin.outbox import Outbox, OutboxRow
from demo.standin.problems import Problem
from demo.standin.store import Row, Store
from sidecar.runs.run import RunState

ADDRESSES = {"jsonapi": "/jsonapi", "languages": {"en": {"path": "/jsonapi"}}}
"""Where the site's items are read: it has one language."""


class Runs:
    """What is known of runs. `dispatcher` makes them, `commands` tells them what people want; `site` is the site's id."""

    def __init__(self, store: Store, agents: Agents, outbox: Outbox, site: str) -> None:
        self._store = store
        self.agents = agents
        self._outbox = outbox
        self._site = site
        self.ended: Callable[[str], None] = lambda uuid: None
        """Is told of each end, in its transaction."""

    def first_job(self, run: Row, agent: dict[str, Any], requester: Account | None) -> dict[str, Any]:
        """What the outbox keeps of a job: all that does not change until its run is over."""
        return (
            {
                "run": run["uuid"],
                "site": self._site,
                "generation": run["generation"],
                "created": times.wire(run["created"]),
                "trigger": json.loads(run["trigger_info"]),
                "addresses": ADDRESSES,
                "agent": families.snapshot(agent, {one["id"]: one for one in self.agents.all()}),
                "account": run["account"],
                "input": json.loads(run["input"]),
                "requester": {"uuid": requester.uuid, "name": requester.name} if requester else None,
                "parent": run["parent"],
                "depth": run["depth"],
                "last_seq": 0,
            }
            | ({"dry_run": True} if run["dry_run"] else {})
            | ({"priority": run["priority"]} if run["priority"] else {})
        )

    def job(self, row: OutboxRow, attempt: int) -> dict[str, Any]:
        """The job of an outbox row with all that a returning run needs (contracts/job)."""
        run = self.get(row.run)
        checkpoints = self._store.all(
            "SELECT data FROM checkpoint WHERE run = ? AND generation = ? ORDER BY id", (row.run, run["generation"])
        )
        answers = self._store.all("SELECT document FROM answer WHERE run = ? ORDER BY id", (row.run,))
        return row.job | {
            "attempt": attempt,
            "generation": run["generation"],
            "last_seq": run["last_seq"],
            "usage": json.loads(run["usage"]),
            "started": times.wire(run["started"]),
            "checkpoints": [json.loads(checkpoint["data"]) for checkpoint in checkpoints],
            "waiting": json.loads(run["waiting"]) if run["waiting"] else None,
            "answers": [json.loads(answer["document"]) for answer in answers],
            "paused": run["state"] == RunState.PAUSED,
        }

    def get(self, uuid: str) -> Row:
        """The row of a run. Raises Problem 404."""
        row = self._store.one("SELECT * FROM run WHERE uuid = ?", (uuid,))
        if row is None:
            raise Problem(404, "not_found", f"There is no run {uuid} on this site.")
        return row

    def note_via(self, run: Row, via: dict[str, Any] | None, key: str | None) -> Row:
        """Keep by which door and means a new run was asked for; `key`: id of the dispatch key."""
        self._store.run(
            "UPDATE run SET via = ?, via_key = ? WHERE uuid = ?",
            (None if via is None else json.dumps(via), key, run["uuid"]),
        )
        return self.get(run["uuid"])

    def all(self) -> list[Row]:
        """All runs, oldest first."""
        return self._store.all("SELECT * FROM run ORDER BY id")

    def show(self, run: Row) -> dict[str, Any]:
        """The run as contracts/run has it."""
        agent = self.agents.get(run["agent"]) or {}
        requester = self.agents.accounts.by_uuid(run["requester"])
        waiting = json.loads(run["waiting"]) if run["waiting"] else None
        row = self._outbox.get(run["uuid"])
        shown = {
            "uuid": run["uuid"],
            "site": self._site,
            "agent": run["agent"],
            "agent_label": agent.get("label", run["agent"]),
            "state": run["state"],
            "waiting_for": waiting["for"] if waiting else None,
            "reason": run["reason"],
            "message": run["message"],
            "trigger": json.loads(run["trigger_info"]),
            "requester": {"uuid": requester.uuid, "name": requester.name} if requester else None,
            "via": json.loads(run["via"]) if run["via"] else None,
            "account": run["account"],
            "attempt": max(run["attempt"], row.attempt if row else 0),
            "generation": run["generation"],
            "parent": run["parent"],
            "batch": run["batch"],
            "depth": run["depth"],
            "created": times.wire(run["created"]),
            "priority": run["priority"],
            "due": times.wire(run["due"]),
            "started": times.wire(run["started"]),
            "finished": times.wire(run["finished"]),
            "last_seq": run["last_seq"],
            "usage": json.loads(run["usage"]),
            "input": json.loads(run["input"]),
            "output": json.loads(run["output"]) if run["output"] else None,
            "waiting": waiting,
            "pending_command": self._pending_command(run["uuid"]),
            "changes": self.changes(run["uuid"]),
            "url": f"/admin/reports/background-agents/{run['id']}",
        }
        return shown | ({"dry_run": True} if run["dry_run"] else {}) | self._told_of_started(run)

    def _told_of_started(self, run: Row) -> dict[str, Any]:
        return families.told(self._store, run, {agent["id"]: agent["label"] for agent in self.agents.all()})

    def _pending_command(self, uuid: str) -> str | None:
        sql = "SELECT command FROM command WHERE run = ? AND done = 0 ORDER BY id DESC LIMIT 1"
        row = self._store.one(sql, (uuid,))
        return row["command"] if row else None

    def changes(self, run: str) -> list[dict[str, Any]]:
        """The changes of a run, as contracts/change has them."""
        sql = "SELECT c.*, CAST(e.id AS TEXT) AS entity_id FROM change c LEFT JOIN entity e ON e.uuid = c.entity WHERE c.run = ? ORDER BY c.id"
        rows = self._store.all(sql, (run,))
        left_out, optional = {"id", "drafted"}, {"answers", "revision"}
        return [
            {
                name: value
                for name, value in dict(row).items()
                if name not in left_out and (name not in optional or value)
            }
            | {"created": times.wire(row["created"])}
            for row in rows
        ]

    def renew(self, uuid: str, agent: dict[str, Any], usage: dict[str, int], more: dict[str, Any]) -> None:
        """Put a run that has ended into the outbox as its next generation, with these members of the job. Limits count anew."""
        self._store.run(
            "UPDATE run SET state = 'queued', generation = generation + 1, reason = NULL, message = NULL,"
            " finished = NULL, started = NULL, usage = ?, waiting = NULL WHERE uuid = ?",
            (json.dumps(usage), uuid),
        )
        run = self.get(uuid)
        job = self.first_job(run, agent, self.agents.accounts.by_uuid(run["requester"]))
        job |= {"last_seq": run["last_seq"]} | more
        self._outbox.add(uuid, job, attempt=run["attempt"], generation=run["generation"])

    def take_over(self, run: Row, attempt: int) -> None:
        """The sidecar speaks for the run. Raises Problem unless its attempt is the one that was handed out last."""
        fence.take_over(self._store, self._outbox, run, attempt)

    def keep_checkpoint(self, run: Row, attempt: int, checkpoint: dict[str, Any]) -> None:
        """Store a checkpoint (contracts/draft#checkpoint), for the job that a returning run comes back with."""
        self._store.run(
            "INSERT INTO checkpoint (run, generation, attempt, data) VALUES (?, ?, ?, ?)",
            (run["uuid"], run["generation"], attempt, json.dumps(checkpoint)),
        )

    def finish(
        self,
        uuid: str,
        state: str,
        reason: str,
        message: str | None,
        output: Any = None,
        finished: float | None = None,
        checkpoint: dict[str, Any] | None = None,
    ) -> None:
        """Store the end of a run; the first one wins. The outbox row goes, pending changes of older generations are discarded; checkpoints
        stay for a retry from a step (the module deletes them after some days)."""
        with self._store.transaction():
            run = self.get(uuid)
            if RunState(run["state"]).final:
                return
            row = self._outbox.get(uuid)
            nothing_done = reason == "retry:steps"  # a retry that could not begin: what the run had left before stays
            new = None if output is None else json.dumps(output, ensure_ascii=False)
            stored = run["output"] if nothing_done else new
            self._store.run(
                "UPDATE run SET state = ?, reason = ?, message = ?, output = ?, finished = ?, waiting = NULL, attempt = ? WHERE uuid = ?",
                (
                    state,
                    reason,
                    message,
                    stored,
                    finished or self._store.clock(),
                    max(run["attempt"], row.attempt if row else 0),
                    uuid,
                ),
            )
            if checkpoint is not None:
                self.keep_checkpoint(run, run["attempt"], checkpoint)
            self._store.run("UPDATE command SET done = 1 WHERE run = ?", (uuid,))
            families.ended(self._store, run)
            if not nothing_done:
                retrying.take_back(self._store, run)
            self._outbox.remove(uuid)
            self.ended(uuid)
