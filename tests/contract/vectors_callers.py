"""Vectors of the header by which the sidecar vouches for a caller, by plain hmac and hashlib."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.contract.vectors_identity import NEW_SECRET, NOW, RAW_SECRET, SECRET, WRONG_SECRET, mac

KEY = "bgd_k3j9x0q2ab_" + "A" * 43
CREDENTIAL = f"Bearer {KEY}"
ADDRESS = "192.0.2.7"
SIX = "2001:db8::1"


def header(
    secret: str = SECRET,
    credential: str = CREDENTIAL,
    door: str = "mcp",
    address: str = ADDRESS,
    now: int | str = NOW,
) -> str:
    """The header, as it is signed."""
    of_credential = hashlib.sha256(credential.encode()).hexdigest()
    digest = mac(secret, f"caller\n{now}\n{door}\n{address}\n{of_credential}".encode()).hex()
    return f"t={now},door={door},address={address},mac={digest}"


def callers() -> dict[str, Any]:
    """Headers as they are made, and which are believed: `expected`, or null."""
    make: list[dict[str, Any]] = []

    def made(id: str, comment: str, *, plain: str | None = None, **parts: Any) -> None:
        values = {"secret": SECRET, "credential": CREDENTIAL, "door": "mcp", "address": ADDRESS, "now": NOW} | parts
        signed = header(**(values | {"address": plain or values["address"]}))
        make.append({"id": id, "comment": comment, **values, "plain": plain or values["address"], "header": signed})

    made("make-mcp", "As it should be.")
    made("make-api", "Another door.", door="api")
    made("make-a2a", "Another door.", door="a2a")
    made("make-six", "An IPv6 address.", address=SIX)
    made(
        "make-mapped",
        "An IPv4 address in IPv6 is IPv4: limits by address meet it.",
        address="::ffff:192.0.2.7",
        plain=ADDRESS,
    )
    made("make-key-header", "The value of X-Background-Agents-Key.", credential=KEY)
    made("make-raw-secret", "A secret without the prefix.", secret=RAW_SECRET)
    cases: list[dict[str, Any]] = []

    def case(id: str, comment: str, text: str, believed: bool = False, **parts: Any) -> None:
        expected = {"door": parts.pop("door", "mcp"), "address": parts.pop("address", ADDRESS)} if believed else None
        values = {"secrets": [SECRET], "credential": CREDENTIAL, "now": NOW} | parts
        cases.append({"id": id, "comment": comment, **values, "header": text, "expected": expected})

    _believed(case)
    _refused(case)
    return {
        "comment": "`make`: what the sidecar sends. `cases`: a header that came with `credential`, checked at `now` by a "
        "receiver that holds `secrets`; expected null: 401 caller_invalid.",
        "make": make,
        "cases": cases,
    }


def _believed(case: Any) -> None:
    case("good", "As it should be.", header(), True)
    case("six", "IPv6.", header(address=SIX), True, address=SIX)
    case("rotation-second", "Signed with the old one of two.", header(), True, secrets=[NEW_SECRET, SECRET])
    case("rotation-first", "Signed with the new one of two.", header(NEW_SECRET), True, secrets=[NEW_SECRET, SECRET])
    case("oldest", "300 s are within the tolerance.", header(now=NOW - 300), True)
    case("newest", "300 s are within the tolerance.", header(now=NOW + 300), True)
    case("leading-zeros", "The text is signed, not its number.", header(now=f"00{NOW}"), True)
    case("no-credential", "A caller without a credential.", header(credential=""), True, credential="")


def _refused(case: Any) -> None:
    good = header()
    case("wrong-secret", "Not signed by this site's sidecar.", header(WRONG_SECRET))
    case("no-secret", "The site has none.", good, secrets=[])
    case("old", "301 s.", header(now=NOW - 301))
    case("future", "301 s.", header(now=NOW + 301))
    case("other-credential", "Taken from another's request.", good, credential=CREDENTIAL + "x")
    case("without-prefix", "The credential is the whole value, as it came.", good, credential=KEY)
    case("other-door", "The door was exchanged.", good.replace("door=mcp", "door=api"))
    case("other-address", "The address was exchanged.", good.replace(ADDRESS, "192.0.2.8"))
    case("other-time", "The time was exchanged.", good.replace(str(NOW), str(NOW + 1)))
    for id, text in {
        "empty": "",
        "word": "mcp",
        "unknown-door": header(door="manual"),
        "no-address": header(address=""),
        "host-as-address": header(address="localhost"),
        "no-ip": header(address="1.2.3"),
        "port": header(address="192.0.2.7:80"),
        "zone": header(address="fe80::1%1"),
        "mac-upper-case": good[:-64] + good[-64:].upper(),
        "mac-short": good[:-1],
        "two": f"{good}, {good}",
        "more": f"{good},x=1",
        "space": f" {good}",
        "newline": f"{good}\n",
        "order": ",".join(reversed(good.split(","))),
        "milliseconds": header(now=f"{NOW}000"),
        "negative": header(now=f"-{NOW}"),
    }.items():
        case(f"form-{id}", "Not t=<seconds>,door=<door>,address=<ip>,mac=<64 hex>.", text)
