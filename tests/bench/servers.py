"""What the bench runs: MariaDB, Redis, a stand-in for Drupal, and the sidecar's processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from sidecar.settings import DatabaseSettings
from tests.support.ending import end
from tests.support.mariadb import MariaDb, url_of

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120.0


@contextmanager
def mariadb(folder: Path) -> Iterator[DatabaseSettings]:
    """A MariaDB of the bench's own. Raises RuntimeError when it is not installed."""
    with MariaDb(folder) as server:
        yield server.account("bench")


class Sidecar:
    """One process of the sidecar. `arguments`: `serve`, `worker`, or `-m ...` for a worker of the bench's own."""

    def __init__(self, arguments: list[str], settings: dict[str, str], log: Path) -> None:
        own = {name: value for name, value in os.environ.items() if not name.startswith("SIDECAR_")}
        env = (
            own
            | {f"SIDECAR_{name.upper()}": value for name, value in settings.items()}
            | {"SIDECAR_CONFIG": os.devnull}
        )
        command = [sys.executable, *(arguments if arguments[0] == "-m" else ["-m", "sidecar", *arguments])]
        self.log = log
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                command, env=env, cwd=ROOT, stdout=output, stderr=output, stdin=subprocess.DEVNULL
            )
        self._process = psutil.Process(self._popen.pid)

    def wait_for(self, words: str) -> None:
        """Return when the log says so. Raises RuntimeError with the log when it does not."""
        end = time.monotonic() + START_SECONDS
        while words not in self.log.read_text(errors="replace"):
            if self._popen.poll() is not None or time.monotonic() > end:
                raise RuntimeError(
                    f"A process of the sidecar does not start:\n{self.log.read_text(errors='replace')[-3000:]}"
                )
            time.sleep(0.05)

    @property
    def cpu_seconds(self) -> float:
        """User and system time so far."""
        times = self._process.cpu_times()
        return times.user + times.system

    @property
    def rss_mb(self) -> float:
        """Resident memory."""
        return self._process.memory_info().rss / 2**20

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self._popen.poll() is None

    def signal(self, number: int) -> None:
        """Send a signal to the process, if it is there."""
        if self.alive:
            self._popen.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and wait."""
        self._popen.kill()
        self._popen.wait(10)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when that does not help."""
        end(self._popen)


def settings_for(drupal: Any, redis_url: str, scripts: Path, database: DatabaseSettings | None) -> dict[str, str]:
    """The settings of all processes of one sidecar, without their prefix."""
    settings = {
        "site_url": drupal.url,
        "site_secret": drupal.secret,
        "redis_url": redis_url,
        "scripts_dir": str(scripts),
        "worker__capacity": "600",
        "limits__model_timeout": "600",
        "intake": "push",
    }
    if database is not None:
        settings["intake"] = "mysql"
        settings["database_url"] = url_of(database)
    return settings
