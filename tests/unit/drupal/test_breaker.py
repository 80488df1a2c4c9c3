"""The circuit breaker of a site."""

from __future__ import annotations

import pytest

from sidecar.drupal.breaker import FAILURES, FIRST_PAUSE, LONGEST_PAUSE, Breaker
from sidecar.errors import DrupalUnavailable


class Clock:
    """Seconds that pass when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def opened(clock: Clock) -> Breaker:
    """A breaker that has just opened."""
    breaker = Breaker("the site", clock)
    for _ in range(FAILURES):
        with breaker.passing():
            breaker.failure("it burns")
    return breaker


def test_it_opens_after_a_row_of_failures(clock: Clock) -> None:
    """One success in between starts the row anew."""
    breaker = Breaker("the site", clock)
    for _ in range(FAILURES - 1):
        breaker.failure("x")
    breaker.success()
    for _ in range(FAILURES - 1):
        breaker.failure("x")
    assert not breaker.open
    breaker.failure("x")
    assert breaker.open


def test_open_says_why_and_for_how_long(clock: Clock) -> None:
    """The error is a problem with the cause and the seconds to wait."""
    breaker = opened(clock)
    with pytest.raises(DrupalUnavailable, match="it burns") as refused, breaker.passing():
        pass
    assert refused.value.code == "breaker_open"
    assert refused.value.retry_after == FIRST_PAUSE


def test_one_probe_at_a_time(clock: Clock) -> None:
    """After the pause a single request passes; a second one does not, until the first has told."""
    breaker = opened(clock)
    clock.now += FIRST_PAUSE
    with breaker.passing():
        with pytest.raises(DrupalUnavailable), breaker.passing():
            pass
        breaker.success()
    assert not breaker.open
    assert breaker.why == ""


def test_a_failed_probe_doubles_the_pause(clock: Clock) -> None:
    """Up to a limit."""
    breaker = opened(clock)
    pauses = []
    for _ in range(8):
        clock.now += LONGEST_PAUSE
        with breaker.passing():
            breaker.failure("still")
        with pytest.raises(DrupalUnavailable) as refused, breaker.passing():
            pass
        pauses.append(refused.value.retry_after)
    assert pauses[:3] == [4.0, 8.0, 16.0]
    assert pauses[-1] == LONGEST_PAUSE


def test_a_cancelled_probe_leaves_room_for_the_next(clock: Clock) -> None:
    """It told neither success nor failure."""
    breaker = opened(clock)
    clock.now += FIRST_PAUSE
    with pytest.raises(KeyError), breaker.passing():
        raise KeyError
    with breaker.passing():
        breaker.success()
