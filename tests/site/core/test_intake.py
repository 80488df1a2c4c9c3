"""The intake of events on a real site gives the answers of the vectors, and keeps what it took in."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.site.drupal import Site, is_problem
from tests.site.people import php
from tests.site.sidecar import Sidecar, event, item

VECTORS = Path(__file__).parents[3] / "contracts/vectors/event-intake.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text())["cases"]


@pytest.fixture(scope="module")
def given(site: Site, sidecar: Sidecar) -> dict[str, str]:
    """UUID of the run of each case."""
    return site.script("given_runs.php", str(VECTORS))


@pytest.fixture
def run(site: Site, sidecar: Sidecar) -> str:
    """A claimed run."""
    uuid = site.drush("background-agents:run", "core").strip()
    assert [job["run"] for job in sidecar.claim(runs=[uuid])] == [uuid]
    return uuid


def row(site: Site, run: str) -> dict[str, Any]:
    return site.sql("SELECT * FROM background_agents_run WHERE uuid = %s", run)[0]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_vectors(site: Site, sidecar: Sidecar, given: dict[str, str], case: dict[str, Any]) -> None:
    """Each batch gets its answer, and leaves the run and its events as the vector says."""
    run = given[case["id"]]
    for step in case["steps"]:
        answer = sidecar.report(step["item"] | {"run": run})["runs"][run]
        answer.pop("detail", None)
        assert {name: answer.get(name) for name in step["answer"]} == step["answer"]
        if case["given"] is None:
            continue
        now = row(site, run)
        assert {name: now[name] for name in step["then"]} == step["then"]
        seqs = site.sql("SELECT seq FROM background_agents_event WHERE run = %s ORDER BY seq", now["id"])
        assert [found["seq"] for found in seqs] == list(range(1, step["answer"]["last_seq"] + 1))


def test_a_generation_that_the_site_does_not_know_is_stale(site: Site, sidecar: Sidecar, run: str) -> None:
    """Of a restored backup, for example: it neither adds events nor ends the run."""
    answer = sidecar.report(item(run, event(1), attempt=9, generation=2, end={"state": "completed", "reason": "done"}))
    assert answer["runs"][run]["status"] == "stale_attempt"
    assert row(site, run)["state"] == "queued"
    assert row(site, run)["last_seq"] == 0


def test_the_end_clears_what_a_run_needs_while_it_lives(site: Site, sidecar: Sidecar, run: str) -> None:
    """With the end go outbox row and open commands; output and usage stay, and checkpoints for a retry from a step."""
    id_ = row(site, run)["id"]
    site.sql("INSERT INTO background_agents_checkpoint (run, generation, n, data) VALUES (%s, 1, 1, '')", id_)
    site.sql("INSERT INTO background_agents_command (run, command, data, created) VALUES (%s, 'pause', '[]', 1)", id_)
    end = {
        "state": "completed",
        "reason": "done",
        "output": {"text": "Done."},
        "usage": {"steps": 3, "cost_micros": 12},
    }
    sidecar.report(item(run, event(1, "run_started", worker="w"), end=end))
    assert site.sql("SELECT * FROM background_agents_outbox WHERE run = %s", run) == []
    assert len(site.sql("SELECT n FROM background_agents_checkpoint WHERE run = %s", id_)) == 1
    assert site.sql("SELECT id FROM background_agents_command WHERE run = %s AND done = 0", id_) == []
    shown = sidecar.get(f"runs/{run}").json()
    assert (shown["state"], shown["reason"], shown["output"]) == ("completed", "done", {"text": "Done."})
    assert (shown["usage"]["steps"], shown["usage"]["cost_micros"]) == (3, 12)
    assert shown["started"]
    assert shown["finished"]


def test_the_first_final_state_wins(site: Site, sidecar: Sidecar, run: str) -> None:
    """Whoever ends a run that has ended changes nothing of its end: a later report, a command, cron."""
    sidecar.report(item(run, event(1, "run_started", worker="w"), end={"state": "completed", "reason": "done"}))
    first = row(site, run)
    later = {"state": "failed", "reason": "tool:error", "message": "Too late.", "output": {"text": "Too late."}}
    answer = sidecar.report(item(run, event(2, "run_finished", state="failed", reason="tool:error"), end=later))
    assert answer["runs"][run]["ended"] == "completed"
    told = php(
        site,
        f"$f = \\Drupal::service($$Run\\RunFinisher::class); print json_encode($f->finish('{run}', $$Run\\RunState::Cancelled, 'cancelled'));",
    )
    assert told is False
    members = ("state", "reason", "message", "finished")
    assert {name: row(site, run)[name] for name in members} == {name: first[name] for name in members}
    assert sidecar.get(f"runs/{run}").json().get("output") is None


def test_large_values_are_stored_once_compressed(site: Site, sidecar: Sidecar, run: str) -> None:
    """Data over 4 kB go to the payload table and come back whole; the short form outlives them."""
    text = "naïve " * 3000
    sidecar.report(item(run, event(1, "model_responded", model="m", text=text, usage={"steps": 1})))
    id_ = row(site, run)["id"]
    stored = site.sql("SELECT LENGTH(data) AS bytes, payload FROM background_agents_event WHERE run = %s", id_)[0]
    assert stored["payload"] == 1
    assert stored["bytes"] < 4096
    assert (
        site.sql("SELECT LENGTH(data) AS bytes FROM background_agents_event_payload WHERE run = %s", id_)[0]["bytes"]
        < 2000
    )
    code = f"print json_encode(\\Drupal::service('Drupal\\background_agents\\Report\\EventStore')->after({id_}, 0));"
    shown = json.loads(site.php(code))[0]
    assert shown["data"]["text"] == text
    site.sql("DELETE FROM background_agents_event_payload WHERE run = %s", id_)
    shown = json.loads(site.php(code))[0]
    assert shown["truncated"] is True
    assert shown["data"]["model"] == "m"
    assert len(shown["data"]["text"]) < 300


def test_the_same_batch_at_once_leaves_one_history(site: Site, sidecar: Sidecar, run: str) -> None:
    """Four senders with the same events: each is told the same, nothing is there twice."""
    batch = [item(run, *[event(seq) for seq in range(1, 51)])]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: sidecar.report(*batch)["runs"][run], range(4)))
    assert [(answer["status"], answer["last_seq"]) for answer in answers] == [("ok", 50)] * 4
    assert (
        site.sql("SELECT COUNT(*) AS n FROM background_agents_event WHERE run = %s", row(site, run)["id"])[0]["n"] == 50
    )


def test_a_run_that_waits_for_approval_keeps_its_question(sidecar: Sidecar, run: str) -> None:
    """The job of a returning run tells what it waits for."""
    sidecar.report(
        item(
            run,
            event(1, "run_started", worker="w"),
            event(2, "approval_requested", id="q1", question="Again?", kind="in_doubt"),
            event(3, "run_waiting", **{"for": "approval"}),
        )
    )
    job = sidecar.claim(runs=[run], lost=True)[0]
    assert job["attempt"] == 2
    assert job["last_seq"] == 3
    assert job["waiting"]["for"] == "approval"
    assert job["waiting"]["data"]["question"]["id"] == "q1"
    assert job["answers"] == []
    assert job["paused"] is False


BAD_BATCHES: dict[str, Any] = {
    "no sender": {"site": "default", "runs": []},
    "run is no uuid": {
        "site": "default",
        "sender": "t",
        "runs": [{"run": "1", "attempt": 1, "generation": 1, "events": []}],
    },
    "attempt zero": {
        "site": "default",
        "sender": "t",
        "runs": [item("3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50", attempt=0)],
    },
    "events no list": {
        "site": "default",
        "sender": "t",
        "runs": [{**item("3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50"), "events": {}}],
    },
    "event a number": {
        "site": "default",
        "sender": "t",
        "runs": [{**item("3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50"), "events": [1]}],
    },
    "end not final": {
        "site": "default",
        "sender": "t",
        "runs": [item("3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50", end={"state": "running", "reason": "x"})],
    },
    "runs a number": {"site": "default", "sender": "t", "runs": 5},
}


@pytest.mark.parametrize("name", BAD_BATCHES)
def test_a_batch_without_shape_is_refused(sidecar: Sidecar, name: str) -> None:
    assert is_problem(sidecar.post("events", BAD_BATCHES[name]), 422, "invalid")


def test_what_is_no_batch_is_refused(sidecar: Sidecar) -> None:
    assert is_problem(sidecar.post("events", b"{"), 400, "invalid_json")
    assert is_problem(sidecar.post("events", b"[]"), 400, "invalid_json")
    assert is_problem(sidecar.post("events", sidecar.batch() | {"site": "other"}), 409, "wrong_site")
    many = item("3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50", *[event(seq) for seq in range(1, 502)])
    assert is_problem(sidecar.post("events", sidecar.batch(many)), 413, "too_large")
    assert is_problem(sidecar.post("events", b"x" * 1_048_577), 413, "too_large")


def test_reconciling_names_what_each_side_misses(site: Site, sidecar: Sidecar, run: str) -> None:
    """Runs that the sidecar does not name are missing once their claim ran out; ended ones it still has are named."""
    site.sql("UPDATE background_agents_outbox SET claimed_until = 1 WHERE run = %s", run)
    ended = site.drush("background-agents:run", "core").strip()
    site.drush("background-agents:cancel", ended)
    answer = sidecar.report(reconcile=True, live=[{"run": ended, "attempt": 1}])
    assert run in answer["missing"]
    assert answer["ended"] == [ended]
    answer = sidecar.report(reconcile=True, live=[{"run": run, "attempt": 1}])
    assert run not in answer["missing"]
    assert answer["ended"] == []
