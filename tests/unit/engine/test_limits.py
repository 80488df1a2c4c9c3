"""What a request may cost is reserved before it is sent; what it cost is booked after."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sidecar.engine.limits import Estimator


@given(st.integers(0, 1_000_000), st.integers(0, 100_000))
def test_what_is_added_makes_the_reservation_larger(size: int, answered: int) -> None:
    estimator = Estimator(lambda given, made: given + made, 4_096)
    estimator.answered(answered, 10)
    before = estimator.reserve()
    estimator.add(size)
    after = estimator.reserve()
    assert after.tokens >= before.tokens >= 4_096
    assert after.cost >= before.cost
