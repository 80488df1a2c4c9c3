"""Why a drive ends: each answer of a script has one meaning, and no library swallows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sidecar
from sidecar.runs.endings import Cancelled, Fail, Halt, HandOver, Limit, Lost, Paused, Wait, read_answer

SCRIPTS = {path.name: path.read_text() for path in Path(sidecar.__file__).parent.rglob("lua/*.lua")}


@pytest.mark.parametrize("script", sorted(set(SCRIPTS) - {"_common.lua"}))
def test_a_script_reads_named_members_and_texts_in_turn(script: str) -> None:
    """And leaves the keys that it was given as they are; only `accept` has one more than all others. Pushes have their own."""
    assert not re.search(r"\bARGV\b|cjson\.decode", SCRIPTS[script])
    own = set() if script.startswith("push_") else set(re.findall(r"\bKEYS\[\w+\]", SCRIPTS[script]))
    assert own <= {"KEYS[13]"}
    assert not re.search(r"\b(KEYS\[\w+\]|keys\.\w+)( *, *[\w.\[\]]+)* *=(?!=)", SCRIPTS[script])


@pytest.mark.parametrize("script", ["start.lua", "finish.lua"])
def test_each_answer_of_a_script_has_a_meaning(script: str) -> None:
    """Commands among them: START answers the command as it was given."""
    answers = {*re.findall(r"return '([a-z_:]+)'", SCRIPTS[script])}
    assert answers >= {"ok", "stale"}
    assert {answer for answer in answers if read_answer(answer) is None} == {"ok"}


@pytest.mark.parametrize(
    ("answer", "ending"),
    [
        ("stale", Lost()),
        ("lost", Lost()),
        ("drain", HandOver("handed_over")),
        ("stop", HandOver("site_stopped")),
        ("cancel", Cancelled()),
        ("pause", Paused()),
        ("wait:drupal", Wait("drupal", "drupal:unavailable")),
        ("limit:budget_site", Limit("budget_site")),
    ],
)
def test_an_answer_is_read_as_an_ending(answer: str, ending: object) -> None:
    assert read_answer(answer) == ending


def test_an_answer_that_no_script_gives_is_a_defect() -> None:
    with pytest.raises(ValueError, match="No script answers 'maybe'"):
        read_answer("maybe")


def test_a_halt_passes_through_code_that_catches_every_exception() -> None:
    """Tools and libraries do."""

    def careless() -> str:
        try:
            raise Halt(Fail("engine:defect"))
        except Exception:
            return "swallowed"

    with pytest.raises(Halt) as caught:
        careless()
    assert caught.value.ending == Fail("engine:defect")
