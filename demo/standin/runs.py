"""Runs as Drupal has them: dispatch, show, the job that carries one, the commands that people give."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from demo.standin import fence, retrying, times
from demo.standin.accounts import Account, Accounts
from demo.standin.outbox import NEW, Outbox, OutboxRow
from demo.standin.problems import Problem
from demo.standin.store import Row, Store
from sidecar.runs import steps
from sidecar.runs.model import RunState
from sidecar.runs.store.port import COUNTERS
from sidecar.tools import schemas

COMMANDS = ("cancel", "pause", "resume", "retry", "decide")

ADDRESSES = {"jsonapi": "/jsonapi", "languages": {"en": {"path": "/jsonapi"}}}
"""Where the site's items are read: it has one language."""


class Runs:
    """The one place that makes runs, and what is asked of them afterwards.

    `site` is the site's id. `on_waiting_work` is called after a commit that left something for the sidecar (a row, a command, the stop switch).
    """

    def __init__(
        self, store: Store, accounts: Accounts, outbox: Outbox, site: str, on_waiting_work: Callable[[], None]
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._outbox = outbox
        self._site = site
        self._wake = on_waiting_work

    def add_agent(self, config: dict[str, Any], account: Account) -> None:
        """Store an agent (contracts/agent), replacing one of the same id, and note which account of this site is its."""
        sql = "INSERT INTO agent (id, config) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET config = excluded.config"
        self._store.run(sql, (config["id"], json.dumps(config, ensure_ascii=False)))
        self._store.run(
            "INSERT OR REPLACE INTO agent_account (agent, account) VALUES (?, ?)", (config["id"], account.uuid)
        )

    def account_of(self, agent_id: str) -> Account | None:
        """The account that an agent acts as on this site, blocked or not."""
        row = self._store.one("SELECT account FROM agent_account WHERE agent = ?", (agent_id,))
        return self._accounts.by_uuid(row["account"]) if row else None

    def agents(self) -> list[dict[str, Any]]:
        """All agents (contracts/agent)."""
        return [json.loads(row["config"]) for row in self._store.all("SELECT config FROM agent ORDER BY id")]

    def agent(self, agent_id: str) -> dict[str, Any] | None:
        """One agent."""
        row = self._store.one("SELECT config FROM agent WHERE id = ?", (agent_id,))
        return None if row is None else json.loads(row["config"])

    def dispatch(
        self,
        agent_id: str,
        input: dict[str, Any],
        trigger: dict[str, Any],
        *,
        requester: Account | None = None,
        key: str | None = None,
        parent: Row | None = None,
    ) -> tuple[Row, bool]:
        """Run and outbox row in one transaction; the run and whether it is new (False: `key` was seen). Raises Problem."""
        if self._store.setting("stopped", False):
            raise Problem(403, "site_stopped", "All agents of this site are stopped. Start them in the settings.")
        agent = self.agent(agent_id)
        if agent is None:
            raise Problem(404, "agent_unknown", f"There is no agent {agent_id}. GET agents lists them.")
        account = self._check_agent(agent, input)
        self._check_depth(agent, parent)
        with self._store.transaction():
            key = json.dumps([agent_id, requester.uuid if requester else None, key]) if key else None
            seen = self._store.one("SELECT * FROM run WHERE dispatch_key = ?", (key,)) if key else None
            if seen is not None and json.loads(seen["input"]) != input:
                errors = [{"pointer": "/key", "detail": "This key was used with another input."}]
                raise Problem(422, "key_reused", "The run with this key was started with another input.", errors=errors)
            if seen is not None:
                return seen, False
            row = self._insert(agent, account, input, trigger, requester, key, parent)
            self._outbox.add(row["uuid"], self._job(row, agent, requester))
        self._wake()
        return row, True

    def _check_agent(self, agent: dict[str, Any], input: dict[str, Any]) -> Account:
        """The account that its run acts as. Raises Problem when a run of this agent could not even begin."""
        if not agent.get("status", True):
            raise Problem(409, "agent_disabled", f"The agent {agent['id']} is disabled. Enable it in its settings.")
        account = self.account_of(agent["id"])
        if account is None:
            raise Problem(409, "account_missing", f"The agent {agent['id']} has no account. Give it an agent role.")
        if not account.active:
            raise Problem(409, "account_blocked", f"The account {account.name} is blocked. Unblock it.")
        self._check_input(agent, input)
        return account

    @staticmethod
    def _check_input(agent: dict[str, Any], input: dict[str, Any]) -> None:
        schema = agent["definition"].get("input_schema")
        if not schema:
            return
        if problem := schemas.schema_problem(schema):
            raise Problem(
                409, "input_schema_invalid", f"Correct the input schema of the agent {agent['id']}: {problem}."
            )
        if errors := schemas.errors_of(schema, input):
            found = [error | {"pointer": f"/input{error['pointer']}"} for error in errors]
            raise Problem(
                422, "input_invalid", f"The input is not what the agent takes: {errors[0]['detail']}", errors=found
            )

    def _check_depth(self, agent: dict[str, Any], parent: Row | None) -> None:
        limit = agent["binding"].get("limits", {}).get("depth") or 1
        if parent is not None and parent["depth"] + 1 > limit:
            raise Problem(409, "depth", f"Agents may start agents {limit} deep here.")

    def _insert(
        self,
        agent: dict[str, Any],
        account: Account,
        input: dict[str, Any],
        trigger: dict[str, Any],
        requester: Account | None,
        key: str | None,
        parent: Row | None,
    ) -> Row:
        uuid = self._store.new_uuid()
        self._store.run(
            "INSERT INTO run (uuid, agent, state, trigger_info, requester, account, parent, depth, created, input, dispatch_key)"
            " VALUES (?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                uuid,
                agent["id"],
                json.dumps(trigger, ensure_ascii=False),
                requester.uuid if requester else None,
                account.uuid,
                parent["uuid"] if parent else None,
                parent["depth"] + 1 if parent else 0,
                self._store.clock(),
                json.dumps(input, ensure_ascii=False),
                key,
            ),
        )
        return self.get(uuid)

    def _job(self, run: Row, agent: dict[str, Any], requester: Account | None) -> dict[str, Any]:
        return {
            "run": run["uuid"],
            "site": self._site,
            "generation": run["generation"],
            "created": times.wire(run["created"]),
            "trigger": json.loads(run["trigger_info"]),
            "addresses": ADDRESSES,
            "agent": agent,
            "account": run["account"],
            "input": json.loads(run["input"]),
            "requester": {"uuid": requester.uuid, "name": requester.name} if requester else None,
            "parent": run["parent"],
            "depth": run["depth"],
            "last_seq": 0,
        }

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

    def all(self) -> list[Row]:
        """All runs, oldest first."""
        return self._store.all("SELECT * FROM run ORDER BY id")

    def show(self, run: Row) -> dict[str, Any]:
        """The run as contracts/run has it."""
        agent = self.agent(run["agent"]) or {}
        requester = self._accounts.by_uuid(run["requester"])
        waiting = json.loads(run["waiting"]) if run["waiting"] else None
        row = self._outbox.get(run["uuid"])
        return {
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
            "account": run["account"],
            "attempt": max(run["attempt"], row.attempt if row else 0),
            "generation": run["generation"],
            "parent": run["parent"],
            "depth": run["depth"],
            "created": times.wire(run["created"]),
            "started": times.wire(run["started"]),
            "finished": times.wire(run["finished"]),
            "last_seq": run["last_seq"],
            "usage": json.loads(run["usage"]),
            "input": json.loads(run["input"]),
            "output": json.loads(run["output"]) if run["output"] else None,
            "changes": self.changes(run["uuid"]),
            "url": f"/admin/reports/background-agents/{run['id']}",
        }

    def changes(self, run: str) -> list[dict[str, Any]]:
        """The changes of a run, as contracts/change has them."""
        sql = "SELECT c.*, CAST(e.id AS TEXT) AS entity_id FROM change c LEFT JOIN entity e ON e.uuid = c.entity WHERE c.run = ? ORDER BY c.id"
        rows = self._store.all(sql, (run,))
        left_out = {"id"}
        return [
            {name: value for name, value in dict(row).items() if name not in left_out}
            | {"created": times.wire(row["created"])}
            for row in rows
        ]

    def command(self, uuid: str, command: str, data: dict[str, Any], by: str) -> Row:
        """Leave a command for the sidecar. A run that nobody has claimed is cancelled at once, a retry starts the next generation."""
        with self._store.transaction():
            run = self.get(uuid)
            final = RunState(run["state"]).final
            if final and command == "cancel" and run["state"] == RunState.CANCELLED:
                return run
            if command == "retry" and retrying.was_said(self._store, run, data):
                return run
            if final != (command == "retry"):
                detail = "The run has ended." if final else "Only a run that has ended can be retried; cancel it first."
                raise Problem(409, "run_ended" if final else "not_ended", detail)
            if command == "retry":
                self._retry(run, data, by)
            elif command == "cancel" and self._unclaimed(uuid):
                self._tell_cancelled(run, data, by)
                self.finish(uuid, RunState.CANCELLED, "cancelled", data.get("note"))
            else:
                self._leave(uuid, command, data, by)
        self._wake()
        return self.get(uuid)

    def _tell_cancelled(self, run: Row, data: dict[str, Any], by: str) -> None:
        """A run that nobody took has no sidecar that tells of its end: the event is made here."""
        said = {"by": by} | ({"note": data["note"]} if data.get("note") else {})
        document = {"seq": 1, "type": "run_finished", "time": times.wire(self._store.clock()),
                    "data": {"state": "cancelled", "reason": "cancelled"} | said}  # fmt: skip
        hashed = hashlib.sha256(json.dumps(document).encode()).hexdigest()[:32]
        self._store.run(
            "INSERT INTO event (run, seq, type, hash, document) VALUES (?, 1, 'run_finished', ?, ?)",
            (run["id"], hashed, json.dumps(document | {"hash": hashed})),
        )
        self._store.run("UPDATE run SET last_seq = 1 WHERE id = ?", (run["id"],))

    def _unclaimed(self, uuid: str) -> bool:
        row = self._outbox.get(uuid)
        return row is not None and row.status == NEW and row.attempt == 0

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

    def granted(self, uuid: str, limit: str) -> int:
        """How often a person has allowed a run as much again."""
        answers = self._store.all("SELECT document FROM answer WHERE run = ?", (uuid,))
        yes = {
            given["id"]
            for given in map(json.loads, (row["document"] for row in answers))
            if given["decision"] == "approve"
        }
        sql = "SELECT e.document FROM event e JOIN run r ON r.id = e.run WHERE r.uuid = ? AND e.type = 'approval_requested'"
        asked = (json.loads(row["document"])["data"] for row in self._store.all(sql, (uuid,)))
        return len({data["id"] for data in asked if data["id"] in yes and data.get("limit") == limit})

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
        step, agent = retrying.first_step(data), self.agent(run["agent"])
        if agent is None:
            raise Problem(409, "agent_gone", f"The agent {run['agent']} is no longer there.")
        begin = retrying.keep(self._store, run, step) if step > 1 else None
        retrying.restart(self._store, run, begin)
        said = "INSERT INTO command (run, command, data, requested_by, done) VALUES (?, 'retry', ?, ?, 1)"
        self._store.run(said, (run["uuid"], json.dumps(data), by))
        self._store.run(
            "UPDATE run SET state = 'queued', generation = generation + 1, reason = NULL, message = NULL,"
            " finished = NULL, started = NULL, usage = ?, waiting = NULL WHERE uuid = ?",
            (json.dumps(steps.usage(begin["units"], COUNTERS) if begin else {}), run["uuid"]),
        )
        renewed = self.get(run["uuid"])
        job = self._job(renewed, agent, self._accounts.by_uuid(run["requester"]))
        said = {"by": by} | ({"note": data["note"]} if data.get("note") else {})
        job |= {"last_seq": run["last_seq"], "retried": said} | (
            {"from_step": step, "checkpoints": [begin]} if begin else {}
        )
        self._outbox.add(run["uuid"], job, attempt=run["attempt"], generation=renewed["generation"])

    def commands(self) -> list[dict[str, Any]]:
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
            stored = (
                run["output"] if nothing_done else None if output is None else json.dumps(output, ensure_ascii=False)
            )
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
            if not nothing_done:
                retrying.take_back(self._store, run)
            self._outbox.remove(uuid)
