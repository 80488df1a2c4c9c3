"""What a model request may cost at the most, reserved before it is sent, and what it did cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sidecar.runs.journal import Reserve

DEFAULT_MAX_TOKENS = 4_096
BYTES_PER_TOKEN = 3
"""Deliberately low: a reservation may be too large, never too small by much."""


@dataclass(frozen=True, slots=True)
class Price:
    """Millionths of the currency per million tokens; both 0 for a model without a price."""

    input: int = 0
    output: int = 0

    def of(self, input_tokens: int, output_tokens: int) -> int:
        """Cost in millionths of the currency, rounded up."""
        return -(-(self.input * input_tokens + self.output * output_tokens) // 1_000_000)


def price_of(prices: Mapping[str, Any], model: str) -> Price:
    """The price from the settings (`prices.<model>`), zero when there is none."""
    entry = prices.get(model)
    if entry is None:
        return Price()
    return Price(int(entry.input_per_million * 1_000_000), int(entry.output_per_million * 1_000_000))


class Estimator:
    """Estimates the next request from the last one's real usage and from what has been added since. Deterministic under replay."""

    def __init__(self, price: Price, max_tokens: int) -> None:
        self._price = price
        self._max_tokens = max_tokens
        self._known = 0
        self._added = 0

    def add(self, size: int) -> None:
        """`size` bytes of text will be part of the next request."""
        self._added += size

    def answered(self, input_tokens: int, output_tokens: int) -> None:
        """The provider counted the last request."""
        self._known, self._added = input_tokens + output_tokens, 0

    def cost(self, input_tokens: int, output_tokens: int) -> int:
        """Cost of a request that has been counted, in millionths of the currency."""
        return self._price.of(input_tokens, output_tokens)

    def reserve(self) -> Reserve:
        """What the next request may cost at the most."""
        tokens = self._known + self._added // BYTES_PER_TOKEN
        return Reserve(self._price.of(tokens, self._max_tokens), tokens + self._max_tokens)
