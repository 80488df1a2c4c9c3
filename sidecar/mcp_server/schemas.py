"""JSON Schemas of agents as parts of a tool's schema, rewritten for hosts: many take a part of the language alone.

Only what clients are shown is rewritten. Drupal checks an input by the schema of the agent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from sidecar.json_text import JSON, is_list, is_object
from sidecar.mcp_server.plain_text import clean

KINDS = ("object", "array", "string", "number", "boolean", "null")
ANY: dict[str, JSON] = {"anyOf": [{"type": kind} for kind in KINDS]}
"""Any value; `true` and `{}` mean the same, and several hosts refuse them."""
MAX_BYTES = 16_000
MAX_DEPTH = 24
MAX_TEXT = 1_000

_SCHEMAS = {
    *("additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"),
    *("unevaluatedItems", "unevaluatedProperties"),
}
_LISTS = {"allOf", "anyOf", "oneOf", "prefixItems"}
_MAPS = {"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"}
_MAY_BE_BOOLEAN = {"additionalProperties", "items", "unevaluatedItems", "unevaluatedProperties"}
_NUMBERS = {
    *("exclusiveMaximum", "exclusiveMinimum", "maxContains", "maxItems", "maxLength", "maxProperties", "maximum"),
    *("minContains", "minItems", "minLength", "minProperties", "minimum", "multipleOf"),
}
_PLAIN = {"const", "default", "dependentRequired", "enum", "examples", "format", "pattern", "required", "uniqueItems"}
_TEXTS = {"description", "title"}
_SAYS_NOTHING = {"$defs", "default", "definitions", "description", "examples", "format", "title"}
_LEFT_OUT: Final = object()


def for_hosts(schema: dict[str, JSON], place: str) -> dict[str, JSON] | None:
    """The schema as it stands at `place` (a JSON pointer) of a tool's schema; None: it is too large to be listed."""
    rewritten = _Rewriting(schema, place).schema(schema, 0)
    return rewritten if len(json.dumps(rewritten)) <= MAX_BYTES else None


@dataclass(frozen=True, slots=True)
class _Rewriting:
    root: dict[str, JSON]
    place: str

    def schema(self, schema: JSON, depth: int) -> dict[str, JSON]:
        if schema is False:
            return {"not": {}}
        if depth > MAX_DEPTH or not is_object(schema):
            return dict(ANY)
        made: dict[str, JSON] = {}
        for name, value in schema.items():
            if (kept := self._keyword(name, value, depth)) is not _LEFT_OUT:
                made["prefixItems" if name == "items" and is_list(value) else name] = kept
        _type(made, schema.get("type"))
        return made if made.keys() - _SAYS_NOTHING else made | ANY

    def _keyword(self, name: str, value: JSON, depth: int) -> JSON:
        if name in _SCHEMAS or name in _LISTS or name in _MAPS:
            return self._below(name, value, depth + 1)
        if name in _NUMBERS:
            return value if isinstance(value, int | float) and not isinstance(value, bool) else _LEFT_OUT
        if name in _TEXTS:
            return clean(value, MAX_TEXT) if isinstance(value, str) else _LEFT_OUT
        if name == "$ref":
            return f"#{self.place}{value[1:]}" if isinstance(value, str) and self._reaches(value) else _LEFT_OUT
        if name == "required" and not is_list(value):  # of draft 3
            return _LEFT_OUT
        return value if name in _PLAIN else _LEFT_OUT

    def _below(self, name: str, value: JSON, depth: int) -> JSON:
        if isinstance(value, bool) and name in _MAY_BE_BOOLEAN:
            return value
        if is_list(value) and (name in _LISTS or name == "items"):
            return [self.schema(one, depth) for one in value] or _LEFT_OUT
        if is_object(value) and name in _MAPS:
            return {key: self.schema(one, depth) for key, one in value.items()}
        return self.schema(value, depth) if name in _SCHEMAS else _LEFT_OUT

    def _reaches(self, reference: str) -> bool:
        """Whether a reference leads to a part of this schema that is kept."""
        start, *steps = reference.split("/")
        if start != "#" or len(steps) > MAX_DEPTH:
            return False
        part: JSON = self.root
        left: list[str] = [step.replace("~1", "/").replace("~0", "~") for step in steps]
        while left:
            keyword, left = left[0], left[1:]
            below = part.get(keyword) if is_object(part) else None
            if keyword in _SCHEMAS:
                part = below
            elif not left:
                return False
            elif keyword in _MAPS and is_object(below):
                part, left = below.get(left[0]), left[1:]
            elif keyword in _LISTS and is_list(below) and left[0].isdecimal() and int(left[0]) < len(below):
                part, left = below[int(left[0])], left[1:]
            else:
                return False
        return is_object(part)


def _type(made: dict[str, JSON], kinds: JSON) -> None:
    """One type as it is, several as alternatives."""
    known = [kind for kind in (kinds if is_list(kinds) else [kinds]) if kind == "integer" or kind in KINDS]
    if len(known) == 1:
        made["type"] = known[0]
    elif known:
        union: dict[str, JSON] = {"anyOf": [{"type": kind} for kind in known]}
        made.update({"allOf": [*made.get("allOf", []), union]} if "anyOf" in made else union)
