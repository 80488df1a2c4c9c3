"""Whether a site's items are read where the site says: one item of each language, asked for at the language's own address as anybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

from sidecar.drupal.problems import is_route_missing
from sidecar.drupal.site_addresses import Address, Addresses
from sidecar.errors import DrupalError
from sidecar.json_text import JSON, elements, members

Said = tuple[Literal["ok", "note", "problem"], str]

SILENT = "The module does not say where JSON:API is. Update it: until then a language's prefix is taken to be its code."
DETECTION = "Switch language detection by URL on (Configuration, Languages, Detection and selection)."


class Requester(Protocol):
    """The part of drupal.client.DrupalSite that is needed here."""

    async def request(self, method: str, path: str, *, host: str | None = None) -> dict[str, JSON]: ...


async def check(site: Requester, status: Mapping[str, JSON]) -> list[Said]:
    """What each address came to, in the order of the site's languages; all of them in one sentence when all is well."""
    addresses = Addresses.of(status.get("addresses"))
    if addresses.languages is None:
        return [("note", SILENT)]
    samples = {sample["langcode"]: sample for sample in elements(status.get("samples"))}
    said = [
        await _asked(site, langcode, address, samples.get(langcode))
        for langcode, address in addresses.languages.items()
    ]
    found = [each for each in said if each is not None]
    if found:
        return found
    where = ", ".join(f"{_shown(address)} ({langcode})" for langcode, address in addresses.languages.items())
    return [("ok", f"Items are read at {where}.")]


async def _asked(site: Requester, langcode: str, address: Address, sample: Mapping[str, JSON] | None) -> Said | None:
    """None: an item was read in its language; or there is no item, and JSON:API answers."""
    target = address / f"{sample['entity_type']}/{sample['bundle']}/{sample['id']}" if sample else address
    try:
        document = await site.request("GET", target.path, host=target.host)
    except DrupalError as error:
        return _refused(langcode, target, error)
    found = members(members(document.get("data")).get("attributes")).get("langcode") if sample else langcode
    if found == langcode:
        return None
    return "problem", f"What is read at {_shown(target)} is in {found}, not in {langcode}. {DETECTION}"


def _refused(langcode: str, target: Address, error: DrupalError) -> Said:
    where = _shown(target)
    if is_route_missing(error):
        return (
            "problem",
            f"Nothing is at {where}, where the site reads {langcode}. Check `jsonapi.base_path`, the languages' prefixes and domains, and that "
            "base_url (and host_header) lead to this site.",
        )
    if error.status in (401, 403):
        return (
            "note",
            f"JSON:API is at {where}, but does not show the item to anybody: in which language it answers was not seen.",
        )
    if error.status == 404:
        return "note", f"JSON:API is at {where}, but the item is gone: ask again."
    return "problem", f"{where} cannot be read: {error}"


def _shown(address: Address) -> str:
    return (address.host or "") + address.path
