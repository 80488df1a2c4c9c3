"""Validation by JSON Schemas that others wrote (a site, a model, an MCP server): the one place for all of them.

What it costs is bounded before and while it runs (`bounds.py`, `patterns.py`); a thread would not help, for the engine holds the
interpreter. Nothing is ever fetched. Our own contracts go through `sidecar/contracts.py`.
"""

from __future__ import annotations

import functools
import json
from itertools import islice
from typing import Any

import jsonschema_rs

from sidecar.json_text import JSON, is_object
from sidecar.tools import patterns
from sidecar.tools.bounds import Looks, Unusable, subschemas, value_problem

MAX_ERRORS = 5
MAX_MESSAGE_CHARS = 300
MAX_WORK = 2_000_000
MAX_WORK_LISTED = 20_000
"""Looks up to which errors are listed one by one: saying where costs a hundred times as much as saying that."""
ERRORS_LOOKED_AT = 50
NAMED_CHARACTERS = 20_000
"""Characters of names that are held against `patternProperties`, times the number of these."""
MAX_PATTERN_BYTES = 50_000_000
DIALECTS = frozenset(
    {f"https://json-schema.org/draft/{draft}/schema" for draft in ("2019-09", "2020-12")}
    | {f"http://json-schema.org/draft-0{draft}/schema" for draft in (4, 6, 7)}
)


_KEYWORDS: dict[str, JSON] = {"pattern": patterns.Keyword}


def errors_of(schema: dict[str, JSON], value: JSON) -> list[dict[str, str]]:
    """What is wrong with a value, at most five `{pointer, detail}`; empty when it is valid. A schema that cannot be used fits nothing."""
    return _usable(json.dumps(schema)).errors_of(value)


def schema_problem(schema: JSON) -> str | None:
    """Why a schema cannot be used, as a part of a sentence, or None when it can."""
    if not is_object(schema):
        return "it is no JSON object"
    return _usable(json.dumps(schema)).problem


def arguments_problem(schema: JSON) -> str | None:
    """Why a schema cannot be used for the arguments of a tool, or None when it can."""
    if is_object(schema) and schema.get("type", "object") != "object":
        return f"its type is {schema['type']!r}, but arguments are an object"
    return schema_problem(schema)


class Schema:
    """A schema, checked and compiled once."""

    def __init__(self, text: str) -> None:
        self.problem: str | None = None
        self._validator: Any = None
        self._looks = self._name_patterns = self._pattern_bytes = 0
        try:
            document = json.loads(text)
            self._looks = Looks(document).worst()
            self._validator = self._compiled(document)
        except (Unusable, RecursionError) as error:
            self.problem = str(error)
        except jsonschema_rs.ValidationError as error:
            where = "".join(f"/{part}" for part in error.instance_path)
            self.problem = f"{_shortened(error.message)}{f' at {where}' if where else ''}"
        except ValueError as error:
            self.problem = _shortened(str(error))

    def errors_of(self, value: JSON) -> list[dict[str, str]]:
        """See the function of this name."""
        problem = f"the schema cannot be used: {self.problem}" if self.problem else value_problem(value)
        if problem:
            return [_error("", problem)]
        size = _Size.of(value)
        work = size.values * self._looks
        if work > MAX_WORK or size.name_characters * self._name_patterns > NAMED_CHARACTERS:
            return [_error("", "the value is too large for what its schema wants to look at")]
        budget = patterns.Budget()
        token = patterns.current.set(budget)
        try:
            if self._validator.is_valid(value) and not budget.exhausted:
                return []
            found = [] if work > MAX_WORK_LISTED or budget.exhausted else self._listed(value)
        finally:
            patterns.current.reset(token)
        if budget.exhausted:
            return [_error("", str(patterns.Exhausted()))]
        return found or [_error("", "the value does not fit the schema; it is too large to say where")]

    def _listed(self, value: JSON) -> list[dict[str, str]]:
        patterns.current.set(patterns.Budget())
        found = [
            _error("".join(map(_part, error.instance_path)), error.message)
            for error in islice(self._validator.iter_errors(value), ERRORS_LOOKED_AT)
        ]
        return sorted(found, key=lambda error: error["pointer"])[:MAX_ERRORS]

    def _compiled(self, document: dict[str, JSON]) -> Any:
        if str(document.get("$schema", "")).rstrip("#") not in DIALECTS:
            document.pop("$schema", None)
        self._prepare(document)
        return jsonschema_rs.validator_for(
            document,
            retriever=_never,
            validate_formats=False,
            keywords=_KEYWORDS,
            pattern_options=jsonschema_rs.FancyRegexOptions(
                backtrack_limit=patterns.BACKTRACKING[1], size_limit=patterns.SIZES[2]
            ),
        )

    def _prepare(self, schema: JSON) -> None:
        """Patterns as the engine reads them; those of names are its own, so they are counted."""
        if not is_object(schema):
            return
        if isinstance(pattern := schema.get("pattern"), str):
            self._pattern_bytes += patterns.compiled(pattern).size
            if self._pattern_bytes > MAX_PATTERN_BYTES:
                raise Unusable("its patterns are too large together")
        for _, _, inner in list(subschemas(schema)):
            self._prepare(inner)
        if is_object(named := schema.get("patternProperties")):
            self._name_patterns += len(named)
            schema["patternProperties"] = {patterns.translated(name): inner for name, inner in named.items()}


class _Size:
    def __init__(self) -> None:
        self.values = self.name_characters = 0

    @classmethod
    def of(cls, value: JSON) -> _Size:
        """How many values there are in one, and how long their names are together."""
        found, waiting = cls(), [value]
        while waiting:
            item = waiting.pop()
            found.values += 1
            if is_object(item):
                found.name_characters += sum(map(len, item))
                waiting += item.values()
            elif isinstance(item, list | tuple):
                waiting += item
        return found


_usable = functools.lru_cache(maxsize=512)(Schema)


def _never(uri: str) -> Any:
    raise ValueError(f"it refers to {uri!r}, which it does not hold (schemas are never fetched)")


def _error(pointer: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "detail": _shortened(detail)}


def _part(part: str | int) -> str:
    return "/" + str(part).replace("~", "~0").replace("/", "~1")


def _shortened(message: str) -> str:
    return message if len(message) <= MAX_MESSAGE_CHARS else f"{message[:MAX_MESSAGE_CHARS]}..."
