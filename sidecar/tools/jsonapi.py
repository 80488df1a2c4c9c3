"""Tools that read content by JSON:API, as the agent's account: one item, or a list of them."""

from __future__ import annotations

from typing import Protocol

from sidecar.drupal import problems
from sidecar.drupal.replies import outcome_of
from sidecar.drupal.site_addresses import Addresses
from sidecar.errors import DrupalError, DrupalUnavailable
from sidecar.json_text import JSON, elements, is_object
from sidecar.runs.agent import Agent
from sidecar.tools import jsonapi_items as items
from sidecar.tools import jsonapi_query as query
from sidecar.tools import texts
from sidecar.tools.base import Outcome, ToolContext, ToolSpec
from sidecar.tools.drupal import LANGCODE, MACHINE_NAME, REVISION, UUID, forbidden, place

DEFAULT_LIMIT = 20
MAX_LIMIT = 500
MAX_PAGES = 40

NO_VERSIONS = "This kind of content has no revisions in JSON:API: this is the stored version."
DEFAULT_REVISION = (
    "This is the default revision. A newer one exists that this account may not see, or that belongs to another "
    "language only. Drupal says: "
)
SILENT = Addresses()
"""Those of a site that does not tell them."""
_FIELD_NAMES = {"type": "array", "items": MACHINE_NAME, "maxItems": 50, "uniqueItems": True}
_TEXT = {
    "type": "object",
    "properties": {
        "field": MACHINE_NAME,
        "delta": {"type": "integer", "minimum": 0, "default": 0},
        "property": MACHINE_NAME | {"description": "Such as `value` or `summary`."},
        "from": {"type": "integer", "minimum": 0, "default": 0, "description": "The first character to show."},
    },
    "required": ["field"],
    "additionalProperties": False,
    "description": "A part of one long text instead of the fields: to read on where `cut` says that one was cut.",
}


class Getter(Protocol):
    """The part of drupal.client.AgentClient that is needed here."""

    async def get(
        self, path: str, params: dict[str, JSON] | None = None, host: str | None = None
    ) -> dict[str, JSON]: ...


class ReadItem:
    """`read_item`: the newest revision of one item that the account may see."""

    def __init__(self, agent: Agent, client: Getter, addresses: Addresses = SILENT) -> None:
        self._agent, self._client, self._addresses = agent, client, addresses
        self.spec = ToolSpec(
            name="read_item",
            description="Reads one content item: its newest revision that you may see, also when that is an unpublished draft. The answer's "
            "`revision` is what revise_draft needs. `moderation_state` and `published` say what kind of revision it is.",
            parameters={
                "type": "object",
                "properties": {
                    **place(agent, "read"),
                    "id": UUID | {"description": "UUID of the item."},
                    "langcode": LANGCODE | {"description": "Language of the translation to read."},
                    "revision": REVISION | {"description": "A certain revision instead of the newest."},
                    "fields": _FIELD_NAMES | {"description": "Only these fields; without it all."},
                    "text": _TEXT,
                },
                "required": ["entity_type", "bundle", "id"],
                "additionalProperties": False,
            },
            read_only=True,
            idempotent=True,
            ask_less="Name the `fields` that you need.",
        )

    async def call(self, arguments: dict[str, JSON], context: ToolContext) -> Outcome:
        """The item, or an `error` for the model."""
        refusal = forbidden(self._agent, "read", arguments) or self._unknown_language(arguments)
        if refusal:
            return refusal
        search = _Search(self._addresses, arguments)
        while True:
            try:
                document = await self._client.get(search.path, search.params, search.host)
            except DrupalError as error:
                if not search.goes_on(error):
                    return _refused(error, arguments)
            else:
                return self._shown(document, search.note, arguments, context.room)

    def _unknown_language(self, arguments: dict[str, JSON]) -> Outcome | None:
        langcode, known = arguments.get("langcode"), self._addresses.languages
        if langcode is None or known is None or langcode in known:
            return None
        return _error(f"The site has no language {langcode}. It has: {', '.join(sorted(known))}.", "/langcode")

    def _shown(self, document: dict[str, JSON], note: str, arguments: dict[str, JSON], room: int) -> Outcome:
        resource = document.get("data")
        if not is_object(resource):
            return _error("Drupal's answer holds no item. It may have been deleted.")
        fields, known = (
            arguments.get("fields"),
            items.field_names(resource, arguments["entity_type"], arguments["bundle"]),
        )
        if fields and (unknown := sorted(set(fields) - set(known))):
            return _error(
                f"There is no field {', '.join(unknown)}. Fields that you may see: {', '.join(known)}.", "/fields"
            )
        shown = items.item(resource, arguments["entity_type"], arguments["bundle"], fields)
        langcode = arguments.get("langcode")
        if langcode and shown["langcode"] not in (None, langcode):
            return _error(self._no_translation(langcode, shown["langcode"]), "/langcode")
        shown |= {"note": note} if note else {}
        if wanted := arguments.get("text"):
            return _part(items.item(resource, arguments["entity_type"], arguments["bundle"]), wanted, room)
        return Outcome("ok", texts.shortened(shown, room))

    def _no_translation(self, langcode: str, found: JSON) -> str:
        if self._addresses.shared(langcode):
            return (
                f"The site answers in {found} where {langcode} should be read: its languages have no addresses of their own. An administrator "
                "has to switch language detection by URL on."
            )
        return f"It has no translation in {langcode} that you may see; it is there in {found}."


class _Search:
    """Where an item is looked for, place by place.

    In a language: at its address. A site that does not tell its addresses: at the language's code, or without it when nothing is there
    (its default language, as a rule). In a version: the newest one, unless another is asked for. 501: the type has no versions; 403: the newest
    one is hidden from the account, or is a draft of another language (then Drupal says "No pending revision"). Then the default one."""

    def __init__(self, addresses: Addresses, arguments: dict[str, JSON]) -> None:
        self._item = f"{arguments['entity_type']}/{arguments['bundle']}/{arguments['id']}"
        wanted, own = arguments.get("revision"), addresses.of_language(arguments.get("langcode"))
        tells, default = addresses.languages is not None, addresses.jsonapi
        places = [own, default] if own is not None and own != default and not tells else [own or default]
        self._places = [place / self._item for place in places]
        versions = [{"resourceVersion": f"id:{wanted}"}] if wanted else [{"resourceVersion": "rel:working-copy"}, {}]
        self._versions: list[dict[str, str]] = versions
        self._place = self._version = 0
        self.note = ""
        """A sentence when it is not the newest revision."""

    @property
    def path(self) -> str:
        """The present address."""
        return self._places[self._place].path

    @property
    def host(self) -> str | None:
        """The host to name there."""
        return self._places[self._place].host

    @property
    def params(self) -> dict[str, str]:
        """The query for the version."""
        return self._versions[self._version]

    def goes_on(self, error: DrupalError) -> bool:
        """Whether there is another place to look at, after Drupal refused the present one."""
        if error.status == 404 and self._place + 1 < len(self._places):
            self._place += 1
            return True
        final = error.code == "site_stopped" or isinstance(error, DrupalUnavailable)
        if error.status not in (403, 501) or final or self._version + 1 == len(self._versions):
            return False
        self._place, self._version = 0, self._version + 1
        self.note = NO_VERSIONS if error.status == 501 else DEFAULT_REVISION + str(error)
        return True


def _refused(error: DrupalError, arguments: dict[str, JSON]) -> Outcome:
    if problems.is_route_missing(error):
        return _no_address(arguments)
    if error.status == 404:
        return _error(f"There is no {arguments['entity_type']} {arguments['bundle']} with this id and revision.", "/id")
    return outcome_of(error)


class FindItems:
    """`find_items`: items of one bundle by filters, past Drupal's page size of 50."""

    def __init__(self, agent: Agent, client: Getter, addresses: Addresses = SILENT) -> None:
        self._agent, self._client, self._addresses = agent, client, addresses
        self.spec = ToolSpec(
            name="find_items",
            description="Lists content items of one bundle. It shows published versions; read_item shows the newest draft. With any filter, "
            "unpublished items of other authors are left out by Drupal, even when you may see them: to find drafts, list without filters "
            "and look at `published`. You cannot filter or sort by moderation_state. There is no total; `more` says whether there are more.",
            parameters=_finding(place(agent, "read")),
            read_only=True,
            idempotent=True,
            ask_less="Ask for a smaller `limit`, fewer `fields`, or narrower `filters`.",
        )

    async def call(self, arguments: dict[str, JSON], context: ToolContext) -> Outcome:
        """`{items, more}`, or an `error` for the model."""
        if refusal := forbidden(self._agent, "read", arguments):
            return refusal
        entity_type, bundle = arguments["entity_type"], arguments["bundle"]
        limit, path = arguments.get("limit", DEFAULT_LIMIT), (self._addresses.jsonapi / f"{entity_type}/{bundle}").path
        resources: list[dict[str, JSON]] = []
        left_out = pages = 0
        try:
            params: dict[str, str] | None = query.collection_params(f"{entity_type}--{bundle}", arguments, limit)
            while params is not None and len(resources) < limit and pages < MAX_PAGES:
                document = await self._client.get(path, params)
                resources += document.get("data") or []
                left_out += items.hidden(document)
                params = query.next_params(document, path)
                pages += 1
        except query.QueryProblem as problem:
            return _error(str(problem), problem.pointer)
        except DrupalError as error:
            return _no_address(arguments) if problems.is_route_missing(error) else outcome_of(error)
        except ValueError as error:
            return _error(str(error))
        found = _found(resources[:limit], arguments, context.room)
        found["more"] = params is not None or len(resources) > limit
        if left_out:
            found["note"] = f"{left_out} items that this account may not see were left out."
        return Outcome("ok", found)


def _found(resources: list[dict[str, JSON]], arguments: dict[str, JSON], room: int) -> dict[str, JSON]:
    entity_type, bundle, fields = arguments["entity_type"], arguments["bundle"], elements(arguments.get("fields"))
    shown = (items.item(resource, entity_type, bundle, fields) for resource in resources)
    return {"items": [texts.shortened(item, room) for item in shown]}


def _finding(where: dict[str, JSON]) -> dict[str, JSON]:
    scalar = {"type": ["string", "number", "boolean"]}
    condition = {
        "type": "object",
        "properties": {
            "field": {
                "type": "string",
                "maxLength": 200,
                "pattern": query.FIELD_PATH,
                "description": "Name or path: `title`, `changed`, `field_tags.name`, `body.value`, `uid.name`.",
            },
            "operator": {"enum": list(query.OPERATORS), "default": "="},
            "value": {"anyOf": [scalar, {"type": "array", "items": scalar, "maxItems": 100}]},
        },
        "required": ["field"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            **where,
            "filters": {"type": "array", "items": condition, "maxItems": 20, "description": "All of them must hold."},
            "sort": {
                "type": "array",
                "items": {"type": "string", "pattern": "^-?[a-z0-9_]+(\\.[a-z0-9_]+)*$"},
                "maxItems": 5,
                "description": 'Field names, the newest first: ["-changed"].',
            },
            "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            "fields": _FIELD_NAMES | {"description": "Fields to show besides label, language and state."},
        },
        "required": ["entity_type", "bundle"],
        "additionalProperties": False,
    }


def _no_address(arguments: dict[str, JSON]) -> Outcome:
    """Nothing is said about an item: there is no such place."""
    message = (
        f"JSON:API of this site has no address for {arguments['entity_type']} {arguments['bundle']}: there is no such type, it is closed to "
        "JSON:API, or the site's addresses are not what the site says. `sidecar doctor` looks at them."
    )
    return Outcome("error", {"error": message}, reason="jsonapi:no_address", message=message)


def _part(item: dict[str, JSON], wanted: dict[str, JSON], room: int) -> Outcome:
    shown = texts.part(item, wanted, room)
    if shown is None:
        return _error(
            "There is no such text, or it ends before that character. Read the item to see what it has.", "/text"
        )
    return Outcome("ok", shown)


def _error(message: str, pointer: str = "") -> Outcome:
    content = {"error": message} | ({"errors": [{"detail": message, "pointer": pointer}]} if pointer else {})
    return Outcome("error", content, reason="jsonapi:refused", message=message)
