"""Schedules, with the whole sidecar: each due time becomes one run, however many processes keep the clock."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.standin import StandIn
from tests.support.engine import until
from tests.support.process import sidecar

TIMES = 5


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A script that answers at once."""
    (tmp_path / "test.json").write_text(json.dumps({"steps": [{"text": "Done."}]}))
    return tmp_path


@pytest.fixture
def drupal() -> Iterator[StandIn]:
    """A site with one agent."""
    with StandIn() as site:
        site.add_agent("writer")
        yield site


@pytest.mark.parametrize("intake", ["http", "push"])
async def test_two_processes_start_one_run_for_each_due_time(
    redis_url: str, drupal: StandIn, scripts: Path, intake: str
) -> None:
    now = int(time.time())
    trigger = drupal.schedule("writer", now - 30, *range(now + 1, now + TIMES))
    site = {"intake": intake}
    async with (
        sidecar(redis_url, drupal, scripts_dir=scripts, site=site) as running,
        sidecar(redis_url, drupal, scripts_dir=scripts, site=site),
    ):
        if intake == "push":
            drupal.push_to(f"http://127.0.0.1:{running.port}")
        await until(lambda: _ended(drupal, TIMES))
        assert {run["trigger"]["id"] for run in drupal.runs} == {trigger}
        assert {run["trigger"]["type"] for run in drupal.runs} == {"schedule"}
        late = drupal.schedule("writer", int(time.time()))
        # Another version is told with the answer to a report, which comes while a run is at work.
        drupal.dispatch("writer")
        await until(lambda: _ended(drupal, TIMES + 2))
    assert sorted(run["trigger"].get("id", "") for run in drupal.runs) == sorted(["", late, *[trigger] * TIMES])


async def test_a_pushing_site_tells_of_other_schedules_at_once(
    redis_url: str, drupal: StandIn, scripts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No run is at work, and the sidecar does not ask by itself."""
    for name in ("sidecar.intake.schedules.ASK_SECONDS", "sidecar.drupal.reporter.RECONCILE_SECONDS"):
        monkeypatch.setattr(name, 3_600.0)
    async with sidecar(redis_url, drupal, scripts_dir=scripts, site={"intake": "push"}) as running:
        drupal.push_to(f"http://127.0.0.1:{running.port}")
        drupal.schedule("writer", int(time.time()))
        await until(lambda: _ended(drupal, 1))
        drupal.schedule("writer", int(time.time()))
        await until(lambda: _ended(drupal, 2))


async def _ended(drupal: StandIn, count: int) -> bool:
    runs = await asyncio.to_thread(lambda: drupal.runs)
    return [run["state"] for run in runs] == ["completed"] * count
