"""The processes under attack: Redis, a Drupal (see target.py), an MCP server with a tool that cannot be repeated, the API, the workers."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from sidecar.embedded import EmbeddedRedis
from tests.chaos.target import Target
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(__file__).parent / "scripts"
START_SECONDS = 240.0


@dataclass
class Part:
    """A process that may be killed, stopped and started again. Its output goes to a file."""

    name: str
    command: list[str]
    env: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def start(self) -> None:
        """Starts it unless it runs."""
        if self.alive:
            return
        self.starts += 1
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.env, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    @property
    def alive(self) -> bool:
        """Whether the process is there (a stopped one is)."""
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        """Sends a signal to our own process, if it is there."""
        if self.process is not None and self.alive:
            self.process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and wait."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            self.process.wait(60)


@dataclass
class World:
    """Everything that runs. Use it as a context manager. `intake`: push, mysql or http."""

    folder: Path
    drupal: Target
    workers: int = 3
    intake: str = "push"
    capacity: int = 100
    redis: EmbeddedRedis = field(init=False)
    parts: dict[str, Part] = field(init=False, default_factory=dict)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.redis = EmbeddedRedis(self.folder / "redis", fsync="everysec")
        try:
            self.drupal.start()
            self.redis.start()
            self._add_parts()
            for part in self.parts.values():
                part.start()
            self.drupal.push_to(f"http://127.0.0.1:{self.api_port}")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends everything."""
        for part in self.parts.values():
            part.signal(signal.SIGCONT)
            part.kill()
        self.redis.stop()
        self.drupal.stop()

    @property
    def effects(self) -> Path:
        """Where the MCP server notes what it did, a line for each time."""
        return self.folder / "effects"

    def _add_parts(self) -> None:
        self.api_port, self.mcp_port = free_port(), free_port()
        self.effects.touch()
        env = {name: value for name, value in os.environ.items() if not name.startswith("SIDECAR_")} | {
            "SIDECAR_REDIS_URL": self.redis.url,
            "SIDECAR_SITE_URL": self.drupal.url,
            "SIDECAR_SITE_SECRET": self.drupal.secret,
            "SIDECAR_INTAKE": self.intake,
            "SIDECAR_PORT": str(self.api_port),
            "SIDECAR_SCRIPTS_DIR": str(self._scripts()),
            "SIDECAR_ALLOWED_PRIVATE_HOSTS": f"127.0.0.1:{self.mcp_port}",
            "SIDECAR_WORKER__CAPACITY": str(self.capacity),
            "SIDECAR_LOG_LEVEL": "info",
            "SIDECAR_CONFIG": os.devnull,
            **self.drupal.environment(),
        }
        sidecar = [sys.executable, "-m", "sidecar"]
        self._part("mcp", [sys.executable, "tests/support/mcp_server.py", str(self.mcp_port), str(self.effects)], env)
        self._part("api", [*sidecar, "serve"], env)
        for number in range(self.workers):
            self._part(
                f"worker{number}", [*sidecar, "worker"], env | {"SIDECAR_WORKER__SLOT": f"chaos-{os.getpid()}-{number}"}
            )

    def _part(self, name: str, command: list[str], env: dict[str, str]) -> None:
        self.parts[name] = Part(name, command, env, self.folder / f"{name}.log")

    def _scripts(self) -> Path:
        """A copy, because the model counts its tries beside its scripts."""
        target = self.folder / "scripts"
        target.mkdir(exist_ok=True)
        for script in SCRIPTS.glob("*.json"):
            (target / script.name).write_text(script.read_text())
        return target

    def wait_until_up(self) -> None:
        """Bounded: the API answers and each worker has logged that it is ready."""
        import httpx

        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            with contextlib.suppress(httpx.HTTPError):
                ready = httpx.get(f"http://127.0.0.1:{self.api_port}/health", timeout=30).status_code == 200
                logs = [part.log.read_text() for name, part in self.parts.items() if name.startswith("worker")]
                if ready and all("worker_started" in log for log in logs):
                    return
            time.sleep(0.1)
        raise TimeoutError(f"The sidecar did not come up within {START_SECONDS:g} s; see {self.folder}.")

    def restart_redis(self, *, empty: bool) -> None:
        """Kills Redis and starts it again, with what its file still holds or with nothing."""
        pid = self.redis.pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        self.redis.stop()
        if empty:
            for file in sorted((self.folder / "redis").rglob("*.aof*")):
                file.unlink()
        self.redis.start()

    def flush(self) -> None:
        """FLUSHALL."""
        import redis

        with redis.Redis.from_url(self.redis.url) as client:
            client.flushall()

    def add_agents(self, names: list[str], script: str) -> None:
        """Agents whose scripted model takes another path when it is asked again."""
        server = {
            "name": "booking",
            "url": f"http://127.0.0.1:{self.mcp_port}/mcp",
            "tools": ["booking_book", "weather"],
        }
        binding = {"model": f"scripted:{script}", "mcp_servers": [server], "limits": {}}
        self.drupal.add_agents(
            names, binding, ["read_item", "find_items", "create_draft", "revise_draft", "mcp:booking"]
        )
