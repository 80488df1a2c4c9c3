"""What Drupal's refusals mean for a tool call: one table, used by every tool that talks to Drupal.

| Drupal says                        | outcome                                                       |
|------------------------------------|---------------------------------------------------------------|
| 401 about the account or requester | fatal, Drupal's code is the reason: a person can mend it      |
| 401, any other code                | fatal `token:refused`: this run may not act any more          |
| 403 `site_stopped`                 | retry `site_stopped`                                          |
| 403 `limit_writes`                 | fatal `limit:writes`                                          |
| 429 `limit_writes_per_hour`        | fatal `limit:writes_per_hour`                                 |
| 409 `stale_attempt`                | retry `stale_attempt`: another worker has the run             |
| 409 `revision_conflict`            | error: read again, with the revision that is current          |
| 409 `locked`                       | error `locked`: somebody has the item, do something else      |
| 500 `site_error`                   | error `site_error`: what the site's own code says             |
| 422 `key_reused`                   | fatal `journal_mismatch`: never the old answer                |
| 500, any other                     | retry `drupal:failed`: this request failed                    |
| unavailable, answer lost           | retry `drupal:unavailable`                                    |
| anything else                      | error, with Drupal's detail and pointers, for the model       |

What becomes of `locked`, `site_error` and `drupal:failed` when they come again is in `engine/failures.py`.
"""

from __future__ import annotations

from sidecar.drupal.problems import SITE_ERROR
from sidecar.errors import DrupalError, DrupalUnavailable
from sidecar.json_text import JSON
from sidecar.tools.base import Outcome

UNAVAILABLE = "drupal:unavailable"
FAILED = "drupal:failed"
REFUSED = "drupal:refused"
LOCKED = "locked"
# Refusals of a token whose code says what a person has to mend; they are reasons of runs, too.
ACCOUNT = frozenset({"account_blocked", "not_an_agent_account", "requester_lost"})
LIMITS = {"limit_writes": "limit:writes", "limit_writes_per_hour": "limit:writes_per_hour"}


def reason_of(error: DrupalError) -> str | None:
    """The reason for which a run ends by this refusal, or None when it does not end by it."""
    if error.code in LIMITS:
        return LIMITS[error.code]
    if error.status == 401:
        return error.code if error.code in ACCOUNT else "token:refused"
    return None


def outcome_of(error: DrupalError) -> Outcome:
    """The outcome of a call that ended with `error`. Each call to Drupal only reads or carries its key, so it may be made again."""
    if reason := reason_of(error):
        return _fatal(reason, _explained(reason, error))
    if isinstance(error, DrupalUnavailable):
        reason = FAILED if error.status == 500 else UNAVAILABLE
        return Outcome("retry", reason=reason, message=str(error), retry_after=error.retry_after)
    match error.status, error.code:
        case 403, "site_stopped":
            return Outcome("retry", reason="site_stopped", message=str(error))
        case 409, "stale_attempt":
            return Outcome("retry", reason="stale_attempt", message=str(error))
        case 422, "key_reused":
            return _fatal("journal_mismatch", f"Drupal has another request under this call's key: {error}")
        case 409, "revision_conflict":
            return _conflict(error)
        case 409, "locked":
            return _locked(error)
        case _, "site_error":
            return _site_error(error)
        case _:
            return Outcome("error", told(error), reason=REFUSED, message=str(error))


def _fatal(reason: str, message: str) -> Outcome:
    return Outcome("error", {"error": message}, reason=reason, message=message, fatal=True)


def _explained(reason: str, error: DrupalError) -> str:
    return (
        f"Drupal does not accept this run's token ({error.code}): {error}" if reason == "token:refused" else str(error)
    )


def told(error: DrupalError) -> dict[str, JSON]:
    """Drupal's refusal as the model gets it: what is wrong, where, and nothing of the transport."""
    said: dict[str, JSON] = {"error": str(error), "code": error.code, "status": error.status}
    if errors := error.problem.get("errors"):
        said["errors"] = errors
    return said


def _conflict(error: DrupalError) -> Outcome:
    said = told(error)
    current = error.problem.get("current_revision")
    said["todo"] = (
        "Someone saved a newer revision since you read it. Call read_item again"
        + (f" (if it does not show revision {current}, pass revision {current})" if current else "")
        + ", put your change on top of what is there now, and call revise_draft with that revision."
    )
    if current:
        said["current_revision"] = current
    return Outcome("error", said, reason="revision_conflict", message=str(error))


def _locked(error: DrupalError) -> Outcome:
    said = told(error)
    said["todo"] = (
        "Do the rest of your work first, and then call again: the run waits until the item is free. If nothing is left, call again now."
    )
    after = error.problem.get("retry_after")
    return Outcome(
        "error", said, reason=LOCKED, message=str(error), retry_after=float(after) if isinstance(after, int) else None
    )


def _site_error(error: DrupalError) -> Outcome:
    said = told(error)
    said["todo"] = (
        "Code of the site failed, and the same call would fail again. If the sentence says what is missing, call again with it; "
        "else leave this item and go on with the rest."
    )
    return Outcome("error", said, reason=SITE_ERROR, message=str(error))
