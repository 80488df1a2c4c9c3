"""What a model request may cost at the most, reserved before it is sent, and what it did cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sidecar.json_text import JSON, MAX_AMOUNT
from sidecar.runs.recording import Reserve

DEFAULT_MAX_TOKENS = 4_096
BYTES_PER_TOKEN = 3
"""Deliberately low: a reservation may be too large, never too small by much."""


MOST_TOKENS = 1_000_000_000
"""No request has more; a provider that counts more is not believed, for no column would hold the sums."""


Price = Callable[[int, int], int]
"""Cost of (input tokens, output tokens) in millionths of a US dollar, rounded up. Tokens read from a provider's cache count in full: the sum may
be too high, never too low."""


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

    def counted(self, usage: Mapping[str, JSON]) -> dict[str, int]:
        """What the provider says that the last request took, within what can be booked, and its cost."""
        spent = {
            name: min(max(0, int(usage.get(name) or 0)), MOST_TOKENS) for name in ("input_tokens", "output_tokens")
        }
        self.answered(**spent)
        return spent | {"cost_micros": min(self.cost(**spent), MAX_AMOUNT)}

    def answered(self, input_tokens: int, output_tokens: int) -> None:
        """The provider counted the last request."""
        self._known, self._added = input_tokens + output_tokens, 0

    def cost(self, input_tokens: int, output_tokens: int) -> int:
        """Cost of a request that has been counted, in millionths of a US dollar."""
        return self._price(input_tokens, output_tokens)

    def reserve(self) -> Reserve:
        """What the next request may cost at the most."""
        tokens = self._known + self._added // BYTES_PER_TOKEN
        return Reserve(self._price(tokens, self._max_tokens), tokens + self._max_tokens)
