"""Makes runs: one that could not begin is refused, the same key gives the same run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from demo.standin import families
from demo.standin.accounts import Account
from demo.standin.agents import Agents
from demo.standin.outbox import AHEAD, Outbox
from demo.standin.problems import Problem
from demo.standin.runs import Runs
from demo.standin.store import Row, Store
from sidecar.tools import schemas


class Dispatcher:
    """The one place that makes runs. `wake` is called after a commit that left a row for the sidecar."""

    def __init__(self, store: Store, agents: Agents, runs: Runs, outbox: Outbox, wake: Callable[[], None]) -> None:
        self._store = store
        self._agents = agents
        self._runs = runs
        self._outbox = outbox
        self._wake = wake

    def dispatch(
        self,
        agent_id: str,
        input: dict[str, Any],
        trigger: dict[str, Any],
        *,
        requester: Account | None = None,
        key: str | None = None,
        parent: Row | None = None,
        dry_run: bool = False,
        limits: dict[str, int] | None = None,
        delay: int = 0,
        priority: int = 0,
    ) -> tuple[Row, bool]:
        """Run and outbox row in one transaction; the run and whether it is new (False: `key` was seen). What a test run starts is one, too.
        `limits`: what a run that another one (`parent`) starts may spend at the most. `delay`: seconds after which it begins (`begin_due`).
        `priority`: higher ones begin before others of the agent. Raises Problem."""
        dry_run = dry_run or bool(parent and parent["dry_run"])
        if self._store.setting("stopped", False):
            raise Problem(403, "site_stopped", "All agents of this site are stopped. Start them in the settings.")
        agent = self._agents.get(agent_id)
        if agent is None:
            raise Problem(404, "agent_unknown", f"There is no agent {agent_id}. GET agents lists them.")
        account = self._check_agent(agent, input)
        self._check_depth(agent, parent)
        if trigger["type"] == "agent" and parent is not None:
            trigger = trigger | {"operation": families.way(self._agents.get(parent["agent"]) or {}, agent_id)}
        with self._store.transaction():
            key = json.dumps([agent_id, requester.uuid if requester else None, key]) if key else None
            if seen := self._seen(key, input, dry_run):
                return seen, False
            if trigger["type"] == "agent" and parent is not None:
                agent = families.lowered(
                    agent, limits or {}, families.left(self._store, parent), families.depth(self._store, parent)
                )
                priority = parent["priority"]
            row = self._insert(agent, account, input, trigger, requester, key, parent, dry_run)
            self._hand_on(row, agent, requester, delay, priority)
        self._wake()
        return self._runs.get(row["uuid"]), True

    def _seen(self, key: str | None, input: dict[str, Any], dry_run: bool) -> Row | None:
        seen = self._store.one("SELECT * FROM run WHERE dispatch_key = ?", (key,)) if key else None
        if seen is not None and (json.loads(seen["input"]) != input or bool(seen["dry_run"]) != dry_run):
            errors = [{"pointer": "/key", "detail": "This key was used with another input."}]
            raise Problem(422, "key_reused", "The run with this key was started with another input.", errors=errors)
        return seen

    def _hand_on(self, row: Row, agent: dict[str, Any], requester: Account | None, delay: int, priority: int) -> None:
        due = self._store.clock() + delay if delay else None
        self._store.run("UPDATE run SET due = ?, priority = ? WHERE uuid = ?", (due, priority, row["uuid"]))
        if not delay:
            self._outbox.add(row["uuid"], self._runs.first_job(self._runs.get(row["uuid"]), agent, requester))

    def begin_due(self) -> None:
        """Make the jobs of runs whose time has come, with the agent as it is now; those that are refused now end as failed."""
        sql = "SELECT * FROM run WHERE due <= ? AND state = 'queued' ORDER BY due - ? * priority, due, id"
        for row in [] if self._store.setting("stopped", False) else self._store.all(sql, (self._store.clock(), AHEAD)):
            agent = self._agents.get(row["agent"])
            try:
                if agent is None:
                    raise Problem(404, "agent_unknown", f"There is no agent {row['agent']}.")
                self._check_agent(agent, json.loads(row["input"]))
            except Problem as problem:
                self._runs.finish(row["uuid"], "failed", problem.code, str(problem))
                continue
            with self._store.transaction():
                self._store.run("UPDATE run SET due = NULL WHERE uuid = ?", (row["uuid"],))
                requester = self._agents.accounts.by_uuid(row["requester"])
                self._outbox.add(row["uuid"], self._runs.first_job(self._runs.get(row["uuid"]), agent, requester))

    def _check_agent(self, agent: dict[str, Any], input: dict[str, Any]) -> Account:
        """The account that its run acts as. Raises Problem when a run of this agent could not even begin."""
        if not agent.get("status", True):
            raise Problem(409, "agent_disabled", f"The agent {agent['id']} is disabled. Enable it in its settings.")
        account = self._agents.account_of(agent["id"])
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
        if parent is not None and parent["depth"] + 1 > min(limit, families.depth(self._store, parent)):
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
        dry_run: bool,
    ) -> Row:
        uuid = self._store.new_uuid()
        self._store.run(
            "INSERT INTO run (uuid, agent, state, trigger_info, requester, account, parent, depth, created, input, dispatch_key, dry_run)"
            " VALUES (?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
                dry_run,
            ),
        )
        return self._runs.get(uuid)
