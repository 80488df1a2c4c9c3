"""The doctor, against the stand-in with one thing wrong at a time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from demo.standin import StandIn
from sidecar import cli, resources
from sidecar.doctor import examine, examine_worker, watch_site
from sidecar.embedded import EmbeddedRedis
from sidecar.findings import Finding, sentences
from sidecar.intake.database_check import excessive, missing_grants, too_old
from sidecar.runs.contact import Contact
from sidecar.settings import Settings, load
from sidecar.store import Store
from tests.support.engine import plays, ports, says, until, worker

TOKEN = "0123456789abcdef"


@pytest.fixture(scope="module")
def drupal() -> Iterator[StandIn]:
    """A site with one agent."""
    with StandIn() as site:
        site.add_agent("writer")
        yield site


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    """A Redis with an append-only file."""
    with EmbeddedRedis(tmp_path / "redis") as server:
        yield server.url


def settings(drupal: StandIn, redis: str, scripts: Path, **overrides: Any) -> Settings:
    """All right, but for the overrides."""
    (scripts / "test.json").write_text(json.dumps({"steps": [{"text": "Done."}]}))
    site = {"base_url": drupal.url, "secrets": [drupal.secret]} | overrides.pop("site", {})
    return load({}, **{"redis_url": redis, "sites": {"default": site}, "scripts_dir": scripts} | overrides)


async def test_all_is_well(drupal: StandIn, redis: str, tmp_path: Path) -> None:
    """Each thing is named, and nothing is a problem."""
    found = await examine(settings(drupal, redis, tmp_path))
    assert [finding.subject for finding in found if finding.level == "ok"] == [
        "settings",
        "redis",
        "programs elsewhere",
        "site default",
        "agent writer (default)",
        "addresses (default)",
    ]
    assert not any(finding.problem for finding in found), found


MISTAKES: list[tuple[dict[str, Any], str, str]] = [
    ({"site": {"secrets": ["another secret, long enough for all"]}}, "site default", "same secret"),
    ({"site": {"base_url": "http://127.0.0.1:9"}}, "site default", "Check base_url"),
    ({"redis_url": "redis://127.0.0.1:9"}, "redis", "SIDECAR_REDIS_URL"),
    ({"scripts_dir": None}, "agent writer (default)", "SIDECAR_SCRIPTS_DIR"),
    (
        {"public_url": "http://agents.example.org", "operator_token": "x" * 16},
        "programs elsewhere",
        "Serve it by https",
    ),
]


@pytest.mark.parametrize(
    ("overrides", "subject", "says"), MISTAKES, ids=lambda value: value if isinstance(value, str) else ""
)
async def test_each_mistake_is_told_with_what_to_do(
    drupal: StandIn, redis: str, tmp_path: Path, overrides: dict[str, Any], subject: str, says: str
) -> None:
    """As a problem of the thing that must be mended."""
    found = await examine(settings(drupal, redis, tmp_path, **overrides))
    problems = [finding for finding in found if finding.problem]
    assert any(finding.subject == subject and says in finding.text for finding in problems), found
    assert "another secret" not in str(found)


@pytest.fixture
def site(drupal: StandIn) -> Iterator[Any]:
    """Where the site keeps its settings."""
    yield drupal.site.store
    drupal.site.store.set("checks", [])


async def test_what_the_site_knows_is_said_here_too(drupal: StandIn, site: Any, redis: str, tmp_path: Path) -> None:
    """Of each check its level, subject and text; not what the doctor says by itself, and not as news for the site."""
    checks = [
        {"id": "sidecar", "level": "problem", "subject": "Sidecar", "text": "No URL. Give the URL of the sidecar."},
        {"id": "agents", "level": "note", "subject": "Accounts", "text": "Something is missing."},
        {"id": "new", "level": "of a newer release", "subject": "New", "text": "Something."},
    ]
    site.set("checks", checks)
    found = await examine(settings(drupal, redis, tmp_path))
    told = [(finding.level, finding.subject, finding.text) for finding in found if "Drupal of" in finding.subject]
    assert told == [
        ("problem", "Drupal of default, Sidecar", "No URL. Give the URL of the sidecar."),
        ("note", "Drupal of default, New", "Something."),
    ]
    assert not any("Drupal of" in finding["subject"] for finding in site.setting("sidecar_findings"))


async def test_what_only_this_side_knows_is_told_to_the_site(
    drupal: StandIn, site: Any, redis: str, tmp_path: Path
) -> None:
    """A missing script, here; not that all is well, and nothing that the site said itself."""
    await examine(settings(drupal, redis, tmp_path, scripts_dir=None))
    [finding] = [found for found in site.setting("sidecar_findings") if found["level"] == "problem"]
    assert (finding["subject"], "SIDECAR_SCRIPTS_DIR" in finding["text"]) == ("agent writer (default)", True)


async def test_a_running_process_tells_where_programs_call(
    drupal: StandIn, site: Any, redis: str, tmp_path: Path
) -> None:
    """The short addresses of the only site, those with its id of one among several; the doctor's own settings may be others."""
    two = {id: {"base_url": drupal.url, "secrets": [drupal.secret]} for id in ("default", "other")}
    cases = (
        ({}, False, "http://127.0.0.1:8085"),
        ({"public_url": "https://agents.example.org"}, True, "https://agents.example.org"),
        ({"public_url": "https://agents.example.org", "sites": two}, True, "https://agents.example.org/sites/default"),
    )
    for given, elsewhere, base in cases:
        chosen = settings(drupal, redis, tmp_path, operator_token=TOKEN, **given)
        async with resources.open_context(chosen) as context:
            await watch_site(context, "default")
        told = {"elsewhere": elsewhere, "rest": f"{base}/v1", "mcp": f"{base}/mcp", "a2a": f"{base}/a2a"}
        assert site.setting("doors") == told
        elsewhere_set = {"operator_token": TOKEN, "public_url": "https://another.example"}
        await examine(settings(drupal, redis, tmp_path, **elsewhere_set))
        assert site.setting("doors") == told


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        (("It hangs.", "Start it"), "It hangs. Start it."),
        (("It hangs..", "", "Start it. "), "It hangs. Start it."),
        (("Why?", "Because;"), "Why? Because."),
    ],
)
def test_a_sentence_ends_once(texts: tuple[str, ...], line: str) -> None:
    assert sentences(*texts) == line


async def test_a_redis_that_forgets_is_a_problem(drupal: StandIn, redis_url: str, tmp_path: Path) -> None:
    """No append-only file."""
    import redis as client

    with client.Redis.from_url(redis_url) as connection:
        connection.config_set("appendonly", "no")
        try:
            found = await examine(settings(drupal, redis_url, tmp_path))
        finally:
            connection.config_set("appendonly", "yes")
    assert any(finding.problem and "appendonly yes" in finding.text for finding in found)


async def test_the_site_is_another_one(drupal: StandIn, redis: str, tmp_path: Path) -> None:
    """Two ids for one site would lose every job."""
    site = {"base_url": drupal.url, "secrets": [drupal.secret]}
    found = await examine(settings(drupal, redis, tmp_path, sites={"blog": site}))
    assert any(finding.problem and "default" in finding.text for finding in found)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("anthropic:claude", "ANTHROPIC_API_KEY"),
        ("nobody:x", "unknown"),
        ("own:x", "does not answer"),
        ("scripted:none", "none.json"),
    ],
)
async def test_models(tmp_path: Path, model: str, says: str) -> None:
    """A key that is not set, a provider nobody knows, an endpoint that is down, a script that is not there."""
    from sidecar.doctor import model_finding

    chosen = load({}, endpoints={"own": {"base_url": "http://127.0.0.1:9/v1"}}, scripts_dir=tmp_path)
    found = await model_finding(chosen, "agent x", model)
    assert found is not None
    assert found.problem
    assert says in found.text


@pytest.mark.parametrize(
    ("check", "given", "expected"),
    [
        (too_old, "10.11.14-MariaDB-deb12", ""),
        (too_old, "5.5.5-10.5.9-MariaDB", "The server 5.5.5-10.5.9-MariaDB"),
        (too_old, "5.7.44-log", "The server 5.7.44-log"),
        (too_old, "8.4.0", ""),
        (excessive, ["GRANT USAGE ON *.* TO x", "GRANT SELECT, UPDATE ON `d`.`t` TO x"], ""),
        (excessive, ["GRANT SELECT (a, b), UPDATE (a), DELETE ON d.t TO x"], "delete"),
        (excessive, ["GRANT ALL PRIVILEGES ON *.* TO x"], "all"),
        (missing_grants, ["GRANT SELECT (`a`, `b`), UPDATE (`a`) ON d.t TO x"], ""),
        (missing_grants, ["GRANT SELECT ON d.t TO x"], "UPDATE"),
        (missing_grants, ["GRANT ALL PRIVILEGES ON *.* TO x"], ""),
    ],
)
def test_what_a_database_says(check: Callable[[Any], str], given: Any, expected: str) -> None:
    """Versions and grants as servers print them."""
    assert check(given) == expected


def test_a_finding_is_a_line() -> None:
    """With a mark, and colour on a terminal only."""
    finding = Finding("problem", "redis", "Gone.")
    assert finding.line(color=False) == "✗ redis: Gone."
    assert "\x1b[31m" in finding.line(color=True)


def test_the_command_ends_with_1_on_a_problem(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """And prints what was found."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIDECAR_SITE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("SIDECAR_SITE_SECRET", "a-secret-of-more-than-24-bytes")
    monkeypatch.setattr("sys.argv", ["sidecar", "doctor", "--json"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    levels = {finding["subject"]: finding["level"] for finding in json.loads(capsys.readouterr().out)}
    assert levels == {"settings": "ok", "programs elsewhere": "ok", "redis": "note", "site default": "problem"}


async def test_what_the_running_sidecar_is_answered_is_found(drupal: StandIn, redis: str, tmp_path: Path) -> None:
    """The doctor's own requests may pass where those of a running process are refused."""
    chosen = settings(drupal, redis, tmp_path)
    subject, now = "reports (default)", time.time()
    levels = []
    async with Redis.from_url(redis) as client:
        for contact in (
            None,
            Contact("up", now, taken=now),
            Contact("up", now, now - 900, now - 900, 403, "forbidden", "The method is not allowed."),
            Contact("up", now - 900, now - 900),
        ):
            if contact:
                await Store(client).contacts.note("default", contact)
            [found] = [finding for finding in await examine(chosen) if finding.subject == subject]
            levels.append(found.level)
            if found.problem:
                assert "15 min (status 403, forbidden). The method is not allowed." in found.text
    assert levels == ["note", "ok", "problem", "note"]


async def test_a_worker_that_is_not_alive_is_found(redis_url: str) -> None:
    """One that runs says so with each beat; one that hangs does not, and is not believed for long."""
    chosen = load({}, redis_url=redis_url, worker={"slot": "here"})
    assert [finding.level for finding in await examine_worker(chosen)] == ["problem"]
    async with Redis.from_url(redis_url) as redis:
        store = Store(redis)
        async with worker(store, ports(plays(says("done"))), slot="here.1", beat=0.01):
            await until(lambda: store.health.any_alive("here"))
            assert [finding.level for finding in await examine_worker(chosen)] == ["ok"]
            assert not await store.health.any_alive("there")
        assert 0 < await redis.pttl("bg:{workers}:here.1") <= 15_000


async def test_a_redis_that_is_away_is_told_by_the_check_of_a_worker() -> None:
    """As a sentence."""
    findings = await examine_worker(load({}, redis_url="redis://127.0.0.1:9/0"))
    assert [(finding.level, finding.subject) for finding in findings] == [("problem", "redis")]
