"""What people and programs are shown: agents that they may run, runs page by page, the drafts of a run with what differs."""

from __future__ import annotations

import base64
import difflib
import json
import re
from collections.abc import Mapping
from typing import Any

from demo.standin import times
from demo.standin.auth import Identity
from demo.standin.content import Content, Revision
from demo.standin.problems import Problem
from demo.standin.runs import Runs
from demo.standin.store import Row, Store
from sidecar import contracts, json_text
from sidecar.runs.run import RunState

PARAMETERS = (
    *(
        "state",
        "agent",
        "trigger",
        "trigger_id",
        "batch",
        "parent",
        "since",
        "before",
        "active_since",
        "asks",
        "refused",
    ),
    *("limit", "cursor", "count"),
)
INPUT_AND_OUTPUT = {"input", "output", "waiting", "pending_command", "changes"}
WORDS = re.compile(r"\s+|[^\s]+")


def agent_document(agent: dict[str, Any]) -> dict[str, Any]:
    """An agent as contracts/agents has it."""
    definition = agent["definition"]
    return {
        "id": agent["id"],
        "label": agent["label"],
        "description": agent.get("description", ""),
        "input_schema": definition.get("input_schema"),
        "output_schema": definition.get("output_schema"),
        "examples": [
            *agent.get("examples", ()),
            *(
                {"label": f"Example {at}", "input": example}
                for at, example in enumerate((definition.get("input_schema") or {}).get("examples", ()), 1)
            ),
        ],
    }


def may_view(identity: Identity, run: Row) -> bool:
    """Whether somebody may see a run: an agent itself and what it started, people all or their own."""
    if identity.run is not None:
        return identity.run["uuid"] in (run["uuid"], run["parent"])
    if identity.key is not None:
        return run["requester"] == identity.account.uuid and identity.is_for(run["agent"])
    own = run["requester"] == identity.account.uuid and identity.account.may("view own background agent runs")
    return own or sees_all(identity)


def may_manage(identity: Identity, run: Row) -> bool:
    """Whether somebody may steer a run: people all or their own, an agent what it started."""
    if identity.run is not None:
        return identity.run["uuid"] == run["parent"]
    if identity.key is not None:
        return may_view(identity, run)
    own = run["requester"] == identity.account.uuid and identity.account.may("manage own background agent runs")
    return own or any(
        identity.account.may(permission)
        for permission in ("administer background agents", "manage any background agent run")
    )


def sees_all(identity: Identity) -> bool:
    """Whether somebody may see the runs of everybody."""
    return identity.key is None and any(
        identity.account.may(permission)
        for permission in ("administer background agents", "view any background agent run")
    )


class Listing:
    """Lists of runs and of drafts."""

    def __init__(self, store: Store, runs: Runs, content: Content) -> None:
        self._store = store
        self._runs = runs
        self._content = content

    def runs(self, identity: Identity, asked: Mapping[str, str]) -> dict[str, Any]:
        """The newest runs first, as contracts/runs has them. Raises Problem."""
        may_have_some = identity.run is not None or identity.key is not None
        if not may_have_some and not (sees_all(identity) or identity.account.may("view own background agent runs")):
            raise Problem(403, "forbidden", "The permission to view runs is needed.")
        limit = number(asked, "limit", 50, 1, 200)
        after = cursor(asked, "cursor")
        found = [run for run in reversed(self._runs.all()) if may_view(identity, run) and _matches(run, asked)]
        page = [run for run in found if after is None or run["id"] < after][: limit + 1]
        shown = [self.summary(run) for run in page[:limit]]
        total = {"total": len(found)} if number(asked, "count", 0, 0, 1) else {}
        return {"runs": shown, "next": write(page[limit - 1]["id"]) if len(page) > limit else None} | total

    def summary(self, run: Row) -> dict[str, Any]:
        """A run without input, output and changes."""
        return {name: value for name, value in self._runs.show(run).items() if name not in INPUT_AND_OUTPUT}

    def drafts(self, run: Row, asked: Mapping[str, str]) -> dict[str, Any]:
        """The oldest drafts first, as contracts/drafts has them. Raises Problem."""
        limit = number(asked, "limit", 20, 1, 50)
        after = cursor(asked, "cursor") or 0
        rows = self._store.all("SELECT * FROM change WHERE run = ? AND id > ? ORDER BY id", (run["uuid"], after))
        documents = {change["uuid"]: change for change in self._runs.changes(run["uuid"])}
        shown = [documents[row["uuid"]] | self._draft(row) for row in rows[:limit]]
        return {"drafts": shown, "next": write(rows[limit - 1]["id"]) if len(rows) > limit else None}

    def _draft(self, change: Row) -> dict[str, Any]:
        base = self._content.revision(change["base_revision"]) if change["base_revision"] else None
        draft = self._content.revision(change["revision"]) if change["revision"] else None
        drafted = json.loads(change["drafted"]) if change["drafted"] else {}
        fields = draft.fields if draft else (base.fields if base else {}) | drafted
        seen = f"{draft.vid}.{base.vid if base else ''}" if draft else None
        return {
            "label": draft.label if draft else change["label"] or "",
            "state": draft.state if draft and draft.definition.moderated else None,
            "seen": seen,
            "url": f"/admin/content/agents/{change['id']}",
            "base_revision": change["base_revision"],
            "fields": [field for name, after in fields.items() if (field := _field(name, after, base, draft))],
        }


def number(asked: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """A whole number of the address. Raises Problem 422."""
    value = asked.get(name, str(default))
    if not value.isdecimal() or not value.isascii() or len(value) > 10 or not least <= int(value) <= most:
        raise refused(name, f'"{name}" is a whole number from {least} to {most}.')
    return int(value)


def cursor(asked: Mapping[str, str], name: str) -> int | None:
    """The place after which a list goes on. Raises Problem 422."""
    if name not in asked:
        return None
    try:
        found = base64.urlsafe_b64decode(asked[name] + "=" * (-len(asked[name]) % 4)).decode("ascii")
    except ValueError:
        found = ""
    if not re.fullmatch(r"[0-9]{1,18}", found) or write(int(found)) != asked[name]:
        raise refused(name, f'"{name}" is what an answer told as "next", as it was.')
    return int(found)


def closed(asked: Mapping[str, str], known: tuple[str, ...]) -> Mapping[str, str]:
    """The parameters of an address that may have no others. Raises Problem 422."""
    for name in asked:
        if name not in known and name != "_format":
            raise refused(name, f"There is no such parameter. There are: {', '.join(known)}.")
    return asked


def refused(name: str, detail: str) -> Problem:
    """What is wrong with a parameter of the address."""
    return Problem(422, "invalid", detail, errors=[{"pointer": f"/{name}", "detail": detail}])


def write(place: int) -> str:
    """A place of a list, as `next` tells it."""
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def _matches(run: Row, asked: Mapping[str, str]) -> bool:
    states = _words(asked, "state", [state.value for state in RunState])
    doors = _words(
        asked, "trigger", contracts.registry().contents(contracts.BASE + "common.json")["$defs"]["triggerType"]["enum"]
    )
    since, before = (_time(asked, name) for name in ("since", "before"))
    batch = number(asked, "batch", 1, 1, json_text.MAX_COUNTER) if "batch" in asked else run["batch"]
    created = times.seconds(times.wire(run["created"]) or "")  # as precisely as it is told
    return (
        (not states or run["state"] in states)
        and (not doors or json.loads(run["trigger_info"])["type"] in doors)
        and ("trigger_id" not in asked or asked["trigger_id"] == json.loads(run["trigger_info"]).get("id"))
        and batch == run["batch"]
        and asked.get("agent", run["agent"]) == run["agent"]
        and ("parent" not in asked or asked["parent"] == run["parent"])
        and (since is None or created >= since)
        and (before is None or created < before)
        and _stands(run, asked)
    )


def _stands(run: Row, asked: Mapping[str, str]) -> bool:
    """What the state of a run alone does not say: since when, whether it asks, whether it was not let begin."""
    active = _time(asked, "active_since")
    last = times.seconds(times.wire(run["finished"] or run["started"] or run["created"]) or "")
    waits_for = json.loads(run["waiting"])["for"] if run["waiting"] else None
    facts = {
        "asks": run["state"] == RunState.WAITING and waits_for == "approval",
        "refused": run["state"] == RunState.FAILED and (run["reason"] or "").startswith("dispatch:"),
    }
    told = all(bool(number(asked, name, 0, 0, 1)) == fact for name, fact in facts.items() if name in asked)
    return told and (active is None or last >= active)


def _words(asked: Mapping[str, str], name: str, known: list[str]) -> list[str]:
    words = asked[name].split(",") if name in asked else []
    if any(word not in known for word in words):
        raise refused(name, f'"{name}" is one or more of these, parted by commas: {", ".join(known)}.')
    return words


def _time(asked: Mapping[str, str], name: str) -> float | None:
    if name not in asked:
        return None
    try:
        return times.seconds(asked[name].replace(" ", "+"))
    except ValueError:
        raise refused(name, f'"{name}" is a time such as 2026-01-31T12:00:00Z.') from None


def _field(name: str, after: Any, base: Revision | None, draft: Revision | None) -> dict[str, Any] | None:
    before = base.fields.get(name) if base else None
    if before == after or after is None:
        return None
    old, new = _text(before), _text(after)
    definition = draft.definition.field(name) if draft else None
    return {
        "name": name,
        "label": definition.label if definition else name,
        "before": old if base else None,
        "after": new,
        "by_agent": True,
        "diff": _diff(old, new),
    }


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "\n\n".join(str(value[name]) for name in ("summary", "value") if value.get(name))
    if isinstance(value, list):
        return "\n\n".join(map(_text, value))
    return "" if value is None else str(value)


def _diff(old: str, new: str) -> list[dict[str, str]]:
    former, later = WORDS.findall(old), WORDS.findall(new)
    parts: list[dict[str, str]] = []
    for kind, from_old, to_old, from_new, to_new in difflib.SequenceMatcher(None, former, later).get_opcodes():
        texts = {"removed": "".join(former[from_old:to_old]), "added": "".join(later[from_new:to_new])}
        pieces = {"same": texts["added"]} if kind == "equal" else texts
        parts.extend({"kind": name, "text": text} for name, text in pieces.items() if text)
    return parts
