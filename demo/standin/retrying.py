"""A new generation of a run that has ended: whole, or from a step. What a retry keeps, and what its end takes back."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from demo.standin.problems import Problem
from demo.standin.store import Row, Store
from sidecar.runs import retry_steps


def first_step(data: dict[str, Any]) -> int:
    """The step that a retry begins from; 1: the beginning. Raises Problem 422."""
    step = data.get("from_step", 1)
    if not isinstance(step, int | float) or isinstance(step, bool) or step != int(step) or step < 1:
        raise Problem(422, "invalid", "/from_step: This must be the number of a step, from 1.")
    return int(step)


def was_said(store: Store, run: Row, data: dict[str, Any]) -> bool:
    """Whether this very retry was asked for before: the same `id` is the same command. Raises Problem 422 when it asked for another step."""
    given, step = data.get("id"), first_step(data)
    rows = store.all("SELECT data FROM command WHERE run = ? AND command = 'retry'", (run["uuid"],)) if given else []
    said = next((before for row in rows if (before := json.loads(row["data"])).get("id") == given), None)
    if said is not None and first_step(said) != step:
        raise Problem(422, "key_reused", f"A retry with this id was asked for before, from step {first_step(said)}.")
    return said is not None


def keep(store: Store, run: Row, step: int) -> dict[str, Any]:
    """Keeps units and drafts of the steps before one; the checkpoint that the next generation begins with. Raises Problem 409."""
    sql = "SELECT data FROM checkpoint WHERE run = ? AND generation = ? ORDER BY id"
    found = [json.loads(row["data"]) for row in store.all(sql, (run["uuid"], run["generation"]))]
    units: retry_steps.Units = {unit: record for checkpoint in found for unit, record in checkpoint["units"].items()}
    offered = retry_steps.offered(units)
    if step not in offered:
        numbers = ", ".join(map(str, offered))
        few = f"The run cannot be retried from step {step}, only from: {numbers}. Choose one of them, or retry it from the beginning."
        none = "Nothing is kept of the steps of this run: it ended in its first step, or too long ago. Retry it from the beginning."
        raise Problem(409, "step_gone", few if offered else none, steps=offered)
    kept = retry_steps.kept(units, step)
    for unit in kept:
        for generation in range(1, run["generation"] + 1):
            key = hashlib.sha256(f"{run['uuid']}:{generation}:{unit}".encode()).hexdigest()
            adopt = "UPDATE change SET generation = ? WHERE run = ? AND generation = ? AND key = ?"
            store.run(adopt, (run["generation"] + 1, run["uuid"], run["generation"], key))
    checkpoint = {"version": 1, "generation": run["generation"] + 1, "segment": 0, "units": kept}
    return checkpoint | ({"journal": found[-1]["journal"]} if "journal" in found[-1] else {})


def restart(store: Store, run: Row, checkpoint: dict[str, Any] | None) -> None:
    """The checkpoints of the generation that has ended go; the new one begins with this."""
    store.run("DELETE FROM checkpoint WHERE run = ?", (run["uuid"],))
    if checkpoint is not None:
        store.run(
            "INSERT INTO checkpoint (run, generation, attempt, data) VALUES (?, ?, ?, ?)",
            (run["uuid"], checkpoint["generation"], run["attempt"], json.dumps(checkpoint)),
        )


def takes_back(draft: Row | dict[str, int], end: Row | dict[str, int]) -> bool:
    """Whether the end of a generation discards a draft that waits: a retry did its work anew. Vectors `kept-drafts`."""
    return draft["generation"] < end["generation"] and draft["round"] == end["round"]


def waits_again(draft: Row | dict[str, int], end: Row | dict[str, int]) -> bool:
    """Whether a draft that lay beneath a discarded one is what the editor finds now. Vectors `kept-drafts`."""
    return draft["generation"] == end["generation"] or draft["round"] < end["round"]


def take_back(store: Store, run: Row) -> None:
    """Discards what a retry has done anew. Nothing when people sent the drafts back meanwhile: they stay."""
    if store.one("SELECT 1 FROM sent_back WHERE run = ? AND round = 0", (run["uuid"],)):
        return
    for change in store.all("SELECT * FROM change WHERE run = ? AND status = 'pending'", (run["uuid"],)):
        if not takes_back(change, run):
            continue
        store.run("UPDATE change SET status = 'discarded' WHERE id = ?", (change["id"],))
        _uncover(store, run, change)


def _uncover(store: Store, run: Row, gone: Row) -> None:
    item = store.one("SELECT * FROM entity WHERE uuid = ?", (gone["entity"],))
    if item is None or item["latest_revision"] != gone["revision"] or item["default_revision"] == gone["revision"]:
        return
    store.run("DELETE FROM revision WHERE vid = ?", (gone["revision"],))
    newest = "UPDATE entity SET latest_revision = (SELECT MAX(vid) FROM revision WHERE entity = ?) WHERE id = ?"
    store.run(newest, (item["id"], item["id"]))
    sql = (
        "SELECT c.* FROM change c JOIN entity e ON e.uuid = c.entity AND e.latest_revision = c.revision"
        " WHERE c.run = ? AND c.entity = ? AND c.status = 'superseded'"
    )
    beneath = store.one(sql, (run["uuid"], gone["entity"]))
    if beneath is not None and waits_again(beneath, run):
        store.run("UPDATE change SET status = 'pending' WHERE id = ?", (beneath["id"],))
    elif beneath is not None:
        store.run("UPDATE change SET status = 'discarded' WHERE id = ?", (beneath["id"],))
        _uncover(store, run, beneath)
