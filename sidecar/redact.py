"""Takes secrets out of values before a model, a journal, an event or a log sees them.

Redacting is deterministic, so a replay sees the same value. It never changes a value that holds no secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeGuard

from sidecar.json_text import JSON, is_object

MARK = "[redacted]"
# A shorter configured secret would tear holes into ordinary text.
MIN_SECRET_CHARS = 6
MIN_CERTAIN_CHARS = 8
MAX_WORD_CHARS = 16

_NAMES = (
    "authorization", "proxy-authorization", "x-background-agents-token", "x-api-key", "api-key", "api_key", "webhook-signature",
    "set-cookie", "cookie",
)  # fmt: skip
_HEADERS = "|".join(_NAMES)
# Each pattern with the words of which one must be there, in lower case: looking for words is far cheaper than for patterns.
_PATTERNS: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = (
    (("bga_",), re.compile(r"bga_[A-Za-z0-9._-]{16,}"), MARK),
    (("whsec_",), re.compile(r"whsec_[A-Za-z0-9+/=_-]{16,}"), MARK),
    # `Authorization: Basic abc`, `"x-api-key": "abc"`; the name stays, so that one sees what was there.
    (
        _NAMES,
        re.compile(rf"(?i)\b({_HEADERS})(\\?[\"']?\s*[:=]\s*\\?[\"']?)(?:(?:bearer|basic|token)\s+)?[^\s\"',;}}\\]+"),
        rf"\1\2{MARK}",
    ),
    (("bearer",), re.compile(r"(?i)\b(bearer)\s+(?=[^\s\"']*\d)[A-Za-z0-9._~+/-]{16,}=*"), rf"\1 {MARK}"),
    (("sk-",), re.compile(r"\bsk-[A-Za-z0-9_-]{20,}"), MARK),
)


class Redactor:
    """Replaces run tokens, webhook secrets, values of credential headers, model keys and the given secrets by `[redacted]`."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._configured: list[str] = []
        self._certain: list[str] = []
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Replace these, too, from now on."""
        usable = {*self._configured, *(secret for secret in secrets if len(secret) >= MIN_SECRET_CHARS)}
        # The longest first: one secret may begin with another.
        self._configured = sorted(usable, key=lambda secret: (-len(secret), secret))
        self._certain = [secret for secret in self._configured if not _is_word(secret)]

    def __repr__(self) -> str:
        return "Redactor()"

    def known(self, text: str) -> str:
        """The text without the given secrets alone: what people and models write may look like a secret and be none. A secret that is a word,
        such as the password `drupal` of a database, stays: it would tear holes into every draft."""
        return _without(text, self._certain)

    def known_value(self, value: JSON) -> JSON:
        """A JSON value without the given secrets alone."""
        if isinstance(value, str):
            return self.known(value)
        if is_object(value):
            return {self.known(str(key)): self.known_value(item) for key, item in value.items()}
        if _is_sequence(value):
            return [self.known_value(item) for item in value]
        return value

    def text(self, text: str) -> str:
        """The text without its secrets."""
        text = _without(text, self._configured)
        lower = text.lower()
        for words, pattern, replacement in _PATTERNS:
            if any(word in lower for word in words):
                text = pattern.sub(replacement, text)
        return text

    def value(self, value: JSON) -> JSON:
        """A JSON value without its secrets; the whole value of a key that names a credential header goes."""
        if isinstance(value, str):
            return self.text(value)
        if is_object(value):
            return {self.text(str(key)): self._member(str(key), item) for key, item in value.items()}
        if _is_sequence(value):
            return [self.value(item) for item in value]
        return value

    def _member(self, key: str, item: JSON) -> JSON:
        return MARK if isinstance(item, str) and item and key.lower() in _NAMES else self.value(item)


def _is_sequence(value: JSON) -> TypeGuard[Sequence[JSON]]:
    """A list, or a tuple: it is no JSON yet, and may hold a secret as well."""
    return isinstance(value, list | tuple)


def _without(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, MARK)
    return text


def _is_word(secret: str) -> bool:
    return len(secret) < MIN_CERTAIN_CHARS or (secret.isalpha() and len(secret) < MAX_WORD_CHARS)
