"""Where a site's JSON:API is, as the site tells it: its path is a setting, a language's prefix need not be its code, and a language may have
a domain of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sidecar.json_text import JSON

DEFAULT_PATH = "/jsonapi"


@dataclass(frozen=True, slots=True)
class Address:
    """A path below the site's base URL, and the host to name where it is not the one of the base URL. The request goes to the site's own
    server all the same: a token never leaves it."""

    path: str
    host: str | None = None

    def __truediv__(self, rest: str) -> Address:
        return Address(f"{self.path}/{rest}", self.host)


@dataclass(frozen=True, slots=True)
class Addresses:
    """`languages` is None for a site that does not tell (an older module): its languages' prefixes are taken to be their codes."""

    jsonapi: Address = field(default=Address(DEFAULT_PATH))
    languages: Mapping[str, Address] | None = None

    @classmethod
    def of(cls, document: Mapping[str, JSON] | None) -> Addresses:
        """From `addresses` of a job or of the site's status."""
        if not document:
            return cls()
        languages = {
            langcode: Address(told["path"], told.get("host")) for langcode, told in document["languages"].items()
        }
        return cls(Address(document["jsonapi"]), languages)

    def of_language(self, langcode: str | None) -> Address | None:
        """Where items are read in a language; None: the site has no such language. Without a language, the site's own choice."""
        if langcode is None:
            return self.jsonapi
        if self.languages is None:
            return Address(f"/{langcode}{DEFAULT_PATH}")
        return self.languages.get(langcode)

    def shared(self, langcode: str) -> bool:
        """Whether another language is read at the same address: then the site does not tell them apart by it."""
        own = (self.languages or {}).get(langcode)
        return sum(address == own for address in (self.languages or {}).values()) > 1
