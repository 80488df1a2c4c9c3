"""What receivers of push notifications are told: every change of state, in order, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from sidecar.a2a.documents import PushConfig, State
from sidecar.a2a.pushes import shown
from sidecar.a2a.told import MOST_WAITING, Told
from sidecar.remote.documents import RunFacts

NEW = Told(0, State.SUBMITTED)
STARTED = ("run_started", {"worker": "w"})
ASKED = [("approval_requested", {"id": "a", "question": "Secret?"}), ("run_waiting", {"for": "approval"})]


def events(*given: tuple[str, dict[str, Any]], after: int = 0) -> list[dict[str, Any]]:
    return [
        {"seq": after + number, "type": kind, "time": f"2026-01-31T12:00:{number:02}Z", "data": data}
        for number, (kind, data) in enumerate(given, 1)
    ]


def states(told: Told) -> list[str]:
    return [change.state.name for change in told.waiting]


def test_each_change_is_told_once_and_in_order() -> None:
    given = [
        ("run_queued", {"attempt": 1}),
        STARTED,
        ("step_started", {}),
        ("run_waiting", {"for": "retry"}),
        ("run_started", {"worker": "w"}),
        *ASKED,
        ("approval_given", {"id": "a", "decision": "approve", "note": "Secret."}),
        ("run_resumed", {"after": "approval"}),
        ("run_finished", {"state": "completed", "reason": "done", "output": "Secret."}),
    ]
    told = NEW.after(events(*given))
    assert states(told) == ["WORKING", "INPUT_REQUIRED", "WORKING", "COMPLETED"]
    assert "Secret" not in str(told.document())
    assert Told.of(told.document()) == told
    assert not told.over
    for _ in range(4):
        told = told.taken()
    assert told.over


def test_in_two_looks_as_in_one() -> None:
    given = events(STARTED, *ASKED, ("approval_given", {"id": "a", "decision": "approve"}))
    for cut in range(len(given) + 1):
        assert NEW.after(given[:cut]).after(given[cut:]) == NEW.after(given)


@pytest.mark.parametrize(
    ("state", "reason", "expected"),
    [
        ("completed", "done", "COMPLETED"),
        ("failed", "limit:steps", "FAILED"),
        ("failed", "dispatch:forbidden", "REJECTED"),
        ("cancelled", "cancelled", "CANCELED"),
        ("expired", "approval:expired", "FAILED"),
    ],
)
def test_every_end_is_the_state_that_the_task_has(state: str, reason: str, expected: str) -> None:
    assert states(NEW.after(events(("run_finished", {"state": state, "reason": reason})))) == [expected]


def test_what_comes_behind_an_end_is_of_another_try() -> None:
    told = NEW.after(events(("run_finished", {"state": "failed", "reason": "x"}), ("run_queued", {}), STARTED))
    assert states(told) == ["FAILED"]
    assert told.seq == 1


def test_an_end_that_only_the_site_knows() -> None:
    run = {"uuid": "r", "agent": "w", "state": "cancelled", "last_seq": 2, "created": "2026-01-31T12:00:00Z"}
    told = NEW.ended(RunFacts.of(run))
    assert states(told) == ["CANCELED"]
    assert told.full


def test_no_more_is_read_than_can_be_kept() -> None:
    told = NEW.after(events(*[STARTED, ASKED[0]] * (MOST_WAITING // 2)))
    assert len(told.waiting) == MOST_WAITING
    assert told.full


def test_tries_count_from_the_last_success() -> None:
    told = NEW.after(events(STARTED)).missed(5.0).missed(9.0)
    assert (told.tries, told.failing) == (2, 5.0)
    assert (told.taken().tries, told.taken().failing) == (0, None)


def test_credentials_are_neither_shown_nor_in_a_repr() -> None:
    given = {
        "url": "https://a.test/hook?key=geheim1",
        "token": "geheim2",
        "authentication": {"scheme": "Bearer", "credentials": "geheim3"},
    }
    config = PushConfig.model_validate(given)
    assert "geheim" not in repr(config)
    assert config.headers == {"X-A2A-Notification-Token": "geheim2", "Authorization": "Bearer geheim3"}
    assert shown(given | {"id": "c", "taskId": "t", "contextId": "x"}) == {
        "id": "c",
        "taskId": "t",
        "url": given["url"],
        "authentication": {"scheme": "Bearer"},
    }


@pytest.mark.parametrize(
    "member",
    [
        {"token": "a\r\nHost: b"},
        {"token": "a\n"},
        {"token": "ü"},
        {"token": "x" * 4097},
        {"authentication": {"scheme": "Bearer\r\nX: y"}},
        {"authentication": {"scheme": ""}},
        {"authentication": {"scheme": "Bearer", "credentials": "a\r\nX: y"}},
        {"url": "https://a.test/\r\nX: y"},
        {"url": "https://a.test/ü"},
        {"url": ""},
        {"url": "https://a.test/" + "x" * 2000},
        {"id": "a b"},
        {"id": "x" * 201},
    ],
)
def test_what_is_no_header_is_refused(member: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        PushConfig.model_validate({"url": "https://a.test/"} | member)
