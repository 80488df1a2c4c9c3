"""From which steps a run can be retried, and what is kept then."""

from __future__ import annotations

from typing import Any

import pytest

from sidecar.runs import retry_steps
from tests.contract.cases import cases


def merged(checkpoints: list[dict[str, Any]]) -> retry_steps.Units:
    return {unit: record for checkpoint in checkpoints for unit, record in checkpoint["units"].items()}


@pytest.mark.parametrize("case", cases("retry-steps"))
def test_steps(case: dict[str, Any]) -> None:
    """The steps that are offered, and the units that are kept."""
    units = merged(case["checkpoints"])
    assert retry_steps.offered(units) == case["offered"]
    for step, names in case["kept"].items():
        assert list(retry_steps.kept(units, int(step))) == names


def test_usage() -> None:
    """Each unit says what it has cost."""
    units: retry_steps.Units = {
        "s0/model#0": {"c": {"steps": 1, "input_tokens": 70}},
        "s0/1/create_draft@a": {"c": {"writes": 1}},
        "s0/1/read@b": {},
    }
    assert retry_steps.usage(units, ["steps", "input_tokens", "writes", "cost_micros"]) == {
        "steps": 1,
        "input_tokens": 70,
        "writes": 1,
        "cost_micros": 0,
    }


def test_tools() -> None:
    """Their names, without ids."""
    units: retry_steps.Units = {"s0/model#0": {}, "s0/1/read_item@a@b": {}, "s0/2/send@c": {}, "s0/discover:shop": {}}
    assert retry_steps.tools_of(units) == {"read_item", "send"}
