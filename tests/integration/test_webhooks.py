"""Webhooks with the whole sidecar: born with their cause, sent once, verified by the library that receivers use."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from demo.standin import StandIn
from sidecar import contracts
from sidecar.notify.sending import TEXT_BYTES, UNREACHABLE, Sender
from tests.support.engine import until
from tests.support.process import sidecar
from tests.support.receiver import BIG, Got, Receiver, answers, closes

SITE = {"intake": "http"}
SIGNED = {"webhook-id": "msg_1"}


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


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """One that takes everything, unless a test tells it otherwise."""
    with Receiver() as receiver:
        yield receiver


def verified(secret: str, got: Got) -> dict[str, Any]:
    """The document, when the official library finds it well signed."""
    return Webhook(secret).verify(got.body, got.headers)


async def settled(drupal: StandIn, *states: str) -> None:
    """Wait until the deliveries are in these states."""

    async def there() -> bool:
        found = await asyncio.to_thread(lambda: drupal.deliveries)
        return [row["state"] for row in found] == list(states)

    await until(there)


async def test_an_end_is_told_once_by_two_processes(
    redis_url: str, drupal: StandIn, receiver: Receiver, scripts: Path
) -> None:
    """Seconds after the run, with a signature that the official library accepts."""
    secret = drupal.webhook("writer", receiver.url)
    allowed = {"allowed_private_hosts": [receiver.host], "scripts_dir": scripts, "site": SITE}
    async with sidecar(redis_url, drupal, **allowed), sidecar(redis_url, drupal, **allowed):
        runs = [drupal.dispatch("writer") for _ in range(5)]
        await settled(drupal, *["sent"] * 5)
    messages = [verified(secret, got) for got in receiver.got]
    assert {message["type"] for message in messages} == {"run.finished"}
    assert sorted(message["data"]["run"]["uuid"] for message in messages) == sorted(runs)
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 5
    assert [got.headers["webhook-id"] for got in receiver.got] == [row["message"] for row in drupal.deliveries]
    for message in messages:
        contracts.check("webhook#message", message)


async def test_a_message_is_sent_again_with_the_same_id(
    redis_url: str, drupal: StandIn, receiver: Receiver, scripts: Path
) -> None:
    """The receiver fails, and hears it again; a person can have it sent once more."""
    receiver.behaviours = [answers(500, b"no"), closes, answers(202)]
    secret = drupal.webhook("writer", receiver.url)
    async with sidecar(
        redis_url, drupal, allowed_private_hosts=[receiver.host], scripts_dir=scripts, site=SITE
    ) as running:
        drupal.dispatch("writer")
        await until(lambda: _tried(drupal, 1))
        assert drupal.deliveries[0]["answer"] == "no"
        for attempts in (2, 3):
            drupal.site.webhooks.again(1)
            running.context.webhooks_of("default").due()
            await until(lambda attempts=attempts: _tried(drupal, attempts))
        await settled(drupal, "sent")
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    assert {verified(secret, got)["type"] for got in receiver.got} == {"run.finished"}


async def test_a_private_address_is_refused_and_the_setting_named(
    redis_url: str, drupal: StandIn, receiver: Receiver, scripts: Path
) -> None:
    """Nothing is sent to an address that the operator did not allow."""
    drupal.webhook("writer", receiver.url)
    async with sidecar(redis_url, drupal, scripts_dir=scripts, site=SITE):
        drupal.dispatch("writer")
        await until(lambda: _tried(drupal, 1))
    assert receiver.got == []
    assert "allowed_private_hosts" in drupal.deliveries[0]["error"]


@pytest.mark.parametrize(
    ("allowed", "told"), [("allowed_private_hosts", False), ("allowed_private_hosts_for_callers", True)]
)
async def test_a_key_reaches_only_what_callers_may(
    redis_url: str, drupal: StandIn, receiver: Receiver, scripts: Path, allowed: str, told: bool
) -> None:
    """What administrators' webhooks may reach is closed to those of people's keys, and the owner is not told what is there."""
    key = drupal.site.auth.keys.add(drupal.site.accounts.add("ann", ["run any background agent"]))
    drupal.key_webhook(key, receiver.url)
    settings: dict[str, Any] = {allowed: [receiver.host]}
    async with (
        sidecar(redis_url, drupal, scripts_dir=scripts, site=SITE, **settings) as running,
        httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=60) as http,
    ):
        started = await http.post(f"http://127.0.0.1:{running.port}/v1/runs", json={"agent": "writer"})
        assert started.status_code == 201, started.text
        await until(lambda: _tried(drupal, 1), 30)
    [row] = drupal.deliveries
    assert (row["state"], row["error"]) == (("sent", "") if told else ("waiting", UNREACHABLE))
    assert [json.loads(got.body)["data"]["agent"] for got in receiver.got] == (["writer"] if told else [])


async def test_a_receiver_that_is_gone_is_asked_no_more(
    redis_url: str, drupal: StandIn, receiver: Receiver, scripts: Path
) -> None:
    """410 says so for all that waits."""
    receiver.behaviours = [answers(410)]
    drupal.webhook("writer", receiver.url)
    async with sidecar(redis_url, drupal, allowed_private_hosts=[receiver.host], scripts_dir=scripts, site=SITE):
        drupal.dispatch("writer")
        await settled(drupal, "given_up")
        run = drupal.dispatch("writer")
        await asyncio.to_thread(drupal.wait, run)
    assert len(drupal.deliveries) == len(receiver.got) == 1


async def test_bad_receivers_over_a_real_socket(receiver: Receiver) -> None:
    """One that hangs, hangs up, leads elsewhere, and answers with ten megabytes."""
    hasty, sender = Sender([receiver.host], seconds=1.0), Sender([receiver.host], seconds=60.0)
    with Receiver() as inner:
        receiver.behaviours = [
            receiver.hangs,
            closes,
            answers(307, location=inner.url),
            answers(200, b"x" * BIG),
        ]
        hung = await hasty.post(receiver.url, b"{}", SIGNED)
        hung_up, moved, big = [await sender.post(receiver.url, b"{}", SIGNED) for _ in range(3)]
        assert inner.got == []
    assert "no answer within" in hung.error
    assert "cannot be reached" in hung_up.error
    assert (moved.status, moved.taken) == (307, False)
    assert (big.taken, len(big.text)) == (True, TEXT_BYTES)
    assert (await sender.post("http://127.0.0.1:1/", b"{}", SIGNED)).status is None


async def _tried(drupal: StandIn, times: int) -> bool:
    found = await asyncio.to_thread(lambda: drupal.deliveries)
    return [row["attempts"] for row in found] == [times]
