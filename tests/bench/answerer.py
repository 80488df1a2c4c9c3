"""An OpenAI-compatible chat endpoint as a process of its own, that costs next to nothing: the model of `single` and `burst`.

The name of the model says how it answers: `calls4-delay2000` answers after 2,000 ms each time, four times with a call of the first tool
that it is given, then with text. It keeps nothing: how far a run is, it counts in the messages that it is sent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from typing import Any, cast

PLAN = re.compile(rb'"model"\s*:\s*"calls(\d+)-delay(\d+)"')
ASSISTANT = re.compile(rb'"role"\s*:\s*"assistant"')
LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
ARGUMENTS = {"entity_type": "node", "bundle": "article", "limit": 3}
"""Of `find_items`, the tool of the bench's agents."""


def model_name(calls: int, delay_ms: int) -> str:
    """The model that makes so many tool calls, and takes so long for each answer."""
    return f"calls{calls}-delay{delay_ms}"


def answer(body: bytes) -> tuple[float, bytes]:
    """Seconds to wait, and the chat completion. Raises ValueError for another model."""
    plan = PLAN.search(body)
    if plan is None:
        raise ValueError("The model's name is none of this endpoint.")
    calls, delay, given = int(plan[1]), int(plan[2]) / 1000, len(ASSISTANT.findall(body))
    message: dict[str, Any] = {"role": "assistant", "content": "Done."}
    if given < calls:
        name = json.loads(body)["tools"][0]["function"]["name"]
        function = {"name": name, "arguments": json.dumps(ARGUMENTS)}
        message = {"role": "assistant", "content": None}
        message["tool_calls"] = [{"id": f"call_{given}", "type": "function", "function": function}]
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if given < calls else "stop"}
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    document = {"id": "bench", "object": "chat.completion", "model": "bench", "choices": [choice], "usage": usage}
    return delay, json.dumps(document).encode()


class Endpoint(asyncio.Protocol):
    """One kept connection: requests with a Content-Length, one after the other."""

    def __init__(self) -> None:
        self._received = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's are no subclass

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            length = LENGTH.search(self._received, 0, end + 2)
            size = end + 4 + (int(length[1]) if length else 0)
            if len(self._received) < size:
                return
            body, self._received = self._received[end + 4 : size], self._received[size:]
            self._plan(body)

    def _plan(self, body: bytes) -> None:
        try:
            delay, document = answer(body)
            status = b"200 OK"
        except (ValueError, LookupError) as error:
            delay, status = 0.0, b"422 Unprocessable Content"
            document = json.dumps({"error": {"message": str(error)}}).encode()
        head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (status, len(document))
        asyncio.get_running_loop().call_later(delay, self._send, head + document)

    def _send(self, answered: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answered)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(Endpoint, "127.0.0.1", 0, backlog=2_048)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Serve until the process is ended; the port is the first line of the output."""
    argparse.ArgumentParser(prog="python -m tests.bench.answerer", description=__doc__).parse_args()
    try:
        import uvloop
    except ImportError:
        asyncio.run(_serve())
    else:
        uvloop.run(_serve())


if __name__ == "__main__":
    main()
