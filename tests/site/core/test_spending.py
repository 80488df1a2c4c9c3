"""A real site sums what its agents spend by day, and tells it to a sidecar that has forgotten it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from sidecar import contracts
from tests.site.drupal import Site
from tests.site.people import Person, dispatched
from tests.site.sidecar import Sidecar, event, item

END = {"state": "completed", "reason": "done"}


@pytest.fixture
def run(site: Site, runner: Person, sidecar: Sidecar, clean: None) -> str:
    """A claimed run, on a day on which nothing was spent."""
    site.sql("DELETE FROM background_agents_spent")
    run = dispatched(runner)
    sidecar.claim()
    return run


def usage(cost: int, tokens: int) -> dict[str, int]:
    return {"cost_micros": cost, "input_tokens": tokens - 1, "output_tokens": 1}


def answered(seq: int, moment: float, cost: int, tokens: int) -> dict[str, Any]:
    told = event(seq, "model_responded", model="scripted:a", usage=usage(cost, tokens))
    return told | {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))}


def amounts(cost: int, tokens: int) -> dict[str, int]:
    return {"cost_micros": cost, "tokens": tokens}


def test_what_runs_report_is_summed_once(sidecar: Sidecar, run: str) -> None:
    first = item(run, answered(1, time.time(), 60, 600), usage=usage(60, 600))
    answer = sidecar.report(first)
    contracts.check("events#answer", answer)
    assert answer["spent"]["day"] == time.strftime("%Y-%m-%d", time.gmtime())
    assert sidecar.report(first)["spent"]["agents"] == {"core": amounts(60, 600)}, "a batch that comes twice"
    ended = item(run, answered(2, time.time(), 5, 50), usage=usage(65, 650), end=END | {"usage": usage(65, 650)})
    spent = sidecar.report(ended)["spent"]
    assert (spent["cost_micros"], spent["tokens"]) == (65, 650)


def test_a_sidecar_that_forgot_everything_is_told(sidecar: Sidecar, run: str) -> None:
    """Also when no run is left, and while all agents are stopped."""
    sidecar.report(item(run, answered(1, time.time(), 60, 600), usage=usage(60, 600) | {"driven_seconds": 41}))
    answer = sidecar.post("jobs/claim", {"worker": "new", "lost": True}).json()
    contracts.check("common#spent", answer["spent"])
    assert answer["spent"]["agents"] == {"core": amounts(60, 600)}
    assert [job["usage"]["driven_seconds"] for job in answer["jobs"]] == [41]
    sidecar.report(item(run, attempt=2, end=END))
    answer = sidecar.post("jobs/claim", {"worker": "new", "lost": True}).json()
    assert (answer["jobs"], answer["spent"]["tokens"]) == ([], 600)


def test_what_was_spent_before_midnight_counts_yesterday(site: Site, sidecar: Sidecar, run: str) -> None:
    yesterday = time.time() - 86_400
    batch = item(run, answered(1, yesterday, 30, 300), answered(2, time.time(), 7, 70), usage=usage(37, 370))
    assert sidecar.report(batch)["spent"]["agents"] == {"core": amounts(7, 70)}
    rows = site.sql("SELECT day, cost_micros, tokens FROM background_agents_spent ORDER BY day")
    days = [time.strftime("%Y-%m-%d", time.gmtime(moment)) for moment in (yesterday, time.time())]
    assert rows == [{"day": days[0]} | amounts(30, 300), {"day": days[1]} | amounts(7, 70)]


def test_a_retry_counts_from_the_beginning_and_late_news_count_too(sidecar: Sidecar, runner: Person, run: str) -> None:
    sidecar.report(item(run, event(1), usage=usage(60, 600), end=END))
    assert sidecar.report(item(run, event(2), usage=usage(65, 650)))["spent"]["tokens"] == 650, "after the end"
    assert runner.post(f"runs/{run}/retry").status_code == 202
    [job] = sidecar.claim()
    report = item(run, event(3), attempt=job["attempt"], generation=2, usage=usage(10, 100))
    assert sidecar.report(report)["spent"]["agents"] == {"core": amounts(75, 750)}


def test_a_stale_attempt_books_nothing(sidecar: Sidecar, run: str) -> None:
    sidecar.post("jobs/claim", {"worker": "new", "lost": True})
    answer = sidecar.report(item(run, event(1), usage=usage(60, 600)))
    assert answer["runs"][run]["status"] == "stale_attempt"
    assert answer["spent"] | {"day": ""} == {"day": "", **amounts(0, 0), "agents": {}}
