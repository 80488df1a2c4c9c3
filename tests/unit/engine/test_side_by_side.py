"""Calls that run side by side: each failure is heard, the first one counts."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from sidecar.engine.loop import side_by_side
from sidecar.runs.endings import Halt, Wait


async def test_when_several_wait_no_failure_is_left_unheard() -> None:
    """Two calls that each start an agent halt both: that is no defect, so asyncio logs none."""
    unheard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: unheard.append(context))

    async def waits(run: str) -> None:
        raise Halt(Wait("agent", run=run))

    with pytest.raises(Halt) as halted:
        await side_by_side([waits("a"), waits("b")])
    assert halted.value.ending == Wait("agent", run="a")
    del halted
    gc.collect()
    await asyncio.sleep(0)
    assert unheard == []
