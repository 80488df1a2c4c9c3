"""Servers for the tests, started by the tests themselves: Redis (embedded) and MariaDB (when it is installed)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymysql
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pydantic import SecretStr

from sidecar import log
from sidecar.embedded import EmbeddedRedis
from sidecar.settings import DatabaseSettings
from tests.support.ports import free_port

# Plain: a rich traceback of a defect takes seconds.
log.configure("warning", json_lines=True)

# A busy machine is no failure of a property.
hypothesis_settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("patient")

CI = bool(os.environ.get("CI"))


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """A Redis of this test session, without a file that is flushed on every write."""
    with EmbeddedRedis(tmp_path_factory.mktemp("redis"), fsync="no") as server:
        yield server


@pytest.fixture
def redis_url(redis_server: EmbeddedRedis) -> str:
    """The address of an empty Redis."""
    import redis

    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture(scope="session")
def mariadb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseSettings]:
    """A MariaDB of this test session, with a user `test` who may do everything in the database `drupal_test`."""
    server, install = shutil.which("mariadbd") or _sbin("mariadbd"), shutil.which("mariadb-install-db")
    if not server or not install:
        if CI:
            pytest.fail("MariaDB is missing: install mariadb-server")
        pytest.skip("MariaDB is not installed (apt-get install mariadb-server)")
    base = tmp_path_factory.mktemp("mariadb")
    options = ["--no-defaults", f"--datadir={base / 'data'}"] + (["--user=root"] if os.geteuid() == 0 else [])
    subprocess.run(
        [install, *options, "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True,
        capture_output=True,
    )
    port = free_port()
    process = subprocess.Popen(
        [
            server,
            *options,
            f"--socket={base / 'mysql.sock'}",
            f"--port={port}",
            "--bind-address=127.0.0.1",
            f"--pid-file={base / 'pid'}",
            f"--log-error={base / 'log'}",
            "--innodb-buffer-pool-size=32M",
            "--skip-log-bin",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for_mariadb(base, process)
        yield DatabaseSettings(host="127.0.0.1", port=port, user="test", password=SecretStr("test"), name="drupal_test")
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture
def mariadb(mariadb_server: DatabaseSettings) -> DatabaseSettings:
    """A MariaDB database without tables."""
    with pymysql.connect(**connect_arguments(mariadb_server)) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        for (table,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE `{table}`")
    return mariadb_server


def connect_arguments(database: DatabaseSettings) -> dict[str, Any]:
    """For `pymysql.connect`."""
    return {
        "host": database.host,
        "port": database.port,
        "user": database.user,
        "password": database.password.get_secret_value(),
        "database": database.name,
        "autocommit": True,
    }


def _sbin(name: str) -> str | None:
    path = Path("/usr/sbin") / name
    return str(path) if path.exists() else None


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True


def _wait_for_mariadb(base: Path, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while not _listens(base / "mysql.sock"):
        if process.poll() is not None or time.monotonic() > end:
            pytest.fail(f"MariaDB does not start: {(base / 'log').read_text()[-2000:]}")
        time.sleep(0.05)
    with (
        pymysql.connect(unix_socket=str(base / "mysql.sock"), user="root") as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("CREATE DATABASE drupal_test CHARACTER SET utf8mb4")
        cursor.execute("CREATE USER test@'127.0.0.1' IDENTIFIED BY 'test'")
        cursor.execute("GRANT ALL ON *.* TO test@'127.0.0.1' WITH GRANT OPTION")
