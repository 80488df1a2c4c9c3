"""Schemas that others wrote: checked, never fetched."""

from __future__ import annotations

from typing import Any

import pytest

from sidecar.tools.schemas import errors_of, schema_problem


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("text", "no JSON object"),
        ({"type": "array"}, "arguments are an object"),
        ({"type": "object", "properties": {"a": {"type": "text"}}}, "is not valid"),
        ({"type": "object", "properties": {"a": {"$ref": "http://169.254.169.254/schema"}}}, "never fetched"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/none"}}}, "does not hold"),
    ],
)
def test_a_schema_that_cannot_be_used_says_why(schema: Any, said: str) -> None:
    """Each way to be broken has its sentence."""
    assert said in (schema_problem(schema) or "")


def test_a_good_schema_has_no_problem() -> None:
    """With inner references and an older dialect too."""
    assert (
        schema_problem(
            {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"type": "string"}}}
        )
        is None
    )
    assert schema_problem({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}) is None
    assert schema_problem({}) is None


def test_errors_are_few_and_short() -> None:
    """A model gets five errors at most, and no copy of a huge value."""
    schema = {"type": "object", "additionalProperties": {"type": "integer"}}
    errors = errors_of(schema, {f"k/{n}": "x" * 5_000 for n in range(9)})
    assert len(errors) == 5
    assert errors[0]["pointer"] == "/k~10"
    assert all(len(error["detail"]) < 400 for error in errors)
