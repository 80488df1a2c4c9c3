"""Fast checks of events against `contracts/event.schema.json`."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from sidecar import contracts


def event_problem(event: dict[str, Any]) -> str | None:
    """What an event breaks: its envelope, or what its type asks for. Unknown types are fine."""
    error = next(_validator(str(event.get("type"))).iter_errors(event), None)
    return None if error is None else f"{contracts.pointer(error) or '/'}: {contracts.shorten(error.message)}"


@cache
def _schema() -> dict[str, Any]:
    return json.loads((contracts.directory() / "event.schema.json").read_text("utf-8"))


@cache
def _validator(type: str) -> Draft202012Validator:
    """One validator per type: the schema's own `allOf` would try all of them on each event."""
    schema = _schema()
    envelope = {key: schema[key] for key in ("type", "properties")} | {"required": [*schema["required"], "hash"]}
    own = [{"$ref": f"{contracts.BASE}event.json#/$defs/{type}"}] if type in schema["$defs"] else []
    return Draft202012Validator({"allOf": [envelope, *own]}, registry=contracts.registry())
