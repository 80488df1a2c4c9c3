"""What Drupal's refusals mean for a tool call: one table, used by every tool that talks to Drupal.

| Drupal says                        | outcome                                                       |
|------------------------------------|---------------------------------------------------------------|
| 401, whatever its code             | fatal `token:refused`: this run may not act any more          |
| 403 `site_stopped`                 | retry `site_stopped`                                          |
| 409 `stale_attempt`                | retry `stale_attempt`: another worker has the run             |
| 409 `revision_conflict`            | error: read again, with the revision that is current          |
| 422 `key_reused`                   | fatal `journal_mismatch`: never the old answer                |
| unavailable, answer lost           | retry `drupal:unavailable`; lost without a key: unknown       |
| anything else                      | error, with Drupal's detail and pointers, for the model       |
"""

from __future__ import annotations

from sidecar.errors import DrupalAnswerLost, DrupalError, DrupalUnavailable
from sidecar.tools.base import JSON, Outcome

UNAVAILABLE = "drupal:unavailable"
REFUSED = "drupal:refused"


def outcome_of(error: DrupalError, *, repeatable: bool) -> Outcome:
    """The outcome of a call that ended with `error`. `repeatable`: it only read, or it carried its key."""
    if isinstance(error, DrupalAnswerLost) and not repeatable:
        return Outcome("unknown", reason="drupal:answer_lost", message=str(error), retry_after=error.retry_after)
    if isinstance(error, DrupalUnavailable):
        return Outcome("retry", reason=UNAVAILABLE, message=str(error), retry_after=error.retry_after)
    if error.status == 401:
        message = f"Drupal no longer accepts this run's token ({error.code}): {error}"
        return Outcome("error", {"error": message}, reason="token:refused", message=message, fatal=True)
    match error.status, error.code:
        case 403, "site_stopped":
            return Outcome("retry", reason="site_stopped", message=str(error))
        case 409, "stale_attempt":
            return Outcome("retry", reason="stale_attempt", message=str(error))
        case 422, "key_reused":
            message = f"Drupal has another request under this call's key: {error}"
            return Outcome("error", {"error": message}, reason="journal_mismatch", message=message, fatal=True)
        case 409, "revision_conflict":
            return _conflict(error)
    return Outcome("error", told(error), reason=REFUSED, message=str(error))


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
