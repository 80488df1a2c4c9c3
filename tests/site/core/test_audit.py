"""What people decide about runs is kept on a real site: who, when, why, also when the run and the person are gone."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.site.drupal import Site, is_problem
from tests.site.people import Person, dispatched
from tests.site.sidecar import Sidecar, event, item


def decisions(site: Site, run: str) -> list[dict[str, Any]]:
    """The audit records of a run, the oldest first."""
    sql = "SELECT action, uid, name, door, note, data, agent FROM background_agents_audit WHERE run = %s ORDER BY id"
    return [row | {"data": json.loads(row["data"])} for row in site.sql(sql, run)]


@pytest.fixture
def working(runner: Person, sidecar: Sidecar, clean: None) -> str:
    """A run that works."""
    run = dispatched(runner)
    sidecar.claim(runs=[run])
    sidecar.report(item(run, event(1, "run_started", worker="w")))
    return run


@pytest.mark.parametrize(
    ("command", "members"),
    [("cancel", {}), ("pause", {}), ("resume", {}), ("decide", {"id": "q1", "decision": "approve"})],
)
def test_a_command_keeps_who_and_why(
    site: Site,
    runner: Person,
    sidecar: Sidecar,
    made: dict[str, Any],
    working: str,
    command: str,
    members: dict[str, Any],
) -> None:
    """For the audit log, and for the sidecar, whose event tells it; said again it is the same decision."""
    for _ in range(2):
        answer = runner.post(f"runs/{working}/{command}", members | {"note": "Because."})
        assert answer.status_code == 202, answer.text
    [decision] = decisions(site, working)
    uid = site.sql("SELECT uid FROM users_field_data WHERE name = 'core_runner'")[0]["uid"]
    assert (decision["action"], decision["uid"], decision["name"]) == (command, uid, "core_runner")
    assert (decision["door"], decision["note"], decision["agent"]) == ("site", "Because.", "core")
    assert decision["data"] == members
    [told] = [found for found in sidecar.report()["commands"] if found["run"] == working]
    assert (told["by"], told["data"]["note"]) == ("core_runner", "Because.")


def test_a_retry_keeps_who_and_why(site: Site, runner: Person, sidecar: Sidecar, working: str) -> None:
    """The job of the next generation tells it."""
    sidecar.report(item(working, end={"state": "failed", "reason": "limit:steps"}))
    assert runner.post(f"runs/{working}/retry", {"note": "With a higher limit."}).status_code == 202
    [decision] = decisions(site, working)
    assert (decision["action"], decision["note"], decision["data"]) == (
        "retry",
        "With a higher limit.",
        {"from_step": 1},
    )
    [job] = sidecar.claim(runs=[working])
    assert job["retried"] == {"by": "core_runner", "note": "With a higher limit."}


def test_what_is_refused_is_no_decision(site: Site, runner: Person, sidecar: Sidecar, working: str) -> None:
    sidecar.report(item(working, end={"state": "completed", "reason": "done"}))
    assert is_problem(runner.post(f"runs/{working}/pause", {"note": "x"}), 409, "run_ended")
    assert is_problem(runner.post(f"runs/{working}/retry", {"from_step": 7}), 409, "step_gone")
    assert decisions(site, working) == []


def test_a_run_that_nobody_took_says_who_cancelled_it(site: Site, runner: Person, clean: None) -> None:
    """No sidecar tells of it: the event is made here."""
    run = dispatched(runner)
    runner.post(f"runs/{run}/cancel", {"note": "Never mind."})
    assert [decision["action"] for decision in decisions(site, run)] == ["cancel"]
    [told] = runner.get(f"runs/{run}/events").json()["events"]
    assert (told["seq"], told["type"]) == (1, "run_finished")
    assert told["data"] == {"state": "cancelled", "reason": "cancelled", "by": "core_runner", "note": "Never mind."}


def test_an_operators_decision_at_the_sidecar_is_kept(site: Site, sidecar: Sidecar, working: str) -> None:
    """It comes with its event, once; what was said in Drupal does not come twice."""
    pause = event(2, "run_paused", by="operator", via="sidecar", note="Too many runs.")
    own = event(3, "run_resumed", by="core_runner")
    given = event(4, "approval_given", id="q", decision="done", by="operator", via="sidecar")
    for _ in range(2):
        sidecar.report(item(working, pause, own, given))
    assert [(each["action"], each["door"], each["note"], each["data"]) for each in decisions(site, working)] == [
        ("pause", "sidecar", "Too many runs.", {}),
        ("decide", "sidecar", None, {"id": "q", "decision": "done"}),
    ]
    sidecar.report(item(working, end={"state": "failed", "reason": "limit:steps"}))
    assert sidecar.post(f"runs/{working}/retry", {"note": "Again."}).status_code == 202
    assert [(each["action"], each["door"]) for each in decisions(site, working)][-1] == ("retry", "sidecar")


def test_the_stop_switch_is_a_decision(site: Site) -> None:
    """Of the whole site: with a note, and only when it changes something."""
    before = site.sql("SELECT COALESCE(MAX(id), 0) AS last FROM background_agents_audit")[0]["last"]
    site.drush("background-agents:stop", "--note=Prices went wild.")
    site.drush("background-agents:stop")
    site.drush("background-agents:start")
    rows = site.sql("SELECT action, door, note, run FROM background_agents_audit WHERE id > %s ORDER BY id", before)
    assert [(row["action"], row["door"], row["note"], row["run"]) for row in rows] == [
        ("stop", "drush", "Prices went wild.", None),
        ("start", "drush", None, None),
    ]


def test_the_record_outlives_the_run(site: Site, runner: Person, clean: None) -> None:
    """Until its own retention is over; Drush lists it."""
    run = dispatched(runner)
    runner.post(f"runs/{run}/cancel", {"note": "Never mind."})
    site.php(f"\\Drupal::service('Drupal\\background_agents\\Run\\RunStore')->byUuid('{run}')->delete();")
    assert is_problem(runner.get(f"runs/{run}"), 404, "not_found")
    listed = json.loads(site.drush("background-agents:audit", f"--run={run}", "--format=json"))
    assert [(row["action"], row["who"], row["note"]) for row in listed] == [("cancel", "core_runner", "Never mind.")]
    old = "UPDATE background_agents_audit SET time = time - 86400 * %s WHERE run = %s"
    tidy = "\\Drupal::service('Drupal\\background_agents\\Housekeeping')->tidy();"
    site.sql(old, 1094, run)
    site.php(tidy)
    assert len(decisions(site, run)) == 1
    site.sql(old, 2, run)
    site.php(tidy)
    assert decisions(site, run) == []


@pytest.mark.parametrize("how", [["--reassign-content"], ["--delete-content"], []], ids=["reassign", "delete", "block"])
def test_an_erased_person_leaves_a_pseudonym(
    site: Site, runner: Person, sidecar: Sidecar, clean: None, how: list[str]
) -> None:
    """In the audit log and in the events, the same one everywhere; other people stay, and who is only blocked, too."""
    name = f"erased_{uuid.uuid4().hex[:6]}"
    uid = int(
        site.php(
            f"$u = \\Drupal\\user\\Entity\\User::create(['name' => '{name}', 'status' => 1]); $u->save(); print $u->id();"
        )
    )
    runs = [dispatched(runner) for _ in range(2)]
    sidecar.claim()
    for run in runs:
        site.php(
            f"$run = \\Drupal::service('Drupal\\background_agents\\Run\\RunStore')->byUuid('{run}');"
            f"\\Drupal::service('Drupal\\background_agents\\Run\\RunCommands')->give($run, 'pause', {uid}, ['note' => 'Wait.']);"
        )
        runner.post(f"runs/{run}/resume")
        long = event(2, "run_finished", state="cancelled", reason="cancelled", by=name, output="x" * 5000)
        sidecar.report(item(run, event(1, "run_paused", by=name, note="Wait."), long))
    site.drush("user:cancel", name, "-y", *how)
    kept = how == []
    names = {decisions(site, run)[0]["name"] for run in runs}
    assert len(names) == 1
    [shown] = names
    assert (shown == name) == kept
    assert kept or shown.startswith("erased-")
    for run in runs:
        first, second = decisions(site, run)
        assert (first["uid"], first["note"], second["name"]) == (uid if kept else None, "Wait.", "core_runner")
        events = sidecar_events(site, run)
        assert [found["data"]["by"] for found in events] == [shown, shown]
        assert events[1]["data"]["output"] == "x" * 5000


def sidecar_events(site: Site, run: str) -> list[dict[str, Any]]:
    """The events of a run, whole."""
    return json.loads(
        site.php(
            f"$run = \\Drupal::service('Drupal\\background_agents\\Run\\RunStore')->byUuid('{run}');"
            "print json_encode(\\Drupal::service('Drupal\\background_agents\\Report\\EventStore')->after((int) $run->id(), 0));"
        )
    )
