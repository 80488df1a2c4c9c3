"""The real sidecar beside the real Drupal: its process, its scripts, and what the tests ask of both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import redis

from sidecar import embedded
from sidecar.drupal import signing
from sidecar.settings import secret_bytes
from tests.site.drupal import SECRET, Site
from tests.site.people import Person
from tests.support.ending import end
from tests.support.ports import free_port

Found = TypeVar("Found")
FINAL = {"completed", "failed", "cancelled", "expired"}
LEASE_SECONDS = 4
WRONG_SECRET = "whsec_d3JvbmctMDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"


def until(look: Callable[[], Found | None], seconds: float, what: str) -> Found:
    """The first true answer of `look`; an assertion that says `what` when there is none in time."""
    end = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        threading.Event().wait(0.05)


class Up:
    """`sidecar up` as a process of its own, with an embedded Redis in `folder`. It can be killed and started again."""

    def __init__(self, site: Site, folder: Path, transport: str, database: str | None = None) -> None:
        self.folder, self.transport = folder, transport
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "sidecar.log"
        self._process: subprocess.Popen[bytes] | None = None
        own = {
            "SITE_URL": site.url,
            "SITE_SECRET": SECRET,
            "INTAKE": transport,
            "PORT": str(self.port),
            "DATA_DIR": str(folder / "redis"),
            "SCRIPTS_DIR": str(folder / "scripts"),
            "WORKER__SLOT": f"e2e-{uuid.uuid4().hex[:8]}",
            "WORKER__LEASE_SECONDS": str(LEASE_SECONDS),
            "LIMITS__TOOL_TIMEOUT": "5",
            "ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
            "ALLOWED_PRIVATE_HOSTS_FOR_CALLERS": "127.0.0.1",
            "CONFIG": str(folder / "none.toml"),
        }
        if database:
            own["DATABASE_URL"] = database
        (folder / "none.toml").touch()
        (folder / "scripts").mkdir(exist_ok=True)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("SIDECAR_")}
        self.environment |= {f"SIDECAR_{name}": value for name, value in own.items()}

    def start(self, **overrides: str) -> None:
        """Starts it, with other settings where given; returns when it is ready."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sidecar", "up"],
                env=self.environment | overrides,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until(self._ready, 60, f"the sidecar is ready; its log: {self.log}")

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()[-3000:]
        try:
            ready = httpx.get(f"{self.url}/ready", timeout=5).status_code == 200
        except httpx.TransportError:
            return False
        return ready and "worker_started" in self.log.read_text()

    def kill(self) -> None:
        """kill -9: nothing is handed over. The Redis lives on, as one on another machine would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)
        self.log.rename(self.log.with_suffix(f".{time.monotonic_ns()}.log"))

    def stop(self) -> None:
        """An orderly end."""
        if self._process is None or self._process.poll() is not None:
            return
        end(self._process)
        if self.log.exists():
            self.log.rename(self.log.with_suffix(f".{time.monotonic_ns()}.log"))

    def flush(self) -> None:
        """FLUSHALL: Redis forgets everything."""
        client = redis.Redis.from_url(embedded.url_of(self.folder / "redis"))
        client.flushall()
        client.close()

    def script(self, name: str, *steps: dict[str, Any], **members: Any) -> None:
        """Writes the script of a scripted model."""
        file = self.folder / "scripts" / f"{name}.json"
        file.write_text(json.dumps({"steps": list(steps)} | members))


class World:
    """A site, a sidecar for it, an editor, and the agents of `agents.py`."""

    def __init__(self, site: Site, up: Up, made: dict[str, Any]) -> None:
        self.site, self.up = site, up
        self.accounts: dict[str, dict[str, Any]] = made["accounts"]
        self.editor = Person(site, "e2e_editor")

    def run(self, agent: str, **input_: Any) -> str:
        """Dispatches an agent as the editor; the run's UUID."""
        answer = self.editor.post("runs", {"agent": agent, "input": input_ | {"nonce": uuid.uuid4().hex}})
        assert answer.status_code == 201, answer.text
        return answer.json()["uuid"]

    def command(self, run: str, command: str, **data: Any) -> httpx.Response:
        answer = self.editor.post(f"runs/{run}/{command}", data)
        assert answer.status_code == 202, answer.text
        return answer

    def row(self, run: str) -> dict[str, Any]:
        """The run as Drupal stores it."""
        rows = self.site.sql("SELECT * FROM background_agents_run WHERE uuid = %s", run)
        return rows[0] if rows else {"state": "", "last_seq": 0}

    def held(self, run: str) -> dict[str, Any]:
        """The run as the sidecar holds it."""
        answer = httpx.get(f"{self.up.url}/v1/runs/{run}", timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def holds(self, run: str, state: str) -> bool:
        """Whether the sidecar has the run, in this state."""
        answer = httpx.get(f"{self.up.url}/v1/runs/{run}", timeout=10)
        return answer.status_code == 200 and answer.json()["state"] == state

    def attempt(self, run: str) -> int:
        """How often Drupal handed the run out; 0 when it has ended."""
        rows = self.site.sql("SELECT attempt FROM background_agents_outbox WHERE run = %s", run)
        return rows[0]["attempt"] if rows else 0

    def ended(self, run: str, seconds: float = 30) -> dict[str, Any]:
        """Waits for the run's end."""
        until(lambda: self.row(run)["state"] in FINAL, seconds, f"the run {run} ends; it is {self.row(run)}")
        return self.row(run)

    def completed(self, run: str, seconds: float = 30) -> dict[str, Any]:
        """Waits for the run's end, which is a good one."""
        row = self.ended(run, seconds)
        assert row["state"] == "completed", self.why(run)
        return row

    def why(self, run: str) -> str:
        """How the run ended, with what it and its last events say of it: for assertions."""
        row = self.row(run)
        last = [f"{event['seq']} {event['type']} {json.dumps(event['data'])[:300]}" for event in self.events(run)[-8:]]
        return "\n".join([f"{row['state']}, {row['reason']}: {row['message']}", *last])

    def waits(self, run: str, for_: str, seconds: float = 30) -> dict[str, Any]:
        """Waits until Drupal knows that the run waits."""
        until(lambda: self.row(run).get("waiting_for") == for_, seconds, f"it waits for {for_}; it is {self.row(run)}")
        return self.row(run)

    def events(self, run: str, type_: str | None = None) -> list[dict[str, Any]]:
        """The run's events from Drupal's API."""
        answer = self.editor.get(f"runs/{run}/events", params={"limit": 500})
        assert answer.status_code == 200, answer.text
        return [event for event in answer.json()["events"] if type_ in (None, event["type"])]

    def saw(self, run: str, type_: str, seconds: float = 20, times: int = 1) -> None:
        """Waits until Drupal has an event of a type."""
        until(lambda: len(self.events(run, type_)) >= times, seconds, f"{type_} of {run}; it is {self.row(run)}")

    def page(self, run: str) -> str:
        """The HTML of the run's page, as the editor gets it."""
        answer = self.editor.http.get(f"/admin/reports/background-agents/{self.row(run)['id']}")
        assert answer.status_code == 200, answer.text[:500]
        return answer.text

    def explained(self, run: str, state: str, reason: str, *words: str) -> None:
        """The run rests in this state, and its page says why, and in these words what to do."""
        row = self.row(run)
        assert (row["state"], row["reason"]) == (state, reason), row["message"]
        assert row["message"]
        page = self.page(run)
        assert f"<code>{reason}</code>" in page
        for word in words:
            assert word in page, f"{word!r} is not on the page; the message is: {row['message']}"

    def settled(self, run: str) -> None:
        """What every ended run has: events without a gap, its end stored, no outbox row, a token that is dead."""
        row = self.row(run)
        assert row["state"] in FINAL
        assert [event["seq"] for event in self.events(run)] == list(range(1, row["last_seq"] + 1))
        assert self.events(run, "run_finished")
        assert self.site.sql("SELECT id FROM background_agents_outbox WHERE run = %s", run) == []
        refused = self.as_run(run, "GET", "/background-agents/v1/me")
        assert refused.status_code == 401, refused.text

    def as_run(self, run: str, method: str, path: str) -> httpx.Response:
        """A request with the token of a run."""
        row = self.row(run)
        token = signing.run_token(secret_bytes(SECRET), run, row["generation"], row["account"])
        return self.site.http.request(method, path, headers={"Authorization": f"Bearer {token}"})

    def drafts(self, run: str) -> list[dict[str, Any]]:
        """The changes of a run, the oldest first."""
        return self.site.sql("SELECT * FROM background_agents_change WHERE run = %s ORDER BY id", self.row(run)["id"])

    def article(self, title: str = "An article") -> dict[str, Any]:
        """A published article: id, uuid, vid."""
        values = f"['type' => 'article', 'title' => '{title}', 'uid' => 1, 'moderation_state' => 'published',"
        code = (
            f"$n = \\Drupal\\node\\Entity\\Node::create({values} 'body' => ['value' => '<p>Text.</p>', 'format' => 'basic_html']]); $n->save();"
            "print json_encode(['id' => (int) $n->id(), 'uuid' => $n->uuid(), 'vid' => (int) $n->getRevisionId()]);"
        )
        return json.loads(self.site.php(code))

    def live(self, nid: int) -> dict[str, Any]:
        """What visitors see."""
        return self.site.sql(
            "SELECT d.title, d.status, d.vid FROM node_field_data d JOIN node n ON n.vid = d.vid WHERE d.nid = %s", nid
        )[0]

    def revisions(self, nid: int) -> list[dict[str, Any]]:
        """All revisions, the oldest first, with their moderation state."""
        return self.site.sql(
            "SELECT r.vid, r.title, m.moderation_state FROM node_field_revision r LEFT JOIN content_moderation_state_field_revision m "
            "ON m.content_entity_type_id = 'node' AND m.content_entity_revision_id = r.vid WHERE r.nid = %s ORDER BY r.vid",
            nid,
        )

    @contextmanager
    def switched(self, key: str, value: str) -> Iterator[None]:
        """A key of Drupal's state, set for a while: maintenance mode, for example."""
        self.site.php(f"\\Drupal::state()->set('{key}', {value});")
        try:
            yield
        finally:
            self.site.php(f"\\Drupal::state()->delete('{key}');")

    def close(self) -> None:
        self.editor.http.close()
