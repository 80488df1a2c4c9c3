"""Drafts that people send back with remarks: the run begins afresh, in a next generation that knows what was said. The drafts stay."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from demo.standin.agents import Agents
from demo.standin.content import Content
from demo.standin.problems import Problem
from demo.standin.runs import Runs
from demo.standin.store import Row, Store
from sidecar.runs.run import RunState

ROUNDS = 5


class Reviews:
    """What people say about drafts. `wake` is called after a commit that made a job."""

    def __init__(self, store: Store, agents: Agents, runs: Runs, content: Content, wake: Callable[[], None]) -> None:
        self._store = store
        self._agents = agents
        self._runs = runs
        self._content = content
        self._wake = wake

    def send(self, uuid: str, remarks: list[dict[str, str]], by: str) -> None:
        """Send drafts back. A run at work is waited for: then it is carried out at its end. Raises Problem."""
        with self._store.transaction():
            run = self._runs.get(uuid)
            if not allows(run["round"]):
                raise Problem(
                    409, "rounds", f"The drafts of this run were sent back {ROUNDS} times: accept, edit or refuse them."
                )
            for change in {remark["change"] for remark in remarks if "change" in remark}:
                self._refuse(run, change)
            if not self._store.one("SELECT 1 FROM change WHERE run = ? AND status = 'pending'", (uuid,)):
                raise Problem(409, "decided", "No draft of this run waits for a decision.")
            sql = "INSERT INTO sent_back (run, sent_by, remarks) VALUES (?, ?, ?)"
            self._store.run(sql, (uuid, by, json.dumps(remarks)))
        self.begin(uuid)

    def send_one(self, run: Row, asked: dict[str, Any], by: str) -> None:
        """Send one draft back, as contracts/send-back says: the one that is named, or the only one. Raises Problem."""
        pending = [change["uuid"] for change in self._pending(run)]
        if "draft" not in asked and len(pending) > 1:
            raise _wrong("/draft", "Several drafts of this run wait for a decision. Name the one that you mean.")
        named = asked.get("draft") or next(iter(pending), None)
        if named is None:
            raise Problem(409, "review_refused", "No draft of this run waits for a decision.")
        if not self._store.one("SELECT 1 FROM change WHERE uuid = ? AND run = ?", (named, run["uuid"])):
            raise _wrong("/draft", "This run has no such draft.")
        said = [{"text": asked["note"], "change": named}] if "note" in asked else []
        said += [
            {"text": remark["text"], "change": named, "field": remark["field"]} for remark in asked.get("remarks", ())
        ]
        try:
            self.send(run["uuid"], said, by)
        except Problem as problem:
            raise Problem(409, "review_refused", str(problem)) from None

    def begin(self, uuid: str) -> None:
        """Begin the next round of a run that has ended, when somebody sent its drafts back. Once, however often it is called."""
        with self._store.transaction():
            run = self._runs.get(uuid)
            waiting = self._store.one("SELECT 1 FROM sent_back WHERE run = ? AND round = 0", (uuid,))
            agent = self._agents.get(run["agent"])
            stopped = self._store.setting("stopped", False)
            if not waiting or agent is None or stopped or not RunState(run["state"]).final:
                return
            now = run["round"] + 1
            self._store.run("UPDATE sent_back SET round = ? WHERE run = ? AND round = 0", (now, uuid))
            self._store.run("UPDATE run SET round = ? WHERE uuid = ?", (now, uuid))
            self._store.run("DELETE FROM checkpoint WHERE run = ?", (uuid,))
            self._runs.renew(uuid, agent, {}, self.told(self._runs.get(uuid)))
        self._wake()

    def told(self, run: Row) -> dict[str, Any]:
        """The member `review` of the job of a run's present round; nothing before the first one."""
        rows = self._store.all("SELECT * FROM sent_back WHERE run = ? AND round > 0 ORDER BY id", (run["uuid"],))
        if not rows:
            return {}
        rounds: dict[int, list[Any]] = {}
        for row in rows:
            rounds.setdefault(row["round"], []).extend(json.loads(row["remarks"]))
        remarks = rounds.pop(run["round"])
        meant = {remark.get("change") for remark in remarks}
        drafts = [draft for change in self._pending(run) if (draft := self._draft(change))]
        by = dict.fromkeys(row["sent_by"] for row in rows if row["round"] == run["round"])
        review = {
            "round": run["round"],
            "by": ", ".join(by),
            "remarks": remarks,
            "drafts": sorted(drafts, key=lambda draft: draft["change"] not in meant),
        }
        earlier = [{"round": number, "remarks": said} for number, said in rounds.items()]
        return {"review": review | ({"earlier": earlier} if earlier else {})}

    def _refuse(self, run: Row, change: str) -> None:
        sql = "SELECT status FROM change WHERE uuid = ? AND run = ?"
        found = self._store.one(sql, (change, run["uuid"]))
        if found is None or found["status"] != "pending":
            raise Problem(409, "decided", f"The draft {change} does not wait for a decision any more.")
        at_work = not RunState(run["state"]).final
        rows = self._store.all(
            "SELECT * FROM sent_back WHERE run = ? AND round IN (0, ?)", (run["uuid"], run["round"] if at_work else 0)
        )
        for row in rows:
            if any(remark.get("change") == change for remark in json.loads(row["remarks"])):
                raise Problem(409, "sent_back", f"{row['sent_by']} has sent this draft back already.")

    def _pending(self, run: Row) -> list[Row]:
        return self._store.all("SELECT * FROM change WHERE run = ? AND status = 'pending' ORDER BY id", (run["uuid"],))

    def _draft(self, change: Row) -> dict[str, Any] | None:
        newest = self._content.latest(change["entity"])
        if newest is None:
            return None
        draft = {name: change[name] for name in ("entity_type", "bundle", "entity", "langcode", "label", "summary")}
        return draft | {"change": change["uuid"], "revision": newest.vid, "fields": newest.fields}


def _wrong(pointer: str, detail: str) -> Problem:
    return Problem(422, "invalid", f"{pointer}: {detail}", errors=[{"pointer": pointer, "detail": detail}])


def allows(sent: int) -> bool:
    """Whether drafts that were sent back so often may be sent back once more. Vectors `rounds`."""
    return sent < ROUNDS


def answered(store: Store, run: Row, entity: str) -> str | None:
    """The change that a new draft of this run answers: what it had left of the item before the present round."""
    if run["round"] == 0:
        return None
    sql = "SELECT uuid, round, answers FROM change WHERE run = ? AND entity = ? ORDER BY id DESC LIMIT 1"
    last = store.one(sql, (run["uuid"], entity))
    return None if last is None else last["uuid"] if last["round"] < run["round"] else last["answers"]
