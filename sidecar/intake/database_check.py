"""What a database server can, and what the account of the outbox may."""

from __future__ import annotations

import re


def too_old(version: str) -> str:
    """The version as text when it cannot do what is needed; else empty."""
    numbers = re.search(r"(\d+)\.(\d+)", version.removeprefix("5.5.5-"))
    if not numbers:
        return ""
    major, minor = int(numbers[1]), int(numbers[2])
    maria = "mariadb" in version.lower()
    return f"The server {version}" if ((major, minor) < (10, 6) if maria else major < 8) else ""


def excessive(grants: list[str]) -> str:
    """What an account may beyond SELECT and UPDATE; empty when nothing."""
    found = {word.strip() for words in _privileges(grants) for word in words}
    return ", ".join(sorted(found - {"SELECT", "UPDATE", "USAGE"})).lower()


def missing_grants(grants: list[str]) -> str:
    """Which of SELECT and UPDATE no grant gives; column-level grants count."""
    found = {word.strip().split(" ")[0] for words in _privileges(grants) for word in words}
    return "" if "ALL" in found else " and ".join(sorted({"SELECT", "UPDATE"} - found))


def _privileges(grants: list[str]) -> list[list[str]]:
    found = list[list[str]]()
    for grant in grants:
        if match := re.match(r"GRANT (.+?) ON ", grant):
            found.append(re.sub(r"\([^)]*\)", "", match[1]).replace("ALL PRIVILEGES", "ALL").upper().split(","))
    return found
