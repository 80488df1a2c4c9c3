"""What runs may spend: each one, and all of a site on a day."""

from __future__ import annotations

from pydantic import Field

from sidecar.settings.section import Section


class LimitSettings(Section):
    """What a run may spend when its agent does not say. 0: no limit."""

    steps: int = Field(default=30, ge=0, description="Model requests.")
    tool_calls: int = Field(default=100, ge=0)
    tokens: int = Field(default=500_000, ge=0, description="Input and output tokens together.")
    cost_micros: int = Field(default=0, ge=0, description="Millionths of a US dollar.")
    wall_seconds: int = Field(default=3600, ge=0)
    writes: int = Field(default=20, ge=0, description="Drafts per run.")
    cost_micros_per_day: int = Field(default=0, ge=0, description="Of all runs of an agent on a day (UTC).")
    tokens_per_day: int = Field(default=0, ge=0, description="Of all runs of an agent on a day (UTC).")
    tool_result_bytes: int = Field(default=100_000, ge=0)
    model_timeout: float = Field(default=120.0, gt=0, description="Seconds for one model request.")
    tool_timeout: float = Field(default=60.0, gt=0, description="Seconds for one tool call.")


class BudgetSettings(Section):
    """What all runs of a site may spend on a day (UTC). 0: no limit."""

    cost_micros_per_day: int = Field(default=0, ge=0, description="Millionths of a US dollar.")
    tokens_per_day: int = Field(default=0, ge=0, description="Input and output tokens together.")
