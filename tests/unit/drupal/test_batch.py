"""How large a batch is, and how its events are written."""

from __future__ import annotations

import hashlib
import json

from sidecar.drupal.batch import FULL, GOOD_SECONDS, LEAST_EVENTS, LEAST_RUNS, BatchSize, runs_text
from sidecar.runs.run import Outgoing

RUN = "aaaaaaaa-0000-4000-8000-000000000001"


def test_a_batch_begins_as_large_as_the_contract_allows() -> None:
    """A site that answers at once never gets less."""
    size = BatchSize()
    assert size.room == FULL
    size.answered(0.01)
    assert size.room == FULL


def test_a_slow_answer_makes_the_next_batch_smaller_in_proportion() -> None:
    """At most by half at a time: one slow answer may have had another cause."""
    size = BatchSize()
    size.answered(1.25 * GOOD_SECONDS)
    assert (size.room.events, size.room.runs) == (int(FULL.events * 0.8), int(FULL.runs * 0.8))
    size.answered(100 * GOOD_SECONDS)
    assert size.room.events == int(FULL.events * 0.8) // 2


def test_a_batch_grows_again_when_the_site_answers_fast_and_stays_when_it_answers_well() -> None:
    """Between half of what is good and good nothing changes, so that the size does not swing."""
    size = BatchSize()
    size.answered(2 * GOOD_SECONDS)
    small = size.room
    size.answered(0.8 * GOOD_SECONDS)
    assert size.room == small
    size.answered(0.5 * GOOD_SECONDS)
    assert size.room == FULL


def test_however_slow_a_site_is_a_batch_has_a_least_size() -> None:
    """Each request costs the site a start of Drupal, so ever smaller batches would bring ever less."""
    size = BatchSize()
    for _ in range(20):
        size.unanswered()
    assert (size.room.events, size.room.runs) == (LEAST_EVENTS, LEAST_RUNS)


def test_what_a_site_refuses_is_halved_to_one_also_when_it_is_slow() -> None:
    """Only so the guilty event is found."""
    size = BatchSize()
    size.halve_runs(3)
    size.halve_events(2)
    size.answered(2 * GOOD_SECONDS)
    assert (size.room.events, size.room.runs) == (1, 1)
    assert size.room.run_events == 1


def test_events_go_out_as_they_are_stored_with_number_and_hash() -> None:
    """Not read and written again: that would cost time, and change how numbers are written."""
    raw = '{"type":"tool_finished","time":"2026-11-20T12:00:00Z","data":{"n":1.0,"text":"Grüße"}}'.encode()
    item = Outgoing(RUN, 1, 2, "running", {"steps": 3}, [(7, raw), (8, raw)], None)
    text = runs_text([item, item], ())
    assert b'"n":1.0' in text
    read = json.loads(text)
    assert len(read) == 2
    assert {name: read[0][name] for name in ("run", "attempt", "generation", "state", "usage")} == {
        "run": RUN, "attempt": 1, "generation": 2, "state": "running", "usage": {"steps": 3},
    }  # fmt: skip
    digest = hashlib.sha256(raw).hexdigest()[:32]
    assert [event["seq"] for event in read[0]["events"]] == [7, 8]
    assert read[0]["events"][0] == json.loads(raw) | {"seq": 7, "hash": digest}
    assert "end" not in read[0]


def test_a_run_without_events_has_an_empty_list() -> None:
    """As the contract wants it."""
    end = {"state": "completed", "reason": "done"}
    assert json.loads(runs_text([Outgoing(RUN, 1, 1, "completed", {}, [], end)], ()))[0]["events"] == []
    assert json.loads(runs_text([], ())) == []
