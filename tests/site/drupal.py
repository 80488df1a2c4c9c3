"""What the site tests need of a Drupal: HTTP, Drush, the database."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pymysql

from sidecar.http import no_cookies

API = "/background-agents/v1"
SCRIPTS = Path(__file__).parent / "php"
MODULES = Path(__file__).parent / "modules"
SETTINGS = Path.home() / ".config/background-agents/site.env"
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
JSONAPI = "application/vnd.api+json"
# What Drupal recommends, and what MariaDB and MySQL do by themselves.
ISOLATION_LEVELS = ("READ-COMMITTED", "REPEATABLE-READ")


def settings_file() -> dict[str, str]:
    """The lines NAME=value of SETTINGS; empty when there is no such file."""
    if not SETTINGS.is_file():
        return {}
    lines = [
        line.partition("=") for line in SETTINGS.read_text().splitlines() if "=" in line and not line.startswith("#")
    ]
    return {name.strip(): value.strip().strip("\"'") for name, _, value in lines}


def given() -> dict[str, str]:
    """What the environment and SETTINGS name; the environment wins."""
    return settings_file() | os.environ


class SiteNotReady(Exception):
    """The site lacks something that the tests cannot bring; the text says what, a line each."""


class Site:
    """One Drupal site. Requests never follow redirects, and carry no cookies from one to the next."""

    def __init__(self, url: str, root: Path, drush: str, database: str) -> None:
        self.url, self.root, self._drush, self.database = url, root, drush, database
        self.http = httpx.Client(base_url=url, timeout=60, cookies=no_cookies())

    @classmethod
    def from_environment(cls) -> Site | None:
        """None when neither the environment nor SETTINGS names a site. The environment wins."""
        told = given()
        read = {name: told.get(f"BACKGROUND_AGENTS_SITE_{name}", "") for name in ("URL", "ROOT", "DRUSH", "DB")}
        return cls(read["URL"], Path(read["ROOT"]), read["DRUSH"], read["DB"]) if all(read.values()) else None

    def close(self) -> None:
        self.http.close()

    def prepare(self, isolation: str) -> None:
        """Brings a standard site to what the tests expect: secret, isolation level, modules, languages, workflow.

        Raises SiteNotReady with a sentence for each thing that only the owner of the site can bring.
        """
        self._settings(isolation)
        if missing := self.script("prepare.php")["missing"]:
            raise SiteNotReady("\n".join(missing))
        # Its name depends on the server and its version.
        variables = "SHOW VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation')"
        level = self.php(f'print \\Drupal::database()->query("{variables}")->fetchField(1);')
        if level != isolation:
            raise SiteNotReady(
                f"The site's connections work at {level}, not at {isolation}: settings.php sets another one."
            )

    @property
    def secret_file(self) -> Path:
        """The file that sets the site's secret."""
        directory = self.root / "web/sites/default"
        files = [directory / "settings.tests.php", directory / "settings.php"]
        return next(file for file in files if file.is_file() and SECRET in file.read_text())

    def _settings(self, isolation: str) -> None:
        """Writes settings.tests.php, which settings.php includes at its end."""
        directory = self.root / "web/sites/default"
        settings, ours = directory / "settings.php", directory / "settings.tests.php"
        level = f"SET SESSION TRANSACTION ISOLATION LEVEL {isolation.replace('-', ' ')}"
        lines = ["<?php", f"$databases['default']['default']['init_commands']['isolation_level'] = '{level}';"]
        text = settings.read_text()
        if "['secrets']" not in text:
            lines.append(f"$settings['background_agents']['secrets'] = ['{SECRET}'];")
        directory.chmod(0o755)
        ours.write_text("\n".join(lines) + "\n")
        if ours.name not in text:
            settings.chmod(0o644)
            with settings.open("a") as file:
                file.write(f"\n// Written by the tests of background_agents.\ninclude __DIR__ . '/{ours.name}';\n")

    def install(self, module: str) -> None:
        """Installs a module of tests/site/modules."""
        folder = self.root / "web/modules/custom" / module
        shutil.copytree(MODULES / module, folder, dirs_exist_ok=True)
        self.drush("pm:install", module, "-y")

    def uninstall(self, module: str) -> None:
        """Takes a module of tests/site/modules away."""
        self.drush("pm:uninstall", module, "-y")
        shutil.rmtree(self.root / "web/modules/custom" / module)

    def drush(self, *arguments: str) -> str:
        """What a Drush command prints; an exception with its errors when it fails."""
        done = subprocess.run([self._drush, *arguments], capture_output=True, text=True, timeout=180, check=False)
        assert done.returncode == 0, f"drush {arguments[0]}: {done.stderr}{done.stdout}"
        return done.stdout

    def script(self, name: str, *arguments: str) -> Any:
        """The JSON that a script of tests/site/php prints."""
        return json.loads(self.drush("php:script", str(SCRIPTS / name), "--", *arguments))

    def php(self, code: str) -> str:
        """What some PHP code prints in the booted site."""
        return self.drush("php:eval", code)

    def sql(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of a query."""
        with closing(self.connection()) as connection, connection.cursor() as cursor:
            cursor.execute(query, values)
            return list(cursor.fetchall())

    @contextmanager
    def locked(self, query: str, *values: Any) -> Iterator[None]:
        """Holds the locks that a query takes."""
        with closing(self.connection()) as connection, connection.cursor() as cursor:
            connection.begin()
            cursor.execute(query, values)
            yield
            connection.rollback()

    @contextmanager
    def editors_revision(self, node: str) -> Iterator[pymysql.connections.Connection[Any]]:
        """While an editor's revision of an item is written and not committed; ended by the connection's commit or rollback."""
        with closing(self.connection()) as connection, connection.cursor() as cursor:
            connection.begin()
            cursor.execute(
                "INSERT INTO node_revision (nid, langcode, revision_timestamp, revision_default) VALUES (%s, 'en', 0, 0)",
                (node,),
            )
            cursor.execute(
                "INSERT INTO node_field_revision (nid, vid, langcode, status, uid, title, created, changed, default_langcode, "
                "revision_translation_affected) VALUES (%s, %s, 'en', 0, 1, 'By the editor', 0, 0, 1, 1)",
                (node, cursor.lastrowid),
            )
            yield connection

    def await_lock_wait(self, part: str) -> None:
        """Waits until a query of this site that contains `part` waits for a lock, half a minute at most.

        The server shows what waits as of its last look, and looks anew only when nobody asked for a tenth of a second.
        """
        query = (
            "SELECT COUNT(*) AS n FROM information_schema.innodb_trx t "
            "JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id AND p.db = DATABASE() "
            "WHERE t.trx_state = 'LOCK WAIT' AND t.trx_query LIKE %s"
        )
        end = time.monotonic() + 30
        while self.sql(query, f"%{part}%")[0]["n"] == 0:
            assert time.monotonic() < end, f"No query with {part} waits for a lock."
            threading.Event().wait(0.15)

    def connection(self) -> pymysql.connections.Connection[Any]:
        """A connection of one's own, that commits by itself."""
        parts = urlsplit(self.database)
        return pymysql.connect(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or 3306,
            user=parts.username or "",
            password=parts.password or "",
            database=parts.path.lstrip("/"),
            cursorclass=pymysql.cursors.DictCursor,
            autocommit=True,
        )


@contextmanager
def outbox_account(site: Site) -> Iterator[str]:
    """A database account that may only SELECT and UPDATE the outbox; its URL. Raises MySQLError where none can be made."""
    parts = urlsplit(site.database)
    database, host, port = parts.path.lstrip("/"), parts.hostname or "127.0.0.1", parts.port or 3306
    # A name of the site's own: another site for tests may be on the same server.
    name, password = f"bga_{hashlib.sha256(database.encode()).hexdigest()[:12]}", "only-the-outbox"
    with closing(site.connection()) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE OR REPLACE USER %s@'%%' IDENTIFIED BY %s", (name, password))
        cursor.execute(f"GRANT SELECT, UPDATE ON `{database}`.background_agents_outbox TO %s@'%%'", (name,))
    try:
        yield f"mysql://{name}:{password}@{host}:{port}/{database}"
    finally:
        site.sql("DROP USER IF EXISTS %s@'%%'", name)


class Agents:
    """The agents of php/agents.php, and requests in their name."""

    def __init__(self, site: Site, made: dict[str, Any]) -> None:
        self.site = site
        self.accounts: dict[str, dict[str, Any]] = made["accounts"]
        self.runs: dict[str, dict[str, Any]] = made["runs"]
        self.items: dict[str, dict[str, Any]] = made["items"]

    def request(
        self, method: str, path: str, run: str | None = "agent", *, token: str | None = None, **options: Any
    ) -> httpx.Response:
        """A request with the token of a run, or with `token`; `run=None` and no token: anonymous."""
        headers = dict(options.pop("headers", {}))
        bearer = token if token is not None else (self.runs[run]["token"] if run else None)
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
        return self.site.http.request(method, path, headers=headers, **options)

    def jsonapi(
        self, method: str, path: str, run: str | None = "agent", data: Any = None, **options: Any
    ) -> httpx.Response:
        """A JSON:API request; `data` is the document's primary data."""
        headers = {"Accept": JSONAPI, "Content-Type": JSONAPI} | options.pop("headers", {})
        body = {} if data is None else {"json": {"data": data}}
        return self.request(method, path, run, headers=headers, **body, **options)

    def document(
        self, operation: str, run: str = "agent", item: str | None = None, /, **members: Any
    ) -> dict[str, Any]:
        """A draft request that is fine, but for what `members` say. A member that is None is left out."""
        document: dict[str, Any] = {
            "key": new_key(),
            "run": self.runs[run]["uuid"],
            "attempt": 1,
            "generation": 1,
            "operation": operation,
            "entity_type": "node",
            "bundle": "article",
            "fields": {"title": "A draft"},
            "summary": "Changed the title for the test.",
        }
        if item is not None:
            document |= {"entity": self.items[item]["uuid"], "expected_revision": self.items[item]["revision"]}
        return {name: value for name, value in (document | members).items() if value is not None}

    def post(self, document: dict[str, Any], run: str = "agent", **options: Any) -> httpx.Response:
        """Sends a draft request."""
        return self.request("POST", f"{API}/drafts", run, json=document, **options)

    def draft(self, operation: str, run: str = "agent", item: str | None = None, /, **members: Any) -> httpx.Response:
        """Makes a draft request and sends it."""
        return self.post(self.document(operation, run, item, **members), run)

    def tool(self, name: str, arguments: dict[str, Any], run: str = "agent") -> httpx.Response:
        """Calls a tool inside Drupal."""
        call = {"tool": name, "arguments": arguments, "run": self.runs[run]["uuid"], "attempt": 1, "generation": 1}
        return self.request("POST", f"{API}/tools", run, json=call)

    def hand_out(self, run: str, attempt: int) -> None:
        """As if the job had been claimed so often."""
        self.site.sql(
            "UPDATE background_agents_outbox SET attempt = %s WHERE run = %s", attempt, self.runs[run]["uuid"]
        )

    def live(self, item: str, langcode: str = "en") -> dict[str, Any]:
        """What visitors see: title, status and revision of the default revision."""
        rows = self.site.sql(
            "SELECT d.title, d.status, d.vid FROM node_field_data d JOIN node n ON n.nid = d.nid AND n.vid = d.vid "
            "WHERE d.nid = %s AND d.langcode = %s",
            self.items[item]["id"],
            langcode,
        )
        return rows[0] if rows else {}

    def newest(self, item: str | int, langcode: str = "en") -> dict[str, Any]:
        """The newest revision that changed a language: title, status, vid, author, log and moderation state."""
        nid = self.items[item]["id"] if isinstance(item, str) else item
        rows = self.site.sql(
            "SELECT r.title, r.status, r.vid, v.revision_uid, v.revision_log, m.moderation_state FROM node_field_revision r "
            "JOIN node_revision v ON v.vid = r.vid "
            "LEFT JOIN content_moderation_state_field_revision m ON m.content_entity_type_id = 'node' AND m.content_entity_id = r.nid "
            "AND m.content_entity_revision_id = r.vid AND m.langcode = r.langcode "
            "WHERE r.nid = %s AND r.langcode = %s AND r.revision_translation_affected = 1 ORDER BY r.vid DESC LIMIT 1",
            nid,
            langcode,
        )
        return rows[0] if rows else {}

    def changes(self, run: str = "agent", item: str | None = None) -> list[dict[str, Any]]:
        """The changes of a run, the oldest first; only those of an item."""
        sql = "SELECT * FROM background_agents_change WHERE run = %s"
        values: list[Any] = [self.runs[run]["id"]]
        if item is not None:
            sql, values = f"{sql} AND target_id = %s", [*values, str(self.items[item]["id"])]
        return self.site.sql(f"{sql} ORDER BY id", *values)


def new_key() -> str:
    """A key that no other request has."""
    return hashlib.sha256(uuid.uuid4().bytes).hexdigest()


def is_problem(response: httpx.Response, status: int, code: str) -> bool:
    """Whether the answer is a problem document with this status and code; prints what it is when not."""
    ok = (
        response.status_code == status
        and response.headers.get("content-type") == "application/problem+json"
        and response.json()["code"] == code
    )
    if not ok:
        print(response.status_code, response.headers.get("content-type"), response.text[:1000])
    return ok
