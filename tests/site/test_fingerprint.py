"""What counts as the same text: what readers see, whatever editors and Drupal do to it by themselves."""

from __future__ import annotations

import json

from tests.site.drupal import Agents, Site

EQUAL = {
    "tags that mean the same": ["<p><b>A</b> <i>b</i></p>", "<p><strong>A</strong> <em>b</em></p>"],
    "what only editors need": [
        "<ul><li>A</li></ul>",
        '<ul class="x"><li data-list-item-id="e1" style="a:b">A</li></ul>',
    ],
    "blanks and line ends": ["<p>A b</p><p>c</p>", "<p>\r\n    A&nbsp;b\r\n</p>\r\n<p>c </p>\n"],
    "entities": ['<p>"A" & b é</p>', "<p>&quot;A&quot; &amp; b &eacute;</p>"],
    "curved apostrophes": ['<p>l\'eau "ici"</p>', "<p>l’eau “ici”</p>"],
    "narrow blanks": ["<p>21 h : dix</p>", "<p>21&nbsp;h&#8239;: dix</p>"],
    "text without a paragraph": ["A<p>b</p>", "<p>A</p><p>b</p>"],
    "a paragraph in a quotation or an item": [
        "<blockquote>A</blockquote><ul><li><p>b</p></li></ul>",
        "<blockquote><p>A</p></blockquote><ul><li>b</li></ul>",
    ],
    "empty paragraphs": ["<p>A</p><p>&nbsp;</p><p></p>", "<p>A</p>"],
    "breaks at the end": ["<p>A<br></p>", "<p>A</p>"],
    "how formats are nested and split": [
        "<p><b>A</b><b><i>b</i></b></p>",
        "<p><strong>A</strong><em><strong>b</strong></em></p>",
    ],
    "blanks at the edge of a format": ["<p><b>A </b>b</p>", "<p><strong>A</strong> b</p>"],
    "the parts of a table": [
        "<table><tr><td>A</td></tr></table>",
        '<figure class="table"><table><tbody><tr><td><p>A</p></td></tr></tbody></table></figure>',
    ],
    "attributes in another order": ['<p><a href="/a" title="x">A</a></p>', "<p><a rel='y' href='/a'>A</a></p>"],
    "lines of a text without markup": ["A  \r\nb", "A\nb", "plain_text"],
}
DIFFERENT = {
    "a word": ["<p>A b</p>", "<p>A c</p>"],
    "a capital": ["<p>Read more</p>", "<p>Read More</p>"],
    "where a link leads": ['<p><a href="/a">A</a></p>', '<p><a href="/b">A</a></p>'],
    "another picture": ['<p><img src="/a.png" alt="A"></p>', '<p><img src="/b.png" alt="A"></p>'],
    "another medium": [
        '<drupal-media data-entity-uuid="1"></drupal-media>',
        '<drupal-media data-entity-uuid="2"></drupal-media>',
    ],
    "an alternative text": ['<p><img src="/a.png" alt="A"></p>', '<p><img src="/a.png" alt="B"></p>'],
    "a heading": ["<h2>A</h2>", "<h3>A</h3>"],
    "emphasis": ["<p>A b</p>", "<p>A <em>b</em></p>"],
    "the order of paragraphs": ["<p>A</p><p>b</p>", "<p>b</p><p>A</p>"],
    "one paragraph or two": ["<p>A</p><p>b</p>", "<p>A b</p>"],
    "an item less": ["<ul><li>A</li><li>b</li></ul>", "<ul><li>A</li></ul>"],
    "an empty cell": ["<table><tr><td>A</td><td></td></tr></table>", "<table><tr><td></td><td>A</td></tr></table>"],
    "a tag that is text": ["<p>&lt;br&gt;</p>", "<p><br>x</p>"],
    "lines of a format that shows them": ["A\nb", "A b", "plain_text"],
    "lines of code": ["<pre>A\n b</pre>", "<pre>A b</pre>"],
}


def test_a_fingerprint_is_of_what_readers_see(site: Site, agents: Agents) -> None:
    """Equal: what editors and Drupal do to a text by themselves. Different: everything else."""
    pairs = json.dumps([*EQUAL.values(), *DIFFERENT.values()])
    found = dict(zip([*EQUAL, *DIFFERENT], site.script("revision_lineage.php", "equal", pairs), strict=True))
    assert {name for name, equal in found.items() if equal} == set(EQUAL)
