"""Loads examples and vectors of `contracts/` as parameters of tests."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / "contracts"


def load(path: Path) -> Any:
    """A JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def vectors(name: str) -> dict[str, Any]:
    """A vector document, such as `signatures`."""
    return load(CONTRACTS / "vectors" / f"{name}.json")


def cases(name: str, part: str = "cases") -> list[Any]:
    """The cases of a vector document, named by their ids."""
    return [pytest.param(case, id=case["id"]) for case in vectors(name)[part]]


def examples() -> list[Any]:
    """Pairs of a document's name and the file of an example, named by both."""
    found = sorted((CONTRACTS / "examples").glob("*/*.json"))
    return [pytest.param(path.parent.name, path, id=f"{path.parent.name}/{path.stem}") for path in found]
