"""A worker's place on its host."""

from __future__ import annotations

import fcntl
import itertools
import os
import tempfile
from pathlib import Path
from typing import IO


class Slot:
    """A stable name for a worker's place on this host: a restarted worker finds its own runs by it. Held by a file lock, which dies with
    the process."""

    def __init__(self, name: str) -> None:
        folder = Path(tempfile.gettempdir()) / f"background-agents-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        self._file, self.name = self._lock(folder, name)

    @staticmethod
    def _lock(folder: Path, name: str) -> tuple[IO[str], str]:
        for number in itertools.count(1):
            file = (folder / f"{name}.{number}.lock").open("w")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                continue
            return file, f"{name}.{number}"
        raise AssertionError("itertools.count ended")

    def release(self) -> None:
        """Gives the name back."""
        self._file.close()
