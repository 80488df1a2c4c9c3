"""What a failure comes to that was met before: equal ones of the same call are counted in the journal.

| reason          | the first time                 | then                                                                       |
|-----------------|--------------------------------|----------------------------------------------------------------------------|
| `locked`        | told to the model              | the run waits, ten minutes at a time                                       |
| `site_error`    | told to the model, and once more | the third equal one ends the run                                         |
| `drupal:failed` | the run waits to try again     | the third equal one ends the run as `site_error`, if the site answers otherwise |

A call is the same when its tool and what it is about are: the model may have put other values into it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from sidecar.drupal.replies import FAILED, LOCKED, REFUSED, SITE_ERROR, UNAVAILABLE, reason_of
from sidecar.errors import DrupalError, DrupalUnavailable, ModelError, SidecarError, ToolError
from sidecar.json_text import JSON
from sidecar.runs.endings import Ending, Fail, HandOver, Lost, Wait
from sidecar.tools.base import Outcome

EQUAL = 3
"""Equal failures after which a run ends."""
EQUALS = "e"
"""The member of a unit's record that holds the failure of its last tries, and how often it was the same."""


def failure_of(outcome: Outcome, tool: str, digest: str) -> str:
    """What equal failures of a call have in common; empty for others. `digest`: of the call's arguments."""
    if outcome.reason not in (LOCKED, SITE_ERROR, FAILED):
        return ""
    # Who holds a lock, and since when, may change; and all tools that write an item meet the same lock.
    parts = (outcome.reason, outcome.about or digest, *(() if outcome.reason == LOCKED else (tool, outcome.message)))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def judged(outcome: Outcome, before: int) -> Outcome:
    """The outcome of a call whose failure the model has heard `before` so often."""
    if outcome.status != "error":
        return outcome
    if outcome.reason == LOCKED and before:
        return replace(outcome, status="retry")
    if outcome.reason == SITE_ERROR and before >= EQUAL - 1:
        return replace(outcome, fatal=True, message=f"The same failure {before + 1} times. {outcome.message}")
    return outcome


def equal_tries(record: Mapping[str, JSON] | None, failure: str) -> int:
    """How often the last tries of a unit ended with this failure, the present one included."""
    before = (record or {}).get(EQUALS) or ["", 0]
    return int(before[1]) + 1 if before[0] == failure else 1


def not_done(outcome: Outcome, tries: int, *, answers: bool) -> Ending:
    """Where a call leaves the run that ended with a server error. `tries`: equal ones; `answers`: whether the site answers otherwise."""
    if not answers:
        return Wait("drupal", UNAVAILABLE, outcome.message, outcome.retry_after)
    if tries >= EQUAL:
        message = (
            f"The site answers other requests, and failed {tries} times in the same way at this one. {outcome.message}"
        )
        return Fail(SITE_ERROR, message)
    return Wait("retry", FAILED, outcome.message, outcome.retry_after)


def refused(error: DrupalError) -> Ending:
    """Drupal refused something that the run cannot do without."""
    if error.code == "site_stopped":
        return HandOver("site_stopped")
    if error.code == "stale_attempt":
        return Lost()
    reason = SITE_ERROR if error.code == SITE_ERROR else REFUSED
    return Fail(reason_of(error) or reason, str(error))


def of_error(error: Exception) -> Ending:
    """What an error outside of units means for the run."""
    match error:
        case DrupalUnavailable() if reason_of(error) is None:
            return Wait("drupal", UNAVAILABLE, str(error), error.retry_after)
        case DrupalError():
            return refused(error)
        case ToolError(retryable=True):
            return Wait("retry", "tool:unavailable", str(error))
        case ToolError():
            return Fail("tool:unavailable", str(error))
        case ModelError():
            return Fail(error.reason, str(error))
        case SidecarError():
            return Fail("engine:refused", str(error))
        case _:
            return Fail("engine:defect", f"The sidecar failed: {type(error).__name__}: {error}")
