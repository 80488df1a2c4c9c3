"""Batches: an agent is run over content, one run for each item, a few at a time. Agents have none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from demo.standin import times
from demo.standin.agents import Agents
from demo.standin.auth import Identity
from demo.standin.commands import Commands
from demo.standin.content import Content, Revision
from demo.standin.dispatcher import Dispatcher
from demo.standin.fields import BUNDLES
from demo.standin.listing import cursor, number, sees_all, write
from demo.standin.problems import Problem
from demo.standin.runs import Runs
from demo.standin.store import Row, Store
from sidecar.runs.run import RunState

AT_ONCE = 2
COMMANDS = ("pause", "resume", "cancel", "retry")


class Batches:
    """Who may run an agent runs it over content; who asked for a batch, or looks after runs, sees and steers it."""

    def __init__(
        self,
        store: Store,
        agents: Agents,
        content: Content,
        dispatcher: Dispatcher,
        commands: Commands,
        table: Runs,
    ) -> None:
        self._store = store
        self._table = table
        self._agents = agents
        self._content = content
        self._dispatcher = dispatcher
        self._commands = commands

    def start(self, identity: Identity, asked: dict[str, Any], door: str) -> tuple[int, dict[str, Any]]:
        """Make a batch (contracts/batch#request); the same key gives the same one. `door`: the trigger of its runs. Raises Problem."""
        agent = self._agents.get(asked["agent"])
        if agent is None:
            raise Problem(404, "agent_unknown", f"There is no agent {asked['agent']}. GET agents lists them.")
        items, input = self._items(agent, asked), json.dumps(asked.get("input", {}))
        key = json.dumps([asked["agent"], identity.account.uuid, asked["key"]]) if "key" in asked else None
        with self._store.transaction():
            seen = self._store.one("SELECT * FROM batch WHERE key = ?", (key,)) if key else None
            if seen is not None and json.loads(seen["input"]) != json.loads(input):
                raise Problem(422, "key_reused", "The batch with this key was started with another input.")
            if seen is not None:
                return 200, self.show(seen)
            if not items:
                raise Problem(
                    422, "invalid", "None of this content is there and is content that the agent may work on."
                )
            id = self._store.run(
                "INSERT INTO batch (agent, requester, state, input, key, created, via, via_key) VALUES (?, ?, 'running', ?, ?, ?, ?, ?)",
                (
                    *(agent["id"], identity.account.uuid, input, key, self._store.clock()),
                    *(json.dumps(identity.via(door)), identity.key_id),
                ),
            )
            for item in items:
                self._store.run("INSERT INTO batch_item (batch, entity) VALUES (?, ?)", (id, item.uuid))
        self.let_in()
        return 201, self.show(self._row(id))

    def list(self, identity: Identity, asked: Mapping[str, str]) -> dict[str, Any]:
        """The newest first (contracts/batch#list). Raises Problem."""
        if not (sees_all(identity) or identity.account.may("view own background agent runs")):
            raise Problem(403, "forbidden", "The permission to view runs is needed.")
        limit, after = number(asked, "limit", 50, 1, 200), cursor(asked, "cursor")
        rows = [
            row
            for row in self._store.all("SELECT * FROM batch ORDER BY id DESC")
            if self._may(identity, row) and (after is None or row["id"] < after)
        ]
        short = [self._short(row) for row in rows[:limit]]
        return {"batches": short, "next": write(rows[limit - 1]["id"]) if len(rows) > limit else None}

    def get(self, identity: Identity, id: int) -> Row:
        """A batch for who may see it. Raises Problem."""
        row = self._store.one("SELECT * FROM batch WHERE id = ?", (id,))
        if row is None and sees_all(identity):
            raise Problem(404, "not_found", "There is no batch with this number.")
        if row is None or not self._may(identity, row):
            raise Problem(403, "forbidden", "There is no batch with this number that you may view.")
        return row

    def command(self, batch: Row, command: str, asked: dict[str, Any], by: str) -> dict[str, Any]:
        """Steer a batch. Saying the same again changes nothing."""
        if command in ("pause", "resume"):
            state, former = ("paused", "running") if command == "pause" else ("running", "paused")
            self._store.run("UPDATE batch SET state = ? WHERE id = ? AND state = ?", (state, batch["id"], former))
        elif command == "cancel":
            self._store.run("UPDATE batch_item SET cancelled = 1 WHERE batch = ? AND run IS NULL", (batch["id"],))
        for run in self._runs(batch):
            open_ = not RunState(run["state"]).final
            if open_ and command == "cancel" and asked.get("runs"):
                self._commands.give(run["uuid"], "cancel", {}, by)
            elif command == "retry" and run["state"] == RunState.FAILED:
                self._commands.give(run["uuid"], "retry", {}, by)
        self.let_in()
        return self.show(self._row(batch["id"]))

    def let_in(self) -> None:
        """Make runs of the next items, as there is room."""
        for batch in self._store.all("SELECT * FROM batch WHERE state = 'running' ORDER BY id"):
            room = AT_ONCE - sum(not RunState(run["state"]).final for run in self._runs(batch))
            waiting = self._store.all(
                "SELECT * FROM batch_item WHERE batch = ? AND run IS NULL AND cancelled = 0 ORDER BY id", (batch["id"],)
            )
            for item in waiting[: max(0, room)]:
                self._let_in(batch, item)

    def show(self, batch: Row) -> dict[str, Any]:
        """One batch with its input, and what has become of it."""
        runs, items = self._runs(batch), self._items_of(batch)
        states = [run["state"] for run in runs]
        waiting = sum(item["run"] is None and not item["cancelled"] for item in items)
        working = sum(not RunState(state).final for state in states)
        usage = [json.loads(run["usage"]) for run in runs]
        changes = [
            change
            for run in runs
            for change in self._store.all("SELECT status FROM change WHERE run = ?", (run["uuid"],))
        ]
        return self._short(batch) | {
            "input": json.loads(batch["input"]),
            "progress": {
                "settled": len(items) - waiting - working,
                "waiting": waiting,
                "runs": {state: states.count(state) for state in dict.fromkeys(states)},
                "refused": 0,
                "cancelled": sum(item["cancelled"] for item in items),
                "cost_micros": sum(spent.get("cost_micros", 0) for spent in usage),
                "tokens": sum(spent.get("input_tokens", 0) + spent.get("output_tokens", 0) for spent in usage),
                "drafts": len(changes),
                "pending_drafts": sum(change["status"] == "pending" for change in changes),
            },
        }

    def _short(self, batch: Row) -> dict[str, Any]:
        agent = self._agents.get(batch["agent"]) or {}
        requester = self._agents.accounts.by_uuid(batch["requester"])
        items, runs = self._items_of(batch), self._runs(batch)
        over = all(item["run"] or item["cancelled"] for item in items) and all(
            RunState(run["state"]).final for run in runs
        )
        return {
            "id": batch["id"],
            "agent": batch["agent"],
            "agent_label": agent.get("label", batch["agent"]),
            "state": "done" if over else batch["state"],
            "reason": None,
            "message": None,
            "requester": {"uuid": requester.uuid, "name": requester.name} if requester else None,
            "via": json.loads(batch["via"]),
            "items": len(items),
            "estimate_micros": None,
            "created": times.wire(batch["created"]),
            "finished": None,
            "url": f"/admin/reports/background-agents/batches/{batch['id']}",
        }

    def _let_in(self, batch: Row, item: Row) -> None:
        content = self._content.default(item["entity"])
        requester = self._agents.accounts.by_uuid(batch["requester"])
        about = {"entity_type": content.entity_type, "bundle": content.bundle, "uuid": content.uuid} if content else {}
        via = json.loads(batch["via"])
        trigger = {"type": via["door"]} | ({"entity": about} if about else {})
        with self._store.transaction():
            run, _ = self._dispatcher.dispatch(batch["agent"], json.loads(batch["input"]), trigger, requester=requester)
            self._store.run("UPDATE run SET batch = ? WHERE id = ?", (batch["id"], run["id"]))
            self._table.note_via(run, via, batch["via_key"])
            self._store.run("UPDATE batch_item SET run = ? WHERE id = ?", (run["uuid"], item["id"]))

    def _items(self, agent: dict[str, Any], asked: dict[str, Any]) -> list[Revision]:
        type = asked.get("entity_type", "node")
        bundles = [bundle for bundle, may in agent["binding"].get("content", {}).get(type, {}).items() if may]
        found = [
            item
            for bundle in bundles
            if (type, bundle) in BUNDLES
            for item in reversed(self._content.all(type, bundle))
        ]
        if "items" in asked:
            by_uuid = {item.uuid: item for item in found}
            named = dict.fromkeys(item["uuid"] for item in asked["items"])
            return [by_uuid[uuid] for uuid in named if uuid in by_uuid]
        wanted = asked["filter"]
        kept = [
            item
            for item in found
            if item.bundle in wanted.get("bundles", bundles)
            and item.published == wanted.get("published", item.published)
        ]
        return kept[: wanted.get("limit", 5_000)]

    def _may(self, identity: Identity, batch: Row) -> bool:
        return sees_all(identity) or batch["requester"] == identity.account.uuid

    def _row(self, id: int) -> Row:
        row = self._store.one("SELECT * FROM batch WHERE id = ?", (id,))
        assert row is not None
        return row

    def _runs(self, batch: Row) -> list[Row]:
        return self._store.all("SELECT * FROM run WHERE batch = ? ORDER BY id", (batch["id"],))

    def _items_of(self, batch: Row) -> list[Row]:
        return self._store.all("SELECT * FROM batch_item WHERE batch = ? ORDER BY id", (batch["id"],))
