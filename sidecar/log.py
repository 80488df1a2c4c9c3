"""Logging: one JSON object a line, a sentence in `event`, the context in keys, secrets taken out."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from sidecar.redact import MARK, Redactor

_SECRET_NAMES = re.compile(
    r"(?:^|[_-])(?:secrets?|token|password|passwd|authorization|api[_-]?key|cookie|signature)(?:$|[_-])", re.IGNORECASE
)
_URL_PASSWORD = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)")
_redactor = Redactor()


def redact(value: Any, name: str = "") -> Any:
    """A copy of `value` without secrets: by the name they stand under, and by their form anywhere in a text."""
    if name and isinstance(value, str) and value and _SECRET_NAMES.search(name):
        return MARK
    if isinstance(value, str):
        return _URL_PASSWORD.sub(MARK, _redactor.text(value))
    if isinstance(value, Mapping):
        return {key: redact(item, str(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [redact(item, name) for item in value]
    return value


def _redact_event(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: redact(value, key) for key, value in event.items()}


def configure(level: str = "info", *, json_lines: bool | None = None, secrets: Iterable[str] = ()) -> None:
    """Send our own and the libraries' log to standard error: JSON, or coloured lines on a terminal.

    `secrets`: values that must not appear in it, whatever form they have.
    """
    global _redactor
    _redactor = Redactor(secrets)
    as_json = not sys.stderr.isatty() if json_lines is None else json_lines
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, _redact_event, structlog.processors.JSONRenderer(default=str)]
        if as_json
        else [_redact_event, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("httpx", "httpcore", "httpx2", "httpcore2", "arq", "mcp", "uvicorn.access", "openai", "anthropic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def learn(secrets: Iterable[str]) -> None:
    """Keep these out of the log, too, from now on."""
    _redactor.learn(secrets)


def get(name: str) -> Any:
    """A logger: `log.info("A sentence.", action="job_accepted", run=..., site=...)`."""
    return structlog.stdlib.get_logger(name)
