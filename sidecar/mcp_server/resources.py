"""What a client can read: the report of a run, and its drafts with their differences."""

from __future__ import annotations

from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp_types import Resource, ResourceTemplate

from sidecar.errors import SidecarError
from sidecar.json_text import JSON
from sidecar.mcp_server import results, troubles
from sidecar.mcp_server.calling import Call
from sidecar.mcp_server.plain_text import line, quoted
from sidecar.mcp_server.sentences import sentence
from sidecar.mcp_server.uris import draft_uri, parse, run_uri
from sidecar.remote.documents import EventPage, RunFacts

MARKDOWN = "text/markdown"
LISTED = 20
EVENTS = 200


async def listed(call: Call) -> list[Resource]:
    """Reports of the newest runs that the caller may see. Raises MCPError."""
    try:
        page = await call.site.runs({"limit": LISTED})
    except SidecarError as error:
        raise troubles.protocol_error(error) from error
    return [_resource(call.caller.site, run) for run in page.runs]


def _resource(site: str, run: RunFacts) -> Resource:
    label = line(str(run.document.get("agent_label") or run.agent), 100)
    title = f"{label}, {run.state.value}, {run.document.get('created')}"
    return Resource(uri=run_uri(site, run.id), name=f"run {run.id}", title=title, mime_type=MARKDOWN)


def templates(site: str) -> list[ResourceTemplate]:
    """How they are addressed."""
    return [
        ResourceTemplate(
            uri_template=run_uri(site, "{id}"),
            name="run",
            title="Report of a run",
            description="State, steps, output and drafts of a run.",
            mime_type=MARKDOWN,
        ),
        ResourceTemplate(
            uri_template=draft_uri(site, "{id}", "{draft}"),
            name="draft",
            title="Draft of a run",
            description="What a draft changes, field by field.",
            mime_type=MARKDOWN,
        ),
    ]


async def read(call: Call, uri: str) -> ReadResourceContents:
    """Raises ResourceNotFoundError: there is none, or none that the caller may see; MCPError."""
    address = parse(uri)
    if address is None or address.site != call.caller.site:
        raise _unknown(uri)
    try:
        if address.draft is None:
            text = report(await call.site.events(address.run, 0, EVENTS))
        else:
            text = _draft(await call.site.draft(address.run, address.draft))
    except SidecarError as error:
        if troubles.is_unknown(error):
            raise _unknown(uri) from error
        raise troubles.protocol_error(error) from error
    if text is None:
        raise _unknown(uri)
    return ReadResourceContents(content=text, mime_type=MARKDOWN)


def _unknown(uri: str) -> ResourceNotFoundError:
    return ResourceNotFoundError(f"Unknown resource: {line(uri)}. The tool list_runs shows the runs that you may see.")


def report(page: EventPage) -> str:
    """A run as Markdown: how it is, and what happened."""
    run = page.run
    label = line(str(run.document.get("agent_label") or run.agent), 100)
    steps = [f"1. {event['time']}: {text}" for event in page.events if (text := sentence(event))]
    cut = (
        f"The first {len(page.events)} of {page.last_seq} events are shown." if page.last_seq > len(page.events) else ""
    )
    parts = [f"# {label}", results.run_text(run), "## What happened", quoted("Events", "\n".join(steps)), cut]
    return "\n\n".join(part for part in parts if part) + "\n"


def _draft(draft: dict[str, JSON] | None) -> str | None:
    if draft is None:
        return None
    label = line(str(draft.get("label") or "Without a title"), 100)
    review = [f"Review: {draft['url']}"] if draft.get("url") else []
    return "\n\n".join([f"# {label}", *review, quoted("What the draft changes", results.difference(draft))]) + "\n"
