"""uvicorn as this process needs it: it leaves signals, the log and the lifespan to us."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

STOP_SECONDS = 3
"""After which answers that are still open are cut."""


def server_of(app: ASGIApp, **options: Any) -> uvicorn.Server:
    """For `serve(sockets=[...])`; `options` as of uvicorn.Config."""
    import uvicorn

    class Server(uvicorn.Server):
        def capture_signals(self) -> Any:
            return nullcontext()

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=STOP_SECONDS,
        **options,
    )
    return Server(config)
