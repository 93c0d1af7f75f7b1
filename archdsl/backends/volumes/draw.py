"""Volumes drawn as SVG."""

from __future__ import annotations

from archdsl.backends.dot.style import find_theme
from archdsl.backends.flow.words import about
from archdsl.backends.svg import Canvas, text_width
from archdsl.backends.svg.legend import Legend
from archdsl.backends.volumes.paint import Shades, shades
from archdsl.backends.volumes.place import LABEL, Block, is_bar, lay_out
from archdsl.backends.volumes.skyline import Skyline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.dot.style import Theme
    from archdsl.backends.volumes.model import Arch, Picture

MARGIN, LEGEND = 34.0, 64.0
"""At the sides, and where the legend stands."""

MARK = 19.0

SMALL = 10.0
BAND = 0.28
"""Share of a front that shows the activation."""

Point = tuple[float, float]


def render_volumes(picture: Picture, theme: str = "light") -> str:
    """The picture as one SVG; raises RenderError for a theme that there is not."""
    paint = find_theme(theme)
    drawer = _Drawer(picture, paint)
    drawer.draw()
    width, height = drawer.size
    about_it = describe(picture)
    return drawer.canvas.render(width, height, paint.paper, picture.title, about_it)


def describe(picture: Picture) -> str:
    """One line for those who cannot see it."""
    words = [f"{s.words} {s.type}" + (f" ×{s.times}" * (s.times > 1)) for s in picture.solids]
    shown = words[:60] + ["…"] * (len(words) > 60)
    return f"{picture.title}: {picture.caption}. From left to right: {', '.join(shown)}."


class _Drawer:
    """Draws boxes, then labels below and shortcuts above them."""

    def __init__(self, picture: Picture, theme: Theme) -> None:
        self.canvas = Canvas()
        self.picture = picture
        self.theme = theme
        self.blocks = lay_out(picture)
        self.below = Skyline()
        self.above = Skyline()
        for block in self.blocks:
            self.below.add_slope(block.left, block.right, block.half, block.half)
            end = block.half - block.dy
            self.below.add_slope(block.right, block.right + block.dx, block.half, end)
            self.above.add_slope(block.left, block.right + block.dx, -block.top, -block.top)
        self.rises = self._rises()
        first = self.blocks[0]
        wide = max(text_width(first.label, LABEL), text_width(size_label(first), SMALL))
        self.left = MARGIN + max(0.0, wide / 2 - first.middle)
        self.note = "; ".join(filter(None, (picture.caption, picture.note)))
        self.entries = _entries(picture)
        self.legend = Legend([words for _, words in self.entries], SMALL, MARK, self._width())
        self.middle = LEGEND + self.legend.height + 10 + self.above.highest
        self.size = (0.0, 0.0)

    def draw(self) -> None:
        """Everything; `size` is known behind it."""
        put, theme, picture = self.canvas, self.theme, self.picture
        put.text(MARGIN, 32, picture.title, 17, theme.text, anchor="start", font_weight="bold",
                 class_="title")  # fmt: skip
        put.text(MARGIN, 50, self.note, LABEL, theme.muted, anchor="start", class_="caption")
        for block in self.blocks:
            self._box(block)
        self._labels()
        self._sizes()
        for arch, rise in zip(self.picture.arches, self.rises, strict=True):
            self._arch(arch, rise)
        self._legend(self.legend, self.entries)
        self.size = (self.legend.width + 2 * MARGIN, self.middle + self.below.highest + 26)

    def _width(self) -> float:
        """Room for boxes, title and caption, without the margins."""
        right = self.left - MARGIN + max(block.right + block.dx for block in self.blocks)
        title = text_width(self.picture.title, 17, bold=True)
        return max(right, title, text_width(self.note, LABEL), 292.0)

    def _point(self, x: float, y: float) -> Point:
        return self.left + x, self.middle + y

    def _box(self, block: Block) -> None:
        solid, part = block.solid, block.solid.part
        paint = shades(solid.role, self.theme)
        put = self.canvas
        times = f", {solid.times} times" if solid.times > 1 else ""
        put.open(
            (about(part) if part else f"input {solid.type}") + times,
            class_="volume",
            data_path=part.path if part else "",
            data_shape=str(solid.type),
            data_times=solid.times,
        )
        self._faces(block, block.left, block.right, paint, paint.front)
        if part is not None and _has_activation(part.extras) and solid.role != "pool":
            edge = block.right - (block.right - block.left) * BAND
            self._faces(block, edge, block.right, paint, paint.band)
        put.close()

    def _faces(self, block: Block, a: float, b: float, paint: Shades, front: str) -> None:
        """Front, top and side of a box, or of the part of it from `a` to `b`."""
        h, dx, dy = block.half, block.dx, block.dy
        p = self._point
        line: dict[str, str | float] = {"stroke_width": 0.8, "stroke_linejoin": "round"}
        side = [p(b, -h), p(b + dx, -h - dy), p(b + dx, h - dy), p(b, h)]
        top = [p(a, -h), p(a + dx, -h - dy), p(b + dx, -h - dy), p(b, -h)]
        put = self.canvas
        put.polygon([p(a, -h), p(b, -h), p(b, h), p(a, h)], front, paint.line, **line)
        put.polygon(top, paint.top if front == paint.front else paint.band, paint.line, **line)
        put.polygon(side, paint.side, paint.line, **line)

    def _labels(self) -> None:
        """Channels below each box; a pool that keeps them has no label."""
        for before, block in zip([None, *self.blocks], self.blocks, strict=False):
            same = before is not None and before.solid.type.channels == block.solid.type.channels
            if block.solid.role == "pool" and same and not is_bar(block.solid.type):
                continue
            half = text_width(block.label, LABEL) / 2
            y = self.below.reach(block.middle - half - 1, block.middle + half + 1) + LABEL + 3
            x, shown = self._point(block.middle, y)
            self.canvas.text(x, shown, block.label, LABEL, self.theme.text, class_="channels")
            self.below.add_slope(block.middle - half, block.middle + half, y + 3, y + 3)

    def _sizes(self) -> None:
        """The extent below each run of boxes that have it."""
        runs: dict[int, list[Block]] = {}
        for block in self.blocks:
            if not is_bar(block.solid.type):
                runs.setdefault(block.solid.group, []).append(block)
        for blocks in runs.values():
            pools = [b for b in blocks if b.solid.role == "pool"]
            run = blocks[len(pools) :] if blocks[: len(pools)] == pools else blocks
            run = run or blocks  # a pool in front stands before what it reduced
            words = size_label(run[0])
            middle = (run[0].left + run[-1].right) / 2
            half = max(text_width(words, SMALL) / 2 + 3, (run[-1].right - run[0].left) / 2)
            y = self.below.reach(middle - half, middle + half) + 5
            (a, line), (b, _) = self._point(run[0].left, y), self._point(run[-1].right, y)
            self.canvas.path(f"M{a:.1f} {line:.1f}H{b:.1f}", self.theme.muted, stroke_width=0.8)
            shown = self._point(middle, y + SMALL + 3)
            self.canvas.text(*shown, words, SMALL, self.theme.muted, class_="size")
            self.below.add_slope(middle - half, middle + half, y + SMALL + 6, y + SMALL + 6)

    def _rises(self) -> list[float]:
        """How high each shortcut goes, inner ones first; as heights above the middle."""
        arches = self.picture.arches
        heights = [0.0] * len(arches)
        for i in sorted(range(len(arches)), key=lambda i: arches[i].end - arches[i].start):
            a, b = self._ends(arches[i])
            heights[i] = self.above.reach(a + 1, b - 1) + 13
            self.above.add_slope(a, b, heights[i], heights[i])
        return heights

    def _ends(self, arch: Arch) -> tuple[float, float]:
        start, end = self.blocks[arch.start], self.blocks[arch.end]
        return start.middle + start.dx + 3, end.middle + end.dx - 3

    def _arch(self, arch: Arch, rise: float) -> None:
        start, end = self.blocks[arch.start], self.blocks[arch.end]
        a, b = self._ends(arch)
        (x1, y1), (x2, y2) = self._point(a, start.top), self._point(b, end.top)
        y = self.middle - rise
        r = min(7.0, (x2 - x1) / 2, max(0.0, y1 - y), max(0.0, y2 - y))
        dash = {"stroke_dasharray": "4 2.6"} if arch.ways else {}
        self.canvas.open(
            f"{arch.join}: {', '.join(arch.ways) or 'identity'}",
            class_="arch",
            data_start=_path(start),
            data_end=_path(end),
        )
        color = self.theme.skip
        self.canvas.path(
            f"M{x1:.1f} {y1:.1f}V{y + r:.1f}Q{x1:.1f} {y:.1f} {x1 + r:.1f} {y:.1f}"
            f"H{x2 - r:.1f}Q{x2:.1f} {y:.1f} {x2:.1f} {y + r:.1f}V{y2 - 5:.1f}",
            color,
            stroke_width=1.2,
            **dash,
        )
        self.canvas.polygon([(x2, y2), (x2 - 2.8, y2 - 6), (x2 + 2.8, y2 - 6)], color, "none")
        self.canvas.close()

    def _legend(self, legend: Legend, entries: list[tuple[str, str]]) -> None:
        for (x, y), (role, words) in zip(legend.places, entries, strict=True):
            self._entry(MARGIN + x, LEGEND + y, role, words)

    def _entry(self, x: float, y: float, role: str, words: str) -> None:
        put = self.canvas
        if role.startswith("-"):
            dash = {"stroke_dasharray": "4 2.6"} if role == "--" else {}
            put.path(f"M{x:g} {y + 6:g}H{x + 14:g}", self.theme.skip, stroke_width=1.2, **dash)
        else:
            paint = shades(role, self.theme)
            put.rect(x, y, 12, 12, paint.front, paint.line, stroke_width=0.8)
        put.text(x + MARK, y + 10, words, SMALL, self.theme.text, anchor="start", class_="legend")


def _entries(picture: Picture) -> list[tuple[str, str]]:
    """A square for each kind of box, a line for each kind of shortcut: (role or line, words)."""
    roles: dict[str, dict[str, None]] = {}
    for solid in picture.solids[1:]:
        roles.setdefault(solid.role, {}).setdefault(solid.words)
    entries = [(role, _shared_words(list(words))) for role, words in roles.items()]
    joins = dict.fromkeys(
        (bool(a.ways), "added" if a.join == "add" else "concatenated") for a in picture.arches
    )
    return entries + [("--" if d else "-", f"{w} (fitted)" if d else w) for d, w in joins]


def size_label(block: Block) -> str:
    """The extent of a box: `224×224`."""
    x = block.solid.type
    return "×".join(map(str, x.spatial or (x.dims[0],)))


def _path(block: Block) -> str:
    return block.solid.part.path if block.solid.part else ""


def _has_activation(extras: tuple[str, ...]) -> bool:
    return any(name not in ("bn", "ln", "gn", "dropout", "instancenorm") for name in extras)


def _shared_words(words: list[str]) -> str:
    """One entry for all boxes of a colour: the longest of each name, names joined by commas."""
    names: dict[str, str] = {}
    for text in words:
        name = text.partition(" + ")[0]
        names[name] = max(names.get(name, ""), text, key=len)
    shown = list(names.values())
    return ", ".join(shown[:3] + ["…"] * (len(shown) > 3))
