"""Push notifications of A2A through all layers: a real site, its real sidecar, and a receiver on loopback that the operator has allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import redis
from a2a.types import a2a_pb2 as wire
from a2a.utils.errors import InvalidParamsError
from google.protobuf import json_format

from sidecar import embedded
from tests.site.doors import EDITOR, Doors, message
from tests.site.e2e.system import World, until
from tests.support.receiver import Receiver, answers

TOKEN, CREDENTIALS = "e2e-token-of-the-receiver", "e2e-credentials-of-the-receiver"


@pytest.fixture(scope="module")
def doors(world: World) -> Iterator[Doors]:
    """The doors; the keys that they are tried with are gone afterwards."""
    yield Doors(world)
    world.site.php("\\Drupal::database()->delete('background_agents_key')->execute();")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def config_for(url: str) -> wire.TaskPushNotificationConfig:
    auth = wire.AuthenticationInfo(scheme="Bearer", credentials=CREDENTIALS)
    return wire.TaskPushNotificationConfig(url=url, token=TOKEN, authentication=auth)


def told(receiver: Receiver, task: str) -> list[str]:
    """The states that the receiver was told of, as the SDK reads them."""
    updates = [json_format.Parse(got.body, wire.StreamResponse()).status_update for got in receiver.got]
    assert {update.task_id for update in updates} <= {task}
    return [wire.TaskState.Name(update.status.state) for update in updates]


def stored(world: World) -> str:
    """All that the sidecar's Redis holds of push notifications."""
    client = redis.Redis.from_url(embedded.url_of(world.up.folder / "redis"))
    try:
        keys = [key for key in client.scan_iter("*push*") if client.type(key) == b"hash"]
        return repr([(key, client.hgetall(key)) for key in keys])
    finally:
        client.close()


def test_a_run_is_told_from_its_start_to_its_end(world: World, doors: Doors, receiver: Receiver) -> None:
    """In order, by the credentials that were given, without a word of the run; and these lie nowhere to be read."""
    receiver.behaviours = [answers(503), answers(200)]

    async def start() -> str:
        request = message("writer")
        request.configuration.return_immediately = True
        request.configuration.task_push_notification_config.CopyFrom(config_for(receiver.url))
        async with doors.a2a(doors.key) as client:
            async for frame in client.send_message(request):
                return frame.task.id
        raise AssertionError("no answer")

    run = asyncio.run(start())
    until(lambda: len(receiver.got) >= 1, 30, "the first message")
    held = stored(world)  # the receiver has refused the first one: it is kept, and sent again
    assert run in held
    assert "v1." in held
    for secret in (TOKEN, CREDENTIALS, receiver.host):
        assert secret not in held
    world.completed(run, 60)
    until(lambda: "TASK_STATE_COMPLETED" in told(receiver, run), 60, "the end is told")
    states = told(receiver, run)
    assert states == [states[0], "TASK_STATE_WORKING", "TASK_STATE_COMPLETED"]
    assert states[0] == states[1], "what was not taken is sent again, before what comes next"
    for got in receiver.got:
        assert got.headers["x-a2a-notification-token"] == TOKEN
        assert got.headers["authorization"] == f"Bearer {CREDENTIALS}"
        assert b"Written by" not in got.body
        assert EDITOR.encode() not in got.body
    log = world.up.log.read_text()
    assert "A push notification was sent." in log
    assert TOKEN not in log
    assert CREDENTIALS not in log


def test_the_setting_of_administrators_does_not_open_it(world: World, doors: Doors, receiver: Receiver) -> None:
    """Nothing is started, and nothing is told of what is there."""
    world.up.stop()
    world.up.start(SIDECAR_ALLOWED_PRIVATE_HOSTS_FOR_CALLERS="")
    try:
        before = world.site.sql("SELECT COUNT(*) AS n FROM background_agents_run")[0]["n"]

        async def start() -> None:
            request = message("writer")
            request.configuration.task_push_notification_config.CopyFrom(config_for(receiver.url))
            async with doors.a2a(doors.key) as client:
                async for _ in client.send_message(request):
                    pass

        with pytest.raises(InvalidParamsError, match="nothing is sent to this address"):
            asyncio.run(start())
        assert receiver.got == []
        assert world.site.sql("SELECT COUNT(*) AS n FROM background_agents_run")[0]["n"] == before
    finally:
        world.up.stop()
        world.up.start()
