"""A memory of reads, for one run and one account. Small on purpose: a general HTTP cache handed one user's answer to another.

It lives in the process, so a replay never depends on it: what a tool answered is in the journal.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

JSON = Any

MAX_ENTRIES = 64


class ReadCache:
    """Answers by (site, account, path and arguments). Own writes empty it: they may change what is described."""

    def __init__(self, site: str, account: str) -> None:
        self._owner = (site, account)
        self._answers: dict[tuple[str, str, str], JSON] = {}

    async def get(self, path: str, arguments: dict[str, JSON], fetch: Callable[[], Awaitable[JSON]]) -> JSON:
        """The remembered answer, or what `fetch` returns. An exception of `fetch` is passed on and nothing is remembered."""
        key = (*self._owner, path + json.dumps(arguments, sort_keys=True))
        if key in self._answers:
            return self._answers[key]
        answer = await fetch()
        if len(self._answers) >= MAX_ENTRIES:
            self._answers.clear()
        self._answers[key] = answer
        return answer

    def clear(self) -> None:
        """Forget everything: something was written."""
        self._answers.clear()
