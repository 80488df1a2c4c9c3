"""Every integer that travels has a minimum and a maximum that its column holds, and the sidecar refuses the rest with a pointer."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sidecar import contracts, json_text
from sidecar.errors import ContractError
from tests.contract.cases import ROOT, cases, load
from tests.contract.vectors_bounds import CONTRACTS, numbers

INT = json_text.MAX_COUNTER  # signed columns
UNSIGNED = 2**32 - 1  # ids of revisions
DOUBLE = 2**53 - 1
NUMBERS = [pytest.param(schema, id=reference) for reference, schema in numbers()]
# Schemas of the module that no file of the contracts holds, written into its code.
WRITTEN_IN_CODE = re.findall(
    r"<<<'JSON'\n(.*?)\n *JSON;",
    "".join(path.read_text() for path in sorted((ROOT / "drupal_module/src").rglob("*.php"))),
    re.DOTALL,
)


@pytest.mark.parametrize("schema", NUMBERS)
def test_every_number_has_bounds(schema: dict[str, Any]) -> None:
    """Walks over all integers and numbers of the contracts: none without a minimum and a maximum, none beyond exact doubles, and none below
    zero but priorities."""
    assert 0 <= schema["minimum"] < schema["maximum"] <= DOUBLE or (schema["minimum"], schema["maximum"]) == (-10, 10)


def test_bounds_are_those_of_columns() -> None:
    """Few maxima, by what holds the number: a signed column, an id of a revision, an amount; else what the thing itself allows."""
    known = {INT, UNSIGNED, json_text.MAX_AMOUNT}
    others = {reference: schema["maximum"] for reference, schema in numbers() if schema["maximum"] not in known}
    assert others == {
        "agent#/properties/binding/properties/priority": 9,
        "batch#/$defs/request/properties/filter/properties/limit": 5_000,
        "dispatch#/properties/delay": 2_592_000,
        "dispatch#/properties/priority": 10,
        "job#/properties/priority": 10,
        "problem#/properties/status": 599,
        "run#/properties/priority": 10,
        "webhook#/$defs/claimed/properties/look_in": 3600,
        "webhook#/$defs/report/properties/results/items/properties/status/anyOf/0": 999,
    }


def test_numbers_of_schemas_in_code_have_bounds() -> None:
    """So do the schemas that the module's controllers hold themselves."""
    assert WRITTEN_IN_CODE
    for text in WRITTEN_IN_CODE:
        for found in re.findall(r"\{[^{}]*integer[^{}]*\}", text):
            schema = json.loads(found)
            assert 0 <= schema["minimum"] < schema["maximum"] <= INT


def test_the_vectors_name_every_number() -> None:
    """What the other language is asked is complete."""
    named = [case["schema"] for case in load(CONTRACTS / "vectors/bounds.json")["cases"]]
    assert named == [reference for reference, _ in numbers()]


@pytest.mark.parametrize("case", cases("bounds"))
def test_bounds(case: dict[str, Any]) -> None:
    """The bounds themselves are taken; beyond them, also 2^53, 2^63 and 1e999, nothing is."""
    document, _, pointer = case["schema"].partition("#")
    reference = {"$ref": f"{contracts.BASE}{document}.json#{pointer}"}
    validator = Draft202012Validator(reference, registry=contracts.registry())
    assert [text for text in case["taken"] if not validator.is_valid(json.loads(text))] == []
    assert [text for text in case["refused"] if validator.is_valid(json.loads(text))] == []


@pytest.mark.parametrize(
    ("text", "pointer"),
    [('{"a": [1, {"b/c": -1e999}], "d": 1e999}', "/a/1/b~1c"), ('{"a": {}, "b": [0, 1e400]}', "/b/1"), ("1e999", "")],
)
def test_a_number_that_nothing_holds_is_found(text: str, pointer: str) -> None:
    """JSON has no infinity: a number that becomes one is refused with its pointer, also where the contract says nothing."""
    with pytest.raises(ContractError) as refusal:
        json_text.loads(text)
    assert refusal.value.pointer == pointer


@pytest.mark.parametrize("text", ['{"a": NaN}', "Infinity", "[-Infinity]"])
def test_what_is_no_json_is_no_number(text: str) -> None:
    """Python's own reader takes them; PHP's does not."""
    with pytest.raises(ValueError, match="no number"):
        json_text.loads(text)


def test_other_numbers_stay() -> None:
    """Large ones that a double or an integer holds are not touched."""
    assert json_text.loads('[1e300, 9223372036854775808, 0.5, "1e999"]') == [1e300, 2**63, 0.5, "1e999"]
