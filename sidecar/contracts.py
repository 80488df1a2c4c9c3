"""The JSON Schemas of `contracts/`, and validation against them."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from sidecar import json_text, unknown
from sidecar.errors import ContractError

BASE = "https://www.drupal.org/project/background_agents/contracts/v1/"
VALUE_IN_MESSAGE = 200


def directory() -> Path:
    """Where the schemas are: inside an installed package, or next to the package in a checkout."""
    packaged = Path(str(resources.files("sidecar"))) / "_contracts"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "contracts"


@functools.cache
def registry() -> Registry[Any]:
    """All schemas by their `$id`."""
    found = Registry()
    for path in sorted(directory().glob("*.schema.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        found = found.with_resource(document["$id"], Resource.from_contents(document, DRAFT202012))
    return found.crawl()


@functools.cache
def validator(kind: str) -> Draft202012Validator:
    """The validator of `job`, `event`, ... or of one definition: `draft#request`, `events#answer`."""
    name, _, definition = kind.partition("#")
    reference = f"{BASE}{name}.json" + (f"#/$defs/{definition}" if definition else "")
    return Draft202012Validator({"$ref": reference}, registry=registry())


def check(kind: str, document: Any) -> None:
    """Raise ContractError, with a JSON pointer, when `document` does not fit."""
    error = best_match(validator(kind).iter_errors(document))
    if error is not None:
        where = pointer(error)
        raise ContractError(
            f"The {kind.replace('#', ' ')} is wrong at {where or 'its top'}: {shorten(error.message)}", where
        )


def problems(kind: str, document: Any) -> Iterator[dict[str, str]]:
    """All that is wrong, as the `errors` of a problem document."""
    for error in validator(kind).iter_errors(document):
        if error.validator == "additionalProperties" and error.validator_value is False:
            yield from _unknown(error)
        else:
            yield {"detail": shorten(error.message), "pointer": pointer(error)}


def _unknown(error: ValidationError) -> Iterator[dict[str, str]]:
    """Each member that a closed document does not have, and what is near it."""
    schema: Any = error.schema
    instance: Any = error.instance
    known = list(schema.get("properties", ()))
    for name in instance:
        if name not in known:
            yield {"detail": unknown.detail(name, known), "pointer": pointer(error) + json_text.escaped(name)}


def pointer(error: ValidationError) -> str:
    """JSON pointer of what the error is about."""
    return "".join(map(json_text.escaped, error.absolute_path))


def shorten(message: str) -> str:
    """A message that may hold a whole document, made readable."""
    return message if len(message) <= VALUE_IN_MESSAGE else f"{message[:90]} ... {message[-90:]}"
