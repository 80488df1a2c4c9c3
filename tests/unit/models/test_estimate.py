"""What a request may cost is reserved before it is sent; what it cost is booked after."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.json_text import MAX_AMOUNT
from sidecar.models.estimate import Estimator


@given(st.integers(0, 1_000_000), st.integers(0, 100_000))
def test_what_is_added_makes_the_reservation_larger(size: int, answered: int) -> None:
    estimator = Estimator(lambda given, made: given + made, 4_096)
    estimator.answered(answered, 10)
    before = estimator.reserve()
    estimator.add(size)
    after = estimator.reserve()
    assert after.tokens >= before.tokens >= 4_096
    assert after.cost >= before.cost


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        ({"input_tokens": 7, "output_tokens": 2}, (7, 2, 9)),
        ({"input_tokens": -5, "output_tokens": None}, (0, 0, 0)),
        ({"input_tokens": 2**63}, (1_000_000_000, 0, 1_000_000_000)),
    ],
)
def test_a_provider_that_counts_nonsense_is_not_believed(usage: dict[str, Any], counted: tuple[int, int, int]) -> None:
    """What it says is kept within what can be booked: no report is refused because of it."""
    estimator = Estimator(lambda given, made: given + made, 100)
    assert tuple(estimator.counted(usage).values()) == counted


def test_a_cost_beyond_all_columns_is_cut() -> None:
    """A price of any height gives a cost that can be told."""
    assert Estimator(lambda given, made: given**9, 100).counted({"input_tokens": 10**9})["cost_micros"] == MAX_AMOUNT
