"""Keeps texts in Redis that nobody can read there: sealed with a key that is derived from the site's secret."""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable

_VERSION = "v1."
_NONCE_BYTES = 12


class Unreadable(Exception):
    """What was sealed cannot be opened: by no secret that the site has now, or for another place, or it was changed."""


def derived_keys(keys: Iterable[bytes], purpose: str) -> list[bytes]:
    """A key of 32 bytes for one purpose from each secret, each once: two during a rotation, the first one seals."""
    return [hmac.new(key, purpose.encode(), hashlib.sha256).digest() for key in dict.fromkeys(keys)]


class Seal:
    """Seals (AES-256-GCM) with the first of the site's secrets, and opens with any of them. `purpose`: what it is for, with the site's id."""

    def __init__(self, keys: Iterable[bytes], purpose: str) -> None:
        self._keys = derived_keys(keys, purpose)

    def seal(self, text: str, place: str) -> str:
        """The text as only `open` with the same place gives it back."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # its memory is for who seals something

        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._keys[0]).encrypt(nonce, text.encode(), _bound_to(place))
        return _VERSION + urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, place: str) -> str:
        """The text. Raises Unreadable."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if not sealed.startswith(_VERSION):
            raise Unreadable
        try:
            found = urlsafe_b64decode(sealed[len(_VERSION) :])
        except ValueError:
            raise Unreadable from None
        for key in self._keys:
            try:
                return AESGCM(key).decrypt(found[:_NONCE_BYTES], found[_NONCE_BYTES:], _bound_to(place)).decode()
            except (InvalidTag, ValueError):
                continue  # by another secret, or no secret of ours
        raise Unreadable


def _bound_to(place: str) -> bytes:
    return f"{_VERSION}{place}".encode()
