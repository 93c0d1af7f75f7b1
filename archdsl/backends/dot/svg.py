"""Clean-up of the SVG that `dot` writes: accessible, self-contained, the same every time."""

from __future__ import annotations

import re

from archdsl.backends.dot.errors import RenderError

ELEMENTS = frozenset(
    {"svg", "g", "title", "desc", "path", "polygon", "polyline", "ellipse", "text"}
)
"""All that a picture is made of; anything else in it is refused."""

UNWANTED = re.compile(r"\s(on\w+|(?:xlink:)?href|xmlns:xlink|xml:base|style)\s*=", re.IGNORECASE)


def clean_svg(svg: str, title: str, description: str) -> str:
    """One `<svg>` element with role, title and description.

    The prolog, the comments and the titles that name nodes by their ids are dropped. Raises
    RenderError where an element or an attribute stands in it that a picture has no use for.
    """
    start = svg.find("<svg")
    if start < 0:
        raise RenderError("dot wrote no SVG")
    body = re.sub(r"<!--.*?-->\s*", "", svg[start:], flags=re.DOTALL)
    body = re.sub(r"<title>[^<]*</title>\s*", "", body)
    head, _, rest = body.partition(">")
    head = re.sub(r'\sxmlns:xlink="[^"]*"', "", head).replace("\n", " ").replace("  ", " ")
    rest = rest.replace('"Helvetica,sans-Serif"', '"Helvetica,Arial,sans-serif"')
    _check(head + ">" + rest)
    return (
        f'{head} role="img">\n<title>{_escape(title)}</title>\n'
        f"<desc>{_escape(description)}</desc>{rest.rstrip()}\n"
    )


def _check(svg: str) -> None:
    for tag in re.finditer(r"<[/!?]?\s*([\w:-]*)((?:\"[^\"]*\"|'[^']*'|[^'\">])*)>?", svg):
        name, attributes = tag.groups()
        bare = re.sub(r"\"[^\"]*\"|'[^']*'", '""', attributes)
        if name not in ELEMENTS or UNWANTED.search(bare):
            raise RenderError(f"dot wrote an SVG with a <{name}> that has no place in a picture")


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
