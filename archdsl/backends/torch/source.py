"""One readable PyTorch file for a network."""

from __future__ import annotations

from archdsl.backends.torch import build, names, selfcheck
from archdsl.backends.torch.classes import class_lines
from archdsl.backends.torch.code import Expr, New
from archdsl.backends.torch.comments import join_shapes
from archdsl.backends.torch.forward import output_class
from archdsl.backends.torch.literals import doc_lines, docstring, literal
from archdsl.backends.torch.plan import plan
from archdsl.backends.torch.recompute import recomputing
from archdsl.backends.torch.safety import Parsed, fixed_names, verify
from archdsl.backends.torch.settings import Settings
from archdsl.backends.torch.training import train_lines
from archdsl.backends.torch.unify import unify
from archdsl.ir.model import CallNode, Network, OpNode, RepeatNode
from archdsl.ir.order import postorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.cost import Cost
    from archdsl.backends.torch.plan import ClassPlan

_IMPORTS = (
    ("math", "import math"),
    ("nullcontext", "from contextlib import nullcontext"),
    ("NamedTuple", "from typing import NamedTuple"),
    ("torch", "import torch"),
    ("F", "import torch.nn.functional as F"),
)
_STANDARD = 3  # so many of them come from the standard library


def emit(
    network: Network,
    *,
    spec_name: str,
    logits: bool = False,
    settings: Settings | None = None,
    level: str = "none",
    again: tuple[str, ...] = (),
) -> str:
    """The PyTorch source of a network; `logits` leaves out a final softmax.

    `settings` are what its `build` does unless told otherwise. `level` is one of `LEVELS`: that
    of the passes which the network has been through; `again` names nodes of its body that keep no
    activations: the backward pass computes them once more.

    Every layer of the network that PyTorch has a module for is a submodule, its dotted name the
    path of the layer: node names joined by dots, and behind the name of a repeat the number of
    the repetition (0 for one that shares its weights). Raises an EmitError where it cannot.
    """
    from archdsl.analysis.cost import cost

    if logits:
        from archdsl.passes.logits import drop_final_softmax

        network = drop_final_softmax(network)
    classes = plan(network, _row)
    for one in classes:
        unify(one)
    classes[-1].again = frozenset(again)
    total = cost(network.module)
    blocks = [class_lines(one) for one in classes]
    blocks[-1:-1] = _output_classes(classes[-1])
    chosen = settings or Settings()
    ending = build.lines(classes, chosen, level)
    ending += selfcheck.lines(network, classes, total, chosen)
    facts = [block for block in [train_lines(network)] if block]
    prelude = [*_prelude(classes), *recomputing(classes[-1])]
    code = Parsed("\n\n\n".join("\n".join(block) for block in [*blocks, *facts, *ending]))
    head = _header(network, total, spec_name, level)
    used = code.names().union(*(fixed_names(text) for text in prelude))
    text = f"{head}\n\n{_imports(used)}\n\n\n"
    text += "\n\n\n".join([*prelude, code.text]) + "\n"
    verify(text, code, classes, prelude)
    return text


def root_class(network: Network) -> str:
    """Name of the class that the source of a network defines for it."""
    return plan(network, _row)[-1].name


def _row(node: OpNode) -> New | Expr:
    from archdsl.backends.torch.rows import ROWS

    return ROWS[type(node.op)](node.op, node.in_types)


def _header(network: Network, total: Cost, spec_name: str, level: str) -> str:
    # No text of the spec in the first two lines: Python looks there for an encoding.
    lines = ["A PyTorch network that archdsl wrote from its specification.", ""]
    lines += doc_lines(network.doc)
    lines += [""] if lines[-1] else []
    module = network.module
    inputs = join_shapes(tuple(port.type for port in module.inputs))
    rewritten = "" if level == "none" else f", rewritten for {level}"
    lines += doc_lines(f"Network: {network.name}{rewritten}") + doc_lines(f"Source: {spec_name}")
    lines.append(f"Shapes: {inputs} -> {join_shapes(module.output_types())}, without the batch")
    lines.append(f"Parameters: {total.params:,}")
    products = f" and {total.matmul_macs:,} in attention products" if total.matmul_macs else ""
    lines.append(
        f"Multiply-accumulates: {total.macs:,} in convolutions and linear layers{products}"
    )
    return "\n".join(docstring(lines, 0))


def _prelude(classes: list[ClassPlan]) -> list[str]:
    """Source of the classes that the layers need and torch has not, in the order of the table."""
    from archdsl.backends.torch.prelude import PRELUDE

    todo = [row.cls for one in classes for row in one.rows[0] if isinstance(row, New)]
    todo = [name for name in dict.fromkeys(todo) if not name.startswith("nn.")]
    needed: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in needed:
            needed.add(name)
            todo += PRELUDE[name][1]
    return [text.strip("\n") for name, (text, _) in PRELUDE.items() if name in needed]


def _imports(used: set[str]) -> str:
    lines = [text for name, text in _IMPORTS if name in used]
    standard = [text for _, text in _IMPORTS[:_STANDARD] if text in lines]
    rest = [text for text in lines if text not in standard]
    both = [name for name in ("Tensor", "nn") if name in used]
    if both:
        rest.append(f"from torch import {', '.join(both)}")
    if "checkpoint" in used:
        rest.append("from torch.utils.checkpoint import checkpoint")
    return "\n".join([*standard, *([""] if standard and rest else []), *rest])


def _output_classes(root: ClassPlan) -> list[list[str]]:
    """The named tuples that a network of several outputs returns."""
    outputs = root.module.outputs
    kept = [o for o in outputs if not o.train_only]
    found = []
    for chosen, training in ((kept, False), (outputs, True)):
        if len(chosen) < 2 or (training and len(kept) == len(outputs)):
            continue
        when = "in training" if training else "in evaluation" if len(kept) < len(outputs) else ""
        doc = f"What {root.name} returns{' ' + when if when else ''}."
        lines = [f"class {output_class(root, training)}(NamedTuple):", f'    """{doc}"""', ""]
        namer = names.Namer()
        for output in chosen:
            comment = str(root.module.type_of(output.value))
            if output.weight is not None:
                comment += f", weight {literal(output.weight)} in the loss"
            lines.append(f"    {namer.take(names.variable(output.name))}: Tensor  # {comment}")
        found.append(lines)
    return found


def count_submodules(network: Network) -> int:
    """How many submodules a live module of the network holds, at most."""
    counts: dict[int, int] = {}
    for module in postorder(network.module):
        total = 0
        for node in module.nodes:
            if node.shares is None:
                total += 1
                if isinstance(node, CallNode):
                    total += counts[id(node.module)]
                elif isinstance(node, RepeatNode):
                    runs = [(node.runs[0][0], 1)] if node.tied else node.runs
                    total += sum(n * (1 + counts[id(m)]) for m, n in runs)
        counts[id(module)] = total
    return counts[id(network.module)]
