"""Gives a run away: the one place that writes what `lua/settle.lua` reads."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sidecar.json_text import JSON
from sidecar.runs.events import event, timestamp
from sidecar.runs.settlement import Settlement
from sidecar.store.connection import Connection, arguments


async def settle(
    connection: Connection, site: str, run: str, agent: str, settlement: Settlement, *, fence: str = ""
) -> str:
    """Without `fence`: a run that nobody drives. Answers `ok`, `stale`, `running`, `over` or `unknown`. Raises StoreUnavailable."""
    now, over = connection.clock(), settlement.state.final
    document: dict[str, JSON] = {
        "run": run,
        "target": settlement.state.value,
        "reason": settlement.reason,
        "lane": agent,
        "time": timestamp(now),
        "due_ms": int(settlement.delay * 1000),
        "fields": dict(settlement.fields),
        "events": len(settlement.events),
        "over": int(over),
    }
    document |= {"fence": fence} if fence else {}
    document |= {"waiting_for": settlement.waiting_for} if settlement.waiting_for else {}
    texts = [settlement.message, *settlement.events, *(_halves_of_end(settlement, now) if over else ())]
    return (
        await connection.script("settle", connection.keys(site).script(run, agent), arguments(document, texts))
    ).decode()


def _halves_of_end(settlement: Settlement, now: float) -> tuple[str, str, str, str]:
    """The end and `run_finished`, each in two halves around the value of `usage`: what was spent is known to the script that books it."""
    end = {"state": settlement.state.value, "reason": settlement.reason, "message": settlement.message} | dict(
        settlement.end
    )
    told: Mapping[str, JSON] = {name: value for name, value in end.items() if name != "finished"} | dict(
        settlement.said
    )
    empty = event("run_finished", now, {})  # ends with its data, `{}}`
    return '{"usage":', f",{json.dumps(end)[1:]}", f'{empty[:-2]}"usage":', f",{_compact(told)[1:]}}}"


def _compact(value: Mapping[str, JSON]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
