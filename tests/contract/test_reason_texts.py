"""Every reason of the reference has advice on the pages of Drupal."""

from __future__ import annotations

import re

import pytest

from tests.contract.cases import ROOT

REFERENCE = (ROOT / "docs/reference/reasons.md").read_text()
ADVICE = (ROOT / "drupal_module/src/Ui/ReasonText.php").read_text()
# What a person did, or what went well, needs no advice.
PLAIN = {"done", "cancelled"}


def ends() -> list[str]:
    """The reasons of the table of ends."""
    rows = [row for row in REFERENCE.split("## Waits")[0].splitlines() if row.startswith("| ") and "`" in row]
    return [reason for row in rows for reason in re.findall(r"`([a-z_:]+)`", row.split("|")[2]) if reason not in PLAIN]


@pytest.mark.parametrize("reason", ends())
def test_the_page_of_a_run_says_what_to_do(reason: str) -> None:
    """In ReasonText, by its exact name."""
    assert f"'{reason}'" in ADVICE


@pytest.mark.parametrize("reason", ends())
def test_lists_say_the_reason_in_words(reason: str) -> None:
    """In ReasonText::brief(), by its name or by what is before the colon."""
    brief = ADVICE.split("function brief(")[1].split("\n  }")[0]
    assert f"'{reason}'" in brief or f"'{reason.split(':')[0]}'" in brief
