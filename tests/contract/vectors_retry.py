"""Vectors of a retry from a step: from which steps a run can be retried, and what is kept of it."""

from __future__ import annotations

from typing import Any


def retry_steps() -> dict[str, Any]:
    """Checkpoints of a run, the steps from which it can be retried, and the units that a retry from one of them keeps."""
    return {
        "comment": "`offered`: the steps from which the run can be retried; `kept`: for some of them, the names of the units kept then. "
        "A step is kept whole or not at all: its answer and all tool calls that the answer asked for (`c.tool_calls`) have a value `v`.",
        "cases": [
            _case("nothing", "Nothing is kept: only from the beginning.", [], []),
            _case("first-step-unfinished", "A call of the first step has no result.",
                  [{"s0/model#0": _answer(2), "s0/1/read_item@a": _done()}], []),
            _case("completed", "The last step is an answer without a call: there is no step behind it.",
                  [{"s0/model#0": _answer(1), "s0/1/read_item@a": _done(), "s0/model#1": _answer(0)}], [2],
                  {"2": ["s0/model#0", "s0/1/read_item@a"]}),
            _case("failed-before-an-answer", "The model failed in step 3: its calls before are all finished, so it can be asked again there.",
                  [{"s0/model#0": _answer(1), "s0/1/read_item@a": _done(), "s0/model#1": _answer(2), "s0/2/revise_draft@a": _done(),
                    "s0/2/read_item@b": _done(), "s0/model#2": {"n": 6}}], [2, 3],
                  {"2": ["s0/model#0", "s0/1/read_item@a"],
                   "3": ["s0/model#0", "s0/1/read_item@a", "s0/model#1", "s0/2/revise_draft@a", "s0/2/read_item@b"]}),
            _case("call-in-doubt", "A call of step 2 was started and not answered: it can be asked for anew, not passed over.",
                  [{"s0/model#0": _answer(1), "s0/1/read_item@a": _done(), "s0/model#1": _answer(1), "s0/2/send@b": {"n": 1}}], [2],
                  {"2": ["s0/model#0", "s0/1/read_item@a"]}),
            _case("hole", "What led to step 3 is not there: steps behind a hole cannot be reached.",
                  [{"s0/model#0": _answer(1), "s0/1/read_item@a": _done(), "s0/model#2": _answer(0)}], [2]),
            _case("two-checkpoints", "Later records of a unit replace earlier ones; units that belong to no step are never kept.",
                  [{"s0/discover:shop": {"n": 1, "v": []}, "s0/model#0": _answer(1), "s0/1/send@a": {"n": 1}},
                   {"s0/1/send@a": _done(), "s0/model#1": _answer(0)}], [2],
                  {"2": ["s0/model#0", "s0/1/send@a"]}),
            _case("answer-null", "`v` counts when it is there, whatever it is.",
                  [{"s0/model#0": _answer(1), "s0/1/read_item@x@y": {"n": 1, "v": None}}], [2],
                  {"2": ["s0/model#0", "s0/1/read_item@x@y"]}),
            _case("no-count", "An answer that does not tell its calls cannot be passed.",
                  [{"s0/model#0": {"n": 1, "v": {}}, "s0/model#1": _answer(0)}], []),
            _case("eleven-steps", "Steps are numbers, not texts.",
                  [{f"s0/model#{number}": _answer(0) for number in range(11)}], list(range(2, 12)),
                  {"3": ["s0/model#0", "s0/model#1"], "11": [f"s0/model#{number}" for number in range(10)]}),
        ],
    }  # fmt: skip


def _case(
    id: str,
    comment: str,
    checkpoints: list[dict[str, Any]],
    offered: list[int],
    kept: dict[str, list[str]] | None = None,
) -> dict[str, Any]:
    documents = [{"version": 1, "journal": "1", "units": units} for units in checkpoints]
    return {"id": id, "comment": comment, "checkpoints": documents, "offered": offered, "kept": kept or {}}


def _answer(calls: int) -> dict[str, Any]:
    return {"n": 1, "v": {"kind": "response"}, "c": {"tool_calls": calls, "steps": 1}}


def _done() -> dict[str, Any]:
    return {"n": 1, "v": "done"}
