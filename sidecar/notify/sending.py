"""One message to an address that somebody else has chosen: no redirect, no private address, little read, and an end in any case."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx2

from sidecar import log
from sidecar.http import client_over
from sidecar.net import SETTING, AddressRefused, GuardedTransport, checked_address, resolve

_log = log.get(__name__)

if TYPE_CHECKING:
    from sidecar.net import Resolve

USER_AGENT = "background-agents-webhooks"
SECONDS = 15.0
"""For one message as a whole, however slowly its receiver answers."""
TEXT_SECONDS = 2.0
"""For what an answer says: its status alone counts."""
TEXT_BYTES = 1000
ERROR_CHARACTERS = 500
BUSY = frozenset({408, 425, 429})
MAX_WAIT = 2_147_483_647
CALLERS_SETTING = "allowed_private_hosts_for_callers"
"""Names the private addresses that messages of callers may reach."""
UNREACHABLE = "The address cannot be reached, or it is not public. The log of the sidecar says which."
"""All that somebody is told who is not to learn which names and addresses there are in this network."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a message. `status`: of the answer, None when there was none, and `error` says why. `text`: how the answer begins.
    `retry_after`: seconds that the receiver asked to wait."""

    status: int | None
    text: str = ""
    error: str = ""
    retry_after: int | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def down(self) -> bool:
        """Whether the next message to the same address would fail, too."""
        refused = self.status is not None and 400 <= self.status < 500 and self.status not in BUSY
        return not self.taken and (not refused or self.status == 410)


class Sender:
    """Sends messages to addresses that are public, or whose host is among `allowed`, which `setting` holds. `discreet`: why an address cannot
    be reached is told to the operator alone. `transport` makes the network (tests); `clock` is Unix seconds."""

    def __init__(
        self,
        allowed: Collection[str],
        transport: Callable[[], httpx2.AsyncBaseTransport] | None = None,
        *,
        setting: str = SETTING,
        discreet: bool = False,
        resolver: Resolve | None = None,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._allowed, self._setting, self._discreet = allowed, setting, discreet
        self._transport = transport or (lambda: self._guarded(resolver))
        self._resolver = resolver or resolve
        self._seconds = seconds
        self._clock = clock

    async def screen(self, url: str) -> str:
        """Why nothing is to be sent to this address, for the operator's log; empty: it may be, as things are now. http is for hosts that the
        operator allowed. What it says tells about this network: it is not for who named the address."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._screen(httpx2.URL(url))
        except TimeoutError:
            return "The name was not resolved in time."
        except AddressRefused as error:
            return str(error)[:ERROR_CHARACTERS]
        except (httpx2.InvalidURL, OSError, ValueError) as error:
            return f"The address cannot be used: {error}"[:ERROR_CHARACTERS]

    async def _screen(self, url: httpx2.URL) -> str:
        if url.scheme not in ("http", "https") or not url.host:
            return "It is no address of the web."
        if url.userinfo:
            return "It has a name or password in it."
        host = url.host.lower()
        named = {host, f"{host}:{url.port or 80}"} & {entry.lower() for entry in self._allowed}
        if url.scheme == "http" and not named:
            return f"It is http://, which is for hosts among {self._setting} (SIDECAR_{self._setting.upper()}): {host} is not."
        await checked_address(url, self._allowed, self._resolver, self._setting)
        return ""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Sent:
        """POST a JSON document, and say what came of it. Raises nothing that a receiver could cause."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._post(url, body, headers)
        except TimeoutError:
            return self._unsent(url, f"There was no answer within {self._seconds:g} seconds.")
        except AddressRefused as error:
            return self._unsent(url, str(error))
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
            return self._unsent(url, f"The address cannot be reached: {str(error) or type(error).__name__}")

    def _unsent(self, url: str, why: str) -> Sent:
        if not self._discreet:
            return Sent(None, error=why[:ERROR_CHARACTERS])
        try:
            host = httpx2.URL(url).host
        except httpx2.InvalidURL:
            host = ""
        _log.info(f"A message to an address of a caller was not sent. {why}", action="caller_message_unsent", host=host)
        return Sent(None, error=UNREACHABLE)

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Sent:
        # The name is resolved anew for each message: an address that was public once may not be now.
        async with client_over(self._transport(), timeout=httpx2.Timeout(self._seconds)) as client:
            request = client.build_request("POST", url, content=body, headers=_headers(headers))
            response = await client.send(request, stream=True, follow_redirects=False)
            try:
                text = await _beginning(response)
            finally:
                await response.aclose()
        moved = (
            f"Redirects are not followed (status {response.status_code}). Give the address that the receiver has now."
        )
        return Sent(
            response.status_code,
            text,
            moved if 300 <= response.status_code < 400 else "",
            self._retry_after(response.headers.get("retry-after", "")),
        )

    def _guarded(self, resolver: Resolve | None) -> GuardedTransport:
        return GuardedTransport(self._allowed, resolver=resolver or resolve, setting=self._setting)

    def _retry_after(self, value: str) -> int | None:
        """Seconds, of either form; None: it does not say."""
        if value.isascii() and value.isdecimal():
            return min(int(value[:12]), MAX_WAIT)
        try:
            return max(0, min(int(parsedate_to_datetime(value).timestamp() - self._clock()), MAX_WAIT))
        except (ValueError, OverflowError):
            return None


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    # What is compressed could be a thousand times as long.
    return {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "accept": "*/*",
        "accept-encoding": "identity",
    } | dict(given)


async def _beginning(response: httpx2.Response) -> str:
    """How the answer begins, as text; what does not come, or not in time, is left out."""
    found = b""
    try:
        async with asyncio.timeout(TEXT_SECONDS):
            async for chunk in response.aiter_raw():
                found += chunk[: TEXT_BYTES - len(found)]
                if len(found) >= TEXT_BYTES:
                    break
    except (TimeoutError, httpx2.HTTPError):
        pass
    return found.decode("utf-8", "replace").replace("\x00", "�")
