"""A real Drupal as a target, named as for the site tests. The sidecar reaches it through the fault proxy, the bench directly."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import httpx
import pymysql

from tests.chaos.proxy import FaultProxy
from tests.chaos.schedule import WEIGHTS
from tests.chaos.target import NotNow
from tests.site.drupal import ISOLATION_LEVELS, SECRET, SETTINGS, Site, outbox_account
from tests.site.people import Person

SITE_WEIGHTS = WEIGHTS | {"drupal_is_slow": 3}
OWN = "chaos_%"
# The bench measures no limits: what a site allows by default would only make it slow.
LIMITS = {"concurrency": 100, "writes_per_hour": 100_000}
STOP_SWITCH = "\\Drupal::service('Drupal\\background_agents\\StopSwitch')->{};"
MAINTENANCE = "\\Drupal::state()->set('system.maintenance_mode', {});"


class SiteTarget:
    """Implements `Target`. `intake`: push, mysql or http. Raises RuntimeError when no site is named."""

    secret = SECRET

    def __init__(self, intake: str) -> None:
        site = Site.from_environment()
        if site is None:
            raise RuntimeError(
                f"Neither the environment nor {SETTINGS} names a Drupal site; see docs/reference/testing.md."
            )
        self._site, self._intake = site, intake
        self._proxy = FaultProxy(site.url)
        self.url, self.direct, self.faults = self._proxy.url, site.url, self._proxy.faults
        self.attacks = {"cut_database": self._cut_database} if intake == "mysql" else {}
        self.weights = SITE_WEIGHTS | ({"cut_database": 4} if intake == "mysql" else {})
        self._account: str | None = None
        self._sidecar = ""
        self._settings: dict[str, Any] | None = None
        self._stack = ExitStack()

    def start(self) -> None:
        self._stack.callback(self._site.close)
        self._site.prepare(ISOLATION_LEVELS[0])
        if self._intake == "mysql":
            self._account = self._stack.enter_context(outbox_account(self._site))
        self._proxy.start()
        self._stack.callback(self._proxy.stop)

    def stop(self) -> None:
        if self._settings is not None:
            self._site.script("chaos.php", json.dumps({"do": "clean", "settings": self._settings}))
        self._stack.close()

    def environment(self) -> dict[str, str]:
        return {"SIDECAR_DATABASE_URL": self._account} if self._account else {}

    def push_to(self, url: str) -> None:
        self._sidecar = url if self._intake == "push" else ""

    def add_agents(self, names: list[str], binding: dict[str, Any], tools: list[str]) -> None:
        agents = [
            {
                "id": f"chaos_{name}",
                "definition": {"system_prompt": "You are a test.", "tools": tools},
                "binding": binding | {"limits": LIMITS},
            }
            for name in names
        ]
        asked = {"do": "make", "agents": agents, "transport": self._intake, "sidecar_url": self._sidecar}
        made = self._site.script("chaos.php", json.dumps(asked))
        self._settings = made["settings"]
        if made["others"]:
            raise RuntimeError(f"The site's outbox holds {made['others']} other runs. End them, or take another site.")
        self._accounts = list(made["accounts"].values())
        self._editor = Person(self._site, "chaos_editor")
        self._stack.callback(self._editor.http.close)

    def dispatch(self, agent: str, name: str) -> None:
        self._post("runs", {"agent": f"chaos_{agent}", "input": {"name": name}}, 201)

    def decide(self, run: str, question: str, decision: str) -> None:
        self._post(f"runs/{run}/decide", {"id": question, "decision": decision}, 202)

    def _post(self, path: str, document: dict[str, Any], expected: int) -> None:
        answer = self._editor.post(path, document)
        if answer.status_code == 503 or _code(answer) == "site_stopped":
            raise NotNow(answer.text[:200])
        if answer.status_code != expected:
            raise RuntimeError(f"The site answers {path} with {answer.status_code}: {answer.text[:500]}")

    def runs(self) -> list[dict[str, Any]]:
        rows = self._site.sql(
            "SELECT r.id, r.uuid, r.state, r.waiting_for, r.reason, r.message, r.generation, r.account, d.input "
            "FROM background_agents_run r JOIN background_agents_run_data d ON d.run = r.id WHERE r.agent LIKE %s ORDER BY r.id",
            OWN,
        )
        return [row | {"name": json.loads(row["input"])["name"]} for row in rows]

    def events(self, run: str) -> list[dict[str, Any]]:
        rows = self._site.sql(
            "SELECT e.seq, e.type, e.time, e.data FROM background_agents_event e JOIN background_agents_run r ON r.id = e.run "
            "WHERE r.uuid = %s ORDER BY e.seq",
            run,
        )
        return [row | {"data": json.loads(row["data"])} for row in rows]

    def drafts(self, run: str) -> list[dict[str, Any]]:
        return self._site.sql(
            "SELECT c.operation, c.target_uuid AS entity FROM background_agents_change c "
            "JOIN background_agents_run r ON r.id = c.run WHERE r.uuid = %s ORDER BY c.id",
            run,
        )

    def outbox(self) -> list[str]:
        return [row["run"] for row in self._site.sql("SELECT run FROM background_agents_outbox")]

    def unexplained(self) -> list[str]:
        rows = self._site.sql(
            "SELECT v.vid, f.status, c.id AS `change` FROM node_revision v "
            "JOIN node_field_revision f ON f.vid = v.vid AND f.nid = v.nid "
            "LEFT JOIN background_agents_change c ON c.target_type = 'node' AND c.target_revision = v.vid "
            "WHERE v.revision_uid IN %s",
            self._accounts,
        )
        found = [f"revision {row['vid']} of an agent belongs to no change" for row in rows if row["change"] is None]
        return found + [f"revision {row['vid']} of an agent is published" for row in rows if row["status"]]

    def maintenance(self, on: bool) -> None:
        self._site.php(MAINTENANCE.format("TRUE" if on else "FALSE"))

    def stop_agents(self, on: bool) -> None:
        self._site.php(STOP_SWITCH.format("stop(1, time())" if on else "start()"))

    def _cut_database(self) -> None:
        """Ends the connections of the outbox account; Drupal's own stay."""
        user = urlsplit(self._account or "").username
        for row in self._site.sql("SELECT id FROM information_schema.processlist WHERE user = %s", user):
            try:
                self._site.sql("KILL CONNECTION %s", row["id"])
            except pymysql.err.OperationalError as error:
                if error.args[0] != 1094:  # gone already
                    raise


def _code(answer: httpx.Response) -> str | None:
    """The code of a problem document."""
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        return answer.json().get("code")
    return None
