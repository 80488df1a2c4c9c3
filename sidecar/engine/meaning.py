"""What an error means for a run: one table from exceptions to Halts, and the sentences of limits."""

from __future__ import annotations

from sidecar.drupal.outcomes import REFUSED, SITE_ERROR, reason_of
from sidecar.errors import DrupalError, DrupalUnavailable, ModelError, SidecarError, ToolError
from sidecar.runs.job import Claim
from sidecar.runs.journal import Halt


def refused(error: DrupalError) -> Halt:
    """Drupal refused something that the run cannot do without."""
    if error.code == "site_stopped":
        return Halt("stop")
    if error.code == "stale_attempt":
        return Halt("stale")
    reason = SITE_ERROR if error.code == SITE_ERROR else REFUSED
    return Halt(f"fail:{reason_of(error) or reason}", str(error))


def meaning(error: Exception) -> Halt:
    """What an error outside of units means for the run."""
    if isinstance(error, DrupalUnavailable) and reason_of(error) is None:
        return Halt("wait:drupal", str(error), retry_after=error.retry_after)
    if isinstance(error, DrupalError):
        return refused(error)
    if isinstance(error, ToolError):
        return Halt(
            "wait:retry" if error.retryable else "fail:tool:unavailable",
            str(error),
            data={"reason": "tool:unavailable"},
        )
    if isinstance(error, ModelError):
        return Halt(f"fail:{error.reason}", str(error))
    if isinstance(error, SidecarError):
        return Halt("fail:engine:refused", str(error))
    return Halt("fail:engine:defect", f"The sidecar failed: {type(error).__name__}: {error}")


SENTENCES = {
    "limit:steps": "The run needs more steps than its limit allows. Raise the agent's limit of steps, or give it less to do.",
    "limit:tool_calls": "The run needs more tool calls than its limit allows.",
    "limit:tokens": "The next request could exceed the run's token limit; it was not sent.",
    "limit:cost_micros": "The next request could exceed the budget; it was not sent.",
    "limit:wall_seconds": "The run took longer than its limit allows.",
    "limit:budget_site": "The next request could exceed the site's budget of the day (UTC); it was not sent. Raise it, or retry tomorrow.",
    "limit:budget_agent": "The next request could exceed the agent's budget of the day (UTC); it was not sent. Raise it, or retry tomorrow.",
    "limit:writes": "The run would write more drafts than its limit allows; none of that answer's was written.",
}


def sentence(reason: str, claim: Claim) -> str:
    """What a person is told of a reason that says nothing more."""
    return SENTENCES.get(reason, f"The run of {claim.job.agent.label} ended: {reason}.")
