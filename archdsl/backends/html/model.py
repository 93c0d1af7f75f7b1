"""From the IR to the data of a page: modules once each, so its size follows that of the text."""

from __future__ import annotations

from archdsl.analysis.cost import cost
from archdsl.analysis.depth import depth
from archdsl.analysis.memory import memory
from archdsl.analysis.receptive import receptive_fields
from archdsl.analysis.walk import folded_size, layers
from archdsl.backends.html.items import Items, number, shapes
from archdsl.backends.html.stages import group_stages
from archdsl.backends.report.numbers import short, size
from archdsl.ir.order import postorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.cost import Cost
    from archdsl.analysis.receptive import Field
    from archdsl.backends.html.items import Data
    from archdsl.backends.html.texts import Texts
    from archdsl.ir.model import Module, Network

MAX_ROWS = 3_000
"""Layers that the table lists one by one; with more, equal repetitions are one row."""


def describe(network: Network, texts: Texts, open_end: str | None = None) -> Data:
    """A network as the page shows it.

    One with a mistake is drawn up to it: its outputs called `open_end` are loose ends.

    Counts above 2**53 are texts. `rows` are the flat layers in execution order: path, module,
    node, how often it runs, sets of weights, and the number of its receptive field in `fields`.
    """
    module = network.module
    partial = open_end is not None
    memo: dict[Module, Cost] = {}
    total = cost(module, memo)
    items = Items(texts, memo)
    for part in postorder(module):
        items.add(part)
    rows, fields, folded = _rows(module, items, total)
    return {
        "name": network.name,
        "doc": network.doc,
        "partial": partial,
        "inputs": [
            {"name": p.name, "shape": str(p.type), "layout": p.type.layout,
             "at": texts.place(p.span)}
            for p in module.inputs
        ],
        "outputs": [
            {"name": o.name, "shape": str(module.type_of(o.value)), "training": o.train_only,
             "open": o.name == open_end}
            for o in module.outputs
        ],
        "params": number(total.params),
        "macs": number(total.total_macs),
        "facts": [] if partial else _facts(network, total),
        "modules": items.modules,
        "stages": group_stages(items.modules),
        "kinds": items.kinds,
        "rows": rows,
        "fields": fields,
        "folded": folded,
    }  # fmt: skip


def _rows(module: Module, items: Items, total: Cost) -> tuple[list[list[object]], list[str], bool]:
    """Rows of the table, the receptive fields that they have, and whether repeats are folded."""
    fold = total.layers > MAX_ROWS
    if fold and folded_size(module) > MAX_ROWS:
        return [], [], True
    rows: list[list[object]] = []
    fields: dict[str, int] = {"": 0}
    for layer, field in zip(layers(module, fold), receptive_fields(module, fold), strict=True):
        seen = fields.setdefault(_field_text(field), len(fields))
        place = items.places[id(layer.node)]
        rows.append([layer.path, *place, number(layer.times), number(layer.copies), seen])
    return rows, list(fields), fold


def _field_text(field: Field | None) -> str:
    """What a layer sees: `35, stride 8`."""
    if field is None:
        return ""
    if field.whole or not field.stride:
        return str(field)
    strides = list(dict.fromkeys(map(str, field.stride)))
    return (
        f"{field}, stride {strides[0] if len(strides) == 1 else 'x'.join(map(str, field.stride))}"
    )


def _facts(network: Network, total: Cost) -> list[list[str]]:
    module = network.module
    need = memory(module, 1, "float32")
    lines = [
        ["parameters", f"{total.params:,}"],
        ["trained", f"{total.trainable:,}"],
        ["buffers", f"{total.buffers:,}"],
        ["MACs", f"{total.total_macs:,}"],
        ["FLOPs", f"{short(2 * total.total_macs)} (2 × MACs)"],
        ["layers", f"{total.layers:,}"],
        ["depth", f"{depth(module)}"],
        ["weights", f"{size(need.weights)} (float32)"],
        ["forward", f"{size(need.forward)} (batch 1)"],
        ["input", ", ".join(shapes(tuple(p.type for p in module.inputs)))],
        ["output", ", ".join(shapes(module.output_types()))],
    ]
    if total.trainable == total.params:
        del lines[1]
    claims = [c.text for c in network.claims]
    return [*lines, *(["proven", text] for text in claims[:12])]
