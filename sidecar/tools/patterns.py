"""Patterns of JSON Schema (ECMA 262) that others wrote, matched with bounded work.

The engine's limit of backtracking alone bounds nothing: `(?=a*b)c` reads 100,000 characters 100,000 times, and `[ab]{3,900}` repeated
needs minutes without any backtracking. So a match is made only where the most that it can cost, by the text's length and the pattern's
size, is bearable; and all matches of one value share a second of work: how busy the machine is changes no verdict.
"""

from __future__ import annotations

import contextvars
import functools
import re
import time
from collections.abc import Callable
from typing import Any

from jsonschema_rs import FancyRegexOptions, RegexOptions, ValidationError, ValidationErrorKind, validator_for

from sidecar.json_text import JSON

# Sizes of compiled patterns in bytes: the smallest that takes a pattern says how much one character may cost.
SIZES = (2_000, 20_000, 200_000, 2_000_000, 20_000_000)
BYTES_PER_NANOSECOND = 10
# Most patterns need next to nothing; who needs more is asked again with more.
BACKTRACKING = (100, 1_000, 10_000, 100_000)
OVERHEAD = 20
WORST_MATCH = 2_000_000_000
"""Nanoseconds that one match may need at the worst; what patterns of forms need is a thousandth of it."""
SECONDS = 1.0
"""What the matches of one value may need together."""

_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_TOKEN = re.compile(
    r"\\k<(?P<reference>\w+)>|\\.|(?P<anything>\[\^\])|(?P<nothing>\[\])|\[\^?(?:\\.|[^\\\]])+\]"
    r"|(?P<group>\((?:(?!\?)|\?<(?P<name>\w+)>))",
    re.DOTALL,
)


class Budget:
    """The time for the patterns of one value. `clock`: seconds that this thread has worked."""

    def __init__(self, clock: Callable[[], float] = time.thread_time) -> None:
        self._clock = clock
        self._until = clock() + SECONDS
        self.exhausted = False

    def allow(self, nanoseconds: int) -> None:
        """Before a match that needs at most so long. Raises Exhausted."""
        if nanoseconds > WORST_MATCH or self._clock() > self._until:
            self.exhausted = True
        if self.exhausted:
            raise Exhausted


class Exhausted(ValueError):
    """The patterns of a schema need more work than one value may cost."""

    def __init__(self) -> None:
        super().__init__("the patterns of the schema need too much work for this value")


current: contextvars.ContextVar[Budget] = contextvars.ContextVar("budget")


def translated(pattern: str) -> str:
    """The pattern as the engine reads it: `[^]`, `[]`, pairs of surrogates and references by name are ECMA's own."""
    pattern = _PAIR.sub(_character, pattern)
    groups = [found["name"] for found in _TOKEN.finditer(pattern) if found["group"]]

    def token(found: re.Match[str]) -> str:
        if found["anything"] or found["nothing"]:
            return r"[\s\S]" if found["anything"] else r"[^\s\S]"
        name = found["reference"]
        return rf"(?:\{groups.index(name) + 1})" if name and name in groups else found[0]

    return _TOKEN.sub(token, pattern)


def _character(pair: re.Match[str]) -> str:
    high, low = int(pair[1], 16), int(pair[2], 16)
    return f"\\u{{{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):X}}}"


class Pattern:
    """A pattern, compiled. Raises ValueError when it cannot be."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._translated = translated(text)
        self._engines: dict[int, Any] = {}
        self.size, self._linear = self._smallest()

    def fits(self, text: str, budget: Budget) -> bool:
        """Whether a text holds the pattern. Raises Exhausted."""
        worst = (len(text) + OVERHEAD) * self.size // BYTES_PER_NANOSECOND
        if self._linear is not None:
            budget.allow(worst)
            return self._linear.is_valid(text)
        for limit in BACKTRACKING:
            budget.allow(worst * limit)
            engine = self._engine(limit)
            if engine.is_valid(text):
                return True
            if not isinstance(next(engine.iter_errors(text)).kind, ValidationErrorKind.BacktrackLimitExceeded):
                return False
        return False

    def _engine(self, limit: int) -> Any:
        if limit not in self._engines:
            self._engines[limit] = self._compiled(FancyRegexOptions(backtrack_limit=limit, size_limit=self.size))
        return self._engines[limit]

    def _smallest(self) -> tuple[int, Any]:
        """The size that takes the pattern, and the engine without backtracking where that one can read it."""
        for size in SIZES:
            if linear := self._compiled(RegexOptions(size_limit=size)):
                return size, linear
            if self._compiled(FancyRegexOptions(size_limit=size)):
                return size, None
        raise ValueError(f"the pattern {self.text[:200]!r} is no regular expression (ECMA 262), or too large")

    def _compiled(self, options: FancyRegexOptions | RegexOptions) -> Any:
        try:
            return validator_for({"pattern": self._translated}, pattern_options=options)
        except ValidationError:
            return None


compiled = functools.lru_cache(maxsize=1_024)(Pattern)


class Keyword:
    """The keyword `pattern` for jsonschema-rs."""

    def __init__(self, parent: dict[str, JSON], text: str, path: list[str | int]) -> None:
        self._pattern = compiled(text)

    def validate(self, instance: Any) -> None:
        """Raises ValueError for a text that does not fit."""
        if isinstance(instance, str) and not self._pattern.fits(instance, current.get()):
            raise ValueError(f"{instance[:80]!r} does not match the pattern {self._pattern.text!r}")
