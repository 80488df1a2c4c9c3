"""Writes a line when a process enters a station, into the file of the test. Python imports it at the start, before the program."""

from __future__ import annotations

import json
import os
import sys
from types import FrameType

STATIONS: dict[str, int] = json.loads(os.environ["STATION_TRACE_STATIONS"])
"""Numbers by `file:function`, the file relative to the checkout."""
FILE = os.environ["STATION_TRACE_FILE"]
NAMES = {name.partition(":")[2] for name in STATIONS}
frames = set[FrameType]()


def look(frame: FrameType, event: str, argument: object) -> None:
    """A coroutine that goes on is not entered again."""
    code = frame.f_code
    if event != "call" or code.co_qualname not in NAMES or frame in frames:
        return
    number = next(
        (STATIONS[name] for name in STATIONS if f"{code.co_filename}:{code.co_qualname}".endswith(f"/{name}")), None
    )
    if number is not None:
        frames.add(frame)
        with open(FILE, "a") as file:
            file.write(f"{number} {code.co_qualname}\n")


sys.setprofile(look)
