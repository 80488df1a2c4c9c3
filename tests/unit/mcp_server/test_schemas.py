"""Schemas of agents as hosts are shown them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sidecar.mcp_server.schemas import ANY, MAX_BYTES, for_hosts

PLACE = "/properties/input"


def problems(schema: Any, where: str = "") -> list[str]:
    """What the Inspector's lint complains about, and what its lint and ours agree on."""
    if isinstance(schema, bool):
        return [f"{where}: bare {schema}"]
    found = [f"{where}: types"] if isinstance(schema.get("type"), list) else []
    if not schema and not where.endswith("/not"):
        found.append(f"{where}: empty")
    for name in ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas"):
        for key, part in schema.get(name, {}).items():
            found += problems(part, f"{where}/{name}/{key}")
    for name in ("allOf", "anyOf", "oneOf", "prefixItems"):
        for index, part in enumerate(schema.get(name, [])):
            found += problems(part, f"{where}/{name}/{index}")
    for name in ("not", "if", "then", "else", "contains", "propertyNames"):
        if name in schema:
            found += problems(schema[name], f"{where}/{name}")
    for name in ("items", "additionalProperties", "unevaluatedProperties", "unevaluatedItems"):
        if not isinstance(schema.get(name, True), bool):
            found += problems(schema[name], f"{where}/{name}")
    return found


def shown(schema: dict[str, Any]) -> dict[str, Any]:
    """As it stands in the schema of a tool, which is itself a valid one."""
    made = for_hosts(schema, PLACE)
    assert made is not None
    Draft202012Validator.check_schema({"type": "object", "properties": {"input": made}})
    assert problems(made) == []
    return made


def fits(schema: dict[str, Any], value: Any) -> bool:
    """Whether a host that checks would let the value through."""
    whole = {"type": "object", "properties": {"input": shown(schema)}}
    return Draft202012Validator(whole).is_valid({"input": value})


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": ["string", "null"]}, [None, "x"], [1]),
        ({"type": ["string", "null"], "anyOf": [{"minLength": 2}, {"type": "null"}]}, [None, "xx"], ["x", 1]),
        ({"properties": {"a": True, "b": False}}, [{"a": 1}, {}], [{"b": 1}]),
        ({"properties": {"a": {}}, "additionalProperties": False}, [{"a": [1]}], [{"b": 1}]),
        ({"items": [{"type": "string"}]}, [["x"]], [[1]]),
        ({"$defs": {"t": {"type": "string"}}, "properties": {"a": {"$ref": "#/$defs/t"}}}, [{"a": "x"}], [{"a": 1}]),
        ({"type": "object", "properties": {"a": {"$ref": "#"}}}, [{"a": {"a": {}}}], [{"a": 1}, {"a": {"a": 1}}]),
        ({"properties": {"a/b": {"type": "string"}, "c": {"$ref": "#/properties/a~1b"}}}, [{"c": "x"}], [{"c": 1}]),
        ({"const": None}, [None], [1]),
        ({"enum": [None, 1]}, [None, 1], [2]),
        ({"type": "integer", "exclusiveMinimum": True, "minimum": 1}, [1], [0]),
        ({"type": "object", "required": ["a"]}, [{"a": 1}], [{}]),
    ],
)
def test_what_fitted_before_fits_as_shown(schema: dict[str, Any], good: list[Any], bad: list[Any]) -> None:
    """Lists of types, bare booleans and empty schemas are said otherwise; references lead to the same part."""
    assert [value for value in good if not fits(schema, value)] == []
    assert [value for value in bad if fits(schema, value)] == []


@pytest.mark.parametrize(
    "reference",
    [
        "https://evil.test/x.json",
        "file:///etc/passwd",
        "#anchor",
        "#/nowhere",
        "#/$defs/none",
        "#/x-own/a",
        "#/$defs",
        "#/properties",
        "",
        7,
    ],
)
def test_a_reference_that_leads_nowhere_is_any_value(reference: Any) -> None:
    """No host fetches one, or fails at one."""
    schema = {"properties": {"a": {"$ref": reference}}, "x-own": {"a": {"type": "string"}}, "$defs": {"t": {}}}
    assert shown(schema)["properties"]["a"] == ANY


def test_what_is_no_schema_stays_out() -> None:
    """Keywords that change how a client reads or sends a schema are not passed on."""
    made = shown(
        {"$schema": "x", "$id": "https://evil.test/", "x-mcp-header": "Authorization", "$anchor": "a", "type": "object",
         "properties": {"x-mcp-header": {"type": "string", "x-mcp-header": "Cookie", "$dynamicRef": "#a"}}}
    )  # fmt: skip
    assert made == {"type": "object", "properties": {"x-mcp-header": {"type": "string"}}}


def test_data_that_looks_like_a_schema_is_left_alone() -> None:
    """A default is a value, whatever its members are called."""
    value = {"$ref": "https://evil.test/", "type": ["a", "b"], "properties": True}
    made = shown({"type": "object", "default": value, "examples": [value], "enum": [value]})
    assert (made["default"], made["examples"], made["enum"]) == (value, [value], [value])


def test_a_large_or_deep_one_is_not_listed_whole() -> None:
    """A list of tools is read by a model: it has to stay short."""
    assert for_hosts({"enum": ["x" * 100] * (MAX_BYTES // 100)}, PLACE) is None
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(100):
        deep = {"type": "object", "properties": {"a": deep}}
    assert len(json.dumps(shown(deep))) < MAX_BYTES


_leaf = st.one_of(st.booleans(), st.none(), st.integers(), st.text(max_size=5), st.just({}))
_names = st.sampled_from(
    ["type", "properties", "items", "anyOf", "not", "$ref", "$defs", "enum", "const", "required", "default", "a", "if",
     "additionalProperties", "description", "minimum", "prefixItems", "x-mcp-header"]
)  # fmt: skip
_any = st.recursive(
    _leaf, lambda part: st.one_of(st.lists(part, max_size=3), st.dictionaries(_names, part, max_size=4)), max_leaves=20
)


@given(st.dictionaries(_names, _any, max_size=5))
def test_whatever_comes_is_said_portably(schema: dict[str, Any]) -> None:
    """Nonsense too: nothing raises, and what hosts complain about never comes out."""
    made = for_hosts(schema, PLACE)
    assert made is not None
    assert problems(made) == []
