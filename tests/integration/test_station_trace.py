"""One run is followed through the sidecar's stations, in the order in which docs/architecture.md lists them."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from demo.standin import StandIn
from tests.support.process import sidecar
from tests.test_stations import ROOT, STATIONS

DRAFT = {"entity_type": "node", "bundle": "article", "fields": {"title": "Hello"}, "summary": "A first draft."}
# Each unit has its START (11) and its FINISH (15): the model asks for a tool, the tool makes a draft, the model ends.
WAY = [6, 7, 8, 9, 10, 11, 15, 11, 12, 15, 11, 15, 16, 17]


def codes() -> dict[CodeType, int]:
    """The sidecar's stations by the code of their functions."""
    found: dict[CodeType, int] = {}
    for number, function, path in STATIONS:
        if path.suffix == ".py":
            value: Any = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            for name in function.split("."):
                value = getattr(value, name)
            found[value.__code__] = number
    return found


@contextmanager
def traced() -> Iterator[list[int]]:
    """The stations that are entered meanwhile; a coroutine that goes on is not entered again."""
    stations, entered, frames = codes(), [], set[FrameType]()

    def look(frame: FrameType, event: str, argument: object) -> None:
        number = stations.get(frame.f_code)
        if event == "call" and number is not None and frame not in frames:
            frames.add(frame)
            entered.append(number)

    sys.setprofile(look)
    try:
        yield entered
    finally:
        sys.setprofile(None)


async def after_recovery(drupal: StandIn) -> None:
    """Waits for the first claim: with an empty Redis it asks for all unfinished runs, so a run dispatched meanwhile is handed out twice."""
    async with asyncio.timeout(60):
        while not any(seen.path.endswith("/jobs/claim") for seen in drupal.requests):
            await asyncio.sleep(0.01)


async def test_a_run_passes_the_stations_in_their_order(redis_url: str, tmp_path: Path) -> None:
    """From the signed door to the report; Drupal's draft and its end are there afterwards."""
    turns = [{"tool_calls": [{"name": "create_draft", "arguments": DRAFT}]}, {"text": "Done."}]
    (tmp_path / "test.json").write_text(json.dumps({"steps": turns}))
    with StandIn() as drupal:
        drupal.add_agent("writer")
        async with sidecar(redis_url, drupal, scripts_dir=tmp_path) as running:
            await after_recovery(drupal)
            drupal.push_to(f"http://127.0.0.1:{running.port}")
            with traced() as entered:
                run = drupal.dispatch("writer", {"topic": "x"}, "cron")
                ended = await asyncio.to_thread(drupal.wait, run)
        assert ended["state"] == "completed", ended
        assert len(drupal.drafts(run)) == 1
    assert [number for number in entered if number != 17].count(12) == 1
    rest = iter(entered)
    assert all(number in rest for number in WAY), entered
