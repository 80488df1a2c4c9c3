"""The embedded Redis."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import redis

from sidecar.embedded import EmbeddedRedis, socket_path
from sidecar.errors import StoreUnavailable


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    """A stop and a start keep the data, with noeviction and an append-only file."""
    with EmbeddedRedis(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        client.set("a", "1")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendfsync") == {"appendfsync": "always"}
    with EmbeddedRedis(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        assert client.get("a") == b"1"


def test_a_second_one_on_the_same_place_is_refused(tmp_path: Path) -> None:
    """Two sidecars never share a data directory."""
    with EmbeddedRedis(tmp_path), pytest.raises(StoreUnavailable, match="Another sidecar"):
        EmbeddedRedis(tmp_path).start()


def test_one_that_outlived_its_sidecar_is_taken_over(tmp_path: Path) -> None:
    """After a killed sidecar its Redis still runs: the next one uses it, and stops it in the end."""
    first = EmbeddedRedis(tmp_path)
    first.start()
    assert first._lock is not None
    first._lock.close()  # what the kernel does when the process is killed
    with EmbeddedRedis(tmp_path) as second:
        assert second.pid is None
    assert first._process is not None
    assert first._process.wait(60) == 0


def test_a_killed_one_leaves_no_socket_in_the_way(tmp_path: Path) -> None:
    """A socket file without a server behind it does not stop the start."""
    first = EmbeddedRedis(tmp_path)
    first.start()
    assert first.pid
    os.kill(first.pid, signal.SIGKILL)
    first.stop()
    assert socket_path(tmp_path).exists()
    with EmbeddedRedis(tmp_path) as second:
        assert second.pid


def test_a_deep_directory_gets_a_short_socket(tmp_path: Path) -> None:
    """Socket paths have a limit of about 100 bytes."""
    deep = tmp_path / ("x" * 120)
    with EmbeddedRedis(deep) as server, redis.Redis.from_url(server.url) as client:
        assert client.ping()


def test_nobody_else_reads_its_files(tmp_path: Path) -> None:
    """Neither what it writes now, nor what an earlier one left open."""
    (tmp_path / "appendonlydir").mkdir(mode=0o755)
    with EmbeddedRedis(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        client.set("key", "value")
        for path in [tmp_path / "redis.log", tmp_path / "appendonlydir", *(tmp_path / "appendonlydir").iterdir()]:
            assert path.stat().st_mode & 0o077 == 0, path
