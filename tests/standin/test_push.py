"""Drupal tells the sidecar: signed jobs after the commit, again when they were not accepted, commands and the stop switch."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from demo.standin import StandIn
from sidecar import contracts
from sidecar.drupal import signing

WAIT_SECONDS = 60.0


class Sidecar:
    """Takes what is pushed, checks the signature, and answers as told. `answers`: (status, document) for the next requests, then 202."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, Any]]] = []
        self.answers: list[tuple[int, dict[str, Any]]] = []
        self.secret = ""
        self._arrived = threading.Condition()
        sidecar = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                signing.verify([sidecar.secret], headers, body, float(headers["webhook-timestamp"]), signing.TO_SIDECAR)
                status, answer = sidecar.take(self.path, json.loads(body))
                raw = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing on standard error."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def take(self, path: str, document: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self._arrived:
            self.received.append((path, document))
            self._arrived.notify_all()
            if self.answers:
                return self.answers.pop(0)
        return 202, {
            "accepted": [{"run": job["run"], "attempt": job["attempt"]} for job in document.get("jobs", [])],
            "refused": [],
        }

    def heard(self, count: int) -> list[tuple[str, dict[str, Any]]]:
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.received) >= count, WAIT_SECONDS), self.received
            return list(self.received)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(WAIT_SECONDS)


@pytest.fixture
def sidecar() -> Iterator[Sidecar]:
    made = Sidecar()
    yield made
    made.close()


@pytest.fixture
def drupal(sidecar: Sidecar) -> Iterator[StandIn]:
    with StandIn(cron_seconds=0.05) as standin:
        sidecar.secret = standin.secret
        standin.add_agent("writer")
        standin.push_to(sidecar.url)
        yield standin


def test_a_job_is_pushed_after_dispatch(drupal: StandIn, sidecar: Sidecar) -> None:
    """Signed, valid, claimed for a minute, and sent once."""
    run = drupal.dispatch("writer", {"topic": "x"})
    ((path, document),) = sidecar.heard(1)
    assert (path, document["site"]) == ("/v1/jobs", "default")
    (job,) = document["jobs"]
    contracts.check("job", job)
    assert (job["run"], job["attempt"]) == (run, 1)
    row = drupal.site.outbox.get(run)
    assert row is not None
    assert (row.status, row.claimed_by) == (1, "push")


@pytest.mark.parametrize("refusal", [(503, {"detail": "no Redis"}), (202, {"accepted": [], "refused": []})])
def test_a_job_that_was_not_accepted_comes_again(
    drupal: StandIn, sidecar: Sidecar, refusal: tuple[int, dict[str, Any]]
) -> None:
    """With the next attempt, after a pause."""
    sidecar.answers = [refusal]
    run = drupal.dispatch("writer")
    sidecar.heard(1)
    skip_backoff(drupal)
    first, second = (document["jobs"][0] for _, document in sidecar.heard(2))
    assert [(job["run"], job["attempt"]) for job in (first, second)] == [(run, 1), (run, 2)]


def skip_backoff(drupal: StandIn) -> None:
    clock = drupal.site.store.clock
    drupal.site.store.clock = lambda: clock() + 30
    assert drupal.site.pusher is not None
    drupal.site.pusher.wake()


def test_a_job_that_will_never_be_accepted_ends_its_run(drupal: StandIn, sidecar: Sidecar) -> None:
    """Failed with a reason, not sent for ever."""
    with_run = {"title": "Unprocessable Content", "status": 422, "code": "invalid", "detail": "The job is wrong."}
    original = sidecar.take

    def refuse(path: str, document: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        original(path, document)
        return 202, {"accepted": [], "refused": [with_run | {"run": job["run"]} for job in document["jobs"]]}

    sidecar.take = refuse  # pyright: ignore[reportAttributeAccessIssue]
    run = drupal.wait(drupal.dispatch("writer"))
    assert (run["state"], run["reason"], run["message"]) == ("failed", "job:refused", "The job is wrong.")


def test_commands_and_the_stop_switch_are_pushed(drupal: StandIn, sidecar: Sidecar) -> None:
    """Once each; the answers of events repeat them."""
    run = drupal.dispatch("writer")
    sidecar.heard(1)
    drupal.site.commands.give(run, "pause", {}, "editor")
    path, document = sidecar.heard(2)[1]
    assert path == "/v1/commands"
    assert [(command["run"], command["command"]) for command in document["commands"]] == [(run, "pause")]
    drupal.site.stop_agents()
    assert sidecar.heard(3)[2][1]["stop"] is True


def test_other_schedules_are_pushed(drupal: StandIn, sidecar: Sidecar) -> None:
    """Their version, once; what is due is asked for, or comes with an answer."""
    drupal.schedule("writer", 4_000_000_000)
    ((path, document),) = sidecar.heard(1)
    assert (path, document["schedules"]) == ("/v1/commands", drupal.site.schedules.version())
    run = drupal.dispatch("writer")
    (*_, (_, jobs)) = sidecar.heard(2)
    assert jobs["jobs"][0]["run"] == run
