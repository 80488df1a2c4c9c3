"""Jobs are handed out, and runs are told what to do, on a real site."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait

from tests.site.drupal import Site, is_problem
from tests.site.people import Person, dispatched
from tests.site.sidecar import Sidecar, event, item


def test_unreported_claims_come_back_and_others_do_not(
    site: Site, runner: Person, sidecar: Sidecar, clean: None
) -> None:
    silent, heard = dispatched(runner), dispatched(runner)
    assert {job["run"] for job in sidecar.claim()} == {silent, heard}
    sidecar.report(item(heard, event(1, "run_started", worker="w")))
    site.sql("UPDATE background_agents_outbox SET claimed_until = 1")
    [job] = sidecar.claim()
    assert (job["run"], job["attempt"]) == (silent, 2)


def test_two_claimers_share_the_jobs(runner: Person, sidecar: Sidecar, clean: None) -> None:
    runs = {dispatched(runner) for _ in range(8)}
    with ThreadPoolExecutor(4) as pool:
        handed = [job["run"] for jobs in pool.map(lambda _: sidecar.claim(limit=3), range(4)) for job in jobs]
    assert len(handed) == len(set(handed))
    assert set(handed) | {job["run"] for job in sidecar.claim()} == runs


def test_a_lost_memory_gets_everything_page_by_page(runner: Person, sidecar: Sidecar, clean: None) -> None:
    runs = [dispatched(runner) for _ in range(3)]
    sidecar.claim()
    sidecar.report(item(runs[1], event(1, "run_started", worker="w", attempt=1), usage={"steps": 2}))
    found, after = [], 0
    for _ in range(4):
        answer = sidecar.post("jobs/claim", {"worker": "new", "lost": True, "limit": 2, "after": after}).json()
        found += answer["jobs"]
        if not answer["jobs"]:
            break
        after = answer["next"]
    assert [job["run"] for job in found] == runs
    assert {job["attempt"] for job in found} == {2}
    assert found[1]["usage"]["steps"] == 2
    assert found[1]["last_seq"] == 1
    assert sidecar.report(item(runs[1], event(2), attempt=1))["runs"][runs[1]]["status"] == "stale_attempt"


def test_the_mysql_claim_is_understood(site: Site, runner: Person, sidecar: Sidecar, clean: None) -> None:
    """The sidecar's own UPDATE: Drupal takes its attempt from the row."""
    run = dispatched(runner)
    site.sql(
        "UPDATE background_agents_outbox SET status = 1, attempt = attempt + 1, claimed_by = 'w', "
        "claimed_until = UNIX_TIMESTAMP() + 60 WHERE run = %s",
        run,
    )
    assert sidecar.claim() == []
    assert sidecar.report(item(run, event(1, "run_started", worker="w")))["runs"][run]["status"] == "ok"
    assert site.sql("SELECT attempt FROM background_agents_run WHERE uuid = %s", run) == [{"attempt": 1}]


def test_a_report_waits_for_the_claim_that_is_about_to_commit(
    site: Site, runner: Person, sidecar: Sidecar, clean: None
) -> None:
    """The sidecar stores the job before it commits its UPDATE: a report or a draft of a fast worker is not taken for a stranger's."""
    run = dispatched(runner)
    with ThreadPoolExecutor(1) as pool, site.connection() as connection, connection.cursor() as cursor:
        connection.begin()
        cursor.execute("UPDATE background_agents_outbox SET status = 1, attempt = attempt + 1 WHERE run = %s", (run,))
        answer = pool.submit(sidecar.report, item(run, event(1, "run_started", worker="w")))
        assert wait([answer], timeout=1).not_done
        connection.commit()
        assert answer.result()["runs"][run]["status"] == "ok"


def test_a_run_nobody_claimed_is_cancelled_at_once(runner: Person, sidecar: Sidecar, clean: None) -> None:
    run = dispatched(runner)
    answer = runner.post(f"runs/{run}/cancel", {"note": "Never mind."})
    assert answer.status_code == 202
    assert (answer.json()["state"], answer.json()["reason"]) == ("cancelled", "cancelled")
    assert sidecar.claim() == []
    assert runner.post(f"runs/{run}/cancel").status_code == 202, "Again is fine."
    assert is_problem(runner.post(f"runs/{run}/pause"), 409, "run_ended")


def test_commands_are_repeated_until_they_are_done(runner: Person, sidecar: Sidecar, clean: None) -> None:
    run = dispatched(runner)
    sidecar.claim()
    sidecar.report(item(run, event(1, "run_started", worker="w")))
    answer = runner.post(f"runs/{run}/cancel", {"note": "Stop."})
    assert (answer.status_code, answer.json()["state"], answer.json()["pending_command"]) == (202, "running", "cancel")
    runner.post(f"runs/{run}/cancel")
    [command] = [found for found in sidecar.report()["commands"] if found["run"] == run]
    assert command == {
        "id": command["id"],
        "run": run,
        "command": "cancel",
        "data": {"note": "Stop."},
        "by": "core_runner",
    }
    assert [found["id"] for found in sidecar.report()["commands"] if found["run"] == run] == [command["id"]]
    answer = sidecar.report(item(run, end={"state": "cancelled", "reason": "cancelled"}), done_commands=[command["id"]])
    assert [found for found in answer["commands"] if found["run"] == run] == []


def test_a_decision_travels_with_the_job(runner: Person, sidecar: Sidecar, clean: None) -> None:
    run = dispatched(runner)
    sidecar.claim()
    sidecar.report(
        item(run, event(1, "approval_requested", id="q", question="?"), event(2, "run_waiting", **{"for": "approval"}))
    )
    assert is_problem(runner.post(f"runs/{run}/decide", {"id": "q", "decision": "perhaps"}), 422, "invalid")
    assert runner.post(f"runs/{run}/decide", {"id": "q", "decision": "again", "note": "Go."}).status_code == 202
    assert runner.post(f"runs/{run}/decide", {"id": "q", "decision": "again"}).status_code == 202
    assert is_problem(runner.post(f"runs/{run}/decide", {"id": "q", "decision": "give_up"}), 409, "decided")
    [job] = sidecar.claim(runs=[run], lost=True)
    assert job["answers"] == [{"id": "q", "decision": "again", "note": "Go.", "by": "core_runner"}]


def test_a_retry_is_a_new_generation(runner: Person, sidecar: Sidecar, clean: None) -> None:
    """Events go on from last_seq, attempts above the old ones; the old generation is stale."""
    run = dispatched(runner, input={"topic": "bees"})
    sidecar.claim()
    assert is_problem(runner.post(f"runs/{run}/retry"), 409, "not_ended")
    sidecar.report(item(run, event(1, "run_started", worker="w"), end={"state": "failed", "reason": "limit:steps"}))
    answer = runner.post(f"runs/{run}/retry")
    assert (answer.status_code, answer.json()["state"], answer.json()["generation"], answer.json()["reason"]) == (
        202,
        "queued",
        2,
        None,
    )
    [job] = sidecar.claim()
    assert (job["run"], job["generation"], job["attempt"], job["last_seq"], job["input"]) == (
        run,
        2,
        2,
        1,
        {"topic": "bees"},
    )
    assert sidecar.report(item(run, event(2)))["runs"][run]["status"] == "stale_attempt"
    end = {"state": "completed", "reason": "done"}
    answer = sidecar.report(item(run, event(2, "run_started", worker="w"), attempt=2, generation=2, end=end))
    assert answer["runs"][run]["ended"] == "completed"


def test_a_paused_run_comes_back_paused(runner: Person, sidecar: Sidecar, clean: None) -> None:
    run = dispatched(runner)
    sidecar.claim()
    sidecar.report(item(run, event(1, "run_started", worker="w")))
    runner.post(f"runs/{run}/pause")
    assert sidecar.claim(runs=[run], lost=True)[0]["paused"] is True
    runner.post(f"runs/{run}/resume")
    assert sidecar.claim(runs=[run], lost=True)[0]["paused"] is False
