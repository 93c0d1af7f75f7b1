"""Reports as JSON: a list with one object a network."""

from __future__ import annotations

from json import dumps

from archdsl.ir.model import Recipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from archdsl.backends.report.model import NetworkReport, Report, Row
    from archdsl.tensor import TensorType

ITEMS = {"layer": "layers", "stage": "stages", "block": "blocks"}


def render(report: Report) -> str:
    """The report as JSON; shapes are lists without the batch, rows are in execution order.

    `layers` are listed one by one, repeats unrolled. `macs` include attention products, which
    `matmul_macs` gives apart. A layer's `out` is its first output; one with several has `outs`
    with all of them besides. `receptive_field` is a list, "all" or null.
    """
    objects = [_network(network) for network in report.networks]
    return "[\n" + ",\n".join(objects) + "\n]\n" if objects else "[]\n"


def _network(network: NetworkReport) -> str:
    lines = [f"    {dumps(key)}: {dumps(value)}" for key, value in _facts(network).items()]
    if network.by in ITEMS:
        make = _layer if network.by == "layer" else _part
        items = [f"      {dumps(make(row))}" for row in network.rows(fold=False)]
        body = "[\n" + ",\n".join(items) + "\n    ]" if items else "[]"
        lines.append(f'    "{ITEMS[network.by]}": {body}')
    return "  {\n" + ",\n".join(lines) + "\n  }"


def _facts(network: NetworkReport) -> dict[str, object]:
    cost, memory = network.cost, network.memory
    return {
        "network": network.name,
        "inputs": {name: list(t.dims) for name, t in network.inputs.items()},
        "outputs": {name: list(t.dims) for name, t in network.outputs.items()},
        "params": cost.params,
        "trainable": cost.trainable,
        "buffers": cost.buffers,
        "macs": cost.total_macs,
        "matmul_macs": cost.matmul_macs,
        "activations": cost.activations,
        "layer_count": cost.layers,
        "depth": network.depth,
        "published": network.published,
        "train": {name: _fact(value) for name, value in network.network.train},
        "memory": {
            "batch": memory.batch,
            "dtype": memory.dtype,
            "weights": memory.weights,
            "gradients": memory.gradients,
            "forward": memory.forward,
            "saved": memory.saved,
        },
    }


def _fact(value: object) -> object:
    """A training fact: a method is an object with its name and options, a list is a list."""
    if isinstance(value, Recipe):
        return {"name": value.name, **{name: _fact(v) for name, v in value.options}}
    return [_fact(item) for item in value] if isinstance(value, tuple) else value


def _layer(row: Row) -> dict[str, object]:
    item: dict[str, object] = {
        "path": row.path,
        "kind": row.kind,
        "text": row.text,
        "in": _shapes(row.inputs),
        "out": list(row.outputs[0].dims),
        "params": row.params,
        "macs": row.macs,
    }
    if len(row.outputs) > 1:
        item["outs"] = _shapes(row.outputs)
    if row.field is not None:
        item["receptive_field"] = "all" if row.field.whole else list(row.field.size)
    else:
        item["receptive_field"] = None
    return item


def _part(row: Row) -> dict[str, object]:
    return {
        "path": row.path,
        "level": row.level,
        "text": row.text,
        "in": _shapes(row.inputs),
        "out": list(row.outputs[0].dims),
        "params": row.params,
        "macs": row.macs,
        "times": row.times,
    }


def _shapes(types: Iterable[TensorType]) -> list[list[int]]:
    return [list(t.dims) for t in types]
