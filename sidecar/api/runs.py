"""Runs as Redis has them, for the operator: found, listed, told, commanded."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sidecar.api.problems import Problem
from sidecar.context import Context
from sidecar.errors import DrupalError, DrupalUnavailable
from sidecar.runs.run import RunState, RunView, Started


async def give(context: Context, view: RunView, command: str, sent: dict[str, Any]) -> None:
    """Hand a command to the store. Raises Problem when it cannot be obeyed."""
    if not await context.store.commands.give(view.site, view.run, command, sent | {"via": "sidecar"}, "operator"):
        raise Problem(409, "run_ended", f"The run is over ({view.state.value}); nothing can be changed any more.")


async def retry(context: Context, run: str, sent: dict[str, Any], sites: Collection[str]) -> dict[str, Any]:
    """Has Drupal retry the run; the run as it is there. Raises Problem, as Drupal refused it."""
    try:
        return await context.retry(run, sent, sites)
    except DrupalUnavailable:
        raise
    except DrupalError as error:
        raise Problem(error.status, error.code, str(error)) from error


async def find(context: Context, run: str, sites: Collection[str] | None = None) -> RunView:
    """The run, or a 404 problem. `sites`: where it may be; None: anywhere."""
    site = await context.store.reading.find(run, context.site_ids if sites is None else sites)
    view = await context.store.reading.run(site, run) if site else None
    if view is None:
        raise Problem(404, "not_found", f"There is no run {run} here. Runs that are over are kept in Drupal.")
    return view


async def views_of(
    context: Context, site: str | None, states: Collection[RunState], agent: str | None, limit: int
) -> list[RunView]:
    """Runs of one or all sites, newest first. `states`: none, for all."""
    if site is not None and site not in context.sites:
        raise Problem(404, "unknown_site", f"The site {site} is not in the settings.")
    found: list[RunView] = []
    for name in [site] if site else context.site_ids:
        for state in states or (None,):
            found += await context.store.reading.runs(name, state.value if state else None, agent, limit)
    return sorted(found, key=lambda view: view.created, reverse=True)[:limit]


def to_document(view: RunView, started: Collection[Started] = ()) -> dict[str, Any]:
    """A run as contracts/run has it, with what only the sidecar knows (`acked`, `owner`), and what it has started, as far as that is known."""
    children = [
        {
            "uuid": child.view.run,
            "agent": child.view.agent,
            "state": child.view.state.value,
            "waits": child.view.is_awaited,
        }
        for child in started
    ]
    return {
        "uuid": view.run,
        "site": view.site,
        "agent": view.agent,
        "state": view.state.value,
        "waiting_for": view.waiting_for,
        "reason": view.reason,
        "message": view.message,
        "trigger": {"type": view.trigger or "api"},
        "attempt": view.attempt,
        "generation": view.generation,
        "parent": view.parent,
        "created": time_text(view.created),
        "started": time_text(view.started),
        "finished": time_text(view.finished),
        "last_seq": view.last_seq,
        "acked": view.acked,
        "owner": view.owner,
        "usage": view.usage,
        "output": view.output,
    } | ({"children": children} if children else {})


def time_text(moment: float | None) -> str | None:
    """Unix seconds as RFC 3339."""
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
