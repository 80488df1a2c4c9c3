"""The site names only tools that the sidecar has."""

from __future__ import annotations

import re
from pathlib import Path

from sidecar.tools.registry import BUILT_IN

CLASS = Path(__file__).parents[2] / "drupal_module/src/Agent/BuiltInTools.php"


def test_the_sidecar_has_each_tool_that_the_site_names() -> None:
    """An agent with a tool that the sidecar does not know fails at its first run."""
    names = re.search(r"NAMES = \[(.*?)\]", CLASS.read_text(encoding="utf-8"), re.S)
    assert names is not None
    named = re.findall(r"'(\w+)'", names[1])
    assert named
    assert set(named) <= set(BUILT_IN)
