"""Vectors of closed requests: what is unknown in them is named, with what is near it."""

from __future__ import annotations

from typing import Any

DISPATCH = "agent, input, key, delay, priority, dry_run, limits, trigger"


def unknown_members() -> dict[str, Any]:
    """Requests of people and programs, and what is said about their unknown members."""
    return {
        "comment": "`unknown`: all that is said about a request, in any order; empty: nothing is unknown. Documents between the two "
        "sides are open for newer releases.",
        "cases": [
            _case("near", "dispatch", {"agent": "a", "inputs": {}}, ("/inputs", _near("inputs", "input"))),
            _case("far", "dispatch", {"agent": "a", "simulate": True}, ("/simulate", _none("simulate", DISPATCH))),
            _case("letters-swapped", "dispatch", {"agent": "a", "kye": "x"}, ("/kye", _near("kye", "key"))),
            _case("capitals", "dispatch", {"agent": "a", "Input": {}}, ("/Input", _near("Input", "input"))),
            _case(
                "longer", "dispatch", {"agent": "a", "trigger_type": "api"}, ("/trigger_type", _near("trigger_type", "trigger"))
            ),
            _case(
                "nested",
                "dispatch",
                {"agent": "a", "trigger": {"type": "api", "ids": "x"}},
                ("/trigger/ids", _near("ids", "id")),
            ),
            _case(
                "two",
                "dispatch",
                {"agent": "a", "inptu": {}, "a/b~c": 1},
                ("/inptu", _near("inptu", "input")),
                ("/a~1b~0c", _none("a/b~c", DISPATCH)),
            ),
            _case("known", "dispatch", {"agent": "a", "input": {"anything": {"dry_run": True}}}),
            _case("cancel", "command#/$defs/cancel", {"notes": "x"}, ("/notes", _near("notes", "note"))),
            _case("cancel-decision", "command#/$defs/cancel", {"id": "q"}, ("/id", _none("id", "note"))),
            _case("retry", "command#/$defs/retry", {"step": 3}, ("/step", _near("step", "from_step"))),
            _case("decide", "command#/$defs/decide", {"id": "q", "decision": "done", "by": "me"},
                  ("/by", _none("by", "id, decision, note"))),
            _case("open-job", "draft#/$defs/checkpoint", {"version": 1, "units": {}, "mood": "good"}),
        ],
    }  # fmt: skip


def _case(id: str, document: str, request: dict[str, Any], *unknown: tuple[str, str]) -> dict[str, Any]:
    said = [{"pointer": pointer, "detail": detail} for pointer, detail in unknown]
    return {"id": id, "document": document, "request": request, "unknown": said}


def _near(name: str, near: str) -> str:
    return f'There is no "{name}" here. Did you mean "{near}"?'


def _none(name: str, known: str) -> str:
    return f'There is no "{name}" here. There are: {known}.'
