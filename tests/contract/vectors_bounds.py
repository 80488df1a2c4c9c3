"""Vectors of numbers: each integer of the contracts takes its minimum and maximum, and nothing beyond."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
BEYOND = ("9007199254740993", "9223372036854775808", "1e999", "-1e999", "1e300")


def numbers() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every integer and number of the contracts: `<document>#<pointer>` and its schema."""
    for path in sorted(CONTRACTS.glob("*.schema.json")):
        for pointer, schema in _walk(json.loads(path.read_text(encoding="utf-8")), ""):
            yield f"{path.name.removesuffix('.schema.json')}#{pointer}", schema


def _walk(node: Any, pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        types = node.get("type")
        if {"integer", "number"} & set([types] if isinstance(types, str) else types if isinstance(types, list) else []):
            yield pointer, node
        for name, child in node.items():
            yield from _walk(child, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _walk(child, f"{pointer}/{index}")


def bounds() -> dict[str, Any]:
    """Texts of JSON numbers for each integer of the contracts, and whether they are taken."""
    return {
        "comment": "`schema`: an integer or number of the contracts. `taken` and `refused`: JSON texts, for not every language "
        "can hold their values.",
        "cases": [_case(reference, schema) for reference, schema in numbers()],
    }


def _case(reference: str, schema: dict[str, Any]) -> dict[str, Any]:
    least, most = schema["minimum"], schema["maximum"]
    refused = [str(least - 1), str(most + 1), *BEYOND, '"1"', "true"]
    if schema["type"] == "integer":
        refused.append(f"{least}.5")
    return {
        "id": reference,
        "schema": reference,
        "taken": [str(least), str(most), f"{least}.0"],
        "refused": refused,
    }
