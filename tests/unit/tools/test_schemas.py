"""Schemas that others wrote: checked, bounded, never fetched."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from sidecar.tools import patterns
from sidecar.tools.schemas import arguments_problem, errors_of


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("text", "no JSON object"),
        ({"type": "array"}, "arguments are an object"),
        ({"type": "object", "properties": {"a": {"type": "text"}}}, "is not valid"),
        ({"type": "object", "properties": {"a": {"$ref": "http://169.254.169.254/schema"}}}, "never fetched"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/none"}}}, "does not hold"),
        ({"type": "object", "properties": {"a": {"pattern": "("}}}, "no regular expression"),
    ],
)
def test_a_schema_that_cannot_be_used_says_why(schema: Any, said: str) -> None:
    """Each way to be broken has its sentence, and such a schema fits nothing."""
    assert said in (arguments_problem(schema) or "")
    if isinstance(schema, dict) and schema["type"] == "object":
        assert "cannot be used" in errors_of(schema, {})[0]["detail"]


def test_a_good_schema_has_no_problem() -> None:
    """With inner references and an older dialect too; an unknown dialect is read as the newest."""
    inner = {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"type": "string"}}}
    for schema in (
        inner,
        {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"},
        {"$schema": "https://example.org/own"},
        {},
    ):
        assert arguments_problem(schema) is None


def test_errors_are_few_and_short() -> None:
    """A model gets five errors at most, and no copy of a huge value."""
    schema = {"type": "object", "additionalProperties": {"type": "integer"}}
    errors = errors_of(schema, {f"k/{n}": "x" * 5_000 for n in range(9)})
    assert len(errors) == 5
    assert errors[0]["pointer"].startswith("/k~1")
    assert all(len(error["detail"]) < 400 for error in errors)


def _nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (_nested(300), "64 levels"),
        (list(range(30_000)), "20000 values"),
        ("x" * 1_000_001, "1000000 characters"),
        ({"\ud800": 1}, "half a character"),
        ([float("nan")], "no JSON number"),
    ],
)
def test_a_value_is_bounded_before_it_is_validated(value: Any, said: str) -> None:
    """Also where the schema allows everything: what is too deep could not be written to the journal."""
    assert said in errors_of({}, value)[0]["detail"]


def test_a_value_within_the_bounds_is_validated() -> None:
    """What people and models write is far below them."""
    assert errors_of({}, _nested(60)) == []
    assert errors_of({}, ["x" * 40] * 19_000) == []


ALTERNATIVES = r"(?:a|b|ab|ba|aab|[ab]{3,900}){90}[cd]"


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"pattern": "^(a+)+$"}, "a" * 100 + "!"),
        ({"pattern": r"^(a|aa)+(?!\1)$"}, "a" * 100 + "!"),
        ({"pattern": "(?=a*b)c"}, "a" * 100_000),
        ({"pattern": ALTERNATIVES}, "ab" * 50_000),
        ({"items": {"pattern": ALTERNATIVES}}, ["ab" * 200] * 100),
        ({"items": {"anyOf": [{"pattern": r"^(a|aa)+(?!\1)$"}, {"type": "string"}]}}, ["a" * 60 + "!"] * 5_000),
        ({"items": {"not": {"pattern": r"^(a|aa)+(?!\1)$"}}}, ["a" * 60 + "!"] * 5_000),
        ({"patternProperties": {r"^(a|aa)+(?!\1)$": False}}, {"a" * 60 + f"!{n}": 1 for n in range(9_000)}),
    ],
)
def test_no_pattern_takes_long(schema: dict[str, Any], value: Any) -> None:
    """Neither one text, nor a list of them, nor names, whatever the engine does with the pattern: a run's neighbours wait meanwhile."""
    began = time.thread_time()
    assert errors_of(schema, value) != []
    assert time.thread_time() - began < 10


def test_what_needs_too_much_work_never_fits() -> None:
    """Not even where the schema says `not`: the verdict would be the opposite."""
    errors = errors_of({"not": {"pattern": "(?=a*b)c"}}, "a" * 100_000)
    assert "too much work" in errors[0]["detail"]


def test_forms_with_heavy_patterns_are_not_hindered() -> None:
    """Lists of texts with lookarounds, long texts, and letters of all languages are read as they are meant."""
    password = {"items": {"pattern": r"^(?=.*\d)(?=.*[a-z]).{8,}$"}}
    assert errors_of(password, [f"abcdefg{n}" for n in range(5_000)]) == []
    assert errors_of({"pattern": r"^(?!.*<script).*$"}, "word " * 18_000) == []
    assert errors_of({"pattern": r"^[\p{L}\p{N}_.' -]{1,255}$"}, "Jörg O'Neill") == []


def test_the_clock_ends_the_matches_of_a_value() -> None:
    """All matches of a value share a second: with it gone, the next one is not made."""
    now = [0.0]
    budget = patterns.Budget(lambda: now[0])
    pattern = patterns.Pattern("a")
    assert pattern.fits("a", budget)
    now[0] = 1.5
    with pytest.raises(patterns.Exhausted):
        pattern.fits("a", budget)


def test_time_that_passes_without_work_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processor may be somebody else's between two matches: what fits still fits."""
    monkeypatch.setattr(patterns, "SECONDS", 0.02)
    budget, pattern = patterns.Budget(), patterns.Pattern("a")
    assert not threading.Event().wait(0.1)
    assert pattern.fits("a", budget)


@pytest.mark.parametrize(
    "reference", ["http://127.0.0.1:1/a", "file:///etc/passwd", "https://json-schema.org/none", "urn:x"]
)
def test_nothing_is_fetched(reference: str) -> None:
    """The engine's own way to fetch is closed too, not only the check before it."""
    assert arguments_problem({"properties": {"a": {"$ref": reference}}}) is not None


def test_errors_are_not_listed_where_listing_is_dear() -> None:
    """Of nested alternatives the engine collects all errors of all branches."""
    levels: dict[str, Any] = {f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(8)}
    schema = {"items": {"$ref": "#/$defs/d0"}, "$defs": levels | {"d8": {"type": "string"}}}
    began = time.thread_time()
    assert "too large to say where" in errors_of(schema, [1] * 1_000)[0]["detail"]
    assert errors_of(schema, [1])[0]["pointer"] == "/0"
    assert time.thread_time() - began < 5
