"""The guard around every tool call: arguments checked before it, outcome always a value, result redacted and bounded after it.

What a failure becomes depends on what repeating it could do:

    | what happened                 | read-only | idempotent, Drupal write | neither  |
    |-------------------------------|-----------|--------------------------|----------|
    | no answer within the time     | retry     | retry                    | unknown  |
    | an exception that is a defect | error     | retry                    | unknown  |
    | `unknown` from the tool       | retry     | retry                    | unknown  |

Results of tools are data: what a page or a server says is never an instruction to the sidecar, and reaches the model only as the result of its
own call. That the model does not obey it either cannot be promised; therefore agents have few rights and leave drafts.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field, replace

from sidecar.errors import SidecarError
from sidecar.json_text import JSON, is_list, is_object
from sidecar.redact import Redactor
from sidecar.tools import schemas
from sidecar.tools.base import Outcome, Tool, ToolContext, ToolSpec
from sidecar.tools.bounds import MAX_DEPTH, too_deep

log = logging.getLogger(__name__)

TIMEOUT = "tool:timeout"
DEFECT = "tool:defect"
INVALID_ARGUMENTS = "tool:invalid_arguments"
# Room for the sentences around a result that was cut.
NOTE_BYTES = 400


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """`seconds` for one call; `result_bytes` of JSON that the model gets (0: no limit); `redact` knows the configured secrets."""

    seconds: float = 60.0
    result_bytes: int = 100_000
    redact: Redactor = field(default_factory=Redactor)


async def guarded(tool: Tool, context: ToolContext, arguments: JSON, limits: GuardLimits) -> Outcome:
    """Calls a tool. Never raises but for asyncio.CancelledError (and BaseExceptions of the engine's own); the outcome is JSON that can be sent,
    redacted, and fits `limits.result_bytes`."""
    timer = asyncio.timeout(limits.seconds)
    try:
        outcome = refuse_arguments(tool.spec, arguments)
        if outcome is None:
            async with timer:
                outcome = await tool.call(arguments, replace(context, room=limits.result_bytes))
    except TimeoutError as error:
        outcome = _late(tool.spec, limits.seconds) if timer.expired() else _failed(tool.spec, error)
    except Exception as error:  # noqa: BLE001 - the one place where a tool's defect becomes a value
        outcome = _failed(tool.spec, error)
    if outcome.status == "unknown" and tool.spec.repeatable:
        outcome = replace(outcome, status="retry")
    try:
        return _clean(outcome, tool.spec, limits)
    except (RecursionError, TypeError, ValueError) as error:  # a result nested too deeply, or no JSON
        return _failed(tool.spec, error)


def refuse_arguments(spec: ToolSpec, arguments: JSON) -> Outcome | None:
    """The error that tells the model where its arguments break the tool's schema, or None when they fit."""
    errors = schemas.errors_of(spec.parameters, arguments)
    if not errors:
        return None
    message = f"The arguments of {spec.name} are not valid. Correct them and call it again."
    return Outcome("error", {"error": message, "errors": errors}, reason=INVALID_ARGUMENTS, message=message)


def _late(spec: ToolSpec, seconds: float) -> Outcome:
    message = f"{spec.name} did not answer within {seconds:g} seconds."
    return Outcome("retry" if spec.repeatable else "unknown", reason=TIMEOUT, message=message)


def _failed(spec: ToolSpec, error: Exception) -> Outcome:
    """A defect of a tool: after it nobody knows whether the effect is there, except where there can be none."""
    log.error("A tool failed.", exc_info=error, extra={"action": "tool_failed", "tool": spec.name})
    said = str(error) if isinstance(error, SidecarError) else f"{type(error).__name__}: {error}"
    message = f"{spec.name} failed: {said}"
    if spec.read_only:
        return Outcome("error", {"error": message}, reason=DEFECT, message=message)
    return Outcome("retry" if spec.repeatable else "unknown", reason=DEFECT, message=message)


def _clean(outcome: Outcome, spec: ToolSpec, limits: GuardLimits) -> Outcome:
    redact = limits.redact
    return replace(
        outcome,
        content=bounded(redact.value(_sendable(_shallow(outcome.content))), limits.result_bytes, spec.ask_less),
        message=redact.text(_sendable(outcome.message)),
        change=redact.value(outcome.change),
        progress=redact.value(outcome.progress),
    )


def _shallow(content: JSON) -> JSON:
    """A result that is nested deeper than a journal can hold, as text: the call is over, and what it did is done."""
    if not too_deep(content):
        return content
    note = f"The result is nested more than {MAX_DEPTH} levels deep, so it is given as text."
    try:
        return {"note": note, "text": json.dumps(content, ensure_ascii=False)}
    except RecursionError:
        return {"note": f"The result is nested more than {MAX_DEPTH} levels deep and cannot be shown."}


def _sendable(value: JSON) -> JSON:
    """`value` without lone surrogates, which JSON can write with escapes and UTF-8 cannot. Raises TypeError for what is no JSON."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.loads(text.encode(errors="replace"))
    return value


def bounded(content: JSON, limit: int, ask_less: str) -> JSON:
    """`content`, or a part of it that fits `limit` bytes of JSON with a note that it was cut and how to ask for less.

    Of `{"items": [...]}` as many whole items stay as fit; of anything else the beginning stays, as text.
    """
    size = _size(content)
    if not limit or size <= limit:
        return content
    room = max(limit - NOTE_BYTES, 0)
    items = content.get("items") if is_object(content) else None
    if is_list(items) and (kept := _fitting(content, items, room)):
        note = f"Cut: {len(kept)} of {len(items)} items are shown, the whole result has {size} bytes. {ask_less}"
        return {**content, "items": kept, "cut": note}
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    note = f"Cut: the result has {size} bytes, {limit} are allowed. {ask_less}"
    return {"cut": note, "beginning": _beginning(text, room)}


def _fitting(content: dict[str, JSON], items: list[JSON], room: int) -> list[JSON]:
    left = room - _size({**content, "items": []})
    kept = list[JSON]()
    for item in items:
        left -= _size(item) + 2
        if left < 0:
            break
        kept.append(item)
    return kept


def _beginning(text: str, room: int) -> str:
    """The longest beginning whose JSON form has at most `room` bytes."""
    low, high = 0, min(len(text), room)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _size(text[:middle]) <= room else (low, middle - 1)
    return text[:low]


def _size(value: JSON) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
