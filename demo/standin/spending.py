"""What agents have spent on each day (UTC), from what their runs report: the twin of the module's `Spending` and `SpentDays`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from demo.standin.store import Row, Store

AMOUNTS = ("cost_micros", "tokens")
Days = dict[str, dict[str, int]]
"""By day, YYYY-MM-DD: `cost_micros` and `tokens`."""


class Spending:
    """The table `background_agents_spent`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def book(self, run: Row, before: dict[str, Any], after: dict[str, Any], events: Iterable[dict[str, Any]]) -> None:
        """Books what a run has newly spent, in the transaction that stores its usage."""
        for day, spent in days(before, after, events, self._today()).items():
            self._store.run(
                "INSERT INTO background_agents_spent (day, agent, cost_micros, tokens) VALUES (?, ?, ?, ?) ON CONFLICT (day, agent) DO UPDATE"
                " SET cost_micros = cost_micros + excluded.cost_micros, tokens = tokens + excluded.tokens",
                (day, run["agent"], spent["cost_micros"], spent["tokens"]),
            )

    def document(self) -> dict[str, Any]:
        """What was spent today, as the contracts' `spent`."""
        day = self._today()
        rows = self._store.all("SELECT * FROM background_agents_spent WHERE day = ?", (day,))
        agents = {row["agent"]: {name: row[name] for name in AMOUNTS} for row in rows}
        return {"day": day} | {name: sum(row[name] for row in rows) for name in AMOUNTS} | {"agents": agents}

    def _today(self) -> str:
        return datetime.fromtimestamp(self._store.clock(), UTC).date().isoformat()


def days(before: dict[str, Any], after: dict[str, Any], events: Iterable[dict[str, Any]], today: str) -> Days:
    """Splits what the usage of a run has grown by over the days on which the events say that it was spent; the rest is today's."""
    old, new = _amounts(before), _amounts(before | after)
    left = {name: max(0, new[name] - old[name]) for name in AMOUNTS}
    booked: Days = {}
    for event in events:
        usage = event["data"].get("usage") if event["type"] == "model_responded" else None
        day = datetime.fromisoformat(event["time"].replace("Z", "+00:00")).astimezone(UTC).date().isoformat()
        if usage and day < today:
            _move(left, _amounts(usage), booked.setdefault(day, dict.fromkeys(AMOUNTS, 0)))
    _move(left, dict(left), booked.setdefault(today, dict.fromkeys(AMOUNTS, 0)))
    return {day: spent for day, spent in booked.items() if any(spent.values())}


def _move(left: dict[str, int], amount: dict[str, int], booked: dict[str, int]) -> None:
    for name, value in amount.items():
        taken = min(left[name], value)
        left[name] -= taken
        booked[name] += taken


def _amounts(usage: dict[str, Any]) -> dict[str, int]:
    tokens = usage.get("input_tokens", 0) + usage.get("output_tokens", 0)
    return {"cost_micros": usage.get("cost_micros", 0), "tokens": tokens}
