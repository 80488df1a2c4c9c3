"""The compiled validator says nothing else than the one that it stands for."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sidecar import contracts
from sidecar.errors import ContractError
from tests.contract.cases import CONTRACTS, cases, examples, load

ODD = (
    None,
    True,
    0,
    -1,
    1,
    1.0,
    1.5,
    10**30,
    1e300,
    "",
    "x",
    "x\n",
    "ä",
    "٣",
    "\ud800",
    [],
    {},
    [1, 1],
    {"x": []},
    "x" * 300,
)
CHANGES = 8
KINDS = sorted({path.name.removesuffix(".schema.json") for path in CONTRACTS.glob("*.schema.json")} - {"common"})


def same(kind: str, document: Any) -> None:
    """Both validators agree; where the compiled one cannot read a document, the other one decides."""
    try:
        found = contracts.compiled(kind).is_valid(document)
    except ValueError:
        return
    if found:
        assert contracts.validator(kind).is_valid(document), "the compiled one must not be looser"
    assert contracts.fits(kind, document) == contracts.validator(kind).is_valid(document)


def kinds_of(document: str) -> Iterator[str]:
    """The schema of an example's document, and each of its definitions."""
    schema = load(CONTRACTS / f"{document}.schema.json")
    yield document
    yield from (f"{document}#{name}" for name in schema.get("$defs", ()))


@pytest.mark.parametrize(("document", "path"), examples())
def test_the_same_verdict_on_every_example(document: str, path: Path) -> None:
    """By the whole schema, and by each of its definitions."""
    example = load(path)
    for kind in kinds_of(document):
        same(kind, example)
        same(kind, example.get("document", example))


@pytest.mark.parametrize(("document", "path"), examples())
def test_the_same_verdict_when_one_value_is_another(document: str, path: Path) -> None:
    """Documents near the examples, changed at random places by a seed that is the example's name."""
    chance, example = random.Random(f"{document}/{path.name}"), load(path)
    for _ in range(CHANGES):
        same(document, changed(example, chance))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", ODD, ids=repr)
def test_the_same_verdict_on_what_is_no_document(kind: str, value: Any) -> None:
    """Whatever a peer sends."""
    same(kind, value)


@pytest.mark.parametrize("case", cases("unknown-members"))
def test_the_same_verdict_on_documents_with_unknown_members(case: dict[str, Any]) -> None:
    """The vectors that are judged by a contract."""
    document, _, definition = case["document"].partition("#/$defs/")
    same(f"{document}#{definition}" if definition else document, case["request"])


def test_a_number_at_the_bounds_of_64_bits_is_judged_alike() -> None:
    """The compiled one must not round what does not fit its numbers."""
    job = load(CONTRACTS / "examples/job/valid-minimal.json")
    for attempt in (2**31 - 1, 2**31, 2**63 - 1, 2**63, 2**64, 1.0, 2147483647.0, 1e400):
        same("job", job | {"attempt": attempt})


def test_what_the_compiled_one_cannot_read_is_judged_all_the_same() -> None:
    """A lone surrogate in a text is allowed by the contract of a job, and refused where a pattern does not hold it."""
    job = load(CONTRACTS / "examples/job/valid-minimal.json")
    contracts.check("job", job | {"input": {"topic": "\ud800"}})
    with pytest.raises(ContractError) as refused:
        contracts.check("job", job | {"run": "\ud800"})
    assert refused.value.pointer == "/run"


def changed(example: Any, chance: random.Random) -> Any:
    """A copy with one value replaced, removed or added."""
    document = copy.deepcopy(example)
    places = list(_places(document))
    if not places:
        return chance.choice(ODD)
    holder, key = chance.choice(places)
    match chance.randrange(3):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[f"{key}_more"] = chance.choice(ODD)
        case _:
            holder[key] = chance.choice(ODD)
    return document


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield value, key
        yield from _places(inner)
