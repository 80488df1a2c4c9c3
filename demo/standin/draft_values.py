"""The values of a draft request, laid over those of the revision that the agent read."""

from __future__ import annotations

from typing import Any

from demo.standin.accounts import Account, Accounts
from demo.standin.content import Content, Revision, transition_violation
from demo.standin.fields import Bundle, Field, Violation, check, from_draft, is_as_read
from demo.standin.jsonapi.document import Documents
from demo.standin.problems import Problem

STATE = ("moderation_state", "status")
"""A draft has a state of its own: to give the one that was read is to ask for it."""


class DraftValues:
    """What the fields of a request come to. What reading shows is taken as it is shown, and changes nothing."""

    def __init__(self, content: Content, accounts: Accounts) -> None:
        self._content = content
        self._accounts = accounts

    def of(
        self,
        account: Account,
        bundle: Bundle,
        base: Revision | None,
        fields: dict[str, Any],
        limit: frozenset[str] | None = None,
    ) -> dict[str, Any]:
        """The values to store, by field. Raises Problem with all that is wrong. `limit`: the only fields that may be written."""
        values: dict[str, Any] = {}
        wrong: list[Violation] = []
        shown = Documents(self._content, self._accounts, account, "").shown(base) if base else {}
        for name, value in fields.items():
            if name in shown and name not in STATE and is_as_read(value, shown[name]):
                continue
            field = bundle.field(name)
            if field is None:
                wrong.append(_no_field(bundle, name, shown))
                continue
            if limit is not None and name not in limit:
                raise Problem(403, "forbidden", f"The field {name} is not among those that the agent may write.")
            present = base.fields.get(name) if base else None
            try:
                values[name] = from_draft(field, value, present)
            except ValueError as error:
                wrong.append(Violation(name, str(error)))
                continue
            if base is None or values[name] != present:  # what a draft leaves as it is causes no error
                wrong += self._check(account, field, values[name], present)
        if base is None:
            wrong += [v for f in bundle.fields if f.name not in fields for v in check(f, None, account.formats)]
        state = transition_violation(account, base.state if base else "draft", "draft")
        _refuse([*wrong, state] if state else wrong)
        return values

    def _check(self, account: Account, field: Field, value: Any, present: Any) -> list[Violation]:
        """Violations of a value. What a list refers to already may stay in it."""
        if field.type == "image":
            raise Problem(
                422, "unsupported_field", f"{field.name} holds files, which drafts cannot carry yet. Leave it out."
            )
        wrong = check(field, value, account.formats)
        if field.target and not self._content.exists(*field.target, set(value) - set(present or [])):
            wrong.append(Violation(field.name, "The referenced entity does not exist."))
        return wrong


def field_limit(binding: dict[str, Any], entity_type: str, bundle: str) -> frozenset[str] | None:
    """The fields of a bundle that a binding lets an agent write; None: all that agents may write."""
    fields = binding.get("fields", {}).get(entity_type, {}).get(bundle)
    return None if fields is None else frozenset(fields)


def _no_field(bundle: Bundle, name: str, shown: dict[str, Any]) -> Violation:
    if name in shown:
        raise Problem(403, "forbidden", f"Agents never edit the field {name}.")
    return Violation(name, f"There is no field {name} on {bundle.entity_type} {bundle.id}, or it may not be written.")


def _refuse(wrong: list[Violation]) -> None:
    if not wrong:
        return
    errors = [
        {"pointer": f"/fields/{violation.path.replace('.', '/')}", "detail": violation.message} for violation in wrong
    ]
    raise Problem(422, "invalid", f"{wrong[0].path}: {wrong[0].message}", errors=errors)
