"""How Drupal tells the sidecar: signed jobs and commands, after the commit, from a thread of their own.

What the module does after the response and in cron is one loop here: send what is due, wait until there is more.
"""

from __future__ import annotations

import http.client
import json
import logging
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from demo.standin.commands import Commands
from demo.standin.outbox import Outbox, OutboxRow
from demo.standin.runs import Runs
from demo.standin.store import Store
from sidecar.drupal import signing

log = logging.getLogger(__name__)

BATCH = 20
TIMEOUT_SECONDS = 5.0
BACKOFF_SECONDS = (1, 2, 5, 15, 60)


class Pusher:
    """Sends to the sidecar at `url` (its root), signed with the site's first secret. `cron_seconds`: how often it looks without being woken."""

    def __init__(
        self,
        store: Store,
        runs: Runs,
        commands: Commands,
        outbox: Outbox,
        identity: dict[str, str],
        secret: str,
        url: str,
        cron_seconds: float = 1.0,
    ) -> None:
        self._store = store
        self._runs = runs
        self._commands = commands
        self._outbox = outbox
        self._identity = identity
        self._secret = secret
        self._url = urlsplit(url)
        self._cron_seconds = cron_seconds
        self._due = threading.Event()
        self._stopping = False
        self._failures = 0
        self._schedules: Callable[[], str] | None = None
        self._told: tuple[bool, frozenset[int]] = (False, frozenset())
        self._told_schedules: str | None = None
        self._connection: http.client.HTTPConnection | None = None
        self._thread = threading.Thread(target=self._loop, name="standin-push", daemon=True)

    def tell_schedules(self, version: Callable[[], str]) -> None:
        """Tell the sidecar when `version` of the site's schedules is another one than it is now."""
        self._schedules, self._told_schedules = version, version()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wake(self) -> None:
        """There is something to send."""
        self._due.set()

    def stop(self) -> None:
        """End the thread; waits for the request that is under way."""
        self._stopping = True
        self._due.set()
        self._thread.join(TIMEOUT_SECONDS + 1)

    def _loop(self) -> None:
        while not self._stopping:
            self._due.wait(self._cron_seconds)
            self._due.clear()
            if self._stopping:
                break
            try:
                self._push_commands()
                while not self._stopping and self._push_jobs():
                    pass
            except (OSError, http.client.HTTPException, ValueError) as error:
                log.warning("The sidecar at %s does not answer: %s", self._url.geturl(), error)
        if self._connection is not None:
            self._connection.close()

    def _push_jobs(self) -> bool:
        """Claim, send, and give back what was not accepted. True when there may be more."""
        if self._store.setting("stopped", False):
            return False
        with self._store.transaction():
            rows = self._outbox.due(BATCH, self._store.clock())
            jobs = [self._runs.job(row, self._outbox.claim(row.run, "push", self._store.clock())) for row in rows]
        if not jobs:
            return False
        try:
            status, answer = self._send("/v1/jobs", {**self._identity, "jobs": jobs})
        except (OSError, http.client.HTTPException, ValueError):
            self._give_back(rows)
            raise
        if status != 202:
            log.warning("The sidecar did not accept jobs (HTTP %d): %s", status, answer.get("detail", ""))
            self._give_back(rows)
            return False
        self._failures = 0
        self._settle(rows, answer)
        return len(rows) == BATCH

    def _settle(self, rows: list[OutboxRow], answer: dict[str, Any]) -> None:
        """A job that the sidecar will never take ends its run; one that it may take later goes back."""
        accepted = {item["run"] for item in answer.get("accepted", [])}
        refused = {item.get("run"): item for item in answer.get("refused", [])}
        for row in rows:
            problem = refused.get(row.run)
            if problem is not None and problem.get("status") in (400, 422):
                self._runs.finish(row.run, "failed", "job:refused", problem.get("detail"))
            elif row.run not in accepted:
                self._give_back([row])

    def _give_back(self, rows: list[OutboxRow]) -> None:
        delay = BACKOFF_SECONDS[min(self._failures, len(BACKOFF_SECONDS) - 1)]
        self._failures += 1
        for row in rows:
            self._outbox.give_back(row.run, self._store.clock() + delay)

    def _push_commands(self) -> None:
        """Commands, the stop switch and other schedules, once each; the answer to an events batch repeats them."""
        stop = bool(self._store.setting("stopped", False))
        commands = self._commands.open()
        state = (stop, frozenset(command["id"] for command in commands))
        version = self._schedules() if self._schedules is not None else None
        changed = {} if version == self._told_schedules else {"schedules": version}
        if state == self._told and not changed:
            return
        fresh = [command for command in commands if command["id"] not in self._told[1]]
        if fresh or changed or stop != self._told[0]:
            status, _ = self._send("/v1/commands", {**self._identity, "stop": stop, "commands": fresh} | changed)
            if status != 202:
                return
        self._told, self._told_schedules = state, version

    def _send(self, path: str, document: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """POST, signed; status and answer. A kept connection that the other side has closed is opened once more."""
        body = json.dumps(document, ensure_ascii=False).encode()
        for attempt in (1, 2):
            headers = signing.sign(self._secret, body, int(self._store.clock()), signing.new_id(signing.TO_SIDECAR))
            fresh = self._connection is None
            if self._connection is None:
                maker = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
                self._connection = maker(self._url.hostname or "", self._url.port, timeout=TIMEOUT_SECONDS)
            try:
                self._connection.request(
                    "POST", self._url.path.rstrip("/") + path, body, {"Content-Type": "application/json", **headers}
                )
                response = self._connection.getresponse()
                answer = json.loads(response.read() or b"{}")
                return response.status, answer if isinstance(answer, dict) else {}
            except (OSError, http.client.HTTPException):
                self._connection.close()
                self._connection = None
                if fresh or attempt == 2:
                    raise
        raise AssertionError("not reached")
