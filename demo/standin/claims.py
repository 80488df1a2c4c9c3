"""How work leaves Drupal: the `jobs/claim` endpoint, for the sidecar that asks. (For the one that is told, see `push.py`.)"""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

from demo.standin.outbox import Outbox, OutboxRow
from demo.standin.problems import Problem
from demo.standin.runs import Runs
from demo.standin.spending import Spending
from demo.standin.store import Store
from sidecar import contracts, json_text

LIMIT = 50
CLAIM = Draft202012Validator(
    {
        "type": "object",
        "required": ["worker"],
        "properties": {
            "worker": {"type": "string", "minLength": 1, "maxLength": 128},
            "limit": {"type": "integer", "minimum": 1, "maximum": LIMIT},
            "runs": {"type": "array", "maxItems": 1000, "items": {"type": "string", "pattern": "^[0-9a-f-]{36}$"}},
            "lost": {"type": "boolean"},
            "after": {"type": ["integer", "null"], "minimum": 0, "maximum": json_text.MAX_COUNTER},
        },
    }
)


def claim(store: Store, outbox: Outbox, runs: Runs, request: dict[str, Any]) -> dict[str, Any]:
    """Hand out jobs; each one's attempt is raised and committed before the answer.

    Request: `{worker, limit?, runs?, lost?, after?}`. Answer: `{jobs, next, stop, spent, look_in}`; `next` is None when there is no more.
    Nothing waits for its time here, so `look_in` is None.
    """
    if wrong := next(CLAIM.iter_errors(request), None):
        errors = [{"pointer": contracts.pointer(wrong), "detail": contracts.shorten(wrong.message)}]
        raise Problem(422, "invalid", f"The request is not valid: {errors[0]['detail']}", errors=errors)
    worker, limit = request["worker"], int(request.get("limit", LIMIT))
    if store.setting("stopped", False):
        return {"jobs": [], "next": None, "stop": True, "spent": Spending(store).document(), "look_in": None}
    with store.transaction():
        rows, following = _choose(store, outbox, request, limit)
        jobs = [runs.job(row, outbox.claim(row.run, worker, store.clock())) for row in rows]
    return {"jobs": jobs, "next": following, "stop": False, "spent": Spending(store).document(), "look_in": None}


def _choose(store: Store, outbox: Outbox, request: dict[str, Any], limit: int) -> tuple[list[OutboxRow], int | None]:
    """The rows to hand out, and the id to go on behind."""
    after = int(request.get("after") or 0)
    wanted = request.get("runs")
    if request.get("lost"):
        rows = outbox.unfinished(limit + 1, after) if wanted is None else _named(outbox, wanted, after)
    else:
        rows = outbox.due(limit + 1, store.clock(), after, asked=True)
        rows = rows if wanted is None else [row for row in rows if row.run in set(wanted)]
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def _named(outbox: Outbox, wanted: list[str], after: int) -> list[OutboxRow]:
    rows = [row for run in wanted if (row := outbox.get(run)) is not None]
    return sorted((row for row in rows if row.id > after), key=lambda row: row.id)
