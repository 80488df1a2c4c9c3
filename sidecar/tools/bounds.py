"""Bounds on what others wrote: JSON values before they are looked at, JSON Schemas before they are used.

A schema is bounded by how often it looks at one place of a value, not by its length: 26 nested `anyOf` that refer to each other are a few
hundred bytes and 67 million looks. `contracts/vectors/foreign-schemas` binds; the module does the same in `ForeignSchema`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import TypeGuard
from urllib.parse import unquote, urljoin

from sidecar.json_text import JSON, is_list, is_object

MAX_DEPTH = 64
MAX_VALUES = 20_000
MAX_CHARACTERS = 1_000_000
MAX_SCHEMA_CHARACTERS = 100_000
MAX_LOOKS = 20_000
"""Looks of a schema at one place of a value."""
MAX_CHAIN = 100
"""References, and schemas that apply to the same place, one within the other."""
META_SCHEMAS = ("https://json-schema.org/", "http://json-schema.org/")
META_LOOKS = 20

SAME_PLACE = ("not", "if", "then", "else")
SAME_PLACE_LISTS = ("allOf", "anyOf", "oneOf")
SAME_PLACE_MAPS = ("dependentSchemas", "dependencies")
MEMBERS = ("additionalProperties", "unevaluatedProperties", "propertyNames")
ITEMS = ("items", "additionalItems", "unevaluatedItems", "contains")
_META: dict[str, JSON] = {}
REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
ELSEWHERE = ("$defs", "definitions")


class Unusable(ValueError):
    """A schema that cannot be used; `str()` says why, as a part of a sentence."""


def value_problem(value: JSON) -> str | None:
    """Why a value is too large, too deep, or no JSON at all; None when it is fine."""
    values = characters = 0
    waiting: list[tuple[JSON, int]] = [(value, 0)]
    while waiting:
        item, depth = waiting.pop()
        values += 1
        if depth > MAX_DEPTH:
            return f"it is nested more than {MAX_DEPTH} levels deep"
        if isinstance(item, str):
            texts: list[str] = [item]
        elif is_object(item):
            texts = [str(key) for key in item]
            waiting += [(inner, depth + 1) for inner in item.values()]
        else:
            texts = []
            if is_array(item):
                waiting += [(inner, depth + 1) for inner in item]
            elif isinstance(item, float) and not math.isfinite(item):
                return f"{item} is no JSON number"
        characters += sum(map(len, texts))
        if values + len(waiting) > MAX_VALUES:
            return f"it holds more than {MAX_VALUES} values"
        if characters > MAX_CHARACTERS:
            return f"its texts have more than {MAX_CHARACTERS} characters"
        if not all(map(_is_text, texts)):
            return "a text of it holds half a character (a lone surrogate)"
    return None


def too_deep(value: JSON) -> bool:
    """Whether a value is nested deeper than a journal can hold, whatever its size."""
    waiting: list[tuple[JSON, int]] = [(value, 0)]
    while waiting:
        item, depth = waiting.pop()
        if depth > MAX_DEPTH:
            return True
        if is_object(item):
            waiting += [(inner, depth + 1) for inner in item.values()]
        elif is_array(item):
            waiting += [(inner, depth + 1) for inner in item]
    return False


def is_array(value: JSON) -> TypeGuard[Sequence[JSON]]:
    """Whether a value becomes a list of JSON."""
    return isinstance(value, list | tuple)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def subschemas(schema: dict[str, JSON]) -> Iterator[tuple[str, str, JSON]]:
    """The schemas right within a schema: keyword, name in the keyword's map ('' for others), schema."""
    for keyword, value in schema.items():
        if keyword in SAME_PLACE or keyword in MEMBERS or (keyword in ITEMS and not is_list(value)):
            yield keyword, "", value
        elif keyword in SAME_PLACE_LISTS or keyword in ("prefixItems", "items"):
            yield from ((keyword, "", inner) for inner in (value if is_list(value) else ()))
        elif keyword in SAME_PLACE_MAPS or keyword in ELSEWHERE or keyword in ("properties", "patternProperties"):
            members = value.items() if is_object(value) else ()
            yield from ((keyword, name, inner) for name, inner in members if isinstance(inner, dict | bool))


class Looks:
    """Counts how often a schema looks at one place of a value, at the worst place. Raises Unusable."""

    def __init__(self, schema: dict[str, JSON]) -> None:
        if len(json.dumps(schema, ensure_ascii=False)) > MAX_SCHEMA_CHARACTERS:
            raise Unusable(f"it has more than {MAX_SCHEMA_CHARACTERS} characters")
        if problem := value_problem(schema):
            raise Unusable(problem)
        self._root = schema
        self._by_address: dict[str, JSON] = {}
        self._base: dict[int, str] = {}
        self._anchors: dict[str, list[JSON]] = {}
        self._know(schema, "")
        self._counted: dict[tuple[int, int], int] = {}
        self._chain: list[tuple[int, int]] = []

    def worst(self) -> int:
        """The number, from 1 up to MAX_LOOKS."""
        worst = 1
        for level in range(MAX_DEPTH + 1):
            found = self._at(self._root, level)
            if found == 0:
                break
            worst = max(worst, found)
        return worst

    def _know(self, schema: JSON, base: str) -> None:
        """Remembers by which addresses a schema and those within it can be referred to."""
        if not is_object(schema):
            return
        own = schema.get("$id", schema.get("id"))
        if isinstance(own, str) and not own.startswith("#"):
            base = urljoin(base, own).partition("#")[0]
        self._base[id(schema)] = base
        if base not in self._by_address:
            self._by_address[base] = schema
        plain = own[1:] if isinstance(own, str) and own.startswith("#") else None
        for name in (
            schema.get("$anchor"),
            schema.get("$dynamicAnchor"),
            plain,
        ):
            if isinstance(name, str):
                self._by_address[f"{base}#{name}"] = schema
                self._anchors.setdefault(name, []).append(schema)
        for _, _, inner in subschemas(schema):
            self._know(inner, base)

    def _at(self, schema: JSON, level: int) -> int:
        """Looks at the worst place so many levels below the value that `schema` applies to."""
        if schema is _META:
            return META_LOOKS
        if not is_object(schema):
            return int(level == 0)
        key = (id(schema), level)
        if key in self._counted:
            return self._counted[key]
        if key in self._chain:
            raise Unusable("it refers to itself at the same place, without an end")
        if len(self._chain) >= MAX_CHAIN:
            raise Unusable(f"more than {MAX_CHAIN} of its references follow each other")
        self._chain.append(key)
        found = int(level == 0) + sum(self._at(inner, level) for inner in self._same_place(schema))
        if level:
            found += max(self._members(schema, level - 1), self._items(schema, level - 1))
        self._chain.pop()
        if found > MAX_LOOKS:
            raise Unusable(f"it looks at one place of a value more than {MAX_LOOKS} times: its references branch")
        self._counted[key] = found
        return found

    def _same_place(self, schema: dict[str, JSON]) -> Iterator[JSON]:
        for keyword, _, inner in subschemas(schema):
            if keyword in (*SAME_PLACE, *SAME_PLACE_LISTS, *SAME_PLACE_MAPS):
                yield inner
        for keyword in REFERENCES:
            if isinstance(reference := schema.get(keyword), str):
                yield from self._targets(schema, reference, dynamic=keyword != "$ref")

    def _members(self, schema: dict[str, JSON], level: int) -> int:
        found = {keyword: [0] for keyword in ("properties", "patternProperties", *MEMBERS)}
        for keyword, _, inner in subschemas(schema):
            if keyword in found:
                found[keyword].append(self._at(inner, level))
        return max(found.pop("properties")) + sum(map(sum, found.values()))

    def _items(self, schema: dict[str, JSON], level: int) -> int:
        found = {keyword: [0] for keyword in ("prefixItems", *ITEMS)}
        for keyword, _, inner in subschemas(schema):
            if keyword in found:
                found[keyword].append(self._at(inner, level))
        return sum(map(max, found.values()))

    def _targets(self, schema: dict[str, JSON], reference: str, *, dynamic: bool) -> Iterator[JSON]:
        """What a reference leads to. Nothing is ever fetched: what is not in the schema, or part of the standard, is not there."""
        address = urljoin(self._base[id(schema)], reference)
        if address.startswith(META_SCHEMAS) and address.partition("#")[0] not in self._by_address:
            yield _META
            return
        document, _, fragment = address.partition("#")
        target = self._by_address.get(document if not fragment or fragment.startswith("/") else address)
        for part in unquote(fragment).split("/")[1:] if fragment.startswith("/") else ():
            target = _within(target, part.replace("~1", "/").replace("~0", "~"))
        if not isinstance(target, dict | bool):
            raise Unusable(f"it refers to {reference!r}, which it does not hold (schemas are never fetched)")
        if is_object(target) and id(target) not in self._base:
            self._know(target, document)  # a pointer may lead behind a keyword that holds no schema
        yield target
        if dynamic:
            yield from (other for other in self._anchors.get(fragment, []) if other is not target)


def _within(target: JSON, part: str) -> JSON:
    if is_object(target):
        return target.get(part)
    if is_list(target) and part.isascii() and part.isdigit() and int(part) < len(target):
        return target[int(part)]
    return None
