"""A receiver of webhooks on loopback that answers as it is told, well or badly, and keeps what it got."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple, Self

Behaviour = Callable[[BaseHTTPRequestHandler], None]
BIG = 10_000_000


class Got(NamedTuple):
    """A request as it came."""

    headers: dict[str, str]
    body: bytes


def answers(status: int, body: bytes = b"ok", **headers: str) -> Behaviour:
    """Answers with a status."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("content-length", str(len(body)))
        request.end_headers()
        try:
            request.wfile.write(body)
        except OSError:  # who has seen enough hangs up
            request.close_connection = True

    return answer


def closes(request: BaseHTTPRequestHandler) -> None:
    """Hangs up without a word."""
    request.close_connection = True


class Receiver:
    """Use it as a context manager. `behaviours` in turn, the last one for all that follow."""

    def __init__(self, *behaviours: Behaviour) -> None:
        self.behaviours = list(behaviours or [answers(200)])
        self.got: list[Got] = []
        self._let_go = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                receiver.got.append(Got({name.lower(): value for name, value in self.headers.items()}, body))
                behaviours = receiver.behaviours
                (behaviours.pop(0) if len(behaviours) > 1 else behaviours[0])(self)

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.host}/hooks/agents"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def hangs(self, request: BaseHTTPRequestHandler) -> None:
        """Takes a request and says nothing until the receiver ends."""
        self._let_go.wait()
        request.close_connection = True

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(60)
