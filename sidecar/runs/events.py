"""Events of a run: how one is written, numbered and followed.

An event is stored without its number: the number is its place in the stream (`<seq>-0`), so it can be neither doubled nor skipped.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from sidecar.json_text import JSON

LARGE = 16_000
"""Bytes of JSON above which a value is stored once (in the journal) and only referenced in the event."""

PREVIEW = 2_000


def timestamp(now: float) -> str:
    """RFC 3339 with milliseconds, UTC. `now`: Unix seconds."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def event(kind: str, now: float, data: dict[str, JSON], step: int | None = None) -> str:
    """One event as it is stored: JSON without a number."""
    document: dict[str, JSON] = {"type": kind, "time": timestamp(now), "data": data}
    if step is not None:
        document["step"] = step
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def numbered(seq: int, raw: bytes) -> dict[str, JSON]:
    """The event document with its number."""
    document = json.loads(raw)
    document["seq"] = seq
    return document


def shortened(value: Any) -> Any:
    """The value, or a reference with a preview when it is larger than `LARGE` bytes."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    if len(text) <= LARGE:
        return value
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {"$ref": digest, "bytes": len(text.encode()), "preview": text[:PREVIEW]}
