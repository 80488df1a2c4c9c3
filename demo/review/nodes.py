"""A stored text as nodes, and what a reader takes them for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

CONTAINERS = frozenset(
    [
        "article",
        "blockquote",
        "dd",
        "details",
        "div",
        "dl",
        "figure",
        "li",
        "ol",
        "section",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
BLOCKS = CONTAINERS | frozenset(
    ["address", "caption", "dt", "figcaption", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "p", "pre", "summary"]
)
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])

SYNONYMS = {"b": "strong", "i": "em", "strike": "s", "del": "s", "caption": "figcaption"}
ATTRIBUTES = ("alt", "data-caption", "data-entity-uuid", "href", "src")
TRANSPARENT = frozenset(["article", "div", "figure", "section", "tbody", "tfoot", "thead"])
SHOWN = BLOCKS - TRANSPARENT
ATOMS = frozenset(
    ["audio", "br", "drupal-entity", "drupal-media", "embed", "iframe", "img", "input", "object", "video"]
)
IGNORED = frozenset(["col", "colgroup", "meta", "wbr"])

BLANKS = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
# Thai, Japanese and Chinese part their words without blanks: each sign counts.
SIGNS = r"\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
WORDS = re.compile(rf"([\s\u00a0\u202f]+|(?<=[{SIGNS}]))")
WORD = re.compile(rf"[{SIGNS}]|[^\W_{SIGNS}]+")


@dataclass(eq=False, slots=True)
class Element:
    """An element of a text; `""` is the text as a whole."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    children: list[Element | str] = field(default_factory=list["Element | str"])


Node = Element | str


def parse(html: str) -> list[Node]:
    """The nodes of a text; blanks between blocks are left out."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    return children(parser.root)


def is_block(node: Node) -> bool:
    """Whether it stands for itself, and not in a line."""
    return isinstance(node, Element) and node.tag in BLOCKS


def children(parent: Element) -> list[Node]:
    """What an element holds: blocks, or words and inline elements."""
    has_blocks = any(is_block(node) for node in parent.children)
    found: list[Node] = []
    for node in parent.children:
        if isinstance(node, Element):
            found.append(node)
        elif not has_blocks or node.strip(" \t\r\n"):
            found.extend(part for part in WORDS.split(node) if part)
    return found


def key(node: Node) -> str:
    """Two nodes are the same to a reader when their keys are equal."""
    if isinstance(node, str):
        return "text:" + BLANKS.sub(" ", node)
    if node.tag in ("hr", "br"):
        return node.tag
    return f"{node.tag if is_block(node) else 'inline'}:{_blocks(Element('', {}, [node]))!r}"


def tag_key(element: Element) -> str:
    """The tag without what it holds, for comparing."""
    return key(Element(element.tag, element.attributes)) + element.tag


def text(node: Node) -> str:
    """What a reader reads; a blank for each tag."""
    return node if isinstance(node, str) else " " + " ".join(map(text, node.children)) + " "


def bag(node: Node) -> Counter[str]:
    """How often each word is in a node, in lower case."""
    return Counter(WORD.findall(text(node).lower()))


Runs = list[tuple[str, tuple[str, ...]]]
Block = tuple[str, "list[Block] | Runs"]


def _blocks(parent: Element) -> list[Block]:
    """The blocks below a node as a reader sees them: without classes, synonyms, blanks and empty paragraphs."""
    blocks: list[Block] = []
    runs: Runs = []
    for node in parent.children:
        tag = "" if isinstance(node, str) else SYNONYMS.get(node.tag, node.tag)
        if isinstance(node, str) or (tag not in TRANSPARENT and tag not in SHOWN):
            _inline(node, (), runs)
            continue
        blocks.extend(_paragraph(runs))
        runs = []
        blocks.extend(_blocks(node) if tag in TRANSPARENT else _block(tag, node))
    return [*blocks, *_paragraph(runs)]


def _block(tag: str, node: Element) -> list[Block]:
    if tag == "hr":
        return [("hr", [])]
    if tag == "pre":
        plain = "".join(_texts(node)).replace("\r\n", "\n").rstrip()
        return [("pre", [(plain, ())])] if plain else []
    content = _blocks(node)
    if tag == "p":
        return content
    if not content and tag not in ("td", "th"):
        return []
    return [(tag, content[0][1] if len(content) == 1 and content[0][0] == "p" else content)]


def _inline(node: Node, formats: tuple[str, ...], runs: Runs) -> None:
    if isinstance(node, str):
        _add(runs, escape(BLANKS.sub(" ", node), quote=False), formats)
    elif node.tag in ATOMS:
        _add(runs, _opening(node), formats, atom=True)
    elif node.tag not in IGNORED:
        opening = _opening(node)
        own = () if opening in ("<font>", "<span>") else (opening,)
        for child in node.children:
            _inline(child, tuple(sorted({*formats, *own})), runs)


def _add(runs: Runs, text: str, formats: tuple[str, ...], *, atom: bool = False) -> None:
    """Adds text to the last run where the formats are the same. Blanks at the edge of a format are outside of it."""
    if not atom and formats and text.strip(" ") != text:
        for part in (part for part in re.split(r"^( )|( )$", text) if part):
            _add(runs, part, () if part == " " else formats)
        return
    if runs and text.startswith(" ") and runs[-1][0].endswith(" "):
        text = text[1:]
    if not text:
        return
    if runs and runs[-1][1] == formats:
        runs[-1] = (runs[-1][0] + text, formats)
    else:
        runs.append((text, formats))


def _paragraph(runs: Runs) -> list[Block]:
    """A paragraph of the runs; none when they show nothing."""
    runs = list(runs)
    for at, edge in ((0, r"^(?: |<br>)+"), (-1, r"(?: |<br>)+$")):
        while runs and (cut := re.sub(edge, "", runs[at][0])) != runs[at][0]:
            runs[at] = (cut, runs[at][1])
            if not cut:
                runs.pop(at)
    return [("p", [(re.sub(r" *<br> *", "<br>", text), formats) for text, formats in runs])] if runs else []


def _opening(element: Element) -> str:
    attributes = "".join(
        f' {name}="{escape(element.attributes[name].strip())}"' for name in ATTRIBUTES if name in element.attributes
    )
    return f"<{SYNONYMS.get(element.tag, element.tag)}{attributes}>"


def _texts(node: Node) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    else:
        for child in node.children:
            yield from _texts(child)


class _Parser(HTMLParser):
    """Stored texts are well-formed: each element is closed by its own end tag."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)
