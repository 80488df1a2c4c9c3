"""People are told when a run waits for them: by mail, on the pages, in the status report; once for each question."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.site.drupal import Site
from tests.site.people import Person, dispatched, php
from tests.site.sidecar import Sidecar, event, item

COLLECT = """
$mail = \\Drupal::configFactory()->getEditable('system.mail');
\\Drupal::keyValue('background_agents_test')->setIfNotExists('mail', $mail->get('interface.default'));
$mail->set('interface.default', '%s')->save();
\\Drupal::state()->delete('system.test_mail_collector');
"""
READ = """
\\Drupal::state()->resetCache();
$mails = \\Drupal::state()->get('system.test_mail_collector', []);
\\Drupal::state()->delete('system.test_mail_collector');
print json_encode(array_map(fn ($mail) => array_intersect_key($mail, ['to' => 1, 'subject' => 1, 'body' => 1]), $mails));
"""
RESTORE = """
$store = \\Drupal::keyValue('background_agents_test');
\\Drupal::configFactory()->getEditable('system.mail')->set('interface.default', $store->get('mail'))->save();
$store->delete('mail');
\\Drupal::state()->delete('system.test_mail_collector');
"""
SETTINGS = "\\Drupal::configFactory()->getEditable('background_agents.settings')->set('notice', json_decode('%s', TRUE))->save();"
MODES = dict.fromkeys(("draft", "review", "back", "failed", "question", "failing", "budget"), "never")
NOBODY = {"to": "nobody", "addresses": [], "defaults": MODES, "gather_minutes": 0, "failing_after": 3, "base_url": ""}
EDITORS = NOBODY | {"to": "addresses", "addresses": ["editors@example.com", "chief@example.com"]}
EVIL = "Was <b>it</b> done? <script>alert(1)</script>\r\nBcc: x@example.com & \u202eco"


@pytest.fixture(scope="module")
def mails(site: Site) -> Iterator[Any]:
    """What was sent since the last look: `to`, `subject`, `body`."""
    site.php(COLLECT % "test_mail_collector")
    yield lambda: json.loads(site.php(READ))
    site.php(RESTORE + SETTINGS % json.dumps(NOBODY))


@pytest.fixture
def run(runner: Person, sidecar: Sidecar, clean: None) -> str:
    """A run that is being driven."""
    run = dispatched(runner)
    sidecar.claim()
    sidecar.report(item(run, event(1, "run_started", worker="w")))
    return run


def asks(run: str, id_: str, seq: int = 2, question: str = "Was it done?", **members: Any) -> dict[str, Any]:
    """What the sidecar reports of a run that asks."""
    asked = {"id": id_, "question": question, "kind": "in_doubt", "tool": "mcp:mail.send", "arguments": {"list": "secret plans"},
             "choices": ["done", "again", "give_up"], "expires": "2030-01-31T09:15:00Z"}  # fmt: skip
    waits = {"for": "approval", "reason": "in_doubt", "message": question}
    return item(run, event(seq, "approval_requested", **asked), event(seq + 1, "run_waiting", **waits), **members)


def told(site: Site, run: str, times: int = 1) -> None:
    """Waits, bounded, until people were told of so many questions: the site does it after its answer."""
    end = time.monotonic() + 10
    sql = "SELECT COUNT(n.told) AS told FROM background_agents_notice n JOIN background_agents_run r ON r.id = n.run WHERE r.uuid = %s"
    while (found := site.sql(sql, run)[0]["told"]) < times:
        assert time.monotonic() < end, f"{found} of {times}"
        time.sleep(0.05)


def cron(site: Site) -> None:
    site.php("\\Drupal::service('cron')->run();")


def sent(site: Site, mails: Any, run: str, times: int = 1) -> list[dict[str, Any]]:
    """The mails about a run, once people were told; cron has had its turn, too, so that there are no more to come."""
    told(site, run, times)
    cron(site)
    return mails()


def test_those_named_get_a_mail_with_the_question_and_a_link(
    site: Site, sidecar: Sidecar, mails: Any, run: str
) -> None:
    """Plain text, whatever is asked; without the arguments of the call, which are on the page."""
    site.php(SETTINGS % json.dumps(EDITORS | {"base_url": "https://www.example.org/sub/"}))
    sidecar.report(asks(run, "q1", question=EVIL))
    found = sent(site, mails, run)
    assert sorted(mail["to"] for mail in found) == ["chief@example.com", "editors@example.com"]
    mail = found[0]
    assert '"Core core"' in mail["subject"]
    assert "\n" not in mail["subject"]
    text = " ".join(mail["body"].split())
    assert "Was <b>it</b> done? <script>alert(1)</script> Bcc: x@example.com &" in text, "as it is, in plain text"
    assert "\u202e" not in text
    assert "secret plans" not in text
    assert "31 January 2030" in text or "January 31, 2030" in text
    number = site.sql("SELECT id FROM background_agents_run WHERE uuid = %s", run)[0]["id"]
    assert f"https://www.example.org/sub/admin/reports/background-agents/{number}" in text


def test_the_same_question_is_told_once_and_another_one_again(
    site: Site, sidecar: Sidecar, mails: Any, run: str
) -> None:
    """Also after a loss of Redis, when the restored run asks it anew."""
    site.php(SETTINGS % json.dumps(NOBODY | {"to": "site"}))
    sidecar.report(asks(run, "q1"))
    [job] = sidecar.post("jobs/claim", {"worker": "new", "lost": True}).json()["jobs"]
    again = asks(run, "q1", seq=4, attempt=job["attempt"])
    assert sidecar.report(again)["runs"][run]["status"] == "ok"
    site_mail = php(site, "print json_encode(\\Drupal::config('system.site')->get('mail'));")
    assert [mail["to"] for mail in sent(site, mails, run)] == [site_mail]
    sidecar.report(asks(run, "q2", seq=6, attempt=job["attempt"]))
    assert len(sent(site, mails, run, 2)) == 1


def test_the_person_who_asked_for_the_run_is_told_when_it_may_answer(
    site: Site, sidecar: Sidecar, mails: Any, run: str
) -> None:
    site.php(SETTINGS % json.dumps(NOBODY | {"defaults": MODES | {"question": "now"}}))
    sidecar.report(asks(run, "q1"))
    assert [mail["to"] for mail in sent(site, mails, run)] == ["core_runner@example.com"]
    role = "$r = \\Drupal\\user\\Entity\\Role::load('core_runner'); $r->%s('manage own background agent runs')->save();"
    site.php(role % "revokePermission")
    try:
        sidecar.report(asks(run, "q2", seq=4))
        assert sent(site, mails, run, 2) == []
    finally:
        site.php(role % "grantPermission")


def test_many_questions_are_one_mail_and_what_is_over_is_left_out(
    site: Site, runner: Person, sidecar: Sidecar, mails: Any, clean: None
) -> None:
    site.php(SETTINGS % json.dumps(EDITORS | {"addresses": ["editors@example.com"]}))
    runs = [dispatched(runner) for _ in range(3)]
    sidecar.claim()
    over = asks(runs[0], "q", seq=1, question="Over?") | {"end": {"state": "failed", "reason": "expired"}}
    sidecar.report(over, *(asks(run, "q", seq=1, question=f"Number {run}?") for run in runs[1:]))
    [mail] = sent(site, mails, runs[2])
    assert "2 runs wait" in mail["subject"]
    text = " ".join(mail["body"].split())
    assert all(f"Number {run}?" in text for run in runs[1:])
    assert "Over?" not in text


def test_a_question_that_was_answered_before_anybody_was_told_is_not_told(site: Site, mails: Any, run: str) -> None:
    """Cron finds what the request could not tell any more."""
    site.php(SETTINGS % json.dumps(EDITORS))
    number = site.sql("SELECT id FROM background_agents_run WHERE uuid = %s", run)[0]["id"]
    site.sql("INSERT INTO background_agents_notice (run, question, created) VALUES (%s, SHA2('q1', 256), 0)", number)
    cron(site)
    assert sent(site, mails, run) == []


def test_what_a_request_did_not_tell_cron_tells(site: Site, sidecar: Sidecar, mails: Any, run: str) -> None:
    site.php(SETTINGS % json.dumps(NOBODY))
    sidecar.report(asks(run, "q1"))
    told(site, run)
    site.php(SETTINGS % json.dumps(EDITORS))
    site.sql(
        "UPDATE background_agents_notice SET told = NULL WHERE run = (SELECT id FROM background_agents_run WHERE uuid = %s)",
        run,
    )
    cron(site)
    assert [mail["to"] for mail in sent(site, mails, run)] == EDITORS["addresses"]


def test_a_mail_that_cannot_be_sent_breaks_nothing(site: Site, sidecar: Sidecar, mails: Any, run: str) -> None:
    """The intake has answered; the run waits, and is not told of again."""
    site.php(SETTINGS % json.dumps(EDITORS) + COLLECT % "no_such_plugin")
    try:
        assert sidecar.report(asks(run, "q1"))["runs"][run]["status"] == "ok"
        told(site, run)
        assert site.sql("SELECT waiting_for FROM background_agents_run WHERE uuid = %s", run)[0] == {
            "waiting_for": "approval"
        }
    finally:
        site.php(COLLECT % "test_mail_collector")
    assert sent(site, mails, run) == []


def test_the_report_and_the_status_report_count_what_waits(
    site: Site, people: dict[str, Person], sidecar: Sidecar, mails: Any, run: str
) -> None:
    """For those who may answer: the person who asked for the run, not one who may only look."""
    site.php(SETTINGS % json.dumps(NOBODY))
    site.sql("UPDATE background_agents_run SET state = 'failed' WHERE state = 'waiting'")
    pages = {name: people[name].http for name in ("runner", "watcher", "other_runner")}
    report = "/admin/reports/background-agents"
    assert "waits for an answer" not in pages["runner"].get(report).text
    sidecar.report(asks(run, "q1"))
    shown = {name: "One run waits for an answer" in page.get(report).text for name, page in pages.items()}
    assert shown == {"runner": True, "watcher": False, "other_runner": False}
    assert "?state=waiting" in pages["runner"].get(report).text
    found = json.loads(site.drush("core:requirements", "--format=json"))
    assert found["background_agents_waiting"]["value"].strip() == "One run waits"


def test_what_was_told_goes_with_the_run(site: Site, sidecar: Sidecar, mails: Any, run: str) -> None:
    sidecar.report(asks(run, "q1"))
    told(site, run)
    number = site.sql("SELECT id FROM background_agents_run WHERE uuid = %s", run)[0]["id"]
    site.php(f"\\Drupal\\background_agents\\Entity\\Run::load({number})->delete();")
    assert site.sql("SELECT * FROM background_agents_notice WHERE run = %s", number) == []
