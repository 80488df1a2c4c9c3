"""Tools that the Drupal module carries out: describing the content model, and saving drafts. Web content is never written otherwise."""

from __future__ import annotations

from typing import Protocol

from sidecar.drupal import drafts
from sidecar.drupal.cache import ReadCache
from sidecar.drupal.replies import outcome_of
from sidecar.errors import DrupalError
from sidecar.json_text import JSON
from sidecar.runs.agent import Agent, Operation
from sidecar.tools.base import Outcome, ToolContext, ToolSpec
from sidecar.tools.texts import refuse_unread

MACHINE_NAME = {"type": "string", "pattern": "^[a-z0-9_]{1,64}$"}
UUID = {"type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"}
LANGCODE = {"type": "string", "pattern": "^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$"}
REVISION = {"type": "integer", "minimum": 1}

_FIELDS = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": MACHINE_NAME,
    "description": 'Field name to value: a scalar, an object of properties such as {"value": "<p>...</p>", "format": "basic_html"}, or a '
    'list of them. References: {"target_uuid": "..."}. Values may be given as read_item shows them. Only the fields named here change, and '
    "of an object only the properties that it names; a list replaces the whole field, {} in it keeps the item at that place. A time without "
    "an offset is in the site's time zone.",
}
_SUMMARY = {
    "type": "string",
    "minLength": 1,
    "maxLength": 1000,
    "description": "One sentence for the editor: what was changed and why.",
}


class Poster(Protocol):
    """The part of drupal.client.AgentClient that is needed here."""

    async def post(self, path: str, body: dict[str, JSON]) -> dict[str, JSON]: ...


def place(agent: Agent, operation: Operation) -> dict[str, JSON]:
    """The schema's properties `entity_type` and `bundle`, limited to what the agent may use for an operation."""
    pairs = agent.allowed(operation)
    types, bundles = sorted({pair[0] for pair in pairs}), sorted({pair[1] for pair in pairs})
    return {
        "entity_type": MACHINE_NAME | ({"enum": types} if types else {}),
        "bundle": MACHINE_NAME | ({"enum": bundles} if bundles else {}),
    }


def forbidden(agent: Agent, operation: Operation, arguments: dict[str, JSON]) -> Outcome | None:
    """The refusal when the agent's binding does not name this type and bundle for the operation."""
    entity_type, bundle = arguments["entity_type"], arguments["bundle"]
    if agent.may(operation, entity_type, bundle):
        return None
    pairs = [f"{allowed_type} {allowed_bundle}" for allowed_type, allowed_bundle in agent.allowed(operation)]
    message = (
        f"This agent may not {operation} {entity_type} {bundle}. It may {operation}: {', '.join(pairs) or 'nothing'}."
    )
    return Outcome("error", {"error": message}, reason="content:not_allowed", message=message)


class DescribeContent:
    """`describe_content`: entity types, bundles, fields, text formats, and what the account may do with them."""

    spec = ToolSpec(
        name="describe_content",
        description="Describes the content of the Drupal site that you may work with: entity types, bundles, their fields (type, whether "
        "required, allowed values, text formats) and which of them you may read and write. Call it before you write. Without arguments it "
        "gives an overview.",
        parameters={
            "type": "object",
            "properties": {"entity_type": MACHINE_NAME, "bundle": MACHINE_NAME},
            "dependentRequired": {"bundle": ["entity_type"]},
            "additionalProperties": False,
        },
        read_only=True,
        idempotent=True,
        ask_less="Name an entity_type and a bundle.",
    )

    def __init__(self, client: Poster, cache: ReadCache) -> None:
        self._client = client
        self._cache = cache

    async def call(self, arguments: dict[str, JSON], context: ToolContext) -> Outcome:
        """Asks Drupal once per run and arguments, as long as nothing was written."""
        known = self._cache.known("tools/describe_content", arguments)
        if known is not None:
            return known
        body = {
            "tool": self.spec.name,
            "arguments": arguments,
            "run": context.run,
            "attempt": context.attempt(),
            "generation": context.generation,
            "key": context.key,
        }
        try:
            outcome = _result(await self._client.post("tools", body))
        except DrupalError as error:
            return outcome_of(error)
        if outcome.status == "ok":
            self._cache.keep("tools/describe_content", arguments, outcome)
        return outcome


def _result(answer: dict[str, JSON]) -> Outcome:
    """A contracts/tool-result as an outcome."""
    if answer.get("status") == "ok":
        return Outcome("ok", answer.get("result"))
    return outcome_of(DrupalError(answer.get("error") or {"title": "The tool failed in Drupal."}))


class CreateDraft:
    """`create_draft`: a new entity as a draft. Its UUID is derived from the run, so no retry makes a second one."""

    def __init__(self, agent: Agent, client: Poster, cache: ReadCache) -> None:
        self._agent, self._client, self._cache = agent, client, cache
        self.spec = ToolSpec(
            name="create_draft",
            description="Creates a new content item as a draft that an editor reviews. It is not published. When Drupal refuses a field, the "
            "answer says which one and why: correct it and call again.",
            parameters=_writing(place(agent, "create"), agent),
            drupal_write=True,
            ask_less="",
        )

    async def call(self, arguments: dict[str, JSON], context: ToolContext) -> Outcome:
        """Saves the draft; the outcome's `change` is the draft answer."""
        if refusal := forbidden(self._agent, "create", arguments):
            return refusal
        self._cache.clear()
        body = drafts.body("create", arguments, context)
        try:
            return drafts.outcome(await self._client.post(drafts.ENDPOINT, body))
        except DrupalError as error:
            return drafts.refusal(error, body)


class ReviseDraft:
    """`revise_draft`: a new pending revision of an entity, on top of the revision that the agent read."""

    def __init__(self, agent: Agent, client: Poster, cache: ReadCache) -> None:
        self._agent, self._client, self._cache = agent, client, cache
        own = {
            **place(agent, "revise"),
            "id": UUID | {"description": "UUID of the item, as read_item and find_items give it."},
            "expected_revision": REVISION
            | {
                "description": "The `revision` that read_item gave you. When someone saved a newer one, the call is refused and you read again."
            },
        }
        self.spec = ToolSpec(
            name="revise_draft",
            description="Changes fields of an existing content item by saving a draft on top of its newest revision. What is published stays as "
            "it is until an editor accepts the draft. Read the item with read_item first.",
            parameters=_writing(own, agent),
            drupal_write=True,
            ask_less="",
        )

    async def call(self, arguments: dict[str, JSON], context: ToolContext) -> Outcome:
        """Saves the draft; the outcome's `change` is the draft answer. A newer revision is an `error` that says to read again."""
        refusal = forbidden(self._agent, "revise", arguments) or refuse_unread(context.past(), arguments)
        if refusal:
            return refusal
        self._cache.clear()
        body = drafts.body("revise", arguments, context)
        try:
            return drafts.outcome(await self._client.post(drafts.ENDPOINT, body))
        except DrupalError as error:
            return drafts.refusal(error, body)


def _writing(own: dict[str, JSON], agent: Agent) -> dict[str, JSON]:
    """The schema of a writing tool: its own properties, then fields, summary and language."""
    langcode = LANGCODE | ({"enum": list(agent.langcodes)} if agent.langcodes else {})
    return {
        "type": "object",
        "properties": {**own, "fields": _FIELDS, "summary": _SUMMARY, "langcode": langcode},
        "required": [*own, "fields", "summary"],
        "additionalProperties": False,
    }
