"""When to try again: policy as values. One place (`rest.py`) acts on them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from sidecar.drupal.replies import FAILED, LOCKED

BASE_SECONDS = 2.0
MOST_SECONDS = 300.0
DRUPAL_SECONDS = 5.0
DRUPAL_MOST_SECONDS = 60.0
MODEL_TRIES = 6
FALLBACK_AFTER = 3
TOOL_TRIES = 8
"""Tries of a tool in a row, without any progress in between, after which the run fails."""
AGENT_SECONDS = 120.0
AGENT_MOST_SECONDS = 900.0
LOCKED_SECONDS = 600.0
LOCKED_WAITS = 8
"""Waits for an item that somebody has locked, after which the run fails."""


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """`again` after `delay` seconds, with the fallback model when `fallback`; else the run fails."""

    again: bool
    delay: float = 0.0
    fallback: bool = False


def backoff(tries: int, retry_after: float | None = None, chance: Callable[[], float] = random.random) -> float:
    """Seconds until try number `tries + 1`: doubling, with jitter, never before `retry_after`."""
    delay = min(MOST_SECONDS, BASE_SECONDS * 2 ** max(0, tries - 1)) * (0.5 + chance())
    return max(delay, retry_after or 0.0)


def drupal_delay(tries: int, retry_after: float | None = None, chance: Callable[[], float] = random.random) -> float:
    """Seconds until a run that waits for Drupal looks again: longer each time, with jitter, never before `retry_after`."""
    delay = min(DRUPAL_MOST_SECONDS, DRUPAL_SECONDS * tries) * (0.75 + chance() / 2)
    return max(delay, retry_after or 0.0)


def agent_delay(tries: int) -> float:
    """Seconds until a run that waits for one of another agent looks by itself. Drupal tells when that has ended; this is the net."""
    return min(AGENT_MOST_SECONDS, AGENT_SECONDS * tries)


def wait(what: str, reason: str, tries: int, retry_after: float | None = None) -> float | None:
    """Seconds until a run that waits for `what` goes on, None when it has waited often enough. `tries`: in a row, this one included."""
    if what == "retry" and tries > (LOCKED_WAITS if reason == LOCKED else TOOL_TRIES - 1):
        return None
    if what == "agent":
        return agent_delay(tries)
    if reason == LOCKED:
        return max(LOCKED_SECONDS, retry_after or 0.0)
    return (drupal_delay if what == "drupal" or reason == FAILED else backoff)(tries, retry_after)


def after_model_error(
    *,
    retryable: bool,
    tries: int,
    retry_after: float | None,
    has_fallback: bool,
    chance: Callable[[], float] = random.random,
) -> RetryDecision:
    """What follows a failed model request. `tries`: how often this request was made; `has_fallback`: another model is left to try."""
    if has_fallback and (not retryable or tries >= FALLBACK_AFTER):
        return RetryDecision(again=True, delay=0.0, fallback=True)
    if not retryable or tries >= MODEL_TRIES:
        return RetryDecision(again=False)
    return RetryDecision(again=True, delay=backoff(tries, retry_after, chance))
