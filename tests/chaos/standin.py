"""The stand-in as a target, with its outbox in SQLite or in a MariaDB of the bench's own."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from demo.standin import StandIn
from demo.standin.mariadb import MariaDbOutbox
from demo.standin.problems import Problem
from tests.chaos.schedule import DATABASE_WEIGHTS, WEIGHTS
from tests.chaos.target import NotNow
from tests.support.mariadb import MariaDb, url_of

OUTBOX_PRIVILEGES = "SELECT, UPDATE ON drupal.background_agents_outbox"


class StandInTarget:
    """Implements `Target`."""

    def __init__(self, folder: Path, intake: str) -> None:
        self._folder, self._intake = folder, intake
        self._server: MariaDb | None = None
        self._outbox: MariaDbOutbox | None = None
        self.attacks: dict[str, Callable[[], Any]] = {}
        self.weights = WEIGHTS | (DATABASE_WEIGHTS if intake == "mysql" else {})

    def start(self) -> None:
        if self._intake == "mysql":
            (self._folder / "mariadb").mkdir()
            self._server = MariaDb(self._folder / "mariadb")
            server = self._server.__enter__()
            self.attacks = {"kill_database": lambda: self._kill_database(server), "cut_database": server.cut}
            self._outbox = MariaDbOutbox(self._server.account("drupal"), time.time)
        self._drupal = StandIn(db=str(self._folder / "drupal.sqlite"), outbox=self._outbox)
        self._drupal.start()
        self.url = self.direct = self._drupal.url
        self.secret, self.faults = self._drupal.secret, self._drupal.faults

    def stop(self) -> None:
        if hasattr(self, "_drupal"):
            self._drupal.stop()
        if self._outbox is not None:
            self._outbox.close()
        if self._server is not None:
            self._server.__exit__(None, None, None)

    def environment(self) -> dict[str, str]:
        if self._server is None:
            return {}
        return {"SIDECAR_DATABASE_URL": url_of(self._server.account("sidecar", OUTBOX_PRIVILEGES))}

    def push_to(self, url: str) -> None:
        if self._intake == "push":
            self._drupal.push_to(url)

    def add_agents(self, names: list[str], binding: dict[str, Any], tools: list[str]) -> None:
        for name in names:
            self._drupal.add_agent(name, tools=tools, **binding)

    def dispatch(self, agent: str, name: str) -> None:
        try:
            self._drupal.dispatch(agent, {"name": name})
        except Problem as problem:
            raise NotNow(str(problem)) from problem

    def runs(self) -> list[dict[str, Any]]:
        try:
            return [run | {"name": run["input"]["name"]} for run in self._drupal.runs]
        except Problem as problem:
            raise NotNow(str(problem)) from problem

    def events(self, run: str) -> list[dict[str, Any]]:
        return self._drupal.events(run)

    def drafts(self, run: str) -> list[dict[str, Any]]:
        return self._drupal.drafts(run)

    def outbox(self) -> list[str]:
        return [row.run for row in self._drupal.site.outbox.unfinished(1_000)]

    def unexplained(self) -> list[str]:
        sql = (
            "SELECT r.vid, r.published, c.id AS change FROM revision r LEFT JOIN change c ON c.revision = r.vid "
            "WHERE r.author IN (SELECT account FROM run)"
        )
        rows = self._drupal.site.store.all(sql)
        found = [f"revision {row['vid']} of an agent belongs to no change" for row in rows if row["change"] is None]
        return found + [f"revision {row['vid']} of an agent is published" for row in rows if row["published"]]

    def decide(self, run: str, question: str, decision: str) -> None:
        try:
            self._drupal.site.commands.give(run, "decide", {"id": question, "decision": decision}, "the person")
        except Problem as problem:
            raise NotNow(str(problem)) from problem

    def maintenance(self, on: bool) -> None:
        self._drupal.site.store.set("maintenance", on)

    def stop_agents(self, on: bool) -> None:
        self._drupal.site.stop_agents(on)

    def _kill_database(self, server: MariaDb) -> None:
        server.kill()
        server.start()
