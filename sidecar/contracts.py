"""The JSON Schemas of `contracts/`, and validation against them.

A compiled validator, whose references are resolved beforehand, says whether a document fits: a job costs it a hundredth of what it costs the
other one. The other one says what is wrong, and decides about documents that the compiled one refuses or cannot read.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from sidecar import json_text, unknown
from sidecar.errors import ContractError
from sidecar.json_text import JSON

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
    return Draft202012Validator(_reference(kind), registry=registry())


@functools.cache
def compiled(kind: str) -> jsonschema_rs.Draft202012Validator:
    """The same, compiled."""
    found = registry()
    known = jsonschema_rs.Registry([(address, found.contents(address)) for address in found])
    return jsonschema_rs.Draft202012Validator(_reference(kind), registry=known, validate_formats=False)


def _reference(kind: str) -> dict[str, JSON]:
    name, _, definition = kind.partition("#")
    return {"$ref": f"{BASE}{name}.json" + (f"#/$defs/{definition}" if definition else "")}


def fits(kind: str, document: JSON) -> bool:
    """Whether a document fits."""
    try:
        if compiled(kind).is_valid(document):
            return True
    except ValueError:  # a lone surrogate, or nested too deeply for it
        pass
    return validator(kind).is_valid(document)


def check(kind: str, document: JSON) -> None:
    """Raise ContractError, with a JSON pointer, when `document` does not fit."""
    if fits(kind, document):
        return
    error = best_match(validator(kind).iter_errors(document))
    if error is not None:
        where = pointer(error)
        raise ContractError(
            f"The {kind.replace('#', ' ')} is wrong at {where or 'its top'}: {shorten(error.message)}", where
        )


def problems(kind: str, document: JSON) -> Iterator[dict[str, str]]:
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
