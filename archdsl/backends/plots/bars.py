"""Parameters and multiply-accumulates of each layer, stage or block, as bars."""

from __future__ import annotations

from archdsl.backends.dot.style import find_theme
from archdsl.backends.dot.words import is_pointwise
from archdsl.backends.plots.style import base

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.dot.style import Theme
    from archdsl.backends.plots.style import Json
    from archdsl.backends.report.model import NetworkReport
    from archdsl.backends.report.rows import Row

WIDTH, STEP = 300, 16
MOST = 400
"""Bars of a plot; a longer one nobody reads."""


FAMILIES = {"conv1": "conv 1×1"}
"""What the legend says where a role's name does not say it."""


def plot_costs(network: NetworkReport, theme: str = "light") -> Json:
    """A specification in Vega-Lite; rows that cost nothing are left out, equal ones folded.

    Raises ValueError where nothing costs anything, or for more than 400 bars.
    """
    rows = [row for row in network.rows(fold=True) if row.params or row.macs]
    if not rows:
        raise ValueError(f"`{network.name}` has neither parameters nor MACs")
    if len(rows) > MOST:
        raise ValueError(f"`{network.name}` has {len(rows):,} bars, and {MOST} can be read")
    look = find_theme(theme)
    is_tree = not network.wanted.sort
    names: dict[str, None] = {}
    values: list[Json] = [_value(row, is_tree, names) for row in rows]
    about = f"Cost of {network.name} by {network.by}: " + "; ".join(
        f"{row.path} {row.params:,} params, {row.macs:,} MACs" for row in rows
    )
    parts = [
        _bars("params", "parameters", look, values, names=True),
        _bars("macs", "MACs", look, values, names=False),
    ]
    return {
        **base(look, f"{network.name}: cost by {network.by}", about),
        "data": {"values": values},
        "hconcat": parts,
        "spacing": 14,
    }


def role(row: Row) -> str:
    """What diagrams paint the row as."""
    if row.op is None:
        return "block"
    return "conv1" if is_pointwise(row.op) else row.op.family


def _value(row: Row, is_tree: bool, names: dict[str, None]) -> Json:
    """A bar; its name is none of the earlier `names`, since bars of one name would be one bar."""
    times = f" ×{row.times:,}" if row.times > 1 else ""
    kind = f"  {row.text}" if row.kind else ""
    name = "\u00a0\u00a0" * (row.level * is_tree) + f"{row.path}{kind}{times}"
    while name in names:
        name += "\u00a0"
    names[name] = None
    about = f"{row.path}: {row.params:,} parameters, {row.macs:,} MACs"
    return {
        "name": name,
        "family": FAMILIES.get(role(row), role(row)),
        "params": row.params,
        "macs": row.macs,
        "about": about,
    }


def _bars(field: str, title: str, theme: Theme, values: list[Json], names: bool) -> Json:
    families = list(dict.fromkeys(str(value["family"]) for value in values))
    roles = {shown: role for role, shown in FAMILIES.items()}
    paints = [theme.boxes[roles.get(family, family)] for family in families]
    axis: Json = {"title": None, "labelLimit": 340, "ticks": False, "domain": False}
    legend: object = {"title": None} if names and len(families) > 1 else None
    scale = {"domain": families, "range": [fill for fill, _ in paints]}
    strokes = {"domain": families, "range": [line for _, line in paints]}
    return {
        "width": WIDTH,
        "height": {"step": STEP},
        "mark": {"type": "bar", "strokeWidth": 1},
        "encoding": {
            "y": {
                "field": "name",
                "type": "ordinal",
                "sort": None,
                "axis": axis if names else None,
            },
            "x": {
                "field": field,
                "type": "quantitative",
                "title": title,
                "axis": {"format": ".2~s", "tickCount": 5},
            },
            "color": {"field": "family", "type": "nominal", "scale": scale, "legend": legend},
            "stroke": {"field": "family", "type": "nominal", "scale": strokes, "legend": None},
            "description": {"field": "about"},
        },
    }
