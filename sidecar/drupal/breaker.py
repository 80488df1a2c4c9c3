"""A circuit breaker for one site: after a row of failures nothing is sent for a while, then one probe decides."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from sidecar.errors import DrupalUnavailable

FAILURES = 5
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 60.0


class Breaker:
    """Closed: all pass. Open: none pass until the pause is over. Half open: one probe closes it or doubles the pause.

    `clock` is monotonic seconds.
    """

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self._clock = clock
        self._failures = 0
        self._pause = 0.0
        self._until = 0.0
        self._why = ""
        self._probing = False

    @property
    def open(self) -> bool:
        """Whether the next request would be refused."""
        return self._pause > 0 and (self._probing or self._clock() < self._until)

    @property
    def why(self) -> str:
        """What opened it; empty when it is closed."""
        return self._why if self._pause else ""

    @contextmanager
    def passing(self) -> Generator[None]:
        """Around one request. Raises DrupalUnavailable (`breaker_open`) instead of letting it out.

        The caller reports with `success` and `failure`; a request that reports neither (cancelled) changes nothing."""
        if self.open:
            raise DrupalUnavailable(
                {
                    "title": "Drupal is not asked now",
                    "status": 503,
                    "code": "breaker_open",
                    "detail": f"Requests to {self.name} are paused after failures: {self._why}",
                },
                retry_after=max(0.1, self._until - self._clock()),
            )
        probe = self._pause > 0
        self._probing = probe
        try:
            yield
        finally:
            if probe:
                self._probing = False

    def success(self) -> None:
        """The site answered."""
        self._failures = 0
        self._pause = 0.0
        self._why = ""

    def failure(self, why: str) -> None:
        """The site did not answer, or with a server error. `why` is a sentence for people."""
        self._failures += 1
        if self._pause or self._failures >= FAILURES:
            self.trip(why)

    def trip(self, why: str) -> None:
        """Open it at once (also: the site refuses our signature, so asking more is useless)."""
        self._pause = min(LONGEST_PAUSE, self._pause * 2 or FIRST_PAUSE)
        self._until = self._clock() + self._pause
        self._why = why
