"""The proof of `make chaos` sees each promise that is broken; its attacks are the seed's."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.chaos import proof
from tests.chaos.schedule import DATABASE_WEIGHTS, WEIGHTS, schedule

RUN = {"uuid": "u", "name": "run 0", "state": "completed", "reason": "done", "message": None, "waiting_for": None}


class Told:
    """A target that says what it was given: everything is well, but for `wrong`."""

    def __init__(self, **wrong: Any) -> None:
        events = [{"seq": 1, "type": "run_started"}, {"seq": 2, "type": "run_finished"}]
        drafts = [
            {"operation": "create", "entity": "a"},
            {"operation": "revise", "entity": "a"},
            {"operation": "create", "entity": "b"},
        ]
        given = {"runs": [RUN], "events": events, "drafts": drafts, "outbox": [], "unexplained": []} | wrong
        self.runs, self.outbox = (lambda: given["runs"]), (lambda: given["outbox"])
        self.events, self.drafts = (lambda run: given["events"]), (lambda run: given["drafts"])
        self.unexplained = lambda: given["unexplained"]


def violations(folder: Path, effects: str = "key run 0\n", **wrong: Any) -> list[str]:
    (folder / "effects").write_text(effects)
    world: Any = SimpleNamespace(drupal=Told(**wrong), effects=folder / "effects")
    return proof.violations(world, 1)


def test_all_is_well(tmp_path: Path) -> None:
    assert violations(tmp_path) == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"runs": [RUN | {"state": "failed", "reason": "x"}]}, "run 0: ended failed (x: None)"),
        ({"runs": [RUN, RUN]}, "run 0 was dispatched 2 times"),
        ({"runs": []}, "0 runs instead of 1"),
        ({"effects": ""}, "run 0: the call that cannot be repeated happened 0 times"),
        ({"effects": "key run 0\nkey run 0\n"}, "run 0: the call that cannot be repeated happened 2 times"),
        ({"events": [{"seq": 2, "type": "run_finished"}]}, "run 0: events are numbered [2]... with a gap or a double"),
        ({"events": [{"seq": 1, "type": "run_started"}]}, "run 0: 0 run_finished events"),
        ({"drafts": [{"operation": "create", "entity": "a"}]}, "run 0: drafts: ['create']"),
        ({"outbox": ["u"]}, "the outbox still holds the run u"),
        (
            {"unexplained": ["revision 7 of an agent belongs to no change"]},
            "revision 7 of an agent belongs to no change",
        ),
    ],
)
def test_a_broken_promise_is_seen(tmp_path: Path, wrong: dict[str, Any], sentence: str) -> None:
    assert sentence in violations(tmp_path, **wrong)


def test_the_attacks_of_a_seed_stay_what_they_are() -> None:
    """Else a failure could not be played again."""
    attacks = list(schedule(7, 10, 3, WEIGHTS))
    assert [attack.what for attack in attacks] == ["end_worker", "kill_worker", "kill_worker", "kill_worker", "flush"]
    assert attacks == list(schedule(7, 10, 3, WEIGHTS))


def test_a_database_is_attacked_where_there_is_one() -> None:
    met = {attack.what for attack in schedule(7, 600, 3, WEIGHTS | DATABASE_WEIGHTS)}
    assert met == {*WEIGHTS, *DATABASE_WEIGHTS}
