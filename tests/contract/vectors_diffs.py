"""Vectors of differences: how two versions of a stored text are shown to people. The expected HTML was written by hand."""

from __future__ import annotations

from typing import Any


def diffs() -> dict[str, Any]:
    """Texts of before and after, and the marked HTML."""
    return {
        "comment": "`html` is what the page of a draft shows, without its box: escaped text, bare tags, marks. A text that was empty before has "
        "no marks. Passages are numbered in the order in which they are found. English, as without translations.",
        "cases": [*_words(), *_blocks(), *_tags(), *_boxes(), *_hostile()],
    }


def _words() -> list[dict[str, Any]]:
    return [
        _case(
            "one-word", "Only the word that differs is marked, where it stands.",
            "<p>The old town</p>", "<p>The new town</p>", f"<p>The {_n(1)}{_del('old')}{_ins('new')} town</p>",
        ),
        _case(
            "words-side-by-side", "Changed words with nothing but a blank between them are one passage.",
            "<p>a big red house</p>", "<p>a tiny blue house</p>", f"<p>a {_n(1)}{_del('big red')}{_ins('tiny blue')} house</p>",
        ),
        _case(
            "two-passages", "What is apart can be accepted apart.",
            "<p>build until summer and payed by the state</p>", "<p>built by summer and paid by the state</p>",
            f"<p>{_n(1)}{_del('build until')}{_ins('built by')} summer and {_n(2)}{_del('payed')}{_ins('paid')} by the state</p>",
        ),
        _case(
            "in-passing", "What editors change when they open and save a text is no difference.",
            "<p>a <b>bold</b>&nbsp;word</p>", '<p class="x">a <strong>bold</strong> word</p>\n', "<p>a <strong>bold</strong> word</p>",
        ),
        _case("no-text-before", "What is new altogether has no marks.", "", "<p>New &amp; fine</p>", "<p>New &amp; fine</p>"),
        _case("no-text-after", "What went is struck through.", "<p>Old</p>", "", f"<p>{_n(1)}{_del('Old')}</p>"),
        _case("plain", "A text without tags.", "in short", "in brief", f"in {_n(1)}{_del('short')}{_ins('brief')}"),
        _case(
            "japanese", "Where no blanks part words, each sign counts.",
            "<p>\u753a\u306e\u6c60</p>", "<p>\u753a\u306e\u6d77</p>", f"<p>\u753a\u306e{_n(1)}{_del(chr(0x6C60))}{_ins(chr(0x6D77))}</p>",
        ),
    ]  # fmt: skip


def _blocks() -> list[dict[str, Any]]:
    row = "<tr><td>{}</td><td>{}</td></tr>"
    return [
        _case(
            "new-paragraph", "A block that has no pair is marked inside its tag.",
            "<p>One</p>", "<p>One</p><p>Two</p>", f"<p>One</p><p>{_n(1)}{_ins('Two')}</p>",
        ),
        _case(
            "other-text", "Two paragraphs without a common word are one that went and one that came.",
            "<p>Alpha beta gamma</p>", "<p>Quite other words</p>",
            f"<p>{_n(1)}{_del('Alpha beta gamma')}</p><p>{_n(2)}{_ins('Quite other words')}</p>",
        ),
        _case(
            "item", "An item of a list keeps its place.",
            "<ul>\n<li>One</li>\n<li>Two</li>\n</ul>", "<ul>\n<li>One</li>\n<li>And</li>\n<li>Two</li>\n</ul>",
            f"<ul><li>One</li><li>{_n(1)}{_ins('And')}</li><li>Two</li></ul>",
        ),
        _case(
            "cell", "A cell is compared with the cell in its place.",
            f"<table><tbody>{row.format('Adults', 8)}</tbody></table>", f"<table><tbody>{row.format('Adults', 9)}</tbody></table>",
            f"<table><tbody><tr><td>Adults</td><td>{_n(1)}{_del('8')}{_ins('9')}</td></tr></tbody></table>",
        ),
        _case(
            "row", "A row that came is marked in its cells: one passage.",
            f"<table><tbody>{row.format('Adults', 8)}</tbody></table>",
            f"<table><tbody>{row.format('Adults', 8)}{row.format('Children', 4)}</tbody></table>",
            f"<table><tbody><tr><td>Adults</td><td>8</td></tr><tr><td>{_n(1)}{_ins('Children')}</td><td>{_ins('4')}</td></tr></tbody></table>",
        ),
        _case(
            "in-quotation", "Blocks within blocks.",
            "<blockquote><p>We wait for it.</p></blockquote>", "<blockquote><p>We waited for it.</p></blockquote>",
            f"<blockquote><p>We {_n(1)}{_del('wait')}{_ins('waited')} for it.</p></blockquote>",
        ),
    ]  # fmt: skip


def _tags() -> list[dict[str, Any]]:
    note = '<span class="ba-diff__note">({})</span>'
    return [
        _case(
            "heading", "Headings are no headings of the page; their level is said.",
            "<h2>Prices of today</h2>", "<h2>Fees of today</h2>",
            f'<p><span class="ba-diff__level">Heading 2</span> <strong>{_n(1)}{_del("Prices")}{_ins("Fees")} of today</strong></p>',
        ),
        _case(
            "heading-level", "Another level is a change of its own, told in words.",
            "<h4>Prices</h4>", "<h2>Prices</h2>", f"<p><strong>{_n(1)} {note.format('Heading 4 becomes Heading 2')} Prices</strong></p>",
        ),
        _case(
            "kind-of-list", "Lists hold no words of their own: the note goes before them.",
            "<ul><li>One</li></ul>", "<ol><li>One</li></ol>",
            f"<p>{_n(1)} {note.format('Bulleted list becomes Numbered list')} </p><ol><li>One</li></ol>",
        ),
        _case(
            "link-target", "Links are no links here; another target is told in words.",
            '<p>See <a href="/a">here</a>.</p>', '<p>See <a href="/b">here</a>.</p>',
            f"<p>See {_n(1)}{_del(_link('here'))}{_ins(_link('here'))} {note.format('Link target: “/a” becomes “/b”')} .</p>",
        ),
        _case(
            "hostile-target", "What a target holds is text.",
            '<p>See <a href="/a">here</a>.</p>', '<p>See <a href="javascript:&quot;&lt;b&gt;&amp;">here</a>.</p>',
            f"<p>See {_n(1)}{_del(_link('here'))}{_ins(_link('here'))} "
            f"{note.format('Link target: “/a” becomes “javascript:&quot;&lt;b&gt;&amp;”')} .</p>",
        ),
        _case(
            "bold", "A format that came is the words in it anew.",
            "<p>very old</p>", "<p><strong>very</strong> old</p>", f"<p>{_n(1)}{_del('very')}{_ins('<strong>very</strong>')} old</p>",
        ),
    ]  # fmt: skip


def _boxes() -> list[dict[str, Any]]:
    return [
        _case(
            "image", "An image is a box with its alternative text; nothing is loaded.",
            "<p>Text</p>", '<p>Text <img src="https://elsewhere.example/x.png" alt="A &lt;b&gt; park"></p>',
            f"<p>Text{_n(1)}{_ins(' ' + _box('Image: A &lt;b&gt; park'))}</p>",
        ),
        _case(
            "media", "Media without a text of its own.",
            "<p>Text</p>", '<p>Text</p><drupal-media data-entity-uuid="u"></drupal-media>',
            f"<p>Text</p>{_n(1)}{_ins(_box('Media'))}",
        ),
    ]  # fmt: skip


def _hostile() -> list[dict[str, Any]]:
    return [
        _case(
            "scripts", "Tags that are not known leave their text; attributes are gone.",
            "<p>Hello</p>", '<p onclick="alert(1)" style="position:fixed">Hello <u onmouseover="x">world</u></p>',
            f"<p>Hello{_n(1)}{_ins(' <u>world</u>')}</p>",
        ),
        _case(
            "escaped", "Text that looks like markup stays text.",
            "<p>This is how it is written:</p>", "<p>This is how it is written: &lt;script&gt;alert(1)&lt;/script&gt; &quot;b&quot;</p>",
            f"<p>This is how it is written:{_n(1)}{_ins(' &lt;script&gt;alert(1)&lt;/script&gt; &quot;b&quot;')}</p>",
        ),
        _case(
            "own-marks", "Marks of a stored text are not taken for marks of the difference.",
            "<p>a</p>", "<p>a <ins>b</ins> <del>c</del></p>", f"<p>a{_n(1)}{_ins(' <u>b</u> <s>c</s>')}</p>",
        ),
    ]  # fmt: skip


def _case(id: str, comment: str, before: str, after: str, html: str) -> dict[str, Any]:
    return {"id": id, "comment": comment, "before": before, "after": after, "html": html}


def _n(number: int) -> str:
    return f'<span class="ba-diff__number"><span class="ba-diff__said">Change </span>{number} </span>'


def _ins(html: str) -> str:
    return f'<ins role="none"><span class="ba-diff__said">added: </span>{html}</ins>'


def _del(html: str) -> str:
    return f'<del role="none"><span class="ba-diff__said">removed: </span>{html}</del>'


def _link(html: str) -> str:
    return f'<span class="ba-diff__link">{html}</span>'


def _box(text: str) -> str:
    return f'<span class="ba-diff__box">{text}</span>'
