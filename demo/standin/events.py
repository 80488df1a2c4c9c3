"""Intake of events and ends in batches, idempotent by (run, seq)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from demo.standin import fence, schemas, times
from demo.standin.commands import Commands
from demo.standin.outbox import CLAIMED, Outbox
from demo.standin.problems import Problem
from demo.standin.reviews import Reviews
from demo.standin.runs import Runs
from demo.standin.spending import Spending
from demo.standin.store import Row, Store
from demo.standin.watched import WatchedRuns
from sidecar import contracts, json_text
from sidecar.runs.run import RunState

MAX_EVENTS = 500
MAX_BYTES = 1_000_000

STATE_AFTER = {
    "run_queued": RunState.QUEUED,
    "run_started": RunState.RUNNING,
    "run_resumed": RunState.RUNNING,
    "run_waiting": RunState.WAITING,
    "run_retrying": RunState.WAITING,
    "run_paused": RunState.PAUSED,
}


class Refused(Exception):
    """Why the rest of a run's events is not taken: `status` of the answer, more members by keyword."""

    def __init__(self, status: str, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.answer = {"status": status, "detail": detail} | members


class EventIntake:
    """Takes batches (contracts/events)."""

    def __init__(
        self, store: Store, runs: Runs, commands: Commands, reviews: Reviews, outbox: Outbox, site: str
    ) -> None:
        self._store = store
        self._runs = runs
        self._commands = commands
        self._reviews = reviews
        self._outbox = outbox
        self._site = site
        self._spending = Spending(store)
        self.watched = WatchedRuns(store.clock)
        self.asks: Callable[[Row, str, str | None], None] = lambda run, question, expires: None
        """Is told of each question, in the transaction in which its run waits."""
        self.processes: list[dict[str, Any]] = []
        """The processes of the sidecar, as it told last."""

    def take(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Store what is new, run by run, each in a transaction of its own. The answer of the batch. Raises Problem."""
        _check_envelope(batch, self._site)
        self.processes = batch.get("processes", self.processes)
        done = batch.get("done_commands", [])
        with self._store.transaction():
            for command in done:
                self._store.run("UPDATE command SET done = 1 WHERE id = ?", (command,))
        if models := batch.get("models"):
            self._store.set("models", models)
        answer: dict[str, Any] = {"models": (self._store.setting("models", None) or {}).get("version", "")}
        answer |= {"runs": {item["run"]: self._take_run(item) for item in batch["runs"]}}
        answer["commands"] = self._commands.open()
        answer["stop"] = bool(self._store.setting("stopped", False))
        answer["spent"] = self._spending.document()
        answer["watched"] = self.watched.uuids()
        if batch.get("reconcile"):
            answer |= self._compare({item["run"] for item in batch.get("live", [])})
        return answer

    def _take_run(self, item: dict[str, Any]) -> dict[str, Any]:
        answer = self._take_run_whole(item)
        if answer["ended"]:
            self._reviews.begin(item["run"])
        return answer

    def _take_run_whole(self, item: dict[str, Any]) -> dict[str, Any]:
        with self._store.transaction():
            run = self._store.one("SELECT * FROM run WHERE uuid = ?", (item["run"],))
            if run is None:
                return {
                    "last_seq": 0,
                    "status": "unknown_run",
                    "detail": "There is no such run on this site.",
                    "ended": None,
                }
            verdict: dict[str, Any] = {"status": "ok"}
            try:
                self._take_over(run, item)
                self._store_events(run, item["events"])
                self._store_usage(run, item)
            except Refused as refusal:
                verdict = refusal.answer
            if verdict["status"] == "ok" and (end := item.get("end")):
                finished = times.seconds(end["finished"]) if end.get("finished") else None
                told = (end.get("message"), end.get("output"), finished, end.get("checkpoint"))
                self._runs.finish(item["run"], end["state"], end["reason"], *told)
            now = self._runs.get(item["run"])
            return verdict | {
                "last_seq": now["last_seq"],
                "ended": now["state"] if RunState(now["state"]).final else None,
            }

    def _take_over(self, run: Row, item: dict[str, Any]) -> None:
        """Only the attempt that was handed out last is listened to."""
        current = fence.current_attempt(self._outbox, run)
        if item["attempt"] != current or item["generation"] != run["generation"]:
            raise Refused("stale_attempt", f"Attempt {current} of generation {run['generation']} is the current one.")
        fence.reported(self._store, self._outbox, run, current)

    def _store_events(self, run: Row, events: list[Any]) -> None:
        last = run["last_seq"]
        for event in events:
            seq = event.get("seq") if isinstance(event, dict) else None
            if not isinstance(seq, int) or isinstance(seq, bool) or not 1 <= seq <= json_text.MAX_COUNTER:
                raise Refused("refused", "An event has no seq, or one that no event can have.", refused_seq=last + 1)
            if seq > last + 1:
                raise Refused("seq_gap", f"After {last} comes {last + 1}, not {seq}.")
            if seq <= last:
                self._compare_hash(run, event)
                continue
            if wrong := schemas.event_problem(event):
                raise Refused("refused", wrong, refused_seq=seq)
            self._insert(run, event)
            last = seq

    def _compare_hash(self, run: Row, event: dict[str, Any]) -> None:
        """The hash is the sender's: it is compared here, never computed."""
        stored = self._store.one("SELECT hash FROM event WHERE run = ? AND seq = ?", (run["id"], event["seq"]))
        if stored is None or stored["hash"] != event.get("hash"):
            raise Refused("seq_conflict", f"Event {event['seq']} is stored here with another content.")

    def _insert(self, run: Row, event: dict[str, Any]) -> None:
        self._store.run(
            "INSERT INTO event (run, seq, type, hash, document) VALUES (?, ?, ?, ?, ?)",
            (run["id"], event["seq"], event["type"], event["hash"], json.dumps(event, ensure_ascii=False)),
        )
        self._store.run("UPDATE run SET last_seq = ? WHERE id = ?", (event["seq"], run["id"]))
        state = STATE_AFTER.get(event["type"])
        if state is not None and not RunState(run["state"]).final:
            started = times.seconds(event["time"]) if event["type"] == "run_started" else None
            self._store.run(
                "UPDATE run SET state = ?, waiting = ?, started = COALESCE(started, ?) WHERE id = ?",
                (state, waiting := self._waiting(run, event), started, run["id"]),
            )
            asked = json.loads(waiting)["data"] if waiting else {}
            if event["type"] == "run_waiting" and event["data"].get("for") == "approval" and "id" in asked:
                self.asks(self._runs.get(run["uuid"]), asked["id"], asked.get("expires"))

    def _waiting(self, run: Row, event: dict[str, Any]) -> str | None:
        """What the run waits for after this event, as the job's `waiting`. For an approval, the question and its id go with it."""
        if event["type"] not in ("run_waiting", "run_retrying"):
            return None
        cause = event["data"].get("for", "retry")
        data = dict(event["data"])
        if cause == "approval":
            sql = "SELECT document FROM event WHERE run = ? AND type = 'approval_requested' ORDER BY seq DESC LIMIT 1"
            asked = self._store.one(sql, (run["id"],))
            question = json.loads(asked["document"])["data"] if asked else {}
            known = {"id": question.get("id"), "expires": question.get("expires"), "question": question}
            data |= {name: value for name, value in known.items() if value}
        return json.dumps({"for": cause, "data": data})

    def _store_usage(self, run: Row, item: dict[str, Any]) -> None:
        before = json.loads(run["usage"])
        usage = before | item.get("usage", {}) | item.get("end", {}).get("usage", {})
        # Events that were stored before bring nothing: what they tell was booked with them.
        new = [event for event in item["events"] if event["seq"] > run["last_seq"]]
        self._spending.book(run, before, usage, new)
        self._store.run("UPDATE run SET usage = ? WHERE id = ?", (json.dumps(usage), run["id"]))

    def _compare(self, live: set[str]) -> dict[str, list[str]]:
        """Which unfinished runs the sidecar should have and does not, and which it has and should not."""
        now = self._store.clock()
        missing, after = [], 0
        while rows := self._outbox.unfinished(200, after):
            after = rows[-1].id
            overdue = [
                row for row in rows if row.status == CLAIMED and (row.claimed_until is None or row.claimed_until < now)
            ]
            missing += [row.run for row in overdue if row.run not in live]
        ended = [run for run in sorted(live) if (row := self._find(run)) is not None and RunState(row["state"]).final]
        return {"missing": missing, "ended": ended}

    def _find(self, uuid: str) -> Row | None:
        return self._store.one("SELECT * FROM run WHERE uuid = ?", (uuid,))

    def stored(self, run: Row, after: int = 0, limit: int = 200) -> list[dict[str, Any]]:
        """Events of a run behind a seq, in order."""
        rows = self._store.all(
            "SELECT document FROM event WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?", (run["id"], after, limit)
        )
        return [json.loads(row["document"]) for row in rows]


def _check_envelope(batch: Any, site: str) -> None:
    """Only the envelope: the events are looked at one by one, so that one bad event refuses itself, not the batch."""
    runs = batch.get("runs") if isinstance(batch, dict) else None
    bare = batch
    if isinstance(runs, list):
        items = [item if isinstance(item, dict) else {} for item in runs]
        if sum(len(item["events"]) for item in items if isinstance(item.get("events"), list)) > MAX_EVENTS:
            raise Problem(413, "too_large", f"At most {MAX_EVENTS} events in a batch; send the rest in the next one.")
        bare = {**batch, "runs": [_without_events(item) for item in runs]}
    if errors := list(contracts.problems("events#batch", bare)):
        raise Problem(422, "invalid", f"The batch breaks its schema: {errors[0]['detail']}", errors=errors)
    if batch["site"] != site:
        detail = f"This is the site {site}, not {batch['site']}. Correct the site's id in the sidecar's settings."
        raise Problem(409, "wrong_site", detail)


def _without_events(item: Any) -> Any:
    return item | {"events": []} if isinstance(item, dict) and isinstance(item.get("events"), list) else item
