"""Clean-up of the SVG that `dot` writes: accessible, self-contained, the same every time."""

from __future__ import annotations

import re

from archdsl.backends.dot.errors import RenderError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

ELEMENTS = frozenset(
    {"svg", "g", "title", "desc", "path", "polygon", "polyline", "ellipse", "text"}
)
"""All that a picture is made of; anything else in it is refused."""

UNWANTED = re.compile(r"\s(on\w+|(?:xlink:)?href|xmlns:xlink|xml:base|style)\s*=", re.IGNORECASE)


TITLE = re.compile(r"<title>([^<]*)</title>\s*")


def clean_svg(svg: str, title: str, description: str, tips: Mapping[str, str] | None = None) -> str:
    """One `<svg>` element with role, title and description.

    The prolog and the comments are dropped; titles that name nodes, clusters and edges by their
    ids give way to what `tips` says of them, or are dropped where it says nothing. Raises
    RenderError where an element or an attribute stands in it that a picture has no use for.
    """
    start = svg.find("<svg")
    if start < 0:
        raise RenderError("dot wrote no SVG")
    body = re.sub(r"<!--.*?-->\s*", "", svg[start:], flags=re.DOTALL)
    told = {_escape(id): _escape(words) for id, words in (tips or {}).items()}
    body = TITLE.sub(lambda found: _tip(told, found[1]), body)
    head, _, rest = body.partition(">")
    head = re.sub(r'\sxmlns:xlink="[^"]*"', "", head).replace("\n", " ").replace("  ", " ")
    rest = rest.replace('"Helvetica,sans-Serif"', '"Helvetica,Arial,sans-serif"')
    _check(head + ">" + rest)
    return (
        f'{head} role="img" aria-label="{_escape(title)}">\n<title>{_escape(title)}</title>\n'
        f"<desc>{_escape(description)}</desc>{rest.rstrip()}\n"
    )


def _check(svg: str) -> None:
    for tag in re.finditer(r"<[/!?]?\s*([\w:-]*)((?:\"[^\"]*\"|'[^']*'|[^'\">])*)>?", svg):
        name, attributes = tag.groups()
        bare = re.sub(r"\"[^\"]*\"|'[^']*'", '""', attributes)
        if name not in ELEMENTS or UNWANTED.search(bare):
            raise RenderError(f"dot wrote an SVG with a <{name}> that has no place in a picture")


def _tip(told: Mapping[str, str], id: str) -> str:
    words = told.get(id.replace("&#45;", "-"))
    return f"<title>{words}</title>\n" if words else ""


def _escape(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;")
