"""What a request may cost is reserved before it is sent; what it cost is booked after."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sidecar.engine.limits import Estimator, Price, price_of
from sidecar.settings import PriceSettings

tokens = st.integers(0, 10_000_000)
DEAR = PriceSettings(input_per_million=Decimal("3"), output_per_million=Decimal("15"))


def test_prices_come_from_the_settings() -> None:
    price = price_of({"anthropic:x": DEAR}, "anthropic:x")
    assert price.of(1_000_000, 1_000_000) == 18_000_000
    assert price_of({}, "anthropic:x") == Price()


@given(tokens, tokens)
def test_a_cost_is_never_rounded_down(given_in: int, given_out: int) -> None:
    price = Price(3_000_000, 15_000_000)
    assert price.of(given_in, given_out) * 1_000_000 >= 3_000_000 * given_in + 15_000_000 * given_out


@given(st.integers(0, 1_000_000), st.integers(0, 100_000))
def test_what_is_added_makes_the_reservation_larger(size: int, answered: int) -> None:
    estimator = Estimator(Price(1_000_000, 1_000_000), 4_096)
    estimator.answered(answered, 10)
    before = estimator.reserve()
    estimator.add(size)
    after = estimator.reserve()
    assert after.tokens >= before.tokens >= 4_096
    assert after.cost >= before.cost
