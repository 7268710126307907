"""What people and their code wrote, as HTML that a page or another notebook may hold: markdown rendered, code in colours.

Nothing that comes out can run, load or style anything: scripts, styles, classes and ids of the author are gone, and images are
there only when they travel along (`data:`). The colours of code are classes of Pygments, which the page's style.css knows.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

LONGEST_COLOURED = 200_000
"""Characters of code. Beyond, a lexer would take seconds for what nobody reads."""
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml")

_ATTACHED = re.compile(r"attachment:(.+)", re.DOTALL)
DEEPEST = 2000
"""Levels of elements beyond which HTML is shown as text: the sanitiser takes time by their square."""
VOID = ("br", "col", "hr", "img", "input", "link", "meta", "wbr")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_EMBEDDED = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml)[;,]", re.IGNORECASE)
_LINK = re.compile(r"(https?:|mailto:)", re.IGNORECASE)


def code(source: str, language: str) -> str:
    """The source with its tokens in spans; escaped text where the language is not known."""
    text = _clean(source)
    lexer = _lexer(language.lower()) if len(text) <= LONGEST_COLOURED else None
    if lexer is None:
        return html.escape(text)
    from pygments import highlight
    from pygments.formatters import HtmlFormatter

    return str(highlight(text, lexer, HtmlFormatter(nowrap=True))).removesuffix("\n")


def markdown(source: str, attachments: Mapping[str, Any] | None = None) -> str:
    """The text as sanitised HTML. Images of `attachments`, which nbformat keeps by name and type, become part of it; those of
    other places become links."""
    return sanitised(_renderer().render(_clean(source), {"attachments": attachments or {}}))


def _clean(text: str) -> str:
    """Lone surrogates, which user code may print, are no UTF-8."""
    return text.encode("utf-8", "replace").decode()


@cache
def _lexer(language: str) -> Any:
    """None for a language that Pygments does not know."""
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    for name in ("ipython3", "python") if language in ("python", "ipython") else (language,):
        try:
            return get_lexer_by_name(name, stripnl=False, ensurenl=False)
        except ClassNotFound:
            continue
    return None


@cache
def _renderer() -> Any:
    from markdown_it import MarkdownIt

    found = MarkdownIt("commonmark", {"html": True, "highlight": _fence}).enable(["table", "strikethrough"])
    found.add_render_rule("image", _image)
    return found


def _fence(source: str, language: str, attributes: str) -> str:
    return code(source, language) if language else html.escape(source)


def _image(renderer: Any, tokens: Sequence[Any], index: int, options: Any, env: Mapping[str, Any]) -> str:
    token = tokens[index]
    source, words = str(token.attrs.get("src", "")), html.escape(token.content)
    attached = _ATTACHED.fullmatch(source)
    if attached is not None:
        source = _attachment(env["attachments"].get(attached[1]))
    if _EMBEDDED.match(source):
        return f'<img src="{html.escape(source)}" alt="{words}">'
    if _LINK.match(source):
        return f'<a href="{html.escape(source)}">{words or html.escape(source)}</a>'
    return words


def _attachment(bundle: Any) -> str:
    """A data URL of the first picture; '' when there is none."""
    for mime in PICTURES:
        value = bundle.get(mime) if isinstance(bundle, Mapping) else None
        if isinstance(value, str | list):
            data = "".join(map(str, value))
            if mime == "image/svg+xml":
                from urllib.parse import quote

                return f"data:{mime},{quote(data)}"
            return f"data:{mime};base64,{''.join(data.split())}"
    return ""


def sanitised(text: str) -> str:
    """What is harmless of somebody's HTML."""
    import nh3

    text = _clean(text)
    if _depth(text) > DEEPEST:
        return f"<pre>{html.escape(text)}</pre>"
    return nh3.clean(
        text,
        attributes={**nh3.ALLOWED_ATTRIBUTES, "ol": {"start"}},
        allowed_classes={"span": _token_classes()},
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "data"},
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def _depth(text: str) -> int:
    """How deep its elements may be nested, at most: what never ends counts as open."""
    depth = deepest = 0
    for closing, name in _TAG.findall(text):
        if name.lower() not in VOID:
            depth = max(0, depth - 1) if closing else depth + 1
            deepest = max(deepest, depth)
    return deepest


@cache
def _token_classes() -> set[str]:
    from pygments.token import STANDARD_TYPES

    return {name for name in STANDARD_TYPES.values() if name}


def _attribute(tag: str, name: str, value: str) -> str | None:
    """None removes it: what would load something, or lead to a place that means something else here."""
    if name == "src":
        return value if tag == "img" and _EMBEDDED.match(value) else None
    if name in ("href", "cite"):
        return value if _LINK.match(value) else None
    return value
