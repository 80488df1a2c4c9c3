"""A person's session: log in, open a form, send it."""

from __future__ import annotations

from html.parser import HTMLParser

import httpx

from tests.site.drupal import Site


class Person:
    """A logged-in account with its cookies."""

    def __init__(self, site: Site, name: str) -> None:
        # Without a script nobody puts in what BigPipe sends later.
        self._http = httpx.Client(base_url=site.url, timeout=60, follow_redirects=True, cookies={"big_pipe_nojs": "1"})
        link = site.drush("user:login", f"--name={name}", "--no-browser").strip()
        assert self._http.get(link).status_code == 200

    def __enter__(self) -> Person:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str) -> httpx.Response:
        return self._http.get(path)

    def open(self, path: str, form: str) -> dict[str, str]:
        """The values of a form as it stands on a page, with its address under "@"."""
        page = self._http.get(path)
        assert page.status_code == 200, page.status_code
        return fields(page.text, form) | {"@": path}

    def send(self, values: dict[str, str], button: str = "Save") -> httpx.Response:
        """Presses a button."""
        data = {name: value for name, value in values.items() if name != "@"} | {"op": button}
        return self._http.post(values["@"], data=data)


def fields(html: str, form: str) -> dict[str, str]:
    """The values that a browser would send of the form whose form_id is `form`."""
    parser = _Forms()
    parser.feed(html)
    for values in parser.forms:
        if values.get("form_id") == form:
            return values
    raise AssertionError(f"no form {form} among {[values.get('form_id') for values in parser.forms]}")


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self._text: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.forms.append({})
        if not self.forms:
            return
        kind = given.get("type", "text")
        if (
            tag == "input"
            and name
            and kind not in ("submit", "button", "image", "file", "password", "reset")
            and (kind not in ("checkbox", "radio") or "checked" in given)
        ):
            self.forms[-1][name] = given.get("value", "on" if kind in ("checkbox", "radio") else "")
        if tag == "textarea":
            self._text = name
            self.forms[-1].setdefault(name, "")
        if tag == "select":
            self._select = name
        if tag == "option" and self._select and ("selected" in given or self._select not in self.forms[-1]):
            self.forms[-1][self._select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = None
        if tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._text:
            self.forms[-1][self._text] += data
