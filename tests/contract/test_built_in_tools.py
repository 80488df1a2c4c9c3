"""The site names the tools that the sidecar has."""

from __future__ import annotations

import re
from pathlib import Path

from sidecar.tools.registry import BUILT_IN

CLASS = Path(__file__).parents[2] / "drupal_module/src/Agent/BuiltInTools.php"


def test_both_sides_name_the_same_tools() -> None:
    """An agent with a tool that the sidecar does not know fails at its first run; one that the site does not know cannot be chosen."""
    names = re.search(r"NAMES = \[(.*?)\]", CLASS.read_text(encoding="utf-8"), re.S)
    assert names is not None
    named = re.findall(r"'(\w+)'", names[1])
    assert set(named) == set(BUILT_IN)
