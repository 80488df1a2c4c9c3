"""The schemas, the examples and the vector files keep their own rules."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sidecar import contracts
from tests.contract import generate_vectors
from tests.contract.cases import CONTRACTS, ROOT, cases, examples, load

SCHEMAS = sorted(CONTRACTS.glob("*.schema.json"))
VECTOR_SCHEMAS = sorted((CONTRACTS / "vectors").glob("*.schema.json"))
EVENT_TYPES = sorted(load(CONTRACTS / "event.schema.json")["$defs"])


def stem(path: Path) -> str:
    """`agent` of `agent.schema.json`."""
    return path.name.removesuffix(".schema.json")


@pytest.mark.parametrize("path", [*SCHEMAS, *VECTOR_SCHEMAS], ids=stem)
def test_is_a_json_schema_with_its_own_id(path: Path) -> None:
    """Each schema is valid 2020-12 and its $id ends with its name."""
    schema = load(path)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"].endswith(f"/{stem(path)}.json")


@pytest.mark.parametrize("path", SCHEMAS, ids=stem)
def test_patterns_mean_the_same_in_both_languages(path: Path) -> None:
    r"""No \d, \w, \s: Python's match other alphabets' digits and letters, PHP's do not."""
    patterns = re.findall(r'"pattern": (".*")', path.read_text(encoding="utf-8"))
    assert [pattern for pattern in patterns if re.search(r"\\[dwsDWSbB]", json.loads(pattern))] == []


@pytest.mark.parametrize(("document", "path"), examples())
def test_example_is_what_its_name_says(document: str, path: Path) -> None:
    """A valid example fits its document, an invalid one does not."""
    errors = list(contracts.problems(document, load(path)))
    assert path.name.startswith(("valid-", "invalid-"))
    assert bool(errors) == path.name.startswith("invalid-"), errors


def test_every_document_has_examples_of_both_kinds() -> None:
    """No schema without an example that fits and one that does not."""
    for path in SCHEMAS:
        names = {found.name.split("-")[0] for found in (CONTRACTS / "examples" / stem(path)).glob("*.json")}
        assert names == {"valid", "invalid"} or stem(path) == "common", stem(path)


@pytest.mark.parametrize("type", EVENT_TYPES)
def test_every_event_type_has_examples_of_both_kinds(type: str) -> None:
    """Each type of the event schema is shown, valid and invalid."""
    files = {path.name: load(path) for path in (CONTRACTS / "examples" / "event").glob("*.json")}
    kinds = {name.split("-")[0] for name, document in files.items() if document.get("type") == type}
    assert kinds == {"valid", "invalid"}


def test_every_event_type_is_checked() -> None:
    """No type with a definition that the schema does not apply to events of that type."""
    applied = [rule["if"]["properties"]["type"]["const"] for rule in load(CONTRACTS / "event.schema.json")["allOf"]]
    assert sorted(applied) == EVENT_TYPES


@pytest.mark.parametrize("name", sorted(generate_vectors.documents()))
def test_vector_file_is_as_generated(name: str) -> None:
    """The committed files are what the generator writes."""
    text = (CONTRACTS / "vectors" / f"{name}.json").read_text(encoding="ascii")
    assert text == generate_vectors.rendered(generate_vectors.documents()[name]), (
        "run: python3 -m tests.contract.generate_vectors"
    )


@pytest.mark.parametrize("path", VECTOR_SCHEMAS, ids=stem)
def test_vectors_fit_their_schema(path: Path) -> None:
    """Each vector file fits its schema, and its ids are unique."""
    document = load(path.with_name(f"{stem(path)}.json"))
    Draft202012Validator(load(path)).validate(document)
    for part in (part for part in document.values() if isinstance(part, list)):
        ids = [case["id"] for case in part if "id" in case]
        assert len(ids) == len(set(ids))


def test_every_vector_file_has_a_schema() -> None:
    """No file that nothing describes."""
    files = {path.stem for path in (CONTRACTS / "vectors").glob("*.json") if not path.name.endswith(".schema.json")}
    assert files == {stem(path) for path in VECTOR_SCHEMAS} == set(generate_vectors.documents())


@pytest.mark.parametrize("path", SCHEMAS, ids=stem)
def test_module_carries_the_same_schema(path: Path) -> None:
    """The module is installed without this repository: its copy is the same file."""
    copy = ROOT / "drupal_module" / "contracts" / path.name
    assert copy.read_bytes() == path.read_bytes(), "run: make contracts"


def test_module_carries_no_other_schemas() -> None:
    """Nothing stays behind in the module when a schema is renamed."""
    copies: list[Any] = [path.name for path in (ROOT / "drupal_module" / "contracts").glob("*")]
    assert sorted(copies) == [path.name for path in SCHEMAS]


@pytest.mark.parametrize("case", cases("unknown-members"))
def test_what_is_unknown_in_a_request_is_named(case: dict[str, Any]) -> None:
    """Requests of people and programs are closed: pointer and sentence name each unknown member, and what is near it."""
    document, _, definition = case["document"].partition("#/$defs/")
    said = list(contracts.problems(f"{document}#{definition}" if definition else document, case["request"]))
    assert sorted(said, key=str) == sorted(case["unknown"], key=str)
