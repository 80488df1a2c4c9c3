"""A memory of reads, for one run and one account. Small on purpose: a general HTTP cache handed one user's answer to another.

It lives in the process, so a replay never depends on it: what a tool answered is in the journal.
"""

from __future__ import annotations

import json

from sidecar.json_text import JSON

MAX_ENTRIES = 64


class ReadCache:
    """Answers by (site, account, path and arguments). Own writes empty it: they may change what is described."""

    def __init__(self, site: str, account: str) -> None:
        self._owner = (site, account)
        self._answers: dict[tuple[str, str, str], JSON] = {}

    def known(self, path: str, arguments: dict[str, JSON]) -> JSON:
        """The remembered answer, or None."""
        return self._answers.get(self._key(path, arguments))

    def keep(self, path: str, arguments: dict[str, JSON], answer: JSON) -> None:
        """Remember an answer."""
        if len(self._answers) >= MAX_ENTRIES:
            self._answers.clear()
        self._answers[self._key(path, arguments)] = answer

    def _key(self, path: str, arguments: dict[str, JSON]) -> tuple[str, str, str]:
        return (*self._owner, path + json.dumps(arguments, sort_keys=True))

    def clear(self) -> None:
        """Forget everything: something was written."""
        self._answers.clear()
