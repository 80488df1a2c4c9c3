"""Runs the module's unit tests with PHPUnit, so that one command tests both languages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

from tests.contract.cases import ROOT

NEEDED = ("php", "phpunit")


def test_php_gives_the_answers_of_the_contracts() -> None:
    """PHPUnit passes over all examples and vectors; in CI a machine without it is a failure."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        reason = f"{' and '.join(missing)} not found; install php-cli, php-xml, php-mbstring and phpunit"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    done = subprocess.run(
        ["phpunit", "-c", "drupal_module"], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert re.search(r"^OK \(\d{3,} tests", done.stdout, re.MULTILINE), done.stdout[-1000:]
