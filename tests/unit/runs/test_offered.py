"""What several processes offer is put together, and told within the contract."""

from __future__ import annotations

import json

from sidecar import contracts
from sidecar.runs.offered import FRESH_SECONDS, MOST_CHARS, Offer, Provider, document_of

NOW = 1_795_000_000.0


def provider(id: str = "anthropic", **values: object) -> Provider:
    """One that works."""
    return Provider(**{"id": id, "label": id, "key": "settings", "health": "works", "since": 5, "seen": 10} | values)  # type: ignore[arg-type]


def told(*offers: Offer) -> dict[str, object]:
    """The document, which always fits its contract."""
    document = document_of(offers, NOW)
    contracts.check("events#models", document)
    return document


def test_a_worker_with_a_key_counts_more_than_one_without() -> None:
    """Whichever told last."""
    without = provider(key="missing", health="key_missing", since=0, seen=0)
    for offers in ([without, provider()], [provider(), without]):
        document = told(*(Offer(str(number), NOW, (one,)) for number, one in enumerate(offers)))
        assert document["providers"] == [provider().document()]


def test_the_last_word_counts_and_its_state_is_as_old_as_the_oldest() -> None:
    """Two workers whose provider refuses: it refuses since the first of them was refused."""
    first = provider(health="key_refused", since=100, seen=100, models=("a",))
    second = provider(health="key_refused", since=200, seen=300)
    (one,) = told(Offer("1", NOW, (first,)), Offer("2", NOW, (second,)))["providers"]  # type: ignore[misc]
    assert (one["since"], one["models"]) == (100, ["a"])
    (one,) = told(Offer("1", NOW, (first,)), Offer("2", NOW, (provider(seen=400),)))["providers"]  # type: ignore[misc]
    assert one["health"] == "works"


def test_what_is_gone_is_not_offered() -> None:
    """A worker that ended says nothing any more."""
    assert told(Offer("1", NOW - FRESH_SECONDS - 1, (provider(),)))["providers"] == []


def test_the_version_is_of_what_is_told() -> None:
    """An answer more is no news; another health is."""
    same = [told(Offer("1", NOW - age, (provider(seen=seen),)))["version"] for age, seen in ((0, 10), (60, 99))]
    assert same[0] == same[1]
    assert told(Offer("1", NOW, (provider(health="unreachable"),)))["version"] != same[0]


def test_however_much_is_offered_a_batch_can_carry_it() -> None:
    """A gateway may list thousands."""
    many = [
        provider(f"p{n:03}", models=tuple("m" * (MOST_CHARS - 4) + f"{m:04}" for m in range(400))) for n in range(80)
    ]
    assert len(json.dumps(told(Offer("1", NOW, tuple(many))))) < 200_000


def test_what_another_release_wrote_is_read() -> None:
    """A newer worker beside this one."""
    offer = Offer("1", NOW, (provider(models=("a", "b")),))
    document = json.loads(offer.written())
    document["providers"][0]["colour"] = "blue"
    document["more"] = 1
    assert Offer.read(json.dumps(document)) == offer
