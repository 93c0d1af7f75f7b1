"""Inputs of a network: layout and sizes."""

from __future__ import annotations

from archdsl.diagnostics.model import Label
from archdsl.elaborate.context import Context, Located
from archdsl.elaborate.errors import BadInput, MisplacedStatement, RepeatedName
from archdsl.elaborate.expr import evaluate
from archdsl.elaborate.graph import Graph
from archdsl.elaborate.suggest import did_you_mean, rename
from archdsl.elaborate.values import Labelled, kind_of_value, show_value
from archdsl.elaborate.words import check_name
from archdsl.ops.base import Dims
from archdsl.syntax import ast
from archdsl.tensor import IMAGE, LAYOUTS, VECTOR, TensorType

MAX_SIZE = 2**31 - 1


def elaborate_input(stmt: ast.Input, cur: Labelled | None, ctx: Context) -> Labelled | None:
    """`input 3x224x224`: becomes the current tensor; named ones wait for their `@name`."""
    graph = ctx.graph
    if not ctx.network:
        raise Located(
            MisplacedStatement(
                "an input belongs to a network", help="a block works on what enters it"
            ),
            stmt.span,
        )
    if graph.nodes:
        raise Located(
            BadInput("an input stands before the first layer", label="too late"),
            stmt.span,
            (Label(graph.nodes[0].span, "the first layer"),),
        )
    name = stmt.name.name if stmt.name else "x"
    if name in graph.taken or (graph.inputs and stmt.name is None):
        raise second_input(stmt, graph)
    if stmt.name is not None:
        check_name(name, stmt.name.span, "input", ctx)
    type = input_type(stmt, ctx)
    override = ctx.run.input
    if override is not None and not graph.inputs:
        if len(override) != len(type.dims):
            raise Located(
                BadInput(
                    f"this input has {len(type.dims)} sizes, the given one {len(override)}",
                    label=f"{type}",
                ),
                stmt.span,
            )
        type = TensorType(type.layout, override)
    tensor = graph.add_input(name, type, stmt.span)
    graph.taken.add(name)
    if stmt.name is None:
        ctx.entry = tensor
        return tensor
    graph.labels[name] = (tensor, stmt)
    return None


def second_input(stmt: ast.Input, graph: Graph) -> Located:
    """An input whose name, or the lack of one, another has already."""
    if stmt.name is not None:
        name = stmt.name.name
        first = next((p for p in graph.inputs if p.name == name), graph.inputs[0])
        return Located(
            RepeatedName(f"two inputs are called `{name}`", help="choose another name"),
            stmt.name.span,
            (Label(first.span, "here first"),),
        )
    return Located(
        BadInput(
            "a second input",
            label="the second one",
            help="several inputs have names: `input left: 3x64x64`",
        ),
        stmt.span,
        (Label(graph.inputs[0].span, "the first one"),),
    )


FORMS = {
    "vector": "784",
    "image": "3x224x224",
    "seq": "seq 196x768",
    "signal": "signal 1x16000",
    "volume": "volume 1x16x112x112",
    "tokens": "tokens 128",
}
"""An input of each layout, as it is written behind `input`."""


def input_type(stmt: ast.Input, ctx: Context) -> TensorType:
    """Layout and sizes of an input."""
    value = evaluate(stmt.dims, ctx)
    dims = tuple(value) if isinstance(value, Dims) else (value,)
    numbers = [d for d in dims if isinstance(d, int) and not isinstance(d, bool)]
    if len(numbers) != len(dims):
        raise Located(
            BadInput(
                f"an input is given by sizes, not by {kind_of_value(value)}",
                help=write_input(value) if isinstance(value, str) else "",
            ),
            stmt.dims.span,
        )
    if stmt.layout is not None:
        layout = stmt.layout.name.lower()
        if layout not in LAYOUTS:
            raise Located(
                BadInput(
                    f"no layout is called `{stmt.layout.name}`",
                    help=did_you_mean(layout, LAYOUTS) or "layouts: " + ", ".join(LAYOUTS),
                ),
                stmt.layout.span,
                fix=rename(stmt.layout.span, layout, LAYOUTS),
            )
    else:
        layout = {1: VECTOR, 3: IMAGE}.get(len(numbers), "")
    if not layout or LAYOUTS[layout] != len(numbers):
        raise Located(wrong_sizes(layout, numbers), stmt.dims.span)
    for d in numbers:
        if not 1 <= d <= MAX_SIZE:
            raise Located(
                BadInput(f"a size is 1 to {MAX_SIZE:,}, not {show_value(d)}"), stmt.dims.span
            )
    return TensorType(layout, tuple(numbers))


def write_input(layout: str) -> str:
    """Help that shows an input of a layout, by default of an image."""
    return f"write `input {FORMS.get(layout, FORMS['image'])}`"


def wrong_sizes(layout: str, numbers: list[int]) -> BadInput:
    """A number of sizes that does not fit the layout, or none."""
    if layout:
        wanted = LAYOUTS[layout]
        given = "here is 1" if len(numbers) == 1 else f"here are {len(numbers)}"
        return BadInput(
            f"`{layout}` takes {wanted} size{'s' * (wanted > 1)}, and {given}",
            help=write_input(layout),
        )
    help = {
        2: "an image is `CxHxW`: `1x28x28`; a sequence is `seq 196x768`, a signal `signal 1x16000`",
        4: "a volume is `input volume 1x16x112x112`; the batch is never written",
    }.get(len(numbers), "an image is `CxHxW`; other layouts are named, as in `seq 196x768`")
    return BadInput(f"{len(numbers)} sizes say no layout", help=help)
