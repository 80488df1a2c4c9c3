"""What an MCP server lists, mended before the SDK reads it: one tool that is described badly must not cost the others.

The SDK refuses a whole page for one schema without `type`, and would check results by the server's own schemas, however long that takes.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import TracebackType
from typing import Any, Self

from mcp.shared.message import SessionMessage

from sidecar.json_text import JSON, is_list, is_object

Streams = tuple[Any, Any]


class Listed:
    """What was seen of a listing on the wire: which tools there were, and what is wrong with some of them."""

    def __init__(self) -> None:
        self.problems: dict[str, str] = {}
        self.names: set[str] = set()

    def mend(self, result: dict[str, JSON]) -> None:
        """Makes the tools of a page readable, in place; what cannot be mended is noted and left out."""
        tools = result.get("tools")
        if is_list(tools):
            result["tools"] = [mended for number, tool in enumerate(tools, 1) if (mended := self._mended(tool, number))]

    def _mended(self, tool: JSON, number: int) -> dict[str, JSON] | None:
        name = tool.get("name") if is_object(tool) else None
        if not isinstance(name, str) or not name:
            self.problems[f"number {number}"] = "it has no name"
            return None
        self.names.add(name)
        schema = tool.get("inputSchema")
        if not is_object(schema):
            self.problems[name] = "the schema of its arguments is no JSON object"
            return None
        texts = {key: tool[key] for key in ("title", "description") if isinstance(tool.get(key), str)}
        return {"name": name, "inputSchema": {"type": "object"} | schema, "annotations": _hints(tool)} | texts


def _hints(tool: dict[str, JSON]) -> dict[str, bool]:
    given = tool.get("annotations")
    hints = given if is_object(given) else {}
    return {key: hints[key] for key in ("readOnlyHint", "idempotentHint") if isinstance(hints.get(key), bool)}


@asynccontextmanager
async def mending(transport: AbstractAsyncContextManager[Streams], listed: Listed) -> AsyncGenerator[Streams, None]:
    """A transport of the SDK whose listings are mended on their way in."""
    async with transport as (read, write):
        yield _Mended(read, listed), write


class _Mended:
    """A stream of the SDK's messages."""

    def __init__(self, inner: Any, listed: Listed) -> None:
        self._inner, self._listed = inner, listed

    @property
    def last_context(self) -> Any:
        """What the SDK runs the handlers of a message in."""
        return getattr(self._inner, "last_context", None)

    async def receive(self) -> SessionMessage | Exception:
        """The next message."""
        return self._seen(await self._inner.receive())

    async def aclose(self) -> None:
        """Close the stream."""
        await self._inner.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        return self._seen(await self._inner.__anext__())

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._inner.__aexit__(kind, error, trace)

    def _seen(self, item: SessionMessage | Exception) -> SessionMessage | Exception:
        result = getattr(item.message, "result", None) if isinstance(item, SessionMessage) else None
        if is_object(result) and "tools" in result and "content" not in result:
            self._listed.mend(result)
        return item
