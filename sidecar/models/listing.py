"""Asks a provider which models it has: one GET that costs nothing. No model is asked to answer."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sidecar.json_text import JSON, is_list, is_object
from sidecar.models.providers import Source
from sidecar.runs.offered import MOST_CHARS, MOST_MODELS, Health

if TYPE_CHECKING:
    import httpx2

LIST_SECONDS = 10.0
MAX_BYTES = 2_000_000
# OpenAI lists everything that it has; these neither chat nor call tools.
_NO_CHAT = (
    "audio", "babbage", "dall-e", "davinci", "embedding", "image", "moderation", "realtime", "sora", "transcribe", "tts", "whisper",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listing:
    """What came of it. `health` None: the answer says nothing about it, such as that of a server that has no list."""

    health: Health | None
    detail: str = ""
    models: tuple[str, ...] = ()


async def listed(http: httpx2.AsyncClient, source: Source, key: str) -> Listing:
    """The list of a source's models, within ten seconds. Never raises for what the other side does."""
    import httpx2

    try:
        async with asyncio.timeout(LIST_SECONDS):
            headers = source.headers(key)
            async with http.stream("GET", source.list_url, headers=headers, follow_redirects=False) as response:
                return _read(source, response.status_code, await _capped(response))
    except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL) as error:
        return Listing("unreachable", f"{source.base_url} does not answer: {error or type(error).__name__}.")
    except UnicodeEncodeError:
        return Listing(
            "key_refused", "The key has characters that no request can carry: it is not the whole key, or another text."
        )
    except TimeoutError:
        return Listing("unreachable", f"{source.base_url} did not answer within {LIST_SECONDS:g} seconds.")


async def _capped(response: httpx2.Response) -> bytes | None:
    """The body; None when it is too large to be a list of models."""
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_BYTES:
            return None
    return body


def _read(source: Source, status: int, body: bytes | None) -> Listing:
    if status in (401, 403):
        return Listing("key_refused", f"It refuses the key (status {status}).")
    if status >= 500:
        return Listing("unreachable", f"{source.base_url} answers with the status {status}.")
    if status != 200 or body is None:
        return Listing(None)
    try:
        document: JSON = json.loads(body)
    except (ValueError, RecursionError):
        return Listing(None)
    entries = document.get("data") if is_object(document) else None
    if not is_list(entries):
        return Listing(None)
    return Listing("works", models=tuple(sorted(set(_names(source, entries)))[:MOST_MODELS]))


def _names(source: Source, entries: list[JSON]) -> list[str]:
    names = [entry.get("id") for entry in entries if is_object(entry)]
    found = [name for name in names if isinstance(name, str) and 0 < len(name) <= MOST_CHARS and name.isprintable()]
    if source.id != "openai":
        return found
    return [name for name in found if not any(word in name for word in _NO_CHAT)]
