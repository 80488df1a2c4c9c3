"""Vectors of spending: on which days what a run has newly spent is booked."""

from __future__ import annotations

from typing import Any

TODAY = "2026-11-21"
NOON = f"{TODAY}T12:00:00Z"


def spending() -> dict[str, Any]:
    """Usage before and after a batch, the events stored with it, and what is booked on which day."""
    return {
        "comment": "A run's usage only grows within a generation. What it has grown by is booked once: on the days (UTC) on which the stored "
        "`model_responded` events say that it was spent, as far as they are over; the rest today. Tokens are input and output together.",
        "cases": [
            _case("nothing", "Nothing was spent, nothing is booked.", _usage(5, 10), _usage(5, 10), [], {}),
            _case(
                "today", "The usual case.", _usage(0, 0), _usage(70, 300), [_answer(NOON, 70, 300)], {TODAY: (70, 300)}
            ),
            _case(
                "without-events",
                "Usage may come ahead of its events.",
                _usage(0, 0),
                _usage(70, 300),
                [],
                {TODAY: (70, 300)},
            ),
            _case(
                "after-midnight",
                "Drupal was away over midnight: each answer counts on its own day.",
                _usage(10, 100),
                _usage(100, 1000),
                [_answer("2026-11-20T23:59:59.999999Z", 30, 200), _answer(f"{TODAY}T00:00:00Z", 60, 700)],
                {"2026-11-20": (30, 200), TODAY: (60, 700)},
            ),
            _case(
                "another-zone",
                "A day is one of UTC, whatever the event's zone.",
                _usage(0, 0),
                _usage(3, 9),
                [_answer(f"{TODAY}T00:30:00+01:00", 3, 9)],
                {"2026-11-20": (3, 9)},
            ),
            _case(
                "booked-before",
                "An event that comes after its usage books nothing twice.",
                _usage(70, 300),
                _usage(70, 300),
                [_answer("2026-11-20T12:00:00Z", 70, 300)],
                {},
            ),
            _case(
                "more-than-was-spent",
                "An event books at most what the usage has grown by.",
                _usage(50, 0),
                _usage(70, 300),
                [_answer("2026-11-20T12:00:00Z", 70, 400)],
                {"2026-11-20": (20, 300)},
            ),
            _case(
                "from-a-checkpoint",
                "A run that came back knows more than its events tell: the rest counts today.",
                _usage(0, 0),
                _usage(90, 400),
                [_answer("2026-11-20T12:00:00Z", 30, 100)],
                {"2026-11-20": (30, 100), TODAY: (60, 300)},
            ),
            _case("less", "Usage that went back gives nothing back.", _usage(70, 300), _usage(60, 200), [], {}),
            _case(
                "tomorrow",
                "A clock that is ahead: what is not over yet counts today.",
                _usage(0, 0),
                _usage(5, 6),
                [_answer("2026-11-22T00:00:01Z", 5, 6)],
                {TODAY: (5, 6)},
            ),
            _case(
                "failed-request",
                "Other events, and answers without usage, book nothing.",
                _usage(0, 0),
                _usage(0, 0),
                [
                    {"type": "model_responded", "time": "2026-11-20T12:00:00Z", "data": {"model": "scripted:a"}},
                    {"type": "step_started", "time": "2026-11-20T12:00:00Z", "data": {"number": 1}},
                ],
                {},
            ),
        ],
    }


def _usage(cost: int, tokens: int) -> dict[str, int]:
    return {"cost_micros": cost, "input_tokens": tokens - tokens // 3, "output_tokens": tokens // 3}


def _answer(time: str, cost: int, tokens: int) -> dict[str, Any]:
    return {"type": "model_responded", "time": time, "data": {"model": "scripted:a", "usage": _usage(cost, tokens)}}


def _case(
    id: str,
    comment: str,
    before: dict[str, int],
    after: dict[str, int],
    events: list[Any],
    days: dict[str, tuple[int, int]],
) -> dict[str, Any]:
    booked = {day: {"cost_micros": cost, "tokens": tokens} for day, (cost, tokens) in days.items()}
    return {
        "id": id,
        "comment": comment,
        "today": TODAY,
        "before": before,
        "after": after,
        "events": events,
        "days": booked,
    }
