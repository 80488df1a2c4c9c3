"""What effects a run had, and in which state each is (docs/reference/protocol.md, `effects`)."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from demo.standin.store import Row, Store
from demo.standin.times import wire

CALL = re.compile(r"s\d+/\d+/(.+)@[^@]*")
ANSWERED = {"ok": "done", "error": "error", "retry": "not_done"}


def of(store: Store, run: Row) -> list[dict[str, Any]]:
    """Drafts, then calls that cannot be repeated; each oldest first."""
    return _drafts(store, run) + [call for call in _calls(store, run).values() if call["status"] != "not_done"]


def _drafts(store: Store, run: Row) -> list[dict[str, Any]]:
    names = ("entity_type", "bundle", "entity", "revision", "langcode", "label")
    return [
        {"key": row["key"], "kind": "draft", "operation": row["operation"], "status": "done", "generation": row["generation"],
         "time": wire(row["created"]), "change": {"uuid": row["uuid"], "status": row["status"]}} | {name: row[name] for name in names}
        for row in store.all("SELECT * FROM change WHERE run = ? ORDER BY id", (run["uuid"],))
    ]  # fmt: skip


def _calls(store: Store, run: Row) -> dict[str, dict[str, Any]]:
    still = "started" if run["state"] == "running" else "in_doubt"
    calls: dict[str, dict[str, Any]] = {}
    generation = 1
    for row in store.all("SELECT document FROM event WHERE run = ? ORDER BY seq", (run["id"],)):
        event = json.loads(row["document"])
        data = event["data"]
        generation = data.get("generation", generation)
        key = _key(run, generation, data.get("unit", ""))
        if event["type"] == "tool_started" and data.get("repeatable") is False:
            calls[key] = _call(key, data["unit"], data["tool"], generation, still, event["time"])
        elif event["type"] == "tool_finished" and key in calls:
            calls[key]["status"] = ANSWERED.get(data["status"], still)
    sql = "SELECT data FROM checkpoint WHERE run = ? AND generation = ? ORDER BY id"
    for row in store.all(sql, (run["uuid"], run["generation"])):
        for unit, record in json.loads(row["data"])["units"].items():
            key = _key(run, run["generation"], unit)
            if "v" not in record and (match := CALL.fullmatch(unit)):
                calls.setdefault(key, _call(key, unit, match[1], run["generation"], still, None))
            elif key in calls and calls[key]["status"] == still:
                calls[key]["status"] = "done"  # its event is still on its way
    return calls


def _call(key: str, unit: str, tool: str, generation: int, status: str, time: str | None) -> dict[str, Any]:
    return {
        "key": key,
        "kind": "call",
        "operation": tool,
        "status": status,
        "generation": generation,
        "time": time,
        "unit": unit,
    }


def _key(run: Row, generation: int, unit: str) -> str:
    return hashlib.sha256(f"{run['uuid']}:{generation}:{unit}".encode()).hexdigest()
