"""A canvas that is written as SVG: elements in order, each text escaped in one place."""

from __future__ import annotations

FONT = "Helvetica, Arial, 'Liberation Sans', 'Nimbus Sans', sans-serif"
LONGEST = 200
"""Characters of one text; longer ones are cut."""


class Canvas:
    """Collects elements, then makes one `<svg>` of them; coordinates are in CSS pixels."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def rect(
        self, x: float, y: float, w: float, h: float, fill: str, line: str, **more: str | float
    ) -> None:
        """A rectangle."""
        self._put("rect", x=x, y=y, width=w, height=h, fill=fill, stroke=line, **more)

    def path(self, d: str, line: str, fill: str = "none", **more: str | float) -> None:
        """A path in SVG's notation."""
        self._put("path", d=d, fill=fill, stroke=line, **more)

    def polygon(
        self, points: list[tuple[float, float]], fill: str, line: str, **more: str | float
    ) -> None:
        """A closed polygon."""
        text = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        self._put("polygon", points=text, fill=fill, stroke=line, **more)

    def text(
        self, x: float, y: float, text: str, size: float, fill: str, **more: str | float
    ) -> None:
        """A line of text, centred at `x` on the baseline `y` unless `anchor` says otherwise."""
        anchor = more.pop("anchor", "middle")
        attributes = _attributes(
            {"x": x, "y": y, "font-size": size, "fill": fill, "text-anchor": anchor, **more}
        )
        self._lines.append(f"<text{attributes}>{escape(text)}</text>")

    def open(self, title: str = "", **attributes: str | float) -> None:
        """Begins a group; its title is what a reader hears and a mouse shows."""
        self._lines.append(f"<g{_attributes(attributes)}>")
        if title:
            self._lines.append(f"<title>{escape(title)}</title>")

    def close(self) -> None:
        """Ends the group."""
        self._lines.append("</g>")

    def render(self, width: float, height: float, paper: str, title: str, about: str) -> str:
        """The picture as one accessible `<svg>` element, with a newline at its end."""
        w, h = number(width), number(height)
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}"'
            f' viewBox="0 0 {w} {h}" role="img" font-family="{FONT}">'
        )
        return "\n".join(
            [
                head,
                f"<title>{escape(title)}</title>",
                f"<desc>{escape(about, 2000)}</desc>",
                f'<rect width="{w}" height="{h}" fill="{paper}"/>',
                *self._lines,
                "</svg>\n",
            ]
        )

    def _put(self, tag: str, **attributes: str | float) -> None:
        self._lines.append(f"<{tag}{_attributes(attributes)}/>")


def number(value: float) -> str:
    """A coordinate, to a hundredth at most."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def escape(text: str, longest: int = LONGEST) -> str:
    """Text for SVG: markup escaped, what cannot be printed replaced, cut where it is too long."""
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    text = "".join(c if c.isprintable() else "\ufffd" for c in text)
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(sign, entity)
    return text


def _attributes(values: dict[str, str | float]) -> str:
    return "".join(f' {_name(name)}="{_value(value)}"' for name, value in values.items())


def _name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")  # `class_` is `class`, `font_size` is `font-size`


def _value(value: str | float) -> str:
    return escape(value, 4000) if isinstance(value, str) else number(value)
