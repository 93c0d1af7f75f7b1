"""Reports as JSON: a list with one object a network."""

from __future__ import annotations

from json import dumps

from archdsl.ir.model import Recipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

    from archdsl.backends.report.model import NetworkReport, Report
    from archdsl.backends.report.rows import Row
    from archdsl.tensor import TensorType

ITEMS = {"layer": "layers", "stage": "stages", "block": "blocks"}


def render(report: Report) -> str:
    """The report as JSON; shapes are lists without the batch, rows are in execution order.

    `layers` are listed one by one, repeats unrolled. `macs` include attention products, which
    `matmul_macs` gives apart. A layer's `out` is its first output; one with several has `outs`
    with all of them besides. `receptive_field` is a list, "all" or null, `stride` the distance
    between the fields of neighbours or null. A row's `memory` is in bytes: `forward` the most that
    is alive while it runs, the rest its share of the network's. The rows are `--sort`ed and
    `--top` ones if asked.
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
        "flops": 2 * cost.total_macs,
        "activations": cost.activations,
        "layer_count": cost.layers,
        "depth": network.depth,
        "published": network.published,
        "difference": {name: network.difference(name) for name in network.published},
        "accuracy": network.accuracy,
        "train": {name: _fact(value) for name, value in network.network.train},
        "memory": {
            "batch": memory.batch,
            "dtype": memory.dtype,
            "weights": memory.weights,
            "gradients": memory.gradients,
            "optimizer": network.optimizer,
            "optimizer_states": memory.optimizer,
            "forward": memory.forward,
            "saved": memory.saved,
            "training": memory.training(),
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
        **_more(row),
    }
    if len(row.outputs) > 1:
        item["outs"] = _shapes(row.outputs)
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
        **_more(row),
    }


def _more(row: Row) -> dict[str, object]:
    field, memory = row.field, row.memory
    size: object = None
    if field is not None:
        size = "all" if field.whole else list(field.size)
    return {
        "trainable": row.trainable,
        "activations": row.activations,
        "receptive_field": size,
        "stride": [_plain(n) for n in field.stride] if field and field.stride else None,
        "memory": {
            "weights": memory.weights,
            "gradients": memory.gradients,
            "optimizer_states": memory.optimizer,
            "forward": memory.forward,
            "saved": memory.saved,
            "training": memory.training(),
        },
    }


def _plain(number: int | Fraction) -> int | float:
    return number if isinstance(number, int) else float(number)


def _shapes(types: Iterable[TensorType]) -> list[list[int]]:
    return [list(t.dims) for t in types]
