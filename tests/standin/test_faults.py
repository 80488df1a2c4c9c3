"""What goes wrong to order, and a stand-in as a process that is killed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from demo.standin import DEFAULT_SECRET, StandIn
from sidecar.drupal import signing
from tests.standin.client import API, Client


def test_commit_then_500_is_answered_from_the_store(drupal: StandIn, client: Client) -> None:
    """The draft is there although the answer was lost; the repetition gets it, and there is one revision."""
    run = drupal.dispatch("writer")
    drupal.fail(API + "drafts", status=500, when="after")
    assert client.draft(run).status_code == 500
    again = client.draft(run)
    assert (again.status_code, again.json()["replayed"]) == (200, True)
    assert len(drupal.drafts(run)) == 1


@pytest.mark.parametrize(("when", "drafts"), [("before", 0), ("after", 1)])
def test_a_dropped_connection(drupal: StandIn, client: Client, when: str, drafts: int) -> None:
    """No answer at all; the request was carried out, or not."""
    run = drupal.dispatch("writer")
    drupal.fail(API + "drafts", drop=True, when=when)
    with pytest.raises(httpx.TransportError):
        client.draft(run)
    assert len(drupal.drafts(run)) == drafts


def test_faults_are_used_up_in_order_and_commanded_over_http(drupal: StandIn, client: Client) -> None:
    """The next n requests to a path, and no others."""
    planned = client.http.post(
        "/control/faults", json={"path": "/jsonapi/*", "status": 503, "times": 2, "retry_after": 7}
    )
    assert planned.json()["planned"][0]["times"] == 2
    assert client.http.get(API + "me").status_code == 200
    answers = [client.http.get("/jsonapi/node/article") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers["retry-after"] == "7"


def test_control_is_off_by_default() -> None:
    """Only a stand-in that was started with it obeys strangers."""
    with StandIn() as standin, httpx.Client(base_url=standin.url, trust_env=False, timeout=60) as http:
        assert http.post("/control/faults", json={}).status_code == 404


def test_what_was_stored_outlives_a_kill(tmp_path: Path) -> None:
    """kill -9, then the file: the run and its row are there, and a new process hands the job out."""
    db = tmp_path / "drupal.sqlite"
    process, url = start_process(db)
    try:
        agent = {"id": "writer", "label": "Writer", "definition": {"system_prompt": "", "tools": []}, "hash": "0" * 64}
        agent["binding"] = {"model": "scripted:x"}
        httpx.post(f"{url}/control/agents", json=agent, trust_env=False, timeout=60).raise_for_status()
        run = httpx.post(f"{url}/control/dispatch", json={"agent": "writer"}, trust_env=False, timeout=60).json()["run"]
    finally:
        process.kill()
        process.wait(60)
        process.stdout.close()  # pyright: ignore[reportOptionalMemberAccess]
    with sqlite3.connect(db) as tables:
        assert tables.execute("SELECT run, status FROM background_agents_outbox").fetchall() == [(run, 0)]
    tables.close()
    with StandIn(db=str(db)) as standin:
        claimed = Client(standin)
        assert [job["run"] for job in claimed.claim()["jobs"]] == [run]
        claimed.http.close()


def start_process(db: Path) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "demo.standin", "--db", str(db), "--control"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_the_known_secret_is_a_valid_one() -> None:
    """The one that everyone knows is at least a secret."""
    assert signing.key_id(DEFAULT_SECRET)
