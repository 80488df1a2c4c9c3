"""The difference of two texts as HTML: escaped text, marks and bare tags alone. Nothing of a stored text is loaded or run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from demo.review import nodes
from demo.review.nodes import Element, Node
from demo.review.text import Changed, Part, Passage, Shared, TextDiff

BARE = frozenset(
    [
        "blockquote",
        "code",
        "dd",
        "dl",
        "dt",
        "em",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ]
)
SYNONYMS = {
    "b": "strong",
    "i": "em",
    "del": "s",
    "strike": "s",
    "ins": "u",
    "address": "p",
    "figcaption": "p",
    "caption": "p",
}
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
OUTER = frozenset(["blockquote", "dl", "ol", "table", "tbody", "tfoot", "thead", "tr", "ul"])
# Elements without text, and the attributes that name them.
BOXES = {
    "img": "alt", "drupal-media": "alt", "drupal-entity": "alt", "iframe": "title", "video": "title", "audio": "title",
    "embed": "title", "object": "title", "hr": "", "input": "type",
}  # fmt: skip
KINDS = {
    "img": "Image",
    "drupal-media": "Media",
    "drupal-entity": "Media",
    "hr": "Line",
    "video": "Video",
    "audio": "Audio",
}
TAGS = {
    "p": "Paragraph",
    "ul": "Bulleted list",
    "ol": "Numbered list",
    "strong": "Bold",
    "b": "Bold",
    "em": "Italic",
    "i": "Italic",
}
SAID = {"ins": "added:", "del": "removed:"}
NOTED = {"href": "Link target", "src": "Source", "alt": "Alternative text", "data-caption": "Caption"}


def marked(old: str, new: str) -> str:
    """The later text with its passages marked and numbered; without marks when there was none before."""
    if not old.strip():
        return "".join(_bare(node, "") for node in nodes.parse(new))
    return _parts(TextDiff(old, new).parts)


def mark(tag: str, inner: str) -> str:
    """One item that was added (`ins`) or removed (`del`); `inner` is escaped HTML."""
    if not tag or not inner:
        return inner
    return f'<{tag} role="none"><span class="ba-diff__said">{SAID[tag]} </span>{inner}</{tag}>'


def _parts(parts: Sequence[Part]) -> str:
    return "".join(
        _passage(part)
        if isinstance(part, Passage)
        else _bare(part.node, "")
        if isinstance(part, Shared)
        else _changed(part)
        for part in parts
    )


def _changed(changed: Changed) -> str:
    inner = _parts(changed.parts)
    if changed.tag is None:
        return _shell(changed.new, inner)
    note = _number(changed.tag) + _sentences(changed.tag)
    if changed.new.tag in OUTER:
        return f"<p>{note}</p>" + _shell(changed.new, inner)
    return _shell(changed.new, note + inner, level=False)


def _passage(passage: Passage) -> str:
    html = ""
    for tag, found in (("del", passage.old), ("ins", passage.new)):
        inline = not any(nodes.is_block(node) for node in found)
        inner = "".join(_bare(node, "" if inline else tag) for node in found)
        html += mark(tag, inner) if inline else inner
    return re.sub(r"<(?:ins|del) ", lambda match: _number(passage) + match[0], html, count=1) + _sentences(passage)


def _number(passage: Passage) -> str:
    return f'<span class="ba-diff__number"><span class="ba-diff__said">Change </span>{passage.number} </span>'


def _bare(node: Node, tag: str) -> str:
    """A node as bare tags and escaped text, marked with `tag` where it is one."""
    if isinstance(node, str):
        return _escaped(node)
    if node.tag in BOXES:
        return mark(tag, f'<span class="ba-diff__box">{_escaped(_box(node))}</span>')
    if node.tag == "br":
        return mark(tag, "<br>")
    outer = node.tag in OUTER or any(nodes.is_block(child) for child in node.children)
    inner = "".join(
        "" if outer and isinstance(child, str) and not child.strip() else _bare(child, tag if outer else "")
        for child in node.children
    )
    return _shell(node, inner if outer else mark(tag, inner))


def _shell(element: Element, inner: str, *, level: bool = True) -> str:
    """An element without its attributes; headings leave the page's outline alone."""
    name = SYNONYMS.get(element.tag, element.tag)
    if name in HEADINGS:
        said = f'<span class="ba-diff__level">{_tag_name(element)}</span> ' if level else ""
        return f"<p>{said}<strong>{inner}</strong></p>"
    if name in BARE:
        return f"<{name}>{inner}</{name}>"
    return f'<span class="ba-diff__link">{inner}</span>' if name == "a" else inner


def _sentences(passage: Passage) -> str:
    """Changes that marked words do not show: tags, link targets, names."""
    if len(passage.old) != 1 or len(passage.new) != 1:
        return ""
    old, new = passage.old[0], passage.new[0]
    if not isinstance(old, Element) or not isinstance(new, Element):
        return ""
    notes = [f"{_tag_name(old)} becomes {_tag_name(new)}"] if old.tag != new.tag else []
    for name, label in NOTED.items():
        former, later = old.attributes.get(name, ""), new.attributes.get(name, "")
        if former != later:
            notes.append(f"{label}: “{former}” becomes “{later}”")
    return "".join(f' <span class="ba-diff__note">({_escaped(note)})</span> ' for note in notes)


def _tag_name(element: Element) -> str:
    return f"Heading {element.tag[1]}" if element.tag in HEADINGS else TAGS.get(element.tag, f"Element “{element.tag}”")


def _box(element: Element) -> str:
    text = element.attributes.get(BOXES[element.tag], "").strip() if BOXES[element.tag] else ""
    kind = KINDS.get(element.tag, "Embedded content")
    return f"{kind}: {text}" if text else kind


def _escaped(text: str) -> str:
    return escape(text).replace("&#x27;", "&#039;")
