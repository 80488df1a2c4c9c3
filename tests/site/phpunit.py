"""Runs the module's own PHPUnit tests (drupal_module/tests/src) on the site of `make site-test`, by core's phpunit.

`python -m tests.site.phpunit [arguments of phpunit]`. Settings are read where the site suite reads its own. A site without
PHPUnit is told of in a sentence, and is no failure.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.site.drupal import settings_file

MODULE = "background_agents"


class NotHere(Exception):
    """Why the tests cannot be run on this site; the text is for people."""


@dataclass(frozen=True)
class Command:
    """What is run, where, and what it finds in its environment."""

    arguments: Sequence[str]
    directory: Path
    environment: Mapping[str, str]


def command(given: Mapping[str, str], arguments: Sequence[str]) -> Command:
    """The call of core's phpunit on the module's tests; SIMPLETEST_DB and SIMPLETEST_BASE_URL win over the site's own.

    Raises NotHere when the site has no PHPUnit, no module or no name.
    """
    root = given.get("BACKGROUND_AGENTS_SITE_ROOT")
    if not root:
        raise NotHere("BACKGROUND_AGENTS_SITE_ROOT names no site")
    docroot = Path(root) / "web"
    phpunit = Path(given.get("BACKGROUND_AGENTS_SITE_PHPUNIT") or Path(root) / "vendor/bin/phpunit")
    if not phpunit.exists():
        raise NotHere(
            f"there is no {phpunit}; `composer require --dev drupal/core-dev` brings it, or BACKGROUND_AGENTS_SITE_PHPUNIT names another one"
        )
    folders = [folder for folder in ("modules/contrib", "modules/custom", "modules") if is_module(docroot / folder)]
    if not folders:
        raise NotHere(f"the code of the module is not below {docroot / 'modules'}")
    environment = {
        "SIMPLETEST_DB": given.get("SIMPLETEST_DB") or given.get("BACKGROUND_AGENTS_SITE_DB", ""),
        "SIMPLETEST_BASE_URL": given.get("SIMPLETEST_BASE_URL") or given.get("BACKGROUND_AGENTS_SITE_URL", ""),
        "BROWSERTEST_OUTPUT_VERBOSE": "false",
    }
    return Command((str(phpunit), "-c", "core", *arguments, f"{folders[0]}/{MODULE}"), docroot, environment)


def is_module(folder: Path) -> bool:
    return (folder / MODULE / f"{MODULE}.info.yml").is_file()


def main(arguments: Sequence[str]) -> int:
    """The exit code of phpunit; 0 when the tests were left out, which is said."""
    try:
        found = command(settings_file() | os.environ, arguments)
    except NotHere as reason:
        print(f"The module's PHPUnit tests were left out: {reason}.")
        return 0
    print("The module's PHPUnit tests, by core's phpunit", flush=True)
    done = subprocess.run(found.arguments, cwd=found.directory, env={**os.environ, **found.environment}, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
