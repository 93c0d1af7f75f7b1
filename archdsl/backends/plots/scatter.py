"""Accuracy against parameters or multiply-accumulates: a point a network."""

from __future__ import annotations

from math import exp, log

from archdsl.backends.dot.style import find_theme
from archdsl.backends.plots.labels import RADIUS, SIZE, nearest, place
from archdsl.backends.plots.style import base
from archdsl.backends.report.numbers import fraction, short
from archdsl.backends.svg.palette import stage_paint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.plots.style import Json
    from archdsl.backends.report.model import NetworkReport

WIDTH, HEIGHT = 640.0, 400.0
MOST = 200
"""Points of a plot; more labels have no room."""

LOG_ABOVE = 4.0
"""Where the largest is more than so many times the smallest, the scale is logarithmic."""

FAR = 3 * RADIUS
"""A label further away than this gets a line to its point."""

TITLES = {"params": "parameters", "macs": "MACs of one example"}


class Scale:
    """A linear or logarithmic map of numbers to 0 … `length` pixels, with room at both ends."""

    __slots__ = ("high", "is_log", "length", "low")

    def __init__(self, values: list[float], length: float, is_log: bool) -> None:
        self.is_log = is_log
        self.length = length
        low, high = (self.bend(min(values)), self.bend(max(values)))
        room = (high - low) * 0.08 or abs(high) * 0.05 or 1.0
        self.low, self.high = low - room, high + room

    def bend(self, value: float) -> float:
        """A number as it is laid off."""
        return log(value) if self.is_log else value

    def pixel(self, value: float) -> float:
        """Where a number lies."""
        return (self.bend(value) - self.low) / (self.high - self.low) * self.length

    def value(self, pixel: float) -> float:
        """The number that lies there."""
        bent = self.low + pixel / self.length * (self.high - self.low)
        return exp(bent) if self.is_log else bent

    def spec(self) -> Json:
        """The same scale for Vega-Lite."""
        domain = [self.value(0), self.value(self.length)]
        return {"type": "log" if self.is_log else "linear", "domain": domain, "nice": False}


def plot_accuracy(
    networks: list[tuple[str, NetworkReport]], against: str, theme: str = "light"
) -> Json:
    """A specification in Vega-Lite; `networks` are pairs (family, network), all with an accuracy.

    `against` is `params` or `macs`. Raises ValueError where no network says how accurate it is, or
    more than 200 do.
    """
    shown = [(family, n, n.accuracy) for family, n in networks if n.accuracy is not None]
    if not shown:
        raise ValueError("no network states its accuracy")
    if len(shown) > MOST:
        raise ValueError(f"{len(shown):,} networks, and {MOST} can be told apart")
    sizes = [float(max(_size(n, against), 1)) for _, n, _ in shown]
    percents = [100 * accuracy for *_, accuracy in shown]
    x = Scale(sizes, WIDTH, max(sizes) > LOG_ABOVE * min(sizes))
    y = Scale(percents, HEIGHT, False)
    points = [(x.pixel(a), HEIGHT - y.pixel(b)) for a, b in zip(sizes, percents, strict=True)]
    boxes = place(points, [n.name for _, n, _ in shown], WIDTH, HEIGHT)
    rows: list[Json] = []
    for (family, n, accuracy), a, b, point, box in zip(
        shown, sizes, percents, points, boxes, strict=True
    ):
        end = nearest(box, point)
        is_far = abs(end[0] - point[0]) + abs(end[1] - point[1]) > FAR
        tip = end if is_far else point
        about = f"{n.name}: {short(int(a))} {against}, {fraction(accuracy)}"
        rows.append(
            {"name": n.name, "family": family, "size": a, "accuracy": b, "about": about}
            | {"left": x.value(box[0]), "middle": y.value(HEIGHT - (box[1] + box[3]) / 2)}
            | {"tip_x": x.value(tip[0]), "tip_y": y.value(HEIGHT - tip[1])}
        )
    return _spec(rows, against, x, y, theme)


def _size(network: NetworkReport, against: str) -> int:
    return network.cost.params if against == "params" else network.cost.total_macs


def _spec(rows: list[Json], against: str, x: Scale, y: Scale, theme: str) -> Json:
    look = find_theme(theme)
    title = f"Accuracy and {TITLES[against]}"
    about = f"{title}: " + "; ".join(str(row["about"]) for row in rows)
    families = list(dict.fromkeys(str(row["family"]) for row in rows))
    colors = [stage_paint(theme, i)[1] for i in range(len(families))]
    legend: object = {"title": None, "symbolType": "circle"} if len(families) > 1 else None
    axis = {"format": ".2~s", "tickCount": 6, "grid": True}
    across = {"field": "size", "type": "quantitative", "scale": x.spec(), "axis": axis}
    up = {"field": "accuracy", "type": "quantitative", "scale": y.spec()}
    color: Json = {"field": "family", "type": "nominal", "legend": legend}
    color["scale"] = {"domain": families, "range": colors}
    line = {"type": "rule", "color": look.muted, "strokeWidth": 0.7, "aria": False}
    dot = {"type": "point", "filled": True, "size": (2 * RADIUS) ** 2 * 0.785, "opacity": 1}
    text: Json = {"type": "text", "align": "left", "baseline": "middle", "fontSize": SIZE}
    text |= {"color": look.text, "aria": False}
    place_of = {"x": across | {"title": TITLES[against]}, "y": up | {"title": "accuracy in %"}}
    return {
        **base(look, title, about),
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": rows},
        "layer": [
            {
                "mark": line,
                "encoding": place_of | {"x2": {"field": "tip_x"}, "y2": {"field": "tip_y"}},
            },
            {
                "mark": dot,
                "encoding": place_of | {"color": color, "description": {"field": "about"}},
            },
            {
                "mark": text,
                "encoding": {
                    "x": across | {"field": "left", "title": TITLES[against]},
                    "y": up | {"field": "middle", "title": "accuracy in %"},
                    "text": {"field": "name"},
                },
            },
        ],
    }
