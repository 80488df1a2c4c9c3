"""Push notifications: set with the official SDK's client, told to a receiver on loopback, by one of several processes, whatever is killed."""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from a2a.client.client import Client
from a2a.types import a2a_pb2 as wire
from a2a.utils.errors import InvalidParamsError, TaskNotFoundError, UnsupportedOperationError
from google.protobuf import json_format
from redis.asyncio import Redis

from demo.standin import StandIn
from sidecar.a2a.documents import State
from sidecar.a2a.notifying import Notifier
from sidecar.a2a.pushes import opened, seal_of, sealed
from sidecar.a2a.told import Told
from sidecar.notify.sending import Sender
from sidecar.process import Roles
from sidecar.runs.job import Job
from sidecar.seal import Unreadable
from sidecar.settings.site import secret_bytes
from sidecar.store import Store
from sidecar.store.pushes import Place
from tests.integration.test_a2a import RIGHTS, SCHEMA, STEPS, client_of, message, sent
from tests.support.engine import ACCOUNT, SITE, job, run_id, until
from tests.support.process import sidecar
from tests.support.receiver import Receiver, answers, closes

END = "TASK_STATE_COMPLETED"
SEAL = seal_of((b"a secret of the site",), SITE)


@pytest.fixture
def drupal() -> Iterator[StandIn]:
    with StandIn() as drupal:
        drupal.add_agent("writer", input_schema=SCHEMA)
        for name in ("ann", "bob"):
            drupal.site.accounts.add(name, RIGHTS, password="secret")
        yield drupal


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@asynccontextmanager
async def serving(
    redis_url: str, drupal: StandIn, scripts: Path, *allowed: str, steps: list[Any] = STEPS, **more: Any
) -> AsyncIterator[str]:
    (scripts / "test.json").write_text(json.dumps({"steps": steps}))
    async with sidecar(
        redis_url, drupal, scripts_dir=scripts, allowed_private_hosts_for_callers=list(allowed), **more
    ) as running:
        url = f"http://127.0.0.1:{running.port}"
        drupal.push_to(url)
        yield url


def push(url: str, **members: Any) -> wire.TaskPushNotificationConfig:
    return wire.TaskPushNotificationConfig(url=url, **members)


def updates(receiver: Receiver) -> list[wire.TaskStatusUpdateEvent]:
    """What was told, read as the SDK reads it; anything else in it is an error."""
    return [json_format.Parse(got.body, wire.StreamResponse()).status_update for got in receiver.got]


def states(receiver: Receiver) -> list[str]:
    return [wire.TaskState.Name(update.status.state) for update in updates(receiver)]


async def told_the_end(receiver: Receiver, end: str = END) -> None:
    async def ended() -> bool:
        return end in states(receiver)

    await until(ended)


async def create(client: Client, task: str, config: wire.TaskPushNotificationConfig) -> wire.TaskPushNotificationConfig:
    config.task_id = task
    return await client.create_task_push_notification_config(config)


async def test_a_task_is_told_from_its_start_to_its_end(
    redis_url: str, drupal: StandIn, tmp_path: Path, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """In order, with what the receiver knows the sender by, and without a word of the run."""
    caplog.set_level("INFO", "sidecar")
    asked = message("Bread", immediately=True)
    asked.configuration.task_push_notification_config.CopyFrom(
        push(
            receiver.url,
            token="geheim1",
            authentication=wire.AuthenticationInfo(scheme="Bearer", credentials="geheim2"),
        )
    )
    async with serving(redis_url, drupal, tmp_path, receiver.host) as url, client_of(url, streaming=False) as client:
        task = await sent(client, asked)
        again = await sent(client, asked)
        assert again.id == task.id
        await told_the_end(receiver)
        assert states(receiver) == ["TASK_STATE_WORKING", END]
        assert {(update.task_id, update.context_id) for update in updates(receiver)} == {(task.id, task.context_id)}
        first, second = [int(str(update.metadata["sequence"])[:-2]) for update in updates(receiver)]
        assert first < second
        for got in receiver.got:
            assert got.headers["x-a2a-notification-token"] == "geheim1"
            assert got.headers["authorization"] == "Bearer geheim2"
            assert b"Done" not in got.body
            assert b"draft" not in got.body
        request = wire.ListTaskPushNotificationConfigsRequest(task_id=task.id)

        async def forgotten() -> bool:
            return not (await client.list_task_push_notification_configs(request)).configs

        await until(forgotten)
    assert "push notification was sent" in caplog.text
    assert "geheim" not in caplog.text
    assert "hooks/agents" not in caplog.text


async def test_a_question_and_its_answer_are_told(
    redis_url: str, drupal: StandIn, tmp_path: Path, receiver: Receiver
) -> None:
    drupal.add_agent("writer", input_schema=SCHEMA, limits={"steps": 1, "on_limit": "ask"})
    async with serving(redis_url, drupal, tmp_path, receiver.host) as url, client_of(url, streaming=False) as client:
        task = await sent(client, message("Bread"))
        shown = await create(client, task.id, push(receiver.url, id="mine", token="geheim"))
        assert (shown.id, shown.url, shown.token) == ("mine", receiver.url, "")
        for _ in range(5):
            if wire.TaskState.Name(task.status.state) == END:
                break
            task = await sent(client, message("approve", task_id=task.id))
        await told_the_end(receiver)
        assert states(receiver)[0] == "TASK_STATE_WORKING"
        assert "Secret" not in str(receiver.got)
        with pytest.raises(UnsupportedOperationError):
            await create(client, task.id, push(receiver.url))


async def test_configurations_of_a_task(redis_url: str, drupal: StandIn, tmp_path: Path, receiver: Receiver) -> None:
    """Ten of one's own, none of anybody else's; secrets are not shown; what is deleted is told nothing."""
    slow = [{"delay_ms": 60_000, "text": "Too late."}]
    async with (
        serving(redis_url, drupal, tmp_path, receiver.host, steps=slow) as url,
        client_of(url, streaming=False) as client,
        client_of(url, "bob", streaming=False) as bob,
    ):
        task = await sent(client, message("Bread", immediately=True))
        auth = wire.AuthenticationInfo(scheme="Basic", credentials="geheim")
        first = await create(client, task.id, push(receiver.url, token="geheim", authentication=auth))
        assert await create(client, task.id, push(receiver.url)) == push(receiver.url, id=first.id, task_id=task.id)
        for number in range(9):
            await create(client, task.id, push(f"{receiver.url}/{number}"))
        with pytest.raises(InvalidParamsError, match="at most 10"):
            await create(client, task.id, push(f"{receiver.url}/more"))
        await create(client, task.id, push(f"{receiver.url}/0", id=first.id, token="geheim", authentication=auth))
        listed = await client.list_task_push_notification_configs(
            wire.ListTaskPushNotificationConfigsRequest(task_id=task.id)
        )
        assert len(listed.configs) == 10
        assert "geheim" not in str(listed)
        named = wire.GetTaskPushNotificationConfigRequest(task_id=task.id, id=first.id)
        found = await client.get_task_push_notification_config(named)
        assert (found.url, found.authentication.scheme) == (f"{receiver.url}/0", "Basic")
        assert (found.token, found.authentication.credentials) == ("", "")
        gone = wire.DeleteTaskPushNotificationConfigRequest(task_id=task.id, id=first.id)
        for call in (
            bob.get_task_push_notification_config(named),
            bob.delete_task_push_notification_config(gone),
            create(bob, task.id, push(receiver.url)),
            bob.list_task_push_notification_configs(wire.ListTaskPushNotificationConfigsRequest(task_id=task.id)),
            create(client, str(uuid.uuid4()), push(receiver.url)),
        ):
            with pytest.raises(TaskNotFoundError):
                await call
        for config in listed.configs:
            request = wire.DeleteTaskPushNotificationConfigRequest(task_id=task.id, id=config.id)
            await client.delete_task_push_notification_config(request)
            await client.delete_task_push_notification_config(request)
        with pytest.raises(TaskNotFoundError):
            await client.get_task_push_notification_config(named)
        before = len(receiver.got)
        await client.cancel_task(wire.CancelTaskRequest(id=task.id))
        await asyncio.to_thread(drupal.wait, task.id)
        assert "TASK_STATE_CANCELED" not in states(receiver)[before:]


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.169.254/",
        "http://127.0.0.1:9/",
        "https://127.0.0.1:9/",
        "https://127.1/",
        "https://2130706433/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://localhost/",
        "https://10.0.0.1/",
        "http://93.184.215.14/",
        "https://no.such.name.invalid/",
        "https://user:word@93.184.215.14/",
        "file:///etc/passwd",
        "gopher://93.184.215.14/",
        "https:///x",
        "nonsense",
        "https://[::1",
    ],
)
async def test_addresses_to_which_nothing_is_sent(
    redis_url: str, drupal: StandIn, tmp_path: Path, address: str
) -> None:
    """One answer for all of them, which tells nothing of this network; and nothing is started."""
    async with serving(redis_url, drupal, tmp_path) as url, client_of(url, streaming=False) as client:
        asked = message("Bread", immediately=True)
        asked.configuration.task_push_notification_config.url = address
        with pytest.raises(InvalidParamsError) as refused:
            await sent(client, asked)
        assert "nothing is sent to this address" in str(refused.value)
        assert "private" not in str(refused.value)
        assert drupal.runs == []


async def test_a_receiver_that_fails_hears_it_again_in_order(
    redis_url: str, drupal: StandIn, tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers badly, hangs up, leads elsewhere: nothing is followed, nothing skipped."""
    monkeypatch.setattr("sidecar.a2a.notifying.LONGEST_PAUSE", 0.2)
    with Receiver() as inner:
        receiver.behaviours = [answers(500), closes, answers(307, location=inner.url), answers(200)]
        asked = message("Bread", immediately=True)
        asked.configuration.task_push_notification_config.url = receiver.url
        async with (
            serving(redis_url, drupal, tmp_path, receiver.host, inner.host) as url,
            client_of(url, streaming=False) as client,
        ):
            await sent(client, asked)
            await told_the_end(receiver)
        assert inner.got == []
    assert states(receiver) == ["TASK_STATE_WORKING"] * 4 + [END]


async def test_one_that_hangs_keeps_no_other_waiting(
    redis_url: str, drupal: StandIn, tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it hangs."""
    kind: Any = Sender
    monkeypatch.setitem(kind.__init__.__kwdefaults__, "seconds", 600.0)
    receiver.behaviours = [receiver.hangs]
    with Receiver() as other:
        async with (
            serving(redis_url, drupal, tmp_path, receiver.host, other.host) as url,
            client_of(url, streaming=False) as client,
        ):
            asked = message("Bread", immediately=True)
            asked.configuration.task_push_notification_config.url = receiver.url
            await sent(client, asked)
            await until(lambda: _got(receiver, 1))
            asked = message("Cheese", immediately=True)
            asked.configuration.task_push_notification_config.url = other.url
            await sent(client, asked)
            await told_the_end(other)
        assert len(receiver.got) == 1


async def test_two_processes_tell_each_change_once(
    redis_url: str, drupal: StandIn, tmp_path: Path, receiver: Receiver
) -> None:
    doors = Roles(doors=True, worker=False)
    async with (
        serving(redis_url, drupal, tmp_path, receiver.host) as url,
        serving(redis_url, drupal, tmp_path, receiver.host, roles=doors),
        client_of(url, streaming=False) as client,
    ):
        for number in range(5):
            asked = message(f"Bread {number}", immediately=True)
            asked.configuration.task_push_notification_config.url = receiver.url
            await sent(client, asked)

        async def all_ended() -> bool:
            return states(receiver).count(END) == 5

        await until(all_ended)
    assert len({(update.task_id, update.status.state) for update in updates(receiver)}) == len(receiver.got) == 10


async def _got(receiver: Receiver, count: int) -> bool:
    return len(receiver.got) >= count


class Site:
    """A site that knows of each run what it is told."""

    id = SITE

    def __init__(self, **run: Any) -> None:
        self.told, self.asked = {"uuid": run_id(), "agent": "writer", "created": "2026-11-20T10:00:00Z"} | run, 0

    async def read(self, path: str) -> dict[str, Any]:
        assert path == f"runs/{run_id()}"
        self.asked += 1
        return self.told


def notifier_of(site: Site, store: Store, receiver: Receiver, **more: Any) -> Notifier:
    """What tells the receivers of one site."""
    return Notifier(site, store.pushes, store.reading, Sender([receiver.host]), more.pop("seal", SEAL), **more)


async def subscribed(store: Store, url: str, began: float = 0.0) -> Place:
    place = Place(run_id(), ACCOUNT, "c")
    config = {"id": "c", "url": url, "taskId": run_id(), "contextId": "x"}
    told = Told(0, State.SUBMITTED, began=began).document()
    assert await store.pushes.save(SITE, place, sealed(SEAL, place, config), told, 10)
    return place


async def test_another_process_goes_on_after_a_kill(store: Store, redis_url: str, receiver: Receiver) -> None:
    """Killed while the receiver has the message and has not answered: it comes once more, and then the next one."""
    receiver.behaviours = [receiver.hangs, answers(200)]
    await store.accepting.accept(Job.of(job()))
    claim = await store.holding.take(SITE, "w", 60_000, {"engine": "test", "journal": "1"})
    assert claim is not None
    place = await subscribed(store, receiver.url)
    command = [sys.executable, "-m", "tests.support.doomed_notifier", redis_url, receiver.host]
    process = await asyncio.create_subprocess_exec(*command)
    await until(lambda: _got(receiver, 1))
    process.kill()
    await process.wait()
    notifier = notifier_of(Site(), store, receiver, lease_seconds=1.0)

    async def second() -> bool:
        await notifier.look()
        return len(receiver.got) >= 2

    await until(second)
    await notifier.close()
    assert states(receiver) == ["TASK_STATE_WORKING"] * 2
    assert updates(receiver)[0] == updates(receiver)[1]
    assert await store.pushes.read(SITE, place) is not None


async def test_who_lost_its_lease_sends_no_more(store: Store) -> None:
    place = await subscribed(store, "https://a.test/")
    told = Told(0, State.SUBMITTED).document()
    [slow] = await store.pushes.take(SITE, 10, 1)
    [other] = await until(lambda: store.pushes.take(SITE, 10, 60_000))
    assert await store.pushes.take(SITE, 10, 60_000) == []
    assert await store.pushes.keep(SITE, slow, told, 60_000) is None
    await store.pushes.finish(SITE, slow)
    held = await store.pushes.keep(SITE, other, told, 60_000)
    assert held is not None
    await store.pushes.delete(SITE, place)
    assert await store.pushes.keep(SITE, held, told, 60_000) is None
    assert await store.pushes.take(SITE, 10, 1) == []


async def test_an_end_that_only_drupal_knows_is_told(store: Store, receiver: Receiver) -> None:
    """Such as of a run that was cancelled before the sidecar had it. Drupal is not asked at once, and not at each look."""
    site = Site(state="queued", last_seq=0)
    await subscribed(store, receiver.url)
    now = 5.0
    notifier = notifier_of(site, store, receiver, clock=lambda: now)
    assert await until(notifier.look) == 1
    await notifier.close()
    assert site.asked == 0
    await store.pushes.save(SITE, Place(run_id(), ACCOUNT, "c"), await _config(store), {}, 10)  # it is looked at again
    now = 20.0
    assert await until(notifier.look) == 1
    await notifier.close()
    assert (site.asked, receiver.got) == (1, [])
    await store.pushes.save(SITE, Place(run_id(), ACCOUNT, "c"), await _config(store), {}, 10)
    site.told |= {"state": "cancelled", "last_seq": 1}
    assert await until(notifier.look) == 1
    await notifier.close()
    assert states(receiver) == ["TASK_STATE_CANCELED"]
    assert await store.pushes.read(SITE, Place(run_id(), ACCOUNT, "c")) is None


async def test_one_that_takes_nothing_is_given_up(store: Store, receiver: Receiver) -> None:
    """After an hour of tries, or at once when it says that it is gone."""
    for behaviour, hours in ((answers(500), 1), (answers(410), 0)):
        receiver.behaviours, now = [behaviour], 20.0
        place = await subscribed(store, receiver.url)
        site = Site(state="cancelled", last_seq=1)
        clock = [now]
        notifier = notifier_of(site, store, receiver, clock=lambda: clock[0])  # noqa: B023
        await until(notifier.look)
        await notifier.close()
        for _ in range(hours):
            assert await store.pushes.read(SITE, place) is not None
            clock[0] += 3_601
            await until(notifier.look)
            await notifier.close()
        assert await store.pushes.read(SITE, place) is None


async def test_nothing_of_a_configuration_can_be_read_in_redis(
    redis_url: str, drupal: StandIn, tmp_path: Path, receiver: Receiver, store: Store
) -> None:
    """Neither credentials nor the address; and it is told by a process that has the secret as its second one, in a rotation."""
    slow = [{"delay_ms": 60_000, "text": "Too late."}]
    auth = wire.AuthenticationInfo(scheme="Bearer", credentials="geheim2")
    async with (
        serving(redis_url, drupal, tmp_path, receiver.host, steps=slow) as url,
        client_of(url, streaming=False) as client,
    ):
        task = await sent(client, message("Bread", immediately=True))
        await create(client, task.id, push(f"{receiver.url}/geheim3", token="geheim1", authentication=auth))
        async with Redis.from_url(redis_url) as redis:
            kept = [await _dumped(redis, key) async for key in redis.scan_iter("*push*")]
        assert kept
        assert not [text for text in kept if b"geheim" in text or receiver.host.encode() in text]
        [(id, text)] = (await store.pushes.all(SITE, task.id, _account(drupal, "ann"))).items()
        place = Place(task.id, _account(drupal, "ann"), id)
        own, other = secret_bytes(drupal.secret), b"another secret of a site, new"
        assert opened(seal_of((other, own), SITE), place, text)["token"] == "geheim1"
        for keys, site, elsewhere in (
            ((other,), SITE, place),
            ((own,), "another_site", place),
            ((own,), SITE, Place(task.id, _account(drupal, "bob"), id)),
        ):
            with pytest.raises(Unreadable):
                opened(seal_of(keys, site), elsewhere, text)


async def test_one_that_cannot_be_opened_is_left_to_others_and_then_forgotten(store: Store, receiver: Receiver) -> None:
    """A process without the newer secret sends nothing and forgets nothing; after an hour nobody has had it."""
    place = await subscribed(store, receiver.url)
    clock = [20.0]
    site = Site(state="cancelled", last_seq=1)
    older = notifier_of(
        site, store, receiver, seal=seal_of((b"an older secret of the site",), SITE), clock=lambda: clock[0]
    )
    assert await until(older.look) == 1
    await older.close()
    assert (receiver.got, await store.pushes.read(SITE, place) is not None) == ([], True)
    clock[0] += 3_601
    assert await until(older.look) == 1
    await older.close()
    assert (receiver.got, await store.pushes.read(SITE, place)) == ([], None)


async def _dumped(redis: Any, key: bytes) -> bytes:
    return key + repr(await redis.hgetall(key) if await redis.type(key) == b"hash" else b"").encode()


def _account(drupal: StandIn, name: str) -> str:
    found = drupal.site.accounts.by_name(name)
    assert found is not None
    return found.uuid


async def _config(store: Store) -> str:
    found = await store.pushes.read(SITE, Place(run_id(), ACCOUNT, "c"))
    assert found is not None
    return found[0]
