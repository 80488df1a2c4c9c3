"""The real sidecar against the real Drupal."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pymysql
import pytest

from tests.site.drupal import Site, outbox_account
from tests.site.e2e import agents
from tests.site.e2e.system import Up, World, until
from tests.support.ports import free_port

SETTINGS = "\\Drupal::configFactory()->getEditable('background_agents.settings')->set('transport', '{}')->set('sidecar_url', '{}')->save();"
CALM = "\\Drupal::state()->deleteMultiple(['system.maintenance_mode', 'background_agents.stopped', 'background_agents.breaker']);"


class Mcp:
    """The project's MCP server as a process; `effects` has a line for each booking."""

    def __init__(self, folder: Path) -> None:
        self.effects, self.port = folder / "effects", free_port()
        self.effects.touch()
        self.url = f"http://127.0.0.1:{self.port}/mcp"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = Path(__file__).parents[2] / "support/mcp_server.py"
        self._process = subprocess.Popen([sys.executable, str(program), str(self.port), str(self.effects)])
        until(self._answers, 30, "the MCP server listens")

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    @property
    def bookings(self) -> int:
        return len(self.effects.read_text().splitlines())


@pytest.fixture(scope="session")
def mcp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mcp]:
    server = Mcp(tmp_path_factory.mktemp("mcp"))
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="module", params=["push", "mysql", "http"])
def any_world(
    request: pytest.FixtureRequest, site: Site, mcp: Mcp, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The world, by each transport in turn."""
    yield from _world(request.param, site, mcp, tmp_path_factory)


@pytest.fixture(scope="module")
def world(site: Site, mcp: Mcp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The world, by push: what these tests look at does not depend on the transport."""
    yield from _world("push", site, mcp, tmp_path_factory)


def _world(transport: str, site: Site, mcp: Mcp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as stack:
        database = None
        if transport == "mysql":
            try:
                database = stack.enter_context(outbox_account(site))
            except pymysql.MySQLError as error:
                pytest.skip(f"the account of BACKGROUND_AGENTS_SITE_DB cannot make another one: {error}")
        modules = site.drush("pm:list", "--format=list", "--no-core", "--type=module").split()
        if "eca" in modules:
            site.drush("pm:install", "eca_base", "eca_content", "background_agents_eca", "-y")
        up = Up(site, tmp_path_factory.mktemp(transport), transport, database)
        made = site.script("e2e.php", json.dumps(agents.specs(mcp.url)))
        agents.write_scripts(up)
        site.php(SETTINGS.format(transport, up.url if transport == "push" else ""))
        world = World(site, up, made)
        try:
            up.start()
            yield world
        finally:
            world.close()
            up.stop()
            site.php(SETTINGS.format("http", "") + CALM)
