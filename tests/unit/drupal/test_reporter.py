"""The reporter: batches, verdicts, refusals, commands. Drupal is a script of answers, the store a small twin."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from typing import Any, cast

import pytest

from sidecar.drupal.batch import GOOD_SECONDS
from sidecar.drupal.reporter import PROCESSES_SECONDS, RECONCILE_SECONDS, Reporter
from sidecar.drupal.site_contact import ContactNote
from sidecar.drupal.verdicts import SKIP_SECONDS
from sidecar.errors import DrupalAnswerLost, DrupalError, DrupalUnavailable
from sidecar.runs.contact import Contact
from sidecar.runs.outgoing import Room, Stored, Unsent
from sidecar.runs.processes import Process
from sidecar.runs.run import Outgoing, RunState

A, B = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"


class Clock:
    """Monotonic seconds that pass when told."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Run:
    """A run of the twin."""

    def __init__(self, run: str, events: int, state: str = "running", end: dict[str, Any] | None = None) -> None:
        self.run, self.state, self.end = run, state, end
        self.events = [self.raw("step_started", number) for number in range(1, events + 1)]
        self.acked = 0
        self.ended = False

    @staticmethod
    def raw(kind: str, number: int) -> bytes:
        return json.dumps({"type": kind, "time": "2026-11-20T12:00:00Z", "data": {"number": number}}).encode()


class Store:
    """What the reporter needs of the store, in memory."""

    def __init__(self, *runs: Run) -> None:
        self.all = {run.run: run for run in runs}
        self.leased = True
        self.stop = False
        self.listed = 0
        self.told: list[Any] = []
        self.contacts: list[Contact] = []
        self.asked: list[tuple[Room, frozenset[str], bool]] = []
        self.round_trips = 0

    async def unsent(
        self,
        site: str,
        room: Room,
        *,
        watched: Collection[str] = (),
        without: Collection[str] = (),
        oldest_first: bool = False,
    ) -> Unsent:
        self.asked.append((room, frozenset(watched), oldest_first))
        found, left, more = [], room.events, False
        for run in [run for run in self.all.values() if run.run not in without]:
            tail = list(enumerate(run.events, 1))[run.acked :]
            sent = tail[: min(room.run_events, left)]
            end = run.end if len(sent) == len(tail) and not run.ended else None
            if (sent or end) and len(found) < room.runs:
                found.append(Outgoing(run.run, 1, 1, run.state, {}, sent, end))
                left -= len(sent)
                more = more or len(sent) < len(tail)
            else:
                more = more or bool(tail)
        return Unsent(found, more)

    async def acknowledge(self, site: str, *stored: Stored) -> None:
        self.round_trips += bool(stored)
        for has in stored:
            run = self.all[has.run]
            run.acked, run.ended = max(run.acked, has.last_seq), run.ended or has.ended

    async def renumber(self, site: str, run: str, last_seq: int) -> None:
        self.told.append(("renumber", run, last_seq))

    async def rewind(self, site: str, run: str, last_seq: int) -> None:
        self.told.append(("rewind", run, last_seq))

    async def refuse_event(self, site: str, run: str, seq: int, kind: str, detail: str) -> None:
        self.told.append(("refuse", run, seq, kind))
        self.all[run].events[seq - 1] = Run.raw("event_refused", seq)

    async def live(self, site: str) -> list[tuple[str, int]]:
        self.listed += 1
        return [(run.run, 1) for run in self.all.values() if not run.end]

    async def live_count(self, site: str) -> int:
        return sum(not run.end for run in self.all.values())

    async def stopped(self, site: str) -> bool:
        return self.stop

    async def drop(self, site: str, run: str) -> None:
        self.told.append(("drop", run))
        self.all.pop(run, None)

    async def drop_unless_over(self, site: str, run: str) -> bool:
        over = run not in self.all or RunState(self.all[run].state).final
        if not over:
            await self.drop(site, run)
        return not over

    async def knows(self, site: str, run: str) -> bool:
        return run in self.all

    async def give(self, site: str, run: str, command: str, data: dict[str, Any] | None = None, by: str = "") -> bool:
        self.told.append((command, run, data, by))
        return run in self.all

    async def told_spent(self, site: str, spent: dict[str, Any]) -> bool:
        self.told.append(("spent", spent))
        return True

    async def set_stop(self, site: str, on: bool) -> None:
        self.told.append(("stop", on))
        self.stop = on

    async def note(self, site: str, contact: Contact) -> None:
        self.contacts.append(contact)

    async def sender_lease(self, site: str, name: str, seconds: float) -> bool:
        return self.leased


class Drupal:
    """A site that takes all, but for what `refuse` says."""

    id = "default"

    def __init__(self) -> None:
        self.batches: list[dict[str, Any]] = []
        self.next: dict[str, Any] = {}
        self.verdicts: dict[str, dict[str, Any]] = {}
        self.error: Exception | None = None
        self.poison: int | None = None
        self.on_answer: Callable[[], None] = lambda: None

    async def signed(self, path: str, body: dict[str, Any], texts: dict[str, bytes]) -> dict[str, Any]:
        assert path == "events"
        body = body | {name: json.loads(text) for name, text in texts.items()}
        self.batches.append(body)
        self.on_answer()
        if self.error:
            raise self.error
        if self.poison and any(
            event["seq"] == self.poison and event["type"] != "event_refused"
            for item in body["runs"]
            for event in item["events"]
        ):
            raise DrupalError({"status": 400, "code": "invalid", "detail": "One of them is wrong."})
        verdicts = {item["run"]: self.take(item) for item in body["runs"]}
        return {"runs": verdicts | self.verdicts, "commands": [], "stop": False} | self.next

    @staticmethod
    def take(item: dict[str, Any]) -> dict[str, Any]:
        last = item["events"][-1]["seq"] if item["events"] else 99
        return {"last_seq": last, "status": "ok", "ended": (item.get("end") or {}).get("state")}


class Parts:
    """A reporter and its surroundings."""

    def __init__(self, *runs: Run) -> None:
        self.store, self.drupal, self.clock = Store(*runs), Drupal(), Clock()
        self.claimed: list[list[str]] = []
        self.handed_out: set[str] = set()
        contact, site = ContactNote(self.store, self.drupal.id, "me"), cast(Any, self.drupal)
        self.reporter = Reporter(site, self.store, self.store, contact, self.claim, "me", self.clock)

    async def claim(self, runs: Iterable[str]) -> set[str]:
        self.claimed.append(list(runs))
        return self.handed_out & set(self.claimed[-1])


END = {"state": "completed", "reason": "done"}


async def test_events_are_sent_numbered_with_their_hash_and_acknowledged() -> None:
    """And the end with the last of them."""
    parts = Parts(Run(A, 3, "completed", END), Run(B, 2))
    assert await parts.reporter.tick() == 6
    first, second = parts.drupal.batches[0]["runs"]
    assert [event["seq"] for event in first["events"]] == [1, 2, 3]
    assert all(len(event["hash"]) == 32 for event in first["events"])
    assert first["end"] == END
    assert "end" not in second
    assert (parts.store.all[A].acked, parts.store.all[A].ended, parts.store.all[B].acked) == (3, True, 2)


async def test_one_sender_per_site() -> None:
    """Without the lease nothing is sent."""
    parts = Parts(Run(A, 1))
    parts.store.leased = False
    assert await parts.reporter.tick() == 0
    assert parts.drupal.batches == []


async def test_while_runs_are_live_an_empty_batch_asks_for_commands_and_a_quiet_site_is_left_alone() -> None:
    """Except for the comparison once a minute."""
    parts = Parts(Run(A, 0))
    await parts.reporter.tick()
    await parts.reporter.tick()
    assert len(parts.drupal.batches) == 2
    quiet = Parts()
    for _ in range(3):
        await quiet.reporter.tick()
    assert len(quiet.drupal.batches) == 1
    quiet.clock.now += RECONCILE_SECONDS
    await quiet.reporter.tick()
    assert quiet.drupal.batches[-1]["reconcile"] is True


async def test_the_live_runs_are_read_for_the_comparison_only() -> None:
    """Thousands may be queued: a look at each of them, once a second, is no idling."""
    parts = Parts(Run(A, 0))
    for _ in range(5):
        await parts.reporter.tick()
    assert (len(parts.drupal.batches), parts.store.listed) == (5, 1)
    parts.clock.now += RECONCILE_SECONDS
    await parts.reporter.tick()
    assert parts.store.listed == 2


async def test_while_the_site_is_stopped_the_sidecar_goes_on_asking() -> None:
    """Without a run and without push it would hear a minute late that agents may run again."""
    parts = Parts()
    parts.drupal.next = {"stop": True}
    for _ in range(3):
        await parts.reporter.tick()
    assert len(parts.drupal.batches) == 3
    parts.drupal.next = {}
    await parts.reporter.tick()
    assert parts.store.stop is False
    await parts.reporter.tick()
    assert len(parts.drupal.batches) == 4, "a quiet site is left alone again"


async def test_the_comparison_brings_back_what_is_missing_and_ends_what_is_over() -> None:
    """Drupal answers which live runs it misses here, and which have ended there."""
    parts = Parts(Run(A, 0))
    parts.drupal.next = {"missing": [B], "ended": [A]}
    await parts.reporter.tick()
    assert parts.drupal.batches[0]["live"] == [{"run": A, "attempt": 1}]
    assert parts.claimed == [[B]]
    assert ("drop", A) in parts.store.told


async def test_a_run_whose_own_end_is_on_its_way_is_not_dropped() -> None:
    """Its events still belong to the history."""
    parts = Parts(Run(A, 300, "completed", END))
    parts.drupal.next = {"ended": [A]}
    await parts.reporter.tick()
    assert A in parts.store.all
    await parts.reporter.tick()
    assert parts.store.all[A].ended


@pytest.mark.parametrize(
    "error", [DrupalUnavailable({"status": 503}), DrupalError({"status": 401, "code": "signature_invalid"})]
)
async def test_what_drupal_does_not_take_is_kept(error: Exception) -> None:
    """Down, or refusing us: the same events go out the next time."""
    parts = Parts(Run(A, 2))
    parts.drupal.error = error
    with pytest.raises(DrupalError):
        await parts.reporter.tick()
    assert parts.store.told == []
    parts.drupal.error = None
    assert await parts.reporter.tick() == 2


@pytest.mark.parametrize("poison", [1, 7, 100, 200])
async def test_a_refused_batch_is_halved_until_the_guilty_event_is_alone(poison: int) -> None:
    """A stub takes its place; every other event of every run arrives; then the batches grow again."""
    parts = Parts(Run(B, 3), Run(A, 200))
    parts.drupal.poison = poison
    for _ in range(60):
        await parts.reporter.tick()
    assert [told for told in parts.store.told if told[0] == "refuse"] in (
        [("refuse", A, poison, "step_started")],
        [("refuse", B, 1, "step_started"), ("refuse", A, 1, "step_started")],
    )
    assert (parts.store.all[A].acked, parts.store.all[B].acked) == (200, 3)
    assert parts.store.asked[-1][0].events == 500


async def test_an_event_that_drupal_names_is_replaced_at_once() -> None:
    """Those before it are acknowledged."""
    parts = Parts(Run(A, 5))
    parts.drupal.verdicts = {A: {"last_seq": 2, "status": "refused", "refused_seq": 3, "detail": "Too odd."}}
    await parts.reporter.tick()
    assert parts.store.all[A].acked == 2
    assert parts.store.told[0] == ("refuse", A, 3, "step_started")
    await parts.reporter.tick()  # the stub is refused too: this run waits, the others go on
    assert len([told for told in parts.store.told if told[0] == "refuse"]) == 1
    parts.store.all[B] = Run(B, 1)
    parts.drupal.verdicts = {}
    await parts.reporter.tick()
    assert [item["run"] for item in parts.drupal.batches[-1]["runs"]] == [B]
    parts.clock.now += SKIP_SECONDS + 1
    await parts.reporter.tick()
    assert parts.store.all[A].acked == 5


async def test_an_end_that_is_refused_arrives_without_its_output() -> None:
    """The run must end in Drupal, whatever its output is."""
    parts = Parts(Run(A, 0, "completed", END | {"output": "x" * 10}))

    async def picky(path: str, body: dict[str, Any], texts: dict[str, bytes]) -> dict[str, Any]:
        if any("output" in item.get("end", {}) for item in json.loads(texts["runs"])):
            raise DrupalError({"status": 413, "code": "too_large"})
        return {"runs": {A: {"last_seq": 0, "status": "ok", "ended": "completed"}}, "commands": [], "stop": False}

    parts.drupal.signed = picky  # type: ignore[method-assign]
    await parts.reporter.tick()
    await parts.reporter.tick()
    assert parts.store.all[A].ended


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        ({"last_seq": 4, "status": "seq_conflict"}, ("renumber", A, 4)),
        ({"last_seq": 0, "status": "seq_gap"}, ("rewind", A, 0)),
        ({"last_seq": 0, "status": "unknown_run"}, ("drop", A)),
        ({"last_seq": 2, "status": "ok", "ended": "cancelled"}, ("drop", A)),
    ],
)
async def test_verdicts(verdict: dict[str, Any], told: Any) -> None:
    """Each is acted upon."""
    parts = Parts(Run(A, 2))
    parts.drupal.verdicts = {A: verdict}
    await parts.reporter.tick()
    assert told in parts.store.told


@pytest.mark.parametrize("handed_out", [True, False])
async def test_an_old_attempt_is_fetched_anew_or_dropped(handed_out: bool) -> None:
    """Drupal has handed the run out again: its new job decides, or it is over."""
    parts = Parts(Run(A, 2))
    parts.handed_out = {A} if handed_out else set()
    parts.drupal.verdicts = {A: {"last_seq": 0, "status": "stale_attempt"}}
    await parts.reporter.tick()
    assert parts.claimed == [[A]]
    assert (("drop", A) in parts.store.told) is not handed_out


async def test_commands_are_carried_out_and_named_until_drupal_knows() -> None:
    """Also when the answer to that is lost: they are idempotent."""
    parts = Parts(Run(A, 1))
    command = {"id": 7, "run": A, "command": "pause", "by": "editor"}
    parts.drupal.next = {"commands": [command], "stop": True}
    await parts.reporter.tick()
    assert ("pause", A, {}, "editor") in parts.store.told
    assert ("stop", True) in parts.store.told
    parts.drupal.error = DrupalUnavailable({"status": 503})
    with pytest.raises(DrupalUnavailable):
        await parts.reporter.tick()
    parts.drupal.error, parts.drupal.next = None, {}
    await parts.reporter.tick()
    await parts.reporter.tick()
    assert [batch["done_commands"] for batch in parts.drupal.batches] == [[], [7], [7], []]


@pytest.mark.parametrize(("name", "run"), [("retry", A), ("cancel", B)])
async def test_a_retry_and_a_command_for_an_unknown_run_fetch_the_job(name: str, run: str) -> None:
    """A retry is a new generation; an unknown run may wait in the outbox, and must not escape its cancellation."""
    parts = Parts(Run(A, 0))
    parts.drupal.next = {"commands": [{"id": 1, "run": run, "command": name}]}
    await parts.reporter.tick()
    assert parts.claimed == [[run]]
    assert any(told[0] == "cancel" for told in parts.store.told) is (name == "cancel")


async def test_an_answer_that_breaks_the_contract_changes_nothing() -> None:
    """Something between us and Drupal may answer anything."""
    parts = Parts(Run(A, 1))
    parts.drupal.next = {"commands": "none"}
    with pytest.raises(Exception, match="events answer"):
        await parts.reporter.tick()
    assert parts.store.all[A].acked == 0


async def test_what_drupal_says_was_spent_today_is_taken_over() -> None:
    """With each answer: the sums in Redis may have been lost."""
    parts = Parts(Run(A, 1))
    spent = {"day": "2026-11-21", "cost_micros": 5, "tokens": 7, "agents": {"writer": {"cost_micros": 5, "tokens": 7}}}
    parts.drupal.next = {"spent": spent}
    await parts.reporter.tick()
    assert ("spent", spent) in parts.store.told


async def test_what_the_site_answers_is_noted_for_others() -> None:
    """A refusal at once, with its code and since when; the same one seldom; the breaker's words do not hide it; and its end at once."""
    parts = Parts(Run(A, 1))
    await parts.reporter.tick()
    assert [contact.refused_since for contact in parts.store.contacts] == [0]
    for code in ("forbidden", "forbidden", "breaker_open"):
        parts.drupal.error = DrupalError({"status": 403, "code": code, "detail": f"Refused: {code}."})
        with pytest.raises(DrupalError):
            await parts.reporter.tick()
    taken, refused = parts.store.contacts
    assert (refused.process, refused.status, refused.code, refused.detail) == (
        "me",
        403,
        "forbidden",
        "Refused: forbidden.",
    )
    assert refused.taken == taken.taken
    assert refused.refused_since >= taken.tried
    parts.drupal.error = None
    await parts.reporter.tick()
    assert parts.store.contacts[2:] == [
        Contact("me", parts.store.contacts[-1].tried, taken=parts.store.contacts[-1].tried)
    ]


async def test_while_there_is_a_backlog_the_sender_need_not_wait() -> None:
    """More than a batch holds: the next round may follow at once, and the last one says that nothing is left."""
    parts = Parts(Run(A, 450), Run(B, 300))
    rounds = []
    for _ in range(8):
        await parts.reporter.tick()
        rounds.append(parts.reporter.backlog)
        if not parts.reporter.backlog:
            break
    assert rounds[:-1] == [True] * (len(rounds) - 1)
    assert rounds[-1] is False
    assert (parts.store.all[A].acked, parts.store.all[B].acked) == (450, 300)


async def test_what_drupal_refuses_is_no_backlog() -> None:
    """A site that is down, or takes nothing, is not asked again at once."""
    parts = Parts(Run(A, 900))
    await parts.reporter.tick()
    assert parts.reporter.backlog
    parts.drupal.error = DrupalUnavailable({"status": 503})
    with pytest.raises(DrupalUnavailable):
        await parts.reporter.tick()
    assert not parts.reporter.backlog
    parts.drupal.error = DrupalError({"status": 413, "code": "too_large"})
    await parts.reporter.tick()
    assert not parts.reporter.backlog


async def test_a_batch_is_as_large_as_the_site_answers_well() -> None:
    """Slow answers make it smaller, fast ones larger again; an answer that never comes halves it."""
    parts = Parts(Run(A, 2_000))

    def slow() -> None:
        parts.clock.now += 2 * GOOD_SECONDS

    parts.drupal.on_answer = slow
    await parts.reporter.tick()
    parts.drupal.on_answer = lambda: None
    await parts.reporter.tick()
    parts.drupal.error = DrupalAnswerLost({"status": 0, "code": "answer_lost"})
    with pytest.raises(DrupalAnswerLost):
        await parts.reporter.tick()
    parts.drupal.error = None
    await parts.reporter.tick()
    assert [room.events for room, _, _ in parts.store.asked] == [500, 250, 500, 250]


async def test_watched_runs_go_first_but_for_each_fourth_batch_and_nobody_watches_for_ever() -> None:
    """Drupal tells with each answer who is watched; ends and watched runs starve nobody."""
    parts = Parts(Run(A, 5_000))
    parts.drupal.next = {"watched": [B]}
    for _ in range(8):
        await parts.reporter.tick()
    asked = [(watched, oldest) for _, watched, oldest in parts.store.asked]
    assert [oldest for _, oldest in asked] == [False, False, False, True] * 2
    assert [bool(watched) for watched, _ in asked] == [False] + [True] * 7
    parts.drupal.next = {}
    await parts.reporter.tick()
    await parts.reporter.tick()
    assert parts.store.asked[-1][1] == frozenset()


async def test_what_drupal_took_is_acknowledged_together_and_before_anything_else_can_fail() -> None:
    """So a crash in between repeats only what Drupal skips by its hash."""
    parts = Parts(Run(A, 3), Run(B, 2, "completed", END))
    parts.drupal.next = {"commands": [{"id": 1, "run": A, "command": "cancel"}], "missing": [A]}

    async def broken(runs: Iterable[str]) -> set[str]:
        raise DrupalUnavailable({"status": 503})

    parts.reporter._verdicts._claim = broken
    with pytest.raises(DrupalUnavailable):
        await parts.reporter.tick()
    assert parts.store.round_trips == 1
    assert (parts.store.all[A].acked, parts.store.all[B].ended) == (3, True)


class ClockOfSchedules:
    """What keeps the time of schedules."""

    def __init__(self) -> None:
        self.version: str | None = None
        self.heard: list[Any] = []

    def told(self, version: str) -> None:
        self.heard.append(version)

    def brought(self, answer: dict[str, Any]) -> None:
        self.heard.append(answer["due"])
        self.version = answer["version"]


async def test_a_batch_says_which_schedules_are_known_and_the_answer_brings_others() -> None:
    parts, clock = Parts(Run(A, 0)), ClockOfSchedules()
    parts.reporter.schedules = clock
    parts.drupal.next = {"schedules": "1" * 16}
    await parts.reporter.tick()
    assert "schedules" not in parts.drupal.batches[-1]
    clock.version = "1" * 16
    due = [{"trigger": A, "due": 1005}]
    parts.drupal.next = {"schedules": "2" * 16, "due": {"version": "2" * 16, "now": 1000, "due": due}}
    await parts.reporter.tick()
    assert parts.drupal.batches[-1]["schedules"] == "1" * 16
    parts.drupal.next = {}
    await parts.reporter.tick()
    assert parts.drupal.batches[-1]["schedules"] == "2" * 16
    assert clock.heard == ["1" * 16, due]


async def test_processes_are_told_seldom_and_with_each_comparison() -> None:
    """For people: a batch each second carries them once in a while."""
    parts = Parts(Run(A, 0))
    process = Process("a:1:2", "a", True, True, "", "", 1, 2, 3)

    async def processes() -> list[Process]:
        return [process]

    parts.reporter.processes = processes
    for _ in range(3):
        await parts.reporter.tick()
    assert [batch.get("processes") for batch in parts.drupal.batches] == [[process.document()], None, None]
    parts.clock.now += PROCESSES_SECONDS
    await parts.reporter.tick()
    assert parts.drupal.batches[-1]["processes"] == [process.document()]
