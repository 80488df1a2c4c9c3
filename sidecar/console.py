"""What `sidecar runs` prints. Each function returns the exit status."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sidecar.context import Context
from sidecar.drupal.site_identity import base_url_in, called
from sidecar.errors import SidecarError
from sidecar.runs.run import RunState, RunView

out = Console(highlight=False)
_COLORS = {
    "completed": "green",
    "failed": "red",
    "expired": "red",
    "running": "cyan",
    "waiting": "yellow",
    "paused": "yellow",
}
SEARCHED = 1000
SHORTEST_PREFIX = 4
WHOLE = 36


class NoRun(SidecarError):
    """No run, or several, fit what was given."""


async def accept_site(context: Context, site: str) -> int:
    """From now on serves the site that answers at the address of the settings, whatever it was before."""
    if site not in context.sites:
        raise NoRun(f"There is no site {site} in the settings; there are: {', '.join(context.site_ids)}.")
    before = await context.store.identities.known_site(site)
    status = await context.sites[site].status()
    if status.get("site") != site:
        raise NoRun(f"The site at this address calls itself {status.get('site')}. Use one id on both sides.")
    base_url = base_url_in(status)
    await context.store.identities.know_site(site, base_url)
    was = "" if before is None or before == base_url else f" Until now: {called(before)}."
    out.print(f"{site} is {called(base_url)}.{was}")
    return 0


async def list_runs(
    context: Context, site: str | None, state: str | None, agent: str | None, limit: int, *, as_json: bool
) -> int:
    """A table of runs, newest first."""
    if state is not None and state not in set(RunState):
        raise NoRun(f"There is no state {state}; states are {', '.join(RunState)}.")
    if site is not None and site not in context.sites:
        raise NoRun(f"There is no site {site} in the settings.")
    views: list[RunView] = []
    for name in [site] if site else context.site_ids:
        views += await context.store.reading.runs(name, state, agent, limit)
    views = sorted(views, key=lambda view: view.created, reverse=True)[:limit]
    if as_json:
        out.print_json(json.dumps([document(view) for view in views]))
        return 0
    table = Table("run", "state", "agent", "trigger", "site", "created", "steps", "drafts", box=None, pad_edge=False)
    for view in views:
        created = datetime.fromtimestamp(view.created).strftime("%Y-%m-%d %H:%M:%S")  # noqa: DTZ006 - the reader's own time
        counted = [str(view.usage.get(name, 0)) for name in ("steps", "writes")]
        table.add_row(view.run, state_text(view), view.agent, view.trigger, view.site, created, *counted)
    out.print(table if views else "No runs.")
    return 0


async def show(context: Context, run: str, *, as_json: bool) -> int:
    """All that is known of one run."""
    view = await find(context, run)
    if as_json:
        out.print_json(json.dumps(document(view)))
        return 0
    for name, value in document(view).items():
        if value not in (None, "", {}):
            shown = (
                state_text(view) if name == "state" else escape(value if isinstance(value, str) else json.dumps(value))
            )
            out.print(f"[bold]{name:<12}[/bold] {shown}", soft_wrap=True)
    return 0


async def tail(context: Context, run: str, *, follow: bool, as_json: bool) -> int:
    """Events, one a line."""
    view = await find(context, run)
    if follow and not view.state.final:
        async for event in context.watch.follow(view.site, view.run, 0):
            _print_event(event, as_json)
        return 0
    after = 0
    while page := await context.store.reading.events(view.site, view.run, after, 500):
        for event in page:
            _print_event(event, as_json)
        after = page[-1]["seq"]
    return 0


async def command(context: Context, run: str, name: str, data: dict[str, str]) -> int:
    """Give a command to a run."""
    view = await find(context, run)
    if not await context.store.commands.give(view.site, view.run, name, data | {"via": "sidecar"}, "operator"):
        raise NoRun(f"The run {view.run} is over ({view.state.value}); nothing can be changed any more.")
    after = await context.store.reading.run(view.site, view.run)
    out.print(f"{name}: {view.run} is {after.state.value if after else 'gone'}.")
    return 0


async def retry(context: Context, run: str, data: dict[str, Any]) -> int:
    """Have Drupal retry a run that has ended. A run that is no longer in Redis needs its whole id."""
    if len(run) != WHOLE:
        run = (await find(context, run)).run
    after = await context.retry(run, data)
    out.print(f"retry: {run} is {after['state']}, generation {after['generation']}.")
    return 0


async def find(context: Context, given: str) -> RunView:
    """The run with this id, or whose id begins so. Raises NoRun."""
    site = await context.site_of(given) if len(given) == WHOLE else None
    if site and (view := await context.store.reading.run(site, given)):
        return view
    found: list[RunView] = []
    if len(given) >= SHORTEST_PREFIX:
        for name in context.site_ids:
            found += [
                view
                for view in await context.store.reading.runs(name, None, None, SEARCHED)
                if view.run.startswith(given)
            ]
    if len(found) == 1:
        return found[0]
    if found:
        raise NoRun(f"{len(found)} runs begin with {given}; give more of the id.")
    raise NoRun(f"There is no run {given} here. Runs that are over are kept in Drupal; see `sidecar runs list`.")


def document(view: RunView) -> dict[str, Any]:
    """The run as JSON; times are Unix seconds."""
    names = RunView.__dataclass_fields__
    return {name: value.value if isinstance(value := getattr(view, name), RunState) else value for name in names}


def state_text(view: RunView) -> str:
    """The state, in its color."""
    waiting = f" for {view.waiting_for}" if view.waiting_for else ""
    return f"[{_COLORS.get(view.state.value, 'white')}]{view.state.value}[/]{waiting}"


def event_text(event: dict[str, Any]) -> str:
    """One event as a short sentence, without markup."""
    data, kind = event["data"], event["type"]
    key = {
        "model_requested": "model",
        "model_responded": "text",
        "tool_started": "tool",
        "tool_finished": "tool",
        "change_saved": "label",
        "progress_reported": "note",
        "approval_requested": "question",
        "run_waiting": "for",
        "run_retrying": "reason",
        "run_finished": "state",
    }.get(kind)
    parts = [str(data.get(key) or "") if key else ""]
    if kind == "tool_finished":
        parts.append(str(data.get("status", "")))
    if kind == "progress_reported":
        parts.insert(0, f"{data.get('done')} of {data.get('total')}")
    if kind == "run_finished":
        parts.append(str(data.get("reason", "")))
    text = " ".join(part for part in parts if part).replace("\n", " ")
    return f"{kind:<18} {text[:160]}".rstrip()


def _print_event(event: dict[str, Any], as_json: bool) -> None:
    if as_json:
        out.print(json.dumps(event, ensure_ascii=False), markup=False, soft_wrap=True)
    else:
        out.print(f"{event['seq']:>5}  {event['time'][11:19]}  {event_text(event)}", markup=False, soft_wrap=True)
