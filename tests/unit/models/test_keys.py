"""Keys that sites lend: after those of the settings, for their own runs, in memory alone, asked for once a minute at most."""

from __future__ import annotations

import pytest

from sidecar.errors import DrupalError, DrupalUnavailable, SettingsError
from sidecar.models.keys import AGAIN_SECONDS, ASK_EVERY_SECONDS, Keys
from sidecar.redact import MARK, Redactor
from sidecar.settings import load

OWN = {
    "SIDECAR_SITES__A__BASE_URL": "https://a.test",
    "SIDECAR_SITES__A__SECRETS": '["whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"]',
    "SIDECAR_SITES__B__BASE_URL": "https://b.test",
    "SIDECAR_SITES__B__SECRETS": '["whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"]',
}


class Parts:
    """Keys of two sites, of which one lends."""

    def __init__(self, **environ: str) -> None:
        self.now = 1000.0
        self.lends: dict[str, dict[str, str]] = {"a": {"openai": "key-one-of-a"}, "b": {}}
        self.error: Exception | None = None
        self.asked: list[tuple[str, list[str]]] = []
        self.redact = Redactor()
        self.keys = Keys(load(OWN | environ), self.redact, ["anthropic", "openai"], self.ask, lambda: self.now)

    async def ask(self, site: str, providers: list[str]) -> dict[str, str]:
        self.asked.append((site, providers))
        if self.error:
            raise self.error
        return {name: key for name, key in self.lends[site].items() if name in providers}


async def test_a_site_lends_its_key_to_its_own_runs() -> None:
    parts = Parts()
    assert await parts.keys.look() == {"a"}
    assert parts.keys.of("openai", "a") == "key-one-of-a"
    assert (parts.keys.of("openai", "b"), parts.keys.of("openai")) == ("", "")
    assert parts.keys.source("openai", "a", True) == "site"
    assert parts.redact.text("It said key-one-of-a.") == f"It said {MARK}."
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        parts.keys.required("openai", "b")


async def test_a_key_of_the_settings_comes_first_and_is_not_asked_for() -> None:
    parts = Parts(OPENAI_API_KEY="key-of-the-settings")
    parts.lends["a"]["anthropic"] = "key-two-of-a"
    await parts.keys.look()
    assert parts.asked[0] == ("a", ["anthropic"])
    assert (parts.keys.of("openai", "a"), parts.keys.of("anthropic", "a")) == ("key-of-the-settings", "key-two-of-a")
    assert parts.keys.refused("openai", "a") is None


async def test_a_refused_key_is_fetched_again_once_a_minute_at_most() -> None:
    """A rotated key is used by the very run that was refused; one that stays refused ends it."""
    parts = Parts()
    await parts.keys.look()
    asked = len(parts.asked)
    wait = parts.keys.refused("openai", "a")
    assert wait is not None
    assert wait >= AGAIN_SECONDS
    for _ in range(20):
        parts.keys.refused("openai", "a")
        await parts.keys.look()
    assert len(parts.asked) == asked
    parts.lends["a"]["openai"] = "key-two-of-a"
    parts.now += AGAIN_SECONDS
    assert await parts.keys.look() == {"a"}
    assert parts.keys.of("openai", "a") == "key-two-of-a"
    assert parts.keys.refused("openai", "a") is not None  # a request that was under way with the old key
    parts.keys.accepted("openai", "a")
    parts.keys.refused("openai", "a")
    parts.now += AGAIN_SECONDS
    assert await parts.keys.look() == set()
    assert parts.keys.refused("openai", "a") is None, "the site lends the same key: the run ends"
    parts.lends["a"]["openai"] = "key-three-of-a"
    parts.now += AGAIN_SECONDS
    assert await parts.keys.look() == {"a"}


async def test_a_new_key_is_found_without_a_word() -> None:
    """And one that the site takes away is gone."""
    parts = Parts()
    await parts.keys.look()
    parts.lends = {"a": {}, "b": {"openai": "key-of-b"}}
    assert await parts.keys.look() == set()
    parts.now += ASK_EVERY_SECONDS
    assert await parts.keys.look() == {"a", "b"}
    assert (parts.keys.of("openai", "a"), parts.keys.of("openai", "b")) == ("", "key-of-b")


async def test_while_a_site_is_down_runs_wait_and_what_was_lent_holds() -> None:
    parts = Parts()
    parts.error = DrupalUnavailable({"status": 503, "detail": "Down."})
    await parts.keys.look()
    with pytest.raises(DrupalUnavailable):
        parts.keys.required("openai", "a")
    parts.error, parts.now = None, parts.now + AGAIN_SECONDS
    await parts.keys.look()
    parts.error, parts.now = DrupalUnavailable({"status": 503}), parts.now + ASK_EVERY_SECONDS
    await parts.keys.look()
    assert parts.keys.required("openai", "a") == "key-one-of-a"


async def test_an_older_module_lends_nothing() -> None:
    parts = Parts()
    parts.error = DrupalError({"status": 404, "code": "not_found"})
    await parts.keys.look()
    with pytest.raises(SettingsError):
        parts.keys.required("openai", "a")


async def test_what_was_not_asked_for_is_not_taken() -> None:
    parts = Parts(OPENAI_API_KEY="key-of-the-settings")

    async def more(site: str, providers: list[str]) -> dict[str, str]:
        return {"openai": "another", "anthropic": "key-two-of-a"}

    parts.keys = Keys(
        load(OWN | {"OPENAI_API_KEY": "key-of-the-settings"}), parts.redact, ["anthropic", "openai"], more
    )
    await parts.keys.look()
    assert parts.keys.of("openai", "a") == "key-of-the-settings"
    assert "key-two-of-a" not in repr(parts.keys.__dict__["_lent"])
