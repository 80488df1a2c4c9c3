"""The person who is asked when a call is in doubt: looks at what really happened, and says so."""

from __future__ import annotations

from tests.chaos.target import NotNow
from tests.chaos.world import World


class Person:
    """Answers each question once. `answered`: how often what was said."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._asked: set[str] = set()
        self.answered: list[tuple[str, str]] = []

    def look(self) -> None:
        """Answers what is open now. Where the site does not listen, the person comes again."""
        try:
            for run in self._world.drupal.runs():
                if run["state"] == "waiting" and run["waiting_for"] == "approval":
                    self._answer(run["uuid"])
        except NotNow:
            return

    def _answer(self, run: str) -> None:
        drupal = self._world.drupal
        asked = [event["data"] for event in drupal.events(run) if event["type"] == "approval_requested"]
        if not asked or asked[-1]["id"] in self._asked:
            return
        question = asked[-1]
        item = question["arguments"]["item"]
        done = any(line.split(" ", 1)[1] == item for line in self._world.effects.read_text().splitlines())
        decision = "done" if done else "again"
        drupal.decide(run, question["id"], decision)
        self._asked.add(question["id"])
        self.answered.append((item, decision))
