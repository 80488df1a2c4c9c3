"""Accounts of the stand-in and who may do what. No hooks, no roles' inheritance: a list of permissions per account."""

from __future__ import annotations

import json
from dataclasses import dataclass

from demo.standin.store import Row, Store

ANONYMOUS_PERMISSIONS = frozenset({"access content", "access user profiles"})
ALL = "*"


@dataclass(frozen=True, slots=True)
class Account:
    """One account. `agent`: it has a role that is marked as an agent role. Anonymous has uid 0."""

    uid: int
    uuid: str
    name: str
    active: bool
    roles: tuple[str, ...]
    permissions: frozenset[str]
    created: float = 0.0
    mail: str = ""

    @property
    def agent(self) -> bool:
        """Whether this is an agent account."""
        return "agent" in self.roles

    @property
    def anonymous(self) -> bool:
        """Whether this is nobody."""
        return self.uid == 0

    def may(self, permission: str) -> bool:
        """Whether the account has a permission."""
        return permission in self.permissions or ALL in self.permissions

    @property
    def formats(self) -> set[str]:
        """Text formats that the account may use."""
        return {"basic_html", "restricted_html", "plain_text"} | (
            {"full_html"} if self.may("use text format full_html") else set()
        )


def drafting(*bundles: str) -> list[str]:
    """The permissions of an agent that drafts these content types (fact 17 of the design: what a drafting agent needs)."""
    site_wide = [
        "access content",
        "use editorial transition create_new_draft",
        "view latest version",
        "view any unpublished content",
    ]
    return [
        *site_wide,
        "view all revisions",
        "access user profiles",
        *(p for bundle in bundles for p in (f"create {bundle} content", f"edit any {bundle} content")),
    ]


class Accounts:
    """The accounts in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self,
        name: str,
        permissions: list[str],
        *,
        uuid: str | None = None,
        password: str | None = None,
        roles: tuple[str, ...] = (),
        uid: int | None = None,
    ) -> Account:
        """Store an account. Without a password nobody can log in as it."""
        self._store.run(
            "INSERT INTO account (uid, uuid, name, password, mail, roles, permissions, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                uid,
                uuid or self._store.new_uuid(),
                name,
                password,
                f"{name}@example.com",
                json.dumps(roles),
                json.dumps(permissions),
                self._store.clock(),
            ),
        )
        account = self.by_name(name)
        assert account is not None
        return account

    def by_name(self, name: str) -> Account | None:
        """The account of that name, blocked ones too."""
        return _account(self._store.one("SELECT * FROM account WHERE name = ?", (name,)))

    def by_uuid(self, uuid: str | None) -> Account | None:
        """The account with that UUID, blocked ones too."""
        return _account(self._store.one("SELECT * FROM account WHERE uuid = ?", (uuid,)))

    def all(self) -> list[Account]:
        """All accounts, anonymous first."""
        return [a for row in self._store.all("SELECT * FROM account ORDER BY uid") if (a := _account(row))]

    def anonymous(self) -> Account:
        """Nobody."""
        account = _account(self._store.one("SELECT * FROM account WHERE uid = 0"))
        assert account is not None, "seed the stand-in first"
        return account

    def log_in(self, name: str, password: str) -> Account:
        """The account, or anonymous: wrong credentials and blocked accounts are nobody, without a word, as in Drupal (fact 8)."""
        row = self._store.one(
            "SELECT * FROM account WHERE name = ? AND password = ? AND active = 1 AND password IS NOT NULL",
            (name, password),
        )
        return _account(row) or self.anonymous()

    def block(self, name: str, blocked: bool = True) -> None:
        """Block an account, or let it in again."""
        self._store.run("UPDATE account SET active = ? WHERE name = ?", (not blocked, name))

    def permit(self, name: str, permissions: list[str]) -> None:
        """Replace an account's permissions."""
        self._store.run("UPDATE account SET permissions = ? WHERE name = ?", (json.dumps(permissions), name))


def _account(row: Row | None) -> Account | None:
    if row is None:
        return None
    return Account(
        uid=row["uid"],
        uuid=row["uuid"],
        name=row["name"],
        active=bool(row["active"]),
        roles=tuple(json.loads(row["roles"])),
        permissions=frozenset(json.loads(row["permissions"])),
        created=row["created"],
        mail=row["mail"] or "",
    )
