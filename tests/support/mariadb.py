"""A MariaDB of one's own, that can be killed and started again on the same data."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pymysql
from pydantic import SecretStr

from sidecar.settings import DatabaseSettings
from tests.support.ports import free_port

START_SECONDS = 120.0
DATABASE = "drupal"


class MariaDb:
    """A server that listens on loopback, with an empty database `drupal`. Use it as a context manager.

    Raises RuntimeError when MariaDB is not installed or does not start."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = shutil.which("mariadbd") or next(
            (str(p) for p in (Path("/usr/sbin/mariadbd"),) if p.exists()), ""
        )
        self._install = shutil.which("mariadb-install-db") or ""
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    def __enter__(self) -> Self:
        if not self._server or not self._install:
            raise RuntimeError("MariaDB is not installed: apt-get install mariadb-server, or do without mysql")
        making = [self._install, *self._options(), "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(making, check=True, capture_output=True)
        self.start()
        self.execute(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)

    def start(self) -> None:
        """Starts the server on the data that is there; returns when it answers."""
        more = [
            f"--socket={self._socket}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            f"--pid-file={self._folder / 'pid'}",
            f"--log-error={self._folder / 'mariadb.log'}",
            "--skip-log-bin",
        ]
        self._process = subprocess.Popen(
            [self._server, *self._options(), *more], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                self.execute("SELECT 1")
                return
            except pymysql.err.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"MariaDB does not start: {error}") from error
                time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL, and wait. What was committed is on the disk."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)

    def cut(self) -> int:
        """Ends all connections but our own; how many."""
        found = self.execute("SELECT id FROM information_schema.processlist WHERE user NOT IN ('root', 'system user')")
        cut = 0
        for (number,) in found:
            try:
                self.execute(f"KILL CONNECTION {int(number)}")
                cut += 1
            except pymysql.err.OperationalError as error:
                if error.args[0] != 1094:  # gone already
                    raise
        return cut

    def account(self, name: str, privileges: str = f"ALL ON {DATABASE}.*") -> DatabaseSettings:
        """A new account, with the privileges of a GRANT. `privileges` is put into the statement: never a stranger's."""
        password = f"{name}-for-tests"
        self.execute("CREATE USER %s@'127.0.0.1' IDENTIFIED BY %s", name, password)
        self.execute(f"GRANT {privileges} TO %s@'127.0.0.1'", name)
        return DatabaseSettings(
            host="127.0.0.1", port=self.port, user=name, password=SecretStr(password), name=DATABASE
        )

    def execute(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of a statement, as root."""
        with (
            pymysql.connect(unix_socket=str(self._socket), user="root", autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(sql, values or None)
            return list(cursor.fetchall())

    @property
    def _socket(self) -> Path:
        return self._folder / "mysql.sock"

    def _options(self) -> list[str]:
        user = ["--user=root"] if os.geteuid() == 0 else []
        return ["--no-defaults", f"--datadir={self._folder / 'data'}", *user]


def url_of(database: DatabaseSettings) -> str:
    """The address as SIDECAR_DATABASE_URL takes it."""
    secret = database.password.get_secret_value()
    return f"mysql://{database.user}:{secret}@{database.host}:{database.port}/{database.name}"
