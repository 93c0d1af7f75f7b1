"""Differences for programs."""

from __future__ import annotations

import json

from archdsl.analysis.diff.model import SAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.cost import Cost
    from archdsl.analysis.diff.model import Body, Change, Difference, Entry, Totals
    from archdsl.analysis.diff.pieces import Piece
    from archdsl.ir.model import Network


def render(difference: Difference, by: str) -> str:
    """The difference as a JSON object."""
    return json.dumps(as_object(difference, by), indent=2, ensure_ascii=False) + "\n"


def as_object(difference: Difference, by: str = "layer") -> dict[str, object]:
    """The difference as plain values; `params` and `macs` of the entries add up to the totals'."""
    one, other = difference.totals
    names: dict[int, str] = {}
    return {
        "identical": difference.is_empty,
        "regrouped": difference.regrouped,
        "before": _network(difference.before, one),
        "after": _network(difference.after, other),
        "delta": {**_cost(difference.delta), "depth": other.depth - one.depth},
        **_body(difference.body, by == "layer", names),
    }


def _network(network: Network, totals: Totals) -> dict[str, object]:
    return {"network": network.name, **_cost(totals.cost), "depth": totals.depth}


def _cost(cost: Cost) -> dict[str, int]:
    return {
        "params": cost.params,
        "trainable": cost.trainable,
        "buffers": cost.buffers,
        "macs": cost.total_macs,
        "activations": cost.activations,
        "layers": cost.layers,
    }


def _body(body: Body, deep: bool, names: dict[int, str]) -> dict[str, object]:
    entries = [_entry(e, deep, names) for e in body.entries if e.state != SAME]
    return {"changes": list(map(_change, body.changes)), "entries": entries}


def _entry(entry: Entry, deep: bool, names: dict[int, str]) -> dict[str, object]:
    delta = entry.delta
    found: dict[str, object] = {
        "state": entry.state,
        "before": _piece(entry.before),
        "after": _piece(entry.after),
        "changes": list(map(_change, entry.changes)),
        "moved": entry.moved is not None,
        "params": delta.params,
        "macs": delta.total_macs,
        "layers": delta.layers,
    }
    if deep and entry.inside:
        found["inside"] = [
            {"repetitions": i.at or "all", **_once(i.body, entry.piece.name, names)}
            for i in entry.inside
        ]
    return found


def _once(body: Body, name: str, names: dict[int, str]) -> dict[str, object]:
    """A body that several entries share is written out at the first of them."""
    if id(body) in names:
        return {"same_as": names[id(body)]}
    names[id(body)] = name
    return _body(body, True, names)


def _piece(piece: Piece | None) -> dict[str, object] | None:
    if piece is None:
        return None
    return {
        "name": piece.name,
        "text": piece.text,
        "repetitions": piece.count,
        "in": [list(t.dims) for t in piece.in_types],
        "out": [list(t.dims) for t in piece.out_types],
        "params": piece.cost.params,
        "macs": piece.cost.total_macs,
    }


def _change(change: Change) -> dict[str, str]:
    return {"what": change.what, "before": change.before, "after": change.after}
