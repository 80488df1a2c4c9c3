"""Lists, drafts, batches and delays for programs on a real site: two at once, other people's, and whatever else may come in."""

from __future__ import annotations

import base64
import json
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sidecar import contracts
from tests.site.drupal import Site, is_problem
from tests.site.people import Person, dispatched
from tests.site.sidecar import Sidecar

NOBODY = "3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50"
GARBAGE = [
    "", " ", "0", "-1", "1e9", "99999999999999999999", "null", "true", "[]", "{}", "\x00", "\ud7ff", "'", '"', "\\", "%", "../..",
    "a" * 5_000, "<script>", "1 OR 1=1", "2026-13-45T99:99:99Z", NOBODY, "queued,,running", "ä", "日本", "MS4y", "LTEuMg",
]  # fmt: skip
VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    1e300,
    2**53 + 1,
    "",
    "x",
    "\x00",
    "a" * 70_000,
    [],
    {},
    [None],
    {"x": {"y": []}},
    NOBODY,
]


def test_a_delayed_run_begins_once_when_its_time_has_come(
    site: Site, runner: Person, sidecar: Sidecar, clean: None
) -> None:
    """Asked for four times at once it is one; two questions for jobs at once hand it out once; a cancelled one is never handed out."""
    asked = {"agent": "core", "delay": 3600, "key": "later"}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: runner.post("runs", asked), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    [run] = {answer.json()["uuid"] for answer in answers}
    contracts.check("run", answers[0].json())
    cancelled = dispatched(runner, delay=3600)
    assert sidecar.claim() == []
    assert runner.post(f"runs/{cancelled}/cancel").json()["state"] == "cancelled"
    site.sql("UPDATE background_agents_run SET due = 1 WHERE due IS NOT NULL")
    with ThreadPoolExecutor(3) as pool:
        jobs = [job for claimed in pool.map(lambda _: sidecar.claim(), range(3)) for job in claimed]
    assert [job["run"] for job in jobs] == [run]
    assert runner.get(f"runs/{run}").json()["due"] is None


def test_higher_priorities_are_handed_out_first(runner: Person, sidecar: Sidecar, clean: None) -> None:
    """By the sidecar's question for jobs; the job and the run say it."""
    low, ordinary, high = (dispatched(runner, priority=priority) for priority in (-10, 0, 10))
    jobs = sidecar.claim()
    assert [(job["run"], job.get("priority")) for job in jobs] == [(high, 10), (low, -10), (ordinary, None)]
    shown = {run["uuid"]: run["priority"] for run in runner.get("runs").json()["runs"]}
    assert {run: shown[run] for run in (low, ordinary, high)} == {low: -10, ordinary: 0, high: 10}
    for priority in (11, -11, "1", 0.5, None, True):
        assert is_problem(runner.post("runs", {"agent": "core", "priority": priority}), 422, "invalid")


def test_what_one_sees_is_ones_own(runner: Person, other: Person, people: dict[str, Person]) -> None:
    """Lists are empty of others' runs; a run, its drafts and a batch of another person are refused; unknown batches are the same."""
    run = dispatched(runner)
    assert run in [shown["uuid"] for shown in runner.get("runs").json()["runs"]]
    assert run not in [shown["uuid"] for shown in other.get("runs", params={"limit": 200}).json()["runs"]]
    assert is_problem(other.get(f"runs/{run}/drafts"), 403, "forbidden")
    assert is_problem(other.post(f"runs/{run}/send-back", {"note": "x"}), 403, "forbidden")
    assert is_problem(runner.get(f"runs/{NOBODY}/drafts"), 404, "not_found")
    assert is_problem(people["stranger"].get("runs"), 403, "forbidden")
    assert is_problem(other.get("batches/999999999"), 403, "forbidden")
    assert is_problem(people["watcher"].get("batches/999999999"), 404, "not_found")
    contracts.check("runs", people["watcher"].get("runs", params={"limit": 200}).json())
    contracts.check("drafts", runner.get(f"runs/{run}/drafts").json())


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("runs", ["state", "agent", "trigger", "batch", "parent", "since", "before", "limit", "cursor", "order"]),
        ("runs/{run}/drafts", ["limit", "cursor", "order"]),
        ("batches", ["limit", "cursor", "state"]),
        ("agents", ["limit"]),
        ("agents/core", ["fields"]),
    ],
)
def test_garbage_in_an_address_is_refused_or_understood(runner: Person, path: str, names: list[str]) -> None:
    """Never an error of the site, whatever the value; what is understood fits its contract."""
    where = path.format(run=dispatched(runner))
    chosen = random.Random(path)
    for name in names:
        for value in chosen.sample(GARBAGE, 6):
            answer = runner.get(where, params={name: value})
            assert answer.status_code in {200, 422} or (answer.status_code == 414 and len(value) > 4_000), (
                name,
                value[:40],
                answer.text[:300],
            )
            if answer.status_code == 422:
                assert is_problem(answer, 422, "invalid")
    assert runner.get(where, params={f"{names[0]}[]": "1"}).status_code == 422


def test_garbage_in_bodies_is_refused(runner: Person) -> None:
    """Each member with each kind of value, and what is no document at all: a problem, and no error of the site."""
    run = dispatched(runner)
    paths: dict[str, dict[str, Any]] = {
        "runs": {"agent": "core", "delay": 0},
        f"runs/{run}/send-back": {"draft": NOBODY, "note": "x", "remarks": [], "seen": "1."},
        f"runs/{run}/answer": {"id": "q", "decision": "done"},
        "batches": {"agent": "core", "items": [{"uuid": NOBODY}], "filter": {}, "entity_type": "node", "key": "k"},
        "batches/999999999/cancel": {"runs": True},
    }
    chosen = random.Random(11)
    for path, members in paths.items():
        for name in [*members, "unknown"]:
            for value in chosen.sample(VALUES, 4):
                answer = runner.post(path, members | {name: value})
                assert answer.status_code < 500, (path, name, str(value)[:60], answer.text[:300])
        for raw in (
            b"",
            b"[]",
            b"nul",
            b'{"a"',
            b"\xff\xfe",
            b'{"a":' * 600,
            b'"x"',
            json.dumps(members).encode() + b"x",
        ):
            answer = runner.http.post(
                f"/background-agents/v1/{path}",
                content=raw,
                headers=runner.headers | {"Content-Type": "application/json"},
            )
            assert 400 <= answer.status_code < 500 or answer.status_code == 202, (path, raw[:20], answer.text[:300])


def test_methods_that_are_not_there(runner: Person) -> None:
    """405, as a problem."""
    run = dispatched(runner)
    for path in (
        "runs",
        f"runs/{run}/drafts",
        f"runs/{run}/send-back",
        "agents",
        "agents/core",
        "batches",
        "batches/1",
    ):
        for method in ("PUT", "PATCH", "DELETE"):
            answer = runner.http.request(method, f"/background-agents/v1/{path}", headers=runner.headers)
            assert is_problem(answer, 405, "method_not_allowed"), (method, path)


def test_a_cursor_gives_no_access(runner: Person, other: Person) -> None:
    """Of another person's list, or made by hand: one sees what is one's own."""
    mine, theirs = dispatched(runner), dispatched(other)
    made = base64.urlsafe_b64encode(b"99999999999.99999999").decode().rstrip("=")
    seen = {shown["uuid"] for shown in other.get("runs", params={"cursor": made, "limit": 200}).json()["runs"]}
    assert theirs in seen
    assert mine not in seen
