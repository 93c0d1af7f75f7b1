"""How weights start: `nn.init` calls for the `init` facts of the layers."""

from __future__ import annotations

import math

from archdsl.backends.torch.errors import NotEmittable
from archdsl.backends.torch.layout import WIDTH, lay_out
from archdsl.ir.model import OpNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.backends.torch.plan import ClassPlan

_WITH_NUMBER = {
    "normal": "nn.init.normal_({weight}, std={number})",
    "trunc_normal": "nn.init.trunc_normal_({weight}, std={number})",
    "uniform": "nn.init.uniform_({weight}, -{number}, {number})",
    "constant": "nn.init.constant_({weight}, {number})",
}

_CONSTANTS = {0.0: "nn.init.zeros_({weight})", 1.0: "nn.init.ones_({weight})"}

_BY_FAN: dict[str, tuple[tuple[str, Callable[[int, int], float]], ...]] = {
    "normal": (
        ('nn.init.kaiming_normal_({weight}, nonlinearity="relu")', lambda i, o: 2 / i),
        (
            'nn.init.kaiming_normal_({weight}, mode="fan_out", nonlinearity="relu")',
            lambda i, o: 2 / o,
        ),
        ("nn.init.xavier_normal_({weight})", lambda i, o: 2 / (i + o)),
        ('nn.init.kaiming_normal_({weight}, nonlinearity="linear")', lambda i, o: 1 / i),
    ),
    "uniform": (
        ('nn.init.kaiming_uniform_({weight}, nonlinearity="relu")', lambda i, o: 6 / i),
        ("nn.init.xavier_uniform_({weight})", lambda i, o: 6 / (i + o)),
        ('nn.init.kaiming_uniform_({weight}, nonlinearity="linear")', lambda i, o: 3 / i),
    ),
}
"""PyTorch's names for the usual spreads: the square of the standard deviation or of the bound,
from its fan-in and fan-out (He et al. 2015, Glorot & Bengio 2010, LeCun et al. 1998)."""


def numbers(node: OpNode) -> list[tuple[str, object]]:
    """The numbers of a node's distributions, each with what an argument for it is called."""
    found: list[tuple[str, object]] = []
    for weight, distribution, given in node.init:
        if distribution not in _WITH_NUMBER or len(given) != 1:
            raise NotEmittable(f"no initialization `{distribution}` of {len(given)} numbers")
        word = {"uniform": "bound", "constant": "value"}.get(distribution, "std")
        found.append((f"{weight.replace('.', '_')}_{word}", float(given[0])))
    return found


def formulas(plan: ClassPlan, i: int) -> list[str]:
    """One `nn.init` call per distribution of node `i`, with `{weight}` and perhaps `{number}`.

    It is PyTorch's own formula where that gives the number in every instance of the class.
    """
    node = plan.module.nodes[i]
    found = []
    for k, (_, distribution, _) in enumerate(node.init if isinstance(node, OpNode) else ()):
        cases = [_case(module.nodes[i], k) for module in plan.modules]
        constant = _CONSTANTS.get(cases[0][0]) if distribution == "constant" else None
        if constant and all(n == cases[0][0] for n, _ in cases):
            found.append(constant)
            continue
        fitting = (
            template
            for template, square in _BY_FAN.get(distribution, ())
            if all(fans and _same(n * n, square(*fans)) for n, fans in cases)
        )
        found.append(next(fitting, _WITH_NUMBER[distribution]))
    return found


def lines(plan: ClassPlan, indent: int) -> list[str]:
    """Statements for `__init__`; layers that start alike are treated in one loop."""
    loops: dict[tuple[str, ...], list[str]] = {}
    for call, layers in _layers_by_call(plan).items():
        loops.setdefault(tuple(layers), []).append(call)
    out = []
    for together, calls in loops.items():
        if len(together) > 1:
            out += _loop_head(together, indent)
        name, inner = ("layer", indent + 4) if len(together) > 1 else (together[0], indent)
        for call in calls:
            out += lay_out(call.replace("{layer}", name), inner)
    return out


def _loop_head(layers: tuple[str, ...], indent: int) -> list[str]:
    pad = " " * indent
    head = f"{pad}for layer in ({', '.join(layers)}):"
    if len(head) <= WIDTH:
        return [head]
    return [f"{pad}for layer in (", *(f"{pad}    {name}," for name in layers), f"{pad}):"]


def _layers_by_call(plan: ClassPlan) -> dict[str, list[str]]:
    """Layers by the call that starts a weight of theirs, in the order of the nodes."""
    found: dict[str, list[str]] = {}
    for i, node in enumerate(plan.module.nodes):
        if not isinstance(node, OpNode) or not node.init or node.shares is not None:
            continue
        numbers = plan.texts[i][-len(node.init) :]
        for (weight, _, _), formula, text in zip(
            node.init, formulas(plan, i), numbers, strict=True
        ):
            call = formula.replace("{number}", text or "").replace(
                "{weight}", f"{{layer}}.{weight}"
            )
            found.setdefault(call, []).append(f"self.{node.name}")
    return found


def _case(node: object, k: int) -> tuple[float, tuple[int, int] | None]:
    """The number of a distribution, and fan-in and fan-out as `nn.init` computes them."""
    assert isinstance(node, OpNode)
    name, _, given = node.init[k]
    shape = next((w.shape for w in node.op.weights(node.in_types) if w.name == name), None)
    if shape is None:
        raise NotEmittable(f"`{node.op.name}` has no weight `{name}` to initialize")
    if len(shape) < 2:
        return given[0], None
    window = math.prod(shape[2:])
    return given[0], (shape[1] * window, shape[0] * window)


def _same(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9)
