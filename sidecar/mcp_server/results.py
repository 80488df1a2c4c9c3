"""What the tools answer: values for programs, and the same as text for a model."""

from __future__ import annotations

import json
from collections.abc import Sequence

from mcp_types import CallToolResult, ResourceLink, TextContent

from sidecar.json_text import JSON, elements, members
from sidecar.mcp_server.plain_text import clean, line, quoted
from sidecar.mcp_server.questions import MEANINGS, Question
from sidecar.mcp_server.schemas import ANY, for_hosts
from sidecar.remote.documents import AgentFacts, RunFacts, RunPage
from sidecar.runs.run import RunState

TEXT: dict[str, JSON] = {"type": "string"}
LONG_FIELD = 4_000
LONG_SAME = 400
_MARKS = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
TIMES = ("created", "started", "finished")


def closed(properties: dict[str, JSON], *required: str) -> dict[str, JSON]:
    """Schema of an object; members may be added in later releases."""
    return {"type": "object", "properties": properties, "required": list(required)}


QUESTION = closed(
    {"id": TEXT, "question": TEXT, "choices": {"type": "array", "items": TEXT}}, "id", "question", "choices"
)
PIECE = closed({"kind": {"type": "string", "enum": ["same", "removed", "added"]}, "text": TEXT}, "kind", "text")
FIELD = closed(
    dict.fromkeys(("name", "label", "sentence", "before", "after"), TEXT) | {"diff": {"type": "array", "items": PIECE}},
    "name",
)
DRAFT = closed(
    dict.fromkeys(("id", "label", "operation", "entity_type", "status", "summary", "url", "langcode"), TEXT)
    | {"fields": {"type": "array", "items": FIELD}},
    "id",
    "operation",
    "status",
)
VIA = closed(dict.fromkeys(("door", "means", "key", "client"), TEXT), "door", "means")
DRAFTS: dict[str, JSON] = {"type": "array", "items": DRAFT}
RUN = {
    "run": TEXT | {"description": "The run's id."},
    "agent": TEXT,
    "state": {"type": "string", "enum": [state.value for state in RunState]},
    "waiting_for": TEXT | {"description": "approval, agent, retry, drupal; absent: it does not wait."},
    "reason": TEXT | {"description": "Why it ended or waits, for programs."},
    "message": TEXT | {"description": "Why it ended or waits, as a sentence."},
    "question": QUESTION,
    "drafts": DRAFTS,
    "url": TEXT | {"description": "The run's page in Drupal."},
    "requester": TEXT | {"description": "Who asked for it."},
    "via": VIA,
    "dry_run": {"type": "boolean"},
    **{name: TEXT | {"description": "RFC 3339."} for name in TIMES},
}


SHORT = {
    "run": TEXT,
    "agent": TEXT,
    "state": TEXT,
    "message": TEXT,
    "question": {"type": "object"},
    "drafts": {"type": "array", "items": {"type": "object"}},
    "url": TEXT,
}
"""Of a run, for all tools but `get_run`, which has the whole: there are many, and a model may read all of their schemas."""


def run_schema() -> dict[str, JSON]:
    """Schema of a run as our tools answer it."""
    return closed(RUN | {"output": ANY}, "run", "agent", "state")


def short_schema() -> dict[str, JSON]:
    """The same in short: what is not named here is there, too."""
    return closed(SHORT | {"output": ANY}, "run", "agent", "state")


def output_schema(agent: AgentFacts) -> dict[str, JSON]:
    """Schema of what the tool of an agent answers: a run with the output of this agent."""
    shown = TEXT if agent.output_schema is None else for_hosts(agent.output_schema, "/properties/output")
    return closed(SHORT | {"output": shown or ANY}, "run", "agent", "state")


def run_value(run: RunFacts) -> dict[str, JSON]:
    """A run for programs. What there is not is absent."""
    document = run.document
    names = ("waiting_for", "reason", "message", "url", *TIMES)
    given = {name: document[name] for name in names if isinstance(document.get(name), str) and document[name]}
    question = Question.of(run)
    return {
        "run": run.id,
        "agent": run.agent,
        "state": run.state.value,
        **given,
        **({"output": run.output} if run.output is not None else {}),
        **({"question": question_value(question)} if question else {}),
        **({"dry_run": True} if document.get("dry_run") else {}),
        **asked_value(run),
        "drafts": [draft_value(change) for change in elements(document.get("changes"))],
    }


def asked_value(run: RunFacts) -> dict[str, JSON]:
    """Who asked for a run, and by which door and means, as far as the caller may know."""
    name = members(run.document.get("requester")).get("name")
    via = {part: value for part, value in members(run.document.get("via")).items() if value is not None}
    return ({"requester": name} if name else {}) | ({"via": via} if via else {})


def question_value(question: Question) -> dict[str, JSON]:
    return {"id": question.id, "question": question.text, "choices": list(question.choices)}


def draft_value(change: dict[str, JSON]) -> dict[str, JSON]:
    """A draft for programs (contracts/change, with fields where they were asked for)."""
    names = ("label", "operation", "entity_type", "status", "summary", "url", "langcode")
    fields = [field_value(field) for field in elements(change.get("fields"))]
    return (
        {"id": change["uuid"]}
        | {name: change[name] for name in names if isinstance(change.get(name), str)}
        | ({"fields": fields} if fields else {})
    )


def field_value(field: dict[str, JSON]) -> dict[str, JSON]:
    """A field of a draft: what differs, or for a very long text its beginning before and after."""
    names = ("name", "label", "sentence") + (() if field.get("diff") else ("before", "after"))
    given = {name: clean(field[name], LONG_FIELD) for name in names if isinstance(field.get(name), str)}
    return given | ({"diff": field["diff"]} if field.get("diff") else {})


def run_text(run: RunFacts, more: str = "") -> str:
    """A run for a model: what it is, what to do next, and what the agent left, marked as data."""
    document = run.document
    label = line(str(document.get("agent_label") or run.agent))
    parts = [f"Run {run.id} of the agent {label} ({run.agent}): {_state(run)}", more]
    parts.append(_asked(run))
    if url := document.get("url"):
        parts.append(f"Page: {url}")
    parts.append(_next(run))
    if question := Question.of(run):
        choices = "; ".join(f"{choice}: {MEANINGS[choice]}" for choice in question.choices)
        parts += [quoted("The question", question.text), f"Choices: {choices}. Question id: {question.id}"]
    if run.message:
        parts.append(quoted("Message", run.message))
    drafts = elements(document.get("changes"))
    if drafts:
        parts.append(quoted(f"Drafts ({len(drafts)})", "\n".join(draft_line(draft) for draft in drafts)))
    if run.output is not None:
        parts.append(quoted("Output", run.output))
    return "\n\n".join(part for part in parts if part)


def _asked(run: RunFacts) -> str:
    asked = asked_value(run)
    via: dict[str, str] = asked.get("via", {})
    if "requester" not in asked:
        return ""
    by = [via["door"], line(via.get("key") or via.get("client") or via["means"], 100)] if via else []
    how = f" ({': '.join(by)})" if by else ""
    return f"Asked for by {line(asked['requester'], 100)}{how}."


def _state(run: RunFacts) -> str:
    waits = f", waits for: {run.waiting_for}" if run.waiting_for else ""
    reason = f" ({line(run.reason, 130)})" if run.reason else ""
    return f"{run.state.value}{waits}{reason}."


def _next(run: RunFacts) -> str:
    if run.state is RunState.COMPLETED:
        count = len(elements(run.document.get("changes")))
        return "Use get_drafts to see what the drafts change. People review drafts in Drupal." if count else ""
    if run.state.final:
        return "The run is over. Start it anew if the cause is mended."
    if run.told:
        command = "answer" if run.told == "decide" else line(run.told, 100)
        return f"It was told: {command}. It does that next; use wait_for_run to see what comes of it."
    if run.asks:
        return "It waits until a person answers: ask the person whom you work for, then use the tool answer."
    if run.state is RunState.PAUSED:
        return "It is paused until somebody resumes it in Drupal."
    return "It goes on by itself. Use wait_for_run to wait for its end."


def draft_line(draft: dict[str, JSON]) -> str:
    """One draft in a list."""
    label = line(str(draft.get("label") or "without a title"))
    summary = line(str(draft.get("summary") or ""))
    kind = f"{draft.get('operation')} {draft.get('entity_type')}"
    return f"- {label} [{kind}, {draft.get('status')}]{f': {summary}' if summary else ''} (id {draft.get('uuid')})"


def drafts_text(run: str, drafts: Sequence[dict[str, JSON]], more: str | None = None) -> str:
    """The drafts of a run with their differences, for a model. `more`: the cursor of the next page."""
    if not drafts and not more:
        return f"Run {run} has left no draft that you may see."
    parts = [
        f"{len(drafts)} draft(s) of run {run}{' on this page' if more else ''}. "
        "People review them in Drupal; until then nothing is published."
    ]
    for draft in drafts:
        parts += [f"Draft {draft['uuid']}: {draft.get('operation')}, {draft.get('status')}."]
        parts += [f"Review: {draft['url']}"] if draft.get("url") else []
        parts += [quoted("What it changes", difference(draft))]
    parts += [f'More: call again with cursor "{more}".'] if more else []
    return "\n\n".join(parts)


def difference(draft: dict[str, JSON]) -> str:
    """What a draft changes, field by field: [-removed-] and {+added+}."""
    parts = [draft_line(draft)]
    for field in elements(draft.get("fields")):
        title = line(str(field.get("label") or field.get("name")))
        sentence = line(str(field.get("sentence") or ""))
        parts.append(f"{title}{f' ({sentence})' if sentence else ''}:\n{_changed(field)}")
    return "\n\n".join(parts)


def _changed(field: dict[str, JSON]) -> str:
    pieces = elements(field.get("diff"))
    if not pieces:
        before, after = (clean(str(field.get(name) or ""), LONG_FIELD) for name in ("before", "after"))
        return f"Before: {before or '(nothing)'}\nAfter: {after or '(nothing)'}"
    return "".join(_MARKS[piece["kind"]].format(_middle_out(piece)) for piece in pieces)


def _middle_out(piece: dict[str, JSON]) -> str:
    """A piece; of a long one that is the same its beginning and its end."""
    text = str(piece["text"])
    if piece["kind"] == "same" and len(text) > LONG_SAME:
        return f"{text[: LONG_SAME // 2]} … {text[-LONG_SAME // 2 :]}"
    return text


def agents_text(agents: Sequence[AgentFacts], total: int, details: bool) -> str:
    """Agents for a model."""
    if not agents:
        return "There is no such agent that you may start."
    entries = [agent_text(agent, details) for agent in agents]
    return f"{len(agents)} of {total} agent(s) that you may start.\n\n" + quoted("Agents", "\n".join(entries))


def agent_text(agent: AgentFacts, details: bool) -> str:
    said = f"- {agent.id}: {line(agent.label)}. {line(agent.description, 1_000)}"
    return f"{said}\n  {clean(json.dumps(agent_value(agent, True), ensure_ascii=False))}" if details else said


def agent_value(agent: AgentFacts, details: bool) -> dict[str, JSON]:
    """An agent for programs."""
    value: dict[str, JSON] = {"id": agent.id, "label": agent.label, "description": agent.description}
    if details:
        given = {"input_schema": agent.input_schema, "output_schema": agent.output_schema}
        value |= {name: schema for name, schema in given.items() if schema is not None}
        value["examples"] = list(agent.examples)
    return value


def runs_text(page: RunPage) -> str:
    """A page of runs for a model."""
    lines = [
        f"- {run.id}: {line(str(run.document.get('agent_label') or run.agent))}, {_state(run)} Created {run.document.get('created')}"
        for run in page.runs
    ]
    more = f'\nMore: call again with cursor "{page.next}".' if page.next else ""
    return "\n".join(lines) + more if lines else "There is no such run that you may see."


def text_result(text: str, value: dict[str, JSON] | None = None, links: Sequence[ResourceLink] = ()) -> CallToolResult:
    """An answer of a tool."""
    return CallToolResult(content=[TextContent(text=text), *links], structured_content=value)


def failed(text: str) -> CallToolResult:
    """The tool could not do it; the text says what to do."""
    return CallToolResult(content=[TextContent(text=text)], is_error=True)
