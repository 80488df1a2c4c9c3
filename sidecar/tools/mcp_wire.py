"""What an MCP call came to on the wire: the SDK keeps HTTP statuses, broken connections and sizes to itself, and the engine must know."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2

META_KEY = "org.drupal.background-agents/key"
"""Where a call carries its idempotency key: a server that keeps it can tell a repetition."""
MAX_ANSWER_BYTES = 8_000_000

_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


class Witness(httpx2.AsyncBaseTransport):
    """Remembers what became of each call, by its key: an error status, that it never went out, that its answer was too large.

    Answers are bounded, and asked for without compression: a small one could unpack to any size.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport, max_bytes: int = MAX_ANSWER_BYTES) -> None:
        self._inner = inner
        self._max_bytes = max_bytes
        self.statuses: dict[str, int] = {}
        self.not_sent: set[str] = set()
        self.too_large: set[str] = set()
        self.refusal: int | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sends one request."""
        key = _key_in(request)
        self.statuses.pop(key, None)
        self.not_sent.discard(key)
        request.headers["accept-encoding"] = "identity"
        try:
            response = await self._inner.handle_async_request(request)
        except _NOT_SENT:
            self.not_sent.add(key)
            raise
        if response.status_code >= 400:
            self.statuses[key] = response.status_code
        if response.status_code in (401, 403):
            self.refusal = response.status_code
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise httpx2.DecodingError("The server compresses its answer though it was asked not to.", request=request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Bounded(response.stream, self._max_bytes, lambda: self.too_large.add(key))
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


class _Bounded(httpx2.AsyncByteStream):
    """A body of at most so many bytes. Raises StreamError, which the SDK takes as the failure of this one request."""

    def __init__(self, inner: httpx2.AsyncByteStream, max_bytes: int, exceeded: Any) -> None:
        self._inner, self._left, self._exceeded = inner, max_bytes, exceeded

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            self._left -= len(chunk)
            if self._left < 0:
                self._exceeded()
                raise httpx2.StreamError("the answer is too large")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def _key_in(request: httpx2.Request) -> str:
    """The idempotency key that a request carries, or an empty string."""
    try:
        message: Any = json.loads(request.content)
        return str(message["params"]["_meta"][META_KEY])
    except (ValueError, KeyError, TypeError, httpx2.RequestNotRead):
        return ""
