"""The steps of a run, read from its journal: from which of them it can be retried, and what such a retry keeps.

`contracts/vectors/retry-steps` binds; the module does the same in `RetrySteps`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from sidecar.runs.checkpoint import Units

VERSION = "1"
"""Version of the journal's format. A journal of another version is not continued (`journal:version`)."""

MODEL = re.compile(r"s[0-9]+/model#([0-9]+)")
CALL = re.compile(r"s[0-9]+/([0-9]+)/([^@]+)@.*", re.DOTALL)


def step_of(unit: str) -> int | None:
    """The step that a model request or a tool call belongs to, from 1; None for other units."""
    if answer := MODEL.fullmatch(unit):
        return int(answer[1]) + 1
    call = CALL.fullmatch(unit)
    return int(call[1]) if call else None


def tools_of(units: Units) -> set[str]:
    """Names of the tools that were called."""
    return {call[2] for unit in units if (call := CALL.fullmatch(unit))}


def offered(units: Units) -> list[int]:
    """The steps from which the run can be retried: all before them are whole. Step 1 is the beginning and not among them."""
    answers, calls = dict[int, Any](), Counter[int]()
    for unit, record in units.items():
        if "v" in record and (answer := MODEL.fullmatch(unit)):
            answers[int(answer[1]) + 1] = (record.get("c") or {}).get("tool_calls")
        elif "v" in record and (call := CALL.fullmatch(unit)):
            calls[int(call[1])] += 1
    whole = 0
    while isinstance(asked := answers.get(whole + 1), int) and calls[whole + 1] >= asked:
        whole += 1
    begun = whole + 1 in answers or (whole > 0 and answers[whole] > 0)
    return list(range(2, whole + 1 + begun))


def usage(units: Units, names: Iterable[str]) -> dict[str, int]:
    """What these units have cost, as each counts itself."""
    return {name: sum(int((record.get("c") or {}).get(name, 0)) for record in units.values()) for name in names}


def kept(units: Units, step: int) -> Units:
    """The finished units of all steps before this one."""
    return {unit: r for unit, r in units.items() if "v" in r and (own := step_of(unit)) is not None and own < step}
