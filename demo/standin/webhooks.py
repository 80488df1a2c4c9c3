"""Webhooks of the stand-in: what comes of runs is noted with it, handed out signed, and sent again as Drupal does."""

from __future__ import annotations

import json
import secrets
from base64 import b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from demo.standin import times
from demo.standin.problems import Problem
from demo.standin.runs import Runs
from demo.standin.store import Row, Store
from sidecar import contracts, json_text
from sidecar.drupal import signing

if TYPE_CHECKING:
    from demo.standin.site import Site

EVENTS = ("draft.ready", "run.finished", "run.failed", "run.question")
LEASE_SECONDS = 120
DELAYS = (5, 30, 120, 600, 1800, 3600, 7200, 14400)
DAY = 86400
BUSY = (408, 425, 429)
DUE = (
    "d.state = 'waiting' AND (d.next_at = 0 OR (d.next_at <= :now AND w.hold_until <= :now AND w.is_on))"
    " AND w.leased_until <= :now"
)
FROM = "FROM delivery d JOIN webhook w ON w.id = d.webhook"


def endpoints(site: Site) -> list[tuple[str, str, Callable[[Request, bytes], tuple[int, dict[str, Any]]]]]:
    """Method, path and handler of what the sidecar asks for."""

    def answer(request: Request, body: bytes) -> tuple[int, dict[str, Any]]:
        site.auth.site_signed(request.headers, body)
        asked = site.meant(json_text.loads(body))
        return 200, site.webhooks.answer(request.path_params["step"], asked) | site.identity()

    return [("POST", "webhooks/{step}", answer)]


class Webhooks:
    """The webhooks of a site, and answers to `webhooks/claim` and `webhooks/report`."""

    def __init__(self, store: Store, runs: Runs, site: str) -> None:
        self._store = store
        self._runs = runs
        self._site = site
        runs.ended = self.ended

    def add(self, agent: str, url: str, events: tuple[str, ...] = EVENTS, key: str | None = None) -> tuple[int, str]:
        """Let an address be told of the runs of an agent, or of those that were started by a dispatch key (its id; then `agent` is empty);
        the webhook's number and its secret."""
        secret = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
        sql = "INSERT INTO webhook (agent, dispatch_key, url, events, secret) VALUES (?, ?, ?, ?, ?)"
        return self._store.run(sql, (agent, key, url, json.dumps(events), secret)), secret

    def deliveries(self) -> list[dict[str, Any]]:
        """All that was told, the oldest first."""
        return [dict(row) for row in self._store.all("SELECT * FROM delivery ORDER BY id")]

    def again(self, delivery: int) -> None:
        """Send one again at once, by the same id."""
        self._store.run("UPDATE delivery SET state = 'waiting', next_at = 0, expires = NULL WHERE id = ?", (delivery,))

    def ended(self, uuid: str) -> None:
        """Note the end of a run. Called in its transaction."""
        run = self._runs.get(uuid)
        if run["dry_run"]:
            return
        self._tell("run.finished" if run["state"] == "completed" else "run.failed", run, {})
        pending = [change for change in self._runs.changes(uuid) if change["status"] == "pending"]
        if pending:
            drafts = [
                {"uuid": change["uuid"], "operation": change["operation"], "entity_type": change["entity_type"]}
                | {"entity": change["entity"], "url": f"/node/{change['entity_id']}/latest"}
                for change in pending[:50]
            ]
            self._tell("draft.ready", run, {"drafts": drafts, "drafts_total": len(pending)})

    def asks(self, run: Row, question: str, expires: str | None) -> None:
        """Note the question of a run, once. Called in the transaction in which it waits."""
        known = "SELECT 1 FROM delivery WHERE run = ? AND question = ?"
        if not run["dry_run"] and self._store.one(known, (run["uuid"], question)) is None:
            self._tell("run.question", run, {"question": {"id": question, "expires": expires}}, question)

    def any_due(self) -> bool:
        """Whether messages wait to be sent now."""
        return self._store.one(f"SELECT 1 {FROM} WHERE {DUE}", {"now": self._now()}) is not None

    def answer(self, step: str, asked: dict[str, Any]) -> dict[str, Any]:
        """The answer to a signed request. Raises Problem."""
        if step == "claim":
            return self._claim()
        if step != "report":
            raise Problem(404, "not_found", "There are webhooks/claim and webhooks/report.")
        if errors := list(contracts.problems("webhook#report", asked)):
            raise Problem(422, "invalid", f"{errors[0]['pointer']}: {errors[0]['detail']}", errors=errors)
        with self._store.transaction():
            for result in asked["results"]:
                self._take(asked["webhook"], asked["lease"], result)
            sql = "UPDATE webhook SET leased_until = 0 WHERE id = ? AND leased_by = ?"
            self._store.run(sql, (asked["webhook"], asked["lease"]))
        return {"taken": True}

    def _now(self) -> int:
        return int(self._store.clock())

    def _tell(self, event: str, run: Row, more: dict[str, Any], question: str | None = None) -> None:
        told = "SELECT * FROM webhook WHERE (agent = ? OR dispatch_key = ?) AND is_on"
        for hook in self._store.all(told, (run["agent"], run["via_key"])):
            if event not in json.loads(hook["events"]):
                continue
            data = {"site": self._site, "agent": run["agent"], "run": self._shown(run)} | more
            body = json.dumps({"type": event, "timestamp": times.wire(self._store.clock()), "data": data})
            sql = "INSERT INTO delivery (message, webhook, run, event, body, next_at, question) VALUES (?, ?, ?, ?, ?, ?, ?)"
            message = f"msg_{secrets.token_hex(16)}"
            self._store.run(sql, (message, hook["id"], run["uuid"], event, body, self._now(), question))

    def _shown(self, run: Row) -> dict[str, Any]:
        shown = self._runs.show(run)
        kept = ("uuid", "state", "reason", "message", "generation", "parent", "created", "started", "finished", "usage")
        return {name: shown[name] for name in kept} | {
            "trigger": shown["trigger"]["type"],
            "url": shown["url"],
            "api_url": f"/background-agents/v1/runs/{run['uuid']}",
        }

    def _claim(self) -> dict[str, Any]:
        with self._store.transaction():
            found = self._store.all(f"SELECT DISTINCT w.id {FROM} WHERE {DUE} LIMIT 10", {"now": self._now()})
            lanes = [self._lane(row["id"]) for row in found]
        return {"webhooks": lanes, "look_in": 10 if self._store.one("SELECT 1 FROM webhook") else 60}

    def _lane(self, webhook: int) -> dict[str, Any]:
        now, lease = self._now(), secrets.token_hex(16)
        sql = (
            f"SELECT d.*, w.url, w.secret, w.dispatch_key {FROM} WHERE w.id = :webhook AND {DUE} ORDER BY d.id LIMIT 10"
        )
        rows = self._store.all(sql, {"now": now, "webhook": webhook})
        taken = "UPDATE webhook SET leased_by = ?, leased_until = ? WHERE id = ?"
        self._store.run(taken, (lease, now + LEASE_SECONDS, webhook))
        messages = [
            {"id": row["message"], "body": row["body"]}
            | {"headers": signing.sign(row["secret"], row["body"].encode(), now, row["message"])}
            for row in rows
        ]
        subject = "key" if rows[0]["dispatch_key"] else "agent"
        return {
            "webhook": webhook,
            "lease": lease,
            "subject": subject,
            "url": rows[0]["url"],
            "messages": messages,
        }

    def _take(self, webhook: int, lease: str, result: dict[str, Any]) -> None:
        hook = self._store.one("SELECT * FROM webhook WHERE id = ?", (webhook,))
        sql = "SELECT * FROM delivery WHERE message = ? AND webhook = ? AND state != 'sent'"
        delivery = self._store.one(sql, (result["id"], webhook))
        if hook is None or delivery is None:
            return
        status, now = result["status"], self._now()
        if status is not None and 200 <= status < 300:
            self._tried(delivery, "sent", result, now)
            self._store.run("UPDATE webhook SET failures = 0, hold_until = 0 WHERE id = ?", (webhook,))
        elif hook["leased_by"] == lease and status == 410:
            self._tried(delivery, "given_up", result, now)
            self._store.run("UPDATE webhook SET is_on = 0 WHERE id = ?", (webhook,))
            waiting = "UPDATE delivery SET state = 'given_up' WHERE webhook = ? AND state = 'waiting'"
            self._store.run(waiting, (webhook,))
        elif hook["leased_by"] == lease:
            self._failed(hook, delivery, result, now)

    def _failed(self, hook: Row, delivery: Row, result: dict[str, Any], now: int) -> None:
        status = result["status"]
        down = status is None or not 400 <= status < 500 or status in BUSY
        failures = hook["failures"] if down else delivery["attempts"]
        at = now + max(DELAYS[min(failures, len(DELAYS) - 1)], min(result.get("retry_after") or 0, DELAYS[-1]))
        expires = delivery["expires"] or now + DAY
        self._tried(delivery, "waiting" if now < expires else "given_up", result, min(at, expires), expires)
        if down:
            held = "UPDATE webhook SET failures = failures + 1, hold_until = ? WHERE id = ?"
            self._store.run(held, (at, hook["id"]))

    def _tried(
        self, delivery: Row, state: str, result: dict[str, Any], next_at: int, expires: int | None = None
    ) -> None:
        self._store.run(
            "UPDATE delivery SET state = ?, attempts = attempts + 1, code = ?, answer = ?, error = ?, next_at = ?, expires = ? WHERE id = ?",
            (
                state,
                result["status"],
                result.get("text", ""),
                result.get("error", ""),
                next_at,
                expires,
                delivery["id"],
            ),
        )
