"""Reads the PHP of the repository, as `make check` does: its syntax, and Drupal's coding standard as far as it is installed.

`python -m tests.php_style`. Programs that are not there are named in a sentence, and are no failure: whoever works on the
sidecar alone needs no PHP. `PHP` and `PHPCS` name other programs than `php` and `phpcs` (or `vendor/bin/phpcs`).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (ROOT / "drupal_module",)
ENDINGS = {".php", ".module", ".install", ".inc"}
MODULE = ROOT / "drupal_module"
# PHP 8.3 gave class constants a type. An older PHP reads the rest of such a file once the types are blanked out.
TYPED_CONSTANT = re.compile(r"^(\s*(?:(?:final|public|protected|private)\s+)*const\s+)([\w\\?|]+\s+)(?=\w+\s*=)", re.M)
NEEDS = (8, 3)


def files(folders: Iterable[Path] = FOLDERS) -> list[Path]:
    """All PHP files of the repository."""
    return sorted(path for folder in folders for path in folder.rglob("*") if path.suffix in ENDINGS)


def version(php: str) -> tuple[int, int]:
    """Major and minor version of a PHP."""
    done = subprocess.run([php, "-r", "echo PHP_VERSION;"], capture_output=True, text=True, check=True, timeout=60)
    major, minor, *_ = done.stdout.split(".")
    return int(major), int(minor)


def without_types(code: str) -> str:
    """The code with the types of class constants replaced by blanks, so that columns and lines stay."""
    return TYPED_CONSTANT.sub(lambda found: found[1] + " " * len(found[2]), code)


def syntax(php: str, paths: Sequence[Path]) -> list[str]:
    """What PHP cannot parse, as `file: message`."""
    old = version(php) < NEEDS

    def lint(path: Path) -> str | None:
        code = path.read_text(encoding="utf-8")
        command = [php, "-d", "display_errors=stderr", "-d", "log_errors=0", "-l"]
        done = subprocess.run(
            command, input=without_types(code) if old else code, capture_output=True, text=True, timeout=60
        )
        if done.returncode == 0:
            return None
        return f"{path}: {done.stderr.strip().replace('in Standard input code ', '')}"

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [failure for failure in pool.map(lint, paths) if failure]


def standard(phpcs: str) -> tuple[str, int]:
    """Compares the module with the coding standard; a sentence about what could be checked, and phpcs' exit code."""
    installed = subprocess.run([phpcs, "-i"], capture_output=True, text=True, timeout=60).stdout
    known = set(re.findall(r"\w+", installed))
    if {"Drupal", "DrupalPractice"} <= known:
        ruleset, said = "phpcs.xml.dist", "coding standard: Drupal and DrupalPractice"
    else:
        ruleset = "phpcs.generic.xml"
        said = "coding standard: only what phpcs' own sniffs check, since drupal/coder is not installed"
    done = subprocess.run([phpcs, "-q", f"--standard={MODULE / ruleset}"], cwd=MODULE, timeout=600)
    return said, done.returncode


def main() -> int:
    """Prints what was checked; 1 when something is wrong."""
    wrong = 0
    php = shutil.which(os.environ.get("PHP") or "php")
    if php is None:
        print("PHP: not checked, since no php is installed.")
        return 0
    paths = files()
    failures = syntax(php, paths)
    found = ".".join(map(str, version(php)))
    print(*failures, f"PHP {found}: syntax of {len(paths)} files, {len(failures)} wrong.", sep="\n")
    wrong += len(failures)
    phpcs = shutil.which(os.environ.get("PHPCS") or "phpcs", path=f"{ROOT / 'vendor' / 'bin'}:{os.environ['PATH']}")
    if phpcs is None:
        print("PHP: coding standard not checked, since no phpcs is installed (Debian 12: apt install php-codesniffer).")
    else:
        said, code = standard(phpcs)
        print(f"PHP: {said}; {'nothing found' if code == 0 else 'see above'}.")
        wrong += code
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
