"""What is counted of a run: names of fields, and of the limits that look at them."""

from __future__ import annotations

COUNTERS = ("steps", "tool_calls", "input_tokens", "output_tokens", "cost_micros", "writes")
"""What a run has used, as it is told to Drupal (`usage`)."""

STARTED = ("started_steps", "started_tokens", "started_cost_micros")
"""What runs that the run has started take from its own limits of steps, tokens and money. It is no usage of the run itself."""

ASKED_WRITES = "asked_writes"
"""Drafts that were saved or may still be: what the limit looks at. `writes` counts those that were saved."""
