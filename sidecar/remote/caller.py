"""Who asks, as Drupal says it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Literal, get_args

from sidecar.drupal.signing import Door
from sidecar.json_text import JSON, elements, members
from sidecar.remote.credential import Credential

THIS_MACHINE = "127.0.0.1"

Reach = Literal["any", "own", "none"]
"""Which runs somebody may see, or steer."""
_REACHES: tuple[Reach, ...] = ("none", "own", "any")


@dataclass(frozen=True, slots=True)
class Origin:
    """By which door, and from which address, a request came. Told to Drupal under our signature."""

    door: Door
    address: str

    @classmethod
    def of(cls, door: Door, address: str) -> Origin:
        """`address` as the door knows it; what has none, such as a local socket, is this machine."""
        plain = address.partition("%")[0]
        try:
            ipaddress.ip_address(plain)
        except ValueError:
            plain = THIS_MACHINE
        return cls(door, plain)


@dataclass(frozen=True, slots=True)
class Caller:
    """An account of a site, with the credential that it showed and what that opens.

    `account` is a UUID; `means`: key, oauth, session, basic, run; `agents`: ids of those that it may dispatch; `expires`: RFC 3339."""

    site: str
    account: str
    name: str
    means: str
    agents: frozenset[str]
    runs: Reach
    manage: Reach
    origin: Origin
    credential: Credential = field(repr=False)
    key: str | None = None
    client: str | None = None
    scopes: frozenset[str] = frozenset()
    expires: str | None = None

    @classmethod
    def of(cls, site: str, document: dict[str, JSON], credential: Credential, origin: Origin) -> Caller:
        """From Drupal's `me` (contracts/me). An anonymous one is nobody: ask before."""
        key = members(document.get("key"))
        return cls(
            site=site,
            account=document["account"],
            name=document["name"],
            means=document["means"],
            agents=frozenset(elements(document.get("agents"))),
            runs=_reach(document.get("runs")),
            manage=_reach(document.get("manage")),
            origin=origin,
            credential=credential,
            key=key.get("name"),
            client=document.get("client"),
            scopes=frozenset(elements(document.get("scopes"))),
            expires=document.get("expires"),
        )

    def has_lost(self, now: Caller) -> bool:
        """Whether `now`, the same credential asked later, may less than this one: what is open for this one has to end."""
        return (
            self.account != now.account
            or not self.agents <= now.agents
            or not self.scopes <= now.scopes
            or _REACHES.index(self.runs) > _REACHES.index(now.runs)
            or _REACHES.index(self.manage) > _REACHES.index(now.manage)
        )

    def may_dispatch(self, agent: str) -> bool:
        """Whether Drupal would start this agent for the caller. Drupal asks again when it does."""
        return agent in self.agents


def _reach(value: JSON) -> Reach:
    return value if value in get_args(Reach) else "none"
