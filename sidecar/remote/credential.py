"""What a caller shows to say who they are. It goes on to Drupal as it came, and nowhere else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

KEY_HEADER = "X-Background-Agents-Key"
"""For sites behind HTTP authentication, which need Authorization themselves."""


@dataclass(frozen=True, slots=True)
class Credential:
    """One header of a request: `Authorization` or `X-Background-Agents-Key`, with its value as it came."""

    header: str
    value: str = field(repr=False)

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Credential | None:
        """The credential of a request, None when there is none. `headers`: names in any case that the mapping takes."""
        for name in (KEY_HEADER, "Authorization"):
            if value := headers.get(name.lower(), "").strip():
                return cls(name, value)
        return None

    @property
    def digest(self) -> str:
        """Hex SHA-256: names the credential without telling it."""
        return hashlib.sha256(self.value.encode()).hexdigest()

    @property
    def headers(self) -> dict[str, str]:
        """The header to send on."""
        return {self.header: self.value}
