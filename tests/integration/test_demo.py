"""`python -m demo --exit` judges by what is in Drupal."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys

from rich.console import Console

from demo.main import Demo

SECONDS = 400


def test_the_demo_ends_well() -> None:
    """Status 0, three completed runs with their drafts; nothing is left running."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("SIDECAR_")}
    command = [sys.executable, "-m", "demo", "--exit", "--port", "0"]
    done = subprocess.run(command, env=own, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"■ completed", done.stdout)) == 3
    assert done.stderr == ""


def test_a_run_that_fails_is_no_success() -> None:
    """A model that is not there: the demo ends by itself, says so, and its status is 1."""
    said = io.StringIO()
    demo = Demo(model="scripted:nobody", exit=True, port=0, console=Console(file=said, width=200))
    assert demo.play() == 1
    assert said.getvalue().count("■ failed") == 3
    assert "Not all runs left a draft" in said.getvalue()
