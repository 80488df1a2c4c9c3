"""Failures that come again: what each comes to, as values."""

from __future__ import annotations

import pytest

from sidecar.engine import failures, retry
from sidecar.runs.endings import Ending, Fail, Wait
from sidecar.tools.base import Outcome

CHART = Outcome("error", reason="site_error", message="The chart id is missing.", about="node:article:a:")
LOCKED = Outcome("error", reason="locked", message="Ann edits it.", about="node:article:a:")


def test_the_same_call_is_the_same_tool_and_item() -> None:
    """Whatever the model wrote into it; where nothing says what it was about, its arguments do."""
    known = failures.failure_of(CHART, "revise_draft", "one")
    assert known == failures.failure_of(CHART, "revise_draft", "two")
    others = [
        failures.failure_of(CHART, "create_draft", "one"),
        failures.failure_of(Outcome("error", reason="site_error", message="Another.", about=CHART.about), "revise_draft", "one"),
        failures.failure_of(Outcome("error", reason="site_error", message=CHART.message, about="node:article:b:"), "revise_draft", "one"),
        failures.failure_of(Outcome("error", reason="site_error", message=CHART.message), "read_item", "one"),
        failures.failure_of(Outcome("error", reason="site_error", message=CHART.message), "read_item", "two"),
    ]  # fmt: skip
    assert len({known, *others}) == 6


def test_a_lock_is_the_items_whoever_holds_it() -> None:
    """Its sentence may name another person a minute later."""
    later = Outcome("error", reason="locked", message="Ben edits it.", about=LOCKED.about)
    assert failures.failure_of(LOCKED, "revise_draft", "1") == failures.failure_of(later, "revise_draft", "2")


def test_other_outcomes_are_not_counted() -> None:
    """What went well, and refusals that a model mends."""
    assert failures.failure_of(Outcome("ok"), "x", "y") == ""
    assert failures.failure_of(Outcome("error", reason="drupal:refused"), "x", "y") == ""


@pytest.mark.parametrize(("told", "fatal"), [(0, False), (1, False), (2, True), (5, True)])
def test_the_third_equal_error_of_the_site_ends_the_run(told: int, fatal: bool) -> None:
    """It is told to the model twice."""
    assert failures.judged(CHART, told).fatal is fatal


@pytest.mark.parametrize(("told", "status"), [(0, "error"), (1, "retry")])
def test_a_lock_is_told_once(told: int, status: str) -> None:
    """Then the run waits."""
    assert failures.judged(LOCKED, told).status == status


@pytest.mark.parametrize(
    ("answers", "tries", "ending"),
    [
        (False, 9, Wait("drupal", "drupal:unavailable", "500")),
        (True, 1, Wait("retry", "drupal:failed", "500")),
        (True, 2, Wait("retry", "drupal:failed", "500")),
        (
            True,
            3,
            Fail("site_error", "The site answers other requests, and failed 3 times in the same way at this one. 500"),
        ),
    ],
)
def test_only_a_site_that_does_not_answer_is_waited_for(answers: bool, tries: int, ending: Ending) -> None:
    """A server error of one request is that request's."""
    failed = Outcome("retry", reason="drupal:failed", message="500")
    assert failures.not_done(failed, tries, answers=answers) == ending


def test_only_equal_tries_count() -> None:
    """Another failure begins again."""
    assert failures.equal_tries(None, "a") == 1
    assert failures.equal_tries({"e": ["a", 2]}, "a") == 3
    assert failures.equal_tries({"e": ["a", 2]}, "b") == 1


def test_a_locked_item_is_waited_for_eight_times_ten_minutes() -> None:
    """Or longer, when the site says so; then the run fails."""
    waits = [retry.wait("retry", "locked", tries) for tries in range(1, 10)]
    assert waits == [600.0] * 8 + [None]
    assert retry.wait("retry", "locked", 1, 900.0) == 900.0


def test_a_tool_is_tried_eight_times_and_drupal_for_ever() -> None:
    """The eighth failed try ends the run."""
    assert [retry.wait("retry", "mcp:unavailable", tries) is None for tries in (1, 7, 8)] == [False, False, True]
    assert retry.wait("drupal", "drupal:unavailable", 10_000) is not None
