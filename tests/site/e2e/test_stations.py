"""One run is followed through all stations, in the order in which docs/architecture.md lists them: real sidecar, real Drupal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.site.e2e.system import World, until
from tests.site.e2e.test_path import last_id, newest_run, saved_by_the_editor
from tests.test_stations import ROOT, STATIONS

TRACING = ROOT / "tests/site/tracing"
MODULE = ROOT / "drupal_module/src"
SWITCH = "\\Drupal\\background_agents\\Entity\\Trigger::load('e2e_content')->set('status', {})->save();"
SET = "\\Drupal::state()->setMultiple(json_decode('{}', TRUE));"
FORGET = "\\Drupal::state()->deleteMultiple(['station_trace.stations', 'station_trace.file']);"
# From the editor's save to the engine; a unit has its START (11) and its FINISH (15).
# The model reads the article, revises it and ends; each tool call comes to Drupal with the run's token.
WAY = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15, 11, 12, 13, 15, 11, 15, 11, 12, 13, 14, 15, 11, 15, 16, 17, 18]


def php_stations() -> dict[str, int]:
    """The module's stations by class and function."""
    found = {}
    for number, function, path in STATIONS:
        if path.suffix == ".php":
            parts = path.relative_to(MODULE).with_suffix("").parts
            found["\\".join(("Drupal", "background_agents", *parts)) + f"::{function}"] = number
    return found


def python_stations() -> dict[str, int]:
    """The sidecar's stations by file and function."""
    return {f"{path.relative_to(ROOT)}:{name}": number for number, name, path in STATIONS if path.suffix == ".py"}


@pytest.fixture
def trace(world: World) -> Iterator[Path]:
    """A file with a line for each station that Drupal or the sidecar enters: its number, and the request or the function."""
    file = world.site.root / "web/sites/default/files/station_trace"
    file.write_text("")
    file.chmod(0o666)  # the web server's account writes as well
    world.up.stop()
    world.site.install("station_trace")
    try:
        values = {"station_trace.stations": php_stations(), "station_trace.file": str(file)}
        world.site.php(SET.format(json.dumps(values).replace("\\", "\\\\")))
        world.up.start(
            PYTHONPATH=str(TRACING),
            STATION_TRACE_FILE=str(file),
            STATION_TRACE_STATIONS=json.dumps(python_stations()),
        )
        yield file
    finally:
        world.up.stop()
        world.site.php(FORGET)
        world.site.uninstall("station_trace")
        file.unlink()


def test_a_run_passes_all_stations_in_their_order(world: World, trace: Path) -> None:
    """From an editor's save by the form to the end that Drupal takes in; the draft is there."""
    article, before = world.article("Traced"), last_id(world)
    world.site.php(SWITCH.format("TRUE"))
    try:
        saved_by_the_editor(world, article, "Traced by hand")
    finally:
        world.site.php(SWITCH.format("FALSE"))
    run = until(lambda: newest_run(world, "content", before), 15, "the save starts a run")
    world.completed(run)
    world.settled(run)
    assert world.revisions(article["id"])[-1]["title"] == "Traced by hand, revised"
    entered = [
        (int(number), where) for number, where in (line.split(maxsplit=1) for line in trace.read_text().splitlines())
    ]
    rest = iter(number for number, _ in entered)
    assert all(number in rest for number in WAY), entered
    # The save writes the row; the same request makes and sends the run when the response is out.
    assert [number for number, where in entered if where == f"POST /node/{article['id']}/edit"] == [1, 2, 3, 4, 5]
