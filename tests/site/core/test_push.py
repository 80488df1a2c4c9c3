"""Jobs and commands are pushed to the sidecar after the response."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from sidecar.drupal import signing
from tests.site.drupal import SECRET, Site
from tests.site.people import Person, dispatched, php
from tests.site.sidecar import Sidecar, event, item


class Receiver:
    """What a sidecar gets by push. `answer` makes the response of a request's document."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.status = 202
        self.refuse: set[str] = set()
        self.problem: dict[str, Any] = {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                signing.verify(
                    [SECRET],
                    {name.lower(): value for name, value in self.headers.items()},
                    body,
                    time.time(),
                    signing.TO_SIDECAR,
                )
                document = json.loads(body)
                receiver.requests.append((self.path, document))
                runs = [job["run"] for job in document.get("jobs", [])]
                answer = {
                    "accepted": [{"run": run, "attempt": 1} for run in runs if run not in receiver.refuse],
                    "refused": [
                        {"run": run, "code": "no", "title": "No", "status": 422}
                        for run in runs
                        if run in receiver.refuse
                    ],
                }
                self.send_response(receiver.status)
                self.end_headers()
                self.wfile.write(json.dumps(answer | receiver.problem).encode())

            def log_message(self, format: str, *args: Any) -> None:
                """Keeps the tests' output clean."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def jobs(self) -> list[dict[str, Any]]:
        return [job for path, document in self.requests if path == "/v1/jobs" for job in document["jobs"]]

    def wait(self, count: int) -> list[tuple[str, dict[str, Any]]]:
        """Waits until so many requests have come, at most 5 seconds."""
        end = time.monotonic() + 5
        while len(self.requests) < count and time.monotonic() < end:
            threading.Event().wait(0.02)
        return self.requests


@pytest.fixture
def receiver(site: Site, clean: None) -> Iterator[Receiver]:
    made = Receiver()
    set_ = "\\Drupal::configFactory()->getEditable('background_agents.settings')->set('transport', '{}')->set('sidecar_url', '{}')->save();"
    site.php(
        set_.format("push", f"http://127.0.0.1:{made.server.server_port}")
        + "\\Drupal::state()->delete('background_agents.breaker');"
    )
    yield made
    site.php(set_.format("http", "") + "\\Drupal::state()->delete('background_agents.breaker');")
    made.server.shutdown()
    made.server.server_close()


def outbox(site: Site, run: str) -> dict[str, Any]:
    return site.sql(
        "SELECT status, attempt, claimed_by, available_at - created AS later FROM background_agents_outbox WHERE run = %s",
        run,
    )[0]


def test_a_job_is_pushed_after_the_response(site: Site, runner: Person, receiver: Receiver) -> None:
    run = dispatched(runner)
    receiver.wait(1)
    [job] = receiver.jobs()
    assert (job["run"], job["attempt"]) == (run, 1)
    assert outbox(site, run)["status"] == 1


def test_a_job_that_is_not_taken_stays_and_is_sent_again(site: Site, runner: Person, receiver: Receiver) -> None:
    """A failure puts it off; cron sends it with a higher attempt."""
    receiver.status = 500
    run = dispatched(runner)
    receiver.wait(1)
    end = time.monotonic() + 5
    while outbox(site, run)["status"] != 0 and time.monotonic() < end:
        threading.Event().wait(0.02)
    assert outbox(site, run)["status"] == 0
    assert outbox(site, run)["later"] > 0
    receiver.status = 202
    site.sql("UPDATE background_agents_outbox SET available_at = 0")
    site.drush("core:cron")
    assert [job["attempt"] for job in receiver.jobs()] == [1, 2]
    assert outbox(site, run)["status"] == 1


def test_drush_pushes_at_its_end_and_commands_are_pushed(
    site: Site, runner: Person, sidecar: Sidecar, receiver: Receiver
) -> None:
    run = site.drush("background-agents:run", "core", '--input={"topic": "x"}').strip()
    assert [job["run"] for job in receiver.jobs()] == [run]
    sidecar.report(item(run, event(1, "run_started", worker="w")))
    site.drush("background-agents:cancel", run)
    path, document = receiver.wait(2)[-1]
    assert path == "/v1/commands"
    assert [command["command"] for command in document["commands"] if command["run"] == run] == ["cancel"]
    site.drush("background-agents:stop")
    site.drush("background-agents:start")
    assert [document["stop"] for path, document in receiver.requests if path == "/v1/commands"] == [False, True, False]


def test_a_save_that_waits_for_further_ones_says_when_to_look(
    site: Site, runner: Person, sidecar: Sidecar, receiver: Receiver
) -> None:
    """The sidecar is told after the response, and again with each claim: else the run comes up to a minute late."""
    site.drush("config:set", "background_agents.trigger.core_articles", "debounce", "30", "-y")
    receiver.requests.clear()
    try:
        site.php("\\Drupal\\node\\Entity\\Node::create(['type' => 'article', 'title' => 'Wait for me'])->save();")
        [(path, document)] = receiver.wait(1)
        assert path == "/v1/commands"
        assert 25 <= document["look_in"] <= 30
        answer = sidecar.post("jobs/claim", {"worker": "w"}).json()
        assert answer["jobs"] == []
        assert 20 <= answer["look_in"] <= 30
        site.sql("UPDATE background_agents_trigger_log SET available_at = available_at - 60")
        answer = sidecar.post("jobs/claim", {"worker": "w"}).json()
        assert [job["input"]["topic"] for job in answer["jobs"]] == ["Wait for me"]
        assert answer["look_in"] is None
    finally:
        site.drush("config:set", "background_agents.trigger.core_articles", "debounce", "0", "-y")


def test_a_sidecar_that_is_down_costs_little(site: Site, runner: Person, clean: None) -> None:
    """No connection: the answer is not kept waiting, the breaker opens, the job stays for the claim."""
    site.php(
        "\\Drupal::configFactory()->getEditable('background_agents.settings')->set('transport', 'push')->set('sidecar_url', 'http://127.0.0.1:9')->save();"
    )
    try:
        runs = [dispatched(runner) for _ in range(5)]
        end = time.monotonic() + 5
        code = "print json_encode(\\Drupal::state()->get('background_agents.breaker'));"
        while (php(site, code) or {}).get("until", 0) < time.time() and time.monotonic() < end:
            threading.Event().wait(0.02)
        assert php(site, code)["failures"] >= 3
        assert len(runs) == len(site.sql("SELECT id FROM background_agents_outbox"))
    finally:
        site.php(
            "\\Drupal::configFactory()->getEditable('background_agents.settings')->set('transport', 'http')->set('sidecar_url', '')->save();"
            "\\Drupal::state()->delete('background_agents.breaker');"
        )
