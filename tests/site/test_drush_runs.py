"""Runs are watched and told what to do on the command line; programs get JSON."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from tests.site.drupal import Site


@pytest.fixture
def runs(site: Site) -> dict[str, str]:
    """UUIDs of the runs of php/ui.php, by their names."""
    given = site.script("ui.php", "given")["runs"]
    rows = {row["id"]: row["uuid"] for row in site.sql("SELECT id, uuid FROM background_agents_run")}
    return {name: rows[id] for name, id in given.items()}


def told(site: Site, command: str, *arguments: str) -> Any:
    """What a command prints as JSON."""
    return json.loads(site.drush(f"background-agents:{command}", *arguments, "--format=json"))


def refused(site: Site, sentence: str, command: str, *arguments: str) -> None:
    """The command fails with a sentence, and without a trace."""
    with pytest.raises(AssertionError) as caught:
        site.drush(f"background-agents:{command}", *arguments)
    text = " ".join(str(caught.value).split())
    assert sentence in text
    assert "Stack trace" not in text


def commands(site: Site, run: str) -> list[tuple[str, int | None, dict[str, Any]]]:
    rows = site.sql(
        "SELECT c.command, c.uid, c.data FROM background_agents_command c "
        "JOIN background_agents_run r ON r.id = c.run WHERE r.uuid = %s ORDER BY c.id",
        run,
    )
    return [(row["command"], row["uid"], json.loads(row["data"] or "{}") or {}) for row in rows]


def test_a_run_is_shown(site: Site, runs: dict[str, str]) -> None:
    """By its UUID or the beginning; what a terminal obeys is left out; what it asks is there with the answers that it takes."""
    shown = told(site, "show", runs["waiting"])
    assert (shown["state"], shown["waiting_for"]) == ("waiting", "approval")
    assert told(site, "show", runs["waiting"][:18])["uuid"] == runs["waiting"]
    assert "\u202e" not in site.drush("background-agents:show", runs["live"])
    assert "Calling <script>" in told(site, "show", runs["live"])["now"]
    refused(site, "There is no run", "show", "00000000-0000-4000-8000-000000000009")
    refused(site, "There is no run", "show", "%")
    refused(site, "There is no run", "logs", "x' OR 1=1")


def test_what_a_run_did_is_told_in_sentences(site: Site, runs: dict[str, str]) -> None:
    rows = told(site, "logs", runs["live"])
    assert rows[0]["sentence"] == "The agent begins"
    last = told(site, "logs", runs["live"], f"--after={rows[-2]['seq']}")
    assert [row["seq"] for row in last] == [rows[-1]["seq"]]
    assert "The agent begins" in site.drush("background-agents:logs", runs["live"])


def test_a_run_is_followed_to_its_end(site: Site, runs: dict[str, str]) -> None:
    """What happens meanwhile is printed; the end ends the command."""
    run = site.sql("SELECT id FROM background_agents_run WHERE uuid = %s", runs["live"])[0]["id"]
    printed: list[str] = []

    def follow() -> None:
        printed.append(site.drush("background-agents:tail", runs["live"], "--format=json", "--timeout=90"))

    tail = threading.Thread(target=follow)
    tail.start()
    for what in ("tool", "step", "end"):
        site.script("ui.php", "events", str(run), what)
    tail.join(120)
    assert not tail.is_alive()
    lines = [json.loads(line) for line in printed[0].splitlines() if line.startswith("{")]
    assert [line["seq"] for line in lines] == sorted({line["seq"] for line in lines})
    assert lines[-1]["type"] == "run_finished"


def test_following_stops_after_a_while(site: Site, runs: dict[str, str]) -> None:
    refused(site, "The run goes on", "tail", runs["waiting"], "--timeout=1")


def test_a_run_is_paused_and_goes_on(site: Site, runs: dict[str, str]) -> None:
    """By nobody in particular, or by a person whose rights hold; what was said twice is one command."""
    site.drush("background-agents:pause", runs["live"], "--note=Wait for me.", "--as=ui_runner")
    site.drush("background-agents:pause", runs["live"][:18])
    site.drush("background-agents:resume", runs["live"])
    runner = int(site.sql("SELECT uid FROM users_field_data WHERE name = 'ui_runner'")[0]["uid"])
    assert commands(site, runs["live"]) == [("pause", runner, {"note": "Wait for me."}), ("resume", None, {})]
    refused(site, "may not manage this run", "cancel", runs["live"], "--as=ui_other")
    refused(site, "The run has ended", "pause", runs["failed"])
    assert len(commands(site, runs["live"])) == 2


def test_a_question_is_answered(site: Site, runs: dict[str, str]) -> None:
    """Only the one that is asked, with an answer that it takes."""
    refused(site, "The run asks nothing now", "answer", runs["live"], "approve")
    run = site.sql("SELECT id FROM background_agents_run WHERE uuid = %s", runs["waiting"])[0]["id"]
    question = {"id": "q1", "question": "Was it sent?", "kind": "in_doubt", "choices": ["done", "again", "give_up"]}
    waiting = json.dumps({"for": "approval", "data": {"for": "approval", "question": question}})
    site.php(
        "\\Drupal::service('Drupal\\background_agents\\Run\\RunData')"
        f"->setWaiting({run}, json_decode({json.dumps(waiting)}, TRUE));"
    )
    assert told(site, "show", runs["waiting"])["choices"] == "done, again, give_up"
    refused(site, "It takes: done, again, give_up", "answer", runs["waiting"], "approve")
    refused(site, "asks something else by now", "answer", runs["waiting"], "done", "--id=q0")
    site.drush("background-agents:answer", runs["waiting"], "done", "--id=q1", "--note=I looked.")
    assert commands(site, runs["waiting"]) == [("decide", None, {"id": "q1", "decision": "done", "note": "I looked."})]
    refused(site, "answered already", "answer", runs["waiting"], "again")


def test_accounts_are_told_as_json(site: Site, runs: dict[str, str]) -> None:
    assert told(site, "accounts")["ui_agent"]["missing"] == ""
