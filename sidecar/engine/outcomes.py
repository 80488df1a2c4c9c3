"""What the outcome of a call is for the run: what it counts, what is told of it, and what the run waits for."""

from __future__ import annotations

from collections.abc import Mapping

from sidecar.json_text import JSON
from sidecar.runs import grants
from sidecar.runs.counters import ASKED_WRITES
from sidecar.runs.endings import DRUPAL_UNAVAILABLE, Ending, HandOver, Wait
from sidecar.runs.journal import Journal
from sidecar.tools.base import Outcome, ToolSpec

_CHANGED = (
    *("operation", "entity_type", "bundle", "entity", "revision", "langcode"),
    *("label", "url", "summary", "change", "moderation_state", "dry_run"),
)
_COUNTED = {
    "steps": ("steps", "started_steps"),
    "tokens": ("input_tokens", "output_tokens", "started_tokens"),
    "cost_micros": ("cost_micros", "started_cost_micros"),
}
"""By limit of the run that those which it starts share, what counts against it."""


def booked(spec: ToolSpec, outcome: Outcome) -> dict[str, int]:
    """What a call counts. A draft that was saved does; one that was refused gives its place back, so that the model may mend it."""
    if not spec.drupal_write:
        return {f"started_{name}": amount for name, amount in outcome.spent.items()}
    return {"writes": 1} if outcome.change is not None else {ASKED_WRITES: -1}


def change(answer: Mapping[str, JSON]) -> dict[str, JSON]:
    """What is told of a draft that was saved."""
    return {name: answer[name] for name in _CHANGED if answer.get(name) is not None}


def waits(outcome: Outcome) -> Ending:
    """What the run waits for after a call that was not carried out."""
    if outcome.reason == "site_stopped":
        return HandOver("site_stopped")
    if outcome.run:
        return Wait("agent", outcome.reason, outcome.message, run=outcome.run)
    what = "drupal" if outcome.reason.startswith(("drupal", "stale_attempt")) else "retry"
    return Wait(what, outcome.reason or DRUPAL_UNAVAILABLE, outcome.message, outcome.retry_after)


def share(journal: Journal, parts: int) -> dict[str, int]:
    """What each run that the present answer starts may spend: what is left of the run's own limits, in equal parts, of which the run keeps one.
    Without a limit there is nothing to share. The same in a replay."""
    held, counted = grants.limits(journal.claim.job, journal.answers), journal.counted()
    most = {limit: held[f"max_{limit}"] for limit in _COUNTED}
    used = {limit: sum(counted[name] for name in names) for limit, names in _COUNTED.items()}
    return {limit: max(0, amount - used[limit]) // (parts + 1) for limit, amount in most.items() if amount}
