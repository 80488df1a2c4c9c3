"""`sidecar runs` against a real Redis, and what the commands say when something is missing."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from demo.standin import StandIn
from sidecar import cli, resources
from sidecar.settings import load
from tests.support.jobs import job

RUN = "3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIDECAR_SITE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("SIDECAR_SITE_SECRET", "a-secret-of-more-than-24-bytes")


@pytest.fixture
def runs(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One queued run."""
    monkeypatch.setenv("SIDECAR_REDIS_URL", redis_url)

    async def accept() -> None:
        async with resources.open_context(load()) as context:
            await context.hallway.accept(job(RUN))

    asyncio.run(accept())


def sidecar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    """Exit status, output, errors of a command."""
    monkeypatch.setattr("sys.argv", ["sidecar", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


@pytest.mark.usefixtures("runs")
def test_runs_are_listed_shown_followed_and_cancelled(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the beginning of their id."""
    status, out, _ = sidecar(monkeypatch, capsys, "runs", "list", "--json")
    assert (status, [run["run"] for run in json.loads(out)]) == (0, [RUN])
    assert "queued" in sidecar(monkeypatch, capsys, "runs", "show", RUN[:6])[1]
    assert "cancelled" in sidecar(monkeypatch, capsys, "runs", "cancel", RUN[:6])[1]
    assert "run_finished" in sidecar(monkeypatch, capsys, "runs", "tail", RUN)[1]
    status, _, err = sidecar(monkeypatch, capsys, "runs", "cancel", RUN)
    assert (status, "is over" in err) == (1, True)
    assert "There is no run" in sidecar(monkeypatch, capsys, "runs", "show", "ffff")[2]
    assert "There is no state" in sidecar(monkeypatch, capsys, "runs", "list", "--state", "odd")[2]


def test_a_retry_is_drupals(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the whole id, although Redis does not know the run (any more); what Drupal refuses is said in its words."""
    with StandIn() as drupal:
        drupal.add_agent("writer")
        monkeypatch.setenv("SIDECAR_REDIS_URL", redis_url)
        monkeypatch.setenv("SIDECAR_SITE_URL", drupal.url)
        monkeypatch.setenv("SIDECAR_SITE_SECRET", drupal.secret)
        monkeypatch.setenv("SIDECAR_ALLOWED_PRIVATE_HOSTS", "127.0.0.1")
        run = drupal.dispatch("writer")
        drupal.site.commands.give(run, "cancel", {}, "editor")
        status, _, err = sidecar(monkeypatch, capsys, "runs", "retry", run, "--from-step", "3")
        assert (status, "from the beginning" in err) == (1, True), err
        for _ in range(2):
            assert "generation 2" in sidecar(monkeypatch, capsys, "runs", "retry", run, "--id", "once")[1]
        assert "No site has a run" in sidecar(monkeypatch, capsys, "runs", "retry", RUN)[2]
        assert "There is no run" in sidecar(monkeypatch, capsys, "runs", "retry", RUN[:6])[2]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["serve"], "sidecar up"),
        (["worker"], "sidecar up"),
        (["runs", "list"], "not running here"),
    ],
)
def test_without_a_redis_each_command_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    """One sentence, exit status 1, no traceback."""
    status, _, err = sidecar(monkeypatch, capsys, *arguments)
    assert (status, says in err, "Traceback" in err) == (1, True, False)
