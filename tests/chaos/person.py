"""The person who is asked when a call is in doubt: looks at what really happened, and says so."""

from __future__ import annotations

from tests.chaos.world import World


class Person:
    """Answers each question once. `answered`: how often what was said."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._asked: set[str] = set()
        self.answered: list[tuple[str, str]] = []

    def look(self) -> None:
        """Answers what is open now."""
        drupal = self._world.drupal
        for run in drupal.runs:
            if run["state"] != "waiting" or run.get("waiting_for") != "approval":
                continue
            asked = [e["data"] for e in drupal.events(run["uuid"]) if e["type"] == "approval_requested"]
            if not asked or asked[-1]["id"] in self._asked:
                continue
            question = asked[-1]
            self._asked.add(question["id"])
            item = question["arguments"]["item"]
            done = any(line.split(" ", 1)[1] == item for line in self._world.effects.read_text().splitlines())
            decision = "done" if done else "again"
            drupal.site.runs.command(run["uuid"], "decide", {"id": question["id"], "decision": decision}, "the person")
            self.answered.append((item, decision))
