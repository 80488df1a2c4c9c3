"""Signatures between Drupal and the sidecar, and the run token: pure functions, as in `docs/reference/protocol.md`.

A secret is given as text (`whsec_...` or plain) or as the bytes it stands for. Replays are the caller's to notice:
`verify` returns the id to remember.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import re
import secrets as random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from sidecar.errors import SignatureRefused
from sidecar.settings import secret_bytes

Direction = Literal["d2s", "s2d"]

TO_SIDECAR: Direction = "d2s"
TO_DRUPAL: Direction = "s2d"
TOLERANCE_SECONDS = 300
REMEMBER_SECONDS = 900
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")

_ID = re.compile(r"(d2s|s2d)_[A-Za-z0-9_-]{16,128}", re.ASCII)
_ENTRY = re.compile(r"v1,([A-Za-z0-9+/]{43}=)", re.ASCII)
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)

Secret = str | bytes

Door = Literal["api", "mcp", "a2a"]
CALLER_HEADER = "X-Background-Agents-Caller"
_CALLER = re.compile(r"t=([0-9]{1,12}),door=(api|mcp|a2a),address=([0-9a-fA-F:.]{2,45}),mac=([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class SignedCaller:
    """By which door, and from which address, a request came to the sidecar."""

    door: Door
    address: str


def new_id(direction: Direction = TO_DRUPAL) -> str:
    """A fresh `webhook-id`. Each request, and each retry, gets its own."""
    return f"{direction}_{random.token_urlsafe(18)}"


def sign(secret: Secret, body: bytes, now: int, id: str) -> dict[str, str]:
    """The three headers for `body` (the raw bytes as sent). `now` is Unix seconds."""
    mac = _mac(_key(secret), id, str(now), body)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(now),
        "webhook-signature": f"v1,{mac}",
    }


def verify(
    secrets: Sequence[Secret], headers: Mapping[str, str], body: bytes, now: float, direction: Direction = TO_SIDECAR
) -> str:
    """The `webhook-id` of an authentic request: remember it for REMEMBER_SECONDS, refuse it the second time.

    `headers`: lower-case names. Raises SignatureRefused; verdicts in the order of the protocol.
    """
    values = [headers.get(name, "") for name in HEADERS]
    if not all(values):
        missing = ", ".join(name for name, value in zip(HEADERS, values, strict=True) if not value)
        raise SignatureRefused("signature_missing", f"The request is not signed: {missing} is missing.")
    id, timestamp, signature = values
    candidates = _candidates(signature)
    if not _ID.fullmatch(id) or not _TIMESTAMP.fullmatch(timestamp) or not candidates:
        raise SignatureRefused(
            "signature_malformed",
            "webhook-id, webhook-timestamp or webhook-signature is malformed; see docs/reference/protocol.md.",
        )
    if not id.startswith(f"{direction}_"):
        raise SignatureRefused(
            "wrong_direction", f"A request in this direction has a webhook-id that begins with {direction}_."
        )
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise SignatureRefused(
            "timestamp_out_of_range",
            f"The request's clock is {round(int(timestamp) - now)} seconds off, {TOLERANCE_SECONDS} are allowed. "
            "Set the clocks of both machines.",
        )
    if not _any_match(secrets, candidates, id, timestamp, body):
        raise SignatureRefused(
            "signature_invalid", "The signature fits none of the site's secrets. Set the same secret on both sides."
        )
    return id


def key_id(secret: Secret) -> str:
    """First 8 hex digits that name a secret without telling it."""
    return hashlib.sha256(b"key-id\n" + _key(secret)).hexdigest()[:8]


def run_token(secret: Secret, run: str, generation: int, account: str) -> str:
    """The token that lets a request act as `account` (UUID) for one run: `bga_<run>.<generation>.<key id>.<mac>`."""
    key = key_id(secret)
    message = f"run-token\n{run}\n{generation}\n{account}\n{key}".encode()
    mac = base64.urlsafe_b64encode(hmac.digest(_key(secret), message, "sha256")).rstrip(b"=").decode()
    return f"bga_{run}.{generation}.{key}.{mac}"


def caller_header(secret: Secret, credential: str, door: Door, address: str, now: int) -> str:
    """The value of CALLER_HEADER: the sidecar vouches for door and address of a caller.

    `credential`: the caller's own header (`Authorization` or `X-Background-Agents-Key`) as it goes to Drupal with this
    one. `address`: an IP address; an IPv4 address that is written as IPv6 becomes IPv4. Raises ValueError for no address.
    """
    ip = ipaddress.ip_address(address)
    plain = str((ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None) or ip)
    if "%" in plain:
        raise ValueError("An address of a caller has no zone.")
    return f"t={now},door={door},address={plain},mac={_caller_mac(secret, str(now), door, plain, credential)}"


def caller_of(secrets: Sequence[Secret], header: str, credential: str, now: float) -> SignedCaller:
    """Whom a CALLER_HEADER vouches for. Raises SignatureRefused (`caller_invalid`)."""
    match = _CALLER.fullmatch(header)
    if match is None or abs(now - int(match[1])) > TOLERANCE_SECONDS or not _is_address(match[3]):
        raise _caller_invalid()
    matched = False
    for secret in secrets:
        matched |= hmac.compare_digest(_caller_mac(secret, match[1], match[2], match[3], credential), match[4])
    if not matched:
        raise _caller_invalid()
    return SignedCaller(cast(Door, match[2]), match[3])


def _caller_mac(secret: Secret, time: str, door: str, address: str, credential: str) -> str:
    of_credential = hashlib.sha256(credential.encode()).hexdigest()
    message = f"caller\n{time}\n{door}\n{address}\n{of_credential}".encode()
    return hmac.digest(_key(secret), message, "sha256").hex()


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _caller_invalid() -> SignatureRefused:
    return SignatureRefused("caller_invalid", f"{CALLER_HEADER} was not signed for this request.")


def _key(secret: Secret) -> bytes:
    return secret if isinstance(secret, bytes) else secret_bytes(secret)


def _mac(key: bytes, id: str, timestamp: str, body: bytes) -> str:
    digest = hmac.digest(key, f"{id}.{timestamp}.".encode() + body, "sha256")
    return base64.b64encode(digest).decode()


def _candidates(signature: str) -> list[str]:
    """The usable entries: `v1,` and the base64 of 32 bytes. Everything else is passed over."""
    return [match[1] for entry in signature.split(" ") if (match := _ENTRY.fullmatch(entry))]


def _any_match(secrets: Sequence[Secret], candidates: list[str], id: str, timestamp: str, body: bytes) -> bool:
    matched = False
    for secret in secrets:
        expected = _mac(_key(secret), id, timestamp, body)
        for candidate in candidates:  # no early end: the time tells nothing about which secret it was
            matched |= hmac.compare_digest(expected, candidate)
    return matched
