"""The OpenAPI 3.1 document: routes and request documents from the typed models, answers from the contracts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from sidecar import contracts
from sidecar.json_text import JSON, is_list, is_object

SCHEMAS = "#/components/schemas/"
PROBLEM = {"application/problem+json": {"schema": {"$ref": f"{SCHEMAS}problem"}}}
REFUSALS = {
    401: "Nobody is known by this credential.",
    403: "This account, or the operator, may not do this.",
    404: "There is no such thing, or none that this caller may see.",
    409: "Not in this state.",
    413: "The document is too large.",
    422: "A parameter or the document is wrong; `errors` names where.",
    429: "Too many requests; `Retry-After` says when to come again.",
    502: "The site answered with something that is no answer.",
    503: "The site, or Redis, cannot be reached; `Retry-After` says when to come again.",
}
OPERATIONS = {"get", "put", "post", "delete", "patch"}
SECURITY: dict[str, JSON] = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "A dispatch key, an OAuth token, or the operator token.",
    },
    "keyHeader": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Background-Agents-Key",
        "description": "A dispatch key, where Authorization belongs to a wall in front of the site.",
    },
    "password": {"type": "http", "scheme": "basic", "description": "Name and password of an account of the site."},
}
PAGES: dict[str, dict[str, JSON]] = {
    "events": {
        "type": "object",
        "required": ["run", "events", "last_seq"],
        "properties": {
            "run": {"$ref": f"{SCHEMAS}run"},
            "events": {"type": "array", "items": {"$ref": f"{SCHEMAS}event"}},
            "last_seq": {"type": "integer", "minimum": 0},
        },
    },
}
"""Answers that are made of contracts."""

_taken: dict[str, type[BaseModel]] = {}


def takes(models: str | type[BaseModel] | Sequence[type[BaseModel]], example: JSON) -> dict[str, JSON]:
    """What an operation takes, for `openapi_extra`: one of these documents, or a contract by its name as in `answers`."""
    if isinstance(models, str):
        return _body({"$ref": SCHEMAS + models}, example, required=bool(example))
    given = [models] if isinstance(models, type) else list(models)
    _taken.update({model.__name__: model for model in given})
    references = [{"$ref": SCHEMAS + model.__name__} for model in given]
    schema = references[0] if len(references) == 1 else {"anyOf": references}
    required = all(any(field.is_required() for field in model.model_fields.values()) for model in given)
    return _body(schema, example, required=required)


def _body(schema: JSON, example: JSON, *, required: bool) -> dict[str, JSON]:
    return {
        "requestBody": {"required": required, "content": {"application/json": {"schema": schema, "example": example}}}
    }


def answers(kind: str, status: int = 200, *, stream: bool = False) -> dict[int | str, dict[str, Any]]:
    """What an operation answers, for `responses`: a contract (`run`, `agents.list`), or one of PAGES; and how it refuses."""
    content: dict[str, JSON] = {"application/json": {"schema": {"$ref": SCHEMAS + kind}}}
    more: dict[int | str, dict[str, Any]] = {}
    if stream:
        content["text/event-stream"] = {
            "schema": {"type": "string", "description": "`id` is the event's seq, `data` an event."}
        }
        more[204] = {"description": "The run is over and all is told: an EventSource need not come back."}
    good = {status: {"description": "As described.", "content": content}}
    return good | more | {code: {"description": said, "content": PROBLEM} for code, said in REFUSALS.items()}


def document(app: FastAPI) -> dict[str, JSON]:
    """The document; made once."""
    if app.openapi_schema is None:
        made = app.openapi()
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        _, given = models_json_schema(
            [(model, "validation") for model in _taken.values()], ref_template=SCHEMAS + "{model}"
        )
        schemas |= given.get("$defs", {}) | PAGES
        _Contracts().add_to(schemas, [*PAGES.values(), made["paths"]])
        made["components"]["securitySchemes"] = SECURITY
        for path, item in made["paths"].items():
            _describe(path, item)
        app.openapi_schema = made
    return app.openapi_schema


def _describe(path: str, item: dict[str, JSON]) -> None:
    shared = path.startswith("/v1/") and path not in ("/v1/jobs", "/v1/commands")
    if shared:
        site = {"site": {"default": "default", "description": "The site's id in the sidecar's settings."}}
        item["servers"] = [
            {"url": "/", "description": "Where one site is served; and for the operator."},
            {"url": "/sites/{site}", "description": "Always.", "variables": site},
        ]
    for method in OPERATIONS & item.keys():
        if shared:
            item[method]["security"] = [{name: []} for name in SECURITY]
        else:
            item[method]["responses"].pop("422", None)


class _Contracts:
    """The contracts as components: `run` is a document, `agents.list` a definition of one, `agent.properties.binding` another part."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[str, str]] = {}

    def add_to(self, schemas: dict[str, JSON], begin: list[JSON]) -> None:
        """All that something in `begin` refers to, and what these refer to."""
        wanted = [name for value in begin for name in _references(value)]
        while wanted:
            name = wanted.pop()
            if name not in schemas:
                schemas[name] = self._schema(name)
                wanted += _references(schemas[name])

    def _schema(self, name: str) -> dict[str, JSON]:
        file, pointer = self._places.get(name) or _place(name)
        part = contracts.registry().contents(f"{contracts.BASE}{file}.json")
        for step in pointer.split("/")[1:]:
            part = part[step]
        kept = {key: value for key, value in part.items() if key not in ("$schema", "$id", "$defs")}
        return self._rewritten(kept, file)

    def _rewritten(self, value: JSON, file: str) -> JSON:
        """The same with references into the components of the document."""
        if is_list(value):
            return [self._rewritten(element, file) for element in value]
        if not is_object(value):
            return value
        return {
            key: self._component(found, file)
            if key == "$ref" and isinstance(found, str)
            else self._rewritten(found, file)
            for key, found in value.items()
        }

    def _component(self, reference: str, file: str) -> str:
        where, _, pointer = reference.partition("#")
        file = where.removeprefix(contracts.BASE).removesuffix(".json") or file
        name = ".".join([file, *(step for step in pointer.split("/") if step not in ("", "$defs"))])
        self._places[name] = (file, pointer)
        return SCHEMAS + name


def _place(name: str) -> tuple[str, str]:
    """Where a component that this file names is: a document, or a definition of one."""
    file, _, definition = name.partition(".")
    return file, f"/$defs/{definition}" if definition else ""


def _references(value: JSON) -> Iterator[str]:
    if is_list(value):
        for element in value:
            yield from _references(element)
    elif is_object(value):
        for key, found in value.items():
            if key == "$ref" and isinstance(found, str):
                yield found.removeprefix(SCHEMAS)
            else:
                yield from _references(found)
