"""What all parts of the settings have in common: unknown names are refused, and values never appear in messages."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Section(BaseModel):
    """A part of the settings. Unknown names are refused, so that a typing error is seen."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _split(value: Any) -> Any:
    return value.split() if isinstance(value, str) else value


SPLIT = BeforeValidator(_split)
"""A list may be given as words with spaces between them, as the environment needs it."""
Words = Annotated[list[str], SPLIT]
