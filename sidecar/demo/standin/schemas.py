"""The contracts, as the stand-in checks them: what a document breaks, as (JSON pointer, sentence) pairs."""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from sidecar import contracts

BASE = "https://www.drupal.org/project/background_agents/contracts/v1/"


def breaches(definition: str, document: Any) -> list[tuple[str, str]]:
    """What `document` breaks of a definition such as `draft.json#/$defs/request`; empty when it is fine."""
    found = sorted(_validator(definition).iter_errors(document), key=lambda error: error.json_path)
    return [("".join(f"/{part}" for part in error.absolute_path), error.message) for error in found]


def event_breaches(event: Any) -> list[tuple[str, str]]:
    """What an event breaks: its envelope, and what its type asks for. Unknown types are fine."""
    return [
        ("".join(f"/{part}" for part in error.absolute_path), error.message)
        for error in _event_validator(str(event.get("type")) if isinstance(event, dict) else "").iter_errors(event)
    ]


@cache
def _validator(definition: str) -> Validator:
    return Draft202012Validator({"$ref": BASE + definition}, registry=contracts.registry())


@cache
def _event_validator(type: str) -> Validator:
    """One validator per type: the schema's own `allOf` would try all seventeen on each event."""
    schema = contracts.schema("event")
    envelope = {key: schema[key] for key in ("type", "required", "properties")}
    own = [{"$ref": f"{BASE}event.json#/$defs/{type}"}] if type in schema["$defs"] else []
    return Draft202012Validator({"allOf": [envelope, *own]}, registry=contracts.registry())
