"""The outbox by MySQL protocol, against a real MariaDB."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pymysql
import pytest
from pydantic import SecretStr

from sidecar.drupal.client import DrupalSite
from sidecar.errors import StoreUnavailable
from sidecar.intake.accept import Hallway
from sidecar.intake.database_check import excessive, missing_grants
from sidecar.intake.outbox import Outbox, OutboxIntake, OutboxUnavailable
from sidecar.runs.job import Job
from sidecar.settings import DatabaseSettings, SiteSettings
from tests.conftest import connect_arguments
from tests.support.jobs import job

pytestmark = pytest.mark.mariadb

PREFIX = "site1_"
URL = "https://www.example.org"
NOWHERE = DrupalSite(
    SiteSettings.model_validate({"base_url": "http://127.0.0.1:9", "secrets": ["a secret of more than 24 bytes"]}),
    httpx.AsyncClient(verify=False, timeout=60),
)
TABLE = f"{PREFIX}background_agents_outbox"
CREATE = f"""
CREATE TABLE {TABLE} (
  id int unsigned NOT NULL AUTO_INCREMENT, run char(36) NOT NULL, status tinyint NOT NULL DEFAULT 0, available_at int NOT NULL,
  attempt int NOT NULL DEFAULT 0, generation int NOT NULL DEFAULT 1, claimed_by varchar(128) DEFAULT NULL,
  claimed_until int DEFAULT NULL, job longtext NOT NULL, created int NOT NULL,
  site varchar(64) NOT NULL DEFAULT 'default', base_url varchar(255) NOT NULL DEFAULT '{URL}',
  PRIMARY KEY (id), UNIQUE KEY run (run), KEY due (status, available_at, id))
"""


class Memory:
    """A store that remembers what it accepted, and fails when told."""

    def __init__(self) -> None:
        self.jobs: list[dict[str, Any]] = []
        self.before: Callable[[dict[str, Any]], None] = lambda job: None

    async def accept(self, job: Job) -> Any:
        self.before(job.document)
        self.jobs.append(job.document)
        await asyncio.sleep(0)

        class Accepted:
            run, attempt, new = job.run, job.attempt, True

        return Accepted

    async def told_spent(self, site: str, spent: dict[str, Any]) -> bool:
        """Rows of the outbox tell nothing of it."""
        raise AssertionError

    async def set_stop(self, site: str, on: bool) -> None:
        """Nor of the stop switch."""
        raise AssertionError

    async def look_again(self, site: str, seconds: int) -> None:
        """Nor of what waits for its time."""
        raise AssertionError


@pytest.fixture
def database(mariadb: DatabaseSettings) -> DatabaseSettings:
    """An outbox, and an account that may SELECT and UPDATE it and nothing else."""
    with pymysql.connect(**connect_arguments(mariadb)) as connection, connection.cursor() as cursor:
        cursor.execute(CREATE)
        cursor.execute("CREATE OR REPLACE USER sidecar@'127.0.0.1' IDENTIFIED BY 'sidecar'")
        cursor.execute(f"GRANT SELECT, UPDATE ON {mariadb.name}.{TABLE} TO sidecar@'127.0.0.1'")
    return mariadb.model_copy(update={"user": "sidecar", "password": SecretStr("sidecar"), "prefix": PREFIX})


@pytest.fixture
async def outbox(database: DatabaseSettings) -> AsyncIterator[Outbox]:
    made = Outbox(database, "test")
    yield made
    await made.aclose()


def sql(database: DatabaseSettings, statement: str, *values: Any) -> list[dict[str, Any]]:
    """Run a statement as Drupal would."""
    arguments: dict[str, Any] = connect_arguments(database) | {"user": "test", "password": "test"}
    with (
        pymysql.connect(**arguments, cursorclass=pymysql.cursors.DictCursor) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def now(database: DatabaseSettings) -> int:
    """The database's clock."""
    return sql(database, "SELECT UNIX_TIMESTAMP() AS now")[0]["now"]


def insert(database: DatabaseSettings, document: dict[str, Any] | str | None = None, due: int = 0) -> str:
    """A row as the Dispatcher leaves it; its run. `due`: seconds from now."""
    made = job() if document is None else document
    run = made["run"] if isinstance(made, dict) else str(uuid.uuid4())
    if isinstance(made, dict):
        made = json.dumps({name: value for name, value in made.items() if name != "attempt"})
    statement = f"INSERT INTO {TABLE} (run, available_at, job, created) VALUES (%s, UNIX_TIMESTAMP() + %s, %s, UNIX_TIMESTAMP())"
    sql(database, statement, run, due, made)
    return run


def insert_many(database: DatabaseSettings, count: int) -> set[str]:
    """Rows one by one, each in a transaction of its own, over one connection; their runs."""
    jobs = [job() for _ in range(count)]
    statement = f"INSERT INTO {TABLE} (run, available_at, job, created) VALUES (%s, 0, %s, 0)"
    arguments: dict[str, Any] = connect_arguments(database) | {"user": "test", "password": "test"}
    with pymysql.connect(**arguments) as connection:
        for made in jobs:
            with connection.cursor() as cursor:
                cursor.execute(statement, (made["run"], json.dumps(made)))
    return {made["run"] for made in jobs}


def intake(outbox: Outbox, store: Memory) -> OutboxIntake:
    """The outbox behind a hallway."""
    return OutboxIntake(
        "default", outbox, Hallway(store, store, {"default": NOWHERE}, "test"), lambda: asyncio.sleep(0, URL)
    )


async def test_rows_are_taken_in_order_marked_and_handed_on(database: DatabaseSettings, outbox: Outbox) -> None:
    """The job gets the raised attempt and the row's generation; the row stays until the run's end is stored."""
    runs = [insert(database), insert(database)]
    later = insert(database, due=3600)
    store = Memory()
    before = now(database)
    assert await intake(outbox, store).once() == 2
    after = now(database)
    assert [(entry["run"], entry["attempt"]) for entry in store.jobs] == [(run, 1) for run in runs]
    rows = {row["run"]: row for row in sql(database, f"SELECT * FROM {TABLE}")}
    assert all((rows[run]["status"], rows[run]["attempt"], rows[run]["claimed_by"]) == (1, 1, "test") for run in runs)
    assert all(before + 60 <= rows[run]["claimed_until"] <= after + 60 for run in runs)
    assert (rows[later]["status"], rows[later]["attempt"]) == (0, 0)
    assert await intake(outbox, store).once() == 0


async def test_rows_of_another_site_stay(database: DatabaseSettings, outbox: Outbox) -> None:
    """A copy's, and one's own as long as nobody knows which site is served; the doctor tells how many there are."""
    copied, own, unknown = insert(database), insert(database), insert(database)
    sql(database, f"UPDATE {TABLE} SET base_url = 'https://staging.example.org' WHERE run = %s", copied)
    sql(database, f"UPDATE {TABLE} SET site = 'blog' WHERE run = %s", unknown)
    store = Memory()
    hallway = Hallway(store, store, {"default": NOWHERE}, "test")
    assert await OutboxIntake("default", outbox, hallway, lambda: asyncio.sleep(0, None)).once() == 0
    assert await intake(outbox, store).once() == 1
    assert [entry["run"] for entry in store.jobs] == [own]
    told = (await outbox.check())["sites"]
    assert sorted(told) == [("blog", URL, 1), ("default", "https://staging.example.org", 1)]


async def test_a_row_that_cannot_be_marked_keeps_nobody_back(database: DatabaseSettings, outbox: Outbox) -> None:
    """An attempt that cannot be raised would fail the UPDATE of the whole batch: the row is left to Drupal, which sets it aside."""
    full, good = insert(database), insert(database)
    sql(database, f"UPDATE {TABLE} SET attempt = 2147483647 WHERE run = %s", full)
    store = Memory()
    assert await intake(outbox, store).once() == 1
    assert [entry["run"] for entry in store.jobs] == [good]
    assert await intake(outbox, store).once() == 0


async def test_two_claimers_never_take_the_same_row(database: DatabaseSettings) -> None:
    """200 rows, four claimers at once, an inserter beside them: each row once, none left."""
    boxes = [Outbox(database, f"claimer {number}") for number in range(4)]
    stores = [Memory() for _ in boxes]
    runs = insert_many(database, 150)

    async def claim(box: Outbox, store: Memory) -> None:
        taker = intake(box, store)
        while await taker.once():
            pass

    adding = asyncio.create_task(asyncio.to_thread(insert_many, database, 50))
    await asyncio.gather(*map(claim, boxes, stores))
    added = await adding
    await claim(boxes[0], stores[0])
    taken = [entry["run"] for store in stores for entry in store.jobs]
    assert len(taken) == len(set(taken)) == 200
    assert set(taken) == runs | added
    assert sql(database, f"SELECT COUNT(*) AS n FROM {TABLE} WHERE status = 1 AND attempt = 1") == [{"n": 200}]
    for box in boxes:
        await box.aclose()


async def test_while_redis_is_away_the_rows_stay(database: DatabaseSettings, outbox: Outbox) -> None:
    """Nothing is marked; another process can take them."""
    run = insert(database)
    store = Memory()

    def away(job: dict[str, Any]) -> None:
        raise StoreUnavailable("gone")

    store.before = away
    with pytest.raises(StoreUnavailable):
        await intake(outbox, store).once()
    assert sql(database, f"SELECT status, attempt FROM {TABLE}") == [{"status": 0, "attempt": 0}]
    other = Outbox(database, "other")
    assert [row.run for row in await other.claim("default", URL)] == [run]
    await other.aclose()


async def test_a_crash_between_accept_and_commit_brings_the_row_back(database: DatabaseSettings) -> None:
    """The job is stored, the process dies before the commit: the row is claimed again, with the same attempt."""
    run = insert(database)
    doomed, store = Outbox(database, "doomed"), Memory()
    rows = await doomed.claim("default", URL)
    await store.accept(Job.of(json.loads(rows[0].job) | {"attempt": rows[0].attempt}))
    doomed._disconnect()  # what the server sees of a killed process
    survivor = Outbox(database, "survivor")
    assert await intake(survivor, store).once() == 1
    assert [(entry["run"], entry["attempt"]) for entry in store.jobs] == [(run, 1), (run, 1)]
    for box in (doomed, survivor):
        await box.aclose()


async def test_a_killed_connection_is_made_anew(database: DatabaseSettings, outbox: Outbox) -> None:
    """Idle for hours, or the server was restarted: one more try, with a fresh connection."""
    assert await outbox.claim("default", URL) == []
    for row in sql(database, "SHOW PROCESSLIST"):
        if row["User"] == "sidecar":
            sql(database, f"KILL {row['Id']}")
    run = insert(database)
    assert [row.run for row in await outbox.claim("default", URL)] == [run]


async def test_a_connection_lost_before_the_commit_loses_the_claim_only(
    database: DatabaseSettings, outbox: Outbox
) -> None:
    """The commit says so; the rows are free."""
    insert(database)
    rows = await outbox.claim("default", URL)
    for row in sql(database, "SHOW PROCESSLIST"):
        if row["User"] == "sidecar":
            sql(database, f"KILL {row['Id']}")
    with pytest.raises(OutboxUnavailable):
        await outbox.commit([row.id for row in rows])
    assert len(await outbox.claim("default", URL)) == 1


@pytest.mark.parametrize("document", ["no json", "[]", json.dumps({"run": "x"})])
async def test_a_job_that_can_never_run_does_not_block_the_others(
    database: DatabaseSettings, outbox: Outbox, document: str
) -> None:
    """It is marked, so that it comes again by jobs/claim only, and the others go on."""
    insert(database, document)
    good = insert(database)
    store = Memory()
    assert await intake(outbox, store).once() == 2
    assert [entry["run"] for entry in store.jobs] == [good]
    assert sql(database, f"SELECT COUNT(*) AS n FROM {TABLE} WHERE status = 1") == [{"n": 2}]


async def test_a_wrong_password_is_a_sentence_without_it(database: DatabaseSettings) -> None:
    """As is a table that is not there."""
    wrong = Outbox(database.model_copy(update={"password": SecretStr("hunter2222")}), "test")
    with pytest.raises(OutboxUnavailable, match="Access denied") as refused:
        await wrong.claim("default", URL)
    assert "hunter2222" not in str(refused.value)
    elsewhere = Outbox(database.model_copy(update={"prefix": "other_"}), "test")
    with pytest.raises(OutboxUnavailable, match="other_background_agents_outbox"):
        await elsewhere.claim("default", URL)
    for box in (wrong, elsewhere):
        await box.aclose()


async def test_the_account_may_do_nothing_else(database: DatabaseSettings, outbox: Outbox) -> None:
    """The tests run with the rights that the documentation gives; the doctor sees that they are the right ones."""
    facts = await outbox.check()
    assert facts["waiting"] == 0
    assert excessive(facts["grants"]) == ""
    assert missing_grants(facts["grants"]) == ""
    with (
        pymysql.connect(**connect_arguments(database)) as connection,
        connection.cursor() as cursor,
        pytest.raises(pymysql.err.OperationalError, match="denied"),
    ):
        cursor.execute(f"DELETE FROM {TABLE}")


async def test_a_claim_waits_for_a_row_and_holds_nothing_meanwhile(database: DatabaseSettings, outbox: Outbox) -> None:
    """It is found within a look or two, and the table can be altered while nobody has a row."""
    claim = asyncio.create_task(outbox.claim("default", URL, seconds=30))
    await outbox_looks(outbox)
    sql(database, f"ALTER TABLE {TABLE} COMMENT 'altered'")
    run = insert(database)
    async with asyncio.timeout(60):
        assert [row.run for row in await claim] == [run]
    await outbox.rollback()


async def test_a_claim_that_waits_ends_when_the_process_stops(database: DatabaseSettings, outbox: Outbox) -> None:
    claim = asyncio.create_task(outbox.claim("default", URL, seconds=600))
    await outbox_looks(outbox)
    outbox.stop_looking()
    async with asyncio.timeout(60):
        assert await claim == []


async def outbox_looks(outbox: Outbox) -> None:
    """Waits until its thread is connected."""
    async with asyncio.timeout(60):
        while outbox._connection is None:
            await asyncio.sleep(0.01)
