"""Runs that runs have started: what one may start, what those below it have used, and who is told of an end."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from demo.standin.problems import Problem
from demo.standin.store import Row, Store
from sidecar.runs.run import FINAL

SHARED = ("steps", "tokens", "cost_micros")
WAIT = "wait"


def way(parent_agent: dict[str, Any], agent: str) -> str:
    """How an agent may start another one: `wait` or `detach`. Raises Problem when its binding does not name it."""
    for named in parent_agent["binding"].get("agents", []):
        if named["id"] == agent:
            return WAIT if named["wait"] else "detach"
    raise Problem(
        403, "forbidden", f'The agent "{parent_agent["id"]}" may not start "{agent}": its binding does not name it.'
    )


def snapshot(agent: dict[str, Any], agents: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The agent as it is put into a job: with what those that it may start are for."""
    named = [
        one
        | {name: agents[one["id"]].get(name, "") for name in ("label", "description")}
        | {"input_schema": agents[one["id"]]["definition"].get("input_schema")}
        for one in agent["binding"].get("agents", [])
        if one["id"] in agents and agents[one["id"]].get("status", True)
    ]
    return agent | {"binding": agent["binding"] | {"agents": named}} if named else agent


def lowered(agent: dict[str, Any], given: dict[str, int], left: dict[str, int], depth: int) -> dict[str, Any]:
    """The agent with limits no higher than what it is given, and than what its parent has left. Raises Problem when that is nothing."""
    limits = dict(agent["binding"].get("limits", {}))
    limits["depth"] = min(limits.get("depth") or 1, depth)
    for name in SHARED:
        most = [amount[name] for amount in (given, left) if name in amount]
        if most and min(most) <= 0:
            raise Problem(
                409, "budget_spent", f"Nothing is left of the limit {name} of the run that wants to start it."
            )
        if most:
            limits[name] = min([*most, *([limits[name]] if limits.get(name) else [])])
    return agent | {"binding": agent["binding"] | {"limits": limits}}


def left(store: Store, run: Row) -> dict[str, int]:
    """What the run has left of its limits, as far as the site knows."""
    row = store.one("SELECT job FROM background_agents_outbox WHERE run = ?", (run["uuid"],))
    limits = json.loads(row["job"])["agent"]["binding"].get("limits", {}) if row else {}
    used = _by_limit(usage(store, run))
    return {name: limits[name] - used[name] for name in SHARED if limits.get(name)}


def depth(store: Store, run: Row) -> int:
    """How deep those that the run starts may go: no deeper than those above it allow."""
    row = store.one("SELECT job FROM background_agents_outbox WHERE run = ?", (run["uuid"],))
    return json.loads(row["job"])["agent"]["binding"].get("limits", {}).get("depth") or 1 if row else 0


def allotted(store: Store, run: Row) -> dict[str, int]:
    """What a run that has not ended may spend of its parent's limits."""
    row = store.one("SELECT job FROM background_agents_outbox WHERE run = ?", (run["uuid"],))
    limits = json.loads(row["job"])["agent"]["binding"].get("limits", {}) if row and run["parent"] else {}
    return {name: limits[name] for name in SHARED if limits.get(name)}


def children(store: Store, run: Row) -> list[Row]:
    """The runs that this one has started, oldest first."""
    return store.all("SELECT * FROM run WHERE parent = ? ORDER BY id", (run["uuid"],))


def usage(store: Store, run: Row) -> Counter[str]:
    """What the run and all those below it have used."""
    total = Counter[str](json.loads(run["usage"]))
    for child in children(store, run):
        total.update(usage(store, child))
    return total


def told(store: Store, run: Row, labels: dict[str, str]) -> dict[str, Any]:
    """What a run's document says of those that it started, and of what it may spend itself."""
    below = children(store, run)
    document: dict[str, Any] = {}
    if below:
        document["children"] = [
            {
                "uuid": child["uuid"],
                "agent": child["agent"],
                "agent_label": labels.get(child["agent"], child["agent"]),
                "state": child["state"],
                "waits": is_awaited(child),
            }
            for child in below
        ]
        document["usage_with_started"] = dict(usage(store, run))
    if run["state"] not in FINAL and (share := allotted(store, run)):
        document["allotted"] = share
    return document


def ended(store: Store, run: Row) -> None:
    """In the transaction of an end: the run that waits for it is told, and those that it waited for are cancelled."""
    parent = store.one("SELECT * FROM run WHERE uuid = ?", (run["parent"],)) if run["parent"] else None
    if parent is not None and is_awaited(run) and parent["state"] not in FINAL:
        _command(store, parent["uuid"], "wake", {})
    for child in children(store, run):
        if is_awaited(child) and child["state"] not in FINAL:
            _command(store, child["uuid"], "cancel", {"note": "The run that waited for it has ended."})


def is_awaited(run: Row) -> bool:
    """Whether the run that started it waits for it."""
    trigger = json.loads(run["trigger_info"])
    return (trigger["type"], trigger.get("operation")) == ("agent", WAIT)


def _command(store: Store, run: str, command: str, data: dict[str, Any]) -> None:
    sql = "INSERT INTO command (run, command, data, requested_by) VALUES (?, ?, ?, '')"
    store.run(sql, (run, command, json.dumps(data)))


def _by_limit(used: Counter[str]) -> dict[str, int]:
    return {
        "steps": used["steps"],
        "tokens": used["input_tokens"] + used["output_tokens"],
        "cost_micros": used["cost_micros"],
    }
