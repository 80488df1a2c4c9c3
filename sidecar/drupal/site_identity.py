"""A copy of a site is not the site: it has the same id and secret, and another base URL in its settings.

What is known is learned from the answers to requests that the sidecar made to the address in its own settings, never from a request that
came to it. A site that had no base URL and now has one is the same; every other change is accepted by an operator.
"""

from __future__ import annotations

from typing import Protocol

from sidecar.errors import DrupalError
from sidecar.json_text import JSON

WRONG_SITE = "wrong_site"


class Identities(Protocol):
    """The part of the store that keeps what is known, by site id."""

    async def known_site(self, site: str) -> str | None: ...
    async def know_site(self, site: str, base_url: str) -> None: ...


def base_url_in(document: dict[str, JSON]) -> str:
    """The base URL that a document of the site names; empty when the site has none."""
    told = document.get("base_url")
    return told.rstrip("/") if isinstance(told, str) else ""


def called(base_url: str) -> str:
    """A site, for people."""
    return base_url or "a site without a base URL in its settings"


def another_site(site: str, known: str, told: str) -> DrupalError:
    """What an operator has to decide."""
    detail = (
        f"The sidecar serves {called(known)} as {site}, but what answers at base_url is {called(told)}. If the site has moved, run: "
        f"sidecar accept-site {site}. If it is a copy, correct base_url here; the copy needs a site id and a secret of its own."
    )
    return DrupalError({"title": "Another site", "status": 409, "code": WRONG_SITE, "detail": detail})


def copy_refused(site: str, known: str, told: str) -> DrupalError:
    """What a site is told that sends what another one is served for."""
    detail = (
        f"This sidecar serves {called(known)} as {site}; this request is from {called(told)}. Another site answers to this sidecar: "
        "give this one a site id and a secret of its own, or switch agents off on copies. If the site has moved, run on the sidecar: "
        f"sidecar accept-site {site}."
    )
    return DrupalError({"title": "Another site", "status": 409, "code": WRONG_SITE, "detail": detail})


async def learn(identities: Identities, site: str, known: str | None, answer: dict[str, JSON]) -> str:
    """Takes over what the site says of itself, and returns it. Raises DrupalError when that is another site than the known one."""
    told = base_url_in(answer)
    if known and told != known:
        raise another_site(site, known, told)
    if known != told:
        await identities.know_site(site, told)
    return told
