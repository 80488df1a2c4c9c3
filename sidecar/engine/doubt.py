"""Calls that cannot be made again: what must be in Drupal before one starts, and what a person said of one whose answer is not known."""

from __future__ import annotations

from sidecar.drupal.replies import FAILED, outcome_of
from sidecar.engine import failures
from sidecar.engine.drive import Drive
from sidecar.errors import DrupalError, DrupalUnavailable
from sidecar.findings import sentences
from sidecar.json_text import JSON, members
from sidecar.models.conversation import Call
from sidecar.runs.checkpoint import UnitRecord
from sidecar.runs.endings import Ask, Fail
from sidecar.runs.journal import Journal
from sidecar.tools.base import Outcome, ToolSpec


def decided(journal: Journal, unit: str, call: Call, spec: ToolSpec) -> Outcome | None:
    """What a person said that a call came to which was started and never finished. Raises Halt when nobody has, or the run is given up."""
    entry = journal.record(unit)
    if entry is None or spec.repeatable or entry.get("not_done"):
        return None
    answer = journal.answers.get(journal.doubt(unit))
    if answer is None:
        raise journal.halt(Ask(unit, call.tool, call.arguments))
    if answer["decision"] == "give_up":
        raise journal.halt(Fail("in_doubt", f"{call.tool} was in doubt, and a person gave the run up."))
    done = answer["decision"] == "done"
    return Outcome("ok", "A person has confirmed that this was done. Its result is not known.") if done else None


async def store_checkpoint(drive: Drive, unit: str, record: UnitRecord) -> None:
    """Stores in Drupal that a tool which cannot be repeated is about to start, with all that led to it."""
    journal = drive.journal
    body: dict[str, JSON] = {
        "tool": "checkpoint",
        "arguments": {},
        "run": journal.claim.run,
        "attempt": journal.attempt,
        "generation": journal.claim.generation,
        "checkpoint": journal.checkpoint(unit, record),
    }
    try:
        answer = await drive.client.post("tools", body)
    except DrupalUnavailable as error:
        failed = outcome_of(error)
        answers = failed.reason == FAILED and await drive.site_answers()
        raise journal.halt(failures.not_done(failed, 1, answers=answers)) from error
    except DrupalError as error:
        if error.code == "stale_attempt" and await journal.refresh_attempt():
            return await store_checkpoint(drive, unit, record)
        raise journal.halt(failures.refused(error)) from error
    if answer.get("status") != "ok":
        detail = members(answer.get("error")).get("detail", "no reason given")
        message = sentences(
            f"Drupal did not store the checkpoint that {unit} needs before it may start: {detail}",
            "Update the module",
        )
        raise journal.halt(Fail("drupal:refused", message))
