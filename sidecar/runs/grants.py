"""More for a run that came to a limit, where its agent says that a person is asked (`limits.on_limit`).

What was granted follows from the answers of people alone. They are kept by Drupal and come back with the job, so a raised limit survives the
loss of Redis. Each yes grants the limit's own amount once more.
"""

from __future__ import annotations

import hashlib

from sidecar.runs.job import Answers, Job

LIMITS = ("steps", "tool_calls", "tokens", "cost_micros", "wall_seconds", "writes")
"""The limits of a run that can be raised. Budgets of a day cannot: they are the site's, not the run's."""

_UNITS = {
    "steps": "model requests",
    "tool_calls": "tool calls",
    "tokens": "tokens",
    "wall_seconds": "seconds",
    "writes": "drafts",
}


def question_id(job: Job, limit: str, number: int) -> str:
    """The id under which a person is asked for more, the `number`-th time (from 0) for this limit in this generation."""
    return hashlib.sha256(f"{job.run}:{job.generation}:top_up:{limit}#{number}".encode()).hexdigest()[:32]


def granted(job: Job, limit: str, answers: Answers) -> int:
    """How often people have said yes. `answers`: by the id of what was asked."""
    number = 0
    while (answer := answers.get(question_id(job, limit, number))) and answer["decision"] == "approve":
        number += 1
    return number


def limits(job: Job, answers: Answers) -> dict[str, int]:
    """The limits that hold for a run, as fields `max_<limit>` (0: none): the job's, and what was granted."""
    held = job.agent.limits.raised({name: granted(job, name, answers) for name in LIMITS})
    return {f"max_{name}": held.amount(name) for name in LIMITS}


def question(limit: str, used: int, most: int, more: int) -> str:
    """What a person is asked."""
    if limit == "cost_micros":
        said = f"The run has spent {_money(used)} of {_money(most)}; the next request could cost more than is left."
        return f"{said} May it spend {_money(more)} more?"
    unit = _UNITS[limit]
    if limit == "wall_seconds":
        return f"The run has used the {most} {unit} that it may take. May it take {more} {unit} more?"
    wanted = f"may make {most} {unit} and wants {used}" if used > most else f"has used {used} of {most} {unit}"
    return f"The run {wanted}. May it have {more} more?"


def _money(micros: int) -> str:
    return f"{micros / 1_000_000:.2f} dollars"
