"""The page as one file: template, style, script, data, and a policy that lets nothing else in."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files

from archdsl.backends.dot.errors import RenderError
from archdsl.backends.html.colors import color_rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

PARTS = (
    "tree",
    "expansion",
    "layout",
    "graph",
    "camera",
    "spec",
    "card",
    "table",
    "search",
    "main",
    "controls",
)
"""Scripts that every page has, in the order in which they are read."""

MAX_DATA = 24 << 20
"""Bytes of data that a page takes: a browser needs several times as much memory."""

READER = '<div id="text"></div>'


class PageTooLarge(RenderError):
    """A page would hold more than a browser can: the network has too many different parts."""


def render_page(document: Mapping[str, object] | None, title: str, version: str) -> str:
    """One HTML file that needs nothing else; without a document, the page that asks for it.

    Raises PageTooLarge.
    """
    live = document is None
    data = "" if document is None else embed(document, title)
    return fill_page(
        title,
        version,
        begin=asset("live.js" if live else "start.js"),
        mode="live" if live else "still",
        data=data,
        sources="'self'" if live else "",
    )


def fill_page(
    title: str,
    version: str,
    *,
    begin: str,
    mode: str,
    data: str = "",
    sources: str = "",
    editor: str = READER,
    buttons: str = "",
    extra: str = "",
    style: str = "",
) -> str:
    """The template with its parts; `begin` starts it, `sources` are what it may ask."""
    script = f'(() => {{\n"use strict";\n{"".join(map(_script, PARTS))}{begin}}})();\n'
    css = color_rules() + asset("style.css") + style
    values = {
        "title": escape(title),
        "version": escape(version),
        "mode": mode,
        "policy": policy(script, css, sources),
        "style": css,
        "editor": editor,
        "buttons": buttons,
        "extra": extra,
        "data": data,
        "layout": asset("viz-global.js").replace("</script", "<\\/script"),
        "script": script,
    }
    template = asset("page.html")
    return re.sub(r"\{\{(\w+)\}\}", lambda m: values[m[1]], template)


def policy(script: str, style: str, sources: str) -> str:
    """Only this script and this style run, nothing is fetched, and no text becomes markup."""
    rules = (
        "default-src 'none'",
        f"script-src {_digest(script)} 'wasm-unsafe-eval' {sources}".rstrip(),
        f"style-src {_digest(style)}",
        "img-src data:",
        f"worker-src blob: {sources}".rstrip(),
        f"connect-src {sources or chr(39) + 'none' + chr(39)}",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
    )
    return "; ".join(rules)


def embed(document: Mapping[str, object], title: str = "") -> str:
    """Data as a block that is not run; nothing in it can end the block."""
    text = to_json(document)
    if len(text) > MAX_DATA:
        raise PageTooLarge(
            f"the page of {title} would hold {len(text):,} bytes, the limit is {MAX_DATA:,}; "
            "archdsl report and pictures of less detail take such a network"
        )
    return f'<script type="application/json" id="document">{text}</script>'


def to_json(value: object) -> str:
    """JSON that is safe inside of a page: no `<`, `>`, `&`, no line ends that scripts know."""
    text = json.dumps(value, separators=(",", ":"))  # ASCII: U+2028 is escaped as well
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def asset(name: str) -> str:
    """The text of a file that is shipped with the package."""
    return files("archdsl.backends.html").joinpath("assets", name).read_text("utf-8")


def _script(name: str) -> str:
    return asset(f"{name}.js") + "\n"


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
