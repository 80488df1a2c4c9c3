"""Numbers on the wire have bounds on a real site: the largest are stored, the rest is refused, and no row keeps others back."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest

from sidecar import contracts, json_text
from tests.site.drupal import API, Site, is_problem
from tests.site.people import Person, dispatched
from tests.site.sidecar import Sidecar, event, item

COUNTER, AMOUNT = json_text.MAX_COUNTER, json_text.MAX_AMOUNT
USAGE = {
    name: AMOUNT if name in {"input_tokens", "output_tokens", "cost_micros"} else COUNTER
    for name in ("steps", "tool_calls", "input_tokens", "output_tokens", "cost_micros", "writes", "driven_seconds")
}


def test_the_columns_hold_the_bounds(site: Site, runner: Person, sidecar: Sidecar, clean: None) -> None:
    """Each number of a report at its maximum is stored as it is, shown by a valid document, and comes back with the job."""
    run = dispatched(runner)
    site.sql("UPDATE background_agents_outbox SET attempt = %s, generation = 1 WHERE run = %s", COUNTER - 2, run)
    [job] = sidecar.claim(runs=[run])
    assert job["attempt"] == COUNTER - 1
    site.sql("UPDATE background_agents_run SET last_seq = %s WHERE uuid = %s", COUNTER - 1, run)
    last = event(COUNTER, "model_responded", model="m", usage=USAGE | {"writes": 0}) | {"step": COUNTER}
    answer = sidecar.report(item(run, last, attempt=job["attempt"], usage=USAGE))
    assert answer["runs"][run] == {"last_seq": COUNTER, "status": "ok", "ended": None}
    contracts.check("events#answer", answer)
    shown = sidecar.get(f"runs/{run}").json()
    contracts.check("run", shown)
    assert shown["usage"] == USAGE
    assert (shown["attempt"], shown["last_seq"]) == (COUNTER - 1, COUNTER)
    [job] = sidecar.claim(runs=[run], lost=True)
    contracts.check("job", job)
    assert (job["attempt"], job["usage"], job["last_seq"]) == (COUNTER, USAGE, COUNTER)
    site.sql("DELETE FROM background_agents_spent")


def test_sums_of_a_day_stay_within_what_can_be_told(site: Site, runner: Person, sidecar: Sidecar, clean: None) -> None:
    """Many runs with the largest amounts: the sum of the day stays at the largest that its contract takes."""
    runs = [dispatched(runner) for _ in range(3)]
    sidecar.claim()
    answer = sidecar.report(*(item(run, usage=USAGE) for run in runs))
    contracts.check("events#answer", answer)
    assert answer["spent"]["cost_micros"] == AMOUNT
    assert answer["spent"]["agents"]["core"] == {"cost_micros": AMOUNT, "tokens": AMOUNT}
    site.sql("DELETE FROM background_agents_spent")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"attempt": 0}, "/runs/0/attempt"),
        ({"attempt": COUNTER + 1}, "/runs/0/attempt"),
        ({"attempt": 2**53}, "/runs/0/attempt"),
        ({"generation": 2**63}, "/runs/0/generation"),
        ({"usage": {"cost_micros": AMOUNT + 1}}, "/runs/0/usage/cost_micros"),
        ({"usage": {"steps": -1}}, "/runs/0/usage/steps"),
    ],
)
def test_numbers_beyond_are_refused_with_a_pointer(
    runner: Person, sidecar: Sidecar, change: dict[str, Any], pointer: str
) -> None:
    run = dispatched(runner)
    answer = sidecar.post("events", sidecar.batch(item(run) | change))
    assert is_problem(answer, 422, "invalid")
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("after", ["9223372036854775808", "-1", "2147483648", "1e999", "1.5"])
def test_places_in_lists_have_bounds(runner: Person, sidecar: Sidecar, after: str) -> None:
    """`after` of a claim, and of the events of a run."""
    answer = sidecar.post("jobs/claim", f'{{"worker": "w", "lost": true, "after": {after}}}'.encode())
    assert is_problem(answer, 422, "invalid")
    assert answer.json()["errors"][0]["pointer"] == "/after"
    run = dispatched(runner)
    shown = runner.get(f"runs/{run}/events", params={"after": after})
    assert is_problem(shown, 422, "invalid")
    assert shown.json()["errors"][0]["pointer"] == "/after"


@pytest.mark.parametrize("limit", ["0", "501", "many"])
def test_limits_of_lists_have_bounds(runner: Person, limit: str) -> None:
    """A limit that is no number, or none that there is, is not made another one."""
    assert is_problem(runner.get(f"runs/{dispatched(runner)}/events", params={"limit": limit}), 422, "invalid")


def test_whole_numbers_may_be_written_with_a_fraction(runner: Person, sidecar: Sidecar, clean: None) -> None:
    """1.0 is the integer 1, wherever a number is used."""
    run = dispatched(runner)
    [job] = sidecar.post("jobs/claim", b'{"worker": "w", "limit": 50.0, "lost": true, "after": 0.0}').json()["jobs"]
    assert job["run"] == run
    text = json.dumps(sidecar.batch(item(run, event(1)), done_commands=[1])).replace('"attempt": 1', '"attempt": 1.0')
    answer = sidecar.post(
        "events", text.replace("[1]", "[1.0]").replace('"generation": 1', '"generation": 1.0').encode()
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["runs"][run]["status"] == "ok"


def test_a_number_that_nothing_holds_is_refused_where_it_is(site: Site, runner: Person, sidecar: Sidecar) -> None:
    """1e999 in an open part of a document: of a dispatch, of a batch, of what Drush passes on."""
    sent = runner.http.post(
        f"{API}/runs",
        content='{"agent": "core", "input": {"topic": [1, 1e999]}}',
        headers=runner.headers | {"Content-Type": "application/json"},
    )
    assert is_problem(sent, 422, "invalid")
    assert sent.json()["errors"] == [{"pointer": "/input/topic/1", "detail": "This number is too large to be stored."}]
    run = dispatched(runner)
    end = json.dumps(sidecar.batch(item(run, end={"state": "completed", "reason": "done", "output": {"n": 0}})))
    answer = sidecar.post("events", end.replace('"n": 0', '"n": -1e999').encode())
    assert is_problem(answer, 422, "invalid")
    assert answer.json()["errors"][0]["pointer"] == "/runs/0/end/output/n"
    said = site.php(
        "try { \\Drupal::service('Drupal\\background_agents\\Dispatch\\Dispatcher')->dispatch("
        "new \\Drupal\\background_agents\\Dispatch\\DispatchRequest("
        "agent: 'core', triggerType: 'eca', input: json_decode('{\"n\": 1e999}'))); }"
        "catch (\\Drupal\\background_agents\\Dispatch\\DispatchRefused $refused) { print $refused->problem->errors[0]['pointer']; }"
    )
    assert said == "/input/n"


def test_an_attempt_that_was_not_handed_out_stops_nobody(
    site: Site, runner: Person, sidecar: Sidecar, clean: None
) -> None:
    """The highest attempt in a report is refused; all runs of the site are handed out afterwards."""
    attacked, other = dispatched(runner), dispatched(runner)
    sidecar.claim()
    assert sidecar.report(item(attacked, attempt=COUNTER))["runs"][attacked]["status"] == "stale_attempt"
    assert {job["run"]: job["attempt"] for job in sidecar.claim(lost=True)} == {attacked: 2, other: 2}


def broken(site: Site, run: str, how: str) -> None:
    """Makes the stored job of a run one that cannot be handed out."""
    id_ = site.sql("SELECT id FROM background_agents_run WHERE uuid = %s", run)[0]["id"]
    match how:
        case "attempt":
            site.sql("UPDATE background_agents_outbox SET attempt = %s WHERE run = %s", COUNTER, run)
        case "job":
            site.sql("UPDATE background_agents_outbox SET job = '{\"run\": ' WHERE run = %s", run)
        case "checkpoint":
            site.sql("UPDATE background_agents_outbox SET attempt = 1 WHERE run = %s", run)
            site.sql("INSERT INTO background_agents_checkpoint (run, generation, n, data) VALUES (%s, 1, 1, 'x')", id_)
        case "checkpoint text":
            site.sql("UPDATE background_agents_outbox SET attempt = 1 WHERE run = %s", run)
            site.sql(
                "INSERT INTO background_agents_checkpoint (run, generation, n, data) VALUES (%s, 1, 1, %s)",
                id_, zlib.compress(b"[]"),
            )  # fmt: skip
        case "waiting":
            site.sql("UPDATE background_agents_outbox SET attempt = 1 WHERE run = %s", run)
            site.sql("UPDATE background_agents_run SET state = 'waiting' WHERE id = %s", id_)
            site.sql("UPDATE background_agents_run_data SET waiting = '{' WHERE run = %s", id_)


@pytest.mark.parametrize("how", ["attempt", "job", "checkpoint", "checkpoint text", "waiting"])
@pytest.mark.parametrize("lost", [True, False])
def test_a_row_that_cannot_be_handed_out_is_set_aside(
    site: Site, runner: Person, sidecar: Sidecar, clean: None, how: str, lost: bool
) -> None:
    """The others are handed out, in the same answer; its run ends with a reason that a person can read, and can be retried."""
    poison, good = dispatched(runner), dispatched(runner)
    broken(site, poison, how)
    assert [job["run"] for job in sidecar.claim(lost=lost)] == [good]
    ended = sidecar.get(f"runs/{poison}").json()
    assert (ended["state"], ended["reason"]) == ("failed", "job:unusable")
    assert ended["message"]
    assert site.sql("SELECT id FROM background_agents_outbox WHERE run = %s", poison) == []
    assert sidecar.get(f"runs/{poison}/effects").status_code == 200
    if how != "attempt":
        assert runner.post(f"runs/{poison}/retry").status_code == 202
        assert [job["run"] for job in sidecar.claim()] == [poison]


def test_a_page_of_broken_rows_hides_nobody(site: Site, runner: Person, sidecar: Sidecar, clean: None) -> None:
    """The list is empty only when nothing is left."""
    poison = [dispatched(runner) for _ in range(2)]
    good = dispatched(runner)
    for run in poison:
        broken(site, run, "job")
    assert [job["run"] for job in sidecar.claim(limit=2)] == [good]


def test_a_row_of_a_run_that_is_gone_goes(site: Site, runner: Person, sidecar: Sidecar, clean: None) -> None:
    """Nobody is left who could end."""
    gone, good = dispatched(runner), dispatched(runner)
    site.sql("DELETE FROM background_agents_run WHERE uuid = %s", gone)
    assert [job["run"] for job in sidecar.claim()] == [good]
    assert site.sql("SELECT run FROM background_agents_outbox") == [{"run": good}]


def test_cron_sets_aside_what_only_the_sidecar_would_claim(
    site: Site, runner: Person, sidecar: Sidecar, clean: None
) -> None:
    """With the mysql transport nobody asks Drupal for new rows."""
    run = dispatched(runner)
    broken(site, run, "attempt")
    site.drush("cron")
    assert sidecar.get(f"runs/{run}").json()["reason"] == "job:unusable"
