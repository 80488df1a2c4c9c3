"""Validation of values against JSON Schemas that others wrote (a model's arguments, an MCP server's schema).

No schema is ever fetched: a `$ref` to an address that is not part of the JSON Schema standard does not resolve.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.validators import validator_for
from jsonschema_specifications import REGISTRY
from referencing.exceptions import Unresolvable

JSON = Any

MAX_ERRORS = 5
MAX_MESSAGE_CHARS = 300


def errors_of(schema: dict[str, Any], value: JSON) -> list[dict[str, str]]:
    """What is wrong with a value, at most five `{pointer, detail}`; empty when it is valid."""
    validator = _validator(schema)
    found = sorted(validator.iter_errors(value), key=lambda error: [str(part) for part in error.absolute_path])
    return [{"pointer": _pointer(error), "detail": _detail(error)} for error in found[:MAX_ERRORS]]


def schema_problem(schema: JSON) -> str | None:
    """Why a schema cannot be used for the arguments of a tool, or None when it can."""
    return _problem(json.dumps(schema, sort_keys=True))


@functools.lru_cache(maxsize=512)
def _problem(text: str) -> str | None:
    """Checking against the meta-schema takes tens of milliseconds, and every attempt of a run asks for the same schemas."""
    schema = json.loads(text)
    if not isinstance(schema, dict):
        return "it is no JSON object"
    if schema.get("type", "object") != "object":
        return f"its type is {schema['type']!r}, but arguments are an object"
    try:
        validator = _validator(schema)
        validator.check_schema(schema)
        resolver = REGISTRY.with_contents([]).resolver_with_root(_resource(schema))
        for reference in _references(schema):
            resolver.lookup(reference)
    except SchemaError as error:
        return f"{error.message[:MAX_MESSAGE_CHARS]} at {error.json_path}"
    except Unresolvable as error:
        return f"it refers to {error.ref!r}, which it does not hold (schemas are never fetched)"
    return None


def _validator(schema: dict[str, Any]) -> Any:
    validator_class = validator_for(schema, default=Draft202012Validator)
    return validator_class(schema, registry=REGISTRY)


def _resource(schema: dict[str, Any]) -> Any:
    from referencing import Resource
    from referencing.jsonschema import DRAFT202012

    return Resource.from_contents(schema, default_specification=DRAFT202012)


def _references(schema: JSON) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference
        for item in schema.values():
            yield from _references(item)
    elif isinstance(schema, list):
        for item in schema:
            yield from _references(item)


def _pointer(error: Any) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in error.absolute_path)


def _detail(error: Any) -> str:
    message = str(error.message)
    return message if len(message) <= MAX_MESSAGE_CHARS else f"{message[:MAX_MESSAGE_CHARS]}..."
