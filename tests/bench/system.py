"""A whole sidecar of one checkout, each part a process of its own, driven only through what every release has: settings, the commands of the
CLI, signed requests, and the tables of the stand-in. So the code of two checkouts can be compared.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from sidecar.drupal import signing
from sidecar.embedded import EmbeddedRedis
from tests.bench.answerer import model_name
from tests.bench.servers import ROOT
from tests.support.ending import end
from tests.support.ports import free_port

SITE = "default"
SECRET = "a-secret-of-the-bench-that-everyone-may-read"
START_SECONDS = 120.0
WAIT_SECONDS = 300.0
LOOK_SECONDS = 0.1
CLAIM = 50
PUSH = 20
"""Jobs in one request of the module."""
FINAL = ("completed", "failed", "cancelled", "expired")
PARTS = ("worker", "doors", "Redis", "stand-in", "answerer")


class Process:
    """A process, and its log."""

    def __init__(self, command: Sequence[str], cwd: Path, log: Path, env: Mapping[str, str]) -> None:
        own = {name: value for name, value in os.environ.items() if not name.startswith("SIDECAR_")}
        self._log = log
        with log.open("wb") as output:
            self._popen = subprocess.Popen(
                command, cwd=cwd, env=own | dict(env), stdout=output, stderr=output, stdin=subprocess.DEVNULL
            )

    @property
    def pid(self) -> int:
        """Its id."""
        return self._popen.pid

    def first_line(self) -> str:
        """What it prints first, such as its address."""
        self._until(lambda: "\n" in self._text())
        return self._text().splitlines()[0]

    def wait_for(self, words: str) -> None:
        """Return when the log says so. Raises RuntimeError with the log when it does not."""
        self._until(lambda: words in self._text())

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when that does not help."""
        end(self._popen)

    def _text(self) -> str:
        return self._log.read_text(errors="replace")

    def _until(self, there: Any) -> None:
        end = time.monotonic() + START_SECONDS
        while not there():
            if self._popen.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"A process of the bench does not start:\n{self._text()[-3_000:]}")
            time.sleep(0.05)


@dataclass(frozen=True)
class Ended:
    """A run that is over. Unix seconds: `started` and `finished` by its own events, `heard` when Drupal had the end."""

    state: str
    started: float
    finished: float
    heard: float


class System:
    """Redis, stand-in, API and worker of one checkout. `processes`: by the names of PARTS."""

    def __init__(self, url: str, standin: str, database: Path, processes: dict[str, int]) -> None:
        self._url = url
        self._standin = standin
        self._database = database
        self._processes = {name: psutil.Process(pid) for name, pid in processes.items()}

    def cpu_seconds(self) -> dict[str, float]:
        """User and system time of each process so far."""
        spent = {name: process.cpu_times() for name, process in self._processes.items()}
        return {name: times.user + times.system for name, times in spent.items()}

    def memory_mb(self) -> float:
        """Resident memory of worker and doors together."""
        return sum(self._processes[name].memory_info().rss for name in ("worker", "doors")) / 2**20

    def hold(self, agent: str, count: int) -> list[dict[str, Any]]:
        """Jobs of new runs, claimed as a sidecar claims them, and not yet given to this one."""
        jobs: list[dict[str, Any]] = []
        while len(jobs) < count:
            for _ in range(min(CLAIM, count - len(jobs))):
                _post(self._standin, "/control/dispatch", {"agent": agent}, {})
            claim = {"site": SITE, "worker": "bench", "limit": CLAIM}
            answer = self._signed(self._standin, "/background-agents/v1/jobs/claim", claim, signing.TO_DRUPAL)
            jobs += answer["jobs"]
        return jobs

    def push(self, jobs: list[dict[str, Any]]) -> float:
        """Push jobs one request after the other, as the module does; seconds until the last one was accepted."""
        begun = time.monotonic()
        for at in range(0, len(jobs), PUSH):
            document = {"site": SITE, "base_url": "", "jobs": jobs[at : at + PUSH]}
            answer = self._signed(self._url, "/v1/jobs", document, signing.TO_SIDECAR)
            if answer["refused"]:
                raise RuntimeError(f"The sidecar refuses jobs of the bench: {answer['refused'][0]}")
        return time.monotonic() - begun

    def follow(self, runs: Sequence[str]) -> tuple[dict[str, Ended], float]:
        """Wait until Drupal has the end of each run. The runs, and the most memory that worker and doors had together meanwhile."""
        heard: dict[str, float] = {}
        wanted, most, until = set(runs), self.memory_mb(), time.monotonic() + WAIT_SECONDS
        with self._tables() as tables:
            while wanted - heard.keys():
                if time.monotonic() > until:
                    raise RuntimeError(f"{len(wanted - heard.keys())} runs of the bench do not end.")
                time.sleep(LOOK_SECONDS)
                now = time.time()
                for run in _over(tables):
                    heard.setdefault(run, now)
                most = max(most, self.memory_mb())
            return _ended(tables, wanted, heard), most

    @contextmanager
    def _tables(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, timeout=10)
        try:
            yield connection
        finally:
            connection.close()

    @staticmethod
    def _signed(url: str, path: str, document: dict[str, Any], direction: signing.Direction) -> dict[str, Any]:
        body = json.dumps(document).encode()
        headers = signing.sign(SECRET, body, int(time.time()), signing.new_id(direction))
        return _post(url, path, body, headers)


def _over(tables: sqlite3.Connection) -> list[str]:
    places = ", ".join("?" * len(FINAL))
    return [run for (run,) in tables.execute(f"SELECT uuid FROM run WHERE state IN ({places})", FINAL)]


def _ended(tables: sqlite3.Connection, runs: set[str], heard: dict[str, float]) -> dict[str, Ended]:
    sql = "SELECT r.uuid, r.state, e.type, e.document FROM run r JOIN event e ON e.run = r.id"
    times: dict[str, dict[str, float]] = {}
    states: dict[str, str] = {}
    for run, state, kind, document in tables.execute(f"{sql} WHERE e.type IN ('run_started', 'run_finished')"):
        if run in runs:
            states[run] = state
            times.setdefault(run, {}).setdefault(kind, _seconds(json.loads(document)["time"]))
    return {
        run: Ended(states[run], found["run_started"], found["run_finished"], heard[run]) for run, found in times.items()
    }


def _seconds(time_of_event: str) -> float:
    return datetime.fromisoformat(time_of_event.replace("Z", "+00:00")).timestamp()


def _post(url: str, path: str, body: bytes | dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """The JSON answer. Raises RuntimeError for another status than 2xx."""
    place = urlsplit(url)
    connection = HTTPConnection(place.hostname or "", place.port, timeout=60)
    try:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection.request("POST", path, sent, {"Content-Type": "application/json", **headers})
        response = connection.getresponse()
        answer = response.read()
    finally:
        connection.close()
    if response.status >= 300:
        raise RuntimeError(f"POST {path} of the bench is answered {response.status}: {answer[:500]!r}")
    return json.loads(answer or b"{}")


@contextmanager
def answering(folder: Path) -> Iterator[tuple[str, int]]:
    """The model endpoint: its address and process id."""
    process = Process([sys.executable, "-m", "tests.bench.answerer"], ROOT, folder / "answerer.log", {})
    try:
        yield f"http://127.0.0.1:{process.first_line()}/v1", process.pid
    finally:
        process.stop()


@contextmanager
def system(checkout: Path, folder: Path, fsync: str, model: tuple[str, int], capacity: int = 600) -> Iterator[System]:
    """Start everything, and one run to warm it. `model`: address and process id of the model endpoint."""
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        redis = stack.enter_context(EmbeddedRedis(folder / "redis", fsync=fsync))
        python, at_home = _python(checkout), {"PYTHONPATH": str(checkout)}
        (folder / "secret").write_text(SECRET)
        database, port = folder / "drupal.sqlite", free_port()

        def started(name: str, *arguments: str, **env: str) -> Process:
            process = Process([python, "-m", *arguments], checkout, folder / f"{name}.log", at_home | env)
            stack.callback(process.stop)
            return process

        place = ["--db", str(database), "--secrets", str(folder / "secret"), "--control"]
        standin = started("standin", _standin_of(checkout), *place)
        url = standin.first_line()
        _settings(folder / "sidecar.toml", url, redis.url, port, model[0], capacity)
        config = {"SIDECAR_CONFIG": str(folder / "sidecar.toml")}
        doors = started("doors", "sidecar", "serve", **config)
        worker = started("worker", "sidecar", "worker", **config)
        doors.wait_for("api_started")
        worker.wait_for("worker_started")
        _fill(url)
        pids = (worker.pid, doors.pid, redis.pid or 0, standin.pid, model[1])
        made = System(f"http://127.0.0.1:{port}", url, database, dict(zip(PARTS, pids, strict=True)))
        warm = made.hold(agent_name(1, 200), 20)
        made.push(warm)
        made.follow([job["run"] for job in warm])
        yield made


def agent_name(calls: int, delay_ms: int) -> str:
    """The agent whose model makes so many tool calls, and takes so long for each answer."""
    return f"calls{calls}_delay{delay_ms}"


AGENTS = ((0, 200), (1, 200), (4, 2_000))


def _fill(url: str) -> None:
    for calls, delay in AGENTS:
        agent = {
            "id": agent_name(calls, delay),
            "label": "Bench",
            "status": True,
            "hash": "0" * 64,
            "definition": {"system_prompt": "You are a bench.", "tools": ["find_items"] if calls else []},
            "binding": {
                "model": f"bench:{model_name(calls, delay)}",
                "content": {"node": {"article": ["read"]}},
            },
        }
        _post(url, "/control/agents", agent, {})


def _settings(path: Path, site: str, redis: str, port: int, model: str, capacity: int) -> None:
    path.write_text(
        f"""
site_url = "{site}"
site_secret = "{SECRET}"
redis_url = "{redis}"
port = {port}
intake = "push"
[endpoints.bench]
base_url = "{model}"
[worker]
slot = "bench-{os.getpid()}-{port}"
capacity = {capacity}
"""
    )


def _python(checkout: Path) -> str:
    """The checkout's own Python. Raises RuntimeError when it has none."""
    if checkout == ROOT:
        return sys.executable
    own = checkout / ".venv" / "bin" / "python"
    if not own.exists():
        raise RuntimeError(f"{checkout} has no .venv. Run there: make .venv/.development")
    return str(own)


def _standin_of(checkout: Path) -> str:
    return "demo.standin" if (checkout / "demo" / "standin").is_dir() else "sidecar.demo.standin"
