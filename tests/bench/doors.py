"""The doors of people and programs: what a dispatch costs by REST and by MCP, calls of one API process, watchers of one run."""

from __future__ import annotations

import base64
import itertools
import json
import random
import threading
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import httpx

from tests.bench.measures import Results, first
from tests.bench.rig import Rig, until

PERSON = "ann"
RIGHTS = ["run any background agent", "view own background agent runs", "manage own background agent runs"]
CALLERS = 8
"""Clients that call at once where calls a second are counted: one request of each is on its way."""
REVISION = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": REVISION,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
}
_numbers = itertools.count(1)

Dispatch = Callable[[httpx.Client], str]
"""Starts a run by one door; its id."""


def measure(rig: Rig, results: Results, many: Callable[[int, int], int]) -> None:
    """All of them. `many`: how many of a full number, and the least."""
    results.add("memory of an API process at rest (MB)", rig.doors.rss_mb)
    rig.drupal.site.accounts.add(PERSON, RIGHTS, password="secret")
    with client(rig) as http:
        rig.finish([by_rest(http), by_mcp(http)])
        dispatch(rig, http, results, many(40, 5))
        calls(rig, http, results, many(2_000, 80))
        watchers(rig, http, results, many(500, 10))


def client(rig: Rig, connections: int = 1) -> httpx.Client:
    """A client with the account."""
    basic = base64.b64encode(f"{PERSON}:secret".encode()).decode()
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx.Client(base_url=rig.push_url, headers={"Authorization": f"Basic {basic}"}, timeout=120, limits=limits)


def by_rest(http: httpx.Client) -> str:
    """POST /v1/runs."""
    answer = http.post("/v1/runs", json={"agent": "short", "input": {"number": next(_numbers)}})
    answer.raise_for_status()
    return answer.json()["uuid"]


def by_mcp(http: httpx.Client) -> str:
    """tools/call of the agent's own tool."""
    arguments = {"input": {"number": next(_numbers)}, "wait_seconds": 0}
    result = _call(http, "tools/call", {"name": "run_short", "arguments": arguments}, "run_short")
    return result["structuredContent"]["run"]


def _call(http: httpx.Client, method: str, params: dict[str, Any], name: str) -> dict[str, Any]:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": META}}
    sent = {
        "MCP-Protocol-Version": REVISION,
        "Mcp-Method": method,
        "Mcp-Name": name,
        "Accept": "application/json, text/event-stream",
    }
    answer = http.post("/mcp", json=body, headers=sent)
    answer.raise_for_status()
    text = answer.text
    if answer.headers["content-type"].startswith("text/event-stream"):
        text = [line for line in text.splitlines() if line.startswith("data: ")][-1].removeprefix("data: ")
    told = json.loads(text)
    if "result" not in told or told["result"].get("isError"):
        raise RuntimeError(f"{method} of the bench was refused: {text[:500]}")
    return told["result"]


def dispatch(rig: Rig, http: httpx.Client, results: Results, count: int) -> None:
    """A dispatch by REST and by MCP, in shuffled order: until the answer, and until the first model request."""
    doors: dict[str, Dispatch] = {"REST": by_rest, "MCP": by_mcp}
    answered: dict[str, list[float]] = {name: [] for name in doors}
    asked: dict[str, list[float]] = {name: [] for name in doors}
    for _ in range(count):
        for name in random.sample(list(doors), len(doors)):
            begun, clock = time.time(), time.perf_counter()
            run = doors[name](http)
            answered[name].append((time.perf_counter() - clock) * 1000)
            rig.finish([run])
            asked[name].append((first(rig.events(run), "model_requested") - begun) * 1000)
    for name in doors:
        results.add(f"dispatch by {name} to its answer, p50 (ms)", median(answered[name]))
        results.add(f"dispatch by {name} to first model request, p50 (ms)", median(asked[name]))
    results.add("dispatch by MCP above REST, p50 (ms)", median(answered["MCP"]) - median(answered["REST"]))


def calls(rig: Rig, http: httpx.Client, results: Results, count: int) -> None:
    """Calls a second of one API process that ask Drupal for a run, by REST and by MCP; its memory behind them."""
    run = by_rest(http)
    rig.finish([run])
    for name, call in {
        "REST": lambda http: http.get(f"/v1/runs/{run}").raise_for_status(),
        "MCP": lambda http: _call(http, "tools/call", {"name": "get_run", "arguments": {"run": run}}, "get_run"),
    }.items():
        results.add(f"calls/s of one API process, get run by {name}", _rate(rig, call, count))
    results.add("memory of an API process behind the calls (MB)", rig.doors.rss_mb)


def _rate(rig: Rig, call: Callable[[httpx.Client], Any], count: int) -> float:
    failed: list[Exception] = []

    def work() -> None:
        with client(rig) as http:
            try:
                for _ in range(count // CALLERS):
                    call(http)
            except (httpx.HTTPError, RuntimeError) as error:
                failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(CALLERS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return count // CALLERS * CALLERS / (time.perf_counter() - begun)


def watchers(rig: Rig, http: httpx.Client, results: Results, count: int) -> None:
    """So many watchers of one run by server-sent events: all hear its end; how late the last one does, and what the process needs."""
    run = http.post("/v1/runs", json={"agent": "held", "input": {}}).json()["uuid"]
    until(lambda: rig.when(run, "model_requested"), "the run to wait for its model")
    before, heard = rig.doors.rss_mb, list[float]()
    watching = threading.Semaphore(0)
    with client(rig, count) as shared:

        def watch() -> None:
            with shared.stream("GET", f"/v1/runs/{run}/events", headers={"Accept": "text/event-stream"}) as answer:
                for line in answer.iter_lines():
                    if "model_requested" in line:
                        watching.release()
                    if "run_finished" in line:
                        heard.append(time.time())
                        return

        threads = [threading.Thread(target=watch) for _ in range(count)]
        for thread in threads:
            thread.start()
        if not all(watching.acquire(timeout=120) for _ in threads):
            raise RuntimeError("Not all watchers heard of the run.")
        results.add(f"memory of {count} watchers (MB)", rig.doors.rss_mb - before)
        rig.heard([run])
        rig.drupal.site.commands.give(run, "cancel", {}, "bench")
        for thread in threads:
            thread.join(120)
    if len(heard) != count:
        raise RuntimeError(f"{count - len(heard)} of {count} watchers did not hear the end.")
    rig.drupal.wait(run, 60)
    ended = first(rig.events(run), "run_finished")
    results.add(f"end of a run to {count} watchers, p50 (ms)", (median(heard) - ended) * 1000)
    results.add(f"end of a run to {count} watchers, last (ms)", (max(heard) - ended) * 1000)
