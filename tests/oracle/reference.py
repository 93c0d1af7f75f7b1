"""Compares a network of a spec with a published one: layer by layer, tensor by tensor, by value.

    python -m tests.oracle.reference specs/vgg.arch:VGG-A vgg_a [--deep] [--any-order]

prints where they first differ, and `python -m tests.oracle.reference` what networks are known.
`--deep` builds the module and compares outputs too.
"""

from __future__ import annotations

import functools
import gzip
import json
import math
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from archdsl.analysis.cost import cost
from archdsl.analysis.walk import Layer, layers
from archdsl.ir.model import Network
from archdsl.pipeline import Request, compile_text
from archdsl.source import SourceFile

if TYPE_CHECKING:
    from torch import nn

ROOT = Path(__file__).resolve().parents[2]
Shape = tuple[int, ...]


class Held(NamedTuple):
    """A layer that holds tensors: its name, shapes in and out without the batch, its tensors'."""

    name: str
    into: Shape
    out: Shape
    tensors: tuple[Shape, ...]

    @property
    def shapes(self) -> tuple[Any, ...]:
        """All but the name; a 1×1 convolution of a 1×1 map is a fully connected layer."""
        return trim(self.into), trim(self.out), tuple(map(trim, self.tensors))

    def merge(self) -> Held:
        """The layer with all its tensors in one."""
        return self._replace(tensors=((sum(map(math.prod, self.tensors)),),))

    def __str__(self) -> str:
        into, out = ("x".join(map(str, s)) for s in (self.into, self.out))
        return f"{self.name}: {into} -> {out}, tensors {list(map(list, self.tensors))}"


def trim(shape: Shape) -> Shape:
    """The shape without 1s at its end."""
    while shape and shape[-1] == 1:
        shape = shape[:-1]
    return shape


@functools.cache
def records() -> dict[str, dict[str, Any]]:
    """Reference data by the network's name; `tests/reference/extract.py` says how it was made."""
    with gzip.open(ROOT / "tests/reference/networks.json.gz", "rt", encoding="utf-8") as file:
        data: dict[str, dict[str, Any]] = json.load(file)
    return data


def networks(
    file: str, name: str = "", settings: dict[str, object] | None = None
) -> tuple[Network, ...]:
    """The networks of a spec, or the one of that name. Raises ValueError where it is wrong."""
    text = (ROOT / file).read_text(encoding="utf-8")
    # The name of the file is looked at when it uses another one.
    request = Request(name or None, settings)
    design, problems = compile_text(SourceFile(str(ROOT / file), text), request)
    if design is None:
        raise ValueError(f"{file}: " + "; ".join(p.message for p in problems))
    return tuple(n for n in design.networks if name in ("", n.name))


def load(spec: str, settings: dict[str, object] | None = None) -> Network:
    """A network of a spec: `specs/x.arch:NETWORK`, or the only one of a file."""
    file, _, name = spec.partition(":")
    (network,) = networks(file, name, settings)
    return network


def ours(network: Network) -> list[Held]:
    """The layers of a network that hold tensors, in execution order."""
    return [
        held
        for layer in layers(network.module)
        if layer.copies and layer.op.weights(layer.in_types)
        for held in held_by(layer)
    ]


def held_by(layer: Layer) -> Iterator[Held]:
    """A layer of ours as libraries build it: a separable convolution is two of theirs."""
    into, out = layer.in_types[0].dims, layer.out_types[0].dims
    shapes = tuple(w.shape for w in layer.op.weights(layer.in_types))
    if layer.op.name == "sepconv":
        between = (into[0], *out[1:])
        yield Held(f"{layer.path}.depthwise", into, between, shapes[:1])
        yield Held(f"{layer.path}.pointwise", between, out, shapes[1:])
    else:
        yield Held(layer.path, into, out, shapes)


def theirs(record: dict[str, Any]) -> list[Held]:
    """The layers of a reference network that hold tensors, in execution order."""
    held = [
        Held(name, tuple(into), tuple(out), tuple(tuple(shape) for _, shape in tensors))
        for name, into, out, tensors in record["layers"]
    ]
    return [held[i] for i in record["ran"]]


def counts(network: Network) -> dict[str, Any]:
    """Shapes and totals of a network under the names of the reference data."""
    total = cost(network.module)
    return {
        "input": list(network.module.inputs[0].type.dims),
        "outputs": [list(t.dims) for t in network.module.output_types()],
        "params": total.params,
        "trainable": total.trainable,
        "buffers": total.buffers,
        "macs": total.macs,
        "matmul_macs": total.matmul_macs,
    }


def differences(
    network: Network, record: dict[str, Any], order: str = "ran", stored: bool = True
) -> Iterator[str]:
    """What differs in layers, shapes and counts; nothing if all of it is equal.

    `order` and `stored` as in a `Row` of the table.
    """
    mine, wanted = ours(network), theirs(record)
    if not stored:
        mine, wanted = ([layer.merge() for layer in side] for side in (mine, wanted))
    yield from compare_layers(mine, wanted, order)
    for key, value in counts(network).items():
        if value != record[key]:
            yield f"{key}: {value}, and the reference has {record[key]}"


def compare_layers(mine: list[Held], wanted: list[Held], order: str) -> Iterator[str]:
    """The first difference in execution order, or (`order="any"`) what only one side has."""
    a, b = (Counter(layer.shapes for layer in side) for side in (mine, wanted))
    if a == b and order == "any":
        return
    pairs = zip(mine, wanted, strict=False)
    at = next((i for i, (x, y) in enumerate(pairs) if x.shapes != y.shapes), None)
    if at is not None:
        yield f"layer {at} with tensors is {mine[at]}, and the reference has {wanted[at]}"
        if a == b:
            yield "all layers are there, in another order (parallel branches? `--any-order`)"
    elif len(mine) > len(wanted):
        yield f"after the last layer of the reference comes {mine[len(wanted)]}"
    elif len(mine) < len(wanted):
        yield f"at the end is missing {wanted[len(mine)]}"
    yield from only("only ours", mine, a - b)
    yield from only("only the reference's", wanted, b - a)


def only(title: str, side: list[Held], extra: Counter[tuple[Any, ...]]) -> Iterator[str]:
    """The first layers of one side that the other has not (or not so often)."""
    if extra:
        shown = [str(layer) for layer in side if layer.shapes in extra][:3]
        yield f"{title} ({extra.total()} layers): " + "; ".join(shown)


def state_differences(net: nn.Module, record: dict[str, Any], order: str = "ran") -> Iterator[str]:
    """What differs between a module's state_dict and the reference's in shapes and their order."""
    state = [(key, tuple(tensor.shape)) for key, tensor in net.state_dict().items()]
    wanted = [
        (f"{name}.{tensor}", tuple(shape))
        for name, _, _, tensors in record["layers"]
        for tensor, shape in tensors
    ]
    a, b = ([trim(shape) for _, shape in side] for side in (state, wanted))
    if order != "ran":
        more, fewer = Counter(a) - Counter(b), Counter(b) - Counter(a)
        if more or fewer:
            yield f"state_dict: shapes too often {dict(more)}, too seldom {dict(fewer)}"
    elif a != b:
        at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
        if at is None:
            yield f"state_dict: {len(a)} tensors, and the reference has {len(b)}"
        else:
            yield f"state_dict: tensor {at} is {state[at]}, and the reference has {wanted[at]}"


def value_differences(net: nn.Module, record: dict[str, Any]) -> Iterator[str]:
    """What differs between a module's outputs for canonical weights and the reference's."""
    from tests.oracle.probe import error, fill, run

    outputs = run(fill(net), record["input"], training=len(record["probe"]) > 1)
    if len(outputs) != len(record["probe"]):
        yield f"{len(outputs)} outputs, and the reference has {len(record['probe'])}"
    # Libraries disagree on the order of auxiliary outputs; each must be there.
    for i, wanted in enumerate(record["probe"]):
        best = min(error(output, wanted) for output in outputs)
        if best > 1e-9:
            yield f"values of output {i} differ from the reference's by {best:.1e} of the largest"


def build(spec: str, network: Network) -> nn.Module:
    """The live module without a final softmax, on the meta device."""
    from archdsl.backends.torch.live import build_network

    return build_network(network, spec_name=spec, logits=True, device="meta")


def main(arguments: list[str]) -> int:
    """Prints where a network and a reference differ; 1 if they do."""
    names = [a for a in arguments if not a.startswith("--")]
    if len(names) != 2 or names[1] not in records():
        print(__doc__)
        print("Known:", ", ".join(sorted(records())))
        return 2
    network, record = load(names[0]), records()[names[1]]
    order = "any" if "--any-order" in arguments else "ran"
    found = list(differences(network, record, order))
    if "--deep" in arguments:
        net = build(names[0], network)
        found += state_differences(net, record, order)
        found += value_differences(net, record)
    print("\n".join(found) or f"{names[0]} equals {names[1]}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
