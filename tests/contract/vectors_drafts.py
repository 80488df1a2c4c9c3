"""Vectors of drafts: the hash of a request, and what the same key answers."""

from __future__ import annotations

import hashlib
import json
from typing import Any

HASHED = ("operation", "entity_type", "bundle", "entity", "expected_revision", "langcode", "fields", "summary")
RUN = "3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50"
NODE = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"


def canonical(request: dict[str, Any]) -> str:
    """Canonical JSON of the hashed members: keys sorted by code point, no white space, nothing escaped that need not be."""
    kept = {name: request[name] for name in HASHED if name in request}
    return json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def request(**changes: Any) -> dict[str, Any]:
    """A revise request; None leaves a member out."""
    base: dict[str, Any] = {
        "key": "a" * 64,
        "run": RUN,
        "attempt": 1,
        "generation": 1,
        "operation": "revise",
        "entity_type": "node",
        "bundle": "article",
        "entity": NODE,
        "expected_revision": 7,
        "fields": {"title": "Hello"},
        "summary": "Shorter title.",
    }
    return {name: value for name, value in {**base, **changes}.items() if value is not None}


def request_hashes() -> dict[str, Any]:
    """Requests, their canonical JSON and its SHA-256."""
    cases: list[dict[str, Any]] = []

    def case(id: str, comment: str, **changes: Any) -> None:
        document = request(**changes)
        text = canonical(document)
        cases.append(
            {
                "id": id,
                "comment": comment,
                "request": document,
                "canonical": text,
                "hash": hashlib.sha256(text.encode()).hexdigest(),
            }
        )

    case("plain", "The base of the others.")
    case(
        "envelope-left-out",
        "key, run, attempt, generation, step, tool_call_id, checkpoint are not hashed: same hash as plain.",
        key="b" * 64,
        attempt=3,
        generation=2,
        step=4,
        tool_call_id="c9",
        checkpoint={"version": 1, "units": {"s0/1/x@c1": {}}},
    )
    case("unknown-member-left-out", "Members of later versions are not hashed: same hash as plain.", mood="good")
    case("create", "No entity, no revision.", operation="create", entity=None, expected_revision=None)
    case("create-with-uuid", "The UUID that the new one gets.", operation="create", expected_revision=None)
    case("langcode", "A translation.", langcode="pt-br")
    case("other-revision", "The revision belongs to the request.", expected_revision=8)
    case("other-summary", "The summary belongs to the request.", summary="Longer title.")
    case(
        "key-order",
        "Nested objects are sorted, lists are not.",
        fields={"b": {"z": 1, "a": [{"y": 2, "x": 1}, {"b": 0, "a": 0}]}, "a": [3, 1, 2]},
    )
    case(
        "numeric-keys",
        "Keys are text: 10 comes before 9. A language whose arrays turn them into numbers must not.",
        fields={"body": {"10": "ten", "9": "nine", "1": "one", "a": "letter", "B": "capital", "_": "line"}},
    )
    case("list-like-object", "An object with the keys 0 and 1 is no list.", fields={"body": {"0": "a", "1": "b"}})
    case("list", "A list with the same values: another hash.", fields={"body": ["a", "b"]})
    case("empty-object", "{} is not [].", fields={"body": {}})
    case("empty-list", "[] is not {}.", fields={"body": []})
    case("nested-empty", "Deeper, too.", fields={"body": [{"options": {}, "tags": []}]})
    case("null", "null stays.", fields={"body": None, "title": "x"})
    case("booleans", "true and false stay.", fields={"sticky": False, "promote": True})
    case("text-of-numbers", '"1" is not 1.', fields={"a": "1", "b": 1, "c": "1.0", "d": ""})
    case("integers", "Up to 2^53 - 1.", fields={"a": 0, "b": -1, "c": 9007199254740991, "d": -9007199254740991})
    case(
        "decimals",
        "Shortest text that reads back as the same double.",
        fields={"a": 0.5, "b": -2.25, "c": 0.1, "d": 3.141592653589793, "e": 0.0001, "f": 123456789.125},
    )
    case("slashes", "Slashes are not escaped.", fields={"body": "https://example.com/a/b"}, summary="a/b")
    case(
        "non-ascii",
        "Not escaped, not normalised: a precomposed letter and a combining one differ.",
        fields={"title": "\u00e9 e\u0301 Ærø 東京 😀"},
    )
    case(
        "line-separators",
        "U+2028 and U+2029 are not escaped, whatever JavaScript thinks.",
        fields={"title": "a\u2028b\u2029c"},
    )
    case(
        "controls",
        "Short escapes where there are, else \\u00xx in lower case; DEL is not escaped.",
        fields={"title": '\b\t\n\f\r"\\\u0001\u001f\u007f'},
    )
    case(
        "html",
        "No HTML escapes.",
        fields={"body": {"value": '<p class="a">it\'s &amp; that</p>', "format": "basic_html"}},
    )
    case(
        "non-ascii-keys",
        "By code point, not by UTF-16 unit: U+FF61 comes before U+1F600.",
        fields={"body": {"\U0001f600": 1, "\uff61": 2, "z": 3, "é": 4}},
    )
    return {
        "comment": "The request hash: SHA-256 over the UTF-8 bytes of `canonical`. Numbers are integers up to 2^53 - 1, "
        "or decimals with a fraction "
        "and 0.0001 <= |x| < 10^15: outside, languages write numbers differently.",
        "cases": cases,
    }


def idempotency() -> dict[str, Any]:
    """Sequences of requests against one node; each with Drupal's answer."""
    cases = [
        _case(
            "replay",
            "The same request again: the stored answer, one revision.",
            _sent(request(), 201, revisions=1),
            _sent(request(), 200, revisions=1, replayed=True),
        ),
        _case(
            "replay-after-loss",
            "A later attempt repeats it; the one before gets nothing from then on.",
            _sent(request(), 201, revisions=1),
            _sent(request(attempt=2), 200, revisions=1, replayed=True, handed_out=2),
            _sent(request(), 409, "stale_attempt", revisions=1),
        ),
        _case(
            "replay-other-checkpoint",
            "The checkpoint is not the request.",
            _sent(request(checkpoint={"version": 1, "units": {}}), 201, revisions=1),
            _sent(request(checkpoint={"version": 1, "units": {"s0/model#1": {}}}), 200, revisions=1, replayed=True),
        ),
        _case(
            "replay-key-order",
            "Order of members is not the request.",
            _sent(request(fields={"title": "T", "body": {"value": "v", "format": "plain_text"}}), 201, revisions=1),
            _sent(
                request(fields={"body": {"format": "plain_text", "value": "v"}, "title": "T"}),
                200,
                revisions=1,
                replayed=True,
            ),
        ),
        _case(
            "replay-before-conflict",
            "A replay is answered although the revision that it expected is no longer the latest.",
            _sent(request(), 201, revisions=1),
            _sent(request(key="b" * 64, expected_revision="latest"), 201, revisions=2),
            _sent(request(), 200, revisions=2, replayed=True),
        ),
        _case(
            "key-reused-field",
            "Another value under the same key.",
            _sent(request(), 201, revisions=1),
            _sent(request(fields={"title": "Bye"}), 422, "key_reused", revisions=1),
        ),
        _case(
            "key-reused-summary",
            "Another summary under the same key.",
            _sent(request(), 201, revisions=1),
            _sent(request(summary="Other."), 422, "key_reused", revisions=1),
        ),
        _case(
            "key-reused-revision",
            "Another expected revision under the same key.",
            _sent(request(), 201, revisions=1),
            _sent(request(expected_revision="latest"), 422, "key_reused", revisions=1),
        ),
        _case(
            "key-reused-then-replay",
            "A refused one leaves the stored answer as it was.",
            _sent(request(), 201, revisions=1),
            _sent(request(summary="Other."), 422, "key_reused", revisions=1),
            _sent(request(), 200, revisions=1, replayed=True),
        ),
        _case(
            "two-keys",
            "Two drafts, one on the other.",
            _sent(request(), 201, revisions=1),
            _sent(request(key="b" * 64, expected_revision="latest"), 201, revisions=2),
        ),
        _case(
            "conflict",
            "Another key against the revision that is no longer the latest: editors and drafts win.",
            _sent(request(), 201, revisions=1),
            _sent(request(key="b" * 64), 409, "revision_conflict", revisions=1),
        ),
        _case(
            "conflict-not-stored",
            "Errors are not stored under the key: the mended request may use it.",
            _sent(request(), 201, revisions=1),
            _sent(request(key="b" * 64), 409, "revision_conflict", revisions=1),
            _sent(request(key="b" * 64, expected_revision="latest"), 201, revisions=2),
        ),
        _case(
            "stale-attempt",
            "An older attempt writes nothing.",
            _sent(request(attempt=2), 201, revisions=1, handed_out=2),
            _sent(request(key="b" * 64, attempt=1, expected_revision="latest"), 409, "stale_attempt", revisions=1),
        ),
        _case(
            "stale-attempt-before-replay",
            "Nor does it get the stored answer.",
            _sent(request(attempt=2), 201, revisions=1, handed_out=2),
            _sent(request(attempt=1), 409, "stale_attempt", revisions=1),
        ),
        _case(
            "attempt-not-handed-out",
            "An attempt above the one that was handed out writes nothing, and raises nothing.",
            _sent(request(attempt=2), 409, "stale_attempt", revisions=0),
            _sent(request(attempt=2147483647), 409, "stale_attempt", revisions=0),
            _sent(request(), 201, revisions=1),
        ),
        _case(
            "attempt-not-handed-out-replay",
            "Nor does it get the stored answer.",
            _sent(request(), 201, revisions=1),
            _sent(request(attempt=2), 409, "stale_attempt", revisions=1),
        ),
        _case(
            "numbers-out-of-bounds",
            "Numbers that no column holds are refused with a pointer.",
            _sent(request(attempt=2147483648), 422, "invalid", revisions=0),
            _sent(request(attempt=0), 422, "invalid", revisions=0),
            _sent(request(generation=9007199254740993), 422, "invalid", revisions=0),
            _sent(request(step=-1), 422, "invalid", revisions=0),
        ),
    ]
    return {
        "comment": 'A live run (generation 1, attempt 1) and a node with one published revision, 7 here. `expected_revision: "latest"` '
        "stands for the "
        "latest revision at that moment; a runner on a real site maps 7 to the published revision. `handed_out`: the attempt that Drupal "
        "hands out before the request. `revisions`: drafts made so far.",
        "cases": cases,
    }


def _case(id: str, comment: str, *steps: dict[str, Any]) -> dict[str, Any]:
    return {"id": id, "comment": comment, "steps": list(steps)}


def _sent(
    document: dict[str, Any],
    status: int,
    code: str | None = None,
    *,
    revisions: int,
    replayed: bool = False,
    handed_out: int | None = None,
) -> dict[str, Any]:
    return {
        **({} if handed_out is None else {"handed_out": handed_out}),
        "request": document,
        "answer": {"status": status, "code": code, "replayed": replayed},
        "revisions": revisions,
    }
