"""Runs as tasks, and their events as frames of a stream."""

from __future__ import annotations

from sidecar.a2a.documents import Artifact, Frame, Message, Part, Role, State, Status, StatusUpdate, Task
from sidecar.a2a.states import state_of
from sidecar.json_text import JSON, elements, members
from sidecar.remote.documents import RunFacts

JSON_TYPE = "application/json"
TEXT_TYPE = "text/plain"
SENTENCES = {
    "retry": "The last try did not succeed; there will be another one.",
    "agent": "It waits for another agent.",
    "drupal": "It waits for the site.",
}
DRAFT = ("uuid", "label", "entity_type", "bundle", "entity", "operation", "status", "summary", "langcode")
"""What is told of a draft. Its words are for those who may read the content: the site shows them."""


def task_of(run: RunFacts, *, artifacts: bool = True) -> Task:
    """A run as a task. `artifacts`: with what it brought forth, as far as the run's document has it."""
    metadata = {
        "agent": run.agent,
        "run": run.document.get("url"),
        "requester": members(run.document.get("requester")).get("name"),
        "via": {part: value for part, value in members(run.document.get("via")).items() if value is not None} or None,
    }
    return Task(
        id=run.id,
        context_id=context_of(run),
        status=status_of(run),
        artifacts=(artifacts_of(run) or None) if artifacts else None,
        metadata={name: value for name, value in metadata.items() if value is not None},
    )


def context_of(run: RunFacts) -> str:
    """What groups tasks: kept as the id of what started the run. Runs of other doors stand alone."""
    trigger = members(run.document.get("trigger"))
    return (trigger.get("id") if trigger.get("type") == "a2a" else None) or run.id


def status_of(run: RunFacts) -> Status:
    """How a run stands, with a sentence when there is something to say."""
    state = state_of(run)
    parts = _question(run) if state is State.INPUT_REQUIRED else _sentence(run)
    message = None
    if parts:
        message = Message(
            message_id=f"{run.id}-{run.document.get('generation', 1)}-{run.last_seq}",
            role=Role.AGENT,
            parts=parts,
            task_id=run.id,
            context_id=context_of(run),
        )
    return Status(
        state=state,
        message=message,
        timestamp=run.document.get("finished") or run.document.get("started") or run.document.get("created"),
    )


def frame_of_status(run: RunFacts) -> Frame:
    """That a run stands otherwise than before."""
    return Frame(status_update=StatusUpdate(task_id=run.id, context_id=context_of(run), status=status_of(run)))


def artifacts_of(run: RunFacts) -> list[Artifact]:
    """The output and the drafts of a run."""
    found: list[Artifact] = []
    if run.output is not None:
        text = isinstance(run.output, str)
        part = Part(text=run.output, media_type=TEXT_TYPE) if text else Part(data=run.output, media_type=JSON_TYPE)
        found.append(Artifact(artifact_id="output", name="Output", parts=[part]))
    drafts = [_draft(change) for change in elements(run.document.get("changes"))]
    if drafts:
        found.append(
            Artifact(
                artifact_id="drafts",
                name="Drafts",
                description="What editors review on the site. Nothing of it is published.",
                parts=[Part(data={"drafts": drafts}, media_type=JSON_TYPE)],
            )
        )
    return found


def _draft(change: dict[str, JSON]) -> dict[str, JSON]:
    return {name: change[name] for name in DRAFT if change.get(name) is not None}


def _sentence(run: RunFacts) -> list[Part]:
    said = run.message or SENTENCES.get(run.waiting_for or "", "")
    if not said and run.state == "paused":
        said = "A person paused it."
    if not said and run.state.final and run.reason and run.reason != "done":
        said = f"It ended: {run.reason}."
    return [Part(text=said)] if said else []


def _question(run: RunFacts) -> list[Part]:
    asked = run.question or {}
    choices = elements(asked.get("choices")) or ["approve", "reject"]
    text = str(asked.get("question") or run.message or "The run asks a person.")
    return [Part(text=text), Part(data={"id": asked.get("id"), "choices": choices}, media_type=JSON_TYPE)]
