"""The whole sidecar against the Drupal stand-in."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.standin import StandIn
from sidecar import process
from sidecar.errors import SettingsError
from sidecar.settings import load
from tests.support.engine import until
from tests.support.process import TOKEN, sidecar

DRAFT = {"entity_type": "node", "bundle": "article", "fields": {"title": "Hello"}, "summary": "A first draft."}


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A script: one draft, then an answer."""
    turns = [{"tool_calls": [{"name": "create_draft", "arguments": DRAFT}]}, {"text": "Done."}]
    (tmp_path / "test.json").write_text(json.dumps({"steps": turns}))
    return tmp_path


@pytest.fixture
def drupal() -> Iterator[StandIn]:
    """A site with one agent."""
    with StandIn() as site:
        site.add_agent("writer")
        yield site


@asynccontextmanager
async def chat_server(taken: list[str]) -> AsyncIterator[str]:
    """An OpenAI-compatible endpoint that takes these keys alone; its address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.splitlines()[1:])}
        await reader.readexactly(int(headers.get("content-length", 0)))
        ok = headers.get("authorization") in [f"Bearer {key}" for key in taken]
        message = {"message": {"role": "assistant", "content": "Done."}, "finish_reason": "stop"}
        listing: dict[str, Any] = {"data": [{"id": "any"}]}
        said = listing if head.startswith("GET") else {"model": "any", "choices": [message]}
        body = json.dumps(said if ok else {"error": {"message": f"Wrong key {headers.get('authorization')}"}}).encode()
        status = "200 OK" if ok else "401 Unauthorized"
        writer.write(f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


async def test_a_pushed_job_ends_in_a_draft_and_is_reported(redis_url: str, drupal: StandIn, scripts: Path) -> None:
    """Push -> hallway -> lane -> worker -> draft -> events and end in Drupal."""
    async with sidecar(redis_url, drupal, scripts_dir=scripts) as running:
        drupal.push_to(f"http://127.0.0.1:{running.port}")
        run = drupal.dispatch("writer", {"topic": "x"}, "cron")
        ended = await asyncio.to_thread(drupal.wait, run)
        assert ended["state"] == "completed", ended
        assert [draft["operation"] for draft in drupal.drafts(run)] == ["create"]
        seqs = [event["seq"] for event in drupal.events(run)]
        assert seqs == list(range(1, len(seqs) + 1))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}", timeout=60) as client:
            page = await client.get(f"/runs/{run}", headers={"Authorization": f"Bearer {TOKEN}"})
            assert page.status_code == 200
            assert "writer" in page.text


async def test_the_site_is_told_of_each_process(
    redis_url: str, drupal: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is and how busy, by the one that reports; one that ends is not told of any more."""
    monkeypatch.setattr("sidecar.presence.LEAVING_SECONDS", 60.0)
    async with sidecar(redis_url, drupal, roles=process.Roles(worker=False)) as doors:
        async with sidecar(redis_url, drupal, roles=process.Roles(doors=False)) as worker:
            await until(lambda: _told(doors, 2))
            drupal.push_to(f"http://127.0.0.1:{doors.port}")
            run = drupal.dispatch("writer")
            await until(lambda: _known(doors, [run]))
            found = {one.name: one for one in await doors.context.store.processes.all(time.time())}
            assert found.keys() == {doors.context.name, worker.context.name}
            assert (found[worker.context.name].worker, found[worker.context.name].doors) == (True, False)
            assert found[worker.context.name].capacity > 0
            assert "." not in found[worker.context.name].host
        assert [one.name for one in await doors.context.store.processes.all(time.time())] == [doors.context.name]
        await until(lambda: _heard(drupal))
        assert {"name", "host", "memory_mb", "seen"} <= drupal.site.events.processes[0].keys()


async def _told(running: process.Running, count: int) -> bool:
    return len(await running.context.store.processes.all(time.time())) == count


async def _heard(drupal: StandIn) -> bool:
    return bool(drupal.site.events.processes)


async def test_jobs_are_fetched_when_drupal_does_not_push(redis_url: str, drupal: StandIn, scripts: Path) -> None:
    """By HTTP; what was dispatched before the start is found at once."""
    run = drupal.dispatch("writer")
    async with sidecar(redis_url, drupal, scripts_dir=scripts, site={"intake": "http"}):
        later = drupal.dispatch("writer")
        for name in (run, later):
            assert (await asyncio.to_thread(drupal.wait, name))["state"] == "completed"


async def test_a_flushed_redis_brings_every_run_back(redis_url: str, drupal: StandIn, scripts: Path) -> None:
    """The doors notice it by themselves; each run ends, and its effects are there once."""
    from redis.asyncio import Redis

    doors = process.Roles(worker=False)
    async with sidecar(redis_url, drupal, roles=doors) as running:
        drupal.push_to(f"http://127.0.0.1:{running.port}")
        runs = [drupal.dispatch("writer") for _ in range(5)]
        await until(lambda: _known(running, runs))
        async with Redis.from_url(redis_url) as redis:
            await redis.flushall()
        await until(lambda: _known(running, runs))
    async with sidecar(redis_url, drupal, scripts_dir=scripts):
        for run in runs:
            assert (await asyncio.to_thread(drupal.wait, run))["state"] == "completed"
            assert len(drupal.drafts(run)) == 1


async def _known(running: process.Running, runs: list[str]) -> bool:
    return all([await running.context.store.reading.run("default", run) for run in runs])


async def test_while_drupal_is_down_events_wait(redis_url: str, drupal: StandIn, scripts: Path) -> None:
    """Reports fail for a while; then everything arrives in order, once."""
    async with sidecar(redis_url, drupal, scripts_dir=scripts) as running:
        drupal.push_to(f"http://127.0.0.1:{running.port}")
        drupal.fail("/background-agents/v1/events", 503, times=3)
        run = drupal.dispatch("writer")
        assert (await asyncio.to_thread(drupal.wait, run))["state"] == "completed"
        seqs = [event["seq"] for event in drupal.events(run)]
        assert seqs == list(range(1, len(seqs) + 1))


async def test_an_open_stream_does_not_hold_up_the_end(redis_url: str, drupal: StandIn) -> None:
    """A watcher of a run that waits is let go when the process is asked to end."""
    async with sidecar(redis_url, drupal, roles=process.Roles(worker=False)) as running:
        drupal.push_to(f"http://127.0.0.1:{running.port}")
        run = drupal.dispatch("writer")
        await until(lambda: _known(running, [run]))
        headers = {"Authorization": f"Bearer {TOKEN}", "Accept": "text/event-stream"}
        async with (
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}", timeout=60) as client,
            client.stream("GET", f"/v1/runs/{run}/events", headers=headers) as stream,
        ):
            lines = stream.aiter_lines()
            assert await anext(lines) == "id: 1"
            running.stop.set()
            async with asyncio.timeout(60):
                async for _ in lines:
                    pass


async def test_a_taken_port_stops_the_start_with_a_sentence(redis_url: str, drupal: StandIn) -> None:
    """As do no site, and a Redis that is not there."""
    async with sidecar(redis_url, drupal, roles=process.Roles(worker=False)) as running:
        with pytest.raises(SettingsError, match="SIDECAR_PORT"):
            async with sidecar(redis_url, drupal, roles=process.Roles(worker=False), port=running.port):
                pass
    with pytest.raises(SettingsError, match="SIDECAR_SITE_URL"):
        await process.run(load({}, redis_url=redis_url), process.Roles(), signals=False)


async def test_the_site_hears_which_models_there_are(redis_url: str, drupal: StandIn, scripts: Path) -> None:
    """From a worker by Redis and the process that reports; and again when another script is there."""

    def scripted() -> list[str]:
        told = drupal.site.store.setting("models", None) or {"providers": []}
        return [name for provider in told["providers"] if provider["id"] == "scripted" for name in provider["models"]]

    async def has(*names: str) -> bool:
        return await asyncio.to_thread(scripted) == list(names)

    async with sidecar(redis_url, drupal, scripts_dir=scripts):
        await until(lambda: has("test"))
        (scripts / "other.json").write_text("{}")
        await until(lambda: has("other", "test"))
    told = drupal.site.store.setting("models", None)
    assert {provider["id"]: provider["health"] for provider in told["providers"]} == {
        "anthropic": "key_missing",
        "openai": "key_missing",
        "openai-chat": "key_missing",
        "scripted": "works",
    }


async def test_a_key_that_the_site_rotates_works_without_a_restart(
    redis_url: str, drupal: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The site lends a key; its provider then takes another one alone: the run that is refused goes on with the new key, which is nowhere
    but in memory."""
    from redis.asyncio import Redis

    monkeypatch.setattr("sidecar.models.keys.AGAIN_SECONDS", 1.0)
    taken: list[str] = ["key-number-one-of-the-site"]
    async with chat_server(taken) as url:
        drupal.site.lent_keys = {"gateway": "key-number-one-of-the-site"}
        drupal.add_agent("asker", model="gateway:any")
        settings: dict[str, Any] = {
            "endpoints": {"gateway": {"base_url": url}},
            "prices": {"gateway:any": {"input_per_million": "1", "output_per_million": "1"}},
        }
        async with sidecar(redis_url, drupal, **settings) as running:
            drupal.push_to(f"http://127.0.0.1:{running.port}")
            first = drupal.dispatch("asker")
            assert (await asyncio.to_thread(drupal.wait, first))["state"] == "completed"
            taken[:] = ["key-number-two-of-the-site"]
            drupal.site.lent_keys = {"gateway": "key-number-two-of-the-site"}
            second = drupal.dispatch("asker")
            assert (await asyncio.to_thread(drupal.wait, second, 120))["state"] == "completed"
        told = json.dumps([drupal.events(first), drupal.events(second), drupal.site.store.setting("models", None)])
        assert "of-the-site" not in told
        async with Redis.from_url(redis_url) as redis:
            assert b"of-the-site" not in b"".join([await redis.dump(key) or b"" for key in await redis.keys("*")])
