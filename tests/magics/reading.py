"""HTML as a browser would take it: what it says, and all that could do something."""

from __future__ import annotations

import re
from html.parser import HTMLParser

# A sanitiser leaves these of somebody's HTML, and our own pictures have no others.
TAGS = frozenset(
    """a abbr acronym area article aside b bdi bdo blockquote br caption center cite code col colgroup data dd del details dfn
    div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd kbd li map mark nav ol p pre progress q
    rp rt rtc ruby s samp small span strike strong sub summary sup table tbody td th thead time tr tt u ul var wbr""".split()
)
ATTRIBUTES = frozenset(
    """style href target rel src alt title max value colspan rowspan align valign char charoff datetime cite lang width height size
    start span headers scope abbr summary class dir""".split()
)
STYLE = re.compile(r"[a-z0-9 :;.,#%()_-]*", re.IGNORECASE)
LINK = re.compile(r"(https?:|mailto:)", re.IGNORECASE)
PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml)[;,][A-Za-z0-9+/=;,%._~!*'()-]*")


class Reader(HTMLParser):
    """Reads one piece of HTML; `text` is what it says, `found` its tags with their attributes, `links` where they lead."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.links: list[str] = []
        self.said: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, f"not closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in ("br", "img", "hr", "wbr", "col"):
            self._open.append(tag)
        if tag in ("div", "p", "pre", "td", "tr", "li", "br"):
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1] == tag, f"</{tag}> inside of {self._open}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")

    @property
    def text(self) -> str:
        return "".join(self.said)


def harmless(html: str) -> Reader:
    """Asserts that nothing in it can run, load, submit, cover or style anything but itself."""
    reader = Reader(html)
    for tag, attributes in reader.found:
        assert tag in TAGS, tag
        for name, value in attributes.items():
            assert name in ATTRIBUTES, f"{tag} {name}={value}"
            value = value or ""
            if name in ("href", "cite"):
                assert LINK.match(value), f"{tag} {name}={value}"
            elif name == "src":
                assert tag == "img", tag
                assert PICTURE.fullmatch(value), f"{tag} {name}={value[:200]}"
            elif name == "style":
                assert STYLE.fullmatch(value), value
                assert not re.search(r"url|expression|position|import|behavior|@", value), value
    return reader
