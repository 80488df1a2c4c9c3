"""Vectors of secrets, signatures, run tokens and effect keys, by plain hmac and hashlib."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

NOW = 1_790_000_000
ID = "d2s_0123456789abcdefXYZ-_"
OTHER_ID = "d2s_fedcba9876543210"
BODY = '{"site":"default","jobs":[]}'
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
NEW_SECRET = "whsec_" + base64.b64encode(bytes(range(100, 124))).decode()
WRONG_SECRET = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()
RAW_SECRET = "ein langes Geheimnis für Prüfungen"
RUN = "3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50"
OTHER_RUN = "7a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
ACCOUNT = "b2a7c6d5-1e2f-4a3b-9c8d-7e6f5a4b3c2d"
OTHER_ACCOUNT = "00000000-0000-4000-8000-000000000001"


def key_bytes(secret: str) -> bytes:
    """The bytes of a valid secret."""
    return base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()


def mac(secret: str, message: bytes) -> bytes:
    """HMAC-SHA256 under a secret."""
    return hmac.new(key_bytes(secret), message, hashlib.sha256).digest()


def signature(secret: str = SECRET, id: str = ID, timestamp: str = str(NOW), body: bytes = BODY.encode()) -> str:
    """One entry of a `webhook-signature` header."""
    return "v1," + base64.b64encode(mac(secret, f"{id}.{timestamp}.".encode() + body)).decode()


def secrets() -> dict[str, Any]:
    """What a secret's text stands for: `key` in hex, or null when it is refused."""
    cases: list[dict[str, Any]] = []

    def case(id: str, secret: str, key: bytes | None, comment: str) -> None:
        cases.append({"id": id, "comment": comment, "secret": secret, "key": None if key is None else key.hex()})

    case("prefixed", SECRET, bytes(range(32)), "The usual form.")
    case("prefixed-24", NEW_SECRET, bytes(range(100, 124)), "24 bytes are enough.")
    case(
        "prefixed-23",
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        None,
        "23 bytes are too few, though the text is long.",
    )
    case(
        "prefixed-no-base64",
        "whsec_this is no base64 but long enough!",
        None,
        "A prefix announces base64: no fallback to raw text.",
    )
    case("prefixed-url-alphabet", "whsec_" + "-_" * 20, None, "base64url is not base64.")
    case(
        "prefixed-unpadded",
        "whsec_" + base64.b64encode(bytes(25)).decode().rstrip("="),
        None,
        "Padding is not optional.",
    )
    case("prefixed-space", "whsec_" + "AAAA " * 10, None, "White space is not skipped.")
    case(
        "prefixed-newline", SECRET + "\n", None, "A newline at the end is an error of a file, not a part of the secret."
    )
    case("raw", RAW_SECRET, RAW_SECRET.encode(), "Anything else is raw UTF-8.")
    case("raw-24", "x" * 24, b"x" * 24, "24 bytes are enough.")
    case("raw-23", "x" * 23, None, "Too short.")
    case("raw-24-bytes-23-characters", "x" * 22 + "é", ("x" * 22 + "é").encode(), "Bytes are counted, not characters.")
    case("empty", "", None, "Not set.")
    return {"comment": "A secret as it is set, and the bytes of its HMAC key; null: refused.", "cases": cases}


def signatures() -> dict[str, Any]:
    """Signed requests and the receiver's verdict: `ok` or the code of the problem."""
    cases: list[dict[str, Any]] = []

    def case(
        id: str,
        expected: str,
        comment: str,
        *,
        webhook_id: str | None = ID,
        timestamp: str | None = str(NOW),
        header: str | None = "",
        body: str = BODY,
        body_base64: str | None = None,
        secrets: tuple[str, ...] = (SECRET,),
        direction: str = "d2s",
        seen: tuple[str, ...] = (),
    ) -> None:
        raw = base64.b64decode(body_base64) if body_base64 is not None else body.encode()
        if header == "":
            header = signature(secrets[0], webhook_id or "", timestamp or "", raw)
        headers = {"webhook-id": webhook_id, "webhook-timestamp": timestamp, "webhook-signature": header}
        content = {"body_base64": body_base64} if body_base64 is not None else {"body": body}
        cases.append(
            {
                "id": id,
                "comment": comment,
                "secrets": list(secrets),
                "direction": direction,
                "now": NOW,
                "seen": list(seen),
                "headers": {name: value for name, value in headers.items() if value is not None},
                **content,
                "expected": expected,
            }
        )

    good = signature()
    bad = signature(WRONG_SECRET)
    s2d = "s2d_0123456789abcdef"
    _good_signatures(case, good, bad, s2d)
    _malformed_signatures(case, good)
    _refused_signatures(case, good, bad, s2d)
    return {
        "comment": "A request is checked at `now` by a receiver that holds `secrets`, accepts ids of `direction` and "
        "has seen the ids in `seen`. "
        "Each case stands alone. The cases of `sign` are the sender's side.",
        "cases": cases,
        "sign": _signing(),
    }


def _good_signatures(case: Any, good: str, bad: str, s2d: str) -> None:
    case("good", "ok", "As it should be.")
    case("good-sidecar-to-drupal", "ok", "The other direction.", webhook_id=s2d, direction="s2d")
    case("empty-body", "ok", "A signed GET has an empty body.", body="")
    case("non-ascii-body", "ok", "UTF-8 bytes are signed.", body='{"label":"Ærø – 東京 😀"}')
    case(
        "no-utf8-body",
        "ok",
        "Raw bytes are signed, whatever they are.",
        body_base64=base64.b64encode(b"\xff\x00\xfe\n").decode(),
    )
    case("body-with-newline", "ok", "Nothing is trimmed.", body=BODY + "\r\n")
    case("raw-secret", "ok", "A secret without the prefix is its UTF-8 bytes.", secrets=(RAW_SECRET,))
    case("rotation-first", "ok", "Signed with the first of two.", secrets=(NEW_SECRET, SECRET))
    case(
        "rotation-second",
        "ok",
        "Signed with the old one, while both are valid.",
        secrets=(NEW_SECRET, SECRET),
        header=good,
    )
    case("two-signatures-first", "ok", "A sender in rotation signs twice; one match suffices.", header=f"{good} {bad}")
    case("two-signatures-second", "ok", "The order does not matter.", header=f"{bad} {good}")
    case(
        "other-version-passed-over", "ok", "An unknown version is passed over.", header=f"v2,abc v1a,{good[3:]} {good}"
    )
    case("no-comma-passed-over", "ok", "An entry without a comma is passed over.", header=f"v1 {good}")
    case("no-base64-passed-over", "ok", "An entry that is no base64 is passed over.", header=f"v1,!!! {good}")
    case("double-space", "ok", "Empty entries are passed over.", header=f"  {bad}   {good} ")
    case("oldest", "ok", "300 s are within the tolerance.", timestamp=str(NOW - 300))
    case("newest", "ok", "300 s are within the tolerance.", timestamp=str(NOW + 300))
    case("leading-zeros", "ok", "The text of the header is signed, not its number.", timestamp=f"00{NOW}")
    case("seen-another", "ok", "Only the same id is a replay.", seen=(OTHER_ID,))


def _malformed_signatures(case: Any, good: str) -> None:
    for name, argument in (("id", "webhook_id"), ("timestamp", "timestamp"), ("signature", "header")):
        case(f"missing-{name}", "signature_missing", f"No webhook-{name}.", **{"header": good, argument: None})
        if name != "signature":
            case(f"empty-{name}", "signature_missing", "Empty is missing.", **{"header": good, argument: ""})
    case("missing-all", "signature_missing", "An unsigned request.", webhook_id=None, timestamp=None, header=None)
    for name, value in {
        "word": "yesterday",
        "decimal": f"{NOW}.0",
        "negative": f"-{NOW}",
        "plus": f"+{NOW}",
        "exponent": "179e7",
        "space": f" {NOW}",
        "newline": f"{NOW}\n",
        "hex": "0x6ab13b80",
        "arabic-digits": "١٧٩٠٠٠٠٠٠٠",
        "too-long": "9" * 20,
        "thirteen-digits": f"000{NOW}",
    }.items():
        case(f"timestamp-{name}", "signature_malformed", "A timestamp is 1 to 12 ASCII digits.", timestamp=value)
    for name, value in {
        "no-direction": "0123456789abcdef0123",
        "other-prefix": "msg_0123456789abcdef",
        "upper-case-prefix": "D2S_0123456789abcdef",
        "short": "d2s_0123456789abcde",
        "long": "d2s_" + "a" * 129,
        "dot": "d2s_0123456789abcdef.1",
        "space": "d2s_0123456789abcdef ",
        "newline": "d2s_0123456789abcdef\n",
        "non-ascii": "d2s_0123456789abcdefé",
    }.items():
        case(
            f"id-{name}",
            "signature_malformed",
            "An id is d2s_ or s2d_ and 16 to 128 of [A-Za-z0-9_-].",
            webhook_id=value,
        )
    mac_text = good[3:]
    for name, value in {
        "no-comma": "v1",
        "bare": mac_text,
        "other-version": f"v2,{mac_text}",
        "upper-case-version": f"V1,{mac_text}",
        "bad-base64": "v1,!!!not*base64!!!",
        "short": "v1,AAAA",
        "unpadded": good.rstrip("="),
        "url-alphabet": "v1," + "-_" * 21 + "A=",
        "comma-separated": f"v2,AAAA,{good}",
        "tab-separated": f"v2,AAAA\t{good}",
        "only-spaces": "   ",
        "hex": "v1," + base64.b64decode(mac_text).hex(),
    }.items():
        case(
            f"signature-{name}",
            "signature_malformed",
            "No entry is v1, a comma and the base64 of 32 bytes.",
            header=value,
        )


def _refused_signatures(case: Any, good: str, bad: str, s2d: str) -> None:
    last = good[-2]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    sloppy = good[:-2] + alphabet[alphabet.index(last) + 1] + "="
    case("wrong-key", "signature_invalid", "Signed with a secret that the receiver does not hold.", header=bad)
    case("two-wrong", "signature_invalid", "None matches.", header=f"{bad} {signature(NEW_SECRET)}")
    case("other-body", "signature_invalid", "The body was changed.", header=good, body=BODY + " ")
    case(
        "escaped-body",
        "signature_invalid",
        "The same JSON in other bytes.",
        header=signature(body='{"a":"é"}'.encode()),
        body='{"a":"\\u00e9"}',
    )
    case("other-id", "signature_invalid", "The id was changed.", header=good, webhook_id=OTHER_ID)
    case("other-timestamp", "signature_invalid", "The timestamp was changed.", header=good, timestamp=str(NOW + 1))
    case(
        "sloppy-base64",
        "signature_invalid",
        "Decodes to the same bytes with stray bits: texts are compared.",
        header=sloppy,
    )
    case("secret-as-text", "signature_invalid", "The secret was used without decoding it.", header=_with_text_as_key())
    case("wrong-direction", "wrong_direction", "A request sent back to its sender.", webhook_id=s2d)
    case("wrong-direction-other", "wrong_direction", "Likewise, in the other direction.", direction="s2d")
    case("old", "timestamp_out_of_range", "301 s old.", timestamp=str(NOW - 301))
    case("future", "timestamp_out_of_range", "301 s ahead.", timestamp=str(NOW + 301))
    case("very-old", "timestamp_out_of_range", "1970.", timestamp="0")
    case("milliseconds", "signature_malformed", "Milliseconds have 13 digits.", timestamp=f"{NOW}000")
    case("replayed", "replayed", "The id was accepted before.", seen=(ID,))
    case("order-missing-first", "signature_missing", "Missing comes before malformed.", webhook_id="x", timestamp=None)
    case(
        "order-malformed-before-direction",
        "signature_malformed",
        "Malformed comes before direction.",
        webhook_id=s2d,
        timestamp="x",
    )
    case(
        "order-direction-before-time", "wrong_direction", "Direction comes before time.", webhook_id=s2d, timestamp="0"
    )
    case(
        "order-time-before-signature",
        "timestamp_out_of_range",
        "Time comes before signature.",
        timestamp=str(NOW - 301),
        header=bad,
    )
    case("order-signature-before-replay", "signature_invalid", "Signature comes before replay.", header=bad, seen=(ID,))


def _with_text_as_key() -> str:
    digest = hmac.new(SECRET.encode(), f"{ID}.{NOW}.".encode() + BODY.encode(), hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _signing() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = []

    def case(id: str, comment: str, secrets: list[str], webhook_id: str, body: str) -> None:
        timestamp = NOW
        expected = signature(secrets[0], webhook_id, str(timestamp), body.encode())
        cases.append(
            {
                "id": id,
                "comment": comment,
                "secrets": secrets,
                "webhook_id": webhook_id,
                "timestamp": timestamp,
                "body": body,
                "expected": expected,
            }
        )

    case("sign", "As it should be.", [SECRET], ID, BODY)
    case("sign-empty", "An empty body.", [SECRET], "s2d_0123456789abcdef", "")
    case("sign-non-ascii", "UTF-8 bytes are signed.", [SECRET], ID, '{"label":"Ærø – 東京 😀"}')
    case("sign-rotation", "The first secret signs.", [NEW_SECRET, SECRET], ID, BODY)
    case("sign-raw-secret", "A secret without the prefix.", [RAW_SECRET], ID, BODY)
    return cases


def key_id(secret: str) -> str:
    """First 8 hex digits of SHA-256 over `key-id`, a newline and the key's bytes."""
    return hashlib.sha256(b"key-id\n" + key_bytes(secret)).hexdigest()[:8]


def run_token(secret: str, run: str, generation: int, account: str) -> str:
    """The token of a run."""
    kid = key_id(secret)
    digest = mac(secret, f"run-token\n{run}\n{generation}\n{account}\n{kid}".encode())
    return f"bga_{run}.{generation}.{kid}." + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def run_tokens() -> dict[str, Any]:
    """Tokens as they are made, and verdicts on presented ones."""
    make = [
        {
            "id": f"make-{name}",
            "comment": comment,
            "secret": secret,
            "run": run,
            "generation": generation,
            "account": account,
            "key_id": key_id(secret),
            "token": run_token(secret, run, generation, account),
        }
        for name, comment, secret, run, generation, account in (
            ("first", "Generation 1.", SECRET, RUN, 1, ACCOUNT),
            ("retry", "A person said retry.", SECRET, RUN, 2, ACCOUNT),
            ("many-retries", "Two digits.", SECRET, RUN, 10, ACCOUNT),
            ("other-account", "Another account.", SECRET, RUN, 1, OTHER_ACCOUNT),
            ("other-run", "Another run.", SECRET, OTHER_RUN, 1, ACCOUNT),
            ("raw-secret", "A secret without the prefix.", RAW_SECRET, RUN, 1, ACCOUNT),
        )
    ]
    good = run_token(SECRET, RUN, 1, ACCOUNT)
    cases: list[dict[str, Any]] = []

    def case(
        id: str,
        expected: str,
        comment: str,
        token: str,
        *,
        secrets: tuple[str, ...] = (SECRET,),
        generation: int = 1,
        account: str = ACCOUNT,
    ) -> None:
        cases.append(
            {
                "id": id,
                "comment": comment,
                "secrets": list(secrets),
                "token": token,
                "generation": generation,
                "account": account,
                "expected": expected,
            }
        )

    _token_verdicts(case, good)
    return {
        "comment": "`make`: what each side computes. `cases`: a presented token, checked by a receiver that holds `secrets`, for a run whose "
        "current generation and whose agent's account are given. Whether the run is live is not the token's business.",
        "make": make,
        "cases": cases,
    }


def _token_verdicts(case: Any, good: str) -> None:
    head, tail = good.rsplit(".", 1)
    sloppy = tail[:-1] + chr(ord(tail[-1]) + 1)
    case("good", "ok", "As it should be.", good)
    case("rotation-second", "ok", "Made with the old secret.", good, secrets=(NEW_SECRET, SECRET))
    case(
        "rotation-first",
        "ok",
        "Made with the new secret.",
        run_token(NEW_SECRET, RUN, 1, ACCOUNT),
        secrets=(NEW_SECRET, SECRET),
    )
    case("later-generation", "ok", "The current generation is 2.", run_token(SECRET, RUN, 2, ACCOUNT), generation=2)
    case("old-generation", "generation_old", "Made for generation 1, which is over.", good, generation=2)
    case(
        "forged-old-generation",
        "token_invalid",
        "A false mac is not told about generations.",
        f"{head}.{'A' * 43}",
        generation=2,
    )
    case("wrong-secret", "token_invalid", "The key id is unknown.", run_token(WRONG_SECRET, RUN, 1, ACCOUNT))
    case("wrong-account", "token_invalid", "Made for another account.", run_token(SECRET, RUN, 1, OTHER_ACCOUNT))
    case(
        "agent-changed-account", "token_invalid", "The agent's account is another one now.", good, account=OTHER_ACCOUNT
    )
    case("other-run-put-in", "token_invalid", "The run was exchanged.", good.replace(RUN, OTHER_RUN))
    case(
        "generation-put-in",
        "token_invalid",
        "The generation was exchanged.",
        good.replace(".1.", ".2.", 1),
        generation=2,
    )
    case(
        "key-id-put-in",
        "token_invalid",
        "The key id is known, the mac is of another secret.",
        good.replace(key_id(SECRET), key_id(NEW_SECRET)),
        secrets=(NEW_SECRET, SECRET),
    )
    case("mac-changed", "token_invalid", "One character.", f"{head}.{'A' if tail[0] != 'A' else 'B'}{tail[1:]}")
    case(
        "mac-sloppy",
        "token_invalid",
        "Decodes to the same bytes with stray bits: texts are compared.",
        f"{head}.{sloppy}",
    )
    for id, token in {
        "empty": "",
        "prefix-only": "bga_",
        "no-prefix": good[4:],
        "upper-case-prefix": "BGA_" + good[4:],
        "upper-case-run": good.replace(RUN, RUN.upper()),
        "generation-zero": good.replace(".1.", ".0.", 1),
        "generation-leading-zero": good.replace(".1.", ".01.", 1),
        "generation-negative": good.replace(".1.", ".-1.", 1),
        "generation-huge": good.replace(".1.", f".{'9' * 20}.", 1),
        "key-id-upper-case": good.replace(key_id(SECRET), "ABCDEF01"),
        "mac-short": good[:-1],
        "mac-padded": good + "=",
        "mac-alphabet": f"{head}.{'+' * 43}",
        "three-parts": head,
        "five-parts": good + ".x",
        "newline": good + "\n",
        "space": " " + good,
        "bearer": "Bearer " + good,
    }.items():
        case(id, "token_malformed", "Not bga_<uuid>.<generation>.<8 hex>.<43 of base64url>.", token)


def effect_keys() -> dict[str, Any]:
    """Keys of effects: hex SHA-256 of `<run>:<generation>:<unit>`."""
    cases = []
    for id, generation, segment, step, tool, call, comment in (
        ("first", 1, 0, 1, "create_draft", "call_1", "The first step of the first segment."),
        (
            "second-segment",
            1,
            1,
            4,
            "create_draft",
            "call_1",
            "Steps are numbered over segments; providers repeat call ids.",
        ),
        ("retry", 2, 0, 1, "create_draft", "call_1", "A retry by a person is another effect."),
        ("mcp-tool", 1, 0, 2, "mcp:files.write", "toolu_01AbC", "Names of tools and ids as they are."),
        ("non-ascii-call", 1, 0, 2, "revise_draft", "çall/1@x:y", "UTF-8; separators inside an id are not escaped."),
    ):
        unit = f"s{segment}/{step}/{tool}@{call}"
        key = hashlib.sha256(f"{RUN}:{generation}:{unit}".encode()).hexdigest()
        cases.append(
            {
                "id": id,
                "comment": comment,
                "run": RUN,
                "generation": generation,
                "segment": segment,
                "step": step,
                "tool": tool,
                "tool_call_id": call,
                "unit": unit,
                "key": key,
            }
        )
    return {
        "comment": "The unit of a tool call, and the key of its effect. Made by the sidecar; opaque to Drupal.",
        "cases": cases,
    }
