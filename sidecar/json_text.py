"""JSON that both sides can hold: how it is read, and how large its numbers may be."""

from __future__ import annotations

import json
import math
from typing import Any, TypeAlias, TypeGuard

from sidecar.errors import ContractError

JSON: TypeAlias = Any
"""A value of JSON whose members nobody has given names to: a JSON Schema, arguments of a tool, input, settings of a model."""

MAX_COUNTER = 2_147_483_647
"""The highest attempt, generation, event, step: what a column of Drupal holds."""
MAX_AMOUNT = 1_000_000_000_000_000
"""The highest number of tokens, and of millionths of money."""


def is_object(value: JSON) -> TypeGuard[dict[str, JSON]]:
    """Whether a value is an object of JSON."""
    return isinstance(value, dict)


def is_list(value: JSON) -> TypeGuard[list[JSON]]:
    """Whether a value is a list of JSON."""
    return isinstance(value, list)


def members(value: JSON) -> dict[str, JSON]:
    """The members of an object that may be absent. PHP writes an empty map as an empty list: both have none."""
    return value or {}


def elements(value: JSON) -> list[JSON]:
    """The elements of a list that may be absent."""
    return value or []


def loads(text: str | bytes) -> JSON:
    """Decode JSON whose numbers can be stored and sent again.

    Raises ValueError when it is no JSON (`NaN` is none), and ContractError with the pointer of a number like 1e999.
    """
    try:
        return json.loads(text, parse_float=_finite, parse_constant=_no_number)
    except OverflowError:
        where = _not_finite(json.loads(text))
        raise ContractError(f"The number at {where or 'the top'} is too large to be stored.", where) from None


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise OverflowError(text)
    return number


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON.")


def _not_finite(value: JSON) -> str:
    """JSON pointer of the first infinite number of a document that holds one."""
    pairs = value.items() if is_object(value) else enumerate(value) if is_list(value) else ()
    for name, member in pairs:
        if isinstance(member, float) and math.isinf(member):
            return escaped(name)
        if below := _not_finite(member):
            return escaped(name) + below
    return ""


def escaped(part: Any) -> str:
    """One step of a JSON pointer."""
    return f"/{str(part).replace('~', '~0').replace('/', '~1')}"
