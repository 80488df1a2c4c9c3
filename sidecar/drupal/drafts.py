"""The body of a request to the module's draft endpoint (contracts/draft), and what its answers mean. Nothing is sent here."""

from __future__ import annotations

import uuid
from dataclasses import replace

from sidecar.drupal.replies import outcome_of
from sidecar.errors import DrupalError
from sidecar.json_text import JSON
from sidecar.tools.base import Outcome, ToolContext

ENDPOINT = "drafts"
SHOWN = ("revision", "langcode", "moderation_state", "published", "label", "url")


def creation_uuid(run: str, entity_type: str, bundle: str, ordinal: int) -> str:
    """The UUID of the (`ordinal` + 1)-th entity of this type and bundle that the run creates: the same in every attempt and generation, so
    that a later generation's creation finds the earlier one and revises it."""
    return str(uuid.uuid5(uuid.UUID(run), f"{entity_type}:{bundle}:{ordinal + 1}"))


def body(operation: str, arguments: dict[str, JSON], context: ToolContext) -> dict[str, JSON]:
    """The body of a draft request. `arguments` are those of create_draft or revise_draft, already validated."""
    entity_type, bundle = arguments["entity_type"], arguments["bundle"]
    sent = {
        "key": context.key,
        "run": context.run,
        "attempt": context.attempt(),
        "generation": context.generation,
        "operation": operation,
        "entity_type": entity_type,
        "bundle": bundle,
        "fields": arguments["fields"],
        "summary": arguments["summary"],
        "step": context.step,
        "tool_call_id": context.call_id,
        "checkpoint": context.checkpoint(),
    }
    if operation == "create":
        sent["entity"] = creation_uuid(context.run, entity_type, bundle, context.ordinal)
    else:
        sent |= {"entity": arguments["id"], "expected_revision": arguments["expected_revision"]}
    if langcode := arguments.get("langcode"):
        sent["langcode"] = langcode
    return sent


def outcome(answer: dict[str, JSON]) -> Outcome:
    """What an answer of the endpoint is for the model."""
    content = {"id": answer["entity"]} | {name: answer[name] for name in SHOWN if answer.get(name) is not None}
    content["note"] = _note(answer)
    return Outcome("ok", content, change=answer)


def _note(answer: dict[str, JSON]) -> str:
    if answer.get("dry_run"):
        return (
            "Taken as a draft of a test run, and not saved: read_item still shows the item as it was. To change the draft, call revise_draft "
            "with this id and this revision; it goes on from here."
        )
    if answer.get("published"):
        return "Saved and published."
    return "Saved as a draft. What is published stays as it was until an editor accepts it."


def refusal(error: DrupalError, sent: dict[str, JSON]) -> Outcome:
    """What a request came to that ended with `error`. It carries its key, so a lost answer is a retry: Drupal answers what it stored."""
    # A creation is known by its type: each try would make an item of its own.
    item = sent["entity"] if sent["operation"] == "revise" else "new"
    about = f"{sent['entity_type']}:{sent['bundle']}:{item}:{sent.get('langcode', '')}"
    return replace(outcome_of(error), about=about)
