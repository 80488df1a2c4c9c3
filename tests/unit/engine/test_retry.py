"""When to try again, as values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sidecar.engine import retry

tries = st.integers(1, 1_000)
chances = st.floats(0, 1, exclude_max=True)


@given(tries, st.none() | st.floats(0, 10_000), chances)
def test_a_wait_is_bounded_and_never_shorter_than_asked_for(count: int, asked: float | None, chance: float) -> None:
    for delay, most in (
        (retry.backoff(count, asked, lambda: chance), retry.MOST_SECONDS * 1.5),
        (retry.drupal_delay(count, asked, lambda: chance), retry.DRUPAL_MOST_SECONDS * 1.25),
    ):
        assert delay > 0
        assert delay >= (asked or 0)
        assert delay <= max(most, asked or 0)


@given(chances)
def test_the_wait_grows(chance: float) -> None:
    waits = [retry.backoff(count, None, lambda: chance) for count in range(1, 6)]
    assert waits == sorted(waits)
    assert len(set(waits)) == 5


@given(tries, st.booleans())
def test_a_refusal_is_final_unless_another_model_is_left(count: int, fallback: bool) -> None:
    decision = retry.after_model_error(retryable=False, tries=count, retry_after=None, has_fallback=fallback)
    assert (decision.again, decision.fallback) == (fallback, fallback)


def test_a_passing_failure_is_tried_again_then_elsewhere_then_given_up() -> None:
    alone = [
        retry.after_model_error(retryable=True, tries=count, retry_after=None, has_fallback=False).again
        for count in range(1, retry.MODEL_TRIES + 1)
    ]
    assert alone == [True] * (retry.MODEL_TRIES - 1) + [False]
    second = retry.after_model_error(retryable=True, tries=retry.FALLBACK_AFTER, retry_after=None, has_fallback=True)
    assert second == retry.RetryDecision(again=True, delay=0.0, fallback=True)
