"""All names of keys in Redis. Every key of a site carries the hash tag `{site}`."""

from __future__ import annotations

QUEUE = "bg:queue"
"""arq's queue: holds bells only, never runs."""

WAKE = "bg:wake"
"""A list that workers BLPOP: the fast bell."""


PROCESSES = "bg:{workers}:processes"
"""A hash: name of a process to what it tells of itself."""


def worker(slot: str) -> str:
    """Is there while the worker of this slot beats."""
    return f"bg:{{workers}}:{slot}"


SCRIPT_KEYS = (
    "run",
    "journal",
    "events",
    "leases",
    "site",
    "agent",
    "outgoing",
    "held",
    "lanes",
    "lane",
    "parked",
    "saved",
)


class Keys:
    """Key names of one site."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.prefix = f"bg:{{{site}}}:"
        self.leases = f"{self.prefix}leases"
        self.outgoing = f"{self.prefix}outgoing"
        self.outgoing_ends = f"{self.outgoing}:ends"
        self.lanes = f"{self.prefix}lanes"
        self.parked = f"{self.prefix}parked"
        self.state = f"{self.prefix}site"
        self.live = f"{self.state}:live"
        self.expired = f"{self.state}:expired"
        self.recent = f"{self.prefix}recent"
        self.sentinel = f"{self.prefix}sentinel"
        self.sender = f"{self.prefix}sender"
        self.identity = f"{self.prefix}identity"
        self.contacts = f"{self.prefix}contacts"
        self.offers = f"{self.prefix}offers"
        self.control = f"{self.prefix}control"
        self.commands_done = f"{self.prefix}commands-done"
        self.changes = f"{self.prefix}changes"
        self.pushes = f"{self.prefix}pushes"
        self.pushes_idle = f"{self.pushes}:idle"

    def run(self, run: str) -> str:
        """Hash: state, fence, counters, limits of one run."""
        return f"{self.prefix}run:{run}"

    def journal(self, run: str) -> str:
        """Hash: unit to record."""
        return f"{self.prefix}journal:{run}"

    def events(self, run: str) -> str:
        """Stream of events; the id is `<seq>-0`."""
        return f"{self.prefix}events:{run}"

    def answers(self, run: str) -> str:
        """Hash: id of an approval to the decision of a person."""
        return f"{self.prefix}answers:{run}"

    def saved(self, run: str) -> str:
        """Set: units whose records are stored in Drupal."""
        return f"{self.prefix}saved:{run}"

    def webhook(self, webhook_id: str) -> str:
        """A signed request's id, remembered."""
        return f"{self.prefix}webhook:{webhook_id}"

    def mcp_session(self, digest: str) -> str:
        """Which process holds a session of an MCP client; `digest` names the session without telling it."""
        return f"{self.prefix}mcp-session:{digest}"

    def mcp_session_told(self, digest: str) -> str:
        """Of which lists the client of a session was told."""
        return f"{self.mcp_session(digest)}:told"

    def push(self, run: str, account: str) -> str:
        """Hash: id of a push notification configuration to what it says; of one run and account."""
        return f"{self.prefix}push:{run}:{account}"

    def push_told(self, run: str, account: str) -> str:
        """Hash: the same ids to how far each was told."""
        return f"{self.prefix}push-told:{run}:{account}"

    def caller(self, digest: str) -> str:
        """What Drupal said of who shows a credential, or that it is being asked."""
        return f"{self.prefix}caller:{digest}"

    def dispatch(self, digest: str) -> str:
        """The key under which an order was sent to Drupal."""
        return f"{self.prefix}dispatch:{digest}"

    def script(self, run: str = "-", agent: str = "-") -> list[str]:
        """KEYS of every script, in the order of `lua/_common.lua`. A lane is an agent's."""
        return [
            self.run(run),
            self.journal(run),
            self.events(run),
            self.leases,
            self.state,
            f"{self.prefix}agent:{agent}",
            self.outgoing,
            f"{self.prefix}held:{agent}",
            self.lanes,
            f"{self.prefix}lane:{agent}",
            self.parked,
            self.saved(run),
        ]
